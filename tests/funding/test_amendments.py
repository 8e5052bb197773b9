"""Amendments: after the change that allows them, within it and the budget."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.refusals import Incomplete, NotPermitted, WrongState
from approvals.models import ChangeRequest
from funding.models import Amendment, Contract, ContractLine
from funding.services import amendments, contracts, instalments, payments
from funding.services.instalments import Planned
from jurisdictions.scope import enter
from projects.models import CostLine, Project
from projects.services.money import Sum
from tests import people
from tests.funding.test_contracts import drafted, procured
from tests.people import Town, client_for
from workflow.clocks.clock import today
from workflow.models import Filing

pytestmark = pytest.mark.django_db


def changed(project: Project, **values: Any) -> ChangeRequest:
    """A change of the project that holds."""
    filing = Filing.objects.create(kind="change", project=project, unit=project.owner_unit, state="accepted")
    given = {"outcome": "approve", "moved": Decimal(50000), "delta": Decimal(50000), "articles": ["DA-28"], **values}
    return ChangeRequest.objects.create(
        filing=filing, project=project, number=1, title="增加点位", decided_at=timezone.now(), **given
    )


def refused(town: Town, contract: Contract, lines: Any = (), **values: Any) -> list[tuple[str, list[str]]]:
    given = {"number": "补-1", "signed_on": today(), "grounds": "增加点位", **values}
    with pytest.raises(Incomplete) as said:
        amendments.sign(actor=town.filer.actor, contract=contract, values=given, lines=lines)
    return [(one.field, list(one.articles)) for one in said.value.items]


@pytest.mark.article("DA-28")
def test_a_amendment_carries_out_a_change_within_it_and_the_budget(alpha: Town) -> None:
    project, filer = procured(alpha), alpha.filer.actor
    plan = [Planned("一次付清", "contract_signed", share=Decimal(100))]
    with enter(alpha.county):
        contract = drafted(alpha, project, plan=plan)
        with pytest.raises(WrongState):
            amendments.sign(actor=filer, contract=contract, values={})
        contract = contracts.sign(actor=filer, contract=contract)
        software = [Sum("application_software", Decimal(30000))]
        fields = [field for field, _articles in refused(alpha, contract, delta=Decimal(30000))]
        assert fields == ["delta", "change"]  # the cost lines do not say it, no change allows it
        change = changed(project)
        asked: dict[str, Any] = {"delta": Decimal(30000), "change": change}
        assert refused(alpha, contract, lines=software, number="", grounds=" ", **asked) == [
            ("number", []),
            ("grounds", []),
        ]
        past = contract.signed_on - dt.timedelta(days=1) if contract.signed_on else None
        assert refused(alpha, contract, lines=software, signed_on=past, **asked)[0][0] == "signed_on"
        assert refused(alpha, contract, change=change) == [("delta", [])]
        with pytest.raises(NotPermitted):
            amendments.sign(actor=alpha.finance.actor, contract=contract, values=asked)
        values = {"number": "补-1", "signed_on": today(), "grounds": "增加点位", "build_months": 14, **asked}
        made = amendments.sign(actor=filer, contract=contract, values=values, lines=software)
        contract.refresh_from_db()
        assert contract.total == Decimal(830000) and contract.amount == Decimal(800000)
        found = CostLine.objects.of_project(project).filter(stage="contract")
        assert sum(one.amount for one in found) == Decimal(830000)
        more = [Sum("application_software", Decimal(20001))]
        asked["delta"] = Decimal(20001)
        assert refused(alpha, contract, lines=more, **asked) == [("delta", ["DA-28"])]  # with the first beyond it
        ChangeRequest.objects.filter(pk=change.pk).update(moved=Decimal(500000))
        much = [Sum("application_software", Decimal(400000))]
        [(field, articles)] = refused(alpha, contract, lines=much, delta=Decimal(400000), change=change)
        assert field == "delta" and "DA-26" in articles  # beyond what may be spent
        row = instalments.shown(contract)[-1]
        paid: dict[str, Any] = {"contract": contract, "amount": Decimal(30000), "paid_on_day": today(), "voucher": "1"}
        payment = payments.pay(actor=alpha.finance.actor, instalment=row, departure="先付增补", **paid)
        with pytest.raises(WrongState):
            amendments.cancel(actor=filer, amendment=made, reason="录错")
        payments.cancel_payment(actor=alpha.finance.actor, payment=payment, reason="录错")
        amendments.cancel(actor=filer, amendment=made, reason="录错")
        contract.refresh_from_db()
        assert contract.total == Decimal(800000) and not ContractLine.objects.filter(amendment=made).exists()
        assert sum(one.due for one in instalments.shown(contract)) == Decimal(800000)


@pytest.mark.article("CJ-23")
def test_a_amendment_keeps_to_the_periods_of_the_rules() -> None:
    town = people.make_town("changji")
    project = procured(town)
    with enter(town.county):
        contract = contracts.sign(actor=town.filer.actor, contract=drafted(town, project))
        assert refused(town, contract, build_months=37) == [("build_months", ["CJ-23"])]


def test_the_pages_of_a_amendment(alpha: Town) -> None:
    project = procured(alpha)
    with enter(alpha.county):
        contract = contracts.sign(actor=alpha.filer.actor, contract=drafted(alpha, project))
        change = changed(project)
    unit, page = client_for(alpha.filer), f"/{alpha.code}/contracts/{contract.pk}/"
    tab = f"/{alpha.code}/projects/{project.pk}/contracts/"
    assert "尚无补充协议" in unit.get(tab).content.decode()
    sent = {"number": "补-9", "signed_on": today(), "delta": "3", "by-hardware": "3", "grounds": "增加点位"}
    again = unit.post(f"{page}amendment/", {**sent, "change": change.pk, "by-hardware": "2"})
    assert again.status_code == 422 and "增加点位" in again.content.decode()
    assert unit.post(f"{page}amendment/", {**sent, "change": change.pk}).status_code == 302
    assert "补-9" in unit.get(page).content.decode() and "83" in unit.get(tab).content.decode()
    with enter(alpha.county):
        made = Amendment.objects.get()
    cancelled = f"/{alpha.code}/amendments/{made.pk}/cancel/"
    assert unit.post(cancelled, {"reason": "", "version": 0}).status_code == 422
    assert client_for(alpha.finance).post(cancelled, {"reason": "x", "version": 0}).status_code == 403
    assert unit.post(cancelled, {"reason": "录错", "version": 0}).status_code == 302
