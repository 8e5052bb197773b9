"""What was read of a county, kept in memory for as long as nothing is written there.

Every write adds an entry to the county's audit chain in its own transaction, so the hash at the chain's end names the
state of the county's rows: what was read under it holds until the chain goes on. The end is read first; what is read
after it may be newer than it says, never older. What no entry tells of (a person's kept views, what they have read) is
never kept here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

from django.utils.translation import get_language

from workflow.clocks import clock

KEPT = 256  # results in a process: a page of a queue is some fifty kilobytes
Result = TypeVar("Result")

_kept: OrderedDict[Hashable, tuple[object, object]] = OrderedDict()


def while_unchanged(end: str, key: Hashable, read: Callable[[], Result]) -> Result:
    """What `read` gives, read anew where the county's chain has another `end`, on another day or by another calendar.

    `key` names county, office, role and person as far as the result depends on them, and what was asked for. A county
    without an entry keeps nothing.
    """
    if not end:
        return read()
    calendar, whole = clock.working_calendar(), (end, clock.today(), get_language(), key)
    found = _kept.get(whole)
    if found is None or found[0] is not calendar:
        found = (calendar, read())
        _kept[whole] = found
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return found[1]  # type: ignore[return-value]
