"""Staged approvals: the unit prepares and hands in, an office replies with its sum and conditions."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from accounts.actors import SYSTEM
from accounts.refusals import Incomplete, NotPermitted, Refusal, WrongState
from approvals.kinds.reviews import decide
from approvals.models import Condition, Reply
from approvals.services import replies
from jurisdictions.scope import enter
from projects.models import Project
from tests.approvals.work import declared, paper, step_of
from tests.people import Town, client_for
from workflow.clocks.clock import today
from workflow.filings import services as filings
from workflow.filings.content import text_at
from workflow.models import Deadline, Duty, Filing, FilingState, Step, StepState, WorkItem
from workflow.route.steps import finish

pytestmark = pytest.mark.django_db


def prepare(town: Town, project: Project, key: str, *, total: str = "300", beyond: str = "no") -> Filing:
    """The unit fills in the draft for a step and hands it in."""
    filer = town.filer.actor
    filing = draft_of(project, key)
    rule = filing.step_rule
    content: dict[str, Any] = {"content": {"summary": "建设内容", "beyond": beyond}}
    if rule.get("decides"):
        content["money"] = {"total": total, "lines": [{"line": "hardware", "amount": total, "note": "询价"}]}
    filing = filings.save(actor=filer, filing=filing, content=content)
    for purpose in rule["hands_in"]:
        filings.attach(actor=filer, filing=filing, purpose=purpose, upload=paper())
    return filings.submit(actor=filer, filing=filing)


def draft_of(project: Project, key: str) -> Filing:
    """What the unit writes for a step."""
    return Filing.objects.select_related("step", "unit", "project__owner_unit").get(project=project, kind=key)


def opinion(town: Town, project: Project, **more: Any) -> Step:
    """The data bureau's technical opinion."""
    step = step_of(town, project, "technical_review")
    return decide(actor=town.reviewer.actor, step=step, outcome="approve", reason="可行", **more)


def active(project: Project) -> set[str]:
    return set(Step.objects.active().filter(project=project).values_list("key", flat=True))


def items(project: Project) -> set[tuple[str, str, str]]:
    open_now = WorkItem.objects.open().filter(project=project)
    return set(open_now.values_list("step__key", "office__name", "duty"))


def begun(town: Town, investment: str, **facts: Any) -> Project:
    """A project whose start notice was given."""
    project = declared(town, until="start_notice", investment=investment, **facts)
    with enter(town.county):
        finish(actor=SYSTEM, step=step_of(town, project, "start_notice"), outcome="recorded")
    return project


REPLY = {"number": "德发改〔2026〕1号", "amount": Decimal("3000000.00")}


def approve(town: Town, person: Any, project: Project, key: str, **record: Any) -> Step:
    facts = {**REPLY, "on": today(), **record}
    return decide(actor=person.actor, step=step_of(town, project, key), outcome="approve", reason="同意", record=facts)


@pytest.mark.article("DA-24")
def test_the_unit_prepares_the_report_and_bureau_and_commission_get_it_at_the_same_time(alpha: Town) -> None:
    project = begun(alpha, "3000000.00")
    with enter(alpha.county):
        assert active(project) == {"investment_plan", "budget_arrangement", "feasibility"}
        unit = project.owner_unit.name
        assert ("feasibility", unit, Duty.PREPARE) in items(project)
        own = Deadline.objects.get(step__key="feasibility", project=project, party="owner")
        assert (own.state, own.amount) == ("running", 20)
        assert not Deadline.objects.filter(step__key="technical_review", project=project).exists()

        filing = prepare(alpha, project, "feasibility")
        assert filing.state == FilingState.SUBMITTED
        assert {"technical_review", "feasibility"} <= active(project)
        own.refresh_from_db()
        assert own.state == "met"
        assert Deadline.objects.get(step__key="technical_review", project=project).amount == 15
        assert ("feasibility", unit, Duty.PREPARE) not in items(project)
        drc = alpha.duty["drc"].name
        assert ("feasibility", drc, Duty.DECIDE) in items(project)


@pytest.mark.article("DA-24")
def test_nothing_is_decided_before_it_is_handed_in_nor_before_the_technical_opinion(alpha: Town) -> None:
    project = begun(alpha, "3000000.00")
    with enter(alpha.county):
        with pytest.raises(WrongState, match="尚未提交"):
            approve(alpha, alpha.drc, project, "feasibility")
        prepare(alpha, project, "feasibility")
        with pytest.raises(WrongState, match="技术审核"):
            approve(alpha, alpha.drc, project, "feasibility")
        opinion(alpha, project)
        approve(alpha, alpha.drc, project, "feasibility")
        reply = Reply.objects.get(step__project=project)
        assert (reply.number, reply.replied_on, reply.money_stage) == (REPLY["number"], today(), "estimate")
        assert reply.amount == Decimal("3000000.00")
        assert Filing.objects.get(project=project, kind="feasibility").state == FilingState.ACCEPTED
        assert active(project) == {"investment_plan", "budget_arrangement", "budget_review"}
        # What was handed in before is where the next form begins.
        draft = Filing.objects.get(project=project, kind="budget_review")
        assert (text_at(draft.content, "content-summary"), text_at(draft.content, "money-total")) == ("建设内容", "300")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"number": ""}, "number"),
        ({"on": None}, "on"),
        ({"on": dt.date(2099, 1, 1)}, "on"),
        ({"on": dt.date(2020, 1, 1)}, "on"),
        ({"valid_until": dt.date(2020, 1, 1)}, "valid_until"),
        ({"amount": None}, "amount"),
        ({"amount": Decimal(0)}, "amount"),
        ({"conditions": [{"text": "整改", "due_on": dt.date(2020, 1, 1)}]}, "condition-0-due_on"),
    ],
)
def test_a_reply_says_number_day_and_sum(alpha: Town, given: dict[str, Any], field: str) -> None:
    project = begun(alpha, "1500000.00")
    with enter(alpha.county):
        prepare(alpha, project, "technical_review")
        opinion(alpha, project, record={"number": "数据〔2026〕2号", "on": today()})
        prepare(alpha, project, "project_approval", total="150")
        with pytest.raises(Incomplete) as refused:
            approve(alpha, alpha.drc, project, "project_approval", **given)
        assert [one.field for one in refused.value.items] == [field]
        assert not Reply.objects.filter(step__key="project_approval").exists()


@pytest.mark.article("DA-24", "DA-25")
@pytest.mark.parametrize(
    ("investment", "facts", "handed_in"),
    [
        ("1999999.99", {}, {"technical_review": "data_bureau", "project_approval": "drc"}),
        ("2000000.00", {}, {"feasibility": "drc", "budget_review": "finance"}),
        (
            "50000000.00",
            {},
            {"proposal": "drc", "feasibility": "drc", "preliminary_design": "drc", "budget_review": "finance"},
        ),
        (
            "50000000.00",
            {"owner_kind": "soe"},
            {"feasibility": "finance", "preliminary_design": "finance", "budget_review": "finance"},
        ),
        ("3000000.00", {"category": "equipment"}, {}),
    ],
)
def test_what_is_handed_in_goes_by_amount_category_and_kind_of_unit(
    alpha: Town, investment: str, facts: dict[str, Any], handed_in: dict[str, str]
) -> None:
    project = declared(alpha, investment=investment, **facts)
    with enter(alpha.county):
        steps = Step.objects.filter(project=project, rule__has_key="hands_in").order_by("position")
        assert dict(steps.values_list("key", "authority")) == handed_in


@pytest.mark.article("DA-24")
def test_a_return_stops_the_clock_names_what_is_to_be_corrected_and_goes_on_with_the_days_left(alpha: Town) -> None:
    project = begun(alpha, "3000000.00")
    with enter(alpha.county):
        prepare(alpha, project, "feasibility")
        step = step_of(alpha, project, "technical_review")
        # The opinion is on the same report: its office returns the report of the step it stands beside.
        clock = Deadline.objects.get(step=step, party="authority")
        report = step_of(alpha, project, "feasibility")
        filings.send_back(
            actor=alpha.drc.actor, step=report, items=[{"section": "content", "field": "", "text": "规模不清"}]
        )
        filing = draft_of(project, "feasibility")
        assert (filing.state, filing.unlocked) == (FilingState.RETURNED, ["content"])
        assert step_of(alpha, project, "feasibility").state == StepState.WAITING
        filing = filings.save(
            actor=alpha.filer.actor, filing=filing, content={"content": {"summary": "十个点位", "beyond": "no"}}
        )
        filings.resubmit(actor=alpha.filer.actor, filing=filing)
        assert step_of(alpha, project, "feasibility").state == StepState.OPEN
        assert Deadline.objects.filter(step=step, party="authority").count() == 1
        assert Deadline.objects.get(pk=clock.pk).state == "running"


def test_who_prepared_it_does_not_decide_it_and_another_unit_does_not_prepare_it(alpha: Town) -> None:
    project = begun(alpha, "3000000.00")
    with enter(alpha.county):
        filing = draft_of(project, "feasibility")
        with pytest.raises(NotPermitted):
            filings.save(actor=alpha.other_filer.actor, filing=filing, content={"content": {"summary": "x"}})
        with pytest.raises(WrongState, match="不能撤回"):
            filings.withdraw(actor=alpha.filer.actor, filing=filing, reason="不办了")
        with pytest.raises(Incomplete) as missing:
            filings.submit(actor=alpha.filer.actor, filing=filing)
        fields = {one.field for one in missing.value.items}
        assert {"content-beyond", "money-total", "papers-feasibility_report"} <= fields


@pytest.mark.article("JS-8")
def test_going_beyond_what_was_approved_is_explained_and_lines_add_up(alpha: Town) -> None:
    project = begun(alpha, "3000000.00")
    with enter(alpha.county):
        with pytest.raises(Incomplete) as refused:
            prepare(alpha, project, "feasibility", beyond="yes")
        assert [one.field for one in refused.value.items] == ["content-beyond_why"]
        filing = draft_of(project, "feasibility")
        content = {
            "content": {"summary": "建设内容", "beyond": "no"},
            "money": {"total": "300", "lines": [{"line": "hardware", "amount": "299", "note": ""}]},
        }
        filing = filings.save(actor=alpha.filer.actor, filing=filing, content=content)
        with pytest.raises(Incomplete) as refused:
            filings.submit(actor=alpha.filer.actor, filing=filing)
        assert [one.field for one in refused.value.items] == ["money-lines"]


def test_conditions_are_reported_confirmed_and_waived_with_their_clock(alpha: Town) -> None:
    project = begun(alpha, "3000000.00")
    due = today() + dt.timedelta(days=30)
    with enter(alpha.county):
        prepare(alpha, project, "feasibility")
        opinion(alpha, project)
        made = [{"text": "落实云资源", "due_on": due}, {"text": "补充密码方案"}]
        approve(alpha, alpha.drc, project, "feasibility", conditions=made)
        made_rows = Condition.objects.filter(reply__step__project=project)
        first, second = made_rows.select_related("reply__step__project__owner_unit")
        clock = Deadline.objects.get(record_id=first.pk, key="reply_condition")
        assert (clock.due_on, clock.office_id) == (due, project.owner_unit_id)
        with pytest.raises(NotPermitted):
            replies.report(actor=alpha.other_filer.actor, condition=first, text="已落实")
        with pytest.raises(Refusal):
            replies.report(actor=alpha.filer.actor, condition=first, text=" ")
        replies.report(actor=alpha.filer.actor, condition=first, text="已落实")
        with pytest.raises(NotPermitted):
            replies.answer(actor=alpha.finance.actor, condition=first, outcome="confirm")
        with pytest.raises(Refusal):
            replies.answer(actor=alpha.drc.actor, condition=first, outcome="reject")
        replies.answer(actor=alpha.drc.actor, condition=first, outcome="confirm")
        replies.answer(actor=alpha.drc.actor, condition=second, outcome="waive", text="已无必要")
        states = list(Condition.objects.order_by("pk").values_list("state", flat=True))
        assert states == ["fulfilled", "waived"]
        assert Deadline.objects.get(pk=clock.pk).state == "met"
        with pytest.raises(WrongState):
            replies.report(actor=alpha.filer.actor, condition=first, text="再报")


def test_the_pages_of_it(alpha: Town) -> None:
    project = begun(alpha, "3000000.00")
    unit, bureau = client_for(alpha.filer), client_for(alpha.drc)
    step = step_of(alpha, project, "feasibility")
    with enter(alpha.county):
        filing = Filing.objects.get(project=project, kind="feasibility")
    page = unit.get(f"/{alpha.code}/steps/{step.pk}/").content.decode()
    assert f"/{alpha.code}/filings/{filing.pk}/edit/" in page
    form = unit.get(f"/{alpha.code}/filings/{filing.pk}/edit/").content.decode()
    assert "可行性研究报告" in form and "估算" in form and "撤回" not in form
    with enter(alpha.county):
        prepare(alpha, project, "feasibility")
        opinion(alpha, project)
    page = bureau.get(f"/{alpha.code}/steps/{step.pk}/").content.decode()
    assert 'name="number"' in page and 'value="300"' in page
    sent = {
        "outcome": "approve",
        "reason": "同意",
        "version": step_of(alpha, project, "feasibility").version,
        "on": today(),
    }
    refused = bureau.post(f"/{alpha.code}/steps/{step.pk}/decide/", {**sent, "amount": "280"})
    assert refused.status_code == 422 and 'value="280"' in refused.content.decode()
    answer = bureau.post(
        f"/{alpha.code}/steps/{step.pk}/decide/",
        {**sent, "number": "德发改〔2026〕8号", "amount": "280万元", "condition-0-text": "落实云资源"},
    )
    assert answer.status_code == 302
    page = unit.get(f"/{alpha.code}/projects/{project.pk}/replies/").content.decode()
    assert "德发改〔2026〕8号" in page and "落实云资源" in page and "280" in page
    with enter(alpha.county):
        condition = Condition.objects.get()
    url = f"/{alpha.code}/conditions/{condition.pk}/"
    assert unit.post(url, {"act": "report", "text": "", "version": condition.version}).status_code == 422
    assert unit.post(url, {"act": "report", "text": "已落实", "version": condition.version}).status_code == 302
    assert bureau.post(url, {"act": "confirm", "version": 1}).status_code == 302
    assert client_for(alpha.other_filer).post(url, {"act": "report", "text": "x"}).status_code == 404
