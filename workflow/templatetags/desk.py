"""What templates show as lists do: one way of writing it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import template
from django.template.context import Context
from django.utils.safestring import SafeString

from accounts.shown import token_of
from jurisdictions.templatetags.xunzhang import cite
from workflow.clocks import due
from workflow.desk.frame import IN_FRAME
from workflow.desk.kept import part
from workflow.desk.route_line import route_line
from workflow.filings.facts_list import facts_list
from workflow.listings import cells
from workflow.models import Deadline

register = template.Library()


@register.simple_tag
def hanging(of: due.Hanging, in_line: bool = False) -> SafeString:
    """Where work hangs: who is waited for, how long, and the nearest day."""
    return cells.hanging(of, in_line=in_line)


# Sections of a declaration whose title says all: their fields cite nothing.
PLAIN_SECTIONS = ("basics", "purpose", "money")


@register.simple_tag(takes_context=True)
def section_facts(context: Context, section: Any) -> SafeString:
    """The fields of a section as they were handed in."""
    is_plain = section.key in PLAIN_SECTIONS
    return facts_list(
        section.fields,
        county=context["county"].code,
        cited=lambda articles: "" if is_plain else cite(context, articles, "", True),
    )


@register.simple_tag
def route(steps: Iterable[Mapping[str, Any]], label: str = "") -> SafeString:
    """The steps of a route on one line."""
    return route_line(steps, label)


@register.filter
def clock_of(one: due.Due) -> SafeString:
    """A clock: what is left, counted as everywhere, and its day."""
    return cells.clock_of(one)


@register.simple_tag(takes_context=True)
def kept(context: Context, name: str, **values: Any) -> SafeString:
    """A part of the page that is kept for the values it is given (`workflow.desk.kept`)."""
    return _part(context, name, values)


@register.simple_tag(takes_context=True)
def kept_for(context: Context, name: str, values: Mapping[str, Any]) -> SafeString:
    """The same with the values that the view has put together."""
    return _part(context, name, values)


@register.simple_tag(takes_context=True)
def frame_part(context: Context, name: str) -> SafeString:
    """A part of the frame, kept for what it shows."""
    if "frame_shown" not in context.render_context:
        values = context.get("frame_values")
        own = {name: context[name] for name in IN_FRAME if name in context}  # a page may show a frame of its own
        context.render_context["frame_shown"] = {**(values() if values else {}), **own}
    return _part(context, name, context.render_context["frame_shown"])


def _part(context: Context, name: str, values: Mapping[str, Any]) -> SafeString:
    shown = token_of(context.get("request"))
    tokens: dict[str, Callable[[], str]] = {}
    if "csrf_token" in context:
        tokens["csrf_token"] = lambda: str(context["csrf_token"])
    if shown:
        tokens["shown_token"] = lambda: shown
    return part(name, values, tokens=tokens)


@register.filter
def stopped_because(row: Deadline, day: dt.date) -> str:
    """Why a clock stood still on a day."""
    return next(
        (
            one.reason
            for one in row.pauses.all()
            if one.undone_at is None and one.from_day <= day <= (one.until_day or day)
        ),
        "",
    )
