"""Opinions of a joint review, and meetings that decide on batches of projects."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Office
from jurisdictions.models import CountyScoped, scoped_manager
from workflow.machines.states import Machine, Moves, guarded, state_field
from workflow.models import Document, Step


class OpinionState(models.TextChoices):
    ASKED = "asked", _("Asked for")
    GIVEN = "given", _("Given")
    MISSING = "missing", _("Not given")


class Conclusion(models.TextChoices):
    AGREE = "agree", _("Agrees")
    CONDITIONS = "conditions", _("Agrees with conditions")
    OBJECT = "object", _("Objects")


OPINION_MOVES: Moves = {
    "give": ("asked", "given"),
    "ask_again": ("given", "asked"),
    "note_missing": ("asked", "missing"),
}


class Opinion(Machine):
    """One office's opinion in a joint review.

    An opinion that was not given is shown as missing, never assumed.
    """

    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="opinions")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    authority = models.CharField(max_length=24)
    conclusion = models.CharField(max_length=12, choices=Conclusion, blank=True)
    text = models.TextField(blank=True)
    conditions = models.TextField(blank=True)
    objections = models.JSONField(default=list)  # keys of plan statements objected to, with reasons
    round = models.PositiveSmallIntegerField(default=1)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    given_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    moves = OPINION_MOVES
    state = state_field(OpinionState, OpinionState.ASKED)

    objects = scoped_manager()

    class Meta:
        ordering = ["step", "pk"]
        constraints = [models.UniqueConstraint(fields=["step", "office"], name="one_opinion_an_office")]
        triggers = guarded(OPINION_MOVES)

    def trail_project(self) -> Any:
        return self.step.project

    def trail_label(self) -> str:
        return self.office.name

    @property
    def office_name(self) -> str:
        """The name of the office: of an opinion that was given, as it was then."""
        return self.office.name_on(self.given_at if self.state == OpinionState.GIVEN else None)


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

    objects = scoped_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["meeting", "step"], name="step_once_a_meeting")]
