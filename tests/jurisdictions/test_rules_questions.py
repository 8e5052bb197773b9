"""The four questions, as the command line, the API and the pages ask them."""

import io
import json
import sys
from datetime import date

import pytest
from django.core.management import call_command

from jurisdictions.calendar_store import library_calendars
from jurisdictions.rules.questions import LINE_LIMIT, QUESTIONS, answer_line
from jurisdictions.rules.registry import RuleRegistry
from tests.jurisdictions.rule_text import ruleset

pytestmark = pytest.mark.usefixtures("english")
DAY = "2026-03-02"


@pytest.fixture(scope="module")
def registry():
    return RuleRegistry.of([ruleset()])


@pytest.fixture
def ask(registry):
    def ask(question, payload, today=date(2026, 3, 2)):
        line = payload if isinstance(payload, (str, bytes)) else json.dumps(payload)
        reply, is_good = answer_line(question, line, registry=registry, calendars=library_calendars(), today=today)
        assert is_good == ("error" not in reply)
        return json.loads(json.dumps(reply))

    return ask


def payload(**facts):
    return {"jurisdiction": "sample", "on": DAY, "facts": facts}


def test_a_route_is_answered_as_the_contract_writes_it(ask):
    reply = ask("route", payload(investment=500000, importance="general"))
    assert list(reply) == ["jurisdiction", "on", "ruleset", "scope", "route", "requirements", "notices"]
    assert reply["ruleset"] == {"version": 1, "in_force": True}
    assert [step["key"] for step in reply["route"]] == ["declaration", "joint_review", "operation"]
    assert reply["route"][1] == {
        "key": "joint_review",
        "authority": "data_bureau",
        "participants": ["finance", "drc"],
        "articles": ["SX-2(1)", "SX-2", "SX-3(2)", "SX-3"],
        "deadlines": [
            {"party": "owner", "amount": 10, "unit": "working_day", "after": "declaration"},
            {"party": "authority", "amount": 5, "unit": "working_day", "after": "joint_review_submitted"},
        ],
    }
    assert reply["notices"] == []


def test_notices_carry_their_articles(ask):
    reply = ask("route", payload(investment=1, importance="general", classified=True))
    assert reply["notices"] == [{"key": "classified", "articles": ["SX-1"]}]


def test_without_a_day_today_is_asked(ask):
    asked = {"jurisdiction": "sample", "facts": {"investment": 1}}
    assert ask("route", asked, today=date(2026, 12, 31))["ruleset"]["in_force"] is True
    later = ask("route", asked, today=date(2027, 1, 1))
    assert (later["on"], later["ruleset"]["in_force"]) == ("2027-01-01", False)


@pytest.mark.parametrize(
    ("delta", "outcome"),
    [(100000, "file"), (-100000, "file"), (0, "file"), (100000.01, "redeclare"), (-100000.01, "redeclare")],
)
def test_a_change_is_measured_against_the_approved_total(ask, delta, outcome):
    reply = ask("change", payload(estimate=1000000, delta=delta))
    assert reply["outcome"] == outcome
    assert reply["articles"] == ["SX-3"]
    assert reply["authority"] == ("data_bureau" if outcome == "file" else None)
    assert reply["requires"] == ([] if outcome == "file" else ["expert_argumentation"])


def test_the_ratio_of_a_change_is_exact(ask):
    assert ask("change", payload(estimate="999999999999999.99", delta="99999999999999.99"))["outcome"] == "file"
    assert ask("change", payload(estimate="999999999999999.90", delta="100000000000000"))["outcome"] == "redeclare"


@pytest.mark.parametrize(
    ("facts", "blocks", "notices"),
    [
        ({"accepted": True, "construction_cost": 1000000, "om_cost": 100000}, [], []),
        ({"accepted": True, "construction_cost": 1000000, "om_cost": 100000.01}, [], ["over_cap"]),
        ({"construction_cost": 1000000, "om_cost": 1}, ["not_accepted"], []),
        ({"accepted": True, "exclusions": ["idle_system"]}, ["idle_system"], []),
        ({"exclusions": ["idle_system", "idle_system"]}, ["not_accepted", "idle_system"], []),
    ],
)
def test_money_for_operation(ask, facts, blocks, notices):
    reply = ask("funding", payload(**facts))
    assert reply["allowed"] is (not blocks)
    assert [point["key"] for point in reply["blocks"]] == blocks
    assert [point["key"] for point in reply["notices"]] == notices
    assert all(point["articles"] == ["SX-3"] for point in reply["blocks"] + reply["notices"])


def deadline(**changes):
    return {"jurisdiction": "sample", "from": "2026-09-18", "amount": 5, "unit": "working_day", **changes}


def test_a_deadline_is_answered_with_its_day(ask):
    assert ask("deadline", deadline()) == {"due": "2026-09-24", "provisional": False}
    assert ask("deadline", deadline(pauses=[["2026-09-28", "2026-10-09"]])) == {
        "due": "2026-09-24",
        "provisional": False,
    }
    paused = deadline(pauses=[["2026-09-22", "2026-10-09"], ["2026-09-28", "2026-10-09"]])
    assert ask("deadline", paused) == {"due": "2026-10-13", "provisional": False}
    assert ask("deadline", deadline(**{"from": "2026-12-31"})) == {"due": "2027-01-08", "provisional": True}


@pytest.mark.parametrize(
    ("question", "asked", "field"),
    [
        ("route", "", "line"),
        ("route", "{", "line"),
        ("route", "null", "line"),
        ("route", "[]", "line"),
        ("route", '"route"', "line"),
        ("route", b"\xff\xfe{}", "line"),
        ("route", "[" * 50_000, "line"),
        ("route", '{"jurisdiction": "sample", "facts": {"investment": 1}}' + " " * LINE_LIMIT, "line"),
        ("route", '{"jurisdiction": "sample", "jurisdiction": "sample"}', "jurisdiction"),
        ("route", '{"jurisdiction": "sample", "facts": {"investment": 1, "investment": 2}}', "investment"),
        ("route", '{"jurisdiction": "sample", "facts": {"investment": NaN}}', "investment"),
        ("route", '{"jurisdiction": "sample", "facts": {"investment": -Infinity}}', "investment"),
        ("route", '{"jurisdiction": "sample", "facts": {"investment": 1e400}}', "investment"),
        ("route", '{"jurisdiction": "sample", "facts": {"investment": 1e99999999999999999999}}', "investment"),
        ("route", '{"jurisdiction": "sample", "facts": {"investment": 1e-99999999999999999999}}', "investment"),
        # Past what decimals are reckoned with, and within what they hold.
        ("route", '{"jurisdiction": "sample", "facts": {"investment": 1e999999999}}', "investment"),
        ("route", '{"jurisdiction": "sample", "facts": {"investment": 1e-999999999}}', "investment"),
        ("change", '{"jurisdiction": "sample", "facts": {"estimate": 1, "delta": -1e999999999}}', "delta"),
        ("funding", '{"jurisdiction": "sample", "facts": {"om_cost": 1e999999999}}', "om_cost"),
        ("deadline", json.dumps(deadline(amount=1)).replace("1,", "1e999999999,"), "amount"),
        ("deadline", json.dumps(deadline(amount=1)).replace("1,", "1e-999999999,"), "amount"),
        ("route", payload(investment="1_000"), "investment"),
        ("route", payload(investment=1, classified=None), "classified"),
        ("route", payload(investment=1, action=None), "action"),
        ("change", payload(estimate=1, delta=1, goal_changed=None), "goal_changed"),
        ("funding", payload(exclusions=None), "exclusions"),
        ("deadline", json.dumps(deadline(amount=1)).replace("1,", "1e99999999999999999999,"), "amount"),
        ("route", '{"jurisdiction": "sample", "facts": {"investment": ' + "9" * 5000 + "}}", "investment"),
        ("route", {"facts": {"investment": 1}}, "jurisdiction"),
        ("route", {"jurisdiction": "nowhere", "facts": {"investment": 1}}, "jurisdiction"),
        ("route", {"jurisdiction": ["sample"], "facts": {"investment": 1}}, "jurisdiction"),
        ("route", {"jurisdiction": "sample"}, "facts"),
        ("route", {"jurisdiction": "sample", "facts": 5}, "facts"),
        ("route", {"jurisdiction": "sample", "facts": {}}, "investment"),
        ("route", {"jurisdiction": "sample", "facts": {"investment": True}}, "investment"),
        ("route", {"jurisdiction": "sample", "facts": {"investment": 1, "\ud800": 1}}, "\ud800"),
        ("route", {"jurisdiction": "sample", "on": "2026-02-30", "facts": {"investment": 1}}, "on"),
        ("route", {"jurisdiction": "sample", "on": "20260302", "facts": {"investment": 1}}, "on"),
        ("route", {"jurisdiction": "sample", "on": 5, "facts": {"investment": 1}}, "on"),
        ("route", {"jurisdiction": "sample", "when": DAY, "facts": {"investment": 1}}, "when"),
        ("change", payload(estimate=0, delta=1), "estimate"),
        ("change", payload(estimate=-1, delta=1), "estimate"),
        ("change", payload(delta=1), "estimate"),
        ("change", payload(estimate=1), "delta"),
        ("change", payload(estimate=1, delta=1, ratio=1), "ratio"),
        ("change", payload(estimate=1, delta=1, reason="mood"), "reason"),
        ("change", payload(estimate=1, delta=1, goal_changed="no"), "goal_changed"),
        ("change", payload(estimate=1, delta=1, investment=1), "investment"),
        ("funding", payload(om_cost=-1), "om_cost"),
        ("funding", payload(exclusions="idle_system"), "exclusions"),
        ("funding", payload(exclusions=["no_such"]), "exclusions"),
        ("funding", payload(exclusions=[1]), "exclusions"),
        ("deadline", deadline(amount=0), "amount"),
        ("deadline", deadline(amount=-5), "amount"),
        ("deadline", deadline(amount=1.5), "amount"),
        ("deadline", deadline(amount="5"), "amount"),
        ("deadline", deadline(amount=True), "amount"),
        ("deadline", deadline(amount=10**9), "amount"),
        ("deadline", deadline(unit="week"), "unit"),
        ("deadline", deadline(unit=["day"]), "unit"),
        ("deadline", {"jurisdiction": "sample", "amount": 5, "unit": "day"}, "from"),
        ("deadline", deadline(**{"from": "tomorrow"}), "from"),
        ("deadline", deadline(**{"from": "9999-12-30"}), "amount"),
        ("deadline", deadline(pauses=["2026-09-28", "2026-10-09"]), "pauses"),
        ("deadline", deadline(pauses=[["2026-10-09", "2026-09-28"]]), "pauses"),
        ("deadline", deadline(pauses=[["2026-10-09"]]), "pauses"),
        ("deadline", deadline(pauses={"a": 1}), "pauses"),
        ("deadline", deadline(pauses=[["2026-09-20", "9999-12-31"]]), "amount"),
        ("deadline", deadline(facts={}), "facts"),
    ],
)
def test_a_bad_line_is_an_error_that_names_the_field(ask, question, asked, field):
    reply = ask(question, asked)
    assert list(reply) == ["error"]
    assert reply["error"]["field"] == field
    assert reply["error"]["message"]


def test_an_unknown_question_is_named(ask):
    assert ask("weather", {})["error"]["field"] == "question"


def test_the_questions_are_those_of_the_contract():
    assert list(QUESTIONS) == ["route", "change", "funding", "deadline"]


def command(monkeypatch, capsysbinary, question, text):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    status: object = 0
    try:
        call_command("ask", question)
    except SystemExit as stop:
        status = stop.code
    return [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()], status


@pytest.mark.django_db
def test_the_command_answers_each_line_and_goes_on_after_a_bad_one(monkeypatch, capsysbinary):
    good = b'{"jurisdiction": "dean", "on": "2026-03-02", "facts": {"investment": 500000}}'
    call_command("load_rules", stdout=io.StringIO())
    replies, status = command(
        monkeypatch, capsysbinary, "route", b"\n".join([good, b"", b"{", b"   ", b"x" * 3 * LINE_LIMIT, good])
    )
    assert status == 1
    assert [list(reply)[0] for reply in replies] == ["jurisdiction", "error", "error", "jurisdiction"]
    assert replies[0] == replies[3]


def test_a_fault_of_the_program_in_one_line_is_an_answer_too(registry):
    class NoCalendars:
        def for_county(self, code):
            raise ConnectionError(code)

    asked = json.dumps(deadline())
    reply, is_good = answer_line("deadline", asked, registry=registry, calendars=NoCalendars())
    assert (reply["error"]["field"], is_good) == ("line", False)


@pytest.mark.django_db
def test_the_command_ends_well_where_every_line_is_good(monkeypatch, capsysbinary):
    line = b'{"jurisdiction": "dean", "from": "2026-03-02", "amount": 1, "unit": "day"}'
    replies, status = command(monkeypatch, capsysbinary, "deadline", line)
    assert (replies, status) == ([{"due": "2026-03-03", "provisional": False}], 0)


@pytest.mark.django_db
def test_the_command_writes_what_it_could_not_read_back_as_valid_json(monkeypatch, capsysbinary):
    text = b'{"jurisdiction": "dean", "facts": {"investment": 1, "\\ud800": 1}}'
    [reply], status = command(monkeypatch, capsysbinary, "route", text)
    assert (reply["error"]["field"], status) == ("\ud800", 1)
