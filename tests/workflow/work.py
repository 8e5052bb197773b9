"""Projects, steps and work as these tests need them, without the apps above."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.models import Office
from jurisdictions.scope import enter
from projects.models import Project
from tests.people import Person, Town
from workflow.clocks import deadlines
from workflow.clocks.clock import SHANGHAI
from workflow.clocks.spec import ClockSpec
from workflow.filings.kinds import kind_of
from workflow.machines.runner import perform
from workflow.models import Deadline, Duty, Filing, Step, WorkItem

_numbers = itertools.count(1)


def noon(year: int, month: int, day: int) -> datetime:
    """Twelve o'clock in Asia/Shanghai."""
    return datetime(year, month, day, 12, tzinfo=SHANGHAI)


def make_project(town: Town, *, filer: Person | None = None, **values: Any) -> Project:
    """A project under review of a unit. Enters the county by itself."""
    person = filer or town.filer
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "number": f"T-{number:05d}",
        "name": f"项目{number}",
        "applicant": person.office,
        "owner_unit": person.office,
        "filed_by": person.user,
        "rule_version": town.rules,
        "investment": Decimal("1200000.00"),
    }
    with enter(town.county):
        return Project.objects.create(county=town.county, **(defaults | values))


def rule(**values: Any) -> dict[str, Any]:
    """A deadline as a rule names it."""
    return {
        "party": "authority",
        "amount": 5,
        "unit": "working_day",
        "after": "start_notice",
        "articles": ["DA-24(1)"],
        "pauses": [],
        "on_overdue": "mark",
    } | values


def make_step(
    town: Town,
    project: Project,
    *,
    key: str = "proposal",
    office: Office | None = None,
    rules: Sequence[dict[str, Any]] = (),
    **values: Any,
) -> Step:
    """A coming step of the route. Enters the county by itself."""
    with enter(town.county):
        defaults: dict[str, Any] = {
            "position": Step.objects.filter(project=project).count(),
            "phase": "approval",
            "kind": "single",
            "authority": "drc",
            "articles": ["DA-24"],
            "office": office or town.duty["drc"],
        }
        return Step.objects.create(
            county=town.county,
            project=project,
            key=key,
            rule={"deadlines": list(rules)},
            **(defaults | values),
        )


def open_with_item(step: Step, *, duty: Duty = Duty.DECIDE) -> WorkItem:
    """Open a step and put it before its office; the county is in force already."""
    perform(step, "open", actor=SYSTEM, fields={"opened_at": timezone.now()})
    assert step.office is not None
    item = WorkItem.objects.create(
        county=step.county,
        project=step.project,
        step=step,
        office=step.office,
        duty=duty,
        opened_at=timezone.now(),
    )
    deadlines.attach(step=step, item=item)
    item.refresh_from_db(fields=["due_on", "provisional"])
    return item


def take_as_handed_in(step: Step) -> None:
    """What the unit prepares for an open step counts as handed in, whatever stands in it; the county is in force."""
    filing = Filing.objects.select_related("unit").get(step=step, kind=step.key)
    filing.step, filing.project = step, step.project
    perform(filing, "submit", actor=SYSTEM, fields={"submitted_at": timezone.now(), "round": 1})
    kind_of(filing).submitted(filing, SYSTEM)


def arranged(
    step: Step, *, party: str, office: Office, amount: int, item: WorkItem | None = None, **values: Any
) -> Deadline:
    """A deadline by arrangement, as offices asked together get it; the county is in force already."""
    spec = ClockSpec(key=step.key, party=party, amount=amount, unit="working_day", **values)
    (row,) = deadlines.start_together(actor=SYSTEM, step=step, spec=spec, parties=[(party, office, item)])
    return row


def days(*numbers: tuple[int, int, int]) -> list[date]:
    """Dates."""
    return [date(*one) for one in numbers]


def running(town: Town, project: Project, *, due_on: date, **values: Any) -> Deadline:
    """A running deadline due on a day, started ten days before. Enters the county by itself."""
    with enter(town.county):
        return deadlines.start_fixed(
            actor=SYSTEM,
            record_id=project.pk,
            project=project,
            office=values.pop("office", town.duty["drc"]),
            started_on=due_on - timedelta(days=10),
            spec=ClockSpec.fixed(
                values.pop("key", "proposal"), due_on, party="authority", articles=("DA-24",), **values
            ),
        )
