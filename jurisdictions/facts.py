"""The facts a rule may ask about: one vocabulary for rules, records, API and pages."""

from __future__ import annotations

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Action(models.TextChoices):
    NEW = "new", _("New construction")
    REBUILD = "rebuild", _("Rebuilding")
    EXTEND = "extend", _("Extension")
    MIGRATE = "migrate", _("Migration")
    UPGRADE = "upgrade", _("Upgrade")
    PURCHASE_SERVICE = "purchase_service", _("Purchase of services")
    OPERATE = "operate", _("Operation and maintenance")
    STOCK = "stock", _("Existing project")


class Category(models.TextChoices):
    INFRASTRUCTURE = "infrastructure", _("Infrastructure")
    INTEGRATION = "integration", _("Cross-department or cross-level integration")
    APPLICATION = "application", _("Other construction")
    EQUIPMENT = "equipment", _("Purchase of equipment")
    SERVICE = "service", _("Services")
    SECURITY_ASSESSMENT = "security_assessment", _("Graded-protection or cryptography assessment")


class OwnerKind(models.TextChoices):
    AGENCY = "agency", _("Administrative agency")
    TOWNSHIP = "township", _("Township")
    INSTITUTION = "institution", _("Public institution")
    PARTY_BODY = "party_body", _("Party, mass or other body")
    SOE = "soe", _("County-owned enterprise")


class FundingSource(models.TextChoices):
    FISCAL = "fiscal", _("County budget")
    SERVICE_BUDGET = "service_budget", _("Budget for purchased services")
    SPECIAL = "special", _("Special funds")
    BOND = "bond", _("Bonds")
    SELF_RAISED = "self_raised", _("Self-raised")
    OTHER = "other", _("Other")


class Importance(models.TextChoices):
    GENERAL = "general", _("General")
    KEY = "key", _("Key")


YES_NO_FACTS: dict[str, Promise] = {
    "classified": _("Classified"),
    "cross_department": _("Across departments"),
    "engineering": _("Involves engineering works"),
    "superior_key": _("Provincial or city key project"),
    "superior_decided": _("Decided by province or city"),
    "major_deployment": _("Major deployment"),
    "emergency": _("Emergency"),
}


class FactColumns(models.Model):
    """One column for every fact, so that a rule's box compiles to a database query."""

    investment = models.DecimalField(_("Total investment"), max_digits=17, decimal_places=2, null=True, blank=True)
    action = models.CharField(_("Kind of construction"), max_length=20, choices=Action, default=Action.NEW)
    category = models.CharField(_("Category"), max_length=24, choices=Category, default=Category.APPLICATION)
    owner_kind = models.CharField(_("Kind of unit"), max_length=16, choices=OwnerKind, default=OwnerKind.AGENCY)
    funding_source = models.CharField(
        _("Main source of funds"), max_length=16, choices=FundingSource, default=FundingSource.FISCAL
    )
    importance = models.CharField(_("Class"), max_length=8, choices=Importance, blank=True, default="")
    classified = models.BooleanField(_("Classified"), default=False)
    cross_department = models.BooleanField(_("Across departments"), default=False)
    engineering = models.BooleanField(_("Involves engineering works"), default=False)
    superior_key = models.BooleanField(_("Provincial or city key project"), default=False)
    superior_decided = models.BooleanField(_("Decided by province or city"), default=False)
    major_deployment = models.BooleanField(_("Major deployment"), default=False)
    emergency = models.BooleanField(_("Emergency"), default=False)

    class Meta:
        abstract = True

    def facts(self) -> dict[str, object]:
        """The facts as the rules ask for them; amounts in yuan, an unset amount or class left out."""
        named = ["action", "category", "owner_kind", "funding_source", *YES_NO_FACTS]
        facts: dict[str, object] = {name: getattr(self, name) for name in named}
        if self.investment is not None:
            facts["investment"] = self.investment
        if self.importance:
            facts["importance"] = self.importance
        return facts
