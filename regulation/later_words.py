"""Rules of later stages in words: experts, payments, measures, duties, bars."""

from __future__ import annotations

from django.utils.translation import gettext as _

from jurisdictions.rules import schema
from jurisdictions.rules.labels import label, value_label
from jurisdictions.rules.ruleset import Ruleset
from regulation import wording


def expert_words(item: schema.Expert) -> list[str]:
    """How many experts, and how they are found."""
    words = [wording.step_name(item.step)] if item.step else []
    if item.at_least is not None:
        words.append(_("at least %d experts") % item.at_least)
    if item.odd:
        words.append(_("an odd number"))
    if item.drawn_share is not None:
        words.append(_("at least %s drawn by lot") % wording.percent(item.drawn_share))
    if item.draw is not None:
        words.append(value_label(item, "draw", item.draw))
    if item.excluded:
        words.append(_("not: %s") % _(", ").join(value_label(item, "excluded", key) for key in item.excluded))
    return words


def payment_words(ruleset: Ruleset, item: schema.PaymentBound) -> list[str]:
    """The share of the contract at an event."""
    words = [wording.event_words(item.at, ruleset)]
    if item.at_least is not None:
        words.append(f"≥ {wording.percent(item.at_least)}")
    if item.at_most is not None:
        words.append(f"≤ {wording.percent(item.at_most)}")
    if item.retained:
        words.append(_("kept back"))
    return words


def measure_details(ruleset: Ruleset, item: schema.Measure) -> list[tuple[str, list[str]]]:
    """Who acts, first and then: steps in order, or one of them."""
    offices = [item.authority] if item.authority else []
    return [
        (label(item, "authority"), [ruleset.authority_name(key) for key in (*offices, *item.participants)]),
        (label(item, "first"), [item.first] if item.first else []),
        (_("One of") if item.choice else label(item, "steps"), list(item.steps)),
    ]


def duty_words(ruleset: Ruleset, item: schema.Duty) -> list[str]:
    """How often, by when, from whom to whom."""
    words = [value_label(item, "every", item.every)]
    if item.by is not None:
        words.append(_("by %(month)d/%(day)d") % {"month": item.by.month, "day": item.by.day})
    words.append(_(", ").join(ruleset.authority_name(key) for key in item.parties))
    if item.reported_to:
        offices = _(", ").join(ruleset.authority_name(key) for key in item.reported_to)
        words.append(_("reported to %s") % offices)
    return words


def bar_words(ruleset: Ruleset, item: schema.Bar) -> list[str]:
    """For how long a unit is barred, and who lifts it."""
    words = [wording.span_words(item.lasts)] if item.lasts else [_("until it is put right")]
    if item.lifted_by:
        words.append(_("lifted by %s") % ruleset.authority_name(item.lifted_by))
    return words
