"""The page of a step: what is asked, what happens next, and what a return tells the unit."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages

from approvals.models import Opinion
from approvals.services import opinions
from jurisdictions.scope import enter
from tests.approvals.work import current, declared, paper
from tests.people import Town, client_for
from tests.projects import filling
from workflow.clocks import clock
from workflow.documents import storage
from workflow.filings import services as filings
from workflow.models import Deadline, Message, Step, StepState, WorkItem
from workflow.notices.notify import sentence
from workflow.route.steps import finish

pytestmark = pytest.mark.django_db


def page(town: Town, person, step: Step):
    return client_for(person).get(f"/{town.code}/steps/{step.pk}/")


def handed_in(town: Town) -> Step:
    """The first step of a declaration that a unit has just handed in."""
    with enter(town.county):
        project = filling.hand_in(town)
        return Step.objects.select_related("project", "office").get(project=project, state=StepState.OPEN)


def send_back(town: Town, step: Step, **values):
    sent = {"version": step.version, "pick-purpose": "on", "section-purpose": "请补充数量和范围。", **values}
    return client_for(town.secretary).post(f"/{town.code}/steps/{step.pk}/return/", sent)


def test_all_choices_stand_in_the_bar_as_verbs(alpha: Town) -> None:
    response = page(alpha, alpha.secretary, handed_in(alpha))
    assert [one.label for one in response.context["choices"]] == ["通过", "退回补正", "不通过"]
    assert [one.looked_at_twice for one in response.context["choices"]] == [False, False, True]


def test_a_reason_and_a_day_reach_those_who_correct(alpha: Town) -> None:
    step, day = handed_in(alpha), clock.today() + timedelta(14)
    assert send_back(alpha, step, reason="请对照指南全面核对。", correct_by=day.isoformat()).status_code == 302
    with enter(alpha.county):
        told = sentence(Message.objects.get(user=alpha.filer.user, kind="returned_by_day"))
        filing = filings.filing_of(step)
        assert (filing.return_reason, filing.correct_by) == ("请对照指南全面核对。", day)
        (item,) = WorkItem.objects.filter(step=step, duty="correct", closed_at=None)
        assert item.due_on == day
    assert "请对照指南全面核对" in told
    assert f"{day.month}月{day.day}日" in told
    edit = client_for(alpha.filer).get(f"/{alpha.code}/filings/{filing.pk}/edit/").content.decode()
    assert "请对照指南全面核对" in edit
    queue = client_for(alpha.filer).get(f"/{alpha.code}/queue/").content.decode()
    assert day.isoformat() in queue
    with enter(alpha.county):
        content = {"purpose": {**filing.content["purpose"], "goal": "补充后的目的"}}
        filings.save(actor=alpha.filer.actor, filing=filing, content=content)
        filings.resubmit(actor=alpha.filer.actor, filing=filing)
        assert Deadline.objects.get(step=step, key="owner_revision").state == "met"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"correct_by": "2020-01-02"}, "要求重新提交的日期须晚于今天"),
        ({"section-purpose": ""}, "请写明该部分的问题"),
    ],
)
def test_a_return_that_cannot_be_answered_is_refused_and_kept(alpha: Town, values, said) -> None:
    step = handed_in(alpha)
    response = send_back(alpha, step, reason="请核对。", **values)
    assert response.status_code in (409, 422)
    text = response.content.decode()
    assert said in text
    assert "请核对。" in text
    with enter(alpha.county):
        assert Step.objects.get(pk=step.pk).state == StepState.OPEN


def test_what_was_typed_for_a_section_that_is_not_ticked_unlocks_nothing(alpha: Town) -> None:
    step = handed_in(alpha)
    send_back(alpha, step, **{"section-basics": "写了又放弃的话"})
    with enter(alpha.county):
        assert filings.filing_of(step).unlocked == ["purpose"]


def test_after_a_decision_the_page_says_where_the_project_goes_and_leads_to_the_next(alpha: Town) -> None:
    first = current(alpha, declared(alpha, until="preliminary_evaluation"))
    second = current(alpha, declared(alpha, until="preliminary_evaluation"))
    browser = client_for(alpha.secretary)
    sent = {"version": first.version, "outcome": "approve", "reason": "同意"}
    response = browser.post(f"/{alpha.code}/steps/{first.pk}/decide/", sent, follow=True)
    (said,) = [str(one) for one in get_messages(response.wsgi_request)] or [
        str(one) for one in response.context["messages"]
    ]
    with enter(alpha.county):
        following = Step.objects.get(project=first.project, state=StepState.OPEN)
    assert f"通过，转{following.name}" in said
    assert "已通知" in said
    assert response.request["PATH_INFO"] == f"/{alpha.code}/steps/{second.pk}/"
    assert "下一件，还剩 2 件" in response.content.decode()  # this one, and what the decision brought


def test_next_is_the_next_of_the_filters_the_person_came_from(alpha: Town) -> None:
    most_urgent, small, claimed = (
        current(alpha, declared(alpha, until="preliminary_evaluation", investment=amount))
        for amount in ("1900000.00", "500000.00", "500000.00")
    )
    with enter(alpha.county):
        WorkItem.objects.filter(step=claimed).update(claimed_by=alpha.head.user)
        WorkItem.objects.filter(step=most_urgent).update(due_on=clock.today())
    browser = client_for(alpha.secretary)
    listed = browser.get(f"/{alpha.code}/queue/?to=100&after=x").content.decode()
    assert f'data-href="/{alpha.code}/steps/{small.pk}/?queue=to%3D100"' in listed
    response = browser.get(f"/{alpha.code}/queue/next/?queue=to%3D100", follow=True)
    assert response.request["PATH_INFO"] == f"/{alpha.code}/steps/{small.pk}/"
    text = response.content.decode()
    assert "筛选范围内的下一件，还剩 2 件" in text
    assert '<input type="hidden" name="queue" value="to=100">' in text
    sent = {"version": small.version, "outcome": "refuse", "reason": "不符合规划", "queue": "to=100"}
    response = browser.post(f"/{alpha.code}/steps/{small.pk}/decide/", sent, follow=True)
    assert response.request["PATH_INFO"] == f"/{alpha.code}/steps/{most_urgent.pk}/"  # what a colleague claimed is left
    assert "筛选范围内的事项已办完" in response.content.decode()


def test_after_a_decision_on_many_the_page_says_how_each_ended_and_where_they_go(alpha: Town) -> None:
    through = [current(alpha, declared(alpha, until="preliminary_evaluation")) for _ in range(2)]
    done_since = current(alpha, declared(alpha, until="preliminary_evaluation"))
    browser, url = client_for(alpha.secretary), f"/{alpha.code}/queue/decide/"
    with enter(alpha.county):
        items = {item.step_id: item.pk for item in WorkItem.objects.open()}
    marked = [items[one.pk] for one in (*through, done_since)]
    versions = {f"version_{items[one.pk]}": one.version for one in (*through, done_since)}
    sent = {"marked": marked, "confirm": "1", "outcome": "approve", "reason": "同意", **versions}
    with enter(alpha.county):
        finish(actor=alpha.secretary.actor, step=done_since, outcome="approve", reason="同意")
    response = browser.post(url, sent)
    assert response.status_code == 409  # one of them is left
    (said,) = [str(one) for one in response.context["messages"]]
    with enter(alpha.county):
        following = Step.objects.select_related("office").get(project=through[0].project, state=StepState.OPEN)
    assert f"通过 2 项，转{following.name}（{following.office.name}）；已通知" in said
    (left,) = response.context["errors"]
    assert done_since.project.name in left["text"]
    assert left["url"] == f"/{alpha.code}/steps/{done_since.pk}/"


def test_objections_are_repeated_where_the_lead_approves(alpha: Town) -> None:
    step = current(alpha, declared(alpha, until="joint_review"))
    with enter(alpha.county):
        one = Opinion.objects.select_related("office", "step__project").get(step=step, office=alpha.duty["finance"])
        opinions.give_opinion(
            actor=alpha.by_duty["finance"].actor, opinion=one, conclusion="object", text="资金来源不落实"
        )
    text = page(alpha, alpha.reviewer, step).content.decode()
    assert "资金来源不落实" in text[text.index('id="act-main"') :]


def test_what_still_stands_against_it_is_said_before_somebody_decides(alpha: Town) -> None:
    step = current(alpha, declared(alpha, until="joint_review"))
    text = page(alpha, alpha.reviewer, step).content.decode()
    assert "尚在等待意见" in text[text.index('id="act-main"') :]


@pytest.mark.parametrize(("name", "kind"), [("a.pdf", "inline"), ("b.txt", "attachment")])
def test_papers_are_shown_in_place_where_no_script_can_run(alpha: Town, name: str, kind: str) -> None:
    step = current(alpha, declared(alpha, until="preliminary_evaluation"))
    content = paper(name) if name.endswith("pdf") else paper(name, "说明".encode())
    with enter(alpha.county):
        kept = storage.store(actor=alpha.secretary.actor, project=step.project, purpose="other", upload=content)
    response = client_for(alpha.secretary).get(f"/{alpha.code}/documents/{kept.pk}/?shown=1")
    assert response["Content-Disposition"].startswith(kind)
    assert response["X-Frame-Options"] == ("SAMEORIGIN" if kind == "inline" else "DENY")
    assert "default-src 'none'" in response["Content-Security-Policy"]
    saved = client_for(alpha.secretary).get(f"/{alpha.code}/documents/{kept.pk}/")
    assert saved["Content-Disposition"].startswith("attachment")
