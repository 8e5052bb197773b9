"""One folding for every comparison of names and every search."""

from __future__ import annotations

import pytest

from jurisdictions.folding import folded, has_all, initials, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("云岭（集团）有限公司", "云岭(集团) 有限公司"),
        ("云岭【集团】有限公司", "雲嶺集團有限公司"),
        ("阿卜杜拉·买买提", "阿卜杜拉・买买提"),
        ("阿卜杜拉•买买提", "阿卜杜拉‧買買提"),
        ("ＡＢＣ１２科技", "abc12科技"),
        ("数据\u200b局\ufeff", "数据局"),
        ("数据\u3000局", "數據局"),
    ],
)
def test_names_of_one_are_one(one: str, other: str) -> None:
    assert folded(one) == folded(other) != ""


@pytest.mark.parametrize(("one", "other"), [("云岭公司", "云岭分公司"), ("第1家", "第11家"), ("", "甲")])
def test_names_of_two_stay_two(one: str, other: str) -> None:
    assert folded(one) != folded(other)


def test_part_of_a_text_is_part_of_the_folded_text() -> None:
    text = "重慶（長壽）數字鄉村・平臺"
    assert all(folded(text[a:b]) in folded(text) for a in range(len(text)) for b in range(a, len(text) + 1))


def test_first_letters_are_those_of_the_word() -> None:
    assert initials("數字鄉村平台5G") == "szxcpt5g"
    assert initials("重庆银行") == "cqyh"  # not zqyx


def test_words_keep_an_amount_together() -> None:
    assert words("680万 数字，鄉村　6,800,000元、a ·") == ["680万", "数字", "鄉村", "6,800,000元", "a"]


def test_every_word_must_be_found_and_signs_are_no_words() -> None:
    assert has_all("买买提 阿卜", ["阿卜杜拉·买买提"]) and has_all("abdl", ["阿卜杜拉·买买提"])
    assert not has_all("买买提 张", ["阿卜杜拉·买买提"])
    assert not has_all("%", ["甲"]) and has_all("", ["甲"])
