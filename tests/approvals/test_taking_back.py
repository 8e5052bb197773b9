"""撤回: who decided takes it back while nobody has acted on it; clocks go on, what followed is undone."""

import pytest
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.refusals import NotPermitted, Refusal, WrongState
from approvals.kinds.records import record_result
from approvals.models import Opinion, OpinionState
from approvals.services import opinions
from jurisdictions.scope import enter
from projects.models import Project, ReserveEntry, ReserveState, Standing
from tests.approvals.test_random_life import agree
from tests.approvals.work import add_papers_of, current, declared, person_for, step_of
from tests.people import Town, client_for, make_town
from workflow.clocks import deadlines
from workflow.clocks.clock import today
from workflow.clocks.spec import ClockSpec
from workflow.desk import claims
from workflow.models import AuditEntry, Deadline, Message, Step, StepState, WorkItem
from workflow.route.taking_back import take_back

pytestmark = pytest.mark.django_db


def recorded(town: Town) -> Step:
    """An evaluation that a reviewer recorded; the joint review has opened by it."""
    step = current(town, declared(town, until="city_evaluation", investment="2000000.00"))
    add_papers_of(town, step, town.reviewer.actor)
    assert step.office is not None
    with enter(town.county):
        deadlines.start_together(
            actor=SYSTEM,
            step=step,
            spec=ClockSpec(key=step.key, party="", amount=9, unit="working_day"),
            parties=[("authority", step.office, WorkItem.objects.get(step=step, closed_at=None))],
        )
        record_result(actor=town.reviewer.actor, step=step, outcome="pass", on=today(), number="1号")
        return step_of(town, step.project, step.key)


def test_a_decision_is_taken_back_and_taken_anew_as_if_nothing_had_followed(alpha: Town) -> None:
    step = recorded(alpha)
    page = f"/{alpha.code}/steps/{step.pk}/"
    reviewer = client_for(alpha.reviewer)
    with enter(alpha.county):
        own = Deadline.objects.get(step=step)
        following = current(alpha, step.project)
        assert Opinion.objects.filter(step=following).count() == 2
        assert Message.objects.filter(kind="opinion_asked").exists()
        Message.objects.filter(kind="opinion_asked", user=alpha.drc.user).update(read_at=timezone.now())
        for person, kind, why in (
            (alpha.reviewer, Refusal, " "),
            (alpha.drc, NotPermitted, "写错了"),
            (alpha.head, NotPermitted, "写错了"),
        ):
            with pytest.raises(kind):
                take_back(actor=person.actor, step=step_of(alpha, step.project, step.key), reason=why)
        with pytest.raises(WrongState):
            take_back(actor=alpha.reviewer.actor, step=following, reason="还没决定")
    assert "take-back/" in reviewer.get(page).content.decode()
    assert "take-back/" not in client_for(alpha.head).get(page).content.decode()
    empty = reviewer.post(f"{page}take-back/", {"take_back_reason": "  "})
    assert (empty.status_code, "take_back_reason" in empty.content.decode()) == (422, True)
    assert reviewer.post(f"{page}take-back/", {"take_back_reason": "结论写错了"}).status_code in (302, 303)
    with enter(alpha.county):
        again = current(alpha, step.project)
        assert (again.key, again.outcome, again.decided_by, again.record) == (step.key, "", None, {})
        assert Step.objects.get(pk=following.pk).state == StepState.COMING
        assert not Opinion.objects.filter(step=following).exists()
        assert not Deadline.objects.unended().filter(step=following).exists()
        clock = Deadline.objects.get(pk=own.pk)
        assert (own.state, clock.state, clock.due_on, clock.ended_at) == ("met", "running", own.due_on, None)
        agree(step.project)
        # Who has read of it is told, from the others it is taken away.
        assert [one.user for one in Message.objects.filter(kind="opinion_asked")] == [alpha.drc.user]
        assert [one.user for one in Message.objects.filter(kind="taken_back")] == [alpha.drc.user]
        entry = AuditEntry.objects.get(action="step.take_back")
        assert (entry.old["outcome"], entry.new["why"]) == ("pass", "结论写错了")
        record_result(actor=alpha.reviewer.actor, step=again, outcome="pass", on=today(), number="2号")
        assert Opinion.objects.filter(step=following, state=OpinionState.ASKED).count() == 2
        agree(step.project)
    assert "撤回办理结果" in reviewer.get(f"/{alpha.code}/projects/{step.project_id}/history/").content.decode()


def test_what_somebody_acted_on_stays_and_the_refusal_names_them(alpha: Town) -> None:
    step = recorded(alpha)
    with enter(alpha.county):
        item = WorkItem.objects.select_related("project", "step").get(step__key="joint_review", office=alpha.drc.office)
        claims.claim(actor=alpha.drc.actor, item=item)
    sent = {"take_back_reason": "写错了"}
    page = client_for(alpha.reviewer).post(f"/{alpha.code}/steps/{step.pk}/take-back/", sent)
    assert (page.status_code, page.content.decode().count("写错了")) == (409, 1)
    assert alpha.drc.user.name in page.content.decode()


def test_an_opinion_taken_back_is_waited_for_until_its_first_day(alpha: Town) -> None:
    step = recorded(alpha)
    with enter(alpha.county):
        review = current(alpha, step.project)
        opinion = Opinion.objects.select_related("step__project", "office").get(step=review, authority="drc")
        before = Deadline.objects.get(step=review, party="drc")
        opinions.give_opinion(actor=alpha.drc.actor, opinion=opinion, conclusion="agree", text="同意")
        opinions.revise_opinion(actor=alpha.drc.actor, opinion=opinion)
        after = Deadline.objects.get(pk=before.pk)
        assert (after.state, after.due_on, after.work_item.closed_at) == ("running", before.due_on, None)
        agree(step.project)


def test_a_place_in_the_reserve_is_left_and_entered_again(db: None) -> None:
    town = make_town("jinhu")
    project = declared(town, until="reserve_admission")
    step = current(town, project)
    person = person_for(town, step)
    with enter(town.county):
        for number in ("1号", "2号"):
            step = step_of(town, project, "reserve_admission")
            record_result(actor=person.actor, step=step, outcome="recorded", on=today(), number=number)
            assert ReserveEntry.objects.get(project=project).state == ReserveState.VALID
            take_back(actor=person.actor, step=step_of(town, project, step.key), reason="列错了")
            assert ReserveEntry.objects.get(project=project).state == ReserveState.REMOVED
            assert Project.objects.get(pk=project.pk).standing == Standing.IN_REVIEW
            agree(project)
