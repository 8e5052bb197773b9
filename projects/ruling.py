"""A project's rules: the version that governs it, its facts as the rules ask for them, and the route they give."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from jurisdictions.models import County, RuleVersion
from jurisdictions.rules.facts import Facts
from jurisdictions.rules.route import Route
from jurisdictions.rules.ruleset import Ruleset
from jurisdictions.versions import compiled
from workflow.clocks.clock import today

if TYPE_CHECKING:
    from projects.models import Project


def ruleset_of(version: RuleVersion) -> Ruleset:
    """The rules of a stored version, read once a process."""
    return compiled(version.digest)


def version_on(county: County, day: dt.date) -> RuleVersion:
    """The version of a county in force on a day; where none is, the newest. Raises `RuleVersion.DoesNotExist`."""
    return RuleVersion.objects.on(county, day)


def own_facts_of(project: Project, rules: Ruleset) -> dict[str, Any]:
    """The kept facts as the rules ask for them; no query where the rules have none of their own."""
    if not rules.spaces.own:
        return {}
    found = {fact.key: fact.value for fact in project.own_facts.all() if fact.key in rules.spaces.own}
    return {key: Decimal(value) if type(value) is int else value for key, value in found.items()}


def facts_of(project: Project, **changed: Any) -> Facts | None:
    """The facts of a project as the rules ask for them; None while no amount is entered."""
    rules = ruleset_of(project.rule_version)
    raw = {**project.facts(), **own_facts_of(project, rules), **changed}
    return rules.read_facts(raw) if raw.get("investment") is not None else None


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
