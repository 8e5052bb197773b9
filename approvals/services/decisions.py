"""Decisions and records on steps: what an office says, and what it writes down of others' decisions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Incomplete, Refusal, clean_text
from approvals.kinds.base import PagedKind
from workflow.clocks import clock
from workflow.models import Duty, Step
from workflow.route.kinds import kind_of
from workflow.route.steps import finish
from workflow.trail import audit

APPROVE, REFUSE, PASS, FAIL, RECORDED = "approve", "refuse", "pass", "fail", "recorded"


def not_decided_by_one(step: Step) -> Refusal:
    """What is said where a decision is sent for a step that is recorded, or decided by a meeting."""
    return Refusal(_("This step is not decided by a single office."), articles=step.articles)


def not_recorded(step: Step) -> Refusal:
    """What is said where a record is sent for a step that is decided."""
    return Refusal(_("This step is decided here, not recorded. Please open it and decide."), articles=step.articles)


def decide(
    *,
    actor: Actor,
    step: Step,
    outcome: str,
    reason: str = "",
    record: Mapping[str, Any] | None = None,
    missing_reason: str = "",
    seen_version: int | None = None,
) -> Step:
    """Approve or refuse a single or joint review.

    A joint review is consolidated in words, and opinions still missing are named with the reason for going on.
    Sending back for correction is `workflow.filings.services.send_back`. Raises `Refusal`s; nothing is written then.
    """
    kind = kind_of(step)
    if not isinstance(kind, PagedKind) or not kind.is_review:
        raise not_decided_by_one(step)
    if kind.outcome(outcome) is None:
        raise kind.wrong_outcome(step)
    facts = dict(record or {})
    with transaction.atomic(), audit.gathered():
        facts |= kind.before_decision(
            actor=actor, step=step, outcome=outcome, reason=reason, missing_reason=missing_reason
        )
        return _end(actor=actor, step=step, outcome=outcome, reason=reason, record=facts, seen_version=seen_version)


def record_result(
    *,
    actor: Actor,
    step: Step,
    outcome: str = RECORDED,
    on: dt.date | None = None,
    number: str = "",
    reason: str = "",
    record: Mapping[str, Any] | None = None,
    seen_version: int | None = None,
) -> Step:
    """Write down what was done or decided elsewhere.

    That is an outside evaluation (pass, fail), a filing, a notice, a plan entry or a unit's own step. `on` is the day
    it happened, never in the future; `number` is the paper's number. A review or a meeting is refused: it ends
    by its own decision, with opinions and minutes.
    """
    kind = kind_of(step)
    if kind.duty(step) != Duty.RECORD:
        raise not_recorded(step)
    problems: list[Refusal] = []
    if kind.outcome(outcome) is None:
        problems.append(kind.wrong_outcome(step))
    if on is None:
        problems.append(Refusal(_("Please enter the day."), field="on", articles=step.articles))
    elif on > clock.today():
        problems.append(Refusal(_("The day lies in the future."), field="on", articles=step.articles))
    if problems:
        raise Incomplete(_("The record is not complete."), items=problems)
    facts = {"on": on, "number": clean_text(number, field="number", most=60), **(record or {})}
    with transaction.atomic(), audit.gathered():
        return _end(actor=actor, step=step, outcome=outcome, reason=reason, record=facts, seen_version=seen_version)


def _end(
    *,
    actor: Actor,
    step: Step,
    outcome: str,
    reason: str,
    record: Mapping[str, Any],
    seen_version: int | None,
) -> Step:
    ended = kind_of(step).outcome(outcome)
    return finish(
        actor=actor,
        step=step,
        outcome=outcome,
        reason=reason,
        record=audit.plain(record),
        seen_version=seen_version,
        negative=ended is not None and ended.negative,
    )
