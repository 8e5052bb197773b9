"""E-mail: outbox rows sent by the worker after commit, tried again with growing pauses; the daily digest."""

from __future__ import annotations

import datetime as dt
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import connection
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import NoticeChoice, User
from jurisdictions.models import County
from jurisdictions.scope import enter
from workflow.clocks import clock
from workflow.clocks.timers import as_timer
from workflow.models import Message, Outbox
from workflow.notices import notify

ATTEMPTS = 8
FIRST_PAUSE = dt.timedelta(minutes=1)  # doubled with each attempt: the eighth comes some two hours after the first
DIGEST_HOUR = 8
DIGEST_LINES = 100
log = structlog.get_logger(__name__)


def counties_to_send(now: dt.datetime) -> list[int]:
    """The counties in which an e-mail waits to be sent."""
    with as_timer(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT county_id FROM workflow_outbox"
            " WHERE sent_at IS NULL AND given_up_at IS NULL AND send_after <= %s ORDER BY 1",
            [now],
        )
        return [row[0] for row in cursor.fetchall()]


def deliver(*, now: dt.datetime | None = None) -> int:
    """Send what waits. Each e-mail is claimed, sent and marked in a transaction of its own. Returns how many were sent.

    A worker killed between the mail server's answer and the mark sends that one again: the same Message-ID lets
    the receiving server tell. An address that fails is tried again later and given up after `ATTEMPTS`.
    """
    moment = now or timezone.now()
    sent = 0
    mailer = get_connection()
    for county in County.objects.in_bulk(counties_to_send(moment)).values():
        while (done := _send_one(county, moment, mailer)) is not None:
            sent += done
    mailer.close()
    return sent


def _send_one(county: County, now: dt.datetime, mailer: Any) -> int | None:
    with enter(county):
        row = (
            Outbox.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("user", "message")
            .filter(sent_at=None, given_up_at=None, send_after__lte=now)
            .order_by("send_after", "pk")
            .first()
        )
        if row is None:
            return None
        row.attempts += 1
        try:
            message(row, county, mailer).send()
        except Exception as error:  # whatever a mail server answers: noted, and tried again
            log.warning("mail_failed", outbox=row.pk, attempt=row.attempts, error=str(error))
            row.last_error = f"{type(error).__name__}: {error}"[:500]
            if row.attempts >= ATTEMPTS:
                row.given_up_at = now
            else:
                row.send_after = now + FIRST_PAUSE * 2 ** (row.attempts - 1)
        else:
            row.sent_at, row.last_error = now, ""
        row.save(update_fields=["attempts", "last_error", "given_up_at", "send_after", "sent_at"])
        return int(row.sent_at is not None)


def message(row: Outbox, county: County, mailer: Any = None) -> EmailMessage:
    """The e-mail of an outbox row, in its reader's language."""
    with translation.override(language_of(row.user)):
        subject, body = row.subject, row.body
        if row.message is not None and not body:
            said = notify.sentence(row.message)
            subject = _("[Xunzhang] %(county)s: %(said)s") % {"county": county.name, "said": said[:80]}
            body = "\n\n".join(part for part in (said, link(row.message.path), _signature()) if part)
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2] or "localhost"
    return EmailMessage(
        subject=" ".join(subject.split()),
        body=body,
        to=[row.user.email],
        headers={"Message-ID": f"<outbox-{row.county_id}-{row.pk}@{host}>"},
        connection=mailer,
    )


def language_of(user: User) -> str:
    """The language a person reads."""
    return user.language or settings.LANGUAGE_CODE


def link(path: str) -> str:
    """The address of a page as it stands in an e-mail; nothing while the house does not know its own address."""
    site = settings.SITE_URL.rstrip("/")
    return f"{site}{path}" if path and site else ""


def _signature() -> str:
    return _("You chose in your settings to be told at once, once a day, or not by e-mail.")


def make_digests(*, county: County, today: dt.date | None = None) -> int:
    """Write the day's digest of each person who chose one: what they were told since the last, once a day."""
    day = today or clock.today()
    until = clock.end_of(day - clock.ONE)
    made = 0
    with enter(county):
        told = Message.objects.filter(
            user__notice_choice=NoticeChoice.DIGEST, user__is_active=True, created_at__lt=until, read_at=None
        ).exclude(user__email="")
        users = list(User.objects.filter(pk__in=told.values("user_id")))
        for user in users:
            last = Outbox.objects.filter(user=user, kind="digest").order_by("-pk").values_list("key", flat=True).first()
            since = clock.end_of(dt.date.fromisoformat(last.rpartition(":")[2]) - clock.ONE) if last else None
            news = told.filter(user=user)
            if since is not None:
                news = news.filter(created_at__gte=since)
            lines = list(news.order_by("pk")[: DIGEST_LINES + 1])
            if lines:
                made += _write_digest(county, user, day, lines)
    return made


def _write_digest(county: County, user: User, day: dt.date, lines: list[Message]) -> int:
    with translation.override(language_of(user)):
        said = [
            "\n  ".join(filter(None, [f"· {notify.sentence(one)}", link(one.path)])) for one in lines[:DIGEST_LINES]
        ]
        more = _("More stands in the program.") if len(lines) > DIGEST_LINES else ""
        count = len(lines[:DIGEST_LINES])
        subject = ngettext(
            "[Xunzhang] %(county)s: %(count)s notice", "[Xunzhang] %(county)s: %(count)s notices", count
        ) % {"county": county.name, "count": count}
        body = "\n\n".join(part for part in ("\n".join(said), more, _signature()) if part)
    row = Outbox(
        county=county,
        user=user,
        kind="digest",
        key=f"digest:{county.pk}:{day.isoformat()}",
        subject=subject,
        body=body,
        send_after=clock.end_of(day - clock.ONE) + dt.timedelta(hours=DIGEST_HOUR),
    )
    if Outbox.objects.filter(user=user, key=row.key).exists():
        return 0
    return len(Outbox.objects.bulk_create([row], ignore_conflicts=True))
