"""What a migration does over the rows of all counties."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db.migrations import RunPython, RunSQL


def across_counties(sql: str, tables: Iterable[str]) -> RunSQL:
    """Run `sql` once over every county's rows of `tables`, all that it reads or writes.

    Row-level security holds for the owner of a table too; while a migration moves rows it does not. It is in force
    again before the migration ends.
    """
    before, after = _around(tables)
    return RunSQL([*before, sql, *after], RunSQL.noop)


def filled_across_counties(fill: Callable[[Any], None], tables: Iterable[str]) -> RunPython:
    """The same for what SQL cannot do: `fill` is given a cursor."""
    before, after = _around(tables)

    def run(apps: Any, editor: Any) -> None:
        with editor.connection.cursor() as cursor:
            for statement in before:
                cursor.execute(statement)
            fill(cursor)
            for statement in after:
                cursor.execute(statement)

    return RunPython(run, RunPython.noop)


def _around(tables: Iterable[str]) -> tuple[list[str], list[str]]:
    named = list(tables)
    off = [f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY" for table in named]
    on = [f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY" for table in named]
    return off, ["SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL DEFERRED", *on]
