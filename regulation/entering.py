"""Holiday notices and single days entered for a county: a whole year, a change of it, a day by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import NotPermitted, Refusal, clean_text
from jurisdictions.calendars.days import DayInfo
from jurisdictions.models import CalendarDay, CalendarYear, County
from jurisdictions.scope import advisory_lock, current_county
from regulation.arrangement import Arrangement, Scope
from workflow.clocks import clock
from workflow.trail import audit

NAME = 40  # characters of a day's name
Days = dict[dt.date, tuple[bool, str]]


@dataclass(frozen=True)
class Changed:
    """A day that a notice changes: as it was, and as it will be."""

    before: DayInfo
    after: DayInfo

    @property
    def is_lost(self) -> bool:
        """Whether what the day was is gone: it was off or a make-up day, and no line of the notice names it."""
        return self.after.kind in ("working", "weekend")


def own_days(county: County, arrangement: Arrangement, scope: Scope) -> Days:
    """The county's own days of the year once the notice is entered."""
    kept: Days = {}
    if scope != Scope.WHOLE:
        rows = CalendarDay.objects.filter(county=county, day__year=arrangement.year)
        kept = {row.day: (row.working, row.name) for row in rows}
    if scope == Scope.MOVE:
        calendar = clock.working_calendar()
        for day in days_of(arrangement.year):
            info = calendar.describe(day)
            if arrangement.festivals & set(info.name.split("、")):
                kept[day] = (day.weekday() < 5, "")
    return kept | {day: (worked, name) for day, worked, name in arrangement.days}


def days_of(year: int) -> list[dt.date]:
    """All days of a year."""
    first = dt.date(year, 1, 1)
    return [first + clock.ONE * n for n in range((dt.date(year + 1, 1, 1) - first).days)]


def changes(arrangement: Arrangement, scope: Scope) -> list[Changed]:
    """Day by day what entering the notice changes in the county's year, and what of it is lost."""
    county = current_county()
    assert county is not None
    before = clock.working_calendar()
    days, year = own_days(county, arrangement, scope), arrangement.year
    after = before.overlaid(days, {year: True} if scope == Scope.WHOLE else {})
    listed = sorted({*days_of(year), *days})
    pairs = ((before.describe(day), after.describe(day)) for day in listed)
    return [Changed(one, two) for one, two in pairs if (one.kind, one.name) != (two.kind, two.name)]


def publish(*, actor: Actor, arrangement: Arrangement, source: str, scope: Scope = Scope.WHOLE) -> None:
    """Enter a notice for the county in force.

    A whole year replaces what the county had entered for the year and makes it published; a change touches the days it
    names, and the former days of the festivals it moves. The nation's rows are left alone. Running deadlines are
    computed anew by the worker after the commit.
    """
    county = _allowed(actor)
    year, frame = arrangement.year, arrangement.frame
    with transaction.atomic():
        advisory_lock("calendar")
        days = own_days(county, arrangement, scope)
        kept = list(CalendarDay.objects.filter(county=county, day__year=year).order_by("day"))
        CalendarDay.objects.filter(county=county, day__year=year).delete()
        CalendarDay.objects.filter(county=county, day__in=days).delete()
        CalendarDay.objects.bulk_create(
            CalendarDay(county=county, day=day, working=working, name=name) for day, (working, name) in days.items()
        )
        _touch(county, actor, year, **({"published": True, "source": source} if scope == Scope.WHOLE else {}))
        audit.entry(
            actor=actor,
            action="calendar.publish" if scope == Scope.WHOLE else "calendar.change",
            label=" ".join(filter(None, (str(year), frame.number or frame.title))),
            old={"days": _listed(kept)},
            new={
                "source": source[:2000],
                "scope": scope,
                "dated": frame.dated,
                "off": sorted(map(str, arrangement.off)),
                "worked": sorted(map(str, arrangement.worked)),
            },
        )
    _computed_anew(county, _("holiday arrangement of %(year)s entered") % {"year": year})


def set_day(*, actor: Actor, day: dt.date, working: bool | None, name: str = "") -> None:
    """Enter one day for the county by hand, or take its own entry away (None)."""
    county = _allowed(actor)
    name = clean_text(name, field="name", most=NAME)
    with transaction.atomic():
        advisory_lock("calendar")
        before = CalendarDay.objects.filter(county=county, day=day).first()
        if working is None:
            if before is None:
                raise Refusal(_("The county has entered nothing for this day."), field="day")
            before.delete()
        else:
            CalendarDay.objects.update_or_create(county=county, day=day, defaults={"working": working, "name": name})
        _touch(county, actor, day.year)
        audit.entry(
            actor=actor,
            action="calendar.day",
            label=day.isoformat(),
            old={"working": before.working, "name": before.name} if before is not None else {},
            new={"day": day, "working": working, "name": name},
        )
    _computed_anew(county, _("day %(day)s of the calendar changed") % {"day": day.isoformat()})


def _allowed(actor: Actor) -> County:
    if not actor.may("calendar.manage"):
        raise NotPermitted(_("Only the county administrator enters the calendar."))
    county = current_county()
    assert county is not None
    return county


def _touch(county: County, actor: Actor, year: int, **values: Any) -> CalendarYear:
    row, _made = CalendarYear.objects.update_or_create(
        county=county,
        year=year,
        defaults={**values, "entered_by": actor.name[:80], "entered_at": timezone.now()},
    )
    clock.forget()
    return row


def _listed(rows: list[CalendarDay]) -> list[Mapping[str, Any]]:
    return [{"day": row.day, "working": row.working, "name": row.name} for row in rows]


def _computed_anew(county: County, reason: str) -> None:
    """Wake the worker after the commit; should the broker be lost, the daily task makes up for it."""
    from workflow.tasks import recompute_deadlines

    transaction.on_commit(lambda: recompute_deadlines.delay(county.pk, reason), robust=True)
