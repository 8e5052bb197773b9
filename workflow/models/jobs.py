"""Work that the worker does for a person."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from jurisdictions.models import scoped_manager
from workflow.machines.states import Machine, Moves, guarded, state_field


class JobState(models.TextChoices):
    QUEUED = "queued", _("Waiting for the worker")
    RUNNING = "running", _("At work")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class JobQuerySet(models.QuerySet["Job"]):
    """The jobs of the county in force."""

    def of(self, user: Any) -> JobQuerySet:
        """Those a person started."""
        return self.filter(owner=user)

    def unfinished(self) -> JobQuerySet:
        """Those that wait or are at work."""
        return self.filter(state__in=(JobState.QUEUED, JobState.RUNNING))


JOB_MOVES: Moves = {
    "begin": ("queued", "running"),
    "requeue": ("running", "queued"),
    "finish": ("running", "done"),
    "fail": ("queued running", "failed"),
    "cancel": ("queued running", "cancelled"),
}


class Job(Machine):
    """A piece of long work: kind and arguments, who wants it and in which role, how far it is, what came of it."""

    timer_columns = ("county_id", "state", "heartbeat_at")

    # Without owner and membership the timer wants it.
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="jobs")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200, blank=True)
    arguments = models.JSONField(default=dict)
    language = models.CharField(max_length=12, blank=True)
    moves = JOB_MOVES
    state = state_field(JobState, JobState.QUEUED)
    progress = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)  # null: not known
    memory = models.JSONField(default=dict)  # what a run has done already, for the one that resumes it
    attempts = models.PositiveSmallIntegerField(default=0)
    heartbeat_at = models.DateTimeField(null=True)  # the last sign of life of the worker that has it
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    summary = models.CharField(max_length=300, blank=True)
    result_name = models.CharField(max_length=200, blank=True)  # empty: no file
    result_type = models.CharField(max_length=100, blank=True)
    result_size = models.PositiveBigIntegerField(default=0)
    result_until = models.DateField(null=True)  # the last day on which the file is kept

    objects = scoped_manager(models.Manager.from_queryset(JobQuerySet))

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["state", "county"],
                condition=models.Q(state__in=["queued", "running"]),
                name="jobs_unfinished_anywhere",
            ),
            models.Index(
                fields=["county", "id"],
                condition=models.Q(state__in=["queued", "running"]),
                name="jobs_unfinished",
            ),
            models.Index(fields=["county", "owner", "-id"], name="jobs_of_owner"),
            models.Index(
                fields=["county", "result_until"],
                condition=models.Q(result_until__isnull=False),
                name="jobs_with_result",
            ),
        ]
        triggers = guarded(JOB_MOVES)

    def __str__(self) -> str:
        return self.title or self.kind

    @property
    def is_unfinished(self) -> bool:
        """Whether it waits or is at work."""
        return self.state in (JobState.QUEUED, JobState.RUNNING)

    def trail_project(self) -> Any:
        return None

    def trail_label(self) -> str:
        return str(self)
