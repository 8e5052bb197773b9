"""Exact checks of rule tables: gaps, contradictions, dead rows and doubly claimed bounds.

Each axis (fact) is split into atoms that no condition cuts; the rows that hold on an atom are a bit mask.
Cutting the masks over all axes gives every set of rows that can ever apply together, with a place where
it does: nothing is sampled.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from django.utils.translation import gettext as _

from .boxes import Box, Choice, Condition, Flag, Interval, atoms_of
from .shapes import plain_id
from .vocabulary import FactSpace

FindingKind = Literal["gap", "contradiction", "dead_row", "double_bound"]
_MAX_GAPS = 12


@dataclass(frozen=True)
class TableRow:
    """A row as the checks see it: where it applies, what it says, whom it overrides."""

    id: str
    box: Box
    result: Hashable
    articles: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The row's id in the file."""
        return plain_id(self.id)


@dataclass(frozen=True)
class Table:
    """Rows that decide one thing. `complete`: every point must be decided."""

    path: tuple[str | int, ...]
    space: FactSpace
    rows: tuple[TableRow, ...]
    complete: bool = False
    name: str = ""


@dataclass(frozen=True)
class Finding:
    """What a check found. `resolved_by` names the rows that settle it; then it is shown, but no error."""

    kind: FindingKind
    path: tuple[str | int, ...]
    message: str
    rows: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    where: Mapping[str, Condition] = field(default_factory=dict)
    resolved_by: tuple[str, ...] = ()

    @property
    def is_error(self) -> bool:
        return not self.resolved_by


def winners(rows: Sequence[TableRow]) -> list[TableRow]:
    """Of rows that apply together, those no other of them overrides."""
    overridden = {name for row in rows for name in row.overrides}
    return [row for row in rows if row.id not in overridden]


Region = tuple[tuple[str, tuple[Condition, ...]], ...]


def applicable_sets(table: Table) -> dict[int, list[Region]]:
    """Every set of rows (as bit mask) that applies together somewhere, with regions where it does."""
    full = (1 << len(table.rows)) - 1
    states: dict[int, list[Region]] = {full: [()]}
    gaps: list[Region] = []
    if full == 0:
        return {0: [()]}
    used = [key for key in table.space if any(row.box.condition(key) is not None for row in table.rows)]
    for key in used:
        per_row = [row.box.condition(key) for row in table.rows]
        classes: dict[int, list[Condition]] = {}
        for atom in atoms_of(table.space[key], [condition for condition in per_row if condition is not None]):
            mask = 0
            for index, condition in enumerate(per_row):
                if condition is None or condition.holds(atom.sample):
                    mask |= 1 << index
            classes.setdefault(mask, []).append(atom.region)
        following: dict[int, list[Region]] = {}
        for mask, regions in states.items():
            for class_mask, parts in classes.items():
                both = mask & class_mask
                region = (*regions[0], (key, tuple(parts)))
                if both == 0:
                    gaps.append(region)
                else:
                    following.setdefault(both, []).append(region)
        states = following
    if gaps:
        states[0] = gaps
    return states


def _rows_of(table: Table, mask: int) -> list[TableRow]:
    return [row for index, row in enumerate(table.rows) if mask >> index & 1]


def check_table(table: Table) -> list[Finding]:
    """All findings of one table, in the order gaps, contradictions and doubly claimed bounds, dead rows."""
    sets = applicable_sets(table)
    gaps = sets.pop(0, [])
    gaps += [regions[0] for mask, regions in sets.items() if not winners(_rows_of(table, mask))]
    found = _Together.of(table, sets)
    return [
        *(_gap_findings(table, gaps) if table.complete else ()),
        *_pair_findings(table, found),
        *_dead_rows(table, found),
    ]


def _dead_rows(table: Table, found: _Together) -> Iterator[Finding]:
    alive = {plain_id(row_id) for row_id in found.deciding}
    for name, row in {row.name: row for row in reversed(table.rows)}.items():
        if name not in alive:
            yield Finding("dead_row", table.path, _("Row “%s” never decides anything.") % name, (name,), row.articles)


def _gap_findings(table: Table, gaps: list[Region]) -> Iterator[Finding]:
    for region in gaps[:_MAX_GAPS]:
        yield Finding("gap", table.path, _("No row decides: %s.") % describe(region), where=_where(region))
    if len(gaps) > _MAX_GAPS:
        yield Finding("gap", table.path, _("… and %d more places no row decides.") % (len(gaps) - _MAX_GAPS))


Pair = tuple[str, str]


@dataclass
class _Together:
    """What becomes of rows that apply together: who decides, which pairs clash, who settles a pair's difference."""

    deciding: set[str] = field(default_factory=set)
    clashes: dict[Pair, Region] = field(default_factory=dict)
    settled: dict[Pair, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, table: Table, sets: Mapping[int, list[Region]]) -> _Together:
        found = cls()
        for mask, regions in sets.items():
            rows = _rows_of(table, mask)
            left = winners(rows)
            found.deciding |= {row.id for row in left}
            for pair in _differing(left):
                found.clashes.setdefault(pair, regions[0])
            for pair in _differing(rows):
                found.settled.setdefault(pair, set()).update(row.id for row in left)
        return found


def _differing(rows: Sequence[TableRow]) -> Iterator[Pair]:
    """The pairs of rows that say different things."""
    for one, two in itertools.combinations(rows, 2):
        if one.result != two.result:
            yield one.id, two.id


def _pair_findings(table: Table, found: _Together) -> Iterator[Finding]:
    by_id = {row.id: row for row in table.rows}
    said: set[tuple[str, str]] = set()
    for pair, deciders in found.settled.items():
        one, two = by_id[pair[0]], by_id[pair[1]]
        clash = found.clashes.get(pair)
        if (one.name, two.name) in said:
            continue
        if (bound := shared_bound(one.box, two.box)) is not None:
            said.add((one.name, two.name))
            yield _double_bound(table, one, two, bound, settled_by=() if clash is not None else sorted(deciders))
        elif clash is not None:
            said.add((one.name, two.name))
            yield _contradiction(table, one, two, clash)


def _double_bound(
    table: Table, one: TableRow, two: TableRow, bound: tuple[str, Decimal], *, settled_by: Sequence[str]
) -> Finding:
    fact, value = bound
    claim = _("%(fact)s = %(value)s is claimed by “%(one)s” (%(first)s) and by “%(two)s” (%(second)s)") % {
        "fact": fact,
        "value": _number(value),
        **_named(one, two),
    }
    names = tuple(dict.fromkeys(plain_id(row) for row in settled_by))
    if settled_by:
        message = _("Doubly claimed bound: %(claim)s; settled by “%(rows)s”.") % {
            "claim": claim,
            "rows": ", ".join(names),
        }
    else:
        message = _("Doubly claimed bound: %s. Add a row for this point that overrides both.") % claim
    where = {fact: Interval(value, False, value, False)}
    return Finding("double_bound", table.path, message, (one.name, two.name), _both(one, two), where, names)


def _contradiction(table: Table, one: TableRow, two: TableRow, clash: Region) -> Finding:
    message = _("“%(one)s” (%(first)s) and “%(two)s” (%(second)s) contradict each other at: %(where)s.") % {
        **_named(one, two),
        "where": describe(clash),
    }
    return Finding("contradiction", table.path, message, (one.name, two.name), _both(one, two), _where(clash))


def _named(one: TableRow, two: TableRow) -> dict[str, str]:
    return {"one": one.name, "first": ", ".join(one.articles), "two": two.name, "second": ", ".join(two.articles)}


def _both(one: TableRow, two: TableRow) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one.articles, *two.articles)))


def shared_bound(one: Box, two: Box) -> tuple[str, Decimal] | None:
    """The single amount at which two boxes meet because each closes its end there, or None."""
    if one.overlap(two) is None:
        return None
    for fact, condition in one.conditions:
        other = two.condition(fact)
        if not isinstance(condition, Interval) or not isinstance(other, Interval):
            continue
        both = condition.cut(other)
        if (
            both is not None
            and both.is_point
            and not condition.is_point
            and not other.is_point
            and both.low is not None
        ):
            return fact, both.low
    return None


def override_problems(rows: Sequence[TableRow]) -> list[tuple[str, str]]:
    """(row, message) for `overrides` that name no row, the row itself, or run in a circle."""
    problems: list[tuple[str, str]] = []
    by_id = {row.id: row for row in rows}
    for row in rows:
        for name in row.overrides:
            if name == row.id:
                problems.append((row.id, _("overrides itself")))
            elif name not in by_id:
                problems.append((row.id, _("overrides “%s”, which is no row of this table") % name))
            elif row.id in by_id[name].overrides and row.id < name:
                problems.append((row.id, _("and “%s” override each other") % name))
    return problems


def describe(region: Region) -> str:
    """A region in words: `investment > 500000 and < 2000000, category = equipment or service`."""
    if not region:
        return _("everything")
    return ", ".join(_describe_part(fact, parts) for fact, parts in region)


def _describe_part(fact: str, parts: tuple[Condition, ...]) -> str:
    return f"{fact} " + _(" or ").join(_describe_condition(part) for part in _joined(parts))


def _joined(parts: tuple[Condition, ...]) -> list[Condition]:
    """Neighbouring amounts as one interval, so that a region reads as a person would write it."""
    joined: list[Condition] = []
    for part in parts:
        last = joined[-1] if joined else None
        if (
            isinstance(part, Interval)
            and isinstance(last, Interval)
            and last.high is not None
            and last.high == part.low
            and last.high_open != part.low_open
        ):
            joined[-1] = Interval(last.low, last.low_open, part.high, part.high_open)
        else:
            joined.append(part)
    choices = [part for part in joined if isinstance(part, Choice)]
    if choices and len(choices) == len(joined):
        return [Choice(frozenset().union(*(choice.values for choice in choices)))]
    return joined


def _describe_condition(condition: Condition) -> str:
    if isinstance(condition, Flag):
        return "= true" if condition.value else "= false"
    if isinstance(condition, Choice):
        return "= " + "|".join(sorted(condition.values))
    if condition.is_point:
        return f"= {_number(condition.low)}"
    ends = []
    if condition.low is not None:
        ends.append(("> " if condition.low_open else ">= ") + _number(condition.low))
    if condition.high is not None:
        ends.append(("< " if condition.high_open else "<= ") + _number(condition.high))
    return _(" and ").join(ends) or _("any amount")


def _number(value: Decimal | None) -> str:
    return "" if value is None else format(value.normalize() + 0, "f")


def _where(region: Region) -> dict[str, Condition]:
    return {fact: _joined(parts)[0] for fact, parts in region}
