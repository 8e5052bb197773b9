"""What stands before every page: the county of the address, and a first password that must be changed."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth import SESSION_KEY
from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils.translation import gettext as _

from accounts import shown
from accounts.actors import Actor
from accounts.memberships import acting_in, actor_of, choose
from jurisdictions.counties import county_by_code
from jurisdictions.models import County
from jurisdictions.scope import enter, is_deadlock

OPEN = frozenset(
    {
        "account_change_password",
        "account_reauthenticate",
        "account_logout",
        "set_language",
        "health",
        "metrics",
    }
)


class FirstPasswordMiddleware:
    """Sends people with an initial password to the page that changes it, until they have."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if SESSION_KEY not in request.session or not getattr(request.user, "must_change_password", False):
            return self.get_response(request)
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return self.get_response(request)
        if match.url_name in OPEN:
            return self.get_response(request)
        if match.namespaces[:1] == ["api"]:
            from accounts.api import error_data

            message = _("Please change your initial password first: sign in with a browser.")
            return JsonResponse({"error": error_data("initial_password", message)}, status=403)
        page = reverse("account_change_password")
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": page})
        if shown.is_script(request):
            said = _("Please change your initial password first. What you typed is kept.")
            return JsonResponse({"message": said, "leads_to": page}, status=401)
        return redirect(page)


def _place(actor: Actor) -> tuple[int, int]:
    """The membership one acts in and the delegation by which, 0 for oneself."""
    assert actor.membership is not None
    return actor.membership.pk, actor.delegation.pk if actor.delegation is not None else 0


class CountyMiddleware:
    """Wraps every page under `/<county>/`: membership, scope, one transaction; 404 for anybody else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return self.get_response(request)
        if "county" not in match.kwargs or match.namespace.startswith("api"):
            return self.get_response(request)
        user = request.user
        if not user.is_authenticated:
            return shown.to_sign_in(request)
        county = county_by_code(match.kwargs["county"])
        if county is None:
            return self._not_found(request)
        try:
            return self._answer(request, county, match)
        except OperationalError as error:  # at the end of the transaction, after the view
            if not is_deadlock(error):
                raise
            return self._at_once()

    def _answer(self, request: HttpRequest, county: County, match: ResolverMatch) -> HttpResponse:
        is_choosing = match.view_name == "accounts:roles"
        is_creating = getattr(match.func, "is_creating", False) and "pk" not in match.kwargs
        with enter(county, user_id=request.user.pk):
            actor = actor_of(request, county)
            if actor is None or actor.membership is None:
                return self._not_found(request)
            request.county = county  # type: ignore[attr-defined]
            page, is_chosen = shown.take(request)
            wanted = None
            if page is not None and (page.membership, page.behalf) != _place(actor) and not is_choosing:
                mine = (one for one in request.memberships if one.pk == page.membership)  # type: ignore[attr-defined]
                there = next((one for one in mine if one.county_id == county.pk), None)
                wanted = acting_in(there, page.behalf) if there is not None else None
                if wanted is None or not is_chosen:
                    request.actor = actor  # type: ignore[attr-defined]
                    return shown.other_role(request, page, wanted, actor)
                actor = wanted
            request.actor = actor  # type: ignore[attr-defined]
            if page is not None and page.is_form:
                response = shown.answer_once(request, actor.user, page, self._rendered, is_creating=is_creating)
            else:
                response = self._rendered(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
            elif wanted is not None and response.status_code < 400:
                assert wanted.membership is not None
                # Not before the answer: a form without its token changes no role.
                choose(request, wanted.membership, _place(wanted)[1])
            return response

    def _rendered(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if hasattr(response, "render") and not getattr(response, "is_rendered", True):
            response = response.render()
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
    def _not_found(request: HttpRequest) -> HttpResponse:
        return render(request, "404.html", status=404)
