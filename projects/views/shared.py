"""How a refusal becomes a page: its lines."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import CountyRequest
from accounts.refusals import Incomplete, Refusal


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


def as_errors(refusal: Refusal) -> list[dict[str, Any]]:
    """A refusal as the error summary lists it; each item links to its field or section."""
    items = refusal.items if isinstance(refusal, Incomplete) else [refusal]
    return [{"text": item.message, "url": anchor(item.field), "articles": item.articles} for item in items]


def anchor(field: str) -> str:
    """The place on the page that a refusal's field names."""
    if not field:
        return ""
    return f"#{field}" if field.startswith("section-") else f"#field-{field}"
