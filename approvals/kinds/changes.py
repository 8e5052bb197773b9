"""Acts on a change of what was approved: an office replies to it, or keeps it for the record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from accounts.actors import Actor
from approvals.changes.filing import BARRED, CHANGE
from approvals.forms import DecisionForm, ReplyForm
from approvals.kinds.records import FilingRecord
from approvals.kinds.reviews import SingleReview
from approvals.services import replies
from workflow.models import Filing, Step, StepState
from workflow.route.hindrances import Hindrance
from workflow.route.kinds import Together

if TYPE_CHECKING:
    from approvals.step_page import StepPage


class ChangeReview(SingleReview):
    """One office replies, in writing, with the total that holds from then on."""

    key = "change"
    may_take_back = False
    together: Mapping[str, Together] = {}

    def form(self, page: StepPage, data: Any = None, files: Any = None) -> DecisionForm:
        """The reply, with the total that the unit asks for."""
        filing = page.filing["filing"] if page.filing else None
        asked = CHANGE.judged(filing).total if filing is not None else None
        return ReplyForm(data, files, step=page.step, papers=page.papers, asks=page.asks(), handed_in=asked)

    def decided(self, *, actor: Actor, step: Step, record: Mapping[str, Any]) -> None:
        """The reply is kept; the lines were settled by what was asked for."""
        if step.state == StepState.DONE and record.get("number"):
            replies.keep(actor=actor, step=step, record=record, settles=False)


class ChangeRecord(FilingRecord):
    """An office keeps a change that the unit makes by itself for the record."""

    key = "change_filed"
    may_take_back = False
    may_return = True


def barred_since(step: Step) -> Iterator[Hindrance]:
    """What stands against a change now: the rules say otherwise since it was handed in, or forbid it in principle."""
    if not step.is_beside:
        return
    filing = Filing.objects.filter(step=step, kind=CHANGE.key).select_related("step").first()
    if filing is None:
        return
    filing.project = step.project
    judged = CHANGE.judged(filing)
    if judged.outcome in BARRED:
        said = _("What was approved has changed since this was handed in; by the rules now: %(text)s.")
        yield Hindrance("barred", said % {"text": judged.text}, judged.articles)
    if "in_principle" in step.rule.get("marks", ()) and step.rule.get("act") == 0:
        said = _("In principle nothing is changed: %(text)s.")
        yield Hindrance("change", said % {"text": step.rule.get("text", "")}, step.articles, in_principle=True)
