"""What a unit hands in for a step before an office decides on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from accounts.actors import SYSTEM, Actor
from accounts.refusals import Refusal, WrongState
from workflow.clocks import deadlines
from workflow.filings.kinds import FilingKind
from workflow.filings.services import start
from workflow.models import Duty, Filing, FilingState, Step, StepState
from workflow.route.steps import advance, close_items, locked_steps, put_before_holder


class StepFiling(FilingKind[Filing]):
    """What the unit prepares for one step: handed in, the step goes from the unit to the office that decides it.

    Its key is the key of the step, so that handing it in is the event KEY_submitted. The draft is there from the day
    the step is open; it is not withdrawn, for the step stays the unit's to prepare.
    """

    permission = "owner.record"
    can_withdraw = False

    def begin(self, step: Step, content: Mapping[str, Any] | None = None) -> Filing:
        """The draft that the unit of an opening step writes in; the one that is there, where the step opens again."""
        known = Filing.objects.filter(step=step, kind=self.key).first()
        if known is not None:
            return known
        unit = step.project.owner_unit
        return start(actor=SYSTEM, kind=self, unit=unit, project=step.project, step=step, content=content)

    def refused_editing(self, filing: Filing) -> Refusal | None:
        step = filing.step
        if step is not None and filing.state == FilingState.DRAFT and step.state != StepState.OPEN:
            return WrongState(_("“%(step)s” is not open: nothing is handed in for it now.") % {"step": step.name})
        return None

    def handing_in(self, filing: Filing, actor: Actor) -> dict[str, Any]:
        if (refused := self.refused_editing(filing)) is not None:
            raise refused
        return {}

    def submitted(self, filing: Filing, actor: Actor) -> None:
        steps = locked_steps(filing.project)
        step = next(one for one in steps if one.pk == filing.step_id)
        close_items(step, duty=Duty.PREPARE)
        deadlines.meet(actor=actor, step=step, party="owner")
        put_before_holder(step)
        advance(actor=SYSTEM, project=filing.project, steps=steps)

    def title(self, filing: Filing) -> str:
        return f"{filing.step.name if filing.step else self.label}：{filing.trail_label()}"
