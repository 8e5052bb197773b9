"""Years as the library and the fixture files give them, ready to be stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from jurisdictions.rules.yaml_text import read_yaml

from .national import GUESSED_YEARS, guessed_days, published_days, published_years

LIBRARY = "chinesecalendar"
GUESS = "holidays"


class CalendarFileError(Exception):
    """A calendar file that cannot be used: names the file, the place and the reason."""


@dataclass(frozen=True)
class YearArrangement:
    """A year's days that differ from Monday to Friday, or bear a name."""

    year: int
    published: bool
    source: str
    days: dict[date, tuple[bool, str]]


def read_year(path: Path) -> YearArrangement:
    """Read a file `{year, published, source, days: {2027-01-01: {working: false, name: 元旦}}}`."""
    document = read_yaml(path.read_text(encoding="utf-8"))

    def fail(place: str, reason: str) -> CalendarFileError:
        return CalendarFileError(f"{path}: {place}: {reason}")

    for _place, line, message in document.errors:
        raise fail(str(line), message)
    data: Any = document.data
    if not isinstance(data, dict) or set(data) != {"year", "published", "source", "days"}:
        raise fail("(file)", _("must hold exactly year, published, source and days"))
    year, days = data["year"], data["days"]
    if isinstance(year, bool) or not isinstance(year, int) or not isinstance(data["published"], bool):
        raise fail("year, published", _("must be a year and true or false"))
    if not isinstance(data["source"], str) or not isinstance(days, dict):
        raise fail("source, days", _("must be text and a mapping of days"))
    found: dict[date, tuple[bool, str]] = {}
    for day, entry in days.items():
        if not isinstance(day, date) or day.year != year:
            raise fail(f"days.{day}", _("is no day of %d") % year)
        if not isinstance(entry, dict) or not set(entry) <= {"working", "name"}:
            raise fail(f"days.{day}", _("must hold working and name"))
        working, name = entry.get("working"), entry.get("name", "")
        if not isinstance(working, bool) or not isinstance(name, str):
            raise fail(f"days.{day}", _("working must be true or false, name text"))
        found[day] = (working, name)
    return YearArrangement(year, data["published"], data["source"], found)


def library_years() -> list[YearArrangement]:
    """Every published year of the library, and a guess at the years that follow."""
    days = published_days()
    years = [
        YearArrangement(year, True, LIBRARY, {day: value for day, value in days.items() if day.year == year})
        for year in published_years()
    ]
    last = published_years()[-1]
    coming = range(last + 1, last + 1 + GUESSED_YEARS)
    return years + [YearArrangement(year, False, GUESS, guessed_days(year)) for year in coming]
