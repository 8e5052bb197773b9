"""撤回: who ended a step takes that back, as long as nobody has acted on what followed.

The regulations say nothing of it. The program reads them so: what nobody has relied on is as if it had not been, and
nobody gains days by it, so the step's clocks go on from the day they began. What the outside has in hand, as a reply in
writing or the minutes of a meeting, is not taken back; the stages say so by their guards.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import NotPermitted, Refusal, WrongState, clean_text
from workflow.clocks import deadlines
from workflow.desk.claims import require_covered
from workflow.machines.runner import perform
from workflow.models import (
    AuditEntry,
    Deadline,
    DeadlineState,
    Document,
    Filing,
    FilingState,
    Step,
    StepState,
    WorkItem,
)
from workflow.notices import notify
from workflow.route.kinds import kind_of
from workflow.route.steps import close_items, held, put_before_holder
from workflow.trail import audit, history

# What somebody else may have done meanwhile without relying on the decision.
NO_ACT = ("step.press", "opinion.remind")
ENDS = ("step.complete", "step.refuse")
EMPTY = {"closed_at": None, "outcome": "", "reason": "", "decided_by": None, "tacit": False}


def why_not(actor: Actor, step: Step) -> Refusal | None:
    """Why this is not the person's to take back at all; None where it is, as long as nobody has acted on it."""
    kind = kind_of(step)
    if step.state != StepState.DONE or step.closed_at is None:
        return WrongState(_("Nothing was decided here that could be taken back."), articles=step.articles)
    if step.tacit or not kind.may_take_back:
        return WrongState(_("A decision of this kind is not taken back."), articles=step.articles)
    if actor.user is None or step.decided_by_id != actor.user.pk:
        return NotPermitted(_("Only who decided takes the decision back."), articles=step.articles)
    if not actor.in_office(step.office_id) or not actor.may(kind.permission(step)):
        return NotPermitted(_("Your role does not allow this."), articles=step.articles)
    return None


def take_back(*, actor: Actor, step: Step, reason: str, seen_version: int | None = None) -> Step:
    """Open a step again that the person ended themselves; what its end had set off is undone.

    Clocks that counted from its end are cancelled, its own go on as if it had never ended, steps it opened are to come
    again, and notices nobody has read are withdrawn. Raises `WrongState` naming who acted on it since, `NotPermitted`,
    `Stale`, or the `Refusal` of a stage that cannot undo what followed.
    """
    reason = clean_text(reason, field="take_back_reason", most=500)
    if not reason:
        raise Refusal(_("Please state the reason; it stands in the history."), field="take_back_reason")
    with audit.act():
        step = held(step)
        if (refused := why_not(actor, step)) is not None:
            raise refused
        require_covered(actor, duty=kind_of(step).duty(step), step=step.key)
        since, end = step.closed_at, _end_of(step)
        assert since is not None
        followed = [one for one in step.together or () if one.opened_at and one.opened_at >= since]
        waiting = list(WorkItem.objects.open().filter(step__in=followed).select_for_update(of=("self",)))
        counting = deadlines.counted_from(project=step.project, event=step.key, since=since)
        _nobody_acted(actor, step, end)
        _all_untouched(step, followed, waiting, counting)
        deadlines.revive(actor=actor, step=step, since=since)
        perform(
            step,
            "take_back",
            actor=actor,
            seen_version=seen_version,
            fields={**EMPTY, "record": dict(end.old.get("record") or {})},
            articles=step.articles,
            is_locked=True,
            why=reason,
        )
        deadlines.cancel_all(actor=actor, rows=counting, project=step.project)
        offices = {item.office_id for item in waiting} | {step.project.applicant_id, step.project.owner_unit_id}
        for one in followed:
            _close_again(actor, one)
        notify.withdraw(project=step.project, since=since, offices=offices, kind="taken_back", what=step.key)
        put_before_holder(step)
    return step


def _end_of(step: Step) -> AuditEntry:
    """The entry with which the step ended: it knows what the step was before."""
    entries = AuditEntry.objects.filter(project_id=step.project_id, action__in=ENDS, object_id=step.pk)
    found: AuditEntry = entries.order_by("-sequence")[0]
    return found


def _nobody_acted(actor: Actor, step: Step, end: AuditEntry) -> None:
    """Raise `WrongState` where somebody else has done anything on the project since, naming who and what."""
    later = AuditEntry.objects.filter(project_id=step.project_id, sequence__gt=end.sequence, actor__isnull=False)
    others = later.exclude(actor_id=step.decided_by_id).exclude(action__in=NO_ACT)
    first = others.order_by("sequence").first()
    if first is not None:
        raise _acted(step, f"{first.actor_name}（{first.office_name}）", history.sentence(first))


def _acted(step: Step, who: str, what: str) -> WrongState:
    said = _("This cannot be taken back: %(who)s has acted on it since (%(what)s).")
    return WrongState(said % {"who": who, "what": what}, articles=step.articles)


def _all_untouched(
    step: Step, followed: Sequence[Step], waiting: Sequence[WorkItem], counting: Sequence[Deadline]
) -> None:
    """Raise `WrongState` where the person themselves, or a clock, has gone on from the decision."""
    for one in step.together or ():
        later = one.closed_at is not None and step.closed_at is not None and one.closed_at > step.closed_at
        if later or (one in followed and one.state != StepState.OPEN):
            raise _went_on(step, one.name)
    claimed = next((item for item in waiting if item.claimed_by_id is not None), None)
    if claimed is not None:
        raise _acted(step, str(claimed.claimed_by), _("claimed"))
    written = Filing.objects.select_for_update(of=("self",)).filter(step__in=followed)
    handed_in = ~Q(state=FilingState.DRAFT) | Q(saved_at__isnull=False)
    if any([*written.filter(handed_in)]) or Document.objects.filter(step__in=followed).exists():
        raise _went_on(step, "、".join(one.name for one in followed))
    ran_out = next((row for row in counting if row.fired_at or row.state in ENDED_CLOCKS), None)
    if ran_out is not None:
        assert ran_out.step is not None
        said = _("This cannot be taken back: a time limit that counts from it has run out or ended (%(what)s).")
        raise WrongState(said % {"what": ran_out.step.name}, articles=step.articles)


ENDED_CLOCKS = (DeadlineState.MET, DeadlineState.LAPSED)


def _went_on(step: Step, what: str) -> WrongState:
    said = _("This cannot be taken back: work on “%(what)s” has gone on from it.")
    return WrongState(said % {"what": what}, articles=step.articles)


def _close_again(actor: Actor, step: Step) -> None:
    """Let a step that was opened wait for its turn again; what was arranged for it ends."""
    kind_of(step).closed_again(step, actor)
    close_items(step)
    running = Deadline.objects.unended().select_for_update(of=("self",)).filter(step=step, after="")
    deadlines.cancel_all(actor=actor, rows=list(running), project=step.project)
    perform(step, "close_again", actor=actor, fields={"opened_at": None}, articles=step.articles, is_locked=True)
