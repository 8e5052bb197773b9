"""Proof of the audit trail: the chain computed anew, its links, its sequence, and heads kept outside the database."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from jurisdictions.models import County
from jurisdictions.scope import enter
from workflow.models import AUDIT_HASHED, AuditEntry, AuditHead

BATCH = 5_000


@dataclass(frozen=True)
class Head:
    """The end of a county's chain as it was once: sequence and hash."""

    sequence: int
    hash: str


@dataclass(frozen=True)
class Break:
    """The first entry of a chain that does not hold, and what is wrong with it."""

    sequence: int
    reason: str


@dataclass(frozen=True)
class Checked:
    """A county's chain as it was found."""

    county: County
    entries: int
    broken: Break | None


def heads_file(county: County) -> Path:
    """Where the heads of a county are kept, outside the database."""
    return Path(settings.AUDIT_HEADS_DIR) / f"{county.code}.log"


def record_head(county: County, *, now: dt.datetime | None = None) -> Head | None:
    """Append the present end of the county's chain to its file. Once for the same end; None for an empty chain."""
    with enter(county):
        row = AuditHead.objects.first()
    if row is None or not row.sequence:
        return None
    head = Head(row.sequence, row.hash)
    kept = list(recorded_heads(county))
    if kept and kept[-1] == head:
        return head
    path = heads_file(county)
    path.parent.mkdir(parents=True, exist_ok=True)
    line = {"at": (now or timezone.now()).isoformat(), "sequence": head.sequence, "hash": head.hash}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    return head


def recorded_heads(county: County) -> Iterator[Head]:
    """The heads kept for a county, oldest first. Raises `ValueError` that names the line it cannot read."""
    path = heads_file(county)
    if not path.exists():
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            kept = json.loads(line)
            yield Head(int(kept["sequence"]), str(kept["hash"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path.name}, line {number}: {error}") from error


def verify(county: County) -> Checked:
    """Check the county's whole chain: every hash, every link, no gap, its end, and the heads kept outside."""
    with enter(county):
        heads = {head.sequence: head.hash for head in recorded_heads(county)}
        end = AuditHead.objects.first()
        count, broken = 0, None
        previous = Head(0, "")
        for sequence, previous_hash, hash_, text in _entries(county):
            broken = _broken(previous, sequence, previous_hash, hash_, text, heads)
            if broken is not None:
                break
            heads.pop(sequence, None)
            previous, count = Head(sequence, hash_), count + 1
        if broken is None:
            broken = _broken_end(previous, end, heads)
    return Checked(county, count, broken)


def _broken(
    previous: Head, sequence: int, previous_hash: str, hash_: str, text: str, heads: dict[int, str]
) -> Break | None:
    if sequence != previous.sequence + 1:
        return Break(previous.sequence + 1, _("the entry is missing"))
    if previous_hash != previous.hash:
        return Break(sequence, _("it does not follow the entry before it"))
    if hashlib.sha256(text.encode()).hexdigest() != hash_:
        return Break(sequence, _("its content is not what its hash says"))
    if sequence in heads and heads[sequence] != hash_:
        return Break(sequence, _("its hash is not the one kept outside the database"))
    return None


def _broken_end(last: Head, end: AuditHead | None, heads: dict[int, str]) -> Break | None:
    if heads:
        return Break(min(heads), _("the entry is missing, though its hash is kept outside the database"))
    found = Head(end.sequence, end.hash) if end is not None else Head(0, "")
    if found != last:
        return Break(last.sequence + 1, _("the end of the chain is not where the database keeps it"))
    return None


def _entries(county: County) -> Iterable[tuple[int, str, str, str]]:
    """Sequence, link, hash and the text it covers, in batches by key."""
    table = AuditEntry._meta.db_table
    hashed = AUDIT_HASHED.format(row="entry")
    after: Any = None
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT sequence, previous_hash, hash, {hashed} FROM {table} AS entry"  # noqa: S608
                " WHERE county_id = %s AND (%s::bigint IS NULL OR sequence > %s)"
                f" ORDER BY sequence LIMIT {BATCH}",
                [county.pk, after, after],
            )
            rows = cursor.fetchall()
        yield from rows
        if len(rows) < BATCH:
            return
        after = rows[-1][0]
