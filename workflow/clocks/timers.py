"""The sweep: what is due is acted on once, whatever happens to worker and broker in between.

The database is the truth. Rows are claimed by locking them (SKIP LOCKED) while `fired_at` or `reminded_at` is still
empty; the mark, the notices and whatever a handler does are one transaction. A killed worker rolls back, the next
sweep finds the rows again; two sweeps at once never see the same row. What is only marked and told goes in sets, a few
statements for hundreds of rows; what sets off a handler or ends goes row by row. Both in the order of their days.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

import structlog
from django.db import connection, transaction
from django.utils import timezone

from accounts.actors import SYSTEM
from jurisdictions.models import County
from jurisdictions.scope import TIMER_ROLE, current_county, enter
from workflow import stages
from workflow.clocks import clock
from workflow.clocks.reckoning import reminder_before, warnings_of
from workflow.machines.runner import perform
from workflow.models import ClockKind, Deadline, Deadlines, StepState
from workflow.notices import notify
from workflow.trail import audit

BATCH = 250  # an entry walks past those written before it in its transaction to the end of the chain
# What there is to tell of a deadline; what acts on one is given the whole row.
TOLD = (
    *("pk", "key", "party", "kind", "articles", "opens_on", "due_on", "remind_on", "provisional", "on_overdue"),
    "warn_days",
    *("project_id", "project__name", "project__owner_unit_id", "office_id", "office__name", "step_id"),
    "work_item__claimed_by_id",
)
# Shorter than PostgreSQL's own wait for a deadlock: where sweep and person meet, the sweep gives way and comes back.
GIVE_WAY = "400ms"
# Silence that counts as a decision; what it comes to, the timers of these keys carry out.
DEEMED_PASSED, DEEMED_REFUSED = "deemed_passed", "deemed_refused"
LAPSE = "lapse"  # what was granted for a time is lost with it; the timers of this key carry it out
ENDING = ("expire", LAPSE, DEEMED_PASSED, DEEMED_REFUSED)
log = structlog.get_logger(__name__)


@dataclass
class Swept:
    """What one sweep did, in rows, and which rows failed and are left for the next one."""

    reminded: int = 0
    fired: int = 0
    left: set[int] = field(default_factory=set)

    @property
    def failed(self) -> int:
        """How many rows failed."""
        return len(self.left)


@dataclass(frozen=True)
class Act:
    """What a sweep does with deadlines: which, what it is called, and how: with a set of them, or with one alone."""

    wanted: Callable[[Deadlines, dt.datetime], Deadlines]
    name: str  # `fired`, marked in `fired_at`
    is_plain: Callable[[Any], bool]
    together: Callable[[list[Any]], None]
    alone: Callable[[Any, dt.datetime], None]


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
    for county in County.objects.in_bulk(counties_due(moment)).values():
        for act in (FIRING, REMINDING):
            while not _work_off(county, act, moment, swept):
                pass
    return swept


def _work_off(county: County, act: Act, now: dt.datetime, swept: Swept) -> bool:
    """Claim a batch of rows and act on them; whether none is left.

    A row that fails ends the batch: what was done is committed, and the locks are let go of.
    """
    with enter(county):
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [GIVE_WAY])
        due = act.wanted(Deadline.objects.all(), now).exclude(pk__in=swept.left).order_by("due_at", "pk")
        claimed = list(due.select_for_update(skip_locked=True).values_list("pk", flat=True)[:BATCH])
        rows = Deadline.objects.filter(pk__in=claimed).order_by("due_at", "pk").values_list(*TOLD, named=True)
        for is_plain, run in groupby(rows, act.is_plain):
            for some in [list(run)] if is_plain else [[row] for row in run]:
                if not _act_on(some, act, now, swept):
                    return False
    return len(claimed) < BATCH


def _act_on(rows: list[Any], act: Act, now: dt.datetime, swept: Swept) -> bool:
    """Act on all of some rows or on none; whether that went well. A set that fails is halved until one row is left."""
    try:
        with audit.act():
            marked = _marked(rows, f"{act.name}_at", now)
            if act.is_plain(rows[0]):
                act.together(marked)
            elif marked:
                act.alone(rows[0], now)
    except Exception:
        if half := len(rows) // 2:
            return _act_on(rows[:half], act, now, swept) and _act_on(rows[half:], act, now, swept)
        log.exception("deadline_failed", deadline=rows[0].pk, key=rows[0].key)
        swept.left.add(rows[0].pk)
        return False
    setattr(swept, act.name, getattr(swept, act.name) + len(marked))
    return True


def _marked(rows: list[Any], mark: str, now: dt.datetime) -> list[Any]:
    """Set the mark on those that still run and have none: a handler of an earlier row may have ended them meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE workflow_deadline SET {mark} = %s"  # noqa: S608 the column of one of the two acts below
            f" WHERE id = ANY(%s) AND state = 'running' AND {mark} IS NULL RETURNING id",
            [now, [row.pk for row in rows]],
        )
        done = {pk for (pk,) in cursor.fetchall()}
    return [row for row in rows if row.pk in done]


def _whole(told: Any) -> Deadline:
    return Deadline.objects.select_related("project", "office", "step").get(pk=told.pk)


# --- what has passed ------------------------------------------------------------------------------------------


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


def _only_passes(told: Any) -> bool:
    """Whether a deadline that has passed goes on as overdue, or is a shortest duration that holds nothing up now."""
    return told.kind == ClockKind.NOT_BEFORE or not (told.on_overdue in ENDING or _handlers(told.key, "on_passing"))


def _handlers(key: str, name: str) -> list[Callable[[Deadline], None]]:
    return [handler for one in stages.timers(key) if (handler := getattr(one, name)) is not None]


def _tell_passed(some: list[Any]) -> None:
    """Note that days have passed, and tell the offices, and the units that wait for them."""
    late = [told for told in some if told.kind != ClockKind.NOT_BEFORE]
    _tell([told for told in some if told.kind == ClockKind.NOT_BEFORE], "opening")
    _tell(late, "overdue")
    for told in late:
        _note_passed(told)


def _note_passed(told: Any) -> None:
    audit.entry(
        actor=SYSTEM,
        action="deadline.overdue",
        record=(Deadline, told.pk),
        project=told.project_id,
        label=told.key,
        new={"key": told.key, "party": told.party, "due_on": told.due_on},
        articles=told.articles,
    )


def _fire(told: Any, now: dt.datetime) -> None:
    """Carry out what a passed deadline sets off."""
    row = _whole(told)
    tacit = is_tacit(row)
    follows = tacit or row.on_overdue == LAPSE
    handlers = [*_handlers(row.key, "on_passing"), *(_handlers(row.on_overdue, "on_passing") if follows else ())]
    lapses = row.on_overdue in ("expire", LAPSE) or tacit
    if not (handlers or lapses):
        _tell_passed([told])
        return
    _note_passed(told)
    # Before the handlers: what they end with the project is not this one, which ended by itself.
    name = "lapse" if lapses else "meet"
    perform(row, name, actor=SYSTEM, fields={"ended_at": now}, articles=row.articles)
    for handler in handlers:
        handler(row)
    if not handlers:
        _tell([told], "overdue")


# --- what is coming -------------------------------------------------------------------------------------------


def _opens(told: Any) -> bool:
    return told.kind == ClockKind.WINDOW and told.remind_on == told.opens_on


def _only_comes(told: Any) -> bool:
    """Whether there is only to remind of a deadline, once."""
    return not (_opens(told) or told.warn_days or _handlers(told.key, "on_reminder"))


def _tell_coming(some: list[Any]) -> None:
    _tell(some, "reminder")


def _remind(told: Any, now: dt.datetime) -> None:
    """Tell that a window opens, to be reminded of its end later, or carry out what a coming day sets off.

    Where the rule names several days to warn on, the next is waited for.
    """
    row = _whole(told)
    if not _opens(told):
        handlers = _handlers(row.key, "on_reminder")
        for handler in handlers:
            handler(row)
        if not handlers:
            _tell([told], "lapse_warning" if row.on_overdue == LAPSE else "reminder")
        later = [day for day in warnings_of(row.due_on, row.warn_days) if day > clock.day_of(now)]
        if later:
            Deadline.objects.filter(pk=row.pk).update(remind_on=later[0], reminded_at=None)
        return
    _tell([told], "opening")
    coming = reminder_before(row)
    if coming is not None and row.opens_on is not None and coming > row.opens_on:
        Deadline.objects.filter(pk=row.pk).update(remind_on=coming, reminded_at=None)


def _tell(some: list[Any], kind: str) -> None:
    """Tell offices of deadlines that fall on them (or who claimed the work); of what is overdue also who waits."""
    news = []
    for told in some:
        one, page = _news(told, kind)
        if kind != "overdue" and told.work_item__claimed_by_id is not None:
            news.append(replace(one, users=[told.work_item__claimed_by_id]))
        elif told.office_id is not None:
            news.append(replace(one, offices=[told.office_id]))
        if kind == "overdue" and told.project_id is not None and told.party != "owner":
            news.append(replace(one, offices=[told.project__owner_unit_id], path=page))
    notify.tell_all(news)


def _news(told: Any, kind: str) -> tuple[notify.News, str]:
    """What is said of a deadline, and the page for those who do not act on it."""
    county, project = current_county(), told.project_id
    assert county is not None
    page = stages.page("project", county.code, pk=project) if project is not None else f"/{county.code}/queue/"
    is_own = told.step_id is not None and told.party != "owner"
    again = f":{told.remind_on}" if told.warn_days and kind != "overdue" else ""  # told before on another day
    said = {
        "what": told.key,
        "party": told.office__name or told.party,
        "due_on": told.due_on,
        "opens_on": told.opens_on,
        "provisional": told.provisional,
        "articles": told.articles,
    }
    news = notify.News(
        kind=kind,
        key=f"{kind}:{told.pk}:{told.due_on.isoformat()}{again}",
        data=said,
        project=(project, told.project__name),
        path=stages.page("step", county.code, pk=told.step_id) if is_own else page,
    )
    return news, page


FIRING = Act(Deadlines.due, "fired", _only_passes, _tell_passed, _fire)
REMINDING = Act(Deadlines.to_remind, "reminded", _only_comes, _tell_coming, _remind)
