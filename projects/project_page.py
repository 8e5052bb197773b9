"""What the pages of a project share, also those of other apps: who sees it, its head and tabs, what is reviewed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import CountyRequest
from accounts.actors import Actor
from accounts.models import Office
from jurisdictions.rules.vocabulary import PHASES
from jurisdictions.templatetags.xunzhang import daysleft, waited
from projects.access import has_filed
from projects.declaring.setting import FormContext
from projects.declaring.sheet import build
from projects.likeness import reason_sentence
from projects.models import Declaration, PartnerUnit, Project, SimilarFinding, Standing, Verdict
from projects.services.sheets import PARTNER_ROW, reading_context
from workflow import stages
from workflow.clocks import due
from workflow.clocks.clock import day_of, working_days_since
from workflow.filings import handed_in
from workflow.filings.access import writers
from workflow.filings.parts import Sheet
from workflow.models import Duty, Filing, FilingState, Step, StepState, WorkItem
from workflow.route.kinds import kind_of


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
    return {
        "project": project,
        "rules_version": project.rule_version.number if project.rule_version else None,
        "project_tone": stages.tone("project", project.standing),
        "project_phase": phase_of(project, steps if steps is not None else route_steps(project)),
        "project_tabs": tabs(project, tab),
    }


def route_steps(project: Project, office: Office | None = None) -> list[Any]:
    """The project's steps in the order of its route, with their offices (one query).

    `duties` of a step are what it asks of `office` now.
    """
    items = WorkItem.objects.open().filter(step=OuterRef("pk"), office=office).values_list("duty", flat=True)
    steps: list[Any] = list(
        Step.objects.filter(project=project).select_related("office").annotate(duties=ArraySubquery(items))
    )
    for step in steps:
        step.project = project
    return steps


STEP_STATES = {
    StepState.DONE: "done",
    StepState.OPEN: "present",
    StepState.WAITING: "returned",
    StepState.REFUSED: "refused",
    StepState.SKIPPED: "skipped",
    StepState.CANCELLED: "skipped",
    StepState.COMING: "coming",
}


def route_line(request: CountyRequest, project: Project, steps: list[Step]) -> list[dict[str, Any]]:
    """The route as `<c-route>` shows it: state, office, since when, by when, and why (one query for deadlines)."""
    running = due.of_project(project) if any(step.state != StepState.COMING for step in steps) else {}
    line = []
    for step in steps:
        own = running.get(step.pk, {})
        mine = own.get(step.office_id) if step.office_id else None
        clock = mine or next(iter(own.values()), None)
        state = STEP_STATES[StepState(step.state)]
        note = ""
        if step.state in (StepState.OPEN, StepState.WAITING) and step.opened_at:
            note = waited(working_days_since(day_of(step.opened_at)))
            note = note if clock else f"{daysleft(None)} · {note}"
        line.append(
            {
                "key": step.key,
                "label": step.name,
                "state": state,
                "office": step.office_name,
                "articles": step.articles,
                "done_on": step.closed_at,
                # Whose time runs out where it is not the office's that has the step, as an opinion asked of another.
                "whose": clock.party if clock and not mine and step.office else "",
                "left": clock.left if clock else None,
                "due": clock.due if clock else None,
                "provisional": clock.provisional if clock else False,
                "paused": clock.paused if clock else False,
                "unit": clock.unit if clock else "working_day",
                "said": clock.said if clock else "",
                "silence": clock.silence if clock else "",
                "tacit": step.tacit,
                "note": note,
                "phase": str(PHASES.get(step.phase, step.phase)),
                "url": "" if step.state == StepState.COMING or kind_of(step).handed_in else step_url(project, step),
            }
        )
    return line


def step_url(project: Project, step: Step) -> str:
    """The decision page of a step."""
    return stages.page("step", project.county.code, pk=step.pk)


@dataclass
class Asked:
    """Something this person is asked to do now, with its button."""

    text: str
    action: str
    url: str
    tone: str = "info"
    articles: list[str] = field(default_factory=list)


def asked_of_me(actor: Actor, project: Project, steps: list[Any]) -> list[Asked]:
    """What waits for the person on this project: a draft, a correction, their office's work (`duties` of the steps)."""
    code, declaration = project.county.code, declaration_of(project)
    found = []
    files = actor.may("declaration.file") and actor.in_office(project.applicant_id)
    if declaration is not None and files and declaration.state in (FilingState.DRAFT, FilingState.RETURNED):
        edit = reverse("workflow:filing_edit", kwargs={"county": code, "pk": declaration.pk})
        if declaration.state == FilingState.DRAFT:
            found.append(
                Asked(_("This declaration is a draft: complete it and hand it in."), _("Go on with the form"), edit)
            )
        else:
            found.append(
                Asked(
                    _("The declaration was returned: correct the named sections and hand it in again."),
                    _("Correct now"),
                    edit,
                    "warn",
                )
            )
    for row in getattr(project, "unsent", ()):
        if actor.may("declaration.file") and actor.in_office(row["unit"]):
            found.append(_unsent(project, row))
    waiting = [(step, Duty(duty)) for step in steps for duty in step.duties if step.state != StepState.WAITING]
    for step, duty in waiting:
        if duty == Duty.CORRECT:
            continue
        what = {
            Duty.DECIDE: _("“%(step)s” waits for your office’s decision."),
            Duty.OPINION: _("“%(step)s” waits for your office’s opinion."),
            Duty.RECORD: _("“%(step)s” waits for your office’s record."),
        }[duty] % {"step": step.name}
        action = {Duty.DECIDE: _("Decide"), Duty.OPINION: _("Give an opinion"), Duty.RECORD: _("Record")}[duty]
        found.append(Asked(what, action, step_url(project, step), articles=step.articles))
    return found


def _unsent(project: Project, row: Mapping[str, Any]) -> Asked:
    """Something that the unit is writing, or corrects, for a step."""
    kind = stages.filings()[row["kind"]]
    edit = kind.url(Filing(pk=row["pk"], kind=row["kind"]))
    if row["state"] == FilingState.DRAFT:
        return Asked(
            _("“%(what)s” is a draft: complete it and hand it in.") % {"what": kind.label},
            _("Go on with the form"),
            edit,
        )
    said = _("“%(what)s” was returned: correct the named sections and hand it in again.") % {"what": kind.label}
    return Asked(said, _("Correct now"), edit, "warn")


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


def review_context(project: Project, *, actor: Actor) -> Mapping[str, Any]:
    """What a reviewer reads before deciding (`projects/_review.html`): declaration, changes, findings, notices.

    A finding is judged where it is read, by who decides and did not file.
    """
    declaration = declaration_of(project)
    setting = reading_context(declaration) if declaration is not None and not project.classified else None
    findings = findings_of(project) if project.routed_on else []
    return {
        "project": project,
        "declaration": declaration,
        "sheet": sheet_to_read(project, setting),
        "findings": findings,
        "findings_open": sum(one.verdict == Verdict.OPEN for one in findings),
        "may_judge": actor.may("step.decide") and not has_filed(actor=actor, project=project),
        "rounds": handed_in.rounds_of(declaration, reading=setting) if declaration is not None else [],
    }
