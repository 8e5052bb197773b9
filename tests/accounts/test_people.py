"""Who a person is in a county."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory

from accounts.memberships import actor_of, choose
from accounts.models import Membership, Office, User
from accounts.refusals import Refusal
from accounts.roles import Role
from accounts.services import save_office
from jurisdictions.scope import enter
from tests.budgets import budget
from tests.people import Cast, Person, Town, client_for, join


def request_of(person: Person) -> Any:
    request = RequestFactory().get("/")
    request.user = User.objects.get(pk=person.user.pk)
    request.session = SessionStore()
    return request


def resolve(person: Person, town: Town, request=None):
    request = request or request_of(person)
    with enter(town.county, user_id=person.user.pk):
        return request, actor_of(request, town.county)


def test_member_acts_in_their_office_and_role(alpha: Town) -> None:
    _, actor = resolve(alpha.finance, alpha)
    assert (actor.user, actor.role, actor.office) == (alpha.finance.user, Role.FINANCE, alpha.duty["finance"])


def test_member_of_another_county_and_stranger_are_nobody_here(cast: Cast) -> None:
    assert resolve(cast.beta.filer, cast.alpha)[1] is None
    assert resolve(cast.stranger, cast.alpha)[1] is None
    assert resolve(cast.operator, cast.alpha)[1] is None


def test_person_of_two_counties_acts_in_each_and_knows_both(cast: Cast) -> None:
    request, actor = resolve(cast.both, cast.alpha)
    assert actor.role == Role.REVIEWER
    assert [m.county.code for m in request.memberships] == [cast.alpha.code, cast.beta.code]
    assert resolve(cast.both, cast.beta)[1].role == Role.FILER


def test_one_query_finds_person_office_and_counties(cast: Cast, django_assert_num_queries) -> None:
    request = request_of(cast.both)
    with enter(cast.alpha.county, user_id=cast.both.user.pk), django_assert_num_queries(1):
        actor = actor_of(request, cast.alpha.county)
        assert (actor.office.name, actor.membership.county.name, actor.name) == (
            cast.alpha.duty["data_bureau"].name,
            cast.alpha.county.name,
            "both",
        )


def test_person_with_two_roles_acts_in_the_first_until_they_choose(alpha: Town) -> None:
    second = join(alpha.reviewer.user, alpha, alpha.duty["conference"], Role.SECRETARY)
    request, actor = resolve(alpha.reviewer, alpha)
    assert actor.role == Role.REVIEWER
    assert second.membership is not None
    choose(request, second.membership)
    assert resolve(alpha.reviewer, alpha, request)[1].role == Role.SECRETARY


def test_a_choice_of_somebody_elses_membership_is_ignored(alpha: Town) -> None:
    request = request_of(alpha.filer)
    choose(request, alpha.head.membership)
    assert resolve(alpha.filer, alpha, request)[1].role == Role.FILER


def test_ended_membership_and_closed_county_let_nobody_in(cast: Cast) -> None:
    with enter(cast.alpha.county):
        Membership.objects.filter(pk=cast.alpha.filer.membership.pk).update(is_active=False)
    assert resolve(cast.alpha.filer, cast.alpha)[1] is None
    cast.beta.county.is_active = False
    cast.beta.county.save()
    assert resolve(cast.beta.filer, cast.beta)[1] is None


def test_every_page_costs_five_queries_before_its_own(alpha: Town) -> None:
    """Session, person, scope, memberships, counts: this page has none of its own."""
    browser, page = client_for(alpha.filer), f"/{alpha.code}/role/"
    browser.get(page)
    with budget(5):
        assert browser.get(page).status_code == 200


def test_menu_shows_what_the_role_may_use_and_marks_where_one_is(alpha: Town) -> None:
    def entries(person: Person, page: str) -> dict[str, bool]:
        nav = client_for(person).get(f"/{alpha.code}/{page}").context["nav"]
        return {entry["key"]: entry["active"] for entry in nav}

    assert entries(alpha.admin, "people/") == {"rules": False, "calendar": False, "manage": True}
    assert "manage" not in entries(alpha.filer, "role/") and "declarations" in entries(alpha.filer, "role/")
    assert "meetings" in entries(alpha.secretary, "role/")


def test_people_are_found_however_their_names_are_written(alpha: Town) -> None:
    with enter(alpha.county):
        alpha.filer.user.name = "阿卜杜拉·买买提"
        alpha.filer.user.save()
    client = client_for(alpha.admin)
    for typed in ("阿卜杜拉•买买提", "阿卜杜拉買買提", "买买提 阿卜", "abdlmmt"):
        page = client.get("/dean/people/", {"q": typed}).content.decode()
        assert "阿卜杜拉·买买提" in page and alpha.reviewer.user.username not in page


def test_no_two_offices_in_use_are_called_alike(alpha: Town) -> None:
    with enter(alpha.county):
        name, admin = alpha.units[0].name, alpha.admin.actor
        with pytest.raises(Refusal) as refused:
            save_office(actor=admin, office=Office(county=alpha.county), code="again", name=f"（{name}） ")
        assert refused.value.field == "name" and name in refused.value.message
        assert not Office.objects.filter(code="again").exists()
        save_office(actor=admin, office=alpha.units[0], name=f"{name} ")  # its own name
