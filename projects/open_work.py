"""What a unit holds of projects, and how it goes to another unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.models import Office
from projects.models import TO_CONFIRM, UNENDED, Declaration, PartnerUnit, Project
from workflow.filings.content import Content, put, rows_at, text_at
from workflow.people.handover import PROJECT
from workflow.stages import OpenWork

UNITS = ("applicant", "owner_unit", "handling_office")
OWNER, PARTNERS = "basics-owner_unit", "basics-partners"  # where a declaration names units


def move_projects(actor: Actor, rows: Sequence[Project], office: Office, receiver: Office) -> None:
    """The receiver stands wherever the office stood, in what was typed too."""
    ids = [row.pk for row in rows]
    for name in UNITS:
        Project.objects.filter(pk__in=ids, **{name: office}).update(**{name: receiver})

    def named(content: Content) -> Content:
        stood = text_at(content, OWNER) == str(office.pk)
        return put(content, OWNER, str(receiver.pk)) if stood else content

    _write_anew(ids, named)


def move_partners(actor: Actor, rows: Sequence[PartnerUnit], office: Office, receiver: Office) -> None:
    """The receiver confirms instead; where it takes part already, one confirmation is enough."""
    old, new = str(office.pk), str(receiver.pk)

    def named(content: Content) -> Content:
        lines = [{**one, "office": new} if one.get("office") == old else one for one in rows_at(content, PARTNERS)]
        return put(content, PARTNERS, lines) if lines else content

    def left_out(content: Content) -> Content:
        lines = [one for one in rows_at(content, PARTNERS) if one.get("office") != old]
        return put(content, PARTNERS, lines) if rows_at(content, PARTNERS) else content

    for row in rows:
        if row.project.applicant_id == receiver.pk or row.project.partners.filter(office=receiver).exists():
            row.delete()
            _write_anew([row.project_id], left_out)
        else:
            row.office = receiver
            row.save(update_fields=["office"])
            _write_anew([row.project_id], named)


def _write_anew(projects: Sequence[int], named: Callable[[Content], Content]) -> None:
    """Put the receiver in the declarations too: else the next save would name the former unit again."""
    for one in Declaration.objects.select_for_update(no_key=True, of=("self",)).filter(project__in=projects):
        if (content := named(one.content)) != one.content:
            one.content, one.content_version = content, one.content_version + 1
            one.save(update_fields=["content", "content_version"])


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
        rows=lambda office: PartnerUnit.objects.filter(TO_CONFIRM, office=office).select_related("project"),
        share=lambda row: (PROJECT, row.project_id),
        name=lambda row: row.project.name,
        move=move_partners,
    ),
)
