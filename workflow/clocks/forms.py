"""Forms of a clock's page: stop it, let it go on, ask for more time and decide on that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jurisdictions.fields import DayField, VersionField


def _text(label: Any, *, rows: int = 2, **kwargs: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=1000, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


class StopForm(forms.Form):
    """From when a clock stands still, and why; with a last day it is recorded afterwards."""

    version = VersionField()
    key = forms.ChoiceField(label=_("Reason by the rules"), widget=forms.RadioSelect)
    from_day = DayField(label=_("First day that does not count"), required=True)
    until_day = DayField(
        label=_("Last day that does not count"), help_text=_("Left empty, the clock stands still from then on.")
    )
    reason = _text(_("What happened"), required=False)
    beyond = _text(_("Why it may take longer than the rules ask in principle"), required=False)

    def __init__(self, *args: Any, allowed: Iterable[Mapping[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules = list(allowed)
        choice: Any = self.fields["key"]
        choice.choices = [(one["key"], one.get("text") or one["key"]) for one in rules]
        if not any(one.get("limit") and one.get("in_principle") for one in rules):
            del self.fields["beyond"]


class GoOnForm(forms.Form):
    """The last day that does not count."""

    version = VersionField()
    resume_day = DayField(label=_("Last day that does not count"), required=True)


class BeginForm(forms.Form):
    """On which day what was approved for a time has begun."""

    version = VersionField()
    begun_on = DayField(label=_("Begun on"), required=True)


class UndoForm(forms.Form):
    """Which stop was a mistake, and why."""

    pause = forms.IntegerField(widget=forms.HiddenInput)
    undo_reason = _text(_("Why the stop was a mistake"))


class AskForm(forms.Form):
    """Until when more time is wanted, and why."""

    version = VersionField()
    wanted_on = DayField(label=_("Wanted until"), required=True)
    wish = _text(_("Reason"), rows=3)


class DecideForm(forms.Form):
    """Grant more time until a day, or refuse it with a reason."""

    extension_version = VersionField()
    granted_on = DayField(label=_("Granted until"), help_text=_("Left empty: the day that was asked for."))
    decision = _text(_("Reason"), required=False)
