"""The program beside its peers: one interleaved run on the filled database of `bench_scale.py`, printing ratios.

    XUNZHANG_VAR=var/scale .venv/bin/python tests/bench/bench_peers.py

Peers: the queue as a changelist of Django's admin and as SQL and text put together by hand; a decision as viewflow
completes a task. viewflow is AGPL and no part of the program: put it beside it for this run, or it is left out:

    .venv/bin/uv pip install --no-deps --target /tmp/viewflow django-viewflow django-filter
    PYTHONPATH=/tmp/viewflow XUNZHANG_VAR=var/scale .venv/bin/python tests/bench/bench_peers.py

Each round asks every peer once, in turn; a ratio is the median of the rounds'. Ends with 1 where a bound is passed. The
queue is asked for twice: as it is read again, and after something was written in the county: then it is read anew.

Measured in November 2026 on 20 counties, one with 5,000 projects, on two cores that were busy otherwise, as processor
time of this process and of its backend, before and after what is asked often was written out once and prepared; the
bounds stand at the head:

    queue beside the admin, large office        0.15 read again, 1.05 anew    0.15, 0.75
    the same, small office                      0.20, 0.57                    0.17 to 0.19, 0.45
    queue beside SQL by hand, large office      2.4, 16                       2.0, 9.9
    the same, small office                      2.9, 8.7                      2.3, 5.6
    decision beside viewflow                    2.4                           1.7

Of a decision a third is what every request costs (session, account, roles, scope), a third the route, read and locked.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from html import escape
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.peers.settings"
# What the program may take, as a part of what the peer takes: where nothing was written in the county since the page
# was shown last, and after a write there.
BOUNDS = {"admin": 1 / 6, "by hand": 8, "viewflow": 1}
AFTER_A_WRITE = {"admin": 1.0, "by hand": 12.0}
ROWS = """
    SELECT item.id, item.due_on, item.opened_at, item.duty, step.key, project.id, project.name, project.number,
           project.investment, unit.name, person.name
      FROM workflow_workitem AS item
      LEFT JOIN workflow_step AS step ON step.id = item.step_id
      JOIN projects_project AS project ON project.id = item.project_id
      JOIN accounts_office AS unit ON unit.id = project.owner_unit_id
      LEFT JOIN accounts_user AS person ON person.id = item.claimed_by_id
     WHERE item.county_id = %s AND item.office_id = %s AND item.closed_at IS NULL
       AND (item.duty = 'correct' OR step.state IS DISTINCT FROM 'waiting')
     ORDER BY coalesce(item.due_on, '9999-12-31'), item.id LIMIT 50
"""
Act = Callable[[], None]


def signed_in(user: Any) -> Any:
    """A browser of a person."""
    from django.test import Client

    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def queues(where: str, membership: Any) -> dict[str, Act]:
    """The first page of an office's queue: ours, the admin's, and by hand."""
    from django.db import connection

    from accounts.actors import SYSTEM
    from jurisdictions.scope import enter
    from workflow.trail import audit

    client, county = signed_in(membership.user), membership.county

    def get(address: str) -> None:
        answer = client.get(address)
        if answer.status_code != 200:
            raise RuntimeError(f"{address}: {answer.status_code}")

    def write() -> None:
        with enter(county):
            audit.entry(actor=SYSTEM, action="project.edit", label="bench")

    def by_hand() -> None:
        with enter(county), connection.cursor() as cursor:
            cursor.execute(ROWS, [county.pk, membership.office_id])
            rows = cursor.fetchall()
        "".join("<tr>" + "".join(f"<td>{escape(str(one))}</td>" for one in row) + "</tr>" for row in rows).encode()

    return {
        f"queue, {where}": lambda: get(f"/{county.code}/queue/"),
        "admin": lambda: get(f"/peers/admin/workflow/workitem/?for={membership.pk}"),
        "by hand": by_hand,
        "write": write,
    }


def decisions(county: Any) -> Iterator[Act]:
    """Decisions of single offices, each on a project of its own, posted as the page posts them."""
    from accounts.models import Membership
    from jurisdictions.scope import enter
    from workflow.models import StepState, WorkItem

    with enter(county):
        items = WorkItem.objects.filter(closed_at=None, duty="decide", step__kind="single", step__state=StepState.OPEN)
        found = list(items.filter(step__rule__documents=[]).select_related("step", "project").order_by("pk"))
        people = {
            office: list(Membership.objects.filter(office=office, role="secretary").select_related("user"))
            for office in {item.office_id for item in found}
        }
    clients: dict[int, Any] = {}
    for item in found:
        person = next((one.user for one in people[item.office_id] if one.user_id != item.project.filed_by_id), None)
        if person is None:
            continue
        client = clients.setdefault(person.pk, signed_in(person))
        asked = {f"ask-{key}": "已核" for key in item.step.rule.get("asks", ())}
        shown = {"version": item.step.version, "outcome": "approve", "reason": "同意", **asked}

        def post(client: Any = client, item: Any = item, shown: Any = shown) -> None:
            answer = client.post(f"/{county.code}/steps/{item.step_id}/decide/", shown)
            if answer.status_code != 302:
                raise RuntimeError(f"decision on step {item.step_id}: {answer.status_code}")

        yield post


def completions() -> Iterator[Act]:
    """Tasks of viewflow, assigned to one person, completed as its own page completes them."""
    from django.core.management import call_command

    from accounts.models import User
    from tests.bench.peers.flow import Review

    call_command("migrate", "viewflow", run_syncdb=True, verbosity=0)
    user, _made = User.objects.get_or_create(username="peer", is_superuser=True, is_staff=True)
    client = signed_in(user)
    while True:
        Review.start.run()
        task = Review.task_class.objects.filter(flow_task=Review.first, status="NEW").latest("pk")
        with task.activation() as activation:
            activation.assign(user)
        address = Review.first.reverse("execute", args=[task.process_id, task.pk])

        def post(address: str = address) -> None:
            answer = client.post(address, {"approved": "on", "reason": "同意"})
            if answer.status_code != 302:
                raise RuntimeError(f"{address}: {answer.status_code}")

        yield post


def measured(act: Act) -> float:
    """Seconds of processor time, of this process and of the one that PostgreSQL serves it with."""
    from tests.bench.bench_pages import backend_seconds

    begun = time.process_time() + backend_seconds()
    act()
    return time.process_time() + backend_seconds() - begun


def interleaved(peers: dict[str, Callable[[], Act]], rounds: int, bounds: dict[str, float] = BOUNDS) -> bool:
    """Ask every peer once a round, print how the first does beside the others; whether it stays within its bounds."""
    spent: dict[str, list[float]] = {name: [] for name in peers}
    for _round in range(rounds + 2):
        for name, make in peers.items():
            spent[name].append(measured(make()))
    (ours, first), *others = ((name, some[2:]) for name, some in spent.items())  # two rounds to warm up
    sys.stdout.write(f"{ours:<36} {median(first) * 1000:8.1f} ms\n")
    well = True
    for name, some in others:
        ratio = median(one / other for one, other in zip(first, some, strict=True))
        is_within = ratio <= bounds[name]
        well = well and is_within
        sys.stdout.write(
            f"    {name:<20} {median(some) * 1000:8.1f} ms   ratio {ratio:6.2f}"
            f"   bound {bounds[name]:5.2f} {'' if is_within else 'BEYOND'}\n"
        )
    return well


def main() -> int:
    """Measure on what `bench_scale.py` filled."""
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("XUNZHANG_VAR", str(ROOT / "var" / "scale"))
    os.environ.setdefault("XUNZHANG_DEBUG", "no")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    import django

    django.setup()
    from config.database import ensure_running_if_used

    ensure_running_if_used()
    from accounts.models import Membership
    from jurisdictions.models import County
    from jurisdictions.scope import enter
    from tests.bench.scale.ids import LARGE
    from tests.bench.scale.measuring import Measuring

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=25)
    rounds = parser.parse_args().rounds
    well = True
    peers: dict[str, Callable[[], Act]]
    for where, code in (("large office", LARGE), ("small office", "c0006")):
        measuring = Measuring(times=1, due=1, code=code)
        _office, username = measuring.busiest()
        with enter(measuring.county):
            who = Membership.objects.select_related("user", "county").filter(user__username=username).first()
        pages = queues(where, who)
        write = pages.pop("write")
        peers = {name: partial(lambda act: act, act) for name, act in pages.items()}
        well &= interleaved(peers, rounds)
        ours = next(iter(pages))

        def after(act: Act = pages[ours], write: Act = write) -> Act:
            write()
            return act

        peers = {f"{ours}, after a write": after, **{name: peers[name] for name in ("admin", "by hand")}}
        well &= interleaved(peers, rounds, AFTER_A_WRITE)
    own = decisions(County.objects.get(code=LARGE))
    peers = {"decision": lambda: next(own)}
    if find_spec("viewflow"):
        tasks = completions()
        peers["viewflow"] = lambda: next(tasks)
    else:
        sys.stdout.write("viewflow is not installed: see the head of this file.\n")
    well &= interleaved(peers, rounds)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
