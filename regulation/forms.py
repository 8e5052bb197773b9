"""The questions a person asks of the rules, as forms read from the address."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jurisdictions.calendars.periods import LONGEST
from jurisdictions.facts import YES_NO_FACTS, Action, Category, FundingSource, Importance, OwnerKind
from jurisdictions.fields import AmountField, DayField
from jurisdictions.rules.facts import FactError
from jurisdictions.rules.ruleset import Ruleset
from jurisdictions.rules.vocabulary import CHANGE_FACTS, CHANGE_REASONS, FUNDING_FACTS, UNITS, FactSpace, FactSpec

CHANGE_FLAGS = tuple(key for key, spec in CHANGE_FACTS.items() if spec.kind == "flag")
#: Amounts in yuan below this are rather typed in 万元.
_SMALL = Decimal(10_000)


class AddressForm(forms.Form):
    """A form that is read from the address; what is not named there has its default."""

    def __init__(self, data: QueryDict | None, *, own: FactSpace | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self._own = {f"own-{key}": spec for key, spec in (own or {}).items()}
        self.fields.update({name: fact_field(spec) for name, spec in self._own.items()})
        if not self.is_bound:
            return
        assert isinstance(self.data, QueryDict)
        filled = self.data.copy()
        for name, field in self.fields.items():
            if not filled.get(name) and isinstance(field, forms.ChoiceField) and field.initial is not None:
                filled[name] = field.initial
        self.data = filled

    @property
    def own_fields(self) -> list[forms.BoundField]:
        """The fields of facts that only these rules ask for."""
        return [self[name] for name in self._own]

    def own_facts(self) -> dict[str, Any]:
        """The county's own facts as far as they were given."""
        given = {spec.key: self.cleaned_data.get(name) for name, spec in self._own.items()}
        return {
            key: value == "yes" if self._own[f"own-{key}"].kind == "flag" else value
            for key, value in given.items()
            if value not in (None, "")
        }

    def refuse(self, error: FactError) -> None:
        """Show what the rules refused at its field."""
        self.add_error(error.field if error.field in self.fields else None, error.message)


def fact_field(spec: FactSpec) -> forms.Field:
    """How a fact that only some rules ask for is asked."""
    if spec.kind == "choice":
        choices = list(spec.values.items())
        return forms.ChoiceField(
            label=spec.label, help_text=spec.help, choices=choices, initial=spec.default, required=False
        )
    if spec.kind == "flag":
        answers = [("no", gettext_lazy("No")), ("yes", gettext_lazy("Yes"))]
        initial = "yes" if spec.default else "no"
        return forms.ChoiceField(
            label=spec.label, help_text=spec.help, choices=answers, initial=initial, required=False
        )
    if spec.whole:
        return forms.IntegerField(label=spec.label, help_text=spec.help, min_value=0, required=False)
    return AmountField(label=spec.label, help_text=spec.help, required=False)


class FactsForm(AddressForm):
    """The facts of a project and the day asked for: the question `route`."""

    investment = AmountField(label=gettext_lazy("Total investment"))
    action = forms.ChoiceField(label=gettext_lazy("Kind of action"), choices=Action, initial="new")
    category = forms.ChoiceField(label=gettext_lazy("Category"), choices=Category, initial="application")
    owner_kind = forms.ChoiceField(label=gettext_lazy("Kind of unit"), choices=OwnerKind, initial="agency")
    funding_source = forms.ChoiceField(label=gettext_lazy("Source of funds"), choices=FundingSource, initial="fiscal")
    importance = forms.ChoiceField(
        label=gettext_lazy("Importance"),
        choices=[("", gettext_lazy("Not decided yet")), *Importance.choices],
        required=False,
    )
    flags = forms.MultipleChoiceField(
        label=gettext_lazy("Which of these hold?"),
        choices=list(YES_NO_FACTS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    on = DayField(label=gettext_lazy("By the rules of which day"))
    start = DayField(label=gettext_lazy("Time limits start on"))

    def __init__(self, data: QueryDict | None, *, own: FactSpace | None = None, **kwargs: Any) -> None:
        self.own = own or {}
        if data is not None and (wan := data.get("wan", "").strip()) and not data.get("investment"):
            data = data.copy()
            data["investment"] = f"{wan}万" if wan[-1:].isdigit() else wan
        super().__init__(data, own=self.own, **kwargs)

    def facts(self) -> dict[str, Any]:
        """The facts as the rules ask for them."""
        data = self.cleaned_data
        facts: dict[str, Any] = {"investment": data["investment"]}
        for name in ("action", "category", "owner_kind", "funding_source", "importance"):
            if data.get(name):
                facts[name] = data[name]
        facts.update(dict.fromkeys(data["flags"], True))
        return facts | self.own_facts()

    @property
    def looks_like_wan(self) -> Decimal | None:
        """The amount meant, where a small number of yuan looks like 万元."""
        amount: Decimal | None = self.cleaned_data.get("investment")
        return amount * _SMALL if amount is not None and 0 < amount < _SMALL else None


class ChangeForm(AddressForm):
    """The question `change`."""

    estimate = AmountField(label=gettext_lazy("Approved total"))
    delta = AmountField(label=gettext_lazy("Change of the amount"), min_value=None)
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason of the change"),
        choices=list(CHANGE_REASONS.items()),
        initial="other",
    )
    flags = forms.MultipleChoiceField(
        label=gettext_lazy("Which of these hold?"),
        choices=[(name, CHANGE_FACTS[name].label) for name in CHANGE_FLAGS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    on = DayField(label=gettext_lazy("By the rules of which day"))

    def facts(self) -> dict[str, Any]:
        """The facts as the rules ask for them."""
        data = self.cleaned_data
        return {
            "estimate": data["estimate"],
            "delta": data["delta"],
            "reason": data["reason"] or "other",
            **dict.fromkeys(data["flags"], True),
            **self.own_facts(),
        }


class FundingForm(AddressForm):
    """The question `funding`; the exclusions are the county's own."""

    construction_cost = AmountField(label=gettext_lazy("Construction cost"), required=False)
    om_cost = AmountField(label=gettext_lazy("Yearly cost of operation and maintenance"), required=False)
    accepted = forms.ChoiceField(
        label=gettext_lazy("Accepted already"),
        choices=[("no", gettext_lazy("No")), ("yes", gettext_lazy("Yes"))],
        initial="no",
    )
    exclusions = forms.MultipleChoiceField(
        label=gettext_lazy("Which of these cases holds?"), widget=forms.CheckboxSelectMultiple, required=False
    )
    on = DayField(label=gettext_lazy("By the rules of which day"))

    def __init__(self, data: QueryDict | None, *, ruleset: Ruleset, **kwargs: Any) -> None:
        asked = {key: FUNDING_FACTS[key] for key in FUNDING_FACTS if key in ruleset.money_asks}
        super().__init__(data, own={**asked, **ruleset.spaces.own}, **kwargs)
        field = self.fields["exclusions"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(item.key, item.text) for item in ruleset.rules.funding.exclusions]
        if not field.choices:
            del self.fields["exclusions"]

    def facts(self) -> dict[str, Any]:
        """The facts as the rules ask for them."""
        data = self.cleaned_data
        facts: dict[str, Any] = {"accepted": data["accepted"] == "yes"}
        for name in ("construction_cost", "om_cost"):
            if data[name] is not None:
                facts[name] = data[name]
        if data.get("exclusions"):
            facts["exclusions"] = data["exclusions"]
        return facts | self.own_facts()


class DeadlineForm(AddressForm):
    """The question `deadline`; pauses are read from as many pairs of days as the address holds."""

    start = DayField(label=gettext_lazy("Set off on"), required=True)
    amount = forms.CharField(label=gettext_lazy("Length"), max_length=20)
    unit = forms.ChoiceField(label=gettext_lazy("Unit of time"), choices=list(UNITS.items()), initial="working_day")

    def clean_amount(self) -> int:
        """A whole number within what is computed."""
        text = self.cleaned_data["amount"].strip()
        if not re.fullmatch(r"[+-]?\d+", text):  # `int` alone would take 1_000
            raise ValidationError(_("The length of a period is a whole number."))
        number = int(text)
        if not 1 <= number <= max(LONGEST.values()):
            raise ValidationError(_("The length of a period must be at least 1 and not too long."))
        return number
