"""Indexed tables answer as their rows do, one by one."""

import random
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from jurisdictions.rules import indexing
from jurisdictions.rules.boxes import Box
from jurisdictions.rules.indexing import Axes, RowIndex, applying
from jurisdictions.rules.loader import load_path
from jurisdictions.rules.registry import rule_paths
from jurisdictions.rules.route import RouteStep
from jurisdictions.rules.ruleset import Ruleset
from jurisdictions.rules.shapes import plain_id
from jurisdictions.rules.vocabulary import ROUTE_FACTS

DAY = date(2026, 3, 2)


def random_facts(ruleset, chance):
    """Facts of a project, amounts mostly on and beside the bounds of the rules."""
    near = [bound.value + step for bound in ruleset.bounds() for step in (Decimal("-0.01"), 0, Decimal("0.01"))]
    facts = {}
    for key, spec in {**ROUTE_FACTS, **ruleset.spaces.own}.items():
        if spec.kind == "amount":
            facts[key] = chance.choice([*near, Decimal(0), Decimal(99_000_000)])
        elif spec.kind == "choice":
            facts[key] = chance.choice(list(spec.values))
        else:
            facts[key] = chance.random() < 0.3
    if chance.random() < 0.5:
        facts["importance"] = None
    return ruleset.read_facts(facts)


@pytest.mark.parametrize("path", rule_paths(), ids=lambda path: path.stem)
def test_a_route_says_what_its_rows_say(path):
    ruleset, chance = Ruleset.from_result(load_path(path)), random.Random(11)
    for _number in range(300):
        facts = random_facts(ruleset, chance)
        values = ruleset._values(facts)
        route = ruleset.route(facts, DAY)
        said: dict[str, Any] = {one.key: one for one in route.steps} | {one.key: one for one in route.skipped}
        assert len(said) == len(ruleset.rules.route)
        for step in ruleset.rules.route:
            rows = applying(step.rows, values)
            found = said[step.step]
            assert found.row_id == plain_id(rows[0].id)
            assert isinstance(found, RouteStep) is rows[0].then.take
            assert found.reasons == rows[0].when.reasons(values)
            assert set(found.articles) >= {article for row in rows for article in row.articles}
        assert {one.key for one in route.notices} >= {row.then.key for row in applying(ruleset.rules.notices, values)}
        keys = [row.then.key for row in applying(ruleset.rules.requirements, values)]
        assert [one.key for one in route.requirements] == list(dict.fromkeys(keys))
        held = [(step.key, one.key) for step in route.steps for one in step.requirements]
        taken = set(route.keys)
        assert sorted(held) == sorted((one.by, one.key) for one in route.requirements if one.by in taken)


class Row:
    def __init__(self, row_id, when, overrides=()):
        self.id, self.when, self.overrides = row_id, Box.parse(when, ROUTE_FACTS), overrides


def test_amounts_on_and_beside_an_end_are_told_apart_and_what_is_kept_stays_bounded(monkeypatch):
    rows = [Row("small", {"investment": {"below": 100}}), Row("exact", {"investment": {"exactly": 100}})]
    axes = Axes(row.when for row in rows)
    asked = []

    def answer(found, values):
        asked.append(values["investment"])
        return [row.id for row in found]

    index = RowIndex(rows, answer)
    said = {
        amount: index.find({"investment": Decimal(amount)}, axes.places({"investment": Decimal(amount)}))
        for amount in ("0", "99.99", "100", "100.01", "5000")
    }
    assert said == {"0": ["small"], "99.99": ["small"], "100": ["exact"], "100.01": [], "5000": []}
    assert asked == [Decimal("0"), Decimal("100"), Decimal("100.01")]
    monkeypatch.setattr(indexing, "MOST_CELLS", 1)
    index.find({"investment": Decimal(1)}, {"investment": "a place not seen before"})
    assert len(index._cells) == 1
