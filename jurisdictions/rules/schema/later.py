"""What a rule file says of later stages: change, contracts, acceptance, money for operation, evaluation, the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from django.utils.translation import gettext_lazy as _
from pydantic import Field, StrictBool, model_validator

from ..boxes import Box
from ..labels import Says
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
    OptionalWording,
    Papers,
    Ratio,
    ReviewPointKey,
    RouteBox,
    RouteStepKey,
    RowId,
    Share,
    Span,
    Text,
    Wording,
)
from .filing import MonthDay
from .route import DeadlineRule


class ChangeAct(Model):
    """One of several acts that a change takes, in order."""

    key: Key
    authority: AuthorityKey
    documents: Papers = []
    when: ChangeBox = Box()


class ChangeThen(Model):
    """`free`: the unit adjusts, nothing is filed. `refers_to`: other rules say how."""

    outcome: Annotated[
        Literal["free", "file", "approve", "redeclare", "forbidden"],
        Says(
            _("Outcome"),
            _("What the change takes: nothing, filing, approval, a new declaration, or impossible."),
            {
                "free": _("The unit adjusts by itself; nothing is filed"),
                "file": _("The unit adjusts by itself and files a note"),
                "approve": _("To be approved before it is carried out"),
                "redeclare": _("To be declared and approved anew"),
                "forbidden": _("Not possible at all"),
            },
        ),
    ]
    authority: AuthorityKey | None = None
    requires: Annotated[list[Key], Says(_("Needs"), _("Papers, or steps that must be gone through first."))] = []
    acts: Annotated[
        list[ChangeAct], Says(_("Acts in order"), _("Where the change takes several acts, who carries each out."))
    ] = []
    refers_to: Annotated[
        Text | None, Says(_("Decided by other rules"), _("The rules that say how, where these do not."))
    ] = None

    @model_validator(mode="after")
    def _answered(self) -> Self:
        if self.outcome in ("file", "approve") and self.authority is None:
            raise ValueError(_("needs the authority it is filed with or approved by"))
        return self


class ChangeBase(Marked):
    """What the share of a change is taken of, and whether earlier changes are added to it."""

    of: Annotated[
        Literal["total_investment", "approved_estimate"],
        Says(
            _("Share of"),
            _("Total investment, or the approved estimate."),
            {"total_investment": _("Total investment"), "approved_estimate": _("Approved total")},
        ),
    ]
    cumulative: Annotated[StrictBool, Says(_("Earlier changes are added"), _("Whether changes add up."))] = False
    text: Wording
    articles: Articles


class ChangeRow(Marked):
    """A row over the facts of a change."""

    id: RowId
    when: ChangeBox
    then: Annotated[ChangeThen, Says(_("Decision"), _("What holds where the row applies."))]
    articles: Articles
    text: Wording
    overrides: Annotated[
        list[RowId], Says(_("Overrides"), _("Rows that this one takes precedence over where both apply."))
    ] = []


class ContractThen(Model):
    """What a contract must hold: an amount within bounds, or a clause (`required`)."""

    at_least: Annotated[Amount | None, Says(_("Contract at least"), _("The smallest value the contract may hold."))] = (
        None
    )
    at_most: Annotated[Amount | None, Says(_("Contract at most"), _("The largest value the contract may hold."))] = None
    unit: Annotated[
        Literal["yuan", "ratio", "count", "day", "month", "year"] | None,
        Says(
            _("Unit of the bound"),
            _("What the bound counts."),
            {
                "yuan": _("yuan"),
                "ratio": _("share"),
                "count": _("number"),
                "day": _("days"),
                "month": _("months"),
                "year": _("years"),
            },
        ),
    ] = None
    after: Annotated[
        Event | None, Says(_("Counted from"), _("The event that a length of time in the contract runs from."))
    ] = None
    required: Annotated[
        StrictBool, Says(_("Must stand in the contract"), _("A clause that the contract must hold."))
    ] = False

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.at_least is None and self.at_most is None and not self.required:
            raise ValueError(_("names neither at_least nor at_most nor required"))
        if (self.at_least is not None or self.at_most is not None) and self.unit is None:
            raise ValueError(_("needs a unit"))
        return self


class ContractCheck(Item):
    then: Annotated[ContractThen, Says(_("Bound"), _("What the contract must hold."))]


class AcceptancePart(Model):
    """A paper or confirmation the acceptance needs: a document, or a confirmation by an authority."""

    key: Key
    text: OptionalWording = ""
    document: DocumentKey | None = None
    authority: Annotated[AuthorityKey | None, Says(_("Confirmed by"), _("The office that confirms it."))] = None
    when: RouteBox = Box()
    required: Annotated[StrictBool, Says(_("Needed for acceptance"), _("False: only where there is one."))] = True
    articles: Articles


class Committee(Model):
    members: Annotated[
        list[AuthorityKey], Field(min_length=1), Says(_("Members"), _("Offices that sit in the committee."))
    ]
    lead: Annotated[AuthorityKey | None, Says(_("Lead"), _("The office that leads the committee."))] = None
    when: RouteBox = Box()
    text: OptionalWording = ""
    articles: Articles


class Acceptance(Model):
    parts: Annotated[
        list[AcceptancePart], Says(_("Parts of the acceptance"), _("Papers, confirmations and points."))
    ] = []
    committee: Annotated[Committee | None, Says(_("Committee"), _("Who accepts."))] = None
    consequences: Annotated[list[Item], Says(_("What follows"), _("What hangs on passing or failing."))] = []


class FundingGuard(Marked):
    key: Key
    when: FundingBox
    text: Wording
    articles: Articles


class FundingCap(Marked):
    """`value` may be at most `ratio` times `of`; more needs a reason."""

    key: Key
    when: FundingBox = Box()
    ratio: Annotated[Ratio, Says(_("At most this share"), _("The largest share; more needs a reason."))]
    of: Annotated[
        Literal["construction_cost"],
        Says(
            _("Share taken of"), _("The amount the share is taken of."), {"construction_cost": _("Construction cost")}
        ),
    ] = "construction_cost"
    value: Annotated[
        Literal["om_cost"],
        Says(
            _("What is capped"),
            _("The amount that may not be larger."),
            {"om_cost": _("Yearly cost of operation and maintenance")},
        ),
    ] = "om_cost"
    text: Wording
    articles: Articles


class MoneyNote(Item):
    """What else the regulation says of money; with `document` a paper that a payment needs."""

    document: Annotated[
        DocumentKey | None, Says(_("Paper for the payment"), _("Without this paper nothing is paid."))
    ] = None


class Funding(Model):
    """`guards` block, `notices` only tell."""

    guards: Annotated[list[FundingGuard], Says(_("No money unless"), _("Cases in which no money is arranged."))] = []
    notices: Annotated[list[FundingGuard], Says(_("To be looked at"), _("Cases that are told and do not block."))] = []
    exclusions: Annotated[
        list[Item], Says(_("No operation money where"), _("Cases the declaration is asked for."))
    ] = []
    caps: Annotated[list[FundingCap], Says(_("Caps"), _("Largest shares of the construction cost."))] = []
    notes: Annotated[list[MoneyNote], Says(_("Notes on money"), _("What else the regulation says of money."))] = []


class EvaluationWindow(Marked):
    key: Key
    opens: Annotated[Span | None, Says(_("Evaluation opens after"), _("How long after its event it may begin."))] = None
    closes: Annotated[
        Span | None, Says(_("Evaluation closes after"), _("How long after its event it must be done."))
    ] = None
    after: Annotated[Event | None, Says(_("Evaluation runs from"), _("The event it runs from."))] = None
    and_after: Annotated[
        list[Event], Says(_("Or from the latest of"), _("Further events: the clock runs from the latest of all."))
    ] = []
    authority: AuthorityKey | None = None
    leads: Annotated[list[AuthorityKey], Says(_("Leads"), _("Offices that lead the evaluation."))] = []
    together_with: Annotated[list[AuthorityKey], Says(_("Together with"), _("Offices that take part in it."))] = []
    documents: Papers = []
    reported_to: Annotated[list[AuthorityKey], Says(_("Reported to"), _("Offices that receive the report."))] = []
    when: RouteBox = Box()
    text: Wording
    articles: Articles


class Measure(Item):
    """`steps` follow one another; with `choice` they are alternatives after the `first`."""

    first: Annotated[Text | None, Says(_("First"), _("What comes before the steps."))] = None
    steps: Annotated[list[Text], Says(_("Steps"), _("What follows, in order."))] = []
    choice: Annotated[StrictBool, Says(_("Alternatives"), _("True: the steps are alternatives, not a sequence."))] = (
        False
    )
    authority: AuthorityKey | None = None
    participants: Annotated[
        list[AuthorityKey], Says(_("Participants"), _("Offices that take part beside the one that decides."))
    ] = []
    bound: Annotated[
        Span | None, Says(_("From what delay"), _("How long a delay caused by the unit must be for it."))
    ] = None
    bars: Annotated[list[RouteStepKey], Says(_("Steps barred"), _("Steps that may not be done once it is found."))] = []
    begins: Annotated[
        Literal["reported", "ordered", "deviation"] | None,
        Says(
            _("Begins with"),
            _("What opens such a matter; without it the measure is only told."),
            {
                "reported": _("a report of the unit"),
                "ordered": _("an order of an office to put it right by a day"),
                "deviation": _("a milestone that was not kept"),
            },
        ),
    ] = None
    sanctions: Annotated[
        list[Literal["criticism", "deferral", "suspension", "termination"]],
        Says(
            _("Sanctions"),
            _("What may follow: of a report at once, of an order when its day has passed or the correction failed."),
            {
                "criticism": _("public criticism"),
                "deferral": _("deferral of the investment plan"),
                "suspension": _("suspension of the project"),
                "termination": _("termination of the project"),
            },
        ),
    ] = []


class Expert(Item):
    """Experts of a step: how many, an odd number or not, which share is drawn by lot and how, who may not be one."""

    step: RouteStepKey | None = None
    at_least: Annotated[Count | None, Says(_("Experts at least"), _("How many experts there must be."))] = None
    odd: Annotated[StrictBool, Says(_("Odd number"), _("Whether their number must be odd."))] = False
    drawn_share: Annotated[Share | None, Says(_("Share drawn by lot"), _("Which share of them is drawn by lot."))] = (
        None
    )
    draw: Annotated[
        Literal["random", "random_by_category"] | None,
        Says(
            _("Way of drawing"),
            _("How the lot is drawn."),
            {"random": _("drawn by lot"), "random_by_category": _("drawn by lot within the category")},
        ),
    ] = None
    excluded: Annotated[
        list[Literal["owner", "using_unit", "bidder", "design", "supervision_firm", "same_unit"]],
        Says(
            _("May not be experts"),
            _("Who must stay out."),
            {
                "owner": _("the owner unit"),
                "using_unit": _("the using unit"),
                "bidder": _("bidders"),
                "design": _("who wrote the plan"),
                "supervision_firm": _("the supervision firm"),
                "same_unit": _("several of one unit"),
            },
        ),
    ] = []
    not_within: Annotated[
        Span | None,
        Says(_("Not again within"), _("How long who sat for a unit's project is not drawn for another one of it.")),
    ] = None
    asks: Annotated[
        list[ReviewPointKey], Says(_("Asked of experts"), _("What each of them says and gives points for."))
    ] = []
    opinion: Annotated[
        DocumentKey | None, Says(_("Paper of the opinions"), _("The paper that their signed opinions are."))
    ] = None
    sorted: Annotated[
        DocumentKey | None, Says(_("Paper of the sorted opinions"), _("The paper in which they are brought together."))
    ] = None


class Bar(Item):
    """A unit barred from declaring new projects after what `text` says, for a time or until it is put right."""

    lasts: Annotated[Span | None, Says(_("For how long"), _("Left out: until it is put right."))] = None
    lifted_by: Annotated[AuthorityKey | None, Says(_("Lifted by"), _("The office that lifts it."))] = None


class Duty(Item):
    """What is due again and again: how often, by which day of the year at the latest, from whom and to whom."""

    every: Annotated[
        Literal["month", "quarter", "half_year", "year"],
        Says(
            _("How often"),
            _("Every month, quarter, half-year or year."),
            {
                "month": _("every month"),
                "quarter": _("every quarter"),
                "half_year": _("every half-year"),
                "year": _("every year"),
            },
        ),
    ]
    by: Annotated[MonthDay | None, Says(_("Due by"), _("The last day in the year."))] = None
    parties: Annotated[list[AuthorityKey], Field(min_length=1), Says(_("Due from"), _("Who must do it."))]
    reported_to: Annotated[list[AuthorityKey], Says(_("Reported to"), _("Offices that receive the report."))] = []


class PaymentBound(Item):
    """The share of the contract that may be, or must be, paid or kept back at an event."""

    at: Annotated[Event, Says(_("When paid"), _("The event at which it is paid."))]
    at_least: Annotated[Share | None, Says(_("Share at least"), _("The smallest share of the contract."))] = None
    at_most: Annotated[Share | None, Says(_("Share at most"), _("The largest share of the contract."))] = None
    retained: Annotated[StrictBool, Says(_("Kept back"), _("Whether the share is kept back, not paid."))] = False

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError(_("names neither at_least nor at_most"))
        return self


class Decommissioning(Model):
    text: OptionalWording = ""
    grounds: Annotated[list[Item], Says(_("Grounds"), _("Why a system may be stopped."))] = []
    steps: Annotated[list[Item], Says(_("Steps of stopping"), _("What is done, in order."))] = []
    dispositions: Annotated[
        list[Item], Says(_("What becomes of the data"), _("The ways to deal with data of each class."))
    ] = []
    deadlines: Annotated[list[DeadlineRule], Says(_("Time limits"), _("The statutory clocks of the step."))] = []
    documents: Papers = []
    articles: Articles


class Stock(Model):
    """Projects from before the rules, or running and paid over years."""

    text: Wording
    documents: Papers = []
    form: FormKey | None = None
    items: Annotated[list[Item], Says(_("Points"), _("What else holds for them."))] = []
    articles: Articles

    @model_validator(mode="before")
    @classmethod
    def _entered(cls, data: Any) -> Any:
        """Versions stored before the route said alone where such a project enters."""
        return {key: value for key, value in data.items() if key != "enter_at"} if isinstance(data, Mapping) else data


class Right(Item):
    holder: Annotated[Key | None, Says(_("Holder"), _("An office, or the owner."))] = None
