"""Offices concerned: where the rules leave open who is asked, the lead of a joint review chooses, with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Office
from accounts.refusals import Incomplete, Refusal, WrongState, clean_text
from approvals.guards import may_act
from approvals.models import Opinion
from approvals.services.opinions import ask_opinions
from workflow.models import Step, StepState
from workflow.route.offices import offices_by_authority
from workflow.route.steps import held
from workflow.trail import audit

# In place of an office's duty among the participants that the rules name.
AS_CONCERNED = "as_concerned"
RECORD = "concerned"  # key of a step's record: what was chosen and why, once for each time


def leaves_it_open(step: Step) -> bool:
    """Whether the rules leave it to the lead which offices are asked, or whether any is asked besides."""
    return AS_CONCERNED in (*step.participants, *step.rule.get("may_ask", ()))


def are_missing(step: Step) -> bool:
    """Whether the lead has still to say which offices are concerned, or that none is."""
    return AS_CONCERNED in step.participants and not step.record.get(RECORD)


def choices(step: Step, opinions: Iterable[Opinion] | None = None) -> dict[str, Office]:
    """Whom the lead may ask besides: duty to office, without itself and those that were asked (`opinions`, if read)."""
    given = Opinion.objects.filter(step=step) if opinions is None else opinions
    asked = {one.office_id for one in given} | {step.office_id}
    found: dict[str, Office] = {}
    for duty, office in offices_by_authority().items():
        if office.pk not in asked:
            asked.add(office.pk)
            found[duty] = office
    return found


def ask_concerned(*, actor: Actor, step: Step, duties: Sequence[str], reason: str) -> list[Opinion]:
    """Ask the offices that carry `duties` for their opinion, or none; the reason is recorded either way.

    The lead may ask further offices later. Raises `NotPermitted`, `WrongState` when the review has ended, `Refusal`s
    that name the fields.
    """
    with audit.act():
        step = held(step)
        may_act(actor, step)
        if step.state != StepState.OPEN:
            raise WrongState(_("The joint review is not open for opinions now."))
        if not leaves_it_open(step):
            raise Refusal(_("The rules name the offices of this review."), articles=step.articles)
        offices = choices(step)
        reason = clean_text(reason, field="reason")
        problems = []
        if not reason:
            text = _("Please say why these offices are concerned, or why none is.")
            problems.append(Refusal(text, field="reason", articles=step.articles))
        if set(duties) - set(offices):
            text = _("Somebody you chose cannot be asked, or has been. Please look again.")
            problems.append(Refusal(text, field="duties", articles=step.articles))
        if problems:
            raise Incomplete(_("The offices are not asked yet."), items=problems)
        names = [offices[duty].name for duty in duties]
        step.record = {**step.record, RECORD: [*step.record.get(RECORD, []), {"offices": names, "reason": reason}]}
        step.save(update_fields=["record"])
        audit.entry(
            actor=actor,
            action="step.ask_concerned",
            record=step,
            project=step.project,
            label=step.key,
            new={"offices": names, "reason": reason},
            articles=step.articles,
        )
        return ask_opinions(actor=actor, step=step, authorities=duties)
