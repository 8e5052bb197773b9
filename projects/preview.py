"""The route that the rules would give for what is typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.models import Office
from jurisdictions.rules.route import RouteStep
from jurisdictions.rules.ruleset import Ruleset
from jurisdictions.rules.vocabulary import STEPS
from projects.declaring.setting import facts_typed
from projects.models import Declaration, Project
from projects.ruling import route_of, ruleset_of
from workflow.clocks.clock import today
from workflow.desk.words import event, limit
from workflow.route.offices import offices_by_authority


def preview_of(declaration: Declaration, content: Mapping[str, Any]) -> dict[str, Any]:
    """The route the rules would give for what is typed, with offices and statutory days; empty without an amount."""
    project = declaration.project
    rules = ruleset_of(project.rule_version)
    facts = facts_typed(
        content,
        owner_kind=project.owner_unit.owner_kind,
        own=rules.spaces.own,
        importance=project.importance or None,
    )
    if not facts.investment:
        return {"steps": [], "notices": [], "facts": facts}
    route = route_of(facts, today(), rules=rules)
    offices = offices_by_authority()
    steps = [_preview_step(step, project, rules, offices) for step in route.steps]
    return {"steps": steps, "notices": route.notices, "facts": facts, "skipped": route.skipped}


def _preview_step(step: RouteStep, project: Project, rules: Ruleset, offices: Mapping[str, Office]) -> dict[str, Any]:
    if step.authority == "owner":
        office = project.owner_unit.name
    elif step.authority in offices:
        office = offices[step.authority].name
    else:
        office = rules.authority_name(step.authority)
    return {
        "label": str(step.name or STEPS[step.key]),
        "office": office,
        "others": [rules.authority_name(key) for key in step.participants],
        "articles": step.articles,
        "text": step.text,
        "phase": step.phase,
        "deadlines": [
            {
                "party": rules.authority_name(one.party) if one.party not in ("owner", "authority") else one.party,
                "limit": limit(one.amount, one.unit),
                "after": event(one.after),
                "articles": one.articles,
            }
            for one in step.deadlines
        ],
    }
