"""When each coming step of a route ends if everybody uses their full time. Pure: no database, no clock.

A step without a statutory time counts for no day, and says so. Steps that need not wait for each other run beside each
other, as `workflow.route.steps.next_steps` opens them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jurisdictions.calendars import Calendar, due_day
from jurisdictions.rules.vocabulary import HOLDS_NOTHING

EXACT = ("exactly", "not_before")


@dataclass(frozen=True)
class Planned:
    """A step of a route: what its rule asks of time, and what is known of it.

    `ended_on`: it is done since that day. `handed_in_on`: its papers are in. `running`: the due days of clocks that
    run, by (party, event they count from).
    """

    key: str
    deadlines: Sequence[Mapping[str, Any]] = ()
    parallel: bool = False
    required_by: str | None = None
    opened_by: str | None = None
    is_owners: bool = False  # the unit itself has it: it opens only once nothing awaits it
    ended_on: dt.date | None = None
    handed_in_on: dt.date | None = None
    running: Mapping[tuple[str, str], dt.date] = field(default_factory=dict)


@dataclass(frozen=True)
class Foreseen:
    """When a step ends at the latest. `untimed`: the rules give it no time, so that no day is counted for it."""

    key: str
    ends_on: dt.date
    untimed: bool
    provisional: bool = False


def forecast(
    steps: Sequence[Planned], *, start: dt.date, calendar: Calendar, events: Mapping[str, dt.date] | None = None
) -> list[Foreseen]:
    """The coming steps in the order of the route, each with the last day by which it ends.

    Counted from `start`, the day it is asked on; `events` are days of recorded dates. An event that is not known is
    taken to be on the day on which its step begins; what is overdue ends on `start`.
    """
    found = _Forecast(steps, start, calendar, dict(events or {}))
    return [found.line(step) for step in steps if step.ended_on is None]


class _Forecast:
    def __init__(
        self, steps: Sequence[Planned], start: dt.date, calendar: Calendar, events: dict[str, dt.date]
    ) -> None:
        self.steps, self.start, self.calendar, self.events = steps, start, calendar, events
        self.by_key = {step.key: step for step in steps}
        self.known: dict[str, dt.date] = {}
        self.asking: set[str] = set()  # what is being worked out: events that wait for each other begin on the start
        self.moving: set[str] = set()  # steps with a day in a year whose arrangement is not published

    def line(self, step: Planned) -> Foreseen:
        """A coming step's line."""
        ends_on = self.end(step)
        return Foreseen(step.key, ends_on, not step.deadlines, step.key in self.moving)

    def _once(self, name: str, work: Any) -> dt.date:
        if name in self.known:
            return self.known[name]
        if name in self.asking:
            return self.start
        self.asking.add(name)
        day = self.known[name] = work()
        self.asking.discard(name)
        return day

    def end(self, step: Planned) -> dt.date:
        """The last day of a step: the latest of its clocks, not before it begins."""
        if step.ended_on is not None:
            return step.ended_on
        return self._once(f"end {step.key}", lambda: max(self._ends(step)))

    def _ends(self, step: Planned) -> Iterable[dt.date]:
        yield self.begin(step)
        yield from (self._due(step, rule) for rule in step.deadlines)
        yield from (self.end(other) for other in self.steps if other.required_by == step.key)

    def begin(self, step: Planned) -> dt.date:
        """The day on which a step opens: what holds it up has ended, or the event that opens it was."""
        if step.opened_by:
            event = step.opened_by
            return self._once(f"begin {step.key}", lambda: max(self.start, self._event(event, None)))
        return self._once(f"begin {step.key}", lambda: max([self.start, *map(self.end, self._before(step))]))

    def _before(self, step: Planned) -> Iterable[Planned]:
        for other in self.steps:
            if other.key == step.key:
                return
            by = other.required_by if other.required_by in self.by_key else None
            if other.required_by == HOLDS_NOTHING or other.ended_on is not None:
                continue
            if (by == step.key and step.is_owners) or (by is None and not step.parallel):
                yield other

    def handed_in(self, step: Planned) -> dt.date:
        """The day on which the papers of a step are in: the unit's own time is used up."""
        if step.handed_in_on is not None or step.ended_on is not None:
            return step.handed_in_on or step.ended_on or self.start
        own = [
            rule for rule in step.deadlines if rule["party"] == "owner" and rule.get("after") != f"{step.key}_submitted"
        ]
        if own:
            return self._once(f"in {step.key}", lambda: max(self._due(step, rule) for rule in own))
        return self._once(f"in {step.key}", lambda: self.begin(step))

    def _event(self, name: str, step: Planned | None) -> dt.date:
        """The day of an event: recorded, the end of a step, or its hand-in; else the day the asking step begins."""
        if name in self.events:
            return self.events[name]
        if name in self.by_key:
            return self.end(self.by_key[name])
        handed = self.by_key.get(name.removesuffix("_submitted")) if name.endswith("_submitted") else None
        if handed is not None:
            return self.handed_in(handed)
        return self.begin(step) if step is not None else self.start

    def _due(self, step: Planned, rule: Mapping[str, Any]) -> dt.date:
        """The last day of one clock of a step."""
        running = step.running.get((rule["party"], rule.get("after") or ""))
        if running is not None:
            return max(running, self.start)
        names = [rule.get("after") or "", *(rule.get("and_after") or ())]
        first = max(self._event(name, step) for name in names)
        due = due_day(
            first,
            int(rule["amount"]),
            rule["unit"],
            calendar=self.calendar,
            exact=rule.get("kind") in EXACT,
        )
        if due.provisional:
            self.moving.add(step.key)
        return max(due.day, self.start)
