"""Working days, and the arithmetic of statutory periods. Pure: no database, no clock."""

from .days import Calendar, DayInfo, WorkingCalendar
from .national import national_calendar
from .periods import Due, LedgerDay, Pause, due_day, explain, working_days_between

__all__ = [
    "Calendar",
    "DayInfo",
    "Due",
    "LedgerDay",
    "Pause",
    "WorkingCalendar",
    "due_day",
    "explain",
    "national_calendar",
    "working_days_between",
]
