"""The words of the vocabulary for keys that rows keep: steps, authorities, units, states, actions."""

from __future__ import annotations

from django.utils.translation import gettext as _

from jurisdictions.rules import vocabulary
from workflow import stages


def word(key: str) -> str:
    """The word a screen shows for a key; what is no key is shown as it is."""
    return str(stages.words().get(key, key))


def limit(amount: int | None, unit: str, kind: str = "within", opens: tuple[int, str] | None = None) -> str:
    """A time limit in words: 15 working days, at least 3 months, from 6 months to 1 year after."""
    if amount is None:
        return _("fixed day")
    length = _length(amount, unit)
    if kind == "not_before":
        return _("at least %(length)s") % {"length": length}
    if kind == "window" and opens is not None:
        return _("from %(opens)s to %(length)s") % {"opens": _length(*opens), "length": length}
    return length


def _length(amount: int, unit: str) -> str:
    return _("%(amount)s %(unit)s") % {"amount": amount, "unit": vocabulary.UNITS.get(unit, unit)}


def event(key: str) -> str:
    """The event a deadline counts from: a step done, or its papers handed in."""
    if key.endswith("_submitted"):
        return _("%(step)s handed in") % {"step": word(key.removesuffix("_submitted"))}
    return _("%(step)s done") % {"step": word(key)} if key else ""
