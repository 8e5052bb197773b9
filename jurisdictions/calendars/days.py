"""A calendar of days: which are worked, what they are called, whether their year is published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol

DayKind = Literal["working", "weekend", "holiday", "make_up"]
_SATURDAY = 5


class Calendar(Protocol):
    """What period arithmetic needs to know of a day."""

    def is_working(self, day: date) -> bool: ...

    def is_provisional(self, day: date) -> bool: ...

    def describe(self, day: date) -> DayInfo: ...


@dataclass(frozen=True)
class DayInfo:
    """A day as the ledger shows it. `make_up`: a weekend day that is worked in exchange for a holiday."""

    day: date
    kind: DayKind
    name: str
    provisional: bool

    @property
    def is_working(self) -> bool:
        return self.kind in ("working", "make_up")


@dataclass(frozen=True)
class WorkingCalendar:
    """Monday to Friday, with exceptions (day → worked?, name) and the years whose arrangement is published.

    Years that are neither published nor hold exceptions are guessed by `fallback`, where one is given.
    """

    exceptions: Mapping[date, tuple[bool, str]] = field(default_factory=dict)
    published: frozenset[int] = frozenset()
    known: frozenset[int] = frozenset()
    fallback: Calendar | None = None

    def describe(self, day: date) -> DayInfo:
        """What kind of day it is, its name, and whether its year is published."""
        if day not in self.exceptions and self.fallback is not None and day.year not in self.known | self.published:
            guess = self.fallback.describe(day)
            return DayInfo(day, guess.kind, guess.name, True)
        is_weekend = day.weekday() >= _SATURDAY
        working, name = self.exceptions.get(day, (not is_weekend, ""))
        kind: DayKind
        if working:
            kind = "make_up" if is_weekend else "working"
        else:
            kind = "weekend" if is_weekend and not name else "holiday"
        return DayInfo(day, kind, name, day.year not in self.published)

    def is_working(self, day: date) -> bool:
        """Whether the day is worked."""
        if day in self.exceptions:
            return self.exceptions[day][0]
        if self.fallback is not None and day.year not in self.published and day.year not in self.known:
            return self.fallback.is_working(day)
        return day.weekday() < _SATURDAY

    def is_provisional(self, day: date) -> bool:
        """Whether the arrangement of the day's year is not published (or not known)."""
        return day.year not in self.published

    def overlaid(self, exceptions: Mapping[date, tuple[bool, str]], years: Mapping[int, bool]) -> WorkingCalendar:
        """This calendar with a county's own days on top.

        A year the county itself has published counts by the county's days alone; else its days correct
        this calendar's, or what is guessed of it.
        """
        own = {year for year, is_published in years.items() if is_published}
        kept = {day: value for day, value in self.exceptions.items() if day.year not in own}
        return WorkingCalendar({**kept, **exceptions}, self.published | own, self.known | own, self.fallback)
