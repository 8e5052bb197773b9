"""Which kinds of step are carried out here, what opening one asks for, and what may be done with many at once."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import Actor
from accounts.refusals import WrongState
from approvals.models import Conclusion, Opinion
from approvals.services import decisions
from approvals.services.opinions import ask_opinions, give_opinion
from workflow.clocks import clock
from workflow.models import Duty, Step
from workflow.route.kinds import APPROVAL, INITIATION, StepKind, Together


def open_joint(step: Step, actor: Actor) -> None:
    """A joint review begins by asking every named office at once."""
    ask_opinions(actor=actor, step=step)


def decide_together(*, actor: Actor, step: Step, outcome: str, reason: str, seen_version: int | None) -> None:
    """One of several single reviews decided at once."""
    decisions.decide(actor=actor, step=step, outcome=outcome, reason=reason, seen_version=seen_version)


def record_together(*, actor: Actor, step: Step, outcome: str, reason: str, seen_version: int | None) -> None:
    """One of several plan entries or notices recorded at once, of today."""
    decisions.record_result(
        actor=actor,
        step=step,
        outcome=outcome,
        reason=reason,
        on=clock.today(),
        seen_version=seen_version,
        record={"plan_year": step.project.plan_year} if step.result == "plan" else None,
    )


def agree_together(*, actor: Actor, step: Step, outcome: str, reason: str, seen_version: int | None) -> None:
    """One of several opinions given at once: agreement only."""
    opinion = Opinion.objects.select_related("office").filter(step=step, office=actor.office).first()
    if opinion is None:
        raise WrongState(_("No opinion is asked of your office here."))
    opinion.step = step
    give_opinion(actor=actor, opinion=opinion, conclusion=outcome, text=reason)


# The papers that follow the decision and need no examination: start notice, investment plan, budget, filings.
RECORDS = (INITIATION, APPROVAL)
AS_OF_TODAY = Together({decisions.RECORDED: gettext_lazy("Record as of today")}, record_together)
KINDS = (
    StepKind(
        "single",
        (INITIATION,),
        together={
            Duty.DECIDE: Together(
                {decisions.APPROVE: gettext_lazy("Approve"), decisions.REFUSE: gettext_lazy("Refuse")},
                decide_together,
                reason_for=frozenset({decisions.REFUSE}),
            )
        },
    ),
    StepKind(
        "joint",
        (INITIATION,),
        opened=open_joint,
        together={Duty.OPINION: Together({Conclusion.AGREE: gettext_lazy("Agree")}, agree_together)},
    ),
    StepKind("meeting", (INITIATION,)),
    StepKind("outside", (INITIATION,)),
    StepKind("filing", RECORDS),
    StepKind("notice", RECORDS, together={Duty.RECORD: AS_OF_TODAY}),
    StepKind("plan_entry", RECORDS, together={Duty.RECORD: AS_OF_TODAY}),
)
