"""How fast `manage.py ask` answers: 1,000 mixed lines, start-up included, in under 5 seconds.

Not part of the suite (its name is no test's): `.venv/bin/python -m pytest tests/bench/bench_ask.py`.
Answers come from the database where rules are loaded, else from the rule files.
"""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINES = 1000
LIMIT_SECONDS = 5.0


def route_lines():
    chance = random.Random(7)
    for number in range(LINES):
        if number % 50 == 0:
            yield '{"jurisdiction": "nowhere"}'
            continue
        facts = {
            "investment": chance.choice([0, 499999.99, 500000, 600000, 2000000, 5000000, 10000000, 50000000]),
            "category": chance.choice(["application", "equipment", "infrastructure", "service"]),
            "action": chance.choice(["new", "operate", "extend", "purchase_service"]),
            "classified": chance.random() < 0.1,
        }
        county = chance.choice(["dean", "jinhu", "changji", "lingchuan", "jianshan"])
        yield json.dumps({"jurisdiction": county, "on": "2026-03-02", "facts": facts})


def deadline_lines():
    chance = random.Random(7)
    for _number in range(LINES):
        yield json.dumps(
            {
                "jurisdiction": chance.choice(["dean", "lingchuan"]),
                "from": f"2026-{chance.randint(1, 9):02}-{chance.randint(1, 28):02}",
                "amount": chance.randint(1, 60),
                "unit": chance.choice(["working_day", "day", "month"]),
                "pauses": [["2026-09-28", "2026-10-09"]],
            }
        )


@pytest.mark.parametrize(("question", "lines"), [("route", route_lines), ("deadline", deadline_lines)])
def test_a_thousand_lines_are_answered_in_time(question, lines):
    environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    text = "\n".join(lines())
    start = time.perf_counter()
    run = subprocess.run(
        [sys.executable, "manage.py", "ask", question],
        cwd=ROOT,
        input=text,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    assert run.returncode == (1 if question == "route" else 0), run.stderr
    assert len(run.stdout.splitlines()) == LINES
    assert seconds < LIMIT_SECONDS
