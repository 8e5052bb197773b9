"""A route in words, as the trial and the comparison show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from jurisdictions.rules.facts import Facts
from jurisdictions.rules.route import Route, RouteWarning
from jurisdictions.rules.ruleset import Ruleset
from jurisdictions.rules.vocabulary import PHASES, ROUTE_FACTS, FactSpace
from regulation import wording
from regulation.schedule import Planned, Schedule


@dataclass(frozen=True)
class LimitWords:
    """A clock in words with its due day, where one is computed."""

    text: str
    start: date | None
    due: date | None
    provisional: bool
    pauses: tuple[str, ...]
    articles: tuple[str, ...]


def fact_words(facts: Facts, own: FactSpace | None = None) -> str:
    """What was asked, in words: the kinds and what holds; the amount stands beside it."""
    words = []
    values = {**facts.values(), "importance": facts.importance}
    for name, spec in {**ROUTE_FACTS, **(own or {})}.items():
        value = values.get(name)
        if spec.kind == "choice" and value is not None:
            words.append(str((spec.values or {})[value]))
        elif spec.kind == "flag" and value:
            words.append(str(spec.label))
        elif name not in ROUTE_FACTS and spec.kind == "amount" and value:
            words.append(f"{spec.label} {wording.count_words(value) if spec.whole else wording.amount_words(value)}")
    return _(", ").join(words)


def step_words(ruleset: Ruleset, route: Route, plan: Schedule | None = None) -> list[dict[str, Any]]:
    """The steps taken, in order: who, by when, what papers, why."""
    points = {point.key: point.text for point in ruleset.rules.review_points}
    steps = []
    for number, step in enumerate(route.steps, start=1):
        planned = plan.planned[step.key] if plan else [Planned(rule, None, None, False) for rule in step.deadlines]
        steps.append(
            {
                "number": number,
                "key": step.key,
                "name": wording.step_name(step.key, step.name),
                "phase": str(PHASES[step.phase]),
                "authority": ruleset.authority_name(step.authority),
                "participants": [ruleset.authority_name(key) for key in step.participants],
                "text": step.text,
                "reasons": wording.reason_words(step.reasons),
                "limits": [
                    LimitWords(
                        wording.limit_words(ruleset, one.rule, step.authority),
                        one.start,
                        one.due,
                        one.provisional,
                        tuple(wording.pause_words(pause) for pause in one.rule.pauses),
                        tuple(one.rule.articles),
                    )
                    for one in planned
                ],
                "documents": [wording.document_name(ruleset, key) for key in step.documents],
                "asks": [points.get(key, key) for key in step.asks],
                "parallel": step.parallel,
                "waiting": wording.waiting_words(step.required_by) if step.required_by else "",
                "marks": wording.mark_words(step.marks),
                "vote": wording.vote_words(step.vote) if step.vote else [],
                "needed": [wording.requirement_words(ruleset, one) for one in route.requirements if one.by == step.key],
                "result": _result(step.result),
                "articles": list(step.articles),
            }
        )
    return steps


def _result(result: str | None) -> str:
    if result == "reserve":
        return _("passing enters the reserve")
    return _("enters the plan") if result == "plan" else ""


def skipped_words(ruleset: Ruleset, route: Route) -> list[dict[str, Any]]:
    """The steps the rules leave out for these facts, with article and reason."""
    own = {step.step: step.name for step in ruleset.rules.route}
    return [
        {
            "key": step.key,
            "name": wording.step_name(step.key, own.get(step.key)),
            "text": step.text,
            "reasons": wording.reason_words(step.reasons),
            "articles": list(step.articles),
        }
        for step in route.skipped
    ]


def notice_words(notices: tuple[RouteWarning, ...]) -> list[dict[str, Any]]:
    """Notices with title, tone, sentence and articles."""
    return [
        {
            "key": notice.key,
            "title": wording.notice_name(notice.key),
            "tone": wording.notice_tone(notice.key),
            "text": notice.text,
            "articles": list(notice.articles),
        }
        for notice in notices
    ]
