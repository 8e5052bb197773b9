"""Clock arithmetic against a slow oracle written from the texts: every day is looked at once, in order, by itself."""

from __future__ import annotations

import calendar as months
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from jurisdictions.calendars import Pause, WorkingCalendar, due_day, explain

FIRST, LAST = date(2020, 1, 1), date(2029, 12, 31)
days = st.dates(min_value=FIRST, max_value=LAST)
stretches = st.lists(st.tuples(days, st.integers(0, 40)), max_size=4)
units = st.sampled_from(["working_day", "day", "month", "year"])
LONGEST = {"working_day": 90, "day": 120, "month": 24, "year": 3}


class Oracle:
    """A county's days by hand: which are worked, which stand still, and walking on from day to day."""

    def __init__(self, worked: dict[date, bool], stopped: list[tuple[date, int]]) -> None:
        self.worked = worked
        self.stopped = {first + timedelta(n) for first, more in stopped for n in range(more + 1)}

    def is_worked(self, day: date) -> bool:
        return self.worked.get(day, day.weekday() not in (5, 6))

    def last_day(self, start: date, amount: int, unit: str, extra: int) -> date:
        """The last day: the day of the trigger is day nought, days that stand still are nobody's."""
        day = start
        if unit in ("month", "year"):
            left = (self.corresponding(start, amount * (12 if unit == "year" else 1)) - start).days
            unit = "day"
        else:
            left = amount
        while left > 0:
            day += timedelta(1)
            if day in self.stopped:
                continue
            if unit == "day" or self.is_worked(day):
                left -= 1
        while unit == "day" and (not self.is_worked(day) or day in self.stopped):
            day += timedelta(1)
        while extra > 0:
            day += timedelta(1)
            extra -= self.is_worked(day) and day not in self.stopped
        return day

    @staticmethod
    def corresponding(day: date, count: int) -> date:
        """So many months later, on the same day or the month's last."""
        year, month = day.year, day.month
        for _ in range(count):
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        return date(year, month, min(day.day, months.monthrange(year, month)[1]))


@settings(deadline=None, max_examples=60)
@given(
    start=st.dates(min_value=FIRST, max_value=date(2026, 12, 31)),
    unit=units,
    share=st.integers(1, 100),
    stopped=stretches,
    extra=st.integers(0, 30),
    holidays=st.dictionaries(days, st.booleans(), max_size=60),
    late=st.dictionaries(days, st.booleans(), max_size=30),
)
def test_due_days_agree_with_the_oracle_before_and_after_a_late_calendar(
    start: date,
    unit: Any,
    share: int,
    stopped: list[tuple[date, int]],
    extra: int,
    holidays: dict[date, bool],
    late: dict[date, bool],
) -> None:
    amount = max(1, LONGEST[unit] * share // 100)
    pauses = [Pause(first, first + timedelta(more)) for first, more in stopped]
    for worked in (holidays, holidays | late):
        exceptions = {day: (is_worked, "") for day, is_worked in worked.items()}
        calendar = WorkingCalendar(exceptions, frozenset(range(2020, 2040)))
        due = due_day(start, amount, unit, calendar=calendar, pauses=pauses, extra=extra).day
        assert due == Oracle(worked, stopped).last_day(start, amount, unit, extra)
        ledger = explain(start, amount, unit, calendar=calendar, pauses=pauses, extra=extra)
        assert ledger[-1].day == due
        assert sum(day.status == "extended" for day in ledger) == extra
        numbers = [day.number for day in ledger if day.number is not None]
        assert numbers == list(range(1, len(numbers) + 1))
        assert {day.day for day in ledger if day.status == "paused"} == {
            day.day for day in ledger if any(one.start <= day.day <= one.end for one in pauses)
        }
