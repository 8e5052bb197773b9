"""The course of the works: milestones, and matters that are reported or ordered to be put right."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Office
from jurisdictions.models import CountyScoped, scoped_manager
from workflow.machines.states import Machine, Moves, guarded, state_field
from workflow.models import PROJECT


class MilestoneState(models.TextChoices):
    PLANNED = "planned", _("Planned")
    REACHED = "reached", _("Reached")
    DROPPED = "dropped", _("Dropped")


MILESTONE_MOVES: Moves = {"reach": ("planned", "reached"), "drop": ("planned", "dropped")}


class Milestone(Machine):
    """A key point of the works: the day it is planned for, the day it was reached, how much is done by then."""

    project = models.ForeignKey(PROJECT, on_delete=models.PROTECT, related_name="milestones")
    name = models.CharField(_("Milestone"), max_length=120)
    first_planned_on = models.DateField()  # the day it was planned for at first
    planned_on = models.DateField(_("Planned for"))
    percent = models.PositiveSmallIntegerField(_("Share done by then"))
    done_on = models.DateField(null=True)
    measures = models.TextField(blank=True)  # what is done about a deviation
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    moves = MILESTONE_MOVES
    state = state_field(MilestoneState, MilestoneState.PLANNED)

    objects = scoped_manager()

    class Meta:
        ordering = ["planned_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"], condition=~models.Q(state="dropped"), name="milestone_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["county", "planned_on", "id"], condition=models.Q(state="planned"), name="milestones_ahead"
            )
        ]
        triggers = guarded(MILESTONE_MOVES)

    def trail_project(self) -> Any:
        return self.project

    def trail_label(self) -> str:
        return self.name


class MatterState(models.TextChoices):
    REPORTED = "reported", _("Reported, to be decided")
    ORDERED = "ordered", _("To be put right")
    ANSWERED = "answered", _("Put right as the unit says, to be checked")
    CLOSED = "closed", _("Closed")


MATTER_MOVES: Moves = {
    "order": ("reported", "ordered"),
    "answer": ("ordered", "answered"),
    "reject": ("answered", "ordered"),
    "close": ("reported ordered answered", "closed"),
}


class MatterKind(models.TextChoices):
    DELAY = "delay", _("Serious delay")
    LOSS = "loss", _("Major loss")
    SECURITY = "security", _("Security")
    QUALITY = "quality", _("Quality")
    BREACH = "breach", _("Against the rules or the approval")
    OTHER = "other", _("Other")


class Matter(Machine):
    """What went wrong: reported by the unit, or found by an office, which orders it to be put right by a day."""

    project = models.ForeignKey(PROJECT, on_delete=models.PROTECT, related_name="matters")
    unit = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")  # that decides
    measure = models.CharField(max_length=60)  # of the rules
    articles = ArrayField(models.CharField(max_length=16), default=list)
    kind = models.CharField(max_length=12, choices=MatterKind)
    title = models.CharField(max_length=120)
    happened_on = models.DateField()
    text = models.TextField()  # what happened, or what was found
    loss = models.DecimalField(max_digits=17, decimal_places=2, null=True)  # yuan
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(auto_now_add=True)
    demand = models.TextField(blank=True)  # what is to be put right
    due_on = models.DateField(null=True)
    answer_text = models.TextField(blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    has_failed = models.BooleanField(default=False)  # its day passed, or what was put right was not enough
    conclusion = models.TextField(blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    moves = MATTER_MOVES
    state = state_field(MatterState, MatterState.REPORTED)

    objects = scoped_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["county", "-id"], name="matters_newest")]
        triggers = guarded(MATTER_MOVES)

    def trail_project(self) -> Any:
        return self.project

    def trail_label(self) -> str:
        return self.title


class SanctionKind(models.TextChoices):
    CRITICISM = "criticism", _("Public criticism")
    DEFERRAL = "deferral", _("Deferral of the investment plan")
    SUSPENSION = "suspension", _("Suspension of the project")
    TERMINATION = "termination", _("Termination of the project")


class Sanction(CountyScoped):
    """What followed from a matter, until it was lifted."""

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="sanctions")
    project = models.ForeignKey(PROJECT, on_delete=models.PROTECT, related_name="sanctions")
    kind = models.CharField(max_length=12, choices=SanctionKind)
    bars = ArrayField(models.CharField(max_length=60), default=list)  # steps that may not be done meanwhile
    standing_before = models.CharField(max_length=12, blank=True)  # where the project stood, to go on there
    articles = ArrayField(models.CharField(max_length=16), default=list)
    reason = models.TextField()
    imposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    imposed_at = models.DateTimeField(auto_now_add=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lifting = models.TextField(blank=True)

    objects = scoped_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "kind"],
                condition=models.Q(kind__in=["suspension", "deferral"], lifted_at=None),
                name="one_sanction_in_force",
            )
        ]
