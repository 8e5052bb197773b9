"""The list for the platform: what is copied to it of each project, and what was reported there."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet, Subquery
from django.db.models.expressions import OuterRef
from django.urls import reverse
from django.utils.translation import gettext_lazy

from approvals.models import PlatformRecord, PlatformStage, Reply
from jurisdictions.rules.vocabulary import ACTIONS
from projects.models import Project
from workflow.listings import cells
from workflow.listings.listing import AMOUNT, COUNT, DAY, Column, Filter, Listing, one_of
from workflow.listings.paging import by_pk


def _with_replies(rows: QuerySet[Any]) -> QuerySet[Any]:
    found = rows.select_related("project__owner_unit", "step")
    for stage, name in (("estimate", "feasibility"), ("approved_estimate", "design")):
        given = Reply.objects.filter(step__project=OuterRef("project"), money_stage=stage).order_by(
            "-replied_on", "-pk"
        )
        for column in ("number", "replied_on", "amount"):
            found = found.annotate(**{f"{name}_{column}": Subquery(given.values(column)[:1])})
    return found


def _href(row: Any, request: Any) -> str:
    return reverse("approvals:platform", kwargs={"county": request.county.code, "pk": row.project_id})


ON_PLATFORM = Listing(
    key="on_platform",
    name=gettext_lazy("On the platform of approvals"),
    title=gettext_lazy("Projects on the platform of approvals, newest first"),
    permissions=("project.view", "declaration.view_own"),
    queryset=lambda actor: PlatformRecord.objects.filter(project__in=Project.objects.visible_to(actor).values("pk")),
    order=(by_pk(descending=True),),
    shown=_with_replies,
    href=_href,
    filters=(
        Filter(
            "stage",
            lambda rows, value, actor: rows.filter(stage=value),
            read=one_of(PlatformStage.values),
            word=lambda value: str(PlatformStage(value).label),
        ),
        Filter(
            "without",
            lambda rows, value, actor: rows.filter(code=""),
            read=one_of(("number",)),
            word=lambda value: str(gettext_lazy("without a number")),
        ),
    ),
    columns=(
        Column(
            "name",
            gettext_lazy("Project"),
            lambda row: row.project.name,
            cell=lambda row, request: cells.link(_href(row, request), row.project.name, sub=row.project.number),
            is_heading=True,
        ),
        Column("number", gettext_lazy("Number"), lambda row: row.project.number, on_page=False),
        Column("code", gettext_lazy("Number on the platform"), lambda row: row.code),
        Column("unit", gettext_lazy("Owner unit"), lambda row: row.project.owner_unit.name),
        Column(
            "action", gettext_lazy("Kind of construction"), lambda row: str(ACTIONS[row.project.action]), on_page=False
        ),
        Column("summary", gettext_lazy("Content"), lambda row: row.project.summary, on_page=False),
        Column("investment", gettext_lazy("Total investment"), lambda row: row.project.investment, form=AMOUNT),
        Column("feasibility", gettext_lazy("Feasibility reply"), lambda row: row.feasibility_number, on_page=False),
        Column(
            "feasibility_on",
            gettext_lazy("Day of the feasibility reply"),
            lambda row: row.feasibility_replied_on,
            form=DAY,
            on_page=False,
        ),
        Column("estimate", gettext_lazy("Estimate"), lambda row: row.feasibility_amount, form=AMOUNT, on_page=False),
        Column("design", gettext_lazy("Reply to the design"), lambda row: row.design_number, on_page=False),
        Column(
            "design_on",
            gettext_lazy("Day of the reply to the design"),
            lambda row: row.design_replied_on,
            form=DAY,
            on_page=False,
        ),
        Column(
            "approved_estimate",
            gettext_lazy("Approved estimate"),
            lambda row: row.design_amount,
            form=AMOUNT,
            on_page=False,
        ),
        Column("filed_on", gettext_lazy("Filed there on"), lambda row: row.filed_on, form=DAY),
        Column("stage", gettext_lazy("Stage there"), lambda row: row.get_stage_display()),
        Column("percent", gettext_lazy("Progress in percent"), lambda row: row.percent, form=COUNT),
        Column("progress", gettext_lazy("Progress in words"), lambda row: row.progress, on_page=False),
        Column("progress_on", gettext_lazy("Progress as of"), lambda row: row.progress_on, form=DAY),
    ),
)
LISTINGS = (ON_PLATFORM,)
