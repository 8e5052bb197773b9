"""A page by key, in both directions: no offset, so that page ten thousand costs what the first one costs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual
from django.http import QueryDict

from jurisdictions.fields import whole

AFTER, BEFORE = "after", "before"
PAGING = (AFTER, BEFORE)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)


@dataclass(frozen=True)
class Term:
    """A part of a list's order: what the database sorts by (never null), and the same value of a row.

    `none` stands in the database for what a row does not have; the address writes it as a dash.
    """

    by: str | Combinable
    value: Callable[[Any], Any]
    descending: bool = False
    read: Callable[[str], Any] = whole  # a key's part from the address; None where it cannot be read
    none: Any = None

    @property
    def expression(self) -> Combinable:
        """What the database sorts by."""
        return F(self.by) if isinstance(self.by, str) else self.by

    def order(self, *, backwards: bool) -> Any:
        """The clause of ORDER BY."""
        found: Any = self.expression
        return found.desc() if self.descending != backwards else found.asc()


def read_day(text: str) -> dt.date | None:
    """A day of a key."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def read_moment(text: str) -> dt.datetime | None:
    """A moment of a key: microseconds since 1970."""
    number = whole(text)
    return None if number is None or number > 10**17 else EPOCH + number * MICROSECOND


def by_pk(*, descending: bool = False, of: str = "pk") -> Term:
    """The order by primary key, which ends every order; with `of`, by a number of the row that is unique as well."""
    return Term(of, lambda row: getattr(row, of), descending=descending)


Order = Sequence[Term]


@dataclass
class Page:
    """A stretch of a list and the keys at its ends: `newer` leads back, `older` on; empty where there is no more."""

    rows: list[Any]
    newer: str = ""
    older: str = ""


def key_of(row: Any, order: Order) -> str:
    """A row's key as it stands in an address."""
    return ".".join(_written(term.value(row)) for term in order)


def _written(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, dt.datetime):
        return str((value - EPOCH) // MICROSECOND)
    if isinstance(value, bool):
        return str(int(value))
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def read_key(text: str, order: Order) -> list[Any] | None:
    """The values of a key; None for what is none, or not of this order."""
    parts = text.split(".")
    if len(parts) != len(order):
        return None
    values = [term.none if part == "-" else term.read(part) for part, term in zip(parts, order, strict=True)]
    return None if any(value is None for value in values) else values


def onward(order: Order) -> str:
    """The parameter of the next page: `before` where the list begins with the newest, else `after`."""
    return BEFORE if order[0].descending else AFTER


def back(order: Order) -> str:
    """The parameter of the page before."""
    return AFTER if order[0].descending else BEFORE


def beyond(order: Order, values: Sequence[Any], *, backwards: bool = False) -> Q:
    """What stands behind a key (with `backwards`: in front of it), so that an index on the first term finds it."""
    term, value = order[0], values[0]
    falls = term.descending != backwards
    strictly: Any = (LessThan if falls else GreaterThan)(term.expression, value)
    if len(order) == 1:
        return Q(strictly)
    at_or: Any = (LessThanOrEqual if falls else GreaterThanOrEqual)(term.expression, value)
    return Q(Q(strictly) | beyond(order[1:], values[1:], backwards=backwards), at_or)


def page_of(
    rows: QuerySet[Any],
    order: Order,
    query: Mapping[str, str],
    *,
    size: int,
    shown: Callable[[QuerySet[Any]], QuerySet[Any]] | None = None,
    read: Callable[[QuerySet[Any], bool], list[Any]] | None = None,
) -> Page:
    """The page that an address asks for: one query. A key that cannot be read is the first page, never an error.

    `shown` adds what a page shows of its rows. `read(keys, backwards)` reads them itself: the keys are found by one
    index alone, inside its own query.
    """
    behind, front = (read_key(query.get(name) or "", order) for name in (onward(order), back(order)))
    backwards = front is not None
    if front is not None:
        rows = rows.filter(beyond(order, front, backwards=True))
    elif behind is not None:
        rows = rows.filter(beyond(order, behind))
    sorting = [term.order(backwards=backwards) for term in order]
    rows = rows.order_by(*sorting)
    if read is not None:
        found = read(rows.values("pk")[: size + 1], backwards)
    else:
        found = list((shown(rows) if shown else rows)[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
        return Page(found, newer=_end(found, 0, order) if more else "", older=_end(found, -1, order))
    return Page(
        found,
        newer=_end(found, 0, order) if behind is not None else "",
        older=_end(found, -1, order) if more else "",
    )


def _end(rows: list[Any], at: int, order: Order) -> str:
    return key_of(rows[at], order) if rows else ""


def address(query: QueryDict, *, drop: tuple[str, str | None] | None = None, **values: str) -> str:
    """An address with some parameters changed, from the first page again; `drop` takes a parameter or one value out."""
    changed = query.copy()
    for name in PAGING:
        changed.pop(name, None)
    if drop is not None:
        name, value = drop
        kept = [one for one in changed.getlist(name) if value is not None and one != value]
        changed.setlist(name, kept) if kept else changed.pop(name, None)
    for name, value in values.items():
        if value:
            changed[name] = value
        else:
            changed.pop(name, None)
    return "?" + changed.urlencode()


def paged(query: QueryDict, name: str, key: str) -> str:
    """The address of the page behind (or in front of) a key; nothing where there is none."""
    if not key:
        return ""
    changed = query.copy()
    for other in PAGING:
        changed.pop(other, None)
    changed[name] = key
    return "?" + changed.urlencode()
