"""What a declaration form is built from: the rules, the facts as typed, offices, papers, partners."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Office
from jurisdictions.facts import YES_NO_FACTS, Action, Category, FundingSource
from jurisdictions.rules.answers import Decision
from jurisdictions.rules.facts import Facts
from jurisdictions.rules.ruleset import Ruleset
from jurisdictions.rules.vocabulary import FactSpace, FactSpec
from workflow.filings.content import amount_or_none, text_at, whole
from workflow.filings.parts import Choices, Field

SECTIONS = (
    "basics",
    "money",
    "purpose",
    "plan",
    "outline",
    "form",
    "quotes",
    "negative",
    "prerequisites",
    "priority",
    "papers",
)
# What the rest of the form depends on: the facts that rules are asked with, the unit of amounts, the way of the plan.
DECIDING = frozenset(
    {
        *("basics-owner_unit", "basics-action", "basics-category", *(f"basics-{name}" for name in YES_NO_FACTS)),
        *("money-unit", "money-investment", "money-funding_source", "plan-way"),
    }
)
QUOTE_PAPER = "vendor_quote"
YES, NO = "yes", "no"
MONEY_NAMED = "funding_source_named"  # the prerequisite that the lines of the money answer
WRITE = "write"  # the technical plan is written in the form


def yes_no() -> Choices:
    """The two answers of a yes/no question."""
    return [(YES, _("Yes")), (NO, _("No"))]


def sections_touched(places: Iterable[str]) -> set[str] | None:
    """The sections in which a change of these places may show; None where it may show in any."""
    touched = set()
    for place in places:
        if place in DECIDING or place.startswith("basics-own_"):
            return None
        touched.add(place.partition("-")[0])
    return touched | {"plan"} if "outline" in touched else touched


@dataclass(frozen=True)
class Partner:
    """A unit that builds with the lead unit, and who confirmed its part there (empty: nobody yet)."""

    office_id: int
    office: str
    part: str
    confirmed_by: str = ""


@dataclass
class FormContext:
    """What a form is built from besides the typed content."""

    rules: Ruleset
    facts: Facts
    applicant: Office
    offices: Sequence[Office] = ()
    papers: Mapping[str, Sequence[Any]] = field(default_factory=dict)  # by purpose
    every_paper: Sequence[Any] = ()  # also those taken out or replaced
    partners: Sequence[Partner] = ()
    is_late: bool = False  # outside the call: the late row's papers are asked for
    years: Sequence[int] = ()
    unlocked: Iterable[str] | None = None  # None: everything may be edited
    corrections: Sequence[Any] = ()


def own_typed(content: Mapping[str, Any], own: FactSpace) -> tuple[tuple[str, Any], ...]:
    """The county's own facts as far as they are typed and readable, with their defaults for the rest."""
    return tuple((key, _own_value(text_at(content, f"basics-own_{key}"), spec)) for key, spec in own.items())


def _own_value(typed: str, spec: FactSpec) -> Any:
    if spec.kind == "flag":
        return typed == YES if typed in (YES, NO) else spec.default
    if spec.kind == "choice":
        return typed if typed in spec.values else spec.default
    if spec.whole:
        return Decimal(whole(typed) or 0)
    return amount_or_none(typed, unit="yuan") or spec.default


def facts_typed(
    content: Mapping[str, Any], *, owner_kind: str = "agency", own: FactSpace | None = None, **fixed: Any
) -> Facts:
    """The facts as far as they are typed, with the vocabulary's defaults for the rest; an unreadable amount is zero.

    `own`: the facts that only these rules ask for.
    """

    def one_of(path: str, known: type, default: str) -> str:
        value = text_at(content, path)
        return value if value in known.values else default  # type: ignore[attr-defined]

    yes: dict[str, Any] = {
        name: text_at(content, f"basics-{name}") == YES for name in YES_NO_FACTS if name != "classified"
    }
    amount = amount_or_none(text_at(content, "money-investment"), unit=unit_of(content))
    return Facts(
        investment=amount or Decimal("0.00"),
        action=one_of("basics-action", Action, Action.NEW),
        category=one_of("basics-category", Category, Category.APPLICATION),
        owner_kind=owner_kind,
        funding_source=one_of("money-funding_source", FundingSource, FundingSource.FISCAL),
        own=own_typed(content, own or {}),
        **{**yes, **fixed},
    )


def unit_of(content: Mapping[str, Any]) -> str:
    """The unit the filer chose for the amounts of the declaration."""
    return "wan" if text_at(content, "money-unit") == "wan" else "yuan"


def paper_field(setting: FormContext, key: str, **more: Any) -> Field:
    document = setting.rules.document(key)
    more.setdefault("help", document.help)
    return Field(f"papers-{key}", document.name, "paper", purpose=key, files=setting.papers.get(key, ()), **more)


def paper_of_list(setting: FormContext, asked: Decision) -> Field:
    """A paper of the checklist as a field."""
    then = asked.then
    told = " ".join(part for part in (asked.text, setting.rules.document(then.document).help) if part)
    return paper_field(setting, then.document, required=then.required, articles=asked.articles, help=told)


def plan_paper(setting: FormContext) -> Decision | None:
    """The paper of the checklist that follows the county's own outline: the technical plan. None without an outline."""
    chapters = setting.rules.sections_for(setting.facts)
    cited = {article for one in chapters for article in one.articles}
    asked = [one for one in setting.rules.materials_for(setting.facts) if one.then.required]
    return next((one for one in asked if cited & set(one.articles)), None)


def way_of_plan(content: Mapping[str, Any]) -> str:
    """How the technical plan is given: as a paper, or written in the form."""
    chapters = content.get("outline") or {}
    return text_at(content, "plan-way") or (WRITE if any(chapters.values()) else "upload")
