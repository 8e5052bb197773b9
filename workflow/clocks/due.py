"""Deadlines as pages show them: what runs, how many working days are left, and by which article."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from jurisdictions.rules.vocabulary import AUTHORITIES
from workflow.clocks import clock
from workflow.models import Deadline, DeadlineState, Step


@dataclass(frozen=True)
class Due:
    """One running or paused deadline. `left` are working days, negative when overdue; None while paused."""

    label: str
    party: str  # who must act, by name
    office_id: int | None
    due: dt.date
    left: int | None
    provisional: bool
    paused: bool
    articles: list[str]


def _shown(row: Deadline) -> Due:
    paused = row.state == DeadlineState.PAUSED
    party = row.office.name if row.office is not None else str(AUTHORITIES.get(row.party, row.party))
    return Due(
        label=_("%(party)s, due") % {"party": party},
        party=party,
        office_id=row.office_id,
        due=row.due_on,
        left=None if paused else clock.working_days_left(row.due_on),
        provisional=row.provisional,
        paused=paused,
        articles=row.articles,
    )


def _unended() -> Any:
    states = (DeadlineState.RUNNING, DeadlineState.PAUSED)
    return Deadline.objects.filter(state__in=states, step__isnull=False).select_related("office").order_by("due_on")


def of_step(step: Step) -> list[Due]:
    """What runs on a step, soonest first."""
    return [_shown(row) for row in _unended().filter(step=step)]


def of_project(project: Any) -> dict[int, dict[int, Due]]:
    """What runs on a project: step id to office id to deadline."""
    found: dict[int, dict[int, Due]] = defaultdict(dict)
    for row in _unended().filter(project=project):
        found[row.step_id].setdefault(row.office_id, _shown(row))
    return dict(found)
