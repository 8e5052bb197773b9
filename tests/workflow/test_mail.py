"""Notices and e-mail: told once, sent as each person chose, tried again, given up, collected once a day."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core import mail as outgoing
from django.core.mail.backends.locmem import EmailBackend

from accounts.models import NoticeChoice, User
from accounts.roles import Role
from jurisdictions.scope import enter
from tests.people import Cast, Town, join
from tests.workflow.work import make_project, noon
from workflow import tasks
from workflow.models import Message, Outbox
from workflow.notices import mail, notify

NOON = noon(2026, 3, 2)


class Unreachable(EmailBackend):
    """A mail server that does not answer."""

    def send_messages(self, messages):
        raise ConnectionRefusedError("no answer")


def choose(person, choice: str) -> None:
    User.objects.filter(pk=person.user.pk).update(notice_choice=choice)
    person.user.notice_choice = choice


def tell(town: Town, key: str = "k", *people, **values) -> int:
    with enter(town.county):
        return notify.tell(
            kind="returned", key=key, data={"what": "joint_review"}, users=[one.user for one in people], **values
        )


def rows(town: Town) -> list[Outbox]:
    with enter(town.county):
        return list(Outbox.objects.order_by("pk"))


def test_told_once_however_often_it_is_said(alpha: Town) -> None:
    assert [tell(alpha, "once", alpha.filer) for _ in range(3)] == [1, 0, 0]
    with enter(alpha.county):
        assert Message.objects.count() == 1
        assert Outbox.objects.count() == 1


def test_an_office_is_told_by_what_its_people_may_do(cast: Cast, alpha: Town) -> None:
    office = alpha.duty["data_bureau"]
    assert tell(alpha, "all", office=office) == 3
    assert tell(alpha, "some", office=office, permission="call.manage") == 1
    with enter(alpha.county):
        assert Message.objects.get(key="some").user == alpha.head.user


def test_people_who_left_are_not_told(cast: Cast, alpha: Town) -> None:
    left = join(alpha.drc.user, alpha, alpha.duty["data_bureau"], Role.REVIEWER)
    with enter(alpha.county):
        left.membership.is_active = False
        left.membership.save()
    User.objects.filter(pk=alpha.head.user.pk).update(is_active=False)
    assert tell(alpha, "k", office=alpha.duty["data_bureau"]) == 2


@time_machine.travel(NOON, tick=False)
def test_each_person_is_sent_what_they_chose(alpha: Town) -> None:
    choose(alpha.second_filer, NoticeChoice.DIGEST)
    choose(alpha.owner, NoticeChoice.NONE)
    tell(alpha, "k", alpha.filer, alpha.second_filer, alpha.owner, project=make_project(alpha, name="智慧校园"))
    tasks.deliver()
    tasks.deliver()
    assert [message.to for message in outgoing.outbox] == [[alpha.filer.user.email]]
    assert "智慧校园" in outgoing.outbox[0].subject
    assert "智慧校园" in outgoing.outbox[0].body
    with enter(alpha.county):
        assert Message.objects.count() == 3


@time_machine.travel(NOON, tick=False)
def test_mail_speaks_the_readers_language(alpha: Town) -> None:
    User.objects.filter(pk=alpha.filer.user.pk).update(language="en")
    tell(alpha, "k", alpha.filer, alpha.reviewer, project=make_project(alpha, name="智慧校园"))
    tasks.deliver()
    by_reader = {message.to[0]: message.body for message in outgoing.outbox}
    assert "was returned for correction" in by_reader[alpha.filer.user.email]
    assert "退回" in by_reader[alpha.reviewer.user.email]


@time_machine.travel(NOON, tick=False)
def test_mail_leads_to_the_page_where_the_house_knows_its_address(alpha: Town, settings) -> None:
    settings.SITE_URL = "https://xunzhang.example/"
    tell(alpha, "k", alpha.filer, path=f"/{alpha.code}/queue/")
    tasks.deliver()
    assert f"https://xunzhang.example/{alpha.code}/queue/" in outgoing.outbox[0].body


def test_an_unreachable_server_is_tried_again_with_growing_pauses_and_given_up(alpha: Town, settings) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Unreachable"
    with time_machine.travel(NOON, tick=False):
        tell(alpha, "k", alpha.filer)
    now, pauses = NOON, []
    for _ in range(mail.ATTEMPTS):
        assert mail.deliver(now=now) == 0
        (row,) = rows(alpha)
        pauses.append(row.send_after - now)
        assert mail.deliver(now=now) == 0
        assert rows(alpha)[0].attempts == row.attempts, "tried again before its time"
        now = max(row.send_after, now)
    assert pauses[:4] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4), timedelta(minutes=8)]
    assert (row.attempts, row.given_up_at is not None) == (mail.ATTEMPTS, True)
    assert "no answer" in row.last_error
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert mail.deliver(now=now + timedelta(days=1)) == 0


@time_machine.travel(NOON, tick=False)
def test_mail_of_every_county_is_sent(cast: Cast) -> None:
    tell(cast.alpha, "a", cast.alpha.filer)
    tell(cast.beta, "b", cast.beta.filer)
    assert mail.counties_to_send(NOON) == [cast.alpha.county.pk, cast.beta.county.pk]
    assert mail.deliver(now=NOON) == 2
    assert mail.counties_to_send(NOON) == []


def digests(town: Town) -> list[str]:
    return [row.body for row in rows(town) if row.kind == "digest"]


@pytest.fixture
def reader(alpha: Town):
    choose(alpha.filer, NoticeChoice.DIGEST)
    return alpha.filer


def test_digest_collects_what_was_said_and_comes_exactly_once_a_day(alpha: Town, reader) -> None:
    for day, keys in ((2, ("a", "b")), (3, ("c",))):
        with time_machine.travel(noon(2026, 3, day), tick=False):
            for key in keys:
                tell(alpha, key, reader, project=make_project(alpha, name=f"项目{key}"))
    with time_machine.travel(noon(2026, 3, 3), tick=False):
        assert [mail.make_digests(county=alpha.county) for _ in range(3)] == [1, 0, 0]
    (body,) = digests(alpha)
    assert ("项目a" in body, "项目b" in body, "项目c" in body) == (True, True, False)
    with time_machine.travel(noon(2026, 3, 4), tick=False):
        mail.make_digests(county=alpha.county)
    assert ["项目c" in one and "项目a" not in one for one in digests(alpha)] == [False, True]


def test_digest_of_a_day_the_worker_slept_through_is_made_up_for(alpha: Town, reader) -> None:
    for day in (2, 3, 5):
        with time_machine.travel(noon(2026, 3, day), tick=False):
            tell(alpha, f"k{day}", reader, project=make_project(alpha, name=f"项目{day}号"))
        if day == 2:
            with time_machine.travel(noon(2026, 3, 3), tick=False):
                mail.make_digests(county=alpha.county)
    with time_machine.travel(noon(2026, 3, 6), tick=False):
        mail.make_digests(county=alpha.county)
    last = digests(alpha)[-1]
    assert ("项目2号" in last, "项目3号" in last, "项目5号" in last) == (False, True, True)


def test_a_day_without_news_brings_no_digest_and_what_was_read_is_left_out(alpha: Town, reader) -> None:
    with time_machine.travel(NOON, tick=False):
        tell(alpha, "k", reader)
        with enter(alpha.county):
            Message.objects.update(read_at=NOON)
    with time_machine.travel(noon(2026, 3, 3), tick=False):
        assert mail.make_digests(county=alpha.county) == 0
