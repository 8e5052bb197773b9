"""The records of the approvals."""

from approvals.models.meetings import Meeting, MeetingItem, MeetingState
from approvals.models.opinions import Conclusion, Opinion, OpinionState

__all__ = ["Conclusion", "Meeting", "MeetingItem", "MeetingState", "Opinion", "OpinionState"]
