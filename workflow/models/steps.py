"""Steps of a route and the work items that put them before an office."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Office
from jurisdictions.models import CountyScoped, scoped_manager
from jurisdictions.rules.vocabulary import BESIDE, STEPS
from workflow.machines.states import Machine, Moves, guarded, state_field
from workflow.models.nearest import kept_by_items

PROJECT = "projects.Project"  # by name: the anchor of every record lies in the app above


class StepState(models.TextChoices):
    COMING = "coming", _("Coming")
    OPEN = "open", _("In progress")
    WAITING = "waiting", _("Waiting for correction")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused")
    SKIPPED = "skipped", _("Not required")
    CANCELLED = "cancelled", _("Cancelled")
    SUPERSEDED = "superseded", _("Gone through again")


class Steps(models.QuerySet["Step"]):
    """Steps."""

    def active(self) -> Steps:
        """Those before an office or back with the unit."""
        return self.filter(state__in=(StepState.OPEN, StepState.WAITING))

    def unended(self) -> Steps:
        """Those active or still to come."""
        return self.filter(state__in=(StepState.COMING, StepState.OPEN, StepState.WAITING))


STEP_MOVES: Moves = {
    "open": ("coming", "open"),
    "send_back": ("open", "waiting"),
    "resume": ("waiting", "open"),
    "complete": ("open", "done"),
    "refuse": ("open", "refused"),
    "skip": ("coming open waiting", "skipped"),
    "require": ("skipped", "coming"),
    "cancel": ("coming open waiting", "cancelled"),
    "supersede": ("done", "superseded"),  # another round of it decides from then on
    "take_back": ("done", "open"),  # by who decided it, while nobody has acted on it
    "close_again": ("open", "coming"),  # what it had opened
}


class Step(Machine):
    """One step of a project's route, as the rules gave it, with what became of it."""

    project = models.ForeignKey(PROJECT, on_delete=models.PROTECT, related_name="steps")
    position = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=40)
    round = models.PositiveSmallIntegerField(default=1)  # of its key: 2 where it is gone through again
    phase = models.CharField(max_length=16)
    kind = models.CharField(max_length=16)
    gate = models.BooleanField(default=True)
    result = models.CharField(max_length=16, blank=True)
    rule = models.JSONField(default=dict)  # the route step as evaluated: deadlines, documents, asks, sets, text, row
    articles = ArrayField(models.CharField(max_length=16), default=list)
    authority = models.CharField(max_length=24)
    participants = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, null=True, related_name="+")
    moves = STEP_MOVES
    state = state_field(StepState, StepState.COMING)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=24, blank=True)
    tacit = models.BooleanField(default=False)  # nobody decided in time, and the rules say what that counts as
    reason = models.TextField(blank=True)
    record = models.JSONField(default=dict)  # what the kind of step records: number, date, rank, conditions …
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    # All steps of the project, where they were read together, and whether they were locked as they were read
    # (`workflow.route.steps.locked_steps`).
    together: list[Step] | None = None
    is_held = False

    objects = scoped_manager(models.Manager.from_queryset(Steps))

    class Meta:
        ordering = ["project", "position", "round"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "key"],
                condition=~models.Q(key=BESIDE) & ~models.Q(state="superseded"),
                name="step_once_a_project",
            )
        ]
        indexes = [models.Index(fields=["county", "state", "key"])]
        triggers = guarded(STEP_MOVES)

    def __str__(self) -> str:
        return f"{self.project_id}:{self.key}"

    def trail_project(self) -> Any:
        return self.project

    def trail_label(self) -> str:
        return self.key

    @property
    def is_beside(self) -> bool:
        """Whether it lies beside the route: an act on a change of what was approved."""
        return self.key == BESIDE

    @property
    def name(self) -> str:
        """The step's name: the county's own where its rules give one, with the round where there were several."""
        name = str(self.rule.get("name") or STEPS.get(self.key, self.key))
        if self.round == 1:
            return name
        return gettext("%(step)s (round %(number)s)") % {"step": name, "number": self.round}

    @property
    def office_name(self) -> str:
        """The name of its office: of one that has ended, as it was then."""
        return self.office.name_on(self.closed_at) if self.office is not None else ""


class Duty(models.TextChoices):
    DECIDE = "decide", _("Decide")
    OPINION = "opinion", _("Give an opinion")
    RECORD = "record", _("Record")
    CORRECT = "correct", _("Correct and hand in again")
    PREPARE = "prepare", _("Prepare and hand in")
    ANSWER = "answer", _("Make a statement")


# Work of the unit itself, whichever office has the step.
OF_THE_UNIT = (Duty.CORRECT, Duty.PREPARE, Duty.ANSWER)


# Where work without a day stands in a queue: after everything that has one. A key that is never empty can be
# compared with an index, which `due_on > … OR due_on IS NULL` cannot.
NO_DAY = dt.date.max


DUE_KEY = Coalesce("due_on", models.Value(NO_DAY, output_field=models.DateField()), output_field=models.DateField())


class WorkItems(models.QuerySet["WorkItem"]):
    """Work items."""

    def open(self) -> WorkItems:
        """Those that still wait."""
        return self.filter(closed_at=None)


class WorkItem(CountyScoped):
    """What waits for an office, or for one person in it. Open while `closed_at` is empty.

    It hangs on a step, or on a record of another kind: then `about` is what it is called and the page that leads to it
    (`stages.page`), `record_id` its row.
    """

    project = models.ForeignKey(PROJECT, on_delete=models.PROTECT, related_name="work_items")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, null=True, related_name="work_items")
    about = models.CharField(max_length=24, blank=True)
    record_id = models.BigIntegerField(null=True)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="work_items")
    duty = models.CharField(max_length=8, choices=Duty)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    due_on = models.DateField(null=True)  # the nearest day of what it waits for, kept by the database (`nearest`)
    provisional = models.BooleanField(default=False)

    objects = scoped_manager(models.Manager.from_queryset(WorkItems))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["step", "office", "duty"], condition=models.Q(closed_at=None), name="one_open_item"
            )
        ]
        indexes = [
            models.Index("county", "office", DUE_KEY, "id", condition=models.Q(closed_at=None), name="queue_by_day"),
            models.Index(fields=["county", "project"], condition=models.Q(closed_at=None), name="open_of_project"),
        ]
        triggers = kept_by_items()
