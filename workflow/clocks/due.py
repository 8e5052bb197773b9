"""Deadlines as pages show them: what runs, how much is left, by which article; and where work hangs."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from jurisdictions.lookups import lookup
from jurisdictions.rules.vocabulary import AUTHORITIES
from jurisdictions.templatetags.xunzhang import day as day_in_words
from workflow.clocks import clock
from workflow.clocks.timers import DEEMED_PASSED, is_tacit
from workflow.desk.words import word
from workflow.models import ClockKind, Deadline, DeadlineState, Duty, Step, WorkItem

# Steps that last for a time: a shortest duration is theirs, not of what comes after.
LASTING = frozenset({"trial_run", "implementation", "operation"})
PAUSED = DeadlineState.PAUSED
# What is asked of one office beside the step's own: only its own clock counts for it.
OF_ONE_OFFICE = (Duty.OPINION, Duty.CORRECT)

# In lists of open work (`item`), a row at a time: whom its step waits for beside its own office, and since when …
ASKED = """
    SELECT array_agg(other.name ORDER BY waits.opened_at, waits.id) AS who, min(waits.opened_at) AS since
      FROM workflow_workitem AS waits JOIN accounts_office AS other ON other.id = waits.office_id
     WHERE item.duty NOT IN ('opinion', 'correct') AND waits.step_id = item.step_id AND waits.closed_at IS NULL
       AND waits.duty IN ('opinion', 'correct')
"""
# … and its clock, as `nearest` chooses among those that count for it: those of its step, and of the project itself, as
# the end of its place in the reserve; of an opinion, a correction or what hangs on no step its own alone.
CLOCK = """
    SELECT row.key, row.party, row.office_id, timed.name AS office, row.unit, row.kind, row.opens_on, row.due_on,
           row.provisional, row.state, row.step_id, row.work_item_id
      FROM workflow_deadline AS row LEFT JOIN accounts_office AS timed ON timed.id = row.office_id
     WHERE row.project_id = item.project_id AND row.state IN ('running', 'paused')
       AND CASE WHEN item.duty IN ('opinion', 'correct') OR item.about <> '' THEN row.work_item_id = item.id
                ELSE row.step_id = item.step_id OR row.step_id IS NULL AND row.work_item_id IS NULL END
     ORDER BY row.state = 'paused' OR row.kind = 'not_before' OR coalesce(row.opens_on > %(today)s, false),
              row.state <> 'paused', row.due_on, row.id
     LIMIT 1
"""


class Named(NamedTuple):
    """A step or an office, as far as a clock tells of it."""

    name: str
    key: str = ""


class Clock(NamedTuple):
    """A clock as `CLOCK` reads it, with its step."""

    key: str
    party: str
    office_id: int | None
    office: Named | None
    unit: str
    kind: str
    opens_on: dt.date | None
    due_on: dt.date
    provisional: bool
    state: str
    step_id: int | None
    work_item_id: int | None
    step: Named | None
    articles: Sequence[str] = ()
    pauses_allowed: Sequence[Any] = ()
    pk: int = 0  # a list leads to no clock


@dataclass(frozen=True)
class Due:
    """One running or paused deadline.

    `left` is counted in `unit`, negative when overdue; None while paused, and where no last day is waited for. `said`
    are the days in words where they are no last day, `silence` what it counts as if nobody decides.
    """

    pk: int
    label: str
    party: str  # who must act, by name
    office_id: int | None
    due: dt.date
    left: int | None
    provisional: bool
    paused: bool
    articles: list[str] = field(hash=False)
    said: str = ""
    silence: str = ""
    unit: str = "working_day"
    step_id: int | None = None
    work_item_id: int | None = None
    stops: bool = False  # the rule knows reasons for which it stands still


@dataclass(frozen=True)
class Hanging:
    """Where a piece of work hangs: who is waited for, for how many working days, and the nearest day of any clock."""

    who: str
    waited: int
    due: Due | None = None

    @property
    def whose(self) -> str:
        """Whose day that is, where it is not of who is waited for: the end of a reserve, another office's."""
        return self.due.party if self.due is not None and self.due.party not in self.who else ""


def days_in_words(row: Deadline | Clock) -> str:
    """The days of a clock in words: from when at the earliest, between which days, on which; empty for a last day."""
    if row.kind not in (ClockKind.NOT_BEFORE, ClockKind.WINDOW, ClockKind.EXACTLY):
        return ""
    end = day_in_words(row.due_on)
    if row.kind == ClockKind.NOT_BEFORE:
        if row.step is not None and row.step.key in LASTING:
            return _("%(step)s at least until %(day)s") % {"step": row.step.name, "day": end}
        return _("from %(day)s at the earliest") % {"day": end}
    if row.kind == ClockKind.WINDOW and row.opens_on is not None:
        return _("from %(opens)s to %(day)s") % {"opens": day_in_words(row.opens_on), "day": end}
    return _("ends on %(day)s") % {"day": end}


def silence_in_words(row: Deadline) -> str:
    """What it counts as by the rules if nobody decides until the day, said beforehand; else empty."""
    if not is_tacit(row):
        return ""
    if row.on_overdue == DEEMED_PASSED:
        return _("If nobody decides until then, it counts as consent.")
    return _("If nobody decides until then, it counts as a refusal.")


def unit_of(row: Deadline | Clock) -> str:
    """What a clock is counted by on every page; a fixed day by days of the calendar."""
    return row.unit or "date"


def days_left(row: Deadline | Clock) -> int | None:
    """What is left up to the last day, negative when overdue; None while stopped, or as long as nothing is due."""
    return clock.left_until(row.due_on, unit_of(row)) if _counts(row, clock.today()) else None


def _counts(row: Deadline | Clock, today: dt.date) -> bool:
    """Whether a last day is waited for now."""
    is_open = row.opens_on is None or row.opens_on <= today
    return is_open and row.state != DeadlineState.PAUSED and row.kind != ClockKind.NOT_BEFORE


def _shown(row: Deadline | Clock) -> Due:
    paused = row.state == DeadlineState.PAUSED
    if row.step_id is None:
        party = word(row.key)
    else:
        party = row.office.name if row.office is not None else str(AUTHORITIES.get(row.party, row.party))
    return Due(
        pk=row.pk,
        label=party if row.kind in (ClockKind.NOT_BEFORE, ClockKind.WINDOW) else _("%(party)s, due") % {"party": party},
        party=party,
        office_id=row.office_id,
        due=row.due_on,
        left=days_left(row),
        provisional=row.provisional,
        paused=paused,
        articles=list(row.articles),
        said=days_in_words(row),
        silence=silence_in_words(row) if isinstance(row, Deadline) else "",
        unit=unit_of(row),
        step_id=row.step_id,
        work_item_id=row.work_item_id,
        stops=bool(row.pauses_allowed),
    )


def of_step(step: Step) -> tuple[list[Due], Hanging | None]:
    """What runs on a step, soonest first, and where it hangs while it is before somebody (two queries)."""
    clocks = _all_shown(_clocks_of_step(step.pk, step.project_id), {step.pk: step})
    items = _items_of_step(step.pk)
    main = min(items, key=lambda one: one.duty in OF_ONE_OFFICE, default=None)
    own = [one for one in clocks if one.step_id]
    if main is None:
        return own, None
    return own, _waiting(_asked_of(main), nearest(_of(main.duty in OF_ONE_OFFICE, step.pk, main.pk, clocks)))


@lookup
def _clocks_of_step(step: int, project: int) -> QuerySet[Deadline]:
    wanted = Deadline.objects.unended().filter(Q(step=step) | Q(step=None), project_id=project)
    return wanted.select_related("office").order_by("due_on")


@lookup
def _items_of_step(step: int) -> QuerySet[Any]:
    return with_others(WorkItem.objects.open().filter(step=step))


def of_project(project: Any, steps: Iterable[Step]) -> dict[int, dict[Any, Due]]:
    """What runs on a project whose steps are `steps`: step id to office id to deadline."""
    found: dict[int, dict[Any, Due]] = defaultdict(dict)
    for one in clocks_of(project, steps):
        if one.step_id is not None:
            found[one.step_id].setdefault(one.office_id, one)
    return dict(found)


def clocks_of(project: Any, steps: Iterable[Step]) -> list[Due]:
    """What runs on a project whose steps are `steps`, on them and beside them, soonest first."""
    return _all_shown(_clocks_of_project(project.pk), {step.pk: step for step in steps})


@lookup
def _clocks_of_project(project: int) -> QuerySet[Deadline]:
    return Deadline.objects.unended().filter(project=project).select_related("office").order_by("due_on")


def _all_shown(rows: list[Deadline], steps: Mapping[int, Step]) -> list[Due]:
    """Clocks on steps that are read already; of another, its step is asked for where a word is said."""
    for row in rows:
        if row.step_id is not None and row.step_id in steps:
            row.step = steps[row.step_id]
    return [_shown(row) for row in rows]


def running_of(rows: Iterable[Deadline]) -> list[Due]:
    """What runs among clocks that were read with their offices and steps, soonest first."""
    running = [row for row in rows if row.state in (DeadlineState.RUNNING, PAUSED)]
    return [_shown(row) for row in sorted(running, key=lambda row: row.due_on)]


def nearest(clocks: Iterable[Due]) -> Due | None:
    """The clock that is looked at first: the next last day, else a stopped one, else one that only opens."""
    return min(clocks, key=lambda one: (one.left is None, not one.paused, one.due), default=None)


def with_others(items: QuerySet[WorkItem]) -> QuerySet[WorkItem]:
    """Items with their office, and whom else their step waits for."""
    asked = WorkItem.objects.filter(step=OuterRef("step_id"), closed_at=None, duty__in=OF_ONE_OFFICE)
    one = JSONObject(office="office__name", at="opened_at")
    rows = asked.order_by("opened_at", "pk").values_list(one, flat=True)
    return items.select_related("office").annotate(asked=ArraySubquery(rows))


def hanging_of(who: Sequence[str], since: dt.datetime, clock: Clock | None) -> Hanging:
    """Where a piece of open work hangs, by what `ASKED` and `CLOCK` say of it."""
    return _hanging(who, since, _shown(clock) if clock is not None else None)


def _asked_of(item: Any) -> list[Mapping[str, Any]]:
    asked = [] if item.duty in OF_ONE_OFFICE else getattr(item, "asked", ())
    return list(asked) or [{"office": item.office.name, "at": item.opened_at.isoformat()}]


def with_work(steps: QuerySet[Step]) -> QuerySet[Step]:
    """Steps with the work that is open on each: `pk`, `duty`, `office` (its name), `office_id`, since when (`at`)."""
    one = JSONObject(pk="pk", duty="duty", office="office__name", office_id="office_id", at="opened_at")
    rows = WorkItem.objects.open().filter(step=OuterRef("pk")).order_by("opened_at", "pk")
    return steps.annotate(work=ArraySubquery(rows.values_list(one, flat=True)))


def work_beside(*, of: str) -> ArraySubquery:
    """Open work on a project that hangs on no step, to be read with it; `of` names its key in the query."""
    rows = WorkItem.objects.open().filter(project=OuterRef(of)).exclude(about="").order_by("opened_at", "pk")
    one = JSONObject(about="about", record_id="record_id", office_id="office_id")
    return ArraySubquery(rows.values_list(one, flat=True))


def hanging_by_step(steps: Iterable[Any], clocks: list[Due]) -> dict[int, Hanging]:
    """Where steps of a project (`with_work`) hang: step id to what is waited for, by the project's clocks."""
    found = {}
    for step in steps:
        asked = [one for one in step.work if one["duty"] in OF_ONE_OFFICE]
        if own := [one for one in step.work if one not in asked] or asked[:1]:
            due = nearest(_of(own[-1]["duty"] in OF_ONE_OFFICE, step.pk, own[-1]["pk"], clocks))
            found[step.pk] = _waiting(asked or own[-1:], due)
    return found


def _of(is_own: bool, step_id: int | None, item_id: int, clocks: Iterable[Any]) -> list[Any]:
    """The clocks that count for a piece of work: its own alone, or its step's and those of the project itself."""
    if is_own:
        return [one for one in clocks if one.work_item_id == item_id]
    return [one for one in clocks if one.step_id == step_id or (one.step_id is None and one.work_item_id is None)]


def _hanging(who: Sequence[str], since: dt.datetime, due: Due | None) -> Hanging:
    names = who[0] if len(who) == 1 else _(", ").join(dict.fromkeys(who))
    return Hanging(who=names, waited=clock.working_days_since(clock.day_of(since)), due=due)


def _waiting(waiting: Sequence[Mapping[str, Any]], due: Due | None) -> Hanging:
    since = dt.datetime.fromisoformat(waiting[0]["at"])
    return _hanging([one["office"] for one in waiting], since, due)
