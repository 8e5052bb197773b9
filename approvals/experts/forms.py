"""Forms of the library and of panels."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from approvals.experts.opinions import MOST_POINTS
from approvals.models import Attendance, Conclusion, Expert, FeeRate, Panel, Seat
from jurisdictions.amounts import Unclear, read_yuan
from jurisdictions.fields import DayField, VersionField
from workflow.models import Document

ANY = "any"  # the field of places that are drawn from all specialities


def lines_of(text: str) -> list[str]:
    """What was typed, one thing a line."""
    return [line.strip() for line in text.replace("、", "\n").splitlines() if line.strip()]


def area(rows: int = 2) -> forms.Textarea:
    """A text of several lines."""
    return forms.Textarea(attrs={"rows": rows})


class ExpertForm(forms.Form):
    """An expert of the library."""

    version = VersionField()
    name = forms.CharField(label=_("Name"), max_length=40)
    employer = forms.CharField(
        label=_("Employer"),
        max_length=120,
        help_text=_("By it experts of a unit concerned stay out of its reviews."),
    )
    title = forms.CharField(label=_("Professional title"), max_length=40, required=False)
    specialities = forms.MultipleChoiceField(label=_("Specialities"), widget=forms.CheckboxSelectMultiple)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    away_until = DayField(label=_("Not available until"))
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, data: Any = None, *, known: Sequence[str], expert: Expert | None = None) -> None:
        initial = {}
        if expert is not None:
            initial = {name: getattr(expert, name) for name in self.base_fields}
        super().__init__(data, initial=initial)
        self.fields["version"].required = expert is not None
        specialities: Any = self.fields["specialities"]
        offered = dict.fromkeys([*known, *(expert.specialities if expert else [])])
        specialities.choices = [(one, one) for one in offered]


class ListsForm(forms.Form):
    """The county's lists: specialities, and fees a day."""

    specialities = forms.CharField(
        label=_("Specialities"), required=False, widget=area(8), max_length=4000, help_text=_("One a line.")
    )
    rates = forms.CharField(
        label=_("Fees a day"),
        required=False,
        widget=area(5),
        max_length=2000,
        help_text=_("One a line: what it is called, then yuan a day, as “Senior title 800”."),
    )

    def clean_rates(self) -> list[tuple[str, Decimal]]:
        """Name and yuan of each line."""
        found = []
        for line in self.cleaned_data["rates"].splitlines():
            if not line.strip():
                continue
            name, _blank, amount = line.strip().rpartition(" ")
            try:
                yuan = read_yuan(amount, unit="yuan")
            except Unclear:
                yuan = None
            if not name.strip() or yuan is None or yuan < 0 or yuan >= 10**7:
                said = _("“%(line)s” is not a name followed by an amount in yuan.")
                raise forms.ValidationError(said, params={"line": line.strip()})
            found.append((name.strip(), yuan))
        return found


class ImportForm(forms.Form):
    """A spreadsheet of experts."""

    file = forms.FileField(label=_("Spreadsheet (xlsx)"))


class AskForm(forms.Form):
    """A unit asks for experts."""

    purpose = forms.CharField(label=_("What they are asked for"), max_length=200, widget=area())


class PanelForm(forms.Form):
    """A panel: how many, of which specialities, who stays out, which papers they see, and by when they speak."""

    version = VersionField()
    purpose = forms.CharField(label=_("What they are asked for"), max_length=200, widget=area())
    size = forms.IntegerField(label=_("Number of experts"), min_value=1, max_value=99)
    due_on = DayField(label=_("Opinions by"), required=True)
    kept_out = forms.CharField(
        label=_("Further units whose people stay out"),
        required=False,
        max_length=4000,
        widget=area(3),
        help_text=_("One a line: who wrote the plan, bidders, suppliers. The project's own units stay out anyhow."),
    )
    papers = forms.MultipleChoiceField(
        label=_("Papers the experts see"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self,
        data: Any = None,
        *,
        specialities: Sequence[str],
        papers: Sequence[Document],
        panel: Panel | None = None,
        initial: dict[str, Any] | None = None,
    ) -> None:
        first: dict[str, Any] = {"papers": [str(one.pk) for one in papers], **(initial or {})}
        places: dict[str, int] = {}
        if panel is not None:
            first |= {"version": panel.version, "purpose": panel.purpose}
            if panel.size:
                first |= {"size": panel.size, "due_on": panel.due_on, "kept_out": "\n".join(panel.kept_out)}
                first["papers"] = [str(pk) for pk in panel.papers]
                places = {one["speciality"]: one["count"] for one in panel.places}
        super().__init__(data, initial=first)
        self.fields["version"].required = panel is not None
        offered: Any = self.fields["papers"]
        offered.choices = [(str(one.pk), one.name) for one in papers]
        self.specialities = {f"place-{number}": name for number, name in enumerate(["", *specialities])}
        for field, name in self.specialities.items():
            self.fields[field] = forms.IntegerField(
                label=name or _("Of any speciality"),
                required=False,
                min_value=0,
                max_value=99,
                initial=places.get(name),
            )

    @property
    def places(self) -> list[forms.BoundField]:
        """How many are drawn of each speciality."""
        return [self[field] for field in self.specialities]

    def values(self) -> dict[str, Any]:
        """As the service takes them."""
        data = self.cleaned_data
        return {
            "purpose": data["purpose"],
            "size": data["size"],
            "due_on": data["due_on"],
            "kept_out": lines_of(data["kept_out"]),
            "papers": [int(one) for one in data["papers"]],
            "places": {name: data.get(field) or 0 for field, name in self.specialities.items()},
        }


class ExtendForm(forms.Form):
    """A later day for the opinions."""

    due_on = DayField(label=_("Opinions by"), required=True)


class SignForm(forms.Form):
    """An expert's opinion. What is missing the service says, so that nothing typed is lost."""

    conclusion = forms.ChoiceField(label=_("Conclusion"), choices=Conclusion.choices, widget=forms.RadioSelect)
    text = forms.CharField(label=_("Opinion"), max_length=4000, widget=area(6))
    name = forms.CharField(label=_("Sign with your name"), max_length=40)
    agreed = forms.BooleanField(label=_("I confirm this statement and sign"))

    def __init__(self, data: Any = None, *, asked: Sequence[dict[str, str]]) -> None:
        super().__init__(data)
        self.asked = asked
        for one in asked:
            self.fields[f"points-{one['key']}"] = forms.CharField(
                label=_("Points (0 to %(most)s)") % {"most": MOST_POINTS},
                max_length=3,
                widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 4}),
            )
            self.fields[f"text-{one['key']}"] = forms.CharField(
                label=_("What you think of it"), required=False, max_length=2000, widget=area()
            )

    @property
    def rows(self) -> list[tuple[str, forms.BoundField, forms.BoundField]]:
        """Each thing asked with its two fields."""
        return [(one["text"], self[f"points-{one['key']}"], self[f"text-{one['key']}"]) for one in self.asked]


class FeesForm(forms.Form):
    """Days and rate of each expert of a panel."""

    def __init__(self, data: Any = None, *, seats: Sequence[Seat], kept: dict[int, Attendance]) -> None:
        super().__init__(data)
        self.seats = seats
        rates = list(FeeRate.objects.filter(is_used=True))
        for seat in seats:
            before = kept.get(seat.pk)
            same = next((one.pk for one in rates if before is not None and one.name == before.rate_name), None)
            self.fields[f"days-{seat.pk}"] = forms.DecimalField(
                label=_("Days"), required=False, max_digits=4, decimal_places=1, initial=before.days if before else None
            )
            self.fields[f"rate-{seat.pk}"] = forms.TypedChoiceField(
                label=_("Rate"),
                required=False,
                coerce=int,
                empty_value=None,
                choices=[("", _("Please choose")), *((one.pk, f"{one.name} {one.a_day}") for one in rates)],
                initial=same,
            )

    @property
    def rows(self) -> list[tuple[Seat, forms.BoundField, forms.BoundField]]:
        """Each expert with the two fields."""
        return [(one, self[f"days-{one.pk}"], self[f"rate-{one.pk}"]) for one in self.seats]

    def values(self) -> dict[int, tuple[Decimal | None, int | None]]:
        """As the service takes them."""
        data = self.cleaned_data
        return {one.pk: (data.get(f"days-{one.pk}"), data.get(f"rate-{one.pk}")) for one in self.seats}
