"""Absence: a colleague does the work in a person's name, both names recorded, and never around four eyes."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client

from accounts.actors import Actor
from accounts.memberships import ways_to_act
from accounts.models import Delegation, Membership
from accounts.refusals import Incomplete, NotPermitted, WrongState
from accounts.roles import Role
from approvals.guards import may_act
from jurisdictions.scope import enter
from tests.approvals.work import current, declared
from tests.people import Person, Town, client_for, join, make_user
from workflow.clocks.clock import today
from workflow.desk import queue
from workflow.models import AuditEntry, Message, Step
from workflow.people import delegations

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def give(town: Town, giver: Person, taker: Person, **more: Any) -> Delegation:
    with enter(town.county):
        assert taker.membership is not None
        return delegations.delegate(
            actor=giver.actor, taker=taker.membership, **{"first_day": today(), "last_day": today() + DAY, **more}
        )


def standing_in(taker: Person, delegation: Delegation) -> Actor:
    return Actor(user=taker.user, membership=taker.membership, delegation=delegation)


def switch(town: Town, browser: Client, taker: Person, delegation: Delegation) -> Any:
    assert taker.membership is not None
    value = f"{taker.membership.pk}~{delegation.pk}"
    return browser.post(f"/{town.code}/role/", {"membership": value})


@pytest.fixture
def wang(alpha: Town) -> Person:
    """Who is away: of the conference's office, before which a declaration comes first."""
    return _of_the_conference(alpha, "wang", "王五")


@pytest.fixture
def li(alpha: Town) -> Person:
    """Who stands in for them."""
    return _of_the_conference(alpha, "li", "李四")


def _of_the_conference(town: Town, username: str, name: str) -> Person:
    user = make_user(username, name)
    user.save()
    return join(user, town, town.secretary.office, Role.SECRETARY)


def test_the_colleague_decides_in_the_persons_name_and_both_names_stand_everywhere(
    alpha: Town, wang: Person, li: Person
) -> None:
    step = current(alpha, declared(alpha))
    delegation = give(alpha, wang, li, reason="年休假")
    browser = client_for(li)
    menu = browser.get(f"/{alpha.code}/queue/").content.decode()
    assert f"/{alpha.code}/role/" in menu
    assert "代王五" in browser.get(f"/{alpha.code}/role/").content.decode()
    switch(alpha, browser, li, delegation)
    page = browser.get(f"/{alpha.code}/steps/{step.pk}/")
    assert "代王五" in page.content.decode()
    data = {"version": step.version, "outcome": "refuse", "reason": "不符合要求。"}
    answer = browser.post(f"/{alpha.code}/steps/{step.pk}/decide/", data)
    assert answer.status_code in (302, 303), answer.content.decode()[:3000]
    with enter(alpha.county):
        ended = Step.objects.get(pk=step.pk)
        entry = AuditEntry.objects.filter(action="step.refuse").get()
    assert ended.decided_by == li.user and ended.record["on_behalf_of"] == "王五"
    assert entry.actor_name == "李四代王五" and entry.new["on_behalf_of"] == "王五"
    assert "李四代王五" in browser.get(f"/{alpha.code}/steps/{step.pk}/").content.decode()
    assert "李四代王五" in browser.get(f"/{alpha.code}/projects/{step.project_id}/history/").content.decode()


def test_both_are_told_and_the_administrator_sees_it(alpha: Town, wang: Person, li: Person) -> None:
    give(alpha, wang, li)
    with enter(alpha.county):
        told = Message.objects.filter(kind="delegation_given").values_list("user__name", flat=True)
        assert sorted(told) == ["李四", "王五"]
    page = client_for(alpha.admin).get(f"/{alpha.code}/delegations/").content.decode()
    assert "王五" in page and "李四" in page
    assert "王五" not in client_for(alpha.owner).get(f"/{alpha.code}/delegations/").content.decode()


def test_nobody_gets_around_four_eyes(alpha: Town, li: Person) -> None:
    """Neither what the colleague wrote in, nor what the absent person wrote in, is decided in their name."""
    project = declared(alpha)
    step = current(alpha, project)
    both = join(alpha.filer.user, alpha, alpha.secretary.office, Role.SECRETARY)
    as_taker = give(alpha, li, both)
    with enter(alpha.county):
        delegations.end(actor=li.actor, delegation=as_taker)
    as_giver = give(alpha, both, li)
    with enter(alpha.county):
        step = Step.objects.select_related("project", "office").get(pk=step.pk)
        for actor in (standing_in(both, as_taker), standing_in(li, as_giver)):
            with pytest.raises(NotPermitted):
                may_act(actor, step)
        may_act(li.actor, step)


@pytest.mark.parametrize(
    ("giver", "taker", "more", "field"),
    [
        ("reviewer", "reviewer", {}, "taker"),
        ("reviewer", "finance", {}, "taker"),
        ("secretary", "reviewer", {}, "taker"),
        ("reviewer", "head", {"first_day": today() - DAY}, "first_day"),
        ("reviewer", "head", {"last_day": today() - DAY}, "last_day"),
        ("reviewer", "head", {"last_day": today() + 400 * DAY}, "last_day"),
        ("reviewer", "head", {"duties": ["correct"]}, "duties"),
        ("reviewer", "head", {"steps": ["no_such_step"]}, "steps"),
    ],
)
def test_what_cannot_be_delegated_is_refused_at_its_field(
    alpha: Town, giver: str, taker: str, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(Incomplete) as refused:
        give(alpha, alpha.people[giver], alpha.people[taker], **more)
    assert field in [one["field"] for one in refused.value.listed()]
    with enter(alpha.county):
        assert not Delegation.objects.exists()


def test_no_circle_no_chain_and_nothing_twice(alpha: Town, wang: Person, li: Person) -> None:
    delegation = give(alpha, wang, li)
    with pytest.raises(Incomplete):
        give(alpha, li, wang)  # a circle
    with pytest.raises(Incomplete):
        give(alpha, wang, li)
    with enter(alpha.county), pytest.raises(NotPermitted):  # passed on
        delegations.delegate(
            actor=standing_in(li, delegation),
            taker=wang.membership,  # type: ignore[arg-type]
            first_day=today(),
            last_day=today(),
        )
    give(alpha, li, wang, first_day=today() + 2 * DAY, last_day=today() + 3 * DAY)


def test_roles_without_work_delegate_nothing(alpha: Town) -> None:
    with pytest.raises(NotPermitted):
        give(alpha, alpha.admin, alpha.second_admin)
    assert client_for(alpha.auditor).get(f"/{alpha.code}/delegations/").context["form"] is None


@pytest.mark.parametrize("limits", [{"duties": ["opinion"]}, {"steps": ["another_step"]}])
def test_only_what_was_delegated_is_seen_and_done(
    alpha: Town, wang: Person, li: Person, limits: dict[str, list[str]]
) -> None:
    step = current(alpha, declared(alpha))
    delegation = give(alpha, wang, li)
    with enter(alpha.county):
        assert queue.waiting_for(standing_in(li, delegation)).filter(step=step).exists()
        Delegation.objects.filter(pk=delegation.pk).update(**limits)
    browser = client_for(li)
    switch(alpha, browser, li, delegation)
    page = browser.get(f"/{alpha.code}/queue/")
    assert page.context["total"] == 0
    data = {"version": step.version, "outcome": "approve", "reason": "同意。"}
    assert browser.post(f"/{alpha.code}/steps/{step.pk}/decide/", data).status_code == 403


def test_it_ends_by_its_days_by_hand_and_with_either_role(alpha: Town, wang: Person, li: Person) -> None:
    delegation = give(alpha, wang, li)
    browser = client_for(li)
    switch(alpha, browser, li, delegation)
    address = f"/{alpha.code}/queue/"

    def behalf() -> Any:
        return browser.get(address).context["actor"].on_behalf_of

    assert behalf() == wang.user
    with enter(alpha.county):
        rows = Delegation.objects.filter(pk=delegation.pk)
        rows.update(first_day=today() + DAY)
    assert behalf() is None
    with enter(alpha.county):
        rows.update(first_day=today() - 2 * DAY, last_day=today() - DAY)
        delegations.tell_of_past_ones(alpha.county)
        delegations.tell_of_past_ones(alpha.county)
        assert Message.objects.filter(kind="delegation_ended").count() == 2
    assert behalf() is None
    with enter(alpha.county):
        rows.update(last_day=today() + DAY)
        Membership.objects.filter(pk=wang.membership.pk).update(is_active=False)
    assert behalf() is None
    with enter(alpha.county):
        Membership.objects.filter(pk=wang.membership.pk).update(is_active=True)
    assert behalf() == wang.user
    end = f"/{alpha.code}/delegations/{delegation.pk}/end/"
    assert client_for(alpha.filer).post(end).status_code == 403
    assert client_for(wang).post(end).status_code == 302
    assert client_for(wang).post(end).status_code == 409
    assert behalf() is None
    with enter(alpha.county), pytest.raises(WrongState):
        delegations.end(actor=alpha.admin.actor, delegation=delegation)


def test_a_page_shown_in_ones_own_name_does_not_act_for_the_other(alpha: Town, wang: Person, li: Person) -> None:
    step = current(alpha, declared(alpha))
    delegation = give(alpha, wang, li)
    browser = client_for(li)
    page = browser.get(f"/{alpha.code}/steps/{step.pk}/").content.decode()
    shown = re.findall(r'name="shown" value="([^"]+)"', page)[0]
    switch(alpha, browser, li, delegation)
    data = {"version": step.version, "outcome": "refuse", "reason": "不符合要求。", "shown": shown}
    answer = browser.post(f"/{alpha.code}/steps/{step.pk}/decide/", data)
    assert answer.status_code == 409 and "代王五" in answer.content.decode()
    answer = browser.post(f"/{alpha.code}/steps/{step.pk}/decide/", {**data, "as_shown": "yes"})
    assert answer.status_code in (302, 303)
    with enter(alpha.county):
        assert AuditEntry.objects.get(action="step.refuse").actor_name == "李四"


def test_the_form_keeps_what_was_typed_and_names_the_field(alpha: Town, wang: Person, li: Person) -> None:
    browser = client_for(wang)
    address = f"/{alpha.code}/delegations/"
    data = {"taker": li.membership.pk, "first_day": str(today() - DAY), "last_day": "x", "reason": "培训"}
    answer = browser.post(address, data)
    assert answer.status_code == 422 and "培训" in answer.content.decode()
    assert {"last_day"} <= set(answer.context["form"].errors)
    data |= {"first_day": str(today()), "last_day": str(today())}
    assert browser.post(address, data).status_code == 302


def test_ways_to_act_name_the_absent_person(alpha: Town, wang: Person, li: Person) -> None:
    delegation = give(alpha, wang, li)
    membership = li.membership
    assert membership is not None
    membership.delegations = [delegation]
    assert [name.endswith("代王五") for *_rest, name in ways_to_act([membership])] == [False, True]


def test_the_administrator_enters_it_for_who_is_away_with_a_reason_and_not_to_themselves(
    alpha: Town, wang: Person, li: Person
) -> None:
    browser, url = client_for(alpha.admin), f"/{alpha.code}/delegations/"
    assert wang.membership is not None and li.membership is not None
    page = browser.get(f"{url}?giver={wang.membership.pk}").content.decode()
    assert "王五" in page and f'value="{li.membership.pk}"' in page
    day = today().isoformat()
    sent = {"giver": wang.membership.pk, "taker": li.membership.pk, "first_day": day, "last_day": day}
    assert browser.post(url, sent).status_code == 422
    assert client_for(li).post(url, sent | {"reason": "住院"}).status_code == 422  # their own form: not to themselves
    assert browser.post(url, sent | {"reason": "住院"}).status_code in (302, 303)
    with enter(alpha.county):
        made = Delegation.objects.get()
        assert (made.giver.user.name, made.taker.user.name, made.reason) == ("王五", "李四", "住院")
        told = Message.objects.filter(kind="delegation_entered")
        assert sorted(one.user.name for one in told) == ["李四", "王五"]
        assert AuditEntry.objects.filter(action="delegation.enter", actor=alpha.admin.user).exists()
        admins = join(alpha.admin.user, alpha, wang.office, Role.SECRETARY)
        for actor, taker in ((alpha.admin.actor, admins), (alpha.reviewer.actor, li)):
            with pytest.raises((Incomplete, NotPermitted)):
                delegations.delegate(
                    actor=actor,
                    giver=wang.membership,
                    taker=taker.membership,  # type: ignore[arg-type]
                    first_day=today() + 9 * DAY,
                    last_day=today() + 9 * DAY,
                    reason="住院",
                )
        with pytest.raises(Incomplete):  # a circle
            delegations.delegate(
                actor=alpha.admin.actor,
                giver=li.membership,
                taker=wang.membership,
                first_day=today(),
                last_day=today(),
                reason="住院",
            )
