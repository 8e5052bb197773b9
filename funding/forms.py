"""Forms of contracts and payments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from approvals.models import ChangeRequest
from funding.checks import BY_PROGRAM, Check
from funding.models import Contract, ContractKind, PayAfter
from funding.services.instalments import Planned
from jurisdictions.fields import AmountField, DayField, VersionField
from jurisdictions.rules.vocabulary import COST_LINES
from projects.services.money import Sum
from workflow.clocks import clock

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
        conditions: Sequence[tuple[str, str]],
        contract: Contract | None = None,
        lines: Sequence[Sum] = (),
        plan: Sequence[Planned] = (),
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
        self.tables: dict[str, tuple[str, ...]] = {}
        self.counts: dict[str, int] = {}
        none = ("", "—")
        self._add_rows(
            "lines",
            lambda: {
                "line": forms.ChoiceField(label=_("Cost line"), choices=[none, *COST_LINES.items()], required=False),
                "amount": AmountField(unit="wan", label=_("Amount"), required=False),
                "year": forms.IntegerField(label=_("Year"), min_value=2000, max_value=2099, required=False),
                "source": forms.ChoiceField(label=_("Source"), choices=[none, *sources], required=False),
            },
            lines,
        )
        self._add_rows(
            "plan",
            lambda: {
                "name": forms.CharField(label=_("Instalment"), max_length=60, required=False),
                "share": forms.DecimalField(
                    label=_("Share in percent"),
                    min_value=0,
                    max_value=100,
                    max_digits=5,
                    decimal_places=2,
                    required=False,
                    widget=forms.TextInput(attrs={"inputmode": "decimal"}),
                ),
                "amount": AmountField(unit="wan", label=_("Amount"), required=False),
                "condition": forms.ChoiceField(
                    label=_("To be paid after"), choices=[none, *conditions], required=False
                ),
                "due_on": DayField(label=_("Day")),
                "note": forms.CharField(label=_("Note"), max_length=200, required=False),
            },
            plan,
        )
        self.checks = [one for one in checks if one.key not in BY_PROGRAM]
        for one in self.checks:
            if not one.is_measured:
                self.fields[f"check-{one.key}"] = forms.BooleanField(label=one.text, required=False)
            if one.in_principle:
                self.fields[f"depart-{one.key}"] = forms.CharField(
                    label=_("Reason for departing from it: %(said)s") % {"said": one.text},
                    max_length=1000,
                    required=False,
                    widget=_area(),
                )

    def _add_rows(self, name: str, make: Callable[[], dict[str, forms.Field]], known: Sequence[Any]) -> None:
        """A table to fill in: as many rows as were sent, else those that are there and some more."""
        self.tables[name] = tuple(make())
        self.counts[name] = rows_sent(self.data, name, "amount") if self.is_bound else len(known) + FREE_ROWS
        for number in range(self.counts[name]):
            for key, field in make().items():
                field.initial = getattr(known[number], key, "") if number < len(known) else ""
                field.widget.attrs["aria-label"] = field.label
                self.fields[f"{name}-{number}-{key}"] = field

    def _fields_of(self, name: str) -> list[list[forms.BoundField]]:
        return [[self[f"{name}-{number}-{key}"] for key in self.tables[name]] for number in range(self.counts[name])]

    def _typed(self, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each row in which something was typed, with the beginning of its fields' names."""
        for number in range(self.counts[name]):
            row = {key: self.cleaned_data.get(f"{name}-{number}-{key}") for key in self.tables[name]}
            if any(value not in (None, "") for value in row.values()):
                yield f"{name}-{number}", row

    def clean(self) -> dict[str, Any]:
        """A cost line and its amount go together; an instalment says what it is, how much, and when."""
        data: dict[str, Any] = super().clean() or {}
        for at, row in self._typed("lines"):
            self._require(f"{at}-line", row["line"], _("Please choose the cost line of this amount."))
            self._require(f"{at}-amount", row["amount"], _("Please enter the amount of this line."))
        for at, row in self._typed("plan"):
            self._require(f"{at}-name", row["name"], _("Please name the instalment."))
            if row["share"] is not None and row["amount"] is not None:
                self.add_error(f"{at}-amount", _("Either a share or an amount, not both."))
            elif row["share"] is None and f"{at}-share" not in self.errors:
                self._require(f"{at}-amount", row["amount"], _("Please enter a share or an amount."))
            self._require(f"{at}-condition", row["condition"], _("Please choose when it is to be paid."))
            if row["condition"] == PayAfter.DAY:
                self._require(f"{at}-due_on", row["due_on"], _("Please enter the day."))
            if row["condition"] == PayAfter.OTHER:
                self._require(f"{at}-note", row["note"], _("Please say in the note when it is to be paid."))
        return data

    def _require(self, name: str, value: Any, said: Any) -> None:
        if value in (None, "") and name not in self.errors:
            self.add_error(name, said)

    @property
    def line_rows(self) -> list[list[forms.BoundField]]:
        """The table of cost lines."""
        return self._fields_of("lines")

    @property
    def plan_rows(self) -> list[list[forms.BoundField]]:
        """The table of instalments."""
        return self._fields_of("plan")

    def lines(self) -> list[Sum]:
        """The sums on the cost lines, in yuan."""
        rows = (row for _at, row in self._typed("lines"))
        return [Sum(row["line"], row["amount"], row["year"], row["source"] or "") for row in rows]

    def plan(self) -> list[Planned]:
        """The payment plan."""
        return [Planned(**row) for _at, row in self._typed("plan")]

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
                None if one.is_measured else self[f"check-{one.key}"],
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
    """A payment; of a contract with a plan (rows with what is `left`) on the instalment that follows."""

    amount = AmountField(unit="wan", label=_("Amount"))
    paid_on = DayField(label=_("Paid on"), required=True)
    voucher = forms.CharField(label=_("Number of the voucher"), max_length=60)
    purpose = forms.CharField(label=_("Milestone or purpose"), max_length=200, required=False)
    departure = forms.CharField(
        label=_("Reason for departing from the plan or the rules"), max_length=1000, required=False, widget=_area()
    )

    def __init__(
        self,
        *args: Any,
        lines: Sequence[tuple[str, str]],
        sources: Sequence[tuple[str, str]],
        plan: Sequence[Any] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["paid_on"].initial = clock.today()
        known = [(str(one.pk), f"{one.name}（{one.after}）") for one in plan]
        if known:
            said = {"required": _("Please choose the instalment that is paid.")}
            choices = [("", "—"), *known]
            self.fields["instalment"] = forms.ChoiceField(label=_("Instalment"), choices=choices, error_messages=said)
            following = next((one for one in plan if one.left > 0), None)
            if following is not None:
                self.fields["instalment"].initial, self.fields["amount"].initial = following.pk, following.left
        for name, label, offered in (("line", _("Cost line"), lines), ("source", _("Source"), sources)):
            if len(offered) > 1:
                self.fields[name] = forms.ChoiceField(label=label, choices=[("", "—"), *offered], required=False)
        self.order_fields(["instalment", "amount", "paid_on", "voucher"])


class AmendmentForm(forms.Form):
    """An amendment to a signed contract; amounts may be below nothing."""

    change = forms.ChoiceField(label=_("Change that it carries out"), required=False)
    number = forms.CharField(label=_("Number of the amendment"), max_length=60)
    signed_on = DayField(label=_("Signed on"), required=True)
    delta = AmountField(unit="wan", label=_("Change of the sum"), min_value=None, required=False)
    build_months = forms.IntegerField(
        label=_("Construction period as it is now (months)"), min_value=0, max_value=600, required=False
    )
    grounds = forms.CharField(label=_("What changes, and why"), max_length=4000, widget=_area())

    def __init__(
        self, *args: Any, changes: Sequence[ChangeRequest], lines: Sequence[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.changes = {str(one.pk): one for one in changes}
        self.names = lines
        chosen: Any = self.fields["change"]
        chosen.choices = [("", "—"), *((key, f"{one.number} {one.title}") for key, one in self.changes.items())]
        for key, name in lines:
            self.fields[f"by-{key}"] = AmountField(unit="wan", label=name, min_value=None, required=False)

    @property
    def short(self) -> list[forms.BoundField]:
        """The short fields."""
        return [self[name] for name in ("change", "number", "signed_on", "delta", "build_months")]

    @property
    def by_line(self) -> list[forms.BoundField]:
        """By how much each cost line changes."""
        return [self[f"by-{key}"] for key, _name in self.names]

    def values(self) -> dict[str, Any]:
        """What is recorded."""
        data = self.cleaned_data
        given = {name: data.get(name) for name in ("number", "signed_on", "delta", "build_months", "grounds")}
        return {**given, "change": self.changes.get(data.get("change") or "")}

    def lines(self) -> list[Sum]:
        """The changes of the cost lines, in yuan."""
        data = self.cleaned_data
        return [Sum(key, amount) for key, _name in self.names if (amount := data.get(f"by-{key}"))]
