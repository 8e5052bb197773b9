"""Tables of rows, indexed: projects that no condition of a table tells apart share one answer, worked out once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from decimal import Decimal
from operator import itemgetter
from typing import Any, Generic, TypeVar

from .boxes import Box, Interval

AnswerT = TypeVar("AnswerT")
#: Answers one table keeps; past that it starts anew. A step of a real county tells a few dozen cases apart.
MOST_CELLS = 512


class Axes:
    """The amounts at which any row begins or ends: between two of them no condition changes."""

    def __init__(self, boxes: Iterable[Box]) -> None:
        found: dict[str, set[Decimal]] = {}
        for box in boxes:
            for fact, condition in box.conditions:
                if isinstance(condition, Interval):
                    ends = found.setdefault(fact, set())
                    ends.update(end for end in (condition.low, condition.high) if end is not None)
        self._ends = [(fact, sorted(ends)) for fact, ends in found.items()]

    def places(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Each fact's value, an amount by its place: even between two ends, odd on one."""
        found = dict(values)
        for fact, ends in self._ends:
            amount = found.get(fact)
            if amount is not None:
                at = bisect_left(ends, amount)
                found[fact] = 2 * at + (at < len(ends) and ends[at] == amount)
        return found


class RowIndex(Generic[AnswerT]):
    """Rows of one table and what `answer` makes of those that apply, kept by the facts that the rows ask about."""

    def __init__(self, rows: Sequence[Any], answer: Callable[[Sequence[Any], Mapping[str, Any]], AnswerT]) -> None:
        self._rows = rows
        self._answer = answer
        self._cells: dict[Hashable, AnswerT] = {}
        self.facts = frozenset(fact for row in rows for fact, _condition in row.when.conditions)
        self._key: Callable[[Mapping[str, Any]], Hashable] = itemgetter(*sorted(self.facts)) if self.facts else _nothing

    def find(self, values: Mapping[str, Any], places: Mapping[str, Any]) -> AnswerT:
        """The answer for these values, whose `places` come from `Axes` over at least these rows."""
        key = self._key(places)
        try:
            return self._cells[key]
        except KeyError:
            if len(self._cells) >= MOST_CELLS:
                self._cells.clear()
            return self._cells.setdefault(key, self._answer(applying(self._rows, values), values))


def applying(rows: Iterable[Any], values: Mapping[str, Any]) -> list[Any]:
    """The rows that apply and that no other applying row overrides."""
    found = [row for row in rows if row.when.matches(values)]
    if len(found) > 1:
        overridden = {name for row in found for name in row.overrides}
        found = [row for row in found if row.id not in overridden]
    return found


def _nothing(_places: Mapping[str, Any]) -> Hashable:
    return None
