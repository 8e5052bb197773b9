"""The records of the approvals."""

from approvals.models.advice import Advice, AdviceKind, AdviceState
from approvals.models.changes import ChangeRequest, Outcome
from approvals.models.experts import (
    GONE,
    Attendance,
    Draw,
    DrawState,
    Expert,
    ExpertImport,
    ExpertLink,
    ExpertOpinion,
    FeeRate,
    Panel,
    PanelState,
    Seat,
    SeatState,
    Speciality,
    Standing,
)
from approvals.models.findings import DelayFinding, FindingState
from approvals.models.meetings import Meeting, MeetingItem, MeetingState
from approvals.models.opinions import Conclusion, Opinion, OpinionState
from approvals.models.oversight import (
    Matter,
    MatterKind,
    MatterState,
    Milestone,
    MilestoneState,
    Sanction,
    SanctionKind,
)
from approvals.models.platform import PlatformRecord, PlatformStage
from approvals.models.replies import Condition, ConditionState, Reply

__all__ = [
    "Advice",
    "AdviceKind",
    "AdviceState",
    "Attendance",
    "ChangeRequest",
    "Conclusion",
    "Condition",
    "ConditionState",
    "Draw",
    "DrawState",
    "Expert",
    "ExpertImport",
    "ExpertLink",
    "ExpertOpinion",
    "FeeRate",
    "GONE",
    "DelayFinding",
    "FindingState",
    "Matter",
    "MatterKind",
    "MatterState",
    "Meeting",
    "MeetingItem",
    "MeetingState",
    "Milestone",
    "MilestoneState",
    "Opinion",
    "OpinionState",
    "Outcome",
    "Panel",
    "PanelState",
    "PlatformRecord",
    "PlatformStage",
    "Reply",
    "Sanction",
    "SanctionKind",
    "Seat",
    "SeatState",
    "Speciality",
    "Standing",
]
