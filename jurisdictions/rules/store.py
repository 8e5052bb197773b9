"""Storing rule files as immutable versions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from jurisdictions.models import County, RuleVersion

from .loader import LoadResult, RuleError, load_path


class VersionConflict(Exception):
    """A version number that is stored with other content already."""


@dataclass(frozen=True)
class Loaded:
    county: str
    number: int
    is_new: bool


@dataclass
class LoadOutcome:
    """What loading did: all errors of all files (then nothing is stored), or the versions."""

    errors: list[RuleError] = field(default_factory=list)
    versions: list[Loaded] = field(default_factory=list)


def load_files(paths: Iterable[Path]) -> LoadOutcome:
    """Check all files and store each as a version. Errors: nothing is stored.

    The same content again changes nothing; a stored number with other content raises `VersionConflict`.
    """
    results = [load_path(path) for path in paths]
    outcome = LoadOutcome(errors=[error for result in results for error in result.errors])
    if not outcome.errors:
        with transaction.atomic():
            outcome.versions = [store(result) for result in results]
    return outcome


@transaction.atomic
def store(result: LoadResult) -> Loaded:
    """Store one checked file. Raises `RuleFileError`, or `VersionConflict` for a changed version."""
    rules = result.require()
    part = rules.county
    county, _created = County.objects.update_or_create(
        code=part.code, defaults={"prefix": part.prefix, "name": part.name, "region": part.region}
    )
    number = rules.version
    stored = RuleVersion.objects.filter(county=county, number=number).values_list("digest", flat=True).first()
    if stored == result.digest:
        return Loaded(part.code, number, False)
    if stored is not None:
        raise VersionConflict(
            _("%(file)s: version %(number)d of %(county)s is stored with other content: take a new number.")
            % {"file": result.file, "number": number, "county": part.name}
        )
    force = rules.in_force
    RuleVersion.objects.create(
        county=county,
        number=number,
        title=rules.regulation.title,
        status=rules.status,
        in_force_from=force.from_ if force else None,
        in_force_until=force.until if force else None,
        governing_day=rules.governing_day,
        content=result.content,
        digest=result.digest,
    )
    return Loaded(part.code, number, True)
