"""A major change of what was approved: the earlier step is sent back with the later one, and gone through again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Refusal, WrongState
from approvals import filings
from jurisdictions.rules.vocabulary import STEPS
from workflow.filings import services
from workflow.filings.content import text_at
from workflow.models import HANDED_IN, CorrectionItem, Filing, Step, StepState
from workflow.route.hindrances import Hindrance
from workflow.route.kinds import awaits_filing
from workflow.route.steps import go_through_again, held
from workflow.trail import audit


def earlier_of(step: Step, steps: Sequence[Step]) -> Step | None:
    """The step that this one may send back: done, and named by its rule."""
    key = (step.rule.get("reopens") or {}).get("step")
    return next((one for one in steps if one.key == key and one.state == StepState.DONE), None)


def send_back_both(
    *,
    actor: Actor,
    step: Step,
    items: Sequence[Mapping[str, str]],
    reason: str = "",
    correct_by: dt.date | None = None,
    seen_version: int | None = None,
) -> list[CorrectionItem]:
    """Return what was handed in for a step, and open the earlier step that its rule names for a further round.

    The step is decided once that round has ended. Raises what `send_back` raises, and a `Refusal` where the rule
    names no earlier step or that one is under way already.
    """
    rule: Mapping[str, Any] | None = step.rule.get("reopens")
    if not rule:
        raise Refusal(_("The rules send no earlier step back from here."), field="reopen", articles=step.articles)
    with audit.act():
        step = held(step)
        if awaits_filing(step):
            raise WrongState(_("The unit has not handed in yet what is decided on here."), articles=step.articles)
        earlier = earlier_of(step, step.together or ())
        if earlier is None:
            said = _("“%(step)s” is not done now: it cannot be gone through again.")
            raise WrongState(said % {"step": STEPS[rule["step"]]}, field="reopen", articles=rule["articles"])
        made = services.send_back(
            actor=actor, step=step, items=items, reason=reason, correct_by=correct_by, seen_version=seen_version
        )
        said = reason.strip() or "；".join(one.text for one in made)
        go_through_again(actor=actor, step=earlier, reason=said, articles=rule["articles"])
    return made


def major_change(step: Step) -> Iterator[Hindrance]:
    """The unit says that it departs from an earlier approval in a major way: that one is gone through first."""
    rule = step.rule.get("reopens")
    if not rule:
        return
    filing = Filing.objects.filter(step=step, kind=step.key, state__in=HANDED_IN).only("content").first()
    if filing is not None and text_at(filing.content, filings.BEYOND_FIELD) == filings.MAJOR:
        said = _("The unit declares a major change of what was approved: “%(step)s” is gone through again first.")
        yield Hindrance(
            "reopens", said % {"step": STEPS[rule["step"]]}, rule["articles"], in_principle=rule["in_principle"]
        )
