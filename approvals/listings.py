"""The list of meetings."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from accounts.access import CountyRequest
from approvals.models import Meeting, MeetingItem
from approvals.templatetags.approvals import authority_words
from workflow.listings import cells
from workflow.listings.listing import COUNT, DAY, Column, Listing, Rows
from workflow.listings.paging import Term, by_pk, read_day


def _href(row: Any, request: CountyRequest) -> str:
    return reverse("approvals:meeting", kwargs={"county": request.county.code, "pk": row.pk})


def _title(row: Any, request: CountyRequest) -> SafeString:
    return cells.link(_href(row, request), row.title, sub=authority_words(row.body))


def _with_count(rows: Rows) -> Rows:
    items = MeetingItem.objects.filter(meeting=OuterRef("pk")).order_by().values("meeting")
    return rows.annotate(item_count=Coalesce(Subquery(items.annotate(n=Count("pk")).values("n")), 0))


MEETINGS = Listing(
    key="meetings",
    name=gettext_lazy("Meetings"),
    title=gettext_lazy("Meetings, newest first"),
    permissions=("meeting.hold", "project.view"),
    queryset=lambda actor: Meeting.objects.all(),
    order=(Term("held_on", lambda row: row.held_on, descending=True, read=read_day), by_pk(descending=True)),
    shown=_with_count,
    href=_href,
    columns=(
        Column("title", gettext_lazy("Meeting"), lambda row: row.title, cell=_title, is_heading=True),
        Column("body", gettext_lazy("Body that meets"), lambda row: str(authority_words(row.body)), on_page=False),
        Column("held_on", gettext_lazy("Held on"), lambda row: row.held_on, form=DAY),
        Column("number", gettext_lazy("Number of the minutes"), lambda row: row.number),
        Column("projects", gettext_lazy("Number of projects"), lambda row: row.item_count, form=COUNT),
        Column(
            "state",
            gettext_lazy("State"),
            lambda row: row.get_state_display(),
            cell=lambda row, request: cells.badge(
                "info" if row.state == "prepared" else "done", row.get_state_display()
            ),
        ),
    ),
)

LISTINGS = (MEETINGS,)
