"""What was approved, as later work is held to it: until which day the approvals lasted, and how much may be spent."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db.models import Max, Sum

from approvals.models import Reply
from projects.models import CostLine, Project
from workflow.models import Step, StepState
from workflow.route.kinds import APPROVAL

# What sets the most that may be spent, the later before the earlier.
SETTING = ("budget", "approved_estimate", "estimate", "rough_estimate")


def approved_on(project: Project) -> dt.date | None:
    """The day of the last approval of a project, as its paper or minutes say; None where none names a day."""
    last: dt.date | None = Reply.objects.filter(step__project=project).aggregate(day=Max("replied_on"))["day"]
    ended = Step.objects.filter(project=project, phase=APPROVAL, gate=True, state=StepState.DONE).exclude(
        authority="owner"
    )
    noted = [record.get("on") for record in ended.values_list("record", flat=True) if record.get("on")]
    return max([*([last] if last else []), *(dt.date.fromisoformat(one) for one in noted)], default=None)


def budget_of(project: Project) -> tuple[str, Decimal | None]:
    """The most that may be spent, in yuan, with the stage that set it: the budget, else what was approved before it."""
    lines = CostLine.objects.filter(project=project, stage__in=SETTING).order_by()
    sums: dict[Any, Decimal] = dict(lines.values_list("stage").annotate(total=Sum("amount")))
    stage = next((one for one in SETTING if one in sums), "")
    return (stage, sums[stage]) if stage else ("rough_estimate", project.investment)
