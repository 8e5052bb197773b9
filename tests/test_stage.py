"""A stage that nobody knew before: opened, it works everywhere; closed, nothing of it is left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import include, path, reverse

from accounts.access import CountyRequest, needs
from accounts.actors import SYSTEM, Actor
from accounts.refusals import Refusal
from accounts.roles import PERMISSIONS, Permission, Role
from approvals.kinds.reviews import Review
from config.urls import urlpatterns as house
from jurisdictions.scope import enter
from projects.models import Project, Standing
from tests.opened import opened
from tests.people import Town, client_for
from tests.url_matrix import addresses
from tests.workflow.work import make_project, make_step, noon, running
from workflow import stages
from workflow.clocks import timers
from workflow.clocks.clock import today
from workflow.desk import project_frame
from workflow.desk.words import word
from workflow.listings.listing import Column, Listing
from workflow.listings.paging import by_pk
from workflow.machines.runner import perform
from workflow.models import AuditEntry, Deadline, Message, Step, StepState, WorkItem
from workflow.notices import notify
from workflow.route.kinds import Outcome, is_carried_out, kind_of
from workflow.route.steps import advance
from workflow.stages import GuardOn, HandlerOn, MenuEntry, Sentence, Stage, Tab, Timer

SEEN: list[str] = []


class Inspection(Review):
    """A kind of step that only these tests know: inspected on the spot, found sound or not."""

    key = "inspection"
    outcomes = (
        Outcome("sound", "查验合格", "good", choice="合格"),
        Outcome("unsound", "查验不合格", "bad", choice="不合格", needs_reason=True, negative=True),
    )

    def opened(self, step: Step, actor: Actor) -> None:
        """Somebody is told where to go."""
        SEEN.append(f"opened {step.key}")


def no_sunday(step: Step, actor: Actor, facts: Mapping[str, Any]) -> None:
    """Nobody inspects on a Sunday."""
    if today().weekday() == 6:
        raise Refusal("周日不查验", articles=step.articles)


def told(step: Step, actor: Actor, facts: Mapping[str, Any]) -> None:
    """The unit hears of it."""
    if kind_of(step).key == Inspection.key:
        notify.tell(
            kind="inspected",
            key=f"inspected:{step.pk}",
            office=step.project.owner_unit,
            project=step.project,
            data={"what": step.key},
        )


@needs("project.view")
def inspections(request: CountyRequest, pk: int) -> HttpResponse:
    """The tab of the stage."""
    project = project_frame.find_project(request, pk)
    return render(request, "projects/base_project.html", project_frame.head(request, project, tab="inspections"))


@needs("inspection.plan")
def all_inspections(request: CountyRequest) -> HttpResponse:
    """The page behind the entry of its menu."""
    return render(request, "base.html", {})


pages = [
    path("<slug:county>/projects/<int:pk>/inspections/", inspections, name="inspections"),
    path("<slug:county>/inspections/", all_inspections, name="all"),
]
urlpatterns = [*house, path("", include((pages, "tried")))]

LIST = Listing(
    key="inspections",
    title="查验",
    permissions=("project.view",),
    queryset=lambda actor: Step.objects.filter(kind=Inspection.key),
    order=(by_pk(descending=True),),
    columns=(Column("project", "项目", lambda row: row.project.name, is_heading=True),),
    shown=lambda rows: rows.select_related("project"),
)

STAGE = Stage(
    key="tried",
    step_kinds=(Inspection("operation"),),
    permissions=(Permission("inspection.plan", "安排现场查验", (Role.REVIEWER,)),),
    guards=(GuardOn(Step, ("complete",), no_sunday),),
    handlers=(HandlerOn(Step, ("complete", "refuse"), told),),
    timers=(Timer("inspection_due", on_passing=lambda row: SEEN.append(f"passed {row.key}")),),
    tabs=(Tab("inspections", "查验", "tried:inspections", 35),),
    menu=(
        MenuEntry("inspections", "现场查验", "search", (("tried:all", ("inspection.plan",)),), ("inspections",), 55),
    ),
    words={"inspection_due": "查验期限"},
    sentences={"step.inspect": Sentence("查验了%(label)s", "good")},
    messages={"inspected": "“%(project)s”已查验：%(what)s。"},
    listings=(LIST,),
)

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def stage() -> Iterator[Stage]:
    SEEN.clear()
    with opened(STAGE) as found:
        yield found


def inspected(town: Town) -> tuple[Project, Step]:
    """A running project whose route has come to an inspection."""
    project = make_project(town)
    with enter(town.county):
        perform(project, "submit", actor=SYSTEM, fields={"standing": Standing.IN_REVIEW})
        step = make_step(town, project, key="operation", kind="inspection", phase="operation")
        advance(actor=SYSTEM, project=project)
        step.refresh_from_db()
    return project, step


@time_machine.travel(noon(2026, 3, 2), tick=False)
def test_a_step_of_a_kind_nobody_knew_is_carried_out_from_the_queue_to_the_history(alpha: Town, stage: Stage) -> None:
    project, step = inspected(alpha)
    browser, page = client_for(alpha.drc), f"/{alpha.code}/steps/{step.pk}/"
    assert (step.state, SEEN) == (StepState.OPEN, ["opened operation"])
    assert project.name in browser.get(f"/{alpha.code}/queue/").content.decode()
    shown = browser.get(page)
    assert dict(shown.context["form"].fields["outcome"].choices) == {"sound": "合格", "unsound": "不合格"}
    sent = {"outcome": "sound", "reason": "设备齐全", "version": step.version}
    assert browser.post(f"{page}decide/", sent).status_code == 302
    with enter(alpha.county):
        step.refresh_from_db()
        assert (step.state, step.outcome) == (StepState.DONE, "sound")
        assert not WorkItem.objects.filter(step=step, closed_at=None).exists()
        assert [notify.sentence(one) for one in Message.objects.filter(kind="inspected", user=alpha.filer.user)] == [
            f"“{project.name}”已查验：{word('operation')}。"
        ]
    assert "查验合格" in browser.get(page).content.decode()
    assert "查验合格" in browser.get(f"/{alpha.code}/projects/{project.pk}/history/").content.decode()


@time_machine.travel(noon(2026, 3, 2), tick=False)
def test_programs_end_its_steps_by_its_own_outcomes(alpha: Town, stage: Stage) -> None:
    _project, step = inspected(alpha)
    browser, url = client_for(alpha.drc), f"/api/v1/{alpha.code}/steps/{step.pk}/decide/"
    assert browser.post(url, {"outcome": "splendid", "reason": "好"}, "application/json").status_code == 400
    ended = browser.post(url, {"outcome": "sound", "reason": "设备齐全"}, "application/json")
    assert (ended.status_code, ended.json()["outcome"]) == (200, "sound")


@time_machine.travel(noon(2026, 3, 8), tick=False)
def test_its_guard_stands_against_what_it_says(alpha: Town, stage: Stage) -> None:
    _project, step = inspected(alpha)
    sent = {"outcome": "sound", "reason": "设备齐全", "version": step.version}
    refused = client_for(alpha.drc).post(f"/{alpha.code}/steps/{step.pk}/decide/", sent)
    assert (refused.status_code, "周日不查验" in refused.content.decode()) == (422, True)


@time_machine.travel(noon(2026, 3, 2), tick=False)
def test_its_negative_outcome_ends_the_project(alpha: Town, stage: Stage) -> None:
    project, step = inspected(alpha)
    url = f"/{alpha.code}/steps/{step.pk}/decide/"
    sent = {"outcome": "unsound", "version": step.version}
    assert client_for(alpha.drc).post(url, sent).status_code == 422
    assert client_for(alpha.drc).post(url, {**sent, "reason": "设备缺失"}).status_code == 302
    with enter(alpha.county):
        project.refresh_from_db()
        assert project.standing == Standing.REFUSED


def test_its_tab_menu_and_list_are_there_for_those_who_may(alpha: Town, stage: Stage) -> None:
    project, _step = inspected(alpha)
    browser = client_for(alpha.drc)
    tab = reverse("tried:inspections", kwargs={"county": alpha.code, "pk": project.pk})
    page = browser.get(f"/{alpha.code}/projects/{project.pk}/")
    keys = [one["key"] for one in page.context["project_tabs"]]
    assert keys.index("opinions") < keys.index("inspections") < keys.index("deadlines")
    assert [one["key"] for one in browser.get(tab).context["project_tabs"] if one["active"]] == ["inspections"]
    assert "inspections" in [one["key"] for one in page.context["nav"]]
    others = client_for(alpha.admin).get(f"/{alpha.code}/people/").context["nav"]
    assert "inspections" not in [one["key"] for one in others]
    everything = reverse("tried:all", kwargs={"county": alpha.code})
    assert [client_for(one).get(everything).status_code for one in (alpha.drc, alpha.secretary)] == [200, 403]
    listed = browser.get(f"/api/v1/{alpha.code}/lists/", {"list": "inspections"}).json()
    assert [row["project"] for row in listed["results"]] == [project.name]


def test_its_timer_and_words_are_heard(alpha: Town, stage: Stage) -> None:
    row = running(alpha, make_project(alpha), due_on=dt.date(2026, 3, 9), key="inspection_due")
    assert timers.sweep(now=noon(2026, 3, 10)).fired == 1
    with enter(alpha.county):
        assert Deadline.objects.get(pk=row.pk).state == "met"
    assert (SEEN, word("inspection_due")) == (["passed inspection_due"], "查验期限")


def test_the_matrices_know_its_addresses(stage: Stage) -> None:
    asked = {one.name: one.permissions for one in addresses() if one.name.startswith("tried:")}
    assert asked == {"tried:inspections": ("project.view",), "tried:all": ("inspection.plan",)}


def test_closed_again_nothing_of_it_is_left(alpha: Town) -> None:
    assert not alpha.drc.actor.may("inspection.plan") and "inspection.plan" not in PERMISSIONS
    before = (stages.tabs(), stages.menu(), dict(stages.words()), stages.rules_of(Step, "complete"))
    with opened(STAGE):
        assert stages.tabs() != before[0]
    assert (stages.tabs(), stages.menu(), stages.words(), stages.rules_of(Step, "complete")) == before
    _project, step = inspected(alpha)
    assert (step.state, is_carried_out(step)) == (StepState.COMING, False)
    assert word("inspection_due") == "inspection_due"
    assert stages.timers("inspection_due") == ()
    with enter(alpha.county):
        assert not AuditEntry.objects.filter(action="step.open", object_id=step.pk).exists()
