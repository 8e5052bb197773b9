"""A clock as the ledger shows it: what it is about, whom it falls on, its days, its stops, what is used and left."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from workflow.clocks import clock, due, reckoning
from workflow.desk import words
from workflow.models import ClockKind, Deadline, DeadlineState


def label_of(row: Deadline) -> str:
    """What a deadline is about."""
    return row.step.name if row.step is not None and row.key == row.step.key else words.word(row.key)


def ledger_row(row: Deadline) -> dict[str, Any]:
    """A deadline as `<c-ledger>` shows it."""
    ended = clock.day_of(row.ended_at) if row.ended_at else None
    paused = row.state == DeadlineState.PAUSED
    changes = list(row.changes.all())
    opens = None if row.opens_amount is None else (row.opens_amount, row.opens_unit)
    limit = words.limit(row.amount, row.unit, row.kind, opens)
    if row.after:
        limit = _("%(limit)s after %(event)s") % {"limit": limit, "event": words.event(row.after)}
    return {
        "label": label_of(row),
        "party": row.office.name_on(row.ended_at) if row.office else words.word(row.party),
        "limit": limit,
        "started": row.started_on,
        "due": None if paused else row.due_on,
        "former_due": changes[-1].old_due_on if changes else None,
        "used": used_days(row),
        "left": None if ended else due.days_left(row),
        "said": due.days_in_words(row),
        "silence": "" if ended else due.silence_in_words(row),
        "unit": due.unit_of(row),
        "ended": ended,
        "late": ended is not None and ended > row.due_on and row.kind != ClockKind.NOT_BEFORE,
        "provisional": row.provisional,
        "paused": paused,
        "articles": row.articles,
        "pauses": [
            {
                "start": one.from_day,
                "end": one.until_day,
                "reason": one.reason,
                "articles": one.articles,
                "undone": one.undone_reason if one.undone_at else "",
                "beyond": one.beyond,
            }
            for one in row.pauses.all()
        ],
    }


def used_days(row: Deadline) -> int | None:
    """How many days of a counted clock are used, up to its end or today; None of one that is not counted in days."""
    if row.unit not in ("working_day", "day"):
        return None
    last: dt.date = clock.day_of(row.ended_at) if row.ended_at is not None else clock.today()
    return max((day.number for day in reckoning.ledger(row) if day.number and day.day <= last), default=0)
