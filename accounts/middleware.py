"""A password somebody else chose is changed before anything else."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _

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
        return redirect(page)
