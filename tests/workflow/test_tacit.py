"""Silence that counts as a decision: carried out by the sweep once, said before, and marked for ever."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from django.utils import translation

from accounts.actors import SYSTEM
from jurisdictions.scope import enter
from tests.people import Town, client_for
from tests.workflow.work import make_project, make_step, noon, open_with_item, rule
from workflow.clocks import deadlines, due, timers
from workflow.models import AuditEntry, Deadline, Message, Step

MONDAY = noon(2026, 3, 2)
AFTER = noon(2026, 3, 10)


def silent_step(town: Town, on_overdue: str, *, is_open: bool = True, **values) -> Step:
    """A step before an office, undecided, whose clock passes on the 9th of March."""
    step = make_step(town, make_project(town, state="running"), rules=[rule(on_overdue=on_overdue, **values)])
    with time_machine.travel(MONDAY, tick=False), enter(town.county):
        if is_open:
            open_with_item(step)
        deadlines.happened(actor=SYSTEM, project=step.project, event="start_notice")
    return step


@pytest.mark.parametrize(("on_overdue", "state"), [("deemed_passed", "done"), ("deemed_refused", "refused")])
def test_silence_ends_the_step_as_the_rules_say(alpha: Town, on_overdue: str, state: str) -> None:
    step = silent_step(alpha, on_overdue)
    assert timers.sweep(now=noon(2026, 3, 9)).fired == 0
    with time_machine.travel(AFTER, tick=False):
        assert [timers.sweep(now=AFTER).fired for _ in range(2)] == [1, 0]
    with enter(alpha.county):
        step.refresh_from_db()
        assert (step.state, step.tacit, step.outcome, step.decided_by) == (state, True, on_overdue, None)
        assert "2026年3月9日" in step.reason
        assert Deadline.objects.get(step=step).state == "lapsed"
        entry = AuditEntry.objects.get(action=f"step.{on_overdue}")
        assert (entry.actor_id, entry.articles) == (None, ["DA-24(1)"])
        assert Message.objects.filter(kind=on_overdue, user=alpha.drc.user).count() == 1
        assert Message.objects.filter(kind=on_overdue, user=alpha.filer.user).count() == 1


def test_silence_is_said_beforehand_and_marked_on_the_page_for_ever(alpha: Town) -> None:
    step = silent_step(alpha, "deemed_passed")
    address = f"/{alpha.county.code}/steps/{step.pk}/"
    with time_machine.travel(MONDAY, tick=False):
        for page in (address, f"/{alpha.county.code}/projects/{step.project_id}/deadlines/"):
            assert "逾期未办理的，视为同意" in client_for(alpha.drc).get(page).content.decode()
    with time_machine.travel(AFTER, tick=False):
        timers.sweep(now=AFTER)
        assert "逾期未办理，视为同意" in client_for(alpha.drc).get(address).content.decode()
        history = client_for(alpha.drc).get(f"/{alpha.county.code}/projects/{step.project_id}/history/")
        assert "逾期未作出决定，视为同意" in history.content.decode()


@pytest.mark.parametrize("values", [{"party": "finance"}, {"is_open": False}])
def test_silence_of_who_does_not_decide_decides_nothing(alpha: Town, values) -> None:
    """An opinion is never assumed, and a step that is not before its office cannot be silent."""
    step = silent_step(alpha, "deemed_passed", **values)
    with enter(alpha.county), translation.override("zh-hans"), time_machine.travel(MONDAY, tick=False):
        assert [one.silence for one in due.of_step(step)[0]] == [""]
    assert timers.sweep(now=AFTER).fired == 1
    with enter(alpha.county):
        step.refresh_from_db()
        assert (step.state, step.tacit) == ("open" if "party" in values else "coming", False)
        assert Deadline.objects.get(step=step).state == "running"


def test_a_decision_in_time_is_none_of_the_timers(alpha: Town) -> None:
    from workflow.route.steps import finish

    step = silent_step(alpha, "deemed_refused")
    with enter(alpha.county), time_machine.travel(noon(2026, 3, 9), tick=False):
        finish(actor=SYSTEM, step=step, outcome="approve")
    assert timers.sweep(now=AFTER).fired == 0
    with enter(alpha.county):
        step.refresh_from_db()
        assert (step.state, step.tacit) == ("done", False)
        assert Deadline.objects.get(step=step).due_on == date(2026, 3, 9)
