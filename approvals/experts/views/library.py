"""The library of experts: the list, one expert, the county's lists, and a file taken in."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import CountyRequest, needs
from accounts.refusals import Refusal
from approvals.experts import importing, library
from approvals.experts.forms import ExpertForm, ImportForm, ListsForm
from approvals.experts.listings import EXPERTS, FEES, STANDINGS
from approvals.models import Expert, ExpertImport, FeeRate, Seat, Standing
from approvals.step_page import form_errors
from jurisdictions.fields import version_shown
from workflow.jobs import services as jobs
from workflow.trail import audit

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def require_keeper(request: CountyRequest) -> None:
    """A page of those who keep the library: 403 for others."""
    try:
        library.require_keeper(request.actor)
    except Refusal as refusal:
        raise PermissionDenied(refusal.message) from refusal


@require_GET
@needs("expert.view")
def experts(request: CountyRequest) -> HttpResponse:
    """The list, searched and filtered."""
    context = {
        "table": EXPERTS.table(request),
        "get": request.GET,
        "specialities": library.known_specialities(),
        "states": [*Standing.choices, ("available", _("May be drawn now"))],
        "is_keeper": library.is_keeper(request.actor),
    }
    return render(request, "experts/experts.html", context)


@require_http_methods(["GET", "POST"])
@needs("expert.manage")
def new_expert(request: CountyRequest) -> HttpResponse:
    """Take an expert in."""
    require_keeper(request)
    form = ExpertForm(request.POST if request.method == "POST" else None, known=library.known_specialities())
    return _edit(request, form, None)


@require_http_methods(["GET", "POST"])
@needs("expert.view", "expert.manage")
def expert(request: CountyRequest, pk: int) -> HttpResponse:
    """One expert: where they sat, and for those who keep the library the form."""
    found: Expert = get_object_or_404(Expert, pk=pk)
    if request.method == "POST":
        require_keeper(request)
    form = ExpertForm(
        request.POST if request.method == "POST" else None, known=library.known_specialities(), expert=found
    )
    return _edit(request, form, found)


def _edit(request: CountyRequest, form: ExpertForm, found: Expert | None) -> HttpResponse:
    errors: list[dict[str, Any]] = []
    status = 200
    if request.method == "POST":
        try:
            if not form.is_valid():
                errors, status = form_errors(form), 422
            elif found is None:
                library.add(actor=request.actor, values=form.cleaned_data)
            else:
                seen = form.cleaned_data["version"]
                library.change(actor=request.actor, expert=found, values=form.cleaned_data, seen_version=seen)
        except Refusal as refusal:
            errors, status = refusal.listed(), refusal.status
        if not errors:
            messages.success(request, _("Saved: %(name)s.") % {"name": form.cleaned_data["name"]})
            return redirect("approvals:experts", county=request.county.code)
    return _page(request, form, found, errors=errors, status=status)


def _page(
    request: CountyRequest, form: ExpertForm, found: Expert | None, *, errors: Any = (), status: int = 200
) -> HttpResponse:
    seats = Seat.objects.filter(expert=found).select_related("panel__project").order_by("-pk")[:50] if found else []
    context = {
        "form": form,
        "expert": found,
        "errors": list(errors),
        "seats": seats,
        "is_keeper": found is None or library.is_keeper(request.actor),
        "tone": STANDINGS[Standing(found.state)] if found else "",
    }
    return render(request, "experts/expert.html", context, status=status)


@require_POST
@needs("expert.manage")
def move_expert(request: CountyRequest, pk: int) -> HttpResponse:
    """Suspend, reinstate, take out of the library."""
    found: Expert = get_object_or_404(Expert, pk=pk)
    try:
        library.move(
            actor=request.actor,
            expert=found,
            name=request.POST.get("move", ""),
            seen_version=version_shown(request.POST),
        )
    except Refusal as refusal:
        fresh = Expert.objects.get(pk=pk)
        form = ExpertForm(known=library.known_specialities(), expert=fresh)
        return _page(request, form, fresh, errors=refusal.listed(), status=refusal.status)
    messages.success(request, _("%(name)s: %(state)s.") % {"name": found.name, "state": found.get_state_display()})
    return redirect("approvals:expert", county=request.county.code, pk=pk)


@require_http_methods(["GET", "POST"])
@needs("expert.manage")
def lists(request: CountyRequest) -> HttpResponse:
    """The county's lists: specialities, fees a day."""
    require_keeper(request)
    rates = FeeRate.objects.filter(is_used=True)
    initial = {
        "specialities": "\n".join(library.known_specialities()),
        "rates": "\n".join(f"{one.name} {one.a_day}" for one in rates),
    }
    form = ListsForm(request.POST if request.method == "POST" else None, initial=initial)
    errors: list[dict[str, Any]] = []
    status = 200
    if request.method == "POST":
        if not form.is_valid():
            errors, status = form_errors(form), 422
        else:
            try:
                with audit.act():
                    names = form.cleaned_data["specialities"].splitlines()
                    library.set_specialities(actor=request.actor, names=names)
                    library.set_rates(actor=request.actor, rates=form.cleaned_data["rates"])
            except Refusal as refusal:
                errors, status = refusal.listed(), refusal.status
            else:
                messages.success(request, _("The lists are saved."))
                return redirect("approvals:experts", county=request.county.code)
    return render(request, "experts/lists.html", {"form": form, "errors": errors}, status=status)


@require_GET
@needs("expert.manage")
def template(request: CountyRequest) -> HttpResponse:
    """An empty list to fill in."""
    require_keeper(request)
    response = HttpResponse(importing.template(), content_type=XLSX)
    response["Content-Disposition"] = 'attachment; filename="experts.xlsx"'
    return response


@require_http_methods(["GET", "POST"])
@needs("expert.manage")
def new_import(request: CountyRequest) -> HttpResponse:
    """Choose a file; what is in it is looked at before anything is taken in."""
    require_keeper(request)
    form = ImportForm(request.POST if request.method == "POST" else None, request.FILES)
    errors: list[dict[str, Any]] = []
    status = 200
    if request.method == "POST":
        if not form.is_valid():
            errors, status = form_errors(form), 422
        else:
            try:
                made = importing.read(actor=request.actor, upload=form.cleaned_data["file"])
            except Refusal as refusal:
                errors, status = refusal.listed(), refusal.status
            else:
                return redirect("approvals:expert_import", county=request.county.code, pk=made.pk)
    return render(request, "experts/new_import.html", {"form": form, "errors": errors}, status=status)


@require_http_methods(["GET", "POST"])
@needs("expert.manage")
def expert_import(request: CountyRequest, pk: int) -> HttpResponse:
    """What would become of each row; sent, the job takes them in."""
    found: ExpertImport = get_object_or_404(ExpertImport, pk=pk)
    require_keeper(request)
    errors: list[dict[str, Any]] = []
    status = 200
    if request.method == "POST" and found.taken_at is None:
        try:
            job = jobs.start(actor=request.actor, kind=importing.IMPORT.key, arguments={"import": found.pk})
        except Refusal as refusal:
            errors, status = refusal.listed(), refusal.status
        else:
            return redirect("workflow:job", county=request.county.code, pk=job.pk)
    verdicts = importing.looked_at(found.rows)
    words = {
        "add": ("good", _("Is added")),
        "change": ("info", _("Is changed")),
        "same": ("neutral", _("As it is")),
        "refuse": ("bad", _("Refused")),
    }
    context = {
        "found": found,
        "errors": errors,
        "rows": [(one, *words[one.what]) for one in verdicts],
        "counts": [(label, sum(one.what == what for one in verdicts)) for what, (_tone, label) in words.items()],
        "takes": sum(one.what in ("add", "change") for one in verdicts),
    }
    return render(request, "experts/import.html", context, status=status)


@require_GET
@needs("expert.view")
def fees(request: CountyRequest) -> HttpResponse:
    """Attendance and fees of all panels, for finance."""
    return render(request, "experts/fees.html", {"table": FEES.table(request)})
