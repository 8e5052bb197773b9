"""The sums of a project on its cost lines: set by what settles them, replaced where it settles them anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounts.actors import Actor
from jurisdictions.rules.vocabulary import MONEY_STAGES
from projects.models import ADJUSTMENT, UNDIVIDED, CostLine, Declaration, Project
from workflow.models import Step
from workflow.trail import audit

DECLARED = "declaration"  # the origin of what was declared
# Of these there are several, each with its own sum; of the other stages there is one, and a later one replaces it.
MANY = frozenset({"contract", "payment"})


@dataclass(frozen=True)
class Sum:
    """An amount in yuan on a cost line, of a year and a source (key of the county's list) where they are known."""

    line: str
    amount: Decimal
    year: int | None = None
    source: str = ""
    note: str = ""


def settle(
    *,
    actor: Actor,
    project: Project,
    stage: str,
    origin: str,
    sums: Sequence[Sum] = (),
    total: Decimal | None = None,
    step: Step | None = None,
) -> list[CostLine]:
    """Set what a stage comes to, in yuan, as one audited write; `origin` names what settled it (`contract:7`).

    Where the `total` differs from the sums, a line of its own says by how much; without sums it stands undivided.
    A contract or payment replaces what it set itself; in any other stage what was settled last replaces the rest.
    """
    lines = keep(project=project, stage=stage, origin=origin, sums=sums, total=total, step=step)
    audit.entry(
        actor=actor,
        action="project.settle_money",
        record=project,
        project=project,
        label=str(MONEY_STAGES[stage]),
        new={"amount": sum((one.amount for one in lines), Decimal(0)), "origin": origin},
        articles=step.articles if step is not None else (),
    )
    return lines


def keep(
    *,
    project: Project,
    stage: str,
    origin: str,
    sums: Sequence[Sum] = (),
    total: Decimal | None = None,
    step: Step | None = None,
) -> list[CostLine]:
    """Write the lines alone, for an act that says itself what was done."""
    known = CostLine.objects.filter(project=project, stage=stage)
    (known.filter(origin=origin) if stage in MANY else known).delete()
    found = [one for one in sums if one.amount]
    if total is not None and (left := total - sum((one.amount for one in found), Decimal(0))):
        found.append(Sum(ADJUSTMENT if found else UNDIVIDED, left))
    return CostLine.objects.bulk_create(
        CostLine(
            county_id=project.county_id,
            project=project,
            stage=stage,
            line=one.line,
            year=one.year,
            source=one.source,
            amount=one.amount,
            note=one.note,
            origin=origin,
            step=step,
        )
        for one in found
    )


def take_back(*, project: Project, stage: str, origin: str) -> None:
    """Take out what a contract or payment set that holds no longer; who calls says so in the trail."""
    CostLine.objects.filter(project=project, stage=stage, origin=origin).delete()


def keep_declared(declaration: Declaration) -> None:
    """The rough estimate: what was declared by year and source, not broken down yet."""
    keep(
        project=declaration.project,
        stage="rough_estimate",
        origin=DECLARED,
        sums=[Sum(UNDIVIDED, one.amount, one.year, one.source) for one in declaration.money.all()],
        total=None if declaration.project.classified else declaration.project.investment,
    )
