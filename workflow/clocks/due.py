"""Deadlines as pages show them: what runs, how many working days are left, and by which article."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from jurisdictions.rules.vocabulary import AUTHORITIES
from jurisdictions.templatetags.xunzhang import day as day_in_words
from workflow.clocks import clock
from workflow.clocks.timers import DEEMED_PASSED, is_tacit
from workflow.models import ClockKind, Deadline, DeadlineState, Step

# Steps that last for a time: a shortest duration is theirs, not of what comes after.
LASTING = frozenset({"trial_run", "implementation", "operation"})


@dataclass(frozen=True)
class Due:
    """One running or paused deadline.

    `left` are working days, negative when overdue; None while paused, and where no last day is waited for. `said` are
    the days in words where they are no last day, `silence` what it counts as if nobody decides.
    """

    label: str
    party: str  # who must act, by name
    office_id: int | None
    due: dt.date
    left: int | None
    provisional: bool
    paused: bool
    articles: list[str]
    said: str = ""
    silence: str = ""


def days_in_words(row: Deadline) -> str:
    """The days of a clock in words: from when at the earliest, between which days, on which; empty for a last day."""
    end = day_in_words(row.due_on)
    if row.kind == ClockKind.NOT_BEFORE:
        if row.step is not None and row.step.key in LASTING:
            return _("%(step)s at least until %(day)s") % {"step": row.step.name, "day": end}
        return _("from %(day)s at the earliest") % {"day": end}
    if row.kind == ClockKind.WINDOW and row.opens_on is not None:
        return _("from %(opens)s to %(day)s") % {"opens": day_in_words(row.opens_on), "day": end}
    if row.kind == ClockKind.EXACTLY:
        return _("ends on %(day)s") % {"day": end}
    return ""


def silence_in_words(row: Deadline) -> str:
    """What it counts as by the rules if nobody decides until the day, said beforehand; else empty."""
    if not is_tacit(row):
        return ""
    if row.on_overdue == DEEMED_PASSED:
        return _("If nobody decides until then, it counts as consent.")
    return _("If nobody decides until then, it counts as a refusal.")


def days_left(row: Deadline) -> int | None:
    """Working days up to the last day, negative when overdue; None while stopped, or as long as nothing is due."""
    if row.state == DeadlineState.PAUSED or row.kind == ClockKind.NOT_BEFORE:
        return None
    if row.opens_on is not None and row.opens_on > clock.today():
        return None
    return clock.working_days_left(row.due_on)


def _shown(row: Deadline) -> Due:
    paused = row.state == DeadlineState.PAUSED
    party = row.office.name if row.office is not None else str(AUTHORITIES.get(row.party, row.party))
    return Due(
        label=party if row.kind in (ClockKind.NOT_BEFORE, ClockKind.WINDOW) else _("%(party)s, due") % {"party": party},
        party=party,
        office_id=row.office_id,
        due=row.due_on,
        left=days_left(row),
        provisional=row.provisional,
        paused=paused,
        articles=row.articles,
        said=days_in_words(row),
        silence=silence_in_words(row),
    )


def _unended() -> Any:
    running = Deadline.objects.unended().filter(step__isnull=False)
    return running.select_related("office", "step").order_by("due_on")


def of_step(step: Step) -> list[Due]:
    """What runs on a step, soonest first."""
    return [_shown(row) for row in _unended().filter(step=step)]


def of_project(project: Any) -> dict[int, dict[int, Due]]:
    """What runs on a project: step id to office id to deadline."""
    found: dict[int, dict[int, Due]] = defaultdict(dict)
    for row in _unended().filter(project=project):
        found[row.step_id].setdefault(row.office_id, _shown(row))
    return dict(found)
