"""What stands against ending a step now, and where the rules let who decides depart from it.

Stages say what hinders (`Stage.hindrances`). Where a rule says “in principle” (原则上), a reason lets the step end all
the same: it stands in what the step records and in the trail, with the article.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Incomplete, Refusal, WrongState, clean_text
from jurisdictions.rules.vocabulary import STEPS
from jurisdictions.templatetags.xunzhang import day as day_in_words
from workflow import stages
from workflow.clocks.opening import not_open_yet
from workflow.models import Document, Step, StepState
from workflow.route.kinds import awaits_filing
from workflow.trail import audit

# Among what a step records: the hindrances departed from, each with its reason.
DEPARTURES = "departures"
REASON_FIELD = "depart-"  # begins the names of the fields that the reasons are typed in
UNENDED = (StepState.COMING, StepState.OPEN, StepState.WAITING)


@dataclass(frozen=True)
class Hindrance:
    """What stands against ending a step, and what is said of it. `for_people`: the timer is not held up by it."""

    key: str
    said: str
    articles: Sequence[str] = ()
    in_principle: bool = False
    field: str = ""
    for_people: bool = False
    refused_as: type[Refusal] = Refusal

    @property
    def reason_field(self) -> str:
        """Where the reason for departing from it is typed."""
        return f"{REASON_FIELD}{self.key}"

    def refusal(self) -> Refusal:
        """Why the step cannot be ended."""
        if not self.in_principle:
            return self.refused_as(self.said, field=self.field, articles=self.articles)
        said = _("%(said)s The rules ask this in principle: a reason may depart from it.") % {"said": self.said}
        return self.refused_as(said, field=self.reason_field, articles=self.articles)


def hindrances_of(step: Step) -> list[Hindrance]:
    """Everything that stands against ending a step now, as the stages say it in their order."""
    return [one for find in stages.hindrances() for one in find(step)]


def nothing_hinders(step: Step, actor: Actor, facts: Mapping[str, Any]) -> None:
    """Refuse to complete a step while something hinders it that is not departed from with a reason."""
    given = (facts.get("record") or {}).get(DEPARTURES) or {}
    reasons = {key: clean_text(str(reason), field=f"{REASON_FIELD}{key}") for key, reason in given.items()}
    found = [one for one in hindrances_of(step) if not (one.for_people and actor.is_system)]
    departed = [one for one in found if one.in_principle and reasons.get(one.key)]
    left = [one for one in found if one not in departed]
    if left and left[0].field.startswith("paper-"):
        raise Incomplete(_("Papers this step must show are missing."), items=[one.refusal() for one in left])
    if left:
        raise left[0].refusal()
    for key in sorted(reasons.keys() - {one.key for one in departed}):
        raise Refusal(
            _("The rules ask nothing here that a reason may depart from."),
            field=f"{REASON_FIELD}{key}",
            articles=step.articles,
        )
    for one in departed:
        audit.entry(
            actor=actor,
            action="step.depart",
            record=step,
            project=step.project,
            label=step.key,
            new={"departed_from": one.said, "reason": reasons[one.key]},
            articles=one.articles,
        )


# --- what hinders every step ----------------------------------------------------------------------------------


def too_early(step: Step) -> Iterator[Hindrance]:
    """A shortest duration that is not over, a window that is not open."""
    row = not_open_yet(step)
    if row is not None and row.opens_on is not None:
        said = _("This may be done from %(day)s at the earliest.") % {"day": day_in_words(row.opens_on)}
        yield Hindrance("early", said, row.articles, row.in_principle)


def not_handed_in(step: Step) -> Iterator[Hindrance]:
    """What the unit hands in before the step is decided is not there yet."""
    if awaits_filing(step):
        said = _("The unit has not handed in yet what is decided on here.")
        yield Hindrance("handed_in", said, step.articles, refused_as=WrongState)


def awaited_steps(step: Step) -> Iterator[Hindrance]:
    """Steps that this one requires (`required_by` in their rule, or sent back by it) and that have not ended."""
    sent_back = (step.rule.get("reopens") or {}).get("step")
    steps = step.together if step.together is not None else Step.objects.filter(project_id=step.project_id)
    keys = [
        one.key
        for one in sorted(steps, key=lambda one: one.position)
        if (one.rule.get("required_by") == step.key or one.key == sent_back)
        and one.state in UNENDED
        and one.pk != step.pk
    ]
    if keys:
        words = _(", ").join(str(STEPS.get(key, key)) for key in keys)
        said = _("This can only be decided after: %(steps)s.") % {"steps": words}
        yield Hindrance("awaited", said, step.articles, refused_as=WrongState)


def missing_requirements(step: Step) -> Iterator[Hindrance]:
    """Papers that must be there by this step and are not in the project."""
    wanted = step.rule.get("requirements") or ()
    if not wanted:
        return
    papers = Document.objects.active().filter(project_id=step.project_id, purpose__in=required_papers(step))
    present = set(papers.values_list("purpose", flat=True))
    for one in wanted:
        if one["document"] not in present:
            key = f"paper-{one['document']}"
            yield Hindrance(key, one["text"], one["articles"], "in_principle" in one.get("marks", ()), field=key)


def required_papers(step: Step) -> list[str]:
    """The purposes of the papers that must be there by a step; a confirmation is filed under its own key."""
    return [one["document"] for one in step.rule.get("requirements") or ()]
