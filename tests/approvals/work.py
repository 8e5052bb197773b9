"""Projects on their way: routed by the county's own rules and driven to the step a test is about."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.refusals import WrongState
from approvals.filings import kind_for
from jurisdictions.scope import enter
from projects.models import Declaration, Project
from projects.ruling import route_of
from tests.people import Town
from tests.workflow.work import make_project
from workflow.documents import storage
from workflow.machines.runner import perform
from workflow.models import Filing, FilingState, Step, StepState
from workflow.route import steps

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def paper(name: str = "paper.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    """A small PDF to upload."""
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def declared(town: Town, *, until: str = "", investment: str = "1200000.00", **facts: Any) -> Project:
    """A project handed in and routed; the program drives it up to the step `until`, which is left open."""
    project = make_project(town, investment=Decimal(investment), plan_year=2027, **facts)
    with enter(town.county):
        perform(project, "submit", actor=SYSTEM, fields={"standing": "in_review"})
        declaration = Declaration.objects.create(county=town.county, project=project)
        perform(declaration, "submit", actor=SYSTEM, fields={"submitted_at": timezone.now(), "round": 1})
        steps.sync_steps(actor=SYSTEM, project=project, route=route_of(project))
        first = Step.objects.select_related("project").get(project=project, key="declaration")
        perform(first, "open", actor=SYSTEM)
        first.project = project
        steps.finish(actor=SYSTEM, step=first, outcome="submitted")
        while until and (now := current(town, project)).key != until:
            steps.finish(actor=SYSTEM, step=now, outcome="approve", record={"importance": "general"})
    return project


def approved(town: Town, *, until: str = "procurement", **facts: Any) -> Project:
    """A project whose approvals have ended; the program hands in and decides what comes before the step `until`."""
    project = declared(town, **facts)
    with enter(town.county):
        while step_of(town, project, until).state == StepState.COMING:
            if not any(_driven(one) for one in Step.objects.active().filter(project=project)):
                raise AssertionError(list(Step.objects.active().filter(project=project).values_list("key", "state")))
    return project


def _driven(step: Step) -> bool:
    """Whether the program could end a step now; what the unit hands in first is handed in empty."""
    filing = Filing.objects.filter(step=step, kind=step.key, state=FilingState.DRAFT).first()
    if filing is not None:
        perform(filing, "submit", actor=SYSTEM, fields={"submitted_at": timezone.now(), "round": 1})
        kind_for(step).submitted(filing, SYSTEM)
    try:
        steps.finish(actor=SYSTEM, step=step, outcome="approve", record={"importance": "general"})
    except WrongState:
        return False
    return True


def current(town: Town, project: Project) -> Step:
    """The step that is open now."""
    with enter(town.county):
        return (
            Step.objects.select_related("project", "office")
            .filter(project=project, state__in=[StepState.OPEN, StepState.WAITING])
            .get()
        )


def step_of(town: Town, project: Project, key: str) -> Step:
    """A step of the route by its key."""
    with enter(town.county):
        return Step.objects.select_related("project", "office").get(project=project, key=key)


def add_paper(town: Town, step: Step, purpose: str, who: Any) -> None:
    """Put a paper beside a step."""
    with enter(town.county):
        storage.store(actor=who.actor, project=step.project, purpose=purpose, upload=paper(), step=step)
