"""Who delayed a project by how much, summed from its clocks: past their day, and stops laid to a party by the rule."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from jurisdictions.lookups import give, lookup
from workflow.clocks import clock
from workflow.clocks.reckoning import stopped_days
from workflow.models import ClockKind, Deadline, DeadlineChange, DeadlinePause, DeadlineState, Step

# Until the construction begins: what the texts call the preliminary work (前期工作).
PRELIMINARY = ("initiation", "approval")


@dataclass(frozen=True)
class Piece:
    """Delay out of one clock: working days past its day, or for which it stood still for the party's sake."""

    deadline: Deadline
    late: int = 0
    stopped: int = 0


@dataclass
class PartyDelay:
    """What one party delayed a project by, in working days."""

    party: str  # owner, or the authority
    office_id: int | None
    name: str
    pieces: list[Piece] = field(default_factory=list)

    @property
    def late(self) -> int:
        """Working days past the days of its clocks."""
        return sum(piece.late for piece in self.pieces)

    @property
    def stopped(self) -> int:
        """Working days for which clocks of others stood still for its sake."""
        return sum(piece.stopped for piece in self.pieces)

    @property
    def total(self) -> int:
        """Both together."""
        return self.late + self.stopped


def steps_of(project: Any) -> list[Step]:
    """All steps of a project with their offices (one query)."""
    return _steps(project.pk)


@lookup
def _steps(project: int) -> QuerySet[Step]:
    return Step.objects.filter(project=project).select_related("office")


def clocks_of(project: Any, steps: Iterable[Step], *, with_changes: bool = True) -> list[Deadline]:
    """All clocks of a project whose steps are `steps`, as they were set off, with stops and changes (a query each)."""
    by_key = {step.pk: step for step in steps}
    rows = _clocks(project.pk)
    if rows:
        give(rows, "pauses", _pauses(project.pk), by="deadline_id")
    if rows and with_changes:
        give(rows, "changes", _changes(project.pk), by="deadline_id")
    for row in rows:
        if row.step_id in by_key:
            row.step = by_key[row.step_id]
    return rows


@lookup
def _clocks(project: int) -> QuerySet[Deadline]:
    found = Deadline.objects.filter(project=project).select_related("office")
    return found.order_by("started_on", "due_on", "pk")


@lookup
def _pauses(project: int) -> QuerySet[DeadlinePause]:
    return DeadlinePause.objects.filter(deadline__project=project)


@lookup
def _changes(project: int) -> QuerySet[DeadlineChange]:
    return DeadlineChange.objects.filter(deadline__project=project)


def of_project(project: Any, rows: Iterable[Deadline], *, phases: Iterable[str] = ()) -> list[PartyDelay]:
    """Who delayed a project, the most first. `rows` are its clocks with their pauses; `phases` keeps those of some."""
    wanted, found = set(phases), dict[tuple[str, int | None], PartyDelay]()

    def party(key: str, office: Any) -> PartyDelay:
        pk = office.pk if office is not None else None
        return found.setdefault((key, pk), PartyDelay(key, pk, office.name if office is not None else key))

    for row in rows:
        step = row.step
        if step is None or not row.articles or row.state == DeadlineState.CANCELLED:
            continue
        if wanted and step.phase not in wanted:
            continue
        late = late_days(row)
        if late:
            is_owner = row.party == "owner"
            party("owner" if is_owner else "authority", row.office).pieces.append(Piece(row, late=late))
        for pause in row.pauses.all():
            if pause.undone_at is not None or not pause.due_to:
                continue
            office = project.owner_unit if pause.due_to == "owner" else step.office
            days = _stopped(row, pause)
            if days:
                party(pause.due_to, office).pieces.append(Piece(row, stopped=days))
    return sorted(found.values(), key=lambda one: -one.total)


def late_days(row: Deadline) -> int:
    """Working days from a clock's last day to the day on which it ended, or to today while it runs."""
    if row.kind == ClockKind.NOT_BEFORE or row.state == DeadlineState.PAUSED:
        return 0
    last = clock.day_of(row.ended_at) if row.ended_at is not None else clock.today()
    return max(clock.working_days(row.due_on, last), 0)


def _stopped(row: Deadline, pause: DeadlinePause) -> int:
    """Working days of one stop within its limit, up to today while it lasts."""
    until = pause.until_day or clock.today()
    shown = DeadlinePause(key=pause.key, from_day=pause.from_day, until_day=until, beyond=pause.beyond)
    return sum(clock.working_days(one.start - dt.timedelta(days=1), one.end) for one in stopped_days(row, [shown]))
