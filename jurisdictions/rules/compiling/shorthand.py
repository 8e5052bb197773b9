"""Short ways of saying one thing in a rule file: a condition in words, a length by its unit, a step's usual kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..vocabulary import UNITS, USUAL_KINDS

_WORDS = re.compile(r"^(?:not )?[a-z][a-z0-9_]*(?: and (?:not )?[a-z][a-z0-9_]*)*$")
#: What a parameter is counted in; a length of time only in the first four.
_VALUE_UNITS = (*UNITS, "yuan", "ratio", "count")
#: Phases whose steps are stages of the project unless the file says otherwise.
_STAGED = frozenset({"implementation", "acceptance", "operation"})
#: Kinds of steps that are the owner's own unless the file says otherwise.
_OWN = frozenset({"declaration", "stage"})


def condition(value: Any) -> Any:
    """`planned and not works` as `{planned: true, works: false}`; anything else as it is."""
    if not isinstance(value, str) or not _WORDS.match(value):
        return value
    words = value.split(" and ")
    return {word.removeprefix("not "): not word.startswith("not ") for word in words}


def joined(shared: Mapping[Any, Any], own: Mapping[Any, Any]) -> dict[Any, Any]:
    """What is said of all and what is said of one: the one's own words count, its condition is added to theirs."""
    whole = {**shared, **own}
    conditions = [condition(part["when"]) for part in (shared, own) if "when" in part]
    if len(conditions) == 2 and all(isinstance(each, Mapping) for each in conditions):
        whole["when"] = {**conditions[0], **conditions[1]}
    return whole


def length(part: Mapping[Any, Any]) -> dict[Any, Any]:
    """`{month: 6}` as `{amount: 6, unit: month}`."""
    return _by_unit(part, tuple(UNITS), "amount")


def value(part: Any) -> Any:
    """`{yuan: 500000}` of a parameter as `{value: 500000, unit: yuan}`."""
    return _by_unit(part, _VALUE_UNITS, "value") if isinstance(part, Mapping) else part


def _by_unit(part: Mapping[Any, Any], units: tuple[str, ...], name: str) -> dict[Any, Any]:
    named = [unit for unit in units if unit in part]
    if len(named) != 1 or name in part or "unit" in part:
        return dict(part)
    [unit] = named
    rest = {key: each for key, each in part.items() if key != unit}
    return {name: part[unit], "unit": unit, **rest}


def usual(step: Mapping[str, Any]) -> dict[str, Any]:
    """A step with the kind it usually has, and the owner where the step is the owner's own."""
    staged = "stage" if step["phase"] in _STAGED else "single"
    kind = step.get("kind", USUAL_KINDS.get(str(step.get("step")), staged))
    found = {**step, "kind": kind}
    return {"authority": "owner", **found} if kind in _OWN else found


def asked_fields(form: Any) -> Any:
    """A form whose `required` and `optional` list the fields that the declaration asks."""
    if not isinstance(form, Mapping) or not isinstance(form.get("fields"), Mapping):
        return form
    found = {key: each for key, each in form.items() if key not in ("required", "optional")}
    asked = {key: ask for ask in ("required", "optional") for key in _listed(form.get(ask))}
    fields: dict[Any, Any] = {}
    for key, field in form["fields"].items():
        whole = {"label": field} if isinstance(field, str) else field
        fields[key] = {**whole, "ask": asked.pop(key)} if key in asked and isinstance(whole, Mapping) else whole
    fields.update({key: {"ask": ask} for key, ask in asked.items()})  # a field that is not there: its label is missing
    return {**found, "fields": fields}


def _listed(keys: Any) -> list[str]:
    return [keys] if isinstance(keys, str) else [str(key) for key in keys] if isinstance(keys, list) else []
