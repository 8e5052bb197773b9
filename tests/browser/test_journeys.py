"""In each county, from the first line a filer types to the annual plan, in a real browser."""

import os

import pytest

from jurisdictions.scope import enter
from projects.models import Round, Standing
from tests import people
from tests.browser.desk import DeskFor
from tests.browser.journey import Journey
from tests.projects.filling import open_call
from workflow.models import FilingState

pytestmark = pytest.mark.django_db(transaction=True)

# The amount, and a step that only this county's rules bring in for it.
COUNTIES = {
    "dean": ("600000", "joint_review"),
    "jinhu": ("800000", "consultation"),
    "changji": ("500000", "joint_review"),
    "lingchuan": ("600000", "budget_review"),
    "jianshan": ("450000", "feasibility"),
}


def town_with_call(code: str) -> people.Town:
    """A county with its people and an open call."""
    town = people.make_town(code)
    with enter(town.county):
        open_call(town)
        Round.objects.get()
    return town


# One with every run; all five by `make journeys`.
WALKED = COUNTIES if os.environ.get("XUNZHANG_ALL_JOURNEYS") else ("dean",)


@pytest.mark.parametrize("code", WALKED)
def test_declaration_goes_through_the_pages_into_the_plan(code: str, desk_for: DeskFor) -> None:
    amount, own_step = COUNTIES[code]
    town = town_with_call(code)
    journey = Journey(town, desk_for, "智慧校园综合管理平台", amount)
    journey.declare()
    journey.review()
    assert own_step in journey.passed
    assert journey.project.standing == Standing.PLANNED
    assert journey.declaration.state == FilingState.ACCEPTED
    journey.filer.go(f"projects/{journey.project.pk}/")
    assert "列入年度计划" in journey.filer.page.inner_text("main")
    for page in ("papers/", "money/", "deadlines/", "history/", "opinions/"):
        journey.filer.go(f"projects/{journey.project.pk}/{page}")
