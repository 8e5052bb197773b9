"""The route of a rule file: steps and what they are for whom, statutory clocks, values, notices, review points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

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
    Marked,
    Model,
    ReviewPointKey,
    Row,
    RowId,
    Share,
    Span,
    StepKey,
    Text,
    Unit,
    member,
)

WaitingStep = Annotated[str, member((*words.STEPS, words.HOLDS_NOTHING), "step")]


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


class DeadlineRule(Marked):
    """A statutory clock of a step.

    `within`: to act until its end. `not_before`: a shortest duration. `exactly`: ends on its corresponding day,
    working day or not. `window`: to act from `opens` until its end. It runs from `after`, or from the latest of that
    and `and_after`.
    """

    party: Key = "owner"
    kind: Literal["within", "not_before", "exactly", "window"] = "within"
    opens: Span | None = None
    amount: Count
    unit: Unit
    after: Event
    and_after: list[Event] = []
    articles: Articles
    text: str = ""
    pauses: list[PauseRule] = []
    on_overdue: Literal["mark", "expire", "lapse", "deemed_passed", "deemed_refused"] = "mark"

    @model_validator(mode="before")
    @classmethod
    def _of_a_kind(cls, data: Any) -> Any:
        """Versions stored before there were kinds said `exact`."""
        if isinstance(data, Mapping) and "exact" in data and "kind" not in data:
            rest = {key: value for key, value in data.items() if key != "exact"}
            return {**rest, "kind": "exactly"} if data["exact"] is True else rest
        return data

    @model_validator(mode="after")
    def _opened(self) -> Self:
        if (self.kind == "window") != (self.opens is not None):
            raise ValueError(_("a window says when it opens, other clocks do not"))
        if self.opens is not None and self.opens.unit == self.unit and self.opens.amount >= self.amount:
            raise ValueError(_("the window closes before it opens"))
        return self


class Vote(Model):
    """How a meeting decides: which share must be there, and which share of those must agree (over it or at least)."""

    quorum: Share | None = None
    over: Share | None = None
    at_least: Share | None = None
    articles: Articles
    text: str = ""

    @model_validator(mode="after")
    def _counted(self) -> Self:
        if (self.over is None) == (self.at_least is None):
            raise ValueError(_("names the share of votes that decides: either `over` or `at_least`"))
        return self


class StepThen(Model):
    """What a step is for these facts.

    `parallel`: it need not wait for the steps before it. `required_by`: only the decision of that step waits for it,
    or with `end` nothing but the closing of the project.
    """

    take: StrictBool
    authority: AuthorityKey | None = None
    participants: list[AuthorityKey] = []
    deadlines: list[DeadlineRule] = []
    documents: list[DocumentKey] = []
    asks: list[ReviewPointKey] = []
    parallel: StrictBool = False
    required_by: WaitingStep | None = None
    vote: Vote | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.take and self.authority is None:
            raise ValueError(_("a step that is taken needs an authority"))
        if not self.take and (
            self.authority
            or self.participants
            or self.deadlines
            or self.documents
            or self.asks
            or self.required_by
            or self.vote
        ):
            raise ValueError(_("a step that is not taken has neither authority nor anything else"))
        if len(set(self.participants)) != len(self.participants):
            raise ValueError(_("names a participant twice"))
        if self.authority == words.AS_CONCERNED:
            raise ValueError(_("the offices concerned take part; they do not lead"))
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
