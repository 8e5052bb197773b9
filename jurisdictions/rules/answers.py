"""What the rules answer: decisions, values, bounds, changes, money."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from . import schema
from .boxes import Reason


class RuleMissing(LookupError):
    """The rules give no value: names the parameter, the county and the version."""


@dataclass(frozen=True)
class Decision:
    """A row that decided: its `then`, its citations (plain numbers included), its text, its reasons."""

    then: Any
    articles: tuple[str, ...]
    row_id: str
    text: str
    reasons: tuple[Reason, ...] = ()
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class ParameterValue:
    """A named value with its unit (yuan, ratio, count, working_day, day, month, year) and citations."""

    value: Decimal
    unit: str
    articles: tuple[str, ...]
    row_id: str
    text: str


@dataclass(frozen=True)
class Bound:
    """An amount at which the rules change, with the articles that draw it and the tables it stands in."""

    value: Decimal
    articles: tuple[str, ...]
    tables: tuple[str, ...]


@dataclass(frozen=True)
class ChangeAnswer:
    """What a change needs. A regulation silent on changes gives no outcome, and the notice `not_regulated`."""

    outcome: Literal["free", "file", "approve", "redeclare", "forbidden"] | None
    authority: str | None
    requires: tuple[str, ...]
    articles: tuple[str, ...]
    row_id: str
    text: str
    marks: tuple[str, ...] = ()
    acts: tuple[schema.ChangeAct, ...] = ()
    refers_to: str | None = None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class FundingPoint:
    """A guard, a case or a cap that applies; `in_principle` among its marks lets a reason override it."""

    key: str
    articles: tuple[str, ...]
    text: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class FundingAnswer:
    """Whether money may be given; a notice may be overridden with a reason, a block not."""

    blocks: tuple[FundingPoint, ...]
    notices: tuple[FundingPoint, ...]

    @property
    def allowed(self) -> bool:
        return not self.blocks
