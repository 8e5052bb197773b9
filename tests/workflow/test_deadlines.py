"""Deadlines: started by events, counted in working days, stopped and let go on, explained day by day."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine

from accounts.actors import SYSTEM
from accounts.refusals import Refusal
from jurisdictions.models import CalendarDay, CalendarYear
from jurisdictions.scope import enter
from tests.people import Town
from tests.workflow.work import arranged, make_project, make_step, noon, open_with_item, rule
from workflow.clocks import clock, deadlines, pauses, reckoning
from workflow.machines.runner import perform
from workflow.models import AuditEntry, Deadline, DeadlineChange, DeadlineState, Message, WorkItem
from workflow.trail import history

MONDAY = noon(2026, 3, 2)
PAUSES = [{"key": "owner_revision", "text": "业主单位编修文本", "articles": ["DA-24(2)"]}]


def states(project) -> list[tuple[str, str, date]]:
    return list(Deadline.objects.filter(project=project).values_list("party", "state", "due_on"))


@pytest.mark.article("DA-24(1)", "DA-23")
@time_machine.travel(MONDAY, tick=False)
def test_event_starts_the_clocks_of_every_party_though_their_step_is_not_open(alpha: Town) -> None:
    project = make_project(alpha)
    make_step(alpha, project, rules=[rule(party="owner", amount=10), rule(amount=5, after="proposal_submitted")])
    with enter(alpha.county):
        started = deadlines.happened(actor=SYSTEM, project=project, event="start_notice")
        assert [(row.party, row.office, row.due_on, row.articles) for row in started] == [
            ("owner", project.owner_unit, date(2026, 3, 16), ["DA-24(1)"])
        ]
        deadlines.happened(actor=SYSTEM, project=project, event="proposal_submitted")
        assert states(project) == [
            ("authority", "running", date(2026, 3, 9)),
            ("owner", "running", date(2026, 3, 16)),
        ]
        assert AuditEntry.objects.filter(action="deadline.start", project=project).count() == 2


@time_machine.travel(MONDAY, tick=False)
def test_event_told_twice_starts_nothing_twice(alpha: Town) -> None:
    project = make_project(alpha)
    make_step(alpha, project, rules=[rule()])
    with enter(alpha.county):
        assert len(deadlines.happened(actor=SYSTEM, project=project, event="start_notice")) == 1
        assert deadlines.happened(actor=SYSTEM, project=project, event="start_notice") == []


def test_step_whose_rule_names_no_deadline_has_none_and_costs_no_query(alpha: Town, django_assert_num_queries) -> None:
    step = make_step(alpha, make_project(alpha))
    with enter(alpha.county):
        item = open_with_item(step)
        with django_assert_num_queries(0):
            deadlines.attach(step=step, item=item)
            deadlines.happened(actor=SYSTEM, project=step.project, event="proposal", steps=[step])
        assert item.due_on is None
        assert not Deadline.objects.filter(step=step).exists()


@time_machine.travel(noon(2026, 9, 28), tick=False)
def test_public_holidays_and_make_up_weekends_are_counted_as_the_arrangement_says(alpha: Town) -> None:
    step = make_step(alpha, make_project(alpha), rules=[rule(amount=6)])
    with enter(alpha.county):
        (row,) = deadlines.happened(actor=SYSTEM, project=step.project, event="start_notice")
        ledger = {day.day: day for day in reckoning.ledger(row)}
        holiday = ledger[date(2026, 10, 1)]
        assert (holiday.kind, holiday.status, holiday.name) == ("holiday", "not_counted", "国庆节")
        make_up = ledger[date(2026, 10, 10)]
        assert (make_up.kind, make_up.status) == ("make_up", "counted")
        assert ledger[row.due_on].number == 6
        assert row.due_on == max(ledger)
        assert row.due_at == clock.end_of(row.due_on)


@time_machine.travel(noon(2026, 12, 28), tick=False)
def test_days_of_an_unpublished_year_make_the_due_day_provisional(alpha: Town) -> None:
    project = make_project(alpha)
    step = make_step(alpha, project, rules=[rule(amount=3), rule(party="owner", amount=15)])
    with enter(alpha.county):
        item = open_with_item(step)
        within_year, into_next = deadlines.happened(actor=SYSTEM, project=project, event="start_notice")
        assert (within_year.due_on, within_year.provisional) == (date(2026, 12, 31), False)
        assert into_next.provisional
        item.refresh_from_db()
        assert (item.due_on, item.provisional) == (date(2026, 12, 31), False)


@pytest.mark.article("DA-24(2)")
def test_pause_stops_the_clock_and_the_days_left_go_on_after_it(alpha: Town) -> None:
    step = make_step(alpha, make_project(alpha), rules=[rule(amount=15, pauses=PAUSES)])
    with time_machine.travel(MONDAY, tick=False), enter(alpha.county):
        (row,) = deadlines.happened(actor=SYSTEM, project=step.project, event="start_notice")
        item = open_with_item(step)
        row.refresh_from_db()
        assert (row.due_on, item.due_on) == (date(2026, 3, 23), date(2026, 3, 23))
    with time_machine.travel(noon(2026, 3, 9), tick=False), enter(alpha.county):
        pauses.pause(actor=SYSTEM, deadline=row, key="owner_revision", reason="补充数据共享章节")
        item.refresh_from_db()
        assert (row.state, item.due_on) == (DeadlineState.PAUSED, None)
    with time_machine.travel(noon(2026, 3, 13), tick=False), enter(alpha.county):
        pauses.resume(actor=SYSTEM, deadline=row)
        item.refresh_from_db()
        assert (row.state, row.due_on, item.due_on) == ("running", date(2026, 3, 30), date(2026, 3, 30))
        paused = [day.day.day for day in reckoning.ledger(row) if day.status == "paused"]
        assert paused == [9, 10, 11, 12, 13]
        assert row.pauses.get().articles == ["DA-24(2)"]
        told = list(AuditEntry.objects.filter(object_type="workflow.deadline", object_id=row.pk).order_by("sequence"))
        assert [entry.action for entry in told] == ["deadline.start", "deadline.pause", "deadline.resume"]
        assert "原到期日：2026年3月23日" in history.changes(told[-1].old, told[-1].new)


@pytest.mark.article("DA-24(3)")
@time_machine.travel(MONDAY, tick=False)
def test_a_limited_pause_counts_no_longer_than_the_rule_lets_it(alpha: Town) -> None:
    limited = [{**PAUSES[0], "limit": {"amount": 2, "unit": "working_day"}}]
    step = make_step(alpha, make_project(alpha), rules=[rule(amount=15, pauses=limited)])
    with enter(alpha.county):
        (row,) = deadlines.happened(actor=SYSTEM, project=step.project, event="start_notice")
        pauses.pause(actor=SYSTEM, deadline=row, key="owner_revision", reason="", from_day=date(2026, 3, 9))
        pauses.resume(actor=SYSTEM, deadline=row, until_day=date(2026, 3, 20))
        assert row.due_on == date(2026, 3, 25)


@pytest.mark.article("DA-24(3)")
def test_a_stop_at_its_limit_ends_by_itself_once(alpha: Town) -> None:
    limited = [{**PAUSES[0], "limit": {"amount": 2, "unit": "working_day"}}]
    step = make_step(alpha, make_project(alpha), rules=[rule(amount=15, pauses=limited)])
    with time_machine.travel(MONDAY, tick=False), enter(alpha.county):
        (row,) = deadlines.happened(actor=SYSTEM, project=step.project, event="start_notice")
        pauses.pause(actor=SYSTEM, deadline=row, key="owner_revision", reason="", from_day=date(2026, 3, 9))
    with enter(alpha.county):
        assert pauses.end_limited_pauses(today=date(2026, 3, 10)) == []
        assert pauses.end_limited_pauses(today=date(2026, 3, 11)) == [row]
        assert pauses.end_limited_pauses(today=date(2026, 3, 11)) == []
        row.refresh_from_db()
        assert (row.state, row.due_on) == ("running", date(2026, 3, 25))


@time_machine.travel(MONDAY, tick=False)
def test_clock_stops_only_for_the_reasons_its_rule_names_or_by_arrangement(alpha: Town) -> None:
    step = make_step(alpha, make_project(alpha), rules=[rule()])
    with enter(alpha.county):
        (row,) = deadlines.happened(actor=SYSTEM, project=step.project, event="start_notice")
        with pytest.raises(Refusal) as refused:
            pauses.pause(actor=SYSTEM, deadline=row, key="owner_revision", reason="")
        assert refused.value.articles == ["DA-24(1)"]
        by_arrangement = arranged(step, party="finance", office=alpha.duty["finance"], amount=5)
        tuesday = date(2026, 3, 3)
        assert pauses.pause_step(actor=SYSTEM, step=step, key="owner_revision", reason="补正", from_day=tuesday) == [
            by_arrangement
        ]
        (gone_on,) = pauses.resume_step(actor=SYSTEM, step=step, until_day=tuesday)
        assert gone_on.due_on == date(2026, 3, 10)


@time_machine.travel(noon(2026, 3, 20), tick=False)
def test_what_is_overdue_does_not_become_timely_by_a_pause(alpha: Town) -> None:
    step = make_step(alpha, make_project(alpha), rules=[rule(pauses=PAUSES)])
    with enter(alpha.county):
        (row,) = deadlines.happened(actor=SYSTEM, project=step.project, event="start_notice", on=date(2026, 3, 2))
        pauses.pause(actor=SYSTEM, deadline=row, key="owner_revision", reason="")
        assert (row.state, row.due_on) == ("running", date(2026, 3, 9))


@time_machine.travel(MONDAY, tick=False)
def test_meeting_ends_one_party_or_all_and_cancelling_ends_a_project(alpha: Town) -> None:
    project = make_project(alpha)
    step = make_step(alpha, project, rules=[rule(), rule(party="owner")])
    with enter(alpha.county):
        deadlines.happened(actor=SYSTEM, project=project, event="start_notice")
        assert [row.party for row in deadlines.meet(actor=SYSTEM, step=step, party="owner")] == ["owner"]
        deadlines.cancel(actor=SYSTEM, project=project)
        assert sorted((party, state) for party, state, _due in states(project)) == [
            ("authority", "cancelled"),
            ("owner", "met"),
        ]


@time_machine.travel(MONDAY, tick=False)
def test_reminder_stands_two_working_days_before_and_never_before_the_start(alpha: Town) -> None:
    step = make_step(alpha, make_project(alpha), rules=[rule(amount=5), rule(party="owner", amount=1)])
    with enter(alpha.county):
        long, short = deadlines.happened(actor=SYSTEM, project=step.project, event="start_notice")
        assert (long.due_on, long.remind_on, short.remind_on) == (date(2026, 3, 9), date(2026, 3, 5), None)


@time_machine.travel(MONDAY, tick=False)
def test_route_laid_anew_cancels_what_no_rule_asks_and_starts_what_was_set_off_before(alpha: Town) -> None:
    project = make_project(alpha)
    notice = make_step(alpha, project, key="start_notice")
    step = make_step(alpha, project, rules=[rule()])
    with enter(alpha.county):
        perform(notice, "open", actor=SYSTEM)
        perform(notice, "complete", actor=SYSTEM, fields={"closed_at": noon(2026, 2, 27)})
        (row,) = deadlines.happened(actor=SYSTEM, project=project, event="start_notice")
        step.rule = {"deadlines": [rule(party="owner", amount=10)]}
        step.save(update_fields=["rule"])
        deadlines.settle(actor=SYSTEM, project=project, steps=[notice, step])
        row.refresh_from_db()
        assert row.state == DeadlineState.CANCELLED
        new = Deadline.objects.get(step=step, state="running")
        assert (new.party, new.started_on) == ("owner", date(2026, 2, 27))


@time_machine.travel(noon(2026, 12, 28), tick=False)
def test_publishing_a_year_computes_running_deadlines_anew_and_keeps_the_old_days(alpha: Town) -> None:
    step = make_step(alpha, make_project(alpha), rules=[rule(amount=8)])
    with enter(alpha.county):
        item = open_with_item(step)
        (row,) = deadlines.happened(actor=SYSTEM, project=step.project, event="start_notice")
        before = row.due_on
        assert row.provisional
        CalendarYear.objects.create(county=alpha.county, year=2027, published=True)
        for day in (1, 4, 5):
            CalendarDay.objects.create(county=alpha.county, day=date(2027, 1, day), working=False, name="元旦")
        assert reckoning.recompute(county_id=alpha.county.pk, reason="2027年安排") == 1
        row.refresh_from_db()
        item.refresh_from_db()
        assert row.due_on > before
        assert not row.provisional
        assert (item.due_on, item.provisional) == (row.due_on, False)
        change = DeadlineChange.objects.get(deadline=row)
        assert (change.old_due_on, change.old_provisional, change.new_due_on) == (before, True, row.due_on)
        told = Message.objects.filter(kind="deadline_moved", user__in=[alpha.drc.user, alpha.owner.user])
        assert {(one.data["old_due_on"], one.data["due_on"], one.data["reason"]) for one in told} == {
            (before.isoformat(), row.due_on.isoformat(), "2027年安排")
        }
        assert told.count() == 2
        assert reckoning.recompute(county_id=alpha.county.pk, reason="again") == 0


@time_machine.travel(MONDAY, tick=False)
def test_item_shows_the_earliest_of_its_running_deadlines(alpha: Town) -> None:
    step = make_step(alpha, make_project(alpha), rules=[rule(amount=9)])
    with enter(alpha.county):
        deadlines.happened(actor=SYSTEM, project=step.project, event="start_notice")
        item = open_with_item(step)
        assert item.due_on == date(2026, 3, 13)
        arranged(step, party="finance", office=alpha.duty["drc"], amount=2, item=item)
        assert WorkItem.objects.get(pk=item.pk).due_on == date(2026, 3, 4)


@time_machine.travel(MONDAY, tick=False)
def test_item_has_no_due_day_once_no_rule_asks_for_its_deadline(alpha: Town) -> None:
    step = make_step(alpha, make_project(alpha), rules=[rule(amount=9)])
    with enter(alpha.county):
        deadlines.happened(actor=SYSTEM, project=step.project, event="start_notice")
        item = open_with_item(step)
        step.rule = {"deadlines": []}
        deadlines.settle(actor=SYSTEM, project=step.project, steps=[step])
        assert WorkItem.objects.get(pk=item.pk).due_on is None


@time_machine.travel(noon(2026, 3, 4), tick=False)
def test_route_laid_anew_with_another_length_moves_the_day_and_keeps_the_old_one(alpha: Town) -> None:
    step = make_step(alpha, make_project(alpha), rules=[rule(amount=5)])
    with enter(alpha.county):
        item = open_with_item(step)
        (row,) = deadlines.happened(
            actor=SYSTEM, project=step.project, event="start_notice", on=date(2026, 3, 2), steps=[step]
        )
        step.rule = {"deadlines": [rule(amount=15, pauses=PAUSES)]}
        deadlines.settle(actor=SYSTEM, project=step.project, steps=[step])
        row.refresh_from_db()
        item.refresh_from_db()
        assert (row.state, row.amount, row.started_on) == ("running", 15, date(2026, 3, 2))
        assert (row.due_on, item.due_on, row.remind_on) == (date(2026, 3, 23), date(2026, 3, 23), date(2026, 3, 19))
        change = DeadlineChange.objects.get(deadline=row)
        assert (change.old_due_on, change.new_due_on) == (date(2026, 3, 9), date(2026, 3, 23))
        entry = AuditEntry.objects.get(action="deadline.change")
        assert (entry.old["amount"], entry.new["amount"]) == (5, 15)
        pauses.pause(actor=SYSTEM, deadline=row, key="owner_revision", reason="补正")
        deadlines.settle(actor=SYSTEM, project=step.project, steps=[step])
        assert DeadlineChange.objects.filter(deadline=row).count() == 1
