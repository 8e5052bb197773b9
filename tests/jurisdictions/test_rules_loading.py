# ruff: noqa: E501 (one fault a line)
"""Loading: every fault of a file at once, with file, line, path and reason."""

from datetime import date
from decimal import Decimal

import pytest

from jurisdictions.rules.loader import RuleFileError, load_data, load_path, load_text
from jurisdictions.rules.registry import RuleRegistry, UnknownCounty, rule_paths
from jurisdictions.rules.ruleset import Ruleset
from jurisdictions.rules.yaml_text import read_yaml
from tests.jurisdictions.rule_text import TEXT, load, ruleset

pytestmark = pytest.mark.usefixtures("english")


def faults(*changes):
    return [(error.path, error.message) for error in load(*changes).errors]


@pytest.mark.parametrize(
    ("change", "path", "reason"),
    [
        (("version: 1", "version: 1\ncolour: red"), "colour", "unknown key"),
        (("version: 1", "version: 1\nversion: 2"), "version", "twice"),
        (("version: 1", "version: one"), "version", "whole number"),
        (("version: 1", "version: 0"), "version", "at least 1"),
        (("status: in_force", "status: valid"), "status", "one of"),
        (("until: 2026-12-31", "until: 2026-02-30"), "in_force.until", "date"),
        (("until: 2026-12-31", "until: 2024-12-31"), "in_force", "until"),
        (("  SX-9: {chapter: 附则, heading: 施行}\n", ""), "in_force.articles[0]", "SX-9"),
        (("articles: [SX-2(1)]", "articles: [SX-7(1)]"), "route[joint_review].rows[review].articles[0]", "SX-7"),
        (("articles: [SX-2(1)]", "articles: []"), "route[joint_review].rows[review].articles", "empty"),
        (("articles: [SX-2(1)]\n", "\n"), "route[joint_review].rows[review].articles", "missing"),
        (("articles: [SX-2(1)]", "articles: [第二条]"), "route[joint_review].rows[review].articles[0]", "citation"),
        (("step: joint_review", "step: big_review"), "route[big_review].step", "big_review"),
        (("step: plan_review", "step: declaration"), "route[declaration]", "twice"),
        (("step: operation", "step: procurement"), "route[procurement]", "operation"),
        (
            ("{investment: {at_least: 500000}}", "{cost: {at_least: 500000}}"),
            "route[joint_review].rows[review].when",
            "cost",
        ),
        (
            ("{investment: {at_least: 500000}}", "{investment: {at_least: .inf}}"),
            "route[joint_review].rows[review].when",
            "number",
        ),
        (
            ("participants: [finance, drc]", "participants: [finance, mayor]"),
            "route[joint_review].rows[review].then.participants[1]",
            "mayor",
        ),
        (
            ("participants: [finance, drc]", "participants: [finance, audit]"),
            "route[joint_review].rows[review].then.participants[1]",
            "authorities",
        ),
        (("party: finance", "party: audit"), "route[joint_review].rows[review].then.deadlines[1].party", "audit"),
        (
            ("after: declaration,", "after: the_notice,"),
            "route[joint_review].rows[review].then.deadlines[0].after",
            "the_notice",
        ),
        (
            ("after: declaration,", "after: procurement,"),
            "route[joint_review].rows[review].then.deadlines[0].after",
            "procurement",
        ),
        (("amount: 10,", "amount: 1.5,"), "route[joint_review].rows[review].then.deadlines[0].amount", "whole"),
        (
            ("unit: working_day, after: declaration", "unit: week, after: declaration"),
            "route[joint_review].rows[review].then.deadlines[0].unit",
            "one of",
        ),
        (("documents: [plan]", "documents: [sketch]"), "route[declaration].rows[declare].then.documents[0]", "sketch"),
        (("asks: [need]", "asks: [urgency]"), "route[joint_review].rows[review].then.asks[0]", "urgency"),
        (
            ("requires: [expert_argumentation]", "requires: [prayer]"),
            "change_control[large].then.requires[0]",
            "prayer",
        ),
        (
            ("then: {value: 5000000}", "then: {value: -1}"),
            "parameters.quota.rows[quota-other].then.value",
            "at least 0",
        ),
        (("id: m-basis", "id: m-plan"), "materials[m-plan]", "twice"),
        (("ratio: 0.10, of", "ratio: 0, of"), "funding.caps[over_cap].ratio", "more than 0"),
        (
            ("{key: idle_system, text: 闲置, articles: [SX-3]}", "{key: idle_system, articles: [SX-3]}"),
            "funding.exclusions[idle_system].text",
            "missing",
        ),
        (("prefix: SX", "prefix: QQ"), "articles.SX-1", "QQ"),
    ],
)
def test_a_fault_is_named_with_its_place_and_reason(change, path, reason):
    found = faults(change)
    assert any(place == path and reason in message for place, message in found), found


def test_a_fault_knows_its_file_and_line():
    [error] = load(("asks: [need]", "asks: [urgency]")).errors
    assert (error.file, error.line) == ("sample.yaml", TEXT[: TEXT.index("asks: [need]")].count("\n") + 1)
    assert str(error).startswith(f"sample.yaml:{error.line}: route[joint_review].rows[review].then.asks[0]: ")


def test_all_faults_are_reported_at_once():
    found = faults(("status: in_force", "status: valid"), ("version: 1", "version: x"), ("SX-2(1)", "SX-77"))
    assert {path for path, _message in found} >= {
        "status",
        "version",
        "route[joint_review].rows[review].articles[0]",
    }


@pytest.mark.parametrize(
    "text", ["", "- a\n- b\n", "a: [1,\n", "a: !!python/object:os.system {}\n", "\x00", "just words"]
)
def test_what_is_no_rule_file_is_an_error_and_no_crash(text):
    result = load_text(text, file="x.yaml")
    assert result.errors
    with pytest.raises(RuleFileError):
        result.require()


def test_a_file_that_is_not_there_is_named(tmp_path):
    [error] = load_path(tmp_path / "nowhere.yaml").errors
    assert "nowhere.yaml" in str(error)


def test_numbers_are_exact_days_are_days_and_only_true_and_false_are_yes_no():
    document = read_yaml("a: 0.10\nb: 500000\nc: 2024-11-27\nd: true\ne: yes\nf: 12:30\ng: 1e5\n")
    assert document.data == {
        "a": Decimal("0.10"),
        "b": 500000,
        "c": date(2024, 11, 27),
        "d": True,
        "e": "yes",
        "f": "12:30",
        "g": "1e5",
    }
    assert isinstance(document.data["a"], Decimal)


def test_stored_content_gives_the_same_rules_and_digest():
    first = load()
    again = load_data(first.content, file="stored")
    assert again.errors == []
    assert again.rules == first.rules
    assert again.digest == first.digest


def test_layout_does_not_change_the_digest_but_content_does():
    assert load(("version: 1\n", "# a note\nversion:   1\n")).digest == load().digest
    assert load(("heading: 三", "heading: 四")).digest != load().digest


def test_the_version_of_the_day_is_taken_else_the_newest():
    first = ruleset()
    second = ruleset(
        ("version: 1", "version: 2"), ("from: 2025-01-01, until: 2026-12-31", "from: 2027-01-01, until: null")
    )
    registry = RuleRegistry.of([first, second])
    assert registry.on("sample", date(2025, 1, 1)) is first
    assert registry.on("sample", date(2026, 12, 31)) is first
    assert registry.on("sample", date(2027, 1, 1)) is second
    assert registry.on("sample", date(2024, 12, 31)) is second
    assert registry.version("sample", 1) is first
    with pytest.raises(UnknownCounty, match="elsewhere"):
        registry.on("elsewhere", date(2025, 1, 1))
    with pytest.raises(UnknownCounty):
        registry.version("sample", 3)


def test_the_rule_files_of_all_counties_are_sound():
    registry = RuleRegistry.from_files()
    assert registry.counties == sorted(path.stem for path in rule_paths())


@pytest.mark.article("CJ-16", "CJ-17")
def test_the_check_finds_the_bound_that_both_articles_claim_and_the_row_that_settles_it():
    [path] = [path for path in rule_paths() if path.stem == "changji"]
    found = [finding for finding in Ruleset.from_result(load_path(path)).findings if finding.kind == "double_bound"]
    reviewed = [finding for finding in found if finding.path[:1] == ("route",)]
    assert reviewed
    for finding in reviewed:
        assert {"CJ-16", "CJ-17"} <= set(finding.articles)
        assert finding.where["investment"].low == 500000
        assert finding.resolved_by
