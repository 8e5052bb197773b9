"""What happens to people, offices and roles: written to the audit trail, and their claims freed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Model

from accounts.actors import Actor
from accounts.models import Membership, Office, User
from workflow.desk.words import word
from workflow.models import WorkItem
from workflow.notices import notify
from workflow.people.unattended import unattended
from workflow.route import offices
from workflow.trail import audit


def write_entry(
    *,
    actor: Actor,
    action: str,
    record: Model,
    label: str,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    **kwargs: Any,
) -> None:
    """One entry for each write on people, offices and counties; last, because it holds the end of the chain."""
    if isinstance(record, Office) and (old.get("authorities"), old.get("is_active")) != (
        new.get("authorities"),
        new.get("is_active"),
    ):
        offices.reassign()
    audit.entry(actor=actor, action=action, record=record, label=label, old=old, new=new)


def free_claims(*, actor: Actor, membership: Membership, to: User | None = None, **kwargs: Any) -> None:
    """Work claimed by somebody who left the office goes to the colleague `to`; without one it is its office's again."""
    still = Membership.objects.filter(user=membership.user, office=membership.office, is_active=True)
    if not still.exists():
        items = WorkItem.objects.open().filter(office=membership.office, claimed_by=membership.user)
        items.update(claimed_by=to)
    for row in unattended():
        if row.office.pk == membership.office_id:
            notify.nobody_acts(row.office, key=f"left:{membership.pk}:{row.duty}", what=row.duty)


def claims_of(*, person: User, **kwargs: Any) -> list[tuple[int, str]]:
    """What a person has claimed: office and words."""
    items = WorkItem.objects.open().filter(claimed_by=person).select_related("project", "step").order_by("pk")
    return [
        (item.office_id, f"{item.project.name} · {word(item.step.key if item.step else item.duty)}") for item in items
    ]
