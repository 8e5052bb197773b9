"""Runs the rule tests an official can read, `tests/rules/<county>.yaml`, against the county's rules.

`on` (optional) is the day asked about; without it the first day of force, or `NO_DAY` where there is none.
"""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from jurisdictions.calendar_store import library_calendars
from jurisdictions.rules.loader import load_path
from jurisdictions.rules.questions import answer
from jurisdictions.rules.registry import RuleRegistry, rule_paths
from jurisdictions.rules.ruleset import Ruleset
from jurisdictions.rules.shapes import plain_article
from jurisdictions.rules.yaml_text import read_yaml

HERE = Path(__file__).parent
NO_DAY = date(2026, 3, 2)
CASE_KEYS = {"name", "question", "on", "facts", "expect", "articles"}
ROUTE_KEYS = {
    "has",
    "lacks",
    "order",
    "articles",
    "authority",
    "participants",
    "may_ask",
    "deadlines",
    "notices",
    "marks",
    "requirements",
}


def cases():
    for path in sorted(HERE.glob("*.yaml")):
        document = read_yaml(path.read_text(encoding="utf-8"))
        assert not document.errors, (path, document.errors)
        for case in document.data:
            marks = [pytest.mark.article(*case.get("articles", ()))]
            yield pytest.param(path.stem, case, id=f"{path.stem}: {case.get('name')}", marks=marks)


@pytest.fixture(scope="session")
def rulesets() -> dict[str, Ruleset]:
    return {path.stem: Ruleset.from_result(load_path(path)) for path in rule_paths()}


@pytest.mark.parametrize(("county", "case"), list(cases()))
def test_rule(rulesets, county, case):
    assert case.keys() <= CASE_KEYS and case["name"] and case["expect"], "a case has name, question, facts, expect"
    ruleset = rulesets[county]
    known = set(ruleset.rules.articles)
    # `DA-24 end`: a row of docs/requirements.md for what follows an article's paragraphs.
    cited = {plain_article(article).removesuffix(" end") for article in case["articles"]}
    assert cited and cited <= known
    force = ruleset.rules.in_force
    day = case.get("on") or (force.from_ if force and force.from_ else NO_DAY)
    if case["question"] == "route":
        check_route(ruleset, day, case["facts"], case["expect"])
    else:
        check_answer(ruleset, day, case["question"], case["facts"], case["expect"])


def check_route(ruleset, day, facts, expect):
    assert expect.keys() <= ROUTE_KEYS, f"unknown expectation: {expect.keys() - ROUTE_KEYS}"
    route = ruleset.route(ruleset.read_facts(facts), day)
    keys = route.keys
    assert [key for key in expect.get("has", []) if key not in keys] == [], "steps missing from the route"
    assert [key for key in expect.get("lacks", []) if key in keys] == [], "steps that should not be taken"
    order = expect.get("order", [])
    assert [key for key in keys if key in order] == order, "order of the steps"
    for key, articles in expect.get("articles", {}).items():
        missing = set(articles) - set(step(route, key).articles)
        assert not missing, f"{key} does not cite {missing}"
    for key, authority in expect.get("authority", {}).items():
        assert step(route, key).authority == authority, key
    for key, participants in expect.get("participants", {}).items():
        assert Counter(step(route, key).participants) == Counter(participants), key
    for key, offices in expect.get("may_ask", {}).items():
        assert Counter(step(route, key).may_ask) == Counter(offices), key
    for key, wanted in expect.get("deadlines", {}).items():
        clocks = step(route, key).deadlines
        found = [as_tested(clock, len(wanted[0]) if wanted else 4) for clock in clocks]
        assert sorted(found) == sorted(wanted), key
    for key, marks in expect.get("marks", {}).items():
        assert Counter(step(route, key).marks) == Counter(marks), key
    if "requirements" in expect:
        assert Counter(one.key for one in route.requirements) == Counter(expect["requirements"])
    if "notices" in expect:
        assert Counter(notice.key for notice in route.notices) == Counter(expect["notices"])


def as_tested(clock, length):
    """A clock as a rule test writes it: party, amount, unit, after and, where it asks, kind and opening."""
    opens = [clock.opens.amount, clock.opens.unit] if clock.opens else None
    return [clock.party, clock.amount, clock.unit, clock.after, clock.kind, opens][:length]


def step(route, key):
    found = route.step(key)
    assert found is not None, f"the route has no {key}"
    return found


def check_answer(ruleset, day, question, facts, expect):
    payload = {"jurisdiction": ruleset.county, "on": day.isoformat(), "facts": facts}
    given = answer(question, payload, registry=RuleRegistry.of([ruleset]), calendars=library_calendars())
    for key, wanted in expect.items():
        assert key in given, f"the answer has no {key}"
        found = given[key]
        if key == "articles":
            assert set(wanted) <= set(found)
        elif key in ("blocks", "notices"):
            assert Counter(point["key"] for point in found) == Counter(wanted), key
        elif key == "requires":
            assert Counter(found) == Counter(wanted), key
        else:
            assert found == wanted, key


@pytest.mark.parametrize("path", rule_paths(), ids=lambda path: path.stem)
def test_every_county_has_twenty_rule_tests(path):
    document = read_yaml((HERE / path.name).read_text(encoding="utf-8"))
    assert len(document.data) >= 20
    names = Counter(case["name"] for case in document.data)
    assert [name for name, count in names.items() if count > 1] == []
