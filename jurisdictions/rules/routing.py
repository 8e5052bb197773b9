"""Working out a route: every step's rows, the scope, the notices and the requirements, each indexed by its facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from django.utils.translation import gettext as _

from . import schema
from .answers import RuleMissing
from .boxes import Interval, Reason
from .facts import Facts
from .indexing import Axes, RowIndex
from .route import Requirement, Route, RouteScope, RouteStep, RouteWarning, SkippedStep, route_articles
from .shapes import cite, plain_id
from .vocabulary import DECIDED_KINDS

if TYPE_CHECKING:
    from .ruleset import Ruleset

StepT = TypeVar("StepT", RouteStep, SkippedStep)


@dataclass(frozen=True)
class _Outcome:
    """What becomes of a step in one cell of its table: the same for all projects there, but for the amounts."""

    row: Any
    cited: tuple[str, ...]
    step: RouteStep | SkippedStep
    has_amounts: bool


@dataclass(frozen=True)
class _Required:
    """The requirements of one cell, in order and by the step that waits for them."""

    all: tuple[Requirement, ...]
    by_step: Mapping[str, tuple[Requirement, ...]]


class Router:
    """The indexed tables of one version that a route is worked out from."""

    def __init__(self, ruleset: Ruleset) -> None:
        rules = ruleset.rules
        tables: list[Sequence[Any]] = [
            *(step.rows for step in rules.route),
            rules.scope.rows,
            rules.notices,
            rules.requirements,
        ]
        self._ruleset = ruleset
        self._axes = Axes(row.when for rows in tables for row in rows)
        self._steps = [(step, RowIndex(step.rows, self._outcome_of(step))) for step in rules.route]
        self._by_importance = any("importance" in index.facts for _step, index in self._steps)
        self._scope = RowIndex(rules.scope.rows, _scope)
        self._notices = RowIndex(rules.notices, _notices)
        self._requirements = RowIndex(rules.requirements, _required)

    def route(self, facts: Facts, values: Mapping[str, Any], on: date) -> Route:
        """The route for these facts; `values` are what rows are asked with."""
        ruleset = self._ruleset
        places = self._axes.places(values)
        scope, scope_row = self._scope.find(values, places)
        required = self._requirements.find(values, places)
        steps: list[RouteStep] = []
        skipped: list[SkippedStep] = []
        undecided = facts.importance is None and self._by_importance
        as_key = ({**values, "importance": "key"}, {**places, "importance": "key"}) if undecided else None
        pending: dict[str, None] = {}  # articles of steps that a key project would go otherwise
        results: dict[str, int] = {}
        for step, index in self._steps:
            outcome = index.find(values, places)
            if as_key is not None and "importance" in index.facts and index.find(*as_key).row is not outcome.row:
                pending.update(dict.fromkeys(outcome.cited))
            found = outcome.step
            if isinstance(found, SkippedStep):
                skipped.append(self._told(found, outcome, values))
                continue
            if scope.result == "file_only" and step.kind in DECIDED_KINDS:
                skipped.append(
                    SkippedStep(
                        step.step,
                        plain_id(scope_row.id),
                        scope.articles,
                        scope.text,
                        scope_row.when.reasons(values) or (),
                    )
                )
                continue
            found = self._told(found, outcome, values)
            if step.step in required.by_step:
                found = _changed(found, requirements=required.by_step[step.step])
            if found.result is not None:  # of several steps with the same result the last one decides
                if (before := results.get(found.result)) is not None:
                    steps[before] = _changed(steps[before], result=None)
                results[found.result] = len(steps)
            steps.append(found)
        notices = [*self._notices.find(values, places), *ruleset.force_notices(on)]
        if pending:
            notices.append(RouteWarning.of_ours("importance_pending", tuple(cite(list(pending)))))
        return Route(
            tuple(steps),
            tuple(skipped),
            tuple(notices),
            facts,
            ruleset.county,
            ruleset.version,
            ruleset.digest,
            ruleset.in_force_on(on),
            scope,
            required.all,
        )

    def _outcome_of(self, step: schema.Step) -> Any:
        def outcome(rows: Sequence[Any], values: Mapping[str, Any]) -> _Outcome:
            if not rows:
                raise RuleMissing(
                    _("No row of step “%(step)s” decides (%(county)s).")
                    % {"step": step.step, "county": self._ruleset.county}
                )
            row = rows[0]
            cited = tuple(article for other in rows for article in other.articles)
            reasons = row.when.reasons(values) or ()
            found = (
                _taken(step, row, cited, reasons)
                if row.then.take
                else SkippedStep(step.step, plain_id(row.id), tuple(cite(cited)), row.text, reasons)
            )
            return _Outcome(row, cited, found, any(isinstance(reason.condition, Interval) for reason in reasons))

        return outcome

    def _told(self, step: StepT, outcome: _Outcome, values: Mapping[str, Any]) -> StepT:
        """The step with the project's own amounts among its reasons."""
        return _changed(step, reasons=outcome.row.when.reasons_met(values)) if outcome.has_amounts else step


def _taken(step: schema.Step, row: Any, cited: Sequence[str], reasons: tuple[Reason, ...]) -> RouteStep:
    """A step as its deciding row takes it, with the articles of all rows that agree."""
    then = row.then
    return RouteStep(
        key=step.step,
        phase=step.phase,
        kind=step.kind,
        gate=step.gated,
        result=step.result,
        sets=tuple(step.sets),
        authority=then.authority or "owner",
        participants=tuple(then.participants),
        may_ask=tuple(then.may_ask),
        hands_in=tuple(then.hands_in),
        decides=then.decides,
        opened_by=then.opened_by,
        reopens=then.reopens,
        platform=then.platform,
        jointly_with=then.jointly_with,
        articles=route_articles(cited, then.deadlines),
        deadlines=tuple(then.deadlines),
        documents=tuple(then.documents),
        asks=tuple(then.asks),
        parallel=then.parallel,
        required_by=then.required_by,
        vote=then.vote,
        marks=row.marks,
        row_id=plain_id(row.id),
        text=row.text,
        name=step.name,
        reasons=reasons,
    )


def _changed(step: StepT, **changes: Any) -> StepT:
    """`dataclasses.replace` without its checks: a route copies a dozen steps."""
    found = object.__new__(type(step))
    found.__dict__.update(step.__dict__, **changes)
    return found


def _scope(rows: Sequence[Any], _values: Mapping[str, Any]) -> tuple[RouteScope, Any]:
    if not rows:
        return RouteScope("in"), None
    row = rows[0]
    articles = tuple(cite(*(other.articles for other in rows)))
    return RouteScope(row.then.result, articles, row.text, row.marks), row


def _notices(rows: Sequence[Any], _values: Mapping[str, Any]) -> tuple[RouteWarning, ...]:
    found: dict[str, RouteWarning] = {}
    for row in rows:
        before = found.get(row.then.key)
        articles = cite(list(before.articles) if before else [], row.articles)
        text = f"{before.text}；{row.text}" if before else row.text
        found[row.then.key] = RouteWarning(row.then.key, tuple(articles), text, plain_id(row.id))
    return tuple(found.values())


def _required(rows: Sequence[Any], _values: Mapping[str, Any]) -> _Required:
    groups: dict[str, list[Any]] = {}
    for row in rows:
        groups.setdefault(row.then.key, []).append(row)
    found = tuple(_requirement(group) for group in groups.values())
    by_step = {one.by: tuple(each for each in found if each.by == one.by) for one in found}
    return _Required(found, by_step)


def _requirement(rows: Sequence[Any]) -> Requirement:
    row, then = rows[0], rows[0].then
    articles = tuple(cite(*(other.articles for other in rows)))
    return Requirement(then.key, then.by, articles, row.text, then.document, then.confirmation, row.marks)
