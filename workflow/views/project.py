"""Two views of a project: its deadlines day by day, and its history."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import CountyRequest, needs
from workflow import stages
from workflow.clocks import delays, due, foreseen, reckoning
from workflow.clocks.clock_listing import CLOCKS
from workflow.clocks.ledger import label_of, ledger_row
from workflow.desk import project_frame
from workflow.listings.listing import PAGE, Table
from workflow.listings.paging import AFTER, BEFORE, page_of, paged
from workflow.models import AuditEntry
from workflow.trail import history as trail
from workflow.trail.trail_listings import BY_SEQUENCE, HISTORY, of_project


@require_GET
@needs("project.view", "declaration.view_own")
def deadlines(request: CountyRequest, pk: int) -> HttpResponse:
    """The deadline ledger: each deadline, who, by which article, from when, stopped when, due when and why.

    Beside it who delayed the project by how much, and when each coming step ends if everybody uses their full time.
    """
    project = project_frame.find_project(request, pk)
    steps = delays.steps_of(project)
    rows = delays.clocks_of(project, steps)
    context = {
        "delays": delays.of_project(project, rows),
        "delay_url": stages.page("delay", request.county.code, pk=pk),
        "outlook": foreseen.outlook(project, steps, rows) if steps else None,
        "table": Table(CLOCKS, request, of_project(project.pk), [], [], "", ""),
        "ledger": [ledger_row(row) for row in rows],
        "details": [
            {
                "row": row,
                "label": label_of(row),
                "said": due.days_in_words(row),
                "days": days,
                "changes": list(row.changes.all()),
            }
            for row in rows
            if (days := reckoning.ledger(row)) or row.changes.all()
        ],
    }
    return render(
        request,
        "workflow/deadlines.html",
        {**project_frame.head(request, project, tab="deadlines", steps=steps), **context},
    )


@require_GET
@needs("project.view", "declaration.view_own")
def history(request: CountyRequest, pk: int) -> HttpResponse:
    """Everything that was written about a project: who, when, what changed, by which articles."""
    project = project_frame.find_project(request, pk)
    page = page_of(AuditEntry.objects.filter(project=project), BY_SEQUENCE, request.GET, size=PAGE)
    context = {
        "lines": trail.lines_of(page.rows),
        "table": Table(HISTORY, request, of_project(project.pk), [], [], "", ""),
        "newer_url": paged(request.GET, AFTER, page.newer),
        "older_url": paged(request.GET, BEFORE, page.older),
    }
    return render(request, "workflow/history.html", {**project_frame.head(request, project, tab="history"), **context})
