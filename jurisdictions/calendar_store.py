"""The calendars of the counties in the tables: read and kept, and the nation's years written, never over a person's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db import connection, transaction
from django.utils import timezone

from jurisdictions.calendars.days import WorkingCalendar
from jurisdictions.calendars.loading import YearArrangement, library_years
from jurisdictions.calendars.national import GuessedCalendar, national_calendar
from jurisdictions.models import CalendarDay, CalendarYear

Exceptions = dict[date, tuple[bool, str]]


@dataclass(frozen=True)
class Calendars:
    """The nation's calendar, and those of counties that have days of their own (by county code)."""

    national: WorkingCalendar
    counties: Mapping[str, WorkingCalendar] = field(default_factory=dict)

    def for_county(self, code: str) -> WorkingCalendar:
        """The county's calendar; the nation's where it has no days of its own."""
        return self.counties.get(code, self.national)


def library_calendars() -> Calendars:
    """The nation's days as the kept library knows them."""
    return Calendars(national_calendar())


def database_calendars() -> Calendars:
    """All calendars as the tables hold them, read in two queries."""
    years: dict[str, dict[int, bool]] = {}
    for code, year, published in CalendarYear.objects.values_list("county__code", "year", "published"):
        years.setdefault(code or "", {})[year] = published
    days: dict[str, Exceptions] = {}
    for code, day, working, name in CalendarDay.objects.values_list("county__code", "day", "working", "name"):
        days.setdefault(code or "", {})[day] = (working, name)
    if not years:
        return library_calendars()
    nation = years.pop("", {})
    national = national_calendar()
    if nation:
        national = WorkingCalendar(
            days.pop("", {}),
            frozenset(year for year, published in nation.items() if published),
            frozenset(nation),
            GuessedCalendar(),
        )
    codes = years.keys() | days.keys()
    return Calendars(national, {code: national.overlaid(days.get(code, {}), years.get(code, {})) for code in codes})


_kept: tuple[tuple[object, ...], Calendars] | None = None


def current_calendars() -> Calendars:
    """The calendars of the database, kept in memory until a row of them changes (one cheap query a call)."""
    global _kept
    stamp = _stamp()
    if _kept is None or _kept[0] != stamp:
        _kept = (stamp, database_calendars())
    return _kept[1]


def _stamp() -> tuple[object, ...]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM jurisdictions_calendarday),"
            " (SELECT md5(string_agg(concat_ws(',', county_id, day, working, name), ';' ORDER BY id))"
            " FROM jurisdictions_calendarday),"
            " (SELECT md5(string_agg(concat_ws(',', county_id, year, published), ';' ORDER BY id))"
            " FROM jurisdictions_calendaryear)"
        )
        return tuple(cursor.fetchone())


def load_national(files: Iterable[YearArrangement] = ()) -> int:
    """Write the nation's years that are new or changed; says how many. A person's year is left alone.

    The nightly task computes open deadlines anew from the years written since.
    """
    wanted = {year.year: year for year in library_years()} | {year.year: year for year in files}
    written = 0
    with transaction.atomic():
        kept = {row.year: row for row in CalendarYear.objects.filter(county=None)}
        stored: dict[int, dict[date, tuple[bool, str]]] = {}
        for day, working, name in CalendarDay.objects.filter(county=None).values_list("day", "working", "name"):
            stored.setdefault(day.year, {})[day] = (working, name)
        for year, arrangement in wanted.items():
            row = kept.get(year)
            if row is not None and row.entered_by:
                continue
            if row is not None and row.published and not arrangement.published:
                continue
            is_same = row is not None and (row.published, row.source) == (
                arrangement.published,
                arrangement.source,
            )
            if is_same and stored.get(year, {}) == arrangement.days:
                continue
            CalendarYear.objects.update_or_create(
                county=None,
                year=year,
                defaults={
                    "published": arrangement.published,
                    "source": arrangement.source,
                    "entered_at": timezone.now(),
                },
            )
            CalendarDay.objects.filter(county=None, day__year=year).delete()
            CalendarDay.objects.bulk_create(
                CalendarDay(day=day, working=working, name=name) for day, (working, name) in arrangement.days.items()
            )
            written += 1
    return written
