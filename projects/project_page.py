"""What the pages of a project share, also those of other apps: who sees it, its head and tabs, what is reviewed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, Func, OuterRef, QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import CountyRequest
from accounts.actors import Actor
from accounts.office_rows import office_of, office_row
from jurisdictions.lookups import lookup
from jurisdictions.rules.vocabulary import PHASES
from jurisdictions.scope import current_county
from jurisdictions.versions import version_of
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
from workflow.models import Document, Step, StepState


def seen_by(actor: Actor, pk: int) -> Project:
    """A project the person may see, with what a page's head shows. Raises `Http404` otherwise, also elsewhere."""
    project = _with_head.first(pk)
    if project is None or not project.is_visible_to(actor):
        raise Http404
    with_named(project, project)
    return cast(Project, project)


@lookup
def _with_head(pk: int) -> QuerySet[Any]:
    """One query of few tables, and that of its rules at hand: with all that it names joined to it, PostgreSQL weighed
    their order fifty times as long as it then looked them up.
    """
    partners = PartnerUnit.objects.filter(project=OuterRef("pk")).order_by("pk").values_list(PARTNER_ROW, flat=True)
    rows: QuerySet[Any] = Project.objects.filter(pk=pk).select_related("declaration", "reserve")
    return rows.annotate(
        partner_rows=ArraySubquery(partners),
        writers=writers(of="pk"),
        unsent=handed_in.unsent(of="pk"),
        is_like=is_like(of="pk"),
        beside=due.work_beside(of="pk"),
        **units(),
    )


def is_like(*, of: str) -> Exists:
    """Whether anything was found that a project looks like, to be read with it; `of` names its key in the query."""
    return Exists(SimilarFinding.objects.filter(project=OuterRef(of)))


def units(of: str = "") -> dict[str, Func]:
    """The offices that a project names, to be read with it (`with_named`); `of` leads to it in the query."""
    keys = {"applicant_row": "applicant_id", "owner_row": "owner_unit_id", "handling_row": "handling_office_id"}
    return {name: office_row(f"{of}{key}") for name, key in keys.items()}


def with_named(project: Project, row: Any) -> None:
    """Give a project its units, read with it as `row`, its county, which is the one in force, and its rules."""
    project.applicant = office_of(row.applicant_row)
    project.owner_unit = office_of(row.owner_row)
    if row.handling_row is not None:
        project.handling_office = office_of(row.handling_row)
    project.county = current_county()
    project.rule_version = version_of(project.rule_version_id)


def find_project(request: CountyRequest, pk: int) -> Project:
    """A project the person may see, others' drafts left out. Raises `Http404` otherwise."""
    project = seen_by(request.actor, pk)
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


def route_steps(project: Project, *, with_deciders: bool = False) -> list[Any]:
    """The project's steps in the order of its route, with their offices and the `work` open on each (one query).

    `with_deciders`: also with who decided them.
    """
    steps = (_route_with_deciders if with_deciders else _route)(project.pk)
    for step in steps:
        step.project = project
    return steps


@lookup
def _route(project: int) -> QuerySet[Any]:
    return due.with_work(Step.objects.filter(project=project).select_related("office"))


@lookup
def _route_with_deciders(project: int) -> QuerySet[Any]:
    return due.with_work(Step.objects.filter(project=project).select_related("office", "decided_by"))


@dataclass(frozen=True)
class Reading:
    """The declaration as a reader sees it: every section, nothing to fill in; and what it was built from."""

    sheet: Sheet
    setting: FormContext


def reading_of(project: Project, papers: list[Document] | None = None) -> Reading | None:
    """What a reader sees of the declaration; None for a stub. `papers`: all of the project's, where they are read."""
    declaration = declaration_of(project)
    if declaration is None or project.classified:
        return None
    setting = reading_context(declaration, papers=papers)
    return Reading(build(declaration.content, setting), setting)


def findings_of(project: Project) -> list[SimilarFinding]:
    """Projects that look alike, with reasons in words (one query)."""
    found: list[Any] = list(
        SimilarFinding.objects.filter(project=project).select_related("other__applicant", "verdict_by")
    )
    for one in found:
        one.sentences = [reason_sentence(reason) for reason in one.reasons]
    order = {"split": 0, "duplicate": 1, "similar": 2}
    return sorted(found, key=lambda one: (one.verdict != Verdict.OPEN, order.get(one.kind, 3), one.pk))


def review_context(project: Project, *, actor: Actor, reading: Reading | None = None) -> Mapping[str, Any]:
    """What a reviewer reads before deciding (`projects/_review.html`): changes, findings, notices, the declaration.

    A finding is judged where it is read, by who decides and did not file. Without `reading` no declaration is shown.
    """
    declaration = declaration_of(project)
    setting = reading.setting if reading is not None else None
    findings = findings_of(project) if getattr(project, "is_like", True) and project.routed_on else []
    return {
        "project": project,
        "declaration": declaration,
        "sheet": reading.sheet if reading is not None else None,
        "findings": findings,
        "findings_open": sum(one.verdict == Verdict.OPEN for one in findings),
        "may_judge": actor.may("step.decide") and not has_filed(actor=actor, project=project),
        "rounds": handed_in.rounds_of(declaration, reading=setting) if declaration is not None else [],
    }
