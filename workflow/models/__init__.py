"""What every stage shares: steps, work items, deadlines, papers, notices and the audit trail."""

from workflow.models.clocks import (
    ClockKind,
    Deadline,
    DeadlineChange,
    DeadlineExtension,
    DeadlinePause,
    Deadlines,
    DeadlineState,
    ExtensionState,
    KeptForecast,
    Occasion,
    RecordedDate,
)
from workflow.models.desk import SavedView
from workflow.models.documents import Document, Origin
from workflow.models.filings import EDITABLE, HANDED_IN, ROUND, CorrectionItem, Filing, FilingRevision, FilingState
from workflow.models.jobs import Job, JobState
from workflow.models.messages import Message, Outbox
from workflow.models.steps import DUE_KEY, NO_DAY, OF_THE_UNIT, PROJECT, Duty, Step, StepState, WorkItem
from workflow.models.trail import AUDIT_HASHED, CHAIN, HEAD_MOVES, AuditEntry, AuditHead

__all__ = [
    "PROJECT",
    "StepState",
    "Step",
    "Duty",
    "NO_DAY",
    "DUE_KEY",
    "HANDED_IN",
    "OF_THE_UNIT",
    "WorkItem",
    "ClockKind",
    "DeadlineState",
    "Deadline",
    "DeadlinePause",
    "Deadlines",
    "DeadlineChange",
    "DeadlineExtension",
    "ExtensionState",
    "KeptForecast",
    "Occasion",
    "RecordedDate",
    "Document",
    "AUDIT_HASHED",
    "CHAIN",
    "HEAD_MOVES",
    "AuditEntry",
    "AuditHead",
    "ROUND",
    "EDITABLE",
    "FilingState",
    "Filing",
    "FilingRevision",
    "CorrectionItem",
    "Message",
    "Origin",
    "Outbox",
    "SavedView",
    "JobState",
    "Job",
]
