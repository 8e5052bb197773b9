"""One-click sign-in of the demonstration. Outside development it does not exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.models import Membership, User
from accounts.roles import Role
from jurisdictions.models import County
from jurisdictions.scope import enter


@dataclass(frozen=True)
class DemoCounty:
    """A county with the demo people one may sign in as."""

    county: County
    memberships: list[Membership]

    @property
    def roles(self) -> list[tuple[str, list[Membership]]]:
        """The people by role, in the order in which a project meets them."""
        found = ((role.label, [one for one in self.memberships if one.role == role]) for role in Role)
        return [(str(label), people) for label, people in found if people]


def is_open() -> bool:
    """Whether one may sign in by a click: in development, while demo people exist."""
    return not settings.PRODUCTION and User.objects.filter(is_demo=True, is_active=True).exists()


def counties() -> list[DemoCounty]:
    """The demo people of each county, by office and role; none where the demonstration is closed."""
    if not is_open():
        return []
    found = []
    for county in County.objects.filter(is_active=True):
        with enter(county):
            people = Membership.objects.filter(user__is_demo=True, user__is_active=True, is_active=True)
            memberships = list(people.select_related("user", "office", "county").order_by("pk"))
        if memberships:
            found.append(DemoCounty(county, memberships))
    return found


def operators() -> list[User]:
    """Demo people without a county."""
    if not is_open():
        return []
    return list(User.objects.filter(is_demo=True, is_active=True, is_operator=True).order_by("pk"))


def offer(request: HttpRequest) -> dict[str, Any]:
    """The context of the sign-in page: what the demonstration adds to it, for somebody who is not signed in."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return {}
    return {"sign_in_parts": ["demo/sign_in.html"], "demo_counties": counties, "demo_operators": operators}
