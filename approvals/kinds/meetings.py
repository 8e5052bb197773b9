"""Meetings: a body decides on many projects at once, and its minutes carry the decision to each."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from approvals.kinds.base import PagedKind
from workflow.models import Step
from workflow.route.kinds import Outcome

APPROVE, REFUSE, RETURN, POSTPONE = "approve", "refuse", "return", "postpone"


class MeetingDecision(PagedKind):
    """A meeting of the conference or the government decides; who holds it records its minutes."""

    key = "meeting"
    outcomes = (
        Outcome(APPROVE, gettext_lazy("Approved"), "good", choice=gettext_lazy("Approve")),
        Outcome(
            REFUSE,
            gettext_lazy("Refused"),
            "bad",
            choice=gettext_lazy("Refuse"),
            needs_reason=True,
            negative=True,
        ),
        Outcome(
            RETURN,
            gettext_lazy("Returned for correction"),
            "warn",
            choice=gettext_lazy("Return for correction"),
            needs_reason=True,
        ),
        Outcome(POSTPONE, gettext_lazy("Postponed"), "neutral", choice=gettext_lazy("Postpone")),
    )
    note_template = "approvals/_by_meeting.html"

    def permission(self, step: Step) -> str:
        """Who holds the meeting."""
        return "meeting.hold"
