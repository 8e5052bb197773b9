"""The pages of docs/ say what the program says."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from accounts.roles import Role
from jurisdictions.calendars import periods
from jurisdictions.rules import key_tables, questions, vocabulary
from jurisdictions.rules.loader import load_path
from jurisdictions.rules.registry import rule_paths

DOCS = Path(settings.BASE_DIR) / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
FACTS = {
    name: spec.label
    for space in (vocabulary.ROUTE_FACTS, vocabulary.CHANGE_FACTS, vocabulary.FUNDING_FACTS)
    for name, spec in space.items()
}
WORDS = {
    "facts": FACTS,
    "steps": vocabulary.STEPS,
    "phases": vocabulary.PHASES,
    "authorities": vocabulary.AUTHORITIES,
    "units": vocabulary.UNITS,
    "roles": dict(Role.choices),
}
VALUES = {
    f"{name}={value}": (value, label)
    for space in (vocabulary.ROUTE_FACTS, vocabulary.CHANGE_FACTS, vocabulary.FUNDING_FACTS)
    for name, spec in space.items()
    for value, label in spec.values.items()
}
KEYS = {
    "kinds": vocabulary.STEP_KINDS,
    "events": vocabulary.OTHER_EVENTS,
    "questions": questions.QUESTIONS,
    "gates": vocabulary.GATED_KINDS,
}


def glossary():
    return (DOCS / "glossary.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("group", WORDS)
def test_glossary_has_a_row_for_every_word_with_its_chinese(group):
    page = glossary()
    with translation.override("zh-hans"):
        missing = [key for key, label in WORDS[group].items() if f"| `{key}` | {label} |" not in page]
    assert missing == []


def test_glossary_names_every_value_of_a_fact():
    page = glossary()
    with translation.override("zh-hans"):
        missing = [name for name, (value, label) in VALUES.items() if f"`{value}` {label}" not in page]
    assert missing == []


@pytest.mark.parametrize("group", KEYS)
def test_glossary_names_every_key(group):
    page = glossary()
    assert [key for key in KEYS[group] if f"`{key}`" not in page] == []


def test_glossary_names_every_notice_the_rules_can_give():
    page = glossary()
    given = {row.then.key for path in rule_paths() for row in load_path(path).require().notices}
    assert given and sorted(key for key in given if f"`{key}`" not in page) == []


def test_page_of_the_rule_keys_is_as_the_schema_says():
    assert (DOCS / "rule-keys.md").read_text(encoding="utf-8") == key_tables.document(), "manage.py list_rule_keys"


def test_glossary_tells_the_limits_of_a_period_and_of_a_line():
    page = glossary()
    for limit in (*periods.LONGEST.values(), questions.LINE_LIMIT):
        assert f"{limit:,}" in page, limit


def test_the_example_question_of_the_glossary_is_answered():
    asked = re.search(r"echo '(\{.*\})' \| .*manage\.py ask (\w+)", glossary())
    assert asked is not None
    from jurisdictions.calendar_store import library_calendars
    from jurisdictions.rules.registry import RuleRegistry

    answer, was_good = questions.answer_line(
        asked[2], asked[1], registry=RuleRegistry.from_files(), calendars=library_calendars()
    )
    assert was_good
    steps = {step["key"]: step for step in answer["route"]}
    assert steps["budget_report"]["deadlines"] == [
        {"party": "owner", "amount": 3, "unit": "working_day", "after": "budget_review"}
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_links_between_pages_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    missing = [one for one in targets if "://" not in one and not (page.parent / one).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_commands_and_modules_named_in_the_pages_exist(page):
    text = page.read_text(encoding="utf-8")
    commands = set(re.findall(r"manage\.py ([a-z_]+)", text)) - {"createsuperuser", "migrate", "collectstatic"}
    own = {path.stem for path in Path(settings.BASE_DIR).glob("*/management/commands/[a-z]*.py")}
    assert commands <= own
    named = set(re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.py)`", text))
    assert sorted(path for path in named if not (Path(settings.BASE_DIR) / path).exists()) == []
