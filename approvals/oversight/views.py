"""The course of the works on a project, and one matter with all that followed from it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import CountyRequest, needs
from accounts.refusals import Refusal
from approvals.models import Matter, MatterState, Milestone, MilestoneState, Sanction
from approvals.oversight import matters, milestones, sanctions
from approvals.oversight.forms import (
    AnswerForm,
    CloseForm,
    FoundForm,
    LiftForm,
    MilestoneActForm,
    MilestoneForm,
    OrderForm,
    ReportForm,
    SanctionForm,
)
from approvals.oversight.listings import MATTERS, MILESTONES
from approvals.oversight.measures import ORDERED, REPORTED, deviation_of, measure_beginning
from approvals.step_page import form_errors
from projects import project_page
from projects.models import Project
from workflow import stages

SEE = ("project.view", "declaration.view_own")
Tried = tuple[str, forms.Form, list[dict[str, Any]], int]  # what was sent, as it was typed, its errors, the status


@require_GET
@needs(*SEE)
def all_matters(request: CountyRequest) -> HttpResponse:
    """What was reported or ordered to be put right, newest first."""
    return render(request, "approvals/matters.html", {"table": MATTERS.table(request)})


@require_GET
@needs(*SEE)
def all_milestones(request: CountyRequest) -> HttpResponse:
    """Milestones of all projects by the day they are planned for."""
    return render(request, "approvals/milestones.html", {"table": MILESTONES.table(request)})


# --- a project's works ------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@needs(*SEE)
def works(request: CountyRequest, pk: int) -> HttpResponse:
    """Milestones, matters and sanctions of a project; the forms to plan, to report, to order."""
    project = project_page.find_project(request, pk)
    if request.method == "GET":
        return _works(request, project)
    act = request.POST.get("act", "")
    made = {"plan": MilestoneForm, "report": ReportForm, "found": FoundForm}.get(act)
    if made is None:
        raise Http404
    form = made(request.POST)
    if not form.is_valid():
        return _works(request, project, (act, form, form_errors(form), 422))
    data = form.cleaned_data
    try:
        if act == "plan":
            milestones.plan(actor=request.actor, project=project, **data)
            messages.success(request, _("The milestone is planned."))
        elif act == "report":
            matter = matters.report(actor=request.actor, project=project, **data)
            messages.success(request, _("Reported; the office has been told."))
            return redirect("approvals:matter", county=request.county.code, pk=matter.pk)
        else:
            matter = matters.order_anew(actor=request.actor, project=project, **data)
            messages.success(request, _("Ordered; the unit has been told."))
            return redirect("approvals:matter", county=request.county.code, pk=matter.pk)
    except Refusal as refusal:
        return _works(request, project, (act, form, refusal.listed(), refusal.status))
    return redirect("approvals:works", county=request.county.code, pk=pk)


def _works(request: CountyRequest, project: Project, tried: Tried | None = None) -> HttpResponse:
    actor = request.actor
    act, bound, errors, status = tried or ("", None, [], 200)
    rows: list[Any] = list(Milestone.objects.filter(project=project).exclude(state=MilestoneState.DROPPED))
    may_plan = milestones.why_not_plan(actor, project) is None
    for row in rows:
        row.late = milestones.late_by(row)
        row.tone = stages.tone("milestone", row.state) if not row.late or row.done_on else "bad"
        row.acted = None
        if may_plan and row.state == MilestoneState.PLANNED:
            is_tried = act == f"milestone-{row.pk}"
            row.acted = bound if is_tried else MilestoneActForm(initial=_as_it_is(row))
    found: list[Any] = list(Matter.objects.filter(project=project).select_related("office"))
    for row in found:
        row.tone = stages.tone("matter", row.state)
    known = {one: measure_beginning(project, one) for one in (REPORTED, ORDERED)}
    offered: dict[str, forms.Form] = {}
    if may_plan:
        offered["plan"] = MilestoneForm()
    if matters.why_not_report(actor, project, known[REPORTED]) is None:
        offered["report"] = ReportForm()
    if matters.why_not_order(actor, project, known[ORDERED]) is None:
        offered["found"] = FoundForm()
    if act in offered and bound is not None:
        offered[act] = bound
    context = {
        **project_page.header(request, project, tab="works"),
        "milestones": rows,
        "matters": found,
        "sanctions": Sanction.objects.filter(project=project, lifted_at=None).select_related("matter"),
        "deviation": deviation_of(project),
        "measures": known,
        "forms": offered,
        "tried": act,
        "errors": errors,
    }
    return render(request, "approvals/works.html", context, status=status)


def _as_it_is(row: Milestone) -> dict[str, Any]:
    return {"version": row.version, "on": row.planned_on, "percent": row.percent, "measures": row.measures}


@require_POST
@needs("owner.record")
def milestone(request: CountyRequest, pk: int) -> HttpResponse:
    """A milestone reached, planned anew or dropped."""
    row = get_object_or_404(Milestone, pk=pk)
    row.project = project_page.find_project(request, row.project_id)
    act, form = request.POST.get("act", ""), MilestoneActForm(request.POST)
    name = f"milestone-{pk}"
    if act not in ("reach", "replan", "drop"):
        raise Http404
    if not form.is_valid():
        return _works(request, row.project, (name, form, form_errors(form), 422))
    data, actor = form.cleaned_data, request.actor
    try:
        if act == "reach":
            milestones.reach(
                actor=actor, milestone=row, on=data["on"], measures=data["measures"], seen_version=data["version"]
            )
            messages.success(request, _("The milestone is reached."))
        elif act == "drop":
            milestones.drop(actor=actor, milestone=row, reason=data["measures"], seen_version=data["version"])
            messages.success(request, _("The milestone is dropped."))
        else:
            milestones.plan(
                actor=actor,
                project=row.project,
                milestone=row,
                name=row.name,
                planned_on=data["on"],
                percent=data["percent"],
                measures=data["measures"],
                seen_version=data["version"],
            )
            messages.success(request, _("The milestone is planned."))
    except Refusal as refusal:
        return _works(request, row.project, (name, form, refusal.listed(), refusal.status))
    return redirect("approvals:works", county=request.county.code, pk=row.project_id)


# --- one matter -------------------------------------------------------------------------------------------------

SENT: dict[str, type[forms.Form]] = {
    "order": OrderForm,
    "reject": OrderForm,
    "answer": AnswerForm,
    "impose": SanctionForm,
    "close": CloseForm,
    "lift": LiftForm,
}


def _find(request: CountyRequest, pk: int) -> Matter:
    rows = Matter.objects.select_related("unit", "office", "opened_by", "answered_by", "closed_by")
    found: Matter = get_object_or_404(rows, pk=pk)
    found.project = project_page.find_project(request, found.project_id)
    return found


def _offered(request: CountyRequest, found: Matter) -> dict[str, forms.Form]:
    """The forms this person may use on the matter now."""
    actor, first = request.actor, {"version": found.version}
    decides = actor.in_office(found.office_id) and actor.may("step.decide")
    shown: dict[str, forms.Form] = {}
    if found.state == MatterState.ORDERED and actor.in_office(found.unit_id) and actor.may("owner.record"):
        shown["answer"] = AnswerForm(initial=first)
    if not decides or found.state == MatterState.CLOSED:
        return shown
    if found.state == MatterState.REPORTED:
        shown["order"] = OrderForm(initial=first)
    elif found.state == MatterState.ANSWERED:
        shown["reject"] = OrderForm(initial=first)
    if choices := sanctions.offered(found):
        shown["impose"] = SanctionForm(initial=first, offered=choices)
    shown["close"] = CloseForm(initial=first)
    return shown


@require_http_methods(["GET", "POST"])
@needs(*SEE)
def matter(request: CountyRequest, pk: int) -> HttpResponse:
    """A matter: what was reported or found, ordered, answered, what followed, how it ended."""
    found = _find(request, pk)
    act, errors, status = request.POST.get("act", ""), [], 200
    bound: forms.Form | None = None
    if request.method == "POST":
        if act not in SENT:
            raise Http404
        given: dict[str, Any] = {"offered": sanctions.offered(found)} if act == "impose" else {}
        bound = SENT[act](request.POST, **given)
        if bound.is_valid():
            try:
                messages.success(request, _carry_out(request, found, act, bound.cleaned_data))
                return redirect("approvals:matter", county=request.county.code, pk=pk)
            except Refusal as refusal:
                errors, status = refusal.listed(), refusal.status
                found = _find(request, pk)
        else:
            errors, status = form_errors(bound), 422
    shown = _offered(request, found)
    if bound is not None and act in shown:
        shown[act] = bound
    held: list[Any] = list(Sanction.objects.filter(matter=found).select_related("imposed_by", "lifted_by"))
    may_lift = request.actor.in_office(found.office_id) and request.actor.may("step.decide")
    for one in held:
        one.lift = None
        if may_lift and one.lifted_at is None and one.kind in sanctions.LASTING:
            is_tried = act == "lift" and bound is not None and str(one.pk) == request.POST.get("sanction")
            one.lift = bound if is_tried else LiftForm(initial={"sanction": one.pk}, auto_id=f"id_{one.pk}_%s")
    context = {
        **project_page.header(request, found.project, tab="works"),
        "matter": found,
        "tone": stages.tone("matter", found.state),
        "forms": shown,
        "sanctions": held,
        "errors": errors,
    }
    return render(request, "approvals/matter.html", context, status=status)


def _carry_out(request: CountyRequest, found: Matter, act: str, data: dict[str, Any]) -> str:
    """Do what was sent and say what was done. Raises `Refusal`."""
    actor = request.actor
    if act == "lift":
        rows = Sanction.objects.select_related("matter__office", "matter__project")
        sanction: Sanction = get_object_or_404(rows, pk=data["sanction"], matter=found)
        sanctions.lift(actor=actor, sanction=sanction, reason=data["lifting"])
        return _("Lifted; the unit has been told.")
    data = dict(data)
    known = {"actor": actor, "matter": found, "seen_version": data.pop("version")}
    if act == "order":
        matters.order(**known, **data)
        return _("Ordered; the unit has been told.")
    if act == "reject":
        matters.reject(**known, **data)
        return _("Ordered again; the unit has been told.")
    if act == "answer":
        matters.answer(**known, text=data["answer_text"])
        return _("Answered; the office checks it.")
    if act == "impose":
        sanctions.impose(**known, **data)
        return _("Imposed; the unit has been told.")
    matters.close(**known, **data)
    return _("The matter is closed.")
