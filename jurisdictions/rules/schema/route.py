"""The route of a rule file: steps and what they are for whom, statutory clocks, values, notices, review points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from django.utils.translation import gettext_lazy as _
from pydantic import Field, StrictBool, model_validator

from .. import vocabulary as words
from ..labels import Says
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
    Name,
    OptionalWording,
    Papers,
    ReviewPointKey,
    RouteStepKey,
    Row,
    RowId,
    Share,
    Span,
    StepKey,
    Text,
    Unit,
    Wording,
    member,
)

WaitingStep = Annotated[str, member((*words.STEPS, words.HOLDS_NOTHING), "step")]


class TermRow(Model):
    """One way in which a term applies."""

    id: RowId
    when: AnyBox
    articles: Articles
    text: Wording


class Term(Model):
    """A yes/no word the regulation defines; it applies where any of its rows does."""

    key: Key
    name: Name
    rows: Annotated[
        list[TermRow], Field(min_length=1), Says(_("Ways in which it applies"), _("Any one of them is enough."))
    ]


class ParameterThen(Model):
    value: Annotated[Amount, Says(_("Value"), _("The number, in the unit of the parameter."))]


class Parameter(Model):
    """A named value; complete unless the file says otherwise."""

    unit: Annotated[
        Literal["yuan", "ratio", "count", "working_day", "day", "month", "year"],
        Says(
            _("Unit of the value"),
            _("Yuan, ratio, count or a length of time."),
            {
                "yuan": _("yuan"),
                "ratio": _("share"),
                "count": _("number"),
                "working_day": _("working days"),
                "day": _("days"),
                "month": _("months"),
                "year": _("years"),
            },
        ),
    ]
    text: OptionalWording = ""
    complete: Annotated[
        StrictBool,
        Says(
            _("Holds for every project"),
            _("Whether some row must apply to each project; false where the text is silent on some."),
        ),
    ] = True
    rows: Annotated[
        list[Row[ParameterThen]],
        Field(min_length=1),
        Says(_("Values by case"), _("One row for all, or a row for each case.")),
    ]


class PauseRule(Marked):
    """Time the statutory clock does not count; `in_principle`: a stated reason may exceed its limit."""

    key: Key
    text: Wording
    limit: Annotated[Span | None, Says(_("At most"), _("How long the clock may stand still."))] = None
    due_to: Annotated[
        Literal["owner", "authority"] | None,
        Says(
            _("Whose time it is"),
            _("The party that the time is counted for as a delay it caused; left out: nobody."),
            {"owner": _("the unit"), "authority": _("the office")},
        ),
    ] = None
    articles: Articles


class ExtensionRule(Marked):
    """More time for a clock: who may grant it, and on which paper it is asked for."""

    by: Annotated[AuthorityKey, Says(_("Granted by"), _("The office that grants or refuses more time."))]
    text: OptionalWording = ""
    articles: Articles


class DeadlineRule(Marked):
    """A statutory clock of a step.

    `within`: to act until its end. `not_before`: a shortest duration. `exactly`: ends on its corresponding day,
    working day or not. `window`: to act from `opens` until its end. It runs from `after`, or from the latest of that
    and `and_after`.
    """

    party: Annotated[Key, Says(_("Whose clock"), _("The owner, the office of the step, or a participant."))] = "owner"
    kind: Annotated[
        Literal["within", "not_before", "exactly", "window"],
        Says(
            _("Kind of clock"),
            _("A longest time, a shortest time, an exact day, or a window."),
            {
                "within": _("at the latest"),
                "not_before": _("at the earliest"),
                "exactly": _("on its day"),
                "window": _("from an opening to a closing day"),
            },
        ),
    ] = "within"
    opens: Annotated[Span | None, Says(_("Window opens after"), _("How long after its event a window opens."))] = None
    amount: Annotated[Count, Says(_("Length of the clock"), _("How many of the unit; may name a parameter."))]
    unit: Unit
    after: Annotated[Event, Says(_("Runs from"), _("The event that starts the clock."))]
    and_after: Annotated[
        list[Event], Says(_("Or from the latest of"), _("Further events: the clock runs from the latest of all."))
    ] = Field(default_factory=list)
    articles: Articles
    text: OptionalWording = ""
    pauses: Annotated[list[PauseRule], Says(_("Not counted"), _("Times that the clock stands still."))] = Field(
        default_factory=list
    )
    extension: Annotated[
        ExtensionRule | None, Says(_("Extension of time"), _("Who may grant more time; left out: nobody."))
    ] = None
    warn_days: Annotated[
        list[Count], Says(_("Warned before"), _("How many days before the end it is told, each time once."))
    ] = Field(default_factory=list)
    on_overdue: Annotated[
        Literal["mark", "expire", "lapse", "deemed_passed", "deemed_refused"],
        Says(
            _("When overdue"),
            _("What the timer does once the day has passed."),
            {
                "mark": _("is marked as overdue"),
                "expire": _("expires when overdue"),
                "lapse": _("lapses when overdue"),
                "deemed_passed": _("counts as passed when overdue"),
                "deemed_refused": _("counts as refused when overdue"),
            },
        ),
    ] = "mark"

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

    quorum: Annotated[Share | None, Says(_("Quorum"), _("Which share of the members must be present."))] = None
    over: Annotated[Share | None, Says(_("In favour over"), _("More than this share of those present must agree."))] = (
        None
    )
    at_least: Annotated[
        Share | None, Says(_("In favour at least"), _("At least this share of those present must agree."))
    ] = None
    articles: Articles
    text: OptionalWording = ""

    @model_validator(mode="after")
    def _counted(self) -> Self:
        if (self.over is None) == (self.at_least is None):
            raise ValueError(_("names the share of votes that decides: either `over` or `at_least`"))
        return self


class Reopening(Marked):
    """Which earlier step is gone through again where what is handed in for this one departs from it."""

    step: Annotated[RouteStepKey, Says(_("Step gone through again"), _("An earlier step of the route."))]
    text: OptionalWording = ""
    articles: Articles


class StepThen(Model):
    """What a step is for these facts.

    `parallel`: it need not wait for the steps before it. `required_by`: only the decision of that step waits for it,
    or with `end` nothing but the closing of the project.
    """

    take: Annotated[StrictBool, Says(_("Step is taken"), _("Whether the project takes this step at all."))]
    authority: AuthorityKey | None = None
    participants: Annotated[
        list[AuthorityKey], Says(_("Participants"), _("Offices that take part beside the one that decides."))
    ] = Field(default_factory=list)
    may_ask: Annotated[
        list[AuthorityKey],
        Says(_("May be asked"), _("Whom the office that decides may bring in where the case calls for it.")),
    ] = Field(default_factory=list)
    deadlines: Annotated[list[DeadlineRule], Says(_("Time limits"), _("The statutory clocks of the step."))] = Field(
        default_factory=list
    )
    hands_in: Annotated[
        list[DocumentKey],
        Says(_("The unit hands in"), _("Papers that the unit hands in first, with a short form; then it is decided.")),
    ] = Field(default_factory=list)
    decides: Annotated[
        Literal["estimate", "approved_estimate", "budget"] | None,
        Says(
            _("Sum it decides"),
            _("Which sum of the project the step settles."),
            {key: words.MONEY_STAGES[key] for key in ("estimate", "approved_estimate", "budget")},
        ),
    ] = None
    jointly_with: Annotated[
        AuthorityKey | None,
        Says(_("Issued jointly with"), _("The office that signs too before the office that leads may end it.")),
    ] = None
    platform: Annotated[
        Name | None,
        Says(
            _("Filed on a platform"),
            _("The outside platform on which the project is approved; its number and progress there are kept."),
        ),
    ] = None
    reopens: Annotated[
        Reopening | None,
        Says(_("Sends back"), _("The earlier step that a major change sends back to be gone through again.")),
    ] = None
    opened_by: Annotated[
        Event | None, Says(_("Opens with"), _("The event that opens it, whatever stands before it in the route."))
    ] = None
    documents: Papers = Field(default_factory=list)
    asks: Annotated[list[ReviewPointKey], Says(_("To be stated"), _("Points the reviewer must take a stand on."))] = (
        Field(default_factory=list)
    )
    parallel: Annotated[StrictBool, Says(_("Order"), _("True: the step need not wait for the steps before it."))] = (
        False
    )
    required_by: Annotated[
        WaitingStep | None,
        Says(_("Held up by it"), _("The only step that waits for this one; `end`: the closing of the project.")),
    ] = None
    vote: Annotated[Vote | None, Says(_("Vote"), _("How the meeting decides."))] = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.take and self.authority is None:
            raise ValueError(_("a step that is taken needs an authority"))
        if not self.take and (
            self.authority
            or self.participants
            or self.may_ask
            or self.deadlines
            or self.hands_in
            or self.decides
            or self.reopens
            or self.platform
            or self.jointly_with
            or self.opened_by
            or self.documents
            or self.asks
            or self.required_by
            or self.vote
        ):
            raise ValueError(_("a step that is not taken has neither authority nor anything else"))
        named = [*self.participants, *self.may_ask]
        if len(set(named)) != len(named):
            raise ValueError(_("names a participant twice"))
        if self.authority == words.AS_CONCERNED:
            raise ValueError(_("the offices concerned take part; they do not lead"))
        return self


class Step(Model):
    step: StepKey
    phase: Annotated[
        Literal["initiation", "approval", "implementation", "acceptance", "operation"],
        Says(_("Phase"), _("The part of the project's life it is shown under."), words.PHASES),
    ]
    kind: Annotated[
        Literal["declaration", "single", "joint", "meeting", "outside", "filing", "notice", "plan_entry", "stage"],
        Says(
            _("How it is carried out"),
            _("Which machine carries the step out."),
            {
                "declaration": _("declared by the unit"),
                "single": _("decided by one office"),
                "joint": _("reviewed jointly"),
                "meeting": _("decided in a meeting"),
                "outside": _("decided outside the county, recorded here"),
                "filing": _("filed"),
                "notice": _("notice issued"),
                "plan_entry": _("entered in a plan"),
                "stage": _("stage of the project"),
            },
        ),
    ]
    name: Annotated[Text | None, Says(_("The county's own name"), _("What this county calls the step."))] = None
    gate: Annotated[
        StrictBool | None,
        Says(
            _("Ends the project"), _("Whether a negative outcome ends the project; by default where somebody decides.")
        ),
    ] = None
    result: Annotated[
        Literal["reserve", "plan"] | None,
        Says(
            _("Enters"),
            _("Whether passing the step enters the project in the reserve or the annual plan."),
            {"reserve": _("passing enters the reserve"), "plan": _("enters the plan")},
        ),
    ] = None
    sets: Annotated[
        list[Literal["importance"]],
        Says(_("Decides the fact"), _("Facts that the step decides."), {"importance": _("Importance")}),
    ] = Field(default_factory=list)
    rows: Annotated[
        list[Row[StepThen]],
        Field(min_length=1),
        Says(_("For whom"), _("Rows that say for which projects the step is taken, and how.")),
    ]

    @property
    def gated(self) -> bool:
        """Whether a negative outcome ends the project."""
        return self.kind in words.GATED_KINDS if self.gate is None else self.gate


class NoticeThen(Model):
    key: Key


class ReviewPoint(Item):
    """What a reviewer must state; `authority` where one office answers for it."""

    authority: AuthorityKey | None = None
