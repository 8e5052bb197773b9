"""Who a person is in a county: their memberships, read once a request, and the one they act in."""

from __future__ import annotations

import json
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.http import HttpRequest

from accounts.actors import Actor
from accounts.models import Membership, User
from accounts.office_rows import office_of
from jurisdictions.models import County
from jurisdictions.scope import only_person

CHOSEN = "membership"  # session key: {county code: membership id}
# The office is not joined: it would drop the memberships of other counties, whose offices are not to be seen from here.
# By hand, because it stands in every request, and Django takes longer to put it together than PostgreSQL to answer it.
OWN_COLUMNS = [column.attname for column in Membership._meta.concrete_fields]
COUNTY_COLUMNS = [column.attname for column in County._meta.concrete_fields]
MINE = f"""
    SELECT {", ".join(f"mine.{name}" for name in OWN_COLUMNS)},
           {", ".join(f"county.{name}" for name in COUNTY_COLUMNS)},
           (SELECT to_jsonb(office) FROM accounts_office AS office WHERE office.id = mine.office_id)
      FROM accounts_membership AS mine JOIN jurisdictions_county AS county ON county.id = mine.county_id
     WHERE mine.user_id = %s AND mine.is_active AND county.is_active ORDER BY mine.county_id, mine.id
"""  # noqa: S608 names of columns


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
    with connection.cursor() as cursor:
        cursor.execute(MINE, [request.user.pk])
        rows = cursor.fetchall()
    request.memberships = memberships = []  # type: ignore[attr-defined]
    mine = []
    for *columns, here in rows:
        membership = Membership.from_db(DEFAULT_DB_ALIAS, OWN_COLUMNS, columns[: len(OWN_COLUMNS)])
        memberships.append(membership)
        if membership.county_id != county.pk:
            membership.county = County.from_db(DEFAULT_DB_ALIAS, COUNTY_COLUMNS, columns[len(OWN_COLUMNS) :])
            continue
        membership.user, membership.county = request.user, county  # type: ignore[assignment]
        office = office_of(json.loads(here) if isinstance(here, str) else here)
        membership.office, office.county = office, county
        mine.append(membership)
    if not mine:
        return None
    chosen = acting_as or _chosen(request).get(county.code)
    acting = next((membership for membership in mine if membership.pk == chosen), mine[0])
    return Actor(user=acting.user, membership=acting)


def memberships_of(user: User) -> list[Membership]:
    """A person's memberships in all counties, ended ones too, with county but not office; in any scope."""
    with only_person(user.pk):
        found = Membership.everywhere.filter(user=user).select_related("county").order_by("county_id", "pk")
        return list(found)


def choose(request: HttpRequest, membership: Membership) -> None:
    """Remember for this session the role a person acts in. The caller has checked that it is theirs."""
    request.session[CHOSEN] = {**_chosen(request), membership.county.code: membership.pk}


def _chosen(request: HttpRequest) -> dict[str, Any]:
    session = getattr(request, "session", None)
    found = session.get(CHOSEN) if session is not None else None
    return found if isinstance(found, dict) else {}
