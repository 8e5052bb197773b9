"""What an office replied to what a unit handed in: number, day, validity, the sum, and conditions to be fulfilled."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from jurisdictions.models import CountyScoped, scoped_manager
from jurisdictions.rules.vocabulary import MONEY_STAGES
from workflow.machines.states import Machine, Moves, guarded, state_field
from workflow.models import Step


class Replies(models.QuerySet["Reply"]):
    """Replies."""

    def of_project(self, project: Any) -> Replies:
        """Those to a project, in the order in which they were given."""
        return self.filter(step__project=project).order_by("replied_on", "pk")


class Reply(CountyScoped):
    """An approval in writing, given with the end of its step."""

    step = models.OneToOneField(Step, on_delete=models.PROTECT, related_name="reply")
    number = models.CharField(_("Number of the reply"), max_length=60)
    replied_on = models.DateField(_("Replied on"))
    valid_until = models.DateField(_("Valid until"), null=True)  # inclusive; empty: no end is set
    money_stage = models.CharField(max_length=20, choices=tuple(MONEY_STAGES.items()), blank=True)
    amount = models.DecimalField(max_digits=16, decimal_places=2, null=True)  # yuan, of that stage

    objects = scoped_manager(models.Manager.from_queryset(Replies))

    class Meta:
        ordering = ["replied_on", "pk"]

    def __str__(self) -> str:
        return self.number


class ConditionState(models.TextChoices):
    OPEN = "open", _("To be fulfilled")
    REPORTED = "reported", _("Reported as fulfilled")
    FULFILLED = "fulfilled", _("Fulfilled")
    WAIVED = "waived", _("Waived")


CONDITION_MOVES: Moves = {
    "report": ("open", "reported"),
    "reject": ("reported", "open"),
    "confirm": ("open reported", "fulfilled"),
    "waive": ("open reported", "waived"),
}


class Conditions(models.QuerySet["Condition"]):
    """Conditions."""

    def unended(self) -> Conditions:
        """Those neither fulfilled nor waived."""
        return self.filter(state__in=(ConditionState.OPEN, ConditionState.REPORTED))


class Condition(Machine):
    """One condition of a reply: the unit reports it fulfilled, the office that set it confirms."""

    reply = models.ForeignKey(Reply, on_delete=models.PROTECT, related_name="conditions")
    text = models.TextField(_("Condition"))
    due_on = models.DateField(_("By"), null=True)
    reported = models.TextField(blank=True)  # how it was fulfilled, in the unit's words
    answer = models.TextField(blank=True)  # why it was not taken as fulfilled, or was waived
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    moves = CONDITION_MOVES
    state = state_field(ConditionState, ConditionState.OPEN)

    objects = scoped_manager(models.Manager.from_queryset(Conditions))

    class Meta:
        ordering = ["pk"]
        triggers = guarded(CONDITION_MOVES)

    def __str__(self) -> str:
        return self.text

    @property
    def is_open(self) -> bool:
        """Whether it is neither fulfilled nor waived."""
        return self.state in (ConditionState.OPEN, ConditionState.REPORTED)

    def trail_project(self) -> Any:
        return self.reply.step.project

    def trail_label(self) -> str:
        return self.text[:60]
