"""All counties' rules by version and day: from the database, or straight from the files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from pathlib import Path

from django.utils.translation import gettext as _

from .loader import load_path
from .ruleset import Ruleset
from .schema import RuleFile

# Compiled versions a process keeps; the one not asked for longest leaves first.
KEPT = 128


class UnknownCounty(LookupError):
    """No rules are loaded for this county."""


@dataclass
class _Version:
    county: str
    number: int
    build: Callable[[], Ruleset]

    @property
    def ruleset(self) -> Ruleset:
        return self.build()


class RuleRegistry:
    """The rule versions of every county; a version is compiled when it is first asked."""

    def __init__(self, versions: Iterable[_Version]) -> None:
        self._versions: dict[str, list[_Version]] = {}
        for version in sorted(versions, key=lambda version: version.number, reverse=True):
            self._versions.setdefault(version.county, []).append(version)

    @classmethod
    def of(cls, rulesets: Iterable[Ruleset]) -> RuleRegistry:
        """A registry of rulesets at hand."""
        return cls(_Version(one.county, one.version, partial(_itself, one)) for one in rulesets)

    @classmethod
    def from_files(cls, paths: Iterable[Path] | None = None) -> RuleRegistry:
        """The rules of files (default: all of `fixtures/rules`). Raises `RuleFileError` for a faulty one."""
        return cls.of(Ruleset.from_result(load_path(path)) for path in (paths or rule_paths()))

    @classmethod
    def from_database(cls) -> RuleRegistry:
        """The stored versions; their content is read and compiled when first asked."""
        from jurisdictions.models import RuleVersion

        rows = RuleVersion.objects.order_by().values_list("county__code", "number", "digest")
        return cls(_Version(code, number, partial(compiled, digest)) for code, number, digest in rows)

    @property
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
                return version.ruleset
        return self.newest(county)

    def _of(self, county: str) -> list[_Version]:
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


@lru_cache(maxsize=KEPT)
def compiled(digest: str) -> Ruleset:
    """The stored version of this digest, ready to be asked; its content is read on first use only.

    A stored version was checked when it was loaded and never changes. Raises `RuleVersion.DoesNotExist`.
    """
    from jurisdictions.models import RuleVersion

    content = RuleVersion.objects.filter(digest=digest).order_by("pk").values_list("content", flat=True)[:1].get()
    return Ruleset(RuleFile.model_validate(content), digest=digest)


_kept: tuple[tuple[object, ...], RuleRegistry] | None = None


def current_registry() -> RuleRegistry:
    """The registry of the database, kept in memory until a version is added (one cheap query a call)."""
    global _kept
    from django.db.models import Count, Max

    from jurisdictions.models import RuleVersion

    row = RuleVersion.objects.aggregate(number=Count("pk"), last=Max("pk"))
    stamp = (row["number"], row["last"])
    if _kept is None or _kept[0] != stamp:
        _kept = (stamp, RuleRegistry.from_database())
    return _kept[1]
