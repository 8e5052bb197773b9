"""A project's route as rows: laid from the rules, opened as their turn comes, laid anew when facts change.

Which kinds of step are carried out, and how, the registered stages say (`workflow.route.kinds`): a route stops where
no stage carries the next step out, and goes on by itself once one does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BooleanField, F, Func, QuerySet, Subquery
from django.utils import timezone

from accounts.actors import SYSTEM, Actor
from accounts.models import Office
from accounts.refusals import clean_text
from jurisdictions.lookups import lookup_sharing
from jurisdictions.rules.vocabulary import BESIDE, HOLDS_NOTHING, event_step
from jurisdictions.scope import current_county
from workflow import stages
from workflow.clocks import deadlines
from workflow.filings.access import writers
from workflow.machines.runner import perform, perform_all
from workflow.models import Duty, Step, StepState, WorkItem
from workflow.notices import notify
from workflow.route.hindrances import DEPARTURES
from workflow.route.kinds import APPROVAL, is_carried_out, kind_of
from workflow.route.offices import office_for, offices_by_authority
from workflow.trail import audit

ACTIVE = (StepState.OPEN, StepState.WAITING)
ENDED = (StepState.DONE, StepState.REFUSED)
# What a step has of its route, whichever round of it.
ROUTED = (
    *("project", "position", "key", "phase", "kind", "gate", "result", "rule", "articles"),
    *("authority", "participants", "office"),
)
AFTER_THE_ROUTE = 1000  # where steps beside it stand


def _waiting(table: str, states: str) -> Func:
    """Whether a row of a table in one of `states` hangs on a step. By hand: it stands in every decision."""
    there = f"EXISTS (SELECT FROM {table} AS row WHERE row.step_id = %(expressions)s AND row.state IN ({states}))"  # noqa: S608
    return Func(F("pk"), template=there, output_field=BooleanField())


IS_FILED = _waiting("workflow_filing", "'submitted', 'returned'")
HAS_CLOCK = _waiting("workflow_deadline", "'running', 'paused'")


@dataclass
class RouteChange:
    """What laying a route anew changed: step keys."""

    added: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def sync_steps(*, actor: Actor, project: Any, route: Any) -> RouteChange:
    """Write the route's steps as rows, or bring existing rows in line with a route evaluated anew.

    What is done stays as it was done, what an office has before it stays there (as in `offices.reassign`); a step no
    longer required is skipped, one required anew comes back; the order follows the rules. `route` is a route of
    `jurisdictions.rules`. Returns the difference; the caller shows and audits it.
    """
    before = locked_steps(project)
    existing = {step.key: step for step in before if not step.is_beside and step.state != StepState.SUPERSEDED}
    offices = offices_by_authority()
    change = RouteChange()
    new_rows: list[Step] = []
    for position, wanted in enumerate(route.steps):
        values = {
            "position": position,
            "phase": wanted.phase,
            "kind": wanted.kind,
            "gate": wanted.gate,
            "result": wanted.result or "",
            "rule": wanted.as_dict(),
            "articles": list(wanted.articles),
            "authority": wanted.authority,
            "participants": list(wanted.participants),
            "office": office_for(authority=wanted.authority, project=project, offices=offices),
        }
        step = existing.pop(wanted.key, None)
        if step is None:
            new_rows.append(Step(county=project.county, project=project, key=wanted.key, **values))
            change.added.append(wanted.key)
            continue
        change.kept.append(wanted.key)
        if step.state == StepState.SKIPPED:
            perform(step, "require", actor=actor, is_locked=True)
            change.added.append(wanted.key)
        held_by = step.office
        _bring_in_line(step, values)
        if step.state in ACTIVE and step.office != held_by:
            _hand_over(step, before=held_by)
    Step.objects.bulk_create(new_rows)
    dropped = [step for step in existing.values() if step.state in (StepState.COMING, *ACTIVE)]
    for step in dropped:
        if step.state in ACTIVE:
            close_items(step)
        change.dropped.append(step.key)
    perform_all(dropped, "skip", actor=actor)
    if before:
        deadlines.settle(actor=actor, project=project, steps=[*before, *new_rows])
    return change


def _bring_in_line(step: Step, values: Mapping[str, Any]) -> None:
    """Write what a route evaluated anew says of a step; of one that is done its place alone."""
    kept: frozenset[str] = frozenset()
    if step.state in ENDED:
        kept = frozenset(values) - {"position"}
    elif step.state in ACTIVE and step.authority == values["authority"]:
        kept = frozenset({"office"})
    changed = [name for name, value in values.items() if name not in kept and getattr(step, name) != value]
    for name in changed:
        setattr(step, name, values[name])
    if changed:
        step.save(update_fields=changed)


def _hand_over(step: Step, *, before: Office | None) -> None:
    """Put an active step whose authority changed before its new office, once the unit has handed in."""
    office, duty = kind_of(step).holder(step)
    if duty != Duty.PREPARE:
        close_items(step, office=before, duty=duty)
        put_before_holder(step)


def locked_steps(project: Any) -> list[Step]:
    """All steps of a project in the order of its route, locked, and sharing the one `project`.

    The project is locked first, as `projects.services` does: whoever acts on one project waits for the other there.
    """
    return _sharing(project, _route(project.pk))


def locked_with(pk: int) -> Step | None:
    """A step, its route locked with it as by `locked_steps`; None where the county in force has none of that key.

    One query of few joins. The project they share comes with its rule version and its `writers`.
    """
    found = _route_of_step(pk)
    for step in found[:1]:
        step.project.writers = step.writers
        _sharing(step.project, found)
    return next((step for step in found if step.pk == pk), None)


def held(step: Step) -> Step:
    """The step as it is now, its route locked; the very one where it was read so already."""
    return step if step.is_held else next(one for one in locked_steps(step.project) if one.pk == step.pk)


def _locked() -> Any:
    """Steps locked as they are read, after their project, with what waits for their end."""
    rows = Step.objects.select_for_update(no_key=True, of=("project", "self")).select_related("office", "project")
    return rows.annotate(is_filed=IS_FILED, has_clock=HAS_CLOCK)


@lookup_sharing("project")
def _route(project: int) -> QuerySet[Any]:
    return _locked().filter(project_id=project)


@lookup_sharing("project")
def _route_of_step(pk: int) -> QuerySet[Any]:
    rows = _locked().select_related("project__rule_version").annotate(writers=writers(of="project_id"))
    return rows.filter(project=Subquery(Step.objects.filter(pk=pk).values("project")))


def _sharing(project: Any, rows: Iterable[Any]) -> list[Step]:
    steps = list(rows)
    for step in steps:
        step.project, step.together, step.is_held = project, steps, True
    return steps


def open_item(*, step: Step, office: Office, duty: Duty) -> WorkItem:
    """Put a step before an office. A step has one open item for an office and duty."""
    return WorkItem.objects.create(
        county_id=step.county_id,
        step=step,
        project=step.project,
        office=office,
        duty=duty,
        opened_at=timezone.now(),
    )


def close_items(step: Step, *, office: Office | None = None, duty: Duty | None = None) -> None:
    """Take a step off the queues (of one office or duty, where given)."""
    items = WorkItem.objects.open().filter(step=step)
    if office is not None:
        items = items.filter(office=office)
    if duty is not None:
        items = items.filter(duty=duty)
    items.update(closed_at=timezone.now())


def step_path(step: Step) -> str:
    """Where a person works on a step; notices lead there."""
    county = current_county()
    assert county is not None
    return stages.page("step", county.code, pk=step.pk)


def open_step(*, actor: Actor, step: Step) -> Step:
    """Open a (locked) step: its work item, its deadlines, and what its kind asks for besides."""
    perform(
        step,
        "open",
        actor=actor,
        fields={"opened_at": timezone.now()},
        articles=step.articles,
        is_locked=True,
    )
    put_before_holder(step)
    kind_of(step).opened(step, actor)
    return step


def put_before_holder(step: Step) -> None:
    """Put an open step before who has it now: its item, its running clocks, a notice."""
    office, duty = kind_of(step).holder(step)
    assert office is not None
    item = open_item(step=step, office=office, duty=duty)
    deadlines.attach(step=step, item=item)
    _tell_of(step, office, duty)


def _tell_of(step: Step, office: Office, duty: Duty) -> None:
    is_units = duty == Duty.PREPARE
    notify.put_before(
        office,
        permission="owner.record" if is_units else kind_of(step).permission(step),
        kind="to_prepare" if is_units else "new_work",
        project=step.project,
        key=f"step-{'to-prepare' if is_units else 'opened'}:{step.pk}:{step.version}",
        data={"what": step.key},
        path=step_path(step),
    )


def next_steps(steps: Iterable[Step], *, without: Step | None = None) -> list[Step]:
    """The coming steps whose turn it is, in the order of the route.

    That is a step with nothing unended before it that holds it up, and one that need not wait for those before it
    (`parallel` in its rule); one that an event opens (`opened_by`) then and not before. An unended step with
    `required_by` holds up that step alone, and of it the decision of an office only: the unit may hand in
    (`hindrances.awaited_steps`). `without` counts as ended already.
    """
    steps = list(steps)
    keys = {step.key for step in steps if step.state != StepState.SKIPPED}
    found, waits, awaiting = [], False, set[str]()
    for step in steps:
        if without is not None and step.pk == without.pk:
            continue
        held = waits or (step.key in awaiting and step.authority == "owner")
        opened_by = step.rule.get("opened_by")
        its_turn = has_happened(opened_by, steps) if opened_by else not held or step.rule.get("parallel")
        if step.state == StepState.COMING and its_turn:
            found.append(step)
        if step.state in (StepState.COMING, *ACTIVE):
            by = step.rule.get("required_by")
            if by in keys:
                awaiting.add(by)
            elif by != HOLDS_NOTHING:
                waits = True
    return found


def has_happened(event: str, steps: Iterable[Step]) -> bool:
    """Whether a step of these has ended, or what its unit hands in for it was handed in (KEY_submitted)."""
    base = event_step(event)
    step = next((one for one in steps if one.key == base and one.state != StepState.SUPERSEDED), None)
    if step is None or step.state in ENDED:
        return step is not None
    return event != base and bool(getattr(step, "is_filed", False))


def go_through_again(*, actor: Actor, step: Step, reason: str, articles: Sequence[str]) -> Step:
    """Open a further round of a (locked) step that is done; what was done keeps its outcome, reply and papers.

    What counts from it starts anew once the further round has ended. Raises `WrongState` for a step that is not done.
    """
    perform(step, "supersede", actor=actor, articles=articles, reason=reason, is_locked=True)
    again = Step(
        county=step.county,
        round=step.round + 1,
        **{name: getattr(step, name) for name in ROUTED},
    )
    again.save()
    again.project = step.project
    return open_step(actor=SYSTEM, step=again)


def open_beside(*, actor: Actor, project: Any, kind: str, rule: Mapping[str, Any], **columns: Any) -> Step:
    """Lay a step beside the route and open it: it holds nothing up, and its refusal does not end the project.

    `columns` are its authority and articles. Raises `Refusal` when no office carries the authority.
    """
    count = Step.objects.filter(project=project, key=BESIDE).count()
    step = Step(
        county=project.county,
        project=project,
        key=BESIDE,
        phase=APPROVAL,
        kind=kind,
        position=AFTER_THE_ROUTE + count,
        gate=False,
        rule={"required_by": HOLDS_NOTHING, **rule},
        office=office_for(authority=columns["authority"], project=project),
        **columns,
    )
    step.save()
    step.project = project
    return open_step(actor=actor, step=step)


def advance(*, actor: Actor, project: Any, steps: list[Step] | None = None) -> list[Step]:
    """Open every step whose turn it is and that a stage carries out; gives all that are active now, in their order.

    `steps` are the project's steps where the caller has them locked already.
    """
    steps = locked_steps(project) if steps is None else steps
    for step in next_steps(steps):
        if is_carried_out(step):
            open_step(actor=actor, step=step)
    return [step for step in steps if step.state in ACTIVE]


def finish(
    *,
    actor: Actor,
    step: Step,
    outcome: str,
    reason: str = "",
    record: Mapping[str, Any] | None = None,
    seen_version: int | None = None,
    negative: bool = False,
    is_tacit: bool = False,
) -> Step:
    """End a step with its outcome and open what waited for it; other steps that are open stay so.

    Its items are closed, its deadlines met and those that follow it started. An outcome that its kind calls negative,
    or one said to be `negative`, ends it as refused: with a gate, the app that owns the project ends the project (it
    listens to `Step.refuse`); nothing further opens here. `is_tacit` marks what silence decided.
    The caller's `step.project` is used throughout. Raises what `perform` raises.
    """
    with audit.act():
        reason = clean_text(reason, field="reason", articles=step.articles)
        step = held(step)
        known = kind_of(step).outcome(outcome)
        negative = negative or (known is not None and known.negative)
        # A refusal departs from nothing, whatever was typed before it was chosen.
        recorded = {key: value for key, value in (record or {}).items() if not (negative and key == DEPARTURES)}
        fields: dict[str, Any] = {
            "closed_at": timezone.now(),
            "outcome": outcome,
            "reason": reason,
            "record": {**step.record, **audit.plain(recorded), **audit.behalf(actor)},
            "decided_by": actor.user,
            **({"tacit": True} if is_tacit else {}),
        }
        version = step.project.rule_version_id
        perform(
            step,
            "refuse" if negative else "complete",
            actor=actor,
            seen_version=seen_version,
            fields=fields,
            articles=step.articles,
            is_locked=True,
        )
        close_items(step)
        if getattr(step, "has_clock", True):  # read with it by `locked_steps`
            deadlines.meet(actor=actor, step=step)
        if not negative:
            steps = step.together
            if step.rule.get("sets") or step.is_beside or step.project.rule_version_id != version:
                steps = locked_steps(step.project)  # what it set, or another version, may have laid the route anew
            deadlines.happened(actor=actor, project=step.project, event=step.key, steps=steps)
            advance(actor=SYSTEM, project=step.project, steps=steps)
    return step
