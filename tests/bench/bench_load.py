"""Many people at once: the production server under a mix of requests, on the filled database of `bench_scale.py`.

    XUNZHANG_VAR=var/scale .venv/bin/python tests/bench/bench_scale.py --counties 20 --large 5000 --fill-only
    XUNZHANG_VAR=var/scale .venv/bin/python tests/bench/bench_load.py

Starts granian as the Dockerfile does and asks for pages from several connections at once, each time as another of many
people of several counties. Prints requests a second and how long each kind took. Other programs on the machine slow it
down; the processor time of server and database for each request stays the same, and what two free cores could bear
follows from it. Decisions and what is saved stay in the database. Ends with 1 where anything was refused.

November 2026, two cores that six other programs ran on (load 12 to 16), before and after the pages of projects and
steps were mended: 7.5 and 8.2 requests a second, p99 4.0 and 3.0 s; a request took 67 and 54 ms of processor time,
which is 30 and 37 a second on two cores. Under such a load a second of processor time does less than on free ones.

Before and after what is asked often was written out once and prepared, and routes and fields were drawn without
templates, the same hour, load 6: 40 and 63 requests a second, p99 1.0 and 1.0 s; server 22.5 and 14.7 ms of processor
time a request, database 7.3 and 4.5: 67 and 104 a second on two free cores.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

ROOT = Path(__file__).resolve().parents[2]
# Of a hundred requests.
MIX = {"queue": 35, "project": 25, "step": 15, "search": 10, "autosave": 10, "decision": 5}
WORDS = ("水务", "平台", "智慧 水务", "系统", "没有")
TOKEN = "a" * 32
START_SECONDS = 90


@dataclass
class Person:
    """Somebody signed in, with the addresses they go to."""

    session: str
    code: str
    projects: list[int] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)


@dataclass
class Draft:
    """A declaration that is being written, by one person in one window: what stands in a field of it."""

    person: Person
    pk: int
    version: int
    text: str


@dataclass
class Work:
    """Who there is, and what they have before them."""

    people: list[Person] = field(default_factory=list)
    drafts: deque[Draft] = field(default_factory=deque)
    decisions: deque[tuple[Person, int | None, dict[str, Any]]] = field(default_factory=deque)


def session_of(user: Any) -> str:
    """The cookie of a person who has signed in."""
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def gather(counties: int, people: int) -> Work:
    """People of the large county and of small ones, with what waits for their offices."""
    from jurisdictions.models import County
    from jurisdictions.scope import enter

    work = Work()
    chosen = County.objects.filter(code__regex=r"^c\d{4}$").order_by("code")[:counties]
    for county in chosen:
        with enter(county):
            _gather(work, county, -(-people // len(chosen)))
    random.Random(7).shuffle(work.decisions)
    return work


def _gather(work: Work, county: Any, people: int) -> None:
    from accounts.models import Membership
    from workflow.models import Filing, FilingState, StepState, WorkItem

    found: dict[int, Person] = {}
    members = Membership.objects.filter(role__in=("secretary", "reviewer", "finance"), is_active=True)
    for membership in members.select_related("user").order_by("pk"):
        if len(found) == people or membership.office_id in found:
            continue
        items = WorkItem.objects.filter(office=membership.office_id, closed_at=None).exclude(step=None)
        rows = list(items.order_by("pk").values_list("project_id", "step_id")[:200])
        if rows:
            mine = Person(session_of(membership.user), county.code, *map(list, zip(*rows, strict=True)))
            found[membership.office_id] = mine
    work.people += found.values()
    single = WorkItem.objects.filter(closed_at=None, duty="decide", step__kind="single", step__state=StepState.OPEN)
    for item in single.filter(step__rule__documents=[], office__in=list(found)).select_related("step")[:300]:
        asked = {f"ask-{key}": "已核" for key in item.step.rule.get("asks", ())}
        shown = {"version": item.step.version, "outcome": "approve", "reason": "同意", **asked}
        work.decisions.append((found[item.office_id], item.step_id, shown))
    writers: dict[int, Person] = {}
    for filing in Filing.objects.filter(kind="declaration", state=FilingState.DRAFT).order_by("pk")[:people]:
        member = Membership.objects.filter(office=filing.unit_id, role="filer").select_related("user").first()
        if member is not None:
            writer = writers.setdefault(member.user_id, Person(session_of(member.user), county.code))
            text = (filing.content.get("purpose") or {}).get("goal") or ""
            work.drafts.append(Draft(writer, filing.pk, filing.content_version, text))


class Connection:
    """One connection that is kept open: what a browser sends, and how long the answer took."""

    def __init__(self, port: int, work: Work, until: float, seed: int) -> None:
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.work, self.until, self.random = work, until, random.Random(seed)
        self.taken: dict[str, list[float]] = defaultdict(list)
        self.wrong: list[str] = []

    def run(self) -> None:
        """Ask one thing after the other until the time is over."""
        kinds, weights = list(MIX), list(MIX.values())
        while time.monotonic() < self.until:
            kind = self.random.choices(kinds, weights)[0]
            begun = time.monotonic()
            try:
                said = getattr(self, kind)()
            except (OSError, http.client.HTTPException) as error:
                self.http.close()
                said = repr(error)
            self.taken[kind].append(time.monotonic() - begun)
            if said:
                self.wrong.append(f"{kind}: {said}")

    def ask(self, person: Person, path: str, data: dict[str, Any] | None = None, **headers: str) -> tuple[int, bytes]:
        """Status and content of an answer."""
        headers |= {"Cookie": f"sessionid={person.session}; csrftoken={TOKEN}", "Accept-Encoding": "gzip"}
        body = None
        if data is not None:
            body = urlencode(data)
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": TOKEN}
        self.http.request("GET" if data is None else "POST", f"/{person.code}/{path}", body, headers)
        answer = self.http.getresponse()
        return answer.status, answer.read()

    def get(self, person: Person, path: str) -> str:
        """What was wrong about a page; nothing where it came."""
        status, _content = self.ask(person, path)
        return "" if status == 200 else f"{path} {status}"

    def somebody(self) -> Person:
        return self.random.choice(self.work.people)

    def queue(self) -> str:
        return self.get(self.somebody(), "queue/")

    def project(self) -> str:
        person = self.somebody()
        return self.get(person, f"projects/{self.random.choice(person.projects)}/")

    def step(self) -> str:
        person = self.somebody()
        return self.get(person, f"steps/{self.random.choice(person.steps)}/")

    def search(self) -> str:
        return self.get(self.somebody(), f"projects/?q={quote(self.random.choice(WORDS))}")

    def autosave(self) -> str:
        try:
            draft = self.work.drafts.popleft()
        except IndexError:
            return ""  # every draft is being saved just now
        new = draft.text[:200] + self.random.choice("，。；")
        place = {"was": {"purpose-goal": draft.text}, "now": {"purpose-goal": new}, "version": draft.version}
        data = {"changes": json.dumps({"purpose-goal": place}), "version": draft.version}
        status, content = self.ask(draft.person, f"filings/{draft.pk}/save/", data, Accept="application/json")
        if status != 200:
            return f"filing {draft.pk} {status}"
        draft.version, draft.text = json.loads(unzipped(content))["version"], new
        self.work.drafts.append(draft)
        return ""

    def decision(self) -> str:
        try:
            person, step, shown = self.work.decisions.popleft()
        except IndexError:
            return "no decision is left: fill the database anew"
        status, _content = self.ask(person, f"steps/{step}/decide/", shown)
        return "" if status == 302 else f"steps/{step}/decide/ {status}"


def unzipped(content: bytes) -> bytes:
    """An answer that may have come compressed."""
    import gzip

    return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content


def spent(root: int) -> float:
    """Seconds of processor time of a process, of those it started, and of those that ended."""
    children: dict[int, list[int]] = defaultdict(list)
    times: dict[int, float] = {}
    tick = os.sysconf("SC_CLK_TCK")
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            after = path.read_text().rpartition(")")[2].split()
            number = int(path.parent.name)
            children[int(after[1])].append(number)
            times[number] = sum(map(int, after[11:15])) / tick
    total, left = 0.0, [root]
    while left:
        one = left.pop()
        total += times.get(one, 0.0)
        left += children[one]
    return total


@contextmanager
def serving(workers: int, threads: int) -> Iterator[tuple[int, int]]:
    """The server as the Dockerfile starts it; its port and process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", str(workers), "--blocking-threads", str(threads), "--no-ws", "config.wsgi:application"]
    log = Path(os.environ["XUNZHANG_VAR"]) / "load.log"
    with log.open("w") as out:
        server = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out)
    try:
        until = time.monotonic() + START_SECONDS
        while True:
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                break
            if server.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"granian does not answer; see {log}")
            time.sleep(0.2)
        yield port, server.pid
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


def database_process() -> int:
    """The process that every connection to the embedded database descends from; 0 where it is another machine's."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    with suppress(OSError):
        return int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


def burst(port: int, work: Work, together: int, seconds: float) -> tuple[list[Connection], float]:
    """Let so many connections ask for so long; what each saw, and the seconds that it took."""
    begun = time.monotonic()
    connections = [Connection(port, work, begun + seconds, seed) for seed in range(together)]
    threads = [threading.Thread(target=one.run) for one in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return connections, time.monotonic() - begun


def line(name: str, taken: list[float]) -> str:
    """How often, and within how many milliseconds half, 95 and 99 of a hundred were answered."""
    order = sorted(taken)
    parts = [order[min(len(order) - 1, int(len(order) * part))] * 1000 for part in (0.5, 0.95, 0.99)]
    return f"{name:<10} {len(order):>6} {parts[0]:>8.0f} {parts[1]:>8.0f} {parts[2]:>8.0f}\n"


def main() -> int:
    """Serve, warm up, measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default, what in (
        ("seconds", 20, "how long it is asked"),
        ("warm", 10, "seconds before, in which each process reads templates and rules"),
        ("together", 12, "connections that ask at once"),
        ("people", 48, "who is signed in"),
        ("counties", 8, "whose people they are"),
        ("workers", 2, "processes of the server"),
        ("threads", 8, "of each"),
    ):
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{what} (default: %(default)s)")
    chosen = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from tests.bench.bench_scale import prepare

    prepare()
    work = gather(chosen.counties, chosen.people)
    database = database_process()
    sys.stdout.write(
        f"{len(work.people)} people, {len(work.drafts)} drafts, {len(work.decisions)} decisions; "
        f"{chosen.together} connections, {chosen.workers} workers of {chosen.threads} threads\n"
    )
    with serving(chosen.workers, chosen.threads) as (port, server):
        burst(port, work, chosen.together, chosen.warm)
        before = spent(server), spent(database), resource.getrusage(resource.RUSAGE_SELF)
        connections, seconds = burst(port, work, chosen.together, chosen.seconds)
        after = spent(server), spent(database), resource.getrusage(resource.RUSAGE_SELF)
    taken: dict[str, list[float]] = defaultdict(list)
    for one in connections:
        for kind, times in one.taken.items():
            taken[kind] += times
    every = list(itertools.chain.from_iterable(taken.values()))
    wrong = [said for one in connections for said in one.wrong]
    sys.stdout.write(f"{'':<10} {'number':>6} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8}\n")
    for kind in MIX:
        if taken[kind]:
            sys.stdout.write(line(kind, taken[kind]))
    sys.stdout.write(line("all", every))
    of_server, of_database = ((late - early) / len(every) for early, late in zip(before[:2], after[:2], strict=True))
    asking = after[2].ru_utime + after[2].ru_stime - before[2].ru_utime - before[2].ru_stime
    sys.stdout.write(
        f"{len(every) / seconds:.1f} requests/s, {len(wrong)} refused; load average {os.getloadavg()[0]:.1f}\n"
        f"processor time a request: server {of_server * 1000:.1f} ms, database {of_database * 1000:.1f} ms,"
        f" who asks {asking / len(every) * 1000:.1f} ms;"
        f" two free cores bear {2 / (of_server + of_database):.0f} requests/s\n"
    )
    for said in wrong[:10]:
        sys.stdout.write(f"  {said}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
