"""A project's rules: the version that governs it, its facts as the rules ask for them, and the route they give."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from jurisdictions.models import County, RuleVersion
from jurisdictions.rules.facts import Facts
from jurisdictions.rules.loader import load_data
from jurisdictions.rules.route import Route
from jurisdictions.rules.ruleset import Ruleset
from workflow.clock import today

if TYPE_CHECKING:
    from projects.models import Project

_LOADED: dict[str, Ruleset] = {}
KEPT = 64


def ruleset_of(version: RuleVersion) -> Ruleset:
    """The rules of a stored version, read once a process (versions never change)."""
    found = _LOADED.get(version.digest)
    if found is None:
        if len(_LOADED) >= KEPT:
            _LOADED.clear()
        result = load_data(version.content, file=str(version))
        found = Ruleset(result.require(), digest=version.digest)
        _LOADED[version.digest] = found
    return found


def version_on(county: County, day: dt.date) -> RuleVersion:
    """The version of a county in force on a day; where none is, the newest. Raises `RuleVersion.DoesNotExist`."""
    versions = RuleVersion.objects.filter(county=county).defer("content").order_by("-number")
    in_force = (
        versions.filter(in_force_from__lte=day)
        .filter(Q(in_force_until=None) | Q(in_force_until__gte=day))
        .exclude(status="draft_for_comment")
        .first()
    )
    found = in_force or versions.first()
    if found is None:
        raise RuleVersion.DoesNotExist(f"{county.code} has no rules")
    return found


def facts_of(project: Project, **changed: Any) -> Facts | None:
    """The facts of a project as the rules ask for them; None while no amount is entered."""
    raw = {**project.facts(), **changed}
    return Facts.parse(raw) if raw.get("investment") is not None else None


def route_of(subject: Project | Facts, on: dt.date | None = None, *, rules: Ruleset | None = None) -> Route:
    """The route the rules prescribe for a project (by its own version) or for facts (by `rules`), with reasons.

    `on` is the day in Asia/Shanghai that notices about the text itself refer to (default: today).
    Raises `ValueError` for a project without an amount.
    """
    if isinstance(subject, Facts):
        if rules is None:
            raise ValueError("facts alone do not name the rules")
        facts: Facts | None = subject
    else:
        facts = facts_of(subject)
        rules = rules or ruleset_of(subject.rule_version)
    if facts is None:
        raise ValueError("a route needs the total investment")
    return rules.route(facts, on or today())


def facts_asked(rules: Ruleset) -> frozenset[str]:
    """The facts that the rules ask about anywhere: a form asks for no others."""
    found: set[str] = set()

    def look(part: Any) -> None:
        if isinstance(part, dict):
            when = part.get("when")
            if isinstance(when, dict):
                found.update(when)
            for value in part.values():
                look(value)
        elif isinstance(part, list):
            for value in part:
                look(value)

    look(rules.rules.model_dump(mode="json"))
    return frozenset(found)
