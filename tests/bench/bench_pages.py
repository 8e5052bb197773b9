"""What a page costs: milliseconds of CPU and of SQL, and statements, on the filled database of `bench_scale.py`.

    XUNZHANG_VAR=var/scale .venv/bin/python tests/bench/bench_scale.py --counties 20 --large 5000 --fill-only
    XUNZHANG_VAR=var/scale .venv/bin/python tests/bench/bench_pages.py            # --profile project: where it goes

Both are processor time, of this process and of the one that PostgreSQL serves it with, so that other programs on the
machine disturb them little; alone on it, a person waits for about their sum.

November 2026, two cores with a load of 16, before and after units and rules came without joins, clocks with the steps
at hand and citations without templates (milliseconds of CPU + SQL, statements):

    project            49 + 18,  9    36 + 7,  8
    opinions           51 + 20, 12    38 + 8,  9
    history            43 + 16,  8    35 + 6,  8
    step, one decides  70 + 13, 14    52 + 8, 10
    step, opinions     87 + 14, 16    65 + 9, 12
    step, my opinion   68 + 13, 13    54 + 8, 11
    form               58 + 11, 12    53 + 11, 12
    rules              53 + 3,   7    40 + 3,  7

The same on two free cores, before and after what pages ask in the same words every time was written out once, and
after it was prepared, too:

    project            30 + 6, 10     19 + 7, 10    15 + 3, 10
    opinions           22 + 7,  9     16 + 7,  9    14 + 3,  9
    history            21 + 5,  8     17 + 5,  8    16 + 3,  8
    step, one decides  32 + 6, 10     27 + 6, 10    25 + 3, 10
    step, my opinion   34 + 6, 11     31 + 7, 11    28 + 3, 11
    queue               4 + 1,  5      4 + 1,  5     4 + 1,  5
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Clock:
    """Counts statements and how long each took, finer than `connection.queries` does."""

    def __init__(self) -> None:
        self.statements: list[tuple[float, str]] = []

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.statements.append((time.perf_counter() - begun, str(sql)))


def addresses(measuring: Any) -> dict[str, tuple[str, str]]:
    """Name, who asks and for what: the busiest office of the county, a project under review, a unit's draft."""
    from accounts.models import Membership
    from jurisdictions.scope import enter
    from workflow.models import Filing, FilingState, Step, StepState, WorkItem

    code = measuring.code
    with enter(measuring.county):
        waiting = WorkItem.objects.filter(closed_at=None, step__state=StepState.OPEN).select_related("step")

        def person(office: int) -> str:
            found = Membership.objects.filter(office=office, role__in=("reviewer", "secretary", "finance"))
            return str(found.select_related("user").order_by("pk")[0].user.username)

        single = waiting.filter(duty="decide", step__kind="single").order_by("pk")[3]
        joint = waiting.filter(duty="decide", step__kind="joint").order_by("pk")[3]
        asked = waiting.filter(duty="opinion").order_by("pk")[3]
        done = Step.objects.filter(project=joint.project_id).count()
        draft = Filing.objects.filter(state=FilingState.DRAFT, kind="declaration").order_by("pk")[0]
        filer = Membership.objects.filter(office=draft.unit_id).select_related("user").order_by("pk")[0].user.username
        sys.stdout.write(f"{done} steps on the project\n")
        who = person(joint.office_id)
        return {
            "project": (who, f"projects/{joint.project_id}/"),
            "opinions": (who, f"projects/{joint.project_id}/opinions/"),
            "history": (who, f"projects/{joint.project_id}/history/"),
            "deadlines": (who, f"projects/{joint.project_id}/deadlines/"),
            "step, one decides": (person(single.office_id), f"steps/{single.step_id}/"),
            "step, opinions": (who, f"steps/{joint.step_id}/"),
            "step, my opinion": (person(asked.office_id), f"steps/{asked.step_id}/"),
            "form": (filer, f"filings/{draft.pk}/edit/"),
            "rules": (who, f"rules/?county={code}"),
            "queue": (who, "queue/"),
            "counts": (who, "counts/"),
        }


def backend_seconds() -> float:
    """Processor time of the process that PostgreSQL serves this connection with."""
    from django.db import connection

    connection.ensure_connection()
    nanoseconds = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text().split()[0]
    return int(nanoseconds) / 1e9


def measure(get: Callable[[], Any], times: int) -> tuple[float, float, int, list[tuple[float, str]]]:
    """Milliseconds of CPU and of SQL (medians), statements of one page, and those with their seconds."""
    from django.db import connection

    cpu, sql, statements = [], [], []
    for _time in range(times + 2):
        clock = Clock()
        with connection.execute_wrapper(clock):
            begun, waited = time.process_time(), backend_seconds()
            get()
            cpu.append(time.process_time() - begun)
            sql.append(backend_seconds() - waited)
        statements = clock.statements
    return median(cpu[2:]) * 1000, median(sql[2:]) * 1000, len(statements), statements


def main() -> int:
    """Measure on what `bench_scale.py` filled."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=25)
    parser.add_argument("--profile", help="a page: its dearest functions and statements")
    chosen = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from tests.bench.bench_scale import prepare

    prepare()
    from tests.bench.scale.measuring import Measuring

    measuring = Measuring(times=1, due=1)
    pages = addresses(measuring)
    sys.stdout.write(f"{'page':<20} {'CPU ms':>8} {'SQL ms':>8} {'statements':>10} {'kB':>6}\n")
    for name, (who, path) in pages.items():
        if chosen.profile and name != chosen.profile:
            continue
        client, address = measuring.client(who), f"/{measuring.code}/{path}"
        answer = client.get(address)
        if answer.status_code != 200:
            raise RuntimeError(f"{address} of {who}: {answer.status_code}")

        def get(client: Any = client, address: str = address) -> None:
            client.get(address)

        cpu, sql, count, statements = measure(get, chosen.times)
        sys.stdout.write(f"{name:<20} {cpu:>8.1f} {sql:>8.1f} {count:>10} {len(answer.content) // 1024:>6}\n")
        sys.stdout.flush()
        if chosen.profile:
            for seconds, text in statements:
                sys.stdout.write(f"{seconds * 1000:8.2f} ms  {len(text):>6} {text[:220]}\n")
            profile = cProfile.Profile()
            profile.enable()
            for _time in range(chosen.times):
                get()
            profile.disable()
            pstats.Stats(profile).sort_stats("cumulative").print_stats(110)
            pstats.Stats(profile).sort_stats("tottime").print_stats(45)
    return 0


if __name__ == "__main__":
    sys.exit(main())
