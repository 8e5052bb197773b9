"""Citations as people read them, and the article's text they open."""

import re
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from jurisdictions import citations
from jurisdictions.article_texts import marked, stretches
from jurisdictions.citations import article_name, written
from jurisdictions.text_store import regulation_texts, store_texts
from tests.jurisdictions.page_text import plain
from tests.people import Cast, Town, client_for, rules_of
from tests.test_isolation import url_of
from tests.url_matrix import ROWS, Row
from tests.world import World, make_world

CODE = re.compile(r"\b[A-Z]{2,4}-[A-Z]?\d+(?![\w-])")


@pytest.mark.parametrize(
    ("articles", "chinese", "english"),
    [
        (["DA-24(2)"], "第二十四条第（二）项", "Article 24(2)"),
        (["DA-24(3)", "DA-24(2)", "DA-24"], "第二十四条第（二）、（三）项", "Article 24(2), (3)"),
        (
            ["DA-11", "DA-12", "DA-24(2)", "DA-24"],
            "第十一条、第十二条、第二十四条第（二）项",
            "Article 11, Article 12, Article 24(2)",
        ),
        (["XX-110"], "第一百一十条", "Article 110"),
        (["XX-105(11)"], "第一百零五条第（十一）项", "Article 105(11)"),
        (["DA-20", "DA-20"], "第二十条", "Article 20"),
        ([], "", ""),
    ],
)
def test_articles_are_written_out(articles, chinese, english):
    assert written(articles) == chinese
    with translation.override("en"):
        assert written(articles) == english


def test_an_item_is_marked_to_its_end():
    text = "第一条 甲：\n（一）乙；\n（二）丙。\n丁\n（三）戊。\n己。"
    assert [mark for _paragraph, mark in marked(text, [2])] == [False, False, True, False, False, False]
    assert not any(mark for _paragraph, mark in marked(text, []))


def test_of_a_long_article_what_is_cited_is_shown_and_the_rest_folded():
    paragraphs = marked("第一条 甲：\n（一）乙；\n（二）丙。\n（三）丁。\n（四）戊。", [2])
    assert [(len(one.paragraphs), one.is_folded) for one in stretches(paragraphs, most=5)] == [
        (1, False),
        (1, True),
        (1, False),
        (2, True),
    ]
    assert [one.is_folded for one in stretches(paragraphs, most=100)] == [False]
    assert [len(one.paragraphs) for one in stretches([(text, False) for text, _ in paragraphs], most=12)] == [2, 3]


@pytest.mark.django_db
class TestInCounty:
    @pytest.fixture(autouse=True)
    def no_annexes_remembered(self, monkeypatch):
        monkeypatch.setattr(citations, "_annexes", {})

    def test_an_annex_is_called_by_its_heading(self, alpha: Town):
        assert article_name(f"{alpha.county.prefix}-A1") == "附件1"
        assert article_name("ZZ-F3") == "表3"
        with translation.override("en"):
            assert (article_name("DA-A1"), article_name("ZZ-F3")) == ("Annex 1", "Form 3")

    def text(self, town: Town, key: str, *, headers: dict[str, str] | None = None, **asked: Any) -> Any:
        store_texts(town.rules, regulation_texts(rules_of(town.code))[0])
        address = reverse("regulation:article", kwargs={"county": town.code, "key": key})
        return client_for(town.filer).get(address, asked, headers=headers)

    def test_looked_up_in_place_a_long_article_shows_what_is_cited(self, alpha: Town):
        said = self.text(alpha, "DA-24", items="2", headers={"HX-Request": "true"}).content.decode()
        shown = re.sub(r"<details.*?</details>", "", said, flags=re.DOTALL)
        assert "（二）项目建议书获批后" in shown and "（一）自接到启动通知" not in shown
        assert "（一）自接到启动通知" in said and "其余 3 段" in said
        assert "<details" not in self.text(alpha, "DA-24", items="2").content.decode().partition("article-text")[2]

    def test_an_article_opens_with_text_title_and_version(self, alpha: Town):
        answer = self.text(alpha, "DA-24", items="2")
        said = plain(answer.content.decode())
        assert (
            "第二十四条第（二）项" in said
            and "德安县数字化项目建设管理办法（试行）" in said
            and f"第 {alpha.rules.number} 版" in said
        )
        assert re.findall(r"<mark\s*>(.*?)</mark>", answer.content.decode())[0].startswith("（二）项目建议书获批后")
        assert not CODE.search(said)
        assert f'rules/?version={alpha.rules.number}&amp;article=DA-24#DA-24"' in answer.content.decode()

    def test_htmx_gets_the_text_alone(self, alpha: Town):
        part = self.text(alpha, "DA-24(2)", headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in part and "第二十四条第（二）项" in part and part.count("<mark") == 1

    def test_an_article_of_another_county_opens_where_its_rules_are_compared(self, cast: Cast):
        assert "陵川县政务数据项目建设应用管理办法" in self.text(cast.alpha, "LC-14", of="lingchuan").content.decode()
        assert self.text(cast.alpha, "LC-14").status_code == 404

    def test_without_a_text_the_page_says_so(self, alpha: Town):
        address = reverse("regulation:article", kwargs={"county": alpha.code, "key": "DA-24"})
        assert "尚未存入" in client_for(alpha.filer).get(address).content.decode()

    @pytest.mark.parametrize(
        ("key", "asked"),
        [
            ("DA-99", {}),
            ("ZZ-1", {}),
            ("x", {}),
            ("DA-24", {"version": "99"}),
            ("DA-24", {"version": "x"}),
            ("DA-24-", {}),
        ],
    )
    def test_what_is_no_article_is_not_found(self, alpha: Town, key, asked):
        assert self.text(alpha, key, **asked).status_code == 404


def pages(town: Town, world: World) -> list[tuple[Row, str]]:
    """Every address that shows a page, with the address filled in."""
    return [
        (row, url_of(row, town.code, world))
        for row in ROWS
        if "GET" in row.methods.split() and not row.name.startswith("api:")
    ]


@pytest.mark.django_db
def test_no_page_shows_a_code(alpha: Town):
    """The codes are for the interface, files and tests; people read 第二十四条."""
    world, shown, seen = make_world(alpha), {}, set()
    for person in (alpha.filer, alpha.reviewer, alpha.head, alpha.secretary, alpha.admin, alpha.auditor):
        client = client_for(person)
        for row, url in pages(alpha, world):
            answer = client.get(url)
            if answer.status_code != 200 or "text/html" not in answer["Content-Type"]:
                continue
            seen.add(row.name)
            body = re.sub(r"(?s)<(script|style|head)\b.*?</\1>", " ", answer.content.decode())
            spoken = " ".join(re.findall(r'(?:title|aria-label|placeholder|alt)="([^"]*)"', body))
            codes = {code for code in CODE.findall(plain(body) + " " + spoken) if code.startswith(alpha.county.prefix)}
            if codes:
                shown[row.name] = sorted(codes)
    assert shown == {}
    assert {row.name for row, _url in pages(alpha, world)} - seen <= FILES


#: What is downloaded, counted for the frame, leads elsewhere or waits for a partner to file.
FILES = {
    "approvals:draw_file",
    "approvals:expert_template",
    "projects:partner",
    "projects:former_edit",
    "workflow:counts",
    "workflow:document",
    "workflow:filing_submit",
    "workflow:home",
    "workflow:job_result",
    "workflow:next",
    "workflow:open_notice",
}
