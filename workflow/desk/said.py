"""What is said once steps have ended: how, and where their projects go from there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from workflow.desk import words
from workflow.models import Step, StepState
from workflow.notices import notify
from workflow.route.kinds import kind_of


def outcome_words(step: Step) -> Any:
    """How the step ended in words; its state while it has not. What silence decided is said so for ever."""
    if step.tacit:
        return words.word(step.outcome)
    ended = kind_of(step).outcome(step.outcome)
    return ended.word if ended is not None else step.get_state_display()


def said_of(step: Step) -> str:
    """What happened to a step that ended, and where its project goes from there."""
    said = {"project": step.project.name, "outcome": outcome_words(step), "count": notify.told().count}
    if _ends_its_project(step):
        return _("“%(project)s”: %(outcome)s; the project ends here, the unit has been told your reason.") % said
    if opened := _next_to(step):
        return _("“%(project)s”: %(outcome)s; on to %(next)s; people told: %(count)s.") % {**said, "next": opened}
    return _("“%(project)s”: %(outcome)s.") % said


def said_together(ended: Iterable[tuple[Step | None, Any]]) -> str:
    """What happened to many decided at once: how many ended how, and where they go. With each step the word for how
    it was decided, for what has not ended with it (an opinion).
    """
    groups: dict[tuple[str, str, bool], int] = defaultdict(int)
    for step, word in ended:
        key = (str(word), "", False) if step is None else (str(outcome_words(step)), *_leads_to(step))
        groups[key] += 1
    parts = []
    for (outcome, opened, ends), count in groups.items():
        said = {"outcome": outcome, "count": count, "next": opened}
        if ends:
            parts.append(_("%(outcome)s: %(count)s, ended here, the units have been told your reason") % said)
        elif opened:
            parts.append(_("%(outcome)s: %(count)s, on to %(next)s") % said)
        else:
            parts.append(_("%(outcome)s: %(count)s") % said)
    if told := notify.told().count:
        parts.append(_("people told: %(count)s") % {"count": told})
    return _("%(parts)s.") % {"parts": _("; ").join(parts)}


def _leads_to(step: Step) -> tuple[str, bool]:
    ends = _ends_its_project(step)
    return "" if ends else _next_to(step), ends


def _ends_its_project(step: Step) -> bool:
    return step.state == StepState.REFUSED and step.gate


def _next_to(step: Step) -> str:
    """The steps that its end opened, each with its office."""
    opened = [
        one
        for one in step.together or ()
        if one.state == StepState.OPEN and one.pk != step.pk
        if one.opened_at and step.closed_at and one.opened_at >= step.closed_at
    ]
    return _(", ").join(f"{one.name}（{one.office.name}）" if one.office else one.name for one in opened)
