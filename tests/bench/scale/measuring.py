"""What is measured: the pages through the program's own address, services and tasks as the worker runs them."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Any
from unittest import mock
from urllib.parse import quote

from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.models import Membership, User
from jurisdictions.models import CalendarDay, County
from jurisdictions.scope import enter
from projects import likeness
from projects.models import Project, ProjectState
from tests.bench.scale.ids import LARGE
from workflow import tasks
from workflow.clocks import clock, timers
from workflow.models import AuditEntry, Deadline, DeadlineChange, Outbox, Step, StepState, WorkItem
from workflow.notices import mail
from workflow.trail import verification


@dataclass
class Line:
    """One line of the table: how often, how many queries, and how long each time took."""

    what: str
    kind: str
    seconds: list[float]
    queries: int = 0
    note: str = ""

    @property
    def median(self) -> float:
        """Milliseconds."""
        return median(self.seconds) * 1000

    @property
    def worst(self) -> float:
        """Milliseconds."""
        return max(self.seconds) * 1000


@dataclass
class Measuring:
    """A county, the large one, with its busiest people."""

    times: int
    due: int
    code: str = LARGE
    county: County = field(init=False)
    clients: dict[str, Client] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.county = County.objects.get(code=self.code)

    def client(self, username: str) -> Client:
        """A browser signed in as the person; the session's first page is not measured."""
        if username not in self.clients:
            client = Client()
            client.force_login(User.objects.get(username=username), "django.contrib.auth.backends.ModelBackend")
            self.clients[username] = client
        return self.clients[username]

    def all(self) -> Iterator[Line]:
        """Everything, pages first: what changes rows comes after."""
        yield from self.pages()
        yield from self.searches()
        yield from self.decisions()
        yield from self.likeness()
        yield from self.worker()
        yield from self.proof()

    # --- pages ------------------------------------------------------------------------------------------------

    def page(self, what: str, who: str, path: str, kind: str = "page") -> Line:
        """A page, asked for again and again."""
        client, address = self.client(who), path if path.startswith("/") else f"/{LARGE}/{path}"
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(address)
        queries = len(captured)
        if answer.status_code != 200:
            raise RuntimeError(f"{address}: {answer.status_code}")
        seconds = []
        for _time in range(self.times):
            begun = time.perf_counter()
            client.get(address)
            seconds.append(time.perf_counter() - begun)
        return Line(what, kind, seconds, queries, f"{len(answer.content) // 1024} kB")

    def pages(self) -> Iterator[Line]:
        """Everything that is read."""
        office, busy = self.busiest()
        project, entries = self._fullest()
        with enter(self.county):
            unit = Project.objects.filter(work_items__office=office, work_items__closed_at=None).first().owner_unit_id
            name = Project.objects.get(pk=project).name
            day = AuditEntry.objects.order_by("sequence")[200_000 if entries > 1_000_000 else 100].at.date()
            waiting = WorkItem.objects.filter(office=office, closed_at=None).count()
            step = WorkItem.objects.filter(office=office, closed_at=None).exclude(step=None).first().step
            hundredth = self._hundredth(office.pk)
        yield self.page(f"queue of {waiting:,}", busy, "queue/")
        yield self.page("queue, second page", busy, "queue/?after=" + self._older(busy, "queue/"))
        yield self.page("queue, hundredth page", busy, f"queue/?after={hundredth}")
        yield self.page("queue, back from the hundredth page", busy, f"queue/?before={hundredth}")
        yield self.page("queue, a word in the name", busy, f"queue/?q={quote('水务')}")
        yield self.page("queue, a word that is nowhere", busy, f"queue/?q={quote('没有')}")
        yield self.page("queue, one step", busy, f"queue/?step={step.key}")
        yield self.page("queue, one unit", busy, f"queue/?unit={unit}")
        yield self.page("queue, amount", busy, "queue/?from=40&to=60")
        yield self.page("queue, overdue", busy, "queue/?overdue=1")
        yield self.page("queue, nobody's, within 5 days", busy, "queue/?claimed=nobody&within=5")
        yield self.page("decision page", busy, f"steps/{step.pk}/")
        with enter(self.county):
            newest = Project.objects.order_by("-pk").values_list("pk", flat=True)
            second, far = newest[50], newest[5_000 if newest.count() > 5_000 else 50]
        yield self.page("projects", busy, "projects/")
        yield self.page("projects, second page", busy, f"projects/?before={second}")
        yield self.page("projects, hundredth page", busy, f"projects/?before={far}")
        yield self.page("projects, a word in the name", busy, f"projects/?q={quote('水务')}")
        yield self.page("projects, one name", busy, f"projects/?q={quote(name)}")
        yield self.page("projects, a word that is nowhere", busy, f"projects/?q={quote('没有')}")
        yield self.page("projects, a state", busy, "projects/?state=expired")
        yield self.page("projects, at a step", busy, f"projects/?step={step.key}")
        yield self.page("projects, a step nobody is at", busy, "projects/?step=final_acceptance")
        yield self.page("projects, amount", busy, "projects/?from=4000")
        yield self.page("projects of a unit", "filer-3", "projects/")
        yield self.page("project", busy, f"projects/{project}/")
        yield self.page("project, papers", busy, f"projects/{project}/papers/")
        yield self.page("project, deadlines", busy, f"projects/{project}/deadlines/")
        yield self.page("project, history", busy, f"projects/{project}/history/")
        yield self.page("reserve", busy, "reserve/")
        yield self.page("reserve, all", busy, "reserve/?state=all")
        yield self.page("reserve, none such", busy, "reserve/?state=removed")
        yield self.page("annual plan", busy, "plans/")
        yield self.page("meetings", self._member("meeting"), "meetings/")
        yield self.page("declarations of a unit", "filer-3", "declarations/")
        yield self.page("declarations, returned", "filer-3", "declarations/?state=returned")
        yield self.page("calls", f"{LARGE}-dean-head", "calls/")
        yield self.page("notices", busy, "notices/")
        yield self.page("counts of the frame", busy, "counts/")
        auditor = f"{LARGE}-dean-auditor"
        yield self.page("audit", auditor, "audit/")
        yield self.page("audit, hundredth page", auditor, f"audit/?before={max(entries - 5_000, 100)}")
        yield self.page("audit, far page", auditor, f"audit/?before={max(entries // 10, 100)}")
        yield self.page("audit, a person", auditor, f"audit/?person={quote('经办33')}")
        yield self.page("audit, many persons", auditor, f"audit/?person={quote('经办')}")
        yield self.page("audit, nobody", auditor, f"audit/?person={quote('没有')}")
        yield self.page("audit, a person's action", auditor, f"audit/?person={quote('经办33')}&action=step.refuse")
        yield self.page("audit, an action", auditor, "audit/?action=step.complete")
        yield self.page("audit, an action never done", auditor, "audit/?action=calendar.publish")
        yield self.page("audit, a project's number", auditor, f"audit/?project=S{entries and self._number(project)}")
        yield self.page("audit, a project's name", auditor, f"audit/?project={quote(name)}")
        yield self.page("audit, a word in names", auditor, f"audit/?project={quote('水务')}")
        yield self.page("audit, an early day", auditor, f"audit/?first={day}&last={day}")
        yield self.page("audit, up to an early day", auditor, f"audit/?last={day}")
        yield self.page("audit, from an early day", auditor, f"audit/?first={day}")
        yield self.page("audit, a person on a day", auditor, f"audit/?person={quote('经办33')}&first={day}&last={day}")

        interface = f"/api/v1/{LARGE}"
        yield self.page("interface, projects", busy, f"{interface}/projects/")
        yield self.page("interface, a project", busy, f"{interface}/projects/{project}/")
        yield self.page("interface, steps", busy, f"{interface}/steps/")
        yield self.page("interface, open steps", busy, f"{interface}/steps/?state=open")
        yield self.page("interface, steps far on", busy, f"{interface}/steps/?state=open&after={step.pk}")
        yield self.page("interface, declarations", "filer-3", f"{interface}/declarations/")

    def searches(self) -> Iterator[Line]:
        """The statements of a search and of the first page that it finds."""
        with enter(self.county):
            project = Project.objects.order_by("pk")[700]
            office, filer, wan = project.applicant.name, project.filed_by.name, (project.investment or 0) / 10_000
        for what, text in (
            ("a name", project.name),
            ("two characters", "水务"),
            ("one character", "务"),
            ("words, each common", "平台 智慧 水务"),
            ("words that never meet", "平台 系统"),
            ("a number", project.number[1:]),
            ("an amount", f"{wan:f}万"),
            ("a unit", office),
            ("a person and a word", f"{filer} 平台"),
            ("first letters", "zhsw"),
            ("what is nowhere", "没有"),
        ):
            yield self.search(what, text)

    def search(self, what: str, text: str) -> Line:
        """A search, by itself."""
        seconds, found = [], 0
        for _time in range(self.times):
            with enter(self.county), CaptureQueriesContext(connection) as captured:
                found = len(Project.objects.holding(text).order_by("-pk").values_list("pk", "name")[:51])
            seconds.append(sum(float(query["time"]) for query in captured))
        return Line(f"search, {what}", "search", seconds, len(captured), f"{found} found")

    def _number(self, project: int) -> str:
        with enter(self.county):
            return Project.objects.get(pk=project).number.removeprefix("S")

    def busiest(self) -> tuple[Any, str]:
        """The office where most waits, and the name of one who reviews there."""
        with enter(self.county), connection.cursor() as cursor:
            cursor.execute(
                "SELECT office_id FROM workflow_workitem AS item JOIN accounts_membership USING (office_id)"
                " WHERE closed_at IS NULL AND role IN ('reviewer', 'secretary', 'finance')"
                " GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
            )
            office = cursor.fetchone()[0]
            member = Membership.objects.filter(office_id=office, role__in=("reviewer", "secretary", "finance")).first()
            member = Membership.objects.select_related("office", "user").get(pk=member.pk)
            return member.office, member.user.username

    def _member(self, what: str) -> str:
        assert what == "meeting"
        with enter(self.county):
            return Membership.objects.filter(role="secretary").select_related("user").first().user.username

    def _fullest(self) -> tuple[int, int]:
        """The project with the longest history, and the number of the county's entries."""
        with enter(self.county), connection.cursor() as cursor:
            cursor.execute(
                "SELECT project_id FROM workflow_auditentry WHERE project_id IS NOT NULL"
                " GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
            )
            project = cursor.fetchone()[0]
            return project, AuditEntry.objects.order_by("-sequence").first().sequence

    def _hundredth(self, office: int) -> str:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT due_on, id FROM workflow_workitem WHERE office_id = %s AND closed_at IS NULL"
                " ORDER BY due_on, id OFFSET least(4999, (SELECT count(*) - 10 FROM workflow_workitem"
                " WHERE office_id = %s AND closed_at IS NULL)) LIMIT 1",
                [office, office],
            )
            day, pk = cursor.fetchone()
        return f"{day or '-'}.{pk}"

    def _older(self, who: str, path: str) -> str:
        text = self.client(who).get(f"/{LARGE}/{path}").content.decode()
        found = re.search(r"[?&;]after=([^\"&]+)", text)
        return found.group(1) if found else ""

    # --- writing ----------------------------------------------------------------------------------------------

    def decisions(self) -> Iterator[Line]:
        """Decisions of a single office, each on a project of its own, as the form posts them."""
        with enter(self.county):
            items = list(
                WorkItem.objects.filter(closed_at=None, duty="decide", step__kind="single", step__state=StepState.OPEN)
                .exclude(step__rule__has_key="documents")
                .select_related("step", "project")
                .order_by("pk")[: self.times + 1]
            )
            if not items:
                items = list(
                    WorkItem.objects.filter(
                        closed_at=None, duty="decide", step__kind="single", step__state=StepState.OPEN
                    )
                    .select_related("step", "project")
                    .order_by("pk")[: self.times + 1]
                )
            members = {
                item.pk: Membership.objects.filter(office=item.office_id, role__in=("reviewer", "secretary", "finance"))
                .exclude(user=item.project.filed_by_id)
                .select_related("user")
                .first()
                .user.username
                for item in items
            }
        seconds, queries = [], 0
        for number, item in enumerate(items):
            client = self.client(members[item.pk])
            asks = {f"ask-{key}": "已核" for key in item.step.rule.get("asks", [])}
            data = {"version": item.step.version, "outcome": "approve", "reason": "同意", **asks}
            address = f"/{LARGE}/steps/{item.step_id}/decide/"
            with CaptureQueriesContext(connection) as captured:
                begun = time.perf_counter()
                answer = client.post(address, data)
                spent = time.perf_counter() - begun
            if answer.status_code != 302:
                raise RuntimeError(f"decision on step {item.step_id}: {answer.status_code}")
            if number:
                seconds.append(spent)
            queries = len(captured)
        yield Line("decision, posted", "page", seconds, queries)

    def likeness(self) -> Iterator[Line]:
        """A new declaration compared with the county's projects, as handing in does it."""
        seconds, found = [], 0
        with enter(self.county):
            some = list(
                Project.objects.filter(state=ProjectState.RUNNING)
                .select_related("applicant", "owner_unit", "county", "rule_version")
                .order_by("-pk")[10 : 10 + self.times + 1]
            )
        for project in some:
            with enter(self.county):
                begun = time.perf_counter()
                found += len(likeness.compare(actor=SYSTEM, project=project))
                seconds.append(time.perf_counter() - begun)
        yield Line("likeness of a declaration", "likeness", seconds[1:], 0, f"{found} found")

    # --- the worker -------------------------------------------------------------------------------------------

    def worker(self) -> Iterator[Line]:
        """Sweeps, mails, the daily task, deadlines computed anew."""
        timers.sweep()
        yield self._timed("sweep, nothing due", "idle", timers.sweep)
        with timers.as_timer(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT due_at FROM workflow_deadline WHERE state = 'running' AND fired_at IS NULL"
                " ORDER BY due_at OFFSET %s LIMIT 1",
                [self.due - 1],
            )
            row = cursor.fetchone()
        moment = row[0] + dt.timedelta(seconds=1) if row else timezone.now()
        begun = time.perf_counter()
        swept = timers.sweep(now=moment)
        spent, acts = time.perf_counter() - begun, swept.fired + swept.reminded
        note = (
            f"{swept.fired:,} fired, {swept.reminded:,} reminded, {swept.failed} failed, {acts / spent:,.0f} a second"
        )
        yield Line("sweep of many, for each", "swept", [spent / max(acts, 1)], 0, note)
        yield self._timed("sweep after it", "idle", lambda: timers.sweep(now=moment))
        with mock.patch("workflow.notices.mail.get_connection", EmailBackend):
            begun = time.perf_counter()
            sent = mail.deliver()
            spent = time.perf_counter() - begun
            yield Line(
                "mail, claimed and sent, for each", "act", [spent / max(sent, 1)], 0, f"{sent:,} sent, {spent:.1f} s"
            )
            yield self._timed("mail, nothing waits", "idle", mail.deliver)
        counties = County.objects.filter(is_active=True).count()
        begun = time.perf_counter()
        tasks.daily()
        spent = time.perf_counter() - begun
        yield Line("daily task, for each county", "daily", [spent / counties], 0, f"{counties} counties, {spent:.1f} s")
        yield self._recomputed()

    def _timed(self, what: str, kind: str, act: Callable[[], object]) -> Line:
        with CaptureQueriesContext(connection) as captured:
            act()
        queries = len(captured)
        seconds = []
        for _time in range(self.times):
            begun = time.perf_counter()
            act()
            seconds.append(time.perf_counter() - begun)
        return Line(what, kind, seconds, queries)

    def _recomputed(self) -> Line:
        """A day entered anew moves what runs across it; entered again, it moves back at the next run."""
        day = clock.today() + dt.timedelta(days=3)
        with enter(self.county):
            working = clock.working_calendar().is_working(day)
            running = Deadline.objects.filter(state__in=("running", "paused"), amount__isnull=False).count()
        started = timezone.now()
        CalendarDay.objects.update_or_create(county=self.county, day=day, defaults={"working": not working, "name": ""})
        begun = time.perf_counter()
        tasks.recompute_deadlines(self.county.pk)
        spent = time.perf_counter() - begun
        with enter(self.county):
            moved = DeadlineChange.objects.filter(changed_at__gte=started).count()
        return Line(
            "deadlines computed anew, for each",
            "act",
            [spent / max(running, 1)],
            0,
            f"{running:,} running, {moved:,} moved, {spent:.1f} s",
        )

    def proof(self) -> Iterator[Line]:
        """The large county's whole chain."""
        begun = time.perf_counter()
        checked = verification.verify(self.county)
        spent = time.perf_counter() - begun
        if checked.broken is not None:
            raise RuntimeError(f"the chain is broken at {checked.broken}")
        yield Line(
            "verify_audit, for a thousand entries",
            "proof",
            [spent / max(checked.entries, 1) * 1000],
            0,
            f"{checked.entries:,} entries, {spent:.1f} s",
        )


def numbers() -> dict[str, int]:
    """How many rows there are, by PostgreSQL's own estimate."""
    tables = {
        model._meta.db_table: str(model._meta.verbose_name_plural)
        for model in (Project, Step, WorkItem, Deadline, AuditEntry, Outbox)
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, reltuples::bigint FROM pg_class WHERE relname = ANY(%s)", [list(tables)])
        return {tables[name]: count for name, count in cursor.fetchall()}
