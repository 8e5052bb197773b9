"""What templates show as lists do: one way of writing it."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from workflow.clocks import due
from workflow.listings import cells

register = template.Library()


@register.simple_tag
def hanging(of: due.Hanging, in_line: bool = False) -> SafeString:
    """Where work hangs: who is waited for, how long, and the nearest day."""
    return cells.hanging(of, in_line=in_line)


@register.filter
def clock_of(one: due.Due) -> SafeString:
    """A clock: what is left, counted as everywhere, and its day."""
    return cells.clock_of(one)
