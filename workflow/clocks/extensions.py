"""More time: a party asks for it by a day and with a reason, who may grant it by the rules decides, the old day stays.

An extension is kept as the working days between the day that ran and the day granted: pauses and a late calendar move
the extended day as they would have moved the other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import SYSTEM, Actor
from accounts.refusals import Incomplete, NotPermitted, Refusal, WrongState, clean_text
from jurisdictions.scope import current_county
from jurisdictions.templatetags.xunzhang import day as day_in_words
from workflow import stages
from workflow.clocks import clock
from workflow.clocks.holding import locked
from workflow.clocks.reckoning import move
from workflow.filings.access import has_written
from workflow.machines.runner import perform
from workflow.models import (
    ClockKind,
    Deadline,
    DeadlineExtension,
    DeadlineState,
    Duty,
    ExtensionState,
    WorkItem,
)
from workflow.notices import notify
from workflow.route.offices import office_for
from workflow.trail import audit

ABOUT = "extension"  # of work items and pages


def why_not_ask(actor: Actor, deadline: Deadline) -> Refusal | None:
    """Why this person may not ask for more time; None where they may: the party itself, as the rule grants it."""
    if not deadline.extension or deadline.kind == ClockKind.NOT_BEFORE:
        return Refusal(_("The rules grant no more time for this."), articles=deadline.articles)
    if not actor.in_office(deadline.office_id):
        return NotPermitted(_("More time is asked for by the party the time limit falls on."))
    if not (actor.may("owner.record") if deadline.party == "owner" else actor.may("step.decide")):
        return NotPermitted(_("Your role does not allow this."))
    return None


def ask(
    *, actor: Actor, deadline: Deadline, wanted_on: dt.date | None, reason: str, seen_version: int | None = None
) -> DeadlineExtension:
    """Ask for more time until a day. Raises `Incomplete`, `NotPermitted`, `Stale`; `WrongState` where it was asked."""
    reason = clean_text(reason, field="wish", most=1000)
    with audit.act():
        row = locked(deadline, seen_version)
        if refused := why_not_ask(actor, row):
            raise refused
        if row.state != DeadlineState.RUNNING or row.due_on < clock.today():
            raise WrongState(_("More time is asked for while the time limit runs."), articles=row.articles)
        if DeadlineExtension.objects.filter(deadline=row, state=ExtensionState.REQUESTED).exists():
            raise WrongState(_("More time was asked for already; it is being decided."))
        rule: Mapping[str, Any] = row.extension or {}
        articles = list(rule.get("articles") or row.articles)
        problems = _problems_of_day(row, wanted_on, "wanted_on", articles)
        if not reason:
            problems.append(Refusal(_("Please state the reason."), field="wish", articles=articles))
        if problems:
            raise Incomplete(_("More time was not asked for."), items=problems)
        assert wanted_on is not None and actor.user is not None and row.office is not None
        office = office_for(authority=str(rule["by"]), project=row.project)
        asked = DeadlineExtension(
            county_id=row.county_id,
            deadline=row,
            reason=reason,
            wanted_on=wanted_on,
            asked_by=actor.user,
            unit=row.office,
            office=office,
            articles=articles,
            old_due_on=row.due_on,
        )
        asked.save()
        audit.entry(
            actor=actor,
            action="deadlineextension.ask",
            record=asked,
            project=row.project,
            label=row.key,
            new={"wanted_on": wanted_on, "reason": reason, "due_before": row.due_on},
            articles=articles,
        )
        project: Any = row.project
        WorkItem.objects.create(
            county_id=row.county_id,
            project=project,
            office=office,
            duty=Duty.DECIDE,
            about=ABOUT,
            record_id=row.pk,
            opened_at=timezone.now(),
        )
        notify.put_before(
            office,
            permission="step.decide",
            kind="extension_asked",
            project=row.project,
            key=f"extension:{asked.pk}",
            data={"what": row.key, "by": row.office.name, "wanted_on": wanted_on, "reason": reason},
            path=_path(row),
        )
    return asked


def _problems_of_day(row: Deadline, day: dt.date | None, field: str, articles: list[str]) -> list[Refusal]:
    if day is None:
        return [Refusal(_("Please enter the day."), field=field, articles=articles)]
    if day <= row.due_on:
        said = _("The time limit runs until %(day)s; more time ends after that.") % {"day": day_in_words(row.due_on)}
        return [Refusal(said, field=field, articles=articles)]
    if (day - row.due_on).days > 3660:
        return [Refusal(_("This day lies too far ahead."), field=field, articles=articles)]
    if not clock.working_calendar().is_working(day):
        return [Refusal(_("This is no working day: please choose one."), field=field, articles=articles)]
    return []


def why_not_decide(actor: Actor, asked: DeadlineExtension) -> Refusal | None:
    """Why this person may not decide on more time; None where they may."""
    if not actor.in_office(asked.office_id):
        return NotPermitted(
            _("This is decided by %(office)s.") % {"office": asked.office.name}, articles=asked.articles
        )
    if not actor.may("step.decide"):
        return NotPermitted(_("Your role does not allow this."), articles=asked.articles)
    if asked.asked_by_id == (actor.user.pk if actor.user else None) or has_written(actor, asked.deadline.project):
        return NotPermitted(_("You filed this declaration yourself: a colleague must decide it."))
    return None


def grant(
    *,
    actor: Actor,
    asked: DeadlineExtension,
    granted_on: dt.date | None = None,
    reason: str = "",
    seen_version: int | None = None,
) -> DeadlineExtension:
    """Grant more time until a day (the one asked for): the due day moves, the old one is kept.

    Raises `Refusal`, `NotPermitted`, `Stale`, `WrongState`.
    """
    with audit.act():
        row = locked(asked.deadline)
        asked.deadline = row
        day = granted_on or asked.wanted_on
        if refused := why_not_decide(actor, asked):
            raise refused
        if problems := _problems_of_day(row, day, "granted_on", asked.articles):
            raise problems[0]
        _decide(actor, asked, "grant", seen_version, reason=reason, granted_on=day)
        row.extra_days += clock.working_days(row.due_on, day)
        row.save(update_fields=["extra_days"])
        move([row.pk], county_id=row.county_id, reason=_("More time was granted"), actor=actor)
    return asked


def refuse(
    *, actor: Actor, asked: DeadlineExtension, reason: str, seen_version: int | None = None
) -> DeadlineExtension:
    """Refuse more time with a reason: the day stays. Raises as `grant` does."""
    with audit.act():
        asked.deadline = locked(asked.deadline)
        if refused := why_not_decide(actor, asked):
            raise refused
        if not clean_text(reason, field="decision"):
            raise Refusal(_("A decision against the unit needs a reason."), field="decision", articles=asked.articles)
        _decide(actor, asked, "refuse", seen_version, reason=reason)
    return asked


def _decide(
    actor: Actor, asked: DeadlineExtension, name: str, seen_version: int | None, *, reason: str, **fields: Any
) -> None:
    reason = clean_text(reason, field="decision", most=1000)
    written = {"decision": reason, "decided_by": actor.user, "decided_at": timezone.now(), **fields}
    row = asked.deadline
    perform(asked, name, actor=actor, seen_version=seen_version, fields=written, articles=asked.articles, reason=reason)
    asked.deadline = row
    _close(asked)
    notify.tell(
        office=asked.unit,
        kind=f"extension_{asked.state}",
        project=row.project,
        key=f"extension-{asked.state}:{asked.pk}",
        data={"what": row.key, "reason": reason, "granted_on": asked.granted_on, "due_on": row.due_on},
        path=_path(row),
    )


def withdraw(*, actor: Actor, asked: DeadlineExtension) -> DeadlineExtension:
    """Take a request for more time back. Raises `NotPermitted`, `WrongState` where it was decided."""
    with audit.act():
        asked.deadline = row = locked(asked.deadline)
        if refused := why_not_ask(actor, row):
            raise refused
        perform(asked, "withdraw", actor=actor)
        _close(asked)
    return asked


def ended(deadline: Deadline, _actor: Actor, _facts: Mapping[str, Any]) -> None:
    """A clock ended: what was asked for it is settled with it."""
    if not deadline.extension:
        return
    for asked in DeadlineExtension.objects.filter(deadline=deadline, state=ExtensionState.REQUESTED):
        asked.deadline = deadline
        perform(asked, "withdraw", actor=SYSTEM)
        _close(asked)


def _close(asked: DeadlineExtension) -> None:
    items = WorkItem.objects.open().filter(about=ABOUT, record_id=asked.deadline_id)
    items.update(closed_at=timezone.now())


def _path(row: Deadline) -> str:
    county = current_county()
    assert county is not None
    return stages.page(ABOUT, county.code, pk=row.pk)
