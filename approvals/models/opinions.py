"""Opinions of a joint review."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Office
from jurisdictions.models import scoped_manager
from workflow.machines.states import Machine, Moves, guarded, state_field
from workflow.models import Step


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
    "ask_again": ("given missing", "asked"),
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
    on_behalf_of = models.CharField(max_length=60, blank=True)  # the absent person in whose name it was given
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
