"""Milestones: planned by the unit, reached on a day, with the measures where one was not kept."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Incomplete, NotPermitted, Refusal, Stale, WrongState, clean_text
from approvals.models import Milestone, MilestoneState
from approvals.oversight.measures import deviation_of
from approvals.services.limits import approved_on
from jurisdictions.scope import advisory_lock
from projects.models import Project, ProjectState
from workflow.clocks import clock
from workflow.machines.runner import perform
from workflow.trail import audit


def late_by(milestone: Milestone) -> int:
    """Calendar days by which a milestone was missed, against the day it was planned for at first; 0: it was kept."""
    if milestone.state == MilestoneState.DROPPED:
        return 0
    return max(0, ((milestone.done_on or clock.today()) - milestone.first_planned_on).days)


def why_not_plan(actor: Actor, project: Project) -> Refusal | None:
    """Why this person may not enter milestones of a project; None where they may."""
    if not (actor.in_office(project.owner_unit_id) and actor.may("owner.record")):
        return NotPermitted(_("Milestones are kept by %(unit)s.") % {"unit": project.owner_unit.name})
    if project.state != ProjectState.RUNNING:
        return WrongState(_("The project is not under way."))
    return None


def plan(
    *,
    actor: Actor,
    project: Project,
    name: str,
    planned_on: dt.date | None,
    percent: int | None,
    milestone: Milestone | None = None,
    measures: str = "",
    seen_version: int | None = None,
) -> Milestone:
    """Plan a milestone, or plan one anew that was not reached yet: then with the measures, where its day is put off.

    `percent` is how much of the works is done by then. The day planned at first is kept. Raises `Incomplete`,
    `NotPermitted`, `Stale`, `WrongState`.
    """
    name, measures = clean_text(name, field="name", most=120), clean_text(measures, field="measures")
    with audit.act():
        advisory_lock(f"milestones-{project.pk}")
        if refused := why_not_plan(actor, project):
            raise refused
        problems = []
        if not name:
            problems.append(Refusal(_("Please name the milestone."), field="name"))
        if planned_on is None:
            problems.append(Refusal(_("Please enter the day."), field="planned_on"))
        if percent is None or not 0 < percent <= 100:
            problems.append(Refusal(_("The share done is between 1 and 100 %."), field="percent"))
        same = Milestone.objects.filter(project=project, name=name).exclude(state=MilestoneState.DROPPED)
        if milestone is not None:
            same = same.exclude(pk=milestone.pk)
        if name and same.exists():
            problems.append(Refusal(_("There is a milestone of this name already."), field="name"))
        approved = approved_on(project)
        if planned_on is not None and approved is not None and planned_on < approved:
            said = _("Nothing is built before the approval of %(day)s.")
            problems.append(Refusal(said % {"day": approved}, field="planned_on"))
        rule = deviation_of(project)
        put_off = milestone is not None and planned_on is not None and planned_on > milestone.first_planned_on
        if put_off and not measures:
            said = _("The milestone is put off: please say what is done about it.")
            problems.append(Refusal(said, field="measures", articles=rule.articles if rule else ()))
        if problems:
            raise Incomplete(_("The milestone was not saved."), items=problems)
        assert actor.user is not None and planned_on is not None and percent is not None
        if milestone is None:
            made = Milestone(project=project, first_planned_on=planned_on, made_by=actor.user)
            made.county_id = project.county_id
            before: dict[str, Any] = {}
        else:
            made = Milestone.objects.select_for_update().get(pk=milestone.pk)
            if made.state != MilestoneState.PLANNED:
                raise WrongState(_("The milestone was reached or dropped already."))
            if seen_version is not None and seen_version != made.version:
                raise Stale()
            before = {"name": made.name, "planned_on": made.planned_on, "percent": made.percent}
            made.version += 1
        made.name, made.planned_on, made.percent = name, planned_on, percent
        made.measures = measures or made.measures
        made.save()
        audit.entry(
            actor=actor,
            action="milestone.plan",
            record=made,
            project=project,
            label=made.name,
            old=before,
            new={"planned_on": planned_on, "percent": percent, "measures": made.measures},
            articles=rule.articles if rule else (),
        )
    return made


def reach(
    *, actor: Actor, milestone: Milestone, on: dt.date | None, measures: str = "", seen_version: int | None = None
) -> Milestone:
    """Record the day a milestone was reached; where it is late, with what is done about it.

    Raises `Incomplete`, `NotPermitted`, `Stale`, `WrongState`.
    """
    measures = clean_text(measures, field="measures")
    project = milestone.project
    if refused := why_not_plan(actor, project):
        raise refused
    rule = deviation_of(project)
    problems = []
    approved = approved_on(project)
    if on is None:
        problems.append(Refusal(_("Please enter the day."), field="on"))
    elif on > clock.today():
        problems.append(Refusal(_("The day lies in the future."), field="on"))
    elif approved is not None and on < approved:
        said = _("Nothing is built before the approval of %(day)s.")
        problems.append(Refusal(said % {"day": approved}, field="on"))
    elif on > milestone.first_planned_on and not (measures or milestone.measures):
        said = _("The milestone is late: please say what is done about it.")
        problems.append(Refusal(said, field="measures", articles=rule.articles if rule else ()))
    if problems:
        raise Incomplete(_("The milestone was not saved."), items=problems)
    fields = {"done_on": on, "measures": measures or milestone.measures}
    articles = rule.articles if rule else ()
    return perform(milestone, "reach", actor=actor, seen_version=seen_version, fields=fields, articles=articles)


def drop(*, actor: Actor, milestone: Milestone, reason: str, seen_version: int | None = None) -> Milestone:
    """Drop a milestone that is no longer one, with the reason.

    Raises `NotPermitted`, `Refusal`, `Stale`, `WrongState`.
    """
    reason = clean_text(reason, field="measures")
    if refused := why_not_plan(actor, milestone.project):
        raise refused
    if not reason:
        raise Refusal(_("Please state the reason."), field="measures")
    return perform(
        milestone, "drop", actor=actor, seen_version=seen_version, fields={"measures": reason}, reason=reason
    )
