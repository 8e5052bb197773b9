"""The audit trail, for auditors."""

from __future__ import annotations

import datetime as dt

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import CountyRequest, needs
from jurisdictions.fields import whole
from workflow.models import AuditEntry
from workflow.trail import history


@require_GET
@needs("audit.view")
def audit(request: CountyRequest) -> HttpResponse:
    """Search by person, action, project and days, newest first, paged by key."""
    query = request.GET.copy()
    known = dict(history.actions())
    found = history.AuditFilter(
        person=_text(query.get("person")),
        action=query.get("action", "") if query.get("action") in known else "",
        project=_text(query.get("project")),
        first=_day(query.get("first")),
        last=_day(query.get("last")),
    )
    before = whole(query.get("before"))
    entries, older = found.page(AuditEntry.objects.select_related("project"), before=before)
    query["before"] = str(older or "")
    projects = {entry.sequence: entry.project for entry in entries}
    return render(
        request,
        "workflow/audit.html",
        {
            "lines": [(line, projects[line.sequence]) for line in history.lines_of(entries)],
            "found": found,
            "actions": sorted(known.items(), key=lambda one: one[1]),
            "older_url": "?" + query.urlencode() if older else "",
        },
    )


def _text(value: str | None) -> str:
    return (value or "").replace("\0", "").strip()[:60]


def _day(value: str | None) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(value or "")
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2200 else None
