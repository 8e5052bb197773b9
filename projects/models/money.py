"""The money of a project: what was declared, and its sums on the cost lines from the first guess to the account."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from jurisdictions.models import CountyScoped, scoped_manager
from jurisdictions.rules.vocabulary import COST_LINES, MONEY_STAGES
from projects.models.projects import Declaration, Project
from workflow.models import Document, Step


class PlannedMoney(CountyScoped):
    """A line of the declared funding: source, year, yuan. Written at submission from what was typed."""

    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="money")
    source = models.CharField(max_length=40)  # key of the county's list of sources
    year = models.PositiveSmallIntegerField()
    amount = models.DecimalField(max_digits=17, decimal_places=2)

    objects = scoped_manager()

    class Meta:
        ordering = ["year", "pk"]


class VendorQuote(CountyScoped):
    """A vendor's price for the project, in yuan, with its paper."""

    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="quotes")
    vendor = models.CharField(max_length=120)
    amount = models.DecimalField(max_digits=17, decimal_places=2)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, related_name="+")

    objects = scoped_manager()

    class Meta:
        ordering = ["pk"]


UNDIVIDED, ADJUSTMENT = "undivided", "adjustment"
# The lines in the order of the table; the last two are written by the program alone.
ALL_LINES = {**COST_LINES, UNDIVIDED: _("Not broken down"), ADJUSTMENT: _("Adjusted by the reply")}


class CostLines(models.QuerySet["CostLine"]):
    """Sums on cost lines."""

    def of_project(self, project: Any) -> CostLines:
        """Those of a project."""
        return self.filter(project=project)


class CostLine(CountyScoped):
    """A sum in yuan on one cost line of one stage: of a year and a source where that is known.

    `origin` names what it was settled by: the declaration, a reply, a contract, a payment. What is settled anew
    replaces the lines of the same origin.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="cost_lines")
    stage = models.CharField(max_length=20, choices=tuple(MONEY_STAGES.items()))
    line = models.CharField(max_length=24, choices=tuple(ALL_LINES.items()))
    year = models.PositiveSmallIntegerField(null=True)
    source = models.CharField(max_length=40, blank=True)  # key of the county's list of sources
    amount = models.DecimalField(max_digits=17, decimal_places=2)  # yuan; an adjustment may be below nothing
    note = models.CharField(max_length=200, blank=True)  # basis of calculation
    origin = models.CharField(max_length=40)
    step = models.ForeignKey(Step, on_delete=models.PROTECT, null=True, related_name="+")  # that settled it

    objects = scoped_manager(models.Manager.from_queryset(CostLines))

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["county", "project", "stage", "id"], name="money_of_project")]
