"""What a rule file says of later stages: change, contracts, acceptance, money for operation, evaluation, the end."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from django.utils.translation import gettext as _
from pydantic import Field, StrictBool, model_validator

from ..boxes import Box
from ..shapes import (
    Amount,
    Articles,
    AuthorityKey,
    ChangeBox,
    Count,
    DocumentKey,
    Event,
    FormKey,
    FundingBox,
    Item,
    Key,
    Marked,
    Model,
    Ratio,
    RouteBox,
    RouteStepKey,
    RowId,
    Share,
    Span,
    StepKey,
    Text,
)
from .filing import MonthDay
from .route import DeadlineRule


class ChangeAct(Model):
    """One of several acts that a change takes, in order."""

    key: Key
    authority: AuthorityKey
    documents: list[DocumentKey] = []
    when: ChangeBox = Box()


class ChangeThen(Model):
    """`free`: the unit adjusts, nothing is filed. `refers_to`: other rules say how."""

    outcome: Literal["free", "file", "approve", "redeclare", "forbidden"]
    authority: AuthorityKey | None = None
    requires: list[Key] = []
    acts: list[ChangeAct] = []
    refers_to: Text | None = None

    @model_validator(mode="after")
    def _answered(self) -> Self:
        if self.outcome in ("file", "approve") and self.authority is None:
            raise ValueError(_("needs the authority it is filed with or approved by"))
        return self


class ChangeBase(Marked):
    """What the share of a change is taken of, and whether earlier changes are added to it."""

    of: Literal["total_investment", "approved_estimate"]
    cumulative: StrictBool = False
    text: Text
    articles: Articles


class ChangeRow(Marked):
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
    after: Event | None = None
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
    document: DocumentKey | None = None
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


class FundingGuard(Marked):
    key: Key
    when: FundingBox
    text: Text
    articles: Articles


class FundingCap(Marked):
    """`value` may be at most `ratio` times `of`; more needs a reason."""

    key: Key
    when: FundingBox = Box()
    ratio: Ratio
    of: Literal["construction_cost"]
    value: Literal["om_cost"]
    text: Text
    articles: Articles


class Funding(Model):
    """`guards` block, `notices` only tell."""

    guards: list[FundingGuard] = []
    notices: list[FundingGuard] = []
    exclusions: list[Item] = []
    caps: list[FundingCap] = []
    notes: list[Item] = []


class EvaluationWindow(Marked):
    key: Key
    opens: Span | None = None
    closes: Span | None = None
    after: Event | None = None
    and_after: list[Event] = []
    authority: AuthorityKey | None = None
    leads: list[AuthorityKey] = []
    together_with: list[AuthorityKey] = []
    documents: list[DocumentKey] = []
    reported_to: list[AuthorityKey] = []
    when: RouteBox = Box()
    text: Text
    articles: Articles


class Measure(Item):
    """`steps` follow one another; with `choice` they are alternatives after the `first`."""

    first: Text | None = None
    steps: list[Text] = []
    choice: StrictBool = False
    authority: AuthorityKey | None = None
    participants: list[AuthorityKey] = []


class Expert(Item):
    """Experts of a step: how many, an odd number or not, which share is drawn by lot and how, who may not be one."""

    step: RouteStepKey | None = None
    at_least: Count | None = None
    odd: StrictBool = False
    drawn_share: Share | None = None
    draw: Literal["random", "random_by_category"] | None = None
    excluded: list[Literal["owner", "using_unit", "bidder", "design", "supervision_firm", "same_unit"]] = []


class Bar(Item):
    """A unit barred from declaring new projects after what `text` says, for a time or until it is put right."""

    lasts: Span | None = None
    lifted_by: AuthorityKey | None = None


class Duty(Item):
    """What is due again and again: how often, by which day of the year at the latest, from whom and to whom."""

    every: Literal["month", "quarter", "half_year", "year"]
    by: MonthDay | None = None
    parties: Annotated[list[AuthorityKey], Field(min_length=1)]
    reported_to: list[AuthorityKey] = []


class PaymentBound(Item):
    """The share of the contract that may be, or must be, paid or kept back at an event."""

    at: Event
    at_least: Share | None = None
    at_most: Share | None = None
    retained: StrictBool = False

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError(_("names neither at_least nor at_most"))
        return self


class Decommissioning(Model):
    text: str = ""
    steps: list[Item] = []
    deadlines: list[DeadlineRule] = []
    documents: list[DocumentKey] = []
    articles: Articles


class Stock(Model):
    """Projects from before the rules, or running and paid over years."""

    text: Text
    enter_at: list[StepKey] = []
    documents: list[DocumentKey] = []
    form: FormKey | None = None
    items: list[Item] = []
    articles: Articles


class Right(Item):
    holder: Key | None = None
