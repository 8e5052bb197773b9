"""The words of the vocabulary for keys that rows keep: steps, authorities, units, states, actions."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.roles import Role
from jurisdictions.rules import vocabulary
from workflow.models import DeadlineState, Duty, StepState

# What a deadline may be about that is no step.
_MORE: dict[str, str | Promise] = {
    "authority": gettext_lazy("Handling office"),
    "county": gettext_lazy("County"),
    "system": gettext_lazy("System timer"),
    "reserve_expiry": gettext_lazy("End of the reserve's validity"),
    "call_closing": gettext_lazy("Closing of the annual call"),
    "opinion": gettext_lazy("Opinion of a joint review"),
    "owner_revision": gettext_lazy("Correction by the unit"),
}
_KNOWN: dict[str, str | Promise] = {
    **dict(StepState.choices),
    **dict(DeadlineState.choices),
    **dict(Duty.choices),
    **dict(Role.choices),
    **vocabulary.STEPS,
    **vocabulary.AUTHORITIES,
    **_MORE,
}


def name(key: str, label: str | Promise) -> None:
    """Register the word for a key of an app above."""
    _KNOWN[key] = label


def word(key: str) -> str:
    """The word a screen shows for a key; what is no key is shown as it is."""
    return str(_KNOWN.get(key, key))


def limit(amount: int | None, unit: str) -> str:
    """A time limit in words: 15 working days."""
    if amount is None:
        return _("fixed day")
    return _("%(amount)s %(unit)s") % {"amount": amount, "unit": vocabulary.UNITS.get(unit, unit)}


def event(key: str) -> str:
    """The event a deadline counts from: a step done, or its papers handed in."""
    if key.endswith("_submitted"):
        return _("%(step)s handed in") % {"step": word(key.removesuffix("_submitted"))}
    return _("%(step)s done") % {"step": word(key)} if key else ""
