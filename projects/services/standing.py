"""Where a project stands, and how it ends."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from accounts.actors import SYSTEM, Actor
from projects.models import Project, ReserveEntry, ReserveState, Standing
from workflow.clocks import deadlines
from workflow.machines.runner import perform, perform_all
from workflow.models import StepState, WorkItem
from workflow.route.steps import ACTIVE, locked_steps
from workflow.trail import audit

# How a project ends, by the transition that ends it.
ENDINGS = {
    "refuse": Standing.REFUSED,
    "withdraw": Standing.WITHDRAWN,
    "expire": Standing.EXPIRED,
    "lapse": Standing.LAPSED,
    "terminate": Standing.TERMINATED,
    "complete": Standing.COMPLETED,
    "retire": Standing.RETIRED,
}


def record_standing(
    *, actor: Actor, project: Project, standing: Standing, action: str, articles: Iterable[str] = (), **facts: Any
) -> None:
    """Note a running project's new place, as the reserve, with what is known of it. `action` is the entry's."""
    before, project.standing = project.standing, standing
    changed = [name for name in facts if hasattr(project, name)]
    for name in changed:
        setattr(project, name, facts[name])
    project.save(update_fields=["standing", *changed])
    audit.entry(
        actor=actor,
        action=f"project.{action}",
        record=project,
        project=project,
        label=project.name,
        old={"standing": before},
        new={"standing": standing, **facts},
        articles=articles,
    )


def end_project(*, actor: Actor, project: Project, how: str, articles: Iterable[str] = (), **facts: Any) -> None:
    """End a project by one of `ENDINGS` and cancel what is left of it: steps, work, clocks, its place in the reserve.

    Raises what `perform` raises: `WrongState` for one that has ended already.
    """
    ending = ENDINGS[how]
    fields = {"ending": ending, "standing": ending}
    perform(project, how, actor=actor, articles=articles, fields=fields, **facts)
    left = [step for step in locked_steps(project) if step.state in (StepState.COMING, *ACTIVE)]
    perform_all(left, "cancel", actor=SYSTEM)
    WorkItem.objects.open().filter(project=project).update(closed_at=timezone.now())
    deadlines.cancel(actor=SYSTEM, project=project)
    reserve = ReserveEntry.objects.filter(project=project, state=ReserveState.VALID).first()
    if reserve is not None:
        perform(reserve, "remove", actor=SYSTEM)
