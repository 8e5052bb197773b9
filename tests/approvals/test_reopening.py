"""A major change of the design: feasibility goes back with it and is gone through again (Jianshan)."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from accounts.refusals import Incomplete, Refusal, WrongState
from approvals.kinds.reviews import decide
from approvals.models import Reply
from approvals.services.reopening import send_back_both
from jurisdictions.scope import enter
from projects.models import Project
from projects.ruling import route_of
from tests.approvals.work import approved, carry_out, paper, person_for, step_of
from tests.people import Town, client_for, make_town
from workflow.clocks.clock import today
from workflow.filings import services as filings
from workflow.models import AuditEntry, Filing, FilingState, Step, StepState
from workflow.route.steps import sync_steps

pytestmark = pytest.mark.django_db
ITEMS = [{"section": "content", "field": "", "text": "架构改变，请按重新批复的可研修改"}]


@pytest.fixture
def town() -> Town:
    return make_town("jianshan")


def design(town: Town, project: Project, beyond: str) -> Filing:
    """What the unit writes for the design, handed in (anew where it was returned)."""
    filer = town.filer.actor
    filing = Filing.objects.select_related("step", "unit", "project__owner_unit").get(
        project=project, kind="preliminary_design"
    )
    content = {
        "content": {"summary": "建设内容", "beyond": beyond, "beyond_why": "增加视频汇聚"},
        "money": {"total": "300", "lines": [{"line": "hardware", "amount": "300", "note": "询价"}]},
    }
    filing = filings.save(actor=filer, filing=filing, content=content)
    if filing.state == FilingState.RETURNED:
        return filings.resubmit(actor=filer, filing=filing)
    for purpose in filing.step_rule["hands_in"]:
        filings.attach(actor=filer, filing=filing, purpose=purpose, upload=paper())
    return filings.submit(actor=filer, filing=filing)


def handed_in_and_decided(town: Town, step: Step) -> None:
    for _half in range(2):
        carry_out(town, Step.objects.select_related("project__owner_unit", "office").get(pk=step.pk))


def decided(town: Town, project: Project, **more: Any) -> Step:
    step = step_of(town, project, "preliminary_design")
    record = {"number": "尖审〔2026〕9号", "on": today(), "amount": project.investment, **more}
    who = person_for(town, step).actor
    return decide(actor=who, step=step, outcome="approve", reason="同意", record=record)


@pytest.mark.article("JS-8")
def test_a_major_change_of_the_design_sends_feasibility_back(town: Town) -> None:
    project = approved(town, until="feasibility", investment="3000000.00")
    with enter(town.county):
        handed_in_and_decided(town, step_of(town, project, "feasibility"))
        first = Reply.objects.get(step__project=project, step__key="feasibility")
        with pytest.raises(WrongState):  # nothing is handed in yet
            step = step_of(town, project, "preliminary_design")
            send_back_both(actor=town.drc.actor, step=step, items=ITEMS)
        with pytest.raises(Incomplete) as refused:
            unexplained = {"content": {"summary": "建设内容", "beyond": "major", "beyond_why": ""}}
            filing = Filing.objects.select_related("step", "unit", "project__owner_unit").get(
                project=project, kind="preliminary_design"
            )
            filing = filings.save(actor=town.filer.actor, filing=filing, content=unexplained)
            filings.submit(actor=town.filer.actor, filing=filing)
        assert "content-beyond_why" in {one.field for one in refused.value.items}
        design(town, project, "major")
        with pytest.raises(Refusal, match="重大变更") as held:
            decided(town, project)
        assert "JS-8" in held.value.articles

    client, step = client_for(town.drc), step_of(town, project, "preliminary_design")
    page = client.get(reverse("approvals:step", kwargs={"county": town.code, "pk": step.pk})).content.decode()
    assert "同时退回“可行性研究报告”重新办理" in page
    sent = {"version": step.version, "reopen": "on", "pick-content": "on", "section-content": ITEMS[0]["text"]}
    answer = client.post(reverse("approvals:return", kwargs={"county": town.code, "pk": step.pk}), sent)
    assert answer.status_code == 302

    with enter(town.county):
        rounds = list(Step.objects.filter(project=project, key="feasibility").order_by("round"))
        assert [(one.round, one.state) for one in rounds] == [(1, StepState.SUPERSEDED), (2, StepState.OPEN)]
        assert (rounds[0].outcome, rounds[0].decided_by) == ("approve", town.drc.user)
        assert rounds[1].name == "可行性研究报告（第2轮）"
        assert Reply.objects.get(step=rounds[0]) == first
        assert step_of(town, project, "preliminary_design").state == StepState.WAITING
        said = AuditEntry.objects.get(action="step.supersede")
        assert (said.new["reason"], said.articles) == (ITEMS[0]["text"], ["JS-8"])
        again = step_of(town, project, "preliminary_design")
        with pytest.raises(WrongState):  # it is under way already
            send_back_both(actor=town.drc.actor, step=again, items=ITEMS)
        design(town, project, "yes")
        with pytest.raises(WrongState, match="可行性研究报告"):
            decided(town, project)
        # Facts that change lay the route anew: the round under way stays, the earlier one too.
        before = set(Step.objects.filter(project=project).values_list("pk", "state"))
        sync_steps(actor=town.drc.actor, project=project, route=route_of(project))
        assert set(Step.objects.filter(project=project).values_list("pk", "state")) == before
        handed_in_and_decided(town, rounds[1])
        decided(town, project)
        assert step_of(town, project, "government_decision").state == StepState.OPEN
        assert Reply.objects.filter(step__project=project, step__key="feasibility").count() == 2
    shown = client.get(reverse("projects:project", kwargs={"county": town.code, "pk": project.pk})).content.decode()
    assert "可行性研究报告（第2轮）" in shown


@pytest.mark.article("JS-8")
def test_in_principle_a_reason_lets_the_design_pass_and_other_steps_send_nothing_back(town: Town) -> None:
    project = approved(town, until="preliminary_design", investment="3000000.00")
    with enter(town.county):
        design(town, project, "major")
        decided(town, project, departures={"reopens": "区政府专题会同意不再重批"})
        assert Step.objects.filter(project=project, key="feasibility").count() == 1
        other = step_of(town, project, "government_decision")
        with pytest.raises(Refusal, match="没有规定"):
            send_back_both(actor=town.drc.actor, step=other, items=ITEMS)
