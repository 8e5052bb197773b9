"""Pages of supplements to contracts."""

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
from funding.models import Supplement
from funding.services import supplements as services
from jurisdictions.fields import version_shown


@creating
@require_POST
@needs("owner.record")
def supplement(request: CountyRequest, pk: int) -> HttpResponse:
    """Record a supplement that was signed."""
    found = contract_page.find(request, pk)
    form = contract_page.supplement_form(found, request.POST)
    if not form.is_valid():
        return contract_page.shown(request, found.project, found, supplement=form)
    try:
        services.sign(actor=request.actor, contract=found, values=form.values(), lines=form.lines())
    except Refusal as refusal:
        return contract_page.shown(request, found.project, found, supplement=form, refusal=refusal)
    messages.success(request, _("The supplement is recorded."))
    return redirect("funding:contract", county=request.county.code, pk=pk)


@require_POST
@needs("owner.record")
def cancel_supplement(request: CountyRequest, pk: int) -> HttpResponse:
    """Take back a supplement that was entered by mistake."""
    found = Supplement.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    found.contract = contract_page.find(request, found.contract_id)
    seen = version_shown(request.POST)
    try:
        services.cancel(actor=request.actor, supplement=found, reason=request.POST.get("reason", ""), seen_version=seen)
    except Refusal as refusal:
        return contract_page.shown(request, found.contract.project, found.contract, refusal=refusal)
    messages.success(request, _("The supplement is cancelled."))
    return redirect("funding:contract", county=request.county.code, pk=found.contract_id)
