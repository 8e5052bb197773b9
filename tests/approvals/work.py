"""Projects on their way: routed by the county's own rules and driven to the step a test is about."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.refusals import WrongState
from approvals.filings import kind_for
from approvals.guards import missing_papers
from approvals.kinds.meetings import MeetingDecision
from approvals.kinds.records import Record, record_result
from approvals.kinds.reviews import decide
from approvals.models import Opinion
from approvals.services.opinions import give_opinion
from jurisdictions.scope import enter
from projects.models import Declaration, Project, ProjectFact
from projects.ruling import route_of
from tests.people import Town
from tests.workflow.work import make_project
from workflow.clocks.clock import today
from workflow.documents import storage
from workflow.filings import services as filings
from workflow.machines.runner import perform
from workflow.models import Filing, FilingState, Step, StepState
from workflow.route import steps
from workflow.route.hindrances import required_papers
from workflow.route.kinds import kind_of

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def paper(name: str = "paper.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    """A small PDF to upload."""
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def declared(
    town: Town, *, until: str = "", investment: str = "1200000.00", own: Mapping[str, bool] | None = None, **facts: Any
) -> Project:
    """A project handed in and routed; the program drives it up to the step `until`, which is left open.

    `own` are facts that only this county's rules ask for.
    """
    project = make_project(town, investment=Decimal(investment), plan_year=2027, **facts)
    with enter(town.county):
        for key, value in (own or {}).items():
            ProjectFact.objects.create(project=project, key=key, yes_no=value)
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
    return _driven_to(town, declared(town, **facts), until)


def decided(town: Town, *, importance: str = "general", **facts: Any) -> Project:
    """A project whose declaration was decided: what comes next is the first step of its approvals."""
    project = declared(town, **facts)
    with enter(town.county):
        first = Step.objects.filter(project=project).exclude(phase="initiation").order_by("position")[0]
    return _driven_to(town, project, first.key, importance)


def _driven_to(town: Town, project: Project, until: str, importance: str = "general") -> Project:
    """Let the program hand in and decide what comes before the step `until`."""
    with enter(town.county):
        while step_of(town, project, until).state == StepState.COMING:
            if not any(_driven(town, one, importance) for one in Step.objects.active().filter(project=project)):
                raise AssertionError(list(Step.objects.active().filter(project=project).values_list("key", "state")))
    return project


def _driven(town: Town, step: Step, importance: str) -> bool:
    """Whether the program could move a step on now; what the unit hands in first is handed in empty."""
    filing = Filing.objects.filter(step=step, kind=step.key, state=FilingState.DRAFT).first()
    if filing is not None:
        perform(filing, "submit", actor=SYSTEM, fields={"submitted_at": timezone.now(), "round": 1})
        kind_for(step).submitted(filing, SYSTEM)
    for purpose in required_papers(step):
        add_paper(town, step, purpose, town.filer)
    try:
        steps.finish(actor=SYSTEM, step=step, outcome="approve", record={"importance": importance})
    except WrongState:
        return filing is not None
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


def person_for(town: Town, step: Step) -> Any:
    """Somebody of the step's office whose role carries it out."""
    if step.authority == "owner" or step.office_id == step.project.owner_unit_id:
        return town.filer
    wanted = kind_of(step).permission(step)
    return next(one for one in town.people.values() if one.actor.in_office(step.office_id) and one.actor.may(wanted))


def hand_in(town: Town, step: Step, *, submits: bool = True) -> None:
    """The unit fills in what it prepares for a step and hands it in (`submits`)."""
    filer = town.filer.actor
    filing = Filing.objects.select_related("step", "unit", "project__owner_unit").get(step=step, kind=step.key)
    content: dict[str, Any] = {"content": {"summary": "建设内容", "beyond": "no"}}
    if step.rule.get("decides"):
        total = f"{(step.project.investment or 0) / 10_000:f}"
        content["money"] = {"total": total, "lines": [{"line": "hardware", "amount": total, "note": ""}]}
    filing = filings.save(actor=filer, filing=filing, content=content)
    for purpose in step.rule["hands_in"]:
        filings.attach(actor=filer, filing=filing, purpose=purpose, upload=paper())
    if submits:
        filings.submit(actor=filer, filing=filing)


def carry_out(town: Town, step: Step, **record: Any) -> None:
    """Carry a step out as the people of its offices do: papers, opinions, decision, reply."""
    kind = kind_of(step)
    if isinstance(kind, MeetingDecision):
        steps.finish(actor=SYSTEM, step=step, outcome="approve")
        return
    person = person_for(town, step)
    if step.rule.get("hands_in") and not Filing.objects.filter(step=step).exclude(state="draft").exists():
        hand_in(town, step)
        return
    for key in step.rule.get("documents", []) if kind.needs_papers(step) else ():
        storage.store(actor=person.actor, project=step.project, purpose=key, upload=paper(), step=step)
    if isinstance(kind, Record):
        outcome = "pass" if kind.outcome("pass") else "recorded"
        record_result(actor=person.actor, step=step, outcome=outcome, on=today(), number="1号", record=record)
    else:
        for opinion in Opinion.objects.select_related("office").filter(step=step, state="asked"):
            opinion.step = step
            giver = next(
                one
                for one in town.people.values()
                if one.actor.in_office(opinion.office_id) and one.actor.may("opinion.give")
            )
            give_opinion(actor=giver.actor, opinion=opinion, conclusion="agree", text="同意")
        given = {"number": "批〔2026〕1号", "on": today(), "importance": "general", **record}
        if step.rule.get("decides"):
            given["amount"] = step.project.investment
        decide(actor=person.actor, step=step, outcome="approve", reason="同意", record=given)


def walk(town: Town, project: Project, **record: Any) -> list[str]:
    """Carry out everything before the implementation; the keys of the steps as they ended, what is left waiting last.

    A step that waits for another is tried again once that has ended.
    """
    ended: list[str] = []
    while True:
        opened = Step.objects.select_related("project__owner_unit", "project__rule_version", "office").filter(
            project=project, state=StepState.OPEN, phase__in=("initiation", "approval")
        )
        moved, said = False, []
        for step in opened.order_by("position"):
            try:
                carry_out(town, step, **record)
            except WrongState as refusal:
                said.append((step.key, refusal.message))
                continue
            moved = True
            if Step.objects.get(pk=step.pk).state == StepState.DONE:
                ended.append(step.key)
            break
        if not moved:
            assert not said, said
            return ended


def add_papers_of(town: Town, step: Step, actor: Any) -> None:
    """Put every paper that a step must show beside it, as a person who may add papers."""
    with enter(town.county):
        for purpose in missing_papers(step):
            storage.store(actor=actor, project=step.project, purpose=purpose, upload=paper(), step=step)
