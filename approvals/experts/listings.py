"""Lists of experts, of panels, and of what experts are paid."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import F, Q
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from accounts.access import CountyRequest
from approvals.models import Attendance, Expert, Panel, PanelState, Standing
from jurisdictions.folding import folded_name, words
from workflow.clocks import clock
from workflow.listings import cells
from workflow.listings.listing import AMOUNT, DAY, Column, Filter, Listing, Rows, one_of
from workflow.listings.paging import by_pk

STANDINGS = {Standing.ACTIVE: "good", Standing.SUSPENDED: "warn", Standing.LEFT: "neutral"}
PANELS_TONES = {
    PanelState.ASKED: "warn",
    PanelState.PREPARED: "info",
    PanelState.SITTING: "info",
    PanelState.CLOSED: "done",
    PanelState.CANCELLED: "neutral",
}


def _expert_url(row: Any, request: CountyRequest) -> str:
    return reverse("approvals:expert", kwargs={"county": request.county.code, "pk": row.pk})


def _panel_url(row: Any, request: CountyRequest) -> str:
    return reverse("approvals:panel", kwargs={"county": request.county.code, "pk": row.pk})


def _name(row: Any, request: CountyRequest) -> SafeString:
    return cells.link(_expert_url(row, request), row.name, sub=row.title)


def _with_words(rows: Rows, text: str) -> Rows:
    for word in words(text):
        rows = rows.filter(Q(name__icontains=word) | Q(employer_folded__contains=folded_name(word)))
    return rows


def _available(rows: Rows) -> Rows:
    today = clock.today()
    return rows.filter(state=Standing.ACTIVE).filter(Q(away_until=None) | Q(away_until__lte=today))


STATES = {**{key: str(key) for key in Standing.values}, "available": "available", "all": "all"}


def _by_standing(rows: Rows, value: str) -> Rows:
    if value == "all":
        return rows
    return _available(rows) if value == "available" else rows.filter(state=value)


EXPERTS = Listing(
    key="experts",
    name=gettext_lazy("Library of experts"),
    title=gettext_lazy("Library of experts, newest first"),
    permissions=("expert.view",),
    queryset=lambda actor: Expert.objects.all(),
    order=(by_pk(descending=True),),
    href=_expert_url,
    filters=(
        Filter("q", lambda rows, value, actor: _with_words(rows, value), word=lambda value: f"“{value}”"),
        Filter(
            "speciality",
            lambda rows, value, actor: rows.filter(specialities__contains=[value]),
            word=str,
        ),
        Filter("state", lambda rows, value, actor: _by_standing(rows, value), read=one_of(STATES), default="all"),
    ),
    columns=(
        Column("name", gettext_lazy("Expert"), lambda row: row.name, cell=_name, is_heading=True),
        Column("title", gettext_lazy("Professional title"), lambda row: row.title, on_page=False),
        Column("employer", gettext_lazy("Employer"), lambda row: row.employer),
        Column("specialities", gettext_lazy("Specialities"), lambda row: "、".join(row.specialities)),
        Column("phone", gettext_lazy("Phone"), lambda row: row.phone),
        Column("email", gettext_lazy("E-mail"), lambda row: row.email, on_page=False),
        Column("away_until", gettext_lazy("Not available until"), lambda row: row.away_until, form=DAY),
        Column("note", gettext_lazy("Note"), lambda row: row.note, on_page=False),
        Column(
            "state",
            gettext_lazy("Standing"),
            lambda row: row.get_state_display(),
            cell=lambda row, request: cells.badge(STANDINGS[Standing(row.state)], row.get_state_display()),
        ),
    ),
)


def _purpose(row: Any, request: CountyRequest) -> SafeString:
    return cells.link(_panel_url(row, request), row.purpose, sub=row.project.name)


PANELS = Listing(
    key="panels",
    name=gettext_lazy("Expert reviews"),
    title=gettext_lazy("Expert reviews, newest first"),
    permissions=("expert.view",),
    queryset=lambda actor: Panel.objects.all(),
    order=(by_pk(descending=True),),
    shown=lambda rows: rows.select_related("project", "office"),
    href=_panel_url,
    filters=(Filter("state", lambda rows, value, actor: rows.filter(state=value), read=one_of(PanelState.values)),),
    columns=(
        Column("purpose", gettext_lazy("Review"), lambda row: row.purpose, cell=_purpose, is_heading=True),
        Column("project", gettext_lazy("Project"), lambda row: row.project.name, on_page=False),
        Column("office", gettext_lazy("Lead"), lambda row: row.office.name),
        Column("due_on", gettext_lazy("Opinions by"), lambda row: row.due_on, form=DAY),
        Column(
            "state",
            gettext_lazy("State"),
            lambda row: row.get_state_display(),
            cell=lambda row, request: cells.badge(PANELS_TONES[PanelState(row.state)], row.get_state_display()),
        ),
    ),
)


def _days(row: Any) -> str:
    return format(Decimal(row.days).normalize(), "f")


def _paid(row: Any, request: CountyRequest) -> SafeString:
    return cells.link(_panel_url(row.seat.panel, request), row.seat.name, sub=row.seat.employer)


FEES = Listing(
    key="expert_fees",
    name=gettext_lazy("Attendance and fees of experts"),
    title=gettext_lazy("Attendance and fees of experts, newest first"),
    permissions=("expert.view",),
    queryset=lambda actor: Attendance.objects.all(),
    order=(by_pk(descending=True),),
    shown=lambda rows: rows.select_related("seat__panel__project").annotate(review=F("seat__panel__purpose")),
    columns=(
        Column("name", gettext_lazy("Expert"), lambda row: row.seat.name, cell=_paid, is_heading=True),
        Column("employer", gettext_lazy("Employer"), lambda row: row.seat.employer, on_page=False),
        Column("project", gettext_lazy("Project"), lambda row: row.seat.panel.project.name),
        Column("review", gettext_lazy("Review"), lambda row: row.review),
        Column("on", gettext_lazy("Opinions by"), lambda row: row.seat.panel.due_on, form=DAY),
        Column("days", gettext_lazy("Days"), _days, css="num"),
        Column("rate", gettext_lazy("Rate"), lambda row: row.rate_name),
        Column("a_day", gettext_lazy("Yuan a day"), lambda row: format(row.a_day, "f"), css="num"),
        Column("yuan", gettext_lazy("Sum (yuan)"), lambda row: format(row.amount, "f"), css="num"),
        Column("amount", gettext_lazy("Sum (10,000 yuan)"), lambda row: row.amount, form=AMOUNT),
    ),
)

LISTINGS = (EXPERTS, PANELS, FEES)
