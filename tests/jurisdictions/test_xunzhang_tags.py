"""Amounts, days and citations as people read and type them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django import forms
from django.template import Context, Template
from django.utils import translation

from jurisdictions.fields import AmountField
from jurisdictions.templatetags import xunzhang


@pytest.fixture(autouse=True)
def chinese():
    with translation.override("zh-hans"):
        yield


@pytest.mark.parametrize(
    ("yuan", "shown"),
    [
        (Decimal("600000"), "60"),
        (Decimal("600000.00"), "60"),
        (Decimal("1234567.89"), "123.456789"),
        (Decimal("0.01"), "0.000001"),
        (Decimal("-5000"), "-0.5"),
        (Decimal("123456789012.34"), "12,345,678.901234"),
        (0, "0"),
        (None, ""),
    ],
)
def test_yuan_are_shown_in_wan_without_rounding(yuan, shown):
    assert xunzhang.wan(yuan) == shown


@pytest.mark.parametrize(
    ("yuan", "shown"),
    [
        (Decimal("600000"), "600,000"),
        (Decimal("600000.50"), "600,000.50"),
        (Decimal("1234567.89"), "1,234,567.89"),
        (Decimal("1E+6"), "1,000,000"),
    ],
)
def test_yuan_show_the_fen_only_where_there_are_any(yuan, shown):
    assert xunzhang.yuan(yuan) == shown


def test_a_float_is_never_shown_as_money():
    with pytest.raises(TypeError):
        xunzhang.wan(0.1)


@pytest.mark.parametrize(
    ("left", "unit", "words", "tone"),
    [
        (5, "working_day", "剩 5 个工作日", "info"),
        (3, "working_day", "剩 3 个工作日", "warn"),
        (0, "working_day", "今天到期", "warn"),
        (-3, "working_day", "逾期 3 个工作日", "bad"),
        (-1, "day", "逾期 1 天", "bad"),
        (None, "working_day", "办法未规定时限", "neutral"),
    ],
)
def test_days_left_have_a_number_a_word_and_a_tone(left, unit, words, tone):
    assert xunzhang.daysleft(left, unit) == words
    assert xunzhang.daysleft_tone(left, unit) == tone


def test_a_day_is_written_out_in_the_language_of_the_page():
    assert xunzhang.day(date(2026, 11, 2)) == "2026年11月2日"
    with translation.override("en"):
        assert xunzhang.day(date(2026, 11, 2)) == "2 November 2026"


def test_a_moment_late_in_the_utc_day_shows_the_next_day_in_shanghai():
    late = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
    assert xunzhang.shortday(late) == "2026-11-23"
    assert xunzhang.moment(late) == "2026-11-23 01:30"


def test_a_citation_leads_to_its_article_and_names_its_text():
    page = Template("{% load xunzhang %}{% cite articles %}").render(
        Context({"articles": ["DA-24(3)", "DA-24(2)", "DA-24"], "rules_url": "/dean/rules/", "rules_version": 1})
    )
    assert 'href="/dean/rules/?version=1&amp;article=DA-24#DA-24"' in page
    assert 'data-article="/dean/rules/articles/DA-24/?version=1&amp;items=2,3"' in page
    assert 'tabindex="-1">第二十四条第（二）、（三）项</a>' in page


def test_citations_of_another_county_keep_its_address():
    page = Template("{% load xunzhang %}{% cite 'LC-14' '/dean/rules/?of=lingchuan' True %}").render(
        Context({"rules_version": 9})
    )
    assert 'href="/dean/rules/?of=lingchuan&amp;article=LC-14#LC-14"' in page
    assert 'data-article="/dean/rules/articles/LC-14/?of=lingchuan"' in page
    assert "依据" not in page


def test_citations_without_rules_to_open_are_plain_text():
    page = Template("{% load xunzhang %}{% cite 'DA-3, DA-4' %}").render(Context())
    assert "<a" not in page and page.count('class="cite"') == 2
    assert "</span>、<span" in page


def test_many_citations_fold_under_their_number():
    page = Template("{% load xunzhang %}{% cite articles %}").render(
        Context({"articles": [f"DA-{n}" for n in range(1, 5)]})
    )
    assert "<details" in page and ">依据 4 条</summary" in page and 'tabindex="-1"' in page
    assert "<details" not in Template("{% load xunzhang %}{% cite 'DA-1, DA-2, DA-3' %}").render(Context())
    assert Template("{% load xunzhang %}{% cite none %}").render(Context()).strip() == ""


@pytest.mark.parametrize(
    ("unit", "typed", "yuan"),
    [
        ("yuan", "600000", "600000.00"),
        ("yuan", " 600,000.5 ", "600000.50"),
        ("yuan", "６０００００", "600000.00"),
        ("wan", "60", "600000.00"),
        ("wan", "123.456789", "1234567.89"),
    ],
)
def test_amounts_are_understood_as_people_type_them(unit, typed, yuan):
    assert str(AmountField(unit=unit).clean(typed)) == yuan


@pytest.mark.parametrize(
    "typed", ["-1", "六十", "1e5", "NaN", "Infinity", "1.234", "99999999999999999", "1.2.3", "1,5"]
)
def test_what_is_no_amount_in_yuan_is_refused(typed):
    with pytest.raises(forms.ValidationError):
        AmountField().clean(typed)


def test_a_kept_amount_is_shown_in_the_unit_of_its_field_and_stays_unchanged():
    class Form(forms.Form):
        budget = AmountField(unit="wan")

    form = Form({"budget": "123.4567"}, initial={"budget": Decimal("1234567.00")})
    assert Form(initial={"budget": Decimal("1234567.00")})["budget"].value() == "123.4567"
    assert not form.has_changed()


def test_a_control_names_its_help_error_and_readback():
    class Form(forms.Form):
        amount = AmountField(help_text="不含运维费用")

    form = Form({"amount": "x"})
    html = xunzhang.control(form["amount"], unit="yuan")
    for part in ("helptext", "error", "readback"):
        assert f"id_amount_{part}" in html
    assert 'data-amount="yuan"' in html
    assert 'aria-invalid="true"' in html
