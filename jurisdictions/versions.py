"""Rule versions in the database: stored from files, compiled when first asked, found by day."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import Count, Max
from django.utils.translation import gettext as _

from jurisdictions.models import County, RuleContent, RuleVersion
from jurisdictions.rules.loader import LoadResult, RuleError, load_path
from jurisdictions.rules.registry import RuleRegistry, Version
from jurisdictions.rules.ruleset import Ruleset
from jurisdictions.text_store import regulation_texts, store_texts


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
    texts = []
    for result in results:
        found, errors = regulation_texts(result)
        texts.append(found)
        outcome.errors += errors
    if not outcome.errors:
        with transaction.atomic():
            outcome.versions = [store(result) for result in results]
            for loaded, found in zip(outcome.versions, texts, strict=True):
                _store_texts(loaded, found)
    return outcome


def _store_texts(loaded: Loaded, texts: dict[str, str]) -> None:
    """Store a version's article texts. Raises `VersionConflict` where one is stored with other words."""
    version = RuleVersion.objects.get(county__code=loaded.county, number=loaded.number)
    other = store_texts(version, texts)
    if other:
        raise VersionConflict(
            _("%(county)s version %(number)d: these articles are stored with other words: %(articles)s.")
            % {"county": version.county.name, "number": version.number, "articles": ", ".join(other)}
        )
    # What was stored before texts were kept reads the same regulation: projects under it show its words too.
    for earlier in RuleVersion.objects.filter(county=version.county, title=version.title, texts=None):
        store_texts(earlier, texts)


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
    version = RuleVersion.objects.create(
        county=county,
        number=number,
        title=rules.regulation.title,
        status=rules.status,
        in_force_from=force.from_ if force else None,
        in_force_until=force.until if force else None,
        governing_day=rules.governing_day,
        digest=result.digest,
    )
    RuleContent.objects.create(version=version, content=result.content)
    return Loaded(part.code, number, True)


COLUMNS = [column.attname for column in RuleVersion._meta.concrete_fields]


def version_of(pk: int) -> RuleVersion:
    """A stored version, read once a process: it never changes. Raises `RuleVersion.DoesNotExist`."""
    return RuleVersion.from_db(DEFAULT_DB_ALIAS, COLUMNS, _row(pk))


@lru_cache(maxsize=settings.RULE_VERSIONS_KEPT)
def _row(pk: int) -> tuple[Any, ...]:
    return RuleVersion.objects.values_list(*COLUMNS).get(pk=pk)


@lru_cache(maxsize=settings.RULE_VERSIONS_KEPT)
def compiled(digest: str) -> Ruleset:
    """The stored version of this digest, ready to be asked; its content is read on first use only.

    A process keeps `RULE_VERSIONS_KEPT` of them; the one not asked for longest leaves first.

    A stored version was checked when it was loaded and never changes. Raises `RuleContent.DoesNotExist`.
    """
    contents = RuleContent.objects.filter(version__digest=digest).order_by("version_id")
    content = contents.values_list("content", flat=True)[:1].get()
    collecting = gc.isenabled()
    gc.disable()  # all that is made now is kept: looking through it for garbage takes a quarter of the time
    try:
        return Ruleset.from_content(content, digest=digest)
    finally:
        if collecting:
            gc.enable()


_kept: tuple[tuple[object, ...], RuleRegistry] | None = None


def current_registry() -> RuleRegistry:
    """The registry of the database, kept in memory until a version is added (one cheap query a call)."""
    global _kept
    row = RuleVersion.objects.aggregate(number=Count("pk"), last=Max("pk"))
    stamp = (row["number"], row["last"])
    if _kept is None or _kept[0] != stamp:
        _kept = (stamp, stored_registry())
    return _kept[1]


def stored_registry() -> RuleRegistry:
    """The stored versions; their content is read and compiled when first asked."""
    rows = RuleVersion.objects.order_by().values_list("county__code", "number", "digest")
    return RuleRegistry(Version(code, number, partial(compiled, digest)) for code, number, digest in rows)
