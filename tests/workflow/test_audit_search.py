"""Looking for entries: by person, project and day, page after page, whatever index answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import pytest
import time_machine
from django.http import QueryDict

from accounts.actors import SYSTEM
from jurisdictions.scope import enter
from tests.opened import opened
from tests.people import Person, Town
from tests.workflow.work import make_project, noon
from workflow.models import AuditEntry
from workflow.stages import Sentence, Stage
from workflow.trail import audit, history
from workflow.trail.trail_listings import AUDIT

pytestmark = pytest.mark.django_db
FIRST = noon(2026, 3, 2)


@pytest.fixture(autouse=True)
def looking() -> Iterator[None]:
    """An action of the tests' own, said by its label."""
    with opened(Stage("test", sentences={"project.look": Sentence("%(label)s")})):
        yield


@pytest.fixture
def entries(alpha: Town) -> Iterator[None]:
    """Nine entries on three days: three people in turn, on a project each day."""
    people: list[Person] = [alpha.filer, alpha.drc, alpha.reviewer]
    projects = [make_project(alpha, name=f"{name}_平台") for name in ("水务", "林草", "水务二期")]
    with enter(alpha.county):
        for number in range(9):
            with time_machine.travel(FIRST + timedelta(days=number // 3, minutes=number), tick=False):
                person = people[number % 3]
                audit.entry(actor=person.actor, action="project.look", project=projects[number // 3], label=str(number))
        yield


def labels(found: Iterable[AuditEntry]) -> list[int]:
    return [int(entry.label) for entry in found]


def search(**values) -> list[int]:
    """All pages of two, one after the other."""
    asked = QueryDict(mutable=True)
    asked.update({name: str(value) for name, value in {"action": "project.look", **values}.items()})
    at: dict[str, str] = {}
    shown: list[int] = []
    while True:
        page = AUDIT.page(SYSTEM, asked, at=at, size=2)
        assert len(page.rows) <= 2
        shown += [int(line.what) for line, _project in page.rows]
        if not page.older:
            return shown
        at = {"before": page.older}


def test_a_person_is_found_by_part_of_the_name_as_it_was(alpha: Town, entries: None) -> None:
    name = alpha.drc.user.name
    assert search(person=name.upper()[:-1]) == [7, 4, 1]
    assert search(person="nobody at all") == []
    assert set(history.names_with("")) >= {alpha.filer.user.name, alpha.drc.user.name, alpha.reviewer.user.name}


def test_a_person_is_found_however_the_name_is_written(alpha: Town, entries: None) -> None:
    with enter(alpha.county):
        alpha.drc.user.name = "古丽·艾山"
        audit.entry(actor=alpha.drc.actor, action="project.look", label="9")
    assert search(person="古麗・艾山") == search(person="glas") == [9]


def test_signs_of_a_pattern_are_signs_of_a_name(alpha: Town, entries: None) -> None:
    assert search(person="%") == []
    assert search(person="_") == []


@pytest.mark.parametrize("few", [history.FEW_PROJECTS, 0])
def test_a_project_is_found_by_number_or_name_however_many_there_are(alpha: Town, entries: None, few, monkeypatch):
    monkeypatch.setattr(history, "FEW_PROJECTS", few)
    assert search(project="水务") == [8, 7, 6, 2, 1, 0]
    number = AuditEntry.objects.get(label="4").project.number
    assert search(project=number) == [5, 4, 3]
    assert search(project="没有") == []


def test_days_are_inclusive_and_pages_meet(alpha: Town, entries: None) -> None:
    assert search(first=date(2026, 3, 3)) == [8, 7, 6, 5, 4, 3]
    assert search(last=date(2026, 3, 3)) == [5, 4, 3, 2, 1, 0]
    assert search(first=date(2026, 3, 3), last=date(2026, 3, 3)) == [5, 4, 3]
    assert search(first=date(2026, 3, 3), person=alpha.filer.user.name, action="project.look") == [6, 3]


def test_entries_of_one_moment_are_all_shown_once(alpha: Town, entries: None) -> None:
    with time_machine.travel(noon(2026, 4, 1), tick=False):
        for number in range(20, 25):
            audit.entry(actor=SYSTEM, action="project.look", label=str(number))
    assert search(first=date(2026, 4, 1)) == [24, 23, 22, 21, 20]


def test_another_countys_names_are_not_found(alpha: Town, beta: Town, entries: None) -> None:
    with enter(beta.county):
        audit.entry(actor=beta.secretary.actor, action="project.look", label="99")
        assert history.names_with("") == [beta.secretary.user.name]
        assert history.names_with(alpha.drc.user.name) == []
