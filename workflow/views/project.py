"""Two views of a project: its deadlines day by day, and its history."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import CountyRequest, needs
from workflow.clocks import clock, due, reckoning
from workflow.desk import project_frame, words
from workflow.listings.listing import PAGE, Table
from workflow.listings.paging import AFTER, BEFORE, page_of, paged
from workflow.models import AuditEntry, ClockKind, Deadline, DeadlineState
from workflow.trail import history as trail
from workflow.trail.trail_listings import BY_SEQUENCE, HISTORY, of_project


@require_GET
@needs("project.view", "declaration.view_own")
def deadlines(request: CountyRequest, pk: int) -> HttpResponse:
    """The deadline ledger: each deadline, who, by which article, from when, stopped when, due when and why."""
    project = project_frame.find_project(request, pk)
    rows = list(
        Deadline.objects.filter(project=project)
        .select_related("office", "step")
        .prefetch_related("pauses", "changes")
        .order_by("started_on", "due_on", "pk")
    )
    context = {
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
        request, "workflow/deadlines.html", {**project_frame.head(request, project, tab="deadlines"), **context}
    )


def label_of(row: Deadline) -> str:
    """What a deadline is about."""
    return row.step.name if row.step is not None and row.key == row.step.key else words.word(row.key)


def ledger_row(row: Deadline) -> dict[str, Any]:
    """A deadline as `<c-ledger>` shows it."""
    ended = clock.day_of(row.ended_at) if row.ended_at else None
    paused = row.state == DeadlineState.PAUSED
    changes = list(row.changes.all())
    opens = None if row.opens_amount is None else (row.opens_amount, row.opens_unit)
    limit = words.limit(row.amount, row.unit, row.kind, opens)
    if row.after:
        limit = _("%(limit)s after %(event)s") % {"limit": limit, "event": words.event(row.after)}
    return {
        "label": label_of(row),
        "party": row.office.name_on(row.ended_at) if row.office else words.word(row.party),
        "limit": limit,
        "started": row.started_on,
        "due": None if paused else row.due_on,
        "former_due": changes[-1].old_due_on if changes else None,
        "left": None if ended else due.days_left(row),
        "said": due.days_in_words(row),
        "silence": "" if ended else due.silence_in_words(row),
        "unit": due.unit_of(row),
        "ended": ended,
        "late": ended is not None and ended > row.due_on and row.kind != ClockKind.NOT_BEFORE,
        "provisional": row.provisional,
        "paused": paused,
        "articles": row.articles,
        "pauses": [
            {"start": one.from_day, "end": one.until_day, "reason": one.reason, "articles": one.articles}
            for one in row.pauses.all()
        ],
    }


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
