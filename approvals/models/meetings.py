"""Meetings that decide on batches of projects."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from jurisdictions.models import CountyScoped, scoped_manager
from workflow.machines.states import Machine, Moves, guarded, state_field
from workflow.models import Document, Step


class MeetingState(models.TextChoices):
    PREPARED = "prepared", _("Being prepared")
    HELD = "held", _("Held")
    CANCELLED = "cancelled", _("Cancelled")


MEETING_MOVES: Moves = {
    "hold": ("prepared", "held"),
    "cancel": ("prepared", "cancelled"),
}


class Meeting(Machine):
    """A meeting of the conference or the government that decides on a batch of projects."""

    body = models.CharField(_("Body"), max_length=24)  # authority key
    title = models.CharField(_("Title"), max_length=120)
    held_on = models.DateField(_("Held on"))
    number = models.CharField(_("Number of the minutes"), max_length=60, blank=True)
    minutes = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, related_name="+")
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    moves = MEETING_MOVES
    state = state_field(MeetingState, MeetingState.PREPARED)

    objects = scoped_manager()

    class Meta:
        ordering = ["-held_on", "-pk"]
        indexes = [models.Index(fields=["county", "-held_on", "-id"], name="meetings_newest")]
        triggers = guarded(MEETING_MOVES)

    def __str__(self) -> str:
        return self.title

    def trail_project(self) -> Any:
        return None

    def trail_label(self) -> str:
        return self.title


class MeetingItem(CountyScoped):
    """One project's step on a meeting's agenda, and what the meeting decided."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="items")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="meeting_items")
    position = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=12, blank=True)  # approve | refuse | return | postpone
    note = models.TextField(blank=True)
    # Members, where there was a vote.
    votes_for = models.PositiveSmallIntegerField(null=True)
    votes_against = models.PositiveSmallIntegerField(null=True)
    abstaining = models.PositiveSmallIntegerField(null=True)
    absent = models.PositiveSmallIntegerField(null=True)
    excused = models.PositiveSmallIntegerField(null=True)

    objects = scoped_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["meeting", "step"], name="step_once_a_meeting")]
