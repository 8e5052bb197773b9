"""Pages of contracts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Sum
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import CountyRequest, needs
from accounts.refusals import Refusal
from accounts.shown import creating
from approvals.services.limits import budget_of
from funding import contract_page, papers
from funding.by_line import beyond
from funding.listings import CONTRACTS, READERS
from funding.models import Amendment, Contract, ContractState
from funding.readiness import points
from funding.services import contracts as services
from funding.services.amendments import changes_of
from jurisdictions.fields import version_shown
from jurisdictions.rules.vocabulary import MONEY_STAGES
from projects import project_page
from projects.models import Project


@require_GET
@needs(*READERS)
def contracts(request: CountyRequest) -> HttpResponse:
    """All contracts that the person may see."""
    return render(request, "funding/contracts.html", {"table": CONTRACTS.table(request), "is_payments": False})


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
        "contracted": sum((one.total for one in binding), services.NOTHING),
        "paid": sum((one.paid for one in rows), services.NOTHING),
        "points": points(project) if binding else [],
        "budget": budget,
        "beyond": beyond(project),
        "budget_name": MONEY_STAGES[stage],
        "changes": _carried_out(project),
        "may_keep": services.may_keep(request.actor, project),
    }
    return render(request, "funding/of_project.html", context)


def _carried_out(project: Project) -> list[Any]:
    """The changes that hold, with what the contracts' amendments made of them so far (yuan)."""
    rows: list[Any] = changes_of(project)
    signed = Amendment.objects.filter(change__in=rows, state="signed").order_by()
    sums = dict(signed.values_list("change").annotate(total=Sum("delta")))
    for row in rows:
        row.amended = sums.get(row.pk)
    return rows


@creating
@require_http_methods(["GET", "POST"])
@needs("owner.record")
def new_contract(request: CountyRequest, pk: int) -> HttpResponse:
    """Draft a contract."""
    project = project_page.find_project(request, pk)
    if not services.may_keep(request.actor, project):
        raise Http404
    form = contract_page.contract_form(project, None, request.POST if request.method == "POST" else None)
    refusal: Refusal | None = None
    if form.is_valid():
        try:
            made = services.keep(
                actor=request.actor, project=project, values=form.values(), lines=form.lines(), plan=form.plan()
            )
        except Refusal as said:
            refusal = said
        else:
            messages.success(request, _("The draft is kept. Look it through, then sign it."))
            return redirect("funding:contract", county=request.county.code, pk=made.pk)
    return contract_page.shown(request, project, None, form=form, refusal=refusal)


@require_http_methods(["GET", "POST"])
@needs(*READERS)
def contract(request: CountyRequest, pk: int) -> HttpResponse:
    """A contract with its payments; its draft is changed and signed here."""
    found = contract_page.find(request, pk)
    if request.method == "GET":
        return contract_page.shown(request, found.project, found)
    form = contract_page.contract_form(found.project, found, request.POST)
    if not form.is_valid():
        return contract_page.shown(request, found.project, found, form=form)
    try:
        seen = version_shown(request.POST)
        kept = services.keep(
            actor=request.actor,
            project=found.project,
            contract=found,
            values=form.values(),
            lines=form.lines(),
            plan=form.plan(),
            seen_version=seen,
        )
        if request.POST.get("act") == "sign":
            services.sign(actor=request.actor, contract=kept)
    except Refusal as refusal:
        return contract_page.shown(request, found.project, contract_page.find(request, pk), form=form, refusal=refusal)
    is_signed = kept.state == ContractState.SIGNED
    messages.success(request, _("The contract is signed.") if is_signed else _("The draft is kept."))
    return redirect("funding:contract", county=request.county.code, pk=pk)


@require_POST
@needs("owner.record")
def end_contract(request: CountyRequest, pk: int) -> HttpResponse:
    """Complete a contract, or terminate it with the reason."""
    found = contract_page.find(request, pk)
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
        return contract_page.shown(request, found.project, contract_page.find(request, pk), refusal=refusal)
    messages.success(request, _("The contract has ended."))
    return redirect("funding:contract", county=request.county.code, pk=pk)


@require_POST
@needs("owner.record", "funding.pay")
def contract_paper(request: CountyRequest, pk: int) -> HttpResponse:
    """Add a paper to a contract or to one of its payments."""
    found = contract_page.find(request, pk)
    sent = request.POST
    try:
        papers.add(
            actor=request.actor,
            contract=found,
            purpose=sent.get("purpose", ""),
            upload=request.FILES.get("upload"),
            about=sent.get("about", ""),
            replaces=sent.get("replaces", ""),
        )
    except Refusal as refusal:
        return contract_page.shown(request, found.project, found, refusal=refusal)
    messages.success(request, _("Added to the papers."))
    return redirect("funding:contract", county=request.county.code, pk=pk)
