"""Replies: kept with the end of their step; their conditions reported, confirmed, rejected or waived."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import NotPermitted, Refusal, clean_text
from approvals import filings
from approvals.models import Condition, Reply
from jurisdictions.rules.vocabulary import MONEY_STAGES
from projects.services import money
from workflow import stages
from workflow.clocks import clock, deadlines
from workflow.clocks.spec import ClockSpec
from workflow.machines.runner import perform
from workflow.models import Filing, Step
from workflow.notices import notify
from workflow.route.kinds import APPROVAL
from workflow.trail import audit

CONDITION = "reply_condition"  # the key of the clock that runs for a condition with a day
REMINDED_BEFORE = 5  # working days


def are_given(step: Step) -> bool:
    """Whether the step ends with a reply in writing: an approval, or the answer to what the unit handed in."""
    return step.phase == APPROVAL or are_needed(step)


def are_needed(step: Step) -> bool:
    """Whether it cannot end without its number and day: it settles a sum, or the unit handed something in."""
    return bool(step.rule.get("hands_in") or step.rule.get("decides"))


def problems_of(step: Step, record: Mapping[str, Any]) -> Iterator[Refusal]:
    """What is missing or wrong in a reply: its number, its day, its sum in yuan, until when it is valid."""
    number, on, until = record.get("number"), _day(record.get("on")), _day(record.get("valid_until"))
    if not number and not are_needed(step):
        return
    if not number:
        yield Refusal(_("Please enter the number of the reply."), field="number", articles=step.articles)
    if on is None:
        yield Refusal(_("Please enter the day of the reply."), field="on", articles=step.articles)
    elif on > clock.today():
        yield Refusal(_("The day lies in the future."), field="on", articles=step.articles)
    elif (handed_in := _handed_in_on(step)) is not None and on < handed_in:
        said = _("The reply cannot be older than what it replies to, handed in on %(day)s.")
        yield Refusal(said % {"day": handed_in}, field="on", articles=step.articles)
    if on is not None and until is not None and until <= on:
        yield Refusal(_("The validity must end after the day of the reply."), field="valid_until")
    if stage := step.rule.get("decides"):
        amount = record.get("amount")
        if amount is None or Decimal(amount) <= 0:
            said = _("Please enter the sum that is approved (%(what)s).")
            yield Refusal(said % {"what": MONEY_STAGES[stage]}, field="amount", articles=step.articles)
    for number_of, one in enumerate(record.get("conditions") or ()):
        due_on = _day(one.get("due_on"))
        if due_on is not None and on is not None and due_on <= on:
            yield Refusal(_("A condition is due after the day of the reply."), field=f"condition-{number_of}-due_on")


def _day(value: Any) -> dt.date | None:
    """A day as it was given, or as it stands in a step's record."""
    return dt.date.fromisoformat(value) if isinstance(value, str) and value else value or None


def _handed_in_on(step: Step) -> dt.date | None:
    moment = Filing.objects.filter(step=step, kind=step.key).values_list("submitted_at", flat=True).first()
    return clock.day_of(moment) if moment is not None else None


def keep(*, actor: Actor, step: Step, record: Mapping[str, Any], settles: bool = True) -> Reply:
    """Write the reply with which a step ended, and let the days of its conditions run for the unit.

    The sum is settled on the cost lines, unless what was handed in does so itself (`settles`).
    """
    reply = Reply.objects.create(
        step=step,
        number=record["number"],
        replied_on=record["on"],
        valid_until=record.get("valid_until"),
        money_stage=step.rule.get("decides") or "",
        amount=record.get("amount") if step.rule.get("decides") else None,
    )
    if reply.money_stage and settles:
        handed_in = Filing.objects.select_related("step").filter(step=step, kind=step.key).first()
        money.settle(
            actor=actor,
            project=step.project,
            stage=reply.money_stage,
            origin=f"step:{step.pk}",
            sums=filings.sums_of(handed_in) if handed_in is not None else (),
            total=reply.amount,
            step=step,
        )
    conditions = Condition.objects.bulk_create(
        Condition(county_id=step.county_id, reply=reply, text=one["text"], due_on=one.get("due_on"))
        for one in record.get("conditions") or ()
    )
    for one in conditions:
        if one.due_on is not None:
            before = clock.working_day_before(one.due_on, REMINDED_BEFORE)
            spec = ClockSpec.fixed(CONDITION, one.due_on, party="owner", remind_on=before)
            deadlines.start_fixed(
                actor=actor, spec=spec, record_id=one.pk, project=step.project, office=step.project.owner_unit
            )
    return reply


def report(*, actor: Actor, condition: Condition, text: str, seen_version: int | None = None) -> Condition:
    """The unit says how it fulfilled a condition; the office that set it is asked to confirm."""
    step = condition.reply.step
    if not actor.may("owner.record") or not actor.in_office(step.project.owner_unit_id):
        raise NotPermitted(_("Only %(unit)s reports this condition.") % {"unit": step.project.owner_unit.name})
    said = clean_text(text, field="text")
    if not said:
        raise Refusal(_("Please say how the condition was fulfilled."), field="text", articles=step.articles)
    with audit.act():
        perform(condition, "report", actor=actor, seen_version=seen_version, fields={"reported": said}, reason=said)
        if step.office is not None:
            _tell(step.office, "condition_reported", condition)
    return condition


def answer(
    *, actor: Actor, condition: Condition, outcome: str, text: str = "", seen_version: int | None = None
) -> Condition:
    """The office that set a condition confirms it as fulfilled, does not take it so (`reject`), or waives it.

    The last two need their reason. Raises `NotPermitted` for another office.
    """
    step = condition.reply.step
    if not actor.may("step.decide") or not actor.in_office(step.office_id):
        raise NotPermitted(_("Only the office that set this condition answers for it."))
    if outcome not in ("confirm", "reject", "waive"):
        raise Refusal(_("Please choose from the list."), field="outcome")
    said = clean_text(text, field="text")
    if outcome != "confirm" and not said:
        raise Refusal(_("Please give the reason."), field="text", articles=step.articles)
    fields: dict[str, Any] = {"answer": said}
    if outcome != "reject":
        fields |= {"ended_by": actor.user, "ended_at": timezone.now()}
    with audit.act():
        perform(condition, outcome, actor=actor, seen_version=seen_version, fields=fields, reason=said)
        if outcome != "reject":
            deadlines.meet_record(actor=actor, key=CONDITION, record_id=condition.pk, project=step.project)
        _tell(step.project.owner_unit, f"condition_{outcome}", condition)
    return condition


def _tell(office: Any, kind: str, condition: Condition) -> None:
    step = condition.reply.step
    notify.tell(
        office=office,
        kind=kind,
        key=f"{kind}:{condition.pk}:{condition.version}",
        data={"what": step.key, "condition": condition.text[:200], "reason": condition.answer},
        project=step.project,
        path=stages.page("replies", step.county.code, pk=step.project_id),
    )
