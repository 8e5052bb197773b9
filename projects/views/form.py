"""The pages of a declaration: its form, papers, handing in and withdrawing, the route it would take."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import CountyRequest, needs
from accounts.refusals import Refusal
from projects.models import Declaration, PartnerUnit
from projects.preview import preview_of
from projects.services import calls
from projects.services.drafts import by_todays_rules, confirm_part
from workflow.filings import pages
from workflow.models import Document


def find(request: CountyRequest, pk: int) -> Declaration:
    """A declaration of the person's own unit (as applicant or owner). Raises `Http404`."""
    declaration = (
        Declaration.objects.select_related(
            "call",
            "unit",
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


@require_http_methods(["GET", "POST"])
@needs("declaration.file", "declaration.view_own")
def edit(request: CountyRequest, pk: int) -> HttpResponse:
    """The form; posted, it is saved as it stands and shown again."""
    return pages.edit(request, find(request, pk))


@require_POST
@needs("declaration.file")
def save(request: CountyRequest, pk: int) -> HttpResponse:
    """Save as one types."""
    return pages.save(request, find(request, pk))


@require_http_methods(["GET", "POST"])
@needs("declaration.file")
def submit(request: CountyRequest, pk: int) -> HttpResponse:
    """Save what stands in the form and hand it in (again, after a return)."""
    return pages.submit(request, find(request, pk))


@require_http_methods(["GET", "POST"])
@needs("declaration.file")
def withdraw(request: CountyRequest, pk: int) -> HttpResponse:
    """Withdraw with a reason."""
    return pages.withdraw(request, find(request, pk))


@require_http_methods(["GET", "POST"])
@needs("declaration.file", "document.upload")
def attach(request: CountyRequest, pk: int) -> HttpResponse:
    """Save the form and add the chosen files, each under its kind."""
    return pages.attach(request, find(request, pk))


@require_POST
@needs("declaration.file")
def detach(request: CountyRequest, pk: int, paper: int) -> HttpResponse:
    """Save the form and take a paper out."""
    declaration = find(request, pk)
    document = get_object_or_404(Document.objects.active(), pk=paper, project=declaration.project)
    return pages.detach(request, declaration, document)


@require_POST
@needs("declaration.file")
def carry_over(request: CountyRequest, pk: int) -> HttpResponse:
    """Take a draft into the call that is open now."""
    declaration = find(request, pk)
    try:
        calls.carry_over(actor=request.actor, declaration=declaration)
        messages.success(request, _("The draft now belongs to the open call."))
    except Refusal as refusal:
        messages.warning(request, refusal.message)
    return redirect("projects:edit", county=request.county.code, pk=pk)


@require_POST
@needs("declaration.file", "declaration.view_own")
def preview(request: CountyRequest, pk: int) -> HttpResponse:
    """The live route preview: the fragment for what is typed now. Nothing is saved."""
    declaration = find(request, pk)
    content = {**declaration.content, **pages.typed_in(request, declaration)}
    return render(request, "projects/parts/preview.html", {"preview": preview_of(declaration, content)})


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
        confirm_part(actor=request.actor, partner=found)
        messages.success(request, _("Your unit’s part is confirmed."))
        return redirect("projects:partner", county=request.county.code, pk=pk)
    return render(request, "projects/partner.html", {"partner": found, "project": found.project})
