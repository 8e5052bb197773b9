"""A request that arrives twice acts once: a page sent again, a program that repeats with an `Idempotency-Key`.

What was carried out is kept with its answer in the transaction that did it: where that was rolled back, nothing is
kept and the request may be sent anew.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import AnsweredRequest
from jurisdictions.models import County
from jurisdictions.scope import current_county, enter

KEPT_FOR = timedelta(days=2)


def content_hash(path: str, said: Any, files: Mapping[str, Iterable[Any]]) -> str:
    """What a request is about: its address, what it says, and the names and contents of its files."""
    digest = hashlib.sha256(json.dumps([path, said], sort_keys=True, default=str).encode())
    for field in sorted(files):
        for file in files[field]:
            digest.update(json.dumps([field, file.name, file.size]).encode())
            file.seek(0)
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
    return digest.hexdigest()


def find(user: Any, key: str) -> AnsweredRequest | None:
    """The answer a request of this person got, where it was carried out."""
    found: AnsweredRequest | None = AnsweredRequest.objects.filter(user=user, key=key).first()
    return found


def keep(user: Any, key: str, *, content: str, status: int, answer: str) -> bool:
    """Keep the answer. False where the same request was carried out at the same moment: this one must be undone."""
    county = current_county()
    assert county is not None
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {AnsweredRequest._meta.db_table}"  # noqa: S608
            " (county_id, user_id, key, content, status, answer, answered_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [county.pk, user.pk, key, content, status, answer, timezone.now()],
        )
        return cursor.rowcount == 1


def wait(user: Any, content: str) -> None:
    """Wait until nobody else is at work on a request of this person that says the same."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", [content, user.pk % 2**31])


def made_since(user: Any, content: str, moment: dt.datetime) -> AnsweredRequest | None:
    """The first request of this person that said the same and was carried out after a moment."""
    same = AnsweredRequest.objects.filter(user=user, content=content, answered_at__gt=moment)
    found: AnsweredRequest | None = same.order_by("answered_at").first()
    return found


def hold(user: Any, key: str) -> bool:
    """Whether nobody else is at work on the same request; holds it until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s), %s)", [key, user.pk % 2**31])
        return bool(cursor.fetchone()[0])


def forget(county: County) -> None:
    """Every night: answers nobody asks for any more."""
    with enter(county):
        AnsweredRequest.objects.filter(answered_at__lt=timezone.now() - KEPT_FOR).delete()
