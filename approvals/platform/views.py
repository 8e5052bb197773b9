"""A project on the platform of approvals, and the list of all that are on it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import CountyRequest, needs
from accounts.refusals import Refusal
from approvals.forms import PlatformForm
from approvals.models import PlatformRecord
from approvals.platform.keeping import KEPT, keep, may_keep
from approvals.platform.listings import ON_PLATFORM
from approvals.step_page import READERS, form_errors
from projects import project_page


@require_GET
@needs(*READERS)
def all_of_it(request: CountyRequest) -> HttpResponse:
    """The projects on the platform, with what is copied to it as a file."""
    return render(request, "approvals/on_platform.html", {"table": ON_PLATFORM.table(request)})


@require_http_methods(["GET", "POST"])
@needs(*READERS)
def of_project(request: CountyRequest, pk: int) -> HttpResponse:
    """Number and progress of a project there; the unit that builds it enters them."""
    project = project_page.find_project(request, pk)
    record = PlatformRecord.objects.select_related("step", "updated_by").filter(project=project).first()
    known = {"version": record.version, **{name: getattr(record, name) for name in KEPT}} if record is not None else {}
    form = PlatformForm(request.POST or None, initial=known)
    errors, status = [], 200
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            keep(actor=request.actor, record=record, values=typed, seen_version=typed["version"])
        except Refusal as refusal:
            errors, status = refusal.listed(), refusal.status
        else:
            messages.success(request, _("Entered."))
            return redirect("approvals:platform", county=request.county.code, pk=pk)
    elif request.method == "POST":
        errors, status = form_errors(form), 422
    context = {
        **project_page.header(request, project, tab="replies"),
        "record": record,
        "form": form if record is not None and may_keep(request.actor, project) else None,
        "errors": errors,
    }
    return render(request, "approvals/platform.html", context, status=status)
