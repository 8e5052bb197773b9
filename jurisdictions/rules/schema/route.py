"""The route of a rule file: steps and what they are for whom, statutory clocks, values, notices, review points."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from django.utils.translation import gettext as _
from pydantic import Field, StrictBool, model_validator

from .. import vocabulary as words
from ..shapes import (
    Amount,
    AnyBox,
    Articles,
    AuthorityKey,
    Count,
    DocumentKey,
    Event,
    Item,
    Key,
    Model,
    ReviewPointKey,
    Row,
    RowId,
    Span,
    StepKey,
    Text,
    Unit,
)


class TermRow(Model):
    """One way in which a term applies."""

    id: RowId
    when: AnyBox
    articles: Articles
    text: Text


class Term(Model):
    """A yes/no word the regulation defines; it applies where any of its rows does."""

    key: Key
    name: Text
    rows: Annotated[list[TermRow], Field(min_length=1)]


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

    party: Key = "owner"
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
    documents: list[DocumentKey] = []
    asks: list[ReviewPointKey] = []
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


class ReviewPoint(Item):
    """What a reviewer must state; `authority` where one office answers for it."""

    authority: AuthorityKey | None = None
