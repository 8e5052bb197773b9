"""Changes of what was approved: what each county's rules say of them, and what the offices do."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from accounts.actors import SYSTEM
from accounts.refusals import Incomplete, NotPermitted, Refusal, WrongState
from approvals.changes import anew
from approvals.changes.filing import CHANGE, begin
from approvals.changes.ruling import FLAGS, Base, base_of, judge
from approvals.experts.consolidation import consolidate
from approvals.kinds.records import record_result
from approvals.kinds.reviews import decide
from approvals.models import ChangeRequest, Reply
from approvals.services.limits import budget_of
from jurisdictions.scope import enter
from projects.models import CostLine, Project
from projects.ruling import route_of
from projects.services import money
from tests.approvals.experts_work import drawn, fill_library, sign_all
from tests.approvals.work import approved as driven
from tests.approvals.work import paper, step_of
from tests.people import Person, Town, client_for, make_county, make_town
from tests.workflow.work import make_project
from workflow.clocks.clock import today
from workflow.filings import services as filings
from workflow.machines.runner import perform_all
from workflow.models import AuditEntry, Filing, FilingState, Step, StepState, WorkItem
from workflow.route.steps import advance, locked_steps, sync_steps

pytestmark = pytest.mark.django_db


def approved(town: Town, *, investment: str = "1000000.00", **facts: Any) -> Project:
    """A project whose initiation is over: its approval runs."""
    project = make_project(town, investment=Decimal(investment), state="running", standing="planned", **facts)
    with enter(town.county):
        sync_steps(actor=SYSTEM, project=project, route=route_of(project))
        perform_all([one for one in locked_steps(project) if one.phase == "initiation"], "skip", actor=SYSTEM)
    return project


def typed(*lines: tuple[str, str, str], reason: str = "business_need", **flags: str) -> dict[str, Any]:
    """What the unit types: amounts in 万元."""
    return {
        "change": {"title": "调整", "what": "原二十台，拟三十台", "reason": reason, "why": "业务发展"},
        "facts": {**dict.fromkeys(FLAGS, "no"), **flags},
        "money": {"lines": [{"line": one, "old": old, "new": new, "note": ""} for one, old, new in lines]},
    }


def draft(town: Town, project: Project, *lines: tuple[str, str, str], **more: Any) -> Filing:
    filing = begin(actor=town.filer.actor, project=project)
    filing = filings.save(actor=town.filer.actor, filing=filing, content=typed(*lines, **more))
    for key in CHANGE.judged(filing).papers:
        filings.attach(actor=town.filer.actor, filing=filing, purpose=key, upload=paper())
    return filing


def asked(town: Town, project: Project, *lines: tuple[str, str, str], **more: Any) -> Filing:
    return filings.submit(actor=town.filer.actor, filing=draft(town, project, *lines, **more))


def act(project: Project, number: int = 0) -> Step:
    """The act of an office on the newest change."""
    found = Step.objects.select_related("project", "office").filter(project=project, key="change", rule__act=number)
    return found.order_by("-pk")[0]


def reply(person: Person, project: Project, number: int = 0, *, outcome: str = "approve", **record: Any) -> Step:
    facts = {"number": f"批复{number}号", "on": today(), **record}
    return decide(actor=person.actor, step=act(project, number), outcome=outcome, reason="同意", record=facts)


ROW = [
    # county, facts, lines, flags, outcome, authorities
    ("dean", {}, [("hardware", "50", "50.000001")], {}, "approve", ["drc"]),
    ("dean", {"action": "operate"}, [], {}, "approve", ["government"]),
    ("dean", {"owner_kind": "soe"}, [], {}, "approve", ["finance"]),
    ("jinhu", {}, [("hardware", "50", "60")], {}, "approve", ["data_bureau", "drc"]),
    ("jinhu", {}, [("hardware", "50", "60.000001")], {}, "forbidden", []),
    ("jinhu", {}, [], {"brand_changed": "yes"}, "forbidden", []),
    ("jinhu", {}, [], {"hardware_changed": "yes"}, "approve", ["data_bureau", "drc"]),
    ("jinhu", {"action": "operate"}, [], {"hardware_changed": "yes"}, "approve", ["data_bureau"]),
    ("lingchuan", {}, [("hardware", "50", "60"), ("data", "30", "20")], {}, "file", ["data_bureau"]),
    ("lingchuan", {}, [("hardware", "50", "60.000001"), ("data", "30", "19.999999")], {}, "redeclare", []),
    ("lingchuan", {}, [], {"goal_changed": "yes"}, "redeclare", []),
    ("lingchuan", {}, [], {"exceeds_budget": "yes"}, "approve", ["finance"]),
    ("jianshan", {}, [("hardware", "50", "65"), ("data", "30", "15")], {}, "file", ["drc"]),
    ("jianshan", {}, [("hardware", "50", "65.000001"), ("data", "30", "14.999999")], {}, "approve", ["drc"]),
    ("jianshan", {}, [], {"goal_changed": "yes"}, "approve", ["drc"]),
    ("changji", {}, [("hardware", "50", "90")], {"goal_changed": "yes"}, "silent", []),
]


@pytest.mark.article("DA-28", "JH-21", "LC-22", "JS-14")
@pytest.mark.parametrize(("code", "facts", "lines", "flags", "outcome", "authorities"), ROW)
def test_what_each_county_says_of_a_change_at_its_bound(
    code: str, facts: dict[str, Any], lines: list[Any], flags: dict[str, str], outcome: str, authorities: list[str]
) -> None:
    county, version = make_county(code)
    project = Project(pk=1, investment=Decimal(1_000_000), rule_version=version, **facts)
    base = Base(Decimal(1_000_000), Decimal(1_000_000), Decimal(0))
    with enter(county):
        judged = judge(project, typed(*lines, **flags), base)
    assert judged.outcome == outcome
    if authorities:
        assert [one["authority"] for one in judged.acts] == authorities
    assert judged.articles or outcome == "silent"


@pytest.mark.article("LC-22")
def test_a_change_that_moves_sums_within_a_budget_below_the_estimate_does_not_exceed_it() -> None:
    county, version = make_county("lingchuan")
    project = Project(pk=1, investment=Decimal(1_000_000), rule_version=version)
    base = Base(Decimal(1_000_000), Decimal(1_000_000), Decimal(0), budget=Decimal(900_000))
    with enter(county):
        within = judge(project, typed(("hardware", "50", "60"), ("data", "30", "20")), base)
        beyond = judge(project, typed(("hardware", "50", "50.01")), base)
    assert [one["authority"] for one in within.acts] == ["data_bureau"]
    assert [one["authority"] for one in beyond.acts] == ["finance"]


@pytest.mark.article("DA-28")
def test_an_approved_change_alters_total_lines_and_route(alpha: Town) -> None:
    with enter(alpha.county):
        project = approved(alpha, investment="1990000.00")
        advance(actor=SYSTEM, project=project)
        keys = set(Step.objects.filter(project=project).exclude(state="skipped").values_list("key", flat=True))
        money.keep(project=project, stage="budget", origin="step:1", total=Decimal(1_900_000))
        filing = asked(alpha, project, ("hardware", "50", "61"))
        assert filing.state == FilingState.SUBMITTED
        step = act(project)
        assert (step.office, step.state, step.phase) == (alpha.duty["drc"], StepState.OPEN, "approval")
        assert WorkItem.objects.open().get(step=step).duty == "decide"
        with pytest.raises(NotPermitted):
            reply(alpha.finance, project, amount=Decimal("2100000"))
        with pytest.raises(Incomplete) as refused:
            decide(actor=alpha.drc.actor, step=step, outcome="approve", reason="同意", record={})
        assert {one.field for one in refused.value.items} == {"number", "on", "amount"}
        reply(alpha.drc, project, amount=Decimal("2100000.00"))
        project.refresh_from_db()
        assert project.investment == Decimal("2100000.00")
        filing.refresh_from_db()
        assert filing.state == FilingState.ACCEPTED
        row = ChangeRequest.objects.get()
        assert (row.delta, row.moved, row.base) == (Decimal(110_000), Decimal(110_000), Decimal(1_990_000))
        lines = CostLine.objects.filter(project=project)
        assert sum(lines.exclude(stage="budget").values_list("amount", flat=True)) == Decimal(2_100_000)
        assert budget_of(project) == ("budget", Decimal(2_010_000))
        assert Reply.objects.get(step=act(project)).amount == Decimal(2_100_000)
        after = set(Step.objects.filter(project=project).exclude(state="skipped").values_list("key", flat=True))
        assert "feasibility" in after - keys
        assert AuditEntry.objects.filter(action="project.change", project=project).exists()
        assert AuditEntry.objects.filter(action="project.reroute", project=project).exists()
        assert base_of(project).now == Decimal(2_100_000)


def test_a_refused_change_ends_the_request_and_not_the_project(alpha: Town) -> None:
    with enter(alpha.county):
        project = approved(alpha)
        filing = asked(alpha, project, ("hardware", "50", "51"))
        reply(alpha.drc, project, outcome="refuse")
        filing.refresh_from_db()
        project.refresh_from_db()
        assert (filing.state, project.state) == (FilingState.REFUSED, "running")
        assert project.investment == Decimal(1_000_000)
        begin(actor=alpha.filer.actor, project=project)


def test_a_change_is_returned_corrected_and_withdrawn_and_one_is_open_at_a_time(alpha: Town) -> None:
    with enter(alpha.county):
        project = approved(alpha)
        filing = asked(alpha, project)
        with pytest.raises(WrongState, match="一次只能"):
            begin(actor=alpha.second_filer.actor, project=project)
        step = act(project)
        filings.send_back(actor=alpha.drc.actor, step=step, items=[{"section": "change", "text": "理由不足"}])
        filing.refresh_from_db()
        assert (filing.state, act(project).state) == (FilingState.RETURNED, StepState.WAITING)
        filings.resubmit(actor=alpha.filer.actor, filing=filing)
        assert act(project).state == StepState.OPEN
        filing = filings.withdraw(actor=alpha.filer.actor, filing=filing, reason="不变了")
        assert act(project).state == StepState.CANCELLED
        assert not WorkItem.objects.open().filter(step=act(project)).exists()
        with pytest.raises(NotPermitted):
            begin(actor=alpha.other_filer.actor, project=project)
        with pytest.raises(NotPermitted):
            begin(actor=alpha.drc.actor, project=project)


@pytest.mark.article("LC-22")
def test_a_note_is_filed_shares_add_up_and_beyond_the_bound_it_is_declared_anew(beta: Town) -> None:
    with enter(beta.county):
        project = approved(beta)
        filing = asked(beta, project, ("hardware", "50", "56"), ("data", "30", "24"))
        step = act(project)
        assert (step.kind, step.office) == ("change_filed", beta.duty["data_bureau"])
        record_result(actor=beta.reviewer.actor, step=step, on=today(), number="备1")
        filing.refresh_from_db()
        assert filing.state == FilingState.ACCEPTED
        assert base_of(project).earlier == Decimal(60_000)
        second = draft(beta, project, ("hardware", "56", "60.0001"), ("data", "24", "19.9999"))
        judged = CHANGE.judged(second)
        assert (judged.ratio, judged.outcome) == (Decimal("0.100001"), "redeclare")
        with pytest.raises(Incomplete) as refused:
            filings.submit(actor=beta.filer.actor, filing=second)
        assert "LC-22" in refused.value.items[0].articles
        declaration = anew.redeclare(actor=beta.filer.actor, filing=second)
        second.refresh_from_db()
        assert second.state == FilingState.WITHDRAWN
        assert ChangeRequest.objects.get(filing=second).anew == declaration.project
        with pytest.raises(WrongState):
            anew.redeclare(actor=beta.filer.actor, filing=second)


@pytest.mark.article("JH-21", "JH-10")
def test_two_acts_follow_each_other_and_what_is_asked_in_principle_is_departed_from_with_a_reason(db: None) -> None:
    town = make_town("jinhu")
    with enter(town.county):
        project = approved(town)
        filing = asked(town, project, hardware_changed="yes")
        departs: dict[str, Any] = {"departures": {"change": "设备停产"}}
        step = act(project)
    # New hardware is argued before experts: the bureau may ask its own, and then waits for what they say.
    assert (
        f"/{town.code}/projects/{project.pk}/experts/"
        in client_for(town.reviewer).get(f"/{town.code}/steps/{step.pk}/").content.decode()
    )
    fill_library(town)
    panel = drawn(town, project, step=step)
    with enter(town.county):
        with pytest.raises(WrongState, match="专家") as waits:
            reply(town.reviewer, project, **departs)
        assert "JH-6" in waits.value.articles
    sign_all(town, panel)
    with enter(town.county):
        consolidate(actor=town.reviewer.actor, panel=panel, text="可以更换")
        with pytest.raises(Refusal, match="原则上"):
            reply(town.reviewer, project)
        reply(town.reviewer, project, **departs)
        filing.refresh_from_db()
        assert filing.state == FilingState.SUBMITTED
        assert act(project, 1).office == town.duty["drc"]
        reply(town.drc, project, 1, amount=Decimal(1_000_000))
        filing.refresh_from_db()
        assert filing.state == FilingState.ACCEPTED
        assert Reply.objects.filter(step__project=project).count() == 2
        with pytest.raises(Incomplete) as refused:
            asked(town, project, brand_changed="yes")
        assert "JH-21" in refused.value.items[0].articles


def test_the_pages_of_it(alpha: Town, beta: Town) -> None:
    with enter(alpha.county):
        project = approved(alpha)
    unit, bureau = client_for(alpha.filer), client_for(alpha.drc)
    url = f"/{alpha.code}/projects/{project.pk}/changes/"
    assert "提出变更" in unit.get(url).content.decode()
    assert "提出变更" not in bureau.get(url).content.decode()
    assert client_for(alpha.other_filer).get(url).status_code == 404
    edit = unit.post(f"{url}new/")["Location"]
    form = unit.get(edit).content.decode()
    overview = unit.get(f"/{alpha.code}/projects/{project.pk}/").content.decode()
    assert edit in overview and "变更申请" in overview
    assert "规则结论" in form and "须经批准" in form and "DA" not in form.split("规则结论")[0][-50:]
    assert unit.post(f"{url}new/").status_code == 409
    with enter(alpha.county):
        filing = Filing.objects.get(kind="change")
    answer = unit.post(
        f"/{alpha.code}/changes/{filing.pk}/preview/",
        {"money-lines-0-line": "data", "money-lines-0-old": "10", "money-lines-0-new": "20"},
    )
    assert "10%" in answer.content.decode()
    assert bureau.post(f"/{alpha.code}/changes/{filing.pk}/preview/", {}).status_code == 403
    with enter(alpha.county):
        filing = filings.save(actor=alpha.filer.actor, filing=filing, content=typed(("data", "10", "20")))
        filings.submit(actor=alpha.filer.actor, filing=filing)
        step = act(project)
    page = bureau.get(f"/{alpha.code}/steps/{step.pk}/").content.decode()
    assert 'name="number"' in page and 'value="110"' in page and "原二十台" in page
    assert "调整" in bureau.get(f"/{alpha.code}/changes/").content.decode()
    assert "变更批复" in bureau.get(f"/{alpha.code}/projects/{project.pk}/").content.decode()
    assert "变更批复" in bureau.get(f"/{alpha.code}/queue/").content.decode()
    page = unit.get(url).content.decode()
    assert "变更批复" in page and "提出变更" not in page
    assert client_for(beta.filer).get(f"/{beta.code}/projects/{project.pk}/changes/").status_code == 404


def test_what_was_approved_meanwhile_is_asked_again_before_an_act(beta: Town) -> None:
    with enter(beta.county):
        project = approved(beta)
        asked(beta, project, ("hardware", "50", "60"), ("data", "30", "20"))
        Project.objects.filter(pk=project.pk).update(investment=Decimal("999999.99"))
        with pytest.raises(Refusal, match="提交以后批准内容有变"):
            record_result(actor=beta.reviewer.actor, step=act(project), on=today(), number="备2")
        Project.objects.filter(pk=project.pk).update(investment=Decimal("1000000.00"))
        record_result(actor=beta.reviewer.actor, step=act(project), on=today(), number="备2")
        with pytest.raises(WrongState):
            record_result(actor=beta.reviewer.actor, step=act(project), on=today(), number="备3")


@pytest.mark.article("DA-28", "LC-22")
def test_a_program_asks_for_a_change_and_writes_hands_in_and_withdraws_what_a_unit_prepares(alpha: Town) -> None:
    with enter(alpha.county):
        project = driven(alpha, until="budget_review", investment="3000000.00")
    unit, bureau = client_for(alpha.owner), client_for(alpha.drc)
    api = f"/api/v1/{alpha.code}"
    json: dict[str, Any] = {"content_type": "application/json"}
    assert bureau.post(f"{api}/projects/{project.pk}/changes/", **json).status_code == 403
    begun = unit.post(f"{api}/projects/{project.pk}/changes/", **json)
    assert begun.status_code == 201
    address = f"{api}/filings/{begun.json()['filing_id']}/"
    assert bureau.get(address).status_code == 404  # a draft is the unit's own
    assert bureau.get(f"{api}/projects/{project.pk}/changes/").json()["results"] == []
    assert unit.post(f"{api}/projects/{project.pk}/changes/", **json).status_code == 409
    draft = unit.get(address).json()
    assert {one["field"] for one in draft["missing"]} >= {"change-title", "change-what"}
    typed_in = {"content": typed(("data", "10", "20")), "content_version": draft["content_version"]}
    saved = unit.patch(address, typed_in, **json).json()
    assert saved["missing"] == [] and unit.patch(address, typed_in, **json).status_code in (200, 409)
    before = unit.get(address).json()
    only = {"content": {"change": {"title": "只改这一项"}}, "content_version": before["content_version"]}
    after = unit.patch(address, only, **json).json()["content"]
    assert after == {**before["content"], "change": {**before["content"]["change"], "title": "只改这一项"}}
    handed = unit.post(f"{address}submit/", {}, **json)
    assert (handed.status_code, handed.json()["state"]) == (200, "submitted")
    [row] = bureau.get(f"{api}/projects/{project.pk}/changes/").json()["results"]
    assert (row["outcome"], row["moved"], row["state"]) == ("approve", "100000.00", "submitted")
    assert bureau.get(address).json()["state"] == "submitted"
    listed = bureau.get(f"{api}/filings/?project={project.pk}&state=submitted").json()["results"]
    assert [one["kind"] for one in listed] == ["change"]
    assert unit.post(f"{api}/changes/{row['filing_id']}/redeclare/", **json).status_code in (403, 409)
    assert unit.post(f"{address}withdraw/", {"reason": "不需要了"}, **json).json()["state"] == "withdrawn"

    with enter(alpha.county):
        prepared = Filing.objects.get(step__project=project, kind="budget_review")
        wanted = list(prepared.step_rule["hands_in"])
    address = f"{api}/filings/{prepared.pk}/"
    content = {
        "content": {"summary": "建设内容", "beyond": "no"},
        "money": {"total": "300", "lines": [{"line": "hardware", "amount": "300", "note": ""}]},
    }
    version = unit.get(address).json()["content_version"]
    assert unit.patch(address, {"content": content, "content_version": version}, **json).status_code == 200
    filer = client_for(alpha.filer)
    for key in wanted:
        assert filer.post(f"{address}papers/", {"purpose": key, "file": paper()}).status_code == 201
    assert unit.post(f"{address}submit/", {}, **json).json()["state"] == "submitted"
    with enter(alpha.county):
        step = step_of(alpha, project, "budget_review")
    said = {
        "outcome": "approve",
        "reason": "同意",
        "number": "财〔2026〕1号",
        "on": today().isoformat(),
        "amount": 3000000,
    }
    due = (today() + dt.timedelta(days=30)).isoformat()
    said |= {"conditions": [{"text": "落实云资源", "due_on": due}]}
    assert client_for(alpha.finance).post(f"{api}/steps/{step.pk}/decide/", said, **json).status_code == 200
    [reply] = [one for one in unit.get(f"{api}/projects/{project.pk}/replies/").json()["results"] if one["amount"]]
    [condition] = reply["conditions"]
    acts = f"{api}/conditions/{condition['id']}/"
    assert unit.post(acts, {"act": "report", "text": "已落实"}, **json).json()["state"] == "reported"
    assert bureau.post(acts, {"act": "confirm"}, **json).status_code == 403
    assert client_for(alpha.finance).post(acts, {"act": "confirm"}, **json).json()["state"] == "fulfilled"
