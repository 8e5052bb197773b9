"""Offices and people: an office for every duty the rules name, units that file, one person for each role."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.hashers import make_password

from accounts.actors import SYSTEM, Actor
from accounts.models import Membership, NoticeChoice, Office, User
from accounts.roles import Role, permissions_of
from accounts.services import add_membership, save_office
from demo import texts
from jurisdictions.models import County
from jurisdictions.rules.ruleset import Ruleset
from projects.models import Project
from workflow.route.offices import DECLARING, OUTSIDE

DUTY_ROLE = {"finance": Role.FINANCE, "conference": Role.SECRETARY, "government": Role.SECRETARY}


@dataclass
class Staff:
    """Who there is in a county: units by the keys of the fixture, duties by authority, people by office."""

    county: County
    units: dict[str, Office] = field(default_factory=dict)
    duties: dict[str, Office] = field(default_factory=dict)
    members: dict[int, list[Membership]] = field(default_factory=dict)

    def actor(self, office: Office, permission: str) -> Actor:
        """The first person of an office whose role carries a permission."""
        for membership in self.members[office.pk]:
            if permission in permissions_of(membership.role):
                return Actor(user=membership.user, membership=membership)
        raise LookupError(f"nobody of {office} may {permission}")

    def other(self, office: Office, permission: str, project: Project) -> Actor:
        """As `actor`, but nobody who filed the project: nobody decides what they filed."""
        for membership in self.members[office.pk]:
            if membership.user_id != project.filed_by_id and permission in permissions_of(membership.role):
                return Actor(user=membership.user, membership=membership)
        raise LookupError(f"nobody else of {office} may {permission}")

    @property
    def head(self) -> Actor:
        """The head of the data bureau, who opens the calls."""
        return self.actor(self.duties["data_bureau"], "call.manage")


class Names:
    """Believable names, each given once."""

    def __init__(self) -> None:
        given = texts.read("people")["names"]
        self._family, self._first = given["family"], given["first"]
        self._numbers = itertools.count()

    def next(self) -> str:
        """The next name. The lists' lengths share no factor, so that no name comes twice until all have come."""
        number = next(self._numbers)
        return f"{self._family[number % len(self._family)]}{self._first[number % len(self._first)]}"


def exist() -> bool:
    """Whether there is a demonstration already."""
    return User.objects.filter(is_demo=True).exists()


def add_user(username: str, name: str, **values: Any) -> User:
    """A person without a usable password: the demonstration's own page signs in."""
    return User.objects.create(
        username=username,
        name=name,
        is_demo=True,
        password=make_password(None),
        notice_choice=NoticeChoice.NONE,
        **values,
    )


def settle(county: County, rules: Ruleset, names: Names) -> Staff:
    """Make a county's offices and people (in its scope). Each office and membership stands in the audit trail."""
    said = texts.read("people")["counties"][county.code]
    words = texts.read("people")["roles"]
    staff = Staff(county)
    for key, authority in rules.rules.authorities.items():
        if key not in DECLARING | OUTSIDE:
            staff.duties[key] = _office(county, code=key.replace("_", "-"), name=authority.name, authorities=[key])
    for key, unit in said["units"].items():
        staff.units[key] = _office(
            county, code=key, name=unit["name"], owner_kind=unit["kind"], parent=staff.units.get(unit.get("parent", ""))
        )
    administration = _office(county, code="administration", name=said["administration"])

    def join(office: Office, role: Role, short: str, username: str = "") -> None:
        person = f"{short}{words[role.value]} {names.next()}"
        user = add_user(f"{county.code}-{username or f'{office.code}-{role.value}'.replace('_', '-')}", person)
        add_member(staff, user, office, role)

    for index, (key, unit) in enumerate(said["units"].items()):
        office = staff.units[key]
        join(office, Role.FILER, unit["short"], "" if index else "filer")
        if not unit.get("parent"):
            join(office, Role.OWNER_UNIT, unit["short"], "" if index else "owner")
    for key, office in staff.duties.items():
        short = said["offices"].get(key, office.name)
        role = DUTY_ROLE.get(key, Role.REVIEWER)
        join(
            office, role, short, {"data_bureau": "reviewer", "conference": "secretary"}.get(key, key.replace("_", "-"))
        )
        if key == "data_bureau":
            join(office, Role.OFFICE_HEAD, short, "head")
            if "conference" not in staff.duties:
                join(office, Role.SECRETARY, short, "secretary")
    join(administration, Role.COUNTY_ADMIN, "", "admin")
    join(staff.duties.get("audit", administration), Role.AUDITOR, "", "auditor")
    return staff


def add_member(staff: Staff, user: User, office: Office, role: Role) -> Membership:
    """Let a person act for an office (in the county's scope)."""
    membership = add_membership(actor=SYSTEM, person=user, office=office, role=role)
    staff.members.setdefault(office.pk, []).append(membership)
    return membership


def _office(county: County, **values: Any) -> Office:
    return save_office(actor=SYSTEM, office=Office(county=county), **values)


def make_operator() -> User:
    """The platform's operator: no county's content."""
    return add_user("operator", texts.read("people")["operator"], is_operator=True)


__all__ = ["Names", "Staff", "add_member", "add_user", "exist", "make_operator", "settle"]
