"""Delegations as a list: one's own; to administrators and auditors those of the county."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import CountyRequest
from accounts.models import Delegation
from accounts.services import MANAGE
from workflow.clocks import clock
from workflow.desk.words import word
from workflow.listings import cells
from workflow.listings.listing import DAY, Column, Listing
from workflow.listings.paging import by_pk
from workflow.people.delegations import visible_to

TONES = {"ended": "neutral", "over": "neutral", "coming": "info", "running": "good"}


def state_of(row: Delegation) -> str:
    """By its days: coming, running, over, or ended before."""
    if row.ended_at is not None:
        return "ended"
    if row.last_day < clock.today():
        return "over"
    return "coming" if row.first_day > clock.today() else "running"


def _state_words(row: Delegation) -> str:
    names = {"ended": _("Ended early"), "over": _("Over"), "coming": _("Coming"), "running": _("In force")}
    return names[state_of(row)]


def _scope(row: Delegation) -> str:
    named = [*row.duties, *row.steps]
    return _(", ").join(word(one) for one in named) if named else _("All work")


def _state(row: Any, request: CountyRequest) -> SafeString:
    badge = cells.badge(TONES[state_of(row)], _state_words(row))
    mine = request.actor.user is not None and request.actor.user.pk in (row.giver.user_id, row.taker.user_id)
    if state_of(row) in ("ended", "over") or not (mine or request.actor.may(MANAGE)):
        return badge
    url = reverse("workflow:delegation_end", kwargs={"county": request.county.code, "pk": row.pk})
    label = _("End")
    named = _("End the delegation of %(giver)s to %(taker)s") % {"giver": row.giver.user, "taker": row.taker.user}
    link = format_html('<a href="{}" aria-label="{}">{}</a>', url, named, label)
    return format_html("{} {}", badge, link)


DELEGATIONS = Listing(
    key="delegations",
    title=gettext_lazy("Delegations, newest first"),
    name=gettext_lazy("Delegations"),
    queryset=visible_to,
    order=(by_pk(descending=True),),
    shown=lambda rows: rows.select_related("giver__user", "giver__office", "taker__user"),
    columns=(
        Column("giver", gettext_lazy("Absent"), lambda row: str(row.giver.user), is_heading=True),
        Column("taker", gettext_lazy("Stands in"), lambda row: str(row.taker.user)),
        Column("office", gettext_lazy("Office"), lambda row: str(row.giver.office)),
        Column("first_day", gettext_lazy("From"), lambda row: row.first_day, form=DAY),
        Column("last_day", gettext_lazy("Until"), lambda row: row.last_day, form=DAY),
        Column("scope", gettext_lazy("Scope"), _scope),
        Column("reason", gettext_lazy("Reason"), lambda row: row.reason),
        Column("state", gettext_lazy("State"), _state_words, cell=_state, css="tight"),
    ),
)
