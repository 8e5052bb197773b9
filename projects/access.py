"""Who may do what with a declaration: the unit that applies files, the owner unit adds, nobody decides their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import NotPermitted
from projects.models import Declaration, Project

FILING = ("submit", "resubmit", "withdraw")


def may_file(*, actor: Actor, project: Project) -> bool:
    """Whether the person files for the project's applicant unit."""
    return actor.may("declaration.file") and (actor.is_system or actor.in_office(project.applicant_id))


def require_filer(*, actor: Actor, project: Project) -> None:
    """Raise `NotPermitted` unless the person files for the project's applicant unit."""
    if not may_file(actor=actor, project=project):
        raise NotPermitted(
            _("Only people who file for %(unit)s may change this declaration.") % {"unit": project.applicant.name}
        )


def has_filed(*, actor: Actor, project: Project) -> bool:
    """Whether the person filed this declaration or wrote in it: then they do not decide it."""
    if actor.user is None:
        return False
    if project.filed_by_id == actor.user.pk:
        return True
    if Project.declaration.is_cached(project):  # read with the project: no query of its own
        declaration: Declaration | None = getattr(project, "declaration", None)
        return declaration is not None and actor.user.pk in declaration.editors
    return Declaration.objects.filter(project_id=project.pk, editors__contains=[actor.user.pk]).exists()


def filer_only(declaration: Declaration, actor: Actor, facts: Mapping[str, Any]) -> None:
    """Only who files for the unit hands in, corrects and withdraws."""
    require_filer(actor=actor, project=declaration.project)
