"""What stands against paying: acceptance, its filing, papers that a reimbursement needs, a finding of delay."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from accounts.refusals import Incomplete
from approvals.models import DelayFinding
from funding.readiness import points
from funding.services import contracts, payments
from jurisdictions.scope import enter
from projects.models import Project
from tests import people
from tests.approvals.work import add_paper, step_of
from tests.funding.test_contracts import drafted, procured
from tests.people import Town, client_for
from workflow.clocks.clock import today
from workflow.models import Step

pytestmark = pytest.mark.django_db


def against(project: Project) -> list[tuple[str, ...]]:
    """The articles of each point that does not hold."""
    return [tuple(one.articles) for one in points(project) if not one.holds]


def ended(town: Town, project: Project, *keys: str) -> None:
    """These steps end as later stages will end them."""
    with enter(town.county):
        for step in Step.objects.filter(project=project, key__in=keys).exclude(state="skipped"):
            for number, state in enumerate(("open", "done"), 1):
                Step.objects.filter(pk=step.pk).update(state=state, version=step.version + number)


@pytest.mark.article("JH-13", "JH-27", "JH-F3")
def test_jinhu_pays_after_the_acceptance_and_with_its_forms() -> None:
    town = people.make_town("jinhu")
    project = procured(town)
    with enter(town.county):
        contract = contracts.sign(actor=town.filer.actor, contract=drafted(town, project))
        assert against(project) == [("JH-10", "JH-27", "JH-F2"), ("JH-13", "JH-F3")]
        with pytest.raises(Incomplete) as refused:
            paid: dict[str, Any] = {"amount": Decimal(1), "paid_on_day": today(), "voucher": "1", "departure": "急"}
            payments.pay(actor=town.finance.actor, contract=contract, **paid)
        assert [one.field for one in refused.value.items] == ["amount", "amount"]
    add_paper(town, step_of(town, project, "implementation"), "review_form", town.filer)
    with enter(town.county):
        assert against(project) == [("JH-10", "JH-27", "JH-F2")]
        assert [one.paper is not None for one in points(project)] == [False, True]
        Project.objects.filter(pk=project.pk).update(importance="key")
        project.refresh_from_db()
        Step.objects.filter(project=project, key="self_acceptance").update(
            rule={"documents": ["completion_application_form"]}
        )
        assert [one.is_later for one in points(project)] == [False, False, True]
    shown = client_for(town.finance).get(f"/jinhu/contracts/{contract.pk}/").content.decode()
    assert "现在能否支付" in shown and "审查表》已有" in shown


@pytest.mark.article("JH-10")
def test_stock_of_jinhu_is_paid_by_its_contract_before_the_acceptance() -> None:
    town = people.make_town("jinhu")
    project = procured(town, action="stock")
    with enter(town.county):
        contract = contracts.sign(actor=town.filer.actor, contract=drafted(town, project))
        paid: dict[str, Any] = {"amount": Decimal(1), "paid_on_day": today(), "voucher": "1"}
        payments.pay(actor=town.finance.actor, contract=contract, **paid)


@pytest.mark.article("DA-26")
def test_a_confirmed_finding_of_delay_stops_payments(alpha: Town) -> None:
    project = procured(alpha)
    with enter(alpha.county):
        contract = contracts.sign(actor=alpha.filer.actor, contract=drafted(alpha, project))
        assert against(project) == []
        DelayFinding.objects.create(
            project=project,
            unit=project.owner_unit,
            office=alpha.duty["data_bureau"],
            days=31,
            articles=["DA-26"],
            opened_on=today(),
            opened_by=alpha.reviewer.user,
            state_by=today(),
            state="confirmed",
        )
        with pytest.raises(Incomplete) as refused:
            payments.pay(
                actor=alpha.finance.actor,
                contract=contract,
                amount=Decimal(1),
                paid_on_day=today(),
                voucher="1",
                departure="急",
            )
        assert [(one.field, one.articles) for one in refused.value.items] == [("amount", ["DA-26"])]


@pytest.mark.article("LC-29")
def test_lingchuan_pays_no_more_until_the_report_of_the_acceptance_is_filed() -> None:
    town = people.make_town("lingchuan")
    project = procured(town)
    with enter(town.county):
        assert against(project) == []  # before the acceptance it is paid by the contract
    ended(town, project, "self_acceptance", "technical_acceptance", "completion_acceptance", "trial_run")
    with enter(town.county):
        left = Step.objects.filter(project=project, phase="acceptance").unended().values_list("key", flat=True)
        assert list(left) == ["acceptance_filing"]
        assert [one[-1] for one in against(project)] == ["LC-29"]
    ended(town, project, "acceptance_filing")
    with enter(town.county):
        assert against(project) == []
