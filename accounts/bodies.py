"""Bodies of the programs' interface: JSON in, JSON out, whatever stands in it.

A module of its own: the views of REST framework read their parsers from the settings before `accounts.api` is there.
"""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer

# A row of a list in a section of a declaration is six deep.
DEEPEST = 20


class BodyParser(JSONParser):
    """JSON nested no deeper than anything that is asked for: what reads it may follow it by recursion."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Raises `ParseError` for what is no JSON and for what is nested too deeply."""
        try:
            data = super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise _too_deep() from None
        except ParseError as error:
            cause = error.__context__
            if isinstance(cause, json.JSONDecodeError):
                raise ParseError(_("The body is no JSON (character %d).") % (cause.pos + 1)) from None
            raise ParseError(_("The body is no JSON.")) from None
        if _is_deeper(data, DEEPEST):
            raise _too_deep()
        return data


class AnswerRenderer(JSONRenderer):
    """JSON; half a surrogate pair, which no encoding takes, is written as the escape it came as."""

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        """The answer as bytes."""
        try:
            return super().render(data, accepted_media_type, renderer_context)
        except UnicodeEncodeError:
            return _Escaped().render(data, accepted_media_type, renderer_context)


class _Escaped(JSONRenderer):
    ensure_ascii = True


def _too_deep() -> ParseError:
    return ParseError(_("The body is nested too deeply: at most %d levels.") % DEEPEST)


def _is_deeper(data: Any, levels: int) -> bool:
    """Whether lists and objects stand in each other more than `levels` deep; found without recursion."""
    found = [data]
    for _level in range(levels):
        found = [inner for outer in found for inner in _inside(outer)]
        if not found:
            return False
    return any(isinstance(one, (dict, list)) for one in found)


def _inside(outer: Any) -> Any:
    if isinstance(outer, dict):
        return outer.values()
    return outer if isinstance(outer, list) else ()
