"""Pages of contracts and payments."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import CountyRequest, needs
from accounts.refusals import Refusal
from accounts.shown import creating
from approvals.services.limits import budget_of
from approvals.step_page import form_errors
from funding import services
from funding.checks import checks_of
from funding.forms import ContractForm, PaymentForm
from funding.listings import CONTRACTS, PAYMENTS, READERS
from funding.models import Contract, ContractState, Payment
from jurisdictions.fields import version_shown
from jurisdictions.rules.vocabulary import MONEY_STAGES
from projects import project_page
from projects.models import Project
from workflow.desk.errors import as_errors


@require_GET
@needs(*READERS)
def contracts(request: CountyRequest) -> HttpResponse:
    """All contracts that the person may see."""
    return render(request, "funding/contracts.html", {"table": CONTRACTS.table(request), "is_payments": False})


@require_GET
@needs(*READERS)
def payments(request: CountyRequest) -> HttpResponse:
    """All payments that the person may see."""
    return render(request, "funding/contracts.html", {"table": PAYMENTS.table(request), "is_payments": True})


@require_GET
@needs(*READERS)
def of_project(request: CountyRequest, pk: int) -> HttpResponse:
    """The contracts of a project with what was paid on each."""
    project = project_page.find_project(request, pk)
    rows: list[Any] = list(Contract.objects.filter(project=project).prefetch_related("payments"))
    for row in rows:
        row.paid = sum((one.amount for one in row.payments.all() if one.state == "paid"), services.NOTHING)
    binding = [one for one in rows if one.state in (ContractState.SIGNED, ContractState.COMPLETED)]
    stage, budget = budget_of(project)
    context = {
        **project_page.header(request, project, tab="contracts"),
        "contracts": rows,
        "contracted": sum((one.amount for one in binding), services.NOTHING),
        "paid": sum((one.paid for one in rows), services.NOTHING),
        "budget": budget,
        "budget_name": MONEY_STAGES[stage],
        "may_keep": services.may_keep(request.actor, project),
    }
    return render(request, "funding/of_project.html", context)


@creating
@require_http_methods(["GET", "POST"])
@needs("owner.record")
def new_contract(request: CountyRequest, pk: int) -> HttpResponse:
    """Draft a contract."""
    project = project_page.find_project(request, pk)
    if not services.may_keep(request.actor, project):
        raise Http404
    form = ContractForm(request.POST if request.method == "POST" else None, checks=checks_of(project))
    refusal: Refusal | None = None
    if form.is_valid():
        try:
            made = services.keep(actor=request.actor, project=project, values=form.values())
        except Refusal as said:
            refusal = said
        else:
            messages.success(request, _("The draft is kept. Look it through, then sign it."))
            return redirect("funding:contract", county=request.county.code, pk=made.pk)
    return _page(request, project, None, form=form, refusal=refusal)


@require_http_methods(["GET", "POST"])
@needs(*READERS)
def contract(request: CountyRequest, pk: int) -> HttpResponse:
    """A contract with its payments; its draft is changed and signed here."""
    found = _find(request, pk)
    if request.method == "GET":
        return _page(request, found.project, found)
    form = ContractForm(request.POST, checks=checks_of(found.project))
    if not form.is_valid():
        return _page(request, found.project, found, form=form)
    try:
        seen = version_shown(request.POST)
        kept = services.keep(
            actor=request.actor, project=found.project, contract=found, values=form.values(), seen_version=seen
        )
        if request.POST.get("act") == "sign":
            services.sign(actor=request.actor, contract=kept)
    except Refusal as refusal:
        return _page(request, found.project, _find(request, pk), form=form, refusal=refusal)
    is_signed = kept.state == ContractState.SIGNED
    messages.success(request, _("The contract is signed.") if is_signed else _("The draft is kept."))
    return redirect("funding:contract", county=request.county.code, pk=pk)


def _find(request: CountyRequest, pk: int) -> Contract:
    found = Contract.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    found.project = project_page.find_project(request, found.project_id)
    return found


def _page(
    request: CountyRequest,
    project: Project,
    found: Contract | None,
    *,
    form: ContractForm | None = None,
    payment: PaymentForm | None = None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    may_keep = services.may_keep(request.actor, project)
    checks = checks_of(project)
    is_draft = found is None or found.state == ContractState.DRAFT
    if form is None and is_draft and may_keep:
        form = ContractForm(checks=checks, contract=found)
    errors = as_errors(refusal) if refusal is not None else []
    for one in (form, payment):
        errors += form_errors(one) if one is not None and one.is_bound else []
    is_signed = found is not None and found.state in (ContractState.SIGNED, ContractState.COMPLETED)
    context = {
        **project_page.header(request, project, tab="contracts"),
        "contract": found,
        "form": form if is_draft and may_keep else None,
        "seen": found.version if found is not None else 0,
        "checks": checks,
        "paid": services.paid_on(found) if found is not None else None,
        "payments": list(Payment.objects.filter(contract=found)) if found is not None else [],
        "payment": (payment or PaymentForm()) if is_signed and services.may_pay(request.actor, project) else None,
        "may_end": may_keep and found is not None and found.state == ContractState.SIGNED,
        "may_pay": services.may_pay(request.actor, project),
        "errors": errors,
        "reason": request.POST.get("reason", ""),
    }
    status = refusal.status if refusal is not None else 422 if errors else 200
    return render(request, "funding/contract.html", context, status=status)


@require_POST
@needs("owner.record")
def end_contract(request: CountyRequest, pk: int) -> HttpResponse:
    """Complete a contract, or terminate it with the reason."""
    found = _find(request, pk)
    act, seen = request.POST.get("act", ""), version_shown(request.POST)
    try:
        services.end(
            actor=request.actor,
            contract=found,
            outcome=act,
            reason=request.POST.get("reason", ""),
            seen_version=seen,
        )
    except Refusal as refusal:
        return _page(request, found.project, _find(request, pk), refusal=refusal)
    messages.success(request, _("The contract has ended."))
    return redirect("funding:contract", county=request.county.code, pk=pk)


@creating
@require_POST
@needs("owner.record", "funding.pay")
def pay(request: CountyRequest, pk: int) -> HttpResponse:
    """Record a payment on a contract."""
    found = _find(request, pk)
    form = PaymentForm(request.POST)
    if not form.is_valid():
        return _page(request, found.project, found, payment=form)
    data = form.cleaned_data
    try:
        services.pay(
            actor=request.actor,
            contract=found,
            amount=data["amount"],
            paid_on_day=data["paid_on"],
            voucher=data["voucher"],
            purpose=data["purpose"],
        )
    except Refusal as refusal:
        return _page(request, found.project, found, payment=form, refusal=refusal)
    messages.success(request, _("The payment is recorded."))
    return redirect("funding:contract", county=request.county.code, pk=pk)


@require_POST
@needs("owner.record", "funding.pay")
def cancel_payment(request: CountyRequest, pk: int) -> HttpResponse:
    """Take back a payment that was entered by mistake."""
    payment = Payment.objects.filter(pk=pk).first()
    if payment is None:
        raise Http404
    payment.contract = _find(request, payment.contract_id)
    seen = version_shown(request.POST)
    try:
        services.cancel_payment(
            actor=request.actor, payment=payment, reason=request.POST.get("reason", ""), seen_version=seen
        )
    except Refusal as refusal:
        return _page(request, payment.contract.project, payment.contract, refusal=refusal)
    messages.success(request, _("The payment is cancelled."))
    return redirect("funding:contract", county=request.county.code, pk=payment.contract_id)
