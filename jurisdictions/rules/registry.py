"""All counties' rules by version and day."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from pathlib import Path

from django.utils.translation import gettext as _

from .loader import load_path
from .ruleset import Ruleset


class UnknownCounty(LookupError):
    """No rules are loaded for this county."""


@dataclass
class Version:
    """A version of a county's rules, built when first asked."""

    county: str
    number: int
    build: Callable[[], Ruleset]

    @property
    def ruleset(self) -> Ruleset:
        return self.build()


class RuleRegistry:
    """The rule versions of every county; a version is compiled when it is first asked."""

    def __init__(self, versions: Iterable[Version]) -> None:
        self._versions: dict[str, list[Version]] = {}
        for version in sorted(versions, key=lambda version: version.number, reverse=True):
            self._versions.setdefault(version.county, []).append(version)

    @classmethod
    def of(cls, rulesets: Iterable[Ruleset]) -> RuleRegistry:
        """A registry of rulesets at hand."""
        return cls(Version(one.county, one.version, partial(_itself, one)) for one in rulesets)

    @classmethod
    def from_files(cls, paths: Iterable[Path] | None = None) -> RuleRegistry:
        """The rules of files (default: all of `fixtures/rules`). Raises `RuleFileError` for a faulty one."""
        return cls.of(Ruleset.from_result(load_path(path)) for path in (paths or rule_paths()))

    @cached_property
    def counties(self) -> list[str]:
        """The codes of all counties that have rules, in alphabetical order."""
        return sorted(self._versions)

    def versions(self, county: str) -> list[Ruleset]:
        """All versions of a county, the newest first. Raises `UnknownCounty`."""
        return [version.ruleset for version in self._of(county)]

    def version(self, county: str, number: int) -> Ruleset:
        """One version. Raises `UnknownCounty` where the county has none of this number."""
        for version in self._of(county):
            if version.number == number:
                return version.ruleset
        raise UnknownCounty(_("“%(county)s” has no rule version %(number)d.") % {"county": county, "number": number})

    def newest(self, county: str) -> Ruleset:
        """The version with the highest number. Raises `UnknownCounty`."""
        return self._of(county)[0].ruleset

    def on(self, county: str, day: date) -> Ruleset:
        """The version in force on this day (the newest of several); when none is, the newest there is."""
        for version in self._of(county):
            if version.ruleset.in_force_on(day):
                return version.ruleset.on(day)
        return self.newest(county).on(day)

    def _of(self, county: str) -> list[Version]:
        try:
            return self._versions[county]
        except KeyError:
            raise UnknownCounty(
                _("There are no rules for “%(county)s”. Known: %(known)s.")
                % {"county": county, "known": ", ".join(self.counties)}
            ) from None


def rule_paths() -> list[Path]:
    """The rule files that come with the program."""
    from django.conf import settings

    return sorted((Path(settings.BASE_DIR) / "fixtures" / "rules").glob("*.yaml"))


def _itself(ruleset: Ruleset) -> Ruleset:
    return ruleset
