"""Statements that PostgreSQL reads and plans once a connection, and answers many times.

Under row-level security planning a statement of a page takes twice as long as answering it. What it is asked with are
its values; all else in it stays, and stands in it where it is planned: so a partial index is found, and a limit is
known. A pooler that hands a connection to another client between two transactions forgets what was prepared on it:
`DATABASE_PREPARES=no` sends each statement whole.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import connection

OFTEN = 3  # times that the same words are asked in before they are prepared
KEPT = 128  # statements put together as they are asked that a process remembers
MOST_OF_NAME = 63  # characters, of PostgreSQL
NAMED = re.compile(r"%\((\w+)\)s")

_names: set[str] = set()
_lock = Lock()
_repeated: OrderedDict[tuple[str, str], list[Any]] = OrderedDict()
_prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Place:
    """Where a value stands: which of those a statement is asked with."""

    at: int


class Statement:
    """SQL with `%s` for each of `params`: a `Place`, or what always stands there. `label` is its name in logs."""

    def __init__(self, sql: str, params: Sequence[Any], label: str) -> None:
        self.sql, self.params = sql, tuple(params)
        self.name = _own_name(label)

    def ask(self, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The rows for some values; none of a statement that gives none."""
        with connection.cursor() as cursor:
            if settings.DATABASE_PREPARES:
                self._prepare(cursor)
                cursor.execute(f'EXECUTE "{self.name}"({", ".join(["%s"] * len(values))})', values)
            else:
                cursor.execute(self.sql, [values[one.at] if isinstance(one, Place) else one for one in self.params])
            return list(cursor.fetchall()) if cursor.description is not None else []

    def _prepare(self, cursor: Any) -> None:
        known = _prepared.setdefault(connection.connection, set())
        if self.name in known:
            return
        written = (
            f"${one.at + 1}" if isinstance(one, Place) else cursor.mogrify("%s", [one]).decode() for one in self.params
        )
        cursor.execute(f'PREPARE "{self.name}" AS {self.sql % tuple(written)}')
        known.add(self.name)


def _own_name(label: str) -> str:
    """A name that no other statement of this process has: two connections may not take one for the other."""
    name, number = label[-MOST_OF_NAME:], 1
    while name in _names:
        number += 1
        name = f"{label[-MOST_OF_NAME + 4 :]}#{number}"
    _names.add(name)
    return name


def statement(sql: str, *names: str, label: str, fixed: Mapping[str, Any] | None = None) -> Statement:
    """A statement written by hand with `%(name)s`, to be asked with the values of `names`; `fixed` always stand."""
    places: dict[str, Any] = {name: Place(at) for at, name in enumerate(names)} | dict(fixed or {})
    return Statement(NAMED.sub("%s", sql), [places[name] for name in NAMED.findall(sql)], label)


def ask(sql: str, params: Mapping[str, Any], *, varying: Collection[str], label: str) -> list[tuple[Any, ...]]:
    """The rows of a statement put together with `%(name)s`; prepared where the same words are asked often.

    `varying` are the names whose values are others each time; what the rest says is part of the words.
    """
    names = [name for name in params if name in varying]
    fixed = {name: value for name, value in params.items() if name not in varying}
    words = (sql, repr((names, fixed)))
    with _lock:
        known = _repeated.setdefault(words, [0, None])
        _repeated.move_to_end(words)
        if len(_repeated) > KEPT:
            _repeated.popitem(last=False)
        known[0] += 1
    if known[0] < OFTEN:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return list(cursor.fetchall())
    if known[1] is None:
        known[1] = statement(sql, *names, label=label, fixed=fixed)
    found: Statement = known[1]
    return found.ask([params[name] for name in names])
