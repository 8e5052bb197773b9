"""Pages of payments."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import CountyRequest, needs
from accounts.refusals import Refusal
from accounts.shown import creating
from funding import contract_page
from funding.listings import PAYMENTS, READERS
from funding.models import Instalment, Payment
from funding.services import payments as services
from jurisdictions.fields import version_shown, whole


@require_GET
@needs(*READERS)
def payments(request: CountyRequest) -> HttpResponse:
    """All payments that the person may see."""
    return render(request, "funding/contracts.html", {"table": PAYMENTS.table(request), "is_payments": True})


@creating
@require_POST
@needs("owner.record", "funding.pay")
def pay(request: CountyRequest, pk: int) -> HttpResponse:
    """Record a payment on a contract."""
    found = contract_page.find(request, pk)
    form = contract_page.payment_form(found, request.POST)
    if not form.is_valid():
        return contract_page.shown(request, found.project, found, payment=form)
    data = form.cleaned_data
    try:
        services.pay(
            actor=request.actor,
            contract=found,
            amount=data["amount"],
            paid_on_day=data["paid_on"],
            voucher=data["voucher"],
            purpose=data["purpose"],
            line=data.get("line", ""),
            source=data.get("source", ""),
            instalment=Instalment.objects.filter(contract=found, pk=whole(data.get("instalment")) or 0).first(),
            departure=data["departure"],
        )
    except Refusal as refusal:
        return contract_page.shown(request, found.project, found, payment=form, refusal=refusal)
    messages.success(request, _("The payment is recorded."))
    return redirect("funding:contract", county=request.county.code, pk=pk)


@require_POST
@needs("owner.record", "funding.pay")
def cancel_payment(request: CountyRequest, pk: int) -> HttpResponse:
    """Take back a payment that was entered by mistake."""
    payment = Payment.objects.filter(pk=pk).first()
    if payment is None:
        raise Http404
    payment.contract = contract_page.find(request, payment.contract_id)
    seen = version_shown(request.POST)
    try:
        services.cancel_payment(
            actor=request.actor, payment=payment, reason=request.POST.get("reason", ""), seen_version=seen
        )
    except Refusal as refusal:
        return contract_page.shown(request, payment.contract.project, payment.contract, refusal=refusal)
    messages.success(request, _("The payment is cancelled."))
    return redirect("funding:contract", county=request.county.code, pk=payment.contract_id)
