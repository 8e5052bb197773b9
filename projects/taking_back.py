"""What taking a decision back means for the project: its place in the reserve, the declaration, what is not undone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from accounts.actors import SYSTEM, Actor
from accounts.refusals import WrongState
from projects.handlers import EXPIRY, GOVERNING_STEPS, PLAN, RESERVE
from projects.models import Declaration, ReserveEntry, ReserveState, Standing
from projects.services.standing import record_standing
from workflow.clocks import deadlines
from workflow.machines.runner import perform
from workflow.models import AuditEntry, Deadline, FilingState, Step


def nothing_settled(step: Step, actor: Actor, facts: Mapping[str, Any]) -> None:
    """What laid the route anew, chose the rules in force, or put the project into the annual plan stays."""
    if step.result == PLAN:
        said = _("The project is in the annual plan by it: this is not taken back.")
        raise WrongState(said, articles=step.articles)
    governed = step.key in GOVERNING_STEPS and AuditEntry.objects.filter(
        project_id=step.project_id, action="project.govern", at__gte=step.closed_at
    )
    if step.rule.get("sets") or (governed and governed.exists()):
        said = _("The route was laid anew by it: this is not taken back.")
        raise WrongState(said, articles=step.articles)


def undone(step: Step, actor: Actor, facts: Mapping[str, Any]) -> None:
    """The project leaves the reserve that the decision had put it in; its declaration is under review again."""
    project = step.project
    declaration = Declaration.objects.filter(project_id=project.pk, state=FilingState.ACCEPTED).first()
    if step.phase == "initiation" and declaration is not None:
        declaration.project = project
        perform(declaration, "reopen", actor=SYSTEM, articles=step.articles)
    entry = ReserveEntry.objects.filter(project=project, state=ReserveState.VALID).first()
    if step.result != RESERVE or entry is None:
        return
    perform(entry, "remove", actor=actor, articles=step.articles)
    for row in Deadline.objects.unended().filter(project=project, key=EXPIRY, record_id=entry.pk):
        deadlines.cancel(actor=SYSTEM, deadline=row)
    entered = AuditEntry.objects.filter(project_id=project.pk, action="project.enter_reserve").order_by("-sequence")
    before = Standing(entered[0].old["standing"])
    record_standing(
        actor=actor, project=project, standing=before, action="leave_reserve", articles=step.articles, expires_on=None
    )
