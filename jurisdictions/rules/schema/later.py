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
    DocumentKey,
    Event,
    FormKey,
    FundingBox,
    Item,
    Key,
    Model,
    Ratio,
    RouteBox,
    RowId,
    Span,
    StepKey,
    Text,
)
from .route import DeadlineRule


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
