"""The shape of a rule file (docs/rules.md): what may stand in it. Meaning is checked by the loader."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from django.utils.translation import gettext as _
from pydantic import AfterValidator, Field, StrictBool, StrictInt, StringConstraints, model_validator

from . import vocabulary as words
from .boxes import Box
from .shapes import (
    Amount,
    Articles,
    AuthorityKey,
    ChangeBox,
    Count,
    Day,
    Event,
    FundingBox,
    Item,
    Key,
    Model,
    PlainArticle,
    Ratio,
    RouteBox,
    Row,
    RowId,
    Span,
    StepKey,
    Text,
    Unit,
    by_number,
    by_vocabulary,
    member,
)

# --- who and what ---


class CountyPart(Model):
    code: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
    prefix: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,4}$")]
    name: Text
    region: str = ""


class Regulation(Model):
    title: Text
    number: Text | None = None
    issued_by: Text | None = None
    issued_on: Day | None = None
    note: Text | None = None


class InForce(Model):
    """Dates of force; `from` and `until` belong to it. None where the text names no day."""

    from_: Day | None = Field(default=None, alias="from")
    until: Day | None = None
    warn_days: list[Count] = []
    articles: Articles

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.from_ and self.until and self.until < self.from_:
            raise ValueError(_("until lies before from"))
        return self


class ArticleHeading(Model):
    chapter: Text | None = None
    heading: Text


class Authority(Model):
    name: Text
    duty: str = ""
    articles: Articles


class Document(Model):
    name: Text
    help: str = ""
    articles: Articles


class Source(Model):
    key: Key
    source: Annotated[str, member(words.FUNDING_SOURCES, "source of funds")]
    name: Text
    articles: Articles


class FormField(Model):
    """A box of an official form. `ask`: the declaration asks it in a section of its own, since nothing else does."""

    key: Key
    label: Text
    help: str = ""
    ask: Literal["required", "optional"] | None = None


class Form(Model):
    key: Key
    name: Text
    when: RouteBox = Box()
    fields: list[FormField] = []
    articles: Articles


# --- route ---


class ParameterThen(Model):
    value: Amount


class Parameter(Model):
    """A named value; complete unless the file says otherwise."""

    unit: Literal["yuan", "ratio", "count", "working_day", "day", "month", "year"]
    text: str = ""
    complete: StrictBool = True
    rows: Annotated[list[Row[ParameterThen]], Field(min_length=1)]


class PauseRule(Model):
    """Time the statutory clock does not count."""

    key: Key
    text: Text
    limit: Span | None = None
    articles: Articles


class DeadlineRule(Model):
    """A statutory clock of a step. `exact`: ends on its corresponding day, working day or not."""

    party: Key
    amount: Count
    unit: Unit
    after: Event
    articles: Articles
    text: str = ""
    pauses: list[PauseRule] = []
    on_overdue: Literal["mark", "expire", "lapse"] = "mark"
    exact: StrictBool = False


class StepThen(Model):
    """What a step is for these facts; `parallel`: it need not wait for the steps before it."""

    take: StrictBool
    authority: AuthorityKey | None = None
    participants: list[AuthorityKey] = []
    deadlines: list[DeadlineRule] = []
    documents: list[Key] = []
    asks: list[Key] = []
    parallel: StrictBool = False

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.take and self.authority is None:
            raise ValueError(_("a step that is taken needs an authority"))
        if not self.take and (self.authority or self.participants or self.deadlines or self.documents or self.asks):
            raise ValueError(_("a step that is not taken has neither authority nor anything else"))
        if len(set(self.participants)) != len(self.participants):
            raise ValueError(_("names a participant twice"))
        return self


class Step(Model):
    step: StepKey
    phase: Literal["initiation", "approval", "implementation", "acceptance", "operation"]
    kind: Literal["declaration", "single", "joint", "meeting", "outside", "filing", "notice", "plan_entry", "stage"]
    name: Text | None = None
    gate: StrictBool | None = None
    result: Literal["reserve", "plan"] | None = None
    sets: list[Literal["importance"]] = []
    rows: Annotated[list[Row[StepThen]], Field(min_length=1)]

    @property
    def gated(self) -> bool:
        """Whether a negative outcome ends the project."""
        return self.kind in words.GATED_KINDS if self.gate is None else self.gate


class NoticeThen(Model):
    key: Key


# --- declaration ---


class ScopeQuestion(Model):
    key: Key
    text: Text
    help: str = ""
    articles: Articles


class ScopeThen(Model):
    result: Literal["out", "reference", "secrecy"]


class Scope(Model):
    questions: list[ScopeQuestion] = []
    rows: list[Row[ScopeThen]] = []


class MonthDay(Model):
    """A day of every year; `customary`: not in the text, the year's call fixes it."""

    month: Annotated[StrictInt, Field(ge=1, le=12)]
    day: Annotated[StrictInt, Field(ge=1, le=31)]
    customary: StrictBool = False

    @model_validator(mode="after")
    def _exists(self) -> Self:
        try:
            date(2023, self.month, self.day)
        except ValueError:
            raise ValueError(_("no such day in every year")) from None
        return self


class Window(Model):
    opens: MonthDay | None = None
    closes: MonthDay | None = None
    plan_year: Literal["this", "next"] = "next"
    text: str = ""
    articles: Articles


class LateThen(Model):
    allowed: StrictBool
    documents: list[Key] = []


class Statement(Model):
    key: Key
    title: Text
    help: str = ""
    when: RouteBox = Box()
    required: StrictBool = True
    objectable: StrictBool = False
    articles: Articles


class Section(Model):
    key: Key
    number: str = ""
    title: Text
    help: str = ""
    when: RouteBox = Box()
    articles: Articles


class MaterialThen(Model):
    document: Key
    required: StrictBool = True


class QuotesThen(Model):
    minimum: Annotated[StrictInt, Field(ge=0)]


class Quotes(Model):
    rows: list[Row[QuotesThen]] = []


class PrerequisiteThen(Model):
    key: Key
    name: Text
    evidence: Literal["document", "statement", "date"]
    document: Key | None = None

    @model_validator(mode="after")
    def _paper(self) -> Self:
        if (self.evidence == "document") != (self.document is not None):
            raise ValueError(_("evidence by document names the document, other evidence none"))
        return self


class Exemption(Model):
    documents: Annotated[list[Key], Field(min_length=1)]
    articles: Articles
    text: Text


class NegativeList(Model):
    items: list[Item] = []
    exemption: Exemption | None = None


class Splitting(Model):
    text: str = ""
    articles: Articles


# --- later stages ---


class ChangeThen(Model):
    outcome: Literal["file", "approve", "redeclare", "forbidden"]
    authority: AuthorityKey | None = None
    requires: list[Key] = []

    @model_validator(mode="after")
    def _answered(self) -> Self:
        if self.outcome in ("file", "approve") and self.authority is None:
            raise ValueError(_("needs the authority it is filed with or approved by"))
        return self


class ChangeRow(Model):
    """A row over the facts of a change."""

    id: RowId
    when: ChangeBox
    then: ChangeThen
    articles: Articles
    text: Text
    overrides: list[RowId] = []


class ContractThen(Model):
    """What a contract must hold: an amount within bounds, or a clause (`required`)."""

    at_least: Amount | None = None
    at_most: Amount | None = None
    unit: Literal["yuan", "ratio", "count", "day", "month", "year"] | None = None
    required: StrictBool = False

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.at_least is None and self.at_most is None and not self.required:
            raise ValueError(_("names neither at_least nor at_most nor required"))
        if (self.at_least is not None or self.at_most is not None) and self.unit is None:
            raise ValueError(_("needs a unit"))
        return self


class ContractCheck(Item):
    then: ContractThen


class AcceptancePart(Model):
    """A paper or confirmation the acceptance needs: a document, or a confirmation by an authority."""

    key: Key
    text: str = ""
    document: Key | None = None
    authority: AuthorityKey | None = None
    when: RouteBox = Box()
    required: StrictBool = True
    articles: Articles


class Committee(Model):
    members: Annotated[list[AuthorityKey], Field(min_length=1)]
    lead: AuthorityKey | None = None
    when: RouteBox = Box()
    text: str = ""
    articles: Articles


class Acceptance(Model):
    parts: list[AcceptancePart] = []
    committee: Committee | None = None
    consequences: list[Item] = []


class FundingGuard(Model):
    key: Key
    when: FundingBox
    text: Text
    articles: Articles


class FundingCap(Model):
    """`value` may be at most `ratio` times `of`; more needs a reason."""

    key: Key
    ratio: Ratio
    of: Literal["construction_cost"]
    value: Literal["om_cost"]
    text: Text
    articles: Articles


class Funding(Model):
    guards: list[FundingGuard] = []
    exclusions: list[Item] = []
    caps: list[FundingCap] = []
    notes: list[Item] = []


class EvaluationWindow(Model):
    key: Key
    opens: Span | None = None
    closes: Span | None = None
    after: Event | None = None
    authority: AuthorityKey | None = None
    reported_to: list[AuthorityKey] = []
    when: RouteBox = Box()
    text: Text
    articles: Articles


class Measure(Item):
    steps: list[Text] = []
    authority: AuthorityKey | None = None


class Decommissioning(Model):
    text: str = ""
    steps: list[Item] = []
    deadlines: list[DeadlineRule] = []
    documents: list[Key] = []
    articles: Articles


class Stock(Model):
    """Projects from before the rules, or running and paid over years."""

    text: Text
    enter_at: list[StepKey] = []
    documents: list[Key] = []
    form: Key | None = None
    items: list[Item] = []
    articles: Articles


class Right(Item):
    holder: Key | None = None


class Priority(Item):
    pass


class ReviewPoint(Item):
    """What a reviewer must state; `authority` where one office answers for it."""

    authority: AuthorityKey | None = None


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
    parameters: dict[Key, Parameter] = {}
    route: Annotated[list[Step], Field(min_length=1)]
    notices: list[Row[NoticeThen]] = []
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
    experts: list[Item] = []
    change_control: Annotated[list[ChangeRow], Field(min_length=1)]
    contract_checks: list[ContractCheck] = []
    acceptance: Acceptance = Acceptance()
    funding: Funding = Funding()
    evaluation: list[EvaluationWindow] = []
    supervision: list[Measure] = []
    decommissioning: Decommissioning | None = None
    stock: Stock | None = None
    rights: list[Right] = []
    forms: list[Form] = []
