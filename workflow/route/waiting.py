"""What a step's end waits for beside the steps before it: steps it requires, papers that must be there by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Incomplete, Refusal, WrongState
from jurisdictions.rules.vocabulary import STEPS
from workflow.models import Document, Step, StepState

UNENDED = (StepState.COMING, StepState.OPEN, StepState.WAITING)


def nothing_awaited(step: Step, actor: Actor, facts: Mapping[str, Any]) -> None:
    """Raise `WrongState` while a step that this one requires (`required_by` in its rule) has not ended."""
    steps = step.together if step.together is not None else Step.objects.filter(project_id=step.project_id)
    keys = [
        one.key
        for one in sorted(steps, key=lambda one: one.position)
        if one.rule.get("required_by") == step.key and one.state in UNENDED and one.pk != step.pk
    ]
    if keys:
        raise WrongState(
            _("This can only be decided after: %(steps)s.")
            % {"steps": _(", ").join(str(STEPS.get(key, key)) for key in keys)},
            articles=step.articles,
        )


def requirements_met(step: Step, actor: Actor, facts: Mapping[str, Any]) -> None:
    """Raise `Incomplete` where a paper that must be there by this step is not in the project."""
    wanted = list(step.rule.get("requirements") or ())
    if not wanted:
        return
    papers = Document.objects.active().filter(project_id=step.project_id, purpose__in=required_papers(step))
    present = set(papers.values_list("purpose", flat=True))
    missing = [one for one in wanted if one["document"] not in present]
    if missing:
        raise Incomplete(
            _("Papers that must be there by this step are missing."),
            items=[Refusal(one["text"], field=f"paper-{one['document']}", articles=one["articles"]) for one in missing],
        )


def required_papers(step: Step) -> list[str]:
    """The purposes of the papers that must be there by a step; a confirmation is filed under its own key."""
    return [one["document"] for one in step.rule.get("requirements") or ()]
