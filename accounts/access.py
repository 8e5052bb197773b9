"""What a page asks of the person: said at the view, checked here, read by the permission matrix."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from accounts.actors import Actor

View = Callable[..., HttpResponseBase]


class CountyRequest(HttpRequest):
    """A request under a county's address: `county` and `actor` are set by the middleware."""

    county: Any
    actor: Actor
    memberships: list[Any]


def needs(*permissions: str) -> Callable[[View], View]:
    """Open a county page to people whose role carries one of the permissions (none named: any member).

    Object checks (whose unit, whose step) belong to the services and querysets.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: CountyRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if permissions and not any(request.actor.may(permission) for permission in permissions):
                raise PermissionDenied(_("Your role does not open this page."))
            return view(request, *args, **kwargs)

        checked.permissions = permissions  # type: ignore[attr-defined]
        return checked

    return decorate
