"""The pages of a filing, whatever its kind."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import CountyRequest, needs
from workflow.filings import pages
from workflow.filings.kinds import kind_of
from workflow.filings.saving import locked_to_save
from workflow.models import Document, Filing


def find(request: CountyRequest, pk: int, *, to_read: bool = False) -> Filing:
    """A filing of the person's own unit; to read, also one that was handed in, for reviewers. Raises `Http404`."""
    kind = kind_of(get_object_or_404(Filing.objects.only("kind"), pk=pk))
    rows = kind.model.objects.select_related("unit", "step", "call", "project__county", "project__applicant")
    filing = rows.select_related("project__owner_unit", "project__rule_version", "project__filed_by").get(pk=pk)
    handed_in = filing.submitted_at is not None and request.actor.may("project.view")
    if not kind.is_own(request.actor, filing) and not (to_read and handed_in):
        raise Http404
    return kind.read(filing)


@require_http_methods(["GET", "POST"])
@needs("declaration.file", "owner.record", "declaration.view_own", "project.view")
def edit(request: CountyRequest, pk: int) -> HttpResponse:
    """The form; posted, it is saved as it stands and shown again."""
    return pages.edit(request, find(request, pk, to_read=True))


@require_POST
@needs("declaration.file", "owner.record")
def save(request: CountyRequest, pk: int) -> HttpResponse:
    """Save as one types."""
    filing = locked_to_save(pk, request.actor)
    if filing is None or not kind_of(filing).is_own(request.actor, filing):
        raise Http404
    return pages.save(request, filing)


@require_http_methods(["GET", "POST"])
@needs("declaration.file", "owner.record")
def submit(request: CountyRequest, pk: int) -> HttpResponse:
    """Save what stands in the form and hand it in (again, after a return)."""
    return pages.submit(request, find(request, pk))


@require_http_methods(["GET", "POST"])
@needs("declaration.file", "owner.record")
def withdraw(request: CountyRequest, pk: int) -> HttpResponse:
    """Withdraw with a reason."""
    return pages.withdraw(request, find(request, pk))


@require_http_methods(["GET", "POST"])
@needs("declaration.file", "document.upload")
def attach(request: CountyRequest, pk: int) -> HttpResponse:
    """Save the form and add the chosen files, each under its kind."""
    return pages.attach(request, find(request, pk))


@require_POST
@needs("declaration.file", "owner.record")
def detach(request: CountyRequest, pk: int, paper: int) -> HttpResponse:
    """Save the form and take a paper out."""
    filing = find(request, pk)
    return pages.detach(request, filing, get_object_or_404(Document.objects.active(), pk=paper))
