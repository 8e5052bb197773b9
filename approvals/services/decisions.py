"""Decisions and records on steps: what an office says, and what it writes down of others' decisions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Incomplete, Refusal, clean_text
from approvals.models import Conclusion, Opinion
from approvals.services.opinions import close_missing, locked_opinions
from workflow.clocks import clock
from workflow.models import Duty, Step
from workflow.route.steps import duty_of, finish
from workflow.trail import audit

APPROVE, REFUSE, PASS, FAIL, RECORDED = "approve", "refuse", "pass", "fail", "recorded"
NEGATIVE = frozenset({REFUSE, FAIL})


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
    Sending back for correction is `projects.services.send_back`. Raises `Refusal`s; nothing is written then.
    """
    if step.kind not in ("single", "joint"):
        raise Refusal(_("This step is not decided by a single office."), articles=step.articles)
    if outcome not in (APPROVE, REFUSE):
        raise Refusal(_("Please choose a decision."), field="outcome")
    facts = dict(record or {})
    with transaction.atomic(), audit.gathered():
        if step.kind == "joint":
            opinions = locked_opinions(step)
            missing = close_missing(actor=actor, step=step, opinions=opinions, reason=missing_reason)
            facts["missing_opinions"] = [one.office.name for one in missing]
            facts["missing_reason"] = missing_reason
            _check_consolidation(step, opinions, outcome, reason)
        return _end(actor=actor, step=step, outcome=outcome, reason=reason, record=facts, seen_version=seen_version)


def _check_consolidation(step: Step, opinions: list[Opinion], outcome: str, reason: str) -> None:
    if clean_text(reason, field="reason"):
        return
    objected = any(one.conclusion == Conclusion.OBJECT for one in opinions)
    if objected and outcome == APPROVE:
        raise Refusal(
            _("An office objects: the consolidated opinion must say how that was resolved."),
            field="reason",
            articles=step.articles,
        )
    raise Refusal(
        _("A joint review ends with a consolidated opinion in words."), field="reason", articles=step.articles
    )


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
    if duty_of(step) != Duty.RECORD:
        raise Refusal(_("This step is decided here, not recorded. Please open it and decide."), articles=step.articles)
    problems: list[Refusal] = []
    if step.kind == "outside" and outcome not in (PASS, FAIL):
        problems.append(Refusal(_("Please say whether it was passed."), field="outcome", articles=step.articles))
    if step.kind != "outside" and outcome != RECORDED:
        problems.append(
            Refusal(_("This step is only recorded; there is nothing to pass."), field="outcome", articles=step.articles)
        )
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
    return finish(
        actor=actor,
        step=step,
        outcome=outcome,
        reason=reason,
        record=audit.plain(record),
        seen_version=seen_version,
        negative=outcome in NEGATIVE,
    )
