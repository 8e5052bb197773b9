"""A year of the nation's calendar, published by a file or a new library: every county's deadlines follow at night."""

from __future__ import annotations

from datetime import date

import time_machine

from accounts.actors import SYSTEM
from jurisdictions.calendar_store import load_national
from jurisdictions.calendars.loading import YearArrangement
from jurisdictions.scope import enter
from tests.people import Town
from tests.workflow.work import make_project, make_step, noon, rule
from workflow import tasks
from workflow.clocks import clock, deadlines
from workflow.models import Deadline, DeadlineChange

YEAR = YearArrangement(2027, True, "国务院办公厅通知", {date(2027, 1, day): (False, "元旦") for day in (1, 4, 5)})


def test_nightly_task_computes_deadlines_anew_when_the_nations_year_was_published(alpha: Town) -> None:
    with time_machine.travel(noon(2026, 12, 1), tick=False):
        load_national()
    with time_machine.travel(noon(2026, 12, 28), tick=False):
        clock.forget()
        step = make_step(alpha, make_project(alpha), rules=[rule(amount=6)])
        with enter(alpha.county):
            (row,) = deadlines.happened(actor=SYSTEM, project=step.project, event="start_notice")
        tasks.daily()
        with enter(alpha.county):
            assert Deadline.objects.get(pk=row.pk).provisional
        assert load_national([YEAR]) == 1
        tasks.daily()
        with enter(alpha.county):
            now = Deadline.objects.get(pk=row.pk)
            change = DeadlineChange.objects.get(deadline=row)
        assert (now.provisional, now.due_on) == (False, date(2027, 1, 8))
        assert (change.old_due_on, change.new_due_on) == (row.due_on, date(2027, 1, 8))


def test_loading_the_same_years_again_writes_nothing(db: None) -> None:
    assert load_national() > 0
    assert load_national() == 0
