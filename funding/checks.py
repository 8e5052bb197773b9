"""What the rules ask of a contract: bounds it is measured by, clauses that who signs finds in the paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from funding.models import Contract
from projects.models import Project
from projects.ruling import facts_of, ruleset_of

MONTHS = {"month": 1, "year": 12}
# What a check measures, in months; any other is a clause.
MEASURED: Mapping[str, Sequence[str]] = {
    "build_period": ("build_months",),
    "free_om_years": ("free_om_months",),
    "hardware_build_om_years": ("build_months", "free_om_months"),
}
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

    def holds(self, contract: Contract) -> bool:
        """Whether what is measured lies within the bounds; of a clause whether it was found."""
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
    return found
