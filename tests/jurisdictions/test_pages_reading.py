"""The page that reads like the regulation."""

import re
from dataclasses import replace
from datetime import date, datetime, time

import pytest
import time_machine
from django.urls import reverse
from django.utils import translation

from jurisdictions import versions
from jurisdictions.models import ArticleText, RuleContent
from jurisdictions.rules.ruleset import Ruleset
from regulation.route_words import extent
from regulation.rule_tables import rule_tables
from tests import people
from tests.budgets import budget
from tests.jurisdictions.page_text import plain
from workflow.clocks.clock import SHANGHAI

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client_for, alpha):
    """Dean's filer, at the page of the rules."""
    client = client_for(alpha.filer)
    return lambda query="?part=all", code="dean": client.get(
        reverse("regulation:read", kwargs={"county": code}) + query
    )


def text_of(response) -> str:
    """The page without tags."""
    return plain(response.content.decode())


def article(response, name: str) -> str:
    """What stands under one article, without tags."""
    found = re.search(rf'<article[^>]* id="{name}".*?</article>', response.content.decode(), re.S)
    assert found, f"{name} has no anchor"
    return plain(found[0])


def test_every_article_has_its_anchor_below_its_chapter(reader):
    response = reader()
    html = response.content.decode()
    anchors = re.findall(r'<article[^>]* id="([^"]+)"', html)
    assert anchors[:3] == ["DA-1", "DA-2", "DA-3"]
    assert set(anchors) == set(people.rules_of("dean").content["articles"])
    assert html.index("第四章 项目审批</h2>") < html.index('id="DA-24"') < html.index("第五章 项目实施</h2>")


def test_every_citation_on_the_page_leads_to_an_anchor_of_the_page(reader):
    html = reader().content.decode()
    cited = set(re.findall(r'class="cite" href="/dean/rules/\?article=[^#]+#([^"]+)"', html))
    assert cited
    assert cited <= set(re.findall(r'<article[^>]* id="([^"]+)"', html))


@pytest.mark.article("DA-13")
def test_bounds_stand_below_their_article_in_words(reader):
    words = article(reader(), "DA-13")
    assert "总投资 ≥ 2,000,000 元（200 万元）" in words
    assert "总投资 ≥ 10,000,000 元（1,000 万元）" in words
    assert "总投资 ≥ 5,000,000 元（500 万元）" in words
    assert "九江市数据主管部门" in words


@pytest.mark.article("DA-20")
def test_what_is_not_needed_is_said_with_its_condition(reader):
    words = article(reader(), "DA-20")
    assert "不足五十万元的项目不报县级联合会审" in words
    assert "总投资 < 500,000 元（50 万元）" in words


def test_each_question_on_the_scope_says_which_answer_puts_a_project_outside():
    rules = Ruleset.from_result(people.rules_of("jinhu"))
    with translation.override("zh-hans"):
        scope = next(block for block in rule_tables(rules) if block.key == "scope")
    told = {entry.text: entry.details[0][1] for entry in scope.entries if entry.details}
    said = {"yes": ("答“是”的不在范围内",), "no": ("答“否”的不在范围内",)}
    asked = rules.rules.scope.questions
    assert {one.outside_answer for one in asked} == {"yes", "no"}
    assert [told[one.text] for one in asked] == [said[one.outside_answer] for one in asked]


@pytest.mark.article("DA-24(2)")
def test_clocks_and_pauses_are_read_in_words(reader):
    words = article(reader(), "DA-24")
    assert "县政府办（县数据局）：可行性研究报告报送后 15 个工作日内" in words
    assert "不计入：需求确认" in words


@pytest.mark.article("DA-40")
def test_quota_is_a_parameter_with_both_amounts(reader):
    words = article(reader(), "DA-40")
    assert "10,000,000 元（1,000 万元）" in words
    assert "5,000,000 元（500 万元）" in words


def test_decision_tables_can_be_read_whole(reader):
    response = reader("?view=tables&part=all")
    html = response.content.decode()
    assert 'id="step-joint_review"' in html
    assert 'id="change_control"' in html
    assert "不需要。" in text_of(response)


def test_search_keeps_only_articles_with_every_word(reader):
    response = reader("?q=密码 确认")
    anchors = re.findall(r'<article[^>]* id="([^"]+)"', response.content.decode())
    assert "DA-30" in anchors
    assert "DA-20" not in anchors


def test_search_for_what_is_nowhere_says_so(reader):
    assert "没有条款含有这些字词" in text_of(reader("?q=zzzz"))


def test_typed_words_are_escaped(reader):
    html = reader("?q=<script>alert(1)</script>").content.decode()
    assert "<script>alert(1)" not in html


@pytest.mark.article("DA-43")
@pytest.mark.parametrize(
    ("today", "said"),
    [
        (date(2024, 11, 26), "尚未施行"),
        (date(2024, 11, 27), "施行中"),
        (date(2026, 5, 29), "施行中"),
        (date(2026, 5, 30), "还有 180 天到期"),
        (date(2026, 11, 26), "还有 0 天到期"),
        (date(2026, 11, 27), "已于 2026-11-26 届满失效"),
    ],
)
def test_end_of_force_is_warned_of_and_said(client_for, alpha, today, said):
    with time_machine.travel(datetime.combine(today, time(12), SHANGHAI), tick=False):
        assert said in text_of(client_for(alpha.filer).get("/dean/rules/"))


@pytest.mark.article("CJ-38")
def test_expired_rules_say_so(client_for, cast):
    town = people.make_town("changji")
    with time_machine.travel(datetime(2026, 1, 17, 12, tzinfo=SHANGHAI), tick=False):
        response = client_for(town.filer).get("/changji/rules/")
    assert "已失效" in text_of(response)


@pytest.mark.article("CJ-16")
@pytest.mark.article("CJ-17")
def test_doubly_claimed_bound_is_shown_with_both_articles(client_for, cast):
    town = people.make_town("changji")
    html = client_for(town.filer).get("/changji/rules/").content.decode()
    shown = html[html.index('id="double-bounds"') :].split("</section>")[0]
    assert "总投资 = 500,000 元（50 万元）" in shown
    assert "#CJ-16" in shown
    assert "#CJ-17" in shown


def test_draft_is_said_to_be_a_draft(client_for, cast):
    town = people.make_town("jinhu")
    assert "征求意见稿" in text_of(client_for(town.filer).get("/jinhu/rules/"))


def test_older_version_can_be_chosen_and_is_said_to_be_older(reader, alpha):
    second = dict(alpha.rules.data.content)
    number = second["version"] = alpha.rules.number + 1
    second["in_force"] = {**second["in_force"], "from": "2026-01-01", "until": "2028-12-31"}
    version = alpha.county.rule_versions.create(
        number=number, title=alpha.rules.title, status="in_force", digest="second"
    )
    RuleContent.objects.create(version=version, content=second)
    response = reader(f"?version={alpha.rules.number}")
    assert "这不是当前适用的版本" in text_of(response)
    assert f"第 {number} 版" in text_of(reader())


@pytest.mark.parametrize("number", ["99", "x", "-1", "1e3", "9" * 40])
def test_version_that_does_not_exist_is_not_found(reader, number):
    assert reader(f"?version={number}").status_code == 404


def test_other_countys_rules_can_be_read_from_here(reader, beta):
    response = reader("?of=lingchuan")
    assert "您正在查阅陵川县的规则" in text_of(response)
    assert 'id="LC-14"' in reader("?of=lingchuan&article=LC-14").content.decode()
    assert reader("?of=nowhere").status_code == 404


def test_person_without_the_permission_is_refused(client_for, cast):
    assert client_for(cast.stranger).get("/dean/rules/").status_code == 404


def test_page_reads_in_english_too(client_for, alpha):
    client = client_for(alpha.filer)
    response = client.get("/dean/rules/?part=all", HTTP_ACCEPT_LANGUAGE="en")
    assert "Article 24" in text_of(response)
    assert "Total investment ≥ 2,000,000 yuan" in text_of(response)


def test_page_stays_within_its_queries(reader):
    reader()
    with budget(8):
        reader()


def test_version_of_the_database_answers_not_the_file(alpha):
    assert versions.current_registry().newest("dean").digest == alpha.rules.digest


class TestChapterByChapter:
    def test_a_page_holds_a_chapter_with_its_text_beside_how_it_is_read(self, reader, alpha):
        said = "第二十四条　可行性研究报告\n（一）项目建议书"
        ArticleText.objects.create(version=alpha.rules, key="DA-24", text=said)
        first = reader("")
        assert re.findall(r'<article[^>]* id="([^"]+)"', first.content.decode())[0] == "DA-1"
        assert 'id="DA-24"' not in first.content.decode()
        fourth = reader("?article=DA-24")
        html = fourth.content.decode()
        assert 'id="DA-24"' in html and 'id="DA-1"' not in html
        text = re.search(r'id="DA-24".*?class="rules-text"[^>]*>(.*?)</div>', html, re.S)
        assert text and "可行性研究报告" in plain(text[1])
        assert len(html) < len(reader("?part=all").content) / 2

    def test_chapters_follow_one_another_to_the_last(self, reader):
        page, seen = reader(""), []
        while page.context["following"]:
            seen.append(page.context["parts"][0].title)
            page = reader(page.context["following"]["url"])
        assert len(seen) + 1 == len(page.context["outline"]) and len(set(seen)) == len(seen)
        assert reader("?part=nowhere").context["parts"][0].id == "chapter-1"


class TestQuestionOfAClerk:
    def test_rules_begin_with_it_and_the_answer_is_one_line_then_phases_then_steps(self, client_for, alpha):
        client = client_for(alpha.filer)
        html = client.get("/dean/rules/").content.decode()
        assert html.index("我的项目要走哪些程序，多久？") < html.index("<article")
        answer = client.get("/dean/rules/try/?action=new&wan=680")
        extent = answer.context["extent"]
        assert str(answer.context["facts"].investment) == "6800000.00"
        shown = answer.content.decode()
        said = rf"{extent.steps} 个环节，其中 {extent.timed} 个有法定时限，合计 .*个工作日"
        assert re.search(said, plain(shown))
        in_order = dict.fromkeys(step["phase_key"] for step in answer.context["steps"])
        assert list(answer.context["phases"]) == list(in_order)
        assert sum(phase.steps for phase in answer.context["phases"].values()) == extent.steps
        assert shown.index("阶段") < shown.index('id="phase-initiation"') < shown.index('id="step-declaration"')
        assert client.get("/dean/rules/try/?action=new&wan=680万").context["facts"].investment == 6_800_000

    def test_what_starts_together_counts_once_and_what_follows_is_added(self, client_for, alpha):
        route = client_for(alpha.filer).get("/dean/rules/try/?action=new&wan=680").context["route"]
        step = max(route.steps, key=lambda one: len(one.deadlines))
        rule = step.deadlines[0]
        together = replace(step, deadlines=(rule, rule.model_copy(update={"amount": rule.amount + 3})))
        assert extent([together]).time.startswith(f"{rule.amount + 3} ")
        later = replace(step, deadlines=(rule, rule.model_copy(update={"after": "something_else"})))
        assert extent([later]).time.startswith(f"{2 * rule.amount} ")
