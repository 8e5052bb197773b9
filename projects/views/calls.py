"""Annual calls, the reserve and the annual plans."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Any

from django.contrib import messages
from django.db.models import Count, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import CountyRequest, needs
from accounts.refusals import Refusal
from accounts.shown import creating
from jurisdictions.fields import version_shown, whole
from projects.listings import CALLS, PLAN, RESERVE
from projects.models import AnnualPlan, PlanEntry, ReserveState, Round
from projects.planning import may_compile
from projects.services.calls import (
    admit_late,
    close_call,
    create_call,
    declarations_in,
    default_dates,
    edit_call,
    open_call_for_filing,
    reopen_call,
)
from projects.views.shared import list_tabs
from workflow import stages
from workflow.clocks.clock import today
from workflow.desk.errors import as_errors
from workflow.filings.content import read_day
from workflow.models import FilingState
from workflow.notices import notify

DRAFTS_SHOWN = 200


def _day(text: str, field: str) -> dt.date | None:
    return read_day(text, field=field) if text.strip() else None


def _year(text: str) -> int | None:
    plain = unicodedata.normalize("NFKC", text)  # full-width digits, as an input method may give them
    return whole(plain) if len(plain) == 4 else None


def _values(request: CountyRequest) -> dict[str, Any]:
    return {
        "title": request.POST.get("title", ""),
        "plan_year": _year(request.POST.get("plan_year", "").strip()),
        "opens_on": _day(request.POST.get("opens_on", ""), "opens_on"),
        "closes_on": _day(request.POST.get("closes_on", ""), "closes_on"),
        "notice_text": request.POST.get("notice_text", ""),
    }


@require_GET
@needs("call.manage")
def calls(request: CountyRequest) -> HttpResponse:
    """All calls, the newest first, with how many drafts and hand-ins each has."""
    return render(request, "projects/calls.html", {"table": CALLS.table(request)})


@creating
@require_http_methods(["GET", "POST"])
@needs("call.manage")
def new_call(request: CountyRequest) -> HttpResponse:
    """Prepare a call; its dates default from the rules."""
    dates = default_dates(request.county)
    typed: dict[str, Any] = {
        "title": _("Call for digital projects of %(year)s") % {"year": dates.plan_year},
        "plan_year": dates.plan_year,
        "opens_on": dates.opens_on.isoformat(),
        "closes_on": dates.closes_on.isoformat(),
        "notice_text": "",
    }
    if request.method != "POST":
        return render(request, "projects/call_form.html", {"dates": dates, "typed": typed})
    try:
        call = create_call(actor=request.actor, **_values(request))
    except Refusal as refusal:
        context = {"dates": dates, "typed": request.POST, "errors": as_errors(refusal)}
        return render(request, "projects/call_form.html", context, status=refusal.status)
    messages.success(request, _("The call is prepared. Units see it once it is opened."))
    return redirect("projects:call", county=request.county.code, pk=call.pk)


@require_http_methods(["GET", "POST"])
@needs("call.manage")
def call(request: CountyRequest, pk: int) -> HttpResponse:
    """One call: its dates, its drafts, and what can be done with it."""
    found = get_object_or_404(Round, pk=pk)
    if request.method != "POST":
        return _call_page(request, found)
    try:
        edit_call(actor=request.actor, call=found, **_values(request))
    except Refusal as refusal:
        return _call_page(request, found, refusal=refusal, typed=request.POST)
    messages.success(request, _("Saved."))
    return redirect("projects:call", county=request.county.code, pk=pk)


def _call_page(request: CountyRequest, found: Round, *, refusal: Refusal | None = None, **shown: Any) -> HttpResponse:
    drafts = declarations_in(found).filter(state=FilingState.DRAFT)
    context = {
        "call": found,
        "tone": stages.tone("call", found.state),
        "today": today(),
        "typed": {
            "title": found.title,
            "plan_year": found.plan_year,
            "opens_on": found.opens_on.isoformat(),
            "closes_on": found.closes_on.isoformat(),
            "notice_text": found.notice_text,
        },
        "drafts": list(drafts.select_related("project__applicant").defer("content")[:DRAFTS_SHOWN]),
        "drafts_total": drafts.count(),
        "errors": as_errors(refusal) if refusal else [],
        **shown,
    }
    return render(request, "projects/call.html", context, status=refusal.status if refusal else 200)


@require_POST
@needs("call.manage")
def admit(request: CountyRequest, pk: int, filing: int) -> HttpResponse:
    """Let a draft of a closed call be handed in all the same, with the reason."""
    found = get_object_or_404(Round, pk=pk)
    draft = get_object_or_404(declarations_in(found), pk=filing)
    reason = request.POST.get("reason", "")
    try:
        admit_late(actor=request.actor, declaration=draft, reason=reason)
    except Refusal as refusal:
        return _call_page(request, found, refusal=refusal, late={"pk": filing, "reason": reason})
    messages.success(request, _("It may be handed in now; its filers are told."))
    return redirect("projects:call", county=request.county.code, pk=pk)


@require_POST
@needs("call.manage")
def move_call(request: CountyRequest, pk: int, what: str) -> HttpResponse:
    """Open, close or reopen a call."""
    if what not in ("open", "close", "reopen"):
        raise Http404
    found = get_object_or_404(Round, pk=pk)
    seen = version_shown(request.POST)
    try:
        if what == "open":
            open_call_for_filing(actor=request.actor, call=found, seen_version=seen)
            messages.success(request, _("The call is open. It closes by itself at the end of its last day."))
        elif what == "close":
            close_call(actor=request.actor, call=found, seen_version=seen)
            said = _("The call is closed. Drafts are kept; people told: %(count)s.")
            messages.success(request, said % {"count": notify.told().count})
        else:
            day = read_day(request.POST.get("closes_on", ""), field="closes_on")
            reopen_call(actor=request.actor, call=found, closes_on=day, seen_version=seen)
            messages.success(request, _("The call is open again."))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("projects:call", county=request.county.code, pk=pk)


@require_GET
@needs("reserve.view")
def reserve(request: CountyRequest) -> HttpResponse:
    """The reserve: what is in it, until when, what left it."""
    state = request.GET.get("state", ReserveState.VALID)
    chips = [
        {"label": label, "url": f"?state={value}", "active": value == state}
        for value, label in [*ReserveState.choices, ("all", _("All"))]
    ]
    context = {"table": RESERVE.table(request), "chips": chips, "tabs": list_tabs(request, "reserve")}
    return render(request, "projects/reserve.html", context)


@require_GET
@needs("reserve.view")
def plans(request: CountyRequest) -> HttpResponse:
    """The annual plan of a year, by rank; the totals are the whole plan's."""
    by_year = {plan.year: plan for plan in AnnualPlan.objects.order_by("-year")[:20]}
    plan = by_year.get(whole(request.GET.get("year")) or 0) or next(iter(by_year.values()), None)
    asked = request.GET.copy()
    asked["year"] = str(plan.year) if plan else ""
    entries = PlanEntry.objects.filter(plan=plan)
    context = {
        "plan": plan,
        "table": PLAN.table(request, asked) if plan else None,
        "chips": [
            {"label": str(one.year), "url": f"?year={one.year}", "active": one is plan} for one in by_year.values()
        ],
        "plan_url": stages.page("plan", request.county.code, pk=plan.pk) if plan else "",
        "compile_url": stages.page("compile_plan", request.county.code) if may_compile(request.actor) else "",
        "next_year": today().year + 1,
        "whole": entries.aggregate(total=Sum("project__investment"), projects=Count("pk")) if plan else {},
        "tabs": list_tabs(request, "plans"),
    }
    return render(request, "projects/plans.html", context)
