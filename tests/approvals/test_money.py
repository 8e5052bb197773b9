"""The sums of a project: declared, handed in, replied to; where they differ the lines say so."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from approvals.filings import begin
from jurisdictions.rules.vocabulary import COST_LINES
from jurisdictions.scope import enter
from projects.models import CostLine, Project
from projects.money import table_of, unusual, usual_shares
from projects.services import money
from projects.services.money import Sum
from tests.approvals.test_staged import approve, begun, draft_of, opinion, prepare, step_of
from tests.approvals.work import paper
from tests.people import Town, client_for
from workflow.filings import services as filings
from workflow.filings.kinds import kind_of
from workflow.models import AuditEntry

pytestmark = pytest.mark.django_db
LINES = [
    {"line": "hardware", "year": "2027", "source": "informatization_fund", "amount": "180", "note": "询价"},
    {"line": "application_software", "year": "2028", "source": "informatization_fund", "amount": "120", "note": ""},
]


def handed_in(town: Town, project: Project, *, lines: list[dict[str, str]] = LINES) -> None:
    filing, filer = draft_of(project, "feasibility"), town.filer.actor
    content: dict[str, Any] = {
        "content": {"summary": "建设内容", "beyond": "no"},
        "money": {"total": "300", "lines": lines},
    }
    filing = filings.save(actor=filer, filing=filing, content=content)
    filings.attach(actor=filer, filing=filing, purpose="feasibility_report", upload=paper())
    filings.submit(actor=filer, filing=filing)


def rows(project: Project, stage: str) -> list[tuple[str, Decimal]]:
    return list(CostLine.objects.filter(project=project, stage=stage).values_list("line", "amount"))


@pytest.mark.article("DA-24")
def test_the_reply_settles_the_sum_and_says_by_how_much_it_differs(alpha: Town) -> None:
    project = begun(alpha, "3000000.00")
    with enter(alpha.county):
        handed_in(alpha, project)
        page = client_for(alpha.drc).get(f"/{alpha.code}/steps/{step_of(alpha, project, 'feasibility').pk}/")
        assert "估算（送审）" in page.content.decode()
        opinion(alpha, project)
        approve(alpha, alpha.drc, project, "feasibility", amount=Decimal("2800000.00"))
        assert rows(project, "estimate") == [
            ("hardware", Decimal(1800000)),
            ("application_software", Decimal(1200000)),
            ("adjustment", Decimal(-200000)),
        ]
        settled = AuditEntry.objects.get(action="project.settle_money")
        assert settled.project_id == project.pk and settled.new["amount"] == "2800000.00"
        # The next form begins with the lines of the stage before.
        assert draft_of(project, "budget_review").content["money"]["lines"] == LINES
        table = table_of(project)
        assert [cell.amount for cell in table.total] == [Decimal(2800000)]
        assert [(year, source) for year, source, _cells in table.by_year][0][0] == "2027"
    text = client_for(alpha.filer).get(f"/{alpha.code}/projects/{project.pk}/money/").content.decode()
    assert "核定调整" in text and "-20" in text and "landscape.css" in text


def test_a_row_of_another_county_s_source_is_refused_at_its_field(alpha: Town) -> None:
    project = begun(alpha, "3000000.00")
    with enter(alpha.county):
        filing = draft_of(project, "feasibility")
        typed = {"money": {"total": "300", "lines": [{**LINES[0], "source": "lottery", "year": "1850"}]}}
        filing = filings.save(actor=alpha.filer.actor, filing=filing, content=typed)
        wrong = {one.field for one in kind_of(filing).checked(filing).problems}
        assert {"money-lines-0-source", "money-lines-0-year"} <= wrong


def test_stages_stand_beside_each_other_with_their_differences(alpha: Town) -> None:
    project = begun(alpha, "3000000.00")
    with enter(alpha.county):
        actor = alpha.reviewer.actor
        budget = [Sum("hardware", Decimal(100)), Sum("training", Decimal(50))]
        money.settle(actor=actor, project=project, stage="approved_estimate", origin="step:1", sums=budget)
        money.settle(actor=actor, project=project, stage="budget", origin="step:2", sums=[Sum("hardware", Decimal(90))])
        for number, amount in ((1, 40), (2, 45)):
            sums = [Sum("hardware", Decimal(amount))]
            money.settle(actor=actor, project=project, stage="contract", origin=f"contract:{number}", sums=sums)
        money.settle(actor=actor, project=project, stage="contract", origin="contract:2", total=Decimal(30))
        money.settle(actor=actor, project=project, stage="budget", origin="step:9", total=Decimal(80))
        table = table_of(project)
        shown: dict[str, list[Any]] = {
            label: [(cell.amount, cell.change, cell.percent) for cell in cells] for label, cells in table.rows
        }
        assert table.stages == ["概算", "预算", "合同"]
        hardware = str(COST_LINES["hardware"])
        assert shown[hardware] == [
            (100, None, None),
            (None, -100, Decimal("-100.0")),
            (40, 40, None),
        ]
        assert shown["未分项"] == [(None, None, None), (80, 80, None), (30, -50, Decimal("-62.5"))]
        total: list[Any] = [(cell.amount, cell.change) for cell in table.total]
        assert total == [(150, None), (80, -70), (70, -10)]
        money.take_back(project=project, stage="contract", origin="contract:1")
        assert rows(project, "contract") == [("undivided", Decimal(30))]


def test_usual_shares_are_hints_on_known_lines() -> None:
    assert set(usual_shares()) >= {"supervision", "contingency"}
    assert unusual([Sum("hardware", Decimal(95)), Sum("supervision", Decimal(5))]) == []
    [said] = unusual([Sum("hardware", Decimal(80)), Sum("contingency", Decimal(20))])
    assert "20.0%" in said and "预备费" in said


def test_what_was_declared_is_the_rough_estimate_and_the_first_form_begins_with_it(alpha: Town) -> None:
    project = begun(alpha, "3000000.00")
    with enter(alpha.county):
        money.keep(
            project=project,
            stage="rough_estimate",
            origin=money.DECLARED,
            sums=[Sum("undivided", Decimal(3000000), 2027, "informatization_fund")],
        )
        draft = draft_of(project, "feasibility")
        step = step_of(alpha, project, "feasibility")
        draft.delete()
        made = begin(step)
        assert made.content["money"]["total"] == "300"
        assert made.content["money"]["lines"][0] | {"line": "hardware"} == {
            "line": "hardware",
            "year": "2027",
            "source": "informatization_fund",
            "amount": "300",
            "note": "",
        }
        prepare(alpha, project, "feasibility")
