"""Records: what was done or decided elsewhere is written down, with its papers where they must prove it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import Actor
from accounts.refusals import Incomplete, Refusal, clean_text
from approvals.forms import OutsideForm, PlanEntryForm, RecordForm
from approvals.kinds.base import PagedKind
from workflow.clocks import clock
from workflow.models import Duty, Step
from workflow.route.kinds import Outcome, Together, kind_of
from workflow.route.steps import finish

if TYPE_CHECKING:
    from approvals.step_page import StepPage

RECORDED = Outcome("recorded", gettext_lazy("Recorded"), "done")
PASSED = Outcome("pass", gettext_lazy("Passed"), "good")
FAILED = Outcome("fail", gettext_lazy("Not passed"), "bad", needs_reason=True, negative=True)


def not_recorded(step: Step) -> Refusal:
    """What is said where a record is sent for a step that is decided."""
    return Refusal(_("This step is decided here, not recorded. Please open it and decide."), articles=step.articles)


def record_result(
    *,
    actor: Actor,
    step: Step,
    outcome: str = RECORDED.key,
    on: dt.date | None = None,
    number: str = "",
    reason: str = "",
    record: Mapping[str, Any] | None = None,
    seen_version: int | None = None,
) -> Step:
    """Write down what was done or decided elsewhere.

    That is an outside evaluation (pass, fail), a filing, a notice, a plan entry or a unit's own step. `on` is the day
    it happened, never in the future; `number` is the paper's number. A review or a meeting is refused: it ends
    by its own decision, with opinions and minutes.
    """
    kind = kind_of(step)
    if not isinstance(kind, Record):
        raise not_recorded(step)
    problems: list[Refusal] = []
    if kind.outcome(outcome) is None:
        problems.append(kind.wrong_outcome(step))
    if on is None:
        problems.append(Refusal(_("Please enter the day."), field="on", articles=step.articles))
    elif on > clock.today():
        problems.append(Refusal(_("The day lies in the future."), field="on", articles=step.articles))
    if problems:
        raise Incomplete(_("The record is not complete."), items=problems)
    facts = {"on": on, "number": clean_text(number, field="number", most=60), **(record or {})}
    return finish(actor=actor, step=step, outcome=outcome, reason=reason, record=facts, seen_version=seen_version)


def record_together(*, actor: Actor, step: Step, outcome: str, reason: str, seen_version: int | None) -> Step:
    """One of several records kept at once, of today."""
    return record_result(
        actor=actor,
        step=step,
        outcome=outcome,
        reason=reason,
        on=clock.today(),
        seen_version=seen_version,
        record={"plan_year": step.project.plan_year} if step.result == "plan" else None,
    )


AS_OF_TODAY: dict[str, Together] = {
    Duty.RECORD: Together({RECORDED.key: gettext_lazy("Record as of today")}, record_together)
}


class Record(PagedKind):
    """What is only written down; there is nothing to decide."""

    outcomes: tuple[Outcome, ...] = (RECORDED,)
    asks = Duty.RECORD
    address = "approvals:record"
    form_template = "approvals/_record_form.html"
    form_class: type[RecordForm] = RecordForm

    def form(self, page: StepPage, data: Any = None, files: Any = None) -> RecordForm:
        """Day, number, note and papers."""
        return self.form_class(data, files, step=page.step, papers=page.papers)

    def carry_out(self, *, actor: Actor, step: Step, form: Any) -> Step:
        """Keep the record."""
        return record_result(
            actor=actor,
            step=step,
            outcome=form.cleaned_data.get("outcome") or RECORDED.key,
            on=form.cleaned_data["on"],
            number=form.cleaned_data["number"],
            reason=form.cleaned_data["reason"],
            record=form.record(),
            seen_version=form.cleaned_data["version"],
        )

    def wrong_outcome(self, step: Step) -> Refusal:
        """There is only one."""
        return Refusal(
            _("This step is only recorded; there is nothing to pass."), field="outcome", articles=step.articles
        )


class OwnRecord(Record):
    """A unit's own step: it shows by its papers what it has done."""


class StageRecord(OwnRecord):
    """A stage of the project that the unit goes through by itself."""

    key = "stage"


class OutsideRecord(Record):
    """What a body outside the county decided: passed or not, shown by its paper."""

    key = "outside"
    may_take_back = True
    outcomes = (PASSED, FAILED)
    form_class = OutsideForm

    def needs_papers(self, step: Step) -> bool:
        """What was decided outside the program must be shown."""
        return True

    def wrong_outcome(self, step: Step) -> Refusal:
        """It passed or it did not."""
        return Refusal(_("Please say whether it was passed."), field="outcome", articles=step.articles)


class FilingRecord(Record):
    """A paper kept for the record by an office: it must be there."""

    key = "filing"
    may_take_back = True

    def needs_papers(self, step: Step) -> bool:
        """What is filed is the paper itself."""
        return True


class NoticeRecord(Record):
    """A notice that was given."""

    key = "notice"
    may_take_back = True
    together = AS_OF_TODAY


class PlanEntry(Record):
    """An entry in the reserve, or in the plan of a year with its rank."""

    key = "plan_entry"
    may_take_back = True
    form_class = PlanEntryForm
    together = AS_OF_TODAY
