"""What a page says of itself when it sends something: the role it was shown for, and which showing it was.

Every form carries it (`{% csrf_token %}` writes it), every script sends it as a header. So a page acts for whom it
showed, whatever was chosen in another window since; and a form that is sent twice acts once.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import base36_to_int, int_to_base36
from django.utils.translation import gettext as _

from accounts import repeats
from accounts.actors import Actor

FIELD, HEADER = "shown", "X-Shown"
AS_SHOWN = "as_shown"  # the person chose to act in the role of the page
# The membership (0 on the platform's pages), the delegation by which one acts in it, when the page was shown
# (milliseconds, base 36), and chance.
TOKEN = re.compile(r"(\d{1,18})(?:~(\d{1,18}))?\.([0-9a-z]{8,9}-[A-Za-z0-9_-]{8,40})")
DONE = "done"  # the cookie by which scripts learn which showings were carried out, the latest last
DONE_SECONDS, DONE_MOST = 86_400, 8
OF_PLATFORM = 0
LEADS_TO = "leads_to"


@dataclass(frozen=True)
class Shown:
    """A showing of a page. `is_form`: a form was sent, not something of a script."""

    membership: int
    showing: str
    is_form: bool
    behalf: int = 0  # the delegation by which the person acted; 0 for themselves

    @property
    def as_sent(self) -> str:
        """As the page sent it."""
        return f"{role_value(self.membership, self.behalf)}.{self.showing}"

    @property
    def at(self) -> dt.datetime:
        """When the page was shown."""
        milliseconds = self.showing.partition("-")[0]
        return dt.datetime.fromtimestamp(base36_to_int(milliseconds) / 1000, dt.UTC)


def role_value(membership: int, behalf: int | None) -> str:
    """A role as pages name it: the membership, and the delegation by which one acts in it."""
    return f"{membership}~{behalf}" if behalf else str(membership)


def token_of(request: HttpRequest | None) -> str:
    """What the pages of this request say of themselves; empty outside of a county and of the platform's pages."""
    actor: Actor | None = getattr(request, "actor", None)
    membership = actor.membership.pk if actor is not None and actor.membership is not None else None
    if membership is None and getattr(request, "is_platform", False):
        membership = OF_PLATFORM
    if request is None or membership is None:
        return ""
    if not hasattr(request, "shown_token"):
        at = int_to_base36(int(timezone.now().timestamp() * 1000))
        behalf = actor.delegation.pk if actor is not None and actor.delegation is not None else None
        request.shown_token = f"{role_value(membership, behalf)}.{at}-{secrets.token_urlsafe(9)}"  # type: ignore[attr-defined]
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
    if match is None:
        return None, chosen
    return Shown(int(match[1]), match[3], is_form=not header, behalf=int(match[2] or 0)), chosen


def other_role(request: HttpRequest, shown: Shown, wanted: Actor | None, actor: Actor) -> HttpResponse:
    """What is told where the page was shown for another role: nothing was done; switch back and send it again."""
    if wanted is not None:
        said = _("When you opened this page you acted as “%(then)s”; now you act as “%(now)s”. Nothing was done yet.")
        said %= {"then": called(wanted), "now": called(actor)}
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
        "wanted_value": role_value(shown.membership, shown.behalf),
        "fields": [(name, value) for name, values in request.POST.lists() for value in values],
        "has_files": bool(request.FILES),
        "sent": shown.as_sent,
        "back": request.headers.get("Referer", ""),
    }
    return render(request, "errors/other_role.html", context, status=HTTPStatus.CONFLICT)


def answer_once(
    request: HttpRequest,
    user: Any,
    shown: Shown,
    respond: Callable[[HttpRequest], HttpResponse],
    *,
    is_creating: bool = False,
) -> HttpResponse:
    """Answer a form. Sent again it leads where it led the first time, and nothing is done twice.

    One that creates something (`creating`) is looked for in the person's other windows, too: what was open beside it,
    says the same and was carried out since is not carried out again.
    """
    said = {name: values for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"}
    content = repeats.content_hash(request.get_full_path(), said, dict(request.FILES.lists()))
    key = f"{shown.showing}.{content}"
    if is_creating:
        repeats.wait(user, content)
        if (made := repeats.made_since(user, content, shown.at)) is not None:
            return _done_already(request, made.answer, is_same=made.key == key)
    response = respond(request)
    refused = response.status_code >= HTTPStatus.BAD_REQUEST or _said_no(request)
    answer = response.get("Location", "") or getattr(response, LEADS_TO, "")
    if answer and not refused:
        status = response.status_code
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
        tell_done(request, response, shown)
    return response


def tell_done(request: HttpRequest, response: HttpResponse, shown: Shown) -> None:
    """Let the browser know that what this showing of a page sent was carried out."""
    told = [one for one in request.COOKIES.get(DONE, "").split(".") if one not in ("", shown.showing)]
    response.set_cookie(
        DONE,
        ".".join([*told[-DONE_MOST:], shown.showing]),
        max_age=DONE_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def creating(view: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a view whose form creates something: the outermost of its decorators."""
    view.is_creating = True  # type: ignore[attr-defined]
    return view


def leads_to(response: HttpResponse, address: str) -> HttpResponse:
    """Say where a form leads that was answered with a page of its own, for whoever sends it again."""
    setattr(response, LEADS_TO, address)
    return response


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page, and from there back to the page the person was on, not to a form's target."""
    back = request.get_full_path()
    page = request.headers.get("HX-Current-URL") or ("" if request.method == "GET" else request.headers.get("Referer"))
    if page is not None and (page or request.method != "GET"):
        parts = urlsplit(page)
        same = parts.netloc == request.get_host()
        back = f"{parts.path}?{parts.query}".rstrip("?") if same else "/"
    response = redirect_to_login(back)
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": response["Location"]})
    said = _("You are not signed in any more, so nothing was submitted. What you typed is kept: sign in to go on.")
    if is_script(request):
        return JsonResponse({"message": said, "leads_to": response["Location"]}, status=401)
    if request.method == "POST":
        messages.warning(request, said)
    return response


def _said_no(request: HttpRequest) -> bool:
    """Whether the page that follows says why nothing was done, and nothing else."""
    said: Any = messages.get_messages(request)
    levels = {one.level for one in said._queued_messages}
    return messages.ERROR in levels and messages.SUCCESS not in levels


def _done_already(request: HttpRequest, address: str, *, is_same: bool = True) -> HttpResponse:
    said: Any = messages.get_messages(request)
    said._queued_messages.clear()  # what the second time said is undone with it
    twice = _("This was sent twice. It was carried out once; nothing was done twice.")
    messages.info(
        request,
        twice if is_same else _("You sent the same from another window. It was carried out once; here it is."),
    )
    response = HttpResponseRedirect(address)
    response.status_code = HTTPStatus.SEE_OTHER
    return response


def called(actor: Actor | None) -> str:
    """A role as people say it: the office and what one is there, and for whom one acts."""
    if actor is None or actor.membership is None:
        return ""
    own = f"{actor.membership.office} · {actor.membership.get_role_display()}"
    return f"{own} · {_('for %(name)s') % {'name': actor.on_behalf_of}}" if actor.on_behalf_of else own
