"""The lists of contracts and payments."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy

from accounts.access import CountyRequest
from funding.models import Contract, Payment
from workflow import stages
from workflow.listings import cells
from workflow.listings.listing import AMOUNT, DAY, Column, Listing
from workflow.listings.paging import Term, by_pk, read_day

READERS = ("project.view", "declaration.view_own")


def _contract(row: Any, request: CountyRequest) -> str:
    return reverse("funding:contract", kwargs={"county": request.county.code, "pk": row.pk})


def _of_payment(row: Any, request: CountyRequest) -> str:
    return _contract(row.contract, request)


def _state(row: Any, request: CountyRequest) -> Any:
    return cells.badge(stages.tone(row._meta.model_name, row.state), row.get_state_display())


CONTRACTS = Listing(
    key="contracts",
    name=gettext_lazy("Contracts"),
    title=gettext_lazy("Contracts, newest first"),
    permissions=READERS,
    queryset=lambda actor: Contract.objects.visible_to(actor),
    order=(by_pk(descending=True),),
    shown=lambda rows: rows.select_related("project__owner_unit"),
    href=_contract,
    columns=(
        Column(
            "title",
            gettext_lazy("Contract"),
            lambda row: row.title,
            cell=lambda row, request: cells.link(_contract(row, request), row.title, sub=row.number),
            is_heading=True,
        ),
        Column("number", gettext_lazy("Number of the contract"), lambda row: row.number, on_page=False),
        Column("project", gettext_lazy("Project"), lambda row: row.project.name),
        Column("unit", gettext_lazy("Unit"), lambda row: row.project.owner_unit.name),
        Column("kind", gettext_lazy("Kind of contract"), lambda row: row.get_kind_display()),
        Column("supplier", gettext_lazy("Supplier"), lambda row: row.supplier),
        Column("amount", gettext_lazy("Amount (10,000 yuan)"), lambda row: row.total, form=AMOUNT),
        Column("signed_on", gettext_lazy("Signed on"), lambda row: row.signed_on, form=DAY),
        Column("state", gettext_lazy("State"), lambda row: row.get_state_display(), cell=_state),
    ),
)

PAYMENTS = Listing(
    key="payments",
    name=gettext_lazy("Payments"),
    title=gettext_lazy("Payments, newest first"),
    permissions=READERS,
    queryset=lambda actor: Payment.objects.visible_to(actor),
    order=(Term("paid_on", lambda row: row.paid_on, descending=True, read=read_day), by_pk(descending=True)),
    shown=lambda rows: rows.select_related("contract__project__owner_unit", "instalment"),
    href=_of_payment,
    columns=(
        Column(
            "voucher",
            gettext_lazy("Number of the voucher"),
            lambda row: row.voucher,
            cell=lambda row, request: cells.link(_of_payment(row, request), row.voucher),
            is_heading=True,
        ),
        Column("contract", gettext_lazy("Contract"), lambda row: row.contract.title),
        Column("project", gettext_lazy("Project"), lambda row: row.contract.project.name),
        Column("unit", gettext_lazy("Unit"), lambda row: row.contract.project.owner_unit.name),
        Column("supplier", gettext_lazy("Supplier"), lambda row: row.contract.supplier),
        Column("amount", gettext_lazy("Amount (10,000 yuan)"), lambda row: row.amount, form=AMOUNT),
        Column("paid_on", gettext_lazy("Paid on"), lambda row: row.paid_on, form=DAY),
        Column(
            "instalment",
            gettext_lazy("Instalment"),
            lambda row: row.instalment.name if row.instalment is not None else "",
        ),
        Column("purpose", gettext_lazy("Milestone or purpose"), lambda row: row.purpose),
        Column("state", gettext_lazy("State"), lambda row: row.get_state_display(), cell=_state),
    ),
)

LISTINGS = (CONTRACTS, PAYMENTS)
