"""Days and moments of law in Asia/Shanghai, counted by the county's calendar, kept at hand in each process."""

from __future__ import annotations

import datetime as dt
import time

from jurisdictions.calendar_store import Calendars, current_calendars
from jurisdictions.calendars import WorkingCalendar, working_days_between
from jurisdictions.calendars.zone import ONE, SHANGHAI, day_of, end_of, start_of, today
from jurisdictions.scope import current_county

__all__ = [
    "ONE",
    "SHANGHAI",
    "day_of",
    "end_of",
    "forget",
    "left_until",
    "start_of",
    "today",
    "working_calendar",
    "working_day_after",
    "working_day_before",
    "working_days",
    "working_days_since",
]

# A process looks after this many seconds whether somebody entered days; the sweep computes anew until then.
FRESH_SECONDS = 30

_kept: tuple[float, Calendars] | None = None
_between: dict[tuple[str, dt.date, dt.date], int] = {}  # working days counted with what is kept: lists ask alike


def working_calendar() -> WorkingCalendar:
    """The calendar of the county in force, at most `FRESH_SECONDS` old in this process."""
    global _kept
    county = current_county()
    if county is None:
        raise LookupError("The calendar of a county was asked for without a county in force.")
    now = time.monotonic()
    if _kept is None or now - _kept[0] >= FRESH_SECONDS:
        _kept = (now, current_calendars())
        _between.clear()
    return _kept[1].for_county(county.code)


def forget() -> None:
    """Look into the tables again at the next use, after days were entered."""
    global _kept
    _kept = None


def working_day_after(day: dt.date, count: int) -> dt.date:
    """The day `count` working days after a day."""
    calendar = working_calendar()
    while count > 0:
        day += ONE
        count -= calendar.is_working(day)
    return day


def working_day_before(day: dt.date, count: int) -> dt.date:
    """The day `count` working days before a day."""
    calendar = working_calendar()
    while count:
        day -= ONE
        count -= calendar.is_working(day)
    return day


def left_until(due_on: dt.date, unit: str = "working_day") -> int:
    """What is left after today up to the due day, which counts; negative when it has passed.

    The one way in which a clock is counted on every page: in working days where its rule does so, else in days.
    """
    now = today()
    if unit != "working_day":
        return (due_on - now).days
    left = working_days(now, due_on)
    # Overdue by a weekend alone is overdue all the same; nothing is overdue on the day it is due.
    return left if due_on >= now or left else -1


def working_days_since(day: dt.date) -> int:
    """For how many working days something has waited: after the day it came, up to today."""
    return max(working_days(day, today()), 0)


def working_days(start: dt.date, end: dt.date) -> int:
    """Working days of the county after a day up to another, which counts; negative where that lies before."""
    calendar, county = working_calendar(), current_county()
    assert county is not None
    key = (county.code, start, end)
    if key not in _between:
        _between[key] = working_days_between(start, end, calendar=calendar)
    return _between[key]
