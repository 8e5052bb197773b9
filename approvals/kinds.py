"""Which kinds of step are carried out here, what opening one asks for, and what may be done with many at once."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import Actor
from accounts.refusals import WrongState
from approvals.models import Conclusion, Opinion
from approvals.services import decisions
from approvals.services.opinions import ask_opinions, give_opinion
from approvals.templatetags.approvals import MEETING, OUTCOMES
from workflow.clocks import clock
from workflow.desk import words
from workflow.desk.queue import batch_decider
from workflow.models import Duty, Step
from workflow.route.steps import serve
from workflow.trail import history

for _outcome, (_label, _tone) in {**MEETING, **OUTCOMES}.items():
    words.name(_outcome, _label)
history.say("meeting.prepare", gettext_lazy("Meeting prepared: %(label)s"))
history.say("meeting.cancel", gettext_lazy("Meeting cancelled: %(label)s"), tone="warn")
history.say("meeting.hold", gettext_lazy("Minutes recorded and carried out: %(label)s"), tone="good")


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


serve("initiation", "joint", open_joint)
for kind in ("single", "meeting", "outside", "filing", "notice", "plan_entry"):
    serve("initiation", kind)
# The papers that follow the decision and need no examination: start notice, investment plan, budget, filings.
for kind in ("filing", "notice", "plan_entry"):
    serve("approval", kind)

batch_decider(
    Duty.DECIDE,
    "single",
    decide_together,
    outcomes={decisions.APPROVE: gettext_lazy("Approve"), decisions.REFUSE: gettext_lazy("Refuse")},
    reason_for=[decisions.REFUSE],
)
batch_decider(Duty.OPINION, "joint", agree_together, outcomes={Conclusion.AGREE: gettext_lazy("Agree")})
for kind in ("notice", "plan_entry"):
    batch_decider(Duty.RECORD, kind, record_together, outcomes={decisions.RECORDED: gettext_lazy("Record as of today")})
