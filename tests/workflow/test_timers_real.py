"""A real worker, killed with -9 in the middle of its work, its broker thrown away: nothing lost, nothing doubled."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from celery import Celery
from django.conf import settings
from django.db import connection
from django.utils import timezone

from jurisdictions.scope import enter
from tests.people import Town
from tests.workflow.work import make_project
from workflow.clocks import clock
from workflow.jobs import running
from workflow.jobs.services import result_path
from workflow.listings.export import start_export
from workflow.models import AuditEntry, Deadline, Job, Message, Outbox
from workflow.notices import notify
from workflow.trail import verification

ROOT = Path(__file__).resolve().parents[2]
MANY = 1_500  # several batches of a sweep
PATIENCE = 60  # seconds, for a machine under load; the test itself takes a few


class House:
    """A worker of our own on the test database, with a broker directory of its own, woken up as beat would."""

    def __init__(self, environment: dict[str, str], directory: Path, *queues: str) -> None:
        self.directory = directory
        self.environment = {
            **environment,
            "XUNZHANG_VAR": str(directory),
            "BROKER_URL": "",
            "CELERY_QUEUE": "",
            "LOG_LEVEL": "WARNING",
        }
        self.name = environment["XUNZHANG_TEST_NAME"]
        self.queues = queues or ("timers", "mail", "jobs")
        self.process: subprocess.Popen[bytes] | None = None
        self.log = (directory / "worker.log").open("ab")

    @property
    def broker(self) -> Path:
        return self.directory / "broker"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "celery",
                "-A",
                "config.celery",
                "worker",
                "--concurrency=2",
                "--loglevel=WARNING",
                "--without-gossip",
                "--without-mingle",
                "--without-heartbeat",
                "--queues",
                ",".join(f"{self.name}-{queue}" for queue in self.queues),
                "--hostname",
                f"{'-'.join(self.queues)}@%h",
            ],
            cwd=ROOT,
            env=self.environment,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def wake(self, task: str = "workflow.tasks.sweep", queue: str = "timers") -> None:
        """What beat does every minute."""
        folder = self.broker / self.name
        for name in ("messages", "control", "processed"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        options = {
            "data_folder_in": str(folder / "messages"),
            "data_folder_out": str(folder / "messages"),
            "control_folder": str(folder / "control"),
            "processed_folder": str(folder / "processed"),
        }
        with Celery(broker="filesystem://", set_as_current=False) as app:
            app.conf.broker_transport_options = options
            app.send_task(task, queue=f"{self.name}-{queue}")

    def until(
        self, done: Callable[[], bool], *, waking: bool = True, task: str = "sweep", queue: str = "timers"
    ) -> None:
        """Look every moment whether it is done, waking the worker each second; a dead worker fails the test."""
        assert self.process is not None
        end, next_wake = time.monotonic() + PATIENCE, 0.0
        while not done():
            if waking and time.monotonic() >= next_wake:
                self.wake(f"workflow.tasks.{task}", queue)
                next_wake = time.monotonic() + 1
            try:
                self.process.wait(timeout=0.02)
            except subprocess.TimeoutExpired:
                assert time.monotonic() < end, self.said()
            else:
                raise AssertionError(f"the worker ended by itself: {self.said()}")

    def said(self) -> str:
        return (self.directory / "worker.log").read_text(errors="replace")[-3000:]


@pytest.fixture
def houses(committed: None, process_environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Make workers of the queues named (none: all of them); they are ended afterwards."""
    made: list[House] = []

    def make(*queues: str) -> House:
        made.append(House(process_environment, tmp_path, *queues))
        return made[-1]

    yield make
    for one in made:
        one.kill()
        one.log.close()
    # A killed worker's connections are closed before the tables are emptied.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture
def house(houses: Callable[..., House]) -> House:
    return houses()


def overdue_rows(town: Town, count: int) -> None:
    project = make_project(town)
    due = clock.today() - clock.ONE
    with enter(town.county):
        Deadline.objects.bulk_create(
            Deadline(
                county=town.county,
                project=project,
                key="proposal",
                party="authority",
                office=town.duty["drc"],
                started_on=due,
                due_on=due,
                due_at=clock.end_of(due),
                articles=["DA-24"],
            )
            for _ in range(count)
        )


def fired(town: Town) -> int:
    with enter(town.county):
        return Deadline.objects.exclude(fired_at=None).count()


def test_killed_worker_and_lost_broker_lose_and_double_nothing(committed_alpha: Town, house: House) -> None:
    town = committed_alpha
    overdue_rows(town, MANY)
    house.start()
    house.until(lambda: fired(town) > 0)
    house.kill()
    assert 0 < fired(town) < MANY, "killed too late to be in the middle of the work"
    shutil.rmtree(house.broker)
    house.start()
    house.until(lambda: fired(town) == MANY)
    # Woken up twice more at once, by two workers: nothing is left to do, and nothing is done.
    house.wake()
    house.wake()
    overdue_rows(town, 1)
    house.until(lambda: fired(town) == MANY + 1)
    with enter(town.county):
        marks = Counter(AuditEntry.objects.filter(action="deadline.overdue").values_list("object_id", flat=True))
        assert set(marks) == set(Deadline.objects.values_list("pk", flat=True))
        assert set(marks.values()) == {1}
        notices = Counter(Message.objects.filter(kind="overdue").values_list("user_id", "key"))
        readers = {town.drc.user.pk, town.filer.user.pk, town.second_filer.user.pk, town.owner.user.pk}
        assert set(notices.values()) == {1}
        assert len(notices) == len(readers) * (MANY + 1)
        assert {user for user, _key in notices} == readers
    assert verification.verify(town.county).broken is None


def test_two_workers_send_each_mail_once(committed_alpha: Town, house: House, tmp_path: Path) -> None:
    """Both processes of the worker are woken at once; every e-mail lies in the mail folder once."""
    town, many = committed_alpha, 25
    with enter(town.county):
        for number in range(many):
            notify.tell(kind="returned", key=f"k{number}", data={"what": "joint_review"}, users=[town.filer.user])
    house.environment["DJANGO_SETTINGS_MODULE"] = "tests.workflow.mail_settings"
    house.environment["MAIL_FOLDER"] = str(tmp_path / "mail")
    house.wake("workflow.tasks.deliver", "mail")
    house.wake("workflow.tasks.deliver", "mail")
    house.start()

    def all_sent() -> bool:
        with enter(town.county):
            return not Outbox.objects.filter(sent_at=None).exists()

    house.until(all_sent, waking=False)
    written = "".join(path.read_text() for path in (tmp_path / "mail").iterdir())
    sent = Counter(line for line in written.splitlines() if line.startswith("Message-ID: "))
    assert (len(sent), set(sent.values())) == (many, {1})


def test_a_mail_server_that_never_answers_holds_no_deadline(
    committed_alpha: Town, houses: Callable[..., House]
) -> None:
    """As `make demo` and compose run them: the worker of one queue waits, that of the other works."""
    town = committed_alpha
    with enter(town.county):
        notify.tell(kind="returned", key="k", data={"what": "joint_review"}, users=[town.filer.user])
    overdue_rows(town, 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mail, timers = houses("mail"), houses("timers")
        silent.settimeout(PATIENCE)
        mail.environment["DJANGO_SETTINGS_MODULE"] = "tests.workflow.silent_mail_settings"
        mail.environment["EMAIL_HOST"], mail.environment["EMAIL_PORT"] = map(str, silent.getsockname())
        mail.wake("workflow.tasks.deliver", "mail")
        mail.start()
        timers.start()
        connection_held, _address = silent.accept()  # the mail worker waits for a greeting that never comes
        with connection_held:
            timers.until(lambda: fired(town) == 1)
            with enter(town.county):
                assert Outbox.objects.filter(sent_at=None, attempts=0).exists()


def test_a_job_whose_worker_is_killed_is_resumed_or_failed_by_name_and_done_once(
    committed_alpha: Town, houses: Callable[..., House]
) -> None:
    town, many, jobs = committed_alpha, 4_000, houses("jobs")
    jobs.environment["DOCUMENTS_DIR"] = str(settings.MEDIA_ROOT)
    with enter(town.county):
        Message.objects.bulk_create(
            Message(county=town.county, user=town.filer.user, kind="returned", key=f"{number}", data={"what": "plan"})
            for number in range(many)
        )

    def asked(form: str) -> Job:
        with enter(town.county):
            return start_export(actor=town.filer.actor, key="messages", query="", form=form)

    def fresh(job: Job) -> Job:
        with enter(town.county):
            return Job.objects.get(pk=job.pk)

    def killed_in_the_middle(job: Job) -> None:
        """Kill its worker while it works, and let the time pass after which it counts as dead."""
        jobs.start()
        jobs.until(lambda: fresh(job).progress > 0, task="work_jobs", queue="jobs")
        jobs.kill()
        now = fresh(job)
        assert (now.state, 0 < now.progress < many) == ("running", True), "killed too late to be in the middle"
        with enter(town.county):
            Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - 2 * running.LEASE)

    resumed, given_up = asked("csv"), asked("xlsx")
    killed_in_the_middle(resumed)
    jobs.start()
    jobs.until(lambda: fresh(resumed).state == "done", task="work_jobs", queue="jobs")
    jobs.until(lambda: fresh(given_up).state != "queued", task="work_jobs", queue="jobs")
    jobs.kill()
    with enter(town.county):
        Job.objects.filter(pk=given_up.pk).update(
            attempts=running.ATTEMPTS, heartbeat_at=timezone.now() - 2 * running.LEASE
        )
    assert running.take_up() == 1
    assert (fresh(given_up).state, str(running.ATTEMPTS) in fresh(given_up).error) == ("failed", True)
    done = fresh(resumed)
    assert (done.attempts, done.progress, done.total) == (2, many, many)
    with result_path(done).open(encoding="utf-8-sig", newline="") as file:
        assert sum(1 for row in csv.reader(file) if any("退回" in cell for cell in row)) == many
    assert [path.name for path in result_path(done).parent.iterdir()] == [str(done.pk)]
    with enter(town.county):
        entries = AuditEntry.objects.filter(object_type="workflow.job", object_id=done.pk).order_by("sequence")
        told = [action.removeprefix("job.") for action in entries.values_list("action", flat=True)]
    assert told == ["start", "begin", "requeue", "begin", "finish"]
    assert verification.verify(town.county).broken is None
