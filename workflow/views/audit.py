"""The audit trail, for auditors."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import CountyRequest, needs
from workflow.trail import history
from workflow.trail.trail_listings import AUDIT, read_filter


@require_GET
@needs("audit.view")
def audit(request: CountyRequest) -> HttpResponse:
    """Search by person, action, project and days, newest first, paged by key."""
    found = read_filter(request.GET)
    context = {
        "table": AUDIT.table(request),
        "found": found,
        "searched": history.searched(found),
        "actions": sorted(history.actions(), key=lambda one: one[1]),
    }
    return render(request, "workflow/audit.html", context)
