"""What a declaration's page has besides that of every filing: the route it would take, the call, partner units."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import CountyRequest, needs
from accounts.refusals import Refusal
from jurisdictions.fields import whole
from projects.models import UNENDED, Declaration, PartnerUnit
from projects.preview import preview_of
from projects.services import calls
from projects.services.drafts import confirm_part
from projects.services.submission import DECLARATION
from workflow.filings import pages
from workflow.views import filings


def find(request: CountyRequest, pk: int) -> Declaration:
    """A declaration of the person's own unit (as applicant or owner). Raises `Http404`."""
    found = filings.find(request, pk)
    if not isinstance(found, Declaration):
        raise Http404
    return found


@require_GET
@needs("declaration.file", "declaration.view_own")
def former(request: CountyRequest, pk: int) -> HttpResponse:
    """The address a form had before a declaration was a filing like others; notices and bookmarks name it."""
    return redirect(DECLARATION.url(find(request, pk)))


@require_POST
@needs("declaration.file")
def carry_over(request: CountyRequest, pk: int) -> HttpResponse:
    """Take a draft into an open call."""
    declaration = find(request, pk)
    try:
        calls.carry_over(actor=request.actor, declaration=declaration, to=whole(request.POST.get("call", "")))
        messages.success(request, _("The draft now belongs to the open call."))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect(DECLARATION.url(declaration))


@require_POST
@needs("declaration.file", "declaration.view_own")
def preview(request: CountyRequest, pk: int) -> HttpResponse:
    """The live route preview: the fragment for what is typed now. Nothing is saved."""
    declaration = find(request, pk)
    content = pages.typed_in(request, declaration).over(declaration)
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
    context = {"partner": found, "project": found.project, "may_confirm": found.project.state in UNENDED}
    if request.method != "POST":
        return render(request, "projects/partner.html", context)
    try:
        confirm_part(actor=request.actor, partner=found)
        messages.success(request, _("Your unit’s part is confirmed."))
    except Refusal as refusal:
        messages.warning(request, refusal.message)
    return redirect("projects:partner", county=request.county.code, pk=pk)
