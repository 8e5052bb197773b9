"""Contracts: signed after the county's checks, within the budget and not before the approval; payments within them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from accounts.refusals import Incomplete, NotPermitted, Refusal, Stale, WrongState
from approvals.models import Milestone, Reply
from funding.by_line import beyond
from funding.checks import Check, checks_of
from funding.models import Contract, Instalment
from funding.services import contracts, instalments, payments
from funding.services.instalments import Planned
from jurisdictions.rules.schema import PaymentBound
from jurisdictions.scope import enter
from projects.models import CostLine, Project
from projects.services import money
from projects.services.money import Sum
from tests import people
from tests.approvals.work import approved, paper
from tests.people import Town, client_for
from workflow.clocks.clock import today
from workflow.models import AuditEntry, Document, RecordedDate, Step

pytestmark = pytest.mark.django_db

GIVEN: dict[str, Any] = {
    "kind": "build",
    "title": "平台建设合同",
    "number": "2026-01",
    "supplier": "甲公司",
    "amount": Decimal("800000.00"),
    "build_months": 12,
    "free_om_months": 12,
}


def procured(town: Town, **facts: Any) -> Project:
    """A project that may sign: the program drove it to the implementation."""
    return approved(town, until="implementation", **facts)


def drafted(
    town: Town, project: Project, lines: Sequence[Sum] | None = None, plan: Sequence[Planned] = (), **values: Any
) -> Contract:
    checks = [one.key for one in checks_of(project) if not one.is_measured]
    given = {**GIVEN, "signed_on": today(), "confirmed": checks, **values}
    if lines is None:
        lines = [Sum("application_software", given["amount"])]
    return contracts.keep(actor=town.filer.actor, project=project, values=given, lines=lines, plan=plan)


def refused_fields(town: Town, project: Project, **values: Any) -> list[tuple[str, list[str]]]:
    with pytest.raises(Incomplete) as refused:
        contracts.sign(actor=town.filer.actor, contract=drafted(town, project, **values))
    return [(one.field, one.articles) for one in refused.value.items]


@pytest.mark.article("CJ-23")
def test_changji_contracts_are_held_to_their_periods_with_a_reason_where_the_text_says_in_principle() -> None:
    town = people.make_town("changji")
    project = procured(town)
    with enter(town.county):
        assert refused_fields(town, project, build_months=37) == [("build_months", ["CJ-23"])]
        assert refused_fields(town, project, free_om_months=6) == [("depart-free_om_years", ["CJ-23"])]
        reasons = {"free_om_years": "财政压减，运维另行安排"}
        contract = drafted(town, project, free_om_months=6, departures=reasons)
        contracts.sign(actor=town.filer.actor, contract=contract)
        said = AuditEntry.objects.get(action="contract.depart")
        assert said.new["reason"] == reasons["free_om_years"] and said.articles == ["CJ-23"]
        assert RecordedDate.objects.get(project=project, event="contract_signed").on == today()
        assert CostLine.objects.get(project=project, stage="contract").amount == Decimal("800000.00")


@pytest.mark.article("CJ-23")
def test_hardware_of_changji_is_built_and_run_for_five_years() -> None:
    town = people.make_town("changji")
    project = procured(town, category="equipment")
    with enter(town.county):
        assert refused_fields(town, project, kind="hardware", free_om_months=47) == [("build_months", ["CJ-23"])]
        contracts.sign(actor=town.filer.actor, contract=drafted(town, project, kind="hardware", free_om_months=48))


@pytest.mark.article("LC-17", "LC-18", "LC-23", "LC-25")
def test_lingchuan_contracts_stay_in_the_budget_and_say_what_the_articles_ask() -> None:
    town = people.make_town("lingchuan")
    project = procured(town)
    with enter(town.county):
        assert refused_fields(town, project, confirmed=["no_secrecy_qualification", "no_subcontracting_abuse"]) == [
            ("check-contractor_qualified", ["LC-18"]),
            ("check-supervision_firm", ["LC-23"]),
            ("check-confidentiality_agreement", ["LC-25"]),
        ]
        contracts.sign(actor=town.filer.actor, contract=drafted(town, project))
        assert refused_fields(town, project, amount=Decimal("400000.01")) == [("amount", ["LC-17"])]
        second = drafted(town, project, kind="supervision", amount=Decimal("400000.00"), confirmed=[])
        contracts.sign(actor=town.filer.actor, contract=second)  # what accompanies the project only keeps the budget


@pytest.mark.article("JH-24")
def test_jinhu_contracts_name_a_year_of_free_operation() -> None:
    town = people.make_town("jinhu")
    project = procured(town)
    with enter(town.county):
        assert refused_fields(town, project, free_om_months=11, confirmed=[]) == [
            ("depart-free_om_years", ["JH-24"]),
            ("check-warranty_clause", ["JH-24"]),
        ]


@pytest.mark.article("DA-26", "JS-13")
@pytest.mark.parametrize("code", ["dean", "jianshan"])
def test_no_contract_before_the_approval_nor_before_the_procurement(code: str) -> None:
    town = people.make_town(code)
    project = approved(town)
    with enter(town.county):
        [(field, articles)] = refused_fields(town, project)
        assert field == "signed_on" and articles
    project = procured(town)
    with enter(town.county):
        step = Step.objects.filter(project=project, phase="approval", state="done").last()
        if step is not None:
            Reply.objects.create(step=step, number="1", replied_on=today())
            assert refused_fields(town, project, signed_on=today() - dt.timedelta(days=1))[0][0] == "signed_on"
        assert refused_fields(town, project, signed_on=dt.date(2099, 1, 1))[0][0] == "signed_on"
        contracts.sign(actor=town.filer.actor, contract=drafted(town, project))


def test_payments_stay_within_a_signed_contract_and_mistakes_are_taken_back(alpha: Town) -> None:
    project = procured(alpha)
    with enter(alpha.county):
        contract = drafted(alpha, project)
        paid: dict[str, Any] = {"amount": Decimal("500000.00"), "paid_on_day": today(), "voucher": "记-001"}
        with pytest.raises(WrongState):
            payments.pay(actor=alpha.finance.actor, contract=contract, **paid)
        contracts.sign(actor=alpha.filer.actor, contract=contract)
        with pytest.raises(NotPermitted):
            payments.pay(actor=alpha.reviewer.actor, contract=contract, **paid)
        first = payments.pay(actor=alpha.finance.actor, contract=contract, **paid)
        with pytest.raises(Incomplete) as refused:
            early: dict[str, Any] = {**paid, "paid_on_day": today() - dt.timedelta(days=1)}
            payments.pay(actor=alpha.filer.actor, contract=contract, **early)
        assert [one.field for one in refused.value.items] == ["paid_on", "amount"]
        with pytest.raises(Refusal):
            payments.cancel_payment(actor=alpha.finance.actor, payment=first, reason=" ")
        payments.cancel_payment(actor=alpha.finance.actor, payment=first, reason="金额录错")
        assert contracts.paid_on(contract) == 0
        payments.pay(actor=alpha.filer.actor, contract=contract, **{**paid, "amount": Decimal("800000.00")})
        assert CostLine.objects.get(project=project, stage="payment").amount == Decimal("800000.00")


def test_contracts_stand_on_the_cost_lines_and_a_line_beyond_the_budget_is_told(alpha: Town) -> None:
    project, filer = procured(alpha), alpha.filer.actor
    hardware, software = Sum("hardware", Decimal(300000), 2027), Sum("application_software", Decimal(500000))
    with enter(alpha.county):
        money.settle(
            actor=filer,
            project=project,
            stage="budget",
            origin="step:1",
            sums=[Sum("hardware", Decimal(200000)), Sum("application_software", Decimal(1000000))],
        )
        with pytest.raises(Incomplete) as refused:
            contracts.sign(actor=filer, contract=drafted(alpha, project, lines=[hardware]))
        assert [one.field for one in refused.value.items] == ["amount"]
        drawn = drafted(alpha, project, lines=[hardware, software])
        assert len(beyond(project)) == 0 and len(beyond(project, contracts.lines_of(drawn))) == 1
        contract = contracts.sign(actor=filer, contract=drawn)
        assert "30" in beyond(project)[0] and "20" in beyond(project)[0]
        paid: dict[str, Any] = {"contract": contract, "paid_on_day": today(), "voucher": "1"}
        with pytest.raises(Incomplete) as refused:
            payments.pay(actor=alpha.finance.actor, amount=Decimal(1), line="cloud", **paid)
        assert [one.field for one in refused.value.items] == ["line"]
        payments.pay(actor=alpha.finance.actor, amount=Decimal(90000), line="hardware", source="special", **paid)
        found = CostLine.objects.of_project(project).filter(stage__in=("contract", "payment"))
        assert [(one.stage, one.line, one.year, one.amount) for one in found] == [
            ("contract", "hardware", 2027, Decimal(300000)),
            ("contract", "application_software", None, Decimal(500000)),
            ("payment", "hardware", today().year, Decimal(90000)),
        ]


@pytest.mark.article("DA-30")
def test_payments_follow_the_plan_or_say_why_not(alpha: Town) -> None:
    project, filer = procured(alpha), alpha.filer.actor
    with enter(alpha.county):
        half = [Planned("预付款", "contract_signed", share=Decimal(30)), Planned("尾款", "accepted", share=Decimal(60))]
        with pytest.raises(Incomplete) as refused:
            contracts.sign(actor=filer, contract=drafted(alpha, project, plan=half))
        assert [one.field for one in refused.value.items] == ["plan-0-share"]
        third = Decimal("33.33")
        plan = [
            Planned("预付款", "contract_signed", share=third),
            Planned("进度款", "day", share=third, due_on=today() + dt.timedelta(days=1)),
            Planned("尾款", "accepted", share=Decimal("33.34")),
        ]
        contract = contracts.sign(actor=filer, contract=drafted(alpha, project, plan=plan))
        rows = instalments.shown(contract)
        assert [one.due for one in rows] == [Decimal("266640.00"), Decimal("266640.00"), Decimal("266720.00")]

        def pay(amount: str, row: Any, **given: Any) -> list[tuple[str, bool]]:
            try:
                payments.pay(
                    actor=alpha.finance.actor,
                    contract=contract,
                    amount=Decimal(amount),
                    paid_on_day=today(),
                    voucher=given.pop("voucher", amount),
                    instalment=row,
                    **given,
                )
            except Incomplete as refusal:
                return [(one.field, bool(one.articles)) for one in refusal.items]
            return []

        assert pay("1", None) == [("instalment", False)]
        assert pay("1", rows[1]) == [("instalment", False), ("departure", False)]  # before its day, and out of order
        assert pay("1", rows[2], departure="急") == [("instalment", True)]  # no reason pays before the acceptance
        assert pay("200000", rows[0]) == []
        assert pay("200000", rows[0]) == [("voucher", False), ("departure", False)]  # twice from two windows
        assert pay("66640.01", rows[0]) == [("departure", False)]
        assert pay("66640.01", rows[0], departure="税率调整") == []
        said = AuditEntry.objects.filter(action="payment.pay").latest("sequence")
        assert said.new["reason"] == "税率调整"
        assert [one.left for one in instalments.shown(contract)][0] == Decimal("-0.01")


def test_shares_of_the_plan_are_held_to_the_bounds_of_the_rules(alpha: Town) -> None:
    def holds(at: str, **bound: Any) -> bool:
        rule = PaymentBound(key="x", text="x", articles=["DA-1"], at=at, **bound)
        return Check("x", "x", ("DA-1",), False, bound=rule).holds(contract)

    project = procured(alpha)
    shares = (("contract_signed", 30), ("other", 40), ("completed", 25), ("accepted", 5))
    plan = [Planned(after, after, share=Decimal(share), note="x") for after, share in shares]
    with enter(alpha.county):
        contract = drafted(alpha, project)
        assert not holds("contract_signed", at_most="0.3")  # without a plan nobody knows
        contract = drafted(alpha, project, plan=plan)
        assert holds("contract_signed", at_most="0.3") and not holds("contract_signed", at_most="0.29")
        assert holds("completed", at_least="0.05", retained=True)
        assert not holds("completed", at_least="0.06", retained=True)
        assert holds("completion_acceptance", at_least="0.05", at_most="0.05")


def test_an_instalment_waits_for_its_milestone(alpha: Town) -> None:
    project = procured(alpha)
    with enter(alpha.county):
        days = {"first_planned_on": today(), "planned_on": today()}
        reached = Milestone.objects.create(project=project, name="初验", percent=60, made_by=alpha.filer.user, **days)
        plan = [Planned("进度款", f"milestone:{reached.pk}", share=Decimal(100))]
        contract = contracts.sign(actor=alpha.filer.actor, contract=drafted(alpha, project, plan=plan))
        assert instalments.plan_of(contract)[0].condition == plan[0].condition
        assert instalments.conditions(project)[-1] == (plan[0].condition, "初验")
        [row] = instalments.shown(contract)
        paid: dict[str, Any] = {"contract": contract, "amount": Decimal(1), "paid_on_day": today(), "voucher": "1"}
        with pytest.raises(Incomplete) as refused:
            payments.pay(actor=alpha.finance.actor, instalment=row, **paid)
        assert "初验" in refused.value.items[0].message
        Milestone.objects.update(done_on=today())
        [row] = instalments.shown(contract)
        payments.pay(actor=alpha.finance.actor, instalment=row, **paid)


def test_a_stale_page_and_another_unit_change_nothing(alpha: Town) -> None:
    project = procured(alpha)
    with enter(alpha.county):
        contract = drafted(alpha, project)
        contracts.keep(
            actor=alpha.filer.actor, project=project, contract=contract, values={"title": "甲"}, seen_version=0
        )
        with pytest.raises(Stale):
            contracts.keep(
                actor=alpha.filer.actor, project=project, contract=contract, values={"title": "乙"}, seen_version=0
            )
        with pytest.raises(NotPermitted):
            contracts.keep(actor=alpha.other_filer.actor, project=project, values=GIVEN)


def test_the_pages_from_the_draft_to_the_payment(alpha: Town) -> None:
    project = procured(alpha)
    unit, finance = client_for(alpha.filer), client_for(alpha.finance)
    base = f"/{alpha.code}"
    with enter(alpha.county):
        checks = {f"check-{one.key}": "on" for one in checks_of(project) if not one.is_measured}
    sent = {**GIVEN, **checks, "amount": "80", "signed_on": today(), "version": 0}
    sent |= {"lines-0-line": "hardware", "lines-0-amount": "80", "lines-1-line": "", "lines-1-amount": ""}
    sent |= {
        "plan-0-name": "一次付清",
        "plan-0-share": "100",
        "plan-0-amount": "",
        "plan-0-condition": "contract_signed",
    }
    assert unit.get(f"{base}/projects/{project.pk}/contracts/new/").status_code == 200
    refused = unit.post(f"{base}/projects/{project.pk}/contracts/new/", {**sent, "title": ""})
    assert refused.status_code == 422 and 'value="甲公司"' in refused.content.decode()
    wrong = {"lines-1-amount": "5", "plan-0-amount": "3", "plan-0-condition": "day"}
    refused = unit.post(f"{base}/projects/{project.pk}/contracts/new/", {**sent, **wrong})
    for name in ("lines-1-line", "plan-0-amount", "plan-0-due_on"):
        assert refused.status_code == 422 and f'href="#field-{name}"' in refused.content.decode()
    assert unit.post(f"{base}/projects/{project.pk}/contracts/new/", sent).status_code == 302
    with enter(alpha.county):
        contract = Contract.objects.get()
    page = f"{base}/contracts/{contract.pk}/"
    refused = unit.post(page, {**sent, "act": "sign", "amount": "999"})
    assert refused.status_code == 422 and 'value="999"' in refused.content.decode()
    assert unit.post(page, {**sent, "act": "sign", "version": 1}).status_code == 302
    assert "登记支付" in finance.get(page).content.decode()
    with enter(alpha.county):
        row = Instalment.objects.get().pk
    paid = {"amount": "30", "paid_on": today(), "voucher": "记-009", "instalment": row}
    assert finance.post(f"{page}pay/", {**paid, "amount": "81"}).status_code == 422
    assert finance.post(f"{page}pay/", paid).status_code == 302
    assert "记-009" in finance.get(f"{base}/payments/").content.decode()
    shown = unit.get(f"{base}/projects/{project.pk}/contracts/").content.decode()
    assert "平台建设合同" in shown and "30" in shown
    assert client_for(alpha.other_filer).get(page).status_code == 404


def test_papers_of_a_contract_have_versions_and_are_read_by_who_sees_the_project(alpha: Town) -> None:
    project = procured(alpha)
    with enter(alpha.county):
        contract = contracts.sign(actor=alpha.filer.actor, contract=drafted(alpha, project))
        payment = payments.pay(
            actor=alpha.finance.actor, contract=contract, amount=Decimal(1), paid_on_day=today(), voucher="记-7"
        )
    unit, finance, page = client_for(alpha.filer), client_for(alpha.finance), f"/{alpha.code}/contracts/{contract.pk}/"

    def send(client: Any, **sent: Any) -> Any:
        return client.post(f"{page}papers/", {"purpose": "contract_paper", "upload": paper("合同.pdf"), **sent})

    assert "请先选择文件" in send(unit, upload="").content.decode()
    assert send(unit, purpose="declaration_form").status_code == 422
    assert send(unit).status_code == 302
    with enter(alpha.county):
        first = Document.objects.about(contract).get()
    assert send(unit, replaces=str(first.pk), upload=paper("合同（盖章）.pdf")).status_code == 302
    refused = send(unit, replaces=str(first.pk))
    assert refused.status_code == 422 and "field-replaces" in refused.content.decode()
    assert send(finance, purpose="payment_paper", about=str(payment.pk), upload=paper("回单.pdf")).status_code == 302
    shown = finance.get(page).content.decode()
    assert "合同（盖章）.pdf" in shown and "已被替换" in shown and "回单.pdf" in shown
    assert "合同文本" in unit.get(f"/{alpha.code}/projects/{project.pk}/papers/").content.decode()
    assert finance.get(f"/{alpha.code}/documents/{first.pk}/").status_code == 200
    stranger = client_for(alpha.other_filer)
    assert stranger.get(f"/{alpha.code}/documents/{first.pk}/").status_code == 404
    assert send(stranger).status_code == 404
    assert send(client_for(alpha.reviewer)).status_code == 403
