"""Likely splits and duplicates are found with reasons, bound and articles, and judged by a reviewer."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.refusals import NotPermitted, Refusal, WrongState
from jurisdictions.scope import enter
from projects import likeness
from projects.models import Likeness, SimilarFinding, Verdict
from tests.people import Town, client_for
from tests.projects import filling
from workflow.models import AuditEntry, Step, StepState

pytestmark = pytest.mark.django_db
CAMPUS = "建设校园视频监控、门禁和访客管理子系统，接入县级平台。"


@pytest.mark.article("DA-11", "CJ-8", "CJ-16")
def test_two_like_projects_of_a_unit_whose_sum_reaches_the_bound_are_a_likely_split(alpha: Town) -> None:
    with enter(alpha.county):
        first = filling.hand_in(alpha, name="校园安防系统（东片区）", amount="300000", content=CAMPUS)
        second = filling.hand_in(alpha, name="校园安防系统（西片区）", amount="250000", content=CAMPUS)
        finding = SimilarFinding.objects.get(project=second)
        assert (finding.kind, finding.other_id) == (Likeness.SPLIT, first.pk)
        assert finding.bound == Decimal("500000")
        assert finding.total == Decimal("550000")
        assert {"DA-11", "DA-20"} <= set(finding.articles)
        keys = [reason["key"] for reason in finding.reasons]
        assert "same_unit" in keys and "sum_crosses" in keys
        assert all(likeness.reason_sentence(reason) for reason in finding.reasons)


@pytest.mark.article("DA-11")
def test_three_parts_reach_a_bound_that_no_pair_reaches(alpha: Town) -> None:
    with enter(alpha.county):
        for part in ("东片区", "西片区"):
            filling.hand_in(alpha, name=f"校园安防系统（{part}）", amount="200000", content=CAMPUS)
        third = filling.hand_in(alpha, name="校园安防系统（南片区）", amount="150000", content=CAMPUS)
        kinds = set(SimilarFinding.objects.filter(project=third).values_list("kind", "bound", "total"))
    assert kinds == {(Likeness.SPLIT, Decimal("500000.00"), Decimal("550000.00"))}


def test_same_project_of_another_unit_is_shown_as_a_duplicate(alpha: Town) -> None:
    with enter(alpha.county):
        filling.hand_in(alpha, name="视频会议系统", amount="300000", content="在全县各乡镇建设视频会议终端和主会场。")
        other = filling.hand_in(
            alpha,
            alpha.other_filer,
            name="视频会议系统",
            amount="300000",
            content="在全县各乡镇建设视频会议终端和主会场。",
        )
        finding = SimilarFinding.objects.get(project=other)
    assert finding.kind == Likeness.DUPLICATE
    assert finding.bound is None


def test_unlike_projects_and_drafts_give_no_finding(alpha: Town) -> None:
    with enter(alpha.county):
        filling.hand_in(alpha, name="校园安防系统", amount="300000", content=CAMPUS)
        filling.draft(alpha.filer, name="医院排队叫号", amount="300000", content=CAMPUS)
        other = filling.hand_in(
            alpha,
            name="疫苗冷链追溯",
            amount="300000",
            content="采集冷库温度，记录疫苗出入库和接种去向，异常时短信告警。",
        )
        assert not SimilarFinding.objects.filter(project=other).exists()


@pytest.mark.article("DA-11")
def test_reviewer_records_the_verdict_and_the_filer_may_not(alpha: Town) -> None:
    with enter(alpha.county):
        filling.hand_in(alpha, name="校园安防系统（东片区）", amount="300000", content=CAMPUS)
        project = filling.hand_in(alpha, name="校园安防系统（西片区）", amount="250000", content=CAMPUS)
        finding = SimilarFinding.objects.select_related("project").get(project=project)
        with pytest.raises(NotPermitted):
            likeness.judge_finding(actor=alpha.filer.actor, finding=finding, verdict=Verdict.CLEARED)
        with pytest.raises(Refusal):
            likeness.judge_finding(actor=alpha.reviewer.actor, finding=finding, verdict=Verdict.CONFIRMED, note=" ")
        step = Step.objects.get(project=project, state=StepState.OPEN)
    asked = client_for(alpha.secretary).get(f"/dean/steps/{step.pk}/").content.decode()
    assert f"/dean/findings/{finding.pk}/judge/" in asked and "有 1 项相似项目尚未认定" in asked
    client = client_for(alpha.reviewer)
    client.post(f"/dean/findings/{finding.pk}/judge/", {"verdict": "confirmed", "verdict_note": "同一需求拆成两片"})
    with enter(alpha.county):
        finding.refresh_from_db()
        assert (finding.verdict, finding.verdict_by_id) == (Verdict.CONFIRMED, alpha.reviewer.user.pk)
        assert AuditEntry.objects.filter(project=project, action="finding.judge").exists()
        likeness.compare(actor=alpha.reviewer.actor, project=finding.project)
        finding.refresh_from_db()
        assert finding.verdict == Verdict.CONFIRMED
        with pytest.raises(WrongState, match="已作出认定"):
            likeness.judge_finding(actor=alpha.secretary.actor, finding=finding, verdict=Verdict.CLEARED)
    assert "同一需求拆成两片" in client.get(f"/dean/projects/{project.pk}/").content.decode()


def test_comparison_costs_the_same_queries_however_many_projects_there_are(alpha: Town) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            likeness.compare(actor=alpha.reviewer.actor, project=project)
        return sum(1 for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE")))

    with enter(alpha.county):
        project = filling.hand_in(alpha, name="校园安防系统", content=CAMPUS)
        few = queries()
        for number in range(3):
            filling.hand_in(alpha, name=f"冷链追溯{number}号", amount="100000", content=f"第{number}类药品追溯。" * 3)
        assert queries() == few


@pytest.mark.article("DA-11")
def test_parts_of_the_same_unit_are_found_behind_newer_projects_of_others(alpha: Town, monkeypatch) -> None:
    monkeypatch.setattr(likeness, "MOST_COMPARED", 1)
    with enter(alpha.county):
        first = filling.hand_in(alpha, name="校园安防系统（东片区）", amount="300000", content=CAMPUS)
        filling.hand_in(alpha, alpha.other_filer, name="疫苗冷链追溯", amount="300000", content="采集冷库温度。")
        second = filling.hand_in(alpha, name="校园安防系统（西片区）", amount="250000", content=CAMPUS)
        assert [one.other_id for one in SimilarFinding.objects.filter(project=second)] == [first.pk]


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ("甲乙丙丁", "甲乙丙丁", 1.0),
        ("甲乙 丙，丁", "甲乙丙丁", 1.0),
        ("甲乙甲乙甲乙", "甲乙", 2 / 6),  # 甲乙 乙甲 甲乙 乙甲 甲乙 beside 甲乙: one in common
        ("ＡＢＣ", "abc", 1.0),
        ("甲", "甲", 1.0),
        ("甲乙", "丙丁", 0.0),
        ("", "", 0.0),
    ],
)
def test_share_counts_each_pair_as_often_as_both_texts_hold_it(one: str, two: str, expected: float) -> None:
    assert likeness.share(likeness.Pairs(one), likeness.Pairs(two)) == pytest.approx(expected)
    assert likeness.share(likeness.Pairs(two), likeness.Pairs(one)) == pytest.approx(expected)
    assert likeness.share(likeness.Pairs(one), likeness.Pairs(two), least=1.01) == 0.0
