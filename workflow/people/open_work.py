"""What an office holds of people, steps, work items, deadlines and forms, and how it goes to another office."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import services
from accounts.actors import Actor
from accounts.models import Membership, Office
from workflow.desk.words import word
from workflow.models import (
    OF_THE_UNIT,
    Deadline,
    DeadlineExtension,
    Duty,
    ExtensionState,
    Filing,
    FilingState,
    Step,
    WorkItem,
)
from workflow.people.handover import DUTY, LINKED, PEOPLE, PROJECT
from workflow.route.offices import DECLARING, OUTSIDE, RECORDED_BY
from workflow.stages import OpenWork

IN_HAND = (FilingState.DRAFT, FilingState.SUBMITTED, FilingState.RETURNED)


def share_of(authority: str, project_id: int | None) -> tuple[str, Any]:
    """Work of the unit goes with its project, an office's with the duty it is done under."""
    if authority in DECLARING or not authority:
        return PROJECT, project_id
    return DUTY, RECORDED_BY if authority in OUTSIDE else authority


def move_people(actor: Actor, rows: Sequence[Membership], office: Office, receiver: Office) -> None:
    """People act for the receiver in the roles they had."""
    for row in rows:
        services.move_membership(actor=actor, membership=row, office=receiver)


def move_items(actor: Actor, rows: Sequence[WorkItem], office: Office, receiver: Office) -> None:
    """Items stand before the receiver; claimed by the same person where they went along."""
    items = WorkItem.objects.filter(pk__in=[row.pk for row in rows])
    items.update(office=receiver)
    stay = Membership.objects.filter(office=receiver, is_active=True).values("user")
    items.exclude(claimed_by__in=stay).update(claimed_by=None)


def _share_of_item(item: WorkItem) -> tuple[str, Any]:
    if item.about and item.duty not in OF_THE_UNIT and item.office.authorities:
        return DUTY, item.office.authorities[0]
    authority = item.step.authority if item.step is not None and item.duty not in OF_THE_UNIT else ""
    return share_of(authority, item.project_id)


def _share_of_deadline(row: Deadline) -> tuple[str, Any]:
    party = row.step.authority if row.party == "authority" and row.step is not None else row.party
    return share_of(party, row.project_id)


def _named(row: Any) -> str:
    what = word(row.step.key) if row.step is not None else word(getattr(row, "about", ""))
    return f"{row.project.name} · {what}" if what else str(row.project.name)


def _asked() -> QuerySet[DeadlineExtension]:
    found = DeadlineExtension.objects.filter(state=ExtensionState.REQUESTED)
    return found.select_related("deadline__project", "deadline__step")


OPEN_WORK = (
    OpenWork(
        Membership,
        "office",
        _("People"),
        rows=lambda office: Membership.objects.filter(office=office, is_active=True).select_related("user", "office"),
        share=lambda row: (PEOPLE, ""),
        name=lambda row: f"{row.user} · {row.get_role_display()}",
        move=move_people,
    ),
    OpenWork(
        Office,
        "parent",
        _("Linked units"),
        rows=lambda office: Office.objects.filter(parent=office, is_active=True),
        share=lambda row: (LINKED, ""),
        name=lambda row: row.name,
    ),
    OpenWork(
        Step,
        "office",
        _("Steps"),
        rows=lambda office: Step.objects.unended().filter(office=office).select_related("project"),
        share=lambda row: share_of(row.authority, row.project_id),
        name=lambda row: f"{row.project.name} · {row.name}",
    ),
    OpenWork(
        WorkItem,
        "office",
        _("Waiting work"),
        rows=lambda office: (
            WorkItem.objects.open().filter(office=office).exclude(duty=Duty.OPINION).select_related("project", "step")
        ),
        share=_share_of_item,
        name=_named,
        move=move_items,
    ),
    OpenWork(
        Deadline,
        "office",
        _("Time limits"),
        rows=lambda office: Deadline.objects.unended().filter(office=office).select_related("project", "step"),
        share=_share_of_deadline,
        name=lambda row: _named(row) if row.project is not None else word(row.key),
    ),
    OpenWork(
        DeadlineExtension,
        "unit",
        _("Requests for more time"),
        rows=lambda office: _asked().filter(unit=office),
        share=lambda row: _share_of_deadline(row.deadline),
        name=lambda row: _named(row.deadline),
    ),
    OpenWork(
        DeadlineExtension,
        "office",
        _("More time to be decided"),
        rows=lambda office: _asked().filter(office=office),
        share=lambda row: (DUTY, str(row.deadline.extension["by"])),
        name=lambda row: _named(row.deadline),
    ),
    OpenWork(
        Filing,
        "unit",
        _("Forms"),
        rows=lambda office: Filing.objects.filter(unit=office, state__in=IN_HAND).select_related("project", "unit"),
        share=lambda row: (PROJECT, row.project_id),
        name=lambda row: row.trail_label(),
    ),
)
