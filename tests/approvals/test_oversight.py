"""The course of the works: milestones, incidents, corrections by a day, and what follows where they fail."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from accounts.actors import SYSTEM
from accounts.refusals import Incomplete, NotPermitted, Refusal, Stale, WrongState
from approvals.kinds.reviews import decide
from approvals.models import Matter, MatterState, Milestone, Sanction
from approvals.oversight import matters, milestones, sanctions
from jurisdictions.scope import enter
from projects.models import Project, Standing
from tests import people
from tests.approvals.work import approved, current, declared
from tests.people import Town, client_for
from tests.workflow.work import noon
from workflow.clocks import deadlines, timers
from workflow.clocks.clock import today
from workflow.clocks.spec import ClockSpec
from workflow.models import AuditEntry, Deadline, Message, Step, StepState, WorkItem
from workflow.route.hindrances import hindrances_of

pytestmark = pytest.mark.django_db


def under_way(code: str) -> tuple[Town, Project]:
    """A project in its implementation, as its county's rules route it."""
    town = people.make_town(code)
    return town, approved(town)


def fields(refused: Any) -> list[str]:
    return [one.field for one in refused.value.items]


@pytest.mark.article("LC-20")
def test_a_milestone_that_is_not_kept_says_what_is_done_about_it() -> None:
    town, project = under_way("lingchuan")
    unit = town.filer.actor
    with enter(town.county):
        project = Project.objects.for_work().get(pk=project.pk)
        plan: dict[str, Any] = {"actor": unit, "project": project, "name": "到货", "percent": 40}
        with pytest.raises(Incomplete) as refused:
            milestones.plan(**{**plan, "name": " ", "percent": 101}, planned_on=None)
        assert fields(refused) == ["name", "planned_on", "percent"]
        with pytest.raises(NotPermitted):
            milestones.plan(**{**plan, "actor": town.reviewer.actor}, planned_on=today())
        first = milestones.plan(**plan, planned_on=today() + timedelta(10))
        with pytest.raises(Incomplete) as refused:
            milestones.plan(**plan, planned_on=today())
        assert fields(refused) == ["name"]
        with pytest.raises(Incomplete) as refused:
            milestones.plan(**plan, milestone=first, planned_on=today() + timedelta(20))
        assert fields(refused) == ["measures"] and refused.value.items[0].articles == ["LC-20"]
        first = milestones.plan(
            **plan, milestone=first, planned_on=today() + timedelta(20), measures="供货商加班", seen_version=0
        )
        with pytest.raises(Stale):
            milestones.plan(**plan, milestone=first, planned_on=today(), seen_version=0)
        with pytest.raises(Incomplete) as refused:
            milestones.reach(actor=unit, milestone=first, on=today() + timedelta(1))
        assert fields(refused) == ["on"]
        milestones.reach(actor=unit, milestone=first, on=today(), seen_version=1)
        assert milestones.late_by(first) == 0
        second = milestones.plan(**{**plan, "name": "部署"}, planned_on=today())
    with time_machine.travel(noon(2030, 1, 7), tick=False), enter(town.county):
        second = Milestone.objects.select_related("project__owner_unit").get(pk=second.pk)
        assert milestones.late_by(second) > 365
        with pytest.raises(Incomplete) as refused:
            milestones.reach(actor=unit, milestone=second, on=date(2030, 1, 7))
        assert fields(refused) == ["measures"]
        milestones.drop(actor=unit, milestone=second, reason="并入上线")
        with pytest.raises(WrongState):
            milestones.reach(actor=unit, milestone=second, on=date(2030, 1, 7), measures="x")
        entry = AuditEntry.objects.filter(action="milestone.drop").get()
        assert entry.project_id == project.pk


@pytest.mark.article("JH-25", "JS-22")
@pytest.mark.parametrize("code", ["jinhu", "jianshan"])
def test_an_incident_is_reported_and_leads_to_a_correction_or_a_suspension(code: str) -> None:
    town, project = under_way(code)
    unit, bureau = (
        town.filer.actor,
        next(
            one
            for one in town.people.values()
            if one.actor.in_office(town.duty["data_bureau"].pk) and one.actor.may("step.decide")
        ),
    )
    with enter(town.county):
        project = Project.objects.for_work().get(pk=project.pk)
        told: dict[str, Any] = {"kind": "delay", "title": "工程逾期", "happened_on": today(), "text": "主体逾期三个月"}
        with pytest.raises(NotPermitted):
            matters.report(actor=bureau.actor, project=project, **told)
        with pytest.raises(Incomplete) as refused:
            matters.report(actor=unit, project=project, kind="x", title="", happened_on=None, text=" ")
        assert fields(refused) == ["kind", "title", "text", "happened_on"]
        matter = matters.report(actor=unit, project=project, **told)
        assert WorkItem.objects.open().get(about="matter").office == matter.office
        with pytest.raises(Incomplete) as refused:  # reported twice, from two windows
            matters.report(actor=unit, project=project, **told)
        assert fields(refused) == ["title"]

        with pytest.raises(NotPermitted):
            matters.order(actor=unit, matter=matter, demand="x", due_on=today() + timedelta(1))
        matters.order(actor=bureau.actor, matter=matter, demand="一个月内赶上", due_on=today() + timedelta(30))
        assert WorkItem.objects.open().get(about="matter").office == project.owner_unit
        assert Deadline.objects.unended().get(key=matters.CORRECTION).due_on == today() + timedelta(30)
        assert sanctions.offered(matter) == ["suspension"]
        with pytest.raises(Incomplete) as refused:
            sanctions.impose(actor=bureau.actor, matter=matter, kind="termination", reason="x")
        assert fields(refused) == ["kind"]
        held = sanctions.impose(actor=bureau.actor, matter=matter, kind="suspension", reason="先停工查明")
        project.refresh_from_db()
        assert (project.state, project.standing) == ("suspended", Standing.SUSPENDED)
        with pytest.raises(WrongState):
            matters.close(actor=bureau.actor, matter=matter, conclusion="x")
        step = Step.objects.select_related("project").get(project=project, key="procurement")
        with pytest.raises(WrongState) as stopped:
            sanctions.suspended(step, unit, {})
        assert set(stopped.value.articles) == set(matter.articles)
        matters.answer(actor=unit, matter=matter, text="已补齐人员")
        sanctions.lift(actor=bureau.actor, sanction=held, reason="已查明")
        project.refresh_from_db()
        assert (project.state, project.standing) == ("running", Standing.PLANNED)
        matters.close(actor=bureau.actor, matter=matter, conclusion="整改到位")
        assert not WorkItem.objects.open().filter(about="matter").exists()
        assert not Deadline.objects.unended().filter(key=matters.CORRECTION).exists()
        kinds = set(Message.objects.values_list("kind", flat=True))
        assert {"matter_reported", "matter_ordered", "sanction_suspension", "sanction_lifted", "matter_closed"} <= kinds


@pytest.mark.article("JH-31")
def test_what_is_not_put_right_by_its_day_climbs_the_ladder() -> None:
    town, project = under_way("jinhu")
    unit, drc = town.filer.actor, town.drc.actor
    with enter(town.county):
        project = Project.objects.for_work().get(pk=project.pk)
        found: dict[str, Any] = {"project": project, "kind": "breach", "title": "超批复采购", "text": "超出批复"}
        with pytest.raises(NotPermitted):
            matters.order_anew(actor=unit, **found, demand="x", due_on=today() + timedelta(5))
        with pytest.raises(Incomplete) as refused:
            matters.order_anew(actor=drc, **found, demand="", due_on=today())
        assert fields(refused) == ["demand", "due_on"]
        matter = matters.order_anew(actor=drc, **found, demand="退回超出部分", due_on=today() + timedelta(5))
        assert (matter.state, matter.office) == (MatterState.ORDERED, drc.office)
        assert sanctions.offered(matter) == []
        with pytest.raises(Incomplete):
            sanctions.impose(actor=drc, matter=matter, kind="criticism", reason="x")
        matters.answer(actor=unit, matter=matter, text="已退回")
        matters.reject(actor=drc, matter=matter, demand="仍差一半", due_on=today() + timedelta(3))
        matter = Matter.objects.select_related("project", "office", "unit").get(pk=matter.pk)
        assert sanctions.offered(matter) == ["criticism", "deferral", "suspension", "termination"]
        sanctions.impose(actor=drc, matter=matter, kind="criticism", reason="通报")
        held = sanctions.impose(actor=drc, matter=matter, kind="deferral", reason="未整改")
        assert sanctions.offered(matter) == ["criticism", "suspension", "termination"]
        step = Step.objects.select_related("project__rule_version").get(project=project, key="investment_plan")
        assert [one.key for one in hindrances_of(step) if one.key == "deferral"] == ["deferral"]
        assert list(sanctions.deferred(Step.objects.get(project=project, key="procurement"))) == []
        sanctions.lift(actor=drc, sanction=held, reason="已整改")
        with pytest.raises(WrongState):
            sanctions.lift(actor=drc, sanction=held, reason="再解除")
        assert not [one for one in hindrances_of(step) if one.key == "deferral"]
        sanctions.impose(actor=drc, matter=matter, kind="termination", reason="拒不整改")
        project.refresh_from_db()
        assert (project.state, project.ending) == ("ended", Standing.TERMINATED)
        assert Matter.objects.get(pk=matter.pk).state == MatterState.CLOSED
        assert not WorkItem.objects.open().filter(project=project).exists()
        assert not Deadline.objects.unended().filter(project=project).exists()
        assert not Step.objects.filter(project=project, state__in=(StepState.OPEN, StepState.COMING)).exists()


@pytest.mark.article("JH-31")
def test_a_day_that_passes_puts_the_matter_before_its_office() -> None:
    town, project = under_way("jinhu")
    with enter(town.county):
        project = Project.objects.for_work().get(pk=project.pk)
        matter = matters.order_anew(
            actor=town.drc.actor,
            project=project,
            kind="quality",
            title="质量问题",
            text="验收资料不全",
            demand="补齐",
            due_on=today() + timedelta(5),
        )
    with time_machine.travel(noon(2032, 1, 5), tick=False):
        timers.sweep()
        with enter(town.county):
            matter = Matter.objects.select_related("project", "office", "unit").get(pk=matter.pk)
            assert (matter.state, matter.has_failed) == (MatterState.ORDERED, True)
            assert WorkItem.objects.open().filter(about="matter", office=matter.office).count() == 1
            assert "suspension" in sanctions.offered(matter)


def test_clocks_stand_while_a_project_rests_and_go_on_with_the_days_left() -> None:
    town = people.make_town("jinhu")
    with time_machine.travel(noon(2026, 3, 2), tick=False):
        project = declared(town)
        step = current(town, project)
        with enter(town.county):
            project = Project.objects.for_work().get(pk=project.pk)
            spec = ClockSpec.fixed("x", date(2026, 3, 13), party="authority")
            clock = deadlines.start_fixed(actor=SYSTEM, spec=spec, record_id=1, project=project, office=step.office)
            matter = matters.report(
                actor=town.filer.actor, project=project, kind="loss", title="损失", happened_on=today(), text="x"
            )
            held = sanctions.impose(actor=town.reviewer.actor, matter=matter, kind="suspension", reason="查明")
            assert Deadline.objects.get(pk=clock.pk).state == "paused"
            with pytest.raises(WrongState):
                decide(actor=town.reviewer.actor, step=current(town, project), outcome="approve", reason="x", record={})
    with time_machine.travel(noon(2026, 3, 4), tick=False), enter(town.county):
        held = Sanction.objects.select_related("matter__office", "matter__project").get(pk=held.pk)
        sanctions.lift(actor=town.reviewer.actor, sanction=held, reason="已查明")
        clock = Deadline.objects.get(pk=clock.pk)
        assert clock.state == "running"
        assert clock.pauses.get().until_day == date(2026, 3, 3)


def test_what_was_typed_stays_and_other_counties_know_no_reports(alpha: Town) -> None:
    town, project = under_way("jinhu")
    unit, path = client_for(town.filer), f"/{town.code}/projects/{project.pk}/works/"
    assert "报告问题" in unit.get(path).content.decode()
    refused = unit.post(path, {"act": "report", "kind": "loss", "title": "机房漏水", "loss": "-3", "text": ""})
    assert refused.status_code == 422 and "机房漏水" in refused.content.decode()
    assert unit.post(path, {"act": "x"}).status_code == 404
    planned = unit.post(path, {"act": "plan", "name": "开工", "planned_on": today(), "percent": "10"})
    assert planned.status_code == 302
    with enter(town.county):
        row = Milestone.objects.get()
    page = f"/{town.code}/milestones/{row.pk}/"
    late = unit.post(page, {"act": "replan", "version": 0, "on": "2099-01-01", "percent": 10})
    assert late.status_code == 422 and "纠偏措施" in late.content.decode()
    reached = unit.post(page, {"act": "reach", "version": 0, "on": today()})
    assert reached.status_code == 302
    again = unit.post(page, {"act": "reach", "version": 0, "on": today()})
    assert again.status_code == 409
    with enter(town.county):
        matter = matters.report(
            actor=town.filer.actor, project=project, kind="loss", title="损失", happened_on=today(), text="x"
        )
    office = client_for(town.reviewer)
    page = f"/{town.code}/matters/{matter.pk}/"
    assert office.post(page, {"act": "order", "version": 0, "demand": "", "due_on": ""}).status_code == 422
    sent = {"act": "order", "version": 0, "demand": "补救", "due_on": today() + timedelta(9)}
    assert office.post(page, sent).status_code == 302
    assert office.post(page, sent).status_code == 409
    assert unit.post(page, {"act": "answer", "version": 1, "answer_text": "已补救"}).status_code == 302
    assert office.post(page, {"act": "close", "version": 2, "conclusion": "办结"}).status_code == 302
    assert "办结" in unit.get(page).content.decode()
    other = approved(alpha)
    assert client_for(alpha.filer).get(f"/{alpha.code}/projects/{other.pk}/works/").status_code == 200
    with enter(alpha.county), pytest.raises(Refusal):
        matters.report(actor=alpha.filer.actor, project=other, kind="loss", title="x", happened_on=today(), text="x")
