"""The course of the works in the demonstration: milestones, incidents, corrections, what follows from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from accounts.actors import Actor
from approvals.models import Matter, Milestone
from approvals.oversight import matters, milestones, sanctions
from projects.models import Project
from workflow.clocks.clock import today


def plan(actor: Actor, project: Project, rows: Mapping[str, Any], now: dt.date) -> None:
    """Milestones: name to days from the day of the story ("+9": from the day the demonstration is made) and a share."""
    for name, (days, percent) in rows.items():
        day = (now if isinstance(days, str) else today()) + dt.timedelta(days=int(days))
        milestones.plan(actor=actor, project=project, name=name, planned_on=day, percent=percent)


def reach(actor: Actor, project: Project, name: str, measures: str = "") -> None:
    """A milestone is reached today."""
    row = Milestone.objects.get(project=project, name=name)
    row.project = project
    milestones.reach(actor=actor, milestone=row, on=today(), measures=measures)


def report(actor: Actor, project: Project, said: Mapping[str, Any]) -> None:
    """The unit reports an incident of today."""
    matters.report(
        actor=actor, project=project, kind=said["kind"], title=said["title"], happened_on=today(), text=said["text"]
    )


def order(actor: Actor, project: Project, said: Mapping[str, Any]) -> None:
    """An office orders the open incident, or a fault that it found, to be put right."""
    due_on = today() + dt.timedelta(days=int(said["days"]))
    if "title" not in said:
        matters.order(actor=actor, matter=last_of(project), demand=said["demand"], due_on=due_on)
        return
    matters.order_anew(
        actor=actor,
        project=project,
        kind=said["kind"],
        title=said["title"],
        text=said["text"],
        demand=said["demand"],
        due_on=due_on,
    )


def answer(actor: Actor, project: Project, text: str) -> None:
    """The unit reports what it put right."""
    matters.answer(actor=actor, matter=last_of(project), text=text)


def impose(actor: Actor, project: Project, kind: str, reason: str) -> None:
    """The office lets something follow."""
    sanctions.impose(actor=actor, matter=last_of(project), kind=kind, reason=reason)


def last_of(project: Project) -> Matter:
    """The last matter of a project."""
    found = Matter.objects.select_related("unit", "office", "opened_by").filter(project=project).latest("pk")
    found.project = project
    return found
