"""A word asked of others on a step (加签), and what was passed to them to read (传阅)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Office
from approvals.models.opinions import Conclusion
from jurisdictions.models import scoped_manager
from workflow.machines.states import Machine, Moves, guarded, state_field
from workflow.models import PROJECT, Step


class AdviceKind(models.TextChoices):
    WORD = "word", _("Asked for a word")
    COPY = "copy", _("Passed on to be read")


class AdviceState(models.TextChoices):
    ASKED = "asked", _("Not answered yet")
    ANSWERED = "answered", _("Answered")
    WITHDRAWN = "withdrawn", _("Withdrawn")


ADVICE_MOVES: Moves = {"answer": ("asked", "answered"), "withdraw": ("asked", "withdrawn")}


class Advices(models.QuerySet["Advice"]):
    """Words asked for, and copies."""

    def awaited(self) -> Advices:
        """Those that hold a decision up."""
        return self.filter(state=AdviceState.ASKED, is_awaited=True)


class Advice(Machine):
    """What an office is asked, or given to read, on a step; where it is `awaited` the step is not decided before."""

    project = models.ForeignKey(PROJECT, on_delete=models.PROTECT, related_name="+")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=AdviceKind)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")  # that is asked
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asking_office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    question = models.TextField()
    is_awaited = models.BooleanField(default=False)
    conclusion = models.CharField(max_length=12, choices=Conclusion, blank=True)
    answer_text = models.TextField(blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    moves = ADVICE_MOVES
    state = state_field(AdviceState, AdviceState.ASKED)

    objects = scoped_manager(models.Manager.from_queryset(Advices))

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["step", "office", "kind"], condition=models.Q(state="asked", person=None), name="asked_once"
            )
        ]
        indexes = [
            models.Index(fields=["step"], condition=models.Q(state="asked", is_awaited=True), name="awaited_of_step")
        ]
        triggers = guarded(ADVICE_MOVES)

    def trail_project(self) -> Any:
        return self.project

    def trail_label(self) -> str:
        return self.office.name
