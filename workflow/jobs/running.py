"""The worker's side of a job: claim, steps with signs of life, end; and jobs whose worker died.

The database is the truth. A job is claimed by locking its row (SKIP LOCKED) and numbered by its attempt; each step
proves at its end that the job is still this attempt's, else its transaction is rolled back. A worker that is killed
gives no sign of life any more: after `LEASE` the job is queued again, and failed after `ATTEMPTS`.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.actors import SYSTEM, Actor
from accounts.refusals import NotPermitted, Refusal
from jurisdictions.models import County
from jurisdictions.scope import enter
from workflow.clocks import clock
from workflow.clocks.timers import as_timer
from workflow.jobs.kinds import UnknownJobKind, kind_of
from workflow.jobs.services import result_path
from workflow.machines.runner import perform
from workflow.models import Job, JobState

LEASE = dt.timedelta(minutes=2)  # longer than any step takes
ATTEMPTS = 3
KEPT_DAYS = 14
log = structlog.get_logger(__name__)


class Stopped(Exception):
    """The job was cancelled, or another worker has it: nothing more of it is done here."""


@dataclass(frozen=True)
class Result:
    """What came of a job: a sentence for its owner, and the name and kind of the file that was written."""

    summary: str = ""
    name: str = ""
    content_type: str = ""


@dataclass
class Run:
    """One attempt at a job."""

    county: County
    job: Job
    attempt: int
    arguments: dict[str, Any]
    memory: dict[str, Any]
    progress: int = 0
    total: int | None = None
    written: Path | None = field(default=None, repr=False)

    @contextmanager
    def step(self) -> Iterator[Actor]:
        """Do a part of the work in a transaction of its own, as the person who wants it; their role is looked up anew.

        At its end progress, total and memory are written with a sign of life. Raises `Stopped` where the job is not
        this run's any more, `NotPermitted` where the person has lost the role.
        """
        with enter(self.county, user_id=self.job.owner_id):
            yield self._actor()
            mine = Job.objects.filter(pk=self.job.pk, state=JobState.RUNNING, attempts=self.attempt)
            if not mine.update(
                progress=self.progress, total=self.total, memory=self.memory, heartbeat_at=timezone.now()
            ):
                raise Stopped

    def _actor(self) -> Actor:
        job: Job = (
            Job.objects.select_related("membership__user", "membership__office", "owner")
            .filter(pk=self.job.pk, state=JobState.RUNNING, attempts=self.attempt)
            .first()
        ) or self._stop()
        if job.owner is None:
            return SYSTEM
        held = job.membership
        if held is None or not held.is_active or not held.user.is_active:
            raise NotPermitted(_("The role in which this was asked for has ended."))
        actor = Actor(user=held.user, membership=held)
        if not kind_of(job.kind).is_open_to(actor):
            raise NotPermitted(_("Your role does not allow this."))
        return actor

    def _stop(self) -> Job:
        raise Stopped

    @contextmanager
    def file(self) -> Iterator[IO[bytes]]:
        """Write the job's file: it takes its place when the job is done, whole or not at all."""
        place = result_path(self.job)
        place.parent.mkdir(parents=True, exist_ok=True)
        self.written = place.with_name(f".new-{self.job.pk}-{self.attempt}")
        with self.written.open("w+b") as opened:
            yield opened
            opened.flush()
            os.fsync(opened.fileno())


# --- finding work ---------------------------------------------------------------------------------------------


def counties_with(state: str, *, silent_since: dt.datetime | None = None) -> list[int]:
    """The counties in which a job is in this state (with `silent_since`: and gave its last sign of life before)."""
    with as_timer(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT county_id FROM workflow_job"
            " WHERE state = %s AND state IN ('queued', 'running')"
            " AND (%s::timestamptz IS NULL OR heartbeat_at < %s::timestamptz) ORDER BY 1",
            [state, silent_since, silent_since],
        )
        return [row[0] for row in cursor.fetchall()]


def work(*, now: dt.datetime | None = None) -> int:
    """Take up what dead workers left, then carry out what waits, one of each county in turn. Returns how many."""
    take_up(now=now)
    done = 0
    while waiting := counties_with(JobState.QUEUED):
        taken = [work_one(county) for county in County.objects.filter(pk__in=waiting).order_by("pk")]
        if not any(taken):
            break
        done += sum(taken)
    return done


def take_up(*, now: dt.datetime | None = None) -> int:
    """Queue again, or fail for good, the jobs whose worker gave no sign of life for `LEASE`. Returns how many."""
    since = (now or timezone.now()) - LEASE
    found = 0
    for county in County.objects.filter(pk__in=counties_with(JobState.RUNNING, silent_since=since)):
        with enter(county):
            silent = Job.objects.filter(state=JobState.RUNNING, heartbeat_at__lt=since)
            for job in silent.select_for_update(of=("self",), skip_locked=True, no_key=True).order_by("pk"):
                found += 1
                for left in result_path(job).parent.glob(f".new-{job.pk}-*"):
                    left.unlink(missing_ok=True)
                log.warning("job_without_worker", job=job.pk, attempt=job.attempts, county=county.code)
                if job.attempts < ATTEMPTS:
                    perform(job, "requeue", actor=SYSTEM, fields={"heartbeat_at": None}, is_locked=True)
                    continue
                with translation.override(job.language or settings.LANGUAGE_CODE):
                    said = _("The worker broke off %(count)s times. Please start it again with less, or tell support.")
                _fail(job, said % {"count": job.attempts}, is_locked=True)
    return found


def work_one(county: County) -> bool:
    """Claim the county's oldest job that waits, and carry it out. False where none waits."""
    with enter(county):
        job = (
            Job.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
            .filter(state=JobState.QUEUED)
            .order_by("pk")
            .first()
        )
        if job is None:
            return False
        now = timezone.now()
        begun = {"attempts": job.attempts + 1, "started_at": job.started_at or now, "heartbeat_at": now}
        perform(job, "begin", actor=SYSTEM, fields=begun, is_locked=True)
    run = Run(county, job, job.attempts, dict(job.arguments), dict(job.memory), job.progress, job.total)
    with translation.override(job.language or settings.LANGUAGE_CODE):
        _carry_out(run)
    return True


def _carry_out(run: Run) -> None:
    try:
        result = kind_of(run.job.kind).function(run)
        _finish(run, result)
    except Stopped:
        log.info("job_stopped", job=run.job.pk, county=run.county.code)
    except Refusal as refusal:
        _end_badly(run, refusal.message)
    except UnknownJobKind:
        _end_badly(run, _("This kind of job is not known any more."))
    except Exception:
        log.exception("job_failed", job=run.job.pk, kind=run.job.kind, county=run.county.code)
        said = _("The program made an error; nothing was kept. Please tell support the number of this job: %(number)s.")
        _end_badly(run, said % {"number": run.job.pk})
    finally:
        if run.written is not None:
            run.written.unlink(missing_ok=True)


def _finish(run: Run, result: Result) -> None:
    with enter(run.county):
        if not _still_ours(run):
            raise Stopped
        fields: dict[str, Any] = {"ended_at": timezone.now(), "summary": result.summary[:300]}
        if result.name and run.written is not None:
            fields |= {
                "result_name": result.name[:200],
                "result_type": result.content_type,
                "result_size": run.written.stat().st_size,
                "result_until": clock.today() + dt.timedelta(KEPT_DAYS),
            }
        perform(run.job, "finish", actor=SYSTEM, fields=fields)
        if run.written is not None:
            os.replace(run.written, result_path(run.job))


def _end_badly(run: Run, said: str) -> None:
    with enter(run.county), suppress(Stopped):
        if _still_ours(run):
            _fail(run.job, said)


def _still_ours(run: Run) -> bool:
    mine = Job.objects.filter(pk=run.job.pk, state=JobState.RUNNING, attempts=run.attempt)
    return mine.select_for_update(no_key=True).exists()


def _fail(job: Job, said: str, *, is_locked: bool = False) -> None:
    with transaction.atomic():
        fields = {"ended_at": timezone.now(), "error": said[:1000]}
        perform(job, "fail", actor=SYSTEM, fields=fields, is_locked=is_locked)
