"""A route: what a county's rules prescribe for a project, each step with its reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from .boxes import Reason
from .facts import Facts
from .schema import DeadlineRule, Reopening, Vote
from .shapes import cite
from .yaml_text import plain


@dataclass(frozen=True)
class RouteStep:
    """A step that is taken. `articles` hold the row's and the clocks' citations, plain numbers included."""

    key: str
    phase: str
    kind: str
    gate: bool
    result: str | None
    sets: tuple[str, ...]
    authority: str
    participants: tuple[str, ...]
    articles: tuple[str, ...]
    deadlines: tuple[DeadlineRule, ...]
    documents: tuple[str, ...]
    asks: tuple[str, ...]
    parallel: bool
    row_id: str
    text: str
    name: str | None = None
    reasons: tuple[Reason, ...] = ()
    required_by: str | None = None
    vote: Vote | None = None
    marks: tuple[str, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    may_ask: tuple[str, ...] = ()
    hands_in: tuple[str, ...] = ()
    decides: str | None = None
    opened_by: str | None = None
    reopens: Reopening | None = None
    platform: str | None = None
    jointly_with: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, for the record that a project keeps."""
        return {
            "key": self.key,
            "phase": self.phase,
            "kind": self.kind,
            "gate": self.gate,
            "result": self.result,
            "sets": list(self.sets),
            "authority": self.authority,
            "participants": list(self.participants),
            **({"may_ask": list(self.may_ask)} if self.may_ask else {}),
            **({"hands_in": list(self.hands_in)} if self.hands_in else {}),
            **({"decides": self.decides} if self.decides else {}),
            **({"opened_by": self.opened_by} if self.opened_by else {}),
            **({"jointly_with": self.jointly_with} if self.jointly_with else {}),
            **({"platform": self.platform} if self.platform else {}),
            **({"reopens": self.reopens.model_dump(mode="json")} if self.reopens else {}),
            "articles": list(self.articles),
            "deadlines": [deadline.model_dump(mode="json") for deadline in self.deadlines],
            "documents": list(self.documents),
            "asks": list(self.asks),
            "parallel": self.parallel,
            "required_by": self.required_by,
            "vote": self.vote.model_dump(mode="json") if self.vote else None,
            "marks": list(self.marks),
            "requirements": [
                {
                    "key": one.key,
                    "document": one.document or one.key,
                    "articles": list(one.articles),
                    "text": one.text,
                    "marks": list(one.marks),
                }
                for one in self.requirements
            ],
            "row": self.row_id,
            "text": self.text,
            "name": self.name,
            "reasons": [
                {
                    "fact": reason.fact,
                    "value": plain(reason.value),
                    "condition": plain(reason.condition.as_data()),
                }
                for reason in self.reasons
            ],
        }


@dataclass(frozen=True)
class SkippedStep:
    """A step that the rules say is not taken, and why."""

    key: str
    row_id: str
    articles: tuple[str, ...]
    text: str
    reasons: tuple[Reason, ...] = ()


# Warnings that are no row of a file: their sentences in the language of whoever reads them.
OUR_WARNINGS = {
    "ruleset_draft": _("These rules are a draft for comments."),
    "ruleset_not_yet": _("These rules are not yet in force on this day."),
    "ruleset_expired": _("These rules are no longer in force on this day."),
    "importance_pending": _("Whether the project is general or key is not decided yet; a general one goes this way."),
}


@dataclass(frozen=True)
class RouteWarning:
    """What is doubtful or special about a route or its rules."""

    key: str
    articles: tuple[str, ...]
    text: str = ""
    row_id: str | None = None

    @classmethod
    def of_ours(cls, key: str, articles: tuple[str, ...]) -> RouteWarning:
        """One of `OUR_WARNINGS`."""
        return cls(key, articles, str(OUR_WARNINGS[key]))


@dataclass(frozen=True)
class RouteScope:
    """Whether the rules hold for a project: in, out, reference, secrecy or file_only."""

    result: str
    articles: tuple[str, ...] = ()
    text: str = ""
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Requirement:
    """What must be there by a step: a paper (`document`) or the confirmation of an office (`confirmation`)."""

    key: str
    by: str
    articles: tuple[str, ...]
    text: str
    document: str | None = None
    confirmation: str | None = None
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Route:
    """The steps in order, the steps not taken, the notices, and by which version and facts."""

    steps: tuple[RouteStep, ...]
    skipped: tuple[SkippedStep, ...]
    notices: tuple[RouteWarning, ...]
    facts: Facts
    county: str
    version: int
    digest: str = ""
    in_force: bool = False
    scope: RouteScope = RouteScope("in")
    requirements: tuple[Requirement, ...] = ()

    def step(self, key: str) -> RouteStep | None:
        """The step of this key, or None where it is not taken."""
        return next((step for step in self.steps if step.key == key), None)

    @property
    def keys(self) -> list[str]:
        return [step.key for step in self.steps]


def route_articles(cited: Sequence[str], deadlines: Sequence[DeadlineRule]) -> tuple[str, ...]:
    """The citations of a step: its row's, then its clocks', each paragraph with the plain number."""
    return tuple(cite(list(cited), *(deadline.articles for deadline in deadlines)))
