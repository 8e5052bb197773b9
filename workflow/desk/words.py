"""The words of the vocabulary for keys that rows keep: steps, authorities, units, states, actions."""

from __future__ import annotations

from django.utils.translation import gettext as _

from jurisdictions.rules import vocabulary
from workflow import stages


def word(key: str) -> str:
    """The word a screen shows for a key; what is no key is shown as it is."""
    return str(stages.words().get(key, key))


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
