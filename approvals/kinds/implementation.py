"""Procurement and implementation: the unit records what it did, held to what was approved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Incomplete, Refusal
from approvals.forms import CompletionForm, ProcurementForm, RecordForm
from approvals.kinds.records import StageRecord
from approvals.services.limits import approved_on, budget_of
from jurisdictions.rules.vocabulary import MONEY_STAGES, PROCUREMENT_MODES
from jurisdictions.templatetags.xunzhang import wan
from workflow.clocks import clock
from workflow.clocks.dates import record_date
from workflow.models import Step

if TYPE_CHECKING:
    from approvals.step_page import StepPage

PROCUREMENT, IMPLEMENTED = "procurement", "implementation"


class ImplementationRecord(StageRecord):
    """A stage of the implementation: the procurement with its result, or the work with the day of its completion."""

    def form(self, page: StepPage, data: Any = None, files: Any = None) -> RecordForm:
        """Of a procurement its way, days and result besides."""
        form_class = ProcurementForm if page.step.key == PROCUREMENT else CompletionForm
        return form_class(data, files, step=page.step, papers=page.papers)

    def before_completion(self, step: Step, facts: Mapping[str, Any]) -> None:
        """A record that stands against what was approved, or against itself, is refused."""
        record = facts.get("record") or {}
        check = _procurement if step.key == PROCUREMENT else _completion
        if problems := list(check(step, record)):
            raise Incomplete(_("The record is not complete."), items=problems)
        super().before_completion(step, facts)


def completed(step: Step, actor: Actor, facts: Mapping[str, Any]) -> None:
    """With the end of the implementation begins what counts from the completion."""
    on = _day((facts.get("record") or {}).get("on"))
    if step.key == IMPLEMENTED and on is not None:
        record_date(actor=actor, project=step.project, event="completed", on=on)


def _procurement(step: Step, record: Mapping[str, Any]) -> Iterator[Refusal]:
    if record.get("mode") not in PROCUREMENT_MODES:
        yield Refusal(_("Please choose the way of procurement."), field="mode", articles=step.articles)
    if not record.get("supplier"):
        yield Refusal(_("Please enter the supplier."), field="supplier", articles=step.articles)
    approved, before = approved_on(step.project), None
    for name in ("published_on", "opened_on", "on"):
        on = _day(record.get(name))
        if on is None:
            continue
        if on > clock.today():
            yield Refusal(_("The day lies in the future."), field=name, articles=step.articles)
        elif approved is not None and on < approved:
            said = _("Nothing is procured before the approval of %(day)s.")
            yield Refusal(said % {"day": approved}, field=name, articles=step.articles)
        elif before is not None and on < before:
            said = _("This cannot be before %(day)s, the day of what precedes it.")
            yield Refusal(said % {"day": before}, field=name, articles=step.articles)
        before = on
    stage, most = budget_of(step.project)
    amount = Decimal(str(record.get("amount") or 0))
    if amount <= 0:
        yield Refusal(_("Please enter the amount of the award."), field="amount", articles=step.articles)
    elif most is not None and amount > most:
        said = _("%(amount)s is more than the %(stage)s of %(most)s (10,000 yuan): nothing is procured beyond it.")
        words = {"amount": wan(amount), "stage": MONEY_STAGES[stage], "most": wan(most)}
        yield Refusal(said % words, field="amount", articles=step.articles)


def _completion(step: Step, record: Mapping[str, Any]) -> Iterator[Refusal]:
    on, approved = _day(record.get("on")), approved_on(step.project)
    procured = Step.objects.filter(project=step.project, key=PROCUREMENT).values_list("record", flat=True).first()
    decided = _day((procured or {}).get("on"))
    if on is not None and decided is not None and on < decided:
        said = _("This cannot be before %(day)s, the day of what precedes it.")
        yield Refusal(said % {"day": decided}, field="on", articles=step.articles)
    elif on is not None and approved is not None and on < approved:
        said = _("Nothing is built before the approval of %(day)s.")
        yield Refusal(said % {"day": approved}, field="on", articles=step.articles)


def _day(value: Any) -> dt.date | None:
    """A day as it was given, or as it stands in a step's record."""
    return dt.date.fromisoformat(value) if isinstance(value, str) and value else value or None
