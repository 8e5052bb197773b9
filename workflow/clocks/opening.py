"""What may not be done yet: a shortest duration that is not over, a window that is not open."""

from __future__ import annotations

from workflow.clocks import clock
from workflow.clocks.spec import OPENS, ClockSpec
from workflow.models import Deadline, Step


def not_open_yet(step: Step) -> Deadline | None:
    """The clock that lets the step be done only from a later day; None where none does.

    A step whose rule names no such clock costs no query.
    """
    if not any(ClockSpec.from_rule(rule, step=step).kind in OPENS for rule in step.rule.get("deadlines") or ()):
        return None
    waiting = Deadline.objects.unended().filter(step=step, opens_on__gt=clock.today())
    found: Deadline | None = waiting.order_by("-opens_on").first()
    return found
