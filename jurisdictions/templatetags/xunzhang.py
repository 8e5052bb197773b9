"""Template filters and tags for money, days, articles and form controls.

Amounts are exact ``Decimal`` yuan; 万元 is only a way of showing them. Dates of law are dates in
Asia/Shanghai, so an aware moment is turned into that zone before its day is shown.
"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from html import escape
from typing import Any

from django import forms, template
from django.forms import BoundField
from django.utils.formats import date_format
from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext

from jurisdictions import citing
from jurisdictions.calendars.zone import SHANGHAI, day_of

register = template.Library()

YUAN_PER_WAN = Decimal(10_000)
# From how many days left on a clock is near, by what it counts; longer clocks and fixed days are near a month before.
SOON_DAYS = {"working_day": 3, "day": 5}
SOON_AT_MOST = 30


def _decimal(value: Any) -> Decimal | None:
    """Return ``value`` as an exact decimal, None when empty; a float is a defect and raises TypeError."""
    if value is None or value == "":
        return None
    if isinstance(value, float):
        raise TypeError("Money is a Decimal in yuan, never a float.")
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def _plain(amount: Decimal) -> str:
    """Write a decimal with thousands separators and without trailing zeros, never rounded."""
    text = f"{amount:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@register.filter
def wan(value: Any) -> str:
    """Show yuan as 万元, exact: ``Decimal("1234567.89")`` is ``123.456789``."""
    amount = _decimal(value)
    return "" if amount is None else _plain(amount / YUAN_PER_WAN)


@register.filter
def yuan(value: Any) -> str:
    """Show yuan with thousands separators; the fen only where there are any: ``600,000``, ``600,000.50``."""
    amount = _decimal(value)
    if amount is None:
        return ""
    if amount == amount.to_integral_value():
        return f"{amount.to_integral_value():,f}"
    text = _plain(amount)
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.ljust(2, '0')}"


@register.filter
def readback(value: Any) -> str:
    """Read an amount in yuan back in both units: ``600,000 元 = 60 万元``."""
    amount = _decimal(value)
    if amount is None:
        return ""
    return gettext("%(yuan)s yuan = %(wan)s ten thousand yuan") % {"yuan": yuan(amount), "wan": wan(amount)}


def _local_day(value: date) -> date:
    if isinstance(value, datetime):
        return day_of(value) if value.tzinfo else value.date()
    return value


@register.filter
def name_on(somebody: Any, moment: datetime | None) -> str:
    """The name that a person or an office had at a moment; nothing for nobody."""
    return str(somebody.name_on(moment)) if somebody else ""


@register.filter
def in_name_of(name: str, other: str | None) -> str:
    """Who did something, and in whose name where they stood in for somebody: 李四代王五."""
    return gettext("%(name)s for %(other)s") % {"name": name, "other": other} if other else name


@register.filter
def day(value: date | None) -> str:
    """Write a day out: 2026年11月22日, in English 22 November 2026."""
    if not isinstance(value, date):
        return ""
    local = _local_day(value)
    if (get_language() or "").startswith("zh"):
        return f"{local.year}年{local.month}月{local.day}日"
    return date_format(local, "j F Y")


@register.filter
def shortday(value: date | None) -> str:
    """Write a day for a table: 2026-11-22."""
    return _local_day(value).isoformat() if isinstance(value, date) else ""


@register.filter
def moment(value: datetime | None) -> str:
    """Write a moment in Asia/Shanghai for a table: 2026-11-22 14:03."""
    if not isinstance(value, datetime):
        return shortday(value)
    local = value.astimezone(SHANGHAI) if value.tzinfo else value
    return local.strftime("%Y-%m-%d %H:%M")


@register.filter
def clock(value: datetime | None) -> str:
    """Write the time of day in Asia/Shanghai: 14:03."""
    if not isinstance(value, datetime):
        return ""
    return (value.astimezone(SHANGHAI) if value.tzinfo else value).strftime("%H:%M")


@register.filter
def daysleft(left: int | str | None, unit: str = "working_day") -> str:
    """Say how many days are left in words: working days where the clock counts them, else days of the calendar."""
    if left is None or left == "":
        return gettext("the regulation sets no time limit")
    number = int(left)
    if number == 0:
        return gettext("due today")
    count = abs(number)
    if unit != "working_day":
        if number > 0:
            return ngettext("%(n)s day left", "%(n)s days left", count) % {"n": count}
        return ngettext("%(n)s day overdue", "%(n)s days overdue", count) % {"n": count}
    if number > 0:
        return ngettext("%(n)s working day left", "%(n)s working days left", count) % {"n": count}
    return ngettext("%(n)s working day overdue", "%(n)s working days overdue", count) % {"n": count}


@register.filter
def waited(count: int) -> str:
    """Say for how many working days something has waited."""
    if not count:
        return gettext("arrived today")
    return ngettext("waiting for %(n)s working day", "waiting for %(n)s working days", count) % {"n": count}


@register.filter
def daysleft_tone(left: int | str | None, unit: str = "working_day") -> str:
    """Name the tone of a number of days left: ``bad`` overdue, ``warn`` where the day is near, else quiet."""
    if left is None or left == "":
        return "neutral"
    number = int(left)
    if number < 0:
        return "bad"
    return "warn" if number <= SOON_DAYS.get(unit, SOON_AT_MOST) else "info"


@register.simple_tag(takes_context=True)
def cite(
    context: Any, articles: Any, url: str = "", bare: Any = False, label: str = "", fold: Any = False
) -> SafeString:
    """Articles in words, each opening its text: `url` is the page of the rules they stand on (default: the county's).

    `bare`: without the word before them; `fold`: behind that word; `label` stands instead of their names. The version
    is the page's (`rules_version`), else the one in force.
    """
    if not articles:
        return SafeString("")
    return citing.in_line(_cited(context, articles, url, label), bare=bool(bare), fold=bool(fold))


@register.simple_tag(takes_context=True)
def cite_steps(context: Any, steps: Any, url: str = "") -> SafeString:
    """The articles of several steps behind one word, step by step."""
    return citing.by_steps((step["label"], _cited(context, step.get("articles"), url)) for step in steps)


def _cited(context: Any, articles: Any, url: str = "", label: str = "") -> list[citing.Cited]:
    page, _mark, query = (url or context.get("rules_url") or "").partition("?")
    if not url and context.get("rules_version"):
        query = f"version={context['rules_version']}"
    return citing.cited(as_list(articles), page=page, query=query, label=label)


@register.simple_tag
def options(choices: Iterable[tuple[Any, Any]], chosen: Any = "") -> SafeString:
    """The options of a select, value and label each, by hand: a county has hundreds of units."""
    wanted = str(chosen)
    return SafeString(  # nosec B703: every value is escaped
        "".join(
            f'<option value="{escape(str(value))}"{" selected" if str(value) == wanted else ""}>'
            f"{escape(str(label))}</option>"
            for value, label in choices
        )
    )


@register.filter
def as_list(value: Any) -> list[Any]:
    """Take a list as it is and a text as comma-separated entries, so that a component accepts both."""
    if not value:
        return []
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return list(value) if isinstance(value, Iterable) else [value]


@register.filter
def as_range(count: int | str) -> range:
    """Count to a number in a template loop."""
    return range(int(count))


CHOICE_WIDGETS = (forms.RadioSelect, forms.CheckboxSelectMultiple)


def _widget_class(widget: forms.Widget) -> str:
    """Pick Bootstrap's class for a widget."""
    if isinstance(widget, CHOICE_WIDGETS):
        return ""  # Django puts it on the group too; the stylesheet knows the boxes by their place
    if isinstance(widget, forms.CheckboxInput):
        return "form-check-input"
    if isinstance(widget, forms.Select):
        return "form-select"
    return "form-control"


@register.simple_tag
def control(field: BoundField, unit: str = "", extra_help: str = "", locked: bool = False) -> SafeString:
    """Render the control of a bound field with Bootstrap's class, its descriptions and its unit.

    ``unit`` is ``yuan`` or ``wan`` for an amount (read back as it is typed), else a plain suffix.
    """
    widget = field.field.widget
    classes = [_widget_class(widget), widget.attrs.get("class", "")]
    if field.errors and not isinstance(widget, CHOICE_WIDGETS):
        classes.append("is-invalid")
    attrs: dict[str, Any] = {"class": " ".join(classes).strip()} if any(classes) else {}
    described = [field.aria_describedby or ""]
    if extra_help:
        described.append(f"{field.auto_id}_extra")
    if unit in ("yuan", "wan"):
        if isinstance(widget, forms.NumberInput):
            # A number box hides what it cannot read and changes under the mouse wheel.
            widget.input_type = "text"
        attrs |= {"data-amount": unit, "inputmode": "decimal", "autocomplete": "off"}
        described.append(f"{field.auto_id}_readback")
    if any(described):
        attrs["aria-describedby"] = " ".join(part for part in described if part)
    if locked:
        attrs["disabled"] = True
    return field.as_widget(attrs=attrs)


@register.filter
def unit_of(field: BoundField, given: str = "") -> str:
    """Name the unit of a field: what the page says, else what an AmountField knows."""
    return given or getattr(field.field, "unit", "")


@register.filter
def at(mapping: Any, key: Any) -> Any:
    """Look a value up by its key."""
    return mapping.get(key)


@register.filter
def is_choice_group(field: BoundField) -> bool:
    """Whether the field shows several radio buttons or boxes and so needs a fieldset with a legend."""
    return isinstance(field.field.widget, CHOICE_WIDGETS)


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Whether the field is a single check box, whose label stands after it."""
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.simple_tag
def script_words() -> SafeString:
    """Hand the sentences that app.js shows to the page, in the language of the request."""
    return _script_words(get_language())


@lru_cache
def _script_words(language: str | None) -> SafeString:
    words = {
        "saving": gettext("Saving…"),
        "saved": gettext("Saved {time}"),
        "complete": gettext("{complete} of {total} sections complete"),
        "notKept": gettext("Could not save, and this computer keeps nothing: please do not close this page"),
        "notKeptOut": gettext(
            "Could not save, and this computer keeps nothing: please leave this page open and sign in in another window"
        ),
        "kept": gettext("Could not save; kept on this computer"),
        "restored": gettext("What you typed here and did not submit has been put back. Please check it."),
        "differs": gettext("This was changed since you last typed here. What you typed:"),
        "takeMine": gettext("Keep what I typed"),
        "throwAway": gettext("Discard what I typed"),
        "choose": gettext("Changed by a colleague too"),
        "goChoose": gettext("Choose"),
        "signIn": gettext("Sign in again"),
        "reload": gettext("Reload the page"),
        "unsaved": gettext("Not saved yet"),
        "stale": gettext("Someone else has changed this in the meantime. Your text is kept; please reload."),
        "offline": gettext("No connection. Please check the network and try again."),
        "forbidden": gettext("Your role does not allow this."),
        "missing": gettext("This is no longer here. Please go back and reload the list."),
        "toolarge": gettext("The file is too large. Please choose a smaller one."),
        "busy": gettext("Too many requests. Please wait a moment and try again."),
        "server": gettext("Something went wrong on our side. Nothing was changed; please try again."),
        "refused": gettext("The request was refused. Please check what you entered."),
        "looksYuan": gettext(
            "The unit here is ten thousand yuan. {value} ten thousand yuan is {yuan} yuan: is that right?"
        ),
        "looksWan": gettext("The unit here is yuan. Did you mean {value} ten thousand yuan?"),
        "readback": gettext("{yuan} yuan = {wan} ten thousand yuan"),
        "amountWords": gettext("“{text}” is no amount. Please write it in figures, as 680 or 680万元."),
        "amountSeveral": gettext("“{text}” holds more than one number. Please write one amount."),
        "amountSeparators": gettext(
            "“{text}” can be read in several ways. Please write it without commas, as 1.5 or 15."
        ),
        "wan": gettext("ten thousand yuan"),
        "yuan": gettext("yuan"),
        "sumAlone": gettext("The lines add up to {sum} {unit}."),
        "sumEqual": gettext("The lines add up to {sum} {unit}, as the total does."),
        "sumLess": gettext("The lines add up to {sum} {unit}, {gap} {unit} less than the total."),
        "sumMore": gettext("The lines add up to {sum} {unit}, {gap} {unit} more than the total."),
        "selected": gettext("{n} selected"),
        "working": gettext("Working…"),
        "copied": gettext("Address copied"),
        "citeKeys": gettext("Enter opens the text; the arrow keys go to the other articles cited on this page."),
        "close": gettext("Close"),
        "noResults": gettext("Nothing found"),
    }
    return json_script(words, "xz-words")
