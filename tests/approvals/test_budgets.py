"""A decision costs the same few queries however much there is."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from approvals.models import Opinion
from approvals.services.opinions import give_opinion
from jurisdictions.scope import enter
from projects.models import Project
from tests.approvals.work import current, declared
from tests.people import Person, Town, client_for
from tests.workflow.work import make_project
from workflow.models import Step, WorkItem

pytestmark = pytest.mark.django_db

# Statements of a whole request, savepoints counted as well.
BUDGET = 15
BRACKETS = ("SAVEPOINT", "RELEASE", "SELECT set_config('role', 'none'")
ONCE = "PREPARE"  # once for each connection, not each request


def counted(queries: Any) -> list[str]:
    """The statements that count, savepoints too: all but the request's own transaction, here one inside the test's."""
    said = [one["sql"] for one in queries]
    (begun, *_inner), (*_others, ended) = ([sql for sql in said if sql.startswith(one)] for one in BRACKETS[:2])
    return [sql for sql in said if sql not in (begun, ended) and not sql.startswith((BRACKETS[2], ONCE))]


@pytest.fixture
def costs() -> Callable[[Person, Town, str, int, dict[str, Any]], list[str]]:
    """Post to a page of a step and give the statements that cost."""

    def post(person: Person, town: Town, name: str, pk: int, data: dict[str, Any]) -> list[str]:
        browser = client_for(person)
        browser.get(reverse("approvals:step", kwargs={"county": town.code, "pk": pk}))  # what a day's work has at hand
        with CaptureQueriesContext(connection) as queries:
            answer = browser.post(reverse(name, kwargs={"county": town.code, "pk": pk}), data)
        assert answer.status_code in (302, 303), answer.content.decode()[:2000]
        return counted(queries)

    return post


def crowd(town: Town, count: int) -> None:
    """Other projects of the county, each with an open step and its item."""
    with enter(town.county):
        model = make_project(town)
        rows = Project.objects.bulk_create(
            Project(
                county=town.county,
                number=f"C-{i:05d}",
                name=f"其他项目{i}",
                applicant=model.applicant,
                owner_unit=model.owner_unit,
                filed_by=model.filed_by,
                rule_version=town.rules,
                investment=100000,
            )
            for i in range(count)
        )
        steps = Step.objects.bulk_create(
            Step(
                county=town.county,
                project=row,
                position=1,
                key="preliminary_evaluation",
                phase="initiation",
                kind="single",
                authority="conference",
                office=town.duty["conference"],
            )
            for row in rows
        )
        WorkItem.objects.bulk_create(
            WorkItem(
                county=town.county,
                project=step.project,
                step=step,
                office=step.office,
                duty="decide",
                opened_at=timezone.now(),
            )
            for step in steps
        )


def single(town: Town) -> tuple[Person, str, Step, dict[str, Any]]:
    step = current(town, declared(town))
    return town.secretary, "approvals:decide", step, {"outcome": "approve", "reason": "必要"}


def opinion(town: Town) -> tuple[Person, str, Step, dict[str, Any]]:
    step = current(town, declared(town, until="joint_review"))
    return town.drc, "approvals:opinion", step, {"conclusion": "agree", "text": "同意", "opinion_version": 0}


def joint(town: Town) -> tuple[Person, str, Step, dict[str, Any]]:
    step = current(town, declared(town, until="joint_review"))
    with enter(town.county):
        for duty in ("drc", "finance"):
            asked = Opinion.objects.select_related("office", "step__project").get(step=step, office=town.duty[duty])
            give_opinion(actor=town.by_duty[duty].actor, opinion=asked, conclusion="agree")
    return town.reviewer, "approvals:decide", step, {"outcome": "approve", "reason": "建议纳入年度计划"}


@pytest.mark.parametrize("others", [10, 500])
@pytest.mark.parametrize("work", [single, opinion, joint])
def test_a_decision_stays_within_its_budget(alpha, costs, work, others):
    crowd(alpha, others)
    person, name, step, data = work(alpha)
    spent = costs(person, alpha, name, step.pk, {"version": step.version, **data})
    assert len(spent) <= BUDGET, "\n".join(spent)


@pytest.mark.parametrize("others", [10, 500])
def test_the_decision_page_costs_the_same_at_ten_and_at_five_hundred(alpha, others):
    crowd(alpha, others)
    person, _name, step, _data = joint(alpha)
    browser = client_for(person)
    address = reverse("approvals:step", kwargs={"county": alpha.code, "pk": step.pk})
    browser.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(address).status_code == 200
    spent = counted(queries)
    assert len(spent) <= 12, "\n".join(spent)  # one of them: the offices that may be asked besides
