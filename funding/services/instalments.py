"""The payment plan of a contract: its rows, what they come to, and whether the condition of one is met."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.refusals import Refusal
from approvals.models import Milestone, MilestoneState
from funding.models import Contract, Instalment, PayAfter, Payment
from jurisdictions.templatetags.xunzhang import wan
from projects.models import Project
from workflow.models import RecordedDate, Step, StepState

NOTHING, FEN, WHOLE = Decimal(0), Decimal("0.01"), Decimal(100)


@dataclass(frozen=True)
class Planned:
    """A row as it is typed: a share in percent or an amount in yuan; `condition` as `milestone:7` where it is one."""

    name: str
    condition: str
    share: Decimal | None = None
    amount: Decimal | None = None
    due_on: dt.date | None = None
    note: str = ""


def write(contract: Contract, rows: Sequence[Planned]) -> None:
    """Keep the plan of a draft as it is now."""
    known = {f"{PayAfter.MILESTONE}:{one.pk}": one for one in Milestone.objects.filter(project=contract.project_id)}
    Instalment.objects.filter(contract=contract).delete()
    Instalment.objects.bulk_create(
        Instalment(
            county_id=contract.county_id,
            contract=contract,
            position=number,
            name=one.name,
            condition=one.condition.partition(":")[0],
            milestone=known.get(one.condition),
            share=one.share,
            amount=one.amount,
            due_on=one.due_on,
            note=one.note,
        )
        for number, one in enumerate(rows, 1)
    )


def conditions(project: Project) -> list[tuple[str, str]]:
    """When an instalment may be due: the usual conditions, and each milestone of the project that was not dropped."""
    usual = [(str(key), str(name)) for key, name in PayAfter.choices if key != PayAfter.MILESTONE]
    found = Milestone.objects.filter(project=project).exclude(state=MilestoneState.DROPPED)
    return [*usual, *((f"{PayAfter.MILESTONE}:{one.pk}", one.name) for one in found)]


def plan_of(contract: Contract) -> list[Planned]:
    """The rows as they were typed."""
    found = Instalment.objects.filter(contract=contract)
    return [
        Planned(
            one.name,
            f"{one.condition}:{one.milestone_id}" if one.milestone_id else one.condition,
            one.share,
            one.amount,
            one.due_on,
            one.note,
        )
        for one in found
    ]


def amounts(rows: Sequence[Planned] | Sequence[Instalment], total: Decimal) -> list[Decimal]:
    """What each row comes to in yuan; where shares make up the whole, the last row takes what rounding left."""
    found = [
        one.amount
        if one.amount is not None
        else (total * (one.share or NOTHING) / WHOLE).quantize(FEN, rounding=ROUND_HALF_UP)
        for one in rows
    ]
    if found and all(one.amount is None for one in rows) and sum(one.share or NOTHING for one in rows) == WHOLE:
        found[-1] += total - sum(found, NOTHING)
    return found


def against(contract: Contract) -> Iterator[Refusal]:
    """What stands against signing with this plan; a contract may have none."""
    rows = list(Instalment.objects.filter(contract=contract))
    if not rows or contract.amount is None:
        return
    total = sum(amounts(rows, contract.amount), NOTHING)
    if total != contract.amount:
        said = _("The instalments come to %(total)s, the contract to %(amount)s (10,000 yuan).")
        yield Refusal(said % {"total": wan(total), "amount": wan(contract.amount)}, field="plan-0-share")


def settle_amounts(contract: Contract) -> None:
    """As the contract is signed, its shares become amounts."""
    rows = list(Instalment.objects.filter(contract=contract))
    for one, amount in zip(rows, amounts(rows, contract.amount or NOTHING), strict=True):
        one.amount = amount
    Instalment.objects.bulk_update(rows, ["amount"])


def paid_by_row(contract: Contract) -> dict[Any, Decimal]:
    """What was paid on each row of the plan, in yuan, by its key."""
    rows = Payment.objects.paid().filter(contract=contract, instalment__isnull=False).order_by()
    return dict(rows.values_list("instalment").annotate(total=Sum("amount")))


def unmet(instalment: Instalment, project: Project, on: dt.date) -> Refusal | None:
    """Why an instalment is not to be paid on a day: its condition is not met by then. None where it is."""
    articles: Sequence[str] = ()
    if instalment.condition == PayAfter.DAY:
        met = instalment.due_on is not None and instalment.due_on <= on
    elif instalment.condition == PayAfter.MILESTONE:
        done = instalment.milestone.done_on if instalment.milestone is not None else None
        met = done is not None and done <= on
    elif instalment.condition == PayAfter.COMPLETED:
        step = Step.objects.filter(project=project, key="implementation").exclude(state=StepState.SKIPPED).first()
        articles = step.articles if step is not None else ()
        met = RecordedDate.objects.filter(project=project, event="completed", on__lte=on).exists()
    elif instalment.condition == PayAfter.ACCEPTED:
        due = Step.objects.filter(project=project, phase="acceptance").exclude(state=StepState.SKIPPED)
        articles = list(dict.fromkeys(article for step in due for article in step.articles))
        met = due.exists() and not due.unended().exists()
    else:
        met = True
    if met:
        return None
    said = _("“%(name)s” is to be paid after “%(after)s” by the contract; that has not come by this day.")
    return Refusal(said % {"name": instalment.name, "after": instalment.after}, field="instalment", articles=articles)


def shown(contract: Contract) -> list[Any]:
    """The plan with what was paid on each row and what is left."""
    rows: list[Any] = list(Instalment.objects.filter(contract=contract).select_related("milestone"))
    paid = paid_by_row(contract)
    for one, amount in zip(rows, amounts(rows, contract.amount or NOTHING), strict=True):
        one.due = amount
        one.paid = paid.get(one.pk, NOTHING)
        one.left = amount - one.paid
    return rows
