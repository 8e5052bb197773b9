"""Who may do what: the one table from which checks, pages and tests are derived."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    FILER = "filer", _("Filer")
    OWNER_UNIT = "owner_unit", _("Owner unit")
    REVIEWER = "reviewer", _("Reviewer")
    OFFICE_HEAD = "office_head", _("Head of office")
    SECRETARY = "secretary", _("Conference secretary")
    FINANCE = "finance", _("Finance officer")
    COUNTY_ADMIN = "county_admin", _("County administrator")
    AUDITOR = "auditor", _("Auditor")


# What a role is for, to who gives it.
ROLE_HELP: dict[str, str | Promise] = {
    Role.FILER: _("writes and hands in the declarations of the unit"),
    Role.OWNER_UNIT: _("follows the unit's projects and records what the unit has done"),
    Role.REVIEWER: _("examines, decides and gives opinions for the office"),
    Role.OFFICE_HEAD: _("as a reviewer, and opens the annual calls"),
    Role.SECRETARY: _("prepares meetings and records what they decided"),
    Role.FINANCE: _("as a reviewer, and exports budget sheets"),
    Role.COUNTY_ADMIN: _("looks after offices, people, rules and calendar; decides on no project"),
    Role.AUDITOR: _("reads everything and the audit trail; changes nothing"),
}

PERMISSIONS: dict[str, str | Promise] = {
    "declaration.file": _("File and edit declarations of one's own unit"),
    "declaration.view_own": _("See one's own unit's declarations"),
    "project.view": _("See all projects of the county"),
    "step.claim": _("Claim work of one's office"),
    "step.decide": _("Decide a step that lies with one's office"),
    "owner.record": _("Record what one's own unit has done"),
    "step.record": _("Record an outside evaluation, a filing, a notice or a plan entry"),
    "opinion.give": _("Give one's office's opinion in a joint review"),
    "meeting.hold": _("Prepare meetings and record their decisions"),
    "call.manage": _("Open and close the annual call"),
    "document.upload": _("Add papers"),
    "reserve.view": _("See the reserve and the annual plan"),
    "budget.export": _("Export budget sheets"),
    "rules.view": _("Read the rules and try them out"),
    "rules.manage": _("Edit the rules"),
    "calendar.manage": _("Enter the holiday arrangement"),
    "people.manage": _("Manage offices, people and roles"),
    "audit.view": _("Search the audit trail"),
}

ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    Role.FILER: frozenset(
        {"declaration.file", "declaration.view_own", "owner.record", "document.upload", "rules.view"}
    ),
    Role.OWNER_UNIT: frozenset({"declaration.view_own", "owner.record", "document.upload", "rules.view"}),
    Role.REVIEWER: frozenset(
        {
            "project.view",
            "step.claim",
            "step.decide",
            "step.record",
            "opinion.give",
            "document.upload",
            "reserve.view",
            "rules.view",
        }
    ),
    Role.OFFICE_HEAD: frozenset(
        {
            "project.view",
            "step.claim",
            "step.decide",
            "step.record",
            "opinion.give",
            "call.manage",
            "document.upload",
            "reserve.view",
            "rules.view",
        }
    ),
    Role.SECRETARY: frozenset(
        {
            "project.view",
            "step.claim",
            "step.decide",
            "step.record",
            "meeting.hold",
            "document.upload",
            "reserve.view",
            "rules.view",
        }
    ),
    Role.FINANCE: frozenset(
        {
            "project.view",
            "step.claim",
            "step.decide",
            "step.record",
            "opinion.give",
            "document.upload",
            "reserve.view",
            "budget.export",
            "rules.view",
        }
    ),
    Role.COUNTY_ADMIN: frozenset({"rules.view", "rules.manage", "calendar.manage", "people.manage"}),
    Role.AUDITOR: frozenset({"project.view", "reserve.view", "rules.view", "audit.view"}),
}

# Which permission opens which duty of a work item (workflow.models.Duty), any of them: queue and menu count by it.
DUTY_PERMISSIONS: dict[str, tuple[str, ...]] = {
    "decide": ("step.decide",),
    "record": ("step.record", "owner.record"),
    "opinion": ("opinion.give",),
    "correct": ("declaration.file", "owner.record"),
    "prepare": ("owner.record",),
    "answer": ("owner.record",),
}


@dataclass(frozen=True)
class Permission:
    """A permission that a stage above brings, the roles that carry it, and the duties of work items it opens."""

    key: str
    label: str | Promise
    roles: tuple[str, ...]
    duties: tuple[str, ...] = ()


def grant(permission: Permission) -> None:
    """Add a stage's permission to the table. Raises `ValueError` for one that is there, or for an unknown role."""
    if permission.key in PERMISSIONS or not set(permission.roles) <= set(Role.values):
        raise ValueError(f"permission {permission.key}")
    PERMISSIONS[permission.key] = permission.label
    for role in permission.roles:
        ROLE_PERMISSIONS[role] |= {permission.key}
    for duty in permission.duties:
        DUTY_PERMISSIONS[duty] = (*DUTY_PERMISSIONS.get(duty, ()), permission.key)


def revoke(permission: Permission) -> None:
    """Take a permission out of the table again, when its stage is closed."""
    del PERMISSIONS[permission.key]
    for role in permission.roles:
        ROLE_PERMISSIONS[role] -= {permission.key}
    for duty in permission.duties:
        DUTY_PERMISSIONS[duty] = tuple(key for key in DUTY_PERMISSIONS[duty] if key != permission.key)


# What an administration looks after. One account holds roles of one of them only, in all counties together; the
# platform's, the operator, holds no role of any county at all (`accounts.services.check_separation`).
ADMINISTRATION: dict[str, str] = {Role.COUNTY_ADMIN: "system", Role.AUDITOR: "audit"}


def is_excluded(role: str, held: Iterable[str]) -> bool:
    """Whether an account with the roles `held` may not be given `role` besides them."""
    wanted = ADMINISTRATION.get(role)
    return wanted is not None and any(ADMINISTRATION.get(other, wanted) != wanted for other in held)


def permissions_of(role: str) -> frozenset[str]:
    """The permissions a role carries; an unknown role carries none."""
    return ROLE_PERMISSIONS.get(role, frozenset())


def duties_of(role: str) -> list[str]:
    """The duties of work items that a role may work on."""
    carried = permissions_of(role)
    return [duty for duty, needed in DUTY_PERMISSIONS.items() if carried.intersection(needed)]
