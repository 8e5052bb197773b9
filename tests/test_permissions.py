"""Each role at each address: exactly what `accounts.roles` says."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.roles import PERMISSIONS, ROLE_PERMISSIONS, Role
from tests.people import Cast, Person, Town, client_for
from tests.test_isolation import knock, url_of
from tests.url_matrix import OUTSIDE, ROWS, Row, nothing
from tests.world import make_world

# A person of each role.
ROLES = {
    Role.FILER: "filer",
    Role.OWNER_UNIT: "owner",
    Role.REVIEWER: "reviewer",
    Role.OFFICE_HEAD: "head",
    Role.SECRETARY: "secretary",
    Role.FINANCE: "finance",
    Role.COUNTY_ADMIN: "admin",
    Role.AUDITOR: "auditor",
}
# Open to the role, and still not found: the notice and the job are the filer's, an empty form names no role of
# theirs, and the partner unit is one in which nobody files.
NOT_THEIRS: dict[str, set[str]] = {
    "workflow:open_notice": {Role.FILER},
    "workflow:job": {Role.FILER},
    "workflow:cancel_job": {Role.FILER},
    "workflow:job_result": {Role.FILER},
    "accounts:roles POST": set(),
    "projects:partner": set(),
}


def is_right(row: Row, method: str, person: Person, status: int) -> bool:
    """Denied: 403. Open: a page or a redirect; a form sent empty may also be refused for what it says."""
    if not row.opens(person, method):
        return status == 403
    theirs = NOT_THEIRS.get(row.name, NOT_THEIRS.get(f"{row.name} {method}"))
    if theirs is not None and person.actor.role not in theirs:
        return status == 404
    if method == "GET":
        return status in (200, 302)
    if row.kwargs is nothing:
        return status in (200, 201, 204, 302, 303, 400, 409, 422)
    # Whose record it is, the services decide.
    return status in (200, 201, 204, 302, 303, 400, 403, 404, 409, 422)


@pytest.mark.parametrize("role", Role.values)
def test_role_opens_exactly_what_the_table_says(alpha: Town, role: str) -> None:
    world, person = make_world(alpha), alpha.people[ROLES[Role(role)]]
    assert person.actor.role == role
    client, wrong = client_for(person), {}
    for row in ROWS:
        for method in row.methods.split():
            status = knock(client, method, url_of(row, alpha.code, world)).status_code
            if not is_right(row, method, person, status):
                wrong[f"{method} {row.name}"] = status
    assert wrong == {}


def test_addresses_that_only_take_forms_show_no_page(alpha: Town) -> None:
    world, wrong = make_world(alpha), {}
    for row in ROWS:
        if "GET" in row.methods.split():
            continue
        person = next(
            alpha.people[name] for name in ROLES.values() if row.opens(alpha.people[name], row.methods.split()[0])
        )
        status = knock(client_for(person), "GET", url_of(row, alpha.code, world)).status_code
        if status not in (302, 405):
            wrong[row.name] = status
    assert wrong == {}


def test_every_permission_is_known_and_held_by_somebody() -> None:
    held = set().union(*ROLE_PERMISSIONS.values())
    asked = {name for row in ROWS for method in row.methods.split() for name in row.needed(method)}
    assert held == set(PERMISSIONS) and asked <= held
    assert set(ROLE_PERMISSIONS) == set(Role.values)


def test_administration_is_kept_apart_from_decisions_and_from_audit() -> None:
    admin, auditor = ROLE_PERMISSIONS[Role.COUNTY_ADMIN], ROLE_PERMISSIONS[Role.AUDITOR]
    writing = {name for name in PERMISSIONS if not name.endswith((".view", ".view_own"))}
    assert not auditor & writing
    assert not admin & {"project.view", "audit.view", "step.decide", "opinion.give", "declaration.file"}


def test_operator_and_stranger_find_no_county(cast: Cast) -> None:
    world = make_world(cast.alpha)
    for person in (cast.operator, cast.stranger):
        client = client_for(person)
        assert {
            knock(client, row.methods.split()[0], url_of(row, cast.alpha.code, world)).status_code for row in ROWS
        } == {404}


@pytest.mark.parametrize("name", [name for name, who in OUTSIDE.items() if who == "operator"])
def test_only_the_operator_finds_the_platform(cast: Cast, name: str) -> None:
    kwargs = {"pk": cast.alpha.county.pk} if name in ("accounts:platform_county", "accounts:platform_admin") else {}
    url = reverse(name, kwargs=kwargs)
    assert knock(client_for(cast.operator), "GET", url).status_code == 200
    for person in (cast.alpha.admin, cast.alpha.auditor, cast.alpha.head, cast.stranger):
        assert knock(client_for(person), "GET", url).status_code == 404
