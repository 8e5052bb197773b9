"""The nation's days from a kept library: exact where published, a marked guess elsewhere."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from .days import DayInfo, WorkingCalendar

#: How many years past the last published one are seeded as a guess.
GUESSED_YEARS = 10

#: Chinese names of the library's days.
_NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "Mid-autumn Festival": "中秋节",
    "National Day": "国庆节",
    "Anti-Fascist 70th Day": "抗战胜利70周年纪念日",
}


@lru_cache(maxsize=1)
def published_years() -> range:
    """The years whose arrangement the library holds exactly."""
    import chinese_calendar

    years = [day.year for day in chinese_calendar.holidays]
    return range(min(years), max(years) + 1)


@lru_cache(maxsize=1)
def published_days() -> dict[date, tuple[bool, str]]:
    """Every named day of the published years: (worked?, name); a make-up day bears its festival's name."""
    import chinese_calendar

    years = published_years()
    days = {day: (False, _NAMES.get(name, name)) for day, name in chinese_calendar.holidays.items()}
    days.update({day: (True, _NAMES.get(name, name)) for day, name in chinese_calendar.workdays.items()})
    return {day: value for day, value in sorted(days.items()) if day.year in years}


@lru_cache(maxsize=64)
def guessed_days(year: int) -> dict[date, tuple[bool, str]]:
    """A guess at a year's public holidays; the exchange of days only the arrangement brings."""
    import holidays

    found = holidays.country_holidays("CN", years=year, language="zh_CN")
    days = {day: (False, found[day]) for day in sorted(found) if day.year == year}
    days.update({day: (True, "") for day in found.weekend_workdays if day.year == year})
    return days


class GuessedCalendar:
    """Monday to Friday without the guessed public holidays; never certain."""

    def _of(self, day: date) -> WorkingCalendar:
        return _guessed_year(day.year)

    def is_working(self, day: date) -> bool:
        return self._of(day).is_working(day)

    def is_provisional(self, day: date) -> bool:
        return True

    def describe(self, day: date) -> DayInfo:
        return self._of(day).describe(day)


@lru_cache(maxsize=64)
def _guessed_year(year: int) -> WorkingCalendar:
    return WorkingCalendar(guessed_days(year), frozenset(), frozenset({year}))


@lru_cache(maxsize=1)
def national_calendar() -> WorkingCalendar:
    """The nation's calendar as the library knows it."""
    years = frozenset(published_years())
    return WorkingCalendar(published_days(), years, years, GuessedCalendar())
