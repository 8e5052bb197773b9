"""Clocks in the hands of people: who holds a step stops its clocks, lets them go on, takes back a mistaken stop."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Incomplete, NotPermitted, Refusal, Stale, WrongState, clean_text
from jurisdictions.templatetags.xunzhang import day as day_in_words
from workflow.clocks import clock, deadlines
from workflow.clocks.pauses import pause, resume, rule_of
from workflow.clocks.reckoning import days_anew, lock_projects, move, pause_limit
from workflow.filings.access import has_written
from workflow.machines.runner import perform
from workflow.models import Deadline, DeadlinePause, DeadlineState
from workflow.route.kinds import kind_of
from workflow.trail import audit


def locked(deadline: Deadline, seen_version: int | None = None) -> Deadline:
    """A clock of a step, read and locked after its project. Raises `Stale` where the page showed an older version."""
    rows = Deadline.objects.filter(pk=deadline.pk)
    lock_projects(rows)
    found: Deadline = (
        rows.select_for_update(of=("self",)).select_related("project__owner_unit", "step__office", "office").get()
    )
    if seen_version is not None and seen_version != found.version:
        raise Stale()
    return found


def why_not(actor: Actor, deadline: Deadline) -> Refusal | None:
    """Why this person may not stop a clock and let it go on; None where they may.

    Who holds its step does, as far as the rule lets the clock stop; nobody decides on a clock of what they wrote.
    """
    step = deadline.step
    if step is None or not deadline.pauses_allowed:
        return Refusal(_("The rules let nobody stop this clock."), articles=deadline.articles)
    if not actor.in_office(step.office_id):
        return NotPermitted(
            _("This clock is stopped by %(office)s, which holds the step.") % {"office": step.office_name or "—"},
            articles=deadline.articles,
        )
    if not actor.may(kind_of(step).permission(step)):
        return NotPermitted(_("Your role does not allow this."), articles=deadline.articles)
    if step.authority != "owner" and has_written(actor, deadline.project):
        return NotPermitted(_("You filed this declaration yourself: a colleague must decide it."))
    return None


def stop(
    *,
    actor: Actor,
    deadline: Deadline,
    key: str,
    from_day: dt.date | None,
    until_day: dt.date | None = None,
    reason: str = "",
    beyond: str = "",
    seen_version: int | None = None,
) -> Deadline:
    """Stop a clock for a reason of its rule from a day on, or record afterwards from when to when it stood still.

    Both days do not count. Raises `Incomplete` with what is wrong with the stretch, `NotPermitted`, `Stale`,
    `WrongState` where it stands still already.
    """
    reason = clean_text(reason, field="reason", most=1000)
    beyond = clean_text(beyond, field="beyond", most=1000)
    with audit.act():
        row = locked(deadline, seen_version)
        _require(actor, row)
        if row.state != DeadlineState.RUNNING:
            raise WrongState(
                _("This is not possible now: the state is already “%(state)s”.") % {"state": row.get_state_display()}
            )
        rule = rule_of(row, key)
        problems = _problems(row, rule, key, from_day, until_day, reason, beyond)
        if problems:
            raise Incomplete(_("The clock was not stopped."), items=problems)
        assert rule is not None
        text = str(rule.get("text") or key)
        said = f"{text}：{reason}" if reason else text
        pause(actor=actor, deadline=row, key=key, reason=said, from_day=from_day, beyond=beyond)
        if until_day is not None:
            resume(actor=actor, deadline=row, until_day=until_day)
    return row


def _require(actor: Actor, row: Deadline) -> None:
    refused = why_not(actor, row)
    if refused is not None:
        raise refused


def _problems(
    row: Deadline,
    rule: Mapping[str, Any] | None,
    key: str,
    first: dt.date | None,
    last: dt.date | None,
    reason: str,
    beyond: str,
) -> list[Refusal]:
    """What is wrong with a stretch of days for which a clock is to stand still."""
    today, found = clock.today(), []

    def wrong(field: str, said: str, articles: Any = None) -> None:
        found.append(Refusal(said, field=field, articles=row.articles if articles is None else articles))

    if rule is None:
        wrong("key", _("Please choose a reason for which the rules stop this clock."))
    if first is None:
        wrong("from_day", _("Please enter the day."))
        return found
    if first > today:
        wrong("from_day", _("The day lies in the future."))
    if first < row.started_on:
        wrong("from_day", _("The clock cannot stop before it started."))
    if first > row.due_on:
        said = _("The clock ended on %(day)s: what is overdue does not become timely by a stop.")
        wrong("from_day", said % {"day": day_in_words(row.due_on)})
    if last is not None and last > today:
        wrong("until_day", _("The day lies in the future."))
    if last is not None and last < first:
        wrong("until_day", _("The clock cannot go on before it stopped."))
    elif other := _overlapping(row, first, last):
        said = _("From %(first)s to %(last)s the clock stands still already.")
        wrong("from_day", said % {"first": day_in_words(other.from_day), "last": day_in_words(other.until_day)})
    if (first < today or last is not None) and not reason:
        wrong("reason", _("What is recorded afterwards needs its reason."))
    if rule is not None:
        found += _beyond_limit(row, rule, key, first, last, beyond)
    return found


def _overlapping(row: Deadline, first: dt.date, last: dt.date | None) -> DeadlinePause | None:
    """A pause that shares a day with the stretch."""
    others = DeadlinePause.objects.standing().filter(deadline=row).filter(Q(until_day=None) | Q(until_day__gte=first))
    if last is not None:
        others = others.filter(from_day__lte=last)
    return others.first()


def _beyond_limit(
    row: Deadline, rule: Mapping[str, Any], key: str, first: dt.date, last: dt.date | None, beyond: str
) -> list[Refusal]:
    """What is wrong with the length: a limit holds, in principle save for a reason."""
    limit = pause_limit(row, DeadlinePause(key=key, from_day=first))
    in_principle, articles = bool(rule.get("in_principle")), list(rule.get("articles") or row.articles)
    if beyond and not (limit and in_principle):
        said = _("The rules ask nothing here that a reason may depart from.")
        return [Refusal(said, field="beyond", articles=articles)]
    if limit is None or last is None or last <= limit or beyond:
        return []
    said = _("The rules let this clock stand still until %(day)s at most.") % {"day": day_in_words(limit)}
    if in_principle:
        said = _("%(said)s The rules ask this in principle: a reason may depart from it.") % {"said": said}
    return [Refusal(said, field="beyond" if in_principle else "until_day", articles=articles)]


def go_on(
    *, actor: Actor, deadline: Deadline, until_day: dt.date | None = None, seen_version: int | None = None
) -> Deadline:
    """Let a stopped clock go on after `until_day` (today), the last day that does not count.

    Raises `Refusal` for a day in the future, before the stop, or past the rule's limit; `WrongState`, `Stale`.
    """
    last = until_day or clock.today()
    with audit.act():
        row = locked(deadline, seen_version)
        _require(actor, row)
        stopped = DeadlinePause.objects.standing().filter(deadline=row, until_day=None).first()
        if stopped is None:
            raise WrongState(_("This clock is not stopped."))
        if last > clock.today():
            raise Refusal(_("The day lies in the future."), field="resume_day")
        if last < stopped.from_day:
            raise Refusal(_("The clock cannot go on before it stopped."), field="resume_day")
        limit = pause_limit(row, stopped)
        if limit is not None and last > limit:
            said = _("The rules let this clock stand still until %(day)s at most.") % {"day": day_in_words(limit)}
            raise Refusal(said, field="resume_day", articles=stopped.articles)
        return resume(actor=actor, deadline=row, until_day=last)


def undo(*, actor: Actor, pause: DeadlinePause, reason: str) -> Deadline:
    """Take back a mistaken stop with a reason: it stays recorded and counts no more; the day is computed anew."""
    reason = clean_text(reason, field="undo_reason", most=1000)
    if not reason:
        raise Refusal(_("Please state the reason; it stands in the history."), field="undo_reason")
    with audit.act():
        row = locked(pause.deadline)
        _require(actor, row)
        known = DeadlinePause.objects.select_for_update(of=("self",)).get(pk=pause.pk)
        if known.undone_at is not None or row.state not in (DeadlineState.RUNNING, DeadlineState.PAUSED):
            raise WrongState(_("This stop was taken back already, or its clock has ended."))
        known.undone_at, known.undone_by, known.undone_reason = timezone.now(), actor.user, reason
        known.save(update_fields=["undone_at", "undone_by", "undone_reason"])
        audit.entry(
            actor=actor,
            action="deadline.undo_pause",
            record=row,
            project=row.project,
            label=row.key,
            old={"from_day": known.from_day, "until_day": known.until_day, "reason": known.reason},
            new={"reason": reason},
            articles=known.articles,
        )
        if known.until_day is None:
            before = row.due_on
            perform(row, "resume", actor=actor, fields=days_anew(row), articles=known.articles, due_before=before)
        else:
            move([row.pk], county_id=row.county_id, reason=_("A mistaken stop was taken back"), actor=actor)
            row.refresh_from_db()
    return row


def may_begin(actor: Actor, deadline: Deadline) -> bool:
    """Whether this person may say that what the clock would let lapse has begun: the unit it falls on."""
    return deadline.on_overdue == "lapse" and actor.in_office(deadline.office_id) and actor.may("owner.record")


def begin(*, actor: Actor, deadline: Deadline, on: dt.date, seen_version: int | None = None) -> Deadline:
    """Write down on which day what was approved for a time has begun: it does not lapse any more.

    Raises `Refusal` for a day in the future or before the clock started, `NotPermitted`, `Stale`, `WrongState`.
    """
    with audit.act():
        row = locked(deadline, seen_version)
        if not may_begin(actor, row):
            raise NotPermitted(_("Your role does not allow this."), articles=row.articles)
        if row.state != DeadlineState.RUNNING:
            raise WrongState(
                _("This is not possible now: the state is already “%(state)s”.") % {"state": row.get_state_display()}
            )
        if on > clock.today():
            raise Refusal(_("The day lies in the future."), field="begun_on", articles=row.articles)
        if on < row.started_on:
            said = _("This day lies before the approval.")
            raise Refusal(said, field="begun_on", articles=row.articles)
        step: Any = row.step
        step.project = row.project
        audit.entry(
            actor=actor,
            action="deadline.begin",
            record=row,
            project=row.project,
            label=row.key,
            new={"from_day": on},
            articles=row.articles,
        )
        deadlines.begun(actor=actor, step=step)
        row.refresh_from_db()
    return row
