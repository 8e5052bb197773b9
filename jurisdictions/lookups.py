"""Queries that pages ask in the same words every time: written out once, asked with other values.

Django takes longer to put most of them together than PostgreSQL to answer them. What a `lookup` makes is asked through
the same connection, in the same scope and under the same row-level security as any other query.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.query import FlatValuesListIterable, ModelIterable, get_related_populators
from django_scopes import scope
from django_scopes.exceptions import ScopeError

from jurisdictions.scope import current_county
from jurisdictions.statements import Place, Statement

Asked = ParamSpec("Asked")
Row = TypeVar("Row")
Value = int | str | dt.date | dt.datetime
FIRST_KEY = -(2**62)  # no row has such keys
FIRST_DAY = dt.date(1, 1, 2)


def _mark(value: Value, place: int) -> Value:
    """What stands for a value while the query is written out."""
    if type(value) is int:
        return FIRST_KEY + place
    if type(value) is str:
        return f"\0{place}"
    if type(value) is dt.date:
        return FIRST_DAY + dt.timedelta(place)
    if type(value) is dt.datetime:
        return dt.datetime.combine(FIRST_DAY + dt.timedelta(place), dt.time(), dt.UTC)
    raise TypeError(f"A lookup is asked with keys, texts and days, not {type(value).__name__}.")


@dataclass(frozen=True)
class Written:
    """A query as SQL, and how a row of its answer is read."""

    statement: Statement
    is_scoped: bool  # the county in force is the last of its values
    converters: tuple[tuple[int, list[Any], Any], ...]
    reader: Callable[[], Callable[[Any], Any]]

    def rows(self, values: tuple[Any, ...]) -> list[Any]:
        """The rows for these values."""
        found: list[Any] = self.statement.ask((*values, _county_key()) if self.is_scoped else values)
        if self.converters:
            found = [self._converted(row) for row in found]
        return list(map(self.reader(), found))

    def _converted(self, row: Any) -> list[Any]:
        kept = list(row)
        for at, converters, expression in self.converters:
            for convert in converters:
                kept[at] = convert(kept[at], expression, connection)
        return kept


def _county_key() -> int:
    county = current_county()
    if county is None:
        raise ScopeError("A lookup of a county's rows was asked without a county in force.")
    return county.pk


class Lookup(Generic[Asked, Row]):
    """A query of one shape. Called, it gives the rows for the values it is called with, in a list."""

    def __init__(self, build: Callable[Asked, models.QuerySet[Any, Row]], shared: Collection[str] = ()) -> None:
        self.build, self.shared = build, shared
        self.written: Written | None = None
        update_wrapper(self, build)

    def __call__(self, *values: Asked.args, **none: Asked.kwargs) -> list[Row]:
        if self.written is None:
            self.written = self._write(values)
        return self.written.rows(values)

    def first(self, *values: Asked.args, **none: Asked.kwargs) -> Row | None:
        """The first row, where there is one."""
        return next(iter(self(*values, **none)), None)

    def _write(self, values: tuple[Any, ...]) -> Written:
        from jurisdictions.models import County

        given = [_mark(value, place) for place, value in enumerate(values)]
        county = FIRST_KEY + len(given)
        with scope(county=County(pk=county)):
            query: Any = cast(Any, self.build)(*given)
        if query._prefetch_related_lookups:
            raise TypeError("A lookup reads one table and what is joined to it; ask for the rest by another.")
        compiler = query.query.get_compiler(using=DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        marks: dict[Any, Place] = {mark: Place(at) for at, mark in enumerate([*given, county])}
        written = [marks.get(value, value) if _is_plain(value) else value for value in params]
        if not set(marks.values()) - {marks[county]} <= set(filter(_is_place, written)):
            raise TypeError(f"Not every value stands in the query of {self.build.__qualname__} as it was given.")
        if any(isinstance(one, dt.date) for one in written):
            raise TypeError(f"A day of {self.build.__qualname__} would stay what it is now: let it be given.")
        statement = Statement(sql, written, f"{self.build.__module__}.{self.build.__qualname__}")
        columns = [one[0] for one in compiler.select[: compiler.col_count]]
        converters = tuple((at, *how) for at, how in compiler.get_converters(columns).items())
        return Written(statement, marks[county] in written, converters, _reader(query, compiler, self.shared))


def _is_place(one: Any) -> bool:
    return isinstance(one, Place)


def _is_plain(value: Any) -> bool:
    return type(value) in (int, str, dt.date, dt.datetime)


def _reader(query: Any, compiler: Any, shared: Collection[str]) -> Callable[[], Callable[[Any], Any]]:
    """How the rows of an answer are read, as Django's own iterables do it; what they share, with the first alone."""
    if query._iterable_class is FlatValuesListIterable:
        return lambda: lambda row: row[0]
    if query._iterable_class is not ModelIterable:
        raise TypeError("A lookup reads records, or one column of them.")
    select, info, annotations = compiler.select, compiler.klass_info, compiler.annotation_col_map or {}
    model = info["model"]
    start, end = info["select_fields"][0], info["select_fields"][-1] + 1
    names = [one[0].target.attname for one in select[start:end]]
    named = [one["field"].name for one in info.get("related_klass_infos", [])]
    populators = list(zip(named, cast(Any, get_related_populators)(info, select, DEFAULT_DB_ALIAS), strict=True))

    def reader() -> Callable[[Any], Any]:
        common: dict[str, Any] = {}

        def read(row: Any) -> Any:
            record = model.from_db(DEFAULT_DB_ALIAS, names, row[start:end])
            for name, populator in populators:
                if name in common:
                    setattr(record, name, common[name])
                    continue
                populator.populate(row, record)
                if name in shared:
                    common[name] = getattr(record, name)
            for name, at in annotations.items():
                setattr(record, name, row[at])
            return record

        return read

    return reader


def give(records: Iterable[models.Model], name: str, rows: Iterable[Any], *, by: str) -> None:
    """Give records what hangs on each, read for all at once: `rows` whose key `by` names them, as `records.name.all()`.

    Only that: any other question to the relation is refused by Python, as its rows stand in a list.
    """
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, by)].append(row)
    for record in records:
        kept = cast(Any, record)
        kept.__dict__.setdefault("_prefetched_objects_cache", {})[name] = found[kept.pk]


def lookup_sharing(
    *names: str,
) -> Callable[[Callable[Asked, models.QuerySet[Any, Row]]], Lookup[Asked, Row]]:
    """A `lookup` whose rows all hang on one record by each of these names: it is read once, and they share it."""
    return lambda build: Lookup(build, names)


def lookup(build: Callable[Asked, models.QuerySet[Any, Row]]) -> Lookup[Asked, Row]:
    """Let what `build` puts together be written out once in a process.

    It is called with marks in the place of values: it may hand them on to filters and must not look at them. What it
    asks besides (states, a constant) stays what it was the first time, so a day is always given.
    """
    return Lookup(build)
