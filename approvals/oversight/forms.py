"""Forms of the course of the works."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from approvals.models import MatterKind, SanctionKind
from jurisdictions.fields import AmountField, DayField, VersionField


def _text(label: Any, rows: int = 3, *, required: bool = True) -> forms.CharField:
    return forms.CharField(label=label, max_length=4000, required=required, widget=forms.Textarea(attrs={"rows": rows}))


class MilestoneForm(forms.Form):
    """A milestone to be planned."""

    name = forms.CharField(label=_("Milestone"), max_length=120)
    planned_on = DayField(label=_("Planned for"), required=True)
    percent = forms.IntegerField(label=_("Share done by then"), min_value=1, max_value=100)


class MilestoneActForm(forms.Form):
    """A milestone reached, put off or dropped."""

    version = VersionField()
    on = DayField(label=_("Day"))
    percent = forms.IntegerField(label=_("Share done by then"), required=False)
    measures = _text(_("Measures, where it is late or put off"), rows=2, required=False)


class ReportForm(forms.Form):
    """An incident that the unit reports."""

    kind = forms.ChoiceField(label=_("What it is about"), choices=MatterKind.choices)
    title = forms.CharField(label=_("In a few words"), max_length=120)
    happened_on = DayField(label=_("When it happened"), required=True)
    text = _text(_("What happened, its effect, and what was done at once"))
    loss = AmountField(unit="wan", label=_("Loss"), required=False)


class FoundForm(forms.Form):
    """A fault that an office found, to be put right by a day."""

    kind = forms.ChoiceField(label=_("What it is about"), choices=MatterKind.choices)
    title = forms.CharField(label=_("In a few words"), max_length=120)
    text = _text(_("What was found"))
    demand = _text(_("What is to be put right"))
    due_on = DayField(label=_("To be put right by"), required=True)


class OrderForm(forms.Form):
    """What is to be put right, by a day."""

    version = VersionField()
    demand = _text(_("What is to be put right"))
    due_on = DayField(label=_("To be put right by"), required=True)


class AnswerForm(forms.Form):
    """What the unit put right."""

    version = VersionField()
    answer_text = _text(_("What was put right"))


class SanctionForm(forms.Form):
    """What follows from it."""

    version = VersionField()
    kind = forms.ChoiceField(label=_("What follows"), choices=SanctionKind.choices)
    reason = _text(_("Reason"))

    def __init__(self, *args: Any, offered: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["kind"]
        field.choices = [(one, SanctionKind(one).label) for one in offered]


class CloseForm(forms.Form):
    """How a matter ends."""

    version = VersionField()
    conclusion = _text(_("Conclusion"))


class LiftForm(forms.Form):
    """Why a sanction is lifted."""

    sanction = forms.IntegerField(widget=forms.HiddenInput)
    lifting = _text(_("Why it is lifted"), rows=2)
