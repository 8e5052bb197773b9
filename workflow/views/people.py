"""The lists of a county's people and offices, and what is open with an office, given to others."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import CountyRequest, needs
from accounts.models import Office
from accounts.refusals import Refusal
from accounts.services import MANAGE
from accounts.views.offices import duties_of
from workflow.people import handover
from workflow.people.people_listings import OFFICES, PEOPLE
from workflow.people.unattended import unattended


@require_GET
@needs(MANAGE)
def people(request: CountyRequest) -> HttpResponse:
    """All people with a role in the county, now or once; found by name, by office and by state."""
    context = {
        "unattended": unattended(),
        "table": PEOPLE.table(request),
        "offices": Office.objects.filter(is_active=True).order_by("pk"),
        "get": request.GET,
    }
    return render(request, "accounts/people.html", context)


@require_GET
@needs(MANAGE)
def offices(request: CountyRequest) -> HttpResponse:
    """All offices with duties and people, and the duties nobody has yet."""
    held = set().union(*Office.objects.filter(is_active=True).values_list("authorities", flat=True))
    missing = [name for key, name in duties_of(request.county).items() if key not in held]
    context = {"table": OFFICES.table(request), "missing": missing, "unattended": unattended()}
    return render(request, "accounts/offices.html", context)


@require_http_methods(["GET", "POST"])
@needs(MANAGE)
def hand_over(request: CountyRequest, pk: int) -> HttpResponse:
    """What is open with an office: who gets what is chosen, shown, and done in one act."""
    office = get_object_or_404(Office, pk=pk, is_active=True)
    others = list(Office.objects.filter(is_active=True).exclude(pk=pk).order_by("pk"))
    shares = handover.shares_of(office)
    typed = request.POST if request.method == "POST" else request.GET
    by_id: dict[str, Office | None] = {str(one.pk): one for one in others}
    chosen: dict[str, Office | None] = {}
    for share in shares:
        given = typed.get(share.key) or typed.get("everything", "")
        if given in by_id or (given == "end" and share.key == handover.PEOPLE):
            chosen[share.key] = by_id.get(given)
    closes = "closes" in typed if request.method == "POST" else True
    context = {
        "office": office,
        "others": others,
        "rows": [(share, typed.get(share.key, ""), share.key in chosen, chosen.get(share.key)) for share in shares],
        "closes": closes,
        "mark": handover.seen(shares),
        "is_preview": request.method == "POST",
        "everything": typed.get("everything", ""),
    }
    if request.method != "POST":
        return render(request, "accounts/hand_over.html", context)
    try:
        if "confirm" not in request.POST:
            handover.check(office, shares, chosen, closes=closes)
            return render(request, "accounts/hand_over.html", context)
        mark = request.POST.get("mark", "")
        count = handover.hand_over(actor=request.actor, office=office, receivers=chosen, mark=mark, closes=closes)
    except Refusal as refusal:
        context |= {"errors": refusal.listed(), "is_preview": False}
        return render(request, "accounts/hand_over.html", context, status=refusal.status)
    said = ngettext("%(count)s item handed over.", "%(count)s items handed over.", count) % {"count": count}
    messages.success(request, f"{said} {_('The office is closed.')}" if closes else said)
    return redirect("workflow:offices", county=request.county.code)
