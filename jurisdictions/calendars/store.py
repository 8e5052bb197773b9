"""The calendars of the counties: the nation's days and each county's own, from library or database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from .days import WorkingCalendar
from .national import GuessedCalendar, national_calendar

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
    from jurisdictions.models import CalendarDay, CalendarYear

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
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM jurisdictions_calendarday),"
            " (SELECT md5(string_agg(concat_ws(',', county_id, day, working, name), ';' ORDER BY id))"
            " FROM jurisdictions_calendarday),"
            " (SELECT md5(string_agg(concat_ws(',', county_id, year, published), ';' ORDER BY id))"
            " FROM jurisdictions_calendaryear)"
        )
        return tuple(cursor.fetchone())
