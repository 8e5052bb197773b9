"""Reckoning deadlines: the due day by the county's calendar, day by day, and anew when days were entered."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet, prefetch_related_objects

from accounts.actors import SYSTEM, Actor
from jurisdictions import calendars
from jurisdictions.calendars import periods
from jurisdictions.scope import current_county
from workflow import stages
from workflow.clocks import clock
from workflow.models import ClockKind, Deadline, DeadlineChange, DeadlinePause, DeadlineState
from workflow.notices import notify
from workflow.trail import audit

REMIND_BEFORE = 2  # working days before the due day, where the rule says nothing else
UNENDED = (DeadlineState.RUNNING, DeadlineState.PAUSED)
TOGETHER = 500  # deadlines moved at once
# What a due day is reckoned from; what a new day changes, and how it is written.
RECKONED = (
    "started_on",
    "amount",
    "unit",
    "kind",
    "opens_amount",
    "opens_unit",
    "opens_on",
    "due_on",
    "provisional",
    "pauses_allowed",
    "extra_days",
)
MOVED = ("opens_on", "due_on", "due_at", "provisional", "remind_on", "reminded_at", "fired_at")
NEW_DAYS = """
    UPDATE workflow_deadline AS row
       SET opens_on = new.opens_on, due_on = new.due_on, due_at = new.due_at,
           provisional = new.provisional, remind_on = new.remind_on,
           reminded_at = new.reminded_at, fired_at = new.fired_at
      FROM unnest(%s::bigint[], %s::date[], %s::date[], %s::timestamptz[], %s::boolean[], %s::date[],
                  %s::timestamptz[], %s::timestamptz[])
           AS new (id, opens_on, due_on, due_at, provisional, remind_on, reminded_at, fired_at)
     WHERE row.id = new.id
"""


class Days(NamedTuple):
    """The days of a clock: its last, from when one may act (where the clock says), and whether either may move."""

    due_on: dt.date
    provisional: bool
    opens_on: dt.date | None = None


def days_as_stored(row: Deadline) -> Days:
    """The days of a clock as its row has them."""
    return Days(row.due_on, row.provisional, row.opens_on)


def reckon(row: Deadline, *, pauses: Iterable[DeadlinePause] | None = None) -> Days:
    """The days of a clock by the calendar as it is now.

    A shortest duration is full on its corresponding day, working day or not, and one may act from that day on; a
    window opens so as well.
    """
    if row.amount is None:
        return Days(row.due_on, False)
    stops = stopped_days(row, pauses)

    def end(amount: int, unit: str, *, exact: bool, extra: int = 0) -> calendars.Due:
        return calendars.due_day(
            row.started_on,
            amount,
            unit_of(unit),
            calendar=clock.working_calendar(),
            pauses=stops,
            exact=exact,
            extra=extra,
        )

    is_exact = row.kind in (ClockKind.EXACTLY, ClockKind.NOT_BEFORE)
    due = end(row.amount, row.unit, exact=is_exact, extra=row.extra_days)
    if row.kind == ClockKind.NOT_BEFORE:
        return Days(due.day, due.provisional, due.day)
    if row.kind == ClockKind.WINDOW and row.opens_amount is not None:
        opening = end(row.opens_amount, row.opens_unit, exact=True)
        return Days(due.day, due.provisional or opening.provisional, opening.day)
    return Days(due.day, due.provisional)


def unit_of(unit: str) -> periods.Unit:
    """The unit of a stored deadline. Raises `ValueError` for one that the calendar does not count."""
    if unit not in periods.UNITS:
        raise ValueError(f"unknown unit {unit!r}")
    return unit


def ledger(deadline: Deadline) -> list[calendars.LedgerDay]:
    """The deadline day by day: counted or not, why, and the number of each counted day. Empty for a fixed day."""
    if deadline.amount is None:
        return []
    return calendars.explain(
        deadline.started_on,
        deadline.amount,
        unit_of(deadline.unit),
        calendar=clock.working_calendar(),
        pauses=stopped_days(deadline),
        exact=deadline.kind in (ClockKind.EXACTLY, ClockKind.NOT_BEFORE),
        extra=deadline.extra_days,
    )


def stopped_days(deadline: Deadline, pauses: Iterable[DeadlinePause] | None = None) -> list[calendars.Pause]:
    """The stretches that do not count, first and last day included; a limit in the rule ends a pause by itself.

    What was taken back as mistaken counts as any other day.
    """
    rows = deadline.pauses.all() if pauses is None else pauses
    spans = []
    for row in rows:
        if row.until_day is None or row.undone_at is not None:
            continue
        limit = pause_limit(deadline, row)
        spans.append(calendars.Pause(row.from_day, min(row.until_day, limit) if limit else row.until_day))
    return spans


def pause_limit(deadline: Deadline, pause: DeadlinePause) -> dt.date | None:
    """The last day a stop may last by the rule (DA-24(3): a revision 20 working days).

    None without a limit, and where the rule asks it in principle and a reason was given for going beyond.
    """
    if pause.beyond:
        return None
    limits = [one.get("limit") for one in deadline.pauses_allowed if one.get("key") == pause.key]
    if not limits or not limits[0]:
        return None
    before = pause.from_day - clock.ONE
    return calendars.due_day(
        before, int(limits[0]["amount"]), unit_of(limits[0]["unit"]), calendar=clock.working_calendar()
    ).day


def set_days(row: Deadline, days: Days, *, remind_on: dt.date | None = None) -> None:
    """Set the days of a clock and its reminder: `remind_on`, the opening of a window, or working days before the end.

    Without a day left between start and end there is no reminder. The row is not saved.
    """
    row.due_on, row.provisional, row.opens_on = days
    if row.kind == ClockKind.NOT_BEFORE:
        # Its day is told as it begins: what opens then is no longer held up.
        row.due_at, row.remind_on = clock.start_of(days.due_on), None
        return
    row.due_at = clock.end_of(days.due_on)
    if days.opens_on is not None and days.opens_on > clock.today():
        row.remind_on = days.opens_on
    else:
        row.remind_on = reminder_before(row, remind_on)


def reminder_before(row: Deadline, wanted: dt.date | None = None) -> dt.date | None:
    """The day to remind of a last day that is coming; where the rule names several, the next of them."""
    if row.warn_days:
        days = warnings_of(row.due_on, row.warn_days)
        return next((day for day in days if day >= clock.today()), days[-1])
    day = wanted or clock.working_day_before(row.due_on, REMIND_BEFORE)
    return day if row.started_on < day <= row.due_on else None


def warnings_of(due_on: dt.date, before: Iterable[int]) -> list[dt.date]:
    """The days on which a coming last day is told, in order: so many days before it."""
    return [due_on - dt.timedelta(days=count) for count in sorted(before, reverse=True)]


def rearmed(row: Deadline) -> dict[str, Any]:
    """A due day that moved into the future is reminded of and fires anew: each day once."""
    today = clock.today()
    fields: dict[str, Any] = {}
    if row.reminded_at is not None and row.remind_on is not None and row.remind_on > today:
        fields["reminded_at"] = None
    if row.fired_at is not None and row.due_on >= today:
        fields["fired_at"] = None
    return fields


def days_anew(row: Deadline) -> dict[str, Any]:
    """Compute the days of a clock anew; gives them as the columns that a transition writes."""
    set_days(row, reckon(row))
    return {
        "opens_on": row.opens_on,
        "due_on": row.due_on,
        "due_at": row.due_at,
        "provisional": row.provisional,
        "remind_on": row.remind_on,
        **rearmed(row),
    }


def recompute(*, county_id: int, reason: str, actor: Actor = SYSTEM) -> int:
    """Compute all counted deadlines that still run by the calendar as it is now; the old days are kept.

    Returns how many moved. In one transaction; the worker moves them in several (`workflow.tasks`).
    """
    return sum(move(batch, county_id=county_id, reason=reason, actor=actor) for batch in moving())


def moving() -> list[list[int]]:
    """The counted deadlines that run and whose day would be another by the calendar as it is now, in batches.

    Nothing is locked: a large county has tens of thousands, and its offices go on working meanwhile.
    """
    clock.forget()
    stops: dict[int, list[DeadlinePause]] = defaultdict(list)
    for pause in DeadlinePause.objects.standing().filter(deadline__state__in=UNENDED):
        stops[pause.deadline_id].append(pause)
    found = [
        row.pk
        for row in _counted().order_by("pk").only(*RECKONED)
        if reckon(row, pauses=stops.get(row.pk, ())) != days_as_stored(row)
    ]
    return [found[first : first + TOGETHER] for first in range(0, len(found), TOGETHER)]


def _counted() -> QuerySet[Deadline]:
    return Deadline.objects.unended().filter(amount__isnull=False)


def lock_projects(rows: QuerySet[Deadline]) -> None:
    """Lock the projects of deadlines, in order, until the transaction ends: whoever acts on one waits there."""
    projects: Any = Deadline._meta.get_field("project").related_model
    held = projects.objects.select_for_update(no_key=True)
    list(held.filter(pk__in=rows.values("project")).order_by("pk").values("pk"))


def move(keys: Iterable[int], *, county_id: int, reason: str, actor: Actor = SYSTEM) -> int:
    """Lock deadlines and write their new days, each with its change and its entry. Returns how many moved.

    Their projects are locked first, as people do who act on one, and entries are written last: nobody waits in a ring.
    """
    wanted = _counted().filter(pk__in=list(keys))
    lock_projects(wanted)
    rows = list(wanted.order_by("pk").select_for_update(of=("self",)))
    prefetch_related_objects(rows, "project", "pauses")
    moved, changes = [], []
    for row in rows:
        old, new = days_as_stored(row), reckon(row)
        if new == old:
            continue
        set_days(row, new)
        for name, value in rearmed(row).items():
            setattr(row, name, value)
        moved.append(row)
        changes.append(
            DeadlineChange(
                county_id=county_id,
                deadline=row,
                old_due_on=old.due_on,
                old_provisional=old.provisional,
                old_opens_on=old.opens_on,
                new_due_on=new.due_on,
                new_provisional=new.provisional,
                new_opens_on=new.opens_on,
                reason=reason[:200],
            )
        )
    if not moved:
        return 0
    columns = [[getattr(row, name) for row in moved] for name in ("pk", *MOVED)]
    with connection.cursor() as cursor:
        cursor.execute(NEW_DAYS, columns)
    DeadlineChange.objects.bulk_create(changes)
    tell_moved(changes)
    with audit.gathered():
        for change in changes:
            audit.entry(
                actor=actor,
                action="deadline.recompute",
                record=change.deadline,
                project=change.deadline.project,
                label=change.deadline.key,
                old={"due_on": change.old_due_on, "provisional": change.old_provisional},
                new={"due_on": change.new_due_on, "provisional": change.new_provisional, "reason": reason},
                articles=change.deadline.articles,
            )
    return len(moved)


def tell_moved(changes: Iterable[DeadlineChange]) -> None:
    """Tell the office a clock falls on, and the unit that waits for it, from when to when its day moved and why."""
    county = current_county()
    assert county is not None
    news = []
    for change in changes:
        row = change.deadline
        if row.project is None or change.new_due_on == change.old_due_on:
            continue
        offices = {row.office_id, row.project.owner_unit_id} - {None}
        news.append(
            notify.News(
                kind="deadline_moved",
                key=f"moved:{change.pk}",
                offices=[pk for pk in offices if pk is not None],
                data={
                    "what": row.key,
                    "old_due_on": change.old_due_on,
                    "due_on": change.new_due_on,
                    "reason": change.reason,
                    "articles": row.articles,
                },
                project=(row.project_id, row.project.name),
                path=stages.page("deadlines", county.code, pk=row.project_id),
            )
        )
    notify.tell_all(news)
