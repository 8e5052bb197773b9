"""Handing a declaration in, taking it back, taking a draft into another call."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import CountyRequest, needs
from accounts.refusals import Incomplete, Refusal
from projects import project_page, services
from projects.services.drafts import EDITABLE, locked
from projects.views.form import add_files, find, form_page, seen_version, typed_in
from projects.views.shared import as_errors
from workflow.models import FilingState


@require_http_methods(["GET", "POST"])
@needs("declaration.file")
def submit(request: CountyRequest, pk: int) -> HttpResponse:
    """Save what stands in the form and hand it in (again, after a return). Reloaded, the form is shown."""
    declaration = find(request, pk)
    if request.method != "POST":
        return redirect("projects:edit", county=request.county.code, pk=pk)
    content = typed_in(request)
    again = declaration.state == FilingState.RETURNED
    try:
        if content and declaration.state in EDITABLE:
            declaration = services.save_content(
                actor=request.actor,
                declaration=declaration,
                content=content,
                seen_content_version=seen_version(request.POST),
            )
        if problems := add_files(request, declaration):
            raise Incomplete(_("Not every file could be added."), items=problems)
        if again:
            services.resubmit(actor=request.actor, declaration=declaration)
        else:
            services.submit(actor=request.actor, declaration=declaration)
    except Refusal as refusal:
        fresh = locked(declaration)
        kept = fresh.content if request.FILES else {**fresh.content, **content}
        return form_page(request, fresh, content=kept, refusal=refusal, check=True)
    messages.success(
        request,
        _("Handed in. “%(name)s” has the number %(number)s.")
        % {"name": declaration.project.name, "number": declaration.project.number},
    )
    return redirect("projects:project", county=request.county.code, pk=declaration.project_id)


@require_http_methods(["GET", "POST"])
@needs("declaration.file")
def withdraw(request: CountyRequest, pk: int) -> HttpResponse:
    """Withdraw with a reason."""
    declaration = find(request, pk)
    context: dict[str, Any] = {
        **project_page.header(request, declaration.project, tab="", steps=[]),
        "declaration": declaration,
    }
    if request.method != "POST":
        return render(request, "projects/withdraw.html", context)
    try:
        services.withdraw(actor=request.actor, declaration=declaration, reason=request.POST.get("reason", ""))
    except Refusal as refusal:
        context |= {"errors": as_errors(refusal), "reason": request.POST.get("reason", "")}
        return render(request, "projects/withdraw.html", context, status=refusal.status)
    messages.success(request, _("Withdrawn. What was typed is kept and can be read."))
    return redirect("projects:project", county=request.county.code, pk=declaration.project_id)


@require_POST
@needs("declaration.file")
def carry_over(request: CountyRequest, pk: int) -> HttpResponse:
    """Take a draft into the call that is open now."""
    declaration = find(request, pk)
    try:
        services.carry_over(actor=request.actor, declaration=declaration)
        messages.success(request, _("The draft now belongs to the open call."))
    except Refusal as refusal:
        messages.warning(request, refusal.message)
    return redirect("projects:edit", county=request.county.code, pk=pk)
