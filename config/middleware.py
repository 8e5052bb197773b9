"""Request handling that belongs to no app."""

import time
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import Resolver404, resolve

from config.views import nothing_here

TOUCHED = "_touched"
NUL = "\0"


class SlidingSessionMiddleware:
    """Let a session end after `SESSION_COOKIE_AGE` seconds without a request.

    A session is written anew at most every `SESSION_TOUCH_SECONDS`, so that a page costs no write of its own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.session.accessed and not request.session.is_empty():
            now = int(time.time())
            if now - int(request.session.get(TOUCHED, 0)) >= settings.SESSION_TOUCH_SECONDS:
                request.session[TOUCHED] = now
        return response


class NoNullsMiddleware:
    """Leave NUL characters out of addresses and forms: nobody types them, and the database keeps none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.GET = without_nulls(request.GET)  # type: ignore[assignment]
        if request.method == "POST" and not request.path_info.startswith("/api/"):
            # Programs send JSON, which is read and checked later.
            try:
                request.POST = without_nulls(request.POST)  # type: ignore[assignment]
            except RequestDataTooBig:
                return render(request, "413.html", status=413)
        return self.get_response(request)


class NothingHereMiddleware:
    """Say in the frame of the person's county that an address leads nowhere, in development too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/api/"):
            try:
                resolve(request.path_info)
            except Resolver404:
                return nothing_here(request)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page for what a view did not find: Django's own of development shows addresses, not the frame."""
        if isinstance(error, Http404) and not request.path_info.startswith("/api/"):
            return render(request, "404.html", status=404)
        return None


def without_nulls(given: QueryDict) -> QueryDict:
    """The same values in which no NUL stands; the very same object where there was none."""
    if not any(NUL in name or any(NUL in value for value in values) for name, values in given.lists()):
        return given
    kept = QueryDict(mutable=True)
    for name, values in given.lists():
        kept.setlist(name.replace(NUL, ""), [value.replace(NUL, "") for value in values])
    kept._mutable = False
    return kept
