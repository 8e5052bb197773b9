"""Joint review: parallel opinions, their due days, reminders, consolidation; what is missing is never assumed."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.refusals import Incomplete, NotPermitted, Refusal
from approvals.kinds.reviews import decide
from approvals.models import Opinion, OpinionState
from approvals.services import concerned, opinions
from jurisdictions.scope import enter
from tests.approvals.work import current, declared
from tests.people import client_for
from workflow.clocks.due import of_project
from workflow.models import AuditEntry, Duty, Message, Step, StepState, WorkItem

pytestmark = pytest.mark.django_db


@pytest.fixture
def review(alpha):
    """A joint review that has just opened."""
    return current(alpha, declared(alpha, until="joint_review"))


def opinion_of(town, step, duty):
    with enter(town.county):
        return Opinion.objects.select_related("office", "step__project").get(step=step, office=town.duty[duty])


def agree(town, step, duty, **values):
    with enter(town.county):
        return opinions.give_opinion(
            actor=town.by_duty[duty].actor, opinion=opinion_of(town, step, duty), conclusion="agree", **values
        )


@pytest.mark.article("DA-19", "DA-5")
def test_the_named_offices_are_asked_at_once_each_with_its_own_due_day(alpha, review):
    with enter(alpha.county):
        asked = Opinion.objects.filter(step=review)
        assert {one.office for one in asked} == {alpha.duty["drc"], alpha.duty["finance"]}
        items = WorkItem.objects.filter(step=review, duty=Duty.OPINION, closed_at=None)
        assert {item.office for item in items} == {alpha.duty["drc"], alpha.duty["finance"]}
        assert all(item.due_on for item in items)
        clocks = of_project(review.project, [review])[review.pk]
        assert clocks[alpha.duty["drc"].pk].articles == []  # by arrangement, not statutory


def test_an_opinion_is_given_by_its_office_only_and_closes_its_item(alpha, review):
    with enter(alpha.county), pytest.raises(NotPermitted):
        opinions.give_opinion(actor=alpha.secrecy.actor, opinion=opinion_of(alpha, review, "drc"), conclusion="agree")
    agree(alpha, review, "drc", text="同意纳入计划")
    with enter(alpha.county):
        assert not WorkItem.objects.filter(step=review, office=alpha.duty["drc"], closed_at=None).exists()
        assert alpha.duty["drc"].pk not in of_project(review.project, [review])[review.pk]
        entry = AuditEntry.objects.get(action="opinion.give")
        assert (entry.project_id, entry.label) == (review.project_id, alpha.duty["drc"].name)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"conclusion": "conditions"}, "conditions"),
        ({"conclusion": "object"}, "text"),
        ({"conclusion": "x"}, "conclusion"),
    ],
)
def test_conditions_and_objections_need_words(alpha, review, values, field):
    with enter(alpha.county), pytest.raises(Incomplete) as refused:
        opinions.give_opinion(actor=alpha.drc.actor, opinion=opinion_of(alpha, review, "drc"), **values)
    assert [item.field for item in refused.value.items] == [field]


def test_the_lead_cannot_conclude_while_opinions_are_waited_for(alpha, review):
    agree(alpha, review, "drc")
    with enter(alpha.county), pytest.raises(Refusal, match=alpha.duty["finance"].name):
        decide(actor=alpha.reviewer.actor, step=review, outcome="approve", reason="综合意见")


def test_overdue_opinions_are_shown_as_missing_and_need_a_reason(alpha, review):
    agree(alpha, review, "drc")
    with time_machine.travel(timezone.now() + dt.timedelta(days=20), tick=False), enter(alpha.county):
        with pytest.raises(Refusal) as refused:
            decide(actor=alpha.reviewer.actor, step=review, outcome="approve", reason="综合意见")
        assert refused.value.field == "missing_reason"
        decide(
            actor=alpha.reviewer.actor,
            step=review,
            outcome="approve",
            reason="综合意见",
            missing_reason="逾期未出具",
        )
        review.refresh_from_db()
        assert review.record["missing_opinions"] == [alpha.duty["finance"].name]
        assert Opinion.objects.get(step=review, office=alpha.duty["finance"]).state == OpinionState.MISSING


@pytest.mark.article("DA-19")
def test_the_lead_consolidates_in_words_and_the_route_goes_on(alpha, review):
    agree(alpha, review, "drc")
    agree(alpha, review, "finance")
    with enter(alpha.county), pytest.raises(Refusal) as refused:
        decide(actor=alpha.reviewer.actor, step=review, outcome="approve")
    assert refused.value.field == "reason"
    with enter(alpha.county):
        decide(
            actor=alpha.reviewer.actor,
            step=review,
            outcome="approve",
            reason="建议纳入2027年度，由教育局为业主。",
        )
    assert current(alpha, review.project).key == "conference_decision"


@pytest.mark.article("DA-3")
def test_an_office_objects_to_a_single_unity_of_the_plan(alpha, review):
    with enter(alpha.county):
        opinions.give_opinion(
            actor=alpha.finance.actor,
            opinion=opinion_of(alpha, review, "finance"),
            conclusion="object",
            text="共性应用重复建设",
            objections=[{"key": "unified_applications", "title": "统一共性应用", "reason": "应复用"}],
        )
    assert opinion_of(alpha, review, "finance").objections[0]["reason"] == "应复用"


def test_reminding_tells_the_missing_offices_once_a_day(alpha, review):
    agree(alpha, review, "drc")
    with enter(alpha.county):
        assert len(opinions.remind(actor=alpha.reviewer.actor, step=review)) == 1
        assert opinions.remind(actor=alpha.reviewer.actor, step=review) == []
        told = Message.objects.filter(kind="opinion_reminder")
        assert {notice.user for notice in told} == {alpha.finance.user}


@pytest.mark.article("CJ-17")
def test_a_review_that_is_joint_in_principle_ends_without_the_opinions_with_a_reason(alpha, review):
    sent: Any = {"outcome": "approve", "reason": "综合意见", "record": {"importance": "general", "rank": 1}}
    with enter(alpha.county):
        with pytest.raises(Refusal, match=alpha.duty["drc"].name):
            decide(actor=alpha.reviewer.actor, step=review, missing_reason="应急", **sent)
        Step.objects.filter(pk=review.pk).update(rule={**review.rule, "marks": ["in_principle"]})
        review.refresh_from_db(fields=["rule"])
        with pytest.raises(Refusal) as refused:
            decide(actor=alpha.reviewer.actor, step=review, **sent)
        assert refused.value.field == "missing_reason"
        done = decide(actor=alpha.reviewer.actor, step=review, missing_reason="应急", **sent)
        assert done.state == StepState.DONE
        entry = AuditEntry.objects.get(action="step.depart", object_id=review.pk)
        assert entry.new["reason"] == "应急" and entry.articles == review.articles


def test_an_opinion_can_be_taken_back_while_the_review_is_open(alpha, review):
    agree(alpha, review, "drc")
    with enter(alpha.county):
        opinions.revise_opinion(actor=alpha.drc.actor, opinion=opinion_of(alpha, review, "drc"))
        assert WorkItem.objects.filter(step=review, office=alpha.duty["drc"], closed_at=None).count() == 1
    assert opinion_of(alpha, review, "drc").round == 2
    assert review.state == StepState.OPEN


def test_an_opinion_taken_back_holds_the_review_up_until_its_first_due_day_only(alpha, review):
    agree(alpha, review, "drc")
    agree(alpha, review, "finance")
    with enter(alpha.county):
        opinions.revise_opinion(actor=alpha.drc.actor, opinion=opinion_of(alpha, review, "drc"))
        with pytest.raises(Refusal, match=alpha.duty["drc"].name):
            decide(actor=alpha.reviewer.actor, step=review, outcome="approve", reason="综合意见")
    with time_machine.travel(timezone.now() + dt.timedelta(days=20), tick=False), enter(alpha.county):
        decide(
            actor=alpha.reviewer.actor,
            step=review,
            outcome="approve",
            reason="综合意见",
            missing_reason="收回后未再出具",
        )
    assert opinion_of(alpha, review, "drc").state == OpinionState.MISSING


def test_the_page_of_opinions_costs_the_same_however_many_steps_state_their_points(alpha, review, client_for):
    def cost():
        browser = client_for(alpha.reviewer)
        browser.get(f"/dean/projects/{review.project_id}/opinions/")
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(f"/dean/projects/{review.project_id}/opinions/").status_code == 200
        return len(queries)

    before = cost()
    with enter(alpha.county):
        Step.objects.filter(project=review.project, state=StepState.DONE).update(record={"points": {"need": "必要"}})
    assert cost() == before


@pytest.fixture
def open_review(alpha, review):
    """A joint review for which the rules leave open whom else to ask."""
    with enter(alpha.county):
        Step.objects.filter(pk=review.pk).update(participants=[*review.participants, concerned.AS_CONCERNED])
    return current(alpha, review.project)


def choose(town, step, *duties, who=None, reason="涉及机要和档案"):
    with enter(town.county):
        return concerned.ask_concerned(actor=(who or town.reviewer).actor, step=step, duties=duties, reason=reason)


def test_lead_chooses_the_offices_concerned_with_its_reason(alpha, open_review):
    browser, url = client_for(alpha.reviewer), f"/{alpha.code}/steps/{open_review.pk}/"
    assert "secrecy" in dict(browser.get(url).context["concerned_form"].fields["duties"].choices)
    sent = browser.post(f"{url}concerned/", {"duties": ["secrecy"], "reason": "涉及机要"})
    assert sent.status_code == 302
    with enter(alpha.county):
        offices = {one.office for one in Opinion.objects.filter(step=open_review)}
        assert offices == {alpha.duty["drc"], alpha.duty["finance"], alpha.duty["secrecy"]}
        item = WorkItem.objects.get(step=open_review, office=alpha.duty["secrecy"], closed_at=None)
        assert (item.duty, bool(item.due_on)) == (Duty.OPINION, True)
        entry = AuditEntry.objects.get(action="step.ask_concerned")
        assert entry.new["reason"] == "涉及机要"
    assert "secrecy" not in dict(browser.get(url).context["concerned_form"].fields["duties"].choices)


def test_a_review_is_not_concluded_before_the_lead_has_said_who_is_concerned(alpha, open_review):
    agree(alpha, open_review, "drc")
    agree(alpha, open_review, "finance")
    record = {"importance": "general", "points": dict.fromkeys(open_review.rule.get("asks", []), "可行")}
    with enter(alpha.county), pytest.raises(Refusal, match="涉及哪些机构"):
        decide(actor=alpha.reviewer.actor, step=open_review, outcome="approve", reason="一致同意", record=record)
    assert choose(alpha, open_review, reason="不涉及其他机构") == []
    with enter(alpha.county):
        again = current(alpha, open_review.project)
        decide(actor=alpha.reviewer.actor, step=again, outcome="approve", reason="一致同意", record=record)


def test_nobody_else_chooses_and_nobody_without_a_reason(alpha, open_review, review):
    with pytest.raises(NotPermitted):
        choose(alpha, open_review, "secrecy", who=alpha.drc)
    for duties, reason in ((["secrecy"], " "), (["drc"], "再次征求"), (["nobody"], "无此机构")):
        with pytest.raises(Incomplete):
            choose(alpha, open_review, *duties, reason=reason)


@pytest.mark.article("DA-19")
def test_where_others_may_be_asked_the_lead_asks_them_or_says_nothing_of_it(alpha, review):
    assert review.rule["may_ask"] == [concerned.AS_CONCERNED]
    assert not concerned.are_missing(review)
    [asked] = choose(alpha, review, "secrecy")
    assert asked.office == alpha.duty["secrecy"]


def test_where_the_rules_name_the_offices_nobody_else_is_asked(alpha, review):
    with enter(alpha.county):
        Step.objects.filter(pk=review.pk).update(rule={**review.rule, "may_ask": []})
    with pytest.raises(Refusal, match="列明"):
        choose(alpha, review, "secrecy")
