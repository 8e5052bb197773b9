"""The time zone of all counties, and the days and moments of law in it. The only place that names it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

ZONE_NAME = "Asia/Shanghai"
SHANGHAI = ZoneInfo(ZONE_NAME)
ONE = timedelta(days=1)


def today() -> date:
    """The day it is in Asia/Shanghai."""
    return day_of(timezone.now())


def day_of(moment: datetime) -> date:
    """The day of a moment in Asia/Shanghai."""
    return moment.astimezone(SHANGHAI).date()


def start_of(day: date) -> datetime:
    """0:00 of a day in Asia/Shanghai."""
    return datetime.combine(day, time.min, tzinfo=SHANGHAI)


def end_of(day: date) -> datetime:
    """24:00 of a day in Asia/Shanghai: the moment from which something due that day is overdue."""
    return start_of(day + ONE)
