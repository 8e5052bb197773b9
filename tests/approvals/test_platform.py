"""The provincial platform: its number and the progress there are asked for, kept, shown and exported (Jianshan)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from accounts.refusals import Incomplete, NotPermitted, Stale, WrongState
from approvals.models import PlatformRecord
from approvals.platform import keeping
from jurisdictions.scope import enter
from tests.approvals.work import approved, carry_out, step_of
from tests.people import client_for, make_town
from workflow.clocks.clock import today
from workflow.models import AuditEntry, Message, Step, WorkItem

pytestmark = pytest.mark.django_db
CODE = "2602-230503-04-01-123456"


def typed(**changed: Any) -> dict[str, Any]:
    return {"code": CODE, "filed_on": today(), "stage": "filed", "percent": None, "progress": "", **changed}


@pytest.mark.article("JS-4")
def test_the_unit_enters_number_and_progress_and_the_list_is_exported() -> None:
    town = make_town("jianshan")
    project = approved(town, until="feasibility", investment="3000000.00")
    other = approved(town, until="feasibility", investment="3000000.00", action="extend")
    url = f"/jianshan/projects/{project.pk}/platform/"
    with enter(town.county):
        record = PlatformRecord.objects.get()
        assert (record.project, record.name) == (project, "省投资项目在线审批监管平台")
        item = WorkItem.objects.open().get(about=keeping.ABOUT)
        assert (item.office, item.record_id) == (project.owner_unit, project.pk)
        assert Message.objects.filter(kind="platform_asked").exists()
        with pytest.raises(NotPermitted):
            keeping.keep(actor=town.drc.actor, record=record, values=typed())
        tomorrow = today() + dt.timedelta(days=1)
        for wrong, field in (
            ({"code": "无"}, "code"),
            ({"filed_on": None}, "filed_on"),
            ({"filed_on": tomorrow}, "filed_on"),
            ({"stage": "x"}, "stage"),
            ({"percent": 101, "progress_on": today()}, "percent"),
            ({"percent": 10}, "progress_on"),
            ({"percent": 10, "progress_on": tomorrow}, "progress_on"),
            ({"percent": 10, "progress_on": dt.date(2020, 1, 1)}, "progress_on"),
        ):
            with pytest.raises(Incomplete) as refused:
                keeping.keep(actor=town.filer.actor, record=record, values=typed(**wrong))
            assert [(one.field, "JS-4" in one.articles) for one in refused.value.items] == [(field, True)]
        with pytest.raises(WrongState):
            keeping.keep(actor=town.filer.actor, record=None, values=typed())
    unit = client_for(town.owner)
    assert f"/projects/{project.pk}/platform/" in unit.get("/jianshan/queue/").content.decode()
    kept = unit.post(url, {**typed(percent=""), "filed_on": "x", "version": 0})
    assert kept.status_code == 422 and CODE in kept.content.decode()
    sent = {**typed(percent=""), "filed_on": today().isoformat(), "version": 0}
    assert unit.post(url, sent).status_code == 302
    assert unit.post(url, sent).status_code == 409
    assert unit.post(f"/jianshan/projects/{other.pk}/platform/", sent).status_code == 409
    with enter(town.county):
        record.refresh_from_db()
        assert (record.code, record.stage, record.percent) == (CODE, "filed", None)
        assert not WorkItem.objects.open().filter(about=keeping.ABOUT).exists()
        assert AuditEntry.objects.get(action="platform.keep").articles == record.step.articles
        with pytest.raises(Stale):
            keeping.keep(actor=town.filer.actor, record=record, values=typed(), seen_version=0)
    reviewer = client_for(town.drc)
    assert CODE in reviewer.get(f"/jianshan/projects/{project.pk}/replies/").content.decode()
    assert 'name="code"' not in reviewer.get(url).content.decode()
    assert CODE in reviewer.get("/jianshan/platform/").content.decode()
    api = f"/api/v1/jianshan/projects/{project.pk}/platform/"
    given = {"code": CODE, "filed_on": today().isoformat(), "stage": "approved", "version": 1}
    assert reviewer.post(api, given, content_type="application/json").status_code == 403
    assert unit.post(api, given, content_type="application/json").json()["stage"] == "approved"
    assert reviewer.get(api).json()["version"] == 2

    with enter(town.county):
        for _half in range(2):
            step = Step.objects.select_related("project__owner_unit", "office").get(project=project, key="feasibility")
            carry_out(town, step)
        assert step_of(town, project, "preliminary_design").state == "open"
    row = reviewer.get("/api/v1/jianshan/lists/?list=on_platform").json()["results"][0]
    assert (row["code"], row["feasibility"], row["estimate"]) == (CODE, "批〔2026〕1号", "3000000.00")


@pytest.mark.article("JS-4")
def test_progress_is_asked_for_again_as_the_implementation_goes_on() -> None:
    town = make_town("jianshan")
    project = approved(town, investment="3000000.00")
    with enter(town.county):
        record = PlatformRecord.objects.get()
        keeping.keep(actor=town.filer.actor, record=record, values=typed())
        step = step_of(town, project, "procurement")
        keeping.work_went_on(step, town.filer.actor, {})
        keeping.work_went_on(step, town.filer.actor, {})
        assert WorkItem.objects.open().filter(about=keeping.ABOUT).count() == 1
