"""A route in words, as the trial and the comparison show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jurisdictions.rules.facts import Facts
from jurisdictions.rules.route import Route, RouteStep, RouteWarning
from jurisdictions.rules.ruleset import Ruleset
from jurisdictions.rules.vocabulary import PHASES, ROUTE_FACTS, UNITS, FactSpace
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
                "phase_key": step.phase,
                "authority": ruleset.authority_name(step.authority),
                "participants": [
                    *(ruleset.authority_name(key) for key in step.participants),
                    *(_("%s where the case calls for it") % ruleset.authority_name(key) for key in step.may_ask),
                ],
                "text": step.text,
                "reasons": wording.reason_words(step.reasons),
                "limits": [
                    LimitWords(
                        wording.limit_words(ruleset, one.rule, step.authority),
                        one.start,
                        one.due,
                        one.provisional,
                        tuple(wording.clock_notes(ruleset, one.rule)),
                        tuple(one.rule.articles),
                    )
                    for one in planned
                ],
                "documents": [wording.document_name(ruleset, key) for key in step.documents],
                "asks": [points.get(key, key) for key in step.asks],
                "notes": _notes(step),
                "marks": wording.mark_words(step.marks),
                "vote": wording.vote_words(step.vote) if step.vote else [],
                "needed": [wording.requirement_words(ruleset, one) for one in route.requirements if one.by == step.key],
                "articles": list(step.articles),
            }
        )
    return steps


@dataclass(frozen=True)
class Extent:
    """How much a route or a phase of it asks for: steps, those with time limits, and these added up in words."""

    title: str
    steps: int
    timed: int
    time: str

    @property
    def sentence(self) -> str:
        """25 个环节，其中 7 个有法定时限，合计 90 个工作日、6 个月."""
        said = {"steps": self.steps, "timed": self.timed, "time": self.time}
        if not self.timed:
            return (
                ngettext(
                    "%(steps)s step, no time limit by the rules",
                    "%(steps)s steps, no time limit by the rules",
                    self.steps,
                )
                % said
            )
        return (
            ngettext(
                "%(steps)s step, %(timed)s with a time limit by the rules, together %(time)s",
                "%(steps)s steps, %(timed)s with a time limit by the rules, together %(time)s",
                self.steps,
            )
            % said
        )


def extent(steps: Sequence[RouteStep], title: str = "") -> Extent:
    """Steps, time limits, and their sum: what starts with the same event runs at once and counts once, the longest."""
    total: Counter[str] = Counter()
    for step in steps:
        longest: dict[tuple[str, str], int] = {}
        for rule in step.deadlines:
            place = (rule.after, rule.unit)
            longest[place] = max(longest.get(place, 0), rule.amount)
        for (_after, unit), amount in longest.items():
            total[unit] += amount
    time = _(", ").join(wording.length_words(total[unit], unit) for unit in UNITS if total[unit])
    return Extent(title, len(steps), sum(bool(step.deadlines) for step in steps), time)


def phases(route: Route) -> dict[str, Extent]:
    """The extent of each phase of a route, in its order, by the phase's key."""
    keys = dict.fromkeys(step.phase for step in route.steps)
    return {key: extent([step for step in route.steps if step.phase == key], str(PHASES[key])) for key in keys}


def _notes(step: RouteStep) -> list[str]:
    """What its end leads to, and what it waits for or holds up."""
    notes = {"reserve": _("passing enters the reserve"), "plan": _("enters the plan")}
    found = [notes[step.result]] if step.result in notes else []
    if step.parallel:
        found.append(_("need not wait for the steps before it"))
    return [*found, wording.waiting_words(step.required_by)] if step.required_by else found


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
