"""Delay that the unit caused: summed from the clocks, found after a hearing, barring money until it is lifted."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine

from accounts.actors import SYSTEM
from accounts.refusals import Incomplete, NotPermitted, Refusal, Stale, WrongState
from approvals.models import DelayFinding
from approvals.services import findings
from jurisdictions.scope import enter
from projects.models import Project
from tests.people import Town, client_for
from tests.workflow.work import make_project, make_step, noon, open_with_item, rule
from workflow.clocks import deadlines, delays, holding, timers
from workflow.models import AuditEntry, Deadline, Message, WorkItem
from workflow.route.hindrances import hindrances_of

REVISION = {"key": "owner_revision", "text": "业主单位编修文本", "articles": ["DA-24(2)"], "due_to": "owner"}


def delayed(town: Town) -> Project:
    """A project whose unit had ten working days from Monday 2 March and handed nothing in."""
    project = make_project(town, state="running", standing="planned")
    step = make_step(
        town, project, rules=[rule(party="owner", amount=10), rule(amount=5, pauses=[REVISION], after="start_notice")]
    )
    with time_machine.travel(noon(2026, 3, 2), tick=False), enter(town.county):
        open_with_item(step)
        deadlines.happened(actor=SYSTEM, project=project, event="start_notice")
    return project


def opened(town: Town, project: Project, **typed: Any) -> DelayFinding:
    asked: dict[str, Any] = {"grounds": "建议书逾期未报", "state_by": date(2026, 5, 15), **typed}
    with enter(town.county):
        return findings.propose(actor=town.reviewer.actor, project=project, **asked)


@pytest.mark.article("DA-26")
def test_delay_is_summed_by_party_with_stops_laid_to_the_unit(alpha: Town) -> None:
    project = delayed(alpha)
    with time_machine.travel(noon(2026, 3, 6), tick=False), enter(alpha.county):
        row = Deadline.objects.select_related("step__office", "project").get(party="authority")
        holding.stop(actor=alpha.drc.actor, deadline=row, key="owner_revision", from_day=date(2026, 3, 6))
    with time_machine.travel(noon(2026, 3, 10), tick=False), enter(alpha.county):
        holding.go_on(actor=alpha.drc.actor, deadline=row, until_day=date(2026, 3, 9))
    with time_machine.travel(noon(2026, 3, 18), tick=False), enter(alpha.county):
        found = delays.of_project(project, delays.clocks_of(project, delays.steps_of(project)))
        assert [(one.party, one.late, one.stopped, one.total) for one in found] == [
            ("authority", 5, 0, 5),  # due on the 11th, with the two stopped days
            ("owner", 2, 2, 4),  # due on the 16th, and the stop of Friday and Monday
        ]
    with time_machine.travel(noon(2026, 3, 9), tick=False), enter(alpha.county):
        assert delays.of_project(project, [Deadline.objects.get(party="owner")]) == []


@pytest.mark.article("DA-26")
def test_a_finding_takes_what_the_rules_ask_and_who_may(alpha: Town) -> None:
    project = delayed(alpha)
    with time_machine.travel(noon(2026, 4, 27), tick=False):
        with pytest.raises(Refusal) as refused:
            opened(alpha, project)
        assert "29" in refused.value.message and "DA-26" in refused.value.articles
    with time_machine.travel(noon(2026, 5, 6), tick=False):
        with enter(alpha.county), pytest.raises(NotPermitted):
            findings.propose(actor=alpha.drc.actor, project=project, grounds="x", state_by=date(2026, 5, 15))
        with pytest.raises(Incomplete) as incomplete:
            opened(alpha, project, grounds=" ", state_by=date(2026, 5, 6))
        assert [one.field for one in incomplete.value.items] == ["grounds", "state_by"]
        opened(alpha, project)
        with pytest.raises(WrongState):
            opened(alpha, project)


@pytest.mark.article("DA-26")
@time_machine.travel(noon(2026, 5, 6), tick=False)
def test_heard_confirmed_it_bars_money_until_it_is_lifted(alpha: Town) -> None:
    project = delayed(alpha)
    finding = opened(alpha, project)
    budget = make_step(alpha, project, key="budget_arrangement", kind="plan_entry", authority="finance")
    browser, bureau = client_for(alpha.owner), client_for(alpha.reviewer)
    path = f"/{alpha.code}/findings/{finding.pk}/"
    (line,) = browser.get(f"/{alpha.code}/queue/").context["rows"]
    assert (line.url, line.step) == (path, "延误审定")
    page = browser.get(f"/{alpha.code}/projects/{project.pk}/").content.decode()
    assert f'href="{path}"' in page
    assert browser.post(path, {"act": "state", "version": 0, "statement": " "}).status_code == 422
    assert bureau.post(path, {"act": "state", "version": 0, "statement": "x"}).status_code == 403
    assert browser.post(path, {"act": "state", "version": 0, "statement": "资料不全"}).status_code == 302
    assert [line.url for line in bureau.get(f"/{alpha.code}/queue/").context["rows"]] == [path]
    assert bureau.post(path, {"act": "confirm", "version": 0, "decision": "属实"}).status_code == 409
    answer = bureau.post(path, {"act": "confirm", "version": 1, "decision": ""})
    assert answer.status_code == 422
    with enter(alpha.county):
        budget.project = project
        assert not [one for one in hindrances_of(budget) if one.key == findings.ABOUT]
    assert bureau.post(path, {"act": "confirm", "version": 1, "decision": "属实"}).status_code == 302
    with enter(alpha.county):
        (bar,) = [one for one in hindrances_of(budget) if one.key == findings.ABOUT]
        assert "DA-26" in bar.articles
        with pytest.raises(Refusal):
            findings.require_no_finding(project)
        assert not WorkItem.objects.open().filter(about=findings.ABOUT).exists()
        finding.refresh_from_db()
        with pytest.raises(Stale):
            findings.lift(actor=alpha.reviewer.actor, finding=finding, reason="已补齐", seen_version=1)
        findings.lift(actor=alpha.reviewer.actor, finding=finding, reason="已补齐")
        findings.require_no_finding(project)
        told = set(Message.objects.filter(user=alpha.owner.user).values_list("kind", flat=True))
        assert {"delay_proposed", "delay_confirmed", "delay_lifted"} <= told
        actions = AuditEntry.objects.filter(action__startswith="delayfinding.").order_by("sequence")
        assert [one.action.partition(".")[2] for one in actions] == ["propose", "hear", "confirm", "lift"]


def test_a_unit_that_says_nothing_by_its_day_is_decided_on_without(alpha: Town) -> None:
    with time_machine.travel(noon(2026, 5, 6), tick=False):
        finding = opened(alpha, delayed(alpha))
    with time_machine.travel(noon(2026, 5, 16), tick=False):
        timers.sweep()
        with enter(alpha.county):
            finding.refresh_from_db()
            assert (finding.state, finding.statement) == ("heard", "")
            assert WorkItem.objects.open().get(about=findings.ABOUT).office == alpha.duty["data_bureau"]
            findings.decide(actor=alpha.reviewer.actor, finding=finding, confirmed=False, reason="上级调整计划所致")
            assert finding.state == "dropped"


@time_machine.travel(noon(2026, 5, 6), tick=False)
def test_the_page_of_delay_offers_the_finding_to_the_bureau_alone(alpha: Town) -> None:
    path = f"/{alpha.code}/projects/{delayed(alpha).pk}/delay/"
    pages = {who: client_for(alpha.people[who]).get(path) for who in ("reviewer", "drc", "owner", "auditor")}
    assert {who: page.context["form"] is not None for who, page in pages.items()} == {
        "reviewer": True,
        "drc": False,
        "owner": False,
        "auditor": False,
    }
    answer = client_for(alpha.reviewer).post(path, {"grounds": "逾期", "state_by": "2026-02-30"})
    assert answer.status_code == 422 and "逾期" in answer.content.decode()
    assert client_for(alpha.drc).post(path, {"grounds": "x", "state_by": "2026-05-15"}).status_code == 403
