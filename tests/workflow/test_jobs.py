"""Jobs: claimed once, in steps, with progress; cancelled, broken off and taken up again; the owner's alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Membership
from accounts.refusals import NotPermitted, Refusal, WrongState
from jurisdictions.scope import current_county, enter
from tests.opened import opened
from tests.people import Town, client_for
from workflow.jobs import running, services
from workflow.jobs.kinds import JobKind
from workflow.jobs.running import Result, Run
from workflow.models import AuditEntry, Job, JobState
from workflow.stages import Stage

Work = Callable[[Run], Result]


@pytest.fixture
def work() -> Iterator[Callable[..., None]]:
    """Give the kind `try` a function of the test's own."""
    with ExitStack() as left:

        def make(function: Work, *, permission: str = "") -> None:
            left.close()
            left.enter_context(opened(Stage("test", jobs=(JobKind("try", "试", function, permission),))))

        yield make


def started(town: Town, *, person: str = "filer", **arguments: Any) -> Job:
    with enter(town.county):
        return services.start(actor=town.people[person].actor, kind="try", arguments=arguments)


def fresh(town: Town, job: Job) -> Job:
    with enter(town.county):
        return Job.objects.get(pk=job.pk)


def entries(town: Town) -> list[tuple[str, str]]:
    with enter(town.county):
        found = AuditEntry.objects.filter(object_type="workflow.job").order_by("sequence")
        return list(found.values_list("action", "actor_role"))


def writing(run: Run) -> Result:
    with run.file() as file:
        for number in range(3):
            with run.step() as actor:
                assert current_county() == run.county and actor.user is not None
                file.write(f"{number}{actor.user.username}\n".encode())
                run.progress, run.total = number + 1, 3
    return Result(summary="三行", name="a.txt", content_type="text/plain")


def test_job_runs_in_its_countys_scope_and_its_owner_takes_the_file(alpha: Town, work) -> None:
    work(writing)
    job = started(alpha, x=1)
    assert running.work() == 1
    assert current_county() is None
    done = fresh(alpha, job)
    assert (done.state, done.progress, done.total, done.summary) == (JobState.DONE, 3, 3, "三行")
    assert entries(alpha) == [("job.start", "filer"), ("job.begin", "system"), ("job.finish", "system")]
    answer: Any = client_for(alpha.filer).get(f"/{alpha.code}/jobs/{job.pk}/result/")
    name = alpha.filer.user.username
    assert b"".join(answer.streaming_content).decode() == f"0{name}\n1{name}\n2{name}\n"
    assert answer["Content-Disposition"] == 'attachment; filename="a.txt"'


def test_nobody_but_the_owner_finds_a_job(alpha: Town, work) -> None:
    work(writing)
    job = started(alpha)
    running.work()
    for person in (alpha.second_filer, alpha.admin, alpha.auditor):
        browser = client_for(person)
        for address in ("", "result/"):
            assert browser.get(f"/{alpha.code}/jobs/{job.pk}/{address}").status_code == 404
        assert browser.post(f"/{alpha.code}/jobs/{job.pk}/cancel/").status_code == 404
        assert browser.get(f"/{alpha.code}/jobs/").context["table"].rows == []


def test_who_lost_the_role_gets_neither_work_nor_file(alpha: Town, work) -> None:
    work(writing)
    before, after = started(alpha, n=1), started(alpha, n=2)
    with enter(alpha.county):
        running.work_one(alpha.county)
        held = Membership.objects.filter(pk=alpha.filer.membership.pk)
        held.update(is_active=False)
    other = started(alpha, person="second_filer")
    running.work()
    assert [fresh(alpha, one).state for one in (before, after, other)] == ["done", "failed", "done"]
    assert "结束" in fresh(alpha, after).error
    assert client_for(alpha.filer).get(f"/{alpha.code}/jobs/{before.pk}/result/").status_code == 404


def test_kind_with_a_permission_is_refused_to_others(alpha: Town, work) -> None:
    work(writing, permission="audit.view")
    with pytest.raises(NotPermitted):
        started(alpha)
    assert started(alpha, person="auditor").state == JobState.QUEUED


def test_progress_of_each_step_is_seen_while_the_job_works(alpha: Town, work) -> None:
    seen = []

    def function(run: Run) -> Result:
        for number in (1, 2):
            with run.step():
                run.progress, run.total = number, 2
            page = client_for(alpha.filer).get(f"/{alpha.code}/jobs/{run.job.pk}/")
            seen.append((page.context["job"].state, page.context["job"].progress, "every 1s" in page.content.decode()))
        return Result()

    work(function)
    job = started(alpha)
    running.work()
    assert seen == [("running", 1, True), ("running", 2, True)]
    assert "every 1s" not in client_for(alpha.filer).get(f"/{alpha.code}/jobs/{job.pk}/").content.decode()


def test_refusal_and_error_of_a_program_are_told_to_the_owner(alpha: Town, work) -> None:
    def function(run: Run) -> Result:
        with run.step():
            if run.arguments["how"] == "refusal":
                raise Refusal("太大了")
            raise RuntimeError("secret detail")

    work(function)
    refused, broken = started(alpha, how="refusal"), started(alpha, how="error")
    running.work()
    assert (fresh(alpha, refused).state, fresh(alpha, refused).error) == ("failed", "太大了")
    said = fresh(alpha, broken).error
    assert str(broken.pk) in said and "secret" not in said


def test_cancelled_job_stops_at_its_next_step_and_writes_nothing_of_it(alpha: Town, work) -> None:
    def function(run: Run) -> Result:
        with run.step():
            run.progress = 1
        assert client_for(alpha.filer).post(f"/{alpha.code}/jobs/{run.job.pk}/cancel/").status_code == 302
        with run.step():
            raise AssertionError("worked on after it was cancelled")
        return Result()

    work(function)
    job = started(alpha)
    running.work()
    assert (fresh(alpha, job).state, fresh(alpha, job).progress) == ("cancelled", 1)
    assert entries(alpha)[-1] == ("job.cancel", "filer")
    with enter(alpha.county), pytest.raises(WrongState):
        services.cancel(actor=alpha.filer.actor, job=job)


def test_job_of_a_dead_worker_is_taken_up_where_it_stopped(alpha: Town, work) -> None:
    class Killed(BaseException):
        """What a killed worker looks like from inside: nothing after it runs."""

    worked = []

    def function(run: Run) -> Result:
        for number in range(run.memory.get("next", 0), 4):
            with run.step():
                worked.append(number)
                run.memory["next"] = number + 1
            if number == 1 and run.attempt == 1:
                raise Killed
        return Result()

    work(function)
    job = started(alpha)
    with pytest.raises(Killed):
        running.work()
    assert (running.take_up(), fresh(alpha, job).state) == (0, "running")  # it may yet be alive
    running.work(now=timezone.now() + running.LEASE + dt.timedelta(seconds=1))
    assert (fresh(alpha, job).state, fresh(alpha, job).attempts, worked) == ("done", 2, [0, 1, 2, 3])
    assert [action for action, _role in entries(alpha)].count("job.requeue") == 1


def test_job_that_kills_its_worker_each_time_is_failed_for_good(alpha: Town, work) -> None:
    work(writing)
    job = started(alpha)
    late = timezone.now() + running.LEASE + dt.timedelta(minutes=1)
    for _attempt in range(running.ATTEMPTS):
        with enter(alpha.county):
            row = Job.objects.get(pk=job.pk)
            running.perform(
                row,
                "begin",
                actor=running.SYSTEM,
                fields={"attempts": row.attempts + 1, "heartbeat_at": row.created_at},
            )
        running.take_up(now=late)
    assert fresh(alpha, job).state == JobState.FAILED
    assert str(running.ATTEMPTS) in fresh(alpha, job).error


def test_worker_thought_dead_writes_nothing_once_another_has_its_job(alpha: Town, work) -> None:
    def function(run: Run) -> Result:
        if run.attempt == 1:
            running.take_up(now=timezone.now() + running.LEASE + dt.timedelta(minutes=1))
            running.work_one(run.county)
        with run.step():
            run.progress = run.attempt
        return Result(summary=str(run.attempt))

    work(function)
    job = started(alpha)
    running.work()
    assert (fresh(alpha, job).summary, fresh(alpha, job).progress) == ("2", 2)


def test_asked_for_twice_it_is_done_once_and_a_person_has_so_many_only(alpha: Town, work) -> None:
    work(writing)
    assert started(alpha, n=0).pk == started(alpha, n=0).pk
    for number in range(1, services.MOST_UNFINISHED):
        started(alpha, n=number)
    with pytest.raises(services.TooManyJobs):
        started(alpha, n=99)
    assert started(alpha, person="second_filer", n=99).state == JobState.QUEUED


def test_one_county_with_much_to_do_does_not_hold_another(cast, work) -> None:
    order: list[str] = []

    def function(run: Run) -> Result:
        order.append(run.county.code)
        return Result()

    work(function)
    for number in range(3):
        started(cast.alpha, n=number)
    started(cast.beta)
    assert running.work() == 4
    assert order.index(cast.beta.code) < 2


def test_worker_sees_where_a_job_waits_and_nothing_of_it(alpha: Town, work) -> None:
    work(writing)
    started(alpha)
    assert running.counties_with(JobState.QUEUED) == [alpha.county.pk]
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('role')")
        assert cursor.fetchone() == ("none",)


def test_files_are_removed_after_their_last_day(alpha: Town, work) -> None:
    work(writing)
    job = started(alpha)
    running.work()
    done = fresh(alpha, job)
    path = services.result_path(done)
    assert done.result_until is not None
    assert path.exists() and services.forget_results(county=alpha.county) == 0
    with enter(alpha.county):
        Job.objects.filter(pk=job.pk).update(result_until=done.result_until - dt.timedelta(running.KEPT_DAYS + 1))
    assert services.forget_results(county=alpha.county) == 1
    assert not path.exists()
    assert client_for(alpha.filer).get(f"/{alpha.code}/jobs/{job.pk}/result/").status_code == 404
