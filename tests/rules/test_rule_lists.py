"""The lists of the regulations are whole: every case, kind and field the texts enumerate is in the files."""

from datetime import date

import pytest

from jurisdictions.calendar_store import library_calendars
from jurisdictions.rules.facts import Facts
from jurisdictions.rules.loader import load_path
from jurisdictions.rules.questions import answer
from jurisdictions.rules.registry import RuleRegistry, rule_paths
from jurisdictions.rules.ruleset import Ruleset


@pytest.fixture(scope="module")
def rulesets() -> dict[str, Ruleset]:
    return {path.stem: Ruleset.from_result(load_path(path)) for path in rule_paths()}


@pytest.mark.parametrize(
    ("county", "facts", "count", "article"),
    [
        pytest.param("dean", {"action": "upgrade"}, 7, "DA-21", marks=pytest.mark.article("DA-21")),
        pytest.param("dean", {"action": "new"}, 6, "DA-21", marks=pytest.mark.article("DA-21")),
        pytest.param("jinhu", {"action": "new"}, 9, "JH-19", marks=pytest.mark.article("JH-19")),
        pytest.param("changji", {"action": "upgrade"}, 8, "CJ-12", marks=pytest.mark.article("CJ-12")),
        pytest.param("changji", {"action": "rebuild"}, 8, "CJ-12", marks=pytest.mark.article("CJ-12")),
        pytest.param("changji", {"action": "new"}, 7, "CJ-12", marks=pytest.mark.article("CJ-12")),
        pytest.param("lingchuan", {}, 5, "LC-7", marks=pytest.mark.article("LC-7")),
    ],
)
def test_every_unsupported_case_is_asked(rulesets, county, facts, count, article):
    items = rulesets[county].negative_items_for(Facts.parse({"investment": 1000000, **facts}))
    assert len({item.key for item in items}) == count
    assert all(cited.partition("(")[0] in (article, "LC-15") for item in items for cited in item.articles)


@pytest.mark.parametrize(
    ("county", "count", "article"),
    [
        pytest.param("dean", 4, "DA-35", marks=pytest.mark.article("DA-35")),
        pytest.param("jinhu", 8, "JH-36", marks=pytest.mark.article("JH-36")),
        pytest.param("changji", 3, "CJ-30", marks=pytest.mark.article("CJ-30")),
        pytest.param("lingchuan", 3, "LC-7", marks=pytest.mark.article("LC-7")),
    ],
)
def test_every_exclusion_blocks_money_by_itself(rulesets, county, count, article):
    exclusions = [
        item.key
        for item in rulesets[county].rules.funding.exclusions
        if any(cited.partition("(")[0] == article for cited in item.articles)
    ]
    assert len(exclusions) == count
    for key in exclusions:
        reply = answer(
            "funding",
            {"jurisdiction": county, "facts": {"accepted": True, "exclusions": [key]}},
            registry=RuleRegistry.of([rulesets[county]]),
            calendars=library_calendars(),
        )
        assert reply["allowed"] is False
        assert [block["key"] for block in reply["blocks"]] == [key]
        assert article in reply["blocks"][0]["articles"]


def test_each_of_the_seven_kinds_out_of_scope_is_a_question(rulesets):
    questions = rulesets["jinhu"].rules.scope.questions
    cited = [article for question in questions for article in question.articles if article.startswith("JH-39")]
    assert cited == [f"JH-39({number})" for number in range(1, 8)]


@pytest.mark.parametrize(("county", "count"), [("changji", 4), ("jinhu", 8)])
def test_every_ground_of_priority_is_listed(rulesets, county, count):
    assert len({item.key for item in rulesets[county].rules.priorities}) == count


def test_the_plan_template_has_its_eight_chapters(rulesets):
    chapters = dict.fromkeys(section.number[0] for section in rulesets["dean"].rules.sections)
    assert list(chapters) == list("一二三四五六七八")


def test_a_statement_is_asked_for_each_of_the_five_unities(rulesets):
    facts = Facts.parse({"investment": 1000000})
    unities = [item for item in rulesets["dean"].statements_for(facts) if "DA-3" in item.articles]
    assert len(unities) == 5
    assert all(item.required and item.objectable for item in unities)


def test_acceptance_asks_the_five_reports(rulesets):
    parts = rulesets["jianshan"].acceptance_parts_for(Facts.parse({"investment": 1}))
    assert len([part for part in parts if "JS-15" in part.articles and part.required]) == 5


@pytest.mark.article("JS-12")
def test_acceptance_asks_for_what_proves_products_cipher_and_security(rulesets):
    papers = {part.document for part in rulesets["jianshan"].rules.acceptance.parts if "JS-12" in part.articles}
    assert {"trusted_products_statement", "cryptography_assessment", "security_review_statement"} <= papers


@pytest.mark.parametrize(
    ("county", "facts", "key", "bound"),
    [
        (
            "jinhu",
            {"action": "new"},
            "free_om_years",
            {"at_least": 1, "unit": "year", "after": "completion_acceptance"},
        ),
        ("jinhu", {"action": "purchase_service"}, "free_om_years", None),
        ("changji", {"category": "application"}, "build_period", {"at_most": 3, "unit": "year"}),
        ("changji", {"category": "application"}, "free_om_years", {"at_least": 1, "unit": "year"}),
        ("changji", {"category": "equipment"}, "hardware_build_om_years", {"at_least": 5, "unit": "year"}),
        ("changji", {"category": "equipment"}, "build_period", None),
        ("lingchuan", {"action": "new"}, "supervision_firm", {"required": True}),
        ("lingchuan", {"action": "operate"}, "supervision_firm", None),
        ("lingchuan", {"classified": True}, "no_secrecy_qualification", None),
    ],
)
def test_a_contract_is_held_to_its_bounds_where_the_article_applies(rulesets, county, facts, key, bound):
    ruleset = rulesets[county]
    checks = ruleset.items_for(ruleset.rules.contract_checks, Facts.parse({"investment": 1000000, **facts}))
    found = {check.key: check.then.model_dump(exclude_none=True, exclude_defaults=True) for check in checks}
    assert {name: str(value) for name, value in (found.get(key) or {}).items()} == {
        name: str(value) for name, value in (bound or {}).items()
    }


@pytest.mark.parametrize(
    ("county", "key", "marks"),
    [
        ("jinhu", "free_om_years", ("in_principle",)),
        ("jinhu", "warranty_clause", ()),
        ("changji", "free_om_years", ("in_principle",)),
        ("changji", "build_period", ()),
        ("changji", "hardware_build_om_years", ()),
    ],
)
def test_only_what_the_text_says_in_principle_may_be_departed_from(rulesets, county, key, marks):
    [check] = [one for one in rulesets[county].rules.contract_checks if one.key == key]
    assert check.marks == marks


@pytest.mark.parametrize(
    ("county", "marks"), [("dean", {"in_principle"}), ("changji", {"in_principle"}), ("jinhu", set())]
)
def test_exclusions_hold_in_principle_only_where_the_text_says_so(rulesets, county, marks):
    assert {mark for item in rulesets[county].rules.funding.exclusions for mark in item.marks} == marks


def test_acceptance_asks_what_its_article_lists_and_no_more(rulesets):
    parts = {part.key for part in rulesets["lingchuan"].rules.acceptance.parts}
    assert "asset_registration" not in parts and "security_test_report" not in parts
    assert {"cryptography_use", "software_test_report", "sharing_catalogue", "data_landing_statement"} <= parts


def test_the_self_evaluation_is_reported_only_where_the_text_says_to_whom(rulesets):
    reported = {window.key: window.reported_to for window in rulesets["lingchuan"].rules.evaluation}
    assert reported["self_evaluation"] == []


@pytest.mark.parametrize(
    ("key", "first", "steps", "choice"),
    [
        pytest.param(
            "incident",
            "建设单位及时向数据局报告",
            ["督促整改", "暂停项目建设"],
            True,
            marks=pytest.mark.article("JH-25"),
        ),
        pytest.param(
            "rectification_ladder",
            "要求限期整改",
            ["通报批评", "暂缓安排投资计划", "暂停项目建设", "终止项目"],
            True,
            marks=pytest.mark.article("JH-31"),
        ),
        pytest.param(
            "accountability",
            None,
            ["通报批评", "追究负有直接责任的主管人员和其他责任人员的责任"],
            False,
        ),
    ],
)
def test_what_may_follow_a_breach_is_chosen_by_the_offices_the_text_names(rulesets, key, first, steps, choice):
    [measure] = [one for one in rulesets["jinhu"].rules.supervision if one.key == key]
    assert (measure.first, measure.steps, measure.choice) == (first, steps, choice)
    assert "as_concerned" in measure.participants


@pytest.mark.article("JH-35")
def test_bureau_and_finance_lead_the_evaluation_together(rulesets):
    [window] = [one for one in rulesets["jinhu"].rules.evaluation if one.key == "performance_evaluation"]
    assert window.leads == ["data_bureau", "finance"]
    assert window.reported_to == []


@pytest.mark.article("JH-38")
def test_a_system_stops_a_month_after_its_report_at_the_earliest(rulesets):
    [clock] = rulesets["jinhu"].rules.decommissioning.deadlines
    assert (clock.kind, clock.amount, clock.unit, clock.after) == (
        "not_before",
        1,
        "month",
        "decommissioning_submitted",
    )


@pytest.mark.article("LC-30")
@pytest.mark.parametrize(
    ("facts", "after"), [({}, "technical_acceptance"), ({"engineering": True}, "completion_acceptance")]
)
def test_the_self_evaluation_follows_the_last_acceptance(rulesets, facts, after):
    ruleset = rulesets["lingchuan"]
    windows = ruleset.items_for(ruleset.rules.evaluation, Facts.parse({"investment": 1000000, **facts}))
    assert [window.after for window in windows] == [after]


@pytest.mark.article("JH-19")
def test_what_is_not_supported_in_principle_says_so(rulesets):
    assert {item.marks for item in rulesets["jinhu"].rules.negative_list.items} == {("in_principle",)}


@pytest.mark.article("DA-30")
def test_products_cipher_and_its_assessment_are_confirmed_one_by_one(rulesets):
    ruleset = rulesets["dean"]
    three = ["trusted_products_confirmed", "cryptography_use_confirmed", "cryptography_assessment_confirmed"]
    facts = Facts.parse({"investment": 3000000})
    parts = [part.key for part in ruleset.acceptance_parts_for(facts) if part.authority == "secrecy"]
    assert parts == three
    assert ruleset.route(facts, date(2026, 3, 2)).step("security_confirmation").asks == tuple(three)


@pytest.mark.article("DA-6", "DA-37")
def test_the_using_unit_evaluates_together_with_the_owner(rulesets):
    [window] = [one for one in rulesets["dean"].rules.evaluation if one.key == "self_evaluation"]
    assert (window.authority, window.together_with) == ("owner", ["using_unit"])


@pytest.mark.article("JH-7", "JH-11")
def test_planning_by_the_sector_holds_in_principle_and_so_does_the_plan(rulesets):
    rules = rulesets["jinhu"].rules
    planned = [row for row in rules.prerequisites if row.then.key == "sector_planned"]
    unplanned = [note for note in rules.funding.notes if note.key == "not_in_plan"]
    assert [one.marks for one in (*planned, *unplanned)] == [("in_principle",)] * 2


@pytest.mark.article("JH-13", "JH-F3")
def test_form_three_has_places_to_sign_and_asks_the_bureau_of_key_projects_only(rulesets):
    [form] = [one for one in rulesets["jinhu"].rules.forms if one.key == "review_form"]
    signs = {field.key: field.sign for field in form.fields if field.sign}
    assert signs == dict.fromkeys(("feasibility_and_basis", "bureau_opinion"), ["handler", "head", "seal", "date"])
    facts = {key: Facts.parse({"investment": 1000000, "importance": key}) for key in ("general", "key")}
    shown = {key: {box.key for box in rulesets["jinhu"].form_fields_for(form, facts[key])} for key in facts}
    assert shown["key"] - shown["general"] == {"bureau_opinion"}


@pytest.mark.article("JH-10", "JH-21")
def test_each_act_of_a_change_names_the_papers_its_text_asks_for(rulesets):
    rows = {row.id: row.then for row in rulesets["jinhu"].rules.change_control}
    papers = {row: [act.documents for act in rows[row].acts] for row in ("change-hardware", "change-other")}
    assert papers == {
        "change-hardware": [
            ["change_request", "change_argumentation_opinion"],
            ["change_reply", "change_request", "change_argumentation_opinion"],
        ],
        "change-other": [["change_request"], ["change_reply", "change_request"]],
    }


@pytest.mark.article("JH-21")
def test_only_a_project_with_an_approval_has_it_changed(rulesets):
    asked = {"estimate": 1000000, "delta": 10000}
    acts = {
        action: [act.key for act in rulesets["jinhu"].change({**asked, "action": action}).acts]
        for action in ("upgrade", "operate")
    }
    assert acts == {"upgrade": ["bureau_reply", "approval_change"], "operate": ["bureau_reply"]}


@pytest.mark.article("JH-38")
def test_stopping_a_system_names_its_ground_and_what_becomes_of_the_data(rulesets):
    end = rulesets["jinhu"].rules.decommissioning
    assert [ground.text for ground in end.grounds][:3] == ["机构职能变更", "工作内容变更", "可以共建共享"]
    assert [one.key for one in end.dispositions] == ["backup", "migration", "destruction"]


@pytest.mark.article("DA-24(3)")
def test_only_the_revision_of_a_design_is_limited_in_principle(rulesets):
    route = rulesets["dean"].route(Facts.parse({"investment": 60000000}), date(2026, 3, 2))
    limits = {
        (step.key, pause.key): (pause.limit.amount, pause.marks)
        for step in route.steps
        for clock in step.deadlines
        for pause in clock.pauses
        if pause.limit
    }
    assert limits == {
        ("preliminary_design", "owner_revision"): (20, ("in_principle",)),
        ("budget_review", "owner_feedback"): (5, ()),
    }


@pytest.mark.article("LC-29")
def test_without_a_completion_acceptance_the_filing_of_the_technical_one_is_a_reading(rulesets):
    ruleset = rulesets["lingchuan"]
    asked = {"construction_cost": 1000000, "om_cost": 50000, "accepted": True, "acceptance_filed": False}
    blocks = [ruleset.funding({**asked, **facts}).blocks for facts in ({}, {"superior_key": True})]
    assert [(one.articles, one.marks) for [one] in blocks] == [(("LC-27", "LC-29"), ("reading",)), (("LC-29",), ())]


@pytest.mark.parametrize(
    ("county", "facts", "wanted"),
    [
        pytest.param(
            "changji",
            {},
            {"build_period": ("at_most", 3), "free_om_years": ("at_least", 1)},
            marks=pytest.mark.article("CJ-23"),
        ),
        pytest.param(
            "changji",
            {"category": "equipment"},
            {"hardware_build_om_years": ("at_least", 5)},
            marks=pytest.mark.article("CJ-23"),
        ),
        pytest.param(
            "lingchuan",
            {},
            dict.fromkeys(
                (
                    "purchase_within_budget",
                    "contractor_qualified",
                    "no_secrecy_qualification",
                    "no_subcontracting_abuse",
                    "supervision_firm",
                    "confidentiality_agreement",
                ),
                ("required", True),
            ),
            marks=pytest.mark.article("LC-17", "LC-18", "LC-25"),
        ),
    ],
)
def test_a_contract_is_checked_for_what_the_text_asks(rulesets, county, facts, wanted):
    ruleset = rulesets[county]
    checks = ruleset.items_for(ruleset.rules.contract_checks, Facts.parse({"investment": 3000000, **facts}))
    found = {one.key: one.then for one in checks}
    assert {key: getattr(found[key], name) for key, (name, _value) in wanted.items()} == {
        key: value for key, (_name, value) in wanted.items()
    }


@pytest.mark.article("LC-23")
def test_building_asks_for_the_contract_with_the_supervision_firm(rulesets):
    routes = [
        rulesets["lingchuan"].route(Facts.parse({"investment": 1000000, "emergency": emergency}), date(2026, 3, 2))
        for emergency in (False, True)
    ]
    for step in (route.step("implementation") for route in routes):
        assert "supervision_contract" in step.documents and "LC-23" in step.articles


@pytest.mark.article("JS-20")
def test_the_performance_report_is_made_with_those_who_use_and_supervise(rulesets):
    [window] = [one for one in rulesets["jianshan"].rules.evaluation if one.key == "performance_report"]
    assert window.documents == ["performance_report", "user_opinions", "supervisor_opinion"]
    assert "JS-20" in window.articles
