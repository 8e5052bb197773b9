"""A county's rules of one version, ready to be asked: the route and every other table, with reasons."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, localcontext
from functools import cached_property
from typing import Any, TypeVar

from django.utils.translation import gettext as _
from pydantic import BaseModel

from . import schema
from .answers import Bound, ChangeAnswer, Decision, FundingAnswer, FundingPoint, ParameterValue, RuleMissing
from .boxes import Box, Interval
from .check import Finding, check_table
from .compiling import compile_stored
from .facts import FactError, Facts, read_facts
from .indexing import applying
from .loader import LoadResult
from .route import Route, RouteWarning
from .routing import Router
from .shapes import Item, cite, plain_article, plain_id
from .spaces import Spaces
from .tables import decision_tables, list_tables
from .vocabulary import AUTHORITIES, FUNDING_FACTS

ItemT = TypeVar("ItemT", bound=Any)


class Ruleset:
    """One loaded version of a county's rules."""

    def __init__(
        self, rules: schema.RuleFile, *, digest: str = "", content: Any = None, turns: Sequence[date] = ()
    ) -> None:
        self.rules = rules
        self.digest = digest
        self._turns = tuple(turns)
        self._content: Any = content if turns else None  # only read again where values change with the day
        self._by_turn: dict[int, Ruleset] = {}

    @classmethod
    def from_result(cls, result: LoadResult) -> Ruleset:
        """Raises `RuleFileError` with every error where the file has one."""
        return cls(result.require(), digest=result.digest, content=result.content_data, turns=result.turns)

    @classmethod
    def from_content(cls, content: Any, *, digest: str = "") -> Ruleset:
        """Rules that were checked when they were stored."""
        compiled = compile_stored(content)
        rules = schema.RuleFile.model_validate(compiled.data)
        return cls(rules, digest=digest, content=content, turns=compiled.turns)

    def on(self, day: date) -> Ruleset:
        """The same version with the values that count on a day; itself where no value changes with the time."""
        if not self._turns:
            return self
        turn = bisect_right(self._turns, day)
        if turn not in self._by_turn:
            rules = schema.RuleFile.model_validate(compile_stored(self._content, day).data)
            self._by_turn[turn] = Ruleset(rules, digest=self.digest)
        return self._by_turn[turn]

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What the checks find in this version, with the doubly claimed bounds that explicit rows settle."""
        tables = (*decision_tables(self.rules), *list_tables(self.rules))
        return tuple(finding for table in tables for finding in check_table(table))

    # --- facts ---

    @cached_property
    def spaces(self) -> Spaces:
        """The facts of each question, the county's own among them."""
        return Spaces.of(self.rules.facts)

    def read_facts(self, raw: Any) -> Facts:
        """Facts of a project, the county's own among them. Raises `FactError` that names the first at fault."""
        return Facts.parse(raw, self.spaces.route)

    def own_facts_for(self, facts: Facts) -> list[schema.OwnFact]:
        """The county's own facts that a project of these facts is asked for."""
        return self.items_for(self.rules.facts, facts)

    def _values(self, facts: Facts) -> dict[str, Any]:
        """What rows are asked with; an own fact nobody gave has its default."""
        return {key: spec.default for key, spec in self.spaces.own.items()} | facts.values()

    # --- identity and force ---

    @property
    def county(self) -> str:
        return self.rules.county.code

    @property
    def version(self) -> int:
        return self.rules.version

    def in_force_on(self, day: date) -> bool:
        """Whether the text is in force on this day (Asia/Shanghai); a draft or a text without a day never."""
        force = self.rules.in_force
        if self.rules.status == "draft_for_comment" or force is None or force.from_ is None or day < force.from_:
            return False
        return force.until is None or day <= force.until

    def force_notices(self, day: date) -> tuple[RouteWarning, ...]:
        """Notices about the text itself: a draft, expired, or not yet in force."""
        force = self.rules.in_force
        articles = tuple(cite(force.articles)) if force else ()
        if self.rules.status == "draft_for_comment":
            return (RouteWarning.of_ours("ruleset_draft", articles),)
        if self.in_force_on(day):
            return ()
        if force is not None and force.from_ is not None and day < force.from_:
            return (RouteWarning.of_ours("ruleset_not_yet", articles),)
        return (RouteWarning.of_ours("ruleset_expired", articles),)

    # --- route ---

    def route(self, facts: Facts, on: date) -> Route:
        """The route for these facts, with the values and the notices for this day."""
        rules = self.on(on)
        return rules._router.route(facts, rules._values(facts), on)

    @cached_property
    def _router(self) -> Router:
        return Router(self)

    # --- values and lists ---

    def parameter(self, name: str, facts: Facts) -> ParameterValue:
        """A named value for these facts. Raises `RuleMissing` that names it where the rules have none."""
        parameter = self.rules.parameters.get(name)
        row = _deciding(parameter.rows, self._values(facts))[0] if parameter else None
        if parameter is None or row is None:
            raise RuleMissing(
                _("The rules of %(county)s (version %(version)d) give no value “%(name)s”.")
                % {"county": self.county, "version": self.version, "name": name}
            )
        return ParameterValue(row.then.value, parameter.unit, tuple(cite(row.articles)), plain_id(row.id), row.text)

    def scope_result(self, facts: Facts) -> Decision | None:
        """`then.result` is out, reference, secrecy or file_only; None where the project is plainly within scope."""
        return self._one(self.rules.scope.rows, facts)

    def quotes_for(self, facts: Facts) -> Decision | None:
        """`then.minimum`: how many vendor quotes are required; None where the rules ask none."""
        return self._one(self.rules.quotes.rows, facts)

    def late_for(self, facts: Facts) -> list[Decision]:
        """Whether declaring outside the window or reserve is allowed: `then.allowed`, `then.documents`."""
        return self._many(self.rules.late, facts)

    def materials_for(self, facts: Facts) -> list[Decision]:
        """The checklist: `then.document`, `then.required`; each document once."""
        return self._subjects(self.rules.materials, facts, lambda row: row.then.document)

    def prerequisites_for(self, facts: Facts) -> list[Decision]:
        """What must be confirmed at submission: `then.key`, `name`, `evidence`, `document`; each key once."""
        return self._subjects(self.rules.prerequisites, facts, lambda row: row.then.key)

    def negative_items_for(self, facts: Facts) -> list[Item]:
        return self.items_for(self.rules.negative_list.items, facts)

    def statements_for(self, facts: Facts) -> list[schema.Statement]:
        return self.items_for(self.rules.statements, facts)

    def sections_for(self, facts: Facts) -> list[schema.Section]:
        return self.items_for(self.rules.sections, facts)

    def experts_for(self, facts: Facts, step: str) -> list[schema.Expert]:
        """The rules on experts that count for a step of this project; those that name no step count for every one."""
        return [one for one in self.items_for(self.rules.experts, facts) if one.step in (None, step)]

    def acceptance_parts_for(self, facts: Facts) -> list[schema.AcceptancePart]:
        return self.items_for(self.rules.acceptance.parts, facts)

    def priorities_for(self, facts: Facts) -> list[schema.Priority]:
        return self.items_for(self.rules.priorities, facts)

    def forms_for(self, facts: Facts) -> list[schema.Form]:
        """The official forms that count for these facts."""
        return self.items_for(self.rules.forms, facts)

    def form_fields_for(self, form: schema.Form, facts: Facts) -> list[schema.FormField]:
        """The boxes of a form that count for these facts."""
        return self.items_for(form.fields, facts)

    def items_for(self, items: Iterable[ItemT], facts: Facts) -> list[ItemT]:
        """Of any list whose entries carry `when`: those that count for these facts."""
        values = self._values(facts)
        return [item for item in items if item.when.matches(values)]

    def document(self, key: str) -> schema.Document:
        """A paper by its key. Raises `RuleMissing`."""
        try:
            return self.rules.documents[key]
        except KeyError:
            raise RuleMissing(
                _("The rules of %(county)s know no document “%(key)s”.") % {"county": self.county, "key": key}
            ) from None

    def authority_name(self, key: str) -> str:
        """What the county calls this office; the general word where it names none."""
        named = self.rules.authorities.get(key)
        return named.name if named else str(AUTHORITIES.get(key, key))

    def article(self, cited: str) -> schema.ArticleHeading | None:
        """Chapter and heading of a cited article; a paragraph's is its article's."""
        return self.rules.articles.get(plain_article(cited))

    @cached_property
    def _bounds(self) -> dict[str, list[Bound]]:
        found: dict[str, dict[Decimal, tuple[dict[str, None], dict[str, None]]]] = {}
        for step in self.rules.route:
            for row in step.rows:
                for fact, condition in row.when.conditions:
                    if not isinstance(condition, Interval):
                        continue
                    for end in (condition.low, condition.high):
                        if end is not None and end > 0:
                            articles, tables = found.setdefault(fact, {}).setdefault(end, ({}, {}))
                            articles.update(dict.fromkeys(cite(row.articles)))
                            tables[step.step] = None
        return {
            fact: [Bound(value, tuple(articles), tuple(tables)) for value, (articles, tables) in sorted(ends.items())]
            for fact, ends in found.items()
        }

    def bounds(self, fact: str = "investment") -> list[Bound]:
        """The amounts at which the route changes, ascending: what splitting a project could cross."""
        return self._bounds.get(fact, [])

    @cached_property
    def facts_asked(self) -> frozenset[str]:
        """The facts that the rules ask about anywhere: a form asks for no others."""
        return frozenset(_facts_in(self.rules))

    @cached_property
    def money_asks(self) -> frozenset[str]:
        """The facts that the rules on money ask about, beside the costs, the acceptance and the exclusions."""
        usual = {"accepted", "construction_cost", "om_cost"}
        funding = self.rules.funding
        asked = _facts_in([*funding.guards, *funding.notices, *funding.caps])
        return frozenset(set(asked) & set(FUNDING_FACTS)) - usual

    @cached_property
    def change_asks(self) -> frozenset[str]:
        """The facts of the project itself that the rules on changes ask about."""
        return frozenset(_facts_in(self.rules.change_control)) & {"action", "category", "owner_kind"}

    # --- later questions ---

    def change(self, raw: Mapping[str, Any]) -> ChangeAnswer:
        """What a change of an approved project needs. Raises `FactError`."""
        values = read_facts(raw, self.spaces.change)
        if values["estimate"] == 0:
            raise FactError("estimate", _("The approved total must be more than zero."))
        if not self.rules.change_control:
            return ChangeAnswer(None, None, (), (), "", "", notices=("not_regulated",))
        with localcontext() as context:
            context.prec = 60
            values["ratio"] = abs(values["delta"]) / values["estimate"]
        row, agreeing = _deciding(self.rules.change_control, values)
        if row is None:
            raise RuleMissing(_("No row of change control decides (%s).") % self.county)
        then = row.then
        return ChangeAnswer(
            then.outcome,
            then.authority,
            tuple(then.requires),
            tuple(cite(*(other.articles for other in agreeing))),
            plain_id(row.id),
            row.text,
            row.marks,
            tuple(act for act in then.acts if act.when.matches(values)),
            then.refers_to,
        )

    def funding(self, raw: Mapping[str, Any]) -> FundingAnswer:
        """Whether money may be given. Raises `FactError`, also for an unknown exclusion."""
        values = read_facts(raw, self.spaces.funding)
        funding = self.rules.funding
        known = {item.key: item for item in funding.exclusions}
        for key in values["exclusions"]:
            if key not in known:
                raise FactError(
                    "exclusions",
                    _("The rules have no exclusion “%(key)s”. Known: %(known)s.")
                    % {"key": key, "known": ", ".join(known)},
                )
        blocks = [_point(guard) for guard in funding.guards if guard.when.matches(values)]
        found = {block.key for block in blocks}
        blocks += [
            _point(item) for item in funding.exclusions if item.key in values["exclusions"] and item.key not in found
        ]
        notices = [_point(notice) for notice in funding.notices if notice.when.matches(values)]
        for cap in funding.caps:
            value, base = values[cap.value], values[cap.of]
            if cap.when.matches(values) and value is not None and base is not None and value > cap.ratio * base:
                notices.append(_point(cap))
        return FundingAnswer(tuple(blocks), tuple(notices))

    # --- reading rows ---

    def _one(self, rows: Sequence[Any], facts: Facts) -> Decision | None:
        values = self._values(facts)
        row, agreeing = _deciding(rows, values)
        return None if row is None else _decision(row, agreeing, values)

    def _many(self, rows: Sequence[Any], facts: Facts) -> list[Decision]:
        values = self._values(facts)
        return [_decision(row, [row], values) for row in applying(rows, values)]

    def _subjects(self, rows: Sequence[Any], facts: Facts, subject: Any) -> list[Decision]:
        values = self._values(facts)
        groups: dict[str, list[Any]] = {}
        for row in applying(rows, values):
            groups.setdefault(subject(row), []).append(row)
        return [_decision(group[0], group, values) for group in groups.values()]


def _facts_in(part: Any) -> Iterator[str]:
    """The facts named by every `when` in a part of the rules."""
    if isinstance(part, Box):
        for fact, _condition in part.conditions:
            yield fact
    elif isinstance(part, BaseModel):
        for _name, value in part:
            yield from _facts_in(value)
    elif isinstance(part, Mapping):
        for value in part.values():
            yield from _facts_in(value)
    elif isinstance(part, list):
        for value in part:
            yield from _facts_in(value)


def _deciding(rows: Iterable[Any], values: Mapping[str, Any]) -> tuple[Any | None, list[Any]]:
    """The row that decides, and all rows that say the same (load checks leave no others)."""
    found = applying(rows, values)
    return (found[0], found) if found else (None, [])


def _point(item: Any) -> FundingPoint:
    return FundingPoint(item.key, tuple(cite(item.articles)), item.text, item.marks)


def _decision(row: Any, agreeing: Sequence[Any], values: Mapping[str, Any]) -> Decision:
    articles = cite(*(other.articles for other in agreeing))
    return Decision(
        row.then, tuple(articles), plain_id(row.id), row.text, row.when.reasons(values) or (), tuple(row.marks)
    )
