"""The wider keys of the rule language, on an invented county that uses each of them."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import get_origin

import pytest
from django.utils.translation import override

from jurisdictions.calendar_store import library_calendars
from jurisdictions.rules import shapes
from jurisdictions.rules.facts import FactError
from jurisdictions.rules.labels import label
from jurisdictions.rules.loader import load_text
from jurisdictions.rules.questions import answer
from jurisdictions.rules.registry import RuleRegistry
from jurisdictions.rules.ruleset import Ruleset
from jurisdictions.rules.schema import MaterialThen, RuleFile
from regulation import article_pages, wording
from regulation.details import ELSEWHERE, details
from regulation.forms import FactsForm
from regulation.rule_tables import rule_tables

TEXT = (Path(__file__).parent / "wide.yaml").read_text(encoding="utf-8")
DAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def wide() -> Ruleset:
    return Ruleset.from_result(load_text(TEXT, file="wide.yaml"))


def errors(old: str, new: str) -> str:
    assert TEXT.count(old) == 1, old
    with override("en"):
        return "\n".join(map(str, load_text(TEXT.replace(old, new), file="wide.yaml").errors))


def ask(ruleset: Ruleset, question: str, **facts: object) -> dict:
    asked = {"jurisdiction": "wide", "on": DAY.isoformat(), "facts": facts}
    return answer(question, asked, registry=RuleRegistry.of([ruleset]), calendars=library_calendars())


def step(reply: dict, key: str) -> dict:
    return next(one for one in reply["route"] if one["key"] == key)


def keys(reply: dict) -> list[str]:
    return [one["key"] for one in reply["route"]]


# --- clocks ---


def test_the_answer_names_the_kind_of_a_clock_only_where_it_is_not_the_usual_one(wide):
    reply = ask(wide, "route", investment=500000, planned=True)
    assert step(reply, "joint_review")["deadlines"] == [
        {
            "party": "authority",
            "amount": 10,
            "unit": "working_day",
            "after": "declaration",
            "on_overdue": "deemed_passed",
        }
    ]
    shortest, licence = step(reply, "procurement")["deadlines"]
    assert (shortest["kind"], shortest["after"], shortest["reading"]) == ("not_before", "contract_signed", True)
    assert (licence["after"], licence["on_overdue"]) == ("licence_day", "deemed_refused")
    assert "kind" not in licence
    [trial] = step(reply, "trial_run")["deadlines"]
    assert (trial["kind"], trial["after"], trial["in_principle"]) == ("exactly", "completed", True)


def test_a_window_says_when_it_opens_and_from_which_of_several_days_it_runs(wide):
    [clock] = step(ask(wide, "route", investment=500000), "self_evaluation")["deadlines"]
    assert clock["kind"] == "window"
    assert clock["opens"] == {"amount": 6, "unit": "month"}
    assert (clock["after"], clock["and_after"]) == ("trial_run", ["put_into_operation"])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("kind: window, opens: {amount: 6, unit: month}", "kind: window", "window"),
        ("opens: {amount: 6, unit: month}, amount: 12", "opens: {amount: 12, unit: month}, amount: 12", "closes"),
        ("after: licence_day", "after: other_day", "other_day"),
        ("required_by: procurement", "required_by: declaration", "declaration"),
        ("reopens: {step: declaration", "reopens: {step: procurement", "procurement"),
        ("kind: exactly", "exact: true", "kind: exactly"),
        ("over: 0.5, articles: 2", "articles: 2", "over"),
        ("authority: institution", "authority: as_concerned", "lead"),
        ("report, by: procurement", "report, by: consultation", "consultation"),
        ("document: test_report, by", "document: other_paper, by", "other_paper"),
        ("document: test_report, by", "document: test_report, confirmation: finance, by", "confirmation|document"),
        ("  planned: {type", "  emergency: {type", "emergency"),
        ("  planned: {type", "  file_below: {type", "file_below"),
        ("default: completed", "default: begun", "default"),
        ("contracts: {over: 2}", "contracts: {over: 2.5}", "over"),
        ("lifted_by: data_bureau", "lifted_by: audit", "audit"),
        ("may_ask: [experts", "may_ask: [as_concerned", "twice"),
        ("when: begun}", "when: unheard_of}", "unheard_of"),
        ("when: begun}", "when: not straight}", "one kind"),
        ("stock: {text", "stock: {enter_at: [operation], text", "leave it out"),
    ],
)
def test_what_does_not_fit_is_a_load_error(old, new, said):
    found = errors(old, new)
    assert found, "no error"
    assert any(word in found for word in said.split("|")), found


# --- scope and requirements ---


def test_the_answer_says_whether_the_rules_hold(wide):
    assert ask(wide, "route", investment=500000)["scope"] == {"result": "in", "articles": []}
    reference = ask(wide, "route", investment=500000, owner_kind="soe")
    assert reference["scope"] == {"result": "reference", "articles": ["WX-2"]}


def test_what_is_only_filed_is_decided_by_nobody(wide):
    below = ask(wide, "route", investment=99999.99, planned=True)
    assert below["scope"]["result"] == "file_only"
    assert keys(below)[:3] == ["declaration", "acceptance_filing", "procurement"]
    at = ask(wide, "route", investment=100000, planned=True)
    assert at["scope"]["result"] == "in"
    assert {"joint_review", "technical_review"} <= set(keys(at))


def test_requirements_name_the_step_they_are_needed_by(wide):
    assert ask(wide, "route", investment=500000, software_share=499999)["requirements"] == []
    reply = ask(wide, "route", investment=500000, software_share=500000, classified=True)
    assert reply["requirements"] == [
        {"key": "test_report", "by": "procurement", "articles": ["WX-4"]},
        {"key": "secrecy_papers", "by": "operation", "articles": ["WX-4"]},
    ]


# --- facts of the county's own ---


def test_own_facts_decide_like_any_other(wide):
    assert "joint_review" not in keys(ask(wide, "route", investment=500000))
    assert "joint_review" in keys(ask(wide, "route", investment=500000, planned=True))
    assert step(ask(wide, "route", investment=500000, contracts=2), "technical_review")["authority"] == "institution"
    many = step(ask(wide, "route", investment=500000, contracts=3), "technical_review")
    assert (many["authority"], many["in_principle"]) == ("data_bureau", True)


@pytest.mark.parametrize(
    ("fact", "value"),
    [("planned", "yes"), ("planned", None), ("contracts", 1.5), ("software_share", -1), ("stage", "begun"), ("x", 1)],
)
def test_an_own_fact_of_another_type_is_refused_by_name(wide, fact, value):
    with pytest.raises(FactError) as error:
        ask(wide, "route", investment=500000, **{fact: value})
    assert error.value.field == fact


def test_own_facts_read_back_as_they_were_written(wide):
    facts = wide.read_facts({"investment": 1, "planned": True, "software_share": "12.50", "stage": "approved"})
    assert wide.read_facts(facts.as_dict()) == facts
    assert dict(facts.own)["software_share"] == Decimal("12.50")
    assert dict(facts.own)["contracts"] == 0


def test_only_the_projects_concerned_are_asked(wide):
    def asked(**facts):
        return [one.key for one in wide.own_facts_for(wide.read_facts({"investment": 1, **facts}))]

    assert asked() == ["planned", "software_share", "contracts"]
    assert asked(action="stock")[-1] == "stage"


def test_the_trying_page_asks_the_own_facts(wide):
    from django.http import QueryDict

    form = FactsForm(QueryDict("investment=500000&own-planned=yes&own-contracts=3"), own=wide.spaces.own)
    assert form.is_valid(), form.errors
    assert form.facts()["planned"] is True
    assert form.facts()["contracts"] == 3
    assert [field.label for field in form.own_fields][:2] == ["是否已列入规划", "软件部分金额"]


# --- change and money ---


def test_a_small_change_is_free_and_the_rest_takes_several_acts(wide):
    free = ask(wide, "change", estimate=1000000, delta=100000)
    assert (free["outcome"], free["authority"]) == ("free", None)
    assert "reading" not in free
    rest = ask(wide, "change", estimate=1000000, delta=0, content_changed=True)
    assert rest["outcome"] == "approve"
    assert rest["acts"] == [
        {"key": "reply", "authority": "data_bureau"},
        {"key": "money", "authority": "finance"},
    ]
    assert (rest["refers_to"], rest["reading"]) == ("其他规定", True)
    # the county's own words decide within an act too
    upgraded = ask(wide, "change", estimate=1000000, delta=0, content_changed=True, action="upgrade")
    assert [act["key"] for act in upgraded["acts"]] == ["reply"]
    assert ask(wide, "change", estimate=1000000, delta=0, unit_changed=True)["outcome"] == "redeclare"


def test_rules_silent_on_changes_say_so():
    start, end = TEXT.index("change_base:"), TEXT.index("funding:")
    word = TEXT[TEXT.index("  straight:") : TEXT.index("dates:")]
    silent = Ruleset.from_result(load_text((TEXT[:start] + TEXT[end:]).replace(word, ""), file="wide.yaml"))
    reply = ask(silent, "change", estimate=1000000, delta=1)
    assert (reply["outcome"], reply["articles"]) == (None, [])
    assert reply["notices"] == [{"key": "not_regulated", "articles": []}]


def blocks(reply: dict) -> list[str]:
    return [one["key"] for one in reply["blocks"]]


def test_guards_ask_what_the_money_is_for(wide):
    assert blocks(ask(wide, "funding", accepted=False)) == ["not_accepted"]
    assert blocks(ask(wide, "funding", accepted=False, acceptance_due=False)) == []
    assert blocks(ask(wide, "funding", accepted=False, phase="construction")) == []
    assert blocks(ask(wide, "funding", phase="construction", approved=False)) == ["not_approved"]
    ordinary = {"accepted": True, "engineering": True, "approved": False}
    assert blocks(ask(wide, "funding", **ordinary)) == ["not_engineered"]
    assert blocks(ask(wide, "funding", **ordinary, superior_key=True)) == []


def test_a_guard_that_is_a_case_of_the_list_too_blocks_once(wide):
    reply = ask(wide, "funding", accepted=False, exclusions=["not_accepted", "idle_system"])
    assert blocks(reply) == ["not_accepted", "idle_system"]
    assert [one.get("reading", False) for one in reply["blocks"]] == [True, False]
    assert reply["blocks"][1]["in_principle"] is True


def test_the_cap_follows_what_is_run_and_a_free_period_is_told(wide):
    def told(**facts):
        reply = ask(wide, "funding", accepted=True, construction_cost=1000000, om_cost=100000, **facts)
        return [one["key"] for one in reply["notices"]]

    assert told(kind="hardware") == ["over_cap"]
    assert told(kind="software") == []
    assert told(free_period_over=False) == ["free_period"]


# --- marks, experts, pages ---


def test_marks_stand_on_steps_and_are_said_on_the_reading_page(wide):
    route = wide.route(wide.read_facts({"investment": 500000, "contracts": 3}), DAY)
    assert route.step("technical_review").marks == ("in_principle",)
    assert route.step("technical_review").required_by == "procurement"
    document = article_pages.reading(wide)
    by_key = {block.key: block for block in document.blocks}
    [left] = by_key["step-joint_review"].gone
    assert left.marks == wording.mark_words(["reading"])
    conditions = [condition for entry in by_key["step-joint_review"].taken for condition in entry.conditions]
    assert any("是否已列入规划" in condition for condition in conditions)
    for key in ("facts", "requirements", "experts", "payments", "duties", "bars", "money_notices", "supervision"):
        assert by_key[key].entries, key


def test_every_part_of_the_file_stands_on_the_reading_page(wide):
    """A key the schema gains is read without anything being written for it; a part that is a list needs its table."""
    shown = {block.key for block in rule_tables(wide)} | {"route", "funding"}
    shown |= {"articles", "terms"}  # the page's own order; said with each condition
    listed = {name for name, info in RuleFile.model_fields.items() if get_origin(info.annotation) in (list, dict)}
    assert listed - shown == set()
    assert not set(shapes.Marked.model_fields) - ELSEWHERE


def test_fields_are_said_under_their_labels_and_what_is_usual_is_not(wide):
    asked = MaterialThen(document=next(iter(wide.rules.documents)), required=False)
    assert details(wide, asked) == (
        (label(asked, "document"), (wording.document_name(wide, asked.document),)),
        (label(asked, "required"), ("否",)),
    )
    assert [name for name, _texts in details(wide, asked.model_copy(update={"required": True}))] == [
        label(asked, "document")
    ]


def test_experts_of_a_step_and_those_of_every_step(wide):
    facts = wide.read_facts({"investment": 500000})
    assert [one.key for one in wide.experts_for(facts, "joint_review")] == ["lots", "general"]
    assert [one.key for one in wide.experts_for(facts, "technical_review")] == ["general"]


def test_a_clock_is_worded_by_its_kind(wide):
    route = wide.route(wide.read_facts({"investment": 500000}), DAY)
    shortest = route.step("procurement").deadlines[0]
    window = route.step("self_evaluation").deadlines[0]
    licence = route.step("procurement").deadlines[1]
    assert "within" not in wording.limit_words(wide, shortest, "owner")
    assert "6" in wording.limit_words(wide, window, "owner") and "12" in wording.limit_words(wide, window, "owner")
    assert "取得许可之日" in wording.limit_words(wide, licence, "owner")


def test_whom_the_office_may_ask_stands_apart_from_who_takes_part(wide):
    few = step(ask(wide, "route", investment=500000, contracts=2), "technical_review")
    assert (few["participants"], few["may_ask"]) == ([], ["experts", "as_concerned"])
    many = step(ask(wide, "route", investment=500000, contracts=3), "technical_review")
    assert "may_ask" not in many and (many["reopens"], many["platform"]) == ("declaration", "在线平台")
    [clock] = wide.route(wide.read_facts({"investment": 500000}), DAY).step("technical_review").deadlines
    assert wording.pause_words(clock.pauses[0]).count(wording.mark_words(["in_principle"])[0]) == 1


def test_a_box_of_a_form_may_be_for_some_projects_and_says_who_signs(wide):
    [form] = wide.rules.forms
    boxes = {
        action: [one.key for one in wide.form_fields_for(form, wide.read_facts({"investment": 1, "action": action}))]
        for action in ("new", "upgrade")
    }
    assert boxes == {"new": ["head", "opinion"], "upgrade": ["head"]}
    entries = {block.key: block.entries for block in article_pages.reading(wide).blocks}
    assert "审查意见（经办人签字、盖章）" in str(entries["forms"])
    assert "已被替代" in str(entries["decommissioning"]) and "销毁" in str(entries["decommissioning"])


def test_versions_that_say_where_old_projects_enter_still_read(wide):
    from jurisdictions.rules.schema import Stock

    assert Stock.model_validate({"text": "存量", "enter_at": ["operation"], "articles": ["WX-1"]}).text == "存量"


def test_versions_stored_before_kinds_still_read(wide):
    from jurisdictions.rules.schema import DeadlineRule

    old = {"amount": 3, "unit": "month", "after": "completed", "articles": ["WX-1"]}
    assert DeadlineRule.model_validate({**old, "exact": True}).kind == "exactly"
    assert DeadlineRule.model_validate({**old, "exact": False}).kind == "within"
