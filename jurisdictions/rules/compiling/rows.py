"""Rows that use words become plain rows with boxes: terms, named values, `otherwise` and `except` are gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from ..boxes import Box, BoxError, amount_of_rule
from ..shapes import PIECE_MARK
from ..spaces import Spaces
from ..vocabulary import PHASES, FactSpace
from .naming import literals, unread
from .notation import source_of, write_out
from .regions import EVERYTHING, Region, TooManyCases, cut, merged, ordered, without
from .words import CONDITIONS, NAMEABLE, RESERVED, Place, WordError, Words, as_day, fault_text, holds_on, is_name

#: Tables whose rows hold parts with conditions of their own.
_CONDITIONED = frozenset({"change_control", "forms"})


@dataclass
class Compiled:
    """A rule file as plain rows, the file written out, and what was wrong on the way."""

    data: Any
    content: Any
    errors: list[tuple[Place, str]] = field(default_factory=list)
    #: Where a plain row stands in the file written out, and how that leads to the place in the file.
    places: dict[Place, Place] = field(default_factory=dict)
    written: Callable[[Place], Place] = tuple
    #: Days on which a parameter changes its value, ascending; empty where none does.
    turns: tuple[date, ...] = ()

    def source(self, path: Place) -> Place:
        """Where a part of the plain rows stands in the file."""
        return self.written(source_of(path, self.places))


def compile_rules(data: Any, day: date | None = None) -> Compiled:
    """A rule file with its words compiled away, as it stands on a day (default: the newest values)."""
    notation = write_out(data)
    content = notation.data
    if not isinstance(content, Mapping):
        return Compiled(content, content)
    run = _Run(content, day)
    run.check()
    plain = run.file()
    errors = [*notation.faults, *((notation.source(place), message) for place, message in run.errors)]
    return Compiled(plain, content, errors, run.places, notation.source, _turns(content))


def compile_stored(content: Mapping[str, Any], day: date | None = None) -> Compiled:
    """Content that was written out and checked when it was stored, as it stands on a day."""
    return Compiled(_Run(content, day).file(), content, turns=_turns(content))


def _turns(content: Mapping[str, Any]) -> tuple[date, ...]:
    found: set[date] = set()
    parameters = content.get("parameters")
    for parameter in parameters.values() if isinstance(parameters, Mapping) else ():
        rows = parameter.get("rows") if isinstance(parameter, Mapping) else None
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, Mapping):
                since, until = as_day(row.get("from")), as_day(row.get("until"))
                found |= {since} if since else set()
                found |= {until + timedelta(days=1)} if until else set()
    return tuple(sorted(found))


class _Run:
    def __init__(self, content: Mapping[str, Any], day: date | None) -> None:
        self.content = content
        self.day = day
        self.errors: list[tuple[Place, str]] = []
        self.places: dict[Place, Place] = {}
        facts = content.get("facts")
        self.spaces = Spaces.of(facts if isinstance(facts, list) else ())
        self._own_facts(facts)
        self.words = Words(content, day, self.fault, self.spaces)
        self.excepts = self._excepts(content.get("except"), ("except",))

    def fault(self, place: Place, message: str) -> None:
        if (place, message) not in self.errors:
            self.errors.append((place, message))

    def _own_facts(self, facts: Any) -> None:
        """Name the county's own facts that are called as a word of the language."""
        parameters = self.content.get("parameters")
        for index, fact in enumerate(facts if isinstance(facts, list) else ()):
            key = fact.get("key") if isinstance(fact, Mapping) else None
            if key in RESERVED:
                self.fault(("facts", index), _("“%s” is a word of the rule language: call the fact otherwise") % key)
            elif isinstance(parameters, Mapping) and key in parameters:
                self.fault(("facts", index), _("“%s” is a parameter already: call the fact otherwise") % key)

    def check(self) -> None:
        """Name every fault of terms and parameters, and what stands twice or for nothing."""
        self.words.check()
        for place, message in (*literals(self.content), *unread(self.content)):
            self.fault(place, message)

    def file(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in self.content.items():
            if key == "except":
                continue
            if key == "terms":
                found[key] = self._terms(value)
            elif key == "parameters":
                found[key] = self._parameters(value)
            else:
                found[key] = self._walk(value, (key,), (key,))
        return found

    # --- tables ---

    def _walk(self, value: Any, path: Place, source: Place) -> Any:
        if isinstance(value, Mapping):
            if "when" in value or any(key in NAMEABLE and is_name(each) for key, each in value.items()):
                return self._single(value, path, source)
            return {key: self._walk(each, (*path, key), (*source, key)) for key, each in value.items()}
        if not isinstance(value, list):
            return value
        if path == ("route",):
            return [self._step(step, (*path, at), (*source, at)) for at, step in enumerate(value)]
        return self._table(value, path, source, ())

    def _step(self, step: Any, path: Place, source: Place) -> Any:
        rows = step.get("rows") if isinstance(step, Mapping) else None
        if not isinstance(rows, list):
            return step
        plain = {key: value for key, value in step.items() if key not in ("rows", "except")}
        exempt = self._exempt(step, source)
        return {**plain, "rows": self._table(rows, (*path, "rows"), (*source, "rows"), exempt)}

    def _table(self, rows: list[Any], path: Place, source: Place, exempt: Sequence[_Except]) -> list[Any]:
        """A list of rows or things as plain ones; what an exception takes away no other row has."""
        space = self._space(path)
        left: Region = EVERYTHING
        found: list[Any] = []
        pieces_of: dict[str, list[str]] = {}
        taken: list[Box] = []
        for each in exempt:
            region = cut(left, each.region)
            left = merged(without(left, each.region, space), space)
            self._append(
                found, path, each.source, [{**each.row, "when": box} for box in merged(region, space)], pieces_of
            )
        for at, row in enumerate(rows):
            here = (*source, at)
            if not isinstance(row, Mapping):
                found.append(row)
                continue
            if row.get("otherwise") is True:
                region = self._otherwise(row, at == len(rows) - 1, left, taken, space, here)
            else:
                region = self._region(row, space, here)
                if "otherwise" in row:
                    region = self._further(row, region, taken, space, here)
                taken += region
                if exempt:
                    whole = region
                    region = merged(cut(region, left), space)
                    if whole and not region:
                        self.fault(here, _("never applies: the exceptions take all of it away"))
            plain = self._inside(row, space, here) if path[0] in _CONDITIONED else row
            self._append(found, path, here, self._valued(plain, region, here), pieces_of)
        return [self._overriding(row, pieces_of) for row in found]

    def _inside(self, row: Mapping[str, Any], space: FactSpace, source: Place) -> dict[str, Any]:
        """A row whose parts may carry conditions of their own (acts of a change, fields of a form): each one box."""
        return {
            key: each if key in CONDITIONS else self._part(each, space, (*source, key)) for key, each in row.items()
        }

    def _part(self, part: Any, space: FactSpace, source: Place) -> Any:
        if isinstance(part, list):
            return [self._part(each, space, (*source, at)) for at, each in enumerate(part)]
        if not isinstance(part, Mapping):
            return part
        found = self._inside(part, space, source)
        if "when" in part:
            region = self._region(part, space, source)
            if len(region) > 1:
                self.fault((*source, "when"), _("holds for several kinds of projects in different ways: name one kind"))
            found["when"] = region[0] if region else Box()
        return found

    def _space(self, path: Place) -> FactSpace:
        """The facts that a table's conditions may name."""
        if path[0] == "change_control":
            return self.spaces.change
        if path[0] == "funding" and path[1:2] in (("guards",), ("caps",), ("notices",)):
            return {key: spec for key, spec in self.spaces.funding.items() if spec.kind != "keys"}
        return self.spaces.route

    def _append(
        self, found: list[Any], path: Place, source: Place, rows: list[Any], pieces_of: dict[str, list[str]]
    ) -> None:
        for number, row in enumerate(rows):
            if isinstance(row.get("id"), str):
                if PIECE_MARK in row["id"]:
                    self.fault((*source, "id"), _("%r is no proper key") % (row["id"],))
                marked = row["id"] if number == 0 else f"{row['id']}{PIECE_MARK}{number + 1}"
                pieces_of.setdefault(row["id"], []).append(marked)
                row = {**row, "id": marked}
            self.places[*path, len(found)] = source
            found.append(row)

    def _overriding(self, row: Any, pieces_of: Mapping[str, list[str]]) -> Any:
        if not isinstance(row, Mapping) or not isinstance(row.get("overrides"), list):
            return row
        names = [piece for name in row["overrides"] for piece in pieces_of.get(name, [name])]
        return {**row, "overrides": names}

    def _region(self, row: Mapping[str, Any], space: FactSpace, source: Place) -> Region:
        key = "otherwise" if isinstance(row.get("otherwise"), Mapping) else "when"
        if key not in row:
            return EVERYTHING
        try:
            region = self.words.region(row[key], space)
        except (WordError, BoxError, TooManyCases) as error:
            self.fault((*source, key), fault_text(error))
            return EVERYTHING
        if not region:
            self.fault((*source, key), _("holds for no project: its conditions exclude each other"))
        return region

    def _further(
        self, row: Mapping[str, Any], region: Region, taken: list[Box], space: FactSpace, source: Place
    ) -> Region:
        """Of what the rows above leave, the part that `otherwise: {…}` names."""
        here = (*source, "otherwise")
        if not isinstance(row["otherwise"], Mapping):
            self.fault(here, _("may be true on the last row, or a condition: leave it out elsewhere"))
            return region
        if "when" in row:
            self.fault(here, _("stands instead of `when`: leave out one of them"))
        try:
            rest = ordered(merged(without(region, taken, space), space), space)
        except TooManyCases as error:
            self.fault(here, fault_text(error))
            return region
        if region and not rest:
            self.fault(here, _("is never reached: the rows above leave nothing"))
        return rest

    def _otherwise(
        self, row: Mapping[str, Any], is_last: bool, left: Region, taken: list[Box], space: FactSpace, source: Place
    ) -> Region:
        if "when" in row:
            self.fault((*source, "otherwise"), _("stands instead of `when`: leave out one of them"))
        if not is_last:
            self.fault((*source, "otherwise"), _("may only stand on the last row of the table"))
            return EVERYTHING
        try:
            rest = ordered(merged(without(left, taken, space), space), space)
        except TooManyCases as error:
            self.fault((*source, "otherwise"), fault_text(error))
            return EVERYTHING
        if not rest:
            self.fault((*source, "otherwise"), _("is never reached: the rows above leave nothing"))
        return rest

    def _valued(self, row: Mapping[str, Any], region: Region, source: Place) -> list[Any]:
        """The row once for each box, named values filled in."""
        plain = {key: value for key, value in row.items() if key != "otherwise"}
        names = list(dict.fromkeys(name for _place, name in _names_in(plain)))
        try:
            chosen = self.words.combinations(names)
        except (WordError, TooManyCases) as error:
            place, _name = next(_names_in(plain))
            self.fault((*source, *place), fault_text(error))
            return [{**plain, "when": box} for box in region[:1]]
        found = []
        for values, where in chosen:
            filled = self._filled(plain, values, source) if values else plain
            boxes = region if where == EVERYTHING else merged(cut(region, where), self.spaces.every)
            found += [
                {**filled, "when": box} if "when" in row or "otherwise" in row or box.conditions else dict(filled)
                for box in boxes
            ]
        return found

    def _filled(self, part: Any, values: Mapping[str, Any], source: Place) -> Any:
        if isinstance(part, Box):
            return part
        if isinstance(part, list):
            return [self._filled(each, values, (*source, at)) for at, each in enumerate(part)]
        if not isinstance(part, Mapping):
            return part
        found = {}
        for key, value in part.items():
            if key in NAMEABLE and is_name(value):
                found[key] = _whole(values[value])
                unit = self.words.unit(value)
                if part.get("unit", unit) != unit:
                    self.fault(
                        (*source, key),
                        _("the parameter “%(name)s” is in %(unit)s, not in %(wanted)s")
                        % {"name": value, "unit": unit, "wanted": part["unit"]},
                    )
                if key == "ratio" and unit != "ratio":
                    self.fault((*source, key), _("the parameter “%s” is no ratio") % value)
                if key in ("amount", "at_least", "at_most"):
                    found["unit"] = unit
            else:
                found[key] = value if key in CONDITIONS else self._filled(value, values, (*source, key))
        return found

    def _single(self, value: Mapping[str, Any], path: Place, source: Place) -> Any:
        """A part that stands alone: its condition must be one box, its values the same for all."""
        rows = self._valued(value, self._region(value, self.spaces.route, source), source)
        if len(rows) > 1:
            self.fault(source, _("holds for several kinds of projects in different ways: it can only say one"))
        whole = rows[0] if rows else dict(value)
        return {
            key: each if key == "when" else self._walk(each, (*path, key), (*source, key))
            for key, each in whole.items()
        }

    # --- terms, parameters, exceptions ---

    def _terms(self, terms: Any) -> Any:
        if not isinstance(terms, list):
            return terms
        found = []
        for index, term in enumerate(terms):
            rows = term.get("rows") if isinstance(term, Mapping) else None
            if not isinstance(rows, list):
                found.append(term)
                continue
            plain: list[Any] = []
            for at, row in enumerate(rows):
                here: Place = ("terms", index, "rows", at)
                regions: Region = EVERYTHING
                if isinstance(row, Mapping):
                    with suppress(WordError, BoxError, TooManyCases):  # named where the term was worked out
                        regions = self.words.region(row.get("when", {}), self.spaces.every, above=index)
                    self._append(plain, ("terms", index, "rows"), here, [{**row, "when": box} for box in regions], {})
                else:
                    plain.append(row)
            found.append({**term, "rows": plain})
        return found

    def _parameters(self, parameters: Any) -> Any:
        if not isinstance(parameters, Mapping):
            return parameters
        found = {}
        for key, parameter in parameters.items():
            rows = parameter.get("rows") if isinstance(parameter, Mapping) else None
            if isinstance(rows, list):
                self._days(rows, ("parameters", key, "rows"))
                kept = [
                    (at, row) for at, row in enumerate(rows) if not isinstance(row, Mapping) or holds_on(row, self.day)
                ]
                here: Place = ("parameters", key, "rows")
                plain = self._table([row for _at, row in kept], here, here, ())
                plain = [
                    {name: each for name, each in row.items() if name not in ("from", "until")}
                    if isinstance(row, Mapping)
                    else row
                    for row in plain
                ]
                parameter = {**parameter, "rows": plain}
            found[key] = parameter
        return found

    def _days(self, rows: list[Any], path: Place) -> None:
        for at, row in enumerate(rows):
            for end in ("from", "until"):
                if isinstance(row, Mapping) and row.get(end) is not None and as_day(row[end]) is None:
                    self.fault((*path, at, end), _("must be a date as 2026-03-02, not %r") % (row[end],))

    def _excepts(self, entries: Any, path: Place) -> list[_Except]:
        found = []
        for at, row in enumerate(entries if isinstance(entries, list) else ()):
            here = (*path, at)
            if not isinstance(row, Mapping):
                self.fault(here, _("must be a mapping"))
                continue
            steps = self._steps_of(row, here)
            plain = {key: value for key, value in row.items() if key not in ("steps", "phases")}
            found.append(
                _Except({**plain, "then": {"take": False}}, self._region(plain, self.spaces.route, here), here, steps)
            )
        return found

    def _steps_of(self, row: Mapping[str, Any], source: Place) -> frozenset[str]:
        """The steps that an exception names: one by one, all but some, or those of whole phases (never declaring)."""
        route = self.content.get("route")
        phases = {str(step.get("step")): step.get("phase") for step in _mappings(route)}
        later = [key for key in phases if key != "declaration"]
        named = row.get("steps", [] if "phases" in row else {"not": ["declaration"]})
        listed: Any = named.get("not") if isinstance(named, Mapping) else named
        for part, words, known in (("steps", listed, phases.keys()), ("phases", row.get("phases", []), PHASES.keys())):
            unknown = (
                [str(each) for each in words if not isinstance(each, str) or each not in known]
                if isinstance(words, list)
                else [str(words)]
            )
            if unknown:
                self.fault((*source, part), _("the route has no: %s") % ", ".join(unknown))
                return frozenset()
        chosen = set(phases) - set(listed) if isinstance(named, Mapping) else set(listed)
        return frozenset(chosen | {key for key in later if phases[key] in row.get("phases", [])})

    def _exempt(self, step: Mapping[str, Any], source: Place) -> list[_Except]:
        """The exceptions that hold for a step: the file's, in the step's own words where it has some, and its own."""
        entries = step.get("except")
        inherited = {each.row.get("id"): each for each in self.excepts if step.get("step") in each.steps}
        found: list[_Except] = []
        for at, row in enumerate(entries if isinstance(entries, list) else ()):
            here = (*source, "except", at)
            if not isinstance(row, Mapping):
                self.fault(here, _("must be a mapping"))
                continue
            known = inherited.get(row.get("id"))
            if known is not None and "when" not in row:
                inherited[row["id"]] = replace(
                    known, row={**known.row, **row, "when": known.row.get("when")}, source=here
                )
            else:
                whole = {**row, "then": {"take": False}}
                found.append(_Except(whole, self._region(whole, self.spaces.route, here), here))
        return [*inherited.values(), *found]


@dataclass(frozen=True)
class _Except:
    """Projects that need not take a step, or any."""

    row: Mapping[str, Any]
    region: Region
    source: Place
    steps: frozenset[str] = frozenset()


def _mappings(entries: Any) -> list[Mapping[str, Any]]:
    return [each for each in entries if isinstance(each, Mapping)] if isinstance(entries, list) else []


def _whole(value: Any) -> Any:
    """A number of time units as the schema takes it: a whole one as such."""
    if isinstance(value, (Decimal, str)):
        try:
            number = amount_of_rule(value)
        except ValueError:
            return value
        return int(number) if number == number.to_integral_value() else number
    return value


def _names_in(part: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """The parameters that a row names as values, with their places."""
    if isinstance(part, Mapping):
        for key, value in part.items():
            if key in NAMEABLE and is_name(value):
                yield (*place, key), value
            elif key not in CONDITIONS:
                yield from _names_in(value, (*place, key))
    elif isinstance(part, list):
        for at, value in enumerate(part):
            yield from _names_in(value, (*place, at))
