"""Notices: what a person is told in the program and, as they chose, by e-mail."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Membership, NoticeChoice, Office, User
from accounts.roles import Role, permissions_of
from jurisdictions.citations import written
from jurisdictions.scope import current_county
from workflow import stages
from workflow.models import Message
from workflow.trail import audit

TELL = """
    WITH told AS (
        INSERT INTO workflow_message (county_id, user_id, project_id, key, kind, data, path, created_at)
        SELECT %(county)s, reader, project, key, kind, data, path, %(now)s
          FROM unnest(%(projects)s::bigint[], %(keys)s::text[], %(kinds)s::text[], %(said)s::jsonb[], %(paths)s::text[])
               WITH ORDINALITY AS news (project, key, kind, data, path, number)
          JOIN unnest(%(numbers)s::int[], %(readers)s::bigint[]) AS reading (number, reader) USING (number)
         ORDER BY number, reader
            ON CONFLICT (user_id, key) DO NOTHING
        RETURNING id, user_id, key
    ), posted AS (
        INSERT INTO workflow_outbox
               (county_id, message_id, user_id, kind, key, subject, body, send_after, attempts, last_error)
        SELECT %(county)s, told.id, told.user_id, 'at_once', told.key, '', '', %(now)s, 0, ''
          FROM told WHERE told.user_id = ANY(%(mailed)s::bigint[])
            ON CONFLICT (user_id, key) DO NOTHING
        RETURNING 1
    )
    SELECT count(*) FROM told
"""


@dataclass(frozen=True)
class News:
    """Something to be told to `users` and to the members of `offices` whose role carries `permission`, where given.

    `key` makes it once a person: telling again does nothing. `path` is the page it leads to. Offices are named by
    their keys, the project by key and name.
    """

    kind: str
    key: str
    users: Collection[User] = ()
    offices: Collection[int] = ()
    permission: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    project: tuple[int | None, str] = (None, "")
    path: str = ""


def tell(
    *,
    users: Iterable[User] = (),
    office: Office | None = None,
    offices: Iterable[Office] = (),
    project: Any = None,
    **news: Any,
) -> int:
    """Tell people one thing once, and return how many were told; the rest of it as `News` has it."""
    return tell_all(
        [
            News(
                users=list(users),
                offices=[one.pk for one in (*offices, office) if one is not None],
                project=(project.pk, project.name) if project is not None else (None, ""),
                **news,
            )
        ]
    )


def tell_all(news: Sequence[News]) -> int:
    """Tell people several things, in few statements, and return how many notices that made.

    E-mail follows each person's choice; a digest is made by the daily task. Written in the caller's transaction.
    """
    county = current_county()
    assert county is not None
    joined = members({pk for one in news for pk in one.offices})
    readers = [_readers(one, joined) for one in news]
    mailed = {
        user.pk
        for found in readers
        for user in found.values()
        if user.email and user.notice_choice == NoticeChoice.AT_ONCE
    }
    if not any(readers):
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            TELL,
            {
                "county": county.pk,
                "projects": [one.project[0] for one in news],
                "keys": [one.key[:120] for one in news],
                "kinds": [one.kind for one in news],
                "said": [json.dumps(audit.plain(_said(one))) for one in news],
                "paths": [one.path for one in news],
                "numbers": [number for number, found in enumerate(readers, 1) for _reader in found],
                "readers": [reader for found in readers for reader in found],
                "now": timezone.now(),
                "mailed": list(mailed),
            },
        )
        return int(cursor.fetchone()[0])


def _readers(news: News, joined: Mapping[int, list[Membership]]) -> dict[int, User]:
    found = {user.pk: user for user in news.users if user.is_active}
    for office in news.offices:
        found |= {user.pk: user for user in able(joined.get(office, ()), news.permission)}
    return found


def _said(news: News) -> Mapping[str, Any]:
    pk, name = news.project
    return {"project": name, **news.data} if pk is not None else news.data


@dataclass
class Told:
    """Whom the work of a request was put before: people who were told, and offices in which nobody can act."""

    people: set[int] = field(default_factory=set)
    nobody: dict[int, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return len(self.people)


_TOLD: ContextVar[Told | None] = ContextVar("told", default=None)


@contextmanager
def counting() -> Iterator[Told]:
    """Count whom `put_before` tells inside."""
    told = Told()
    token = _TOLD.set(told)
    try:
        yield told
    finally:
        _TOLD.reset(token)


def told() -> Told:
    """Whom the request has told so far."""
    return _TOLD.get() or Told()


def put_before(*offices: Office, permission: str, kind: str, key: str, project: Any, **said: Any) -> None:
    """Tell offices of work that waits for them: those of their people whose role carries `permission`.

    Where an office has nobody who can act, the county's administrators are told at once; who sent it sees it on the
    next page (`workflow.notices.sending`).
    """
    readers = {pk: able(rows, permission) for pk, rows in members({office.pk for office in offices}).items()}
    people = {user.pk: user for users in readers.values() for user in users}
    tell(users=people.values(), kind=kind, key=key, project=project, **said)
    counted = told()
    counted.people |= set(people)
    for office in offices:
        if not readers.get(office.pk):
            counted.nobody[office.pk] = office.name
            _tell_administrators(office, key=f"nobody:{office.pk}:{key}", project=project, what=said["data"]["what"])


def _tell_administrators(office: Office, *, key: str, project: Any, what: str) -> None:
    rows = Membership.objects.filter(role=Role.COUNTY_ADMIN, is_active=True, user__is_active=True)
    county = current_county()
    assert county is not None
    tell(
        users=[row.user for row in rows.select_related("user")],
        kind="nobody_acts",
        key=key,
        data={"project": project.number, "office": office.name, "what": what},
        path=reverse("workflow:offices", kwargs={"county": county.code}),
    )


def members(offices: Collection[int]) -> dict[int, list[Membership]]:
    """The active memberships of active people in offices, by office."""
    joined: dict[int, list[Membership]] = defaultdict(list)
    if offices:
        active = Membership.objects.filter(office__in=offices, is_active=True, user__is_active=True)
        for one in active.select_related("user"):
            joined[one.office_id].append(one)
    return joined


def able(rows: Iterable[Membership], permission: str = "") -> list[User]:
    """The people among memberships whose role carries a permission (none named: all)."""
    return [one.user for one in rows if not permission or permission in permissions_of(one.role)]


def mark_read(*, actor: Actor, notice: Message) -> Message:
    """Note that a person has read a notice of their own; when they first did stays."""
    if notice.user_id == (actor.user.pk if actor.user else None) and notice.read_at is None:
        notice.read_at = timezone.now()
        notice.save(update_fields=["read_at"])
    return notice


def mark_all_read(*, actor: Actor, newest: int | None = None) -> int:
    """Note that a person has read all their notices, up to and with `newest`. Returns how many were unread."""
    unread = Message.objects.filter(user=actor.user, read_at=None)
    if newest is not None:
        unread = unread.filter(pk__lte=newest)
    return unread.update(read_at=timezone.now())


class _Said(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "—"


def sentence(notice: Message) -> str:
    """What the notice says, in the language in force."""
    return sentence_of(notice.kind, notice.data)


def sentence_of(kind: str, data: Mapping[str, Any]) -> str:
    """The sentence of a kind with its data; days are written out, steps and parties named."""
    template = stages.messages().get(kind)
    shown = _Said({key: shown_value(key, value) for key, value in data.items()})
    if template is None:
        return str(data.get("text") or _("News about “%(project)s”.") % shown)
    return str(template) % shown


def shown_value(key: str, value: Any) -> str:
    """A value of a notice or audit entry as a person reads it."""
    from jurisdictions.templatetags.xunzhang import day
    from workflow.desk.words import word

    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None or value == "":
        return "—"
    if isinstance(value, str) and (key.endswith(("_on", "_day", "_before")) or key == "day"):
        try:
            return day(dt.date.fromisoformat(value[:10]))
        except ValueError:
            return value
    if key == "articles":
        return written(value if isinstance(value, list) else value.split("、"))
    if isinstance(value, list):
        return _(", ").join(shown_value("", one) for one in value)
    return word(str(value))
