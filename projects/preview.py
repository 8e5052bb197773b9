"""The route that the rules would give for what is typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.models import Office
from jurisdictions.rules.route import RouteStep
from jurisdictions.rules.ruleset import Ruleset
from jurisdictions.rules.vocabulary import STEPS
from projects.declaring.setting import facts_typed
from projects.models import Declaration
from projects.ruling import route_of, ruleset_of
from workflow.clocks.clock import today
from workflow.desk.words import event, limit
from workflow.route.offices import offices_by_authority


def preview_of(declaration: Declaration, content: Mapping[str, Any]) -> dict[str, Any]:
    """The route the rules would give a declaration for what is typed."""
    project = declaration.project
    rules = ruleset_of(project.rule_version)
    return preview(content, rules=rules, owner=project.owner_unit, importance=project.importance or None)


def preview(
    content: Mapping[str, Any], *, rules: Ruleset, owner: Office, importance: str | None = None
) -> dict[str, Any]:
    """The route the rules would give for what is typed, with offices and statutory days; empty without an amount."""
    facts = facts_typed(content, owner_kind=owner.owner_kind, own=rules.spaces.own, importance=importance)
    if not facts.investment:
        return {"steps": [], "notices": [], "facts": facts}
    route = route_of(facts, today(), rules=rules)
    offices = offices_by_authority()
    steps = [_preview_step(step, owner, rules, offices) for step in route.steps]
    return {"steps": steps, "notices": route.notices, "facts": facts, "skipped": route.skipped}


def _preview_step(step: RouteStep, owner: Office, rules: Ruleset, offices: Mapping[str, Office]) -> dict[str, Any]:
    if step.authority == "owner":
        office = owner.name
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
