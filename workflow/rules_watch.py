"""The end of a regulation's force: its administrators are told ahead, and once it has come."""

from __future__ import annotations

import datetime as dt

from accounts.models import Membership, User
from accounts.roles import ROLE_PERMISSIONS
from jurisdictions.models import County, RuleVersion
from jurisdictions.versions import current_registry
from workflow import stages
from workflow.clocks import clock
from workflow.notices import notify

# Who is told: those who keep the rules and those who open the calls that rest on them.
TOLD = ("rules.manage", "call.manage")


def keepers() -> list[User]:
    """The county's people who are told about its rules."""
    roles = [role for role, permissions in ROLE_PERMISSIONS.items() if permissions.intersection(TOLD)]
    found = Membership.objects.filter(role__in=roles, is_active=True, user__is_active=True).select_related("user")
    return list({one.user_id: one.user for one in found}.values())


def warn(*, county: County, on: dt.date | None = None) -> int:
    """Tell the keepers of a county's rules once at each of the warning days its rules name, and once after the end.

    The county is in force already. `on` is the day (today). Returns how many people were told.
    """
    day = on or clock.today()
    ruleset = current_registry().newest(county.code)
    force = ruleset.rules.in_force
    if force is None or force.until is None:
        return 0
    left = (force.until - day).days
    reached = [warned for warned in force.warn_days if left <= int(warned)]
    if left < 0:
        kind, occasion = "rules_expired", "ended"
    elif reached:
        kind, occasion = "rules_expiring", str(min(int(warned) for warned in reached))
    else:
        return 0
    version = RuleVersion.objects.only("pk", "title").get(county=county, number=ruleset.version)
    return notify.tell(
        users=keepers(),
        kind=kind,
        key=f"rules:{version.pk}:{occasion}",
        path=stages.page("rules", county.code),
        data={"title": version.title, "day": force.until, "articles": list(force.articles)},
    )
