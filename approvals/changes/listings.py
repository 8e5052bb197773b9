"""The list of requests to change what was approved."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from accounts.access import CountyRequest
from approvals.changes.words import TONES, percent
from approvals.models import ChangeRequest, Outcome
from projects.models import Project
from workflow import stages
from workflow.listings import cells
from workflow.listings.listing import AMOUNT, MOMENT, Column, Filter, Listing, one_of
from workflow.listings.paging import by_pk
from workflow.models import FilingState

STATES = {key: label for key, label in FilingState.choices if key != FilingState.DRAFT}


def _href(row: Any, request: CountyRequest) -> str:
    url = reverse("approvals:project_changes", kwargs={"county": request.county.code, "pk": row.project_id})
    return f"{url}#change-{row.pk}"


def _title(row: Any, request: CountyRequest) -> SafeString:
    return cells.link(_href(row, request), row.title or "—", sub=row.project.name)


def _outcome(row: Any, request: CountyRequest) -> SafeString:
    return cells.badge(TONES.get(row.outcome, "neutral"), row.get_outcome_display())


def _state(row: Any, request: CountyRequest) -> SafeString:
    return cells.badge(stages.tone("filing", row.filing.state), row.filing.get_state_display())


CHANGES = Listing(
    key="changes",
    name=gettext_lazy("Changes"),
    title=gettext_lazy("Changes, newest first"),
    permissions=("project.view", "declaration.view_own"),
    queryset=lambda actor: ChangeRequest.objects.filter(
        project__in=Project.objects.visible_to(actor).values("pk"), filing__submitted_at__isnull=False
    ),
    order=(by_pk(descending=True),),
    shown=lambda rows: rows.select_related("filing", "project__owner_unit"),
    href=_href,
    filters=(
        Filter(
            "state",
            lambda rows, value, actor: rows.filter(filing__state=value),
            read=one_of(STATES),
            word=lambda value: str(STATES[value]),
        ),
        Filter(
            "outcome",
            lambda rows, value, actor: rows.filter(outcome=value),
            read=one_of(Outcome.values),
            word=lambda value: str(Outcome(value).label),
        ),
    ),
    columns=(
        Column("title", gettext_lazy("Change"), lambda row: row.title, cell=_title, is_heading=True),
        Column("project", gettext_lazy("Project"), lambda row: row.project.name, on_page=False),
        Column("number", gettext_lazy("Number"), lambda row: row.project.number, on_page=False),
        Column("unit", gettext_lazy("Owner unit"), lambda row: row.project.owner_unit.name),
        Column("outcome", gettext_lazy("By the rules"), lambda row: row.get_outcome_display(), cell=_outcome),
        Column("delta", gettext_lazy("Change of the amount"), lambda row: row.delta, form=AMOUNT),
        Column("ratio", gettext_lazy("Share"), lambda row: percent(row.ratio), css="num"),
        Column("submitted_at", gettext_lazy("Handed in"), lambda row: row.filing.submitted_at, form=MOMENT),
        Column("state", gettext_lazy("State"), lambda row: row.filing.get_state_display(), cell=_state),
    ),
)
LISTINGS = (CHANGES,)
