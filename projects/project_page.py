"""What the pages of a project share, also those of other apps: who sees it, its head and tabs, what is reviewed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import CountyRequest
from accounts.actors import Actor
from jurisdictions.rules.vocabulary import PHASES
from projects.access import has_filed
from projects.declaring.setting import FormContext
from projects.declaring.sheet import build
from projects.likeness import reason_sentence
from projects.models import Declaration, PartnerUnit, Project, SimilarFinding, Standing, Verdict
from projects.services.sheets import PARTNER_ROW, reading_context
from workflow import stages
from workflow.clocks import due
from workflow.filings import handed_in
from workflow.filings.access import writers
from workflow.filings.parts import Sheet
from workflow.models import Step, StepState


def with_all(projects: QuerySet[Project]) -> QuerySet[Project]:
    """Projects with what a page's head shows; the rules' content stays in the database."""
    partners = PartnerUnit.objects.filter(project=OuterRef("pk")).order_by("pk").values_list(PARTNER_ROW, flat=True)
    return projects.select_related(
        "applicant", "owner_unit", "handling_office", "rule_version", "county", "filed_by", "declaration", "reserve"
    ).annotate(partner_rows=ArraySubquery(partners), writers=writers(of="pk"), unsent=handed_in.unsent(of="pk"))


def find_project(request: CountyRequest, pk: int) -> Project:
    """A project the person may see. Raises `Http404` otherwise (also for another county's)."""
    project = with_all(Project.objects.filter(pk=pk)).first()
    if project is None or not project.is_visible_to(request.actor):
        raise Http404
    keep_unsent(request.actor, project)
    return project


def keep_unsent(actor: Actor, project: Project) -> None:
    """While a declaration is being corrected, show others what was handed in last."""
    declaration = declaration_of(project)
    if declaration is not None:
        handed_in.keep_unsent(actor, declaration)


def declaration_of(project: Project) -> Declaration | None:
    """The project's declaration, sharing the one project object; None for a classified stub."""
    declaration: Declaration | None = getattr(project, "declaration", None)
    if declaration is not None:
        declaration.project = project
    return declaration


def phase_of(project: Project, steps: list[Step]) -> str:
    """The phase a project is in, in words; several where steps of several are open at once."""
    if project.standing in (Standing.DRAFT, Standing.STUB, Standing.REFUSED, Standing.WITHDRAWN):
        return ""
    active = [one for one in steps if one.state in (StepState.OPEN, StepState.WAITING)]
    found = active or [one for one in steps if one.state == StepState.COMING][:1]
    return _(", ").join(dict.fromkeys(str(PHASES[one.phase]) for one in found))


def tabs(project: Project, active: str) -> list[dict[str, Any]]:
    """The views of a project as links."""
    return [
        {
            "key": tab.key,
            "label": tab.label,
            "url": reverse(tab.url_name, kwargs={"county": project.county.code, "pk": project.pk}),
            "active": tab.key == active,
        }
        for tab in stages.tabs()
    ]


def header(
    request: CountyRequest, project: Project, *, tab: str = "overview", steps: list[Step] | None = None
) -> dict[str, Any]:
    """The context of `projects/base_project.html`: project, state, phase, tabs. No query when `steps` are given."""
    steps = route_steps(project) if steps is None else steps
    return {
        "project": project,
        "is_returned": any(step.state == StepState.WAITING for step in steps),
        "rules_version": project.rule_version.number if project.rule_version else None,
        "project_tone": stages.tone("project", project.standing),
        "project_phase": phase_of(project, steps),
        "project_tabs": tabs(project, tab),
    }


def route_steps(project: Project) -> list[Any]:
    """The project's steps in the order of its route, with their offices and the `work` open on each (one query)."""
    steps: list[Any] = list(due.with_work(Step.objects.filter(project=project).select_related("office")))
    for step in steps:
        step.project = project
    return steps


def sheet_to_read(project: Project, setting: FormContext | None = None) -> Sheet | None:
    """The declaration as a reader sees it: every section, nothing to fill in. None for a stub."""
    declaration = declaration_of(project)
    if declaration is None or project.classified:
        return None
    return build(declaration.content, setting or reading_context(declaration))


def sections_of(project: Project) -> list[tuple[str, str]]:
    """Keys and titles of the declaration's sections, for a return for correction."""
    sheet = sheet_to_read(project)
    return [(section.key, str(section.title)) for section in sheet.sections] if sheet else []


def findings_of(project: Project) -> list[SimilarFinding]:
    """Projects that look alike, with reasons in words (one query)."""
    found: list[Any] = list(
        SimilarFinding.objects.filter(project=project).select_related("other__applicant", "verdict_by")
    )
    for one in found:
        one.sentences = [reason_sentence(reason) for reason in one.reasons]
    order = {"split": 0, "duplicate": 1, "similar": 2}
    return sorted(found, key=lambda one: (one.verdict != Verdict.OPEN, order.get(one.kind, 3), one.pk))


def review_context(project: Project, *, actor: Actor, with_sheet: bool = True) -> Mapping[str, Any]:
    """What a reviewer reads before deciding (`projects/_review.html`): changes, findings, notices, the declaration.

    A finding is judged where it is read, by who decides and did not file.
    """
    declaration = declaration_of(project)
    is_read = with_sheet and declaration is not None and not project.classified
    setting = reading_context(declaration) if is_read and declaration is not None else None
    findings = findings_of(project) if project.routed_on else []
    return {
        "project": project,
        "declaration": declaration,
        "sheet": sheet_to_read(project, setting) if with_sheet else None,
        "findings": findings,
        "findings_open": sum(one.verdict == Verdict.OPEN for one in findings),
        "may_judge": actor.may("step.decide") and not has_filed(actor=actor, project=project),
        "rounds": handed_in.rounds_of(declaration, reading=setting) if declaration is not None else [],
    }
