"""Queries written out once: the same rows as Django's own, for other values, in the county in force."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django_scopes.exceptions import ScopeError

from accounts.models import Membership, Office, User
from jurisdictions.lookups import give, lookup, lookup_sharing
from jurisdictions.scope import enter
from jurisdictions.statements import ask, statement
from tests.people import Town


@lookup
def members(office: int, role: str) -> QuerySet[Membership]:
    return Membership.objects.filter(office=office, role=role).select_related("user", "office").order_by("pk")


@lookup
def names(since: dt.date) -> QuerySet[Any, str]:
    return Office.objects.filter(memberships__since__gte=since).order_by("pk").values_list("name", flat=True).distinct()


@pytest.mark.django_db
def test_rows_are_those_of_djangos_own_query_in_the_county_in_force(alpha: Town, beta: Town) -> None:
    for town in (alpha, beta, alpha):
        member = town.filer
        with enter(town.county):
            assert member.membership is not None
            found = members(member.membership.office_id, "filer")[0]
            assert (found.pk, found.user.username) == (member.membership.pk, member.membership.user.username)
            assert found.office == member.membership.office and found._state.db == "default"
            assert names(dt.date(2000, 1, 1)) == list(
                Office.objects.filter(memberships__isnull=False)
                .order_by("pk")
                .values_list("name", flat=True)
                .distinct()
            )
            assert names(dt.date(2100, 1, 1)) == []
            assert members(0, "filer") == [] and members.first(member.membership.office_id, "auditor") is None
    with enter(beta.county):
        assert alpha.filer.membership is not None
        assert members(alpha.filer.membership.office_id, "filer") == []
    with pytest.raises(ScopeError):
        members(1, "filer")


@pytest.mark.django_db
@pytest.mark.parametrize("prepares", [True, False])
def test_a_statement_is_planned_once_a_connection_with_what_always_stands_in_it(
    alpha: Town, settings: Any, prepares: bool
) -> None:
    settings.DATABASE_PREPARES = prepares
    one = statement(
        "SELECT name, %(said)s FROM accounts_office WHERE county_id = %(county)s AND (%(county)s > 0)"
        " AND name LIKE '%%' ORDER BY id LIMIT %(cap)s",
        "county",
        label="a.very.long.name.of.a.module.that.says.where.the.statement.stands.in.the.program",
        fixed={"cap": 1, "said": "it's"},
    )
    with enter(alpha.county), CaptureQueriesContext(connection) as asked:
        for _time in range(3):
            ((name, said),) = one.ask([alpha.county.pk])
            assert (bool(name), said) == (True, "it's")
        assert one.ask([0]) == []
    sent = [query["sql"] for query in asked if "EXECUTE" in query["sql"] or "accounts_office" in query["sql"]]
    assert len([sql for sql in sent if sql.startswith("PREPARE")]) == prepares
    assert len(sent) == 4 + prepares


@pytest.mark.django_db
def test_what_is_asked_in_the_same_words_often_is_prepared(alpha: Town, beta: Town) -> None:
    sql = "SELECT county_id, %(said)s FROM accounts_office WHERE county_id = %(county)s AND name LIKE '%%' LIMIT 1"

    def asked(town: Town, said: str) -> str:
        with enter(town.county), CaptureQueriesContext(connection) as captured:
            ((county, found),) = ask(sql, {"said": said, "county": town.county.pk}, varying=["county"], label="often")
        assert (county, found) == (town.county.pk, said)
        return captured[-2]["sql"] if "set_config" in captured[-1]["sql"] else captured[-1]["sql"]

    sent = [asked(town, "one") for town in (alpha, beta, alpha, beta)]
    assert [one.startswith("EXECUTE") for one in sent] == [False, False, True, True]
    assert not asked(alpha, "another").startswith("EXECUTE")


@pytest.mark.django_db
def test_what_cannot_be_asked_twice_is_refused_the_first_time(alpha: Town) -> None:
    queries: dict[str, Any] = {
        "A day": lambda pk: Membership.objects.filter(pk=pk, since__lt=dt.date(2026, 1, 1)),
        "Not every value": lambda pk: Membership.objects.filter(role="filer"),
        "one table": lambda pk: Office.objects.filter(pk=pk).prefetch_related("linked"),
        "records": lambda pk: Office.objects.filter(pk=pk).values("name"),
    }
    with enter(alpha.county):
        for said, build in queries.items():
            with pytest.raises(TypeError, match=said):
                lookup(build)(1)
        with pytest.raises(TypeError, match="bool"):
            lookup(queries["one table"])(True)


@pytest.mark.django_db
def test_people_and_sessions_are_found_by_a_lookup(alpha: Town) -> None:
    user = alpha.filer.user
    assert user is not None and User.objects.get(pk=user.pk) == user
    assert User.objects.get(username=user.username) == user
    with pytest.raises(User.DoesNotExist):
        User.objects.get(pk=0)


def test_rows_are_given_to_what_they_hang_on() -> None:
    offices = [Office(pk=1), Office(pk=2)]
    linked = Office(pk=3, parent_id=1)
    give(offices, "linked", [linked], by="parent_id")
    assert [list(one.linked.all()) for one in offices] == [[linked], []]
    with pytest.raises(AttributeError):
        offices[0].linked.filter(pk=3)


@lookup_sharing("office")
def colleagues(office: int) -> QuerySet[Membership]:
    return Membership.objects.filter(office=office).select_related("office", "user").select_for_update(of=("self",))


@pytest.mark.django_db
def test_what_all_rows_hang_on_is_read_once(alpha: Town) -> None:
    with enter(alpha.county):
        assert alpha.filer.membership is not None
        rows = colleagues(alpha.filer.membership.office_id)
        assert len({id(one.office) for one in rows}) == 1 and rows[0].office == alpha.filer.membership.office
        assert len({one.user.pk for one in rows}) == len(rows) > 1
        again = colleagues(alpha.filer.membership.office_id)
    assert again[0].office is not rows[0].office
