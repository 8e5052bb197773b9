"""The forecast: when each step ends if everybody uses their full time."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from accounts.actors import SYSTEM
from jurisdictions.calendars import WorkingCalendar
from jurisdictions.scope import enter
from projects.services.routing import sync_route
from tests.approvals.work import current, declared
from tests.people import Town, client_for
from tests.workflow.work import make_project, noon
from workflow.clocks.forecast import Planned, forecast
from workflow.models import KeptForecast
from workflow.route.steps import finish

CALENDAR = WorkingCalendar({}, frozenset(range(2025, 2028)))  # Monday to Friday
MONDAY = date(2026, 3, 2)


def clock(amount: int, after: str, party: str = "authority", unit: str = "working_day", **more: Any) -> dict[str, Any]:
    return {"party": party, "amount": amount, "unit": unit, "after": after, **more}


def ends(*steps: Planned, **asked: Any) -> dict[str, date]:
    found = forecast(steps, start=MONDAY, calendar=CALENDAR, **asked)
    return {line.key: line.ends_on for line in found}


@pytest.mark.article("DA-24")
def test_both_sides_use_their_time_one_after_the_other() -> None:
    steps = (
        Planned("start_notice", ended_on=MONDAY),
        Planned("proposal", [clock(10, "start_notice", "owner"), clock(5, "proposal_submitted")]),
        # The bureau's opinion runs from the hand-in of the report, which the unit has twenty days for.
        Planned("technical_review", [clock(15, "feasibility_submitted")]),
        Planned("feasibility", [clock(20, "proposal", "owner"), clock(6, "technical_review")]),
    )
    assert ends(*steps) == {
        "proposal": date(2026, 3, 23),
        "technical_review": date(2026, 5, 11),
        "feasibility": date(2026, 5, 19),
    }


def test_a_step_without_a_time_counts_for_no_day_and_says_so() -> None:
    steps = (Planned("joint_review"), Planned("proposal", [clock(5, "joint_review")]))
    first, second = forecast(steps, start=MONDAY, calendar=CALENDAR)
    assert (first.ends_on, first.untimed) == (MONDAY, True)
    assert (second.ends_on, second.untimed) == (date(2026, 3, 9), False)


def test_steps_beside_each_other_do_not_add_up() -> None:
    steps = (
        Planned("proposal", [clock(10, "call")]),
        Planned("investment_plan", [clock(3, "call")], parallel=True, required_by="procurement"),
        Planned("budget_arrangement", [clock(30, "call")], required_by="end"),
        Planned("feasibility", [clock(2, "proposal")]),
        Planned("procurement", [clock(1, "feasibility")], is_owners=True),
    )
    found = ends(*steps, events={"call": MONDAY})
    assert found["investment_plan"] == date(2026, 3, 5)
    assert found["feasibility"] == date(2026, 3, 18)
    assert found["procurement"] == date(2026, 3, 19)  # the budget holds up nothing


@pytest.mark.article("DA-24(2)")
def test_what_an_event_opens_runs_beside_the_step_that_awaits_it() -> None:
    review = Planned(
        "technical_review",
        [clock(15, "feasibility_submitted")],
        required_by="feasibility",
        opened_by="feasibility_submitted",
    )
    # No time for the unit: its report counts as handed in as the step opens, and the reply awaits the review.
    steps = (Planned("start_notice", ended_on=MONDAY), review, Planned("feasibility", [clock(6, "technical_review")]))
    assert ends(*steps) == {"technical_review": date(2026, 3, 23), "feasibility": date(2026, 3, 31)}


def test_clocks_that_run_say_their_own_day_and_what_is_overdue_ends_today() -> None:
    steps = (
        Planned("proposal", [clock(5, "start_notice")], running={("authority", "start_notice"): date(2026, 3, 12)}),
        Planned("feasibility", [clock(5, "x")], running={("authority", "x"): date(2026, 2, 2)}, parallel=True),
    )
    assert ends(*steps) == {"proposal": date(2026, 3, 12), "feasibility": MONDAY}


def test_events_that_wait_for_each_other_end_all_the_same() -> None:
    steps = (
        Planned("proposal", [clock(5, "feasibility")]),
        Planned("feasibility", [clock(5, "proposal")]),
    )
    assert set(ends(*steps)) == {"proposal", "feasibility"}


def test_months_end_as_clocks_do_and_an_unpublished_year_is_marked() -> None:
    steps = (
        Planned("trial_run", [clock(3, "implementation", "owner", "month", kind="not_before")]),
        Planned("acceptance_filing", [clock(12, "trial_run", "owner", "month"), clock(12, "trial_run", unit="month")]),
        Planned("operation", [clock(20, "acceptance_filing")]),
    )
    lines = forecast(steps, start=MONDAY, calendar=CALENDAR, events={"implementation": MONDAY})
    assert [line.ends_on for line in lines][:2] == [date(2026, 6, 2), date(2027, 6, 2)]
    late = forecast(steps, start=date(2027, 12, 1), calendar=CALENDAR, events={"implementation": date(2027, 12, 1)})
    assert [line.provisional for line in late] == [False, True, True]


@pytest.mark.article("DA-24(1)", "DA-23")
def test_what_was_foreseen_at_the_start_is_kept_and_shown_beside_today(alpha: Town) -> None:
    with time_machine.travel(noon(2026, 3, 2), tick=False):
        project = declared(alpha, until="start_notice", investment="60000000.00")
        other = make_project(alpha, investment=Decimal("60000000.00"))
        with enter(alpha.county):
            sync_route(actor=SYSTEM, project=other)
            sync_route(actor=SYSTEM, project=other)
            first = KeptForecast.objects.get(project=other)
            assert (first.occasion, first.made_on) == ("route", MONDAY)
    with time_machine.travel(noon(2026, 3, 9), tick=False), enter(alpha.county):
        finish(actor=SYSTEM, step=current(alpha, project), outcome="recorded")
        kept = KeptForecast.objects.get(project=project, occasion="start")
        lines = {line["key"]: line["ends_on"] for line in kept.lines}
        assert "start_notice" not in lines
        assert lines["proposal"] == "2026-03-30"  # ten working days of the unit, five of the office
    with time_machine.travel(noon(2026, 4, 1), tick=False):
        page = client_for(alpha.drc).get(f"/{alpha.code}/projects/{project.pk}/deadlines/")
        shown = {line.step.key: line for line in page.context["outlook"].lines}
        assert shown["proposal"].before == date(2026, 3, 30)
        with enter(alpha.county):
            assert shown["proposal"].moved > 0
        assert "办法未规定时限" in page.content.decode()
