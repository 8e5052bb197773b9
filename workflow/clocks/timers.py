"""The sweep: what is due is acted on once, whatever happens to worker and broker in between.

The database is the truth. A row is claimed by locking it (SKIP LOCKED) while `fired_at` or `reminded_at` is still
empty; the mark, the notices and whatever a handler does are one transaction. A killed worker rolls back, the next
sweep finds the row again; two sweeps at once never see the same row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from django.db import connection, transaction
from django.utils import timezone

from accounts.actors import SYSTEM
from jurisdictions.models import County
from jurisdictions.scope import TIMER_ROLE, enter
from workflow import stages
from workflow.clocks import clock
from workflow.clocks.reckoning import reminder_before
from workflow.machines.runner import perform
from workflow.models import ClockKind, Deadline, Deadlines, DeadlineState, StepState
from workflow.notices import notify
from workflow.trail import audit

BATCH = 50
# Shorter than PostgreSQL's own wait for a deadlock: where sweep and person meet, the sweep gives way and comes back.
GIVE_WAY = "400ms"
# Silence that counts as a decision; what it comes to, the timers of these keys carry out.
DEEMED_PASSED, DEEMED_REFUSED = "deemed_passed", "deemed_refused"
log = structlog.get_logger(__name__)


@dataclass
class Swept:
    """What one sweep did, in rows."""

    reminded: int = 0
    fired: int = 0
    failed: int = 0


@contextmanager
def as_timer() -> Iterator[None]:
    """Take the role that sees where something is due in any county, and nothing of what it is."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('role', %s, true)", [TIMER_ROLE])
        yield
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('role', 'none', true)")


def counties_due(now: dt.datetime) -> list[int]:
    """The counties in which a deadline is to be reminded of or has passed."""
    with as_timer(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT county_id FROM workflow_deadline"
            " WHERE state = 'running' AND fired_at IS NULL AND due_at <= %s"
            " UNION SELECT county_id FROM workflow_deadline"
            " WHERE state = 'running' AND reminded_at IS NULL AND remind_on <= %s AND due_at > %s"
            " ORDER BY 1",
            [now, clock.day_of(now), now],
        )
        return [row[0] for row in cursor.fetchall()]


def sweep(*, now: dt.datetime | None = None) -> Swept:
    """Act on everything that is due in every county. Safe to run at any time, also beside itself."""
    moment = now or timezone.now()
    swept = Swept()
    counties = County.objects.in_bulk(counties_due(moment))
    for county in counties.values():
        swept.fired += _work_off(county, Deadlines.due, fire, moment, swept)
        swept.reminded += _work_off(county, Deadlines.to_remind, remind, moment, swept)
    return swept


def _work_off(
    county: County,
    wanted: Callable[[Deadlines, dt.datetime], Deadlines],
    act: Callable[[Deadline, dt.datetime], bool],
    now: dt.datetime,
    swept: Swept,
) -> int:
    """Claim rows in batches until none is left. A row that fails is left for the next sweep, the others go on."""
    done, failed = 0, set[int]()
    while True:
        claimed = 0
        with enter(county):
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [GIVE_WAY])
            rows = list(
                wanted(Deadline.objects.all(), now)
                .select_for_update(of=("self",), skip_locked=True)
                .select_related("project", "office", "step", "work_item__claimed_by")
                .exclude(pk__in=failed)
                .order_by("due_at", "pk")[:BATCH]
            )
            for row in rows:
                claimed += 1
                try:
                    with transaction.atomic(), audit.gathered():
                        done += act(row, now)
                except Exception:
                    log.exception("deadline_failed", deadline=row.pk, key=row.key, county=county.code)
                    failed.add(row.pk)
                    swept.failed += 1
                    break  # commits what was done and lets go of the locks
        if not claimed:
            return done


def fire(row: Deadline, now: dt.datetime) -> bool:
    """Act on a deadline that has passed: mark it, tell its office and the one who waits, run handlers. Once.

    A shortest duration that is over holds nothing up any more: its office is told.
    """
    if not _marked(row, "fired_at", now):
        return False
    if row.kind == ClockKind.NOT_BEFORE:
        _tell_office(row, "opening")
        return True
    audit.entry(
        actor=SYSTEM,
        action="deadline.overdue",
        record=row,
        project=row.project,
        label=row.key,
        new={"key": row.key, "party": row.party, "due_on": row.due_on},
        articles=row.articles,
    )
    timers = [*stages.timers(row.key), *(stages.timers(row.on_overdue) if is_tacit(row) else ())]
    handlers = [one.on_passing for one in timers if one.on_passing is not None]
    lapses = row.on_overdue in ("expire", "lapse") or is_tacit(row)
    if handlers or lapses:
        # Before the handlers: what they end with the project is not this one, which ended by itself.
        name = "lapse" if lapses else "meet"
        perform(row, name, actor=SYSTEM, fields={"ended_at": now}, articles=row.articles)
    for handler in handlers:
        handler(row)
    if not handlers:
        _tell_office(row, "overdue")
    return True


def is_tacit(row: Deadline) -> bool:
    """Whether silence decides when this deadline passes: its step is open, and it falls on the one who decides.

    What an office asked for its opinion does not say is never assumed.
    """
    return (
        row.on_overdue in (DEEMED_PASSED, DEEMED_REFUSED)
        and row.step is not None
        and row.step.state == StepState.OPEN
        and row.party in ("authority", row.step.authority)
    )


def remind(row: Deadline, now: dt.datetime) -> bool:
    """Remind of a deadline that is coming, or tell that a window opens. Once each."""
    if not _marked(row, "reminded_at", now):
        return False
    if row.kind == ClockKind.WINDOW and row.remind_on == row.opens_on:
        _tell_office(row, "opening")
        coming = reminder_before(row)
        if coming is not None and row.opens_on is not None and coming > row.opens_on:
            Deadline.objects.filter(pk=row.pk).update(remind_on=coming, reminded_at=None)
        return True
    handlers = [one.on_reminder for one in stages.timers(row.key) if one.on_reminder is not None]
    for handler in handlers:
        handler(row)
    if not handlers:
        _tell_office(row, "reminder")
    return True


def _marked(row: Deadline, mark: str, now: dt.datetime) -> bool:
    """Set the mark if the deadline still runs and has none: a handler of an earlier row may have ended it meanwhile."""
    still = Deadline.objects.filter(pk=row.pk, state=DeadlineState.RUNNING, **{mark: None})
    if not still.update(**{mark: now}):
        return False
    setattr(row, mark, now)
    return True


def _tell_office(row: Deadline, kind: str) -> None:
    """Tell the office a deadline falls on (or who claimed it); of what is overdue also the owner unit that waits."""
    project, county = row.project, row.county
    said = {
        "what": row.key,
        "party": row.office.name if row.office else row.party,
        "due_on": row.due_on,
        "opens_on": row.opens_on,
        "provisional": row.provisional,
        "articles": row.articles,
    }
    key = f"{kind}:{row.pk}:{row.due_on.isoformat()}"
    code = county.code
    page = stages.page("project", code, pk=project.pk) if project is not None else f"/{code}/queue/"
    own_page = stages.page("step", code, pk=row.step_id) if row.step_id and row.party != "owner" else page
    claimer = row.work_item.claimed_by if row.work_item is not None and kind != "overdue" else None
    if claimer is not None:
        notify.tell(users=[claimer], kind=kind, key=key, data=said, project=project, path=own_page)
    elif row.office is not None:
        notify.tell(office=row.office, kind=kind, key=key, data=said, project=project, path=own_page)
    if kind == "overdue" and project is not None and row.party != "owner":
        notify.tell(office=project.owner_unit, kind=kind, key=key, data=said, project=project, path=page)
