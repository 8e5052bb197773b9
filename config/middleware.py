"""Request handling that belongs to no app."""

import re
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django_structlog.middlewares import RequestMiddleware
from rest_framework.throttling import BaseThrottle
from structlog.contextvars import bind_contextvars

from config.requests import is_charset
from config.views import bad_request, nothing_here

TOUCHED = "_touched"
NUL = "\0"
# A value in an encoding of its own (RFC 2231): in the header of what is accepted nobody writes one.
SECRET = re.compile(r"(?<=/expert/)[^/?]+")
ENCODED = re.compile(r"\*\s*=")


class CompressionMiddleware(GZipMiddleware):
    """Send pages and lists compressed; what shows a secret goes out as it is.

    The length of a compressed page tells who listens whether what an address put into it stands in it twice. Nobody may
    guess a password or a key like that: to who is signed in, what must not be stored and the pages of the account go
    out as they are. The token of forms is masked anew in each page.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Leave secrets alone, and the ETag of static files as it is: WhiteNoise compares it letter by letter."""
        is_secret = "no-store" in response.get("Cache-Control", "") or request.path_info.startswith("/accounts/")
        if is_secret and settings.SESSION_COOKIE_NAME in request.COOKIES:
            return response
        etag = response.get("ETag") if response.streaming else None
        response = super().process_response(request, response)
        if etag:
            response["ETag"] = etag
        return response


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


class ReadableMiddleware:
    """Refuse headers that name an encoding in which nothing can be read, before any of the request is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        charset = (request.content_params or {}).get("charset")
        if charset is not None and not is_charset(charset):
            said = _("The charset named in Content-Type is not known here. Please send the text as UTF-8.")
            return bad_request(request, reason=said, field="Content-Type")
        if ENCODED.search(request.headers.get("Accept", "")):
            said = _("The header Accept cannot be read. Please send it plain, as application/json.")
            return bad_request(request, reason=said, field="Accept")
        return self.get_response(request)


class LoggingMiddleware(RequestMiddleware):
    """A line of the log for each request, with the address that attempts are counted by."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """The address without what opens a review to who knows it."""
        return f"{request.method} {SECRET.sub('…', request.get_full_path())}"

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        """Not what whoever asks wrote in a header."""
        bind_contextvars(ip=BaseThrottle().get_ident(request))  # type: ignore[arg-type]


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


class FormAddressMiddleware:
    """Lead who opens an address that only takes a form to the page it stands on, instead of an empty answer.

    A refused form is shown at such an address; reloading it, or changing the language there, opens it anew.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        opened = request.method == "GET" and request.user.is_authenticated
        if (
            response.status_code == HTTPStatus.METHOD_NOT_ALLOWED
            and opened
            and not request.path_info.startswith("/api/")
        ):
            return redirect(page_above(request.path_info))
        return response


def page_above(address: str) -> str:
    """The nearest address above one at which there is something: `/x/steps/1/` for `/x/steps/1/decide/`."""
    above = address
    while above != "/":
        above = above.rstrip("/").rpartition("/")[0] + "/"
        with suppress(Resolver404):
            resolve(above)
            break
    return above


def without_nulls(given: QueryDict) -> QueryDict:
    """The same values in which no NUL stands; the very same object where there was none."""
    if not any(NUL in name or any(NUL in value for value in values) for name, values in given.lists()):
        return given
    kept = QueryDict(mutable=True)
    for name, values in given.lists():
        kept.setlist(name.replace(NUL, ""), [value.replace(NUL, "") for value in values])
    kept._mutable = False
    return kept
