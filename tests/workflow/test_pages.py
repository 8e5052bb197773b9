"""Deadlines and history of a project, notices, settings and the audit search."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine

from accounts.actors import SYSTEM
from accounts.models import NoticeChoice, User
from jurisdictions.scope import enter
from tests.people import Cast, Town, client_for
from tests.workflow.test_queue import counted
from tests.workflow.work import make_project, make_step, noon, open_with_item, rule, running
from workflow.clocks import deadlines, pauses
from workflow.models import AuditEntry, Deadline, Message
from workflow.notices import notify
from workflow.trail import audit

PAUSES = [{"key": "owner_revision", "text": "业主单位编修文本", "articles": ["DA-24(2)"]}]


@pytest.fixture
def project(alpha: Town):
    return make_project(alpha, state="running", standing="in_review")


def text(response) -> str:
    return response.content.decode()


def test_ledger_shows_party_article_pauses_and_every_day_counted(alpha: Town, project) -> None:
    step = make_step(alpha, project, rules=[rule(amount=5, pauses=PAUSES)])
    with time_machine.travel(noon(2026, 3, 2), tick=False), enter(alpha.county):
        open_with_item(step)
        (row,) = deadlines.happened(actor=SYSTEM, project=project, event="start_notice")
        pauses.pause(actor=SYSTEM, deadline=row, key="owner_revision", reason="补充附件", from_day=date(2026, 3, 4))
        pauses.resume(actor=SYSTEM, deadline=row, until_day=date(2026, 3, 5))
    response = client_for(alpha.drc).get(f"/{alpha.code}/projects/{project.pk}/deadlines/")
    (ledger,) = response.context["ledger"]
    assert (ledger["started"], ledger["due"], ledger["articles"]) == (
        date(2026, 3, 2),
        date(2026, 3, 11),
        ["DA-24(1)"],
    )
    (detail,) = response.context["details"]
    assert [(day.day.day, day.number) for day in detail["days"]] == [
        (3, 1),
        (4, None),
        (5, None),
        (6, 2),
        (7, None),
        (8, None),
        (9, 3),
        (10, 4),
        (11, 5),
    ]
    said = text(response)
    assert "补充附件" in said
    assert "第二十四条第（二）项" in said
    assert alpha.duty["drc"].name in said


def test_history_tells_who_did_what_when_and_why(alpha: Town, project) -> None:
    with enter(alpha.county):
        audit.entry(
            actor=alpha.reviewer.actor,
            action="step.send_back",
            project=project,
            label="1:joint_review",
            old={"state": "open"},
            new={"state": "waiting", "reason": "请补充数据目录"},
            articles=["DA-19"],
        )
        AuditEntry.objects.filter()
    response = client_for(alpha.filer).get(f"/{alpha.code}/projects/{project.pk}/history/")
    (line,) = response.context["lines"]
    assert (line.who, line.office, line.articles) == ("reviewer", alpha.duty["data_bureau"].name, ["DA-19"])
    assert "请补充数据目录" in line.note
    assert "请补充数据目录" in text(response)


def test_pages_of_a_project_are_closed_to_other_units_and_other_counties(cast: Cast) -> None:
    project = make_project(cast.alpha, state="running", standing="in_review")
    for view in ("deadlines", "history"):
        path = f"/{cast.alpha.code}/projects/{project.pk}/{view}/"
        assert client_for(cast.alpha.filer).get(path).status_code == 200
        assert client_for(cast.alpha.auditor).get(path).status_code == 200
        assert client_for(cast.alpha.other_filer).get(path).status_code == 404
        assert client_for(cast.beta.reviewer).get(path).status_code == 404
        theirs = f"/{cast.beta.code}/projects/{project.pk}/{view}/"
        assert client_for(cast.beta.reviewer).get(theirs).status_code == 404


@pytest.mark.parametrize("count", [2, 30])
def test_ledger_keeps_its_budget(alpha: Town, project, count: int) -> None:
    for number in range(count):
        running(alpha, project, due_on=date(2026, 3, 9) + timedelta(number))
    browser = client_for(alpha.reviewer)
    for view in ("deadlines", "history"):
        path = f"/{alpha.code}/projects/{project.pk}/{view}/"
        browser.get(path)
        with counted() as queries:
            browser.get(path)
        assert len(queries) <= 12, "\n".join(queries)


def tell(town: Town, key: str, **values) -> int:
    with enter(town.county):
        return notify.tell(users=[town.filer.user], kind="returned", key=key, data={"what": "joint_review"}, **values)


def test_unread_notices_stand_first_and_opening_one_marks_it_read(alpha: Town, project) -> None:
    tell(alpha, "a", project=project, path=f"/{alpha.code}/projects/{project.pk}/")
    tell(alpha, "b", project=project)
    browser = client_for(alpha.filer)
    response = browser.get(f"/{alpha.code}/notices/")
    assert [notice.key for notice, _said in response.context["unread"]] == ["b", "a"]
    assert project.name in text(response)
    first = response.context["unread"][1][0]
    opened = browser.post(f"/{alpha.code}/notices/{first.pk}/")
    assert (opened.status_code, opened["Location"]) == (303, f"/{alpha.code}/projects/{project.pk}/")
    response = browser.get(f"/{alpha.code}/notices/")
    assert [[notice.key for notice, _said in response.context[name]] for name in ("unread", "read")] == [["b"], ["a"]]


def test_all_that_was_shown_is_marked_read_and_what_came_since_is_not(alpha: Town) -> None:
    tell(alpha, "a")
    browser = client_for(alpha.filer)
    newest = browser.get(f"/{alpha.code}/notices/").context["newest"]
    tell(alpha, "b")
    browser.post(f"/{alpha.code}/notices/read/", {"newest": newest})
    with enter(alpha.county):
        assert list(Message.objects.filter(read_at=None).values_list("key", flat=True)) == ["b"]


def test_notices_of_others_are_not_found(alpha: Town) -> None:
    tell(alpha, "a")
    with enter(alpha.county):
        notice = Message.objects.get()
    assert client_for(alpha.reviewer).post(f"/{alpha.code}/notices/{notice.pk}/").status_code == 404
    assert client_for(alpha.reviewer).get(f"/{alpha.code}/notices/").context["unread"] == []


def test_person_chooses_how_to_be_told(alpha: Town) -> None:
    browser, path = client_for(alpha.filer), f"/{alpha.code}/settings/"
    assert browser.get(path).status_code == 200
    wrong = browser.post(path, {"email": "nonsense", "notice_choice": "digest"})
    assert wrong.status_code == 422
    assert "nonsense" in text(wrong)
    done = browser.post(path, {"email": "new@example.org", "notice_choice": "digest", "language": "en"})
    assert done.status_code == 303
    user = User.objects.get(pk=alpha.filer.user.pk)
    assert (user.email, user.notice_choice) == ("new@example.org", NoticeChoice.DIGEST)


def test_auditor_finds_entries_by_person_action_project_and_days(alpha: Town, project) -> None:
    with enter(alpha.county):
        for person, action, at in (
            (alpha.reviewer, "step.complete", noon(2026, 3, 2)),
            (alpha.drc, "step.refuse", noon(2026, 3, 3)),
        ):
            with time_machine.travel(at, tick=False):
                audit.entry(actor=person.actor, action=action, project=project, label="1:joint_review")
        audit.entry(actor=alpha.reviewer.actor, action="calendar.publish", label="2027")
    browser = client_for(alpha.auditor)
    expected = {
        "": [3, 2, 1],
        "?person=drc": [2],
        "?action=step.complete": [1],
        f"?project={project.number}": [2, 1],
        "?first=2026-03-03&last=2026-03-03": [2],
        "?last=2026-03-02": [1],
        "?person=nobody": [],
        "?first=x&before=y": [3, 2, 1],
        "?before=3": [2, 1],
    }
    for query, sequences in expected.items():
        lines = browser.get(f"/{alpha.code}/audit/{query}").context["table"].rows
        assert [line.sequence for line, _project in lines] == sequences, query


def test_audit_trail_is_opened_to_auditors_only(alpha: Town) -> None:
    for person in (alpha.filer, alpha.reviewer, alpha.head, alpha.admin, alpha.secretary):
        assert client_for(person).get(f"/{alpha.code}/audit/").status_code == 403


def test_deadline_rows_of_another_county_are_not_there(cast: Cast) -> None:
    running(cast.alpha, make_project(cast.alpha), due_on=date(2026, 3, 9))
    with enter(cast.beta.county):
        assert Deadline.objects.count() == 0
