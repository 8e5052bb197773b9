"""What the county's rules say of a change: its share of the approved total, and what it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from approvals.models import ChangeRequest, Outcome, Reply
from jurisdictions.rules import schema
from jurisdictions.rules.facts import FactError
from jurisdictions.rules.ruleset import Ruleset
from jurisdictions.rules.vocabulary import BESIDE, CHANGE_FACTS
from projects.models import CostLine, Project
from projects.ruling import own_facts_of, ruleset_of
from workflow.filings.content import amount_or_none, rows_at, text_at

WHAT, FACTS, MONEY, PAPERS = "change", "facts", "money", "papers"
NOTHING = Decimal(0)
ARGUED = "expert_argumentation"  # what a change must have gone through, where the rules say so
# The stages in which a total is approved, the one that counts first before the others.
APPROVED_STAGES = ("approved_estimate", "estimate")
FLAGS = tuple(key for key, spec in CHANGE_FACTS.items() if spec.kind == "flag")


@dataclass(frozen=True)
class Base:
    """What shares are taken of, in yuan, and what earlier changes came to."""

    amount: Decimal
    now: Decimal  # the approved total, with the earlier changes
    earlier: Decimal  # what they moved, where the rules add it up
    budget: Decimal | None = None  # the approved budget
    estimate: Decimal | None = None  # the approved estimate alone


@dataclass(frozen=True)
class Judgement:
    """What the rules say of a change as it is typed; `error` names what keeps them from saying anything."""

    base: Base
    moved: Decimal = NOTHING
    delta: Decimal = NOTHING
    ratio: Decimal | None = None
    outcome: str = ""
    authority: str = ""
    row: str = ""
    text: str = ""
    refers_to: str = ""
    articles: Sequence[str] = ()
    marks: Sequence[str] = ()
    acts: Sequence[Mapping[str, Any]] = ()
    needs: Sequence[str] = ()  # steps that are gone through first
    papers: Sequence[str] = ()  # that the unit hands in
    error: str = ""
    flags: Mapping[str, bool] = field(default_factory=dict)

    @property
    def total(self) -> Decimal:
        """The total that it asks for."""
        return self.base.now + self.delta


def base_of(project: Project) -> Base:
    """The base of a project's changes. The latest reply that settles a total counts, with the changes since."""
    rule = ruleset_of(project.rule_version).rules.change_base
    counted = list(ChangeRequest.objects.filter(project=project).counted())
    given = list(Reply.objects.of_project(project).exclude(step__key=BESIDE).select_related("step"))
    stages = APPROVED_STAGES if rule is None or rule.of == "approved_estimate" else ()
    found = next((one for key in stages for one in reversed(given) if one.money_stage == key), None)
    if found is not None and found.amount is not None:
        closed_at = found.step.closed_at
        counted = [one for one in counted if closed_at is None or one.decided_at is None or one.decided_at > closed_at]
        amount = found.amount
    else:
        amount = (project.investment or NOTHING) - sum((one.delta for one in counted), NOTHING)
    budget = next((one for one in reversed(given) if one.money_stage == "budget"), None)
    return Base(
        amount,
        amount + sum((one.delta for one in counted), NOTHING),
        sum((one.moved for one in counted), NOTHING) if rule is not None and rule.cumulative else NOTHING,
        budget=_since(budget, project) if budget is not None else None,
        estimate=found.amount if found is not None else None,
    )


def _since(budget: Reply, project: Project) -> Decimal | None:
    """The approved budget with what changes approved since brought (yuan)."""
    closed_at = budget.step.closed_at
    rows = ChangeRequest.objects.filter(project=project, outcome=Outcome.APPROVE).counted()
    later = [one.delta for one in rows if closed_at is None or one.decided_at is None or one.decided_at > closed_at]
    return None if budget.amount is None else budget.amount + sum(later, NOTHING)


def stage_of(project: Project) -> str:
    """The stage whose lines a change alters: the one that was settled last of those that approve a total."""
    known = set(CostLine.objects.of_project(project).values_list("stage", flat=True))
    return next((key for key in APPROVED_STAGES if key in known), "rough_estimate")


def amounts(content: Mapping[str, Any]) -> list[tuple[str, Decimal, Decimal]]:
    """The lines that are changed, with the old and the new amount in yuan; what cannot be read counts as nothing."""
    found = []
    for number, row in enumerate(rows_at(content, f"{MONEY}-lines")):
        old, new = (
            amount_or_none(text_at(content, f"{MONEY}-lines-{number}-{key}"), unit="wan") or NOTHING
            for key in ("old", "new")
        )
        found.append((str(row.get("line", "")), old, new))
    return found


def judge(project: Project, content: Mapping[str, Any], base: Base) -> Judgement:
    """Ask the rules. What is moved between lines counts in full, not only what the total grows by."""
    rules, lines = ruleset_of(project.rule_version), amounts(content)
    up = sum((max(new - old, NOTHING) for _line, old, new in lines), NOTHING)
    down = sum((max(old - new, NOTHING) for _line, old, new in lines), NOTHING)
    moved, delta = max(up, down), up - down
    total = base.now + delta
    flags = {key: text_at(content, f"{FACTS}-{key}") == "yes" for key in FLAGS}
    flags["exceeds_estimate"] |= base.estimate is not None and total > base.estimate
    flags["exceeds_budget"] |= base.budget is not None and min(base.now, base.budget) + delta > base.budget
    asked = {key: project.facts()[key] for key in ("action", "category", "owner_kind")}
    raw: dict[str, Any] = {
        **asked,
        **own_facts_of(project, rules),
        **flags,
        "reason": text_at(content, f"{WHAT}-reason") or "other",
        "estimate": base.amount,
        "delta": base.earlier + moved,
    }
    try:
        answer = rules.change(raw)
    except FactError as error:
        return Judgement(base, moved, delta, error=error.message, flags=flags)
    documents = rules.rules.documents
    acts: list[dict[str, Any]] = [{"authority": act.authority, "documents": list(act.documents)} for act in answer.acts]
    if answer.outcome in (Outcome.APPROVE, Outcome.FILE) and not acts and answer.authority:
        acts = [{"authority": answer.authority, "documents": []}]
    first = acts[0]["documents"] if acts else []
    if acts and ARGUED in answer.requires:
        acts[0]["may_ask_experts"] = True
    return Judgement(
        base,
        moved,
        delta,
        (base.earlier + moved) / base.amount,
        outcome=answer.outcome or Outcome.SILENT,
        authority=answer.authority or "",
        row=answer.row_id,
        text=answer.text,
        refers_to=answer.refers_to or "",
        articles=answer.articles,
        marks=answer.marks,
        acts=acts,
        needs=[key for key in answer.requires if key not in documents],
        papers=list(dict.fromkeys([*(key for key in answer.requires if key in documents), *first])),
        flags=flags,
    )


def rows_of(rules: Ruleset) -> Sequence[schema.ChangeRow]:
    """The county's rows on changes."""
    return rules.rules.change_control


def papers_known(rules: Ruleset) -> frozenset[str]:
    """Every paper that a change may ask for."""
    found = [key for row in rows_of(rules) for key in row.then.requires]
    found += [key for row in rows_of(rules) for act in row.then.acts for key in act.documents]
    return frozenset(key for key in found if key in rules.rules.documents)


def facts_asked(rules: Ruleset) -> frozenset[str]:
    """The yes/no facts that the county's rows ask about."""
    return frozenset(key for row in rows_of(rules) for key, _condition in row.when.conditions if key in FLAGS)
