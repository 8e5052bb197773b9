"""How a refusal becomes a page: its lines."""

from __future__ import annotations

from typing import Any

from accounts.refusals import Incomplete, Refusal


def as_errors(refusal: Refusal) -> list[dict[str, Any]]:
    """A refusal as the error summary lists it; each item links to its field or section."""
    items = refusal.items if isinstance(refusal, Incomplete) else [refusal]
    return [{"text": item.message, "url": anchor(item.field), "articles": item.articles} for item in items]


def anchor(field: str) -> str:
    """The place on the page that a refusal's field names."""
    if not field:
        return ""
    return f"#{field}" if field.startswith("section-") else f"#field-{field}"
