"""What an expert sees by the link: one review and its papers, no frame, no account.

The address carries the county under another name than the pages of members, so that nobody is asked to sign in; the
county is entered here, once the link was found. Whatever opens nothing is answered alike, and counted.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods
from rest_framework.throttling import BaseThrottle

from accounts.refusals import Refusal
from approvals.experts import links, opinions
from approvals.experts.forms import SignForm
from approvals.experts.ruling import kept_rule
from approvals.models import ExpertLink, ExpertOpinion, SeatState
from jurisdictions.counties import county_by_code
from jurisdictions.scope import enter
from workflow.models import Document
from workflow.views.papers import served

ATTEMPTS, WITHIN = 20, 600  # links that open nothing, from one address, in so many seconds
Guest = Callable[..., HttpResponseBase]


def by_link(view: Guest) -> Guest:
    """Enter the county and find the link; 404 for all that opens nothing, 429 for who tries many."""

    @wraps(view)
    @never_cache
    def entered(request: HttpRequest, code: str, token: str, **kwargs: Any) -> HttpResponseBase:
        attempts = f"expert-links:{BaseThrottle().get_ident(request)}"  # type: ignore[arg-type]
        if (cache.get(attempts) or 0) >= ATTEMPTS:
            return render(request, "429.html", status=429)
        county = county_by_code(code)
        if county is not None:
            with enter(county):
                link = links.found(token)
                if link is not None:
                    return view(request, link, **kwargs)
        cache.add(attempts, 0, WITHIN)
        cache.incr(attempts)
        return render(request, "404.html", status=404)

    return entered


@require_http_methods(["GET", "POST"])
@by_link
def review(request: HttpRequest, link: ExpertLink) -> HttpResponse:
    """Declare a conflict or none, read, give points and an opinion, sign."""
    seat, actor = link.seat, links.guest(link)
    form = SignForm(request.POST or None, asked=opinions.asked(seat.panel))
    errors: list[dict[str, Any]] = []
    status, done = 200, ""
    if request.method == "POST":
        try:
            if seat.state == SeatState.PLACED:
                answer = request.POST.get("conflict_is", "")
                if answer not in ("none", "some"):
                    raise Refusal(_("Please say whether you have a conflict of interest."), field="conflict_is")
                text = request.POST.get("conflict", "")
                opinions.declare(actor=actor, seat=seat, has_conflict=answer == "some", text=text)
                if answer == "none":
                    return redirect(request.path)
                done = "conflict"
            else:
                opinions.sign(actor=actor, seat=seat, values=request.POST)
                done = "signed"
        except Refusal as refusal:
            errors, status = refusal.listed(), refusal.status
    before = ExpertOpinion.objects.filter(seat=seat).order_by("-round").first()
    is_cleared = seat.state == SeatState.CLEARED
    context = {
        "seat": seat,
        "panel": seat.panel,
        "county_name": seat.county.name,
        "token_code": seat.county.code,
        "link": link,
        "form": form if is_cleared else None,
        "asks_conflict": seat.state == SeatState.PLACED,
        "typed": request.POST,
        "papers": _papers(link) if is_cleared else [],
        "statement": opinions.statement(seat),
        "rule": kept_rule(seat.panel.rule),
        "errors": errors,
        "done": done,
        "before": before,
        "token": request.resolver_match.kwargs["token"] if request.resolver_match else "",
    }
    return render(request, "experts/review.html", context, status=status)


def _papers(link: ExpertLink) -> list[Document]:
    panel = link.seat.panel
    return list(Document.objects.filter(pk__in=panel.papers, project=panel.project_id, withdrawn_at=None))


@require_GET
@by_link
def paper(request: HttpRequest, link: ExpertLink, pk: int) -> HttpResponseBase:
    """A paper of the review, once no conflict was declared."""
    allowed = _papers(link) if link.seat.state == SeatState.CLEARED else []
    found = next((one for one in allowed if one.pk == pk), None)
    if found is None:
        return render(request, "404.html", status=404)
    return served(found, in_place="shown" in request.GET)
