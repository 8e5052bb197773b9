"""Which office of the county carries an authority; what an office is to have before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Office
from accounts.refusals import Refusal
from workflow.models import Step, StepState

# Bodies outside the county's offices: the record of what they decided is kept by the data bureau.
RECORDED_BY = "data_bureau"
OUTSIDE = frozenset({"city", "province", "sector", "experts"})
# The unit that declared acts for both until a project names the unit that uses the system.
DECLARING = frozenset({"owner", "using_unit"})


def offices_by_authority() -> dict[str, Office]:
    """The county's offices by the duties they carry; the first office wins where two carry the same."""
    found: dict[str, Office] = {}
    for office in Office.objects.filter(is_active=True).exclude(authorities=[]).order_by("pk"):
        for key in office.authorities:
            found.setdefault(key, office)
    return found


def office_for(*, authority: str, project: Any, offices: Mapping[str, Office] | None = None) -> Office:
    """The office of the county that carries an authority for this project.

    Raises `Refusal` when none is set up.
    """
    if authority in DECLARING:
        return project.owner_unit
    key = RECORDED_BY if authority in OUTSIDE else authority
    office = (offices if offices is not None else offices_by_authority()).get(key)
    if office is None:
        raise Refusal(
            _("No office of this county carries the duty “%(key)s”. The county administrator must name one first.")
            % {"key": key}
        )
    return office


def reassign() -> int:
    """After duties moved between offices: steps to come go to the office that carries the duty now.

    What an office has before it stays there. Returns how many steps changed (of the county in force).
    """
    offices = offices_by_authority()
    coming = Step.objects.filter(state=StepState.COMING).exclude(authority="owner")
    changed = 0
    for authority in coming.values_list("authority", flat=True).distinct().order_by("authority"):
        office = offices.get(RECORDED_BY if authority in OUTSIDE else authority)
        if office is not None:
            changed += coming.filter(authority=authority).exclude(office=office).update(office=office)
    return changed
