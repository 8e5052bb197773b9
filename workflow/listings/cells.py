"""Cells of a list as HTML, put together by hand: a row costs no template, a page of fifty rows no component a cell.

They look exactly as the components of the same name (`templates/cotton/`); a test compares them.
"""

from __future__ import annotations

import datetime as dt
import html as markup
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from jurisdictions.templatetags.xunzhang import cite, day, daysleft, daysleft_tone, shortday, waited, wan, yuan
from workflow.clocks.due import Due, Hanging

DASH = mark_safe('<span class="muted">—</span>')  # noqa: S308 # nosec B308 B703
BREAK = mark_safe("<br>")  # noqa: S308 # nosec B308 B703
ICONS = {
    "good": "check-circle",
    "warn": "exclamation-triangle",
    "bad": "x-octagon",
    "info": "arrow-right-circle",
    "done": "check2-all",
}
LEFT_ICONS = {"bad": "exclamation-octagon-fill", "warn": "hourglass-bottom", "info": "hourglass"}


def esc(value: Any) -> str:
    """A value as it stands in HTML: what is HTML already stays so."""
    return value.__html__() if hasattr(value, "__html__") else markup.escape(str(value))


def html(form: str, *values: Any) -> SafeString:
    """Django's `format_html` without what costs it time: a page of a list calls it some hundred times."""
    return SafeString(form.format(*map(esc, values)))  # nosec B703: every value is escaped


def text(value: Any) -> SafeString:
    """A text, or a dash where there is none."""
    return DASH if value is None or value == "" else html("{}", value)


def with_sub(main: Any, sub: Any) -> SafeString:
    """A text with a smaller one below it."""
    return html('{}<span class="sub">{}</span>', main, sub) if sub else text(main)


def several(parts: Sequence[SafeString], *, most: int = 2) -> SafeString:
    """Parts of a cell below each other; those beyond `most` stand behind a line that opens them."""
    if not parts:
        return DASH
    boxes = [html("<div>{}</div>", one) for one in parts]
    first, rest = (html("{}" * len(some), *some) for some in (boxes[:most], boxes[most:]))
    if not rest:
        return first
    said = _("%(count)s more") % {"count": len(parts) - most}
    return html("{}<details><summary>{}</summary>{}</details>", first, said, rest)


def link(url: str, label: Any, sub: Any = "") -> SafeString:
    """The link of a row, with a smaller text below it."""
    found = html('<a class="main-link" href="{}">{}</a>', url, label)
    return with_sub(found, sub)


def money(value: Decimal | None) -> SafeString:
    """An amount in 万元, its unit said by the heading."""
    if value is None:
        return mark_safe('<span class="money muted">—</span>')  # noqa: S308 # nosec B308 B703
    return html(
        '<span class="money" title="{} {}">{}<span class="unit visually-hidden">{}</span></span>',
        yuan(value),
        _("yuan"),
        wan(value),
        _("ten thousand yuan"),
    )


def badge(tone: str, label: Any) -> SafeString:
    """A state in its tone."""
    return html(
        '<span class="state tone-{}"><i class="bi bi-{}" aria-hidden="true"></i>{}</span>',
        tone or "neutral",
        ICONS.get(tone, "circle"),
        label,
    )


def days_left(
    left: int | None,
    *,
    due: dt.date | None = None,
    unit: str = "working_day",
    provisional: bool = False,
    paused: bool = False,
    said: str = "",
) -> SafeString:
    """How many days are left, and the day; `said` is what stands in its place, as the day from which it may be done."""
    tone = daysleft_tone(left, unit)
    title = html(' title="{}"', _("Due %(due)s") % {"due": day(due)}) if due and not said else ""
    if paused:
        shown = html('<b><i class="bi bi-pause-circle" aria-hidden="true"></i> {}</b>', _("clock stopped"))
        if left is not None:
            shown = html('{} <span class="left-due">{}</span>', shown, daysleft(left, unit))
    elif said and left is None:
        shown = html('<b><i class="bi bi-calendar-range" aria-hidden="true"></i> {}</b>', said)
    else:
        shown = html(
            '<b><i class="bi bi-{}" aria-hidden="true"></i> {}</b>', LEFT_ICONS.get(tone, "dash"), daysleft(left, unit)
        )
    beside = (said if left is not None else "") if said else shortday(due)
    if beside:
        shown = html('{} <span class="left-due">{}</span>', shown, beside)
    if provisional:
        why = _("The holiday arrangement of that year is not published yet: this day may still move.")
        shown = html('{} <span class="provisional" title="{}">{}</span>', shown, why, _("provisional"))
    return html('<span class="left tone-{}"{}>{}</span>', "neutral" if paused else tone, title, shown)


def hanging(of: Hanging, *, in_line: bool = False, own: str = "") -> SafeString:
    """Where work hangs: who is waited for and how long, then (below, or `in_line`) whose day is nearest and when.

    `own` is the reader's office, which is not named to itself.
    """
    who = _("your office") if of.who == own else of.who
    waits = html("{} · {}", who, waited(of.waited)) if who else waited(of.waited)
    nearest: Any = daysleft(None) if of.due is None else clock_of(of.due)
    if of.whose:
        nearest = html("{} {}", of.whose, nearest)
    return html("{} · {}", waits, nearest) if in_line else with_sub(waits, nearest)


def clock_of(one: Due) -> SafeString:
    """A clock: what is left, counted as everywhere, and its day."""
    return days_left(
        one.left,
        due=None if one.paused else one.due,
        unit=one.unit,
        provisional=one.provisional,
        paused=one.paused,
        said=one.said,
    )


def articles(items: Iterable[str], base: str) -> SafeString:
    """Citations in words, each opening its text on the rules page `base`."""
    return cite({}, list(items), url=base, bare=True)
