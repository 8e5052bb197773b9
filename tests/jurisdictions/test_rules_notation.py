# ruff: noqa: E501 (one fault a line)
"""The short notation of a rule file stands for the long one, word for word."""

from datetime import date
from pathlib import Path

import pytest

from jurisdictions.rules.compiling.notation import write_out
from jurisdictions.rules.facts import Facts
from jurisdictions.rules.yaml_text import read_yaml
from tests.jurisdictions.rule_text import load, review_rows, ruleset

HEAD = "county: {prefix: SX}\n"
DAY = date(2026, 3, 2)
PAIRS = read_yaml((Path(__file__).parent / "notation.yaml").read_text(encoding="utf-8")).data


def written(text):
    return write_out(read_yaml(HEAD + text).data).data


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair["name"])
def test_short_notation_stands_for_the_long_one(pair):
    found = written(pair["short"])
    assert found == written(pair["long"])
    assert write_out(found).data == found, "what is written out is written out for good"


FURTHER = """
    - {id: small, when: {investment: {below: 500000}}, take: false, articles: 2, text: 五十万元以下不会审}
    - {id: urgent, otherwise: {emergency: true}, take: false, articles: 2, text: 紧急的不会审}
    - {id: joint, otherwise: cross_department, authority: data_bureau, articles: 2, text: 跨部门的会审}
    - {id: rest, otherwise: true, authority: finance, articles: 2, text: 其余由财政局审}
"""


@pytest.mark.parametrize(
    ("facts", "row"),
    [
        ({"investment": 1, "emergency": True}, "small"),
        ({"investment": 900_000, "emergency": True, "cross_department": True}, "urgent"),
        ({"investment": 900_000, "cross_department": True}, "joint"),
        ({"investment": 900_000}, "rest"),
    ],
)
def test_a_further_condition_takes_what_the_rows_above_leave(facts, row):
    route = ruleset(review_rows(FURTHER)).route(Facts.parse(facts), DAY)
    taken, skipped = (
        next((each for each in steps if each.key == "joint_review"), None) for steps in (route.steps, route.skipped)
    )
    assert [each.row_id for each in (taken, skipped) if each] == [row]


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(
    ("change", "path", "reason"),
    [
        (review_rows(FURTHER.replace("{emergency: true}", "{investment: {below: 400000}}")), "rows[urgent].otherwise", "never reached"),
        (review_rows(FURTHER.replace("otherwise: cross_department", "otherwise: nobody")), "rows[joint].otherwise", "nobody"),
        (review_rows(FURTHER.replace("otherwise: cross_department", "otherwise: cross_department, when: {}")), "rows[joint].otherwise", "leave out one"),
        (review_rows(FURTHER.replace("otherwise: cross_department", "otherwise: 1")), "rows[joint].otherwise", "a condition"),
        (("documents: [plan]", "documents: {plan: 计划}"), "rows[declare].then.documents.plan", "a second time"),
        (("asks: [need]", "asks: {need: 需要}"), "rows[review].then.asks.need", "a second time"),
        (("route:\n", "except: [{id: x, when: classified, steps: [tea], articles: 1, text: 茶}]\nroute:\n"), "except[x].steps", "tea"),
        (("route:\n", "except: [{id: x, when: classified, phases: [noon], articles: 1, text: 午}]\nroute:\n"), "except[x].phases", "noon"),
    ],
)  # fmt: skip
def test_short_notation_used_wrongly_is_named_with_its_place(change, path, reason):
    found = [(error.path, error.message) for error in load(change).errors]
    assert any(path in place and reason in message for place, message in found), found


def test_an_exception_of_phases_takes_their_steps_and_never_the_declaration():
    exempt = (
        "except: [{id: secret, when: classified, phases: [initiation], steps: [operation], articles: 1, text: 涉密}]\n"
    )
    rules = ruleset(("route:\n", exempt + "route:\n"))
    secret = Facts.parse({"investment": 900_000, "classified": True, "importance": "key"})
    assert rules.route(secret, DAY).keys == ["declaration", "plan_review"]
