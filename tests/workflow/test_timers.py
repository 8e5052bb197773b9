"""The sweep: reminders, overdue marks and handlers, each exactly once and only where something is due."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date

import pytest
import time_machine
from django.db import connection

from accounts.actors import SYSTEM
from jurisdictions.scope import enter
from tests.opened import opened
from tests.people import Cast, Town
from tests.workflow.work import arranged, make_project, make_step, noon, open_with_item, rule, running
from workflow.clocks import deadlines, pauses, timers
from workflow.models import AuditEntry, Deadline, DeadlineState, Message
from workflow.stages import Stage, Timer

DUE = date(2026, 3, 9)
ON_THE_DAY = noon(2026, 3, 9)
AFTER = noon(2026, 3, 10)
SWEEP_STATEMENTS = 25  # of one county and one batch: scope, claim, mark, members, notices, entries, no reminders


@pytest.fixture
def handler() -> Iterator[Callable[[str, Callable[[Deadline], None]], None]]:
    """A timer of a stage that the test opens."""
    with ExitStack() as left:

        def when(key: str, act: Callable[[Deadline], None]) -> None:
            left.enter_context(opened(Stage(key, timers=(Timer(key, on_passing=act),))))

        yield when


def reload(town: Town, row: Deadline) -> Deadline:
    with enter(town.county):
        return Deadline.objects.get(pk=row.pk)


def clean_text(town: Town, kind: str) -> list[str]:
    with enter(town.county):
        return sorted(Message.objects.filter(kind=kind).values_list("user__username", flat=True))


@time_machine.travel(noon(2026, 3, 2), tick=False)
def test_deadline_is_overdue_after_its_day_has_ended_and_not_before(alpha: Town) -> None:
    row = running(alpha, make_project(alpha), due_on=DUE)
    last_second = row.due_at.replace() - timers.dt.timedelta(seconds=1)
    assert timers.sweep(now=last_second).fired == 0
    assert timers.sweep(now=row.due_at).fired == 1
    assert reload(alpha, row).fired_at == row.due_at


def test_overdue_is_marked_and_told_once_however_often_the_sweep_runs(alpha: Town) -> None:
    row = running(alpha, make_project(alpha), due_on=DUE)
    assert [timers.sweep(now=AFTER).fired for _ in range(3)] == [1, 0, 0]
    assert clean_text(alpha, "overdue") == sorted(
        person.user.username for person in (alpha.drc, alpha.filer, alpha.second_filer, alpha.owner)
    )
    with enter(alpha.county):
        assert AuditEntry.objects.filter(action="deadline.overdue", object_id=row.pk).count() == 1
        assert Deadline.objects.get(pk=row.pk).state == DeadlineState.RUNNING


def test_reminder_comes_once_before_and_not_after_it_is_overdue(alpha: Town) -> None:
    project = make_project(alpha)
    row = running(alpha, project, due_on=DUE, remind_on=date(2026, 3, 5))
    late = running(alpha, project, due_on=date(2026, 3, 3), remind_on=date(2026, 3, 2))
    assert [timers.sweep(now=noon(2026, 3, 5)).reminded for _ in range(2)] == [1, 0]
    assert clean_text(alpha, "reminder") == [alpha.drc.user.username]
    assert reload(alpha, row).reminded_at is not None
    assert reload(alpha, late).reminded_at is None


def test_the_one_who_claimed_the_work_is_reminded_and_nobody_else(alpha: Town) -> None:
    step = make_step(alpha, make_project(alpha), office=alpha.duty["data_bureau"], rules=[rule()])
    with time_machine.travel(noon(2026, 3, 2), tick=False), enter(alpha.county):
        item = open_with_item(step)
        item.claimed_by = alpha.reviewer.user
        item.save(update_fields=["claimed_by"])
        deadlines.happened(actor=SYSTEM, project=step.project, event="start_notice")
    timers.sweep(now=noon(2026, 3, 5))
    assert clean_text(alpha, "reminder") == [alpha.reviewer.user.username]


def test_paused_met_and_cancelled_deadlines_are_left_alone(alpha: Town) -> None:
    project = make_project(alpha)
    step = make_step(alpha, project)
    paused = running(alpha, project, due_on=DUE, remind_on=date(2026, 3, 5))
    with time_machine.travel(noon(2026, 3, 2), tick=False), enter(alpha.county):
        met = arranged(step, party="drc", office=alpha.duty["drc"], amount=5, pauses=({"key": "wait", "text": "w"},))
        stopped = arranged(step, party="finance", office=alpha.duty["drc"], amount=5)
        pauses.pause(actor=SYSTEM, deadline=stopped, key="wait", reason="")
        deadlines.meet(actor=SYSTEM, step=step, party="drc")
        deadlines.cancel(actor=SYSTEM, deadline=paused)
    swept = timers.sweep(now=AFTER)
    assert (swept.fired, swept.reminded) == (0, 0)
    assert [reload(alpha, row).fired_at for row in (paused, met, stopped)] == [None, None, None]


def test_handler_is_given_the_deadline_once_and_it_ends_by_itself(alpha: Town, handler) -> None:
    seen = []
    handler("test_expiry", lambda deadline: seen.append(deadline.record_id))
    project = make_project(alpha)
    expired = running(alpha, project, due_on=DUE, key="test_expiry", on_overdue="expire")
    plain = running(alpha, project, due_on=DUE, key="test_expiry")
    timers.sweep(now=AFTER)
    timers.sweep(now=AFTER)
    assert seen == [project.pk, project.pk]
    assert [reload(alpha, row).state for row in (expired, plain)] == ["lapsed", "met"]
    assert clean_text(alpha, "overdue") == []


def test_failing_handler_loses_nothing_and_hinders_no_other(alpha: Town, handler) -> None:
    broken = True

    def act(deadline: Deadline) -> None:
        with enter(alpha.county):
            Message.objects.create(county=alpha.county, user=alpha.drc.user, key="half", kind="half")
        if broken:
            raise RuntimeError("not now")

    handler("test_failing", act)
    project = make_project(alpha)
    failing = running(alpha, project, due_on=date(2026, 3, 6), key="test_failing")
    other = running(alpha, project, due_on=DUE)
    swept = timers.sweep(now=AFTER)
    assert (swept.fired, swept.failed) == (1, 1)
    assert (reload(alpha, failing).fired_at, clean_text(alpha, "half")) == (None, [])
    assert reload(alpha, other).fired_at == AFTER
    broken = False
    assert timers.sweep(now=AFTER).fired == 1
    assert clean_text(alpha, "half") == [alpha.drc.user.username]


def test_sweep_works_county_by_county_and_only_where_something_is_due(cast: Cast) -> None:
    running(cast.alpha, make_project(cast.alpha), due_on=DUE)
    running(cast.beta, make_project(cast.beta), due_on=date(2026, 4, 9), office=cast.beta.duty["data_bureau"])
    assert timers.counties_due(AFTER) == [cast.alpha.county.pk]
    timers.sweep(now=AFTER)
    assert timers.counties_due(AFTER) == []
    assert timers.counties_due(noon(2026, 4, 10)) == [cast.beta.county.pk]


def test_timer_role_sees_where_something_is_due_and_nothing_of_what_it_is(alpha: Town) -> None:
    from django.db import DatabaseError, connection, transaction

    running(alpha, make_project(alpha), due_on=DUE)
    for table in ("workflow_deadline", "projects_project", "workflow_message"):
        with pytest.raises(DatabaseError), transaction.atomic(), timers.as_timer(), connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table}")


def test_many_deadlines_are_worked_off_in_batches(alpha: Town, monkeypatch) -> None:
    monkeypatch.setattr(timers, "BATCH", 2)
    project = make_project(alpha)
    for _ in range(5):
        running(alpha, project, due_on=DUE)
    assert timers.sweep(now=AFTER).fired == 5


@pytest.mark.parametrize("bad", [0, 3, 6])
def test_one_that_cannot_be_told_hinders_none_of_its_set(alpha: Town, bad: int) -> None:
    project = make_project(alpha)
    rows = [running(alpha, project, due_on=DUE) for _ in range(7)]
    with connection.cursor() as cursor:
        cursor.execute("CREATE FUNCTION not_now() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$")
        cursor.execute(
            "CREATE TRIGGER not_now BEFORE INSERT ON workflow_message FOR EACH ROW"
            f" WHEN (NEW.key LIKE 'overdue:{rows[bad].pk}:%') EXECUTE FUNCTION not_now()"
        )
    swept = timers.sweep(now=AFTER)
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER not_now ON workflow_message")
    assert (swept.fired, swept.failed) == (6, 1)
    assert [reload(alpha, row).fired_at is None for row in rows] == [row is rows[bad] for row in rows]
    with enter(alpha.county):
        marked = AuditEntry.objects.filter(action="deadline.overdue").values_list("object_id", flat=True)
        assert list(marked.order_by("object_id")) == [row.pk for row in rows if row is not rows[bad]]
    assert timers.sweep(now=AFTER).fired == 1


def test_a_set_is_told_in_a_few_statements_however_many_it_has(alpha: Town, django_assert_max_num_queries) -> None:
    project = make_project(alpha)
    for _ in range(40):
        running(alpha, project, due_on=DUE)
    with django_assert_max_num_queries(SWEEP_STATEMENTS):
        assert timers.sweep(now=AFTER).fired == 40


def test_a_day_that_moved_is_reminded_of_and_fires_anew(alpha: Town) -> None:
    step = make_step(alpha, make_project(alpha), rules=[rule(pauses=[{"key": "owner_revision", "text": "编修"}])])
    with time_machine.travel(noon(2026, 3, 2), tick=False), enter(alpha.county):
        (row,) = deadlines.happened(actor=SYSTEM, project=step.project, event="start_notice")
    assert timers.sweep(now=noon(2026, 3, 5)).reminded == 1
    with time_machine.travel(noon(2026, 3, 6), tick=False), enter(alpha.county):
        row.refresh_from_db()
        pauses.pause(actor=SYSTEM, deadline=row, key="owner_revision", reason="")
        pauses.resume(actor=SYSTEM, deadline=row, until_day=date(2026, 3, 20))
    assert row.due_on == date(2026, 3, 24)
    assert [timers.sweep(now=noon(2026, 3, day)).reminded for day in (19, 20, 23)] == [0, 1, 0]


def test_deadline_that_another_of_the_same_sweep_ends_is_not_called_overdue(alpha: Town, handler) -> None:
    project = make_project(alpha)
    ending = running(alpha, project, due_on=date(2026, 3, 6), key="test_end", on_overdue="expire")
    other = running(alpha, project, due_on=DUE)

    handler("test_end", lambda deadline: deadlines.cancel(actor=SYSTEM, project=project))
    assert timers.sweep(now=AFTER).fired == 1
    assert [reload(alpha, row).state for row in (ending, other)] == ["lapsed", "cancelled"]
    assert reload(alpha, other).fired_at is None
    assert clean_text(alpha, "overdue") == []
