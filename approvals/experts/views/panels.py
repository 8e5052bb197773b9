"""Panels: prepared, drawn, asked, consolidated; each act is a form of the panel's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import CountyRequest, needs
from accounts.refusals import Refusal
from approvals.experts import consolidation, fees, library, links, panels
from approvals.experts.forms import AskForm, ExtendForm, FeesForm, PanelForm
from approvals.experts.listings import PANELS, PANELS_TONES
from approvals.experts.ruling import kept_rule, rule_of
from approvals.models import GONE, Attendance, Draw, DrawState, Expert, Panel, PanelState, Seat, SeatState
from approvals.step_page import READERS, form_errors
from jurisdictions.fields import version_shown, whole
from projects import project_page
from workflow.clocks import clock
from workflow.models import Document, Step, StepState

SEATS_TONES = {SeatState.PLACED: "warn", SeatState.CLEARED: "info", SeatState.SIGNED: "good"}


@require_GET
@needs("expert.view")
def all_panels(request: CountyRequest) -> HttpResponse:
    """The reviews by experts, newest first."""
    return render(request, "experts/panels.html", {"table": PANELS.table(request)})


@require_GET
@needs(*READERS)
def of_project(request: CountyRequest, pk: int) -> HttpResponse:
    """The reviews of a project, and the way to a new one."""
    project = project_page.find_project(request, pk)
    found = list(Panel.objects.filter(project=project).select_related("step", "office"))
    for one in found:
        one.tone = PANELS_TONES[PanelState(one.state)]  # type: ignore[attr-defined]
    actor = request.actor
    own = actor.in_office(project.applicant_id) or actor.in_office(project.owner_unit_id)
    context = {
        **project_page.header(request, project, tab="experts"),
        "panels": found,
        "may_open": actor.may("expert.view"),
        "may_convene": actor.may("expert.convene"),
        "ask_form": AskForm() if actor.may("declaration.file") and own else None,
    }
    return render(request, "experts/of_project.html", context)


@require_POST
@needs("declaration.file")
def ask(request: CountyRequest, pk: int) -> HttpResponse:
    """A unit asks for experts of the library."""
    project = project_page.find_project(request, pk)
    try:
        panels.ask(actor=request.actor, project=project, purpose=request.POST.get("purpose", ""))
    except Refusal as refusal:
        context = {
            **project_page.header(request, project, tab="experts"),
            "panels": Panel.objects.filter(project=project).select_related("step", "office"),
            "ask_form": AskForm(request.POST),
            "errors": refusal.listed(),
        }
        return render(request, "experts/of_project.html", context, status=refusal.status)
    messages.success(request, _("Your request lies with the office that keeps the library of experts."))
    return redirect("approvals:project_experts", county=request.county.code, pk=pk)


@require_http_methods(["GET", "POST"])
@needs("expert.convene")
def new_panel(request: CountyRequest, pk: int) -> HttpResponse:
    """Prepare a panel for a project, for a step of one's own or besides."""
    project = project_page.find_project(request, pk)
    own = Step.objects.filter(
        project=project, office=request.actor.office, state__in=(StepState.COMING, StepState.OPEN, StepState.WAITING)
    )
    steps = {step.pk: step for step in own}
    wanted = whole(request.POST.get("step") or request.GET.get("step"))
    step = steps.get(wanted or 0)
    if step is not None:
        step.project = project
    return _form(request, project, step, None, steps=list(steps.values()))


@require_http_methods(["GET", "POST"])
@needs("expert.convene")
def edit_panel(request: CountyRequest, pk: int) -> HttpResponse:
    """Take up what a unit asked for, or change what is prepared."""
    found = _find(request, pk)
    return _form(request, found.project, found.step, found)


def _form(
    request: CountyRequest, project: Any, step: Step | None, panel: Panel | None, *, steps: list[Step] | None = None
) -> HttpResponse:
    rule = rule_of(project=project, step=step)
    papers = list(Document.objects.active().filter(project=project))
    form = PanelForm(
        request.POST if request.method == "POST" else None,
        specialities=library.known_specialities(),
        papers=papers,
        panel=panel,
        initial={
            "size": rule.at_least if rule.at_least > 1 else None,
            "purpose": step.name if step is not None else "",
            "due_on": clock.working_day_after(clock.today(), 10),
        },
    )
    errors: list[dict[str, Any]] = []
    status = 200
    if request.method == "POST":
        if not form.is_valid():
            errors, status = form_errors(form), 422
        else:
            try:
                made = panels.prepare(
                    actor=request.actor,
                    project=project,
                    step=step,
                    panel=panel,
                    values=form.values(),
                    seen_version=form.cleaned_data["version"] if panel is not None else None,
                )
            except Refusal as refusal:
                errors, status = refusal.listed(), refusal.status
            else:
                return redirect("approvals:panel", county=request.county.code, pk=made.pk)
    context = {
        "project": project,
        "panel": panel,
        "step": step,
        "steps": steps or [],
        "form": form,
        "rule": rule,
        "errors": errors,
    }
    return render(request, "experts/panel_form.html", context, status=status)


def _find(request: CountyRequest, pk: int) -> Panel:
    found: Panel = get_object_or_404(
        Panel.objects.select_related("office", "step", "supplement", "project__applicant", "project__rule_version"),
        pk=pk,
    )
    if not found.project.is_visible_to(request.actor):
        raise Http404
    return found


@require_GET
@needs("expert.view")
def panel(request: CountyRequest, pk: int) -> HttpResponse:
    """One panel: who sits, how they were drawn, what they said."""
    return _page(request, _find(request, pk))


def _page(request: CountyRequest, found: Panel, *, refusal: Refusal | None = None, **shown: Any) -> HttpResponse:
    rule, actor = kept_rule(found.rule), request.actor
    seats = list(
        Seat.objects.filter(panel=found).select_related("expert", "draw").prefetch_related("links", "opinions")
    )
    for one in seats:
        one.panel = found
        one.tone = SEATS_TONES.get(SeatState(one.state), "neutral")  # type: ignore[attr-defined]
        one.is_linked = any(link.revoked_at is None and link.spent_at is None for link in one.links.all())  # type: ignore[attr-defined]
    draws = list(found.draws.all())
    sits = [one for one in seats if one.state not in GONE]
    leads = actor.may("expert.convene") and actor.in_office(found.office_id)
    live = leads and found.state in (PanelState.PREPARED, PanelState.SITTING)
    opinions = consolidation.opinions_of(found)
    names_left = found.size - sum(one["count"] for one in found.places)
    names_left -= sum(one.draw_id is None for one in sits)
    committed = next((one for one in draws if one.state == DrawState.COMMITTED), None)
    kept = {one.seat_id: one for one in Attendance.objects.filter(seat__panel=found)}
    is_extending = shown.get("acted") == "extend"
    context = {
        "panel": found,
        "tone": PANELS_TONES[PanelState(found.state)],
        "rule": rule,
        "seats": seats,
        "draws": draws,
        "committed": committed,
        "vacant": panels.vacant(found, sits) if found.state in (PanelState.PREPARED, PanelState.SITTING) else [],
        "leads": leads,
        "live": live,
        "may_name": live and names_left > 0,
        "experts": Expert.objects.filter(state="active")[:500] if live and names_left > 0 else [],
        "opinions": opinions,
        "averages": consolidation.averages(found, opinions) if opinions else [],
        "minority": {one.pk for one in consolidation.minority(opinions)},
        "waiting": [one for one in sits if one.state != SeatState.SIGNED],
        "is_overdue": panels.overdue(found),
        "papers": Document.objects.filter(pk__in=found.papers),
        "made": Document.objects.filter(pk__in=found.summary.get("papers", [])),
        "fees_form": FeesForm(seats=seats, kept=kept) if leads and seats else None,
        "attendance": kept,
        "extend_form": ExtendForm(request.POST if is_extending else None, initial={"due_on": found.due_on}),
        "errors": refusal.listed() if refusal else [],
        **shown,
    }
    response = render(request, "experts/panel.html", context, status=refusal.status if refusal else 200)
    if shown.get("token_urls"):
        response["Cache-Control"] = "no-store"
    return response


# --- acts -----------------------------------------------------------------------------------------------------


def _commit(request: CountyRequest, found: Panel) -> str:
    whole_anew = request.POST.get("whole") == "1"
    panels.commit(actor=request.actor, panel=found, reason=request.POST.get("reason", ""), whole=whole_anew)
    return _("The seed is committed to. Say the number aloud, then draw.")


def _draw_of(request: CountyRequest, found: Panel) -> Draw:
    draw: Draw = get_object_or_404(
        Draw.objects.select_related("panel"), panel=found, pk=whole(request.POST.get("draw"))
    )
    draw.panel = found
    return draw


def _reveal(request: CountyRequest, found: Panel) -> str:
    draw = panels.reveal(actor=request.actor, draw=_draw_of(request, found), said=request.POST.get("said", ""))
    return _("Drawn: %(count)s experts.") % {"count": len(draw.result)}


def _set_aside(request: CountyRequest, found: Panel) -> str:
    panels.set_aside(actor=request.actor, draw=_draw_of(request, found), reason=request.POST.get("reason", ""))
    return _("The draw is set aside; it stays visible.")


def _name(request: CountyRequest, found: Panel) -> str:
    expert = Expert.objects.filter(pk=whole(request.POST.get("expert")) or 0).first()
    if expert is None:
        raise Refusal(_("Please choose an expert."), field="expert")
    panels.name_by_hand(actor=request.actor, panel=found, expert=expert, reason=request.POST.get("reason", ""))
    return _("%(name)s is named.") % {"name": expert.name}


def _seat_of(request: CountyRequest, found: Panel) -> Seat:
    seat: Seat = get_object_or_404(Seat, panel=found, pk=whole(request.POST.get("seat")))
    seat.panel = found
    return seat


def _replace(request: CountyRequest, found: Panel) -> str:
    seat = _seat_of(request, found)
    panels.replace(actor=request.actor, seat=seat, reason=request.POST.get("reason", ""))
    return _("The place of %(name)s is vacant; draw it anew.") % {"name": seat.name}


def _revoke(request: CountyRequest, found: Panel) -> str:
    seat = _seat_of(request, found)
    links.revoke(actor=request.actor, seat=seat)
    return _("The link of %(name)s opens nothing any more.") % {"name": seat.name}


def _extend(request: CountyRequest, found: Panel) -> str:
    form = ExtendForm(request.POST)
    if not form.is_valid():
        raise Refusal(form_errors(form)[0]["text"], field="due_on")
    panels.extend(actor=request.actor, panel=found, due_on=form.cleaned_data["due_on"])
    return _("The experts have until the later day.")


def _supplement(request: CountyRequest, found: Panel) -> str:
    consolidation.ask_supplement(actor=request.actor, panel=found, text=request.POST.get("wanted", ""))
    return _("The unit is asked to present and supplement.")


def _consolidate(request: CountyRequest, found: Panel) -> str:
    consolidation.consolidate(
        actor=request.actor,
        panel=found,
        text=request.POST.get("text", ""),
        missing_reason=request.POST.get("missing_reason", ""),
        seen_version=version_shown(request.POST),
    )
    return _("The opinions are consolidated and lie with the papers of the project.")


def _cancel(request: CountyRequest, found: Panel) -> str:
    panels.cancel(actor=request.actor, panel=found, reason=request.POST.get("reason", ""))
    return _("The review is cancelled.")


def _fees(request: CountyRequest, found: Panel) -> str:
    seats = list(Seat.objects.filter(panel=found))
    form = FeesForm(request.POST, seats=seats, kept={})
    if not form.is_valid():
        raise Refusal(form_errors(form)[0]["text"], field=str(form_errors(form)[0]["field"]))
    fees.record(actor=request.actor, panel=found, rows=form.values())
    return _("The attendance is recorded.")


ACTS: dict[str, Callable[[CountyRequest, Panel], str]] = {
    "commit": _commit,
    "reveal": _reveal,
    "set-aside": _set_aside,
    "name": _name,
    "replace": _replace,
    "revoke": _revoke,
    "extend": _extend,
    "supplement": _supplement,
    "consolidate": _consolidate,
    "cancel": _cancel,
    "fees": _fees,
}


@require_POST
@needs("expert.convene")
def act(request: CountyRequest, pk: int, what: str) -> HttpResponse:
    """Carry out one act on a panel; what is refused shows the page again with what was typed."""
    if what not in ACTS:
        raise Http404
    found = _find(request, pk)
    try:
        said = ACTS[what](request, found)
    except Refusal as refusal:
        shown: dict[str, Any] = {"typed": request.POST, "acted": what}
        if what == "fees":
            seats = list(Seat.objects.filter(panel=found).select_related("panel"))
            shown["fees_form"] = FeesForm(request.POST, seats=seats, kept={})
        return _page(request, _find(request, pk), refusal=refusal, **shown)
    messages.success(request, said)
    return redirect("approvals:panel", county=request.county.code, pk=pk)


@require_POST
@needs("expert.convene")
def link(request: CountyRequest, pk: int) -> HttpResponse:
    """Make the links of the experts who were chosen (or of one), and show them this once."""
    found = _find(request, pk)
    made, refusal = [], None
    try:
        seat = _seat_of(request, found)
        token = links.make(actor=request.actor, seat=seat)
        path = reverse("approvals:expert_review", kwargs={"code": request.county.code, "token": token})
        made.append((seat.name, request.build_absolute_uri(path)))
    except Refusal as said:
        refusal = said
    return _page(request, _find(request, pk), refusal=refusal, token_urls=made)


# --- checking a draw ------------------------------------------------------------------------------------------


def _draw(request: CountyRequest, pk: int) -> Draw:
    found: Draw = get_object_or_404(Draw.objects.select_related("panel__office", "panel__project__applicant"), pk=pk)
    if not found.panel.project.is_visible_to(request.actor):
        raise Http404
    return found


@require_GET
@needs("expert.view")
def draw(request: CountyRequest, pk: int) -> HttpResponse:
    """A draw, and how anybody checks it."""
    found = _draw(request, pk)
    names = {one["key"]: one for one in found.candidates}
    context = {
        "draw": found,
        "panel": found.panel,
        "result": [{**names[one["key"]], "speciality": one["speciality"]} for one in found.result],
        "is_drawn": found.state == DrawState.DRAWN,
    }
    return render(request, "experts/draw.html", context)


@require_GET
@needs("expert.view")
def draw_file(request: CountyRequest, pk: int) -> HttpResponse:
    """A draw as a file for checking."""
    found = _draw(request, pk)
    response = JsonResponse(panels.exported(found), json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = f'attachment; filename="draw-{found.pk}.json"'
    return response
