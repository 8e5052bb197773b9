"""Who sends work learns at once where nobody can act on it."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from workflow.notices import notify


class SendingMiddleware:
    """Count whom a request tells of work; name the offices that have nobody for it on the next page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with notify.counting() as told:
            response = self.get_response(request)
        if told.nobody and response.status_code < 400:
            said = _("Nobody can act in %(offices)s at present. The county administrator has been told.")
            messages.warning(request, said % {"offices": "、".join(told.nobody.values())})
        return response
