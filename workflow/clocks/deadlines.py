"""Deadlines: rows that start, pause, go on and end, with the day they are due computed from the county's calendar.

The database is the truth for every timer. What fires when a day has passed is in `workflow.clocks.timers`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Office
from jurisdictions.lookups import lookup
from jurisdictions.scope import current_county
from workflow.clocks import clock
from workflow.clocks.reckoning import move, reckon, set_days
from workflow.clocks.spec import OPENS, ClockSpec
from workflow.machines.runner import perform, perform_all
from workflow.models import Deadline, DeadlinePause, DeadlineState, Filing, RecordedDate, Step, StepState, WorkItem
from workflow.route.offices import office_for, offices_by_authority
from workflow.trail import audit

RUNS = (DeadlineState.RUNNING, DeadlineState.PAUSED)
UNENDED_STEPS = (StepState.COMING, StepState.OPEN, StepState.WAITING)


# --- starting -----------------------------------------------------------------------------------------------


def happened(
    *,
    actor: Actor,
    project: Any,
    event: str,
    on: dt.date | None = None,
    steps: Sequence[Step] | None = None,
) -> list[Deadline]:
    """Start every deadline of the project's steps whose rule counts from `event`, for each party, open or not.

    `event` is the key of a step (its completion), KEY_submitted, or the name of a recorded date; `on` its day (today).
    A rule that names several events (`and_after`) counts from the latest, once all of them have been.
    `steps` are the project's steps where the caller has them. What runs already is left alone, so that telling twice
    starts nothing twice.
    """
    if steps is None:
        names = Q(rule__deadlines__contains=[{"after": event}])
        names |= Q(rule__deadlines__contains=[{"and_after": [event]}])
        found = Step.objects.unended().select_related("office").filter(names, project_id=project.pk)
    else:
        found = [step for step in steps if step.state in UNENDED_STEPS]
    wanted = [(step, rule) for step in found for rule in rules_of(step) if event in _events_of(rule)]
    days = {event: on or clock.today()}
    if awaited := {other for _step, rule in wanted for other in _events_of(rule)} - {event}:
        days |= _days_of(project, awaited)
    started = [
        (step, rule, max(days[one] for one in _events_of(rule)))
        for step, rule in wanted
        if all(one in days for one in _events_of(rule))
    ]
    return _start_rules(actor=actor, project=project, wanted=started)


def _events_of(rule: Mapping[str, Any]) -> tuple[str, ...]:
    """The events a deadline counts from: the latest of them."""
    return (rule.get("after") or "", *(rule.get("and_after") or ()))


def _days_of(project: Any, events: set[str]) -> dict[str, dt.date]:
    """On which day each of the project's events was; what has not been yet is left out."""
    done = Step.objects.filter(project_id=project.pk, key__in=events, state=StepState.DONE, closed_at__isnull=False)
    days = {key: clock.day_of(moment) for key, moment in done.values_list("key", "closed_at") if moment}
    handed_in = {event.removesuffix("_submitted") for event in events if event.endswith("_submitted")}
    filings = Filing.objects.filter(project_id=project.pk, kind__in=handed_in, submitted_at__isnull=False)
    moments = filings.values_list("kind", "submitted_at")
    days |= {f"{kind}_submitted": clock.day_of(moment) for kind, moment in moments if moment}
    recorded = RecordedDate.objects.filter(project_id=project.pk, event__in=events)
    return days | dict(recorded.values_list("event", "on"))


def recount(*, project: Any, event: str) -> list[int]:
    """Let what runs since an event whose day was corrected run from the right day. Returns the clocks that moved.

    Their due days are the caller's to compute anew.
    """
    moved = []
    for row in Deadline.objects.unended().select_related("step").filter(project=project, step__isnull=False):
        assert row.step is not None
        rules = (one for one in rules_of(row.step) if (one["party"], one.get("after")) == (row.party, row.after))
        events = {event for rule in rules for event in _events_of(rule)}
        if event not in events:
            continue
        first = max(_days_of(project, events).values(), default=row.started_on)
        if first != row.started_on:
            Deadline.objects.filter(pk=row.pk).update(started_on=first)
            moved.append(row.pk)
    return moved


def rules_of(step: Step) -> list[Mapping[str, Any]]:
    """The deadlines a step's rule names, as evaluated."""
    return list(step.rule.get("deadlines") or [])


def _start_rules(
    *, actor: Actor, project: Any, wanted: Sequence[tuple[Step, Mapping[str, Any], dt.date]]
) -> list[Deadline]:
    if not wanted:
        return []
    known = set(
        Deadline.objects.filter(step_id__in={step.pk for step, _rule, _day in wanted})
        .exclude(state=DeadlineState.CANCELLED)
        .values_list("step_id", "party", "after")
    )
    wanted = [one for one in wanted if (one[0].pk, one[1]["party"], one[1].get("after") or "") not in known]
    if not wanted:
        return []
    offices = _offices(project, [(step, rule) for step, rule, _day in wanted])
    rows = [
        _new(
            ClockSpec.from_rule(rule, step=step),
            project=project,
            step=step,
            office=offices.get((step.pk, rule["party"])),
            started_on=day,
        )
        for step, rule, day in wanted
    ]
    items = list(WorkItem.objects.open().filter(step_id__in={row.step_id for row in rows}))
    for row in rows:
        row.work_item = next(
            (item for item in items if item.step_id == row.step_id and item.office_id == row.office_id), None
        )
    return _write_new(actor=actor, rows=rows)


def _offices(project: Any, wanted: Iterable[tuple[Step, Mapping[str, Any]]]) -> dict[tuple[int, str], Office | None]:
    """Who a deadline's party is among the county's offices."""
    by_authority: dict[str, Office] | None = None
    found: dict[tuple[int, str], Office | None] = {}
    for step, rule in wanted:
        party = rule["party"]
        if party == "owner":
            found[(step.pk, party)] = project.owner_unit
        elif party == "authority" and step.office is not None:
            found[(step.pk, party)] = step.office
        else:
            by_authority = offices_by_authority() if by_authority is None else by_authority
            key = step.authority if party == "authority" else party
            found[(step.pk, party)] = office_for(authority=key, project=project, offices=by_authority)
    return found


def _new(
    spec: ClockSpec,
    *,
    project: Any,
    started_on: dt.date,
    step: Step | None = None,
    office: Office | None = None,
    item: WorkItem | None = None,
    record_id: int | None = None,
) -> Deadline:
    day = spec.day or started_on
    row = Deadline(
        county=current_county(),
        project=project,
        step=step,
        work_item=item,
        office=office,
        started_on=started_on,
        record_id=record_id,
        due_on=day,
        due_at=clock.end_of(day),
        **spec.columns(),
    )
    if spec.amount is None:
        row.remind_on = spec.remind_on
    else:
        set_days(row, reckon(row, pauses=()), remind_on=spec.remind_on)
    return row


def _write_new(*, actor: Actor, rows: list[Deadline]) -> list[Deadline]:
    Deadline.objects.bulk_create(rows)
    with audit.gathered():
        for row in rows:
            audit.entry(
                actor=actor,
                action="deadline.start",
                record=row,
                project=row.project,
                label=row.key,
                new={
                    "key": row.key,
                    "party": row.party,
                    "started_on": row.started_on,
                    "due_on": row.due_on,
                    "provisional": row.provisional,
                    "after": row.after,
                    **({"kind": row.kind, "opens_on": row.opens_on} if row.opens_on else {}),
                },
                articles=row.articles,
            )
    return rows


def start_together(
    *, actor: Actor, step: Step, spec: ClockSpec, parties: Sequence[tuple[str, Office, WorkItem | None]]
) -> list[Deadline]:
    """Start one clock of a step for each of several offices: (party, office, item). `spec` says the rest.

    Its caller decides on it, as on an opinion's or a rectification's; it runs from today, which does not count itself.
    Raises `ValueError` for a clock that opens: only the step's rule may hold it up.
    """
    if spec.kind in OPENS:
        raise ValueError(f"a clock of kind {spec.kind} needs a rule")
    rows = [
        _new(
            replace(spec, party=party),
            project=step.project,
            step=step,
            office=office,
            item=item,
            started_on=clock.today(),
        )
        for party, office, item in parties
    ]
    return _write_new(actor=actor, rows=rows) if rows else []


def start_fixed(
    *,
    actor: Actor,
    spec: ClockSpec,
    record_id: int,
    project: Any = None,
    office: Office | None = None,
    item: WorkItem | None = None,
    started_on: dt.date | None = None,
) -> Deadline:
    """Start a timer that passes at the end of the fixed day of `spec` (a call's closing, a reserve's expiry).

    When it passes, the timers that stages registered for its key are given it, with `record_id`.
    """
    first = started_on or clock.today()
    row = _new(spec, project=project, office=office, item=item, record_id=record_id, started_on=first)
    return _write_new(actor=actor, rows=[row])[0]


def attach(*, step: Step, item: WorkItem) -> None:
    """Tie the running deadlines of an opening step that fall on the item's office to its item.

    A step whose rule names no deadline costs no query.
    """
    if rules_of(step):
        Deadline.objects.unended().filter(step=step, office_id=item.office_id).update(work_item=item)


def settle(*, actor: Actor, project: Any, steps: Sequence[Step]) -> None:
    """Bring the clocks in line with a route laid anew. `steps` are all the project's steps, also those new to it.

    What no rule asks for any more is cancelled; what is asked otherwise goes on by the new rule from the day it
    started, its day computed anew and the old one kept; what counts from something that was is started.
    """
    by_id = {step.pk: step for step in steps}
    running = Deadline.objects.unended().filter(project=project, step__isnull=False).exclude(after="")
    changed: list[int] = []
    for row in running:
        row.project = project
        asked = _asked_now(row, by_id.get(row.step_id or 0))
        if asked is None:
            perform(row, "cancel", actor=actor, fields={"ended_at": timezone.now()})
        elif asked != ClockSpec.of(row):
            _ask_otherwise(row, asked, actor=actor)
            changed.append(row.pk)
    if changed:
        move(changed, county_id=project.county_id, reason=_("Facts changed: route laid anew"), actor=actor)
    for step in steps:
        if step.state == StepState.DONE and step.closed_at:
            happened(actor=actor, project=project, event=step.key, on=clock.day_of(step.closed_at), steps=steps)
    for recorded in RecordedDate.objects.filter(project=project):
        happened(actor=actor, project=project, event=recorded.event, on=recorded.on, steps=steps)


def _asked_now(row: Deadline, step: Step | None) -> ClockSpec | None:
    """What the rules ask now of a clock that runs; None where they do not ask for it any more."""
    if step is None or step.state not in UNENDED_STEPS:
        return None
    for rule in rules_of(step):
        if (rule["party"], rule.get("after")) == (row.party, row.after):
            return ClockSpec.from_rule(rule, step=step)
    return None


def _ask_otherwise(row: Deadline, spec: ClockSpec, *, actor: Actor) -> None:
    """Write what a rule asks otherwise of a clock that runs, and how it was."""
    new = spec.columns()
    old = {name: getattr(row, name) for name in new}
    differs = [name for name in new if new[name] != old[name]]
    for name in differs:
        setattr(row, name, new[name])
    row.save(update_fields=differs)
    audit.entry(
        actor=actor,
        action="deadline.change",
        record=row,
        project=row.project,
        label=row.key,
        old={name: old[name] for name in differs},
        new={name: new[name] for name in differs},
        articles=row.articles,
    )


# --- ending -------------------------------------------------------------------------------------------------


def meet(*, actor: Actor, step: Step, party: str | None = None, key: str | None = None) -> list[Deadline]:
    """End the step's deadlines as met (of one party, about one thing, where given). Late is late: `fired_at` stays."""
    rows = [
        row for row in _unended_of(step.pk) if (party is None or row.party == party) and (key is None or row.key == key)
    ]
    return _end(rows, "meet", actor=actor, project=step.project)


@lookup
def _unended_of(step: int) -> QuerySet[Deadline]:
    return Deadline.objects.unended().select_for_update(of=("self",)).filter(step=step)


def meet_record(*, actor: Actor, key: str, record_id: int, project: Any) -> list[Deadline]:
    """End the clocks that run for a record under a key as met."""
    rows = Deadline.objects.unended().select_for_update(of=("self",)).filter(key=key, record_id=record_id)
    return _end(rows, "meet", actor=actor, project=project)


def begun(*, actor: Actor, step: Step) -> list[Deadline]:
    """What was approved for a time has begun: the step's clocks whose passing would let it lapse are met.

    A step whose rule names none costs no query. Stages call it where something is begun otherwise than by handing in.
    """
    if not any(rule.get("on_overdue") == "lapse" for rule in rules_of(step)):
        return []
    rows = Deadline.objects.unended().select_for_update(of=("self",)).filter(step=step, on_overdue="lapse")
    return _end(rows, "meet", actor=actor, project=step.project)


def begun_by_filing(filing: Filing, actor: Actor, _facts: Mapping[str, Any]) -> None:
    """What is handed in for a step begins it."""
    if filing.step is not None:
        filing.step.project = filing.project
        begun(actor=actor, step=filing.step)


def cancel(
    *, actor: Actor, deadline: Deadline | None = None, step: Step | None = None, project: Any = None
) -> list[Deadline]:
    """Cancel one deadline, those of a step, or all of a project that still run."""
    rows = Deadline.objects.unended().select_for_update(of=("self",))
    if deadline is not None:
        rows = rows.filter(pk=deadline.pk)
        project = deadline.project if deadline.project_id else None
    elif step is not None:
        rows, project = rows.filter(step=step), step.project
    elif project is not None:
        rows = rows.filter(project=project)
    else:
        raise ValueError("cancel() needs a deadline, a step or a project")
    return _end(rows, "cancel", actor=actor, project=project)


# --- taken back ---------------------------------------------------------------------------------------------


def revive(*, actor: Actor, step: Step, since: dt.datetime, party: str | None = None) -> list[Deadline]:
    """Let the step's clocks that were met since a moment go on (of one party, where given): it was taken back.

    They count from the day they began, as if they had never ended, so that no day is gained; one that stood still
    then stands still again.
    """
    rows = Deadline.objects.select_for_update(of=("self",)).filter(
        step=step, state=DeadlineState.MET, ended_at__gte=since
    )
    if party is not None:
        rows = rows.filter(party=party)
    revived = list(rows)
    open_ones = DeadlinePause.objects.standing().filter(deadline__in=revived, until_day=None)
    stopped = set(open_ones.values_list("deadline", flat=True))
    for row in revived:
        row.project = step.project
        name = "revive_stopped" if row.pk in stopped else "revive"
        perform(row, name, actor=actor, fields={"ended_at": None}, articles=row.articles, is_locked=True)
    if revived:
        reason = _("What had ended it was taken back")
        move([row.pk for row in revived], county_id=step.county_id, reason=reason, actor=actor)
    return revived


def counted_from(*, project: Any, event: str, since: dt.datetime) -> list[Deadline]:
    """The clocks of steps that started with an event since a moment, whatever became of them; locked."""
    rows = Deadline.objects.select_for_update(of=("self",)).select_related("step").filter(project=project)
    rows = rows.filter(step__isnull=False, started_on__gte=clock.day_of(since)).exclude(after="")
    return [
        row
        for row in rows.exclude(state=DeadlineState.CANCELLED)
        if any(
            (rule["party"], rule.get("after") or "") == (row.party, row.after) and event in _events_of(rule)
            for rule in rules_of(row.step)  # type: ignore[arg-type]
        )
    ]


def cancel_all(*, actor: Actor, rows: Sequence[Deadline], project: Any) -> None:
    """Cancel clocks that were just read FOR UPDATE."""
    _end([row for row in rows if row.state in RUNS], "cancel", actor=actor, project=project)


def _end(rows: Any, name: str, *, actor: Actor, project: Any) -> list[Deadline]:
    ended = list(rows)
    for row in ended:
        if row.project_id and project is not None:
            row.project = project
    perform_all(ended, name, actor=actor, fields={"ended_at": timezone.now()}, articles=lambda row: row.articles)
    return ended
