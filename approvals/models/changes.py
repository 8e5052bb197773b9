"""Requests to change what was approved, with what the county's rules said of each."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from jurisdictions.models import CountyScoped, scoped_manager
from projects.models import Project
from workflow.models import HANDED_IN, Filing, FilingState


class Outcome(models.TextChoices):
    FREE = "free", _("Adjusted by the unit itself")
    FILE = "file", _("Adjusted by the unit itself and filed")
    APPROVE = "approve", _("To be approved")
    REDECLARE = "redeclare", _("To be declared anew")
    FORBIDDEN = "forbidden", _("Not possible")
    SILENT = "silent", _("The rules say nothing")


class ChangeRequests(models.QuerySet["ChangeRequest"]):
    """Requests."""

    def counted(self) -> ChangeRequests:
        """Those that hold, in the order in which they came to hold."""
        return self.filter(filing__state=FilingState.ACCEPTED).order_by("decided_at", "pk")

    def unended(self) -> ChangeRequests:
        """Those that are written, or wait for an answer."""
        return self.filter(filing__state__in=(FilingState.DRAFT, *HANDED_IN))


class ChangeRequest(CountyScoped):
    """What a request comes to: written from its filing as it is handed in, and when it comes to hold. Amounts in yuan.

    Where it stands its filing says.
    """

    filing = models.OneToOneField(Filing, on_delete=models.PROTECT, related_name="change")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="changes")
    number = models.PositiveSmallIntegerField()  # of the project's
    title = models.CharField(max_length=120, blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    row = models.CharField(max_length=60, blank=True)  # of the rules, that decided
    text = models.TextField(blank=True)
    articles = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    acts = models.JSONField(default=list)  # authority and documents of each act in order
    in_principle = models.BooleanField(default=False)
    base = models.DecimalField(max_digits=17, decimal_places=2, null=True)  # what the share is taken of
    moved = models.DecimalField(max_digits=17, decimal_places=2, default=0)  # what counts towards the share
    delta = models.DecimalField(max_digits=17, decimal_places=2, default=0)  # of the total
    ratio = models.DecimalField(max_digits=12, decimal_places=6, null=True)  # with earlier ones, where they count
    decided_at = models.DateTimeField(null=True)
    anew = models.ForeignKey(Project, on_delete=models.PROTECT, null=True, related_name="+")  # declared instead

    objects = scoped_manager(models.Manager.from_queryset(ChangeRequests))

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="change_number_once")]
        indexes = [models.Index(fields=["county", "-id"], name="changes_newest")]

    def __str__(self) -> str:
        return self.title

    def trail_project(self) -> Any:
        return self.project
