"""What was handed in, field by field, as HTML put together by hand: a reviewer reads dozens of fields on a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.template.defaultfilters import linebreaksbr
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from jurisdictions.templatetags.xunzhang import readback
from workflow.filings.parts import Field
from workflow.listings.cells import esc, html

NOTHING = '<span class="muted">—</span>'


def facts_list(fields: Iterable[Field], *, county: str, cited: Callable[[Any], str]) -> SafeString:
    """Each field with what stands in it; `cited` are its articles as HTML."""
    rows = "\n".join(
        f"<div>\n<dt>{esc(str(one.label))}{cited(one.articles)}</dt>\n<dd>{_value(one, county)}</dd></div>"
        for one in fields
    )
    return SafeString(f'<dl class="facts">{rows}</dl>')  # nosec B703: every value in it is escaped


def _value(field: Field, county: str) -> str:
    if field.kind == "paper":
        return "".join(_paper(file, county) for file in field.files) or NOTHING
    if field.kind == "check":
        return esc(_("Yes")) if field.value == "yes" else NOTHING
    if field.kind == "amount":
        yuan = field.yuan
        if yuan is None:
            return esc(field.value or "—")
        return html('<span class="money money-both">{}</span>', readback(yuan))
    return linebreaksbr(field.shown_value or "—")


def _paper(file: Any, county: str) -> str:
    url = reverse("workflow:document", kwargs={"county": county, "pk": file.pk})
    return html('<a href="{}"><i class="bi bi-paperclip" aria-hidden="true"></i> {}</a>', url, file.name)
