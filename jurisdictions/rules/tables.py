"""The tables of a rule file as the checks see them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from pydantic import BaseModel

from .check import Region, Table, TableRow, applicable_sets, winners
from .schema import RuleFile
from .spaces import Spaces
from .vocabulary import FactSpace, event_step


def _result(then: BaseModel, leave: Iterable[str] = ()) -> str:
    return repr(then.model_dump(mode="json", exclude=set(leave)))


def _table(
    path: tuple[str | int, ...],
    rows: Sequence[Any],
    *,
    name: str,
    complete: bool = False,
    space: FactSpace,
    result: Callable[[Any], str] = lambda row: _result(row.then),
) -> Table:
    return Table(
        path,
        space,
        tuple(TableRow(row.id, row.when, result(row), tuple(row.articles), tuple(row.overrides)) for row in rows),
        complete,
        name,
    )


def decision_tables(rules: RuleFile) -> Iterator[Table]:
    """Every table in which one row decides: route steps, parameters, change control, scope, quotes, late."""
    spaces = Spaces.of(rules.facts)
    space = spaces.route
    for index, step in enumerate(rules.route):
        yield _table(("route", index, "rows"), step.rows, name=step.step, complete=True, space=space)
    for key, parameter in rules.parameters.items():
        path = ("parameters", key, "rows")
        yield _table(path, parameter.rows, name=key, complete=parameter.complete, space=space)
    if rules.change_control:
        rows = rules.change_control
        yield _table(("change_control",), rows, name="change_control", complete=True, space=spaces.change)
    yield _table(("scope", "rows"), rules.scope.rows, name="scope", space=space)
    yield _table(("quotes", "rows"), rules.quotes.rows, name="quotes", space=space)
    yield _table(("late",), rules.late, name="late", result=lambda row: str(row.then.allowed), space=space)


def list_tables(rules: RuleFile) -> Iterator[Table]:
    """Tables whose rows all count side by side: rows with the same subject must not contradict each other."""
    lists: tuple[tuple[str, Sequence[Any], Callable[[Any], str]], ...] = (
        ("materials", rules.materials, lambda row: row.then.document),
        ("prerequisites", rules.prerequisites, lambda row: row.then.key),
        ("notices", rules.notices, lambda row: row.then.key),
        ("requirements", rules.requirements, lambda row: row.then.key),
    )
    space = Spaces.of(rules.facts).route
    for name, rows, subject in lists:
        for key in dict.fromkeys(subject(row) for row in rows):
            yield _table((name,), [row for row in rows if subject(row) == key], name=f"{name}: {key}", space=space)


def clocks_that_never_start(rules: RuleFile) -> Iterator[tuple[tuple[str | int, ...], str, Region]]:
    """(path of the deadline, step that would start it, where) for clocks of a step not on the same route."""
    steps = {step.step: step for step in rules.route}
    space = Spaces.of(rules.facts).route
    for number, step in enumerate(rules.route):
        for index, row in enumerate(step.rows):
            for position, deadline in enumerate(row.then.deadlines):
                for event in (deadline.after, *deadline.and_after):
                    starter = event_step(event)
                    if starter is None or starter == step.step or starter not in steps:
                        continue
                    region = _taken_without(step.rows, row.id, steps[starter].rows, space)
                    if region is not None:
                        yield ("route", number, "rows", index, "then", "deadlines", position), starter, region


def _taken_without(rows: Sequence[Any], row_id: str, other: Sequence[Any], space: FactSpace) -> Region | None:
    """Where the row decides its step while the other step is not taken; None where that cannot be."""
    table = _table((), [*rows, *other], name="", space=space)
    split = len(rows)
    for mask, regions in applicable_sets(table).items():
        mine = winners([each for at, each in enumerate(table.rows[:split]) if mask >> at & 1])
        theirs = {
            each.id for each in winners([each for at, each in enumerate(table.rows) if at >= split and mask >> at & 1])
        }
        if row_id in {each.id for each in mine} and not any(each.then.take for each in other if each.id in theirs):
            return regions[0]
    return None


def row_groups(rules: RuleFile) -> Iterator[tuple[tuple[str | int, ...], Sequence[Any]]]:
    """Every list of rows with its path, whole (for ids and overrides)."""
    for table in decision_tables(rules):
        yield table.path, table.rows
    for name in ("materials", "prerequisites", "notices", "requirements"):
        yield (name,), getattr(rules, name)
