"""The page of a contract, also as it is shown again with what was refused."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render

from accounts.access import CountyRequest
from accounts.refusals import Refusal
from approvals.step_page import form_errors
from funding import papers
from funding.by_line import beyond
from funding.checks import checks_of
from funding.forms import AmendmentForm, ContractForm, PaymentForm
from funding.models import Amendment, Contract, ContractLine, ContractState, Payment
from funding.readiness import points
from funding.services import instalments
from funding.services.amendments import changes_of
from funding.services.contracts import lines_of, may_keep, paid_on
from funding.services.payments import may_pay
from jurisdictions.rules.vocabulary import COST_LINES
from projects import project_page
from projects.models import Project
from projects.money import sources_of
from workflow.desk.errors import as_errors
from workflow.documents import storage


def find(request: CountyRequest, pk: int) -> Contract:
    """A contract of a project that the person may see. Raises `Http404` otherwise."""
    found = Contract.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    found.project = project_page.find_project(request, found.project_id)
    return found


def contract_form(project: Project, contract: Contract | None, data: Any = None) -> ContractForm:
    """The form of a draft, as it was sent or as it is kept."""
    lines = lines_of(contract) if contract is not None and data is None else ()
    plan = instalments.plan_of(contract) if contract is not None and data is None else ()
    return ContractForm(
        data,
        checks=checks_of(project),
        sources=sources_of(project),
        conditions=instalments.conditions(project),
        contract=contract,
        lines=lines,
        plan=plan,
    )


def payment_form(contract: Contract, data: Any = None) -> PaymentForm:
    """The form of a payment on a contract."""
    known = list(dict.fromkeys(one.line for one in lines_of(contract)))
    return PaymentForm(
        data,
        lines=[(key, str(COST_LINES[key])) for key in known],
        sources=sources_of(contract.project),
        plan=instalments.shown(contract),
    )


def amendment_form(contract: Contract, data: Any = None) -> AmendmentForm:
    """The form of an amendment: the changes that hold, and the cost lines where the contract has them."""
    names = [(key, str(name)) for key, name in COST_LINES.items()] if lines_of(contract) else []
    return AmendmentForm(data, changes=changes_of(contract.project), lines=names)


def shown(
    request: CountyRequest,
    project: Project,
    found: Contract | None,
    *,
    form: ContractForm | None = None,
    payment: PaymentForm | None = None,
    amendment: AmendmentForm | None = None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    """The page, with the forms as they were typed and what was refused."""
    keeps = may_keep(request.actor, project)
    is_draft = found is None or found.state == ContractState.DRAFT
    is_signed = found is not None and found.state in (ContractState.SIGNED, ContractState.COMPLETED)
    if form is None and is_draft and keeps:
        form = contract_form(project, found)
    errors = as_errors(refusal) if refusal is not None else []
    for one in (form, payment, amendment):
        errors += form_errors(one) if one is not None and one.is_bound else []
    if payment is None and found is not None and is_signed and may_pay(request.actor, project):
        payment = payment_form(found)
    may_end = keeps and found is not None and found.state == ContractState.SIGNED
    if amendment is None and found is not None and may_end:
        amendment = amendment_form(found)
    sources = dict(sources_of(project))
    lines: list[Any] = (
        list(ContractLine.objects.filter(contract=found).select_related("amendment")) if found is not None else []
    )
    for line in lines:
        line.source_name = sources.get(line.source, line.source)
    context = {
        **storage.limits(),
        **project_page.header(request, project, tab="contracts"),
        "contract": found,
        "form": form if is_draft and keeps else None,
        "seen": found.version if found is not None else 0,
        "lines": lines,
        "beyond": beyond(project, lines_of(found) if found is not None and is_draft else ()),
        "paid": paid_on(found) if found is not None else None,
        "payments": list(Payment.objects.filter(contract=found).select_related("instalment"))
        if found is not None
        else [],
        "payment": payment,
        "points": points(project) if is_signed else [],
        "plan": instalments.shown(found) if found is not None else [],
        "papers": papers.papers_of(found) if found is not None else [],
        "kinds": papers.kinds_of(found) if found is not None else {},
        "may_add": found is not None and may_pay(request.actor, project) and not project.classified,
        "sent": request.POST,
        "may_end": may_end,
        "amendment": amendment,
        "amendments": list(Amendment.objects.filter(contract=found).select_related("change")) if found else [],
        "may_pay": may_pay(request.actor, project),
        "errors": errors,
        "reason": request.POST.get("reason", ""),
    }
    status = refusal.status if refusal is not None else 422 if errors else 200
    return render(request, "funding/contract.html", context, status=status)
