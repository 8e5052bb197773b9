"""Work that waits for an office in which nobody can act: what the administrator is to mend."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, F, Min, Q

from accounts.models import Membership, Office
from accounts.roles import DUTY_PERMISSIONS, permissions_of
from workflow.models import Duty, WorkItem
from workflow.route.offices import DECLARING


@dataclass(frozen=True)
class Unattended:
    """An office, what is asked of it, how often, and since when."""

    office: Office
    duty: str
    count: int
    since: dt.datetime

    @property
    def asked(self) -> str:
        """The duty in words."""
        return str(Duty(self.duty).label)


def unattended() -> list[Unattended]:
    """All of it in the county in force, the oldest first."""
    waiting = (
        WorkItem.objects.open()
        .values("office", "duty", own=Q(step__authority__in=DECLARING))
        .annotate(count=Count("pk"), since=Min("opened_at"))
        .order_by("since")
    )
    acting: dict[int, set[str]] = {}
    for office, role in Membership.objects.filter(is_active=True, user__is_active=True).values_list(
        F("office"), "role"
    ):
        acting.setdefault(office, set()).update(permissions_of(role))
    alone = [row for row in waiting if not needed(row["duty"], own=row["own"]) & acting.get(row["office"], set())]
    offices = Office.objects.in_bulk([row["office"] for row in alone])
    return [Unattended(offices[row["office"]], row["duty"], row["count"], row["since"]) for row in alone]


def needed(duty: str, *, own: bool) -> set[str]:
    """The permissions of which one acts on a duty: of what is recorded, a unit's own another than an office's."""
    other = "step.record" if own else "owner.record"
    return set(DUTY_PERMISSIONS.get(duty, ())) - {other}
