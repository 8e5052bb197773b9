"""The audit trail: one entry for every write, chained by the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.utils import timezone

from accounts.actors import Actor
from jurisdictions.scope import current_county
from workflow.models import AuditEntry

_GATHERED: ContextVar[list[AuditEntry] | None] = ContextVar("gathered", default=None)


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
    entries: list[AuditEntry] = []
    token = _GATHERED.set(entries)
    try:
        yield
    finally:
        _GATHERED.reset(token)
    AuditEntry.objects.bulk_create(entries)


def plain(value: Any) -> Any:
    """A value as JSON keeps it: amounts and days as text, records as their primary key."""
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
    if value is None or isinstance(value, str | int | bool):
        return value
    return str(value)


def entry(
    *,
    actor: Actor,
    action: str,
    record: Model | None = None,
    project: Any = None,
    label: str = "",
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
    articles: Iterable[str] = (),
    rule_version: str = "",
) -> AuditEntry:
    """Write one entry in the transaction of the write itself.

    `action` is `model.verb`; the sentence a reader sees is made from it. Sequence and hashes come from the
    database.
    """
    written = AuditEntry(
        county=current_county(),
        at=timezone.now(),
        actor=actor.user,
        actor_name=actor.name,
        actor_role=actor.role,
        office_name=actor.office.name if actor.office else "",
        action=action,
        object_type=record._meta.label_lower if record is not None else "",
        object_id=record.pk if record is not None else None,
        project=project,
        label=(label or str(record or ""))[:300],
        old=plain(old or {}),
        new=plain(new or {}),
        articles=list(articles),
        rule_version=rule_version,
        sequence=0,
        previous_hash="",
        hash="",
    )
    entries = _GATHERED.get()
    if entries is None:
        written.save(force_insert=True)
    else:
        entries.append(written)
    return written
