"""The money of a project as people read it: cost lines down, stages across, differences, by year and source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

import yaml
from django.conf import settings
from django.utils.translation import gettext as _

from jurisdictions.facts import FundingSource
from jurisdictions.rules.vocabulary import COST_LINES, MONEY_STAGES
from projects.models import ALL_LINES, CostLine, Project
from projects.ruling import ruleset_of
from projects.services.money import Sum

NOTHING = Decimal(0)
HANDED_IN = "handed_in"
SHARES = settings.BASE_DIR / "fixtures" / "usual_shares.yaml"


@dataclass(frozen=True)
class Share:
    """Within which bounds a cost line usually lies, as a part of the total; both ends are usual still."""

    line: str
    text: str
    least: Decimal = NOTHING
    most: Decimal = Decimal(1)

    def holds(self, amount: Decimal, total: Decimal) -> bool:
        """Whether an amount of a total is usual."""
        return self.least * total <= amount <= self.most * total


@cache
def usual_shares() -> Mapping[str, Share]:
    """The usual shares by cost line: hints for who reviews, no rule of any county."""
    found = {}
    for one in yaml.safe_load(SHARES.read_text(encoding="utf-8")):
        least, most = Decimal(str(one.get("from", 0))), Decimal(str(one.get("to", 1)))
        found[one["line"]] = Share(one["line"], one["text"], least, most)
    unknown = found.keys() - COST_LINES.keys()
    if unknown:
        raise ValueError(f"{SHARES}: no cost lines: {', '.join(sorted(unknown))}")
    return found


def unusual(sums: Iterable[Sum]) -> list[str]:
    """What of these sums of one stage lies beyond the usual, in words."""
    given = list(sums)
    total = sum((one.amount for one in given), NOTHING)
    by_line = _summed((one.line, one.amount) for one in given)
    shares = usual_shares()
    said = _("%(line)s: %(percent)s%% of the total. %(hint)s")
    return [
        said % {"line": COST_LINES[line], "percent": percent(amount, total), "hint": shares[line].text}
        for line, amount in by_line.items()
        if line in shares and total and not shares[line].holds(amount, total)
    ]


def percent(part: Decimal, whole: Decimal) -> Decimal | None:
    """How many percent a part is, to one decimal place; None of nothing."""
    if not whole:
        return None
    return (part * 100 / whole).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def sources_of(project: Project) -> list[tuple[str, str]]:
    """Where its money may come from: key and name by the county's list, by the general one where it has none."""
    named = ruleset_of(project.rule_version).rules.sources
    return [(one.key, str(one.name)) for one in named] or [(key, str(name)) for key, name in FundingSource.choices]


@dataclass
class Cell:
    """An amount in yuan, and by how much and how many percent it differs from the stage before."""

    label: str
    amount: Decimal | None = None
    change: Decimal | None = None
    percent: Decimal | None = None


@dataclass
class Table:
    """Rows of cells under the stages that have sums."""

    stages: list[str]
    rows: list[tuple[str, list[Cell]]] = field(default_factory=list)
    total: list[Cell] = field(default_factory=list)
    by_year: list[tuple[str, str, list[Cell]]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.stages)


def table_of(project: Project, *, handed_in: tuple[str, Sequence[Sum]] | None = None) -> Table:
    """The sums of a project; `handed_in` is a stage that is being decided, with what the unit asks for (one query)."""
    lines: list[Any] = list(CostLine.objects.of_project(project))
    found: dict[str, list[Any]] = {key: [one for one in lines if one.stage == key] for key in MONEY_STAGES}
    labels = {key: str(label) for key, label in MONEY_STAGES.items() if found[key]}
    if handed_in is not None and handed_in[1]:
        stage, sums = handed_in
        order = list(MONEY_STAGES)
        # Beside it stands what was decided before it; what was decided of itself is no comparison.
        labels = {key: one for key, one in labels.items() if order.index(key) < order.index(stage)}
        labels[HANDED_IN] = _("%(stage)s, as handed in") % {"stage": MONEY_STAGES[stage]}
        found[HANDED_IN] = list(sums)
    columns = [found[key] for key in labels]
    named = list(labels.values())
    table = Table(named)
    if not named:
        return table
    by_line = [_summed((one.line, one.amount) for one in column) for column in columns]
    table.rows = [
        (str(label), _cells(named, [one.get(key) for one in by_line]))
        for key, label in ALL_LINES.items()
        if any(key in one for one in by_line)
    ]
    table.total = _cells(named, [sum(one.values(), NOTHING) for one in by_line])
    by_year = [_summed(((one.year, one.source), one.amount) for one in column) for column in columns]
    sources = dict(sources_of(project))
    keys = sorted({key for one in by_year for key in one}, key=lambda key: (key[0] is None, key[0] or 0, key[1]))
    table.by_year = [
        (str(year or _("not said")), sources.get(source, source) or _("not said"), _cells(named, amounts))
        for year, source in keys
        for amounts in [[one.get((year, source)) for one in by_year]]
    ]
    return table


def _summed(pairs: Iterable[tuple[Any, Decimal]]) -> dict[Any, Decimal]:
    found: dict[Any, Decimal] = {}
    for key, amount in pairs:
        found[key] = found.get(key, NOTHING) + amount
    return found


def _cells(labels: Sequence[str], amounts: Sequence[Decimal | None]) -> list[Cell]:
    cells, before = [], None
    for place, (label, amount) in enumerate(zip(labels, amounts, strict=True)):
        cell = Cell(label, amount)
        if place and not (amount is None and before is None):
            change = (amount or NOTHING) - (before or NOTHING)
            if change:
                cell.change, cell.percent = change, percent(change, before or NOTHING)
        cells.append(cell)
        before = amount
    return cells
