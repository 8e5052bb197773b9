"""Notices: what a person is told in the program and, as they chose, by e-mail."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Membership, Office, User
from accounts.roles import Role, permissions_of
from jurisdictions.citations import written
from jurisdictions.scope import current_county
from jurisdictions.statements import statement
from workflow import stages
from workflow.models import Message, Outbox
from workflow.trail import audit

TELL = """
    WITH reading AS (
        SELECT number, office, member.user_id
          FROM unnest(%(of)s::int[], %(offices)s::bigint[], %(roles)s::text[]) AS asked (number, office, roles)
          JOIN accounts_membership AS member ON member.office_id = office AND member.is_active
               AND (roles IS NULL OR member.role = ANY(string_to_array(roles, ' ')))
         UNION SELECT number, NULL, user_id FROM unnest(%(to)s::int[], %(users)s::bigint[]) AS named (number, user_id)
    ), readers AS (
        SELECT number, office, person.id AS user_id
          FROM reading JOIN accounts_user AS person ON person.id = reading.user_id AND person.is_active
    ), told AS (
        INSERT INTO workflow_message (county_id, user_id, project_id, key, kind, data, path, created_at)
        SELECT DISTINCT ON (number, user_id)
               %(county)s::bigint, user_id, project, key, kind, data, path, %(now)s::timestamptz
          FROM unnest(%(projects)s::bigint[], %(keys)s::text[], %(kinds)s::text[], %(said)s::text[]::jsonb[],
                      %(paths)s::text[]) WITH ORDINALITY AS news (project, key, kind, data, path, number)
          JOIN readers USING (number)
         ORDER BY number, user_id
            ON CONFLICT (user_id, key) DO NOTHING
        RETURNING id, user_id, key
    ), posted AS (
        INSERT INTO workflow_outbox
               (county_id, message_id, user_id, kind, key, subject, body, send_after, attempts, last_error)
        SELECT %(county)s::bigint, told.id, told.user_id, 'at_once', told.key, '', '', %(now)s::timestamptz, 0, ''
          FROM told JOIN accounts_user AS person ON person.id = told.user_id
         WHERE person.email <> '' AND person.notice_choice = 'at_once'
            ON CONFLICT (user_id, key) DO NOTHING
    )
    SELECT (SELECT count(*) FROM told), ARRAY(SELECT DISTINCT user_id FROM readers),
           ARRAY(SELECT DISTINCT office FROM readers WHERE office IS NOT NULL)
"""
TELL_WITH = ("county", "now", "of", "offices", "roles", "to", "users", "projects", "keys", "kinds", "said", "paths")
_told_all = statement(TELL, *TELL_WITH, label="workflow.notices.notify.tell_all")


@dataclass(frozen=True)
class News:
    """Something to be told to `users` and to the members of `offices` whose role carries `permission`, where given.

    `key` makes it once a person: telling again does nothing. `path` is the page it leads to. People and offices
    are named by their keys, the project by key and name.
    """

    kind: str
    key: str
    users: Collection[int] = ()
    offices: Collection[int] = ()
    permission: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    project: tuple[int | None, str] = (None, "")
    path: str = ""


@dataclass(frozen=True)
class Reached:
    """How many notices were made, who reads them, and which of the offices asked have somebody who does."""

    notices: int = 0
    people: Collection[int] = ()
    offices: Collection[int] = ()


def tell(
    *,
    users: Iterable[User] = (),
    office: Office | None = None,
    offices: Iterable[Office] = (),
    project: Any = None,
    **news: Any,
) -> int:
    """Tell people one thing once, and return how many were told; the rest of it as `News` has it."""
    asked = [one.pk for one in (*offices, office) if one is not None]
    about = (project.pk, project.name) if project is not None else (None, "")
    return tell_all([News(users=[user.pk for user in users], offices=asked, project=about, **news)]).notices


def tell_all(news: Sequence[News]) -> Reached:
    """Tell people several things in one statement.

    E-mail follows each person's choice; a digest is made by the daily task. Written in the caller's transaction.
    """
    county = current_county()
    assert county is not None
    numbered = list(enumerate(news, 1))
    asked = [(number, office, _roles(one.permission)) for number, one in numbered for office in one.offices]
    named = [(number, user) for number, one in numbered for user in one.users]
    if not (asked or named):
        return Reached()
    given = {
        "county": county.pk,
        "now": timezone.now(),
        "of": [number for number, _office, _roles in asked],
        "offices": [office for _number, office, _roles in asked],
        "roles": [roles for _number, _office, roles in asked],
        "to": [number for number, _user in named],
        "users": [user for _number, user in named],
        "projects": [one.project[0] for one in news],
        "keys": [one.key[:120] for one in news],
        "kinds": [one.kind for one in news],
        "said": _written(news),
        "paths": [one.path for one in news],
    }
    ((notices, people, offices),) = _told_all.ask([given[name] for name in TELL_WITH])
    reached = Reached(notices, people, offices)
    told().people |= set(reached.people)
    return reached


def _roles(permission: str) -> str | None:
    """The roles that carry a permission, as the statement reads them; none named: any."""
    return " ".join(role for role in Role if permission in permissions_of(role)) if permission else None


def _written(news: Sequence[News]) -> list[str]:
    """What is said of each, as JSON; what several are told alike is written once."""
    known: dict[tuple[int, Any], str] = {}
    for one in news:
        key = (id(one.data), one.project)
        if key not in known:
            known[key] = json.dumps(audit.plain(_said(one)))
    return [known[id(one.data), one.project] for one in news]


def _said(news: News) -> Mapping[str, Any]:
    pk, name = news.project
    return {"project": name, **news.data} if pk is not None else news.data


def withdraw(*, project: Any, since: dt.datetime, offices: Collection[int], kind: str, what: str) -> None:
    """Take away what people of `offices` were told of a project since a moment and have not read; mail not yet sent.

    Who has read it or was written to is told of it by a notice of `kind`.
    """
    people = Membership.objects.filter(office_id__in=offices, is_active=True).values("user")
    sent = Message.objects.filter(user__in=people, project=project, created_at__gte=since).exclude(kind__in=REMAIN)
    Outbox.objects.filter(message__in=sent.values("pk"), sent_at=None).delete()
    mailed = Outbox.objects.filter(message=OuterRef("pk"))
    sent.filter(~Exists(mailed), read_at=None).delete()
    knowing = [one.user for one in sent.select_related("user")]
    moment = timezone.now()
    tell(
        users=knowing,
        kind=kind,
        key=f"{kind}:{project.pk}:{moment:%Y%m%d%H%M%S%f}",
        project=project,
        data={"what": what},
        path=stages.page("project", project.county.code, pk=project.pk),
    )


REMAIN = ("pressed", "reminder", "overdue", "deadline_moved", "opinion_reminder")  # they tell of no decision


@dataclass
class Told:
    """Whom a request told: people, and of the offices that work was put before those in which nobody can act."""

    people: set[int] = field(default_factory=set)
    nobody: dict[int, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return len(self.people)


_TOLD: ContextVar[Told | None] = ContextVar("told", default=None)


@contextmanager
def counting() -> Iterator[Told]:
    """Count whom `tell` reaches inside."""
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
    asked = [office.pk for office in offices]
    about = (project.pk, project.name)
    news = News(offices=asked, permission=permission, kind=kind, key=key, project=about, **said)
    reached = tell_all([news])
    for office in offices:
        if office.pk not in reached.offices:
            nobody_acts(office, key=key, what=said["data"]["what"], project=project.number)


def nobody_acts(office: Office, *, key: str, what: str, project: str = "") -> None:
    """Tell the county's administrators that nobody can act on what an office has; the sender reads it on the page."""
    counted = told()
    counted.nobody[office.pk] = office.name
    before = set(counted.people)
    rows = Membership.objects.filter(role=Role.COUNTY_ADMIN, is_active=True, user__is_active=True)
    county = current_county()
    assert county is not None
    tell(
        users=[row.user for row in rows.select_related("user")],
        kind="nobody_acts",
        key=f"nobody:{office.pk}:{key}",
        data={"project": project, "office": office.name, "what": what},
        path=reverse("workflow:offices", kwargs={"county": county.code}),
    )
    counted.people &= before  # of those the work is for, nobody


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
