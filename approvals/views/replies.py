"""Replies to what a unit handed in, and the conditions they made."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import CountyRequest, needs
from accounts.refusals import Refusal
from approvals.models import Condition, PlatformRecord, Reply
from approvals.services import replies as service
from approvals.step_page import READERS
from jurisdictions.fields import version_shown
from projects import project_page
from workflow.desk.errors import as_errors

SAID = {
    "report": _("The report was passed on; the office that set the condition confirms it."),
    "confirm": _("The condition counts as fulfilled."),
    "reject": _("The unit was told why it does not count as fulfilled."),
    "waive": _("The condition was waived."),
}


@require_GET
@needs(*READERS)
def replies(request: CountyRequest, pk: int) -> HttpResponse:
    """The replies of a project with their sums and conditions."""
    return _page(request, pk)


def _page(
    request: CountyRequest,
    pk: int,
    *,
    refusal: Refusal | None = None,
    condition: Condition | None = None,
    text: str = "",
) -> HttpResponse:
    project = project_page.find_project(request, pk)
    rows = Reply.objects.of_project(project).select_related("step__office").prefetch_related("conditions")
    context = {
        **project_page.header(request, project, tab="replies"),
        "replies": list(rows),
        "on_platform": PlatformRecord.objects.select_related("step").filter(project=project).first(),
        "may_report": request.actor.may("owner.record") and request.actor.in_office(project.owner_unit_id),
        "may_answer": request.actor.may("step.decide"),
        "errors": as_errors(refusal) if refusal is not None else [],
        "tried": condition.pk if condition is not None else None,
        "text": text,
    }
    return render(request, "approvals/replies.html", context, status=refusal.status if refusal else 200)


@require_POST
@needs("owner.record", "step.decide")
def condition(request: CountyRequest, pk: int) -> HttpResponse:
    """The unit reports a condition as fulfilled; the office that set it confirms, does not take it so, or waives it."""
    rows = Condition.objects.select_related("reply__step__office", "reply__step__project__owner_unit")
    found: Condition = get_object_or_404(rows, pk=pk)
    step = found.reply.step
    project_page.find_project(request, step.project_id)  # else 404
    act, text = request.POST.get("act", ""), request.POST.get("text", "")
    seen = version_shown(request.POST)
    try:
        if act == "report":
            service.report(actor=request.actor, condition=found, text=text, seen_version=seen)
        else:
            service.answer(actor=request.actor, condition=found, outcome=act, text=text, seen_version=seen)
    except Refusal as refusal:
        return _page(request, step.project_id, refusal=refusal, condition=found, text=text)
    messages.success(request, SAID[act])
    return redirect("approvals:replies", county=request.county.code, pk=step.project_id)
