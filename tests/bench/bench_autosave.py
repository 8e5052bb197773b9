"""One field of a declaration saved as it is typed, against a bare insert, interleaved; with the statements it takes.

Not part of the suite (its name is no test's): `.venv/bin/python -m pytest -s tests/bench/bench_autosave.py`.
Both as time that passes and as work of this process and the database, which other programs on the machine disturb less.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jurisdictions.scope import enter
from projects.models import Declaration
from tests.people import Town, client_for
from tests.projects import filling

ROUNDS = 60


def busy() -> float:
    """Seconds that this process and its backend of the database worked, whatever else runs on the machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    user, system = Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[11:13]
    return time.process_time() + (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def worked(act: Callable[[], object], times: int) -> float:
    """Seconds of work that doing it once takes."""
    before = busy()
    for _time in range(times):
        act()
    return (busy() - before) / times


def timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


@pytest.mark.django_db
def test_what_a_saved_field_costs(alpha: Town) -> None:
    with enter(alpha.county):
        declaration = filling.draft(alpha.filer)
    client, address = client_for(alpha.filer), f"/dean/filings/{declaration.pk}/save/"
    state = {"version": declaration.content_version, "text": declaration.content["purpose"]["goal"]}

    def save() -> None:
        new = state["text"] + "。"
        place = {"was": {"purpose-goal": state["text"]}, "now": {"purpose-goal": new}, "version": state["version"]}
        answer = client.post(address, {"changes": json.dumps({"purpose-goal": place}), "version": state["version"]})
        assert answer.status_code == 200, answer.content
        state.update(version=answer.json()["version"], text=new)

    def insert() -> None:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO bare (content) VALUES (%s)", ['{"text": "x"}'])

    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE bare (id bigserial PRIMARY KEY, content jsonb)")
    save()
    with CaptureQueriesContext(connection) as captured:
        save()
        statements = list(captured.captured_queries)
    pairs = [(timed(save), timed(insert)) for _round in range(ROUNDS)]
    ours, bare = (statistics.median(times) for times in zip(*pairs, strict=True))
    sys.stdout.write(
        f"\n{len(statements)} statements; {ours * 1000:.1f} ms against {bare * 1000:.2f} ms: {ours / bare:.0f} times\n"
    )
    work, least = worked(save, ROUNDS) * 1000, worked(insert, 40 * ROUNDS) * 1000
    sys.stdout.write(f"work: {work:.1f} ms against {least:.2f} ms, {work / least:.0f} times\n")
    for one in statements:
        sys.stdout.write(f"  {one['time']} {one['sql'][:150]}\n")
    with enter(alpha.county):
        assert Declaration.objects.get(pk=declaration.pk).content["purpose"]["goal"] == state["text"]
