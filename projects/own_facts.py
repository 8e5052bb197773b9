"""The facts that only a county's own rules ask for: typed in the declaration, kept in columns of their type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jurisdictions.rules.ruleset import Ruleset
from projects.declaring.setting import own_typed
from projects.models import Project, ProjectFact


def keep_own_facts(project: Project, content: Mapping[str, Any], rules: Ruleset) -> None:
    """Bring the kept facts in line with what was typed; what the rules do not ask for any more goes."""
    space = rules.spaces.own
    kept = ProjectFact.objects.filter(project=project)
    kept.exclude(key__in=space).delete()
    if not space:
        return
    for key, value in own_typed(content, space):
        spec = space[key]
        column = "yes_no" if spec.kind == "flag" else "choice" if spec.kind == "choice" else _number_column(spec.whole)
        ProjectFact.objects.update_or_create(
            project=project, key=key, defaults={column: int(value) if column == "count" else value}
        )


def _number_column(whole: bool) -> str:
    return "count" if whole else "amount"
