"""Votes of a meeting on one project: counted, and held to what the county's rules ask of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.refusals import Refusal

APPROVE, REFUSE, POSTPONE = "approve", "refuse", "postpone"
COUNTED = {
    "votes_for": gettext_lazy("In favour"),
    "votes_against": gettext_lazy("Against"),
    "abstaining": gettext_lazy("Abstaining"),
    "absent": gettext_lazy("Not present"),
    "excused": gettext_lazy("Excused for conflict"),
}


@dataclass(frozen=True)
class Votes:
    """How many members voted how. Who is excused for a conflict counts neither as a member nor as present."""

    votes_for: int = 0
    votes_against: int = 0
    abstaining: int = 0
    absent: int = 0
    excused: int = 0

    @property
    def present(self) -> int:
        return self.votes_for + self.votes_against + self.abstaining

    @property
    def members(self) -> int:
        return self.present + self.absent

    def words(self) -> str:
        """For minutes and history."""
        return _(", ").join(f"{label} {getattr(self, name)}" for name, label in COUNTED.items())


def votes_of(item: Any) -> Votes | None:
    """The votes that were counted on a project of an agenda; None where there was no vote."""
    if item.votes_for is None:
        return None
    return Votes(**{name: getattr(item, name) or 0 for name in COUNTED})


def problem_of(item: Any, outcome: str, votes: Votes | None) -> Refusal | None:
    """Why a decision cannot stand beside the votes: the rules ask for a vote, a quorum, a share in favour.

    Where the rules say nothing of votes they are only kept; shares are compared to four digits.
    """
    rule: Mapping[str, Any] = item.step.rule.get("vote") or {}
    if outcome == POSTPONE:
        return None
    field, named = f"votes_for-{item.pk}", {"name": item.step.project.name}
    articles = rule.get("articles") or item.step.articles
    if votes is None:
        said = _("“%(name)s”: the rules ask for a vote, please enter it.")
        return Refusal(said % named, field=field, articles=articles) if rule else None
    if votes.present == 0:
        return Refusal(_("“%(name)s”: nobody voted.") % named, field=field, articles=articles)
    if not rule:
        return None
    quorum = rule.get("quorum")
    if quorum is not None and _share(votes.present, votes.members) < Decimal(str(quorum)):
        said = _("“%(name)s”: %(present)s of %(members)s members are no quorum, it is postponed.")
        counts = {"present": votes.present, "members": votes.members}
        return Refusal(said % {**named, **counts}, field=field, articles=articles)
    if outcome in (APPROVE, REFUSE) and (outcome == APPROVE) != _passed(rule, votes):
        said = _("“%(name)s”: the decision contradicts the vote (%(votes)s).")
        return Refusal(said % {**named, "votes": votes.words()}, field=f"outcome-{item.pk}", articles=articles)
    return None


def _passed(rule: Mapping[str, Any], votes: Votes) -> bool:
    share = _share(votes.votes_for, votes.present)
    if rule.get("over") is not None:
        return share > Decimal(str(rule["over"]))
    return share >= Decimal(str(rule["at_least"]))


def _share(part: int, whole: int) -> Decimal:
    return round(Decimal(part) / Decimal(whole), 4)
