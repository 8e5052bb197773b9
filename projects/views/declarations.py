"""The unit's own declarations: their list, and how one begins."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import CountyRequest, needs
from accounts.models import Office
from accounts.refusals import Incomplete
from accounts.shown import creating
from jurisdictions.fields import whole
from jurisdictions.rules.ruleset import Ruleset
from projects.declaring.scope import check_scope, scope_questions
from projects.listings import DECLARATIONS
from projects.offers import news
from projects.preview import preview
from projects.ruling import ruleset_of, version_on
from projects.services.beginning import begun, copied, earlier, first_questions, with_first_line
from projects.services.drafts import one_of, open_calls, record_out_of_scope, register_classified, secrecy_articles
from projects.services.submission import start_declaration
from workflow.clocks.clock import today
from workflow.desk.errors import as_errors
from workflow.filings.content import Content, from_post
from workflow.models import FilingState

# All that may be posted for a classified project.
KEPT_OF_STUB = frozenset({"csrfmiddlewaretoken", "owner_unit", "handling_office"})


@require_GET
@needs("declaration.file", "declaration.view_own")
def declarations(request: CountyRequest) -> HttpResponse:
    """What the unit declares or carries out, the newest first; drafts and returned ones stand out (two queries)."""
    state = request.GET.get("state", "")
    chips = [
        {"label": label, "url": f"?state={value}", "active": value == state}
        for value, label in [("", _("All")), *FilingState.choices]
    ]
    context = {
        "table": DECLARATIONS.table(request),
        "chips": chips,
        "may_file": request.actor.may("declaration.file"),
        **news(request.actor.office),
    }
    return render(request, "projects/declarations.html", context)


# --- beginning ------------------------------------------------------------------------------------------------


@creating
@require_http_methods(["GET", "POST"])
@needs("declaration.file")
def new(request: CountyRequest) -> HttpResponse:
    """The scope check (in scope, out of it, by reference, or classified) and the facts that decide the route."""
    rules = ruleset_of(version_on(request.county, today()))
    office, calls = request.actor.office, list(open_calls())
    assert office is not None
    call = one_of(calls, whole(request.POST.get("call", "")))
    plan_year = call.plan_year if call else today().year + 1
    content = _begun(request, rules, office, plan_year=plan_year)
    context: dict[str, Any] = {
        "rules": rules,
        "fields": [
            *scope_questions(rules, request.POST, secrecy=secrecy_articles(rules)),
            *first_questions(content, rules=rules, unit=office),
        ],
        "preview": preview(content, rules=rules, owner=office),
        "calls": calls,
        "chosen": call,
        "earlier": earlier(request.actor)[:30],
        "copied": request.POST.get("copy") or request.GET.get("copy", ""),
        "window": rules.rules.windows.get("annual_call"),
        "notices": rules.force_notices(today()),
    }
    if request.method != "POST":
        return render(request, "projects/new.html", context)
    try:
        answer = check_scope(rules, request.POST.dict(), owner_kind=office.owner_kind)
    except Incomplete as refusal:
        return render(request, "projects/new.html", {**context, "errors": as_errors(refusal)}, status=refusal.status)
    if answer.is_classified:
        return redirect("projects:classified", county=request.county.code)
    if answer.out:
        record_out_of_scope(actor=request.actor, reasons=answer.out)
        return render(request, "projects/new.html", {**context, "out": answer.out})
    content = with_first_line(content, rules=rules, plan_year=plan_year)
    declaration = start_declaration(actor=request.actor, content=content, call=call.pk if call else None)
    if answer.reference:
        messages.info(request, answer.reference)
    return redirect("workflow:filing_edit", county=request.county.code, pk=declaration.pk)


def _begun(request: CountyRequest, rules: Ruleset, unit: Office, *, plan_year: int) -> Content:
    """What the page is filled in with: typed, copied or as the last one."""
    post, chosen = request.POST.dict(), whole(request.POST.get("copy") or request.GET.get("copy", ""))
    copy = copied(request.actor, chosen, plan_year=plan_year)
    typed = from_post(post, ("basics", "money"))
    return begun(typed, actor=request.actor, rules=rules, unit=unit, copy=copy, shown=post)


@require_POST
@needs("declaration.file")
def route_of_new(request: CountyRequest) -> HttpResponse:
    """The route for what is typed before there is a draft. Nothing is saved."""
    rules, office = ruleset_of(version_on(request.county, today())), request.actor.office
    assert office is not None
    content = _begun(request, rules, office, plan_year=today().year + 1)
    shown = preview(content, rules=rules, owner=office)
    return render(request, "projects/parts/preview.html", {"preview": shown})


@creating
@require_http_methods(["GET", "POST"])
@needs("declaration.file")
def classified(request: CountyRequest) -> HttpResponse:
    """Register a classified project: number, owner unit, handling office; nothing else may be entered."""
    rules = ruleset_of(version_on(request.county, today()))
    offices = list(Office.objects.filter(is_active=True).order_by("pk"))
    context: dict[str, Any] = {
        "offices": offices,
        "articles": secrecy_articles(rules),
        "typed": request.POST,
        "office": request.actor.office,
    }
    if request.method != "POST":
        return render(request, "projects/classified.html", context)
    by_id = {str(office.pk): office for office in offices}
    owner, handling = by_id.get(request.POST.get("owner_unit", "")), by_id.get(request.POST.get("handling_office", ""))
    errors = [
        {"text": _("Please choose from the list: %(label)s") % {"label": label}, "field": name, "articles": []}
        for name, label, value in (
            ("owner_unit", _("Owner unit"), owner),
            ("handling_office", _("Handling office"), handling),
        )
        if value is None
    ]
    if request.FILES or any(request.POST.get(name, "").strip() for name in request.POST if name not in KEPT_OF_STUB):
        errors.append(
            {
                "text": _(
                    "Only the owner unit and the handling office are kept of a classified project; no text and no file."
                ),
                "articles": secrecy_articles(rules),
            }
        )
    if errors or owner is None or handling is None:
        return render(request, "projects/classified.html", {**context, "errors": errors}, status=422)
    project = register_classified(actor=request.actor, owner_unit=owner, handling_office=handling)
    messages.success(request, _("Registered under the number %(number)s.") % {"number": project.number})
    return redirect("projects:project", county=request.county.code, pk=project.pk)
