"""The rule files answer every question as they did in the plain language, before terms, names and `otherwise`."""

import random
from datetime import date
from pathlib import Path

import pytest

from jurisdictions.calendar_store import library_calendars
from jurisdictions.rules.facts import Facts
from jurisdictions.rules.loader import load_path
from jurisdictions.rules.questions import answer
from jurisdictions.rules.reading import read_yaml
from jurisdictions.rules.registry import RuleRegistry, rule_paths
from jurisdictions.rules.ruleset import Ruleset
from jurisdictions.rules.schema import RuleFile
from jurisdictions.rules.vocabulary import CHANGE_FACTS, FUNDING_FACTS, ROUTE_FACTS, FactSpace

BEFORE = sorted((Path(__file__).parent / "before").glob("*.yaml"))
COUNTIES = [path.stem for path in BEFORE]
PROJECTS = 2000
DAYS = ["2024-12-01", "2025-06-30", "2026-03-02", "2027-01-01"]


@pytest.fixture(scope="module")
def rulesets() -> dict[str, tuple[Ruleset, Ruleset]]:
    """The rules of each county before and now."""
    now = {path.stem: Ruleset.from_result(load_path(path)) for path in rule_paths()}
    found = {}
    for path in BEFORE:
        document = read_yaml(path.read_text(encoding="utf-8"))
        assert not document.errors
        found[path.stem] = (Ruleset(RuleFile.model_validate(document.data)), now[path.stem])
    return found


def edges(ruleset: Ruleset) -> list[int]:
    """Amounts at, just below and just above every bound of the route."""
    bounds = [int(bound.value) for bound in ruleset.bounds()]
    return [bound + step for bound in bounds for step in (-1, 0, 1)] + [0, 1, 300_000, 3_000_000, 80_000_000]


def some(chance: random.Random, space: FactSpace, **given: object) -> dict:
    """Facts drawn from a space; each is left out now and then, to take its default."""
    facts = dict(given)
    for key, spec in space.items():
        if key in facts or spec.derived or chance.random() < 0.2:
            continue
        if spec.kind == "choice":
            facts[key] = chance.choice(list(spec.values))
        elif spec.kind == "flag":
            facts[key] = chance.random() < 0.4
    return facts


def projects(county: str, ruleset: Ruleset) -> list[tuple[str, dict]]:
    chance = random.Random(f"{county} 2026")
    amounts = edges(ruleset)
    exclusions = [item.key for item in ruleset.rules.funding.exclusions]
    asked = []
    for number in range(PROJECTS // len(COUNTIES)):
        day = DAYS[number % len(DAYS)]
        route = some(chance, ROUTE_FACTS, investment=chance.choice(amounts))
        estimate = chance.choice([1_000_000, 7_340_000])
        delta = chance.choice([-1, 1]) * int(estimate * chance.choice([0.01, 0.1, 0.10001, 0.15, 0.1501, 0.5]))
        change = some(chance, CHANGE_FACTS, estimate=estimate, delta=delta)
        built = chance.choice([1_000_000, 2_345_000])
        money = some(
            chance, FUNDING_FACTS, construction_cost=built, om_cost=int(built * chance.choice([0.05, 0.1, 0.2]))
        )
        money["exclusions"] = chance.sample(exclusions, k=min(len(exclusions), number % 3))
        asked += [("route", {"on": day, "facts": route}), ("change", {"on": day, "facts": change})]
        asked.append(("funding", {"on": day, "facts": money}))
    return asked


@pytest.mark.parametrize("county", COUNTIES)
def test_random_projects_have_the_answers_they_had(rulesets, county):
    before, now = rulesets[county]
    registries = [RuleRegistry.of([one]) for one in (before, now)]
    calendars = library_calendars()
    for question, payload in projects(county, before):
        asked = {"jurisdiction": county, **payload}
        first, second = (answer(question, asked, registry=one, calendars=calendars) for one in registries)
        assert first == second, asked


@pytest.mark.parametrize("county", COUNTIES)
def test_random_projects_have_the_steps_and_lists_they_had(rulesets, county):
    before, now = rulesets[county]
    for question, payload in projects(county, before):
        if question != "route":
            continue
        facts = Facts.parse(payload["facts"])
        assert stepwise(before, facts) == stepwise(now, facts), payload
        assert lists(before, facts) == lists(now, facts), payload


def stepwise(ruleset: Ruleset, facts: Facts) -> list[tuple]:
    route = ruleset.route(facts, date(2026, 3, 2))
    return [
        (step.key, step.phase, step.kind, step.gate, step.result, step.sets, step.documents, step.asks, step.parallel)
        + (tuple(clock.model_dump_json() for clock in step.deadlines),)
        for step in route.steps
    ] + [(step.key,) for step in route.skipped]


def lists(ruleset: Ruleset, facts: Facts) -> dict[str, set]:
    def decided(decisions):
        return {(row.then.model_dump_json(), row.articles, row.text) for row in decisions if row is not None}

    def listed(items):
        return {item.model_dump_json(exclude={"when"}) for item in items}

    rules = ruleset.rules
    return {
        "scope": decided([ruleset.scope_result(facts)]),
        "quotes": decided([ruleset.quotes_for(facts)]),
        "late": decided(ruleset.late_for(facts)),
        "materials": decided(ruleset.materials_for(facts)),
        "prerequisites": decided(ruleset.prerequisites_for(facts)),
        "negative": listed(ruleset.negative_items_for(facts)),
        "statements": listed(ruleset.statements_for(facts)),
        "sections": listed(ruleset.sections_for(facts)),
        "acceptance": listed(ruleset.acceptance_parts_for(facts)),
        "forms": listed(ruleset.forms_for(facts)),
        "contracts": listed(ruleset.items_for(rules.contract_checks, facts)),
        "notes": listed(ruleset.items_for(rules.funding.notes, facts)),
        "evaluation": listed(ruleset.items_for(rules.evaluation, facts)),
        "priorities": listed(ruleset.priorities_for(facts)),
    }


@pytest.mark.parametrize("path", BEFORE, ids=lambda path: path.stem)
def test_every_other_part_says_what_it_said(rulesets, path):
    before, now = (one.rules for one in rulesets[path.stem])
    for name in (
        "county",
        "regulation",
        "in_force",
        "governing_day",
        "articles",
        "authorities",
        "documents",
        "sources",
    ):
        assert getattr(before, name) == getattr(now, name), name
    for name in ("owner_kinds", "actions", "windows", "splitting", "decommissioning", "stock", "review_points"):
        assert getattr(before, name) == getattr(now, name), name
    assert before.scope.questions == now.scope.questions
    assert before.funding.exclusions == now.funding.exclusions
    assert before.acceptance.committee == now.acceptance.committee


@pytest.mark.parametrize("path", rule_paths(), ids=lambda path: path.stem)
def test_a_file_stays_far_shorter_than_it_was(path):
    old, new = (Path(one).read_text(encoding="utf-8") for one in (Path(__file__).parent / "before" / path.name, path))
    assert new.count("\n") < 0.62 * old.count("\n")
    assert len(new) < 0.7 * len(old)
