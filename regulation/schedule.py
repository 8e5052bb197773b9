"""Due days along a route, computed from one given day: what the law allows if every party uses its full time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from jurisdictions.calendars.days import Calendar
from jurisdictions.calendars.periods import PeriodError, due_day
from jurisdictions.rules.route import Route, RouteStep
from jurisdictions.rules.schema import DeadlineRule


@dataclass(frozen=True)
class Planned:
    """A clock of a step: when it starts and ends, None where that cannot be computed."""

    rule: DeadlineRule
    start: date | None
    due: date | None
    provisional: bool


@dataclass
class Schedule:
    """`first`: the event that happens on the given day; `events`: all that could be given; `planned` by step."""

    first: str | None
    events: list[str]
    planned: dict[str, list[Planned]] = field(default_factory=dict)

    @property
    def provisional(self) -> bool:
        return any(one.provisional for clocks in self.planned.values() for one in clocks)

    @property
    def last(self) -> Planned | None:
        """The clock that ends last."""
        known = [one for clocks in self.planned.values() for one in clocks if one.due is not None]
        return max(known, key=lambda one: one.due or date.min, default=None)


def schedule(route: Route, start: date, *, calendar: Calendar, first: str | None = None) -> Schedule:
    """Due days of the route's clocks when the event `first` happens on `start` (Asia/Shanghai).

    Default: the first event in the order of the route that no clock of the route leads to. An unknown `first`
    counts as the default. Later events follow from the due day of the clocks before them; steps without a
    statutory time let nothing after them be computed.
    """
    events = open_events(route)
    chosen = first if first in events else (events[0] if events else None)
    known: dict[str, tuple[date, bool]] = {} if chosen is None else {chosen: (start, False)}
    planned: dict[tuple[str, int], Planned] = {}
    while True:
        before = len(planned)
        for step in route.steps:
            for index, rule in enumerate(step.deadlines):
                if (step.key, index) not in planned and rule.after in known:
                    planned[step.key, index] = _plan(rule, *known[rule.after], calendar=calendar)
            _settle(step, planned, known)
        if len(planned) == before:
            break
    return Schedule(
        chosen,
        events,
        {
            step.key: [
                planned.get((step.key, index), Planned(rule, None, None, False))
                for index, rule in enumerate(step.deadlines)
            ]
            for step in route.steps
        },
    )


def open_events(route: Route) -> list[str]:
    """The events that clocks of this route count from and that no clock of it leads to, in route order."""
    ended = {step.key for step in route.steps if step.deadlines}
    handed_in = {
        f"{step.key}_submitted"
        for step in route.steps
        if any(rule.party == "owner" for rule in step.deadlines) and step.authority != "owner"
    }
    asked = [rule.after for step in route.steps for rule in step.deadlines]
    order = {step.key: index for index, step in enumerate(route.steps)}
    loose = [event for event in dict.fromkeys(asked) if event not in ended | handed_in]
    return sorted(loose, key=lambda event: order.get(event.removesuffix("_submitted"), len(order)))


def _plan(rule: DeadlineRule, start: date, provisional: bool, *, calendar: Calendar) -> Planned:
    try:
        on_the_day = rule.kind in ("exactly", "not_before")
        due = due_day(start, rule.amount, rule.unit, calendar=calendar, exact=on_the_day)
    except PeriodError:
        return Planned(rule, start, None, False)
    return Planned(rule, start, due.day, provisional or due.provisional)


def _settle(step: RouteStep, planned: dict[tuple[str, int], Planned], known: dict[str, tuple[date, bool]]) -> None:
    """Note the events that this step's clocks lead to: its papers handed in, its completion."""
    clocks = [(rule, planned.get((step.key, index))) for index, rule in enumerate(step.deadlines)]
    owners = [one for rule, one in clocks if rule.party == "owner"]
    others = [one for rule, one in clocks if rule.party != "owner"]
    if owners and step.authority != "owner":
        _note(f"{step.key}_submitted", owners, known)
    _note(step.key, others or owners, known)


def _note(event: str, clocks: Iterable[Planned | None], known: dict[str, tuple[date, bool]]) -> None:
    ends = [(one.due, one.provisional) if one else (None, False) for one in clocks]
    days = [(day, provisional) for day, provisional in ends if day is not None]
    if event not in known and days and len(days) == len(ends):
        known[event] = (max(day for day, _ in days), any(provisional for _, provisional in days))
