"""Contracts and payments of the demonstration: drafted, signed with their papers, paid by instalments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from accounts.actors import Actor
from demo.papers import paper
from funding import papers
from funding.checks import checks_of
from funding.models import Contract
from funding.services import contracts, instalments, payments
from funding.services.instalments import Planned
from projects.models import Project
from projects.money import sources_of
from projects.services.money import Sum
from workflow.clocks.clock import today

WAN = Decimal(10_000)
MONTHS = 12
LONG = 60  # months of operation that come with hardware
DAYS_TO_PROGRESS = 14


def sign(actor: Actor, project: Project, number: str, typed: Mapping[str, Any]) -> Contract:
    """A contract as the story says it (amounts in ten thousand yuan on its cost lines), signed today."""
    [(source, _name), *_others] = sources_of(project)
    lines = [
        Sum(line, Decimal(amount) * WAN, today().year + late, source)
        for late, (line, amount) in enumerate(typed["lines"].items())
    ]
    checks = checks_of(project)
    values = {
        "kind": typed.get("kind", "build"),
        "title": typed["title"],
        "number": number,
        "supplier": typed["supplier"],
        "qualification": typed.get("qualification", ""),
        "amount": sum(one.amount for one in lines),
        "signed_on": today(),
        "build_months": MONTHS,
        "free_om_months": LONG if any(one.key == "hardware_build_om_years" for one in checks) else MONTHS,
        "payment_terms": typed.get("terms", ""),
        "brands": typed.get("brands", ""),
        "confirmed": [one.key for one in checks if not one.is_measured],
    }
    plan = [
        Planned("预付款", "contract_signed", share=Decimal(30)),
        Planned("进度款", "day", share=Decimal(40), due_on=today() + dt.timedelta(days=DAYS_TO_PROGRESS)),
        Planned("尾款", "accepted", share=Decimal(30)),
    ]
    contract = contracts.keep(actor=actor, project=project, values=values, lines=lines, plan=plan)
    contracts.sign(actor=actor, contract=contract)
    upload = paper(contract.title, f"合同编号：{number}", f"供应商：{contract.supplier}")
    papers.add(actor=actor, contract=contract, purpose="contract_paper", upload=upload, about="", replaces="")
    return contract


def pay_next(actor: Actor, contract: Contract, voucher: str) -> None:
    """Pay the first instalment of which something is left, with its voucher."""
    row = next(one for one in instalments.shown(contract) if one.left)
    lines = [one for one in contracts.lines_of(contract) if one.amount >= row.left]
    line, source = (lines[0].line, lines[0].source) if len(lines) == 1 else ("", "")
    made = payments.pay(
        actor=actor,
        contract=contract,
        amount=row.left,
        paid_on_day=today(),
        voucher=voucher,
        line=line,
        source=source,
        instalment=row,
    )
    upload = paper("支付凭证", f"凭证号：{voucher}", f"合同：{contract.title}")
    about = str(made.pk)
    papers.add(actor=actor, contract=contract, purpose="payment_paper", upload=upload, about=about, replaces="")
