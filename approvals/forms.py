"""Forms of the decision page: each built from what the step's rule asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from approvals.kinds.meetings import MeetingDecision
from approvals.models import Conclusion, PlatformStage
from approvals.votes import COUNTED, Votes, votes_of
from jurisdictions.facts import Importance
from jurisdictions.fields import AmountField, DayField, VersionField
from jurisdictions.rules.vocabulary import MONEY_STAGES, PROCUREMENT_MODES
from workflow.clocks import clock
from workflow.models import Step
from workflow.route.hindrances import DEPARTURES, REASON_FIELD, Hindrance, hindrances_of
from workflow.route.kinds import kind_of


def reason_label(hindrance: Hindrance) -> str:
    """What the reason for departing from a hindrance is asked by."""
    return str(_("Reason for departing from it: %(said)s") % {"said": hindrance.said})


class StepForm(forms.Form):
    """The version of the step the person saw, and one upload for each paper the rules name."""

    version = VersionField()

    def __init__(self, *args: Any, step: Step, papers: dict[str, str], **kwargs: Any) -> None:
        kwargs.setdefault("initial", {}).setdefault("version", step.version)
        super().__init__(*args, **kwargs)
        self.step = step
        self.papers = papers
        for key, name in papers.items():
            self.fields[f"paper-{key}"] = forms.FileField(label=name, required=False)
        for name in self.data:
            if name.startswith(REASON_FIELD):
                self._ask_reason(name, "")

    def _ask_reason(self, name: str, label: str) -> None:
        self.fields[name] = forms.CharField(
            label=label, required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
        )

    def offer(self, hindrances: Iterable[Hindrance]) -> None:
        """Ask for the reason wherever the rules let who decides depart from what hinders the step, and nowhere else."""
        asked = {one.reason_field: one for one in hindrances if one.in_principle}
        for name in [name for name in self.fields if name.startswith(REASON_FIELD) and name not in asked]:
            del self.fields[name]
            self.errors.pop(name, None)
        for name, one in asked.items():
            self._ask_reason(name, reason_label(one))

    def departures(self) -> dict[str, Any]:
        """The reasons given, as the step records them; what hinders it no longer needs none."""
        reasons = {
            name.removeprefix(REASON_FIELD): text
            for name, text in self.cleaned_data.items()
            if name.startswith(REASON_FIELD) and text
        }
        if reasons:
            asked = {one.key for one in hindrances_of(self.step) if one.in_principle}
            reasons = {key: text for key, text in reasons.items() if key in asked}
        return {DEPARTURES: reasons} if reasons else {}

    def uploads(self) -> dict[str, Any]:
        """The papers that were chosen: document key to upload."""
        return {key: self.files[f"paper-{key}"] for key in self.papers if self.files.get(f"paper-{key}")}


class DecisionForm(StepForm):
    """A single or joint review: approve or refuse, in words, with what the step's rule asks the reviewer to state."""

    outcome = forms.ChoiceField(
        label=_("Decision"),
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Opinion and reason"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    missing_reason = forms.CharField(
        label=_("Why the review is concluded without the missing opinions"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, asks: list[dict[str, str]], opinions_missing: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        outcome: Any = self.fields["outcome"]
        outcome.choices = [one.offered for one in kind_of(self.step).offered(self.step)]
        if opinions_missing:
            self.fields["missing_reason"].required = True
        else:
            del self.fields["missing_reason"]
        sets = self.step.rule.get("sets", [])
        if "importance" in sets:
            self.fields["importance"] = forms.ChoiceField(
                label=_("Class"), choices=Importance.choices, widget=forms.RadioSelect, required=False
            )
            self.fields["rank"] = forms.IntegerField(label=_("Rank"), min_value=1, max_value=9999, required=False)
        self.asks = asks
        if asks:
            self.fields["reason"].help_text = _("Either an opinion as a whole here, or point by point below.")
        for ask in asks:
            self.fields[f"ask-{ask['key']}"] = forms.CharField(
                label=ask["text"], required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
            )

    def record(self) -> dict[str, Any]:
        """What the decision records besides outcome and reason."""
        data = self.cleaned_data
        points = {ask["key"]: data[f"ask-{ask['key']}"] for ask in self.asks if data.get(f"ask-{ask['key']}")}
        record: dict[str, Any] = {"points": points} if points else {}
        for name in ("importance", "rank"):
            if data.get(name):
                record[name] = data[name]
        return record | self.departures()


CONDITIONS_AT_ONCE = 8
PROCUREMENT_FIELDS = ("mode", "published_on", "opened_on", "supplier", "amount")


class ReplyForm(DecisionForm):
    """A decision on what the unit handed in: the reply in writing, with its sum and the conditions it makes."""

    number = forms.CharField(label=_("Number of the reply"), required=False, max_length=60)
    on = DayField(label=_("Day of the reply"))
    valid_until = DayField(label=_("Valid until"))

    def __init__(self, *args: Any, handed_in: Decimal | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = clock.today()
        self.fields["valid_until"].help_text = _("Left empty: no end is set.")
        if stage := self.step.rule.get("decides"):
            amount = AmountField(
                unit="wan", label=_("Sum approved (%(what)s)") % {"what": MONEY_STAGES[stage]}, required=False
            )
            amount.initial = handed_in
            self.fields["amount"] = amount
        for number in range(CONDITIONS_AT_ONCE):
            self.fields[f"condition-{number}-text"] = forms.CharField(
                label=_("Condition %(number)s") % {"number": number + 1}, required=False, max_length=1000
            )
            self.fields[f"condition-{number}-due_on"] = DayField(label=_("By"))

    @property
    def conditions(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The rows for conditions: text and day."""
        return [
            (self[f"condition-{number}-text"], self[f"condition-{number}-due_on"])
            for number in range(CONDITIONS_AT_ONCE)
        ]

    def clean(self) -> dict[str, Any]:
        """A day alone is no condition."""
        data: dict[str, Any] = super().clean() or {}
        for number in range(CONDITIONS_AT_ONCE):
            if data.get(f"condition-{number}-due_on") and not data.get(f"condition-{number}-text"):
                self.add_error(f"condition-{number}-text", _("Please say what the condition is."))
        return data

    def record(self) -> dict[str, Any]:
        """The reply besides; of a refusal nothing of it."""
        data = self.cleaned_data
        reply = {name: data.get(name) for name in ("number", "on", "valid_until", "amount") if data.get(name)}
        made = [
            {"text": text, "due_on": data.get(f"condition-{number}-due_on")}
            for number in range(CONDITIONS_AT_ONCE)
            if (text := data.get(f"condition-{number}-text"))
        ]
        return {**super().record(), **reply, **({"conditions": made} if made else {})}


class ConsolidationForm(DecisionForm):
    """A joint review: the lead consolidates the opinions in words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = _("Consolidated opinion")
        self.fields["reason"].required = True


class RecordForm(StepForm):
    """What was done elsewhere: filing, notice, a unit's own step."""

    on = DayField(label=_("Day"), required=True)
    number = forms.CharField(label=_("Number of the paper"), required=False, max_length=60)
    reason = forms.CharField(label=_("Note"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))

    def record(self) -> dict[str, Any]:
        """What is recorded besides day, number and note."""
        data = self.cleaned_data
        return {name: data[name] for name in ("plan_year", "rank") if data.get(name)} | self.departures()


class ProcurementForm(RecordForm):
    """What a procurement came to: its way, its days, who won it and for how much."""

    mode = forms.ChoiceField(
        label=_("Way of procurement"), choices=[("", _("Please choose")), *PROCUREMENT_MODES.items()], required=False
    )
    published_on = DayField(label=_("Published on"))
    opened_on = DayField(label=_("Bids opened on"))
    supplier = forms.CharField(label=_("Supplier"), required=False, max_length=120)
    amount = AmountField(unit="wan", label=_("Amount of the award"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].label = _("Decided on")
        self.fields["number"].label = _("Number of the procurement")

    @property
    def before(self) -> list[forms.BoundField]:
        """What stands before the day on which it was decided."""
        return [self[name] for name in PROCUREMENT_FIELDS]

    def record(self) -> dict[str, Any]:
        """Way, days, supplier and amount besides."""
        given = {name: self.cleaned_data[name] for name in PROCUREMENT_FIELDS if self.cleaned_data.get(name)}
        return super().record() | given


class CompletionForm(RecordForm):
    """The end of the implementation."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].label = _("Completed on")


class OutsideForm(RecordForm):
    """What a body outside the county decided."""

    outcome = forms.ChoiceField(
        label=_("Result"),
        widget=forms.RadioSelect,
    )
    field_order = ["version", "outcome"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        outcome: Any = self.fields["outcome"]
        outcome.choices = [one.offered for one in kind_of(self.step).outcomes]


class PlanEntryForm(RecordForm):
    """An entry in the reserve, or with year and rank in the plan."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.step.result != "reserve":
            self.fields["plan_year"] = forms.IntegerField(
                label=_("Plan year"), min_value=2000, max_value=2100, initial=self.step.project.plan_year
            )
            self.fields["rank"] = forms.IntegerField(label=_("Rank"), min_value=1, max_value=9999, required=False)


class OpinionForm(forms.Form):
    """One office's opinion in a joint review."""

    opinion_version = VersionField()
    conclusion = forms.ChoiceField(label=_("Conclusion"), choices=Conclusion.choices, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("Opinion"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )
    conditions = forms.CharField(
        label=_("Conditions"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What the unit must do for your agreement to hold."),
    )

    def __init__(self, *args: Any, statements: list[dict[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.statements = statements
        for statement in statements:
            self.fields[f"object-{statement['key']}"] = forms.CharField(
                label=statement["title"], required=False, max_length=1000
            )

    def objections(self) -> list[dict[str, str]]:
        """Objections to single statements of the plan: key and reason."""
        return [
            {"key": one["key"], "title": one["title"], "reason": reason}
            for one in self.statements
            if (reason := self.cleaned_data.get(f"object-{one['key']}", "").strip())
        ]


class ConcernedForm(forms.Form):
    """Which further offices a joint review concerns, and why."""

    duties = forms.MultipleChoiceField(
        label=_("Offices concerned"), required=False, widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        duties: Any = self.fields["duties"]
        duties.choices = choices


class ReturnForm(forms.Form):
    """Send back for correction: the sections that are ticked, each with what is wrong in it, and by when."""

    version = VersionField()
    reason = forms.CharField(
        label=_("To the unit"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}), required=False
    )
    correct_by = DayField(label=_("To be handed in again by"))
    reopen = forms.BooleanField(required=False)

    def __init__(self, *args: Any, sections: list[tuple[str, str]], earlier: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sections = sections
        said = _("It departs in a major way: “%(step)s” is gone through again as well")
        self.fields["reopen"].label = said % {"step": earlier}
        if not earlier:
            del self.fields["reopen"]
        for key, title in sections:
            text = forms.Textarea(attrs={"rows": 2, "class": "form-control", "aria-label": title})
            self.fields[f"pick-{key}"] = forms.BooleanField(required=False)
            self.fields[f"section-{key}"] = forms.CharField(label=title, required=False, max_length=2000, widget=text)

    @property
    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Each section to tick, with the field for what is wrong in it."""
        return [(self[f"pick-{key}"], self[f"section-{key}"]) for key, _title in self.sections]

    def clean(self) -> dict[str, Any]:
        """What is ticked says what is wrong; what is not ticked was given up, whatever was typed there."""
        data: dict[str, Any] = super().clean() or {}
        ticked = [key for key, _title in self.sections if data.get(f"pick-{key}")]
        for key, _title in self.sections if ticked else ():
            if key not in ticked:
                data[f"section-{key}"] = ""
            elif not data.get(f"section-{key}", "").strip():
                self.add_error(f"section-{key}", _("Please say what is wrong there."))
        return data

    def items(self) -> list[dict[str, str]]:
        """The sections to be corrected, with what is wrong."""
        return [
            {"section": key, "field": "", "text": text}
            for key, _title in self.sections
            if (text := self.cleaned_data.get(f"section-{key}", "").strip())
        ]


class PlatformForm(forms.Form):
    """Number and progress on the platform of approvals; what is asked for is checked where it is kept."""

    version = VersionField()
    code = forms.CharField(label=_("Number on the platform"), max_length=40)
    filed_on = DayField(label=_("Filed there on"), required=True)
    stage = forms.ChoiceField(label=_("Stage there"), choices=[("", _("Please choose")), *PlatformStage.choices])
    percent = forms.IntegerField(label=_("Progress in percent"), min_value=0, max_value=100, required=False)
    progress_on = DayField(label=_("Progress as of"))
    progress = forms.CharField(
        label=_("Progress in words"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class MeetingForm(forms.Form):
    """A meeting being prepared."""

    title = forms.CharField(label=_("Title"), max_length=120)
    held_on = DayField(label=_("Held on"), required=True)


class MinutesForm(forms.Form):
    """What a meeting decided, project by project."""

    version = VersionField()
    number = forms.CharField(label=_("Number of the minutes"), max_length=60)
    held_on = DayField(label=_("Held on"), required=True)
    minutes = forms.FileField(label=_("Minutes"))

    def __init__(
        self,
        *args: Any,
        items: list[Any],
        hindrances: Mapping[int, Sequence[Hindrance]],
        has_minutes: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.items, self.hindrances = items, hindrances
        self.fields["minutes"].required = not has_minutes
        for item in items:
            self.fields[f"outcome-{item.pk}"] = forms.ChoiceField(
                label=item.step.project.name,
                choices=[("", _("Please choose")), *(one.offered for one in MeetingDecision.outcomes)],
            )
            for name, label in COUNTED.items():
                self.fields[f"{name}-{item.pk}"] = forms.IntegerField(
                    label=label, required=False, min_value=0, max_value=999
                )
            self.fields[f"note-{item.pk}"] = forms.CharField(label=_("Note"), required=False, max_length=2000)
            for one in self._in_principle(item):
                self.fields[f"{one.reason_field}-{item.pk}"] = forms.CharField(
                    label=reason_label(one), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
                )

    def _in_principle(self, item: Any) -> list[Hindrance]:
        return [one for one in self.hindrances.get(item.pk, ()) if one.in_principle]

    def rows(self) -> list[dict[str, Any]]:
        """The agenda as the page shows it: each project with its fields, and what stands against approving it."""
        return [
            {
                "item": item,
                "outcome": self[f"outcome-{item.pk}"],
                "note": self[f"note-{item.pk}"],
                "votes": [self[f"{name}-{item.pk}"] for name in COUNTED],
                "counted": votes_of(item),
                "reasons": [self[f"{one.reason_field}-{item.pk}"] for one in self._in_principle(item)],
                "stands_against": [one for one in self.hindrances.get(item.pk, ()) if not one.in_principle],
            }
            for item in self.items
        ]

    def departures(self) -> dict[int, dict[str, str]]:
        """Item id to the reasons given, each under what it departs from."""
        return {
            item.pk: {
                one.key: reason
                for one in self._in_principle(item)
                if (reason := self.cleaned_data.get(f"{one.reason_field}-{item.pk}"))
            }
            for item in self.items
        }

    def votes(self) -> dict[int, Votes]:
        """Item id to the votes, where any were entered; what was left empty is none."""
        data, found = self.cleaned_data, {}
        for item in self.items:
            given = {name: data.get(f"{name}-{item.pk}") for name in COUNTED}
            if any(one is not None for one in given.values()):
                found[item.pk] = Votes(**{name: one or 0 for name, one in given.items()})
        return found

    def outcomes(self) -> dict[int, tuple[str, str]]:
        """Item id to (outcome, note)."""
        data = self.cleaned_data
        return {item.pk: (data.get(f"outcome-{item.pk}", ""), data.get(f"note-{item.pk}", "")) for item in self.items}
