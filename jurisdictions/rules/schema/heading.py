"""What a rule file says of itself: county, regulation, articles, offices, papers, sources, official forms."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from django.utils.translation import gettext as _
from pydantic import Field, StringConstraints, model_validator

from .. import vocabulary as words
from ..boxes import Box
from ..shapes import Articles, Count, Day, Key, Model, RouteBox, Text, member


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


class OwnFact(Model):
    """A fact that only this county asks for; usable in every condition. Amounts are yuan."""

    key: Key
    type: Literal["yes_no", "amount", "count", "one_of"]
    name: Text
    help: str = ""
    values: dict[Key, Text] = {}
    default: Key | None = None
    when: RouteBox = Box()
    articles: Articles

    @model_validator(mode="after")
    def _valued(self) -> Self:
        if (self.type == "one_of") != bool(self.values):
            raise ValueError(_("a choice lists its values, other facts have none"))
        if self.default is not None and self.default not in self.values:
            raise ValueError(_("the default is none of the values"))
        return self


class NamedDate(Model):
    """A day that somebody enters and that a clock may run from."""

    key: Key
    name: Text
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
