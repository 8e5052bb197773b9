"""Reviews: one office decides, after it has looked for itself or asked others for their opinions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import Actor
from accounts.refusals import Incomplete, Refusal, WrongState, clean_text
from approvals import filings
from approvals.forms import ConsolidationForm, DecisionForm, ReplyForm
from approvals.kinds.base import PagedKind
from approvals.kinds.records import OwnRecord
from approvals.models import Conclusion, Opinion, OpinionState
from approvals.services import concerned, opinions, replies
from workflow.models import Duty, Step, StepState
from workflow.route.kinds import Outcome, StepKind, Together, kind_of
from workflow.route.steps import finish, held
from workflow.trail import audit

if TYPE_CHECKING:
    from approvals.step_page import StepPage

APPROVED = Outcome("approve", gettext_lazy("Approved"), "good", choice=gettext_lazy("Approve"))
REFUSED = Outcome(
    "refuse", gettext_lazy("Refused"), "bad", choice=gettext_lazy("Refuse"), needs_reason=True, negative=True
)


def not_decided_by_one(step: Step) -> Refusal:
    """What is said where a decision is sent for a step that is recorded, or decided by a meeting."""
    return Refusal(_("This step is not decided by a single office."), articles=step.articles)


def decide(
    *,
    actor: Actor,
    step: Step,
    outcome: str,
    reason: str = "",
    record: Mapping[str, Any] | None = None,
    missing_reason: str = "",
    seen_version: int | None = None,
) -> Step:
    """Approve or refuse a single or joint review.

    A joint review is consolidated in words, and opinions still missing are named with the reason for going on.
    Sending back for correction is `workflow.filings.services.send_back`. Raises `Refusal`s; nothing is written then.
    """
    kind = kind_of(step)
    if not isinstance(kind, Review):
        raise not_decided_by_one(step)
    if outcome not in {one.key for one in kind.offered(step)}:
        raise Refusal(_("Please choose a decision."), field="outcome", articles=step.articles)
    with audit.act():
        step = held(step)  # the route before the opinions, as everybody who acts on the project
        settled = kind.before_decision(
            actor=actor, step=step, outcome=outcome, reason=reason, missing_reason=missing_reason
        )
        facts = {**(record or {}), **settled}
        ended = finish(actor=actor, step=step, outcome=outcome, reason=reason, record=facts, seen_version=seen_version)
        kind.decided(actor=actor, step=ended, record=facts)
        return ended


def agree_together(*, actor: Actor, step: Step, outcome: str, reason: str, seen_version: int | None) -> None:
    """One of several opinions given at once: agreement only."""
    opinion = Opinion.objects.select_related("office").filter(step=step, office=actor.office).first()
    if opinion is None:
        raise WrongState(_("No opinion is asked of your office here."))
    opinion.step = step
    opinions.give_opinion(actor=actor, opinion=opinion, conclusion=outcome, text=reason)


class Review(PagedKind):
    """An office of the county approves or refuses, and states what the rule asks for."""

    outcomes = (APPROVED, REFUSED)
    may_return = True
    address = "approvals:decide"
    form_template = "approvals/_decision_form.html"
    form_class: type[DecisionForm] = DecisionForm

    def for_owner(self) -> StepKind:
        """What lies with the unit itself it records; it does not judge its own work."""
        return OwnRecord(*self.phases)

    def form(self, page: StepPage, data: Any = None, files: Any = None) -> DecisionForm:
        """Decision, reason, and what the rule asks the reviewer to state."""
        missing = "missing_reason" in data if data is not None else bool(page.opinions_missing)
        return self.form_class(
            data, files, step=page.step, papers=page.papers, asks=page.asks(), opinions_missing=missing
        )

    def carry_out(self, *, actor: Actor, step: Step, form: Any) -> Step:
        """Approve or refuse."""
        return decide(
            actor=actor,
            step=step,
            outcome=form.cleaned_data["outcome"],
            reason=form.cleaned_data["reason"],
            missing_reason=form.cleaned_data.get("missing_reason", ""),
            record=form.record(),
            seen_version=form.cleaned_data["version"],
        )

    def before_decision(
        self, *, actor: Actor, step: Step, outcome: str, reason: str, missing_reason: str
    ) -> Mapping[str, Any]:
        """What must be settled first, in the transaction of the decision; gives what is recorded with it."""
        return {}

    def decided(self, *, actor: Actor, step: Step, record: Mapping[str, Any]) -> None:
        """What follows in the same transaction; `record` as it was given."""

    def before_completion(self, step: Step, facts: Mapping[str, Any]) -> None:
        """What the rule asks the reviewer to set or say is there: point by point, or as a whole in words."""
        record = facts.get("record") or {}
        problems = [
            Refusal(_("This step must say so: please choose."), field=name, articles=step.articles)
            for name in step.rule.get("sets") or []
            if not record.get(name)
        ]
        points = record.get("points") or {}
        if not clean_text(str(facts.get("reason", "")), field="reason"):
            problems += [
                Refusal(
                    _("Please state this point, or your opinion as a whole."),
                    field=f"ask-{key}",
                    articles=step.articles,
                )
                for key in step.rule.get("asks") or []
                if not points.get(key) and not record.get(key)
            ]
        if problems:
            raise Incomplete(_("The decision is not complete."), items=problems)


class SingleReview(Review):
    """One office decides."""

    key = "single"
    may_take_back = True
    together: Mapping[str, Together] = {
        Duty.DECIDE: Together(dict(one.offered for one in (APPROVED, REFUSED)), decide, frozenset({REFUSED.key}))
    }

    def opened(self, step: Step, actor: Actor) -> None:
        """Where the unit hands something in first, its draft is there at once."""
        if step.rule.get("hands_in"):
            filings.begin(step)

    def form(self, page: StepPage, data: Any = None, files: Any = None) -> DecisionForm:
        """The decision; on what the unit handed in, the reply in writing."""
        if not replies.are_given(page.step):
            return super().form(page, data, files)
        handed_in = filings.handed_in_sum(page.filing["filing"]) if page.filing else None
        return ReplyForm(data, files, step=page.step, papers=page.papers, asks=page.asks(), handed_in=handed_in)

    def before_completion(self, step: Step, facts: Mapping[str, Any]) -> None:
        """Besides, a reply in writing to what was handed in."""
        if replies.are_given(step) and (problems := list(replies.problems_of(step, facts.get("record") or {}))):
            raise Incomplete(_("The reply is not complete."), items=problems)
        super().before_completion(step, facts)

    def decided(self, *, actor: Actor, step: Step, record: Mapping[str, Any]) -> None:
        """The reply is kept with its sum and conditions."""
        if step.state == StepState.DONE and replies.are_given(step) and record.get("number"):
            replies.keep(actor=actor, step=step, record=record)


class JointReview(Review):
    """The lead asks every named office for its opinion, and ends the review with a consolidated one in words."""

    key = "joint"
    may_take_back = True
    asks_opinions = True
    form_class = ConsolidationForm
    together: Mapping[str, Together] = {
        Duty.OPINION: Together({Conclusion.AGREE: gettext_lazy("Agree")}, agree_together)
    }

    def opened(self, step: Step, actor: Actor) -> None:
        """Every office that the rules name is asked at once; who else is concerned the lead says."""
        named = [one for one in step.participants if one != concerned.AS_CONCERNED]
        opinions.ask_opinions(actor=actor, step=step, authorities=named)

    def closed_again(self, step: Step, actor: Actor) -> None:
        """Nobody is asked any more; who is, the review says as it opens again."""
        Opinion.objects.filter(step=step, state=OpinionState.ASKED).delete()

    def before_decision(
        self, *, actor: Actor, step: Step, outcome: str, reason: str, missing_reason: str
    ) -> Mapping[str, Any]:
        """Opinions still missing are named with the reason for going on; then the review is consolidated in words."""
        if concerned.are_missing(step):
            raise Refusal(_("Please say first which offices are concerned, or that none is."), articles=step.articles)
        given = opinions.locked_opinions(step)
        missing = opinions.close_missing(actor=actor, step=step, opinions=given, reason=missing_reason)
        if not clean_text(reason, field="reason"):
            objected = any(one.conclusion == Conclusion.OBJECT for one in given)
            if objected and outcome == APPROVED.key:
                raise Refusal(
                    _("An office objects: the consolidated opinion must say how that was resolved."),
                    field="reason",
                    articles=step.articles,
                )
            raise Refusal(
                _("A joint review ends with a consolidated opinion in words."), field="reason", articles=step.articles
            )
        return {"missing_opinions": [one.office.name for one in missing], "missing_reason": missing_reason}
