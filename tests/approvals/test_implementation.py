"""Procurement and implementation: recorded by the unit, held to what was approved, up to the completion."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from accounts.refusals import Incomplete, NotPermitted
from approvals.kinds.records import record_result
from approvals.models import Reply
from jurisdictions.scope import enter
from projects.models import Project
from tests import people
from tests.approvals.work import add_paper, approved, step_of
from tests.people import Town, client_for
from workflow.clocks.clock import today
from workflow.models import RecordedDate, Step, StepState
from workflow.route.hindrances import required_papers

pytestmark = pytest.mark.django_db

AWARD: dict[str, Any] = {"mode": "open_tender", "supplier": "甲公司", "amount": Decimal("1000000.00")}


def show_papers(town: Town, step: Step) -> None:
    for purpose in {*(step.rule.get("documents") or ()), *required_papers(step)}:
        add_paper(town, step, purpose, town.filer)


def procure(town: Town, project: Project, person: Any = None, *, on: dt.date | None = None, **record: Any) -> Step:
    step = step_of(town, project, "procurement")
    actor = (person or town.filer).actor
    return record_result(actor=actor, step=step, on=on or today(), number="2026-01", record={**AWARD, **record})


@pytest.mark.article("DA-26", "CJ-21", "LC-17", "JS-9")
@pytest.mark.parametrize("code", ["changji", "dean", "jianshan", "jinhu", "lingchuan"])
def test_the_route_of_every_county_goes_through_procurement_to_the_completion(code: str) -> None:
    town = people.make_town(code)
    project = approved(town)
    with enter(town.county):
        step = step_of(town, project, "procurement")
        assert (step.state, step.office_id) == (StepState.OPEN, project.owner_unit_id)
        show_papers(town, step)
        approving = Step.objects.filter(project=project, phase="approval", state="done").order_by("position").last()
        if approving is not None:
            Reply.objects.create(step=approving, number="1", replied_on=today())
            with pytest.raises(Incomplete) as refused:
                procure(town, project, on=today() - dt.timedelta(days=1))
            assert [(one.field, one.articles) for one in refused.value.items] == [("on", step.articles)]
        with pytest.raises(Incomplete) as refused:
            procure(town, project, amount=Decimal("1200000.01"))
        assert [(one.field, one.articles) for one in refused.value.items] == [("amount", step.articles)]
        procure(town, project)
        built = step_of(town, project, "implementation")
        assert built.state == StepState.OPEN
        show_papers(town, built)
        record_result(actor=town.filer.actor, step=built, on=today())
        assert RecordedDate.objects.get(project=project, event="completed").on == today()


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"mode": ""}, ["mode"]),
        ({"supplier": ""}, ["supplier"]),
        ({"amount": None}, ["amount"]),
        ({"published_on": dt.date(2099, 1, 1)}, ["published_on", "on"]),
        ({"opened_on": dt.date(2020, 1, 2), "published_on": dt.date(2020, 1, 3)}, ["opened_on"]),
    ],
)
def test_a_procurement_says_how_when_who_and_how_much(alpha: Town, given: dict[str, Any], fields: list[str]) -> None:
    project = approved(alpha)
    with enter(alpha.county):
        with pytest.raises(Incomplete) as refused:
            procure(alpha, project, **given)
        assert [one.field for one in refused.value.items] == fields
        with pytest.raises(NotPermitted):
            procure(alpha, project, alpha.other_filer)


def test_the_page_keeps_what_was_typed_and_shows_what_was_recorded(alpha: Town) -> None:
    project = approved(alpha)
    step = step_of(alpha, project, "procurement")
    unit = client_for(alpha.filer)
    sent = {"version": step.version, "on": today(), "mode": "inquiry", "supplier": "乙公司", "amount": "999万元"}
    refused = unit.post(f"/{alpha.code}/steps/{step.pk}/record/", sent)
    assert refused.status_code == 422 and 'value="乙公司"' in refused.content.decode()
    assert unit.post(f"/{alpha.code}/steps/{step.pk}/record/", {**sent, "amount": "90"}).status_code == 302
    page = unit.get(f"/{alpha.code}/steps/{step.pk}/").content.decode()
    assert "询价" in page and "乙公司" in page
