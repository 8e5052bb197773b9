"""The shape of a rule file (docs/rules.md): what may stand in it. Meaning is checked by the loader."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from .. import vocabulary as words
from ..shapes import (
    Articles,
    AuthorityKey,
    Count,
    Key,
    Model,
    PlainArticle,
    Row,
    by_number,
    by_vocabulary,
    member,
)
from .filing import (
    Exemption,
    LateThen,
    MaterialThen,
    MonthDay,
    NegativeList,
    PrerequisiteThen,
    Priority,
    Quotes,
    QuotesThen,
    RequirementThen,
    Scope,
    ScopeQuestion,
    ScopeThen,
    Section,
    Splitting,
    Statement,
    Window,
)
from .heading import (
    ArticleHeading,
    Authority,
    CountyPart,
    Document,
    Form,
    FormField,
    InForce,
    NamedDate,
    OwnFact,
    Regulation,
    Source,
)
from .later import (
    Acceptance,
    AcceptancePart,
    Bar,
    ChangeAct,
    ChangeBase,
    ChangeRow,
    ChangeThen,
    Committee,
    ContractCheck,
    ContractThen,
    Decommissioning,
    Duty,
    EvaluationWindow,
    Expert,
    Funding,
    FundingCap,
    FundingGuard,
    Measure,
    PaymentBound,
    Right,
    Stock,
)
from .route import (
    DeadlineRule,
    NoticeThen,
    Parameter,
    ParameterThen,
    PauseRule,
    ReviewPoint,
    Step,
    StepThen,
    Term,
    TermRow,
    Vote,
)

__all__ = [
    "Acceptance",
    "AcceptancePart",
    "ArticleHeading",
    "Authority",
    "Bar",
    "ChangeAct",
    "ChangeBase",
    "ChangeRow",
    "ChangeThen",
    "Committee",
    "ContractCheck",
    "ContractThen",
    "CountyPart",
    "DeadlineRule",
    "Decommissioning",
    "Document",
    "Duty",
    "EvaluationWindow",
    "Exemption",
    "Expert",
    "Form",
    "FormField",
    "Funding",
    "FundingCap",
    "FundingGuard",
    "InForce",
    "LateThen",
    "MaterialThen",
    "Measure",
    "MonthDay",
    "NamedDate",
    "NegativeList",
    "NoticeThen",
    "OwnFact",
    "Parameter",
    "ParameterThen",
    "PauseRule",
    "PaymentBound",
    "PrerequisiteThen",
    "Priority",
    "Quotes",
    "QuotesThen",
    "Regulation",
    "RequirementThen",
    "ReviewPoint",
    "Right",
    "RuleFile",
    "Scope",
    "ScopeQuestion",
    "ScopeThen",
    "Section",
    "Source",
    "Splitting",
    "Statement",
    "Step",
    "StepThen",
    "Stock",
    "Term",
    "TermRow",
    "Vote",
    "Window",
]


class RuleFile(Model):
    """A whole rule file."""

    county: CountyPart
    regulation: Regulation
    version: Count
    status: Literal["draft_for_comment", "trial", "in_force", "expired"]
    in_force: InForce | None
    governing_day: Literal["declaration_submitted", "start_notice", "project_approval"] = "declaration_submitted"
    articles: Annotated[dict[PlainArticle, ArticleHeading], Field(min_length=1), AfterValidator(by_number)]
    authorities: Annotated[dict[AuthorityKey, Authority], AfterValidator(by_vocabulary)]
    facts: list[OwnFact] = []
    dates: list[NamedDate] = []
    terms: list[Term] = []
    parameters: dict[Key, Parameter] = {}
    route: Annotated[list[Step], Field(min_length=1)]
    notices: list[Row[NoticeThen]] = []
    requirements: list[Row[RequirementThen]] = []
    scope: Scope = Scope()
    owner_kinds: dict[Annotated[str, member(words.OWNER_KINDS, "kind of unit")], Articles] = {}
    actions: dict[Annotated[str, member(words.ACTIONS, "action")], Articles] = {}
    sources: list[Source] = []
    windows: dict[Key, Window] = {}
    late: list[Row[LateThen]] = []
    statements: list[Statement] = []
    sections: list[Section] = []
    documents: dict[Key, Document] = {}
    materials: list[Row[MaterialThen]] = []
    quotes: Quotes = Quotes()
    prerequisites: list[Row[PrerequisiteThen]] = []
    negative_list: NegativeList = NegativeList()
    priorities: list[Priority] = []
    splitting: Splitting | None = None
    review_points: list[ReviewPoint] = []
    experts: list[Expert] = []
    change_base: ChangeBase | None = None
    change_control: list[ChangeRow] = []
    contract_checks: list[ContractCheck] = []
    payments: list[PaymentBound] = []
    acceptance: Acceptance = Acceptance()
    funding: Funding = Funding()
    evaluation: list[EvaluationWindow] = []
    supervision: list[Measure] = []
    duties: list[Duty] = []
    bars: list[Bar] = []
    decommissioning: Decommissioning | None = None
    stock: Stock | None = None
    rights: list[Right] = []
    forms: list[Form] = []
