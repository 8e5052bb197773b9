"""Annual calls: their dates come from the rules or from custom, opening fixes them, closing is done by timer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.actors import SYSTEM, Actor
from accounts.refusals import Incomplete, NotPermitted, Refusal, WrongState, clean_text
from jurisdictions.models import County
from jurisdictions.rules.shapes import cite
from jurisdictions.scope import advisory_lock, current_county
from projects.access import require_filer
from projects.declaring.setting import facts_typed
from projects.models import Declaration, Purpose, Round, RoundState
from projects.ruling import ruleset_of, version_on
from projects.services.drafts import open_call
from workflow.clocks import deadlines
from workflow.clocks.clock import today
from workflow.clocks.spec import ClockSpec
from workflow.filings.services import locked
from workflow.machines.runner import perform
from workflow.models import Deadline, DeadlineState, FilingState
from workflow.notices import notify
from workflow.trail import audit

TOLD_BEFORE = (7, 1)  # days before the last day on which filers with drafts are told
TITLE, NOTICE = 120, 20_000  # characters
CLOSING, REMINDER = "call_closing", "call_reminder"


@dataclass
class CallDates:
    """Dates a call begins with; `customary` ones are not in the text: the call itself fixes them."""

    plan_year: int
    opens_on: dt.date
    closes_on: dt.date
    opens_customary: bool
    closes_customary: bool
    articles: list[str]


def default_dates(county: County, *, on: dt.date | None = None) -> CallDates:
    """The next call's dates by the rules' window; without one, a month from today, all of it customary."""
    day = on or today()
    rules = ruleset_of(version_on(county, day)).rules
    window = rules.windows.get("annual_call")
    if window is None:
        return CallDates(day.year + 1, day, day + dt.timedelta(days=30), True, True, [])
    closes = window.closes
    year = day.year
    if closes is not None and dt.date(year, closes.month, closes.day) < day:
        year += 1
    last = dt.date(year, closes.month, closes.day) if closes else day + dt.timedelta(days=30)
    first = dt.date(year, window.opens.month, window.opens.day) if window.opens else min(day, last)
    if first > last:
        first = first.replace(year=year - 1)
    plan_year = last.year + (1 if window.plan_year == "next" else 0)
    return CallDates(
        plan_year,
        first,
        last,
        window.opens is None or window.opens.customary,
        closes is None or closes.customary,
        cite(window.articles),
    )


def _check(
    *, title: str, opens_on: dt.date | None, closes_on: dt.date | None, plan_year: int | None, notice_text: str
) -> None:
    problems = []
    for text, name, most in ((title, "title", TITLE), (notice_text, "notice_text", NOTICE)):
        try:
            clean_text(text, field=name, most=most)
        except Refusal as refusal:
            problems.append(refusal)
    if not title.strip():
        problems.append(Refusal(_("Please enter a title."), field="title"))
    if plan_year is None or not 2000 <= plan_year <= 2099:
        problems.append(Refusal(_("Please enter the plan year, as 2027."), field="plan_year"))
    for name, value in (("opens_on", opens_on), ("closes_on", closes_on)):
        if value is None:
            problems.append(Refusal(_("Please enter the day as 2026-03-02."), field=name))
    if opens_on and closes_on and closes_on < opens_on:
        problems.append(
            Refusal(_("The call closes before it opens. Please correct one of the days."), field="closes_on")
        )
    if problems:
        raise Incomplete(_("The call is not complete."), items=problems)


def _refuse_beside(rounds: Any, *, plan_year: int, opens_on: dt.date, closes_on: dt.date) -> None:
    """Refuse a call while another for the same plan year is open: whoever hands in would not know under which."""
    days = {"plan_year": plan_year, "opens_on": opens_on, "closes_on": closes_on}
    other = rounds.beside(purpose=Purpose.DECLARATIONS, **days).first()
    if other is not None:
        raise Refusal(
            _("“%(title)s” for %(year)s runs from %(first)s to %(last)s. A further call needs other days.")
            % {"title": other.title, "year": plan_year, "first": other.opens_on, "last": other.closes_on},
            field="plan_year",
        )


def _may(actor: Actor) -> None:
    if not actor.may("call.manage"):
        raise NotPermitted(_("Your role does not manage calls."))


def create_call(
    *,
    actor: Actor,
    title: str,
    plan_year: int | None,
    opens_on: dt.date | None,
    closes_on: dt.date | None,
    notice_text: str = "",
) -> Round:
    """Prepare a call; it is not open yet. `closes_on` is the last day, inclusive.

    Two calls for a plan year share no day.
    """
    _may(actor)
    _check(title=title, opens_on=opens_on, closes_on=closes_on, plan_year=plan_year, notice_text=notice_text)
    county = current_county()
    assert county is not None and opens_on is not None and closes_on is not None and plan_year is not None
    with audit.act():
        advisory_lock("call")
        _refuse_beside(Round.objects.all(), plan_year=plan_year, opens_on=opens_on, closes_on=closes_on)
        call = Round(
            plan_year=plan_year,
            title=clean_text(title, field="title"),
            opens_on=opens_on,
            closes_on=closes_on,
            notice_text=clean_text(notice_text, field="notice_text", most=NOTICE),
            articles=default_dates(county).articles,
        )
        call.save()
        audit.entry(
            actor=actor,
            action="round.create",
            record=call,
            label=call.title,
            articles=call.articles,
            new={"plan_year": plan_year, "opens_on": opens_on, "closes_on": closes_on},
        )
    return call


def edit_call(*, actor: Actor, call: Round, **values: Any) -> Round:
    """Change a call that is not closed; changed dates move its timers."""
    _may(actor)
    fields = ("title", "plan_year", "opens_on", "closes_on", "notice_text")
    with audit.act():
        advisory_lock("call")
        call = Round.objects.select_for_update().get(pk=call.pk)
        if call.state == RoundState.CLOSED:
            raise WrongState(_("This call is closed. Reopen it with its new last day."))
        new = {name: values.get(name, getattr(call, name)) for name in fields}
        _check(**new)
        others = Round.objects.exclude(pk=call.pk)
        _refuse_beside(others, **{name: new[name] for name in ("plan_year", "opens_on", "closes_on")})
        old = {name: getattr(call, name) for name in fields}
        for name in fields:
            setattr(call, name, new[name])
        call.save(update_fields=list(fields))
        audit.entry(actor=actor, action="round.edit", record=call, label=call.title, old=old, new=new)
        if call.state == RoundState.OPEN and old["closes_on"] != call.closes_on:
            if call.closes_on < today():
                raise Refusal(_("The last day lies in the past. To end the call now, close it."), field="closes_on")
            _set_timers(actor, call)
    return call


def open_call_for_filing(*, actor: Actor, call: Round, seen_version: int | None = None) -> Round:
    """Open a call: its dates are fixed, its closing is set as a timer, units that file are told."""
    with audit.act():
        if call.closes_on < today():
            raise Refusal(
                _("The last day of this call, %(day)s, lies in the past. Please change it first.")
                % {"day": call.closes_on},
                field="closes_on",
                articles=call.articles,
            )
        perform(call, "open", actor=actor, seen_version=seen_version, articles=call.articles)
        _set_timers(actor, call)
    return call


def close_call(*, actor: Actor, call: Round, seen_version: int | None = None) -> Round:
    """Close a call (by hand, or by its timer): drafts are kept, their filers are told how they go on."""
    with audit.act():
        perform(call, "close", actor=actor, seen_version=seen_version, articles=call.articles)
        _cancel_timers(actor, call)
        tell_drafts(call, "call_closed", f"closed:{call.version}")
    return call


def reopen_call(*, actor: Actor, call: Round, closes_on: dt.date, seen_version: int | None = None) -> Round:
    """Open a closed call again until a new last day."""
    if closes_on < today():
        raise Refusal(_("The new last day lies in the past."), field="closes_on")
    with audit.act():
        perform(
            call,
            "reopen",
            actor=actor,
            seen_version=seen_version,
            articles=call.articles,
            fields={"closes_on": closes_on},
        )
        _set_timers(actor, call)
    return call


def _cancel_timers(actor: Actor, call: Round) -> None:
    running = Deadline.objects.filter(
        key__in=(CLOSING, REMINDER),
        record_id=call.pk,
        state__in=(DeadlineState.RUNNING, DeadlineState.PAUSED),
        fired_at=None,
    )
    for row in running:
        deadlines.cancel(actor=actor, deadline=row)


def _set_timers(actor: Actor, call: Round) -> None:
    _cancel_timers(actor, call)
    articles = tuple(call.articles)
    deadlines.start_fixed(
        actor=actor,
        spec=ClockSpec.fixed(CLOSING, call.closes_on, articles=articles, on_overdue="expire"),
        record_id=call.pk,
    )
    for days in TOLD_BEFORE:
        # A timer passes at the end of its day: the telling comes at the start of the day `days` before the last.
        due_on = call.closes_on - dt.timedelta(days=days + 1)
        if due_on >= today():
            deadlines.start_fixed(
                actor=SYSTEM,
                spec=ClockSpec.fixed(REMINDER, due_on, articles=articles, on_overdue="expire"),
                record_id=call.pk,
            )


def drafts_of(call: Round) -> list[Declaration]:
    """Drafts not handed in that no other open call holds."""
    return list(
        Declaration.objects.filter(state=FilingState.DRAFT)
        .exclude(Q(call__state=RoundState.OPEN) & ~Q(call=call))
        .select_related("project__applicant", "project__county")
        .defer("content")
    )


def declarations_in(call: Round) -> QuerySet[Declaration]:
    """Those of a call; of a closed one also those under no call: drafts of either may be let in all the same."""
    held = Q(call=call)
    if call.state == RoundState.CLOSED and call.purpose == Purpose.DECLARATIONS:
        held |= Q(call=None)
    return Declaration.objects.filter(held)


def tell_drafts(call: Round, kind: str, occasion: str) -> int:
    """Tell the people who file for units with drafts, once an occasion. Returns how many drafts there are."""
    drafts = drafts_of(call)
    for draft in drafts:
        project = draft.project
        notify.tell(
            office=project.applicant,
            permission="declaration.file",
            kind=kind,
            project=project,
            key=f"{kind}:{draft.pk}:{call.pk}:{occasion}",
            data={"call": call.title, "closes_on": call.closes_on},
            path=f"/{project.county.code}/filings/{draft.pk}/edit/",
        )
    return len(drafts)


def admit_late(*, actor: Actor, declaration: Declaration, reason: str) -> Declaration:
    """Let a draft be handed in outside the call, where the rules refuse that in principle only; its filers are told.

    Raises `NotPermitted`, `WrongState`, `Refusal` without a reason or where the rules leave no choice.
    """
    _may(actor)
    reason = clean_text(reason, field="reason", most=1000)
    with audit.act():
        declaration = locked(declaration)
        project = declaration.project
        rules = ruleset_of(project.rule_version)
        facts = facts_typed(declaration.content, owner_kind=project.owner_unit.owner_kind, own=rules.spaces.own)
        rows = rules.late_for(facts)
        articles = cite(*(row.articles for row in rows)) if rows else []
        if declaration.state != FilingState.DRAFT:
            raise WrongState(_("Only a draft can be let in outside the call."))
        if not rows or not all("in_principle" in row.marks for row in rows):
            raise Refusal(_("The rules leave no choice here: outside the call this is not taken."), articles=articles)
        if not reason:
            raise Refusal(_("Please say why it is taken outside the call."), field="reason", articles=articles)
        project.late_reason = reason
        project.save(update_fields=["late_reason"])
        audit.entry(
            actor=actor,
            action="declaration.admit_late",
            record=declaration,
            project=project,
            label=project.name,
            new={"reason": reason},
            articles=articles,
        )
        notify.tell(
            office=project.applicant,
            permission="declaration.file",
            kind="late_admitted",
            project=project,
            key=f"late:{declaration.pk}:{declaration.content_version}",
            data={"reason": reason},
            path=f"/{project.county.code}/filings/{declaration.pk}/edit/",
        )
    return declaration


def carry_over(*, actor: Actor, declaration: Declaration, to: int | None = None) -> Declaration:
    """Take a draft into another open call (the one with the id `to`); nothing typed is lost."""
    with audit.act():
        declaration = locked(declaration)
        require_filer(actor=actor, project=declaration.project)
        if declaration.state != FilingState.DRAFT:
            raise WrongState(_("Only a draft can be taken into another call."))
        call = open_call(to)
        if call is None:
            raise WrongState(_("No call is open now. The draft is kept until the next one."))
        if declaration.call_id != call.pk:
            declaration.call = call
            declaration.save(update_fields=["call"])
            declaration.project.plan_year = call.plan_year
            declaration.project.save(update_fields=["plan_year"])
            audit.entry(
                actor=actor,
                action="declaration.carry_over",
                record=declaration,
                project=declaration.project,
                label=declaration.project.name,
                new={"call": call},
            )
    return declaration
