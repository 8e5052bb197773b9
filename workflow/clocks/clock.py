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
    "start_of",
    "today",
    "working_calendar",
    "working_day_before",
    "working_days_left",
]

# A process looks after this many seconds whether somebody entered days; the sweep computes anew until then.
FRESH_SECONDS = 30

_kept: tuple[float, Calendars] | None = None


def working_calendar() -> WorkingCalendar:
    """The calendar of the county in force, at most `FRESH_SECONDS` old in this process."""
    global _kept
    county = current_county()
    if county is None:
        raise LookupError("The calendar of a county was asked for without a county in force.")
    now = time.monotonic()
    if _kept is None or now - _kept[0] >= FRESH_SECONDS:
        _kept = (now, current_calendars())
    return _kept[1].for_county(county.code)


def forget() -> None:
    """Look into the tables again at the next use, after days were entered."""
    global _kept
    _kept = None


def working_day_before(day: dt.date, count: int) -> dt.date:
    """The day `count` working days before a day."""
    calendar = working_calendar()
    while count:
        day -= ONE
        count -= calendar.is_working(day)
    return day


def working_days_left(due_on: dt.date, *, on: dt.date | None = None) -> int:
    """Working days after `on` (today) up to the due day, which counts; negative when it has passed."""
    day = on or today()
    left = working_days_between(day, due_on, calendar=working_calendar())
    # Overdue by a weekend alone is overdue all the same; nothing is overdue on the day it is due.
    return left if due_on >= day or left else -1
