"""Facts as people and programs give them, turned into typed values with their defaults."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Self

from django.utils.translation import gettext as _

from .vocabulary import ROUTE_FACTS, FactSpace, FactSpec

#: Amounts from here on are no amounts of a county project (and no column could hold them).
AMOUNT_LIMIT = Decimal(10) ** 15
_CENT = Decimal("0.01")
_PLAIN = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?", re.ASCII)


class FactError(ValueError):
    """A fact or field that cannot be used: `field` names it, `message` says what is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message

    def as_dict(self) -> dict[str, str]:
        """As the API answers it."""
        return {"field": self.field, "message": self.message}


@dataclass(frozen=True)
class Facts:
    """What a route depends on. Amounts in yuan; an unknown importance is None and counts as general."""

    investment: Decimal
    action: str = "new"
    category: str = "application"
    owner_kind: str = "agency"
    funding_source: str = "fiscal"
    importance: str | None = None
    classified: bool = False
    cross_department: bool = False
    engineering: bool = False
    superior_key: bool = False
    superior_decided: bool = False
    major_deployment: bool = False
    emergency: bool = False
    own: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def parse(cls, raw: Any, space: FactSpace = ROUTE_FACTS) -> Self:
        """Facts from JSON, a form or a record; `space` holds a county's own facts too.

        Raises `FactError` that names the first fact at fault.
        """
        values = read_facts(raw, space)
        own = tuple((key, values.pop(key)) for key in space if key not in ROUTE_FACTS)
        return cls(**values, own=own)

    def values(self) -> dict[str, Any]:
        """The values rows are asked with: an unknown importance counts as general."""
        values = {key: value for key, value in self.__dict__.items() if key != "own"} | dict(self.own)
        if values["importance"] is None:
            values["importance"] = "general"
        return values

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: amounts as text, an unknown importance left out. `Facts.parse` reads it back."""
        data = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "own"}
        data["investment"] = format(self.investment, "f")
        data |= {key: format(value, "f") if isinstance(value, Decimal) else value for key, value in self.own}
        if self.importance is None:
            del data["importance"]
        return data


def read_facts(raw: Any, space: FactSpace) -> dict[str, Any]:
    """Every fact of the space, read or defaulted. Raises `FactError` for the first that cannot be used."""
    if not isinstance(raw, Mapping):
        raise FactError("facts", _('Facts must be an object, as {"investment": 500000}.'))
    for key in raw:
        if key not in space or space[key].derived:
            raise FactError(
                str(key),
                _("There is no fact of this name. Known: %s.")
                % ", ".join(name for name, spec in space.items() if not spec.derived),
            )
    values: dict[str, Any] = {}
    for key, spec in space.items():
        if spec.derived:
            continue
        if key not in raw or (raw[key] is None and not spec.required):
            if spec.required:
                raise FactError(key, _("“%s” is missing.") % spec.label)
            values[key] = spec.default
        else:
            values[key] = read_fact(spec, raw[key])
    return values


def read_fact(spec: FactSpec, value: Any) -> Any:
    """One value of a fact. Raises `FactError`."""
    if spec.kind == "amount":
        amount = read_amount(spec.key, value, negative=spec.minimum is None)
        if spec.whole and amount != amount.to_integral_value():
            raise FactError(spec.key, _("“%s” must be a whole number.") % spec.label)
        return amount
    if spec.kind == "flag":
        if not isinstance(value, bool):
            raise FactError(spec.key, _("“%s” is a yes/no: write true or false.") % spec.label)
        return value
    if spec.kind == "choice":
        known = spec.values
        if not isinstance(value, str) or value not in known:
            raise FactError(
                spec.key,
                _("“%(label)s” must be one of: %(known)s.") % {"label": spec.label, "known": ", ".join(known)},
            )
        return value
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
        raise FactError(spec.key, _("“%s” must be a list of keys.") % spec.label)
    return tuple(dict.fromkeys(value))


def read_amount(field: str, value: Any, *, negative: bool = False) -> Decimal:
    """Yuan, exact, at most two places: from a number or a plain decimal text. Raises `FactError`."""
    number = _decimal(field, value)
    if not number.is_finite():
        raise FactError(field, _("An amount must be a finite number."))
    if number < 0 and not negative:
        raise FactError(field, _("An amount must not be negative."))
    # Not `abs`, which rounds: it overflows on 1e999999999.
    if number.copy_abs() >= AMOUNT_LIMIT:
        raise FactError(field, _("The amount is too large: it must be below 1,000,000,000,000,000 yuan."))
    if number != number.quantize(_CENT):
        raise FactError(field, _("An amount in yuan has at most two decimal places."))
    return number.copy_abs().quantize(_CENT) if number == 0 else number.quantize(_CENT)


def _decimal(field: str, value: Any) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise FactError(field, _("An amount must be a number in yuan."))
    if isinstance(value, float):
        return Decimal(repr(value))  # a float only comes from JSON: its shortest text is what was written
    if isinstance(value, str) and not _PLAIN.fullmatch(value):
        raise FactError(
            field,
            _("An amount must be a plain number in yuan, as 500000 or 500000.50, without unit or commas."),
        )
    if isinstance(value, int) and abs(value) >= AMOUNT_LIMIT:
        raise FactError(field, _("The amount is too large: it must be below 1,000,000,000,000,000 yuan."))
    return Decimal(value)
