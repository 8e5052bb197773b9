"""Papers of a declaration, and the confirmation of partner units."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import CountyRequest, needs
from accounts.refusals import Incomplete, Refusal
from projects import services
from projects.models import PartnerUnit
from projects.services.drafts import locked
from projects.views.form import add_files, find, form_page, seen_version, typed_in
from workflow.models import Document


@require_http_methods(["GET", "POST"])
@needs("declaration.file", "document.upload")
def attach(request: CountyRequest, pk: int) -> HttpResponse:
    """Save the form and add the chosen files, each under its kind; what cannot be taken is said at its field."""
    declaration = find(request, pk)
    if request.method != "POST":
        return redirect("projects:edit", county=request.county.code, pk=pk)
    content = typed_in(request)
    try:
        if content and services.may_file(actor=request.actor, project=declaration.project):
            declaration = services.save_content(
                actor=request.actor,
                declaration=declaration,
                content=content,
                seen_content_version=seen_version(request.POST),
            )
        problems = add_files(request, declaration)
        if not request.FILES:
            problems.append(Refusal(_("Please choose a file first."), field=request.GET.get("at", "")))
        if problems:
            raise Incomplete(_("Not every file could be added."), items=problems)
    except Refusal as refusal:
        return form_page(request, locked(declaration), refusal=refusal)
    messages.success(request, _("Added to the papers."))
    at = request.GET.get("at", "")
    anchor = f"#field-{at}" if at.replace("-", "").replace("_", "").isalnum() else ""
    return redirect(reverse("projects:edit", kwargs={"county": request.county.code, "pk": pk}) + anchor)


@require_POST
@needs("declaration.file")
def detach(request: CountyRequest, pk: int, paper: int) -> HttpResponse:
    """Save the form and take a paper out."""
    declaration = find(request, pk)
    document = get_object_or_404(Document.objects.active(), pk=paper, project_id=declaration.project_id)
    content = typed_in(request)
    try:
        if content:
            declaration = services.save_content(
                actor=request.actor,
                declaration=declaration,
                content=content,
                seen_content_version=seen_version(request.POST),
            )
        services.detach(actor=request.actor, declaration=declaration, document=document)
    except Refusal as refusal:
        return form_page(request, locked(declaration), content={**declaration.content, **content}, refusal=refusal)
    messages.success(request, _("Taken out of the papers."))
    return redirect(
        reverse("projects:edit", kwargs={"county": request.county.code, "pk": pk}) + f"#field-papers-{document.purpose}"
    )


@require_http_methods(["GET", "POST"])
@needs("declaration.file")
def partner(request: CountyRequest, pk: int) -> HttpResponse:
    """A partner unit reads what it is to build and confirms it."""
    found = (
        PartnerUnit.objects.select_related("project__applicant", "project__county", "confirmed_by", "office")
        .filter(project__declaration__pk=pk, office=request.actor.office)
        .first()
    )
    if found is None:
        raise Http404
    if request.method == "POST":
        services.confirm_part(actor=request.actor, partner=found)
        messages.success(request, _("Your unit’s part is confirmed."))
        return redirect("projects:partner", county=request.county.code, pk=pk)
    return render(request, "projects/partner.html", {"partner": found, "project": found.project})
