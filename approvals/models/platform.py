"""A project on the outside platform that its county's rules name: the number there, and the progress reported."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from jurisdictions.models import CountyScoped, scoped_manager
from projects.models import Project
from workflow.models import Step


class PlatformStage(models.TextChoices):
    FILED = "filed", _("Filed for approval")
    APPROVED = "approved", _("Approved")
    BUILDING = "building", _("Under construction")
    COMPLETED = "completed", _("Completed")
    ACCEPTED = "accepted", _("Accepted")


class PlatformRecord(CountyScoped):
    """Kept from the step on that the rules name; without a number until the unit has entered it."""

    project = models.OneToOneField(Project, on_delete=models.PROTECT, related_name="platform")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="+")  # that asks for it, by its rule
    code = models.CharField(_("Number on the platform"), max_length=40, blank=True)
    filed_on = models.DateField(_("Filed there on"), null=True)
    stage = models.CharField(_("Stage there"), max_length=12, choices=PlatformStage, blank=True)
    percent = models.PositiveSmallIntegerField(_("Progress in percent"), null=True)
    progress = models.TextField(_("Progress in words"), blank=True)
    progress_on = models.DateField(_("Progress as of"), null=True)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    updated_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)  # of what was typed: a page that shows an older one is told

    objects = scoped_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["county", "-id"], name="on_platform_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "code"], condition=~models.Q(code=""), name="platform_number_once"
            )
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def name(self) -> str:
        """What the platform is called."""
        return str(self.step.rule.get("platform") or "")

    def trail_project(self) -> Any:
        return self.project
