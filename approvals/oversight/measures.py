"""What the county's rules say of the course of the works: who is told, who orders, what may follow."""

from __future__ import annotations

from typing import Any

from jurisdictions.rules.schema import Measure
from jurisdictions.rules.vocabulary import AS_CONCERNED
from projects.ruling import ruleset_of

REPORTED, ORDERED, DEVIATION = "reported", "ordered", "deviation"


def measure_beginning(project: Any, begins: str) -> Measure | None:
    """The measure of a project's rules that begins so; None where they say nothing."""
    return next((one for one in _measures(project) if one.begins == begins), None)


def measure_named(project: Any, key: str) -> Measure | None:
    """The measure of a key; None where the project's rules have none."""
    return next((one for one in _measures(project) if one.key == key), None)


def deviation_of(project: Any) -> Measure | None:
    """What the rules say of a milestone that is not kept."""
    return measure_beginning(project, DEVIATION)


def orders(measure: Measure) -> tuple[str, ...]:
    """Whose offices may order a correction (authorities); empty: every office that decides anything here."""
    named = (measure.authority, *measure.participants) if measure.authority else tuple(measure.participants)
    return () if AS_CONCERNED in named else tuple(one for one in named if one)


def _measures(project: Any) -> list[Measure]:
    return list(ruleset_of(project.rule_version).rules.supervision) if project.rule_version else []
