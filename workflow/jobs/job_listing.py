"""A person's own jobs as a list."""

from __future__ import annotations

from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from accounts.access import CountyRequest
from workflow.jobs.kinds import label_of
from workflow.listings import cells
from workflow.listings.listing import MOMENT, Column, Listing
from workflow.listings.paging import by_pk
from workflow.models import Job, JobState

TONES = {
    JobState.QUEUED: "neutral",
    JobState.RUNNING: "info",
    JobState.DONE: "good",
    JobState.FAILED: "bad",
    JobState.CANCELLED: "neutral",
}


def _address(name: str, row: Any, request: CountyRequest) -> str:
    return reverse(f"workflow:{name}", kwargs={"county": request.county.code, "pk": row.pk})


def _title(row: Job, request: CountyRequest) -> SafeString:
    return cells.link(_address("job", row, request), row, sub=label_of(row.kind))


def _state(row: Job, request: CountyRequest) -> SafeString:
    badge = cells.badge(TONES[JobState(row.state)], row.get_state_display())
    is_counted = row.state == JobState.RUNNING and row.total
    return cells.with_sub(badge, f"{row.progress} / {row.total}" if is_counted else "")


def _file(row: Job, request: CountyRequest) -> SafeString:
    if not row.result_name:
        return cells.DASH
    url, size = _address("job_result", row, request), filesizeformat(row.result_size)
    return cells.with_sub(format_html('<a href="{}">{}</a>', url, row.result_name), size)


JOBS = Listing(
    key="jobs",
    title=gettext_lazy("Jobs, newest first"),
    queryset=lambda actor: Job.objects.of(actor.user),
    order=(by_pk(descending=True),),
    href=lambda row, request: _address("job", row, request),
    is_exported=False,
    columns=(
        Column("title", gettext_lazy("Job"), str, cell=_title, is_heading=True),
        Column("state", gettext_lazy("State"), lambda row: row.get_state_display(), cell=_state),
        Column("started", gettext_lazy("Started"), lambda row: row.created_at, form=MOMENT),
        Column("file", gettext_lazy("File"), lambda row: row.result_name, cell=_file),
    ),
)
