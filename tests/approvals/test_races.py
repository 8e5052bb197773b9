"""Two at once on the staged approvals: one wins, the other is told, and nothing is written by half."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connections, transaction

from accounts.actors import Actor
from approvals.experts import panels
from approvals.kinds.reviews import decide
from approvals.models import Draw, Panel, Reply, Seat
from jurisdictions.scope import enter
from projects.models import CostLine, Project
from tests.approvals.experts_work import fill_library, prepared
from tests.approvals.test_changes import act, asked
from tests.approvals.work import approved as driven
from tests.approvals.work import hand_in, step_of
from tests.people import Town, client_for, join, make_user
from tests.test_concurrency import Two, held, refusals
from tests.workflow.work import make_project, make_step, noon, open_with_item, rule
from workflow.clocks import deadlines, extensions, timers
from workflow.clocks.clock import today
from workflow.filings import services as filings
from workflow.models import CorrectionItem, Deadline, Filing, FilingState, Step, StepState, WorkItem
from workflow.people import delegations

pytestmark = pytest.mark.django_db(transaction=True)


def prepared_step(town: Town, key: str = "budget_review") -> Step:
    """A staged approval that the unit has handed in for."""
    project = driven(town, until=key, investment="3000000.00")
    with enter(town.county):
        hand_in(town, step_of(town, project, key))
    return step_of(town, project, key)


def test_one_reply_is_written_and_the_other_is_told_on_the_page(alpha: Town) -> None:
    step = prepared_step(alpha)
    sent = {"version": step.version, "outcome": "approve", "reason": "同意", "number": "1号", "amount": "300"}
    sent["on"] = today().isoformat()

    def post() -> int:
        answer = client_for(alpha.finance).post(f"/{alpha.code}/steps/{step.pk}/decide/", sent)
        return int(answer.status_code)

    with held(alpha, lambda: Step.objects.filter(pk=step.pk)) as two:
        two.start("first", post)
        two.start("second", post)
    assert sorted(two.end().values()) == [302, 409]
    with enter(alpha.county):
        assert Reply.objects.filter(step=step).count() == 1
        assert CostLine.objects.filter(project=step.project_id, stage="budget").count() == 1


@pytest.mark.parametrize("first", ["return", "hand in again"])
def test_what_is_handed_in_again_while_more_is_asked_for_is_told(alpha: Town, first: str) -> None:
    step, items = prepared_step(alpha), [{"section": "content", "field": "", "text": "补充说明"}]
    with enter(alpha.county):
        filings.send_back(actor=alpha.finance.actor, step=step, items=items)
        version = Step.objects.get(pk=step.pk).version
        filing = Filing.objects.get(step=step)

    def more() -> Any:
        fresh = Step.objects.select_related("project").get(pk=step.pk)
        further = [{"section": "money", "field": "", "text": "分项有误"}]
        return filings.send_back(actor=alpha.finance.actor, step=fresh, items=further, seen_version=version)

    def again() -> Any:
        fresh = Filing.objects.select_related("step", "unit", "project__owner_unit").get(pk=filing.pk)
        return filings.resubmit(actor=alpha.filer.actor, filing=fresh, seen_content_version=filing.content_version)

    acts = {"return": more, "hand in again": again}
    with held(alpha, lambda: Filing.objects.filter(pk=filing.pk)) as two:
        for name in sorted(acts, key=lambda one: one != first):
            two.start(name, acts[name])
    assert refusals(two.end()) == {name: name != first for name in acts}
    with enter(alpha.county):
        open_now = CorrectionItem.objects.filter(filing=filing, answered_at=None).count()
        state = Filing.objects.get(pk=filing.pk).state
        is_units = WorkItem.objects.open().filter(step=step, duty="correct").exists()
    if first == "return":
        assert (open_now, state, is_units) == (2, FilingState.RETURNED, True)
    else:
        assert (open_now, state, is_units) == (0, FilingState.SUBMITTED, False)


def test_a_change_is_approved_beside_a_decision_on_the_route_and_once(alpha: Town) -> None:
    """Both lock the project first: nobody waits in a ring; the change itself is replied to once."""
    with enter(alpha.county):
        project = driven(alpha, until="budget_review", investment="3000000.00")
        asked(alpha, project, ("data", "10", "20"))
        change = act(project)
        budget = step_of(alpha, project, "budget_review")
        hand_in(alpha, budget, submits=False)

    def prepare() -> Any:
        filing = Filing.objects.select_related("step", "unit", "project__owner_unit").get(step=budget)
        return filings.submit(actor=alpha.filer.actor, filing=filing)

    def approve() -> Any:
        fresh = Step.objects.select_related("project", "office").get(pk=change.pk)
        record = {"number": "变批1号", "on": today(), "amount": Decimal(3_100_000)}
        return decide(actor=alpha.drc.actor, step=fresh, outcome="approve", reason="同意", record=record)

    def send_back() -> Any:
        fresh = Step.objects.select_related("project", "office").get(pk=change.pk)
        items = [{"section": "", "field": "", "text": "补充"}]
        return filings.send_back(actor=alpha.drc.actor, step=fresh, items=items)

    with held(alpha, lambda: Project.objects.filter(pk=project.pk)) as two:
        two.start("approve", approve)
        two.start("prepare", prepare)
        two.start("return", send_back)
    told = refusals(two.end())
    assert not told["prepare"] and told["approve"] != told["return"]
    with enter(alpha.county):
        filing, step = Filing.objects.get(kind="change"), Step.objects.get(pk=change.pk)
        assert (step.state, filing.state) == (("waiting", "returned") if told["approve"] else ("done", "accepted"))
        assert WorkItem.objects.open().filter(step=change).count() == (step.state == "waiting")
        expected = Decimal(3_000_000 if told["approve"] else 3_100_000)
        assert Project.objects.get(pk=project.pk).investment == expected


LAPSING = {
    "party": "owner",
    "amount": 1,
    "unit": "month",
    "after": "project_approval",
    "on_overdue": "lapse",
    "articles": ["CJ-26"],
    "extension": {"by": "data_bureau", "articles": ["CJ-26"]},
}


@pytest.mark.parametrize("first", ["grant", "lapse"])
def test_more_time_granted_and_a_lapse_do_not_both_happen(alpha: Town, first: str) -> None:
    project = make_project(alpha, state="running", standing="planned")
    step = make_step(
        alpha,
        project,
        key="procurement",
        kind="stage",
        authority="owner",
        office=project.owner_unit,
        rules=[rule(**LAPSING)],
    )
    with time_machine.travel(noon(2026, 3, 2), tick=False), enter(alpha.county):
        open_with_item(step)
        (row,) = deadlines.happened(actor=alpha.owner.actor, project=project, event="project_approval")
    with time_machine.travel(noon(2026, 3, 31), tick=False), enter(alpha.county):
        wish = extensions.ask(actor=alpha.owner.actor, deadline=row, wanted_on=dt.date(2026, 4, 15), reason="流标")

    def sweep() -> None:
        try:
            timers.sweep()
        finally:
            connections.close_all()

    def grant() -> Any:
        fresh = type(wish).objects.select_related("deadline", "office", "unit").get(pk=wish.pk)
        return extensions.grant(actor=alpha.reviewer.actor, asked=fresh)

    with time_machine.travel(noon(2026, 4, 3), tick=False):
        if first == "grant":
            with transaction.atomic(), enter(alpha.county):
                grant()
                thread = threading.Thread(target=sweep)  # passes over what somebody holds
                thread.start()
                thread.join(30)
                assert not thread.is_alive()
            timers.sweep()
        else:
            timers.sweep()
            two = Two(alpha)
            two.start("grant", grant)
            assert refusals(two.end()) == {"grant": True}
    with enter(alpha.county):
        ended, state = Project.objects.get(pk=project.pk).state, Deadline.objects.get(pk=row.pk).state
        expected = ("running", "running") if first == "grant" else ("ended", "lapsed")
        assert (ended, state) == expected
        assert WorkItem.objects.open().filter(about=extensions.ABOUT).count() == 0


def test_of_two_draws_one_counts(alpha: Town) -> None:
    fill_library(alpha)
    panel = prepared(alpha, make_project(alpha, state="running"))

    def commit() -> Draw:
        fresh = Panel.objects.select_related("office", "project").get(pk=panel.pk)
        return panels.commit(actor=alpha.reviewer.actor, panel=fresh)

    with held(alpha, lambda: Panel.objects.filter(pk=panel.pk)) as two:
        two.start("first", commit)
        two.start("second", commit)
    made = two.end()
    assert sorted(refusals(made).values()) == [False, True]
    draw = next(one for one in made.values() if isinstance(one, Draw))

    def reveal() -> Draw:
        fresh = Draw.objects.select_related("panel__office", "panel__project").get(pk=draw.pk)
        return panels.reveal(actor=alpha.reviewer.actor, draw=fresh, said="七")

    def give_up() -> Draw:
        fresh = Draw.objects.select_related("panel__office", "panel__project").get(pk=draw.pk)
        return panels.set_aside(actor=alpha.reviewer.actor, draw=fresh, reason="重抽")

    with held(alpha, lambda: Draw.objects.filter(pk=draw.pk)) as two:
        two.start("reveal", reveal)
        two.start("give up", give_up)
    told = refusals(two.end())
    assert sorted(told.values()) == [False, True]
    with enter(alpha.county):
        assert Seat.objects.filter(panel=panel).count() == (0 if told["reveal"] else 3)


def test_who_stood_in_decides_nothing_once_it_was_ended(alpha: Town) -> None:
    step = prepared_step(alpha)
    li = make_user("li", "李四")
    li.save()
    taker = join(li, alpha, alpha.finance.office, alpha.finance.membership.role)
    with enter(alpha.county):
        assert taker.membership is not None
        made = delegations.delegate(
            actor=alpha.finance.actor, taker=taker.membership, first_day=today(), last_day=today()
        )
    acting = Actor(user=taker.user, membership=taker.membership, delegation=made)

    def reply() -> Any:
        fresh = Step.objects.select_related("project").get(pk=step.pk)
        record = {"number": "批〔2026〕1号", "on": today(), "amount": Decimal("3000000.00")}
        return decide(actor=acting, step=fresh, outcome="approve", reason="同意", record=record)

    two = Two(alpha)
    with transaction.atomic(), enter(alpha.county):
        assert list(Step.objects.filter(pk=step.pk).select_for_update())
        delegations.end(actor=alpha.finance.actor, delegation=made)
        two.start("stands in", reply)
    assert refusals(two.end()) == {"stands in": True}
    with enter(alpha.county):
        assert Step.objects.get(pk=step.pk).state == StepState.OPEN and not Reply.objects.exists()
