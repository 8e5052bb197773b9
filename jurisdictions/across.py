"""Statements of a migration over the rows of all counties."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.migrations import RunSQL


def across_counties(sql: str, tables: Iterable[str]) -> RunSQL:
    """Run `sql` once over every county's rows of `tables`, all that it reads or writes.

    Row-level security holds for the owner of a table too; while a migration moves rows it does not. It is in force
    again before the migration ends.
    """
    named = list(tables)
    off = [f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY" for table in named]
    on = [f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY" for table in named]
    settled = ["SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL DEFERRED"]
    return RunSQL([*off, sql, *settled, *on], RunSQL.noop)
