"""A person's own jobs: how far they are, what came of them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import CountyRequest, needs
from accounts.refusals import Refusal
from workflow.jobs import services
from workflow.jobs.job_listing import JOBS, TONES
from workflow.jobs.kinds import label_of
from workflow.models import Job, JobState


def _found(request: CountyRequest, pk: int) -> Job:
    """A job of the person's own; 404 for anybody else's."""
    return get_object_or_404(Job.objects.of(request.actor.user).select_related("membership"), pk=pk)


def _shown(job: Job) -> Job:
    shown: Any = job
    shown.tone = TONES[JobState(job.state)]
    shown.kind_label = label_of(job.kind)
    return job


@require_GET
@needs()
def jobs(request: CountyRequest) -> HttpResponse:
    """The person's own jobs in this county, the newest first."""
    table = JOBS.table(request)
    return render(request, "workflow/jobs.html", {"table": table, "busy": any(row.is_unfinished for row in table.rows)})


@require_GET
@needs()
def job(request: CountyRequest, pk: int) -> HttpResponse:
    """One job: its state, its progress while it is at work, its file."""
    found = _shown(_found(request, pk))
    response = render(request, "workflow/job.html", {"job": found})
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@needs()
def cancel_job(request: CountyRequest, pk: int) -> HttpResponse:
    """Cancel a job that waits or is at work."""
    found = _found(request, pk)
    try:
        services.cancel(actor=request.actor, job=found)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Cancelled. Nothing more of it is done."))
    return redirect("workflow:job", county=request.county.code, pk=pk)


@require_GET
@needs()
def job_result(request: CountyRequest, pk: int) -> FileResponse:
    """The file of a job, for its owner while they hold the role in which they asked for it."""
    found = _found(request, pk)
    if not found.result_name or found.membership is None or not found.membership.is_active:
        raise Http404
    try:
        content = services.result_path(found).open("rb")
    except FileNotFoundError:
        raise Http404(_("The file is not kept any longer. Please start the job again.")) from None
    response = FileResponse(
        content, as_attachment=True, filename=found.result_name, content_type=found.result_type or None
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response
