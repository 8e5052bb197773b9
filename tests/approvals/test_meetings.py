"""Meetings: one set of minutes decides a batch, all of it or nothing."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.refusals import Incomplete, NotPermitted, Refusal
from approvals.models import Meeting, MeetingState
from approvals.services import meetings
from approvals.votes import Votes
from jurisdictions.scope import enter
from projects.models import Project, Standing
from tests.approvals.work import current, declared, paper, step_of
from tests.opened import opened
from tests.people import client_for
from workflow.clocks import clock
from workflow.documents import storage
from workflow.filings import services as filings
from workflow.models import AuditEntry, Step, StepState
from workflow.route.hindrances import Hindrance
from workflow.stages import Stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(alpha):
    """Three projects that wait for the conference to admit them to the reserve."""
    return [current(alpha, declared(alpha, until="reserve_admission")) for _ in range(3)]


@pytest.fixture
def meeting(alpha, waiting):
    with enter(alpha.county):
        return meetings.prepare_meeting(
            actor=alpha.secretary.actor,
            body="conference",
            title="第三次联席会议",
            held_on=timezone.localdate(),
            steps=waiting,
        )


def hold(town, meeting, outcomes, *, votes=None, **values):
    with enter(town.county):
        minutes = storage.store(
            actor=town.secretary.actor, project=None, purpose="minutes", upload=paper(), subject=meeting
        )
        items = list(meeting.items.all())
        return meetings.hold_meeting(
            actor=town.secretary.actor,
            meeting=meeting,
            number="德数联〔2026〕3号",
            held_on=timezone.localdate(),
            minutes=minutes,
            outcomes={item.pk: outcomes[i] for i, item in enumerate(items)} | values,
            votes={item.pk: votes[i] for i, item in enumerate(items) if votes and votes[i]},
        )


def test_only_who_may_open_a_meeting_is_led_to_it(alpha, waiting, meeting):
    hold(alpha, meeting, [("approve", "")] * 3)
    opinions = f"/{alpha.code}/projects/{waiting[0].project_id}/opinions/"
    shown = {person: client_for(person).get(opinions).content.decode() for person in (alpha.filer, alpha.reviewer)}
    assert all(meeting.title in page for page in shown.values())
    address = f"/{alpha.code}/meetings/{meeting.pk}/"
    assert address not in shown[alpha.filer]
    assert address in shown[alpha.reviewer]
    assert client_for(alpha.reviewer).get(address).status_code == 200


@pytest.mark.article("DA-11", "DA-12")
def test_a_meeting_decides_a_batch_with_one_set_of_minutes(alpha, waiting, meeting):
    hold(alpha, meeting, [("approve", ""), ("refuse", "与省级系统重复"), ("postpone", "")])
    with enter(alpha.county):
        states = [Project.objects.get(pk=step.project_id).standing for step in waiting]
        assert states == [Standing.IN_RESERVE, Standing.REFUSED, Standing.IN_REVIEW]
        assert Meeting.objects.get(pk=meeting.pk).state == MeetingState.HELD
    first = step_of(alpha, waiting[0].project, "reserve_admission")
    assert first.record["number"] == "德数联〔2026〕3号"
    assert current(alpha, waiting[2].project).key == "reserve_admission"


def test_one_missing_reason_and_nothing_of_the_meeting_is_carried_out(alpha, waiting, meeting):
    with pytest.raises(Incomplete) as refused:
        hold(alpha, meeting, [("approve", ""), ("refuse", ""), ("", "")])
    assert [item.field.split("-")[0] for item in refused.value.items] == ["note", "outcome"]
    assert all(current(alpha, step.project).state == StepState.OPEN for step in waiting)


def in_the_way(*, in_principle: bool):
    """A stage of the test: something stands against every admission to the reserve."""

    def find(step):
        if step.key == "reserve_admission":
            yield Hindrance("scale", "规模超出规划。", ["DA-21"], in_principle)

    return opened(Stage("test", hindrances=(find,)))


def test_a_meeting_departs_with_a_reason_from_what_is_asked_in_principle(alpha, waiting, meeting):
    browser, address = client_for(alpha.secretary), f"/{alpha.code}/meetings/{meeting.pk}/"
    with enter(alpha.county):
        first, *others = meeting.items.select_related("step__project")
    typed = {"version": meeting.version, "number": "3号", "held_on": timezone.localdate().isoformat()}
    typed |= {f"outcome-{first.pk}": "approve"} | {f"outcome-{item.pk}": "postpone" for item in others}
    name = f"depart-scale-{first.pk}"
    with in_the_way(in_principle=False):
        refused = browser.post(address, {**typed, "minutes": paper("纪要.pdf"), name: "市里统一部署"})
    assert refused.status_code == 422 and f'name="{name}"' not in refused.content.decode()
    with in_the_way(in_principle=True):
        refused = browser.post(address, typed)
        (said,) = refused.context["errors"]
        assert (said["field"], first.step.project.name in said["text"]) == (name, True)
        assert "例外理由（规模超出规划。）" in refused.content.decode()
        assert browser.post(address, {**typed, name: "市里统一部署"}).status_code == 302
    with enter(alpha.county):
        assert step_of(alpha, first.step.project, "reserve_admission").record["departures"] == {"scale": "市里统一部署"}
        entry = AuditEntry.objects.get(action="step.depart")
    assert (entry.articles, entry.new["reason"]) == (["DA-21"], "市里统一部署")


def test_a_reason_that_is_needed_no_longer_stops_no_minutes(alpha, meeting):
    with enter(alpha.county):
        items = list(meeting.items.all())
    typed = {"version": meeting.version, "number": "3号", "held_on": timezone.localdate().isoformat()}
    typed |= {f"outcome-{item.pk}": "approve" for item in items} | {f"depart-scale-{items[0].pk}": "市里统一部署"}
    browser, address = client_for(alpha.secretary), f"/{alpha.code}/meetings/{meeting.pk}/"
    assert browser.post(address, {**typed, "minutes": paper("纪要.pdf")}).status_code == 302


def test_minutes_need_their_number_and_paper(alpha, meeting):
    with enter(alpha.county), pytest.raises(Incomplete) as refused:
        meetings.hold_meeting(
            actor=alpha.secretary.actor,
            meeting=meeting,
            outcomes={},
            number="",
            held_on=timezone.localdate(),
            minutes=None,
        )
    assert {"number", "minutes"} <= {item.field for item in refused.value.items}


def test_only_a_secretary_of_the_body_prepares(alpha, waiting):
    with enter(alpha.county), pytest.raises(NotPermitted):
        meetings.prepare_meeting(
            actor=alpha.drc.actor, body="conference", title="x", held_on=timezone.localdate(), steps=waiting
        )


def test_a_step_decided_meanwhile_cannot_go_on_an_agenda(alpha, waiting, meeting):
    hold(alpha, meeting, [("approve", "")] * 3)
    with enter(alpha.county):
        for step in waiting:
            step.refresh_from_db()
        with pytest.raises(Refusal):
            meetings.prepare_meeting(
                actor=alpha.secretary.actor,
                body="conference",
                title="x",
                held_on=timezone.localdate(),
                steps=waiting,
            )


def test_minutes_of_a_meeting_stay_with_those_who_hold_it(alpha, meeting):
    """Nobody else leaves a paper at a meeting, and nobody changes the minutes of one that was held."""
    url = f"/{alpha.code}/meetings/{meeting.pk}/"

    def send(person):
        data = {"version": "0", "number": "3号", "held_on": timezone.localdate().isoformat(), "minutes": paper()}
        return client_for(person).post(url, data).status_code

    assert send(alpha.drc) == 403
    with enter(alpha.county):
        assert Meeting.objects.get(pk=meeting.pk).minutes is None
    hold(alpha, meeting, [("postpone", "")] * 3)
    with enter(alpha.county):
        kept = Meeting.objects.get(pk=meeting.pk).minutes
    assert send(alpha.secretary) == 409
    with enter(alpha.county):
        assert Meeting.objects.get(pk=meeting.pk).minutes == kept


def test_minutes_chosen_with_a_decision_still_missing_are_kept(alpha, meeting):
    browser = client_for(alpha.secretary)
    address = reverse("approvals:meeting", kwargs={"county": alpha.code, "pk": meeting.pk})
    typed = {"version": meeting.version, "number": "德数联〔2026〕3号", "held_on": timezone.localdate().isoformat()}
    answer = browser.post(address, {**typed, "minutes": paper("纪要.pdf")})
    assert answer.status_code == 422
    with enter(alpha.county):
        kept = Meeting.objects.select_related("minutes").get(pk=meeting.pk)
        assert kept.minutes.name == "纪要.pdf"
        outcomes = {f"outcome-{item.pk}": "approve" for item in kept.items.all()}
    assert browser.post(address, {**typed, **outcomes}).status_code == 302
    with enter(alpha.county):
        assert Meeting.objects.get(pk=meeting.pk).state == MeetingState.HELD


def test_a_project_stands_on_one_agenda_until_that_meeting_is_held_or_cancelled(alpha, waiting, meeting):
    def prepare():
        with enter(alpha.county):
            return meetings.prepare_meeting(
                actor=alpha.secretary.actor,
                body="conference",
                title="第四次",
                held_on=timezone.localdate(),
                steps=waiting[:1],
            )

    with pytest.raises(Refusal, match="第三次联席会议"):
        prepare()
    with enter(alpha.county):
        assert meetings.waiting_steps(actor=alpha.secretary.actor) == []
    address = reverse("approvals:cancel_meeting", kwargs={"county": alpha.code, "pk": meeting.pk})
    browser = client_for(alpha.secretary)
    assert browser.post(address, {"version": meeting.version, "cancel_reason": "\u200b"}).status_code == 422
    assert browser.post(address, {"version": meeting.version, "cancel_reason": "改期"}).status_code == 302
    assert browser.post(address, {"version": meeting.version, "cancel_reason": "改期"}).status_code == 409
    assert prepare().title == "第四次"


def test_what_does_not_wait_any_more_is_named_and_can_only_be_left_out(alpha, waiting, meeting):
    with enter(alpha.county):
        declaration = waiting[0].project.declaration
        filings.withdraw(actor=alpha.filer.actor, filing=declaration, reason="不再建设")
    with pytest.raises(Incomplete) as refused:
        hold(alpha, meeting, [("approve", "")] * 3)
    assert [waiting[0].project.name in item.message for item in refused.value.items] == [True]
    hold(alpha, meeting, [("postpone", ""), ("approve", ""), ("approve", "")])


class TestBeforeItIsHeld:
    def test_title_and_day_are_proposed(self, alpha, waiting, meeting):
        with enter(alpha.county):
            meetings.cancel_meeting(actor=alpha.secretary.actor, meeting=meeting, reason="改期")
            following = clock.working_day_after(clock.today(), 1)
        form = client_for(alpha.secretary).get(f"/{alpha.code}/meetings/new/").context["form"]
        assert form.initial["held_on"] == following
        assert str(form.initial["held_on"].year) in form.initial["title"] and "第1次会议" in form.initial["title"]
        hold(alpha, prepare(alpha, waiting[:1]), [("postpone", "")])
        form = client_for(alpha.secretary).get(f"/{alpha.code}/meetings/new/").context["form"]
        assert "第2次会议" in form.initial["title"]

    @pytest.mark.parametrize(("days", "said"), [(-1, "不能更早"), (400, "一年以后")])
    def test_day_that_cannot_be_is_refused_at_its_field_with_the_reason(self, alpha, waiting, days, said):
        held_on = timezone.localdate() + dt.timedelta(days=days)
        sent = {"title": "第三次", "held_on": held_on.isoformat(), "steps": [step.pk for step in waiting]}
        answer = client_for(alpha.secretary).post(f"/{alpha.code}/meetings/new/", sent)
        (error,) = answer.context["errors"]
        assert (answer.status_code, error["field"]) == (422, "held_on") and said in error["text"]
        assert "第三次" in answer.content.decode()

    def test_minutes_cannot_be_of_a_day_before_a_project_arrived(self, alpha, meeting):
        past = timezone.localdate() - dt.timedelta(days=1)
        with enter(alpha.county), pytest.raises(Incomplete) as refused:
            meetings.hold_meeting(
                actor=alpha.secretary.actor,
                meeting=meeting,
                outcomes={item.pk: ("approve", "") for item in meeting.items.all()},
                number="3号",
                held_on=past,
                minutes=None,
            )
        assert "held_on" in {item.field for item in refused.value.items}

    def test_agenda_changes_until_it_is_held(self, alpha, waiting, meeting):
        one, two, three = waiting
        with enter(alpha.county):
            kept = meeting.items.get(step=one).pk
        browser, path = client_for(alpha.secretary), f"/{alpha.code}/meetings/{meeting.pk}/edit/"
        assert browser.get(path).context["chosen"] == {step.pk for step in waiting}
        sent = {
            "title": "第四次",
            "held_on": meeting.held_on.isoformat(),
            "version": meeting.version,
            "steps": [one.pk],
        }
        unnamed = {key: value for key, value in sent.items() if key != "version"}
        assert browser.post(path, unnamed).status_code == 409
        assert browser.post(path, sent).status_code == 302
        assert browser.post(path, sent).status_code == 409  # a page made before
        with enter(alpha.county):
            meeting.refresh_from_db()
            assert (meeting.title, [item.pk for item in meeting.items.all()]) == ("第四次", [kept])
            assert {step.pk for step in meetings.waiting_steps(actor=alpha.secretary.actor)} == {two.pk, three.pk}
        again = {**sent, "version": meeting.version, "steps": [one.pk, three.pk]}
        assert browser.post(path, again).status_code == 302
        with enter(alpha.county):
            meeting.refresh_from_db()
            assert [item.step_id for item in meeting.items.all()] == [one.pk, three.pk]
        hold(alpha, meeting, [("approve", ""), ("postpone", "")])
        assert browser.get(path).status_code == 404


def prepare(town, steps):
    with enter(town.county):
        return meetings.prepare_meeting(
            actor=town.secretary.actor,
            body="conference",
            title="会",
            held_on=timezone.localdate(),
            steps=steps,
        )


def asks_for_a_vote(town, step, **rule):
    with enter(town.county):
        Step.objects.filter(pk=step.pk).update(rule={**step.rule, "vote": {"articles": ["DA-20"], **rule}})


@pytest.mark.parametrize(
    ("rule", "votes", "outcome", "said"),
    [
        ({"over": 0.5}, None, "approve", "表决"),
        ({"over": 0.5}, Votes(3, 3), "approve", "不一致"),  # not more than half
        ({"over": 0.5}, Votes(4, 3), "refuse", "不一致"),
        ({"at_least": 0.6667}, Votes(2, 1), "approve", ""),
        ({"over": 0.5, "quorum": 0.6667}, Votes(3, absent=2), "approve", "法定人数"),
        ({"over": 0.5, "quorum": 0.6667}, Votes(3, absent=2), "postpone", ""),
        ({"over": 0.5, "quorum": 0.6667}, Votes(2, absent=1, excused=4), "approve", ""),  # no member of this vote
        ({"over": 0.5}, Votes(absent=3), "approve", "无人"),
    ],
)
def test_a_decision_never_stands_against_the_vote(alpha, waiting, meeting, rule, votes, outcome, said):
    asks_for_a_vote(alpha, waiting[0], **rule)
    outcomes = [(outcome, "理由"), ("postpone", ""), ("postpone", "")]
    if said:
        with pytest.raises(Incomplete) as refused:
            hold(alpha, meeting, outcomes, votes=[votes, None, None])
        assert [said in one.message for one in refused.value.items] == [True]
        assert refused.value.items[0].articles == ["DA-20"]
        return
    hold(alpha, meeting, outcomes, votes=[votes, None, None])
    with enter(alpha.county):
        item = meeting.items.order_by("pk")[0]
        assert (item.outcome, item.votes_for) == (outcome, votes.votes_for)


def test_votes_are_typed_beside_each_project_and_stand_in_the_minutes(alpha, waiting, meeting):
    with enter(alpha.county):
        items = list(meeting.items.all())
    first = items[0].pk
    address = f"/{alpha.code}/meetings/{meeting.pk}/"
    sent = {"version": 0, "number": "1号", "held_on": timezone.localdate(), "minutes": paper()}
    sent |= {f"outcome-{item.pk}": "postpone" for item in items} | {f"outcome-{first}": "approve"}
    wrong = client_for(alpha.secretary).post(address, {**sent, f"votes_for-{first}": "-1"})
    assert wrong.status_code == 422
    sent |= {"minutes": paper(), f"votes_for-{first}": "5", f"absent-{first}": "1"}
    assert client_for(alpha.secretary).post(address, sent).status_code == 302
    assert "赞成 5" in client_for(alpha.secretary).get(address).content.decode()
