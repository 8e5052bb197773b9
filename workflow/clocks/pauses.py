"""Clocks that stop and go on: days that do not count, by the rule's reasons and limits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from accounts.actors import SYSTEM, Actor
from accounts.refusals import Refusal
from workflow.clocks import clock
from workflow.clocks.reckoning import days_anew, lock_projects, pause_limit
from workflow.machines.runner import perform
from workflow.models import Deadline, DeadlinePause, DeadlineState, Step
from workflow.trail import audit


def pause(
    *,
    actor: Actor,
    deadline: Deadline,
    key: str,
    reason: str,
    articles: Iterable[str] = (),
    from_day: dt.date | None = None,
    beyond: str = "",
) -> Deadline:
    """Stop the clock from `from_day` (today), that day included. Raises `Refusal` where it may not stop.

    A deadline whose day has passed is left running: what is overdue does not become timely by a pause. `beyond` is why
    the stop may last longer than the rule asks in principle.
    """
    first = from_day or clock.today()
    rule = rule_of(deadline, key)
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
    said = reason or (rule or {}).get("text", key)
    due_to = (rule or {}).get("due_to") or ""
    _stop(actor, deadline, first, key=key, reason=reason, said=said, articles=cited, due_to=due_to, beyond=beyond)
    return deadline


def _stop(
    actor: Actor,
    deadline: Deadline,
    first: dt.date,
    *,
    key: str,
    reason: str,
    said: str,
    articles: list[str],
    due_to: str = "",
    beyond: str = "",
) -> None:
    with audit.gathered():
        perform(deadline, "pause", actor=actor, articles=articles, key=key, reason=reason, from_day=first)
        DeadlinePause.objects.create(
            deadline=deadline,
            key=key,
            reason=said,
            articles=articles,
            from_day=first,
            due_to=due_to,
            beyond=beyond,
            stopped_by=actor.user,
        )


def stop_project(*, actor: Actor, project: Any, key: str, reason: str, articles: Iterable[str] = ()) -> list[Deadline]:
    """Stop every running clock of a project from today, whatever its rule says of stops: the project itself rests.

    A clock whose day has passed runs on, as in `pause`; one that stands already stays as it is.
    """
    rows = Deadline.objects.filter(project=project, state=DeadlineState.RUNNING, due_on__gte=clock.today())
    lock_projects(rows)
    stopped = list(rows)
    for row in stopped:
        row.project = project
        _stop(actor, row, clock.today(), key=key, reason=reason, said=reason, articles=list(articles))
    return stopped


def resume_project(*, actor: Actor, project: Any, key: str) -> list[Deadline]:
    """Let the clocks of a project that stand for `key` go on from today, each with the days it had left."""
    rows = Deadline.objects.filter(
        project=project, state=DeadlineState.PAUSED, pauses__key=key, pauses__until_day=None, pauses__undone_at=None
    )
    gone = list(rows)
    for row in gone:
        row.project = project
        last = clock.today() - dt.timedelta(days=1)
        open_since = row.pauses.filter(key=key, until_day=None, undone_at=None).values_list("from_day", flat=True)
        resume(actor=actor, deadline=row, until_day=max(last, *open_since))
    return gone


def rule_of(deadline: Deadline, key: str) -> Mapping[str, Any] | None:
    """What the rule says of a reason for which the clock stops; None for one that it does not know."""
    return next((one for one in deadline.pauses_allowed if one.get("key") == key), None)


def resume(*, actor: Actor, deadline: Deadline, until_day: dt.date | None = None) -> Deadline:
    """Let the clock go on after `until_day` (today), the last day that does not count, and compute the due day anew."""
    last = until_day or clock.today()
    stopped = DeadlinePause.objects.standing().filter(deadline=deadline, until_day=None).first()
    if stopped is None:
        raise Refusal(_("This clock is not stopped."))
    if last < stopped.from_day:
        raise Refusal(_("The clock cannot go on before it stopped."), field="until_day")
    stopped.until_day = last
    stopped.save(update_fields=["until_day"])
    before = deadline.due_on
    perform(
        deadline,
        "resume",
        actor=actor,
        fields=days_anew(deadline),
        articles=stopped.articles,
        until_day=last,
        due_before=before,
    )
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
        rows = rows.filter(pauses__key=key, pauses__until_day=None, pauses__undone_at=None)
    gone = list(rows)
    for row in gone:
        row.project = step.project
        resume(actor=actor, deadline=row, until_day=until_day)
    return gone


def end_limited_pauses(*, today: dt.date | None = None) -> list[Deadline]:
    """Let the clocks of the county in force go on whose stop has lasted as long as the rule lets it. Run daily."""
    day, gone = today or clock.today(), []
    lock_projects(Deadline.objects.filter(state=DeadlineState.PAUSED, step__isnull=False))
    stopped = DeadlinePause.objects.standing().filter(until_day=None, deadline__state=DeadlineState.PAUSED)
    for row in stopped.select_related("deadline__project"):
        limit = pause_limit(row.deadline, row)
        if limit is not None and limit < day:
            gone.append(resume(actor=SYSTEM, deadline=row.deadline, until_day=limit))
    return gone
