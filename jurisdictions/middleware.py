"""The county, resolved once from the address: a stranger gets 404, a member its scope and a transaction."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve

from jurisdictions.models import County
from jurisdictions.scope import enter, is_deadlock

ResolveActor = Callable[[HttpRequest, County], object]


COUNTY_SECONDS = 30
_COUNTIES: dict[str, tuple[float, County]] = {}


def county_by_code(code: str) -> County | None:
    """The county of an address, None when none in use has it. Known for half a minute."""
    now = time.monotonic()
    known = _COUNTIES.get(code)
    if known is not None and now - known[0] < COUNTY_SECONDS:
        return known[1]
    found = County.objects.filter(code=code, is_active=True).first()
    if found is None:
        _COUNTIES.pop(code, None)
    else:
        _COUNTIES[code] = (now, found)
    return found


def forget_counties() -> None:
    """Look counties up anew, after one was changed."""
    _COUNTIES.clear()


class CountyMiddleware:
    """Wraps every page under `/<county>/`: membership, scope, one transaction; 404 for anybody else.

    Who the person is in the county is told by `settings.RESOLVE_ACTOR`: the app above knows people.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        from django.utils.module_loading import import_string

        self.resolve_actor: ResolveActor = import_string(settings.RESOLVE_ACTOR)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return self.get_response(request)
        if "county" not in match.kwargs or match.namespace.startswith("api"):
            return self.get_response(request)
        user = request.user
        if not user.is_authenticated:
            return self._sign_in(request)
        county = county_by_code(match.kwargs["county"])
        if county is None:
            return self._not_found(request)
        try:
            return self._answer(request, county)
        except OperationalError as error:  # at the end of the transaction, after the view
            if not is_deadlock(error):
                raise
            return self._at_once()

    def _answer(self, request: HttpRequest, county: County) -> HttpResponse:
        with enter(county, user_id=request.user.pk):
            actor = self.resolve_actor(request, county)
            if actor is None:
                return self._not_found(request)
            request.county, request.actor = county, actor  # type: ignore[attr-defined]
            response = self.get_response(request)
            if hasattr(response, "render") and not getattr(response, "is_rendered", True):
                response = response.render()
            if response.status_code >= 500:
                transaction.set_rollback(True)
            return response

    def process_view(self, request: HttpRequest, view: object, args: list[object], kwargs: dict[str, object]) -> None:
        if hasattr(request, "county"):
            kwargs.pop("county", None)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Two who acted at the same moment and waited for each other: one is told, and nothing of theirs is written."""
        if not hasattr(request, "county") or not is_deadlock(error):
            return None
        transaction.set_rollback(True)
        return self._at_once()

    @staticmethod
    def _at_once() -> HttpResponse:
        """What the one is told who acted together with another and must act again."""
        return HttpResponse(render_to_string("409.html"), status=409)

    @staticmethod
    def _sign_in(request: HttpRequest) -> HttpResponse:
        """To the sign-in page, and from there back to the page the person was on, not to a form's target."""
        back = request.get_full_path()
        page = request.headers.get("HX-Current-URL") or (
            "" if request.method == "GET" else request.headers.get("Referer")
        )
        if page is not None and (page or request.method != "GET"):
            parts = urlsplit(page)
            same = parts.netloc == request.get_host()
            back = f"{parts.path}?{parts.query}".rstrip("?") if same else "/"
        response = redirect_to_login(back)
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": response["Location"]})
        return response

    @staticmethod
    def _not_found(request: HttpRequest) -> HttpResponse:
        return render(request, "404.html", status=404)
