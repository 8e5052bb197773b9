"""What may not be done yet: a shortest duration that is not over, a window that is not open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Refusal
from jurisdictions.templatetags.xunzhang import day as day_in_words
from workflow.clocks import clock
from workflow.clocks.spec import OPENS, ClockSpec
from workflow.models import Deadline, Step

# Where the reason stands that lets a step be done before its clock opens, among what the step records.
EARLY_REASON = "early_reason"


def not_open_yet(step: Step) -> Deadline | None:
    """The clock that lets the step be done only from a later day; None where none does.

    A step whose rule names no such clock costs no query.
    """
    if not any(ClockSpec.from_rule(rule, step=step).kind in OPENS for rule in step.rule.get("deadlines") or ()):
        return None
    waiting = Deadline.objects.unended().filter(step=step, opens_on__gt=clock.today())
    found: Deadline | None = waiting.order_by("-opens_on").first()
    return found


def not_too_early(step: Step, actor: Actor, facts: Mapping[str, Any]) -> None:
    """Refuse to complete a step before its clock opens, with day and article.

    Where the rule says so only in principle, a reason (`early_reason` of what is recorded) lets it be done earlier.
    """
    row = not_open_yet(step)
    if row is None or row.opens_on is None:
        return
    if row.in_principle:
        if str((facts.get("record") or {}).get(EARLY_REASON) or "").strip():
            return
        raise Refusal(
            _("In principle this may be done from %(day)s at the earliest. Please state why it is done before.")
            % {"day": day_in_words(row.opens_on)},
            field=EARLY_REASON,
            articles=row.articles,
        )
    raise Refusal(
        _("This may be done from %(day)s at the earliest.") % {"day": day_in_words(row.opens_on)},
        articles=row.articles,
    )
