"""Time of the demonstration: stories of many projects, each event on its own day, all in the order they happened.

Services ask Django's clock what time it is. To give the demonstration a past, `at` sets that clock for this process
while one event is carried out; make_demo is refused in production, and nothing else uses it. Because the
events of a county are carried out in the order of their moments, its audit trail grows as it would have grown.
"""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from jurisdictions.calendars import WorkingCalendar
from workflow.clocks.clock import ONE, SHANGHAI

Story = Generator[dt.datetime, None, None]
# Office hours in which things happen, one after the other.
HOURS = ((9, 12), (10, 5), (11, 20), (14, 40), (15, 25), (16, 48))


@contextmanager
def at(moment: dt.datetime) -> Iterator[None]:
    """Let the clock of this process run from `moment` on; the real one is back afterwards."""
    real = timezone.now
    begun = real()
    timezone.now = lambda: moment + (real() - begun)
    try:
        yield
    finally:
        timezone.now = real


@dataclass
class Timeline:
    """A county's events up to now."""

    now: dt.datetime
    calendar: WorkingCalendar
    _waiting: list[tuple[dt.datetime, int, Story]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _hours: Iterator[tuple[int, int]] = field(default_factory=lambda: itertools.cycle(HOURS))

    @property
    def today(self) -> dt.date:
        return self.now.astimezone(SHANGHAI).date()

    def working_day(self, day: dt.date) -> dt.date:
        """The day itself, or the last working day before it."""
        while not self.calendar.is_working(day):
            day -= ONE
        return day

    def later(self, day: dt.date, working_days: int) -> dt.date:
        """The working day that many working days after a day."""
        while working_days > 0:
            day += ONE
            working_days -= self.calendar.is_working(day)
        return day

    def moment(self, day: dt.date) -> dt.datetime:
        """A moment in the office hours of a day; never after now."""
        hour, minute = next(self._hours)
        found = dt.datetime.combine(day, dt.time(hour, minute), tzinfo=SHANGHAI)
        return min(found, self.now - dt.timedelta(minutes=10))

    def add(self, story: Story) -> None:
        """Take a story in: it is advanced to its first event's moment."""
        self._next(story)

    def run(self, within: Callable[[], Any]) -> int:
        """Carry out all events in order, each inside `within()`; how many there were."""
        done = 0
        while self._waiting:
            moment, _number, story = heapq.heappop(self._waiting)
            with at(moment), within():
                self._next(story)
            done += 1
        return done

    def _next(self, story: Story) -> None:
        try:
            moment = next(story)
        except StopIteration:
            return
        heapq.heappush(self._waiting, (moment, next(self._numbers), story))
