"""Papers, through the permission check."""

from __future__ import annotations

from django.http import FileResponse, Http404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import CountyRequest, needs
from workflow.desk import project_frame
from workflow.documents import storage
from workflow.models import Document


@require_GET
@needs("project.view", "declaration.view_own")
def document(request: CountyRequest, pk: int) -> FileResponse:
    """A paper's content: a reviewer's of every project, a unit's own; nobody else learns of it.

    To be saved, or with `shown` in place on a page of ours, where it is a kind that is shown.
    """
    paper = Document.objects.select_related("project").filter(pk=pk, withdrawn_at=None).first()
    if paper is None or not storage.may_read(actor=request.actor, project=paper.project):
        raise Http404
    if paper.project is not None:
        project_frame.find_project(request, paper.project.pk)
    return served(paper, in_place="shown" in request.GET)


def served(paper: Document, *, in_place: bool) -> FileResponse:
    """The content of a paper that the caller has found somebody may read; `in_place` where its kind is shown."""
    try:
        content = storage.path_of(paper).open("rb")
    except FileNotFoundError:
        raise Http404(_("The content of this paper is not here. Please tell the operator.")) from None
    shown = paper.is_shown and in_place
    response = FileResponse(content, as_attachment=not shown, filename=paper.name, content_type=paper.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    # A browser's own reader of PDFs does not start in a sandbox.
    held = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"
    response["Content-Security-Policy"] = held if shown else "sandbox; default-src 'none'"
    if shown:
        response["X-Frame-Options"] = "SAMEORIGIN"
    response["Cache-Control"] = "private, no-store"
    response["Content-Length"] = str(paper.size)
    return response
