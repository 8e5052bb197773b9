"""Regions of the space of facts: unions of boxes, cut, subtracted and merged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..boxes import Box, Choice, Condition, Flag, Interval
from ..vocabulary import FactSpace, FactSpec

#: Boxes that do not meet; the region is all their points.
Region = tuple[Box, ...]
EVERYTHING: Region = (Box(),)
#: Cases one row may come apart into; a row a person can still read has a dozen.
MOST_CASES = 400


class TooManyCases(ValueError):
    """A condition that comes apart into more boxes than anybody could read."""


def meet(one: Box, two: Box) -> Box | None:
    """The box in which both apply, with the words of both; None where they do not meet."""
    both = one.overlap(two)
    if both is None:
        return None
    words = (*one.words, *(word for word in two.words if word not in one.words))
    return Box(both.conditions, words, one.named | two.named)


def cut(one: Region, two: Region) -> Region:
    """The part both regions hold."""
    return _bounded([both for a in one for b in two if (both := meet(a, b)) is not None])


def without(region: Region, away: Iterable[Box], space: FactSpace) -> Region:
    """The part of a region that lies in none of the boxes."""
    left = list(region)
    for box in away:
        left = [piece for each in left for piece in _box_without(each, box, space)]
        _bounded(left)
    return tuple(left)


def ordered(region: Region, space: FactSpace) -> Region:
    """The same boxes, their conditions in the order of the facts."""
    order = {fact: place for place, fact in enumerate(space)}
    return tuple(
        replace(box, conditions=tuple(sorted(box.conditions, key=lambda entry: order[entry[0]])))
        if len(box.conditions) > 1
        else box
        for box in region
    )


def merged(region: Region, space: FactSpace) -> Region:
    """The same region in fewer boxes: two that differ in one fact become one where a condition says both."""
    boxes = list(region)
    found = True
    while found:
        found = False
        for at, one in enumerate(boxes):
            for other_at in range(at + 1, len(boxes)):
                joined = _joined(one, boxes[other_at], space)
                if joined is not None:
                    boxes[at] = joined
                    del boxes[other_at]
                    found = True
                    break
            if found:
                break
    return tuple(boxes)


def _bounded(boxes: Sequence[Box]) -> Region:
    if len(boxes) > MOST_CASES:
        raise TooManyCases
    return tuple(boxes)


def _box_without(box: Box, away: Box, space: FactSpace) -> list[Box]:
    if box.overlap(away) is None:
        return [box]
    pieces: list[Box] = []
    current = dict(box.conditions)
    for fact, condition in away.conditions:
        own = current.get(fact)
        for rest in _complement(space[fact], condition):
            part = rest if own is None else own.cut(rest)  # type: ignore[arg-type]
            if part is not None:
                pieces.append(replace(box, conditions=tuple({**current, fact: part}.items())))
        both = condition if own is None else own.cut(condition)  # type: ignore[arg-type]
        assert both is not None  # they overlap
        current[fact] = both
    return pieces


def _complement(spec: FactSpec, condition: Condition) -> list[Condition]:
    if isinstance(condition, Flag):
        return [Flag(not condition.value)]
    if isinstance(condition, Choice):
        rest = frozenset(spec.values) - condition.values
        if not rest:
            return []
        return [Choice(rest, condition.values if len(condition.values) < len(rest) else None)]
    found: list[Condition] = []
    if condition.low is not None:
        below = Interval(None, False, condition.low, not condition.low_open)
        if below.cut(Interval(low=spec.minimum)) is not None:
            found.append(below)
    if condition.high is not None:
        found.append(Interval(condition.high, not condition.high_open, None, False))
    return found


def _joined(one: Box, two: Box, space: FactSpace) -> Box | None:
    if one.words != two.words:
        return None
    mine, theirs = dict(one.conditions), dict(two.conditions)
    if mine.keys() != theirs.keys():
        return None
    differing = [fact for fact in mine if mine[fact] != theirs[fact]]
    if len(differing) != 1:
        return None
    [fact] = differing
    conditions = dict(mine)
    union = _union(space[fact], mine[fact], theirs[fact])
    if union is None:
        return None
    if union == Interval() or union == "all":
        del conditions[fact]
    else:
        conditions[fact] = union  # type: ignore[assignment]
    return Box(tuple(conditions.items()), one.words, one.named | two.named)


def _union(spec: FactSpec, one: Condition, two: Condition) -> Condition | str | None:
    """The condition that holds where either does; "all" for no condition, None where none says it."""
    if isinstance(one, Flag):
        return "all"
    if isinstance(one, Choice) and isinstance(two, Choice):
        values = one.values | two.values
        return "all" if values == frozenset(spec.values) else Choice(values)
    if isinstance(one, Interval) and isinstance(two, Interval):
        low, high = (one, two) if _starts_before(one, two) else (two, one)
        if low.high is not None and low.high == high.low and low.high_open != high.low_open:
            whole = Interval(low.low, low.low_open, high.high, high.high_open)
            starts_at_all = whole.low is None or (whole.low == spec.minimum and not whole.low_open)
            return "all" if starts_at_all and whole.high is None else whole
    return None


def _starts_before(one: Interval, two: Interval) -> bool:
    if one.low is None or two.low is None:
        return one.low is None
    return (one.low, one.low_open) < (two.low, two.low_open)
