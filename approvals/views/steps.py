"""The decision page: what there is to read, and the bar with all that may be done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import CountyRequest, needs
from accounts.refusals import Refusal
from approvals import guards
from approvals.bundle import start_bundle
from approvals.kinds.base import PagedKind
from approvals.kinds.records import not_recorded
from approvals.kinds.reviews import not_decided_by_one
from approvals.services import reopening
from approvals.step_page import READERS, StepPage, find_step, form_errors, step_to_act_on
from jurisdictions.fields import version_shown
from workflow.desk import came_from
from workflow.desk.said import said_of
from workflow.documents import storage
from workflow.filings import services as filings
from workflow.models import Step, StepState
from workflow.notices import notify
from workflow.route import taking_back
from workflow.trail import audit


@require_GET
@needs(*READERS)
def step(request: CountyRequest, pk: int) -> HttpResponse:
    """A step with what it needs, and the forms the person may use on it."""
    return StepPage(request, find_step(request, pk)).render()


def carry_out(request: CountyRequest, pk: int, *, address: str, otherwise: Callable[[Step], Refusal]) -> HttpResponse:
    """Keep the papers, then act as the step's kind says; where it goes to another address, say `otherwise`.

    What is wrong shows the page again with everything typed and the papers kept.
    """
    found = step_to_act_on(request, pk)
    page = StepPage(request, found)
    kind = page.kind
    bound: dict[str, Any] = {}
    refusal, errors, ended = None, [], found
    with audit.gathered():
        try:
            guards.may_act(request.actor, found)  # before a paper of somebody who may not act is kept
            if not isinstance(kind, PagedKind) or kind.address != address:
                raise otherwise(found)
            form = bound[address] = kind.form(page, request.POST, request.FILES)
            if found.state == StepState.OPEN:
                for key, upload in form.uploads().items():
                    storage.store(actor=request.actor, project=found.project, purpose=key, upload=upload, step=found)
            if form.is_valid():
                ended = kind.carry_out(actor=request.actor, step=found, form=form)
            else:
                errors = form_errors(form)
        except Refusal as said:
            refusal = said
    if refusal is not None or errors:
        fresh = StepPage(request, find_step(request, pk), bound=bound)
        return fresh.render(refusal=refusal, errors=errors or None)
    return on_to_the_next(request, said_of(ended))


def on_to_the_next(request: CountyRequest, said: str) -> HttpResponse:
    """Say what happened, and go on to what the person works on next."""
    messages.success(request, said)
    url = reverse("workflow:next", kwargs={"county": request.county.code})
    return redirect(came_from.carry(url, came_from.of_request(request)))


def back_to_the_step(request: CountyRequest, pk: int) -> HttpResponse:
    """Show the step again, with the filters it was opened from."""
    url = reverse("approvals:step", kwargs={"county": request.county.code, "pk": pk})
    return redirect(came_from.carry(url, came_from.of_request(request)))


@require_POST
@needs("step.decide")
def decide(request: CountyRequest, pk: int) -> HttpResponse:
    """Approve or refuse."""
    return carry_out(
        request,
        pk,
        address="approvals:decide",
        otherwise=not_decided_by_one,
    )


@require_POST
@needs("step.record", "owner.record")
def record(request: CountyRequest, pk: int) -> HttpResponse:
    """Record what was done or decided elsewhere."""
    return carry_out(request, pk, address="approvals:record", otherwise=not_recorded)


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
    give_back = reopening.send_back_both if form.cleaned_data.get("reopen") else filings.send_back
    try:
        give_back(
            actor=request.actor,
            step=found,
            items=form.items(),
            reason=form.cleaned_data["reason"],
            correct_by=form.cleaned_data["correct_by"],
            seen_version=form.cleaned_data["version"],
        )
    except Refusal as refusal:
        return StepPage(request, find_step(request, pk), bound={"return": form}).render(refusal=refusal)
    said = _("“%(project)s” has been returned; people told: %(count)s.")
    return on_to_the_next(request, said % {"project": found.project.name, "count": notify.told().count})


@require_POST
@needs("step.decide", "step.record")
def take_back(request: CountyRequest, pk: int) -> HttpResponse:
    """Take back one's own decision, as long as nobody has acted on it."""
    found = step_to_act_on(request, pk)
    reason = request.POST.get("take_back_reason", "")
    try:
        taking_back.take_back(actor=request.actor, step=found, reason=reason, seen_version=version_shown(request.POST))
    except Refusal as refusal:
        return StepPage(request, find_step(request, pk), typed=reason).render(refusal=refusal)
    messages.success(request, _("Taken back: the step lies before your office again, with the days it had left."))
    return back_to_the_step(request, pk)


@require_POST
@needs(*READERS)
def bundle(request: CountyRequest, pk: int) -> HttpResponse:
    """Have the papers that the step names put together as one file."""
    found = find_step(request, pk)
    try:
        job = start_bundle(actor=request.actor, step=found)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("approvals:step", county=request.county.code, pk=pk)
    return redirect("workflow:job", county=request.county.code, pk=job.pk)
