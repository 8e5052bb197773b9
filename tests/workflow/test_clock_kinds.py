"""What clocks ask besides a last day: a shortest duration, a day, a window; and who may not act before it opens."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine

from accounts.actors import SYSTEM
from jurisdictions.scope import enter
from tests.people import Town
from tests.workflow.work import make_project, make_step, noon, open_with_item, rule
from workflow.clocks import clock, deadlines
from workflow.models import Deadline, DeadlineChange

START = date(2026, 3, 2)
MONDAY = noon(2026, 3, 2)
SIX_TO_TWELVE = {"kind": "window", "amount": 12, "unit": "month", "opens": {"amount": 6, "unit": "month"}}
PAUSES = [{"key": "owner_revision", "text": "整改", "articles": ["DA-24(2)"]}]


def started(town: Town, **values) -> Deadline:
    """A clock of a step by this rule, from the 2nd of March on; the county is in force already."""
    step = make_step(town, make_project(town), key="trial_run", rules=[rule(**values)])
    (row,) = deadlines.happened(actor=SYSTEM, project=step.project, event="start_notice", on=START, steps=[step])
    return row


@pytest.mark.parametrize(
    ("values", "kind", "opens_on", "due_on"),
    [
        # The 2nd of May 2026 is a public holiday, after which the 6th is the first working day.
        ({"amount": 2, "unit": "month"}, "within", None, date(2026, 5, 6)),
        ({"amount": 2, "unit": "month", "exact": True}, "exactly", None, date(2026, 5, 2)),
        ({"amount": 2, "unit": "month", "kind": "exactly"}, "exactly", None, date(2026, 5, 2)),
        ({"amount": 2, "unit": "month", "kind": "not_before"}, "not_before", date(2026, 5, 2), date(2026, 5, 2)),
        ({"amount": 10, "kind": "not_before"}, "not_before", date(2026, 3, 16), date(2026, 3, 16)),
        (SIX_TO_TWELVE, "window", date(2026, 9, 2), date(2027, 3, 2)),
    ],
)
@time_machine.travel(MONDAY, tick=False)
def test_days_follow_from_what_the_clock_asks(alpha: Town, values, kind, opens_on, due_on) -> None:
    with enter(alpha.county):
        row = started(alpha, **values)
        assert (row.kind, row.opens_on, row.due_on) == (kind, opens_on, due_on)
        ends = clock.start_of(due_on) if kind == "not_before" else clock.end_of(due_on)
        assert row.due_at == ends


@time_machine.travel(MONDAY, tick=False)
def test_shortest_duration_gives_the_item_no_last_day(alpha: Town) -> None:
    with enter(alpha.county):
        row = started(alpha, amount=3, unit="month", kind="not_before")
        assert row.step is not None
        assert open_with_item(row.step).due_on is None


@time_machine.travel(noon(2026, 3, 9), tick=False)
def test_a_stop_puts_off_both_days_of_a_window(alpha: Town) -> None:
    with enter(alpha.county):
        row = started(alpha, **SIX_TO_TWELVE, pauses=PAUSES)
        deadlines.pause(actor=SYSTEM, deadline=row, key="owner_revision", reason="整改")
        deadlines.resume(actor=SYSTEM, deadline=row, until_day=date(2026, 3, 18))
        row.refresh_from_db()
        assert (row.opens_on, row.due_on) == (date(2026, 9, 12), date(2027, 3, 12))


@time_machine.travel(MONDAY, tick=False)
def test_window_opened_later_by_the_rules_keeps_the_day_it_would_have_opened(alpha: Town) -> None:
    with enter(alpha.county):
        row = started(alpha, **SIX_TO_TWELVE)
        step = row.step
        assert step is not None
        step.rule = {"deadlines": [rule(**SIX_TO_TWELVE | {"opens": {"amount": 7, "unit": "month"}})]}
        deadlines.settle(actor=SYSTEM, project=step.project, steps=[step])
        change = DeadlineChange.objects.get(deadline=row)
        assert (change.old_opens_on, change.new_opens_on) == (date(2026, 9, 2), date(2026, 10, 2))
        assert change.old_due_on == change.new_due_on == date(2027, 3, 2)
