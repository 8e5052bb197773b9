"""The unit's own declarations: list, scope check, form, saving, handing in, papers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import JSONObject
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import CountyRequest, needs
from accounts.models import Office
from jurisdictions.fields import whole
from projects import pages, services
from projects.declaring.content import Content, from_post
from projects.declaring.parts import Sheet
from projects.declaring.scope import check_scope
from projects.declaring.sheet import SECTIONS, facts_typed
from projects.models import Declaration, DeclarationState, PartnerUnit, Project
from projects.ruling import route_of, ruleset_of, version_on
from projects.services.drafts import locked, open_calls, secrecy_articles
from projects.services.sheets import occasion_of
from projects.views.shared import as_errors
from workflow import documents
from workflow.clock import today
from workflow.refusals import Incomplete, Refusal
from workflow.steps import offices_by_authority

PAGE = 25


def find(request: CountyRequest, pk: int) -> Declaration:
    """A declaration of the person's own unit (as applicant or owner). Raises `Http404`."""
    declaration = (
        Declaration.objects.select_related(
            "call",
            "project__applicant",
            "project__owner_unit",
            "project__rule_version",
            "project__county",
            "project__filed_by",
        )
        .defer("project__rule_version__content")
        .filter(pk=pk)
        .first()
    )
    own = declaration is not None and (
        request.actor.in_office(declaration.project.applicant_id)
        or request.actor.in_office(declaration.project.owner_unit_id)
    )
    if declaration is None or not own:
        raise Http404
    return declaration


@require_GET
@needs("declaration.file", "declaration.view_own")
def declarations(request: CountyRequest) -> HttpResponse:
    """What the unit declares or carries out, the newest first; drafts and returned ones stand out (two queries)."""
    office = request.actor.office
    own = Q(applicant=office) | Q(owner_unit=office)
    rows = Project.objects.filter(own).select_related("owner_unit", "handling_office", "declaration")
    rows = rows.defer("summary", "declaration__content").order_by("-pk")
    state = request.GET.get("state", "")
    if state in DeclarationState.values:
        rows = rows.filter(declaration__state=state)
    before = whole(request.GET.get("before"))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found: list[Any] = list(rows[: PAGE + 1])
    older = f"?state={state}&before={found[PAGE - 1].pk}" if len(found) > PAGE else ""
    chips = [
        {"label": label, "url": f"?state={value}", "active": value == state}
        for value, label in [("", _("All")), *DeclarationState.choices]
    ]
    for one in found:
        declaration = getattr(one, "declaration", None)
        one.tone = pages.DECLARATION_TONES[DeclarationState(declaration.state)] if declaration else "neutral"
    context = {
        "rows": found[:PAGE],
        "older": older,
        "chips": chips,
        "state": state,
        "may_file": request.actor.may("declaration.file"),
        **_news(office),
    }
    return render(request, "projects/declarations.html", context)


def _news(office: Office | None) -> dict[str, Any]:
    """The call that is open, and the projects whose lead unit asks the office to confirm its part (one query)."""
    asked = PartnerUnit.objects.filter(office=OuterRef("pk"), confirmed_at=None).order_by("pk")
    row = JSONObject(name="project__name", declaration="project__declaration__pk")
    calls = open_calls().values_list(JSONObject(title="title", closes_on="closes_on"), flat=True)[:1]
    found: Any = (
        Office.objects.filter(pk=office.pk if office else 0)
        .annotate(asked=ArraySubquery(asked.values_list(row, flat=True)[:20]), call=Subquery(calls))
        .first()
    )
    if found is None:
        return {"call": None, "asked": []}
    if found.call:
        found.call["closes_on"] = dt.date.fromisoformat(found.call["closes_on"])
    return {"call": found.call, "asked": found.asked}


# --- beginning ------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@needs("declaration.file")
def new(request: CountyRequest) -> HttpResponse:
    """The scope check: in scope, out of scope, by reference, or classified."""
    rules = ruleset_of(version_on(request.county, today()))
    office = request.actor.office
    assert office is not None
    call = services.open_call()
    context: dict[str, Any] = {
        "rules": rules,
        "questions": rules.rules.scope.questions,
        "answers": request.POST,
        "office": office,
        "call": call,
        "secrecy_articles": secrecy_articles(rules),
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
        services.record_out_of_scope(actor=request.actor, reasons=answer.out)
        return render(request, "projects/new.html", {**context, "out": answer.out})
    declaration = services.start_declaration(actor=request.actor)
    if answer.reference:
        messages.info(request, answer.reference)
    return redirect("projects:edit", county=request.county.code, pk=declaration.pk)


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
    project = services.register_classified(actor=request.actor, owner_unit=owner, handling_office=handling)
    messages.success(request, _("Registered under the number %(number)s.") % {"number": project.number})
    return redirect("projects:project", county=request.county.code, pk=project.pk)


KEPT_OF_STUB = frozenset({"csrfmiddlewaretoken", "owner_unit", "handling_office"})


# --- the form -------------------------------------------------------------------------------------------------


def typed_in(request: HttpRequest) -> Content:
    """The content a posted form holds."""
    return from_post({name: request.POST[name] for name in request.POST}, SECTIONS)


def seen_version(post: QueryDict) -> int | None:
    """The content version the page showed."""
    return whole(post.get("version"))


def add_files(request: HttpRequest, declaration: Declaration) -> list[Refusal]:
    """Add the chosen files, each under its kind; gives why some could not be taken."""
    problems = []
    for name in request.FILES:
        upload = request.FILES.getlist(name)[0]
        parts = name.split("-")
        row = int(parts[2]) if parts[:2] == ["quotes", "rows"] and len(parts) > 2 and parts[2].isdigit() else None
        purpose = "vendor_quote" if row is not None else name.removeprefix("papers-")
        try:
            services.attach(
                actor=request.actor,  # type: ignore[attr-defined]
                declaration=declaration,
                purpose=purpose,
                upload=upload,
                quote_row=row,
            )
        except Refusal as refusal:
            problems.append(refusal)
    return problems


def form_page(
    request: CountyRequest,
    declaration: Declaration,
    *,
    content: Mapping[str, Any] | None = None,
    refusal: Refusal | None = None,
    check: bool = False,
) -> HttpResponse:
    """The form, with what is typed (default: saved). `check`: what is missing is shown at its field, too."""
    sheet = services.sheet_of(declaration, content)
    may_edit = services.may_file(actor=request.actor, project=declaration.project) and declaration.state in (
        DeclarationState.DRAFT,
        DeclarationState.RETURNED,
    )
    if not may_edit:
        sheet.lock()
    rules = ruleset_of(declaration.project.rule_version)
    context = {
        **pages.header(request, declaration.project, tab="", steps=[]),
        "declaration": declaration,
        "sheet": sheet,
        "check": check or refusal is not None,
        "may_edit": may_edit,
        "errors": as_errors(refusal) if refusal else [],
        "refusal": refusal,
        "occasion": occasion_of(declaration, content),
        "window": rules.rules.windows.get(occasion_of(declaration).window),
        "force_notices": rules.force_notices(today()),
        "preview": preview_of(declaration, declaration.content if content is None else content),
        "upload_types": documents.allowed(),
        "upload_megabytes": settings.UPLOAD_MAX_BYTES // 1_048_576,
        "state_tone": pages.DECLARATION_TONES[DeclarationState(declaration.state)],
    }
    return render(request, "projects/edit.html", context, status=refusal.status if refusal else 200)


@require_http_methods(["GET", "POST"])
@needs("declaration.file", "declaration.view_own")
def edit(request: CountyRequest, pk: int) -> HttpResponse:
    """The form of one declaration; posted, it is saved as it stands and shown again."""
    declaration = find(request, pk)
    if request.method != "POST":
        return form_page(request, declaration, check="check" in request.GET)
    content = typed_in(request)
    add = request.POST.get("add", "")
    try:
        declaration = services.save_content(
            actor=request.actor,
            declaration=declaration,
            content=content,
            seen_content_version=seen_version(request.POST),
        )
    except Refusal as refusal:
        return form_page(request, declaration, content={**declaration.content, **content}, refusal=refusal)
    if problems := add_files(request, declaration):
        untaken = Incomplete(_("Not every file could be added."), items=problems)
        return form_page(request, locked(declaration), refusal=untaken)
    declaration = locked(declaration)
    if add:
        section, _hyphen, group = add.partition("-")
        content = dict(declaration.content)
        rows = content.get(section, {}).get(group, [])
        if section in SECTIONS and isinstance(rows, list):
            content[section] = {**content.get(section, {}), group: [*rows, {}]}
        return form_page(request, declaration, content=content)
    if request.POST.get("ask_partners"):
        count = services.ask_partners(actor=request.actor, declaration=declaration)
        messages.success(request, _("%(count)s units were asked to confirm their part.") % {"count": count})
    else:
        messages.success(request, _("Saved."))
    return redirect(reverse("projects:edit", kwargs={"county": request.county.code, "pk": pk}) + "?check=1")


@require_POST
@needs("declaration.file")
def save(request: CountyRequest, pk: int) -> HttpResponse:
    """Save as one types: answers what each section still lacks, or why nothing was saved."""
    declaration = find(request, pk)
    try:
        declaration = services.save_content(
            actor=request.actor,
            declaration=declaration,
            content=typed_in(request),
            seen_content_version=seen_version(request.POST),
        )
    except Refusal as refusal:
        # Not 422, which the page takes for “saved in part”: nothing was, so it keeps what was typed on the computer.
        status = 413 if refusal.status == 422 else refusal.status
        return JsonResponse(
            {"message": refusal.message, "field": refusal.field, "articles": refusal.articles}, status=status
        )
    return JsonResponse(saved_answer(request, declaration))


def saved_answer(request: CountyRequest, declaration: Declaration) -> dict[str, Any]:
    """What a save tells the page: version, time, outline, the state of each section."""
    sheet = services.sheet_of(declaration)
    saved_at = timezone.localtime(declaration.saved_at) if declaration.saved_at else timezone.localtime()
    return {
        "version": declaration.content_version,
        "saved_at": saved_at.strftime("%H:%M"),
        "outline_html": outline_html(request, sheet),
        "section_html": {
            section.key: render_to_string("projects/parts/section_state.html", {"section": section}, request)
            for section in sheet.sections
        },
    }


def outline_html(request: CountyRequest, sheet: Sheet) -> str:
    """The outline beside the form."""
    return render_to_string("projects/parts/outline.html", {"sheet": sheet}, request).strip()


def preview_of(declaration: Declaration, content: Mapping[str, Any]) -> dict[str, Any]:
    """The route the rules would give for what is typed, with offices and statutory days; empty without an amount."""
    project = declaration.project
    rules = ruleset_of(project.rule_version)
    facts = facts_typed(content, owner_kind=project.owner_unit.owner_kind, importance=project.importance or None)
    if not facts.investment:
        return {"steps": [], "notices": [], "facts": facts}
    route = route_of(facts, today(), rules=rules)
    offices = offices_by_authority()
    from jurisdictions.rules.vocabulary import STEPS
    from workflow.words import event, limit

    steps = [
        {
            "label": str(step.name or STEPS[step.key]),
            "office": project.owner_unit.name
            if step.authority == "owner"
            else (offices[step.authority].name if step.authority in offices else rules.authority_name(step.authority)),
            "others": [rules.authority_name(key) for key in step.participants],
            "articles": step.articles,
            "text": step.text,
            "phase": step.phase,
            "deadlines": [
                {
                    "party": rules.authority_name(one.party) if one.party not in ("owner", "authority") else one.party,
                    "limit": limit(one.amount, one.unit),
                    "after": event(one.after),
                    "articles": one.articles,
                }
                for one in step.deadlines
            ],
        }
        for step in route.steps
    ]
    return {"steps": steps, "notices": route.notices, "facts": facts, "skipped": route.skipped}


@require_POST
@needs("declaration.file", "declaration.view_own")
def preview(request: CountyRequest, pk: int) -> HttpResponse:
    """The live route preview: the fragment for what is typed now. Nothing is saved."""
    declaration = find(request, pk)
    content = {**declaration.content, **typed_in(request)}
    return render(request, "projects/parts/preview.html", {"preview": preview_of(declaration, content)})


# --- handing in, taking back ----------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@needs("declaration.file")
def submit(request: CountyRequest, pk: int) -> HttpResponse:
    """Save what stands in the form and hand it in (again, after a return). Reloaded, the form is shown."""
    declaration = find(request, pk)
    if request.method != "POST":
        return redirect("projects:edit", county=request.county.code, pk=pk)
    content = typed_in(request)
    again = declaration.state == DeclarationState.RETURNED
    try:
        if content and declaration.state in (DeclarationState.DRAFT, DeclarationState.RETURNED):
            declaration = services.save_content(
                actor=request.actor,
                declaration=declaration,
                content=content,
                seen_content_version=seen_version(request.POST),
            )
        if problems := add_files(request, declaration):
            raise Incomplete(_("Not every file could be added."), items=problems)
        if again:
            services.resubmit(actor=request.actor, declaration=declaration)
        else:
            services.submit(actor=request.actor, declaration=declaration)
    except Refusal as refusal:
        fresh = locked(declaration)
        kept = fresh.content if request.FILES else {**fresh.content, **content}
        return form_page(request, fresh, content=kept, refusal=refusal, check=True)
    messages.success(
        request,
        _("Handed in. “%(name)s” has the number %(number)s.")
        % {"name": declaration.project.name, "number": declaration.project.number},
    )
    return redirect("projects:project", county=request.county.code, pk=declaration.project_id)


@require_http_methods(["GET", "POST"])
@needs("declaration.file")
def withdraw(request: CountyRequest, pk: int) -> HttpResponse:
    """Withdraw with a reason."""
    declaration = find(request, pk)
    context: dict[str, Any] = {
        **pages.header(request, declaration.project, tab="", steps=[]),
        "declaration": declaration,
    }
    if request.method != "POST":
        return render(request, "projects/withdraw.html", context)
    try:
        services.withdraw(actor=request.actor, declaration=declaration, reason=request.POST.get("reason", ""))
    except Refusal as refusal:
        context |= {"errors": as_errors(refusal), "reason": request.POST.get("reason", "")}
        return render(request, "projects/withdraw.html", context, status=refusal.status)
    messages.success(request, _("Withdrawn. What was typed is kept and can be read."))
    return redirect("projects:project", county=request.county.code, pk=declaration.project_id)


@require_POST
@needs("declaration.file")
def carry_over(request: CountyRequest, pk: int) -> HttpResponse:
    """Take a draft into the call that is open now."""
    declaration = find(request, pk)
    try:
        services.carry_over(actor=request.actor, declaration=declaration)
        messages.success(request, _("The draft now belongs to the open call."))
    except Refusal as refusal:
        messages.warning(request, refusal.message)
    return redirect("projects:edit", county=request.county.code, pk=pk)
