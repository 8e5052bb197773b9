"""What the decision page asks of a kind besides: its form, and what is done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.actors import Actor
from workflow.models import Step
from workflow.route.kinds import StepKind

if TYPE_CHECKING:
    from approvals.forms import StepForm
    from approvals.step_page import StepPage


class PagedKind(StepKind):
    """A kind that is carried out on the decision page."""

    address = ""  # the URL name its form is sent to; without one it has no form here
    form_template = ""
    note_template = ""  # what stands in place of a form
    asks_opinions = False

    def form(self, page: StepPage, data: Any = None, files: Any = None) -> StepForm:
        """The form of a step of this kind."""
        raise NotImplementedError

    def carry_out(self, *, actor: Actor, step: Step, form: Any) -> Step:
        """Do what the valid form says, and give the step as it ended. Raises `Refusal`."""
        raise NotImplementedError
