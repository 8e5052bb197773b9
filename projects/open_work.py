"""What a unit holds of projects, and how it goes to another unit."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.models import Office
from projects.models import PartnerUnit, Project, ProjectState
from workflow.people.handover import PROJECT
from workflow.stages import OpenWork

UNENDED = (ProjectState.DRAFT, ProjectState.RUNNING, ProjectState.SUSPENDED)
UNITS = ("applicant", "owner_unit", "handling_office")


def move_projects(actor: Actor, rows: Sequence[Project], office: Office, receiver: Office) -> None:
    """The receiver stands wherever the office stood."""
    for name in UNITS:
        Project.objects.filter(pk__in=[row.pk for row in rows], **{name: office}).update(**{name: receiver})


def move_partners(actor: Actor, rows: Sequence[PartnerUnit], office: Office, receiver: Office) -> None:
    """The receiver confirms instead; where it takes part already, one confirmation is enough."""
    for row in rows:
        if row.project.applicant_id == receiver.pk or row.project.partners.filter(office=receiver).exists():
            row.delete()
        else:
            row.office = receiver
            row.save(update_fields=["office"])


OPEN_WORK = (
    OpenWork(
        Project,
        "applicant",
        _("Projects"),
        rows=lambda office: Project.objects.filter(
            Q(applicant=office) | Q(owner_unit=office) | Q(handling_office=office), state__in=UNENDED
        ),
        share=lambda row: (PROJECT, row.pk),
        name=lambda row: row.name,
        move=move_projects,
    ),
    OpenWork(
        PartnerUnit,
        "office",
        _("Parts to confirm"),
        rows=lambda office: PartnerUnit.objects.filter(
            office=office, confirmed_at=None, project__state__in=UNENDED
        ).select_related("project"),
        share=lambda row: (PROJECT, row.project_id),
        name=lambda row: row.project.name,
        move=move_partners,
    ),
)
