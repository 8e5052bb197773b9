"""The programs' interface of steps: the same services, permissions and errors as the pages."""

import pytest
from django.urls import reverse

from approvals.services.concerned import AS_CONCERNED
from jurisdictions.scope import enter
from projects.models import Project
from projects.services.submission import start_declaration
from tests.approvals.work import current, declared
from tests.people import client_for
from workflow.models import Step

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


def test_a_refusal_departs_from_nothing(alpha):
    step = current(alpha, declared(alpha))
    sent = {"outcome": "refuse", "reason": "重复建设", "departures": {"paper-reply": "随后补齐"}}
    done = client_for(alpha.secretary).post(address(alpha, "step_decide", pk=step.pk), sent, "application/json")
    assert done.status_code == 200 and "departures" not in done.json()["record"]


def test_programs_depart_from_what_is_asked_in_principle_with_a_reason(alpha):
    step = current(alpha, declared(alpha))
    with enter(alpha.county):
        asked = {"key": "reply", "document": "reply", "articles": ["DA-19"], "text": "须有批复"}
        step.rule = {**step.rule, "requirements": [{**asked, "marks": ["in_principle"]}]}
        step.save(update_fields=["rule"])
    browser, where = client_for(alpha.secretary), address(alpha, "step_decide", pk=step.pk)
    sent = {"outcome": "approve", "reason": "必要"}
    refused = browser.post(where, sent, "application/json")
    assert refused.status_code == 422
    assert refused.json()["error"]["items"][0]["field"] == "depart-paper-reply"
    done = browser.post(where, {**sent, "departures": {"paper-reply": "随后补齐"}}, "application/json")
    assert (done.status_code, done.json()["record"]["departures"]) == (200, {"paper-reply": "随后补齐"})


def test_programs_choose_the_offices_concerned(alpha):
    step = current(alpha, declared(alpha, until="joint_review"))
    where = address(alpha, "step_concerned", pk=step.pk)
    lead = next(
        one for one in alpha.people.values() if one.office.pk == step.office_id and one.actor.may("step.decide")
    )
    browser = client_for(lead)
    with enter(alpha.county):
        Step.objects.filter(pk=step.pk).update(rule={**step.rule, "may_ask": []})
    named = browser.post(where, {"duties": [], "reason": "无"}, "application/json")
    assert named.status_code == 422  # the rules name the offices of this review
    with enter(alpha.county):
        Step.objects.filter(pk=step.pk).update(participants=[*step.participants, AS_CONCERNED])
    offered = {one["duty"]: one["office"] for one in browser.get(where).json()["results"]}
    duty = next(iter(offered))
    assert browser.post(where, {"duties": ["nobody"], "reason": "涉及"}, "application/json").status_code == 422
    assert browser.post(where, {"duties": [duty]}, "application/json").status_code == 400
    asked = browser.post(where, {"duties": [duty], "reason": "涉及其职责"}, "application/json")
    assert asked.status_code == 200
    assert offered[duty] in [one["office"] for one in asked.json()["opinions"]]
    assert duty not in {one["duty"] for one in browser.get(where).json()["results"]}


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
        address(alpha, "step_return", pk=step.pk),
        {"items": [{"section": "money", "text": "请补充来源"}]},
        "application/json",
    )
    assert (back.status_code, back.json()["state"]) == (200, "waiting"), back.content
    with enter(alpha.county):
        assert Project.objects.get(pk=project.pk).declaration.state == "returned"


@pytest.mark.parametrize("on", ["0001-01-01", "1999-12-31", "2100-01-01", "9999-12-31", "20260302", "2026-W10-1", 5])
def test_a_day_is_one_the_pages_take(alpha, on):
    step = current(alpha, declared(alpha))
    body = {"outcome": "pass", "on": on}
    answer = client_for(alpha.secretary).post(address(alpha, "step_record", pk=step.pk), body, "application/json")
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "on")


def test_a_field_that_cannot_be_written_down_is_named(alpha):
    with enter(alpha.county):
        declaration = start_declaration(actor=alpha.filer.actor, name="智慧停车")
    answer = client_for(alpha.filer).patch(
        address(alpha, "declaration", pk=declaration.pk),
        '{"content": {"basics": {"\\ud800": "x"}}, "content_version": 1}',
        "application/json",
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_long")


@pytest.mark.parametrize("version", [None, "x"])
def test_a_page_that_does_not_say_what_it_showed_is_told_so(alpha, version):
    step = current(alpha, declared(alpha))
    typed = {"outcome": "approve", "reason": "必要"} | ({} if version is None else {"version": version})
    answer = client_for(alpha.secretary).post(f"/{alpha.code}/steps/{step.pk}/decide/", typed)
    assert answer.status_code == 422
    assert "页面版本：页面没有带上所显示的版本" in answer.content.decode()
