"""Words and tones for decisions, opinions and meetings."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import template

from accounts.actors import Actor
from approvals.changes.words import TONES as CHANGES
from approvals.models import Conclusion, MeetingItem, Opinion
from jurisdictions.facts import Importance
from jurisdictions.rules.vocabulary import AUTHORITIES, PROCUREMENT_MODES
from projects.ruling import ruleset_of
from workflow import stages
from workflow.desk import said
from workflow.machines.states import Machine
from workflow.models import Step
from workflow.route.kinds import kind_of

register = template.Library()

CONCLUSIONS = {Conclusion.AGREE: "good", Conclusion.CONDITIONS: "warn", Conclusion.OBJECT: "bad"}


@register.filter
def item(mapping: Mapping[Any, Any] | None, key: Any) -> Any:
    """The entry of a mapping under a key, or None."""
    return mapping.get(key) if mapping else None


@register.filter
def opens_meetings(actor: Actor) -> bool:
    """Whether the pages of meetings open for somebody; to others a meeting is a name, no link."""
    return actor.may("meeting.hold") or actor.may("project.view")


@register.filter
def outcome_words(step: Step) -> Any:
    """How the step ended in words; its state while it has not."""
    return said.outcome_words(step)


@register.filter
def outcome_tone(step: Step) -> str:
    """The badge's tone for how the step ended."""
    if step.tacit:
        return "warn"
    ended = kind_of(step).outcome(step.outcome)
    return ended.tone if ended is not None else stages.tone("step", step.state)


@register.filter
def state_tone(record: Machine) -> str:
    """The badge's tone for the state of a step, a condition of a reply …"""
    return stages.tone(str(record._meta.model_name), record.state)


@register.filter
def meeting_words(item: MeetingItem) -> Any:
    """What a meeting decided on a project, in words."""
    decided = kind_of(item.step).outcome(item.outcome)
    return decided.word if decided is not None else item.outcome


@register.filter
def meeting_tone(item: MeetingItem) -> str:
    """The badge's tone for what a meeting decided."""
    decided = kind_of(item.step).outcome(item.outcome)
    return decided.tone if decided is not None else "neutral"


@register.filter
def conclusion_tone(opinion: Opinion) -> str:
    """The badge's tone for an opinion; neutral before it is given."""
    return CONCLUSIONS.get(Conclusion(opinion.conclusion), "neutral") if opinion.conclusion else "neutral"


@register.filter
def authority_words(key: str) -> Any:
    """The name of an authority of the rules."""
    return AUTHORITIES.get(key, key)


@register.filter
def importance_words(step: Step) -> Any:
    """The importance that the step set, in words."""
    value = step.record.get("importance", "")
    return Importance(value).label if value in Importance.values else value


@register.filter
def procurement_words(step: Step) -> Any:
    """How the supplier was found, in words."""
    return PROCUREMENT_MODES.get(step.record.get("mode", ""), "")


@register.filter
def awarded(step: Step) -> Decimal:
    """The amount of the award, in yuan."""
    return Decimal(step.record["amount"])


@register.filter
def paper_words(step: Step, purpose: str) -> str:
    """What a paper is by the rules of the step's project; nothing where they do not name it."""
    known = ruleset_of(step.project.rule_version).rules.documents.get(purpose)
    return known.name if known else ""


@register.filter
def review_points(step: Step) -> list[dict[str, str]]:
    """What the reviewer stated on each point the rules ask for: label and text."""
    stated = step.record.get("points") or {}
    if not stated:
        return []
    labels = {point.key: point.text for point in ruleset_of(step.project.rule_version).rules.review_points}
    return [{"label": labels.get(key, key), "text": text} for key, text in stated.items()]


@register.filter
def change_tone(outcome: str) -> str:
    """The badge's tone for what the rules say of a change."""
    return CHANGES.get(outcome, "neutral")
