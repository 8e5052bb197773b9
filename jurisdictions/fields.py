"""Form fields for amounts (typed in 元 or 万元, kept as exact Decimal yuan) and for days; whole numbers."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from jurisdictions.amounts import FACTORS, Unclear, read_yuan
from jurisdictions.rules.facts import FactError
from jurisdictions.rules.questions import read_day

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)


def whole(text: str | None) -> int | None:
    """A number of a record or page as it stands in an address or form; None for what is none (at most 18 digits)."""
    text = text or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def version_shown(post: QueryDict) -> int | None:
    """The version that the page showed, None where it names none; what cannot be read is a version there never was."""
    text = post.get("version")
    number = whole(text)
    return -1 if number is None and text is not None else number


def known_day(value: Any) -> date:
    """The day written as 2026-03-02, in the years the program knows. Raises `ValidationError` with the rules' words."""
    try:
        day = read_day("day", value)
    except FactError as error:
        raise ValidationError(error.message) from error
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValidationError(_("The day must lie between 2000 and 2099."))
    return day


class AmountField(forms.Field):
    """An amount typed in ``unit`` (``yuan`` or ``wan``); the cleaned value is Decimal yuan with two places.

    Reads what `jurisdictions.amounts` reads; refuses a negative amount (unless ``min_value=None``) and more than a
    fen's precision.
    """

    widget = forms.TextInput
    default_error_messages = {
        "min_value": _("The amount must not be negative."),
        "max_digits": _("The amount is too large. Is the unit right?"),
        "max_decimal_places": _("Yuan have at most two decimals (ten thousand yuan: six)."),
    }

    def __init__(
        self,
        *,
        unit: str = "yuan",
        min_value: Decimal | None = Decimal(0),
        max_digits: int = 16,
        **kwargs: Any,
    ) -> None:
        self.unit = unit
        self.factor = FACTORS[unit]
        self.lowest = min_value
        self.most_digits = max_digits
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Decimal | None:
        """Read what was typed as yuan."""
        if value in self.empty_values:
            return None
        if isinstance(value, Decimal):
            return value
        if not str(value).strip():
            return None
        try:
            return read_yuan(str(value), unit=self.unit)
        except Unclear as problem:
            raise ValidationError(str(problem), code="invalid") from problem

    def validate(self, value: Any) -> None:
        """Refuse amounts below the lowest, too large, or finer than a fen."""
        super().validate(value)
        if value is None:
            return
        if self.lowest is not None and value < self.lowest:
            raise ValidationError(self.error_messages["min_value"], code="min_value")
        if abs(value) >= Decimal(10) ** (self.most_digits - 2):
            raise ValidationError(self.error_messages["max_digits"], code="max_digits")
        if value != value.quantize(Decimal("0.01")):
            raise ValidationError(self.error_messages["max_decimal_places"], code="max_decimal_places")

    def clean(self, value: Any) -> Decimal | None:
        """Return yuan with two places, or None."""
        amount = super().clean(value)
        return None if amount is None else Decimal(amount).quantize(Decimal("0.01"))

    def prepare_value(self, value: Any) -> Any:
        """Show yuan in the field's unit; show what was typed as it was typed."""
        if not isinstance(value, Decimal):
            return value
        text = f"{value / self.factor:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Let the page read the amount back as it is typed."""
        return {"inputmode": "decimal", "autocomplete": "off", "data-amount": self.unit}


class DayField(forms.CharField):
    """A day written as 2026-03-02; the cleaned value is a date or None."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **kwargs)

    def clean(self, value: Any) -> Any:
        """Raises the rules' own sentence for what is no day."""
        text = super().clean(value)
        return known_day(text) if text else None


class VersionField(forms.IntegerField):
    """The version of the record that the page showed, sent back unseen."""

    def __init__(self, **kwargs: Any) -> None:
        missing = _("The page did not say what it showed. Please reload it and send it again.")
        kwargs.setdefault("label", _("Version of the page"))
        kwargs.setdefault("error_messages", {"required": missing, "invalid": missing})
        super().__init__(widget=forms.HiddenInput, **kwargs)
