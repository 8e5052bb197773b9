"""Forms of contracts and payments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from funding.checks import BY_PROGRAM, Check
from funding.models import Contract, ContractKind
from jurisdictions.fields import AmountField, DayField, VersionField
from jurisdictions.rules.vocabulary import COST_LINES
from projects.services.money import Sum

PLAIN = (
    "kind",
    "title",
    "number",
    "supplier",
    "qualification",
    "amount",
    "signed_on",
    "build_months",
    "free_om_months",
)
LONG = ("payment_terms", "brands")
FREE_ROWS, MOST_ROWS = 4, 40  # rows to fill in besides those that are there


def rows_sent(data: Mapping[str, Any] | None, prefix: str, last: str) -> int:
    """How many rows of a table a page sent: `prefix-0-last`, `prefix-1-last`, …"""
    found = 0
    while data is not None and found < MOST_ROWS and f"{prefix}-{found}-{last}" in data:
        found += 1
    return found


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
    signed_on = DayField(label=_("Signed on"))
    build_months = forms.IntegerField(
        label=_("Construction period (months)"), min_value=0, max_value=600, required=False
    )
    free_om_months = forms.IntegerField(
        label=_("Free operation and maintenance (months)"), min_value=0, max_value=600, required=False
    )
    payment_terms = forms.CharField(label=_("Terms of payment"), max_length=4000, required=False, widget=_area())
    brands = forms.CharField(label=_("Brands and models"), max_length=4000, required=False, widget=_area())

    def __init__(
        self,
        *args: Any,
        checks: Sequence[Check],
        sources: Sequence[tuple[str, str]],
        contract: Contract | None = None,
        lines: Sequence[Sum] = (),
        **kwargs: Any,
    ) -> None:
        if contract is not None:
            known: dict[str, Any] = {name: getattr(contract, name) for name in (*PLAIN, *LONG)}
            known |= {f"check-{key}": True for key in contract.confirmed}
            known |= {f"depart-{key}": reason for key, reason in contract.departures.items()}
            kwargs["initial"] = {**known, "version": contract.version}
        else:
            kwargs["initial"] = {"version": 0}
        super().__init__(*args, **kwargs)
        self.line_count = rows_sent(self.data, "lines", "amount") if self.is_bound else len(lines) + FREE_ROWS
        for number in range(self.line_count):
            self._add_line(f"lines-{number}", sources, lines[number] if number < len(lines) else None)
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

    def _add_line(self, name: str, sources: Sequence[tuple[str, str]], one: Sum | None) -> None:
        none = ("", "—")
        fields: dict[str, forms.Field] = {
            "line": forms.ChoiceField(label=_("Cost line"), choices=[none, *COST_LINES.items()], required=False),
            "amount": AmountField(unit="wan", label=_("Amount"), required=False),
            "year": forms.IntegerField(label=_("Year"), min_value=2000, max_value=2099, required=False),
            "source": forms.ChoiceField(label=_("Source"), choices=[none, *sources], required=False),
        }
        for key, field in fields.items():
            field.initial = getattr(one, key, "")
            field.widget.attrs["aria-label"] = field.label
            self.fields[f"{name}-{key}"] = field

    def clean(self) -> dict[str, Any]:
        """A cost line and its amount go together."""
        data: dict[str, Any] = super().clean() or {}
        for number in range(self.line_count):
            line, amount = data.get(f"lines-{number}-line"), data.get(f"lines-{number}-amount")
            if line and amount is None and f"lines-{number}-amount" not in self.errors:
                self.add_error(f"lines-{number}-amount", _("Please enter the amount of this line."))
            if amount and not line:
                self.add_error(f"lines-{number}-line", _("Please choose the cost line of this amount."))
        return data

    @property
    def line_rows(self) -> list[list[forms.BoundField]]:
        """The table of cost lines: each row's fields."""
        return [
            [self[f"lines-{number}-{key}"] for key in ("line", "amount", "year", "source")]
            for number in range(self.line_count)
        ]

    def lines(self) -> list[Sum]:
        """The sums on the cost lines, in yuan."""
        data = self.cleaned_data
        return [
            Sum(line, amount, data.get(f"lines-{number}-year"), data.get(f"lines-{number}-source") or "")
            for number in range(self.line_count)
            if (line := data.get(f"lines-{number}-line")) and (amount := data.get(f"lines-{number}-amount"))
        ]

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

    def __init__(
        self, *args: Any, lines: Sequence[tuple[str, str]], sources: Sequence[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, label, choices in (("line", _("Cost line"), lines), ("source", _("Source"), sources)):
            if len(choices) > 1:
                self.fields[name] = forms.ChoiceField(label=label, choices=[("", "—"), *choices], required=False)
