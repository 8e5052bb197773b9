"""The fixed cast: two counties with their offices and one person for each role. Every test may rely on them.

`alpha` follows Dean's rules, `beta` Lingchuan's; both come from the rule files,
so offices carry the counties' own names.
Fixtures (in tests/conftest.py): `cast`, `alpha`, `beta`, `client_for`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from django.test import Client

from accounts.actors import Actor
from accounts.models import Membership, Office, User
from accounts.roles import Role
from jurisdictions.models import County, RuleVersion
from jurisdictions.rules.loader import LoadResult, load_path
from jurisdictions.scope import enter
from jurisdictions.versions import store

RULES = Path(__file__).resolve().parent.parent / "fixtures" / "rules"
PASSWORD = secrets.token_urlsafe(12)  # of everybody in the cast
# Bodies that have no office of the county.
OUTSIDE = frozenset({"owner", "city", "province", "sector", "experts"})
ROLE_OF_DUTY = {"finance": Role.FINANCE, "conference": Role.SECRETARY, "government": Role.SECRETARY}


@cache
def rules_of(code: str) -> LoadResult:
    """A county's rule file, read once a session."""
    return load_path(RULES / f"{code}.yaml")


@cache
def _password_hash() -> str:
    return make_password(PASSWORD)


def scope_answers(code: str, **other: str) -> dict[str, str]:
    """The answers to the questions on the scope that keep a project inside, but for `other`."""
    rules = rules_of(code).rules
    assert rules is not None
    questions = rules.scope.questions
    inside = {one.key: "yes" if one.inside else "no" for one in questions} | {"classified": "no"}
    return {f"scope-{key}": answer for key, answer in (inside | other).items()}


@dataclass(frozen=True)
class Person:
    """A user in one membership."""

    user: User
    membership: Membership | None = None

    @property
    def actor(self) -> Actor:
        return Actor(user=self.user, membership=self.membership)

    @property
    def office(self) -> Office:
        assert self.membership is not None
        return self.membership.office


@dataclass
class Town:
    """A county of the cast. `duty`: offices by duty key; `units`: the two that file; `by_duty`: reviewers."""

    county: County
    rules: RuleVersion
    duty: dict[str, Office] = field(default_factory=dict)
    units: list[Office] = field(default_factory=list)
    administration: Office = field(init=False)
    people: dict[str, Person] = field(default_factory=dict)
    by_duty: dict[str, Person] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        """Find a person by name.

        filer, second_filer (same unit), other_filer (other unit), owner, reviewer, head, finance, drc, secrecy …,
        secretary, admin, second_admin, auditor.
        """
        people = self.__dict__.get("people", {})
        if name in people:
            return people[name]
        raise AttributeError(name)

    @property
    def code(self) -> str:
        return self.county.code


@dataclass
class Cast:
    """Both counties, and those who stand between them."""

    alpha: Town
    beta: Town
    both: Person  # reviewer of alpha's data bureau; filer of beta's first unit is `both_in_beta`
    both_in_beta: Person
    operator: Person
    stranger: Person  # a user without any membership


def make_user(username: str, name: str, **values: Any) -> User:
    """An account not yet saved; everybody's password is `PASSWORD`."""
    return User(username=username, name=name, email=f"{username}@example.org", password=_password_hash(), **values)


def make_county(code: str) -> tuple[County, RuleVersion]:
    """The county of a rule file, with that file stored as its rule version."""
    store(rules_of(code))
    county = County.objects.get(code=code)
    return county, RuleVersion.objects.get(county=county)


def make_town(code: str) -> Town:
    """A county with an office for each duty its rules name, two units that file and people of each role."""
    county, version = make_county(code)
    town = Town(county=county, rules=version)
    with enter(county):
        offices = [
            Office(county=county, code=key.replace("_", "-"), name=entry["name"], authorities=[key])
            for key, entry in rules_of(code).content["authorities"].items()
            if key not in OUTSIDE
        ]
        town.administration = Office(county=county, code="administration", name="县数字化项目管理")
        town.units = [
            Office(county=county, code="education", name="县教育局"),
            Office(county=county, code="health", name="县卫生健康委"),
        ]
        Office.objects.bulk_create([*offices, town.administration, *town.units])
        town.duty = {office.authorities[0]: office for office in offices}
        roles: list[tuple[str, Office, Role]] = [
            ("filer", town.units[0], Role.FILER),
            ("second_filer", town.units[0], Role.FILER),
            ("other_filer", town.units[1], Role.FILER),
            ("owner", town.units[0], Role.OWNER_UNIT),
            ("reviewer", town.duty["data_bureau"], Role.REVIEWER),
            ("head", town.duty["data_bureau"], Role.OFFICE_HEAD),
            ("admin", town.administration, Role.COUNTY_ADMIN),
            ("second_admin", town.administration, Role.COUNTY_ADMIN),
            ("auditor", town.duty.get("audit", town.administration), Role.AUDITOR),
        ]
        if "conference" not in town.duty:
            roles.append(("secretary", town.duty["data_bureau"], Role.SECRETARY))
        roles += [
            ("secretary" if key == "conference" else key, office, ROLE_OF_DUTY.get(key, Role.REVIEWER))
            for key, office in town.duty.items()
            if key != "data_bureau"
        ]
        users = User.objects.bulk_create([make_user(f"{code}-{name}", name) for name, _, _ in roles])
        memberships = Membership.objects.bulk_create(
            Membership(county=county, user=user, office=office, role=role)
            for user, (_, office, role) in zip(users, roles, strict=True)
        )
    for (name, office, _role), user, membership in zip(roles, users, memberships, strict=True):
        town.people[name] = Person(user=user, membership=membership)
        if office.authorities and name not in ("head", "auditor"):
            town.by_duty.setdefault(office.authorities[0], town.people[name])
    return town


def join(user: User, town: Town, office: Office, role: Role) -> Person:
    """Give a user a membership."""
    with enter(town.county):
        membership = Membership.objects.create(county=town.county, user=user, office=office, role=role)
    return Person(user=user, membership=membership)


def make_cast(alpha: Town, beta: Town) -> Cast:
    """Both counties and those between them."""
    both, operator, stranger = User.objects.bulk_create(
        [
            make_user("both", "both"),
            make_user("operator", "operator", is_operator=True),
            make_user("stranger", "stranger"),
        ]
    )
    return Cast(
        alpha=alpha,
        beta=beta,
        both=join(both, alpha, alpha.duty["data_bureau"], Role.REVIEWER),
        both_in_beta=join(both, beta, beta.units[0], Role.FILER),
        operator=Person(operator),
        stranger=Person(stranger),
    )


def client_for(person: Person | User) -> Client:
    """A browser of the test client, signed in as the person."""
    user = person if isinstance(person, User) else person.user
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
