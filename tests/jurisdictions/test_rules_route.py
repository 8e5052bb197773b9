"""Rulesets asked: routes with reasons, values, lists, bounds, differences."""

from datetime import date
from decimal import Decimal

import pytest

from jurisdictions.rules.facts import Facts
from jurisdictions.rules.ruleset import RuleMissing
from tests.jurisdictions.rule_text import ruleset

pytestmark = pytest.mark.usefixtures("english")
DAY = date(2026, 3, 2)


def facts(**given):
    return Facts.parse({"investment": 500000, **given})


def route(*changes, on=DAY, **given):
    return ruleset(*changes).route(facts(**given), on)


def notices(found):
    return [notice.key for notice in found.notices]


def test_steps_come_in_the_order_of_the_file_with_what_the_row_says():
    found = route(importance="general")
    assert found.keys == ["declaration", "joint_review", "operation"]
    step = found.step("joint_review")
    assert (step.authority, step.participants, step.phase, step.kind, step.gate, step.result) == (
        "data_bureau",
        ("finance", "drc"),
        "initiation",
        "joint",
        True,
        "reserve",
    )
    assert (step.row_id, step.asks, step.documents) == ("review", ("need",), ())
    assert [(clock.party, clock.amount, clock.unit) for clock in step.deadlines] == [
        ("owner", 10, "working_day"),
        ("finance", 5, "working_day"),
    ]


def test_a_paragraph_is_cited_with_its_plain_number_and_clocks_are_cited_too():
    assert route().step("joint_review").articles == ("SX-2(1)", "SX-2", "SX-3(2)", "SX-3")


def test_a_step_says_why_it_is_taken():
    [reason] = route().step("joint_review").reasons
    assert (reason.fact, reason.value, reason.condition.as_data()) == (
        "investment",
        500000,
        {"at_least": 500000},
    )


def test_a_step_not_taken_says_why():
    found = route(investment="499999.99", importance="general")
    assert found.keys == ["declaration", "operation"]
    skipped = {step.key: step for step in found.skipped}
    assert skipped["joint_review"].row_id == "no-review"
    assert skipped["joint_review"].articles == ("SX-2",)
    assert skipped["joint_review"].text == "五十万元以下不会审"


def test_gates_follow_the_kind_unless_the_file_says_otherwise():
    assert {step.key: step.gate for step in route().steps} == {
        "declaration": False,
        "joint_review": True,
        "operation": False,
    }
    assert route(("kind: joint\n", "kind: joint\n    gate: false\n")).step("joint_review").gate is False


def test_rows_that_agree_are_all_cited():
    then = "{take: true, authority: owner}"
    more = f"  - {{id: extra, when: {{classified: true}}, then: {then}, articles: [SX-3], text: 亦同}}"
    changed = ("articles: [SX-1], text: 运维}", f"articles: [SX-1], text: 运维}}\n    {more}")
    assert route(changed, classified=True).step("operation").articles == ("SX-1", "SX-3")
    assert route(changed).step("operation").articles == ("SX-1",)


@pytest.mark.article("JH-9")
def test_an_undecided_importance_takes_the_general_route_and_says_so_with_the_articles():
    found = route()
    assert notices(found) == ["importance_pending"]
    assert found.notices[0].articles == ("SX-3",)
    assert "plan_review" not in found.keys
    assert notices(route(importance="general")) == []
    assert route(importance="key").step("plan_review").row_id == "key"


@pytest.mark.parametrize(
    ("day", "expected", "in_force"),
    [
        (date(2024, 12, 31), ["ruleset_not_yet"], False),
        (date(2025, 1, 1), [], True),
        (date(2026, 12, 31), [], True),
        (date(2027, 1, 1), ["ruleset_expired"], False),
    ],
)
@pytest.mark.article("DA-43", "CJ-38", "LC-35")
def test_force_begins_on_its_first_day_and_ends_with_its_last(day, expected, in_force):
    found = route(on=day, importance="general")
    assert notices(found) == expected
    assert found.in_force is in_force
    assert all(notice.articles == ("SX-9",) for notice in found.notices)


def test_a_draft_is_never_in_force():
    found = route(
        ("status: in_force", "status: draft_for_comment"),
        (
            "in_force: {from: 2025-01-01, until: 2026-12-31, warn_days: [30], articles: [SX-9]}",
            "in_force: null",
        ),
        importance="general",
    )
    assert notices(found) == ["ruleset_draft"]
    assert found.in_force is False


def test_rules_without_an_end_stay_in_force():
    assert route(("until: 2026-12-31", "until: null"), on=date(2099, 1, 1)).in_force


def test_notices_of_the_file_apply_by_facts():
    assert notices(route(classified=True, importance="general")) == ["classified"]


def test_a_step_can_be_kept_as_json():
    data = route().step("joint_review").as_dict()
    assert data["deadlines"][0]["articles"] == ["SX-3(2)"]
    assert data["reasons"] == [{"fact": "investment", "value": "500000.00", "condition": {"at_least": "500000"}}]
    assert data["row"] == "review"


def test_parameters_are_found_by_name_and_facts():
    rules = ruleset()
    value = rules.parameter("quota", facts(category="infrastructure"))
    assert (value.value, value.unit, value.articles, value.row_id) == (
        Decimal(10000000),
        "yuan",
        ("SX-2",),
        "quota-base",
    )
    assert rules.parameter("quota", facts()).value == 5000000


def test_a_missing_value_is_an_error_that_names_it():
    with pytest.raises(RuleMissing, match="reserve_validity"):
        ruleset().parameter("reserve_validity", facts())
    with pytest.raises(RuleMissing, match="sketch"):
        ruleset().document("sketch")


def test_materials_depend_on_the_facts():
    rules = ruleset()
    assert [(row.then.document, row.then.required) for row in rules.materials_for(facts())] == [("plan", True)]
    assert [row.then.document for row in rules.materials_for(facts(investment="1000000.01"))] == [
        "plan",
        "legal_basis",
    ]


def test_the_bounds_of_the_route_are_known_with_their_articles():
    [bound] = ruleset().bounds()
    assert (bound.value, bound.articles, bound.tables) == (
        Decimal(500000),
        ("SX-2(1)", "SX-2"),
        ("joint_review",),
    )
    assert ruleset().bounds("ratio") == []


def test_offices_and_articles_have_the_names_of_the_county():
    rules = ruleset()
    assert rules.authority_name("data_bureau") == "县数据局"
    assert rules.authority_name("experts") == "Expert group"
    assert rules.article("SX-2(1)").heading == "二"
    assert rules.article("SX-77") is None
