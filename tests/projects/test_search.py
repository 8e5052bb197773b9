"""Finding projects by whatever a person has of them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.services import save_office
from jurisdictions.scope import enter
from projects.grams import ProjectGram
from projects.models import Project
from tests.people import Town, client_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(alpha: Town) -> Iterator[dict[str, Project]]:
    """Three projects, inside the county's scope."""

    def make(running: int, name: str, amount: int, unit: int, **values: Any) -> Project:
        given = {"applicant": alpha.units[unit], "owner_unit": alpha.units[unit], "filed_by": alpha.filer.user}
        return Project.objects.create(
            number=f"DA2026{running:05d}",
            name=name,
            investment=Decimal(amount),
            rule_version=alpha.rules,
            **{**given, **values},
        )

    with enter(alpha.county):
        alpha.other_filer.user.name = "阿卜杜拉·买买提"
        alpha.other_filer.user.save()
        alpha.units[1].name = "市场监督管理局"
        alpha.units[1].save()
        yield {
            "village": make(1, "数字乡村（一期）平台", 6_800_000, 0),
            "market": make(12, "680路智慧市场系统", 500_000, 1, filed_by=alpha.other_filer.user),
            "care": make(680, "医疗废物全流程监管", 1_000_000, 0),
        }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DA202600001", "village"),
        ("da202600001", "village"),
        ("202600001", "village"),
        ("00001", "village"),
        ("1", "village"),
        ("12", "market"),
        ("数字乡村", "village"),
        ("數字鄉村", "village"),
        ("乡村(一期)", "village"),
        ("乡 村", "village"),
        ("平台 数字", "village"),
        ("数字\u200b乡村", "village"),
        ("村", "village"),
        ("szxc", "village"),
        ("SZXC", "village"),
        ("监管 医疗", "care"),
        ("市场监管", ""),
        ("乡医", ""),
        ("监督管理局", "market"),
        ("scjdglj", "market"),
        ("买买提", "market"),
        ("阿卜杜拉•買買提", "market"),
        ("680万", "village"),
        ("６８０万元", "village"),
        ("6,800,000元", "village"),
        ("6800000", "village"),
        ("50万 智慧", "market"),
        ("680", "village market care"),
        ("680萬元", "village"),
        ("¥6,800,000", "village"),
        ("68,00,000元", ""),
        ("0", "market"),
        ("00", ""),
        ("00000", ""),
        ("680 乡村", "village"),
        ("0.068亿", "village"),
        ("数字 医疗", ""),
        ("没有", ""),
        ("%", ""),
        ("_", ""),
        ("", "village market care"),
    ],
)
@pytest.mark.parametrize("few", [2000, 1])
def test_found_by(three: dict[str, Project], text: str, expected: str, few: int, monkeypatch: Any) -> None:
    monkeypatch.setattr("projects.search.FEW", few)  # with 1: as where every piece is common
    found = set(Project.objects.holding(text).values_list("pk", flat=True))
    assert found == {three[name].pk for name in expected.split()}


def test_pieces_follow_the_project(three: dict[str, Project], alpha: Town) -> None:
    care = three["care"]
    care.name, care.investment, care.owner_unit = "医保结算", Decimal(20_000), alpha.units[1]
    care.save(update_fields=["name", "investment", "owner_unit"])
    for gone in ("废物", "ylfw", "100万"):
        assert not Project.objects.holding(gone).exists()
    for new in ("医保", "ybjs", "2万", "监督 医保"):
        assert Project.objects.holding(new).get() == care
    assert not ProjectGram.objects.filter(project=care, gram="废物").exists()


def test_a_renamed_unit_is_found_by_both_its_names_at_once(three: dict[str, Project], alpha: Town) -> None:
    save_office(actor=alpha.admin.actor, office=alpha.units[1], name="知识产权局")
    assert Project.objects.holding("知识产权").get() == three["market"]
    assert Project.objects.holding("监督管理局").get() == three["market"]  # what it was called when it filed


def test_pieces_of_one_county_are_not_another_s(three: dict[str, Project], beta: Town) -> None:
    with enter(beta.county):
        assert not ProjectGram.objects.exists()
        assert not Project.objects.holding("数字乡村").exists()


def test_search_costs_three_queries(three: dict[str, Project]) -> None:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        Project.objects.holding("数字 乡村 平台 680万")
    assert len(captured) == 3


def test_page_says_what_was_searched_and_keeps_what_was_typed(alpha: Town, three: dict[str, Project]) -> None:
    Project.objects.update(standing="in_review")
    client: Client = client_for(alpha.filer)
    page = client.get("/dean/projects/?q=數字+鄉村").content.decode()
    assert "数字乡村（一期）平台" in page and 'value="數字 鄉村"' in page
    assert "编号、项目名称、单位、申报人、总投资和拼音首字母" in page
    answer = client.get("/api/v1/dean/projects/?q=szxc").json()
    assert [row["name"] for row in answer["results"]] == ["数字乡村（一期）平台"]
