# ruff: noqa: E501 (rows stand on one line, as in a rule file)
"""Checks find every gap, contradiction, dead row and doubly claimed bound, and settle what explicit rows settle."""

import pytest

from tests.jurisdictions.rule_text import load, review_rows

pytestmark = pytest.mark.usefixtures("english")


def findings(*changes):
    return [(finding.kind, finding.rows, finding.is_error) for finding in load(*changes).findings]


def review(text):
    return load(review_rows(text))


def messages(result):
    return [str(error) for error in result.errors]


def test_a_complete_table_without_contradiction_passes():
    result = load()
    assert messages(result) == []
    assert result.findings == []


def test_an_amount_no_row_covers_is_a_gap_that_names_the_place():
    result = review("""\
        - {id: over, when: {investment: {over: 500000}}, then: {take: true, authority: finance}, articles: [SX-2], text: 上}
        - {id: under, when: {investment: {below: 500000}}, then: {take: false}, articles: [SX-2], text: 下}
        """)
    assert [finding.kind for finding in result.findings] == ["gap"]
    assert "investment = 500000" in messages(result)[0]
    assert "route[joint_review].rows" in messages(result)[0]


def test_the_axis_starts_at_zero_with_zero():
    result = review("""\
        - {id: some, when: {investment: {over: 0}}, then: {take: false}, articles: [SX-2], text: 有}
        """)
    assert "investment = 0" in messages(result)[0]


def test_a_gap_in_the_middle_of_several_facts_is_found():
    result = review("""\
        - {id: a, when: {category: [equipment], classified: true}, then: {take: false}, articles: [SX-2], text: 甲}
        - {id: b, when: {category: {not: [equipment]}}, then: {take: false}, articles: [SX-2], text: 乙}
        """)
    assert len(result.errors) == 1
    assert "category = equipment, classified = false" in messages(result)[0]


def test_rows_that_say_different_things_at_one_place_contradict():
    result = review("""\
        - {id: all, when: {}, then: {take: false}, articles: [SX-2], text: 都不}
        - {id: secret, when: {classified: true}, then: {take: true, authority: finance}, articles: [SX-3], text: 涉密}
        """)
    [finding] = result.findings
    assert (finding.kind, finding.rows, finding.articles) == (
        "contradiction",
        ("all", "secret"),
        ("SX-2", "SX-3"),
    )
    assert "classified = true" in finding.message


def test_rows_that_overlap_and_say_the_same_do_not_contradict():
    assert (
        findings(
            review_rows("""\
        - {id: all, when: {}, then: {take: false}, articles: [SX-2], text: 都不}
        - {id: secret, when: {classified: true}, then: {take: false}, articles: [SX-3], text: 涉密也不}
        """)
        )
        == []
    )


def test_one_row_may_override_another():
    assert (
        findings(
            review_rows("""\
        - {id: all, when: {}, then: {take: false}, articles: [SX-2], text: 都不}
        - id: secret
          when: {classified: true}
          then: {take: true, authority: finance}
          overrides: [all]
          articles: [SX-3]
          text: 涉密
        """)
        )
        == []
    )


def test_a_third_row_settles_only_where_it_applies():
    result = review("""\
        - {id: low, when: {investment: {at_most: 900}}, then: {take: false}, articles: [SX-2], text: 下}
        - {id: high, when: {investment: {at_least: 500}}, then: {take: true, authority: drc}, articles: [SX-3], text: 上}
        - id: middle
          when: {investment: {at_least: 500, below: 900}}
          then: {take: true, authority: drc}
          overrides: [low, high]
          articles: [SX-3]
          text: 中
        """)
    [finding] = [finding for finding in result.findings if finding.is_error]
    assert (finding.kind, finding.rows) == ("contradiction", ("low", "high"))
    assert "investment = 900" in finding.message


BOTH_CLAIM = """\
- {id: upto, when: {investment: {at_most: 500000}}, then: {take: false}, articles: [SX-2], text: 及以下}
- {id: from, when: {investment: {at_least: 500000}}, then: {take: true, authority: drc}, articles: [SX-3], text: 及以上}
"""


def test_a_bound_that_two_articles_claim_is_reported_as_such_with_both():
    result = review(BOTH_CLAIM)
    [finding] = result.findings
    assert (finding.kind, finding.rows, finding.is_error) == ("double_bound", ("upto", "from"), True)
    assert finding.articles == ("SX-2", "SX-3")
    assert "500000" in finding.message


def test_an_explicit_row_settles_a_doubly_claimed_bound_and_the_result_says_so():
    result = review(
        BOTH_CLAIM
        + """\
- id: boundary
  when: {investment: {exactly: 500000}}
  then: {take: true, authority: drc}
  overrides: [upto, from]
  articles: [SX-2, SX-3]
  text: 从严
"""
    )
    assert messages(result) == []
    [finding] = result.resolved
    assert (finding.kind, finding.rows, finding.resolved_by) == (
        "double_bound",
        ("upto", "from"),
        ("boundary",),
    )


def test_a_row_that_never_decides_is_dead():
    result = review("""\
        - {id: always, when: {}, then: {take: false}, overrides: [hidden], articles: [SX-2], text: 总是}
        - {id: hidden, when: {classified: true}, then: {take: true, authority: drc}, articles: [SX-3], text: 从不}
        """)
    assert [(finding.kind, finding.rows) for finding in result.findings] == [("dead_row", ("hidden",))]


def test_rows_that_override_each_other_in_a_circle_decide_nothing():
    result = review("""\
        - {id: a, when: {}, then: {take: false}, overrides: [b], articles: [SX-2], text: 甲}
        - {id: b, when: {}, then: {take: true, authority: drc}, overrides: [c], articles: [SX-2], text: 乙}
        - {id: c, when: {}, then: {take: true, authority: finance}, overrides: [a], articles: [SX-2], text: 丙}
        """)
    assert "gap" in [finding.kind for finding in result.findings]


@pytest.mark.parametrize("target", ["quota-base", "missing"])
def test_overrides_must_name_another_row_of_the_table(target):
    old = "then: {value: 10000000}"
    result = load((old, f"{old}, overrides: [{target}]"))
    assert any("overrides" in message for message in messages(result))


def test_parameters_and_change_control_must_be_complete():
    result = load(("{ratio: {at_most: 0.10}}", "{ratio: {below: 0.10}}"), ("{not: [infrastructure]}", "[service]"))
    places = {error.path for error in result.errors}
    assert places == {"change_control", "parameters.quota.rows"}


def test_rows_on_the_same_document_must_not_contradict():
    old = "then: {document: legal_basis, required: false}"
    [finding] = load((old, "then: {document: plan, required: false}")).findings
    assert (finding.kind, finding.rows) == ("contradiction", ("m-plan", "m-basis"))


def test_a_clock_that_waits_for_a_step_not_taken_is_found_with_the_place():
    clock = "{party: owner, amount: 1, unit: month, after: joint_review, articles: [SX-3]}"
    row = "{id: operate, when: {}, then: {take: true, authority: owner"
    result = load((row, f"{row}, deadlines: [{clock}]"))
    [error] = result.errors
    assert error.path == "route[operation].rows[operate].then.deadlines[0]"
    assert "joint_review" in error.message and "investment" in error.message
