"""An approval that nothing was begun on in its time: warned of, then lapsed by the timer, unless it was begun."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine

from accounts.actors import SYSTEM
from jurisdictions.scope import enter
from projects.models import Project
from tests.people import Town, client_for
from tests.workflow.work import make_project, make_step, noon, open_with_item, rule
from workflow.clocks import deadlines, timers
from workflow.models import AuditEntry, Deadline, Message, Step, WorkItem

YEAR = {
    "party": "owner",
    "amount": 1,
    "unit": "year",
    "after": "project_approval",
    "on_overdue": "lapse",
    "warn_days": [30, 7],
    "articles": ["CJ-26"],
}
WARNED, AGAIN, LAST, AFTER = noon(2027, 1, 31), noon(2027, 2, 23), date(2027, 3, 2), noon(2027, 3, 3)


@pytest.fixture
def approved(alpha: Town) -> Step:
    """Procurement, approved on 2 March 2026 for a year, and waiting for the unit."""
    project = make_project(alpha, state="running", standing="planned")
    step = make_step(
        alpha,
        project,
        key="procurement",
        kind="stage",
        authority="owner",
        office=project.owner_unit,
        rules=[rule(**YEAR)],
    )
    with time_machine.travel(noon(2026, 3, 2), tick=False), enter(alpha.county):
        open_with_item(step)
        (row,) = deadlines.happened(actor=SYSTEM, project=project, event="project_approval")
        assert row.due_on == LAST
    return step


def told(town: Town, kind: str) -> int:
    with enter(town.county):
        return Message.objects.filter(kind=kind, user=town.owner.user).count()


@pytest.mark.article("CJ-26")
def test_an_approval_lapses_after_its_warnings_and_empties_the_queues(alpha: Town, approved: Step) -> None:
    for moment, warned in ((WARNED, 1), (AGAIN, 2)):
        with time_machine.travel(moment, tick=False):
            timers.sweep()
            assert told(alpha, "lapse_warning") == warned
    with time_machine.travel(AFTER, tick=False):
        timers.sweep()
        timers.sweep()
    with enter(alpha.county):
        project = Project.objects.get(pk=approved.project_id)
        assert (project.state, project.standing) == ("ended", "lapsed")
        assert not WorkItem.objects.open().filter(project=project).exists()
        assert Step.objects.get(pk=approved.pk).state == "cancelled"
        assert Deadline.objects.get(project=project).state == "lapsed"
        assert AuditEntry.objects.get(action="project.lapse").articles == ["CJ-26"]
    assert told(alpha, "approval_lapsed") == 1


@pytest.mark.article("CJ-26")
def test_what_was_begun_does_not_lapse(alpha: Town, approved: Step) -> None:
    with time_machine.travel(noon(2027, 1, 4), tick=False), enter(alpha.county):
        row = Deadline.objects.get(project=approved.project_id)
        path, typed = f"/{alpha.code}/clocks/{row.pk}/", {"act": "begin", "version": row.version}
    with time_machine.travel(noon(2027, 1, 4), tick=False):
        browser = client_for(alpha.owner)
        assert browser.post(path, typed | {"begun_on": "2027-01-05"}).status_code == 422
        assert client_for(alpha.drc).post(path, typed | {"begun_on": "2027-01-04"}).status_code in (403, 409)
        assert browser.post(path, typed | {"begun_on": "2027-01-04"}).status_code == 302
    with time_machine.travel(AFTER, tick=False):
        timers.sweep()
    with enter(alpha.county):
        assert Project.objects.get(pk=approved.project_id).standing == "planned"
        assert Deadline.objects.get(project=approved.project_id).state == "met"
    assert (told(alpha, "lapse_warning"), told(alpha, "approval_lapsed")) == (0, 0)
