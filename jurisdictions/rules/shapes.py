"""The types that the shape of a rule file is made of: keys, citations, amounts, days, boxes, rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

from django.utils.translation import gettext_lazy as _
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    StrictBool,
    StrictInt,
    StringConstraints,
)

from . import vocabulary as words
from .boxes import Box, BoxError, amount_of_rule
from .labels import Says
from .vocabulary import FactSpace

ARTICLE_PATTERN = r"^[A-Z]{2,4}-[A-Z]?[0-9]+(\([0-9]+\))?$"


KEY_PATTERN = r"^[a-z][a-z0-9_]*$"
#: Stands between a row's id and the number of the box, where the row came apart into several.
PIECE_MARK = "~"


def plain_id(row_id: str) -> str:
    """The id a row has in the file; a row that came apart into several boxes has it several times."""
    return row_id.partition(PIECE_MARK)[0]


def plain_article(cited: str) -> str:
    """`DA-24` of `DA-24(2)`."""
    return cited.partition("(")[0]


def cite(*groups: list[str] | tuple[str, ...]) -> list[str]:
    """Articles once each, every one cited with a paragraph followed by its plain number."""
    listed: dict[str, None] = {}
    for group in groups:
        for article in group:
            listed[article] = None
            listed[plain_article(article)] = None
    return list(listed)


_ARTICLE = re.compile(r"^[A-Z]+-([A-Z]?)([0-9]+)$")


def by_number(articles: dict[str, Any]) -> dict[str, Any]:
    """Articles in the order of the text, annexes and forms last (the database keeps no order)."""

    def place(key: str) -> tuple[str, int]:
        found = _ARTICLE.match(key)
        return (found[1], int(found[2])) if found else ("", 0)

    return {key: articles[key] for key in sorted(articles, key=place)}


def by_vocabulary(authorities: dict[str, Any]) -> dict[str, Any]:
    """Offices in the order of the vocabulary (the database keeps no order)."""
    return {key: authorities[key] for key in words.AUTHORITIES if key in authorities}


def _number(value: Any) -> Decimal:
    return amount_of_rule(value)


def _day(value: Any) -> date:
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError(_("must be a date as 2026-03-02, not %r") % (value,))


def member(known: Any, what: str) -> BeforeValidator:
    """A value of a rule file that must be one of the known ones."""

    def check(value: Any) -> Any:
        if value not in known:
            raise ValueError(
                _("unknown %(what)s %(value)r; known: %(known)s")
                % {"what": what, "value": value, "known": ", ".join(known)}
            )
        return value

    return BeforeValidator(check)


def event(value: Any) -> str:
    """An event that a time runs from, or a date that the file names (the loader knows which). Raises `ValueError`."""
    if isinstance(value, str) and re.fullmatch(KEY_PATTERN, value):
        return value
    raise ValueError(_("unknown event %r: the key of a step, or that key with _submitted") % (value,))


def box_over(space: FactSpace) -> PlainValidator:
    """A condition of a rule file, read over the facts of its question."""

    def parse(value: Any) -> Box:
        try:
            return Box.parse(value, space)
        except BoxError as error:
            raise ValueError(str(error)) from error

    return PlainValidator(parse)


@dataclass(frozen=True)
class Reference:
    """Marks a key that must stand under a part of the file: the loader checks every field so marked."""

    part: str


Key = Annotated[
    str, StringConstraints(pattern=KEY_PATTERN), Says(_("Short name"), _("English, for machines; once in its list."))
]
RowId = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*(~[0-9]+)?$"),
    Says(_("Row id"), _("English, for machines; findings and overrides name it.")),
]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
_WORDING = Says(_("In words"), _("What it says, in our own words, for people."))
Wording = Annotated[Text, _WORDING]
OptionalWording = Annotated[str, _WORDING]
Name = Annotated[Text, Says(_("Name shown"), _("What people call it."))]
Help = Annotated[str, Says(_("Help text"), _("One line for whoever fills it in."))]
Article = Annotated[str, StringConstraints(pattern=ARTICLE_PATTERN)]
PlainArticle = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,4}-[A-Z]?[0-9]+$")]
Articles = Annotated[list[Article], Field(min_length=1), Says(_("Basis"), _("The articles that say so."))]
Amount = Annotated[Decimal, BeforeValidator(_number), Field(ge=0)]
Ratio = Annotated[Decimal, BeforeValidator(_number), Field(gt=0)]
Share = Annotated[Decimal, BeforeValidator(_number), Field(gt=0, le=1)]
Day = Annotated[date, BeforeValidator(_day)]
Count = Annotated[StrictInt, Field(ge=1)]
StepKey = Annotated[str, member(words.STEPS, "step"), Says(_("Step key"), _("A step of the vocabulary."))]
RouteStepKey = Annotated[StepKey, Reference("route")]
DocumentKey = Annotated[Key, Reference("documents"), Says(_("Paper"), _("One of the papers named in the file."))]
Papers = Annotated[list[DocumentKey], Says(_("Papers"), _("What must be shown, or what comes out of it."))]
ReviewPointKey = Annotated[Key, Reference("review_points")]
FormKey = Annotated[Key, Reference("forms"), Says(_("Form"), _("One of the forms of the file."))]
AuthorityKey = Annotated[
    str,
    member(words.AUTHORITIES, "authority"),
    Reference("authorities"),
    Says(_("Office"), _("Who decides or acts: a duty of the vocabulary.")),
]
Event = Annotated[str, BeforeValidator(event)]
Unit = Annotated[
    Literal["working_day", "day", "month", "year"],
    Says(_("Unit of time"), _("Working days, days, months or years."), words.UNITS),
]
_ANY_FACTS = {**words.ROUTE_FACTS, **words.CHANGE_FACTS, **words.FUNDING_FACTS}
_AsData = PlainSerializer(lambda box: box.as_data())
_WHERE = Says(_("Where"), _("For which projects it holds; left out: for all."))
RouteBox = Annotated[Box, box_over(words.ROUTE_FACTS), _AsData, _WHERE]
AnyBox = Annotated[Box, box_over({k: v for k, v in _ANY_FACTS.items() if v.kind != "keys"}), _AsData, _WHERE]
ChangeBox = Annotated[Box, box_over(words.CHANGE_FACTS), _AsData, _WHERE]
FundingBox = Annotated[
    Box, box_over({k: v for k, v in words.FUNDING_FACTS.items() if v.kind != "keys"}), _AsData, _WHERE
]


class Model(BaseModel):
    """A part of a rule file: nothing it does not know may stand in it, and it does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, populate_by_name=True)


Then = TypeVar("Then")


class Marked(Model):
    """What a part of the rules says of itself.

    `reading`: what the text leaves open, as it is understood here. `in_principle`: a reason may depart from it.
    """

    reading: Annotated[
        StrictBool,
        Says(_("as this system reads it"), _("The text leaves it open; this is how the system understands it.")),
    ] = False
    in_principle: Annotated[
        StrictBool,
        Says(
            _("in principle; a reason may depart from it"),
            _("The text says “in principle”: a stated reason may depart from it."),
        ),
    ] = False

    @property
    def marks(self) -> tuple[str, ...]:
        """The marks it carries."""
        return tuple(name for name in ("reading", "in_principle") if getattr(self, name))


class Row(Marked, Generic[Then]):
    """A row over the facts of a project."""

    id: RowId
    when: RouteBox
    then: Annotated[Then, Says(_("Decision"), _("What holds where the row applies."))]
    articles: Articles
    text: Wording
    overrides: Annotated[
        list[RowId], Says(_("Overrides"), _("Rows that this one takes precedence over where both apply."))
    ] = Field(default_factory=list)


class Item(Marked):
    """A point of a list, in our own words; `when` says for which projects it counts."""

    key: Key
    text: Wording
    when: RouteBox = Box()
    articles: Articles


class Span(Model):
    """A length of time."""

    amount: Annotated[Count, Says(_("Length"), _("How many of the unit."))]
    unit: Unit
