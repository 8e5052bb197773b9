"""Deadlines: rows that start, pause, go on and end, with the day they are due computed from the county's calendar.

The database is the truth for every timer. What fires when a day has passed is in `workflow.clocks.timers`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import SYSTEM, Actor
from accounts.models import Office
from accounts.refusals import Refusal
from jurisdictions.scope import current_county
from workflow.clocks import clock
from workflow.clocks.reckoning import (
    UNENDED,
    bring_items_in_step,
    due_day,
    ledger,
    lock_projects,
    move,
    moving,
    pause_limit,
    rearmed,
    recompute,
    set_due,
)
from workflow.machines.runner import perform
from workflow.models import (
    Deadline,
    DeadlinePause,
    DeadlineState,
    Step,
    StepState,
    WorkItem,
)
from workflow.route.offices import office_for, offices_by_authority
from workflow.trail import audit

__all__ = [
    "attach",
    "cancel",
    "due_day",
    "end_limited_pauses",
    "resume",
    "resume_step",
    "happened",
    "ledger",
    "meet",
    "move",
    "moving",
    "pause",
    "pause_step",
    "recompute",
    "rules_of",
    "settle",
    "start",
    "start_fixed",
]
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

    `event` is the key of a step (its completion) or KEY_submitted; `on` its day (today). `steps` are the project's
    steps where the caller has them. What runs already is left alone, so that telling twice starts nothing twice.
    """
    if steps is None:
        found = Step.objects.select_related("office").filter(
            project_id=project.pk, state__in=UNENDED_STEPS, rule__deadlines__contains=[{"after": event}]
        )
    else:
        found = [step for step in steps if step.state in UNENDED_STEPS]  # type: ignore[assignment]
    wanted = [(step, rule) for step in found for rule in rules_of(step) if rule.get("after") == event]
    return _start_rules(actor=actor, project=project, wanted=wanted, on=on)


def rules_of(step: Step) -> list[Mapping[str, Any]]:
    """The deadlines a step's rule names, as evaluated."""
    return list(step.rule.get("deadlines") or [])


def _start_rules(
    *, actor: Actor, project: Any, wanted: Sequence[tuple[Step, Mapping[str, Any]]], on: dt.date | None
) -> list[Deadline]:
    if not wanted:
        return []
    known = set(
        Deadline.objects.filter(step_id__in={step.pk for step, _rule in wanted})
        .exclude(state=DeadlineState.CANCELLED)
        .values_list("step_id", "party", "after")
    )
    wanted = [(step, rule) for step, rule in wanted if (step.pk, rule["party"], rule.get("after") or "") not in known]
    if not wanted:
        return []
    offices = _offices(project, wanted)
    rows = [
        _new(
            project=project,
            step=step,
            key=step.key,
            party=rule["party"],
            office=offices.get((step.pk, rule["party"])),
            started_on=on or clock.today(),
            amount=int(rule["amount"]),
            unit=rule["unit"],
            exact=bool(rule.get("exact")),
            after=rule.get("after") or "",
            articles=rule.get("articles") or step.articles,
            pauses=rule.get("pauses") or [],
            on_overdue=rule.get("on_overdue") or "mark",
        )
        for step, rule in wanted
    ]
    items = list(WorkItem.objects.filter(step_id__in={row.step_id for row in rows}, closed_at=None))
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
    *,
    key: str,
    party: str,
    office: Office | None,
    started_on: dt.date,
    amount: int,
    unit: str,
    project: Any,
    step: Step | None = None,
    item: WorkItem | None = None,
    exact: bool = False,
    after: str = "",
    articles: Iterable[str] = (),
    pauses: Sequence[Mapping[str, Any]] = (),
    on_overdue: str = "mark",
    record_id: int | None = None,
    remind_on: dt.date | None = None,
) -> Deadline:
    row = Deadline(
        county=current_county(),
        project=project,
        step=step,
        work_item=item,
        key=key,
        party=party,
        office=office,
        started_on=started_on,
        amount=amount,
        unit=unit,
        exact=exact,
        after=after,
        articles=list(articles),
        pauses_allowed=[dict(pause) for pause in pauses],
        on_overdue=on_overdue,
        record_id=record_id,
        due_on=started_on,
        due_at=clock.end_of(started_on),
    )
    due_on, provisional = due_day(row, pauses=())
    set_due(row, due_on, provisional, remind_on=remind_on)
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
                },
                articles=row.articles,
            )
    bring_items_in_step({row.work_item_id for row in rows if row.work_item_id})
    return rows


def start(
    *,
    actor: Actor,
    step: Step,
    party: str,
    office: Office,
    amount: int,
    unit: str = "working_day",
    item: WorkItem | None = None,
    key: str = "",
    after: str = "",
    started_on: dt.date | None = None,
    articles: Iterable[str] = (),
    pauses: Sequence[Mapping[str, Any]] = (),
    on_overdue: str = "mark",
    exact: bool = False,
    remind_on: dt.date | None = None,
) -> Deadline:
    """Start one deadline of a step that its caller decides on, as an opinion's or a rectification's.

    `amount` counts in `unit` (working_day, day, month, year) from `started_on` (today), which does not count itself.
    Without articles it is a deadline by arrangement.
    """
    row = _new(
        project=step.project,
        step=step,
        item=item,
        key=key or step.key,
        party=party,
        office=office,
        started_on=started_on or clock.today(),
        amount=amount,
        unit=unit,
        exact=exact,
        after=after,
        articles=articles,
        pauses=pauses,
        on_overdue=on_overdue,
        remind_on=remind_on,
    )
    return _write_new(actor=actor, rows=[row])[0]


def start_together(
    *,
    actor: Actor,
    step: Step,
    parties: Sequence[tuple[str, Office, WorkItem]],
    amount: int,
    unit: str = "working_day",
) -> list[Deadline]:
    """Start one deadline by arrangement for each of several offices asked at once: (party, office, item)."""
    rows = [
        _new(
            project=step.project,
            step=step,
            item=item,
            key=step.key,
            party=party,
            office=office,
            started_on=clock.today(),
            amount=amount,
            unit=unit,
        )
        for party, office, item in parties
    ]
    return _write_new(actor=actor, rows=rows) if rows else []


def start_fixed(
    *,
    actor: Actor,
    key: str,
    due_on: dt.date,
    record_id: int,
    project: Any = None,
    office: Office | None = None,
    party: str = "county",
    articles: Iterable[str] = (),
    on_overdue: str = "mark",
    remind_on: dt.date | None = None,
    started_on: dt.date | None = None,
) -> Deadline:
    """Start a timer that passes at the end of the fixed day `due_on` (a call's closing, a reserve's expiry).

    When it passes, the handlers that the timers of the stages for its key are given it, with `record_id`.
    """
    begun = started_on or clock.today()
    row = Deadline(
        county=current_county(),
        project=project,
        key=key,
        record_id=record_id,
        party=party,
        office=office,
        started_on=begun,
        articles=list(articles),
        on_overdue=on_overdue,
        due_on=due_on,
        due_at=clock.end_of(due_on),
        remind_on=remind_on,
    )
    return _write_new(actor=actor, rows=[row])[0]


def attach(*, step: Step, item: WorkItem) -> None:
    """Tie the running deadlines of an opening step that fall on the item's office to its item.

    A step whose rule names no deadline costs no query and gives the item no due day.
    """
    if not rules_of(step):
        return
    running = Deadline.objects.filter(step=step, state__in=UNENDED)
    if running.filter(office_id=item.office_id).update(work_item=item):
        bring_items_in_step({item.pk})
        item.refresh_from_db(fields=["due_on", "provisional"])


def settle(*, actor: Actor, project: Any, steps: Sequence[Step]) -> None:
    """After a route was laid anew: cancel what no rule asks for any more, start what counts from something that was.

    `steps` are all the project's steps, also those new to the route.
    """
    closed = {
        step.key: clock.day_of(step.closed_at) for step in steps if step.state == StepState.DONE and step.closed_at
    }
    running = list(Deadline.objects.filter(project=project, step__isnull=False, state__in=UNENDED).exclude(after=""))
    by_id = {step.pk: step for step in steps}
    freed: set[int | None] = set()
    for row in running:
        step = by_id.get(row.step_id or 0)
        still = (
            step is not None
            and step.state in UNENDED_STEPS
            and any((rule["party"], rule.get("after")) == (row.party, row.after) for rule in rules_of(step))
        )
        if not still:
            perform(row, "cancel", actor=actor, fields={"ended_at": timezone.now()})
            freed.add(row.work_item_id)
    bring_items_in_step(freed)
    for event, day in closed.items():
        happened(actor=actor, project=project, event=event, on=day, steps=steps)


# --- ending -------------------------------------------------------------------------------------------------


def meet(*, actor: Actor, step: Step, party: str | None = None) -> list[Deadline]:
    """End the step's deadlines as met (of one party, where given). Late is late: `fired_at` stays."""
    rows = Deadline.objects.select_for_update(of=("self",)).filter(step=step, state__in=UNENDED)
    if party is not None:
        rows = rows.filter(party=party)
    return _end(rows, "meet", actor=actor, project=step.project)


def cancel(
    *, actor: Actor, deadline: Deadline | None = None, step: Step | None = None, project: Any = None
) -> list[Deadline]:
    """Cancel one deadline, those of a step, or all of a project that still run."""
    rows = Deadline.objects.select_for_update(of=("self",)).filter(state__in=UNENDED)
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


def _end(rows: Any, name: str, *, actor: Actor, project: Any) -> list[Deadline]:
    ended = list(rows)
    now = timezone.now()
    with audit.gathered():
        for row in ended:
            if row.project_id and project is not None:
                row.project = project
            perform(row, name, actor=actor, fields={"ended_at": now}, articles=row.articles, is_locked=True)
    return ended


# --- pausing ------------------------------------------------------------------------------------------------


def pause(
    *,
    actor: Actor,
    deadline: Deadline,
    key: str,
    reason: str,
    articles: Iterable[str] = (),
    from_day: dt.date | None = None,
) -> Deadline:
    """Stop the clock from `from_day` (today), that day included. Raises `Refusal` where it may not stop.

    A deadline whose day has passed is left running: what is overdue does not become timely by a pause.
    """
    first = from_day or clock.today()
    rule = next((one for one in deadline.pauses_allowed if one.get("key") == key), None)
    if rule is None and deadline.articles:
        raise Refusal(
            _("The rules do not stop this clock for “%(key)s”. It goes on.") % {"key": reason or key},
            articles=deadline.articles,
        )
    if first < deadline.started_on:
        raise Refusal(_("The clock cannot stop before it started."), field="from_day")
    if first > deadline.due_on:
        return deadline
    cited = list(articles) or list((rule or {}).get("articles") or [])
    with audit.gathered():
        perform(
            deadline,
            "pause",
            actor=actor,
            articles=cited,
            key=key,
            reason=reason,
            from_day=first,
        )
        DeadlinePause.objects.create(
            deadline=deadline,
            key=key,
            reason=reason or (rule or {}).get("text", key),
            articles=cited,
            from_day=first,
        )
    bring_items_in_step({deadline.work_item_id} if deadline.work_item_id else set())
    return deadline


def resume(*, actor: Actor, deadline: Deadline, until_day: dt.date | None = None) -> Deadline:
    """Let the clock go on after `until_day` (today), the last day that does not count, and compute the due day anew."""
    last = until_day or clock.today()
    stopped = DeadlinePause.objects.filter(deadline=deadline, until_day=None).first()
    if stopped is None:
        raise Refusal(_("This clock is not stopped."))
    if last < stopped.from_day:
        raise Refusal(_("The clock cannot go on before it stopped."), field="until_day")
    stopped.until_day = last
    stopped.save(update_fields=["until_day"])
    due_on, provisional = due_day(deadline)
    before = deadline.due_on
    set_due(deadline, due_on, provisional)
    fields: dict[str, Any] = {
        "due_on": deadline.due_on,
        "due_at": deadline.due_at,
        "provisional": provisional,
        "remind_on": deadline.remind_on,
        **rearmed(deadline),
    }
    perform(
        deadline,
        "resume",
        actor=actor,
        fields=fields,
        articles=stopped.articles,
        until_day=last,
        due_before=before,
    )
    bring_items_in_step({deadline.work_item_id} if deadline.work_item_id else set())
    return deadline


def pause_step(
    *,
    actor: Actor,
    step: Step,
    key: str,
    reason: str,
    articles: Iterable[str] = (),
    from_day: dt.date | None = None,
) -> list[Deadline]:
    """Stop those of a step's clocks that stop for `key`: by their rule, or because they are by arrangement."""
    stopped = []
    for row in Deadline.objects.filter(step=step, state=DeadlineState.RUNNING):
        if not row.articles or any(one.get("key") == key for one in row.pauses_allowed):
            row.project = step.project
            pause(actor=actor, deadline=row, key=key, reason=reason, articles=articles, from_day=from_day)
            stopped.append(row)
    return stopped


def resume_step(
    *, actor: Actor, step: Step, key: str | None = None, until_day: dt.date | None = None
) -> list[Deadline]:
    """Let all stopped clocks of a step go on (those stopped for `key`, where given)."""
    rows = Deadline.objects.filter(step=step, state=DeadlineState.PAUSED)
    if key is not None:
        rows = rows.filter(pauses__key=key, pauses__until_day=None)
    gone = list(rows)
    for row in gone:
        row.project = step.project
        resume(actor=actor, deadline=row, until_day=until_day)
    return gone


def end_limited_pauses(*, today: dt.date | None = None) -> list[Deadline]:
    """Let the clocks of the county in force go on whose stop has lasted as long as the rule lets it. Run daily."""
    day, gone = today or clock.today(), []
    lock_projects(Deadline.objects.filter(state=DeadlineState.PAUSED, step__isnull=False))
    stopped = DeadlinePause.objects.filter(until_day=None, deadline__state=DeadlineState.PAUSED)
    for row in stopped.select_related("deadline__project"):
        limit = pause_limit(row.deadline, row)
        if limit is not None and limit < day:
            gone.append(resume(actor=SYSTEM, deadline=row.deadline, until_day=limit))
    return gone
