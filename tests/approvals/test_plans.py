"""The annual plan as a whole: compiled, ranked, filed, approved, issued; its projects go with it."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.actors import SYSTEM
from accounts.refusals import Incomplete, NotPermitted, Refusal, Stale, WrongState
from approvals.services import plans
from jurisdictions.scope import enter
from projects.models import AnnualPlan, CostLine, PlanEntry, PlanState, Project, Standing
from tests.approvals.work import declared, step_of
from tests.people import Town, client_for, make_town
from workflow.clocks.clock import today
from workflow.models import Message, StepState
from workflow.route.steps import finish

pytestmark = pytest.mark.django_db


@pytest.fixture
def jinhu() -> Town:
    return make_town("jinhu")


def decided(town: Town, project: Project) -> None:
    """The government decides on a project, as a meeting does."""
    finish(actor=SYSTEM, step=step_of(town, project, "government_decision"), outcome="approve")


@pytest.mark.article("JH-9", "JH-11")
def test_a_plan_is_compiled_ranked_filed_approved_and_issued_and_its_projects_go_with_it(jinhu: Town) -> None:
    one, two = (declared(jinhu, until="city_filing", investment=amount) for amount in ("800000.00", "2600000.00"))
    early = declared(jinhu, until="consultation")
    bureau = jinhu.reviewer.actor
    with enter(jinhu.county):
        CostLine.objects.create(project=one, stage="rough_estimate", line="undivided", year=2027, amount=500_000)
        plan = plans.compile_plan(actor=bureau, year=2027)
        entries = {entry.project_id: entry for entry in plan.entries.all()}
        assert set(entries) == {one.pk, two.pk} and early.pk not in entries
        ranks = {f"rank-{entries[two.pk].pk}": "1", f"rank-{entries[one.pk].pk}": "2", "filled_by": "王明"}
        plans.save(actor=bureau, plan=plan, typed=ranks, seen_version=plan.version)

        with pytest.raises(WrongState, match="备案"):
            plans.move(actor=bureau, plan=plan, what="issue", on=today())
        plans.move(actor=bureau, plan=plan, what="file", on=today(), number="金数〔2026〕1号", text="无意见")
        assert step_of(jinhu, one, "city_filing").state == StepState.DONE
        with pytest.raises(WrongState, match="政府尚未审定"):
            plans.move(actor=bureau, plan=plan, what="approve", on=today())
        decided(jinhu, one)
        decided(jinhu, two)
        plans.move(actor=bureau, plan=plan, what="approve", on=today(), number="金政纪〔2026〕9号")
        # The bureau issues it with finance: both offices stand on it, and what is changed is signed again.
        finance = jinhu.finance.actor
        with pytest.raises(WrongState, match="财政局") as unsigned:
            plans.move(actor=bureau, plan=plan, what="issue", on=today())
        assert "JH-9" in unsigned.value.articles
        assert Message.objects.filter(kind="plan_to_sign", user=jinhu.finance.user).exists()
        for stranger in (bureau, jinhu.drc.actor):
            with pytest.raises(NotPermitted):
                plans.sign(actor=stranger, plan=plan)
        plans.sign(actor=finance, plan=plan)
        plan = plans.save(actor=bureau, plan=plan, typed={"filled_by": "王明"}, seen_version=None)
        assert plan.signed_at is None
        with pytest.raises(Stale):
            plans.sign(actor=finance, plan=plan, seen_version=0)
    page, sign = f"/jinhu/plans/{plan.pk}/", {"version": plan.version}
    assert "财政局" in client_for(jinhu.reviewer).get(page).content.decode()
    assert "sign/" in client_for(jinhu.finance).get(page).content.decode()
    assert client_for(jinhu.drc).post(f"{page}sign/", sign).status_code == 403
    assert client_for(jinhu.finance).post(f"{page}sign/", sign).status_code == 302
    assert client_for(jinhu.finance).post(f"{page}sign/", sign).status_code == 409
    with enter(jinhu.county):
        plan.refresh_from_db()
        assert (plan.signed_office, plan.signed_by) == (jinhu.duty["finance"], jinhu.finance.user)
        plans.move(actor=bureau, plan=plan, what="issue", on=today(), number="金数〔2026〕5号")
        issued = AnnualPlan.objects.get()
        assert (issued.state, issued.city_opinion, issued.filled_by) == (PlanState.ISSUED, "无意见", "王明")
        found = list(PlanEntry.objects.values_list("project", "rank", "entered_on"))
        assert found == [(two.pk, 1, today()), (one.pk, 2, today())]
        assert Project.objects.get(pk=one.pk).standing == Standing.PLANNED
        assert step_of(jinhu, one, "investment_plan").state == StepState.OPEN
        told = set(Message.objects.filter(kind="plan_issued").values_list("user__username", flat=True))
        assert told == {jinhu.drc.user.username, jinhu.finance.user.username}
    page = client_for(jinhu.drc).get(f"/jinhu/plans/{plan.pk}/").content.decode()
    assert "金湖县 2027 年度建设计划表" in page and "单位：万元" in page and "王明" in page
    assert 'name="rank-' not in page and "landscape.css" in page


def test_what_is_typed_wrong_is_refused_at_its_field_and_kept(jinhu: Town) -> None:
    project = declared(jinhu, until="city_filing")
    with enter(jinhu.county):
        plan = plans.compile_plan(actor=jinhu.reviewer.actor, year=2027)
        entry = plan.entries.get()
        with pytest.raises(Incomplete):
            plans.save(actor=jinhu.reviewer.actor, plan=plan, typed={f"rank-{entry.pk}": "0"}, seen_version=None)
        with pytest.raises(Stale):
            plans.save(actor=jinhu.reviewer.actor, plan=plan, typed={}, seen_version=7)
        with pytest.raises(Refusal, match="不能晚于今天"):
            tomorrow = today() + dt.timedelta(days=1)
            plans.move(actor=jinhu.reviewer.actor, plan=plan, what="file", on=tomorrow)
        with pytest.raises(NotPermitted):
            plans.compile_plan(actor=jinhu.finance.actor, year=2027)
        for year in (None, 1999):
            with pytest.raises(Refusal):
                plans.compile_plan(actor=jinhu.reviewer.actor, year=year)
    browser = client_for(jinhu.reviewer)
    url = f"/jinhu/plans/{plan.pk}/"
    refused = browser.post(f"{url}save/", {f"rank-{entry.pk}": "first", f"note-{entry.pk}": "备注一", "version": 0})
    assert refused.status_code == 422
    text = refused.content.decode()
    assert 'value="first"' in text and 'value="备注一"' in text and f"#field-rank-{entry.pk}" in text
    assert browser.post(f"{url}file/", {"on": "x", "version": 0}).status_code == 422
    assert browser.post(f"{url}file/", {"on": today(), "version": 0}).status_code == 302
    assert browser.post(f"{url}file/", {"on": today(), "version": 0}).status_code == 409
    assert browser.post(f"{url}reopen/", {"text": "", "version": 1}).status_code == 422
    assert browser.post(f"{url}reopen/", {"text": "市局要求调整", "version": 1}).status_code == 302
    assert browser.post(f"{url}nothing/", {}).status_code == 404
    assert project.name in browser.get(url).content.decode()


@pytest.mark.article("DA-17", "DA-22")
def test_a_county_without_filing_or_approval_of_the_whole_issues_its_plan_at_once(alpha: Town) -> None:
    project = declared(alpha, until="annual_plan", investment="600000.00")
    with enter(alpha.county):
        plan = plans.compile_plan(actor=alpha.reviewer.actor, year=2027)
        assert plans.moves_left(plan, plans.steps_of(plan)) == ["issue"]
        plans.move(actor=alpha.reviewer.actor, plan=plan, what="issue", on=today())
        assert Project.objects.get(pk=project.pk).standing == Standing.PLANNED
        with pytest.raises(WrongState):
            plans.compile_plan(actor=alpha.reviewer.actor, year=2027)


def test_what_is_no_candidate_any_more_leaves_the_proposal(jinhu: Town) -> None:
    project = declared(jinhu, until="city_filing")
    with enter(jinhu.county):
        plan = plans.compile_plan(actor=jinhu.reviewer.actor, year=2027)
        Project.objects.filter(pk=project.pk).update(plan_year=2028)
        plans.compile_plan(actor=jinhu.reviewer.actor, year=2027)
        assert not plan.entries.exists()
        later = plans.compile_plan(actor=jinhu.reviewer.actor, year=2028)
        assert later.entries.get().project_id == project.pk
