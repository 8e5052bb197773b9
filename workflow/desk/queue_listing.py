"""The queue as a list: the columns of an item, its order and its filters."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import CountyRequest
from accounts.actors import Actor
from jurisdictions.scope import current_county
from workflow.desk import queue
from workflow.desk.came_from import carry, filters_in
from workflow.desk.queue_rows import Row, rows_of
from workflow.listings import cells
from workflow.listings.listing import AMOUNT, COUNT, DAY, MOMENT, Column, Listing, Rows


class QueueListing(Listing):
    """The queue's filters go together; they are read at once."""

    def narrow(self, rows: Rows, query: QueryDict, actor: Actor) -> Rows:
        """Keep what the address asks for."""
        return queue.Filters.read(query).apply(rows, actor)


def _read(keys: Rows, actor: Actor, backwards: bool) -> list[Any]:
    county = current_county()
    assert county is not None
    return rows_of(keys, actor=actor, county_code=county.code, backwards=backwards)


def _own(request: CountyRequest) -> str:
    return request.actor.office.name if request.actor.office else ""


def _filters(request: CountyRequest) -> str:
    return filters_in(request.META.get("QUERY_STRING", ""))


def _href(row: Row, request: CountyRequest) -> str:
    return carry(row.url, _filters(request))


def _project(row: Row, request: CountyRequest) -> SafeString:
    return cells.link(_href(row, request), row.project, sub=f"{row.unit} · {row.number}")


def _step(row: Row, request: CountyRequest) -> SafeString:
    return cells.with_sub(row.step, row.duty_label)


def _hanging(row: Row, request: CountyRequest) -> SafeString:
    return cells.hanging(row.hanging, own=_own(request))


def _claimer(row: Row, request: CountyRequest) -> SafeString:
    return cells.html("<b>{}</b>", _("me")) if row.mine else cells.text(row.claimer)


QUEUE = QueueListing(
    key="queue",
    name=gettext_lazy("To do"),
    title=gettext_lazy("What waits for your office"),
    queryset=queue.held_by,
    order=queue.ORDER,
    read=_read,
    kept_for=lambda request: (_own(request), _filters(request)),
    href=_href,
    row_class=lambda row: "is-overdue" if row.overdue else "",
    mark=lambda row: (row.pk, row.project),
    columns=(
        Column("name", gettext_lazy("Project"), lambda row: row.project, cell=_project, is_heading=True),
        Column("number", gettext_lazy("Number of the project"), lambda row: row.number, on_page=False),
        Column("owner_unit", gettext_lazy("Owner unit"), lambda row: row.unit, on_page=False),
        Column(
            "investment",
            gettext_lazy("Investment (10,000 yuan)"),
            lambda row: row.investment,
            form=AMOUNT,
        ),
        Column("step", gettext_lazy("Step"), lambda row: row.step, cell=_step),
        Column("duty", gettext_lazy("What is to be done"), lambda row: row.duty_label, on_page=False),
        Column(
            "opened_at",
            gettext_lazy("Waiting since"),
            lambda row: row.opened_at,
            form=MOMENT,
            on_page=False,
        ),
        Column("due_on", gettext_lazy("Due"), lambda row: row.due_on, form=DAY, on_page=False),
        Column("waits_for", gettext_lazy("Where it hangs"), lambda row: row.hanging.who, cell=_hanging),
        Column(
            "left",
            gettext_lazy("Time left"),
            lambda row: row.hanging.due.left if row.hanging.due else None,
            form=COUNT,
            on_page=False,
        ),
        Column(
            "claimed_by",
            gettext_lazy("Claimed by"),
            lambda row: row.claimer or None,
            cell=_claimer,
        ),
    ),
)
