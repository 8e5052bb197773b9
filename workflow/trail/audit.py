"""The audit trail: one entry for every write, chained by the database."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from accounts.actors import Actor
from jurisdictions.scope import current_county
from jurisdictions.statements import statement

_GATHERED: ContextVar[list[dict[str, Any]] | None] = ContextVar("gathered", default=None)
_ACTING: ContextVar[bool] = ContextVar("acting", default=False)
# What a new entry says, and how PostgreSQL keeps it; sequence and hashes are the database's own.
COLUMNS = (
    "county_id bigint, at timestamptz, actor_id bigint, actor_name text, actor_role text, office_name text,"
    " action text, object_type text, object_id bigint, project_id bigint, label text, old jsonb, new jsonb,"
    " articles text[], rule_version text"
)
AS_IT_IS = frozenset({str, int, bool, type(None)})
NAMES = ", ".join(column.split()[0] for column in COLUMNS.split(","))
WRITE = f"""
    INSERT INTO workflow_auditentry ({NAMES}, sequence, previous_hash, hash)
    SELECT {NAMES}, 0, '', ''
      FROM ROWS FROM (jsonb_to_recordset(%(entries)s) AS ({COLUMNS})) WITH ORDINALITY ORDER BY ordinality
"""  # noqa: S608 names of columns
_written = statement(WRITE, "entries", label="workflow.trail.audit.write")


@contextmanager
def gathered() -> Iterator[None]:
    """Write the entries made inside in one statement at the end, in their order; nothing if the block fails.

    Inside another one they join its entries, and leave them again if the block fails. Entries lock the end of the
    county's chain: written at the end, whoever acts holds that lock for a moment only and waits for no other meanwhile.
    """
    outer = _GATHERED.get()
    if outer is not None:
        before = len(outer)
        try:
            yield
        except BaseException:
            del outer[before:]
            raise
        return
    entries: list[dict[str, Any]] = []
    token = _GATHERED.set(entries)
    try:
        yield
    finally:
        _GATHERED.reset(token)
    _write(entries)


@contextmanager
def act() -> Iterator[None]:
    """One act: all of it is written or nothing, and its entries together at the end.

    Inside another act it belongs to that one, with no savepoint of its own: what fails inside ends the whole act.
    """
    token = _ACTING.set(True) if (is_first := not _ACTING.get()) else None
    try:
        with transaction.atomic(savepoint=is_first), gathered():
            yield
    finally:
        if token is not None:
            _ACTING.reset(token)


def _write(entries: list[dict[str, Any]]) -> None:
    if entries:
        _written.ask([json.dumps(entries)])


def plain(value: Any) -> Any:
    """A value as JSON keeps it: amounts and days as text, records as their primary key."""
    if type(value) in AS_IT_IS:  # most are, of thousands a second in a sweep
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value if isinstance(value, str | int) else str(value)


def behalf(actor: Actor) -> dict[str, str]:
    """In whose name it was done, beside who did it."""
    return {"on_behalf_of": actor.behalf_name} if actor.on_behalf_of is not None else {}


def entry(
    *,
    actor: Actor,
    action: str,
    record: Model | tuple[type[Model], int] | None = None,
    project: Any = None,
    label: str = "",
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
    articles: Iterable[str] = (),
    rule_version: str = "",
) -> None:
    """Write one entry in the transaction of the write itself.

    `action` is `model.verb`; the sentence a reader sees is made from it. Sequence and hashes come from the database.
    Where they are not at hand, the record may be named by model and key, the project by its key.
    """
    county = current_county()
    model, pk = record if isinstance(record, tuple) else (record, record.pk if record is not None else None)
    written = {
        "county_id": county.pk if county is not None else None,
        "at": timezone.now().isoformat(),
        "actor_id": actor.user.pk if actor.user is not None else None,
        "actor_name": actor.name,
        "actor_role": actor.role,
        "office_name": actor.office.name if actor.office else "",
        "action": action,
        "object_type": model._meta.label_lower if model is not None else "",
        "object_id": pk,
        "project_id": getattr(project, "pk", project),
        "label": (label or str(record or ""))[:300],
        "old": plain(old or {}),
        "new": plain(new or {}) | behalf(actor),
        "articles": list(articles),
        "rule_version": rule_version,
    }
    entries = _GATHERED.get()
    if entries is None:
        _write([written])
    else:
        entries.append(written)
