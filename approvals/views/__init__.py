"""Pages of steps, opinions and meetings."""

from approvals.views.meetings import cancel_meeting, edit_meeting, meeting, meetings, new_meeting
from approvals.views.opinions import ask_concerned, give_opinion, opinions, remind, revise_opinion
from approvals.views.steps import decide, record, send_back, step

__all__ = [
    "ask_concerned",
    "cancel_meeting",
    "edit_meeting",
    "decide",
    "give_opinion",
    "meeting",
    "meetings",
    "new_meeting",
    "opinions",
    "record",
    "remind",
    "revise_opinion",
    "send_back",
    "step",
]
