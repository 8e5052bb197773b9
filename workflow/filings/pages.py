"""The pages of a filing: its form, saved as one types, handed in, withdrawn, its papers.

The addresses of each kind call these with the filing they found; what is particular its kind adds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import CountyRequest
from accounts.refusals import Incomplete, Refusal
from jurisdictions.fields import version_shown
from workflow import stages
from workflow.desk.errors import as_errors
from workflow.documents import storage
from workflow.filings import confirming, services, uploading
from workflow.filings.checks import require_complete
from workflow.filings.content import Changes, Content, at, flat, from_post, merged, put, read_changes, units
from workflow.filings.differences import fields_changed
from workflow.filings.handed_in import keep_unsent, rounds_of
from workflow.filings.kinds import kind_of
from workflow.filings.parts import Field, in_chosen_unit
from workflow.filings.saving import Conflict
from workflow.models import EDITABLE, Document, Filing, FilingState


@dataclass(frozen=True)
class Typed:
    """What a posted form holds; of what a script sends, only what was changed, `changes` knows what the page showed."""

    content: Content
    changes: Changes | None = None
    unreadable: Refusal | None = None

    def __bool__(self) -> bool:
        return bool(self.content or self.unreadable)

    def over(self, filing: Filing) -> Content:
        """The form as the person has it: what is saved, with what was typed in its place."""
        return merged(filing.content, self.content)


def typed_in(request: HttpRequest, filing: Filing) -> Typed:
    """What a posted form holds: `changes` of a script, else the whole of each section that stands in it.

    Of what somebody else changed meanwhile the person chose (`keep-NAME`): what is saved now, or what they typed.
    """
    post, sections = request.POST, kind_of(filing).sections()
    if "changes" in post:
        try:
            changes = read_changes(post["changes"], sections)
        except Refusal as refusal:
            return Typed({}, unreadable=refusal)
        return Typed(changes.after, changes)
    typed = in_chosen_unit(from_post(post.dict(), sections), partial(_fields, filing), post.dict())
    after = {key: {**dict.fromkeys(filing.content.get(key, {})), **part} for key, part in typed.items()}
    for name in post:
        if name.startswith("keep-") and post[name] == "now":
            section, _hyphen, key = name.removeprefix("keep-").partition("-")
            after.get(section, {}).pop(key, None)
    return Typed(after)


def _fields(filing: Filing, content: Content) -> Iterator[Field]:
    """The fields of the form with this content over what is saved."""
    for section in kind_of(filing).sheet(filing, merged(filing.content, content)).sections:
        yield from section.all_fields()


def _save_typed(request: CountyRequest, filing: Filing, typed: Typed, *, is_locked: bool = False) -> Filing:
    if typed.unreadable:
        raise typed.unreadable
    changes = typed.changes
    return services.save(
        actor=request.actor,
        filing=filing,
        content=typed.content,
        seen_content_version=version_shown(request.POST),
        seen=changes.before if changes else None,
        seen_versions=changes.versions if changes else None,
        is_locked=is_locked,
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
        "urls": uploading.urls_of(filing),
        "can_withdraw": kind.can_withdraw,
        "project_url": home_of(filing),
        "state_tone": stages.tone("filing", filing.state),
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
    """The form, with what is typed (default: saved). `check`: what is missing is shown at its field, too.

    Where what is typed is not saved, scripts learn what is; of what somebody else changed one chooses which holds.
    """
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
        "is_corrected": may_edit and filing.state == FilingState.RETURNED,
        "errors": as_errors(refusal) if refusal else [],
        "refusal": refusal,
        "rounds": [] if may_edit else rounds_of(filing),
        "unsaved": {} if content is None else _saved_otherwise(filing, content),
        "differences": differences(filing, content or {}, refusal),
        **kind.context(request, filing, filing.content if content is None else content),
    }
    return render(request, kind.template, context, status=refusal.status if refusal else 200)


def _saved_otherwise(filing: Filing, content: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """What is saved of the places at which something else is typed: place to names and texts."""
    saved, typed = units(filing.content), units(content)
    names = [name for name in saved.keys() | typed.keys() if saved.get(name) != typed.get(name)]
    return {name: dict(flat(saved.get(name), name)) for name in names}


def differences(filing: Filing, content: Mapping[str, Any], refusal: Refusal | None) -> list[dict[str, Any]]:
    """What somebody else changed as well, place by place: what is saved now and what was typed, as a reader sees it."""
    if not isinstance(refusal, Conflict):
        return []
    kind = kind_of(filing)
    lines = fields_changed(kind.sheet(filing), kind.sheet(filing, content))
    return [
        {"place": place, "lines": [one for one in lines if f"{one['field']}-".startswith(f"{place}-")]}
        for place in refusal.units
    ]


def edit(request: CountyRequest, filing: Filing) -> HttpResponse:
    """The form of one filing; posted, it is saved as it stands and shown again."""
    if request.method != "POST":
        return form_page(request, filing, check="check" in request.GET)
    kind, typed = kind_of(filing), typed_in(request, filing)
    add = request.POST.get("add", "")
    try:
        filing = _save_typed(request, filing, typed)
    except Refusal as refusal:
        fresh = services.locked(filing)
        return form_page(request, fresh, content=typed.over(fresh), refusal=refusal)
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
    """Save as one types; `filing` is locked. Answers what the sections touched still lack, or why nothing was saved."""
    typed = typed_in(request, filing)
    try:
        filing = _save_typed(request, filing, typed, is_locked=True)
    except Refusal as refusal:
        told: dict[str, Any] = {"message": refusal.message, "field": refusal.field, "articles": refusal.articles}
        if isinstance(refusal, Conflict):
            fresh = services.locked(filing)
            context = {"filing": fresh, "differences": differences(fresh, typed.over(fresh), refusal)}
            told |= {"conflicts": refusal.units, "version": fresh.content_version}
            told["differences_html"] = render_to_string("filings/parts/differences.html", context, request)
        return JsonResponse(told, status=refusal.status)
    # A page that knows all of this version knows what the sections lack in which nothing was changed.
    kind, knows_all = kind_of(filing), filing.seen_version == filing.content_version
    sheet = kind.states_after(filing, typed.changes.places) if typed.changes and knows_all else kind.checked(filing)
    saved_at = timezone.localtime(filing.saved_at) if filing.saved_at else timezone.localtime()
    return JsonResponse(
        {
            "version": filing.seen_version,
            "unlocked": ",".join(filing.unlocked),
            "saved_at": saved_at.strftime("%H:%M"),
            **uploading.states(sheet),
        }
    )


def submit(request: CountyRequest, filing: Filing) -> HttpResponse:
    """Save what stands in the form and hand it in (again, after a return); with `look` first shown once more.

    Read, it is the second look at what can be handed in, or the receipt of what was.
    """
    if request.method != "POST":
        return confirming.page(request, filing, _common(request, filing))
    typed = typed_in(request, filing)
    seen = version_shown(request.POST)
    hand_in = services.resubmit if filing.state == FilingState.RETURNED else services.submit
    try:
        if typed and filing.state in EDITABLE:
            filing = _save_typed(request, filing, typed)
            seen = filing.seen_version
        if problems := _add_files(request, filing):
            raise _untaken(problems)
        if "look" in request.POST:
            require_complete(kind_of(filing).checked(services.locked(filing)))
        else:
            # A paper of a row was just saved with its row: then the form is newer than the page, by its own doing.
            filing = hand_in(actor=request.actor, filing=filing, seen_content_version=None if request.FILES else seen)
    except Refusal as refusal:
        fresh = services.locked(filing)
        kept = fresh.content if request.FILES else typed.over(fresh)
        return form_page(request, fresh, content=kept, refusal=refusal, check=True)
    return redirect(kind_of(filing).url(filing, "submit"))


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
    if uploading.is_asked(request):
        return uploading.take(request, filing)
    typed, place = typed_in(request, filing), request.GET.get("at", "")
    try:
        if typed and kind.may_file(request.actor, filing):
            filing = _save_typed(request, filing, typed)
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
    typed = typed_in(request, filing)
    try:
        if typed:
            filing = _save_typed(request, filing, typed)
        services.detach(actor=request.actor, filing=filing, document=document)
    except Refusal as refusal:
        fresh = services.locked(filing)
        return form_page(request, fresh, content=typed.over(fresh), refusal=refusal)
    messages.success(request, _("Taken out of the papers."))
    return redirect(kind_of(filing).url(filing) + f"#field-{services.field_of(filing, document.purpose)}")
