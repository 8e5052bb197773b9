"""Delay of the preliminary work: what the unit delayed, opening a finding, hearing the unit, deciding, lifting."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.access import CountyRequest, needs
from accounts.refusals import Refusal
from approvals.models import DelayFinding, FindingState
from approvals.services import findings as service
from approvals.step_page import form_errors
from jurisdictions.fields import DayField, VersionField
from projects import project_page
from workflow import stages
from workflow.clocks import delays


def _text(label: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))


class ProposeForm(forms.Form):
    """Why a finding is opened, and until when the unit is heard."""

    grounds = _text(gettext_lazy("Grounds"))
    state_by = DayField(label=gettext_lazy("The unit makes its statement by"), required=True)


class StatementForm(forms.Form):
    """What the unit says."""

    version = VersionField()
    statement = _text(gettext_lazy("Statement of the unit"))


class DecisionForm(forms.Form):
    """Why the delay is confirmed or not."""

    version = VersionField()
    decision = _text(gettext_lazy("Decision and its reasons"))


class LiftForm(forms.Form):
    """Why the finding is lifted."""

    version = VersionField()
    lifting = _text(gettext_lazy("Why it is lifted"))


@require_http_methods(["GET", "POST"])
@needs("project.view", "declaration.view_own")
def delay(request: CountyRequest, pk: int) -> HttpResponse:
    """What the parties delayed the preliminary work by, the findings, and the form to open one."""
    project = project_page.find_project(request, pk)
    measure = service.measure_of(project)
    clocks = delays.clocks_of(project, delays.steps_of(project))
    rows = delays.of_project(project, clocks, phases=delays.PRELIMINARY)
    own = next((one for one in rows if one.party == "owner"), None)
    found = list(DelayFinding.objects.filter(project=project).select_related("unit", "office"))
    hindered = service.why_not_open(request.actor, project, measure, own)
    form: ProposeForm | None = None
    errors: list[dict[str, Any]] = []
    status = 200
    if request.method == "POST":
        form = ProposeForm(request.POST)
        try:
            if form.is_valid():
                data = form.cleaned_data
                made = service.propose(
                    actor=request.actor, project=project, grounds=data["grounds"], state_by=data["state_by"]
                )
                messages.success(request, _("The finding is opened; the unit has been told."))
                return redirect("approvals:finding", county=request.county.code, pk=made.pk)
            errors, status = form_errors(form), 422
        except Refusal as refusal:
            errors, status = refusal.listed(), refusal.status
    elif hindered is None and not any(one.state in service.OPEN for one in found):
        form = ProposeForm()
    for one in found:
        one.tone = stages.tone("finding", one.state)  # type: ignore[attr-defined]
    context = {
        **project_page.header(request, project, tab="deadlines"),
        "delays": rows,
        "measure": measure,
        "hindered": hindered,
        "findings": found,
        "form": form,
        "errors": errors,
    }
    return render(request, "approvals/delay.html", context, status=status)


def _find(request: CountyRequest, pk: int) -> DelayFinding:
    rows = DelayFinding.objects.select_related("unit", "office", "opened_by", "stated_by", "decided_by", "lifted_by")
    found: DelayFinding = get_object_or_404(rows, pk=pk)
    found.project = project_page.find_project(request, found.project_id)
    return found


def _offered(request: CountyRequest, found: DelayFinding) -> dict[str, type[forms.Form]]:
    """The forms this person may use on the finding now."""
    actor = request.actor
    decides = actor.in_office(found.office_id) and actor.may("step.decide")
    if found.state == FindingState.PROPOSED and actor.in_office(found.unit_id) and actor.may("owner.record"):
        return {"state": StatementForm}
    if found.state == FindingState.HEARD and decides:
        return {"decide": DecisionForm}
    if found.state == FindingState.CONFIRMED and decides:
        return {"lift": LiftForm}
    return {}


SENT = {"state": "state", "confirm": "decide", "drop": "decide", "lift": "lift"}
CLASSES: dict[str, type[forms.Form]] = {"state": StatementForm, "decide": DecisionForm, "lift": LiftForm}


@require_http_methods(["GET", "POST"])
@needs("project.view", "declaration.view_own")
def finding(request: CountyRequest, pk: int) -> HttpResponse:
    """A finding with all that was said of it; the unit makes its statement, the office decides and lifts."""
    found = _find(request, pk)
    act = request.POST.get("act", "")
    errors: list[dict[str, Any]] = []
    status, bound = 200, None
    if request.method == "POST":
        name = SENT.get(act)
        if name is None:
            raise Http404
        bound = CLASSES[name](request.POST)
        try:
            if bound.is_valid():
                messages.success(request, _carry_out(request, found, act, bound.cleaned_data))
                return redirect("approvals:finding", county=request.county.code, pk=pk)
            errors, status = form_errors(bound), 422
        except Refusal as refusal:
            errors, status = refusal.listed(), refusal.status
            found = _find(request, pk)
    shown = {name: form(initial={"version": found.version}) for name, form in _offered(request, found).items()}
    if bound is not None and SENT[act] in shown:
        shown[SENT[act]] = bound
    context = {
        **project_page.header(request, found.project, tab="deadlines"),
        "finding": found,
        "tone": stages.tone("finding", found.state),
        "forms": shown,
        "errors": errors,
    }
    return render(request, "approvals/finding.html", context, status=status)


def _carry_out(request: CountyRequest, found: DelayFinding, act: str, data: dict[str, Any]) -> str:
    """Do what was sent and say what was done. Raises `Refusal`."""
    actor, version = request.actor, data["version"]
    if act == "state":
        service.state(actor=actor, finding=found, statement=data["statement"], seen_version=version)
        return _("The statement is made; the office decides.")
    if act == "lift":
        service.lift(actor=actor, finding=found, reason=data["lifting"], seen_version=version)
        return _("The finding is lifted; the unit has been told.")
    confirmed = act == "confirm"
    service.decide(actor=actor, finding=found, confirmed=confirmed, reason=data["decision"], seen_version=version)
    return _("The delay is confirmed; the unit has been told.") if confirmed else _("The finding is dropped.")
