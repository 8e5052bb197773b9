"""Who may do what with a declaration: the unit that applies files, the owner unit adds, nobody decides their own."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import NotPermitted
from projects.models import Project
from workflow.filings.access import has_written


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
    """Whether the person, or whom they stand in for, filed this project or wrote in anything handed in for it.

    Then they do not decide it.
    """
    if actor.user is None:
        return False
    return project.filed_by_id in actor.people or has_written(actor, project)
