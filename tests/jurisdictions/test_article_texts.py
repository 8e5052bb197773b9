"""The full texts of the regulations: cut into articles, stored with the version, never changed."""

import io
import shutil

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from jurisdictions.article_texts import annex_label, cut, numeral, texts_of
from jurisdictions.models import ArticleText, RuleVersion
from jurisdictions.rules.loader import load_path
from jurisdictions.rules.registry import rule_paths
from jurisdictions.text_store import article_text, regulation_texts, text_path

RULES = {path.stem: path for path in rule_paths()}


@pytest.mark.parametrize("code", RULES)
def test_every_article_of_every_rule_file_finds_its_text(code):
    result = load_path(RULES[code])
    texts, errors = regulation_texts(result)
    assert not errors
    assert list(texts) == list(result.require().articles)
    source = "".join(text_path(RULES[code]).read_text(encoding="utf-8").split())
    for key, text in texts.items():
        assert "".join(text.split()) in source.replace("\n", ""), key
        number = key.rpartition("-")[2]
        starts = (f"第{numeral(int(number))}条", f"{number}．", f"{number}.") if number.isdecimal() else ("附件",)
        assert text.startswith(starts), key


@pytest.mark.parametrize("code", RULES)
def test_articles_keep_apart_from_chapters_annexes_and_imprint(code):
    texts, _errors = regulation_texts(load_path(RULES[code]))
    for key, text in texts.items():
        assert not any(line.startswith(("抄送", "附件：")) or line.endswith("印发") for line in text.splitlines()), key
        if key.rpartition("-")[2].isdecimal():
            assert not any(line.startswith("第") and "章 " in line[:6] for line in text.splitlines()), key


def test_articles_count_up_so_that_a_mention_starts_none():
    text = (
        "第一章 总则\n第一条 甲。\n第七条所说的乙。\n第二条 丙：\n（一）丁；\n（二）戊。\n附件：1.表\n附件1\n第三条 己"
    )
    assert cut(text) == {
        "1": "第一条 甲。\n第七条所说的乙。",
        "2": "第二条 丙：\n（一）丁；\n（二）戊。",
        "附件1": "附件1\n第三条 己",
    }


def test_a_text_of_numbered_points_is_cut_by_them():
    assert cut("一、总体\n1．甲。\n(1）乙。\n二、其他\n2.丙。") == {"1": "1．甲。\n(1）乙。", "2": "2.丙。"}


def test_a_paragraph_that_a_page_break_tore_apart_is_whole_again():
    long = "第一条 项目建设单位应当确定项目实施机构和项目责任"
    assert cut(f"{long}\n\n人，负责实施。\n（一）其他。") == {"1": f"{long}人，负责实施。\n（一）其他。"}


@pytest.mark.parametrize(
    ("key", "heading", "label"),
    [
        ("DA-A1", "附件1 申报表", "附件1"),
        ("JH-F3", "附件3 审查表", "附件3"),
        ("XX-F3", "表3 审查表", "表3"),
        ("XX-F2", "审查表", "表2"),
        ("XX-A2", "模板", "附件2"),
        ("DA-24", "审批流程", ""),
    ],
)
def test_annexes_are_called_by_their_own_heading(key, heading, label):
    assert annex_label(key, heading) == label


def test_an_article_without_text_is_left_out():
    assert texts_of("第一条 甲。", {"XX-1": "甲", "XX-2": "乙", "XX-A1": "附件1 表"}) == {"XX-1": "第一条 甲。"}


@pytest.fixture
def files(tmp_path):
    """A rule file with its regulation beside it, in a place of their own."""
    for kind, ending in (("rules", "yaml"), ("regulations", "txt")):
        (tmp_path / kind).mkdir()
        shutil.copy(RULES["dean"].parent.parent / kind / f"dean.{ending}", tmp_path / kind)
    return tmp_path / "rules" / "dean.yaml", tmp_path / "regulations" / "dean.txt"


@pytest.mark.django_db
class TestStored:
    def load(self, path):
        call_command("load_rules", str(path), stdout=io.StringIO())
        return RuleVersion.objects.get(county__code="dean")

    def test_texts_stand_beside_the_version(self, files):
        version = self.load(files[0])
        assert "县发改委于5个工作日内进行批复" in article_text(version, "DA-24")
        assert article_text(version, "DA-99") == ""
        self.load(files[0])
        assert version.texts.count() == len(load_path(files[0]).require().articles)

    def test_texts_come_later_where_the_version_was_stored_without(self, files):
        text = files[1].read_text(encoding="utf-8")
        files[1].unlink()
        version = self.load(files[0])
        assert not version.texts.exists()
        files[1].write_text(text, encoding="utf-8")
        self.load(files[0])
        assert version.texts.exists()

    def test_other_words_under_the_same_version_are_refused(self, files):
        self.load(files[0])
        text = files[1].read_text(encoding="utf-8")
        files[1].write_text(text.replace("于5个工作日内进行批复", "于6个工作日内进行批复"), encoding="utf-8")
        with pytest.raises(CommandError, match="DA-24"):
            self.load(files[0])

    def test_an_article_missing_from_the_text_stores_nothing(self, files):
        text = files[1].read_text(encoding="utf-8")
        files[1].write_text(text.replace("第四十三条  本办法", "本办法"), encoding="utf-8")
        with pytest.raises(CommandError, match="DA-43"):
            self.load(files[0])
        assert not RuleVersion.objects.exists()

    def test_a_stored_text_cannot_be_changed(self, files):
        self.load(files[0])
        with pytest.raises(DatabaseError), transaction.atomic():
            ArticleText.objects.update(text="anders")
        with pytest.raises(DatabaseError), transaction.atomic():
            ArticleText.objects.all().delete()
