"""Who a person is in a county: their memberships, read once a request, and the one they act in."""

from __future__ import annotations

from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import F, Func, JSONField
from django.http import HttpRequest

from accounts.actors import Actor
from accounts.models import Membership, Office, User
from jurisdictions.models import County
from jurisdictions.scope import only_person

CHOSEN = "membership"  # session key: {county code: membership id}
# Not a join: it would drop the memberships of other counties, whose offices are not to be seen from here. By hand,
# because it stands in every request and Django takes longer to put it together than PostgreSQL to answer it.
OFFICE_HERE = Func(
    F("office_id"),
    template="(SELECT to_jsonb(office) FROM accounts_office AS office WHERE office.id = %(expressions)s)",
    output_field=JSONField(),
)
OFFICE_COLUMNS = [column.attname for column in Office._meta.concrete_fields]


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
    memberships = list(
        Membership.everywhere.filter(user=request.user, is_active=True, county__is_active=True)
        .annotate(here=OFFICE_HERE)
        .select_related("county")
        .order_by("county_id", "pk")
    )
    request.memberships = memberships  # type: ignore[attr-defined]
    mine = [membership for membership in memberships if membership.county_id == county.pk]
    if not mine:
        return None
    for membership in mine:
        membership.user, membership.county = request.user, county
        values = [membership.here[column] for column in OFFICE_COLUMNS]
        membership.office = Office.from_db(DEFAULT_DB_ALIAS, OFFICE_COLUMNS, values)
        membership.office.county = county
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
