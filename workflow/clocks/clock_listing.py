"""The clocks of a project as a list, for files and programs; its page is the ledger."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import Actor
from jurisdictions.citations import written
from jurisdictions.fields import whole
from jurisdictions.templatetags.xunzhang import shortday
from workflow.clocks import due
from workflow.clocks.ledger import label_of, ledger_row, used_days
from workflow.listings.listing import COUNT, DAY, Column, Listing, Rows
from workflow.listings.paging import Term, by_pk, read_day
from workflow.models import Deadline


class ClockListing(Listing):
    """The clocks of one project; without one there are none."""

    def narrow(self, rows: Rows, query: QueryDict, actor: Actor) -> Rows:
        """Keep those of the project asked for."""
        pk = whole(query.get("project"))
        return rows.filter(project_id=pk) if pk is not None else rows.none()


def _of_visible_projects(actor: Actor) -> Rows:
    projects: Any = Deadline._meta.get_field("project").related_model
    return Deadline.objects.filter(project__in=projects.objects.visible_to(actor).order_by().values("pk"))


def _shown(rows: Rows) -> Rows:
    return rows.select_related("office", "step").prefetch_related("pauses", "changes")


def _rows(rows: list[Any], actor: Actor) -> list[Any]:
    return [(row, ledger_row(row)) for row in rows]


def _stops(row: Any) -> str | None:
    said = [
        _("%(first)s to %(last)s: %(reason)s")
        % {
            "first": shortday(one["start"]),
            "last": shortday(one["end"]) if one["end"] else _("today"),
            "reason": one["reason"],
        }
        for one in row[1]["pauses"]
        if not one["undone"]
    ]
    return "；".join(said) or None


CLOCKS = ClockListing(
    key="clocks",
    title=gettext_lazy("Time limits of this project"),
    name=gettext_lazy("Time limits"),
    permissions=("project.view", "declaration.view_own"),
    queryset=_of_visible_projects,
    of="project",
    order=(Term("started_on", lambda row: row.started_on, read=read_day), by_pk()),
    shown=_shown,
    prepare=_rows,
    columns=(
        Column("what", gettext_lazy("Deadline"), lambda row: label_of(row[0]), is_heading=True),
        Column("party", gettext_lazy("Who"), lambda row: row[1]["party"]),
        Column("limit", gettext_lazy("Time limit"), lambda row: row[1]["limit"]),
        Column("started_on", gettext_lazy("From"), lambda row: row[0].started_on, form=DAY),
        Column("due_on", gettext_lazy("Due"), lambda row: row[0].due_on, form=DAY),
        Column("used", gettext_lazy("Days used"), lambda row: used_days(row[0]), form=COUNT),
        Column("left", gettext_lazy("Time left"), lambda row: row[1]["left"], form=COUNT),
        Column("stops", gettext_lazy("Stops of the clock"), _stops),
        Column("state", gettext_lazy("State"), lambda row: row[0].get_state_display()),
        Column("ended_on", gettext_lazy("Ended on"), lambda row: row[1]["ended"], form=DAY),
        Column("said", gettext_lazy("Days in words"), lambda row: due.days_in_words(row[0]) or None, on_page=False),
        Column("articles", gettext_lazy("Basis"), lambda row: written(row[0].articles)),
    ),
)
