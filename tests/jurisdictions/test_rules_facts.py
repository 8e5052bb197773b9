"""Facts: defaults, accepted spellings of amounts, and a clear error for everything else."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jurisdictions.facts import YES_NO_FACTS
from jurisdictions.rules.facts import FactError, Facts

pytestmark = pytest.mark.usefixtures("english")


def test_missing_facts_have_their_defaults():
    facts = Facts.parse({"investment": 500000})
    assert (facts.action, facts.category, facts.owner_kind, facts.funding_source) == (
        "new",
        "application",
        "agency",
        "fiscal",
    )
    assert facts.importance is None
    assert not any(getattr(facts, name) for name in YES_NO_FACTS)


def test_an_unknown_importance_counts_as_general():
    assert Facts.parse({"investment": 1}).values()["importance"] == "general"
    assert Facts.parse({"investment": 1, "importance": "key"}).values()["importance"] == "key"


@pytest.mark.parametrize(
    ("given_amount", "amount"),
    [
        (0, "0.00"),
        (500000, "500000.00"),
        ("500000", "500000.00"),
        ("500000.5", "500000.50"),
        (Decimal("0.01"), "0.01"),
        (499999.99, "499999.99"),
        (Decimal("5E+5"), "500000.00"),
        (Decimal("500000.000"), "500000.00"),
        ("0.10", "0.10"),
        (999999999999999, "999999999999999.00"),
        ("-0", "0.00"),
    ],
)
def test_amounts_are_read_exactly(given_amount, amount):
    investment = Facts.parse({"investment": given_amount}).investment
    assert isinstance(investment, Decimal)
    assert str(investment) == amount


@pytest.mark.parametrize(
    "wrong",
    [
        -1,
        "-0.01",
        -0.5,
        Decimal("-1"),
        True,
        False,
        None,
        [],
        {},
        b"5",
        "",
        " 5",
        "5 ",
        "50万",
        "500,000",
        "五十万",
        "５",
        "1e5",
        "0x10",
        "1.",
        ".5",
        "+5",
        "--5",
        "1" * 100,
        "NaN",
        "Infinity",
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("-Infinity"),
        "0.001",
        0.001,
        0.1 + 0.2,
        Decimal("1E-400"),
        10**15,
        "1000000000000000",
        10**40,
        Decimal("1E+999"),
    ],
)
def test_what_is_no_amount_is_refused_and_named(wrong):
    with pytest.raises(FactError) as caught:
        Facts.parse({"investment": wrong})
    assert caught.value.field == "investment"
    assert caught.value.message


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({}, "investment"),
        ({"investment": 1, "budget": 5}, "budget"),
        ({"investment": 1, "ratio": "0.1"}, "ratio"),
        ({"investment": 1, "category": "hardware"}, "category"),
        ({"investment": 1, "category": ["service"]}, "category"),
        ({"investment": 1, "action": 5}, "action"),
        ({"investment": 1, "classified": "yes"}, "classified"),
        ({"investment": 1, "classified": 1}, "classified"),
        ({"investment": 1, "importance": "high"}, "importance"),
        ({"investment": 1, 5: True}, "5"),
        ([], "facts"),
        ("500000", "facts"),
        (None, "facts"),
    ],
)
def test_the_fact_at_fault_is_named(facts, field):
    with pytest.raises(FactError) as caught:
        Facts.parse(facts)
    assert caught.value.field == field
    assert caught.value.as_dict() == {"field": field, "message": caught.value.message}


@given(
    st.decimals(min_value=0, max_value=10**14, places=2),
    st.booleans(),
    st.sampled_from([None, "general", "key"]),
)
def test_facts_kept_as_json_read_back(amount, classified, importance):
    raw = {"investment": amount, "classified": classified}
    if importance:
        raw["importance"] = importance
    facts = Facts.parse(raw)
    assert Facts.parse(facts.as_dict()) == facts
