"""What a rule file asks of a declaration: scope, windows, statements, materials, quotes, prerequisites."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self

from django.utils.translation import gettext_lazy as _
from pydantic import Field, StrictBool, StrictInt, model_validator

from ..boxes import Box
from ..labels import Says
from ..shapes import (
    Articles,
    AuthorityKey,
    DocumentKey,
    Help,
    Item,
    Key,
    Model,
    OptionalWording,
    Papers,
    RouteBox,
    RouteStepKey,
    Row,
    Text,
    Wording,
)


class ScopeQuestion(Model):
    key: Key
    text: Annotated[
        Text, Says(_("Question asked"), _("Asked before anything else; an answer may put the project outside."))
    ]
    help: Help = ""
    inside: Annotated[StrictBool, Says(_("A yes is inside"), _("A no puts the project outside; else a yes does."))] = (
        False
    )
    articles: Articles

    @property
    def outside_answer(self) -> str:
        """The answer that puts a project outside, `yes` or `no`."""
        return "no" if self.inside else "yes"


class ScopeThen(Model):
    """`file_only`: nobody decides; the unit files and carries out."""

    result: Annotated[
        Literal["out", "reference", "secrecy", "file_only"],
        Says(
            _("Result"),
            _("What becomes of the project: outside, by reference, secrecy, or only filed."),
            {
                "out": _("Outside the scope of these rules"),
                "reference": _("Carried out by reference to these rules"),
                "secrecy": _("Handled under the rules of secrecy"),
                "file_only": _("Only filed: nobody decides"),
            },
        ),
    ]


class Scope(Model):
    questions: Annotated[
        list[ScopeQuestion],
        Says(_("Questions on the scope"), _("Asked before anything else; an answer may put the project outside.")),
    ] = []
    rows: Annotated[
        list[Row[ScopeThen]],
        Says(_("Scope by facts"), _("Projects that are outside or handled otherwise by their facts.")),
    ] = []


class MonthDay(Model):
    """A day of every year; `customary`: not in the text, the year's call fixes it."""

    month: Annotated[StrictInt, Field(ge=1, le=12), Says(_("Month of the year"), _("One to twelve."))]
    day: Annotated[StrictInt, Field(ge=1, le=31), Says(_("Day of the month"), _("A day the month has in every year."))]
    customary: Annotated[
        StrictBool, Says(_("By custom"), _("Not in the text: the year's call fixes the real day."))
    ] = False

    @model_validator(mode="after")
    def _exists(self) -> Self:
        try:
            date(2023, self.month, self.day)
        except ValueError:
            raise ValueError(_("no such day in every year")) from None
        return self


class Window(Model):
    opens: Annotated[MonthDay | None, Says(_("First day of the window"), _("From which day of the year."))] = None
    closes: Annotated[
        MonthDay | None, Says(_("Last day of the window"), _("Until which day of the year, included."))
    ] = None
    plan_year: Annotated[
        Literal["this", "next"],
        Says(
            _("For the plan of"),
            _("Whether it counts for this year's plan or the next year's."),
            {"this": _("for this year’s plan"), "next": _("for next year’s plan")},
        ),
    ] = "next"
    text: OptionalWording = ""
    articles: Articles

    def holds(self, day: date) -> bool:
        """Whether a day of any year lies in the window, both its ends included; it may run over the end of a year."""
        opens, closes = self._ends()
        at = (day.month, day.day)
        return opens <= at <= closes if opens <= closes else at >= opens or at <= closes

    @property
    def is_all_year(self) -> bool:
        """Whether the text itself keeps the window open from the first day of the year to the last."""
        return bool(self.opens and self.closes) and self._ends() == ((1, 1), (12, 31))

    def _ends(self) -> tuple[tuple[int, int], tuple[int, int]]:
        opens, closes = self.opens, self.closes
        return (opens.month, opens.day) if opens else (1, 1), (closes.month, closes.day) if closes else (12, 31)


class LateThen(Model):
    allowed: Annotated[StrictBool, Says(_("May be declared late"), _("Whether such a project may be declared."))]
    documents: Papers = []


class Statement(Model):
    key: Key
    title: Annotated[Text, Says(_("Title of the point"), _("Stands above the box in the form."))]
    help: Help = ""
    when: RouteBox = Box()
    required: Annotated[
        StrictBool, Says(_("Must be stated"), _("Whether the declaration can be handed in without it."))
    ] = True
    objectable: Annotated[
        StrictBool, Says(_("May be objected to"), _("Whether a reviewer can object to this very point."))
    ] = False
    articles: Articles


class Section(Model):
    key: Key
    number: Annotated[str, Says(_("Section number"), _("As in the county's template."))] = ""
    title: Annotated[Text, Says(_("Title of the section"), _("As in the county's template."))]
    help: Help = ""
    when: RouteBox = Box()
    articles: Articles


class MaterialThen(Model):
    document: DocumentKey
    required: Annotated[StrictBool, Says(_("Required"), _("False: only where there is one."))] = True


class QuotesThen(Model):
    minimum: Annotated[StrictInt, Field(ge=0), Says(_("Quotes at least"), _("How many quotes there must be."))]


class Quotes(Model):
    rows: Annotated[list[Row[QuotesThen]], Says(_("Quotes by case"), _("How many quotes which project needs."))] = []


class PrerequisiteThen(Model):
    key: Key
    name: Annotated[Text, Says(_("To be confirmed"), _("What must be true, as the form asks it."))]
    evidence: Annotated[
        Literal["document", "statement", "date"],
        Says(
            _("Shown by"),
            _("By a paper, by a statement, or by its date."),
            {"document": _("by a paper"), "statement": _("by a statement"), "date": _("by its date")},
        ),
    ] = "statement"
    document: DocumentKey | None = None

    @model_validator(mode="before")
    @classmethod
    def _proved(cls, data: Any) -> Any:
        """What names a document is proved by it."""
        if isinstance(data, dict) and "evidence" not in data and data.get("document"):
            return {**data, "evidence": "document"}
        return data

    @model_validator(mode="after")
    def _paper(self) -> Self:
        if (self.evidence == "document") != (self.document is not None):
            raise ValueError(_("evidence by document names the document, other evidence none"))
        return self


class RequirementThen(Model):
    """What must be there by a step: a paper, or a confirmation by an office."""

    key: Key
    document: DocumentKey | None = None
    confirmation: Annotated[
        AuthorityKey | None, Says(_("Confirmed by"), _("The office whose confirmation must be there."))
    ] = None
    by: Annotated[RouteStepKey, Says(_("By which step"), _("The step that cannot be decided without it."))]

    @model_validator(mode="after")
    def _shown(self) -> Self:
        if (self.document is None) == (self.confirmation is None):
            raise ValueError(_("is shown by a document or by the confirmation of an office: name one of them"))
        return self


class Exemption(Model):
    documents: Annotated[
        list[DocumentKey],
        Field(min_length=1),
        Says(_("Papers that exempt"), _("What must be shown for the exemption.")),
    ]
    articles: Articles
    text: Wording


class NegativeList(Model):
    items: Annotated[list[Item], Says(_("Cases"), _("What is not supported."))] = []
    exemption: Annotated[
        Exemption | None,
        Says(_("Exemption from what is not supported"), _("Which papers lift it; null where nothing does.")),
    ] = None


class Splitting(Model):
    text: OptionalWording = ""
    articles: Articles


class Priority(Item):
    pass
