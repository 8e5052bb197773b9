"""Every county's route in the running program: below and above each bound a project comes to its procurement."""

from __future__ import annotations

from typing import Any

import pytest

from jurisdictions.scope import enter
from projects.models import Project
from tests.approvals.work import carry_out, declared, walk
from tests.people import make_town
from workflow.models import Deadline, Step

pytestmark = pytest.mark.django_db


def went(code: str, investment: str, facts: dict[str, Any], **record: Any) -> tuple[list[str], Step]:
    """The steps that ended before the implementation, and the procurement."""
    town = make_town(code)
    own = facts.pop("own", None)
    project = declared(town, investment=investment, own=own, **facts)
    with enter(town.county):
        ended = walk(town, project, **record)
        return ended, Step.objects.get(project=project, key="procurement")


CASES = [
    pytest.param(
        "dean",
        "499999.99",
        {},
        {"technical_review", "project_approval", "city_filing"},
        {"joint_review", "city_evaluation", "feasibility"},
        marks=pytest.mark.article("DA-22", "DA-23"),
    ),
    pytest.param(
        "dean",
        "500000.00",
        {},
        {"joint_review", "technical_review", "project_approval"},
        {"city_evaluation", "feasibility"},
        marks=pytest.mark.article("DA-23"),
    ),
    pytest.param(
        "dean",
        "2000000.00",
        {},
        {"city_evaluation", "feasibility", "budget_review", "provincial_filing"},
        {"project_approval", "proposal", "provincial_review"},
        marks=pytest.mark.article("DA-22", "DA-24"),
    ),
    pytest.param(
        "dean",
        "5000000.00",
        {},
        {"provincial_evaluation", "provincial_review", "feasibility"},
        {"city_filing", "provincial_filing", "proposal"},
        marks=pytest.mark.article("DA-22"),
    ),
    pytest.param(
        "dean",
        "50000000.00",
        {"category": "infrastructure"},
        {"proposal", "feasibility", "preliminary_design", "budget_review"},
        {"city_filing"},
        marks=pytest.mark.article("DA-24"),
    ),
    pytest.param(
        "dean",
        "3000000.00",
        {"owner_kind": "soe"},
        {"technical_review", "feasibility", "budget_review"},
        {"proposal"},
        marks=pytest.mark.article("DA-25"),
    ),
    pytest.param(
        "jinhu",
        "800000.00",
        {},
        {"consultation", "city_filing", "expert_argumentation", "review_form_filing", "project_approval"},
        {"plan_review"},
        marks=pytest.mark.article("JH-12", "JH-13", "JH-16"),
    ),
    pytest.param(
        "jinhu",
        "8000000.00",
        {"_importance": "key"},
        {"plan_review", "review_form_filing", "project_approval"},
        {"expert_argumentation"},
        marks=pytest.mark.article("JH-13", "JH-16"),
    ),
    pytest.param(
        "changji",
        "499999.99",
        {},
        {"budget_arrangement"},
        {"joint_review", "project_approval"},
        marks=pytest.mark.article("CJ-16"),
    ),
    pytest.param(
        "changji",
        "500000.00",
        {},
        {"joint_review", "budget_arrangement", "project_approval", "approval_filing"},
        {"government_decision"},
        marks=pytest.mark.article("CJ-14", "CJ-15", "CJ-17", "CJ-18"),
    ),
    pytest.param(
        "changji",
        "600000.00",
        {"own": {"outside_budget": True}},
        {"joint_review", "government_decision", "party_committee_review", "budget_arrangement"},
        set(),
        marks=pytest.mark.article("CJ-15"),
    ),
    pytest.param(
        "changji",
        "499999.99",
        {"category": "equipment"},
        {"secrecy_review", "public_security_review"},
        {"bureau_review", "joint_review", "project_approval"},
        marks=pytest.mark.article("CJ-16"),
    ),
    pytest.param(
        "changji",
        "500000.00",
        {"category": "equipment"},
        {"secrecy_review", "bureau_review", "public_security_review"},
        {"joint_review", "project_approval"},
        marks=pytest.mark.article("CJ-17"),
    ),
    pytest.param(
        "changji",
        "2000000.00",
        {"category": "equipment"},
        {"joint_review", "project_approval"},
        {"secrecy_review", "bureau_review", "public_security_review"},
        marks=pytest.mark.article("CJ-17"),
    ),
    pytest.param(
        "lingchuan",
        "599999.99",
        {},
        {"collective_decision", "expert_argumentation", "technical_review", "annual_plan", "budget_arrangement"},
        {"budget_review", "budget_report", "project_approval"},
        marks=pytest.mark.article("LC-12", "LC-13", "LC-14"),
    ),
    pytest.param(
        "lingchuan",
        "600000.00",
        {"superior_key": True},
        {"budget_review", "budget_report", "project_approval"},
        set(),
        marks=pytest.mark.article("LC-13", "LC-14"),
    ),
    pytest.param(
        "jianshan",
        "3000000.00",
        {},
        {"expert_argumentation", "technical_review", "feasibility", "preliminary_design", "government_decision"},
        {"framework_plan"},
        marks=pytest.mark.article("JS-3", "JS-4", "JS-9"),
    ),
    pytest.param(
        "jianshan",
        "3000000.00",
        {"cross_department": True, "action": "extend"},
        {"framework_plan", "feasibility", "preliminary_design"},
        set(),
        marks=pytest.mark.article("JS-5"),
    ),
]


@pytest.mark.parametrize(("code", "investment", "facts", "done", "not_asked"), CASES)
def test_a_project_comes_to_its_procurement_by_the_steps_of_its_bound(
    code: str, investment: str, facts: dict[str, Any], done: set[str], not_asked: set[str]
) -> None:
    given = dict(facts)
    importance = given.pop("_importance", "general")
    ended, procurement = went(code, investment, given, importance=importance)
    assert done <= set(ended), sorted(done - set(ended))
    assert not not_asked & set(ended)
    assert procurement.state in ("open", "coming")
    with enter(procurement.county):
        before = Step.objects.filter(
            project=procurement.project_id, phase__in=("initiation", "approval"), position__lt=procurement.position
        ).unended()
        assert list(before.values_list("key", flat=True)) == []


@pytest.mark.article("LC-14")
def test_the_reply_to_the_budget_is_reported_within_three_working_days() -> None:
    town = make_town("lingchuan")
    project = declared(town, investment="600000.00")
    with enter(town.county):
        for _step in range(20):
            step = first_open(project)
            if step.key == "budget_report":
                break
            carry_out(town, step)
        clock = Deadline.objects.get(project=project, key__contains="budget_report", state="running")
        assert (clock.amount, clock.unit, clock.party) == (3, "working_day", "owner")


@pytest.mark.article("LC-15")
def test_an_emergency_is_built_first_and_its_papers_follow() -> None:
    town = make_town("lingchuan")
    project = declared(town, investment="800000.00", emergency=True)
    calm = declared(town, investment="800000.00")
    with enter(town.county):
        opened = {
            one.pk: set(Step.objects.active().filter(project=one).values_list("key", flat=True))
            for one in (project, calm)
        }
        assert {"implementation", "collective_decision"} <= opened[project.pk]
        assert "implementation" not in opened[calm.pk]


def first_open(project: Project) -> Step:
    """The first step that is open."""
    found = Step.objects.select_related("project__owner_unit", "project__rule_version", "office")
    return found.filter(project=project, state="open").order_by("position")[0]
