"""Statutory periods, read as docs/requirements.md says («How the texts are read»).

The day of the trigger never counts. Working days count from the next working day. Calendar days, months
and years end on a working day (Civil Code art. 203) unless the period is exact; a month without the
corresponding day ends on its last (art. 202). Days of a pause, both its ends included, do not count: working
and calendar days skip them; months and years are lengthened by the paused days inside, until no further
paused day lies inside. An extension goes on from there in working days, whatever the period counts.
"""

from __future__ import annotations

import calendar as months
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from .days import Calendar, DayKind

Unit = Literal["working_day", "day", "month", "year"]
Status = Literal["counted", "not_counted", "paused", "moved", "extended"]
UNITS: tuple[Unit, ...] = ("working_day", "day", "month", "year")
#: The longest period that is computed, by unit: a century.
LONGEST = {"working_day": 26_100, "day": 36_600, "month": 1200, "year": 100}
_ONE = timedelta(days=1)


class PeriodError(ValueError):
    """A period that cannot be computed: not a length, or past the end of the calendar."""


@dataclass(frozen=True)
class Pause:
    """Days that do not count, from `start` to `end`, both included."""

    start: date
    end: date


@dataclass(frozen=True)
class Due:
    """The last day of a period, and whether an arrangement not yet published may still move it."""

    day: date
    provisional: bool


@dataclass(frozen=True)
class LedgerDay:
    """One day of a period. `number` runs over the counted days, also those an extension added (`extended`).

    `moved`: the end was put off past it.
    """

    day: date
    kind: DayKind
    name: str
    status: Status
    number: int | None
    provisional: bool


def merged(pauses: Iterable[Pause]) -> list[Pause]:
    """Pauses in order, overlapping or adjoining ones joined: no day is paused twice."""
    joined: list[Pause] = []
    for pause in sorted(pauses, key=lambda pause: (pause.start, pause.end)):
        if pause.end < pause.start:
            raise PeriodError(f"a pause ends ({pause.end}) before it starts ({pause.start})")
        if joined and pause.start.toordinal() <= joined[-1].end.toordinal() + 1:
            joined[-1] = Pause(joined[-1].start, max(joined[-1].end, pause.end))
        else:
            joined.append(pause)
    return joined


def add_months(day: date, amount: int) -> date:
    """The corresponding day `amount` months later; the month's last where it has none (art. 202)."""
    index = day.year * 12 + day.month - 1 + amount
    year, month = divmod(index, 12)
    if year > date.max.year:
        raise PeriodError("past the end of the calendar")
    return date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))


def due_day(
    start: date,
    amount: int,
    unit: Unit,
    *,
    calendar: Calendar,
    pauses: Iterable[Pause] = (),
    exact: bool = False,
    extra: int = 0,
) -> Due:
    """The last day of a period that `start` sets off. Dates are days in Asia/Shanghai.

    `exact`: the period simply ends on its corresponding day (trial runs, shortest durations). `extra` working days
    follow that day where it was extended. Raises `PeriodError`.
    """
    stops = merged(pauses)
    try:
        end = _counted_end(start, _checked(amount, unit), unit, calendar, stops)
        if exact and unit != "working_day":
            due = Due(end, False)
        else:
            day = end
            if unit != "working_day":
                while not calendar.is_working(day) or (_pause_at(day, stops) is not None):
                    day += _ONE
            due = Due(day, _is_provisional(start, day, unit, calendar, stops))
        if not extra:
            return due
        last = _counted_end(due.day, _checked(extra, "working_day"), "working_day", calendar, stops)
        is_moving = _is_provisional(due.day, last, "working_day", calendar, stops)
        return Due(last, due.provisional or is_moving)
    except OverflowError:
        raise PeriodError("past the end of the calendar") from None


def explain(
    start: date,
    amount: int,
    unit: Unit,
    *,
    calendar: Calendar,
    pauses: Iterable[Pause] = (),
    exact: bool = False,
    extra: int = 0,
) -> list[LedgerDay]:
    """The same period day by day: the deadline ledger. Its last day is the due day."""
    stops = merged(pauses)
    end = _counted_end(start, _checked(amount, unit), unit, calendar, stops)
    due = due_day(start, amount, unit, calendar=calendar, pauses=stops, exact=exact).day
    last = due_day(start, amount, unit, calendar=calendar, pauses=stops, exact=exact, extra=extra).day
    ledger: list[LedgerDay] = []
    number = 0
    for day in _days(start, last):
        info = calendar.describe(day)
        counted: int | None = None
        status: Status
        if _pause_at(day, stops) is not None:
            status = "paused"
        elif day > due and info.is_working:
            number += 1
            counted, status = number, "extended"
        elif day > due:
            status = "not_counted"
        elif day > end:
            status = "moved"
        elif unit == "working_day" and not info.is_working:
            status = "not_counted"
        else:
            number += 1
            counted, status = number, "counted"
        ledger.append(LedgerDay(day, info.kind, info.name, status, counted, info.provisional))
    return ledger


def working_days_between(start: date, end: date, *, calendar: Calendar, pauses: Iterable[Pause] = ()) -> int:
    """Working days after `start` up to and with `end`, without paused ones; negative where `end` is past."""
    stops = merged(pauses)
    first, last, sign = (start, end, 1) if start <= end else (end, start, -1)
    days = _days(first, last)
    return sign * sum(1 for day in days if calendar.is_working(day) and _pause_at(day, stops) is None)


def _checked(amount: int, unit: Unit) -> int:
    if unit not in LONGEST:
        raise PeriodError(f"unknown unit {unit}")
    if isinstance(amount, bool) or not isinstance(amount, int) or not 1 <= amount <= LONGEST[unit]:
        raise PeriodError(f"a period of {amount!r} {unit} is not between 1 and {LONGEST[unit]}")
    return amount


def _days(after: date, until: date) -> Iterator[date]:
    for ordinal in range(after.toordinal() + 1, until.toordinal() + 1):
        yield date.fromordinal(ordinal)


def _pause_at(day: date, stops: list[Pause]) -> Pause | None:
    at = bisect_right(stops, day, key=lambda pause: pause.start) - 1
    return stops[at] if at >= 0 and day <= stops[at].end else None


def _paused_days(after: date, until: date, stops: list[Pause]) -> int:
    first, last = after.toordinal() + 1, until.toordinal()
    return sum(max(0, min(stop.end.toordinal(), last) - max(stop.start.toordinal(), first) + 1) for stop in stops)


def _counted_end(start: date, amount: int, unit: Unit, calendar: Calendar, stops: list[Pause]) -> date:
    """The day on which the last unit is counted, before it is put off to a working day."""
    if unit in ("month", "year"):
        nominal = add_months(start, amount if unit == "month" else 12 * amount)
        end = nominal
        while True:
            later = nominal + timedelta(days=_paused_days(start, end, stops))
            if later == end:
                return end
            end = later
    day, left = start, amount
    while left:
        day += _ONE
        pause = _pause_at(day, stops)
        if pause is not None:
            day = pause.end
        elif unit == "day" or calendar.is_working(day):
            left -= 1
    return day


def _is_provisional(start: date, due: date, unit: Unit, calendar: Calendar, stops: list[Pause]) -> bool:
    """Whether a day that counted, or the due day, lies in a year whose arrangement is not published."""
    for year in range(start.year, due.year + 1):
        before = max(start, date(year, 1, 1) - _ONE) if year > 1 else start
        last = min(due, date(year, 12, 31))
        if last <= before or not calendar.is_provisional(last):
            continue
        if unit == "working_day":
            if any(calendar.is_working(day) and _pause_at(day, stops) is None for day in _days(before, last)):
                return True
        elif _paused_days(before, last, stops) < (last - before).days:
            return True
    return False
