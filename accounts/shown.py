"""What a page says of itself when it sends something: the role it was shown for, and which showing it was.

Every form carries it (`{% csrf_token %}` writes it), every script sends it as a header. So a page acts for whom it
showed, whatever was chosen in another window since; and a form that is sent twice acts once.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts import repeats
from accounts.actors import Actor
from accounts.models import Membership

FIELD, HEADER = "shown", "X-Shown"
AS_SHOWN = "as_shown"  # the person chose to act in the role of the page
TOKEN = re.compile(r"(\d{1,18})\.([A-Za-z0-9_-]{8,40})")
DONE = "done"  # the cookie by which scripts learn which showings were carried out, the latest last
DONE_SECONDS, DONE_MOST = 86_400, 8


@dataclass(frozen=True)
class Shown:
    """A showing of a page. `is_form`: a form was sent, not something of a script."""

    membership: int
    showing: str
    is_form: bool


def token_of(request: HttpRequest | None) -> str:
    """What the pages of this request say of themselves; empty outside of a county."""
    actor: Actor | None = getattr(request, "actor", None)
    if request is None or actor is None or actor.membership is None:
        return ""
    if not hasattr(request, "shown_token"):
        request.shown_token = f"{actor.membership.pk}.{secrets.token_urlsafe(9)}"  # type: ignore[attr-defined]
    return str(request.shown_token)  # type: ignore[attr-defined]


def is_script(request: HttpRequest) -> bool:
    """Whether a script asks that reads the answer itself."""
    return "application/json" in request.headers.get("Accept", "")


def take(request: HttpRequest) -> tuple[Shown | None, bool]:
    """What the page that sent this said of itself, and whether its role was chosen anew; views see the rest."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return None, False
    header, post = request.headers.get(HEADER, ""), request.POST.copy()
    field, chosen = post.pop(FIELD, [""])[-1], bool(post.pop(AS_SHOWN, []))
    if field or chosen:
        post._mutable = False
        request.POST = post  # type: ignore[assignment]
    match = TOKEN.fullmatch(header or field)
    return (Shown(int(match[1]), match[2], is_form=not header) if match else None), chosen


def other_role(request: HttpRequest, shown: Shown, wanted: Membership | None, actor: Actor) -> HttpResponse:
    """What is told where the page was shown for another role: nothing was done; switch back and send it again."""
    if wanted is not None:
        said = _("When you opened this page you acted as “%(then)s”; now you act as “%(now)s”. Nothing was done yet.")
        said %= {"then": called(wanted), "now": called(actor.membership)}
    else:
        said = _("This page was opened by another account, or in a role that has ended. Nothing was done.")
    if not shown.is_form:
        response = JsonResponse({"message": said, "code": "other_role"}, status=HTTPStatus.CONFLICT)
        response["HX-Reswap"] = "none"
        response["HX-Trigger"] = json.dumps({"toast": {"tone": "bad", "text": said}})
        return response
    context = {
        "said": said,
        "wanted": wanted,
        "wanted_name": called(wanted),
        "fields": [(name, value) for name, values in request.POST.lists() for value in values],
        "has_files": bool(request.FILES),
        "sent": f"{shown.membership}.{shown.showing}",
        "back": request.headers.get("Referer", ""),
    }
    return render(request, "errors/other_role.html", context, status=HTTPStatus.CONFLICT)


def answer_once(
    request: HttpRequest, user: Any, shown: Shown, respond: Callable[[HttpRequest], HttpResponse]
) -> HttpResponse:
    """Answer a form. Sent again it leads where it led the first time, and nothing is done twice."""
    content = repeats.content_hash(request.get_full_path(), dict(request.POST.lists()), dict(request.FILES.lists()))
    key = f"{shown.showing}.{content}"
    response = respond(request)
    refused = response.status_code >= HTTPStatus.BAD_REQUEST or _said_no(request)
    if "Location" in response and not refused:
        status, answer = response.status_code, response["Location"]
        if not repeats.keep(user, key, content=content, status=status, answer=answer):
            transaction.set_rollback(True)
            return _done_already(request, answer)
    elif (
        refused
        and response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
        and not transaction.get_rollback()
        and (earlier := repeats.find(user, key)) is not None
    ):
        return _done_already(request, earlier.answer)
    if not refused:
        told = [one for one in request.COOKIES.get(DONE, "").split(".") if one not in ("", shown.showing)]
        response.set_cookie(
            DONE,
            ".".join([*told[-DONE_MOST:], shown.showing]),
            max_age=DONE_SECONDS,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )
    return response


def _said_no(request: HttpRequest) -> bool:
    """Whether the page that follows says why nothing was done, and nothing else."""
    said: Any = messages.get_messages(request)
    levels = {one.level for one in said._queued_messages}
    return messages.ERROR in levels and messages.SUCCESS not in levels


def _done_already(request: HttpRequest, address: str) -> HttpResponse:
    said: Any = messages.get_messages(request)
    said._queued_messages.clear()  # what the second time said is undone with it
    messages.info(request, _("This was sent twice. It was carried out once; nothing was done twice."))
    response = HttpResponseRedirect(address)
    response.status_code = HTTPStatus.SEE_OTHER
    return response


def called(membership: Membership | None) -> str:
    """A role as people say it: the office and what one is there."""
    return f"{membership.office} · {membership.get_role_display()}" if membership is not None else ""
