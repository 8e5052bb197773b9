"""Amounts as people write and paste them: understood where they are clear, asked where they are not, never guessed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jurisdictions.amounts import Unclear, in_unit, names_unit, read_yuan

FULL_WIDTH = str.maketrans("0123456789.,", "０１２３４５６７８９．，")
FIGURES = st.decimals(0, 10**12, places=4, allow_nan=False)
UNSEEN = st.sampled_from(["", "\u200b", "\ufeff", "\u200e", "\u2060", "\u00ad"])
UNITS = st.sampled_from([("", None), ("元", 1), (" 元", 1), ("万", 10_000), ("万元", 10_000), (" 万元整", 10_000)])


@given(FIGURES, UNITS, UNSEEN, st.booleans(), st.booleans(), st.sampled_from(["yuan", "wan"]))
def test_however_an_amount_is_dressed_it_is_the_same(figure, unit, unseen, grouped, is_wide, field) -> None:
    word, factor = unit
    text = f"{figure:,f}" if grouped else f"{figure:f}"
    text = f"  {unseen}{text}{unseen}{word}\n"
    text = text.translate(FULL_WIDTH) if is_wide else text
    assert read_yuan(text, unit=field) == figure * (factor or (10_000 if field == "wan" else 1))
    assert names_unit(text) is bool(word)


@given(FIGURES, st.sampled_from(["yuan", "wan"]), st.sampled_from(["yuan", "wan"]))
def test_in_another_unit_an_amount_is_the_same(figure, shown, unit) -> None:
    text = f"{figure:f}"
    assert read_yuan(in_unit(text, shown=shown, unit=unit), unit=unit) == read_yuan(text, unit=shown)


@pytest.mark.parametrize("text", ["680万", "600 元", "1,5", "六十", ""])
def test_what_says_its_own_unit_or_is_unclear_stays_as_typed_in_another_unit(text: str) -> None:
    assert in_unit(text, shown="wan", unit="yuan") == text


@given(
    st.integers(0, 10**9), st.integers(0, 10**9), st.sampled_from([" ", "\t", "\n", "\r\n", "、", "-", "~", "/", "至"])
)
def test_two_numbers_never_become_one(one, other, between) -> None:
    with pytest.raises(Unclear, match="more than one number|不止一个数"):
        read_yuan(f"{one}{between}{other}", unit="wan")


@pytest.mark.parametrize("text", ["1,5", "1.2.3", "1,234,56", "12,34", "1.234,56", "0,680", "1,2345"])
def test_separators_that_can_be_read_in_several_ways_are_asked(text: str) -> None:
    with pytest.raises(Unclear):
        read_yuan(text, unit="yuan")


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("680", 6_800_000),
        ("６８０", 6_800_000),
        ("680萬元", 6_800_000),
        ("¥6,800,000", 6_800_000),
        ("1.2亿", 120_000_000),
        ("60。5", 605_000),
        ("人民币680万元整", 6_800_000),
        ("6800000元", 6_800_000),
        ("- 3", -30_000),
    ],
)
def test_known_spellings_in_a_field_of_ten_thousand_yuan(text: str, yuan: int) -> None:
    assert read_yuan(text, unit="wan") == Decimal(yuan)


@given(st.text(max_size=80))
def test_any_text_is_read_or_asked(text) -> None:
    try:
        assert read_yuan(text, unit="wan").is_finite()
    except Unclear as problem:
        assert str(problem)
