"""The programs' interface of steps: the same services, permissions and errors as the pages."""

import pytest
from django.urls import reverse

from jurisdictions.scope import enter
from projects.models import Project
from tests.approvals.work import current, declared
from tests.people import client_for

pytestmark = pytest.mark.django_db


def address(town, name, **kwargs):
    return reverse(f"api:{name}", kwargs={"county": town.code, **kwargs})


def test_a_reviewer_lists_open_steps_and_decides_one(alpha):
    step = current(alpha, declared(alpha))
    browser = client_for(alpha.secretary)
    listed = browser.get(address(alpha, "step_list"), {"state": "open"}).json()
    assert [one["id"] for one in listed["results"]] == [step.pk]
    answer = browser.post(
        address(alpha, "step_decide", pk=step.pk),
        {"outcome": "approve", "reason": "必要", "version": step.version},
        "application/json",
    )
    assert (answer.status_code, answer.json()["state"]) == (200, "done")


def test_a_decision_against_the_filer_needs_its_reason_in_the_one_form_of_errors(alpha):
    step = current(alpha, declared(alpha))
    answer = client_for(alpha.secretary).post(
        address(alpha, "step_decide", pk=step.pk), {"outcome": "refuse"}, "application/json"
    )
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["field"]) == (422, "refused", "reason")
    assert "DA-19" in error["articles"]


def test_a_stale_decision_is_told(alpha):
    step = current(alpha, declared(alpha))
    answer = client_for(alpha.secretary).post(
        address(alpha, "step_decide", pk=step.pk), {"outcome": "approve", "version": 99}, "application/json"
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "stale")


def test_another_office_and_another_county_get_what_the_pages_give(alpha, beta):
    step = current(alpha, declared(alpha))
    body = {"outcome": "approve"}
    denied = client_for(alpha.drc).post(address(alpha, "step_decide", pk=step.pk), body, "application/json")
    assert (denied.status_code, denied.json()["error"]["code"]) == (403, "not_permitted")
    assert client_for(beta.reviewer).get(address(alpha, "step", pk=step.pk)).status_code == 404
    assert client_for(beta.reviewer).get(address(beta, "step", pk=step.pk)).status_code == 404


def test_offices_give_opinions_and_the_lead_returns_with_items(alpha):
    project = declared(alpha, until="joint_review")
    step = current(alpha, project)
    given = client_for(alpha.drc).post(
        address(alpha, "step_opinion", pk=step.pk), {"conclusion": "agree", "text": "同意"}, "application/json"
    )
    assert given.status_code == 200, given.content
    states = {one["authority"]: one["state"] for one in given.json()["opinions"]}
    assert states == {"drc": "given", "finance": "asked"}
    back = client_for(alpha.reviewer).post(
        address(alpha, "step_return", pk=step.pk), {"items": [{"section": "money", "text": "请补充来源"}]},
        "application/json",
    )  # fmt: skip
    assert (back.status_code, back.json()["state"]) == (200, "waiting"), back.content
    with enter(alpha.county):
        assert Project.objects.get(pk=project.pk).declaration.state == "returned"
