"""What an office holds of opinions, and how they go to another office."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import Actor
from accounts.models import Office
from approvals.models import Advice, AdviceState, DelayFinding, FindingState, Opinion, OpinionState, Panel, PanelState
from workflow.clocks import deadlines
from workflow.machines.runner import perform
from workflow.models import Deadline, Duty, WorkItem
from workflow.people.handover import DUTY
from workflow.people.open_work import move_items, share_of
from workflow.route.offices import RECORDED_BY
from workflow.route.steps import close_items
from workflow.stages import OpenWork


def move_opinions(actor: Actor, rows: Sequence[Opinion], office: Office, receiver: Office) -> None:
    """The receiver is asked instead; where it is asked already, or has answered, its one opinion counts."""
    asked = set(Opinion.objects.filter(step__in=[row.step_id for row in rows], office=receiver).values_list("step"))
    for row in rows:
        if (row.step_id,) not in asked:
            items = WorkItem.objects.open().filter(step=row.step_id, office=office, duty=Duty.OPINION)
            move_items(actor, list(items), office, receiver)
            Opinion.objects.filter(pk=row.pk).update(office=receiver)
            continue
        close_items(row.step, office=office, duty=Duty.OPINION)
        reason = _("“%(office)s” gives one opinion for both") % {"office": receiver.name}
        perform(row, "note_missing", actor=actor, reason=reason)
        for clock in Deadline.objects.unended().filter(step=row.step_id, party=row.authority):
            deadlines.cancel(actor=actor, deadline=clock)


def _found() -> QuerySet[DelayFinding]:
    open_states = (FindingState.PROPOSED, FindingState.HEARD, FindingState.CONFIRMED)
    return DelayFinding.objects.filter(state__in=open_states).select_related("project", "office")


def _share_of_panel(row: Panel) -> tuple[str, Any]:
    """A panel goes with the step it is for, else with what its office does."""
    if row.step is not None:
        return share_of(row.step.authority, row.project_id)
    return DUTY, next(iter(row.office.authorities), RECORDED_BY)


OPEN_WORK = (
    OpenWork(
        Advice,
        "office",
        gettext_lazy("A word asked for, or a copy"),
        rows=lambda office: Advice.objects.filter(office=office, state=AdviceState.ASKED).select_related(
            "project", "step", "office"
        ),
        share=lambda row: (DUTY, next(iter(row.office.authorities), RECORDED_BY)),
        name=lambda row: f"{row.project.name} · {row.step.name}",
    ),
    OpenWork(
        Opinion,
        "office",
        gettext_lazy("Opinions"),
        rows=lambda office: Opinion.objects.filter(office=office, state=OpinionState.ASKED).select_related(
            "step__project", "office"
        ),
        share=lambda row: share_of(row.authority, row.step.project_id),
        name=lambda row: f"{row.step.project.name} · {row.step.name}",
        move=move_opinions,
    ),
    OpenWork(
        Panel,
        "office",
        gettext_lazy("Expert reviews"),
        rows=lambda office: (
            Panel.objects.filter(office=office)
            .exclude(state__in=(PanelState.CLOSED, PanelState.CANCELLED))
            .select_related("project", "step", "office")
        ),
        share=_share_of_panel,
        name=lambda row: f"{row.project.name} · {row.purpose}",
    ),
    OpenWork(
        DelayFinding,
        "unit",
        gettext_lazy("Findings of delay against the unit"),
        rows=lambda office: _found().filter(unit=office),
        share=lambda row: share_of("owner", row.project_id),
        name=lambda row: row.project.name,
    ),
    OpenWork(
        DelayFinding,
        "office",
        gettext_lazy("Findings of delay"),
        rows=lambda office: _found().filter(office=office),
        share=lambda row: share_of(row.office.authorities[0], row.project_id),
        name=lambda row: row.project.name,
    ),
)
