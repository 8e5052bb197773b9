"""What the rules ask of a contract: bounds of its periods and payments, clauses that who signs finds in the paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from funding.models import Contract, Instalment, PayAfter
from funding.services.instalments import amounts
from jurisdictions.rules.schema import PaymentBound
from projects.models import Project
from projects.ruling import facts_of, ruleset_of

MONTHS = {"month": 1, "year": 12}
# What a check measures, in months; any other is a clause.
MEASURED: Mapping[str, Sequence[str]] = {
    "build_period": ("build_months",),
    "free_om_years": ("free_om_months",),
    "hardware_build_om_years": ("build_months", "free_om_months"),
}
# When instalments fall due, one after the other; a day, a milestone and what a note says lie between.
BETWEEN, LAST = 1, 3
ORDER: Mapping[str, int] = {PayAfter.SIGNED: 0, PayAfter.COMPLETED: 2, PayAfter.ACCEPTED: LAST}
BY_PROGRAM = frozenset({"purchase_within_budget", "approved_before_contract"})  # checked besides, never departed from


@dataclass(frozen=True)
class Check:
    """One check of the rules. `fields` are the months it measures; without any it is a clause to be found."""

    key: str
    text: str
    articles: tuple[str, ...]
    in_principle: bool
    fields: tuple[str, ...] = ()
    at_least: Decimal | None = None  # months
    at_most: Decimal | None = None  # months
    bound: PaymentBound | None = None  # of the payment plan

    @property
    def is_measured(self) -> bool:
        """Whether the program measures it; else it is a clause that who signs finds in the paper."""
        return bool(self.fields) or self.bound is not None

    @property
    def field(self) -> str:
        """Where its refusal stands."""
        if self.bound is not None:
            return "plan-0-share"
        return self.fields[0] if self.fields else f"check-{self.key}"

    def holds(self, contract: Contract) -> bool:
        """Whether what is measured lies within the bounds; of a clause whether it was found."""
        if self.bound is not None:
            share = _share(contract, self.bound)
            low, high = self.bound.at_least, self.bound.at_most
            return share is not None and (low is None or share >= low) and (high is None or share <= high)
        if not self.fields:
            return self.key in contract.confirmed
        given = [getattr(contract, name) for name in self.fields]
        if None in given:
            return False
        months = Decimal(sum(given))
        return (self.at_least is None or months >= self.at_least) and (self.at_most is None or months <= self.at_most)


def checks_of(project: Project) -> list[Check]:
    """The checks that count for contracts of a project, by its own version of the rules."""
    rules, facts = ruleset_of(project.rule_version), facts_of(project)
    if facts is None:
        return []
    found = []
    for one in rules.items_for(rules.rules.contract_checks, facts):
        factor = MONTHS.get(one.then.unit or "")
        fields = MEASURED.get(one.key, ()) if factor else ()
        low, high = one.then.at_least, one.then.at_most
        found.append(
            Check(
                one.key,
                one.text,
                tuple(one.articles),
                "in_principle" in one.marks,
                tuple(fields),
                Decimal(str(low)) * (factor or 1) if fields and low is not None else None,
                Decimal(str(high)) * (factor or 1) if fields and high is not None else None,
            )
        )
    found += [
        Check(one.key, one.text, tuple(one.articles), "in_principle" in one.marks, bound=one)
        for one in rules.items_for(rules.rules.payments, facts)
    ]
    return found


def _share(contract: Contract, bound: PaymentBound) -> Decimal | None:
    """The share of a contract that its plan pays at the event of a bound, or keeps back then; None without a plan."""
    rows = list(Instalment.objects.filter(contract=contract))
    if not rows or not contract.amount:
        return None
    at = ORDER.get(bound.at, LAST)
    places = [ORDER.get(one.condition, BETWEEN) for one in rows]
    found = [
        amount
        for place, amount in zip(places, amounts(rows, contract.amount), strict=True)
        if (place > at if bound.retained else place == at)
    ]
    return sum(found, Decimal(0)) / contract.amount
