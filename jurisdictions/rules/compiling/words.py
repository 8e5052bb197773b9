"""What a rule file defines once and uses by name: terms (yes/no words) and parameters (values)."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from ..boxes import Box, BoxError, Word
from ..spaces import PLAIN, Spaces
from ..vocabulary import FUNDING_FACTS, FactSpace
from .regions import EVERYTHING, MOST_CASES, Region, TooManyCases, cut, merged, ordered, without

Place = tuple[str | int, ...]

#: Words of the language itself: no term may be called so.
RESERVED = frozenset({*PLAIN.every, *FUNDING_FACTS, "when", "then", "otherwise", "except", "not", "each", "take"})
ENDS = frozenset({"at_least", "over", "at_most", "below", "exactly"})
#: Keys of a row that hold a condition.
CONDITIONS = frozenset({"when", "otherwise"})
#: Numbers of a rule that may be the name of a parameter.
NAMEABLE = frozenset({"amount", "at_least", "at_most", "ratio", "minimum"})
_NAME = re.compile(r"^[a-z][a-z0-9_]*$")


class WordError(ValueError):
    """A condition or value that cannot be compiled; the text says why, in the words of the file."""


@dataclass(frozen=True)
class Case:
    """A value of a parameter and where it holds."""

    region: Region
    value: Any


def is_name(value: Any) -> bool:
    """Whether a value of a rule file names a parameter (and is no number that a database keeps as text)."""
    return isinstance(value, str) and bool(_NAME.match(value))


class Words:
    """The terms and parameters of one file on one day, worked out when first used."""

    def __init__(
        self, data: Mapping[str, Any], day: date | None, fault: Callable[[Place, str], None], spaces: Spaces = PLAIN
    ) -> None:
        self.spaces = spaces
        self._terms: dict[str, tuple[int, Mapping[str, Any]]] = {}
        self._parameters: Mapping[str, Any] = {}
        self._day = day
        self._fault = fault
        self._regions: dict[str, Region | None] = {}
        self._cases: dict[str, list[Case] | None] = {}
        self._open: list[str] = []
        parameters = data.get("parameters")
        if isinstance(parameters, Mapping):
            self._parameters = parameters
        terms = data.get("terms")
        for index, term in enumerate(terms if isinstance(terms, list) else ()):
            if isinstance(term, Mapping) and isinstance(term.get("key"), str):
                self._add(index, term)

    def _add(self, index: int, term: Mapping[str, Any]) -> None:
        key = term["key"]
        if key in RESERVED:
            self._fault(("terms", index), _("“%s” is a word of the rule language: call the term otherwise") % key)
        elif key in self.spaces.own:
            self._fault(("terms", index), _("“%s” is a fact of this file already: call the term otherwise") % key)
        elif key in self._parameters:
            self._fault(("terms", index), _("“%s” is a parameter already: call the term otherwise") % key)
        elif key not in self._terms:
            self._terms[key] = (index, term)

    # --- conditions ---

    def region(self, when: Any, space: FactSpace, *, above: int | None = None) -> Region:
        """A condition as boxes that do not meet. `above`: only terms before this one may be used.

        Raises `WordError`, `BoxError`, `TooManyCases`.
        """
        if isinstance(when, Box):
            return (when,)
        if not isinstance(when, Mapping):
            return (Box.parse(when, space),)
        facts, words, named = {}, {}, {}
        for key, value in when.items():
            if key in self._terms:
                words[key] = value
            else:
                facts[key] = _listed(value) if key in space and space[key].kind == "choice" else value
                for end in _named_ends(value):
                    named[key, end] = value[end]
        self._check_names(named, facts, space)
        found: Region = ()
        if named:
            for values, where in self._combinations(list(named.values())):
                plain = {key: dict(value) if isinstance(value, Mapping) else value for key, value in facts.items()}
                for (key, end), name in named.items():
                    plain[key][end] = values[name]
                found += self._cut_box(plain, space, where)
        else:
            found = (_marked(Box.parse(facts, space)),)
        for key, value in words.items():
            found = cut(found, self._word(key, value, space, above))
        return ordered(merged(found, space), space)

    def _cut_box(self, plain: Mapping[str, Any], space: FactSpace, where: Region) -> Region:
        try:
            box = _marked(Box.parse(plain, space))
        except BoxError as error:
            if error.empty:  # for these values of the parameters; others may leave room
                return ()
            raise
        return cut((box,), where)

    def _check_names(self, named: Mapping[tuple[str, str], str], facts: Mapping[str, Any], space: FactSpace) -> None:
        for (key, end), name in named.items():
            if key not in space or space[key].kind != "amount":
                continue
            if name not in self._parameters:
                raise WordError(
                    _("%(fact)s: %(end)s: there is no parameter “%(name)s”; write a number or define it")
                    % {"fact": key, "end": end, "name": name}
                )
            unit = self._parameters[name].get("unit") if isinstance(self._parameters[name], Mapping) else None
            wanted = "ratio" if key == "ratio" else "count" if space[key].whole else "yuan"
            if unit != wanted:
                raise WordError(
                    _("%(fact)s: the parameter “%(name)s” is in %(unit)s, not in %(wanted)s")
                    % {"fact": key, "name": name, "unit": unit, "wanted": wanted}
                )

    def _word(self, key: str, value: Any, space: FactSpace, above: int | None) -> Region:
        if not isinstance(value, bool):
            raise WordError(_("“%s” is a term: write true or false") % key)
        index, term = self._terms[key]
        if above is not None and index == above:
            raise WordError(_("the term “%s” uses itself") % key)
        if above is not None and index > above:
            raise WordError(_("the term “%s” stands further down: define it before it is used") % key)
        holds = self.term(key)
        region = holds if value else merged(without(EVERYTHING, holds, self.spaces.every), self.spaces.every)
        foreign = sorted({fact for box in region for fact, _c in box.conditions} - set(space))
        if foreign:
            raise WordError(
                _("the term “%(key)s” asks for %(facts)s, which this question does not know")
                % {"key": key, "facts": ", ".join(foreign)}
            )
        name = str(term.get("name") or key)
        return tuple(
            replace(box, words=(Word(key, name, value, box.conditions, _articles_at(term, box)),), named=frozenset())
            for box in region
        )

    def term(self, key: str) -> Region:
        """Where a term holds. Raises `WordError` where it uses itself or is at fault itself."""
        if key not in self._regions:
            index, term = self._terms[key]
            with self._opened(key):
                self._regions[key] = self._defined(term, index)
        found = self._regions[key]
        if found is None:
            raise WordError(_("the term “%s” is at fault itself") % key)
        return found

    def _defined(self, term: Mapping[str, Any], index: int) -> Region | None:
        holds: Region = ()
        rows = term.get("rows")
        for at, row in enumerate(rows if isinstance(rows, list) else ()):
            if not isinstance(row, Mapping):
                return None
            try:
                region = self.region(row.get("when", {}), self.spaces.every, above=index)
            except (WordError, BoxError, TooManyCases) as error:
                self._fault(("terms", index, "rows", at, "when"), fault_text(error))
                return None
            plain = tuple(replace(box, words=(), named=frozenset()) for box in region)
            holds += without(plain, holds, self.spaces.every)
        return ordered(merged(holds, self.spaces.every), self.spaces.every)

    def check(self) -> None:
        """Work out every term and parameter, so that each fault in them is named."""
        for key in self._terms:
            with contextlib.suppress(WordError):
                self.term(key)
        for key in self._parameters:
            with contextlib.suppress(WordError):
                self.cases(key)

    # --- values ---

    def unit(self, name: str) -> str | None:
        """The unit of a parameter; None where there is no such parameter."""
        parameter = self._parameters.get(name)
        return parameter.get("unit") if isinstance(parameter, Mapping) else None

    def cases(self, name: str) -> list[Case]:
        """The values of a parameter, each with where it holds. Raises `WordError`."""
        if name not in self._parameters:
            raise WordError(_("there is no parameter “%s”; write a number or define it") % name)
        if name not in self._cases:
            with self._opened(name):
                self._cases[name] = self._worked_out(name)
        found = self._cases[name]
        if found is None:
            raise WordError(_("the parameter “%s” is at fault itself") % name)
        return found

    def _worked_out(self, name: str) -> list[Case] | None:
        parameter = self._parameters[name]
        rows = parameter.get("rows") if isinstance(parameter, Mapping) else None
        found: list[Case] = []
        taken: Region = ()
        for at, row in enumerate(rows if isinstance(rows, list) else ()):
            then = row.get("then") if isinstance(row, Mapping) else None
            if not isinstance(then, Mapping) or "value" not in then:
                return None
            if not holds_on(row, self._day):
                continue
            try:
                if row.get("otherwise") is True:
                    region = without(EVERYTHING, taken, self.spaces.route)
                else:
                    region = self.region(row.get("otherwise", row.get("when", {})), self.spaces.route)
            except (WordError, BoxError, TooManyCases) as error:
                self._fault(("parameters", name, "rows", at, "when"), fault_text(error))
                return None
            left = merged(without(region, taken, self.spaces.route), self.spaces.route)
            found.append(Case(tuple(_unworded(box) for box in left), then["value"]))
            taken += region
        return found

    def _combinations(self, names: Sequence[str]) -> Iterator[tuple[dict[str, Any], Region]]:
        """The values of several parameters together, with where they hold."""
        found: list[tuple[dict[str, Any], Region]] = [({}, EVERYTHING)]
        for name in dict.fromkeys(names):
            cases = [(case.value, case.region) for case in self.cases(name)]
            found = [
                ({**values, name: value}, both)
                for values, where in found
                for value, region in cases
                if (both := cut(where, region))
            ]
            if len(found) > MOST_CASES:
                raise TooManyCases
        yield from found

    def combinations(self, names: Sequence[str]) -> list[tuple[dict[str, Any], Region]]:
        """See `_combinations`. Raises `WordError`."""
        return list(self._combinations(names))

    def _opened(self, key: str) -> _Opened:
        if key in self._open:
            raise WordError(_("“%s” uses itself") % " → ".join([*self._open, key]))
        return _Opened(self._open, key)


class _Opened:
    """Marks a word as being worked out, so that one that uses itself is found."""

    def __init__(self, opened: list[str], key: str) -> None:
        self.opened = opened
        self.key = key

    def __enter__(self) -> None:
        self.opened.append(self.key)

    def __exit__(self, *_error: object) -> None:
        self.opened.pop()


def holds_on(row: Mapping[str, Any], day: date | None) -> bool:
    """Whether a row of a parameter counts on this day; both its ends belong to it."""
    since, until = as_day(row.get("from")), as_day(row.get("until"))
    if day is None:
        return until is None
    return (since is None or since <= day) and (until is None or day <= until)


def as_day(value: Any) -> date | None:
    """A day as a file or the database has it; None for anything else (the schema names the fault)."""
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return None


def fault_text(error: Exception) -> str:
    """What is wrong with a condition, in words."""
    if isinstance(error, TooManyCases):
        return _("comes apart into too many cases: name the cases by a term")
    return str(error)


def _named_ends(value: Any) -> list[str]:
    return [end for end in value if end in ENDS and is_name(value[end])] if isinstance(value, Mapping) else []


def _listed(value: Any) -> Any:
    """One value of a choice stands for the list of it."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping) and isinstance(value.get("not"), str):
        return {**value, "not": [value["not"]]}
    return value


def _marked(box: Box) -> Box:
    return replace(box, named=frozenset(fact for fact, _condition in box.conditions))


def _unworded(box: Box) -> Box:
    return replace(box, words=(), named=frozenset(fact for fact, _condition in box.conditions))


def _articles_at(term: Mapping[str, Any], box: Box) -> tuple[str, ...]:
    rows = term.get("rows")
    found: dict[str, None] = {}
    for row in rows if isinstance(rows, list) else ():
        articles = row.get("articles")
        if isinstance(articles, list):
            found.update(dict.fromkeys(str(article) for article in articles))
    return tuple(found)
