"""Parts of pages that are put together once for what they show, and kept in memory.

A part is a template that sees its language and the plain values it is given, and nothing else: whoever is shown the
same values is shown the same text. So nothing kept is ever out of date, and nothing of a person or a county reaches
another. What differs from page to page and stands as text alone (`put_…`, the tokens of forms) is put in afterwards.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.template import Context
from django.template.loader import get_template
from django.utils.functional import Promise
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

KEPT = 2048  # parts in a process, a few kilobytes each
PUT = "put_"
MARK = "\0"  # neither the database nor an address has it


class Given:
    """The values of a part, compared by kind and value: a text is not HTML, and 1 is not True."""

    __slots__ = ("key", "values")

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values
        self.key = _frozen(values)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Given) and self.key == other.key


def _frozen(value: Any) -> Any:
    kind = type(value)
    if kind is str or value is None:
        return value
    if kind in (int, bool, Decimal, dt.date, SafeString):
        return kind, value
    if kind in (list, tuple):
        return kind, tuple(map(_frozen, value))
    if isinstance(value, Mapping):
        return dict, tuple((name, _frozen(one)) for name, one in value.items())
    if isinstance(value, Promise):
        return str(value)
    raise TypeError(f"A kept part is given plain values, not {kind.__name__}.")


@lru_cache(maxsize=KEPT)
def _pieces(name: str, language: str | None, given: Given, holes: tuple[str, ...]) -> tuple[str, ...]:
    """The text of a part between its holes, and by turns what is put there."""
    marks = {hole: f"{MARK}{hole}{MARK}" for hole in holes}
    text = get_template(name).template.render(Context({**given.values, **marks}))  # type: ignore[attr-defined]
    return tuple(re.split(f"{MARK}({'|'.join(holes)}){MARK}", text))


def part(name: str, values: Mapping[str, Any], *, tokens: Mapping[str, Callable[[], str]]) -> SafeString:
    """A part as HTML. Of `values` those that begin with `put_` are put in afterwards, escaped; all others are its key.

    `tokens` are those a page has for its forms, asked for only where the part has a form.
    """
    put = {key: value for key, value in values.items() if key.startswith(PUT)}
    given = Given({key: value for key, value in values.items() if key not in put})
    pieces = _pieces(name, get_language(), given, (*put, *tokens))
    if len(pieces) == 1:
        return SafeString(pieces[0])  # nosec B703: a template's own text
    filled = list(pieces)
    for at in range(1, len(filled), 2):
        hole = filled[at]
        filled[at] = conditional_escape(put[hole] if hole in put else tokens[hole]())
    return SafeString("".join(filled))  # nosec B703: what was put in is escaped
