"""The rule engine beside a hand-written peer: a route with reasons, and a version read cold from the database.

Not part of the suite (its name is no test's): `.venv/bin/python -m pytest -s tests/bench/bench_rules.py`.
"""

import random
import sys
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from jurisdictions import versions
from jurisdictions.models import RuleVersion
from jurisdictions.rules.facts import Facts
from jurisdictions.rules.loader import load_path
from jurisdictions.rules.questions import route_data
from jurisdictions.rules.registry import rule_paths
from jurisdictions.rules.ruleset import Ruleset

DAY = date(2026, 3, 2)
PEER_COUNTY = "lingchuan"
MOST_TIMES_PEER = 15
COLD_SECONDS = 0.020
SIX_MONTHS = {"party": "owner", "amount": 6, "unit": "month", "after": "implementation"}


def by_hand(facts: Facts) -> list[dict[str, Any]]:
    """The route of one county as a programmer would write it down, with the facts that decided each step."""
    steps: list[dict[str, Any]] = []
    open_to_all = [("classified", facts.classified)]

    def step(
        key: str,
        authority: str,
        participants: list[str],
        articles: list[str],
        deadlines: Any,
        *marks: str,
        why: Any = (),
    ) -> None:
        steps.append(
            {
                "key": key,
                "authority": authority,
                "participants": participants,
                "articles": articles,
                "deadlines": deadlines,
                **dict.fromkeys(marks, True),
                "reasons": [*why, *open_to_all],
            }
        )

    if facts.classified:
        step("declaration", "owner", [], ["LC-2"], [])
        return steps
    basic = facts.superior_key or facts.engineering
    because = [("superior_key", facts.superior_key), ("engineering", facts.engineering)]
    built = facts.action != "operate"
    action = [("action", facts.action)]
    joint = [("cross_department", facts.cross_department)]
    first = ["LC-11", "LC-9", "LC-10", "LC-7", "LC-2"] if facts.cross_department else ["LC-9", "LC-10", "LC-7", "LC-2"]
    step("declaration", "owner", [], first, [], why=joint)
    step("collective_decision", "owner", [], ["LC-12"], [], "reading")
    step("expert_argumentation", "owner", ["experts"], ["LC-12"], [], "reading")
    step("technical_review", "data_bureau", [], ["LC-13", "LC-4"], [])
    if facts.investment >= 600_000:
        amount = [("investment", facts.investment)]
        report = [{"party": "owner", "amount": 3, "unit": "working_day", "after": "budget_review"}]
        step("budget_review", "finance", [], ["LC-14", "LC-4"], [], why=amount)
        step("budget_report", "owner", ["data_bureau"], ["LC-14"], report, why=amount)
    step("annual_plan", "data_bureau", [], ["LC-6", "LC-4"], [], "reading")
    step("government_decision", "government", ["data_bureau"], ["LC-6"], [], "reading")
    if basic:
        step("project_approval", "approval_bureau", [], ["LC-13", "LC-4"], [], why=because)
    if facts.funding_source not in ("self_raised", "other"):
        source = [("funding_source", facts.funding_source)]
        step("budget_arrangement", "finance", [], ["LC-4", "LC-8"], [], "reading", why=source)
    step("procurement", "owner", [], ["LC-16", "LC-17", "LC-18"], [])
    if built:
        articles = ["LC-15", "LC-19", "LC-20", "LC-23"] if facts.emergency else ["LC-19", "LC-20", "LC-23", "LC-7"]
        step("implementation", "owner", [], articles, [], why=[("emergency", facts.emergency), *action])
        step("self_acceptance", "owner", [], ["LC-27"], [SIX_MONTHS], why=action)
        read = [{**SIX_MONTHS, "reading": True}]
        step("technical_acceptance", "data_bureau", ["owner"], ["LC-27", "LC-28", "LC-4"], read, why=action)
        if basic:
            step("completion_acceptance", "drc", ["owner"], ["LC-27", "LC-4"], read, why=because)
        after = "completion_acceptance" if basic else "technical_acceptance"
        filing = [{"party": "owner", "amount": 30, "unit": "working_day", "after": after}]
        marks = () if basic else ("reading",)
        step("acceptance_filing", "owner", ["data_bureau"], ["LC-29"], filing, *marks, why=[*because, *action])
        step("self_evaluation", "owner", [], ["LC-30"], [], why=action)
    step("operation", "owner", [], ["LC-31", "LC-24"], [])
    return steps


def projects(ruleset: Ruleset, count: int) -> list[Facts]:
    chance = random.Random(5)
    return [
        ruleset.read_facts(
            {
                "investment": Decimal(chance.choice([100_000, 599_999, 600_000, 2_000_000, 50_000_000])),
                "action": chance.choice(["new", "operate", "upgrade", "purchase_service"]),
                "funding_source": chance.choice(["fiscal", "special", "self_raised"]),
                **{
                    key: chance.random() < 0.2
                    for key in ("classified", "cross_department", "engineering", "superior_key", "emergency")
                },
            }
        )
        for _number in range(count)
    ]


def fastest(work: Callable[[], object], times: int = 20) -> float:
    """Seconds of processor time of the quickest of several runs: the machine may be shared."""
    found = []
    for _number in range(times):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def test_a_route_with_reasons_beside_hand_written_python(capsys: pytest.CaptureFixture[str]) -> None:
    path = next(path for path in rule_paths() if path.stem == PEER_COUNTY)
    ruleset = Ruleset.from_result(load_path(path))
    asked = projects(ruleset, 500)
    for facts in asked:
        written = [{key: value for key, value in step.items() if key != "reasons"} for step in by_hand(facts)]
        assert route_data(ruleset.route(facts, DAY)) == written
    peer = fastest(lambda: [by_hand(facts) for facts in asked]) / len(asked)
    ours = fastest(lambda: [ruleset.route(facts, DAY) for facts in asked]) / len(asked)
    first = fastest(lambda: Ruleset(ruleset.rules).route(asked[0], DAY))
    with capsys.disabled():
        sys.stdout.write(f"\nroute with reasons: {ours * 1e6:.0f} µs, by hand {peer * 1e6:.0f} µs, ")
        sys.stdout.write(f"{ours / peer:.1f} times; the first of a version {first * 1e6:.0f} µs\n")
    assert ours < MOST_TIMES_PEER * peer


@pytest.mark.django_db
def test_a_version_is_read_cold_from_the_database(capsys: pytest.CaptureFixture[str]) -> None:
    versions.load_files(rule_paths())
    for version in RuleVersion.objects.select_related("county", "data"):
        size = len(str(version.data.content).encode())
        cold = fastest(partial(versions.compiled.__wrapped__, version.digest))
        with capsys.disabled():
            sys.stdout.write(f"\n{version.county.code}: {size / 1024:.0f} KB stored, {cold * 1e3:.1f} ms cold")
        assert cold < COLD_SECONDS
