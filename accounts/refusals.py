"""Why something was not done: sentences for people, codes for programs."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _


class Refusal(Exception):
    """A rule, state or permission stands against it.

    `message` says what and what to do next; `articles` cite the rule; `field` names the input concerned.
    """

    code = "refused"
    status = 422  # as a page or the API answers it

    def __init__(self, message: str, *, articles: Iterable[str] = (), field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.articles = list(articles)
        self.field = field

    def listed(self) -> list[dict[str, Any]]:
        """As the error summary of a page shows it: `field`, `text`, `articles`."""
        return [{"field": self.field, "text": self.message, "articles": self.articles}]


class WrongState(Refusal):
    """The record is not in a state that allows it, most often because somebody else was faster."""

    code = "wrong_state"
    status = 409


class Stale(Refusal):
    """The page showed an older version of the record."""

    code = "stale"
    status = 409

    def __init__(self, message: str = "", **known: Any) -> None:
        usual = _("This page is out of date: somebody has acted on it since. Please reload and look again.")
        super().__init__(message or usual, **known)


class NotPermitted(Refusal):
    """The person's role or office does not allow it."""

    code = "not_permitted"
    status = 403


MOST = 4000  # characters of a reason, an opinion, a note


def clean_text(text: str, *, field: str, most: int = MOST, articles: Iterable[str] = ()) -> str:
    """What a person wrote, without what no reader sees at its ends: empty where nothing was said.

    Raises `Refusal` where it is longer than `most` characters: nothing is cut off.
    """
    start, end = 0, len(text)
    while start < end and not _seen(text[start]):
        start += 1
    while end > start and not _seen(text[end - 1]):
        end -= 1
    said = text[start:end]
    if len(said) > most:
        raise Refusal(
            _("This takes at most %(most)s characters; there are %(length)s. Please shorten it.")
            % {"most": most, "length": len(said)},
            field=field,
            articles=articles,
        )
    return said


def _seen(character: str) -> bool:
    # Among the invisible: zero-width spaces, joiners and marks of direction.
    return not character.isspace() and unicodedata.category(character) not in ("Cc", "Cf")


class Incomplete(Refusal):
    """Several things are missing or wrong at once: `items` are refusals that name their fields."""

    code = "incomplete"

    def __init__(self, message: str, *, items: Iterable[Refusal]) -> None:
        super().__init__(message)
        self.items = list(items)

    def listed(self) -> list[dict[str, Any]]:
        """Every item, each with its field."""
        return [line for item in self.items for line in item.listed()]
