"""The reserve of projects and the annual plan."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Office
from jurisdictions.models import CountyScoped, scoped_manager
from projects.models.projects import Project
from workflow.machines.states import Machine, Moves, guarded, state_field
from workflow.models import Step


class ReserveState(models.TextChoices):
    VALID = "valid", _("Valid")
    USED = "used", _("Taken into the plan")
    EXPIRED = "expired", _("Expired")
    REMOVED = "removed", _("Removed")


RESERVEENTRY_MOVES: Moves = {
    "use": ("valid", "used"),
    "expire": ("valid", "expired"),
    "remove": ("valid", "removed"),
    "enter_again": ("removed", "valid"),  # what had put it there was taken back, and decided anew
}


class ReserveEntry(Machine):
    """A project in the reserve, from its entry to its expiry (no expiry where the rules name none)."""

    project = models.OneToOneField(Project, on_delete=models.PROTECT, related_name="reserve")
    entered_on = models.DateField()
    expires_on = models.DateField(null=True)  # last valid day
    articles = ArrayField(models.CharField(max_length=16), default=list)
    moves = RESERVEENTRY_MOVES
    state = state_field(ReserveState, ReserveState.VALID)

    objects = scoped_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["county", "state", "-id"], name="reserve_by_state"),
            models.Index(fields=["county", "-id"], name="reserve_newest"),
        ]
        triggers = guarded(RESERVEENTRY_MOVES)

    def trail_project(self) -> Any:
        return self.project

    def trail_label(self) -> str:
        return self.project.name


class PlanState(models.TextChoices):
    DRAFTED = "drafted", _("Being compiled")
    FILED = "filed", _("Filed with the city")
    APPROVED = "approved", _("Approved by the government")
    ISSUED = "issued", _("Issued")


# A county without a filing or an approval of the whole plan leaves these out (`approvals.services.plans`).
ANNUALPLAN_MOVES: Moves = {
    "file": ("drafted", "filed"),
    "approve": ("drafted filed", "approved"),
    "issue": ("drafted filed approved", "issued"),
    "reopen": ("filed approved", "drafted"),
}


class AnnualPlan(Machine):
    """A year's plan of projects: compiled, filed with the city, approved by the government, issued."""

    year = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    filed_on = models.DateField(_("Filed on"), null=True)
    filed_number = models.CharField(_("Number of the filing"), max_length=60, blank=True)
    city_opinion = models.TextField(_("Opinion of the city"), blank=True)
    approved_on = models.DateField(_("Approved on"), null=True)
    approved_number = models.CharField(_("Number of the approval"), max_length=60, blank=True)
    issued_on = models.DateField(_("Issued on"), null=True)
    issued_number = models.CharField(_("Number of the plan"), max_length=60, blank=True)
    # The office that issues it jointly, where the rules name one; taken back where the plan changes afterwards.
    signed_office = models.ForeignKey(Office, on_delete=models.PROTECT, null=True, related_name="+")
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(_("Signed at"), null=True)
    filled_by = models.CharField(_("Filled in by"), max_length=40, blank=True)
    checked_by = models.CharField(_("Checked by"), max_length=40, blank=True)
    responsible = models.CharField(_("Person in charge"), max_length=40, blank=True)
    moves = ANNUALPLAN_MOVES
    state = state_field(PlanState, PlanState.DRAFTED)

    objects = scoped_manager()

    class Meta:
        ordering = ["-year"]
        constraints = [models.UniqueConstraint(fields=["county", "year"], name="one_plan_a_year")]
        triggers = guarded(ANNUALPLAN_MOVES)

    def __str__(self) -> str:
        return self.title

    def trail_project(self) -> Any:
        return None

    def trail_label(self) -> str:
        return self.title


class PlanEntry(CountyScoped):
    """A project in a year's plan, with its rank and how it came there; without a day it is only proposed."""

    plan = models.ForeignKey(AnnualPlan, on_delete=models.PROTECT, related_name="entries")
    project = models.OneToOneField(Project, on_delete=models.PROTECT, related_name="plan_entry")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, null=True, related_name="+")
    rank = models.PositiveSmallIntegerField(null=True)
    note = models.TextField(blank=True)
    entered_on = models.DateField(null=True)

    objects = scoped_manager()

    class Meta:
        ordering = ["plan", models.F("rank").asc(nulls_last=True), "pk"]
        indexes = [models.Index(fields=["county", "plan", "rank", "id"], name="plan_by_rank")]
