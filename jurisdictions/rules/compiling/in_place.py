"""Papers and review points that a rule file names where it first uses them, put in their own lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

Place = tuple[str | int, ...]

_CITED = re.compile(r"^(?:[A-Z]{2,4}-)?[A-Z]?[0-9]+(\([0-9]+\))?$")
#: Where a key may come with its name: the list it belongs to, and what the name is called there.
_PAPER = ("documents", "name")
_NAMED = {
    "documents": _PAPER,
    "hands_in": _PAPER,
    "document": _PAPER,
    "requires": _PAPER,
    "asks": ("review_points", "text"),
}


def is_citation(key: Any) -> bool:
    """Whether a key of the file is a citation, as `24(2)` or `24, 25`."""
    return all(_CITED.match(part.strip()) for part in str(key).split(","))


class NamedInPlace:
    """`documents: {report: 年度报告}` of a step becomes `documents: [report]` and a paper of its articles."""

    def __init__(self, fault: Callable[[Place, str], None]) -> None:
        self.found: dict[str, dict[str, tuple[Place, dict[Any, Any]]]] = {"documents": {}, "review_points": {}}
        self._fault = fault

    def taken_from(self, part: Any, place: Place = (), cited: Any = None) -> Any:
        """The part with keys alone; the names are in `found`, each with where it stood."""
        if isinstance(part, list):
            return [self.taken_from(each, (*place, at), cited) for at, each in enumerate(part)]
        if not isinstance(part, Mapping):
            return part
        cited = part.get("articles", _of_rows(part.get("rows")) or cited) if place else None
        found: dict[Any, Any] = {}
        for key, value in part.items():
            here = (*place, key)
            if place and key in _NAMED and isinstance(value, Mapping):
                keys = [str(each) for each in value]
                found[key] = keys[0] if key == "document" and len(keys) == 1 else keys
                for each, said in value.items():
                    self._name(*_NAMED[key], str(each), said, (*here, each), cited)
            else:
                found[key] = self.taken_from(value, here, key if is_citation(key) else cited)
        if place[:1] in (("materials",), ("acceptance",)) and "name" in found:
            self._name(*_PAPER, str(found.get("document", place[-1])), found.pop("name"), place, cited)
        return found

    def twice(self, key: str, place: Place) -> None:
        """Say that a key has a name already."""
        self._fault(place, _("“%s” is named a second time: name it once, elsewhere write its key alone") % key)

    def _name(self, table: str, text: str, key: str, said: Any, place: Place, cited: Any) -> None:
        if said is None:  # named elsewhere
            return
        if key in self.found[table]:
            self.twice(key, place)
        whole = {text: said} if isinstance(said, str) else said
        if isinstance(whole, Mapping):
            whole = {**({"articles": cited} if cited is not None else {}), **whole}
        self.found[table][key] = (place, whole)


def _of_rows(rows: Any) -> Any:
    """The articles of the first row that cites any: those of what a step says for all its rows."""
    for key, row in rows.items() if isinstance(rows, Mapping) else ():
        if isinstance(row, Mapping) and (is_citation(key) or "articles" in row):
            return row.get("articles", key)
    return None
