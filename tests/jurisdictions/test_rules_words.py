# ruff: noqa: E501 (one fault a line)
"""Terms, named bounds, `otherwise`, `except` and values by day: what a file says once, and what it may not say."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from jurisdictions.rules.facts import Facts
from jurisdictions.rules.labels import says
from jurisdictions.rules.loader import load_data
from jurisdictions.rules.schema import RuleFile
from regulation import wording
from tests.jurisdictions.rule_text import TEXT, load, ruleset
from tests.people import RULES, rules_of

DAY = date(2026, 3, 2)
BELOW = "      - {id: no-review, when: {investment: {below: 500000}}, then: {take: false}, articles: [SX-2], text: 五十万元以下不会审}\n"
REVIEW = "        when: {investment: {at_least: 500000}}\n"
TERMS = "parameters:\n  quota:\n"
LARGE = """terms:
  large: {name: 限额以上, when: {investment: {at_least: quota}}, articles: 2, text: 达到限额}
  joint: {name: 大型联建项目, when: {large: true, cross_department: true}, articles: 2, text: 限额以上的跨部门项目}
"""


def large(*changes):
    """The sample with two terms, the joint review held where the first applies and nowhere else."""
    return [
        (TERMS, LARGE + TERMS),
        (REVIEW, "        when: {large: true}\n"),
        (BELOW, "      - {id: no-review, otherwise: true, take: false, articles: 2, text: 其余不会审}\n"),
        ("when: {investment: {at_least: quota}}, articles: [SX-2]}", "when: {joint: true}, articles: [SX-2]}"),
        *changes,
    ]


def keys(rules, on=DAY, **facts):
    return rules.route(Facts.parse(facts), on).keys


def faults(*changes):
    return [(error.path, error.message) for error in load(*changes).errors]


@pytest.mark.parametrize(
    ("facts", "reviewed"),
    [
        ({"investment": 5_000_000}, True),
        ({"investment": Decimal("4999999.99")}, False),
        ({"investment": 5_000_000, "category": "infrastructure"}, False),
        ({"investment": 10_000_000, "category": "infrastructure"}, True),
    ],
)
def test_a_term_follows_a_bound_that_depends_on_the_facts(facts, reviewed):
    assert ("joint_review" in keys(ruleset(*large()), **facts)) is reviewed


def test_raising_the_quota_in_its_one_place_moves_every_row():
    rules = ruleset(*large(("then: {value: 5000000}", "then: {value: 6000000}")))
    assert "joint_review" not in keys(rules, investment=5_000_000)
    assert "joint_review" in keys(rules, investment=6_000_000)


def test_a_term_may_use_an_earlier_one():
    rules = ruleset(*large())
    of = lambda **facts: [item.key for item in rules.priorities_for(Facts.parse(facts))]  # noqa: E731
    assert of(investment=5_000_000, cross_department=True) == ["large"]
    assert of(investment=5_000_000) == of(investment=1, cross_department=True) == []


def test_a_reason_says_the_word_and_what_it_means():
    rules = ruleset(*large())
    step = rules.route(Facts.parse({"investment": 5_000_000}), DAY).step("joint_review")
    with translation.override("zh-hans"):
        [reason] = wording.reason_words(step.reasons)
    assert reason.startswith("限额以上：") and "500 万元" in reason and "第二条" in reason
    [skipped] = [one for one in rules.route(Facts.parse({"investment": 1}), DAY).skipped if one.key == "joint_review"]
    assert skipped.row_id == "no-review"


def test_otherwise_is_what_the_other_rows_leave():
    rules = ruleset((BELOW, "      - {id: no-review, otherwise: true, take: false, articles: 2, text: 其余不会审}\n"))
    assert "joint_review" in keys(rules, investment=500_000)
    assert "joint_review" not in keys(rules, investment=Decimal("499999.99"))


def test_the_file_excepts_from_every_step_but_the_declaration_and_those_named():
    exempt = "except: [{id: secret, when: {classified: true}, steps: {not: [declaration, operation]}, articles: 1, text: 涉密}]\n"
    rules = ruleset(("route:\n", exempt + "route:\n"))
    assert keys(rules, investment=900_000, classified=True) == ["declaration", "operation"]
    assert keys(rules, investment=900_000) == ["declaration", "joint_review", "operation"]
    skipped = rules.route(Facts.parse({"investment": 900_000, "classified": True}), DAY).skipped[0]
    assert (skipped.key, skipped.row_id, skipped.articles) == ("joint_review", "secret", ("SX-1",))


def test_a_step_excepts_for_itself():
    exempt = "    result: reserve\n    except: [{id: urgent, when: {emergency: true}, articles: 3, text: 紧急}]\n"
    rules = ruleset(("    result: reserve\n", exempt))
    assert "joint_review" not in keys(rules, investment=900_000, emergency=True)
    assert "joint_review" in keys(rules, investment=900_000)


def test_a_parameter_changes_its_value_on_its_day():
    rows = (
        "      - {id: quota-old, when: {category: {not: [infrastructure]}}, value: 5000000, until: 2026-06-30, articles: 2, text: 旧}\n"
        "      - {id: quota-new, when: {category: {not: [infrastructure]}}, value: 8000000, from: 2026-07-01, articles: 2, text: 新}\n"
    )
    old = next(line for line in TEXT.splitlines(keepends=True) if "quota-other" in line)
    rules = ruleset(*large((old, rows)))
    assert "joint_review" in keys(rules, date(2026, 6, 30), investment=5_000_000)
    assert "joint_review" not in keys(rules, date(2026, 7, 1), investment=7_999_999)
    assert rules.on(date(2026, 6, 30)).parameter("quota", Facts.parse({"investment": 1})).value == 5_000_000
    assert rules.on(date(2026, 7, 1)).parameter("quota", Facts.parse({"investment": 1})).value == 8_000_000


def test_a_clock_may_name_a_parameter_and_takes_its_unit():
    rules = ruleset(
        ("    unit: yuan\n", "    unit: yuan\n"),
        (TERMS, "parameters:\n  submit: {unit: day, value: 12, articles: 3, text: 十二天}\n  quota:\n"),
        ("{party: owner, amount: 10, unit: working_day,", "{party: owner, amount: submit,"),
    )
    [clock, _other] = rules.route(Facts.parse({"investment": 900_000}), DAY).step("joint_review").deadlines
    assert (clock.amount, clock.unit) == (12, "day")


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(
    ("changes", "path", "reason"),
    [
        (large(("when: {large: true, cross", "when: {joint: true, cross")), "terms.joint", "uses itself"),
        (large(("when: {investment: {at_least: quota}}, articles: 2", "when: {joint: true}, articles: 2")), "terms.large", "further down"),
        (large(("  joint: {", "  investment: {")), "terms.investment", "word of the rule language"),
        (large(("  joint: {", "  otherwise: {")), "terms.otherwise", "word of the rule language"),
        (large(("when: {joint: true}", "when: {large: true}")), "terms.joint", "nothing uses"),
        (large(("when: {joint: true}", "when: {joint: maybe}")), "priorities[large].when", "true or false"),
        (large(("when: {joint: true}", "when: {jiont: true}")), "priorities[large].when", "jiont"),
        ([(REVIEW, "        when: {investment: {at_least: threshold}}\n")], "route[joint_review].rows[review].when", "threshold"),
        ([("{at_least: quota}", "{at_least: 1}")], "parameters.quota", "nothing reads"),
        ([(REVIEW, "        when: {investment: {at_least: 5000000}}\n")], "route[joint_review].rows[review].when.investment.at_least", "quota"),
        ([(REVIEW, "        otherwise: true\n")], "route[joint_review].rows[review].otherwise", "last row"),
        ([(BELOW, BELOW.replace("when: {investment: {below: 500000}}", "when: {}, otherwise: true"))], "route[joint_review].rows[no-review].otherwise", "leave out one"),
        ([("amount: 10, unit", "amount: quota, unit")], "route[joint_review].rows[review].then.deadlines[0].amount", "yuan"),
    ],
)  # fmt: skip
def test_a_word_used_wrongly_is_named_with_its_place(changes, path, reason):
    found = faults(*changes)
    assert any(place.startswith(path) and reason in message for place, message in found), found


def test_a_row_in_several_cases_is_named_once_and_by_its_id():
    contradicting = (
        "      - {id: never, when: {large: true, emergency: true}, take: false, articles: 2, text: 紧急不会审}\n"
    )
    changed = [pair for pair in large() if pair[0] != BELOW]
    [error] = load(*changed, (BELOW, contradicting + large()[2][1])).errors
    assert "“review”" in error.message and "“never”" in error.message and "~" not in error.message


def test_what_the_database_keeps_gives_the_same_rules():
    first = load(*large())
    again = load_data(first.content, file="stored")
    assert not again.errors
    assert (again.rules, again.digest) == (first.rules, first.digest)


@pytest.mark.parametrize("code", sorted(path.stem for path in RULES.glob("*.yaml")))
def test_every_parameter_of_a_county_is_named_in_words(code):
    content = rules_of(code).content
    assert set(content["parameters"]) <= set(says(RuleFile, "parameters").keys)
