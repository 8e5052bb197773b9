"""What holds up only one step, or none, and what must be there before a step ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.actors import SYSTEM
from accounts.refusals import Incomplete, Refusal, WrongState
from jurisdictions.scope import enter
from projects.models import Project, Standing
from tests.opened import opened
from tests.people import Town
from tests.workflow.work import make_project, make_step
from workflow.machines.runner import perform
from workflow.models import AuditEntry, Document, Step
from workflow.route.kinds import StepKind
from workflow.route.steps import advance, finish
from workflow.stages import Stage


class Work(StepKind):
    """A step of the tests that its office decides."""

    key = "tried"


@pytest.fixture(autouse=True)
def carried_out() -> Iterator[None]:
    with opened(Stage("test", step_kinds=(Work("approval"),))):
        yield


def route(town: Town, *steps: tuple[str, str, dict[str, Any]]) -> Project:
    """A project under way with these steps: key, authority, what its rule says."""
    project = make_project(town)
    with enter(town.county):
        perform(project, "submit", actor=SYSTEM, fields={"standing": Standing.IN_REVIEW})
    for key, authority, rule in steps:
        step = make_step(town, project, key=key, kind="tried", phase="approval")
        with enter(town.county):
            Step.objects.filter(pk=step.pk).update(rule={"deadlines": [], **rule}, authority=authority)
    return project


def states(project: Project) -> dict[str, str]:
    return dict(Step.objects.filter(project=project).order_by("position").values_list("key", "state"))


def end(project: Project, key: str, **record: Any) -> None:
    finish(actor=SYSTEM, step=Step.objects.get(project=project, key=key), outcome="approve", record=record)


@pytest.mark.article("DA-23")
def test_a_step_that_only_procurement_requires_holds_up_nothing_before_it(alpha: Town) -> None:
    project = route(
        alpha,
        ("investment_plan", "drc", {"required_by": "procurement"}),
        ("proposal", "drc", {}),
        ("procurement", "owner", {}),
    )
    with enter(alpha.county):
        advance(actor=SYSTEM, project=project)
        assert states(project) == {"investment_plan": "open", "proposal": "open", "procurement": "coming"}
        end(project, "proposal")
        assert states(project)["procurement"] == "coming"
        end(project, "investment_plan")
        assert states(project)["procurement"] == "open"


@pytest.mark.article("DA-30")
def test_an_office_decides_after_what_it_requires_but_the_step_opens(alpha: Town) -> None:
    project = route(
        alpha,
        ("sharing_confirmation", "data_bureau", {"required_by": "completion_acceptance"}),
        ("completion_acceptance", "data_bureau", {}),
    )
    with enter(alpha.county):
        advance(actor=SYSTEM, project=project)
        assert states(project)["completion_acceptance"] == "open"
        with pytest.raises(WrongState):
            end(project, "completion_acceptance")
        assert states(project)["completion_acceptance"] == "open"
        end(project, "sharing_confirmation")
        end(project, "completion_acceptance")
        assert states(project)["completion_acceptance"] == "done"


@pytest.mark.article("DA-37")
def test_what_holds_nothing_lets_operation_begin(alpha: Town) -> None:
    project = route(alpha, ("self_evaluation", "owner", {"required_by": "end"}), ("operation", "owner", {}))
    with enter(alpha.county):
        advance(actor=SYSTEM, project=project)
        assert states(project) == {"self_evaluation": "open", "operation": "open"}


@pytest.mark.article("CJ-21")
def test_a_paper_required_by_a_step_must_be_there(alpha: Town) -> None:
    required = {"key": "budget_reply", "document": "budget_reply", "articles": ["CJ-21"], "text": "须有预算批复"}
    project = route(alpha, ("procurement", "owner", {"requirements": [required]}))
    with enter(alpha.county):
        advance(actor=SYSTEM, project=project)
        with pytest.raises(Incomplete) as refused:
            end(project, "procurement")
        [item] = refused.value.items
        assert (item.field, list(item.articles)) == ("paper-budget_reply", ["CJ-21"])
        Document.objects.create(
            county=alpha.county,
            project=project,
            subject_type="projects.project",
            subject_id=project.pk,
            purpose="budget_reply",
            name="reply.pdf",
            size=1,
            content_type="application/pdf",
            sha256="0" * 64,
            uploaded_by=alpha.filer.user,
        )
        end(project, "procurement")
        assert states(project)["procurement"] == "done"


@pytest.mark.parametrize("marks", [["in_principle"], ["reading"], []])
def test_a_paper_required_in_principle_may_be_departed_from_with_a_reason_only_there(
    alpha: Town, marks: list[str]
) -> None:
    required = {"key": "reply", "document": "reply", "articles": ["CJ-21"], "text": "须有批复", "marks": marks}
    project = route(alpha, ("procurement", "owner", {"requirements": [required]}))
    with enter(alpha.county):
        advance(actor=SYSTEM, project=project)
        reasons = {"paper-reply": "批复已在路上"}
        with pytest.raises(Incomplete) as refused:
            end(project, "procurement", departures={"paper-reply": " "})
        [item] = refused.value.items
        assert item.field == ("depart-paper-reply" if "in_principle" in marks else "paper-reply")
        if "in_principle" not in marks:
            with pytest.raises(Incomplete):
                end(project, "procurement", departures=reasons)
            return
        end(project, "procurement", departures=reasons)
        step = Step.objects.get(project=project, key="procurement")
        assert (step.state, step.record["departures"]) == ("done", reasons)
        entry = AuditEntry.objects.get(action="step.depart", object_id=step.pk)
        assert (entry.articles, entry.new) == (["CJ-21"], {"departed_from": "须有批复", "reason": "批复已在路上"})


def test_a_reason_where_nothing_is_asked_in_principle_is_refused(alpha: Town) -> None:
    project = route(alpha, ("procurement", "owner", {}))
    with enter(alpha.county):
        advance(actor=SYSTEM, project=project)
        with pytest.raises(Refusal) as refused:
            end(project, "procurement", departures={"paper-reply": "批复已在路上"})
        assert refused.value.field == "depart-paper-reply"
        assert states(project) == {"procurement": "open"}
