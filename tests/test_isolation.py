"""A member of one county finds nothing of another, at any address."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests.people import Cast, Person, client_for
from tests.url_matrix import OUTSIDE, ROWS, SIGN_IN, Row, addresses
from tests.world import World, make_world


def knock(client: Client, method: str, url: str) -> Any:
    """Ask and take back whatever it did; programs speak JSON, but for papers."""
    client.raise_request_exception = False
    speaks_json = url.startswith("/api/") and method in ("POST", "PATCH") and not url.endswith("/papers/")
    sent = {"data": {}, "content_type": "application/json"} if speaks_json else {}
    with transaction.atomic():
        response = getattr(client, method.lower())(url, **sent)
        transaction.set_rollback(True)
    return response


def plain(permissions: Any) -> Any:
    """Permissions without their order."""
    if isinstance(permissions, dict):
        return {method: set(names) for method, names in permissions.items()}
    return set(permissions)


def url_of(row: Row, code: str, world: World) -> str:
    return reverse(row.name, kwargs={"county": code, **row.kwargs(world)})


@pytest.fixture
def worlds(cast: Cast) -> tuple[World, World]:
    return make_world(cast.alpha), make_world(cast.beta)


def test_every_address_stands_in_the_table_once() -> None:
    """Fails for a new address: add its row to tests/url_matrix.py."""
    known = [row.name for row in ROWS]
    assert len(known) == len(set(known))
    found = {address.name: address for address in addresses()}
    counties = {name for name, address in found.items() if address.has_county}
    assert counties - set(known) == set(), "addresses without a row in tests/url_matrix.py"
    assert set(known) - counties == set(), "rows without an address"
    others = {name for name, address in found.items() if not address.route.startswith(SIGN_IN)} - counties
    assert others == set(OUTSIDE), "addresses outside any county: tests/url_matrix.py, OUTSIDE"


def test_every_address_says_who_may_open_it_and_the_table_agrees() -> None:
    asked = {address.name: address.permissions for address in addresses() if address.has_county}
    table = {row.name: row.permissions for row in ROWS}
    assert {n: plain(p) for n, p in asked.items()} == {n: plain(p) for n, p in table.items()}


@pytest.mark.parametrize("name", ["admin", "head", "filer", "auditor", "secretary"])
def test_member_of_another_county_finds_no_address(worlds: tuple[World, World], name: str) -> None:
    alpha, beta = worlds
    client = client_for(beta.town.people[name])
    found = {
        f"{method} {row.name}": status
        for row in ROWS
        for method in row.methods.split()
        if (status := knock(client, method, url_of(row, alpha.town.code, alpha)).status_code) != 404
    }
    assert found == {}


@pytest.mark.parametrize("name", ["admin", "head", "filer", "auditor", "secretary", "finance"])
def test_records_of_another_county_are_not_found_at_ones_own_address(worlds: tuple[World, World], name: str) -> None:
    """404 where the role opens the page; 403 where it would not in one's own county either."""
    alpha, beta = worlds
    person: Person = alpha.town.people[name]
    client, found = client_for(person), {}
    for row in ROWS:
        if not row.kwargs(beta):
            continue
        for method in row.methods.split():
            opens = row.opens(person, method)
            status = knock(client, method, url_of(row, alpha.town.code, beta)).status_code
            if status != (404 if opens else 403):
                found[f"{method} {row.name}"] = status
    assert found == {}


def test_person_of_both_counties_finds_each_record_in_its_own_county_only(
    cast: Cast, worlds: tuple[World, World]
) -> None:
    alpha, beta = worlds
    client = client_for(cast.both)
    here = knock(client, "GET", f"/{alpha.town.code}/projects/{alpha.project.pk}/")
    there = knock(client, "GET", f"/{alpha.town.code}/projects/{beta.project.pk}/")
    assert (here.status_code, there.status_code) == (200, 404)


def test_other_units_records_are_not_found_by_a_filer(worlds: tuple[World, World]) -> None:
    alpha, _beta = worlds
    client, found = client_for(alpha.town.other_filer), {}
    for row in ROWS:
        if not row.own:
            continue
        for method in row.methods.split():
            if not row.opens(alpha.town.other_filer, method):
                continue
            status = knock(client, method, url_of(row, alpha.town.code, alpha)).status_code
            if status != 404:
                found[f"{method} {row.name}"] = status
    assert found == {}


def test_nobody_signed_in_is_sent_to_sign_in(worlds: tuple[World, World]) -> None:
    alpha, _beta = worlds
    client, found = Client(), {}
    for row in ROWS:
        for method in row.methods.split():
            response = knock(client, method, url_of(row, alpha.town.code, alpha))
            if row.name.startswith("api:"):
                is_right = response.status_code == 401
            else:
                is_right = response.status_code == 302 and response["Location"].startswith("/accounts/login/")
            if not is_right:
                found[f"{method} {row.name}"] = response.status_code
    assert found == {}


def test_unknown_county_is_not_found(cast: Cast, worlds: tuple[World, World]) -> None:
    client = client_for(cast.alpha.head)
    assert {knock(client, row.methods.split()[0], url_of(row, "nowhere", worlds[0])).status_code for row in ROWS} == {
        404
    }
