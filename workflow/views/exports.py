"""A list as a file: what a list's export buttons ask for."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.access import CountyRequest, needs
from accounts.refusals import NotPermitted, Refusal
from workflow.listings.export import start_export


@require_POST
@needs()
def export(request: CountyRequest) -> HttpResponse:
    """Start the export of `list`, filtered as `query` says, and show the job. Who opens the list may export it."""
    given = request.POST
    try:
        job = start_export(
            actor=request.actor,
            key=given.get("list", ""),
            query=given.get("query", ""),
            form=given.get("format", ""),
        )
    except NotPermitted as refusal:
        raise PermissionDenied(refusal.message) from refusal
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("workflow:jobs", county=request.county.code)
    return redirect("workflow:job", county=request.county.code, pk=job.pk)
