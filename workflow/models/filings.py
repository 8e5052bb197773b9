"""What units hand in: the filing with what was typed, its revisions, and what was to be corrected in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Office
from jurisdictions.models import CountyScoped, scoped_manager
from workflow.machines.states import Machine, Moves, guarded, state_field
from workflow.models.steps import PROJECT, Step

ROUND = "projects.Round"  # by name, as the project: rounds lie in the app above


class FilingState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Handed in")
    RETURNED = "returned", _("Returned for correction")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    REFUSED = "refused", _("Refused")
    ACCEPTED = "accepted", _("Accepted")


# What lies with an office, or is back from it.
HANDED_IN = (FilingState.SUBMITTED, FilingState.RETURNED)
# What its unit may write in.
EDITABLE = (FilingState.DRAFT, FilingState.RETURNED)


FILING_MOVES: Moves = {
    "submit": ("draft", "submitted"),
    "send_back": ("submitted", "returned"),
    "resubmit": ("returned", "submitted"),
    "withdraw": ("draft submitted returned", "withdrawn"),
    "refuse": ("submitted returned", "refused"),
    "conclude": ("submitted", "accepted"),
    "reopen": ("accepted", "submitted"),  # the decision that accepted it was taken back
}


class Filing(Machine):
    """What a unit hands in for a project, a step of it or a round: draft, handed in, returned, corrected, decided.

    `content` keeps every field as typed; what its kind makes of it is said by the `FilingKind` of that key.
    """

    kind = models.CharField(max_length=40)
    project: Any = models.ForeignKey(PROJECT, on_delete=models.PROTECT, null=True, related_name="filings")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, null=True, related_name="filings")
    call = models.ForeignKey(ROUND, on_delete=models.PROTECT, null=True, related_name="filings")
    unit = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")  # whose people file it
    content = models.JSONField(default=dict)
    content_version = models.PositiveIntegerField(default=0)  # a save from a stale tab is told by it
    saved_at = models.DateTimeField(null=True)
    round = models.PositiveSmallIntegerField(default=0)  # how often it was handed in
    unlocked = ArrayField(models.CharField(max_length=40), default=list, blank=True)  # sections open for correction
    return_reason = models.TextField(blank=True)  # of the last return, as a whole
    correct_by = models.DateField(null=True)  # when the last return is wanted back
    submitted_at = models.DateTimeField(null=True)
    editors = ArrayField(models.BigIntegerField(), default=list, blank=True)  # people who wrote in it: none decides it
    moves = FILING_MOVES
    state = state_field(FilingState, FilingState.DRAFT)

    seen_version: int | None = None  # after a save: the version that the page which saved knows all of

    objects = scoped_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["step", "kind"], name="filing_once_a_step")]
        indexes = [models.Index(fields=["county", "kind", "state", "-id"], name="filings_by_state")]
        triggers = guarded(FILING_MOVES)

    def trail_project(self) -> Any:
        return self.project

    def trail_label(self) -> str:
        return self.project.name if self.project is not None else self.unit.name

    @property
    def step_rule(self) -> Mapping[str, Any]:
        """What the rules say of the step it is handed in for; empty for one without a step."""
        return self.step.rule if self.step is not None else {}


class FilingRevision(CountyScoped):
    """A filing as it was handed in, once a round."""

    filing = models.ForeignKey(Filing, on_delete=models.PROTECT, related_name="revisions")
    round = models.PositiveSmallIntegerField()
    content = models.JSONField()
    facts = models.JSONField()  # what its kind noted of the record it is about
    submitted_at = models.DateTimeField()
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = scoped_manager()

    class Meta:
        ordering = ["round"]
        constraints = [models.UniqueConstraint(fields=["filing", "round"], name="filing_revision_once_a_round")]


class CorrectionItem(CountyScoped):
    """One thing a reviewer wants corrected: a section, perhaps a field, and what is wrong."""

    filing = models.ForeignKey(Filing, on_delete=models.PROTECT, related_name="corrections")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, null=True, related_name="corrections")
    round = models.PositiveSmallIntegerField()
    section = models.CharField(max_length=40)
    field = models.CharField(max_length=80, blank=True)
    text = models.TextField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    objects = scoped_manager()

    class Meta:
        ordering = ["pk"]
