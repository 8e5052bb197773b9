"""What the lists of projects share: their tabs."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import CountyRequest


def list_tabs(request: CountyRequest, active: str) -> list[dict[str, Any]]:
    """Projects, reserve and annual plan as tabs, for those who may see the reserve; nothing for the others."""
    if not request.actor.may("reserve.view"):
        return []
    labels = {"projects": _("Projects"), "reserve": _("Reserve"), "plans": _("Annual plan")}
    return [
        {
            "label": label,
            "active": name == active,
            "url": reverse(f"projects:{name}", kwargs={"county": request.county.code}),
        }
        for name, label in labels.items()
    ]
