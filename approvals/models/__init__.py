"""The records of the approvals."""

from approvals.models.meetings import Meeting, MeetingItem, MeetingState
from approvals.models.opinions import Conclusion, Opinion, OpinionState
from approvals.models.replies import Condition, ConditionState, Reply

__all__ = [
    "Conclusion",
    "Condition",
    "ConditionState",
    "Meeting",
    "MeetingItem",
    "MeetingState",
    "Opinion",
    "OpinionState",
    "Reply",
]
