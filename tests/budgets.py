"""Query budgets: what a page may ask of the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext

# Not counted: transactions, and taking a scope back, which only a test's outer transaction makes necessary.
FREE = ("PREPARE", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SELECT set_config('role', 'none'")


@contextmanager
def budget(limit: int) -> Iterator[list[str]]:
    """Fail when more than `limit` queries are made inside; gives the list of those counted.

    Ask for the page once before: a session's first page also notes its time, and a county is looked up once.
    """
    counted: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield counted
    counted += [query["sql"] for query in captured if not query["sql"].startswith(FREE)]
    shown = "\n".join(f"{number}. {sql[:200]}" for number, sql in enumerate(counted, 1))
    assert len(counted) <= limit, f"{len(counted)} queries, {limit} allowed:\n{shown}"
