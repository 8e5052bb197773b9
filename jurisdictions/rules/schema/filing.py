"""What a rule file asks of a declaration: scope, windows, statements, materials, quotes, prerequisites."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self

from django.utils.translation import gettext as _
from pydantic import Field, StrictBool, StrictInt, model_validator

from ..boxes import Box
from ..shapes import Articles, AuthorityKey, DocumentKey, Item, Key, Model, RouteBox, RouteStepKey, Row, Text


class ScopeQuestion(Model):
    key: Key
    text: Text
    help: str = ""
    articles: Articles


class ScopeThen(Model):
    """`file_only`: nobody decides; the unit files and carries out."""

    result: Literal["out", "reference", "secrecy", "file_only"]


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
    allowed: StrictBool
    documents: list[DocumentKey] = []


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
    document: DocumentKey
    required: StrictBool = True


class QuotesThen(Model):
    minimum: Annotated[StrictInt, Field(ge=0)]


class Quotes(Model):
    rows: list[Row[QuotesThen]] = []


class PrerequisiteThen(Model):
    key: Key
    name: Text
    evidence: Literal["document", "statement", "date"] = "statement"
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
    confirmation: AuthorityKey | None = None
    by: RouteStepKey

    @model_validator(mode="after")
    def _shown(self) -> Self:
        if (self.document is None) == (self.confirmation is None):
            raise ValueError(_("is shown by a document or by the confirmation of an office: name one of them"))
        return self


class Exemption(Model):
    documents: Annotated[list[DocumentKey], Field(min_length=1)]
    articles: Articles
    text: Text


class NegativeList(Model):
    items: list[Item] = []
    exemption: Exemption | None = None


class Splitting(Model):
    text: str = ""
    articles: Articles


class Priority(Item):
    pass
