"""Who a person is in a county: their memberships, read once a request, and the one they act in."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.http import HttpRequest

from accounts.actors import Actor
from accounts.models import Delegation, Membership, User
from accounts.office_rows import office_of
from accounts.shown import called, role_value
from jurisdictions.calendars.zone import today
from jurisdictions.models import County
from jurisdictions.scope import only_person
from jurisdictions.statements import statement

CHOSEN = "membership"  # session key: {county code: membership id, or [membership id, delegation id]}
# The office is not joined: it would drop the memberships of other counties, whose offices are not to be seen from here.
# By hand, because it stands in every request, and Django takes longer to put it together than PostgreSQL to answer it.
OWN_COLUMNS = [column.attname for column in Membership._meta.concrete_fields]
COUNTY_COLUMNS = [column.attname for column in County._meta.concrete_fields]
MINE = f"""
    SELECT {", ".join(f"mine.{name}" for name in OWN_COLUMNS)},
           {", ".join(f"county.{name}" for name in COUNTY_COLUMNS)},
           (SELECT to_jsonb(office) FROM accounts_office AS office WHERE office.id = mine.office_id),
           (SELECT jsonb_agg(jsonb_build_object(
                       'id', one.id, 'giver', giver.id, 'user', person.id, 'name', person.name,
                       'username', person.username, 'duties', one.duties, 'steps', one.steps,
                       'last_day', one.last_day) ORDER BY one.id)
              FROM accounts_delegation AS one
              JOIN accounts_membership AS giver ON giver.id = one.giver_id AND giver.is_active
              JOIN accounts_user AS person ON person.id = giver.user_id
             WHERE one.taker_id = mine.id AND one.ended_at IS NULL AND giver.office_id = mine.office_id
               AND %(today)s BETWEEN one.first_day AND one.last_day)
      FROM accounts_membership AS mine JOIN jurisdictions_county AS county ON county.id = mine.county_id
     WHERE mine.user_id = %(user)s AND mine.is_active AND county.is_active ORDER BY mine.county_id, mine.id
"""  # noqa: S608 names of columns
_mine = statement(MINE, "user", "today", label="accounts.memberships.mine")


def actor_of(request: HttpRequest, county: County, *, acting_as: int | None = None) -> Actor | None:
    """The person as they act in this county, or None for somebody who does not belong to it.

    One query, inside the county's scope: PostgreSQL shows a person their own memberships everywhere, and the
    office of those of this county. Sets `request.memberships` (all counties; this one's with their office).
    A person with several roles acts in `acting_as`, else the one chosen last (`choose`), else the first. The platform's
    operator acts in no county, even where a membership stands.
    """
    if request.user.is_operator:  # type: ignore[union-attr]
        request.memberships = []  # type: ignore[attr-defined]
        return None
    rows: list[Any] = _mine.ask([request.user.pk, today()])
    request.memberships = memberships = []  # type: ignore[attr-defined]
    mine = []
    for *columns, here, given in rows:
        membership = Membership.from_db(DEFAULT_DB_ALIAS, OWN_COLUMNS, columns[: len(OWN_COLUMNS)])
        memberships.append(membership)
        if membership.county_id != county.pk:
            membership.county = County.from_db(DEFAULT_DB_ALIAS, COUNTY_COLUMNS, columns[len(OWN_COLUMNS) :])
            continue
        membership.user, membership.county = request.user, county  # type: ignore[assignment]
        office = office_of(_read(here))
        membership.office, office.county = office, county
        membership.delegations = [_delegation(one, membership) for one in _read(given) or ()]
        mine.append(membership)
    if not mine:
        return None
    chosen = acting_as or _chosen(request).get(county.code)
    pk, behalf = chosen if isinstance(chosen, list) and len(chosen) == 2 else (chosen, None)
    acting = next((membership for membership in mine if membership.pk == pk), mine[0])
    return acting_in(acting, behalf) or Actor(user=acting.user, membership=acting)


def acting_in(membership: Membership, behalf: int | None) -> Actor | None:
    """Who acts in one's own membership, for oneself or by a delegation (its key); None where that is not in force."""
    delegation = next((one for one in membership.delegations if one.pk == behalf), None)
    if behalf and delegation is None:
        return None
    return Actor(user=membership.user, membership=membership, delegation=delegation)


def ways_to_act(memberships: Iterable[Membership]) -> list[tuple[Membership, int | None, str, str]]:
    """For whom a person may act in a county: membership, delegation (its key), value of a form, name."""
    found: list[tuple[Membership, int | None, str, str]] = []
    for one in memberships:
        for actor in (Actor(one.user, one), *(Actor(one.user, one, delegation=each) for each in one.delegations)):
            behalf = actor.delegation.pk if actor.delegation is not None else None
            found.append((one, behalf, role_value(one.pk, behalf), called(actor)))
    return found


def _read(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _delegation(row: dict[str, Any], taker: Membership) -> Delegation:
    """A delegation in force as the statement reads it."""
    person = User(pk=row["user"], name=row["name"], username=row["username"])
    giver = Membership(pk=row["giver"], user=person, office=taker.office, county=taker.county)
    return Delegation(
        pk=row["id"],
        county=taker.county,
        giver=giver,
        taker=taker,
        duties=row["duties"],
        steps=row["steps"],
        last_day=date.fromisoformat(row["last_day"]),
    )


def memberships_of(user: User) -> list[Membership]:
    """A person's memberships in all counties, ended ones too, with county but not office; in any scope."""
    with only_person(user.pk):
        found = Membership.everywhere.filter(user=user).select_related("county").order_by("county_id", "pk")
        return list(found)


def choose(request: HttpRequest, membership: Membership, behalf: int | None = None) -> None:
    """Remember for this session the role a person acts in, and by which delegation. The caller has checked both."""
    chosen = [membership.pk, behalf] if behalf else membership.pk
    request.session[CHOSEN] = {**_chosen(request), membership.county.code: chosen}


def _chosen(request: HttpRequest) -> dict[str, Any]:
    session = getattr(request, "session", None)
    found = session.get(CHOSEN) if session is not None else None
    return found if isinstance(found, dict) else {}
