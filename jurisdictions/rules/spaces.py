"""The facts each question knows: the vocabulary's, and those of the county's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .vocabulary import CHANGE_FACTS, FUNDING_FACTS, ROUTE_FACTS, FactSpace, FactSpec

_KINDS = {"yes_no": "flag", "amount": "amount", "count": "amount", "one_of": "choice"}


@dataclass(frozen=True)
class Spaces:
    """The facts of each question of one county; `every` holds all that a condition may name, `own` its own alone."""

    own: FactSpace
    route: FactSpace
    change: FactSpace
    funding: FactSpace
    every: FactSpace

    @classmethod
    def of(cls, entries: Iterable[Any]) -> Spaces:
        """With a county's own facts, as its file lists them (mappings, or their models)."""
        own: dict[str, FactSpec] = {}
        for entry in entries:
            spec = _spec(entry if isinstance(entry, Mapping) else _fields(entry))
            if spec is not None and spec.key not in _VOCABULARY:
                own.setdefault(spec.key, spec)
        if not own:
            return PLAIN
        return cls(
            own,
            {**ROUTE_FACTS, **own},
            {**CHANGE_FACTS, **own},
            {**FUNDING_FACTS, **own},
            {**_EVERY, **own},
        )


def _fields(entry: Any) -> dict[str, Any]:
    return {name: getattr(entry, name, None) for name in ("key", "type", "name", "help", "values", "default")}


def _spec(entry: Mapping[str, Any]) -> FactSpec | None:
    """A fact of the file; None where its shape is wrong (the schema names the fault)."""
    key, kind, values = entry.get("key"), _KINDS.get(str(entry.get("type"))), entry.get("values") or {}
    if not isinstance(key, str) or kind is None or not isinstance(values, Mapping):
        return None
    if kind == "choice" and not values:
        return None
    default: Any = {"flag": False, "amount": Decimal(0)}.get(kind)
    if kind == "choice":
        default = entry.get("default") or next(iter(values))
    return FactSpec(
        key,
        kind,  # type: ignore[arg-type]
        str(entry.get("name") or key),
        dict(values),
        default,
        whole=entry.get("type") == "count",
        help=str(entry.get("help") or ""),
    )


#: Every fact a condition may name; a list of keys is none.
_EVERY: FactSpace = {
    **ROUTE_FACTS,
    **CHANGE_FACTS,
    **{key: spec for key, spec in FUNDING_FACTS.items() if spec.kind != "keys"},
}
_VOCABULARY = frozenset({*_EVERY, *FUNDING_FACTS})
PLAIN = Spaces({}, ROUTE_FACTS, CHANGE_FACTS, FUNDING_FACTS, _EVERY)
