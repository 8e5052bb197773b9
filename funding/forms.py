"""Forms of contracts and payments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from funding.checks import BY_PROGRAM, Check
from funding.models import Contract, ContractKind
from jurisdictions.fields import AmountField, DayField, VersionField
from jurisdictions.rules.vocabulary import COST_LINES

PLAIN = (
    "kind",
    "title",
    "number",
    "supplier",
    "qualification",
    "amount",
    "cost_line",
    "signed_on",
    "build_months",
    "free_om_months",
)
LONG = ("payment_terms", "brands")


def _area() -> forms.Textarea:
    return forms.Textarea(attrs={"rows": 2})


class ContractForm(forms.Form):
    """A contract with what the county's rules ask of it; a draft may be kept with gaps."""

    version = VersionField()
    kind = forms.ChoiceField(label=_("Kind of contract"), choices=ContractKind.choices)
    title = forms.CharField(label=_("Name of the contract"), max_length=120)
    number = forms.CharField(label=_("Number of the contract"), max_length=60, required=False)
    supplier = forms.CharField(label=_("Supplier"), max_length=120, required=False)
    qualification = forms.CharField(label=_("Qualification of the supplier"), max_length=200, required=False)
    amount = AmountField(unit="wan", label=_("Amount"), required=False)
    cost_line = forms.ChoiceField(
        label=_("Cost line"), choices=[("", _("Not broken down")), *COST_LINES.items()], required=False
    )
    signed_on = DayField(label=_("Signed on"))
    build_months = forms.IntegerField(
        label=_("Construction period (months)"), min_value=0, max_value=600, required=False
    )
    free_om_months = forms.IntegerField(
        label=_("Free operation and maintenance (months)"), min_value=0, max_value=600, required=False
    )
    payment_terms = forms.CharField(label=_("Terms of payment"), max_length=4000, required=False, widget=_area())
    brands = forms.CharField(label=_("Brands and models"), max_length=4000, required=False, widget=_area())

    def __init__(self, *args: Any, checks: Sequence[Check], contract: Contract | None = None, **kwargs: Any) -> None:
        if contract is not None:
            known: dict[str, Any] = {name: getattr(contract, name) for name in (*PLAIN, *LONG)}
            known |= {f"check-{key}": True for key in contract.confirmed}
            known |= {f"depart-{key}": reason for key, reason in contract.departures.items()}
            kwargs["initial"] = {**known, "version": contract.version}
        else:
            kwargs["initial"] = {"version": 0}
        super().__init__(*args, **kwargs)
        self.checks = [one for one in checks if one.key not in BY_PROGRAM]
        for one in self.checks:
            if not one.fields:
                self.fields[f"check-{one.key}"] = forms.BooleanField(label=one.text, required=False)
            if one.in_principle:
                self.fields[f"depart-{one.key}"] = forms.CharField(
                    label=_("Reason for departing from it: %(said)s") % {"said": one.text},
                    max_length=1000,
                    required=False,
                    widget=_area(),
                )

    @property
    def plain(self) -> list[forms.BoundField]:
        """The short fields."""
        return [self[name] for name in PLAIN]

    @property
    def long(self) -> list[forms.BoundField]:
        """The long ones."""
        return [self[name] for name in LONG]

    @property
    def rows(self) -> list[tuple[Check, forms.BoundField | None, forms.BoundField | None]]:
        """Each check with the box of its clause and the field for a reason, where it has them."""
        return [
            (
                one,
                None if one.fields else self[f"check-{one.key}"],
                self[f"depart-{one.key}"] if one.in_principle else None,
            )
            for one in self.checks
        ]

    def values(self) -> dict[str, Any]:
        """What is kept."""
        data = self.cleaned_data
        return {
            **{name: data.get(name) for name in (*PLAIN, *LONG)},
            "confirmed": [one.key for one in self.checks if data.get(f"check-{one.key}")],
            "departures": {one.key: text for one in self.checks if (text := data.get(f"depart-{one.key}"))},
        }


class PaymentForm(forms.Form):
    """A payment."""

    amount = AmountField(unit="wan", label=_("Amount"))
    paid_on = DayField(label=_("Paid on"), required=True)
    voucher = forms.CharField(label=_("Number of the voucher"), max_length=60)
    purpose = forms.CharField(label=_("Milestone or purpose"), max_length=200, required=False)
