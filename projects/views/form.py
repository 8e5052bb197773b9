"""The form of a declaration: shown, saved as one types, its papers, the route it would take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import CountyRequest, needs
from accounts.models import Office
from accounts.refusals import Incomplete, Refusal
from jurisdictions.fields import whole
from jurisdictions.rules.route import RouteStep
from jurisdictions.rules.ruleset import Ruleset
from jurisdictions.rules.vocabulary import STEPS
from projects import project_page, services
from projects.declaring.setting import SECTIONS, facts_typed
from projects.models import Declaration, Project
from projects.ruling import route_of, ruleset_of
from projects.services.drafts import EDITABLE, by_todays_rules, locked
from projects.services.sheets import occasion_of
from projects.views.shared import as_errors
from workflow import stages
from workflow.clocks.clock import today
from workflow.desk.words import event, limit
from workflow.documents import storage
from workflow.filings.content import Content, from_post
from workflow.filings.parts import Sheet
from workflow.route.offices import offices_by_authority


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
        .filter(pk=pk)
        .first()
    )
    own = declaration is not None and (
        request.actor.in_office(declaration.project.applicant_id)
        or request.actor.in_office(declaration.project.owner_unit_id)
    )
    if declaration is None or not own:
        raise Http404
    return by_todays_rules(declaration)


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
        row = whole(parts[2]) if parts[:2] == ["quotes", "rows"] and len(parts) > 2 else None
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
    may_edit = services.may_file(actor=request.actor, project=declaration.project) and declaration.state in EDITABLE
    if not may_edit:
        sheet.lock()
    rules = ruleset_of(declaration.project.rule_version)
    occasion = occasion_of(declaration, content)
    context = {
        **project_page.header(request, declaration.project, tab="", steps=[]),
        **storage.limits(),
        "declaration": declaration,
        "sheet": sheet,
        "check": check or refusal is not None,
        "may_edit": may_edit,
        "errors": as_errors(refusal) if refusal else [],
        "refusal": refusal,
        "occasion": occasion,
        "window": rules.rules.windows.get(occasion.window),
        "force_notices": rules.force_notices(today()),
        "preview": preview_of(declaration, declaration.content if content is None else content),
        "state_tone": stages.tone("declaration", declaration.state),
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
    steps = [_preview_step(step, project, rules, offices) for step in route.steps]
    return {"steps": steps, "notices": route.notices, "facts": facts, "skipped": route.skipped}


def _preview_step(step: RouteStep, project: Project, rules: Ruleset, offices: Mapping[str, Office]) -> dict[str, Any]:
    if step.authority == "owner":
        office = project.owner_unit.name
    elif step.authority in offices:
        office = offices[step.authority].name
    else:
        office = rules.authority_name(step.authority)
    return {
        "label": str(step.name or STEPS[step.key]),
        "office": office,
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


@require_POST
@needs("declaration.file", "declaration.view_own")
def preview(request: CountyRequest, pk: int) -> HttpResponse:
    """The live route preview: the fragment for what is typed now. Nothing is saved."""
    declaration = find(request, pk)
    content = {**declaration.content, **typed_in(request)}
    return render(request, "projects/parts/preview.html", {"preview": preview_of(declaration, content)})
