"""Findings that a unit delayed the preliminary work of its project."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Office
from jurisdictions.models import scoped_manager
from workflow.machines.states import Machine, Moves, guarded, state_field
from workflow.models import PROJECT


class FindingState(models.TextChoices):
    PROPOSED = "proposed", _("Opened, the unit is heard")
    HEARD = "heard", _("Heard, to be decided")
    CONFIRMED = "confirmed", _("Confirmed: no money")
    DROPPED = "dropped", _("Not confirmed")
    LIFTED = "lifted", _("Lifted")


FINDING_MOVES: Moves = {
    "hear": ("proposed", "heard"),
    "confirm": ("heard", "confirmed"),
    "drop": ("heard", "dropped"),
    "lift": ("confirmed", "lifted"),
}


class DelayFinding(Machine):
    """The bureau looks into a delay that the unit caused: it is heard, then the bureau decides, and may lift it again.

    While it is confirmed no money is arranged.
    """

    project = models.ForeignKey(PROJECT, on_delete=models.PROTECT, related_name="delay_findings")
    unit = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")  # that is heard
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")  # that decides
    days = models.PositiveSmallIntegerField()  # working days of delay by the clocks when it was opened
    pieces = models.JSONField(default=list)  # clock by clock: what, late, stopped
    articles = ArrayField(models.CharField(max_length=16), default=list)
    opened_on = models.DateField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    grounds = models.TextField()
    state_by = models.DateField()  # the last day of the unit's statement
    statement = models.TextField(blank=True)
    stated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    heard_at = models.DateTimeField(null=True)
    decision = models.TextField(blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    lifting = models.TextField(blank=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    moves = FINDING_MOVES
    state = state_field(FindingState, FindingState.PROPOSED)

    objects = scoped_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project"],
                condition=models.Q(state__in=["proposed", "heard", "confirmed"]),
                name="one_delay_finding",
            )
        ]
        triggers = guarded(FINDING_MOVES)

    def trail_project(self) -> Any:
        return self.project

    def trail_label(self) -> str:
        return self.unit.name
