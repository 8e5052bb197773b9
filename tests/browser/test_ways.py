"""Below and above each bound that changes a county's way: from the decision to the end of the implementation."""

from __future__ import annotations

import os
from typing import Any

import pytest

from jurisdictions.scope import enter
from tests.approvals.work import decided, declared
from tests.browser.desk import DeskFor
from tests.browser.way import Way, in_wan
from tests.people import make_town
from workflow.models import RecordedDate

article = pytest.mark.article
pytestmark = pytest.mark.django_db(transaction=True)

STARTS = {"dean": decided, "jinhu": decided}  # elsewhere what the unit prepares comes before the entry in the plan
WAYS = [
    pytest.param("dean", "499999.99", {}, "technical_review", "joint_review", marks=article("DA-22", "DA-23")),
    pytest.param("dean", "5000000.00", {}, "feasibility", "city_filing", marks=article("DA-22", "DA-24")),
    pytest.param("jinhu", "800000.00", {}, "expert_argumentation", "plan_review", marks=article("JH-12", "JH-16")),
    pytest.param(
        "jinhu", "8000000.00", {"importance": "key"}, "plan_review", "expert_argumentation", marks=article("JH-13")
    ),
    pytest.param("changji", "499999.99", {}, "budget_arrangement", "joint_review", marks=article("CJ-16")),
    pytest.param("changji", "500000.00", {}, "project_approval", "government_decision", marks=article("CJ-14")),
    pytest.param("lingchuan", "599999.99", {}, "technical_review", "budget_review", marks=article("LC-12")),
    pytest.param(
        "lingchuan", "600000.00", {"superior_key": True}, "budget_report", "", marks=article("LC-13", "LC-14")
    ),
    pytest.param("jianshan", "3000000.00", {}, "feasibility", "framework_plan", marks=article("JS-3", "JS-4", "JS-9")),
    pytest.param(
        "jianshan",
        "3000000.00",
        {"cross_department": True, "action": "extend"},
        "framework_plan",
        "",
        marks=article("JS-5"),
    ),
]


# One of each county with every run, all ten by `make journeys`; `approvals/test_to_procurement` walks every bound.
WALKED = WAYS if os.environ.get("XUNZHANG_ALL_JOURNEYS") else WAYS[1::2]


@pytest.mark.parametrize(("code", "investment", "facts", "passed", "spared"), WALKED)
def test_a_decided_project_is_walked_to_the_end_of_its_implementation(
    code: str, investment: str, facts: dict[str, Any], passed: str, spared: str, desk_for: DeskFor
) -> None:
    town = make_town(code)
    project = STARTS.get(code, declared)(town, investment=investment, **facts)
    way = Way(town, desk_for, project.name, in_wan(project))
    way.walk()
    assert passed in way.ended and spared not in way.ended, way.ended
    assert way.ended[-2:] == ["procurement", "implementation"]
    with enter(town.county):
        assert RecordedDate.objects.filter(project=project, event="completed").exists()
