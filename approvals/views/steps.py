"""The decision page: papers and opinions on the left, the decision on the right."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import CountyRequest, needs
from accounts.refusals import Refusal
from approvals import guards
from approvals.forms import StepForm
from approvals.services import decisions
from approvals.step_page import READERS, StepPage, find_step, form_errors
from projects import services as projects
from workflow.documents import storage
from workflow.models import Step, StepState
from workflow.trail import audit


@require_GET
@needs(*READERS)
def step(request: CountyRequest, pk: int) -> HttpResponse:
    """A step with what it needs, and the forms the person may use on it."""
    return StepPage(request, find_step(request, pk)).render()


def _carry_out(
    request: CountyRequest, found: Step, form: StepForm, name: str, act: Callable[[], object], done: str
) -> HttpResponse:
    """Keep the papers, then act; what is wrong shows the page again with everything typed and the papers kept."""
    refusal = None
    with audit.gathered():
        try:
            guards.may_act(request.actor, found)  # before a paper of somebody who may not act is kept
            if found.state == StepState.OPEN:
                for key, upload in form.uploads().items():
                    storage.store(actor=request.actor, project=found.project, purpose=key, upload=upload, step=found)
            if form.is_valid():
                act()
        except Refusal as said:
            refusal = said
    if refusal is not None or not form.is_valid():
        fresh = StepPage(request, find_step(request, found.pk), bound={name: form})
        return fresh.render(refusal=refusal) if refusal is not None else fresh.render(errors=form_errors(form))
    messages.success(request, done)
    return redirect("projects:project", county=request.county.code, pk=found.project_id)


@require_POST
@needs("step.decide")
def decide(request: CountyRequest, pk: int) -> HttpResponse:
    """Approve or refuse."""
    found = find_step(request, pk)
    form = StepPage(request, found).decision_form(request.POST, request.FILES)
    return _carry_out(
        request,
        found,
        form,
        "decide",
        lambda: decisions.decide(
            actor=request.actor,
            step=found,
            outcome=form.cleaned_data["outcome"],
            reason=form.cleaned_data["reason"],
            missing_reason=form.cleaned_data.get("missing_reason", ""),
            record=form.record(),
            seen_version=form.cleaned_data["version"],
        ),
        _("Your decision is recorded."),
    )


@require_POST
@needs("step.record", "owner.record")
def record(request: CountyRequest, pk: int) -> HttpResponse:
    """Record what was done or decided elsewhere."""
    found = find_step(request, pk)
    form = StepPage(request, found).record_form(request.POST, request.FILES)
    return _carry_out(
        request,
        found,
        form,
        "record",
        lambda: decisions.record_result(
            actor=request.actor,
            step=found,
            outcome=form.cleaned_data.get("outcome") or decisions.RECORDED,
            on=form.cleaned_data["on"],
            number=form.cleaned_data["number"],
            reason=form.cleaned_data["reason"],
            record=form.record(),
            seen_version=form.cleaned_data["version"],
        ),
        _("The record is kept."),
    )


@require_POST
@needs("step.decide")
def send_back(request: CountyRequest, pk: int) -> HttpResponse:
    """Return the declaration for correction, with what is to be corrected."""
    found = find_step(request, pk)
    page = StepPage(request, found)
    form = page.return_form(request.POST)
    page.bound = {"return": form}
    if not form.is_valid():
        return page.render(errors=form_errors(form))
    try:
        projects.send_back(
            actor=request.actor,
            step=found,
            items=form.items(),
            reason=form.cleaned_data["reason"],
            seen_version=form.cleaned_data["version"],
        )
    except Refusal as refusal:
        return StepPage(request, find_step(request, pk), bound={"return": form}).render(refusal=refusal)
    messages.success(request, _("The declaration has been returned; the unit has been told."))
    return redirect("projects:project", county=request.county.code, pk=found.project_id)
