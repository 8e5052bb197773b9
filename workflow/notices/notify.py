"""Notices: what a person is told in the program and, as they chose, by e-mail."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Membership, NoticeChoice, Office, User
from accounts.roles import permissions_of
from jurisdictions.citations import written
from jurisdictions.scope import current_county
from workflow import stages
from workflow.models import Message
from workflow.trail import audit

TELL = """
    WITH told AS (
        INSERT INTO workflow_message (county_id, user_id, project_id, key, kind, data, path, created_at)
        SELECT %(county)s, reader, %(project)s, %(key)s, %(kind)s, %(data)s::jsonb, %(path)s, %(now)s
          FROM unnest(%(users)s::bigint[]) AS reader
            ON CONFLICT (user_id, key) DO NOTHING
        RETURNING id, user_id
    ), posted AS (
        INSERT INTO workflow_outbox
               (county_id, message_id, user_id, kind, key, subject, body, send_after, attempts, last_error)
        SELECT %(county)s, told.id, told.user_id, 'at_once', %(key)s, '', '', %(now)s, 0, ''
          FROM told WHERE told.user_id = ANY(%(mailed)s::bigint[])
            ON CONFLICT (user_id, key) DO NOTHING
        RETURNING 1
    )
    SELECT count(*) FROM told
"""


def tell(
    *,
    kind: str,
    key: str,
    users: Iterable[User] = (),
    office: Office | None = None,
    offices: Iterable[Office] = (),
    permission: str = "",
    data: Mapping[str, Any] | None = None,
    project: Any = None,
    path: str = "",
) -> int:
    """Tell people something once, and return how many were told.

    Told are `users` and the members of `office` and `offices` (whose role carries `permission`, where given).
    `key` makes it once a person: telling again does nothing. E-mail follows each person's choice; a digest is made by
    the daily task. `path` is the page it leads to. Written in the caller's transaction.
    """
    county = current_county()
    assert county is not None
    readers = {user.pk: user for user in users if user.is_active}
    asked = [*offices, *([office] if office is not None else [])]
    if asked:
        readers |= {user.pk: user for user in members(*asked, permission=permission)}
    if not readers:
        return 0
    mailed = [user.pk for user in readers.values() if user.email and user.notice_choice == NoticeChoice.AT_ONCE]
    said = {"project": project.name, **(data or {})} if project is not None else dict(data or {})
    with connection.cursor() as cursor:
        cursor.execute(
            TELL,
            {
                "county": county.pk,
                "project": project.pk if project is not None else None,
                "key": key[:120],
                "kind": kind,
                "data": json.dumps(audit.plain(said)),
                "path": path,
                "now": timezone.now(),
                "users": sorted(readers),
                "mailed": mailed,
            },
        )
        return int(cursor.fetchone()[0])


def members(*offices: Office, permission: str = "") -> list[User]:
    """The active people of offices whose role there carries a permission (none named: all)."""
    found = Membership.objects.filter(office__in=offices, is_active=True, user__is_active=True).select_related("user")
    return list(
        {one.user_id: one.user for one in found if not permission or permission in permissions_of(one.role)}.values()
    )


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
