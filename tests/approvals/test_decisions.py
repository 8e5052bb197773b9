"""Deciding: office, role, own filing, reasons, papers; the route goes on or ends."""

import datetime as dt
from dataclasses import replace

import pytest
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.refusals import Incomplete, NotPermitted, Refusal, Stale, WrongState
from approvals.kinds.records import record_result
from approvals.kinds.reviews import decide
from jurisdictions.scope import enter
from projects.models import Declaration, Project, Standing
from projects.ruling import route_of
from tests.approvals.work import add_paper, current, declared, paper, step_of
from tests.people import client_for
from tests.workflow.work import rule
from workflow.clocks import deadlines
from workflow.documents import storage
from workflow.models import AuditEntry, Document, Message, Step, StepState, WorkItem
from workflow.route import steps

pytestmark = pytest.mark.django_db


@pytest.mark.article("DA-19")
def test_preliminary_evaluation_lies_with_the_conference_office_and_comes_first(alpha):
    project = declared(alpha)
    step = current(alpha, project)
    assert (step.key, step.office) == ("preliminary_evaluation", alpha.duty["conference"])


@pytest.mark.article("DA-19")
def test_failing_the_preliminary_evaluation_ends_the_project(alpha):
    project = declared(alpha)
    with enter(alpha.county):
        decide(
            actor=alpha.secretary.actor,
            step=current(alpha, project),
            outcome="refuse",
            reason="必要性不足（第十九条）",
        )
        project = Project.objects.get(pk=project.pk)
        assert project.standing == Standing.REFUSED
        states = set(Step.objects.filter(project=project).values_list("state", flat=True))
        assert states == {StepState.DONE, StepState.REFUSED, StepState.CANCELLED}
        assert not WorkItem.objects.filter(project=project, closed_at=None).exists()


def test_refusing_without_a_reason_is_refused_and_names_the_field(alpha):
    project = declared(alpha)
    with enter(alpha.county), pytest.raises(Refusal) as refused:
        decide(actor=alpha.secretary.actor, step=current(alpha, project), outcome="refuse", reason=" ")
    assert refused.value.field == "reason"
    assert "DA-19" in refused.value.articles
    assert current(alpha, project).state == StepState.OPEN


def test_another_office_cannot_decide(alpha):
    project = declared(alpha)
    with enter(alpha.county), pytest.raises(NotPermitted):
        decide(actor=alpha.drc.actor, step=current(alpha, project), outcome="approve")


def test_nobody_decides_what_they_filed(alpha):
    project = declared(alpha, filer=alpha.filer)
    step = current(alpha, project)
    with enter(alpha.county):
        Project.objects.filter(pk=project.pk).update(filed_by=alpha.secretary.user)
        step.project.refresh_from_db()
        with pytest.raises(NotPermitted, match="filed|填报"):
            decide(actor=alpha.secretary.actor, step=step, outcome="approve")


def test_nobody_decides_what_they_wrote_in(alpha):
    project = declared(alpha, filer=alpha.filer)
    step = current(alpha, project)
    with enter(alpha.county):
        Declaration.objects.filter(project=project).update(editors=[alpha.secretary.user.pk])
        with pytest.raises(NotPermitted, match="filed|填报"):
            decide(actor=alpha.secretary.actor, step=step, outcome="approve")


def test_two_people_deciding_at_once_one_wins_and_the_other_is_told(alpha):
    project = declared(alpha)
    first, second = current(alpha, project), current(alpha, project)
    with enter(alpha.county):
        decide(actor=alpha.secretary.actor, step=first, outcome="approve", reason="必要", seen_version=first.version)
        with pytest.raises(Stale):
            decide(
                actor=alpha.secretary.actor,
                step=second,
                outcome="refuse",
                reason="否",
                seen_version=second.version,
            )
        with pytest.raises(WrongState):
            decide(actor=alpha.secretary.actor, step=second, outcome="approve", reason="必要")
        assert AuditEntry.objects.filter(action="step.complete", object_id=first.pk).count() == 1


@pytest.mark.article("DA-13")
def test_city_evaluation_is_recorded_with_outcome_day_and_paper(alpha):
    project = declared(alpha, until="city_evaluation", investment="2000000.00")
    step = current(alpha, project)
    assert step.office == alpha.duty["data_bureau"]
    today = timezone.localdate()
    with enter(alpha.county), pytest.raises(Incomplete) as refused:
        record_result(actor=alpha.reviewer.actor, step=step, outcome="pass", on=today)
    assert refused.value.items[0].field == "paper-city_evaluation_opinion"
    add_paper(alpha, step, "city_evaluation_opinion", alpha.reviewer)
    with enter(alpha.county):
        record_result(actor=alpha.reviewer.actor, step=step, outcome="pass", on=today, number="九数评〔2026〕3号")
    step = step_of(alpha, project, "city_evaluation")
    assert step.state == StepState.DONE
    assert step.record == {"on": today.isoformat(), "number": "九数评〔2026〕3号"}
    assert current(alpha, project).key == "joint_review"


@pytest.mark.article("DA-13")
def test_a_project_that_does_not_pass_the_city_evaluation_ends(alpha):
    project = declared(alpha, until="city_evaluation", investment="2000000.00")
    step = current(alpha, project)
    with enter(alpha.county):
        record_result(
            actor=alpha.reviewer.actor,
            step=step,
            outcome="fail",
            on=timezone.localdate(),
            reason="与市级平台重复",
        )
        assert Project.objects.get(pk=project.pk).standing == Standing.REFUSED


def test_a_day_in_the_future_is_refused(alpha):
    project = declared(alpha, until="city_evaluation", investment="2000000.00")
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    with enter(alpha.county), pytest.raises(Incomplete) as refused:
        record_result(actor=alpha.reviewer.actor, step=current(alpha, project), outcome="pass", on=tomorrow)
    assert [item.field for item in refused.value.items] == ["on"]


@pytest.mark.article("LC-12")
def test_the_units_own_steps_are_recorded_by_the_unit_with_their_papers(beta):
    project = declared(beta)
    step = current(beta, project)
    assert (step.key, step.office) == ("collective_decision", beta.units[0])
    with enter(beta.county), pytest.raises(NotPermitted):
        record_result(actor=beta.other_filer.actor, step=step, on=timezone.localdate())
    add_paper(beta, step, "collective_decision_minutes", beta.filer)
    with enter(beta.county):
        record_result(actor=beta.filer.actor, step=step, on=timezone.localdate())
    assert current(beta, project).key == "expert_argumentation"


@pytest.mark.article("DA-22", "DA-23")
def test_an_entry_in_the_annual_plan_plans_the_project(alpha):
    project = declared(alpha, until="annual_plan", investment="600000.00")
    with enter(alpha.county):
        record_result(
            actor=alpha.reviewer.actor,
            step=current(alpha, project),
            on=timezone.localdate(),
            record={"plan_year": 2027, "rank": 3},
        )
        found = Project.objects.select_related("plan_entry__plan").get(pk=project.pk)
        assert found.standing == Standing.PLANNED
        assert (found.plan_entry.plan.year, found.plan_entry.rank) == (2027, 3)
    assert current(alpha, project).key == "start_notice"


@pytest.mark.parametrize("outcome", ["fail", "pass"])
def test_what_is_only_recorded_is_neither_passed_nor_failed(alpha, outcome):
    step = current(alpha, declared(alpha, until="annual_plan", investment="600000.00"))
    with enter(alpha.county), pytest.raises(Incomplete) as refused:
        record_result(actor=alpha.reviewer.actor, step=step, outcome=outcome, on=timezone.localdate())
    assert [item.field for item in refused.value.items] == ["outcome"]
    assert current(alpha, step.project).state == StepState.OPEN


@pytest.mark.parametrize(("reason", "said"), [("\u200b \u202e\n", "理由"), ("长" * 4001, "4000")])
def test_a_reason_is_seen_and_is_not_endless_at_whatever_door(alpha, reason, said):
    step = current(alpha, declared(alpha))
    with enter(alpha.county), pytest.raises(Refusal, match=said):
        decide(actor=alpha.secretary.actor, step=step, outcome="refuse", reason=reason)
    assert current(alpha, step.project).state == StepState.OPEN


@pytest.mark.article("DA-19")
def test_an_approval_states_need_and_urgency_or_an_opinion_as_a_whole(alpha):
    step = current(alpha, declared(alpha))
    with enter(alpha.county):
        with pytest.raises(Incomplete) as refused:
            decide(actor=alpha.secretary.actor, step=step, outcome="approve", record={"points": {"need": "确有需要"}})
        assert [item.field for item in refused.value.items] == ["ask-urgency"]
        points = {"need": "确有需要", "urgency": "上级要求年内建成"}
        decide(actor=alpha.secretary.actor, step=step, outcome="approve", record={"points": points})
    assert step_of(alpha, step.project, "preliminary_evaluation").record["points"] == points


def test_a_review_or_a_meeting_cannot_be_passed_by_recording_it(alpha):
    """A record would go round the offices' opinions and the minutes."""
    for key, person in (("joint_review", alpha.head), ("reserve_admission", alpha.secretary)):
        step = current(alpha, declared(alpha, until=key))
        with enter(alpha.county), pytest.raises(Refusal):
            record_result(actor=person.actor, step=step, on=timezone.localdate(), reason="已议定")
        assert current(alpha, step.project).state == StepState.OPEN


def test_who_may_not_carry_a_step_out_leaves_no_paper_at_it(alpha):
    step = current(alpha, declared(alpha, until="city_evaluation", investment="2000000.00"))
    answer = client_for(alpha.drc).post(
        f"/{alpha.code}/steps/{step.pk}/record/",
        {"version": step.version, "outcome": "pass", "on": "2026-03-02", "paper-city_evaluation_opinion": paper()},
    )
    assert answer.status_code == 403
    with enter(alpha.county):
        assert not Document.objects.filter(project=step.project).exists()


@pytest.mark.article("DA-13")
def test_a_paper_that_another_office_leaves_with_the_project_proves_nothing(alpha):
    step = current(alpha, declared(alpha, until="city_evaluation", investment="2000000.00"))
    today = timezone.localdate()

    def leave(who):
        with enter(alpha.county):
            storage.store(
                actor=who.actor, project=step.project, purpose="city_evaluation_opinion", upload=paper()
            )  # on the page of papers, not at the step

    leave(alpha.drc)
    with enter(alpha.county), pytest.raises(Incomplete) as refused:
        record_result(actor=alpha.reviewer.actor, step=step, outcome="pass", on=today)
    assert [item.field for item in refused.value.items] == ["paper-city_evaluation_opinion"]
    leave(alpha.head)
    with enter(alpha.county):
        record_result(actor=alpha.reviewer.actor, step=step, outcome="pass", on=today)
    assert current(alpha, step.project).key == "joint_review"


def test_an_open_step_whose_authority_changed_is_put_before_its_new_office(alpha):
    project = declared(alpha)
    step = current(alpha, project)
    with enter(alpha.county):
        route = route_of(project)
        moved = tuple(replace(one, authority="finance") if one.key == step.key else one for one in route.steps)
        steps.sync_steps(actor=SYSTEM, project=project, route=replace(route, steps=moved))
        item = WorkItem.objects.get(step=step, closed_at=None)
        assert item.office == Step.objects.get(pk=step.pk).office == alpha.duty["finance"]
        assert Message.objects.filter(user=alpha.finance.user, kind="new_work", project=project).exists()


def test_what_may_be_done_later_only_in_principle_asks_for_the_reason_on_the_page(alpha):
    step = current(alpha, declared(alpha))
    with enter(alpha.county):
        asked = rule(kind="not_before", in_principle=True, after="declaration", amount=3, unit="month")
        step.rule = {**step.rule, "deadlines": [asked]}
        step.save(update_fields=["rule"])
        deadlines.happened(actor=SYSTEM, project=step.project, event="declaration")
    client, page = client_for(alpha.secretary), f"/dean/steps/{step.pk}/"
    assert 'name="depart-early"' in client.get(page).content.decode()
    sent = {"version": step.version, "outcome": "approve", "reason": "必要"}
    refused = client.post(f"{page}decide/", sent)
    assert refused.status_code == 422 and 'name="depart-early"' in refused.content.decode()
    assert client.post(f"{page}decide/", {**sent, "depart-early": "应急需要"}).status_code == 302
    with enter(alpha.county):
        step.refresh_from_db()
        assert (step.state, step.record["departures"]) == (StepState.DONE, {"early": "应急需要"})
    assert "应急需要" in client.get(f"/dean/projects/{step.project_id}/opinions/").content.decode()
