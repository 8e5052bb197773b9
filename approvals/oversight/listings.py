"""The lists of matters and of milestones."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from accounts.access import CountyRequest
from approvals.models import Matter, MatterKind, MatterState, Milestone, MilestoneState
from approvals.oversight.milestones import late_by
from projects.models import Project
from workflow import stages
from workflow.listings import cells
from workflow.listings.listing import COUNT, DAY, Column, Filter, Listing, one_of
from workflow.listings.paging import Term, by_pk, read_day

SEE = ("project.view", "declaration.view_own")


def _matter_href(row: Any, request: CountyRequest) -> str:
    return reverse("approvals:matter", kwargs={"county": request.county.code, "pk": row.pk})


def _matter(row: Any, request: CountyRequest) -> SafeString:
    return cells.link(_matter_href(row, request), row.title, sub=row.project.name)


def _matter_state(row: Any, request: CountyRequest) -> SafeString:
    return cells.badge(stages.tone("matter", row.state), row.get_state_display())


MATTERS = Listing(
    key="matters",
    name=gettext_lazy("Matters"),
    title=gettext_lazy("Incidents and corrections, newest first"),
    permissions=SEE,
    queryset=lambda actor: Matter.objects.filter(project__in=Project.objects.visible_to(actor).values("pk")),
    order=(by_pk(descending=True),),
    shown=lambda rows: rows.select_related("project", "unit", "office"),
    href=_matter_href,
    filters=(
        Filter(
            "state",
            lambda rows, value, actor: rows.filter(state=value),
            read=one_of(MatterState.values),
            word=lambda value: str(MatterState(value).label),
        ),
        Filter(
            "kind",
            lambda rows, value, actor: rows.filter(kind=value),
            read=one_of(MatterKind.values),
            word=lambda value: str(MatterKind(value).label),
        ),
    ),
    columns=(
        Column("title", gettext_lazy("Matter"), lambda row: row.title, cell=_matter, is_heading=True),
        Column("project", gettext_lazy("Project"), lambda row: row.project.name, on_page=False),
        Column("unit", gettext_lazy("Owner unit"), lambda row: row.unit.name),
        Column("kind", gettext_lazy("What it is about"), lambda row: row.get_kind_display()),
        Column("office", gettext_lazy("Office"), lambda row: row.office.name),
        Column("happened_on", gettext_lazy("Day"), lambda row: row.happened_on, form=DAY),
        Column("due_on", gettext_lazy("To be put right by"), lambda row: row.due_on, form=DAY),
        Column("state", gettext_lazy("State"), lambda row: row.get_state_display(), cell=_matter_state),
    ),
)


def _works_href(row: Any, request: CountyRequest) -> str:
    return reverse("approvals:works", kwargs={"county": request.county.code, "pk": row.project_id})


def _milestone(row: Any, request: CountyRequest) -> SafeString:
    return cells.link(_works_href(row, request), row.name, sub=row.project.name)


def _milestone_state(row: Any, request: CountyRequest) -> SafeString:
    if row.done_on is None and late_by(row):
        return cells.badge("bad", gettext("Overdue"))
    return cells.badge(stages.tone("milestone", row.state), row.get_state_display())


MILESTONES = Listing(
    key="milestones",
    name=gettext_lazy("Milestones"),
    title=gettext_lazy("Milestones by the day they are planned for"),
    permissions=SEE,
    queryset=lambda actor: Milestone.objects.filter(project__in=Project.objects.visible_to(actor).values("pk")).exclude(
        state=MilestoneState.DROPPED
    ),
    order=(Term("planned_on", lambda row: row.planned_on, read=read_day), by_pk()),
    shown=lambda rows: rows.select_related("project__owner_unit"),
    href=_works_href,
    filters=(
        Filter(
            "state",
            lambda rows, value, actor: rows.filter(state=value),
            read=one_of((MilestoneState.PLANNED, MilestoneState.REACHED)),
            word=lambda value: str(MilestoneState(value).label),
        ),
    ),
    columns=(
        Column("name", gettext_lazy("Milestone"), lambda row: row.name, cell=_milestone, is_heading=True),
        Column("project", gettext_lazy("Project"), lambda row: row.project.name, on_page=False),
        Column("unit", gettext_lazy("Owner unit"), lambda row: row.project.owner_unit.name),
        Column("planned_on", gettext_lazy("Planned for"), lambda row: row.planned_on, form=DAY),
        Column("done_on", gettext_lazy("Reached on"), lambda row: row.done_on, form=DAY),
        Column("late", gettext_lazy("Days late"), late_by, form=COUNT),
        Column("percent", gettext_lazy("Share done by then"), lambda row: row.percent, form=COUNT),
        Column("state", gettext_lazy("State"), lambda row: row.get_state_display(), cell=_milestone_state),
    ),
)
LISTINGS = (MATTERS, MILESTONES)
