"""What clocks ask besides a last day: a shortest duration, a day, a window; and who may not act before it opens."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from django.utils import translation

from accounts.actors import SYSTEM
from accounts.refusals import Refusal
from jurisdictions.scope import enter
from tests.people import Town, client_for
from tests.workflow.work import arranged, make_project, make_step, noon, open_with_item, rule
from workflow.clocks import clock, dates, deadlines, due, pauses, timers
from workflow.desk import words
from workflow.models import AuditEntry, Deadline, DeadlineChange, Message, RecordedDate, Step
from workflow.route.steps import finish

START = date(2026, 3, 2)
MONDAY = noon(2026, 3, 2)
SIX_TO_TWELVE = {"kind": "window", "amount": 12, "unit": "month", "opens": {"amount": 6, "unit": "month"}}
PAUSES = [{"key": "owner_revision", "text": "整改", "articles": ["DA-24(2)"]}]


def started(town: Town, **values) -> Deadline:
    """A clock of a step by this rule, from the 2nd of March on; the county is in force already."""
    project = make_project(town, state="running", routed_on=START)
    step = make_step(town, project, key="trial_run", rules=[rule(**values)])
    (row,) = deadlines.happened(actor=SYSTEM, project=step.project, event="start_notice", on=START, steps=[step])
    return row


@pytest.mark.parametrize(
    ("values", "kind", "opens_on", "due_on"),
    [
        # The 2nd of May 2026 is a public holiday, after which the 6th is the first working day.
        ({"amount": 2, "unit": "month"}, "within", None, date(2026, 5, 6)),
        ({"amount": 2, "unit": "month", "exact": True}, "exactly", None, date(2026, 5, 2)),
        ({"amount": 2, "unit": "month", "kind": "exactly"}, "exactly", None, date(2026, 5, 2)),
        ({"amount": 2, "unit": "month", "kind": "not_before"}, "not_before", date(2026, 5, 2), date(2026, 5, 2)),
        ({"amount": 10, "kind": "not_before"}, "not_before", date(2026, 3, 16), date(2026, 3, 16)),
        (SIX_TO_TWELVE, "window", date(2026, 9, 2), date(2027, 3, 2)),
    ],
)
@time_machine.travel(MONDAY, tick=False)
def test_days_follow_from_what_the_clock_asks(alpha: Town, values, kind, opens_on, due_on) -> None:
    with enter(alpha.county):
        row = started(alpha, **values)
        assert (row.kind, row.opens_on, row.due_on) == (kind, opens_on, due_on)
        ends = clock.start_of(due_on) if kind == "not_before" else clock.end_of(due_on)
        assert row.due_at == ends


@time_machine.travel(MONDAY, tick=False)
def test_shortest_duration_gives_the_item_no_last_day(alpha: Town) -> None:
    with enter(alpha.county):
        row = started(alpha, amount=3, unit="month", kind="not_before")
        assert row.step is not None
        assert open_with_item(row.step).due_on is None


@time_machine.travel(noon(2026, 3, 9), tick=False)
def test_a_stop_puts_off_both_days_of_a_window(alpha: Town) -> None:
    with enter(alpha.county):
        row = started(alpha, **SIX_TO_TWELVE, pauses=PAUSES)
        pauses.pause(actor=SYSTEM, deadline=row, key="owner_revision", reason="整改")
        pauses.resume(actor=SYSTEM, deadline=row, until_day=date(2026, 3, 18))
        row.refresh_from_db()
        assert (row.opens_on, row.due_on) == (date(2026, 9, 12), date(2027, 3, 12))


@time_machine.travel(MONDAY, tick=False)
def test_window_opened_later_by_the_rules_keeps_the_day_it_would_have_opened(alpha: Town) -> None:
    with enter(alpha.county):
        row = started(alpha, **SIX_TO_TWELVE)
        step = row.step
        assert step is not None
        step.rule = {"deadlines": [rule(**SIX_TO_TWELVE | {"opens": {"amount": 7, "unit": "month"}})]}
        deadlines.settle(actor=SYSTEM, project=step.project, steps=[step])
        change = DeadlineChange.objects.get(deadline=row)
        assert (change.old_opens_on, change.new_opens_on) == (date(2026, 9, 2), date(2026, 10, 2))
        assert change.old_due_on == change.new_due_on == date(2027, 3, 2)


def opened(town: Town, **values) -> Step:
    """An open step whose clock by this rule started on the 2nd of March; the county is in force already."""
    row = started(town, **values)
    assert row.step is not None
    open_with_item(row.step)
    return row.step


@pytest.mark.parametrize("values", [{"amount": 3, "unit": "month", "kind": "not_before"}, SIX_TO_TWELVE])
def test_step_is_not_done_before_its_clock_opens(alpha: Town, values) -> None:
    with time_machine.travel(MONDAY, tick=False), enter(alpha.county), translation.override("zh-hans"):
        step = opened(alpha, **values)
        opens_on = Deadline.objects.get(step=step).opens_on
        with pytest.raises(Refusal) as refused:
            finish(actor=SYSTEM, step=step, outcome="recorded", record={"departures": {"early": "有理由也不行"}})
        assert refused.value.articles == ["DA-24(1)"]
        assert f"{opens_on.year}年{opens_on.month}月{opens_on.day}日" in str(refused.value.message)
    with time_machine.travel(noon(opens_on.year, opens_on.month, opens_on.day), tick=False), enter(alpha.county):
        assert finish(actor=SYSTEM, step=step, outcome="recorded").state == "done"


@time_machine.travel(MONDAY, tick=False)
def test_what_the_rules_say_in_principle_only_may_be_done_before_with_a_reason(alpha: Town) -> None:
    with enter(alpha.county):
        step = opened(alpha, amount=3, unit="month", kind="not_before", in_principle=True)
        with pytest.raises(Refusal) as refused:
            finish(actor=SYSTEM, step=step, outcome="recorded", record={"departures": {"early": " "}})
        assert refused.value.field == "depart-early"
        done = finish(actor=SYSTEM, step=step, outcome="recorded", record={"departures": {"early": "应急需要"}})
        assert (done.state, done.record["departures"]) == ("done", {"early": "应急需要"})
        assert AuditEntry.objects.get(action="step.depart", object_id=step.pk).articles == ["DA-24(1)"]


@time_machine.travel(MONDAY, tick=False)
def test_only_a_rule_holds_a_step_up(alpha: Town) -> None:
    step = make_step(alpha, make_project(alpha))
    with enter(alpha.county), pytest.raises(ValueError, match="not_before"):
        arranged(step, party="drc", office=alpha.duty["drc"], amount=5, kind="not_before")


def told(town: Town, kind: str) -> int:
    with enter(town.county):
        return Message.objects.filter(kind=kind, user=town.drc.user).count()


def test_end_of_a_shortest_duration_is_told_and_never_called_overdue(alpha: Town) -> None:
    with time_machine.travel(MONDAY, tick=False), enter(alpha.county):
        row = started(alpha, amount=3, unit="month", kind="not_before")
    assert timers.sweep(now=noon(2026, 6, 1)).fired == 0
    assert [timers.sweep(now=noon(2026, 6, day)).fired for day in (2, 3)] == [1, 0]
    assert (told(alpha, "opening"), told(alpha, "overdue")) == (1, 0)
    with enter(alpha.county):
        row.refresh_from_db()
        assert row.state == "running"
        assert not AuditEntry.objects.filter(action="deadline.overdue").exists()


def test_window_is_told_of_as_it_opens_and_before_it_closes(alpha: Town) -> None:
    with time_machine.travel(MONDAY, tick=False), enter(alpha.county):
        row = started(alpha, **SIX_TO_TWELVE)
    assert timers.sweep(now=noon(2026, 9, 1)).reminded == 0
    assert [timers.sweep(now=noon(2026, 9, day)).reminded for day in (2, 3)] == [1, 0]
    assert (told(alpha, "opening"), told(alpha, "reminder")) == (1, 0)
    with enter(alpha.county):
        row.refresh_from_db()
        closing = row.remind_on
        assert closing == date(2027, 2, 26)
    assert timers.sweep(now=noon(closing.year, closing.month, closing.day)).reminded == 1
    assert (told(alpha, "opening"), told(alpha, "reminder")) == (1, 1)
    assert timers.sweep(now=noon(2027, 3, 3)).fired == 1
    assert told(alpha, "overdue") == 1


@pytest.mark.parametrize(
    ("values", "said", "limit"),
    [
        ({"amount": 3, "unit": "month"}, "", "3个月"),
        ({"amount": 3, "unit": "month", "kind": "exactly"}, "于2026年6月2日结束", "3个月"),
        ({"amount": 3, "unit": "month", "kind": "not_before"}, "试运行至少至2026年6月2日", "不少于3个月"),
        (SIX_TO_TWELVE, "自2026年9月2日至2027年3月2日", "6个月至12个月"),
    ],
)
@time_machine.travel(MONDAY, tick=False)
def test_words_follow_what_the_clock_asks(alpha: Town, values, said, limit) -> None:
    with enter(alpha.county), translation.override("zh-hans"):
        row = started(alpha, **values)
        assert row.step is not None
        (shown,), _hanging = due.of_step(row.step)
        assert shown.said == said
        opens = None if row.opens_amount is None else (row.opens_amount, row.opens_unit)
        assert words.limit(row.amount, row.unit, row.kind, opens).replace(" ", "") == limit
        assert (shown.left is None) == (row.opens_on is not None)


@time_machine.travel(MONDAY, tick=False)
def test_pages_say_from_when_and_no_last_day(alpha: Town) -> None:
    with enter(alpha.county):
        row = started(alpha, amount=3, unit="month", kind="not_before")
        step = row.step
        assert step is not None
        open_with_item(step)
    client = client_for(alpha.drc)
    project = f"projects/{step.project_id}/"
    for address in (f"{project}deadlines/", project, f"steps/{step.pk}/", "queue/"):
        page = client.get(f"/{alpha.county.code}/{address}").content.decode()
        assert "试运行至少至2026年6月2日" in page, address
        assert "办理时限" not in page


@time_machine.travel(noon(2026, 3, 20), tick=False)
def test_recorded_date_starts_what_counts_from_it_and_a_correction_moves_it(alpha: Town) -> None:
    project = make_project(alpha)
    step = make_step(alpha, project, rules=[rule(after="contract_signed", amount=10)])
    with enter(alpha.county):
        dates.record_date(actor=SYSTEM, project=project, event="contract_signed", on=date(2026, 3, 9))
        row = Deadline.objects.get(step=step)
        assert (row.started_on, row.due_on) == (date(2026, 3, 9), date(2026, 3, 23))
        dates.record_date(actor=SYSTEM, project=project, event="contract_signed", on=date(2026, 3, 16))
        row.refresh_from_db()
        assert (row.started_on, row.due_on) == (date(2026, 3, 16), date(2026, 3, 30))
        assert DeadlineChange.objects.get(deadline=row).old_due_on == date(2026, 3, 23)
        entries = AuditEntry.objects.filter(action="deadline.record_date", project=project).order_by("sequence")
        assert [(one.old["on"], one.new["on"]) for one in entries] == [
            (None, "2026-03-09"),
            ("2026-03-09", "2026-03-16"),
        ]
        with pytest.raises(Refusal) as refused:
            dates.record_date(actor=SYSTEM, project=project, event="completed", on=date(2026, 3, 21))
        assert refused.value.field == "on"
        assert RecordedDate.objects.get(project=project).event == "contract_signed"


@time_machine.travel(noon(2026, 3, 20), tick=False)
def test_step_new_to_the_route_counts_from_a_date_recorded_before(alpha: Town) -> None:
    project = make_project(alpha)
    with enter(alpha.county):
        dates.record_date(actor=SYSTEM, project=project, event="completed", on=date(2026, 3, 9))
    step = make_step(alpha, project, rules=[rule(after="completed", amount=10)])
    with enter(alpha.county):
        deadlines.settle(actor=SYSTEM, project=project, steps=[step])
        assert Deadline.objects.get(step=step).started_on == date(2026, 3, 9)


@pytest.mark.article("DA-37", "JS-21")
def test_a_clock_of_several_events_runs_from_the_latest_once_all_have_been(alpha: Town) -> None:
    with time_machine.travel(MONDAY, tick=False), enter(alpha.county):
        project = make_project(alpha, state="running", standing="planned")
        asked = rule(after="completion_acceptance", and_after=["put_into_operation"], amount=6, unit="month")
        step = make_step(alpha, project, key="self_evaluation", rules=[asked])
        deadlines.happened(actor=SYSTEM, project=project, event="completion_acceptance", on=date(2026, 2, 2))
        assert not Deadline.objects.filter(step=step).exists()  # the acceptance is no step here that is done
        dates.record_date(actor=SYSTEM, project=project, event="completion_acceptance", on=date(2026, 2, 2))
        assert not Deadline.objects.filter(step=step).exists()
        dates.record_date(actor=SYSTEM, project=project, event="put_into_operation", on=date(2026, 2, 20))
        row = Deadline.objects.get(step=step)
        assert (row.started_on, row.after) == (date(2026, 2, 20), "completion_acceptance")
        dates.record_date(actor=SYSTEM, project=project, event="put_into_operation", on=date(2026, 1, 5))
        row.refresh_from_db()
        assert row.started_on == date(2026, 2, 2)
