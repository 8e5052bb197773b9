"""Who may do what with a declaration: the unit that applies files, the owner unit adds, nobody decides their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import NotPermitted
from projects.models import AnnualCall, Declaration, Project
from workflow.machines.runner import guard, permit

FILING = ("submit", "resubmit", "withdraw")

permit(Declaration, FILING, "declaration.file")
permit(AnnualCall, ["open", "close", "reopen"], "call.manage")


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


def _filer_only(declaration: Declaration, actor: Actor, facts: Mapping[str, Any]) -> None:
    require_filer(actor=actor, project=declaration.project)


for _name in FILING:
    guard(Declaration, _name)(_filer_only)
