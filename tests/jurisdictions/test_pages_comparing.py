"""The same facts in all counties, side by side."""

import re

import pytest
from django.urls import reverse

from regulation.views.comparing import merged_order
from tests import people
from tests.budgets import budget
from tests.jurisdictions.page_text import plain

pytestmark = pytest.mark.django_db


@pytest.fixture
def compare(client_for, cast):
    """Dean's filer asks for all five counties."""
    for code in ("changji", "jinhu", "jianshan"):
        people.make_county(code)
    client = client_for(cast.alpha.filer)
    return lambda **data: client.get(reverse("regulation:compare", kwargs={"county": "dean"}), data)


def cells(response, step: str) -> list[str]:
    """The cells of one step's row by county, without tags."""
    row = re.search(rf"<tr><th scope=\"row\"><strong>{step}</strong>.*?</tr>", response.content.decode(), re.S)
    assert row, step
    found = re.findall(r"<td.*?</td>", row[0], re.S)
    return [plain(cell) for cell in found]


@pytest.mark.article("CJ-17")
@pytest.mark.article("DA-20")
def test_each_county_answers_with_its_own_office_and_article(compare):
    response = compare(investment="500000", on="2025-06-02")
    heads = re.findall(r'<th scope="col"[^>]*>([^<]+)<span class="sub">', response.content.decode())
    assert heads[:5] == ["德安县", "昌吉州", "尖山区", "金湖县", "陵川县"]
    dean, changji, _jianshan, jinhu, lingchuan = cells(response, "联合会审")
    assert "县政府办（县数据局）" in dean
    assert "第二十条" in dean
    assert "第十七条" in changji
    assert jinhu == lingchuan == "无此环节"


def test_step_left_out_shows_the_article_that_leaves_it_out(compare):
    dean, changji, *_others = cells(compare(investment="499999.99", on="2025-06-02"), "联合会审")
    assert "不足五十万元的项目不报县级联合会审" in dean
    assert "第二十条" in dean
    assert "第十六条" in changji


def test_notices_stand_by_county(compare):
    dean, changji, _jianshan, jinhu, _lingchuan = cells(compare(investment="500000", on="2026-03-02"), "提示")
    assert dean == "无"
    assert "规则已失效" in changji
    assert "两条规定都适用于这一金额" in changji
    assert "规则为征求意见稿" in jinhu


def test_citations_of_other_counties_lead_to_their_rules(compare):
    html = compare(investment="500000", on="2025-06-02").content.decode()
    assert 'href="/dean/rules/?of=changji&amp;article=CJ-17#CJ-17"' in html
    assert 'href="/dean/rules/?article=DA-20#DA-20"' in html


def test_amount_that_cannot_be_used_names_the_field(compare):
    response = compare(investment="-1")
    assert response.status_code == 422
    assert 'href="#field-investment"' in response.content.decode()


def test_steps_keep_the_order_of_each_county_where_they_agree():
    assert merged_order([["a", "c"], ["a", "b", "c", "d"]]) == ["a", "b", "c", "d"]


def test_page_stays_within_its_queries(compare):
    compare(investment="500000")
    with budget(8):
        compare(investment="500000")
