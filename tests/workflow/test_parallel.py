"""Several steps open at once: what need not wait opens, what ends leaves the others, a refused gate ends them all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.actors import SYSTEM
from jurisdictions.scope import enter
from projects.models import Project, Standing
from tests.opened import opened
from tests.people import Town, client_for
from tests.workflow.work import make_project, make_step
from workflow.machines.runner import perform
from workflow.models import Deadline, Step, StepState, WorkItem
from workflow.route.kinds import StepKind
from workflow.route.steps import advance, finish
from workflow.stages import Stage

ROUTE = [
    ("proposal", "approval"),
    ("feasibility", "approval"),
    ("implementation", "implementation"),
    ("trial_run", "implementation"),
]


class Work(StepKind):
    """A step of the tests that its office decides."""

    key = "tried"


@pytest.fixture(autouse=True)
def carried_out() -> Iterator[None]:
    with opened(Stage("test", step_kinds=(Work("approval", "implementation"),))):
        yield


@pytest.fixture
def project(alpha: Town) -> Project:
    """An emergency (LC-15): it is built while its approval still goes on."""
    found = make_project(alpha)
    with enter(alpha.county):
        perform(found, "submit", actor=SYSTEM, fields={"standing": Standing.IN_REVIEW})
    for key, phase in ROUTE:
        step = make_step(alpha, found, key=key, kind="tried", phase=phase)
        if key == "implementation":
            with enter(alpha.county):
                Step.objects.filter(pk=step.pk).update(rule={"deadlines": [], "parallel": True})
    return found


def states(project: Project) -> dict[str, str]:
    return dict(Step.objects.filter(project=project).order_by("position").values_list("key", "state"))


def end(project: Project, key: str, **how: Any) -> None:
    step = Step.objects.select_related("project", "office").get(project=project, key=key)
    finish(actor=SYSTEM, step=step, outcome="approve", **how)


def test_a_step_that_need_not_wait_opens_beside_the_first(alpha: Town, project: Project) -> None:
    with enter(alpha.county):
        active = advance(actor=SYSTEM, project=project)
        assert [step.key for step in active] == ["proposal", "implementation"]
        assert advance(actor=SYSTEM, project=project) == active
        waiting = WorkItem.objects.filter(project=project, closed_at=None).values_list("step__key", flat=True)
        assert sorted(waiting) == ["implementation", "proposal"]


def test_what_ends_leaves_the_others_open_and_what_follows_all_waits_for_all(alpha: Town, project: Project) -> None:
    with enter(alpha.county):
        advance(actor=SYSTEM, project=project)
        end(project, "implementation")
        assert states(project) == {
            "proposal": "open",
            "feasibility": "coming",
            "implementation": "done",
            "trial_run": "coming",
        }
        end(project, "proposal")
        assert (states(project)["feasibility"], states(project)["trial_run"]) == ("open", "coming")
        end(project, "feasibility")
        assert states(project)["trial_run"] == "open"


def test_an_end_in_the_row_opens_the_next_beside_what_is_open(alpha: Town, project: Project) -> None:
    with enter(alpha.county):
        advance(actor=SYSTEM, project=project)
        end(project, "proposal")
        assert [key for key, state in states(project).items() if state == "open"] == ["feasibility", "implementation"]


def test_a_refused_gate_ends_everything_that_was_open(alpha: Town, project: Project) -> None:
    with enter(alpha.county):
        advance(actor=SYSTEM, project=project)
        end(project, "proposal", negative=True, reason="不符合规定")
        assert states(project) == {
            "proposal": "refused",
            "feasibility": "cancelled",
            "implementation": "cancelled",
            "trial_run": "cancelled",
        }
        project.refresh_from_db()
        assert project.ending == Standing.REFUSED
        assert not WorkItem.objects.filter(project=project, closed_at=None).exists()
        assert not Deadline.objects.filter(project=project, state="running").exists()


def test_the_project_page_shows_all_that_is_present(alpha: Town, project: Project) -> None:
    with enter(alpha.county):
        advance(actor=SYSTEM, project=project)
    page = client_for(alpha.drc).get(f"/{alpha.code}/projects/{project.pk}/")
    steps = [step for phase in page.context["phases"] for step in phase.steps]
    assert [step["key"] for step in steps if step["state"] == "present"] == ["proposal", "implementation"]
    queue = client_for(alpha.drc).get(f"/{alpha.code}/queue/")
    assert {row.step_key for row in queue.context["rows"]} == {"proposal", "implementation"}
    with enter(alpha.county):
        shown = Step.objects.filter(pk__in=[row.step_id for row in queue.context["rows"]])
        assert StepState.OPEN in set(shown.values_list("state", flat=True))
