"""The papers of a step as one file: what the rules name, a list, what is missing."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from openpyxl import load_workbook

from jurisdictions.scope import enter
from projects.models import Project
from tests.approvals.work import carry_out, declared, hand_in
from tests.people import Town, client_for, make_town
from workflow.jobs import running
from workflow.models import Job, Step, StepState

pytestmark = pytest.mark.django_db


def up_to(town: Town, project: Project, key: str) -> Step:
    """Everything before a step carried out, in the order of the route."""
    while True:
        opened = Step.objects.select_related("project__owner_unit", "project__rule_version", "office").filter(
            project=project, state=StepState.OPEN, phase__in=("initiation", "approval")
        )
        step = opened.exclude(key="investment_plan").order_by("position")[0]
        if step.key == key:
            return step
        carry_out(town, step, importance="general")


def members(town: Town, person: Any, step: Step) -> dict[str, bytes]:
    browser = client_for(person)
    assert browser.post(f"/{town.code}/steps/{step.pk}/bundle/").status_code == 302
    assert running.work() == 1
    with enter(town.county):
        job = Job.objects.get()
        assert job.state == "done", job.error
    sent: Any = browser.get(f"/{town.code}/jobs/{job.pk}/result/")
    assert sent.status_code == 200 and job.result_name.endswith(".zip")
    with zipfile.ZipFile(io.BytesIO(b"".join(sent.streaming_content))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.article("JH-14", "JH-16")
def test_what_goes_to_the_commission_is_one_file_with_a_list_of_it() -> None:
    town = make_town("jinhu")
    project = declared(town, investment="800000.00")
    with enter(town.county):
        step = up_to(town, project, "project_approval")
        hand_in(town, step)
    held = members(town, town.drc, step)
    names = " ".join(held)
    for word in ("建设方案", "论证意见", "数据资源目录", "审查表", "年度建设计划"):
        assert word in names, names
    listed = load_workbook(io.BytesIO(next(held[one] for one in held if one.startswith("00-")))).active
    rows = [[cell.value for cell in row] for row in listed.iter_rows(min_row=4)]
    assert {row[0] for row in rows} == {"1", "2", "3", "4", "5"} and "缺" not in {row[2] for row in rows}
    plan = load_workbook(io.BytesIO(next(held[one] for one in held if "年度建设计划" in one))).active
    assert project.name in {cell.value for row in plan.iter_rows(min_row=4) for cell in row}


def test_what_is_missing_is_named_and_another_unit_gets_nothing() -> None:
    town = make_town("jinhu")
    project = declared(town, until="city_filing", investment="800000.00")
    with enter(town.county):
        step = Step.objects.get(project=project, key="project_approval")
    held = members(town, town.filer, step)
    assert len(held) == 1
    listed = load_workbook(io.BytesIO(next(iter(held.values())))).active
    assert [row[2].value for row in listed.iter_rows(min_row=4)] == ["缺"] * 5
    assert client_for(town.other_filer).post(f"/jinhu/steps/{step.pk}/bundle/").status_code == 404
    with enter(town.county):
        bare = Step.objects.get(project=project, key="consultation")
    assert client_for(town.filer).post(f"/jinhu/steps/{bare.pk}/bundle/")["Location"].endswith(f"/steps/{bare.pk}/")
