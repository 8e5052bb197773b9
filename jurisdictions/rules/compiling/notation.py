"""The short notation of a rule file, written out: what may be grouped or left out stands in full afterwards.

Which lists may be grouped follows from the models: a list of things with a key (or id) may be a mapping by
key, and where the things cite articles, a mapping by citation of such mappings.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from ..schema import ChangeRow, Document, ReviewPoint, RuleFile, Step
from ..shapes import Row
from .in_place import NamedInPlace, is_citation
from .shorthand import asked_fields, condition, joined, length, usual
from .shorthand import value as parameter
from .words import CONDITIONS

Place = tuple[str | int, ...]

_SHORT = re.compile(r"^[A-Z]?[0-9]+(\([0-9]+\))?$")
_NAMES = ("id", "key", "step")
_TEXTS = ("text", "name", "title", "label")
#: What a row says of itself; everything else that stands in it belongs to its `then`.
_ROW_PARTS = frozenset({*Row.model_fields, "key", "otherwise", "from", "until"})
#: Tables whose rows are about one paper or key each: that of the row's own name, unless they say another.
_SUBJECTS = {"materials": "document", "notices": "key", "prerequisites": "key", "requirements": "key"}
_STEP_PARTS = frozenset({*Step.model_fields, "except"})


@dataclass
class Notation:
    """A rule file written out, and where each part that moved stood before."""

    data: Any
    places: dict[Place, Place] = field(default_factory=dict)
    faults: list[tuple[Place, str]] = field(default_factory=list)

    def source(self, path: Place) -> Place:
        """Where a part of the written-out data stands in the file."""
        return source_of(path, self.places)


def source_of(path: Place, places: Mapping[Place, Place]) -> Place:
    """The place something came from: that of the nearest part above it that moved."""
    for end in range(len(path), 0, -1):
        if path[:end] in places:
            return places[path[:end]] + path[end:]
    return path


def write_out(data: Any) -> Notation:
    """The file in full. Data of another shape is left as it is: the schema names the fault."""
    result = Notation(data)
    if isinstance(data, Mapping):
        county = data.get("county")
        prefix = county.get("prefix") if isinstance(county, Mapping) else None
        writer = _Writer(prefix if isinstance(prefix, str) else "", result)
        result.data = writer.file(data)
    return result


class _Writer:
    def __init__(self, prefix: str, result: Notation) -> None:
        self.prefix = prefix
        self.places = result.places
        self.named = NamedInPlace(lambda place, message: result.faults.append((place, message)))

    def file(self, data: Mapping[Any, Any]) -> dict[str, Any]:
        data = {str(key): value for key, value in self.named.taken_from(data).items()}
        if isinstance(data.get("articles"), Mapping):
            data["articles"] = self._headings(data["articles"])
        if isinstance(data.get("route"), Mapping):
            data["route"] = self._phases(data["route"])
        self._papers = self._paper_names(data.get("documents"))
        whole = self._part(data, RuleFile, (), ())
        self._add_named(whole)
        if isinstance(whole.get("except"), list):
            whole["except"] = [self._cited(entry) for entry in whole["except"]]
        for name in ("owner_kinds", "actions"):
            if isinstance(whole.get(name), Mapping):
                whole[name] = {key: self._citations(value) for key, value in whole[name].items()}
        return whole

    # --- parts that are grouped in their own way ---

    def _paper_names(self, documents: Any) -> dict[str, dict[str, Any]]:
        """Each paper's name and articles, where the file gives them."""
        named = self.named.found["documents"]
        found = {key: dict(paper) for key, (_place, paper) in named.items() if isinstance(paper, Mapping)}
        if isinstance(documents, Mapping):
            for _place, paper in self._listed(documents, (), "key", "name"):
                if isinstance(paper, Mapping):
                    found[paper["key"]] = {key: paper[key] for key in ("name", "articles") if key in paper}
        return found

    def _headings(self, articles: Mapping[Any, Any]) -> dict[str, Any]:
        """`{第一章 总则: {1: 目的}}` as `{XX-1: {chapter: 第一章 总则, heading: 目的}}`."""
        found: dict[str, Any] = {}
        for key, value in articles.items():
            if is_citation(key) or not isinstance(value, Mapping):
                name = self._cite(key)
                found[name] = {"heading": value} if isinstance(value, str) else value
                self.places["articles", name] = ("articles", key)
                continue
            for article, heading in value.items():
                name = self._cite(article)
                found[name] = {"chapter": key, "heading": heading}
                self.places["articles", name] = ("articles", key, article)
        return found

    def _phases(self, route: Mapping[Any, Any]) -> list[Any]:
        """Steps by phase, each phase a list or a mapping by step, as one list."""
        found: list[Any] = []
        for phase, steps in route.items():
            here: Place = ("route", phase)
            entries = self._listed(steps, here, "step", "name") if isinstance(steps, Mapping) else None
            if entries is None:
                entries = [((*here, at), step) for at, step in enumerate(steps)] if isinstance(steps, list) else []
            for place, step in entries:
                self.places["route", len(found)] = place
                found.append(usual({"phase": phase, **step}) if isinstance(step, Mapping) else step)
        return found

    def _add_named(self, whole: dict[str, Any]) -> None:
        """Add what was named in place to its list."""
        papers, points = (self.named.found[name] for name in ("documents", "review_points"))
        if papers and isinstance(whole.setdefault("documents", {}), Mapping):
            for key, (place, paper) in papers.items():
                if key in whole["documents"]:
                    self.named.twice(key, place)
                whole["documents"][key] = self._part(paper, Document, ("documents", key), place)
                self.places["documents", key] = place
        if points and isinstance(whole.setdefault("review_points", []), list):
            listed = whole["review_points"]
            for key, (place, point) in points.items():
                if any(_named(each) == key for each in listed):
                    self.named.twice(key, place)
                here: Place = ("review_points", len(listed))
                listed.append(
                    self._part({"key": key, **point} if isinstance(point, Mapping) else point, ReviewPoint, here, place)
                )
                self.places[here] = place

    # --- everything else follows the models ---

    def _part(self, data: Any, model: type[BaseModel], path: Place, source: Place) -> Any:
        if not isinstance(data, Mapping):
            return data
        found: dict[str, Any] = {}
        if {"amount", "unit"} <= model.model_fields.keys():
            data = length(data)
        shapes = {info.alias or name: info.annotation for name, info in model.model_fields.items()}
        for key, value in data.items():
            name = str(key)
            here, there = (*path, name), (*source, key)
            if name == "articles" and path:
                found[name] = self._citations(value)
            elif name in CONDITIONS:
                found[name] = condition(value)
            elif name in shapes:
                found[name] = self._value(value, shapes[name], here, there)
            else:
                found[name] = value
        return found

    def _cited(self, entry: Any) -> Any:
        """An exception, which no model describes."""
        if not isinstance(entry, Mapping):
            return entry
        said = {"articles": self._citations, "when": condition}
        return {key: said[key](value) if key in said else value for key, value in entry.items()}

    def _value(self, value: Any, annotation: Any, path: Place, source: Place) -> Any:
        kind, model = _kind_of(annotation)
        if model is None:
            return [value] if kind == "words" and isinstance(value, str) else value
        if kind == "part":
            return self._part(value, model, path, source)
        if kind == "list":
            if isinstance(value, Mapping) and not any(name in model.model_fields for name in ("id", "key", "step")):
                value = [value]
            return self._list(value, model, path, source)
        if isinstance(value, Mapping):
            return self._mapping(value, model, path, source)
        return value

    def _mapping(self, value: Mapping[Any, Any], model: type[BaseModel], path: Place, source: Place) -> Any:
        entries = {str(key): ((*source, key), entry) for key, entry in value.items()}
        if "articles" in model.model_fields and value and all(is_citation(key) for key in value):
            entries = {}
            for cited, group in value.items():
                if not isinstance(group, Mapping):
                    return value
                for key, entry in group.items():
                    whole = _worded(entry, _text_of(model))
                    if isinstance(whole, Mapping):
                        whole = {"articles": str(cited), **whole}
                    entries[str(key)] = ((*source, cited, key), whole)
        found = {}
        for key, (place, entry) in entries.items():
            here = (*path, key)
            self.places[here] = place
            whole = _worded(entry, _text_of(model))
            if path == ("parameters",):
                whole = self._single_row(key, parameter(whole), "value", here, place)
            found[key] = self._part(whole, model, here, place)
        return found

    def _single_row(self, key: str, data: Any, mark: str, path: Place, source: Place) -> Any:
        """A parameter of one value, a term of one row: the row stands in the thing itself."""
        if not isinstance(data, Mapping) or "rows" in data or mark not in data:
            return data
        row = {name: data[name] for name in ("when", "value", "articles", "text", "reading") if name in data}
        self.places[*path, "rows", 0] = source
        rest = {name: value for name, value in data.items() if name not in row}
        return {**rest, "rows": [{"id": key.replace("_", "-"), **row}]}

    def _list(self, value: Any, model: type[BaseModel], path: Place, source: Place) -> Any:
        name = next((each for each in _NAMES if each in model.model_fields), None)
        if isinstance(value, Mapping) and name is not None:
            entries = self._listed(value, source, name, _text_of(model))
        elif isinstance(value, list):
            entries = [((*source, at), entry) for at, entry in enumerate(value)]
        else:
            return value
        found = []
        for at, (place, entry) in enumerate(entries):
            here = (*path, at)
            place = self.places.setdefault(here, place)
            if issubclass(model, (Row, ChangeRow)) or "then" in model.model_fields:
                entry = _with_clock_citations(_about(_row(entry), _SUBJECTS.get(str(path[0]))))
                if path == ("materials",):
                    entry = self._named_paper(entry)
            elif path == ("terms",):
                entry = self._single_row(str(_named(entry)), entry, "when", here, place)
            elif path == ("acceptance", "parts"):
                entry = self._paper(entry)
            elif path == ("forms",):
                entry = self._form(entry)
            elif {"step", "rows"} <= set(model.model_fields):
                entry = self._step(entry, here, place)
            found.append(self._part(entry, model, here, place))
        return found

    def _listed(self, value: Mapping[Any, Any], source: Place, name: str, text: str) -> list[tuple[Place, Any]]:
        """A mapping by key, or by citation and key, as the list it stands for; `each` holds for all of them."""
        shared = _each(value)
        found: list[tuple[Place, Any]] = []
        for key, entry in value.items():
            if key == "each":
                continue
            if is_citation(key) and isinstance(entry, (Mapping, list)):
                group = entry if isinstance(entry, Mapping) else {each: {} for each in entry if isinstance(each, str)}
                common = joined(shared, {**_each(group), "articles": str(key)})
                found += [
                    ((*source, key, inner), _entry(name, inner, common, _worded(each, text)))
                    for inner, each in group.items()
                    if inner != "each"
                ]
                continue
            found.append(((*source, key), _entry(name, key, shared, _worded(entry, text))))
        return found

    def _step(self, data: Any, path: Place, source: Place) -> Any:
        """What a step says for all its rows, said in each; a step without rows is one row."""
        if not isinstance(data, Mapping):
            return data
        step = {key: value for key, value in data.items() if key in _STEP_PARTS}
        if isinstance(step.get("except"), list):
            step["except"] = [self._cited(entry) for entry in step["except"]]
        shared = {key: value for key, value in data.items() if key not in _STEP_PARTS}
        name = str(data.get("step", "")).replace("_", "-")
        if "rows" not in data:
            if not shared:
                return step
            rest = shared.pop("otherwise", None)
            listed = [(source, _with_shared({"id": name, **shared}, {}))]
            if rest is not None:
                cited = {key: each for key, each in shared.items() if key == "articles"}
                listed += [(source, _with_shared(_rest(rest), cited))]
        elif isinstance(data["rows"], Mapping):
            listed = self._listed(data["rows"], (*source, "rows"), "id", "text")
            listed = [(place, _with_shared(_of_step(row, name), shared)) for place, row in listed]
        elif isinstance(data["rows"], list):
            return {**step, "rows": [_with_shared(row, shared) for row in data["rows"]]}
        else:
            return {**step, "rows": data["rows"]}
        for at, (place, _row) in enumerate(listed):
            self.places[*path, "rows", at] = place
        return {**step, "rows": [row for _place, row in listed]}

    def _paper(self, entry: Any) -> Any:
        """A part of the acceptance that is called as a paper is that paper."""
        key = _named(entry)
        if isinstance(entry, Mapping) and not {"document", "authority"} & set(entry) and key in self._papers:
            return {**entry, "document": key}
        return entry

    def _named_paper(self, row: Any) -> Any:
        """A row about a paper that says nothing else is called as the paper."""
        then = row.get("then") if isinstance(row, Mapping) else None
        paper = self._papers.get(str(then.get("document"))) if isinstance(then, Mapping) else None
        return {"text": paper["name"], **row} if paper and "name" in paper else row

    def _form(self, form: Any) -> Any:
        """A form that is a paper too is called as the paper and stands in its articles."""
        return {**self._papers.get(str(_named(form)), {}), **asked_fields(form)} if isinstance(form, Mapping) else form

    def _citations(self, value: Any) -> Any:
        if isinstance(value, (str, int)) and not isinstance(value, bool):
            value = [part.strip() for part in str(value).split(",")]
        if not isinstance(value, list):
            return value
        return [self._cite(article) for article in value]

    def _cite(self, article: Any) -> Any:
        if isinstance(article, int) and not isinstance(article, bool):
            article = str(article)
        if isinstance(article, str) and self.prefix and _SHORT.match(article):
            return f"{self.prefix}-{article}"
        return article


def _row(entry: Any) -> Any:
    """A row whose `then` stands open: everything that is no part of a row belongs to it."""
    if not isinstance(entry, Mapping):
        return entry
    parts = _ROW_PARTS - {"key"} if "id" in entry else _ROW_PARTS
    row = {key: value for key, value in entry.items() if key in parts}
    rest = {key: value for key, value in entry.items() if key not in parts}
    if rest and isinstance(row.get("then", {}), Mapping):
        row["then"] = {**rest, **row.get("then", {})}
    if "otherwise" not in row:
        row.setdefault("when", {})
    return row


def _with_clock_citations(row: Any) -> Any:
    """Clocks that cite nothing stand in the articles of their row, pauses and an extension in those of their clock."""
    then = row.get("then") if isinstance(row, Mapping) else None
    clocks = then.get("deadlines") if isinstance(then, Mapping) else None
    clocks = [clocks] if isinstance(clocks, Mapping) else clocks
    if not isinstance(clocks, list) or "articles" not in row:
        return row
    found = []
    for clock in clocks:
        if isinstance(clock, Mapping):
            clock = {"articles": row["articles"], **clock}
            if isinstance(clock.get("extension"), Mapping):
                clock["extension"] = {"articles": clock["articles"], **clock["extension"]}
            pauses = clock.get("pauses")
            if isinstance(pauses, Mapping):
                clock["pauses"] = {"each": {"articles": clock["articles"]}, **pauses}
            if isinstance(pauses, list):
                clock["pauses"] = [
                    {"articles": clock["articles"], **pause} if isinstance(pause, Mapping) else pause
                    for pause in pauses
                ]
        found.append(clock)
    return {**row, "then": {**then, "deadlines": found}}  # type: ignore[dict-item]


def _about(row: Any, subject: str | None) -> Any:
    """A row that is about the paper or key it is called by."""
    then = row.get("then") if isinstance(row, Mapping) else None
    if subject is None or not isinstance(row, Mapping) or "id" not in row:
        return row
    if then is None:
        return {**row, "then": {subject: row["id"]}}
    return {**row, "then": {subject: row["id"], **then}} if isinstance(then, Mapping) else row


def _named(entry: Any) -> Any:
    return entry.get("key") if isinstance(entry, Mapping) else None


def _each(group: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """What a group says of all its entries."""
    shared = group.get("each")
    return shared if isinstance(shared, Mapping) else {}


def _entry(name: str, key: Any, shared: Mapping[Any, Any], entry: Any) -> Any:
    """An entry of a mapping as one of the list it stands for."""
    if not isinstance(entry, Mapping):
        return entry
    last = {"otherwise": True} if key == "otherwise" and name == "id" else {}
    return {name: str(key), **last, **joined(shared, entry)}


def _rest(said: Any) -> Any:
    """What a step of one row says of everything else: a text, a text by its citation, or a whole row."""
    row = {"id": "otherwise", "otherwise": True}
    if isinstance(said, Mapping) and len(said) == 1:
        [(key, text)] = said.items()
        said = {"articles": str(key), "text": text} if is_citation(key) else said
    return {**row, **_worded(said, "text")} if isinstance(said, (str, Mapping)) else {**row, "text": said}


def _of_step(row: Any, step: str) -> Any:
    """A row whose id goes on from the step's name."""
    goes_on = isinstance(row, Mapping) and str(row.get("id")).startswith("-")
    return {**row, "id": f"{step}{row['id']}"} if goes_on else row


def _with_shared(row: Any, shared: Mapping[str, Any]) -> Any:
    if not isinstance(row, Mapping):
        return row
    row = _row(row)
    then = row.get("then", {})
    if not isinstance(then, Mapping):
        return row
    if row.get("otherwise") is True and not then:  # what other rows leave takes the step only where it says how
        row["then"] = then = {"take": False}
    if then.get("take", True) is not False:
        common = {key: value for key, value in shared.items() if key not in _ROW_PARTS}
        row["then"] = {"take": True, **common, **then}
    return {**{key: value for key, value in shared.items() if key in _ROW_PARTS}, **row}


def _worded(entry: Any, text: str) -> Any:
    return {text: entry} if isinstance(entry, str) else entry


def _text_of(model: type[BaseModel]) -> str:
    """The field that a bare text stands for."""
    fields = model.model_fields
    needed = [name for name in _TEXTS if name in fields and fields[name].is_required()]
    return next(iter(needed or [name for name in _TEXTS if name in fields]), "text")


@cache
def _kind_of(annotation: Any) -> tuple[str, type[BaseModel] | None]:
    """What a field holds: a part, a list of parts or a mapping of parts; no model where it is a plain value."""
    for candidate in _plain_types(annotation):
        origin = get_origin(candidate)
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return "part", candidate
        if origin in (list, dict):
            inner = next(_plain_types(get_args(candidate)[-1]), None)
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                return ("list" if origin is list else "mapping"), inner
            if origin is list and inner is str:
                return "words", None
    return "value", None


def _plain_types(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _plain_types(get_args(annotation)[0])
    elif origin in (Union, types.UnionType, typing.Union):
        for part in get_args(annotation):
            yield from _plain_types(part)
    else:
        yield annotation
