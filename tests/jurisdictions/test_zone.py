"""The time zone stands once in the program, and law's days begin and end in it."""

from __future__ import annotations

import ast
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

import time_machine
from django.conf import settings

from jurisdictions.calendars import zone

ROOT = Path(__file__).resolve().parents[2]


def naming() -> list[str]:
    """The files of the program that name the zone in code; texts that explain something may."""
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    found = []
    for name in listed.stdout.split():
        if name.startswith("tests/") or not (ROOT / name).exists():
            continue
        for node in ast.walk(ast.parse((ROOT / name).read_text(encoding="utf-8"))):
            is_named = isinstance(node, ast.Constant) and node.value == zone.ZONE_NAME
            if is_named or (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ZoneInfo"):
                found.append(name)
    return found


def test_zone_is_named_in_one_file() -> None:
    assert set(naming()) == {"jurisdictions/calendars/zone.py"}
    assert settings.TIME_ZONE == settings.CELERY_TIMEZONE == zone.ZONE_NAME


def test_day_begins_and_ends_at_midnight_in_shanghai() -> None:
    day = date(2026, 3, 2)
    assert zone.start_of(day) == datetime(2026, 3, 1, 16, tzinfo=UTC)
    assert zone.end_of(day) == datetime(2026, 3, 2, 16, tzinfo=UTC)
    assert zone.day_of(datetime(2026, 3, 2, 15, 59, tzinfo=UTC)) == day
    with time_machine.travel(datetime(2026, 3, 2, 16, tzinfo=UTC), tick=False):
        assert zone.today() == date(2026, 3, 3)
