"""The pages of a filing: its form, saved as one types, handed in, withdrawn, its papers.

The addresses of each kind call these with the filing they found; what is particular its kind adds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import CountyRequest
from accounts.refusals import Incomplete, Refusal
from jurisdictions.amounts import FACTORS, in_unit
from jurisdictions.fields import version_shown
from workflow import stages
from workflow.desk.errors import as_errors
from workflow.documents import storage
from workflow.filings import services
from workflow.filings.content import Content, at, from_post, put, text_at
from workflow.filings.handed_in import keep_unsent, rounds_of
from workflow.filings.kinds import kind_of
from workflow.models import EDITABLE, Document, Filing, FilingState

URLS = ("edit", "save", "submit", "withdraw", "attach")


def typed_in(request: HttpRequest, filing: Filing) -> Content:
    """The content a posted form holds, its amounts in the unit that is chosen in it."""
    kind = kind_of(filing)
    content = from_post({name: request.POST[name] for name in request.POST}, kind.sections())
    for name in request.POST:
        chosen, shown = name.removeprefix("shown:"), request.POST[name]
        unit = text_at(content, chosen)
        if chosen == name or shown == unit or not {shown, unit} <= FACTORS.keys():
            continue
        # Without a script the amounts still stand as the page showed them.
        for section in kind.sheet(filing, {**filing.content, **content}).sections:
            for one in section.all_fields():
                if one.unit_from == chosen and text_at(content, one.name):
                    content = put(content, one.name, in_unit(one.value, shown=shown, unit=unit))
    return content


def _save_typed(request: CountyRequest, filing: Filing, content: Content) -> Filing:
    return services.save(
        actor=request.actor, filing=filing, content=content, seen_content_version=version_shown(request.POST)
    )


def _add_files(request: CountyRequest, filing: Filing) -> list[Refusal]:
    """Add the chosen files, each under its kind; gives why some could not be taken."""
    problems = []
    for name in request.FILES:
        purpose, row = kind_of(filing).place_of(name)
        upload = request.FILES.getlist(name)[0]
        try:
            services.attach(actor=request.actor, filing=filing, purpose=purpose, upload=upload, at=row)
        except Refusal as refusal:
            problems.append(refusal)
    return problems


def _untaken(problems: list[Refusal]) -> Incomplete:
    return Incomplete(_("Not every file could be added."), items=problems)


def _common(request: CountyRequest, filing: Filing) -> dict[str, Any]:
    kind, project = kind_of(filing), filing.project
    head = stages.project_pages().head(request, project, tab="", steps=[]) if project is not None else {}
    return {
        **head,
        "filing": filing,
        "label": kind.label,
        "title": kind.title(filing),
        "urls": {what: kind.url(filing, what) for what in URLS},
        "project_url": home_of(filing),
    }


def home_of(filing: Filing) -> str:
    """Where its page leads back to: its project's, else its own."""
    if filing.project is None:
        return kind_of(filing).url(filing)
    return stages.page("project", filing.project.county.code, pk=filing.project.pk)


def form_page(
    request: CountyRequest,
    filing: Filing,
    *,
    content: Mapping[str, Any] | None = None,
    refusal: Refusal | None = None,
    check: bool = False,
) -> HttpResponse:
    """The form, with what is typed (default: saved). `check`: what is missing is shown at its field, too."""
    kind = kind_of(filing)
    may_edit = kind.may_file(request.actor, filing) and filing.state in EDITABLE
    if not may_edit:
        keep_unsent(request.actor, filing)
    sheet = kind.checked(filing, content)
    if not may_edit:
        sheet.lock()
    context = {
        **_common(request, filing),
        **storage.limits(),
        "sheet": sheet,
        "check": check or refusal is not None,
        "may_edit": may_edit,
        "errors": as_errors(refusal) if refusal else [],
        "refusal": refusal,
        "rounds": [] if may_edit else rounds_of(filing),
        "state_tone": stages.tone("filing", filing.state),
        **kind.context(request, filing, filing.content if content is None else content),
    }
    return render(request, kind.template, context, status=refusal.status if refusal else 200)


def edit(request: CountyRequest, filing: Filing) -> HttpResponse:
    """The form of one filing; posted, it is saved as it stands and shown again."""
    if request.method != "POST":
        return form_page(request, filing, check="check" in request.GET)
    kind, content = kind_of(filing), typed_in(request, filing)
    add = request.POST.get("add", "")
    try:
        filing = _save_typed(request, filing, content)
    except Refusal as refusal:
        return form_page(request, filing, content={**filing.content, **content}, refusal=refusal)
    if problems := _add_files(request, filing):
        return form_page(request, services.locked(filing), refusal=_untaken(problems))
    filing = services.locked(filing)
    if add:
        known = {group.name for section in kind.sheet(filing).sections for group in section.groups}
        rows = at(filing.content, add, []) if add in known else None
        return form_page(
            request, filing, content=filing.content if rows is None else put(filing.content, add, [*rows, {}])
        )
    said = kind.asked_others(filing, request.actor) if request.POST.get("ask") else _("Saved.")
    messages.success(request, said)
    return redirect(kind.url(filing) + "?check=1")


def save(request: CountyRequest, filing: Filing) -> HttpResponse:
    """Save as one types: answers what each section still lacks, or why nothing was saved."""
    try:
        filing = _save_typed(request, filing, typed_in(request, filing))
    except Refusal as refusal:
        # Not 422, which the page takes for “saved in part”: nothing was, so it keeps what was typed on the computer.
        status = 413 if refusal.status == 422 else refusal.status
        return JsonResponse(
            {"message": refusal.message, "field": refusal.field, "articles": refusal.articles}, status=status
        )
    sheet = kind_of(filing).checked(filing)
    saved_at = timezone.localtime(filing.saved_at) if filing.saved_at else timezone.localtime()
    return JsonResponse(
        {
            "version": filing.content_version,
            "saved_at": saved_at.strftime("%H:%M"),
            "outline_html": render_to_string("filings/parts/outline.html", {"sheet": sheet}, request).strip(),
            "section_html": {
                section.key: render_to_string("filings/parts/section_state.html", {"section": section}, request)
                for section in sheet.sections
            },
        }
    )


def submit(request: CountyRequest, filing: Filing) -> HttpResponse:
    """Save what stands in the form and hand it in (again, after a return). Reloaded, the form is shown."""
    if request.method != "POST":
        return redirect(kind_of(filing).url(filing))
    content = typed_in(request, filing)
    hand_in = services.resubmit if filing.state == FilingState.RETURNED else services.submit
    try:
        if content and filing.state in EDITABLE:
            filing = _save_typed(request, filing, content)
        if problems := _add_files(request, filing):
            raise _untaken(problems)
        filing = hand_in(actor=request.actor, filing=filing)
    except Refusal as refusal:
        fresh = services.locked(filing)
        kept = fresh.content if request.FILES else {**fresh.content, **content}
        return form_page(request, fresh, content=kept, refusal=refusal, check=True)
    said = _("Handed in.")
    if filing.project is not None:
        said = _("Handed in. “%(name)s” has the number %(number)s.") % {
            "name": filing.project.name,
            "number": filing.project.number,
        }
    messages.success(request, said)
    return redirect(home_of(filing))


def withdraw(request: CountyRequest, filing: Filing) -> HttpResponse:
    """Withdraw with a reason."""
    context = {**_common(request, filing), "warning": kind_of(filing).withdrawal_warning(filing)}
    if request.method != "POST":
        return render(request, "filings/withdraw.html", context)
    reason = request.POST.get("reason", "")
    try:
        services.withdraw(actor=request.actor, filing=filing, reason=reason)
    except Refusal as refusal:
        context |= {"errors": as_errors(refusal), "reason": reason}
        return render(request, "filings/withdraw.html", context, status=refusal.status)
    messages.success(request, _("Withdrawn. What was typed is kept and can be read."))
    return redirect(home_of(filing))


def attach(request: CountyRequest, filing: Filing) -> HttpResponse:
    """Save the form and add the chosen files, each under its kind; what cannot be taken is said at its field."""
    kind = kind_of(filing)
    if request.method != "POST":
        return redirect(kind.url(filing))
    content, place = typed_in(request, filing), request.GET.get("at", "")
    try:
        if content and kind.may_file(request.actor, filing):
            filing = _save_typed(request, filing, content)
        problems = _add_files(request, filing)
        if not request.FILES:
            problems.append(Refusal(_("Please choose a file first."), field=place))
        if problems:
            raise _untaken(problems)
    except Refusal as refusal:
        return form_page(request, services.locked(filing), refusal=refusal)
    messages.success(request, _("Added to the papers."))
    anchor = f"#field-{place}" if place.replace("-", "").replace("_", "").isalnum() else ""
    return redirect(kind.url(filing) + anchor)


def detach(request: CountyRequest, filing: Filing, document: Document) -> HttpResponse:
    """Save the form and take a paper out."""
    content = typed_in(request, filing)
    try:
        if content:
            filing = _save_typed(request, filing, content)
        services.detach(actor=request.actor, filing=filing, document=document)
    except Refusal as refusal:
        fresh = services.locked(filing)
        return form_page(request, fresh, content={**fresh.content, **content}, refusal=refusal)
    messages.success(request, _("Taken out of the papers."))
    return redirect(kind_of(filing).url(filing) + f"#field-{services.field_of(filing, document.purpose)}")
