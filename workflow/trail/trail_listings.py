"""The audit trail as a list: newest first; with days, by the time that an index finds."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from accounts.access import CountyRequest
from accounts.actors import Actor
from jurisdictions.citations import written
from jurisdictions.fields import whole
from workflow import stages
from workflow.listings import cells
from workflow.listings.listing import COUNT, MOMENT, Column, Listing, Rows
from workflow.listings.paging import Order, Term, by_pk, read_moment
from workflow.models import AuditEntry
from workflow.trail.history import AuditFilter, Line, actions, line_of

BY_SEQUENCE = (by_pk(descending=True, of="sequence"),)
BY_TIME = (Term("at", lambda entry: entry.at, descending=True, read=read_moment), *BY_SEQUENCE)


def read_filter(query: QueryDict) -> AuditFilter:
    """What an address looks for; what cannot be read is left out."""
    action = query.get("action", "")
    return AuditFilter(
        person=_text(query.get("person")),
        action=action if action in dict(actions()) else "",
        project=_text(query.get("project")),
        first=_day(query.get("first")),
        last=_day(query.get("last")),
    )


def _text(value: str | None) -> str:
    return (value or "").replace("\0", "").strip()[:60]


def _day(value: str | None) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(value or "")
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2200 else None


class AuditListing(Listing):
    """Its filters go together, and days change the order."""

    def narrow(self, rows: Rows, query: QueryDict, actor: Actor) -> Rows:
        """Keep what the address asks for."""
        return read_filter(query).apply(rows)

    def sorting(self, query: QueryDict) -> Order:
        """By sequence; with days by time, which is the same but for moments."""
        found = read_filter(query)
        return BY_SEQUENCE if found.first is None and found.last is None else BY_TIME


def _lines(entries: list[Any], actor: Actor) -> list[Any]:
    return [(line_of(entry), entry.project) for entry in entries]


def _who(row: tuple[Line, Any], request: CountyRequest) -> SafeString:
    line = row[0]
    return format_html('{}<span class="sub">{}{}</span>', line.who, line.office, f" · {line.role}" if line.role else "")


def _what(row: tuple[Line, Any], request: CountyRequest) -> SafeString:
    line = row[0]
    if not line.note:
        return format_html("{}", line.what)
    parts = format_html_join(cells.BREAK, "{}", ((part,) for part in line.note.split("\n")))
    return format_html('{}<span class="sub">{}</span>', line.what, parts)


def _project(row: tuple[Line, Any], request: CountyRequest) -> SafeString:
    project = row[1]
    if project is None:
        return cells.DASH
    if project.state == "draft" or (project.state == "withdrawn" and not project.routed_on):
        return format_html("{}", project.name)
    url = reverse("workflow:history", kwargs={"county": request.county.code, "pk": project.pk})
    return format_html('<a href="{}">{}</a>', url, project.name)


def _basis(row: tuple[Line, Any], request: CountyRequest) -> SafeString:
    return cells.articles(row[0].articles, stages.page("rules", request.county.code))


def _sequence(row: tuple[Line, Any], request: CountyRequest) -> SafeString:
    return format_html('<span title="{}">{}</span>', row[0].hash, row[0].sequence)


COLUMNS = (
    Column("sequence", gettext_lazy("No."), lambda row: row[0].sequence, form=COUNT, cell=_sequence),
    Column("at", gettext_lazy("When"), lambda row: row[0].at, form=MOMENT),
    Column("who", gettext_lazy("Person"), lambda row: row[0].who, cell=_who, css="col-mid"),
    Column("office", gettext_lazy("Office"), lambda row: row[0].office, on_page=False),
    Column("role", gettext_lazy("Role"), lambda row: row[0].role, on_page=False),
    Column("what", gettext_lazy("What"), lambda row: row[0].what, cell=_what),
    Column("note", gettext_lazy("What changed"), lambda row: row[0].note, on_page=False),
    Column(
        "project",
        gettext_lazy("Project"),
        lambda row: row[1].name if row[1] is not None else None,
        cell=_project,
        css="col-mid",
    ),
    Column("articles", gettext_lazy("Basis"), lambda row: written(row[0].articles), cell=_basis),
)

AUDIT = AuditListing(
    key="audit",
    keeps_views=True,
    name=gettext_lazy("Audit trail"),
    title=gettext_lazy("Entries, newest first"),
    permissions=("audit.view",),
    queryset=lambda actor: AuditEntry.objects.all(),
    order=BY_SEQUENCE,
    shown=lambda rows: rows.select_related("project"),
    prepare=_lines,
    columns=(
        *COLUMNS,
        Column("hash", gettext_lazy("Hash of the entry"), lambda row: row[0].hash, on_page=False),
    ),
)


# --- the history of one project -------------------------------------------------------------------------------


class HistoryListing(Listing):
    """The entries of one project; without one there are none."""

    def narrow(self, rows: Rows, query: QueryDict, actor: Actor) -> Rows:
        """Keep those of the project asked for."""
        pk = whole(query.get("project"))
        return rows.filter(project_id=pk) if pk is not None else rows.none()


def _of_visible_projects(actor: Actor) -> Rows:
    projects: Any = AuditEntry._meta.get_field("project").related_model
    return AuditEntry.objects.filter(project__in=projects.objects.visible_to(actor).order_by().values("pk"))


def of_project(pk: int) -> QueryDict:
    """What asks for the history of a project."""
    return QueryDict(f"project={pk}")


HISTORY = HistoryListing(
    key="history",
    title=gettext_lazy("History of the project"),
    permissions=("project.view", "declaration.view_own"),
    queryset=_of_visible_projects,
    of="project",
    order=BY_SEQUENCE,
    shown=lambda rows: rows.select_related("project"),
    prepare=_lines,
    columns=COLUMNS,
)
