"""Boxes in the space of facts: the `when` of a rule row.

A box names conditions on some facts: an interval with open or closed ends, a set of values, a yes/no.
It can be evaluated with reasons, cut with another box, split into atoms (for exact checks) and turned
into a database query.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from .vocabulary import FactSpace, FactSpec

if TYPE_CHECKING:
    from django.db.models import Q

_PLAIN_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)
_ENDS = ("at_least", "over", "at_most", "below", "exactly")


class BoxError(ValueError):
    """A `when` that cannot be read; `problems` lists every fault in it. `empty`: it only holds for no amount."""

    def __init__(self, problems: Sequence[str], *, empty: bool = False) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)
        self.empty = empty


@dataclass(frozen=True)
class Interval:
    """Amounts between two ends; an end that is None is unbounded, an open end does not belong."""

    low: Decimal | None = None
    low_open: bool = False
    high: Decimal | None = None
    high_open: bool = False

    def holds(self, value: Any) -> bool:
        """Whether the amount lies inside; an unknown amount (None) never does."""
        if value is None:
            return False
        if self.low is not None and (value < self.low or (self.low_open and value == self.low)):
            return False
        return not (self.high is not None and (value > self.high or (self.high_open and value == self.high)))

    def cut(self, other: Interval) -> Interval | None:
        """The part both hold, or None where they do not meet."""
        low, low_open = _tighter((self.low, self.low_open), (other.low, other.low_open), max)
        high, high_open = _tighter((self.high, self.high_open), (other.high, other.high_open), min)
        if low is not None and high is not None and (low > high or (low == high and (low_open or high_open))):
            return None
        return Interval(low, low_open, high, high_open)

    @property
    def is_point(self) -> bool:
        return self.low is not None and self.low == self.high

    def as_data(self) -> dict[str, Decimal]:
        """The condition as a rule file writes it."""
        if self.is_point and self.low is not None:
            return {"exactly": self.low}
        data: dict[str, Decimal] = {}
        if self.low is not None:
            data["over" if self.low_open else "at_least"] = self.low
        if self.high is not None:
            data["below" if self.high_open else "at_most"] = self.high
        return data


def _tighter(one: tuple[Any, bool], two: tuple[Any, bool], pick: Any) -> tuple[Any, bool]:
    if one[0] is None:
        return two
    if two[0] is None:
        return one
    if one[0] == two[0]:
        return one[0], one[1] or two[1]
    return one if pick(one[0], two[0]) == one[0] else two


@dataclass(frozen=True)
class Choice:
    """One of some values."""

    values: frozenset[str]
    negated_from: frozenset[str] | None = None

    def holds(self, value: Any) -> bool:
        return value in self.values

    def cut(self, other: Choice) -> Choice | None:
        both = self.values & other.values
        return Choice(both) if both else None

    def as_data(self) -> Any:
        """The condition as a rule file writes it."""
        if self.negated_from is not None:
            return {"not": sorted(self.negated_from)}
        return sorted(self.values)


@dataclass(frozen=True)
class Flag:
    """Yes or no."""

    value: bool

    def holds(self, value: Any) -> bool:
        return bool(value) is self.value

    def cut(self, other: Flag) -> Flag | None:
        return self if self.value is other.value else None

    def as_data(self) -> bool:
        """The condition as a rule file writes it."""
        return self.value


Condition = Interval | Choice | Flag


@dataclass(frozen=True)
class Reason:
    """Why a row applied: the fact, the value it had, and the condition it met."""

    fact: str
    value: Any
    condition: Condition | Word


@dataclass(frozen=True)
class Word:
    """A word the regulation defines (a term), as a box uses it: what it means there, and where that is written."""

    key: str
    name: str
    value: bool
    conditions: tuple[tuple[str, Condition], ...]
    articles: tuple[str, ...] = ()

    def holds(self, value: Any) -> bool:
        return bool(value) is self.value

    def as_data(self) -> bool:
        """The condition as a rule file writes it."""
        return self.value


@dataclass(frozen=True)
class Atom:
    """A part of one axis that no condition of the table cuts: a point, an open interval, a value."""

    sample: Any
    region: Condition


@dataclass(frozen=True)
class Box:
    """The conditions of a row; a fact that is not named does not matter.

    `words` are the terms it was written with, `named` the facts it names beside them: what a reason says.
    """

    conditions: tuple[tuple[str, Condition], ...] = ()
    words: tuple[Word, ...] = field(default=(), compare=False)
    named: frozenset[str] = field(default=frozenset(), compare=False)

    @classmethod
    def parse(cls, raw: Any, space: FactSpace) -> Box:
        """Read the `when` of a rule file, in the order of the facts. Raises `BoxError` with every fault."""
        if isinstance(raw, Box):
            return raw
        if not isinstance(raw, Mapping):
            raise BoxError([_("`when` must be a mapping of facts; {} always applies.")])
        problems: list[str] = []
        empty = True
        conditions: list[tuple[str, Condition]] = []
        for key, value in raw.items():
            spec = space.get(key)
            if spec is None:
                problems.append(
                    _("unknown fact “%(key)s”; known here: %(known)s") % {"key": key, "known": ", ".join(space)}
                )
                empty = False
                continue
            try:
                conditions.append((key, _condition(spec, value)))
            except BoxError as error:
                problems.extend(f"{key}: {problem}" for problem in error.problems)
                empty = empty and error.empty
        if problems:
            raise BoxError(problems, empty=empty)
        if len(conditions) > 1:
            order = {fact: place for place, fact in enumerate(space)}
            conditions.sort(key=lambda condition: order[condition[0]])
        return cls(tuple(conditions))

    def condition(self, fact: str) -> Condition | None:
        return dict(self.conditions).get(fact)

    def matches(self, facts: Mapping[str, Any]) -> bool:
        """Whether every condition holds for these facts."""
        return all(condition.holds(facts.get(key)) for key, condition in self.conditions)

    def reasons(self, facts: Mapping[str, Any]) -> tuple[Reason, ...] | None:
        """The conditions met, in the order of the file; None where the box does not apply."""
        return self.reasons_met(facts) if self.matches(facts) else None

    def reasons_met(self, facts: Mapping[str, Any]) -> tuple[Reason, ...]:
        """The reasons for facts that the box is known to match."""
        return (
            *(Reason(word.key, word.value, word) for word in self.words),
            *(Reason(key, facts.get(key), condition) for key, condition in self.unsaid),
        )

    @cached_property
    def unsaid(self) -> tuple[tuple[str, Condition], ...]:
        """The conditions that no word of the box says already."""
        said = {fact for word in self.words for fact, _condition in word.conditions} - self.named
        return tuple(entry for entry in self.conditions if entry[0] not in said)

    def overlap(self, other: Box) -> Box | None:
        """The box in which both apply, or None."""
        mine = dict(self.conditions)
        for key, condition in other.conditions:
            if key not in mine:
                mine[key] = condition
                continue
            both = mine[key].cut(condition)  # type: ignore[arg-type]
            if both is None:
                return None
            mine[key] = both
        return Box(tuple(mine.items()))

    def as_data(self) -> dict[str, Any]:
        """The conditions as a rule file writes them."""
        return {key: condition.as_data() for key, condition in self.conditions}

    def as_query(self, prefix: str = "", *, blank_as: Mapping[str, str] | None = None) -> Q:
        """A Django query for records whose columns are named as the facts, below `prefix` (`project__`).

        `blank_as` says which value an empty column counts as (an unknown importance counts as general).
        """
        return as_query(self, prefix, blank_as=blank_as)


def as_query(box: Box, prefix: str = "", *, blank_as: Mapping[str, str] | None = None) -> Q:
    """See `Box.as_query`."""
    from django.db.models import Q

    blanks = {"importance": "general"} if blank_as is None else blank_as
    query = Q()
    for key, condition in box.conditions:
        column = f"{prefix}{key}"
        if isinstance(condition, Interval):
            if condition.low is not None:
                query &= Q(**{f"{column}__{'gt' if condition.low_open else 'gte'}": condition.low})
            if condition.high is not None:
                query &= Q(**{f"{column}__{'lt' if condition.high_open else 'lte'}": condition.high})
        elif isinstance(condition, Choice):
            part = Q(**{f"{column}__in": sorted(condition.values)})
            if blanks.get(key) in condition.values:
                part |= Q(**{f"{column}__isnull": True}) | Q(**{column: ""})
            query &= part
        else:
            query &= Q(**{column: condition.value})
    return query


def _condition(spec: FactSpec, value: Any) -> Condition:
    if spec.kind == "amount":
        return _interval(spec, value)
    if spec.kind == "choice":
        return _choice(spec, value)
    if spec.kind == "flag":
        if not isinstance(value, bool):
            raise BoxError([_("must be true or false, not %r") % value])
        return Flag(value)
    raise BoxError([_("cannot be asked about in a row")])


def _interval(spec: FactSpec, value: Any) -> Interval:
    if not isinstance(value, Mapping) or not value:
        raise BoxError([_("must name ends, as {at_least: 500000, below: 2000000}, not %r") % (value,)])
    problems = [_("unknown end “%s”") % key for key in value if key not in _ENDS]
    ends: dict[str, Decimal] = {}
    for key, raw in value.items():
        if key not in _ENDS:
            continue
        try:
            ends[key] = amount_of_rule(raw)
        except ValueError as error:
            problems.append(f"{key}: {error}")
    for pair in (("at_least", "over"), ("at_most", "below")):
        if pair[0] in ends and pair[1] in ends:
            problems.append(_("%(one)s and %(two)s exclude each other") % {"one": pair[0], "two": pair[1]})
    if "exactly" in ends and len(ends) > 1:
        problems.append(_("exactly stands alone"))
    if problems:
        raise BoxError(problems)
    if spec.whole:
        ends = _whole_ends(ends)
    if "exactly" in ends:
        interval = Interval(ends["exactly"], False, ends["exactly"], False)
    else:
        interval = Interval(
            ends.get("at_least", ends.get("over")),
            "over" in ends,
            ends.get("at_most", ends.get("below")),
            "below" in ends,
        )
    axis = Interval(low=spec.minimum)
    if interval.cut(axis) is None or interval.cut(interval) is None:
        raise BoxError([_("no amount lies between these ends")], empty=True)
    return interval


def _whole_ends(ends: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Ends of a count, so that nothing lies between two whole numbers: over 2 is from 3, at most 2 is below 3."""
    found = dict(ends)
    for key, end in ends.items():
        if end != end.to_integral_value():
            raise BoxError([_("%s: must be a whole number") % key])
    if "over" in found:
        found["at_least"] = found.pop("over") + 1
    if "at_most" in found:
        found["below"] = found.pop("at_most") + 1
    if "exactly" in found:
        found["at_least"] = found.pop("exactly")
        found["below"] = found["at_least"] + 1
    return found


def _choice(spec: FactSpec, value: Any) -> Choice:
    known = frozenset(spec.values)
    negated = isinstance(value, Mapping)
    listed = value.get("not") if negated and set(value) == {"not"} else value
    if not isinstance(listed, list) or not listed:
        raise BoxError([_("must be a list of values or {not: [values]}, not %r") % (value,)])
    unknown = [str(item) for item in listed if item not in known]
    if unknown:
        raise BoxError(
            [
                _("unknown value %(values)s; known: %(known)s")
                % {"values": ", ".join(unknown), "known": ", ".join(spec.values)}
            ]
        )
    chosen = frozenset(listed)
    if len(chosen) != len(listed):
        raise BoxError([_("names a value twice")])
    if not negated:
        return Choice(chosen)
    if chosen == known:
        raise BoxError([_("excludes every value")])
    return Choice(known - chosen, negated_from=chosen)


def amount_of_rule(raw: Any) -> Decimal:
    """A number of a rule file as Decimal: whole, decimal or (from JSON) their text; never a float."""
    if isinstance(raw, bool) or not isinstance(raw, (int, Decimal, str)):
        raise ValueError(_("must be a number, not %r") % (raw,))
    if isinstance(raw, str) and not _PLAIN_NUMBER.fullmatch(raw):
        raise ValueError(_number_fault(raw))
    number = Decimal(raw)
    if not number.is_finite():
        raise ValueError(_("must be a finite number"))
    return number


def _number_fault(raw: str) -> str:
    """Why a text is no number, with what to write instead where it can be told."""
    shown = raw if len(raw) <= 40 else raw[:40] + "…"
    plain = raw.replace(",", "").replace("，", "").replace(" ", "").removesuffix("元")
    if plain != raw and _PLAIN_NUMBER.fullmatch(plain):
        return _("“%(raw)s”: write the number without separators and unit, as %(plain)s") % {
            "raw": shown,
            "plain": plain,
        }
    for unit, factor in (("亿", 10**8), ("万", 10**4), ("%", Decimal("0.01")), ("％", Decimal("0.01"))):
        base = plain.removesuffix(unit)
        if base != plain and _PLAIN_NUMBER.fullmatch(base):
            value = format((Decimal(base) * factor).normalize() + 0, "f")
            return _("“%(raw)s”: write the whole number, as %(plain)s") % {"raw": shown, "plain": value}
    return _("must be a number, not %r") % (shown,)


def atoms_of(spec: FactSpec, conditions: Iterable[Condition]) -> list[Atom]:
    """Split the axis of a fact so that each condition holds on the whole of an atom or nowhere on it."""
    if spec.kind == "flag":
        return [Atom(value, Flag(value)) for value in (False, True)]
    if spec.kind == "choice":
        return [Atom(value, Choice(frozenset({value}))) for value in spec.values]
    intervals = [condition for condition in conditions if isinstance(condition, Interval)]
    cuts = {end for interval in intervals for end in (interval.low, interval.high) if end is not None}
    if spec.minimum is not None:
        cuts = {cut for cut in cuts if cut > spec.minimum} | {spec.minimum}
    ordered = sorted(cuts)
    if not ordered:
        return [Atom(Decimal(0), Interval())]
    atoms: list[Atom] = []
    if spec.minimum is None:
        atoms.append(Atom(ordered[0] - 1, Interval(high=ordered[0], high_open=True)))
    for cut, following in zip(ordered, [*ordered[1:], None], strict=True):
        atoms.append(Atom(cut, Interval(cut, False, cut, False)))
        sample = cut + 1 if following is None else (cut + following) / 2
        atoms.append(Atom(sample, Interval(cut, True, following, following is not None)))
    return atoms
