"""Meetings: prepare an agenda, record the minutes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import CountyRequest, needs
from accounts.refusals import Refusal
from accounts.shown import creating
from approvals.forms import MeetingForm, MinutesForm
from approvals.listings import MEETINGS
from approvals.models import Meeting, MeetingItem, MeetingState
from approvals.services import meetings as service
from approvals.step_page import form_errors
from jurisdictions.fields import version_shown, whole
from workflow.documents import storage
from workflow.models import Step, StepState
from workflow.route.hindrances import Hindrance, hindrances_of
from workflow.trail import audit


@require_GET
@needs("meeting.hold", "project.view")
def meetings(request: CountyRequest) -> HttpResponse:
    """Meetings, newest first, and what waits for one."""
    waiting = service.waiting_steps(actor=request.actor) if request.actor.may("meeting.hold") else []
    context = {"table": MEETINGS.table(request), "waiting": waiting}
    return render(request, "approvals/meetings.html", context)


@creating
@require_http_methods(["GET", "POST"])
@needs("meeting.hold")
def new_meeting(request: CountyRequest) -> HttpResponse:
    """Prepare a meeting from what waits for one; its title and day are proposed."""
    waiting = service.waiting_steps(actor=request.actor)
    chosen = _chosen(request)
    proposed = service.proposed(steps=[step for step in waiting if step.pk in chosen] or waiting)

    def write(steps: list[Step], values: dict[str, Any]) -> Meeting:
        bodies = {step.authority for step in steps}
        if len(bodies) > 1:
            raise Refusal(_("Projects for different bodies cannot go to one meeting."), field="steps")
        return service.prepare_meeting(actor=request.actor, body=next(iter(bodies), ""), steps=steps, **values)

    return _agenda(request, waiting, chosen, proposed, write)


@require_http_methods(["GET", "POST"])
@needs("meeting.hold")
def edit_meeting(request: CountyRequest, pk: int) -> HttpResponse:
    """Change title, day and agenda of a meeting that was not held yet."""
    found: Meeting = get_object_or_404(Meeting, pk=pk, state=MeetingState.PREPARED)
    listed = [item.step for item in _items(found)]
    waiting = [step for step in service.waiting_steps(actor=request.actor) if step.authority == found.body]
    chosen = _chosen(request) if request.method == "POST" else {step.pk for step in listed}
    shown = version_shown(request.POST)
    seen = -1 if shown is None else shown  # a page always says which agenda it showed

    def write(steps: list[Step], values: dict[str, Any]) -> Meeting:
        return service.change_meeting(actor=request.actor, meeting=found, steps=steps, seen_version=seen, **values)

    initial = {"title": found.title, "held_on": found.held_on}
    return _agenda(request, [*listed, *waiting], chosen, initial, write, meeting=found)


def _chosen(request: CountyRequest) -> set[int]:
    sent = request.POST if request.method == "POST" else request.GET
    return {pk for text in sent.getlist("steps") if (pk := whole(text)) is not None}


def _agenda(
    request: CountyRequest,
    waiting: list[Step],
    chosen: set[int],
    initial: dict[str, Any],
    write: Callable[[list[Step], dict[str, Any]], Meeting],
    **shown: Any,
) -> HttpResponse:
    form = MeetingForm(request.POST or None, initial=initial)
    errors: list[dict[str, Any]] = []
    status = 200
    if request.method == "POST":
        if not form.is_valid():
            errors, status = form_errors(form), 422
        else:
            steps = [step for step in waiting if step.pk in chosen]
            try:
                if len(chosen) > len(steps):
                    raise Refusal(_("Something you chose is not waiting any more. Please look again."), field="steps")
                made = write(steps, form.cleaned_data)
            except Refusal as refusal:
                errors, status = refusal.listed(), refusal.status
            else:
                return redirect("approvals:meeting", county=request.county.code, pk=made.pk)
    context = {"form": form, "waiting": waiting, "chosen": chosen, "errors": errors, **shown}
    return render(request, "approvals/new_meeting.html", context, status=status)


@require_http_methods(["GET", "POST"])
@needs("meeting.hold", "project.view")
def meeting(request: CountyRequest, pk: int) -> HttpResponse:
    """A meeting: its agenda, and once it is held its minutes and decisions."""
    found = _find(pk)
    items = _items(found)
    form = _minutes_form(request, found, items)
    if request.method != "POST":
        return _page(request, found, items, form)
    with audit.gathered():
        try:
            service.require_holder(actor=request.actor, meeting=found, items=items)
            upload = request.FILES.get("minutes")
            if upload is not None:
                service.keep_minutes(actor=request.actor, meeting=found, upload=upload)
            if not form.is_valid():
                return _page(request, found, items, form, errors=form_errors(form), status=422)
            service.hold_meeting(
                actor=request.actor,
                meeting=found,
                outcomes=form.outcomes(),
                departures=form.departures(),
                votes=form.votes(),
                minutes=found.minutes,
                number=form.cleaned_data["number"],
                held_on=form.cleaned_data["held_on"],
                seen_version=form.cleaned_data["version"],
            )
        except Refusal as refusal:
            found = _find(pk)  # as it stands: what was begun is undone
            return _page(request, found, items, form, errors=refusal.listed(), status=refusal.status)
    messages.success(request, _("The minutes are recorded and carried out."))
    return redirect("approvals:meeting", county=request.county.code, pk=pk)


@require_POST
@needs("meeting.hold")
def cancel_meeting(request: CountyRequest, pk: int) -> HttpResponse:
    """Give a meeting up; its projects wait for another one."""
    found = _find(pk)
    try:
        service.cancel_meeting(
            actor=request.actor,
            meeting=found,
            reason=request.POST.get("cancel_reason", ""),
            seen_version=version_shown(request.POST),
        )
    except Refusal as refusal:
        items = _items(found)
        form = _minutes_form(request, found, items, bound=False)
        return _page(request, found, items, form, errors=refusal.listed(), status=refusal.status)
    messages.success(request, _("The meeting is cancelled. Its projects wait for another one."))
    return redirect("approvals:meetings", county=request.county.code)


def _find(pk: int) -> Meeting:
    found: Meeting = get_object_or_404(Meeting.objects.select_related("minutes", "prepared_by"), pk=pk)
    return found


def _items(found: Meeting) -> list[MeetingItem]:
    return list(found.items.select_related("step__project__applicant", "step__office"))


def _minutes_form(
    request: CountyRequest, found: Meeting, items: list[MeetingItem], *, bound: bool = True
) -> MinutesForm:
    is_sent = bound and request.method == "POST"
    return MinutesForm(
        request.POST if is_sent else None,
        request.FILES if is_sent else None,
        items=items,
        hindrances=_hindrances(found, items) if request.actor.may("meeting.hold") else {},
        has_minutes=found.minutes_id is not None,
        initial={"version": found.version, "held_on": found.held_on, "number": found.number},
    )


def _hindrances(found: Meeting, items: list[MeetingItem]) -> dict[int, list[Hindrance]]:
    """What stands against approving the projects of an agenda that is not decided yet."""
    if found.state != MeetingState.PREPARED:
        return {}
    routes: dict[int, list[Step]] = defaultdict(list)
    for step in Step.objects.filter(project__in=[item.step.project_id for item in items]):
        routes[step.project_id].append(step)
    for item in items:
        item.step.together = routes[item.step.project_id]
    return {item.pk: hindrances_of(item.step) for item in items if item.step.state == StepState.OPEN}


def _page(
    request: CountyRequest,
    found: Meeting,
    items: list[MeetingItem],
    form: MinutesForm,
    *,
    errors: Sequence[dict[str, Any]] = (),
    status: int = 200,
) -> HttpResponse:
    may_hold = (
        found.state == MeetingState.PREPARED
        and request.actor.may("meeting.hold")
        and all(request.actor.in_office(item.step.office_id) for item in items)
    )
    context = {
        "meeting": found,
        "items": items,
        "form": form if may_hold else None,
        "errors": errors,
        "cancel_reason": request.POST.get("cancel_reason", ""),
        **storage.limits(),
        "rows": form.rows(),
    }
    return render(request, "approvals/meeting.html", context, status=status)
