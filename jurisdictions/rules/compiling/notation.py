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

from ..schema import ChangeRow, RuleFile, Step
from ..shapes import Row

Place = tuple[str | int, ...]

_SHORT = re.compile(r"^[A-Z]?[0-9]+(\([0-9]+\))?$")
_CITED = re.compile(r"^(?:[A-Z]{2,4}-)?[A-Z]?[0-9]+(\([0-9]+\))?$")
_NAMES = ("id", "key", "step")
_TEXTS = ("text", "name", "title", "label")
#: What a row says of itself; everything else that stands in it belongs to its `then`.
_ROW_PARTS = frozenset({*Row.model_fields, "key", "otherwise", "from", "until"})
#: Tables whose rows are about one paper or key each: that of the row's own name, unless they say another.
_SUBJECTS = {"materials": "document", "notices": "key", "prerequisites": "key", "requirements": "key"}
#: Phases whose steps are stages of the project unless the file says otherwise.
_STAGED = frozenset({"implementation", "acceptance", "operation"})
#: Kinds of steps that are the owner's own unless the file says otherwise.
_OWN = frozenset({"declaration", "stage"})
_STEP_PARTS = frozenset({*Step.model_fields, "except"})


@dataclass
class Notation:
    """A rule file written out, and where each part that moved stood before."""

    data: Any
    places: dict[Place, Place] = field(default_factory=dict)

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
        writer = _Writer(prefix if isinstance(prefix, str) else "", result.places)
        result.data = writer.file(data)
    return result


class _Writer:
    def __init__(self, prefix: str, places: dict[Place, Place]) -> None:
        self.prefix = prefix
        self.places = places

    def file(self, data: Mapping[Any, Any]) -> dict[str, Any]:
        data = {str(key): value for key, value in data.items()}
        if isinstance(data.get("articles"), Mapping):
            data["articles"] = self._headings(data["articles"])
        if isinstance(data.get("route"), Mapping):
            data["route"] = self._phases(data["route"])
        self._papers = data["documents"] if isinstance(data.get("documents"), Mapping) else {}
        whole = self._part(data, RuleFile, (), ())
        if isinstance(whole.get("except"), list):
            whole["except"] = [self._cited(entry) for entry in whole["except"]]
        for name in ("owner_kinds", "actions"):
            if isinstance(whole.get(name), Mapping):
                whole[name] = {key: self._citations(value) for key, value in whole[name].items()}
        return whole

    # --- parts that are grouped in their own way ---

    def _headings(self, articles: Mapping[Any, Any]) -> dict[str, Any]:
        """`{第一章 总则: {1: 目的}}` as `{XX-1: {chapter: 第一章 总则, heading: 目的}}`."""
        found: dict[str, Any] = {}
        for key, value in articles.items():
            if _CITED.match(str(key)) or not isinstance(value, Mapping):
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
                found.append(_usual({"phase": phase, **step}) if isinstance(step, Mapping) else step)
        return found

    # --- everything else follows the models ---

    def _part(self, data: Any, model: type[BaseModel], path: Place, source: Place) -> Any:
        if not isinstance(data, Mapping):
            return data
        found: dict[str, Any] = {}
        shapes = {info.alias or name: info.annotation for name, info in model.model_fields.items()}
        for key, value in data.items():
            name = str(key)
            here, there = (*path, name), (*source, key)
            if name == "articles" and path:
                found[name] = self._citations(value)
            elif name in shapes:
                found[name] = self._value(value, shapes[name], here, there)
            else:
                found[name] = value
        return found

    def _cited(self, entry: Any) -> Any:
        if isinstance(entry, Mapping) and "articles" in entry:
            return {**entry, "articles": self._citations(entry["articles"])}
        return entry

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
        if "articles" in model.model_fields and value and all(_is_citation(key) for key in value):
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
                whole = self._single_row(key, whole, "value", here, place)
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
            elif path == ("terms",):
                entry = self._single_row(str(_named(entry)), entry, "when", here, place)
            elif path == ("acceptance", "parts"):
                entry = self._paper(entry)
            elif {"step", "rows"} <= set(model.model_fields):
                entry = self._step(entry, here, place)
            found.append(self._part(entry, model, here, place))
        return found

    def _listed(self, value: Mapping[Any, Any], source: Place, name: str, text: str) -> list[tuple[Place, Any]]:
        """A mapping by key, or by citation and key, as the list it stands for; `each` holds for all of them."""
        shared = value.get("each")
        shared = shared if isinstance(shared, Mapping) else {}
        found: list[tuple[Place, Any]] = []
        for key, entry in value.items():
            if key == "each":
                continue
            if _is_citation(key) and isinstance(entry, Mapping):
                for inner, each in entry.items():
                    whole = _worded(each, text)
                    if isinstance(whole, Mapping):
                        whole = {name: str(inner), **shared, "articles": str(key), **whole}
                    found.append(((*source, key, inner), whole))
                continue
            whole = _worded(entry, text)
            if isinstance(whole, Mapping):
                last = {"otherwise": True} if key == "otherwise" and name == "id" else {}
                whole = {name: str(key), **last, **shared, **whole}
            found.append(((*source, key), whole))
        return found

    def _step(self, data: Any, path: Place, source: Place) -> Any:
        """What a step says for all its rows, said in each; a step without rows is one row."""
        if not isinstance(data, Mapping):
            return data
        step = {key: value for key, value in data.items() if key in _STEP_PARTS}
        if isinstance(step.get("except"), list):
            step["except"] = [self._cited(entry) for entry in step["except"]]
        shared = {key: value for key, value in data.items() if key not in _STEP_PARTS}
        if "rows" not in data:
            if not shared:
                return step
            name = str(data.get("step", "")).replace("_", "-")
            self.places[*path, "rows", 0] = source
            step["rows"] = [_with_shared({"id": name}, shared)]
            return step
        rows = data["rows"]
        if isinstance(rows, Mapping):
            listed = self._listed(rows, (*source, "rows"), "id", "text")
            for at, (place, _entry) in enumerate(listed):
                self.places[*path, "rows", at] = place
            rows = [entry for _place, entry in listed]
        if isinstance(rows, list):
            rows = [_with_shared(row, shared) for row in rows]
        return {**step, "rows": rows}

    def _paper(self, entry: Any) -> Any:
        """A part of the acceptance that is called as a paper is that paper."""
        key = _named(entry)
        if isinstance(entry, Mapping) and not {"document", "authority"} & set(entry) and key in self._paper_keys():
            return {**entry, "document": key}
        return entry

    def _paper_keys(self) -> set[str]:
        groups = [group for group in self._papers.values() if isinstance(group, Mapping)]
        return {str(key) for group in (self._papers, *groups) for key in group}

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
    """Clocks that cite nothing of their own stand in the articles of their row, pauses in those of their clock."""
    then = row.get("then") if isinstance(row, Mapping) else None
    clocks = then.get("deadlines") if isinstance(then, Mapping) else None
    clocks = [clocks] if isinstance(clocks, Mapping) else clocks
    if not isinstance(clocks, list) or "articles" not in row:
        return row
    found = []
    for clock in clocks:
        if isinstance(clock, Mapping):
            clock = {"articles": row["articles"], **clock}
            pauses = clock.get("pauses")
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


def _usual(step: Mapping[str, Any]) -> dict[str, Any]:
    """A step with the kind it usually has, and the owner where the step is the owner's own."""
    kind = step.get("kind")
    if kind is None:
        kind = "declaration" if step.get("step") == "declaration" else "stage" if step["phase"] in _STAGED else None
    found = dict(step) if kind is None else {**step, "kind": kind}
    return {"authority": "owner", **found} if kind in _OWN else found


def _named(entry: Any) -> Any:
    return entry.get("key") if isinstance(entry, Mapping) else None


def _with_shared(row: Any, shared: Mapping[str, Any]) -> Any:
    if not isinstance(row, Mapping):
        return row
    row = _row(row)
    then = row.get("then", {})
    if not isinstance(then, Mapping):
        return row
    if then.get("take", True) is not False:
        common = {key: value for key, value in shared.items() if key not in _ROW_PARTS}
        row["then"] = {"take": True, **common, **then}
    return {**{key: value for key, value in shared.items() if key in _ROW_PARTS}, **row}


def _is_citation(key: Any) -> bool:
    return all(_CITED.match(part.strip()) for part in str(key).split(","))


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
