"""Laying a project's route, and laying it anew when its facts change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.actors import SYSTEM, Actor
from jurisdictions.rules.route import OUR_WARNINGS, Route
from jurisdictions.rules.shapes import cite
from projects.declaring.setting import YES
from projects.models import Project
from projects.ruling import facts_of, route_of, ruleset_of
from workflow.clocks import foreseen
from workflow.filings.content import text_at
from workflow.models import Occasion, Step
from workflow.route.steps import RouteChange, sync_steps
from workflow.trail import audit

# Warnings of a project that name a case of the negative list.
NOT_SUPPORTED = "negative-"


def with_cases(project: Project, content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The project's warnings, the declared cases among them that the rules do not support in principle."""
    facts = facts_of(project)
    items = ruleset_of(project.rule_version).negative_items_for(facts) if facts is not None else []
    return [
        *(one for one in project.route_notices if not one["key"].startswith(NOT_SUPPORTED)),
        *(
            {"key": f"{NOT_SUPPORTED}{item.key}", "articles": cite(item.articles), "text": item.text}
            for item in items
            if item.in_principle and text_at(content, f"negative-{item.key}-answer") == YES
        ),
    ]


def _notices_kept(route: Route) -> list[dict[str, Any]]:
    """A route's notices as the project keeps them; the program's own sentences are made for who reads them."""
    return [
        {
            "key": notice.key,
            "articles": list(notice.articles),
            "text": "" if notice.key in OUR_WARNINGS else notice.text,
        }
        for notice in route.notices
    ]


def sync_route(*, actor: Actor, project: Project) -> RouteChange:
    """Lay the project's route by its own version and facts, or lay it anew; keep the notices; audit the difference.

    Done steps stay done. Raises `Refusal` when no office carries a duty the route needs.
    """
    route = route_of(project, project.routed_on)
    change = sync_steps(actor=SYSTEM, project=project, route=route)
    notices = [*_notices_kept(route), *(one for one in project.route_notices if one["key"].startswith(NOT_SUPPORTED))]
    first = not change.kept
    if notices != project.route_notices:
        project.route_notices = notices
        Project.objects.filter(pk=project.pk).update(route_notices=notices)
    if first and change.added:
        foreseen.keep(project=project, steps=list(Step.objects.filter(project=project)), occasion=Occasion.ROUTE)
    if first or change.added or change.dropped:
        audit.entry(
            actor=actor,
            action="project.route" if first else "project.reroute",
            record=project,
            project=project,
            new={"facts": route.facts.as_dict(), "added": change.added, "dropped": change.dropped},
            rule_version=str(project.rule_version),
        )
    return change
