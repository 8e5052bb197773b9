"""Contracts of a project and what is paid on them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.actors import Actor
from approvals.models import ChangeRequest, Milestone
from jurisdictions.models import CountyScoped, scoped_manager
from jurisdictions.rules.vocabulary import COST_LINES
from projects.models import Project
from workflow import stages
from workflow.machines.states import Machine, Moves, guarded, state_field


class ContractKind(models.TextChoices):
    BUILD = "build", _("Development and construction")
    HARDWARE = "hardware", _("Purchase of hardware")
    SERVICE = "service", _("Purchased service")
    SUPERVISION = "supervision", _("Supervision")
    ASSESSMENT = "assessment", _("Tests and assessments")


# What the project itself is made of; the others accompany it.
MAIN = (ContractKind.BUILD, ContractKind.HARDWARE, ContractKind.SERVICE)


class ContractState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SIGNED = "signed", pgettext_lazy("contract", "Signed")
    COMPLETED = "completed", _("Completed")
    TERMINATED = "terminated", _("Terminated")


CONTRACT_MOVES: Moves = {
    "sign": ("draft", "signed"),
    "complete": ("signed", "completed"),
    "terminate": ("signed", "terminated"),
}


class Contracts(models.QuerySet["Contract"]):
    """Contracts."""

    def visible_to(self, actor: Actor) -> Contracts:
        """Those of projects that a person may see."""
        return self.filter(project__in=Project.objects.visible_to(actor).order_by().values("pk"))

    def binding(self) -> Contracts:
        """Those that were signed and not terminated."""
        return self.filter(state__in=(ContractState.SIGNED, ContractState.COMPLETED))


class Contract(Machine):
    """A contract of the unit with a supplier; amounts in yuan, periods in months."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="contracts")
    kind = models.CharField(_("Kind of contract"), max_length=16, choices=ContractKind, default=ContractKind.BUILD)
    title = models.CharField(_("Name of the contract"), max_length=120)
    number = models.CharField(_("Number of the contract"), max_length=60, blank=True)
    supplier = models.CharField(_("Supplier"), max_length=120, blank=True)
    qualification = models.CharField(_("Qualification of the supplier"), max_length=200, blank=True)
    amount = models.DecimalField(_("Amount"), max_digits=16, decimal_places=2, null=True)
    signed_on = models.DateField(_("Signed on"), null=True)
    build_months = models.PositiveSmallIntegerField(_("Construction period (months)"), null=True)
    free_om_months = models.PositiveSmallIntegerField(_("Free operation and maintenance (months)"), null=True)
    payment_terms = models.TextField(_("Terms of payment"), blank=True)
    brands = models.TextField(_("Brands and models"), blank=True)
    amended = models.DecimalField(max_digits=16, decimal_places=2, default=0)  # by signed amendments, yuan
    confirmed = models.JSONField(default=list)  # keys of the checks that who signed found in the paper
    departures = models.JSONField(default=dict)  # key of a check to the reason for departing from it
    ended_reason = models.TextField(blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    moves = CONTRACT_MOVES
    state = state_field(ContractState, ContractState.DRAFT)

    objects = scoped_manager(models.Manager.from_queryset(Contracts))

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["county", "-id"], name="contracts_newest")]
        triggers = guarded(CONTRACT_MOVES)

    def __str__(self) -> str:
        return self.title

    @property
    def tone(self) -> str:
        """The tone of the badge for its state."""
        return stages.tone(self._meta.model_name or "", self.state)

    @property
    def total(self) -> Decimal | None:
        """What it comes to with its amendments, in yuan."""
        return None if self.amount is None else self.amount + self.amended

    @property
    def is_main(self) -> bool:
        """Whether the project is made by it: what the rules ask of contracts is asked of these."""
        return self.kind in MAIN

    def trail_project(self) -> Any:
        return self.project

    def trail_label(self) -> str:
        return self.title


class AmendmentState(models.TextChoices):
    SIGNED = "signed", pgettext_lazy("contract", "Signed")
    CANCELLED = "cancelled", _("Entered by mistake")


AMENDMENT_MOVES: Moves = {"cancel": ("signed", "cancelled")}


class Amendment(Machine):
    """An agreement that changes a signed contract: its sum by `delta` yuan, its period. It never changes itself."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="amendments")
    number = models.CharField(_("Number of the amendment"), max_length=60)
    signed_on = models.DateField(_("Signed on"))
    delta = models.DecimalField(_("Change of the sum"), max_digits=16, decimal_places=2)
    build_months = models.PositiveSmallIntegerField(_("Construction period (months)"), null=True)
    grounds = models.TextField(_("What changes, and why"))
    change = models.ForeignKey(ChangeRequest, on_delete=models.PROTECT, null=True, related_name="amendments")
    reason = models.TextField(blank=True)  # why it was cancelled
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    moves = AMENDMENT_MOVES
    state = state_field(AmendmentState, AmendmentState.SIGNED)

    objects = scoped_manager()

    class Meta:
        ordering = ["pk"]
        triggers = guarded(AMENDMENT_MOVES)

    def __str__(self) -> str:
        return self.number

    @property
    def tone(self) -> str:
        """The tone of the badge for its state."""
        return stages.tone(self._meta.model_name or "", self.state)

    def trail_project(self) -> Any:
        return self.contract.project

    def trail_label(self) -> str:
        return f"{self.contract.title} {self.number}"


class ContractLine(CountyScoped):
    """A sum in yuan of a contract on a cost line; of a year and a source (key of the county's list) where known.

    Those of an amendment say by how much it changes a line, and may be below nothing.
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="lines")
    amendment = models.ForeignKey(Amendment, on_delete=models.PROTECT, null=True, related_name="lines")
    line = models.CharField(_("Cost line"), max_length=24, choices=tuple(COST_LINES.items()))
    year = models.PositiveSmallIntegerField(_("Year"), null=True)
    source = models.CharField(_("Source"), max_length=40, blank=True)
    amount = models.DecimalField(_("Amount"), max_digits=16, decimal_places=2)

    objects = scoped_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(self.get_line_display())


class PayAfter(models.TextChoices):
    SIGNED = "contract_signed", _("Contract signed")
    DAY = "day", _("A day")
    MILESTONE = "milestone", _("Milestone")
    OTHER = "other", _("As the note says")
    COMPLETED = "completed", _("Implementation completed")
    ACCEPTED = "accepted", _("Acceptance passed")


class Instalment(CountyScoped):
    """A row of a contract's payment plan: a share in percent or an amount in yuan, and when it is to be paid."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="instalments")
    amendment = models.ForeignKey(Amendment, on_delete=models.PROTECT, null=True, related_name="instalments")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("Instalment"), max_length=60)
    share = models.DecimalField(_("Share in percent"), max_digits=5, decimal_places=2, null=True)
    amount = models.DecimalField(_("Amount"), max_digits=16, decimal_places=2, null=True)  # of a share from the signing
    condition = models.CharField(_("To be paid after"), max_length=16, choices=PayAfter)
    milestone = models.ForeignKey(Milestone, on_delete=models.PROTECT, null=True, related_name="+")
    due_on = models.DateField(_("Day"), null=True)
    note = models.CharField(_("Note"), max_length=200, blank=True)

    objects = scoped_manager()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["contract", "position"], name="instalment_in_its_place")]

    def __str__(self) -> str:
        return self.name

    @property
    def after(self) -> str:
        """When it is to be paid, in words; of a day the day itself."""
        if self.milestone is not None:
            return self.milestone.name
        return self.due_on.isoformat() if self.due_on is not None else self.get_condition_display()


class PaymentState(models.TextChoices):
    PAID = "paid", _("Paid")
    CANCELLED = "cancelled", _("Entered by mistake")


PAYMENT_MOVES: Moves = {"cancel": ("paid", "cancelled")}


class Payments(models.QuerySet["Payment"]):
    """Payments."""

    def visible_to(self, actor: Actor) -> Payments:
        """Those of projects that a person may see."""
        return self.filter(contract__in=Contract.objects.visible_to(actor).order_by().values("pk"))

    def paid(self) -> Payments:
        """Those that count."""
        return self.filter(state=PaymentState.PAID)


class Payment(Machine):
    """A sum in yuan paid on a contract; what was entered by mistake is cancelled with the reason, never changed."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="payments")
    amount = models.DecimalField(_("Amount"), max_digits=16, decimal_places=2)
    paid_on = models.DateField(_("Paid on"))
    voucher = models.CharField(_("Number of the voucher"), max_length=60)
    purpose = models.CharField(_("Milestone or purpose"), max_length=200, blank=True)
    line = models.CharField(_("Cost line"), max_length=24, choices=tuple(COST_LINES.items()), blank=True)
    source = models.CharField(_("Source"), max_length=40, blank=True)  # key of the county's list
    instalment = models.ForeignKey(Instalment, on_delete=models.PROTECT, null=True, related_name="payments")
    departure = models.TextField(blank=True)  # why it departs from the plan
    reason = models.TextField(blank=True)  # why it was cancelled
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    moves = PAYMENT_MOVES
    state = state_field(PaymentState, PaymentState.PAID)

    objects = scoped_manager(models.Manager.from_queryset(Payments))

    class Meta:
        ordering = ["paid_on", "pk"]
        indexes = [models.Index(fields=["county", "-paid_on", "-id"], name="payments_newest")]
        triggers = guarded(PAYMENT_MOVES)

    def __str__(self) -> str:
        return self.voucher

    @property
    def tone(self) -> str:
        """The tone of the badge for its state."""
        return stages.tone(self._meta.model_name or "", self.state)

    def trail_project(self) -> Any:
        return self.contract.project

    def trail_label(self) -> str:
        return f"{self.contract.title} {self.voucher}"
