"""Why something was not done: sentences for people, codes for programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


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


class NotPermitted(Refusal):
    """The person's role or office does not allow it."""

    code = "not_permitted"
    status = 403


class Incomplete(Refusal):
    """Several things are missing or wrong at once: `items` are refusals that name their fields."""

    code = "incomplete"

    def __init__(self, message: str, *, items: Iterable[Refusal]) -> None:
        super().__init__(message)
        self.items = list(items)

    def listed(self) -> list[dict[str, Any]]:
        """Every item, each with its field."""
        return [line for item in self.items for line in item.listed()]
