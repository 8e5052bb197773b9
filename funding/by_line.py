"""Contracts beside the budget on each cost line: no article bounds a line, so it is said and nothing is refused."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from approvals.services.limits import budget_of
from jurisdictions.rules.vocabulary import COST_LINES, MONEY_STAGES
from jurisdictions.templatetags.xunzhang import wan
from projects.models import CostLine, Project
from projects.services import money

NOTHING = Decimal(0)


def beyond(project: Project, drafted: Sequence[money.Sum] = ()) -> list[str]:
    """On which lines what was signed, with what is `drafted` (yuan), is more than the budget has, in words."""
    stage, _most = budget_of(project)
    rows = CostLine.objects.filter(project=project, stage__in=("contract", stage), line__in=COST_LINES).order_by()
    sums: dict[Any, Decimal] = {
        (row["stage"], row["line"]): row["total"] for row in rows.values("stage", "line").annotate(total=Sum("amount"))
    }
    if not any(key == stage for key, _line in sums):
        return []
    asked = dict.fromkeys(COST_LINES, NOTHING)
    for one in drafted:
        asked[one.line] += one.amount
    said = _("%(line)s: contracts of %(contracted)s, in the %(stage)s %(budgeted)s (10,000 yuan).")
    found = []
    for line, label in COST_LINES.items():
        contracted, budgeted = sums.get(("contract", line), NOTHING) + asked[line], sums.get((stage, line), NOTHING)
        if contracted > budgeted:
            words = {"line": label, "stage": MONEY_STAGES[stage], "contracted": wan(contracted)}
            found.append(said % {**words, "budgeted": wan(budgeted)})
    return found
