"""What a rule file says of itself: county, regulation, articles, offices, papers, sources, official forms."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from django.utils.translation import gettext_lazy as _
from pydantic import Field, StringConstraints, model_validator

from .. import vocabulary as words
from ..boxes import Box
from ..labels import Says
from ..shapes import Articles, Count, Day, Help, Key, Model, Name, RouteBox, Text, member


class CountyPart(Model):
    code: Annotated[
        str,
        StringConstraints(pattern=r"^[a-z][a-z0-9-]*$"),
        Says(_("County code"), _("Stands in every address and in the names of the files.")),
    ]
    prefix: Annotated[
        str,
        StringConstraints(pattern=r"^[A-Z]{2,4}$"),
        Says(_("Prefix of citations"), _("Two to four capitals before the number of an article.")),
    ]
    name: Annotated[Text, Says(_("Name of the county"), _("As people write it."))]
    region: Annotated[str, Says(_("Province and city"), _("What the county belongs to."))] = ""


class Regulation(Model):
    title: Annotated[Text, Says(_("Title of the regulation"), _("As published."))]
    number: Annotated[Text | None, Says(_("Document number"), _("As published; null where there is none."))] = None
    issued_by: Annotated[Text | None, Says(_("Issued by"), _("Who published it."))] = None
    issued_on: Annotated[Day | None, Says(_("Issued on"), _("The day of publication."))] = None
    note: Annotated[Text | None, Says(_("Note"), _("What a reader of the rules should know of the text."))] = None


class InForce(Model):
    """Dates of force; `from` and `until` belong to it. None where the text names no day."""

    from_: Annotated[Day | None, Says(_("First day"), _("The first day the regulation holds."))] = Field(
        default=None, alias="from"
    )
    until: Annotated[Day | None, Says(_("Last day"), _("The last day the regulation holds, included."))] = None
    warn_days: Annotated[
        list[Count], Says(_("Days of warning"), _("How many days before the end it is warned of."))
    ] = []
    articles: Articles

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.from_ and self.until and self.until < self.from_:
            raise ValueError(_("until lies before from"))
        return self


class ArticleHeading(Model):
    chapter: Annotated[Text | None, Says(_("Chapter"), _("The chapter the article stands in."))] = None
    heading: Annotated[Text, Says(_("Heading"), _("What the article is about, in our own words."))]


class Authority(Model):
    name: Name
    duty: Annotated[str, Says(_("Duty"), _("What the office does by the regulation."))] = ""
    articles: Articles


class Document(Model):
    name: Name
    help: Help = ""
    articles: Articles


class OwnFact(Model):
    """A fact that only this county asks for; usable in every condition. Amounts are yuan."""

    key: Key
    type: Annotated[
        Literal["yes_no", "amount", "count", "one_of"],
        Says(
            _("Kind of answer"),
            _("Yes or no, an amount in yuan, a count, or one of several values."),
            {
                "yes_no": _("Yes or no"),
                "amount": _("Amount in yuan"),
                "count": _("How many"),
                "one_of": _("One of several"),
            },
        ),
    ]
    name: Name
    help: Help = ""
    values: Annotated[dict[Key, Text], Says(_("Answers"), _("The values of a choice, key and words."))] = {}
    default: Annotated[
        Key | None, Says(_("Answer unless stated"), _("The value that counts where nobody said another."))
    ] = None
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
    name: Name
    articles: Articles


class Source(Model):
    key: Key
    source: Annotated[
        str,
        member(words.FUNDING_SOURCES, "source of funds"),
        Says(_("Counts as"), _("Which source of the vocabulary it is to the rules.")),
    ]
    name: Name
    articles: Articles


class FormField(Model):
    """A box of an official form. `ask`: the declaration asks it in a section of its own, since nothing else does.

    `when`: for which projects it is filled in. `sign`: who puts name, seal or date in it.
    """

    key: Key
    label: Annotated[Text, Says(_("Label of the field"), _("As printed on the form."))]
    help: Help = ""
    when: RouteBox = Box()
    sign: Annotated[
        list[Literal["handler", "head", "seal", "date"]],
        Says(
            _("Signed by"),
            _("Signatures, seal and date that stand in the field."),
            {
                "handler": _("signed by the handler"),
                "head": _("signed by the head"),
                "seal": _("sealed"),
                "date": _("dated"),
            },
        ),
    ] = []
    ask: Annotated[
        Literal["required", "optional"] | None,
        Says(
            _("Asked in the declaration"),
            _("Whether the declaration asks it in a section of its own, since nothing else does."),
            {"required": _("must be filled in"), "optional": _("may be left empty")},
        ),
    ] = None


class Form(Model):
    key: Key
    name: Name
    when: RouteBox = Box()
    fields: Annotated[list[FormField], Says(_("Fields"), _("The boxes of the form in order."))] = []
    articles: Articles
