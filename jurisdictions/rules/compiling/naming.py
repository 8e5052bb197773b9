"""What stands in a rule file for nothing, or twice: numbers that are a parameter, names that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from ..boxes import amount_of_rule
from ..shapes import plain_article
from .words import CONDITIONS, ENDS, NAMEABLE, Place, is_name

#: Parameters that the program itself asks for, wherever a county names them (`Ruleset.parameter`).
READ_BY_CODE = frozenset({"reserve_validity"})


def literals(content: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Numbers of the route that stand in a parameter already."""
    known: dict[tuple[str, Decimal], list[tuple[str, set[str]]]] = {}
    parameters = content.get("parameters")
    for name, parameter in parameters.items() if isinstance(parameters, Mapping) else ():
        for row in _rows_in(parameter):
            value = _number(row.get("then"), "value")
            if value is not None:
                found = known.setdefault((str(parameter.get("unit")), value), [])
                found.append((name, _plain_articles(row.get("articles"))))
    for table in ("route", "change_control"):
        for place, unit, value, cited in _numbers_in(content.get(table), (table,), ()):
            for name, articles in known.get((unit, value), ()):
                # As many days may stand in two articles for two things; an amount or a share is one thing.
                if unit in ("yuan", "ratio") or articles & _plain_articles(list(cited)):
                    yield (
                        place,
                        _("%(value)s is the parameter “%(name)s”: write its name, so that it is said once")
                        % {"value": format(value, "f"), "name": name},
                    )
                    break


def unread(content: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Parameters and terms that nothing uses."""
    parameters, terms = content.get("parameters"), content.get("terms")
    read = set(_parameters_named(content)) | READ_BY_CODE
    for name in parameters if isinstance(parameters, Mapping) else ():
        if name not in read:
            yield ("parameters", name), _("nothing reads this parameter: use it by name or leave it out")
    asked = set(_asked(content))
    for index, term in enumerate(terms if isinstance(terms, list) else ()):
        key = term.get("key") if isinstance(term, Mapping) else None
        if isinstance(key, str) and key not in asked:
            yield ("terms", index), _("nothing uses this term")


def _parameters_named(part: Any) -> Iterator[str]:
    """Every name that stands for a number anywhere."""
    if isinstance(part, Mapping):
        for key, value in part.items():
            if key in NAMEABLE | ENDS and is_name(value):
                yield value
            else:
                yield from _parameters_named(value)
    elif isinstance(part, list):
        for value in part:
            yield from _parameters_named(value)


def _asked(part: Any) -> Iterator[str]:
    """Every fact and term a condition names anywhere."""
    if isinstance(part, Mapping):
        for key, value in part.items():
            if key in CONDITIONS and isinstance(value, Mapping):
                yield from value
            else:
                yield from _asked(value)
    elif isinstance(part, list):
        for value in part:
            yield from _asked(value)


def _rows_in(parameter: Any) -> list[Mapping[str, Any]]:
    rows = parameter.get("rows") if isinstance(parameter, Mapping) else None
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _number(part: Any, key: str) -> Decimal | None:
    value = part.get(key) if isinstance(part, Mapping) else None
    try:
        return None if value is None or is_name(value) else amount_of_rule(value)
    except ValueError:
        return None


def _plain_articles(articles: Any) -> set[str]:
    return {plain_article(str(each)) for each in articles} if isinstance(articles, list) else set()


def _numbers_in(
    part: Any, place: Place, cited: tuple[Any, ...]
) -> Iterator[tuple[Place, str, Decimal, tuple[Any, ...]]]:
    """Amounts in conditions and lengths of time that stand as numbers: place, unit, number, articles."""
    if isinstance(part, list):
        for at, value in enumerate(part):
            yield from _numbers_in(value, (*place, at), cited)
    elif isinstance(part, Mapping):
        if isinstance(part.get("articles"), list):
            cited = tuple(part["articles"])
        for key, value in part.items():
            here = (*place, key)
            if key in ("investment", "estimate", "delta", "ratio") and isinstance(value, Mapping):
                for end in value:
                    if (number := _number(value, str(end))) is not None:
                        yield (*here, end), "ratio" if key == "ratio" else "yuan", number, cited
            elif key == "amount" and isinstance(part.get("unit"), str):
                if (number := _number(part, "amount")) is not None:
                    yield here, part["unit"], number, cited
            else:
                yield from _numbers_in(value, here, cited)
