"""Counties by the code that stands in an address, known for half a minute."""

from __future__ import annotations

import time

from jurisdictions.models import County

COUNTY_SECONDS = 30
_COUNTIES: dict[str, tuple[float, County]] = {}


def county_by_code(code: str) -> County | None:
    """The county of an address, None when none in use has it. Known for half a minute."""
    now = time.monotonic()
    known = _COUNTIES.get(code)
    if known is not None and now - known[0] < COUNTY_SECONDS:
        return known[1]
    found = County.objects.filter(code=code, is_active=True).first()
    if found is None:
        _COUNTIES.pop(code, None)
    else:
        _COUNTIES[code] = (now, found)
    return found


def forget_counties() -> None:
    """Look counties up anew, after one was changed."""
    _COUNTIES.clear()
