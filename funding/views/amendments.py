"""Pages of amendments to contracts."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import CountyRequest, needs
from accounts.refusals import Refusal
from accounts.shown import creating
from funding import contract_page
from funding.models import Amendment
from funding.services import amendments as services
from jurisdictions.fields import version_shown


@creating
@require_POST
@needs("owner.record")
def amendment(request: CountyRequest, pk: int) -> HttpResponse:
    """Record an amendment that was signed."""
    found = contract_page.find(request, pk)
    form = contract_page.amendment_form(found, request.POST)
    if not form.is_valid():
        return contract_page.shown(request, found.project, found, amendment=form)
    try:
        services.sign(actor=request.actor, contract=found, values=form.values(), lines=form.lines())
    except Refusal as refusal:
        return contract_page.shown(request, found.project, found, amendment=form, refusal=refusal)
    messages.success(request, _("The amendment is recorded."))
    return redirect("funding:contract", county=request.county.code, pk=pk)


@require_POST
@needs("owner.record")
def cancel_amendment(request: CountyRequest, pk: int) -> HttpResponse:
    """Take back an amendment that was entered by mistake."""
    found = Amendment.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    found.contract = contract_page.find(request, found.contract_id)
    seen = version_shown(request.POST)
    try:
        services.cancel(actor=request.actor, amendment=found, reason=request.POST.get("reason", ""), seen_version=seen)
    except Refusal as refusal:
        return contract_page.shown(request, found.contract.project, found.contract, refusal=refusal)
    messages.success(request, _("The amendment is cancelled."))
    return redirect("funding:contract", county=request.county.code, pk=found.contract_id)
