"""The route of a project as HTML, put together by hand: in a template its steps take a fifth of the page's time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from jurisdictions.templatetags.xunzhang import shortday
from workflow.listings.cells import days_left, esc, html

ICONS = {"done": "check", "present": "arrow-right-short", "refused": "x", "returned": "arrow-return-left"}


def route_line(steps: Iterable[Mapping[str, Any]], label: str = "") -> SafeString:
    """Steps in their order, each as plain values: `state`, `label`, `url`, `office`, its days and notes."""
    words = {
        "done": _("done"),
        "present": _("now here"),
        "refused": _("refused"),
        "returned": _("returned"),
        "skipped": _("not needed"),
        "coming": _("still to come"),
    }
    lines = SafeString("\n".join(_line(step, words) for step in steps))  # nosec B703: `_line` escapes what it shows
    return html('<ol class="route" aria-label="{}">\n{}\n</ol>', label or _("Route"), lines)


def _line(step: Mapping[str, Any], words: Mapping[str, str]) -> str:
    state = step.get("state") or "coming"
    icon = f'<i class="bi bi-{ICONS[state]}"></i>' if state in ICONS else ""
    current = ' aria-current="step"' if state == "present" else ""
    url, name = step.get("url"), esc(step["label"])
    parts = [
        f'<li class="route-step route-{state}"{current}>',
        f'<span class="route-dot" aria-hidden="true">{icon}</span>',
        f'<a class="route-name" href="{esc(url)}">{name}</a>' if url else f'<span class="route-name">{name}</span>',
        f'<span class="visually-hidden">{esc(words.get(state, words["coming"]))}</span>',
        _meta(step.get("office")),
        *_days(step, state),
        _meta(_("tacit: nobody decided in time") if step.get("tacit") else ""),
        _meta(step.get("note")),
        "</li>",
    ]
    return "\n".join(filter(None, parts))


def _meta(said: Any) -> str:
    return f'<span class="route-meta">{esc(said)}</span>' if said else ""


def _days(step: Mapping[str, Any], state: str) -> list[str]:
    """When it was done, whose turn it is and how long yet, or by when it will be done."""
    due, done_on = step.get("due"), step.get("done_on")
    if state == "done" and done_on:
        return [_meta(shortday(done_on))]
    if state in ("present", "returned"):
        found = [_meta(step.get("whose"))]
        if step.get("left") is not None or due:
            left = days_left(
                step.get("left"),
                due=due,
                unit=step.get("unit") or "working_day",
                provisional=bool(step.get("provisional")),
                paused=bool(step.get("paused")),
                said=step.get("said") or "",
            )
            found += [f"<span>{left}</span>", _meta(step.get("silence"))]
        return found
    if not due:
        return []
    by = esc(_("by %(due)s") % {"due": shortday(due)})
    if step.get("provisional"):
        why = _("The holiday arrangement of that year is not published yet: this day may still move.")
        by += html(' <span class="provisional" title="{}">{}</span>', why, _("provisional"))
    return [f'<span class="route-meta">{by}</span>']
