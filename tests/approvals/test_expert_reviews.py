"""An expert's way through a review: the link, the declaration, the signed opinion; then the lead's consolidation."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from accounts.refusals import Incomplete, NotPermitted, Refusal, WrongState
from approvals.experts import consolidation, fees, library, links, opinions, panels
from approvals.guards import papers_shown
from approvals.models import Attendance, ExpertLink, ExpertOpinion, FeeRate, Panel, Seat
from jurisdictions.scope import enter
from tests.approvals.experts_work import answers, drawn, fill_library, seats_of, sign_all
from tests.approvals.work import declared, paper
from tests.people import Town, client_for, make_town
from workflow.clocks import clock
from workflow.documents import storage
from workflow.filings import services as filings
from workflow.models import AuditEntry, Document, Filing, Message


def review(town: Town, **changed: Any) -> Panel:
    """A panel that was drawn for a project before the data bureau."""
    fill_library(town)
    return drawn(town, declared(town, until="preliminary_evaluation"), **changed)


def link_of(town: Town, panel: Panel, number: int = 0) -> tuple[Seat, str]:
    """A seat, and the address of its link."""
    with enter(town.county):
        seat = seats_of(panel)[number]
        return seat, f"/{town.code}/expert/{links.make(actor=town.reviewer.actor, seat=seat)}/"


class TestLink:
    @pytest.mark.article("JH-13", "JS-3")
    def test_an_expert_declares_reads_and_signs_without_an_account(self, alpha: Town) -> None:
        panel = review(alpha)
        with enter(alpha.county):
            seen, hidden = (
                storage.store(
                    actor=alpha.reviewer.actor, project=panel.project, purpose="x", upload=paper(f"{name}.pdf")
                )
                for name in ("方案", "内部")
            )
            Panel.objects.filter(pk=panel.pk).update(papers=[seen.pk])
            panel.refresh_from_db()
        seat, url = link_of(alpha, panel)
        expert = Client()
        first = expert.get(url)
        assert first.status_code == 200 and "方案.pdf" not in first.content.decode()
        assert expert.get(f"{url}papers/{seen.pk}/").status_code == 404
        assert expert.post(url, {}).status_code == 422
        assert expert.post(url, {"conflict_is": "none"}).status_code == 302
        page = expert.get(url).content.decode()
        assert "方案.pdf" in page and "内部.pdf" not in page
        assert expert.get(f"{url}papers/{seen.pk}/").status_code == 200
        assert expert.get(f"{url}papers/{hidden.pk}/").status_code == 404
        sent = answers(panel, seat)
        refused = expert.post(url, sent | {"name": "别人", "points-whole": "101", "agreed": ""})
        assert refused.status_code == 422 and "方案可行" in refused.content.decode()
        assert expert.post(url, sent).status_code == 200
        with enter(alpha.county):
            opinion = ExpertOpinion.objects.get()
            assert opinion.sha256 == opinions.content_hash(opinion) and opinion.signed_name == seat.name
            said = AuditEntry.objects.filter(actor_name=seat.name).order_by("pk").values_list("action", "actor_role")
            assert list(said) == [("seat.clear", "guest"), ("seat.sign", "guest")]
        history = client_for(alpha.filer).get(f"/{alpha.code}/projects/{panel.project_id}/history/").content.decode()
        assert panel.purpose in history and seat.name not in history
        assert expert.get(url).status_code == expert.post(url, sent).status_code == 404

    def test_what_opens_nothing_is_answered_alike(self, alpha: Town, beta: Town) -> None:
        panel = review(alpha)
        _seat, url = link_of(alpha, panel)
        _other, second = link_of(alpha, panel, 1)
        expert, token = Client(), url.split("/")[3]
        found = [expert.get(f"/{beta.code}/expert/{token}/"), expert.get(f"/nowhere/expert/{token}/")]
        found += [expert.get(f"/{alpha.code}/expert/{text}/") for text in ("x", token[:-1], token.split(".")[0])]
        with enter(alpha.county):
            links.revoke(actor=alpha.reviewer.actor, seat=seats_of(panel)[0])
            ExpertLink.objects.filter(revoked_at=None).update(expires_at=timezone.now())
            assert token not in str(list(ExpertLink.objects.values()))
        found += [expert.get(url), expert.get(second)]
        assert {one.status_code for one in found} == {404}
        with enter(alpha.county):
            name = Panel.objects.select_related("project").get().project.name
        assert not any(name in one.content.decode() for one in found)
        for _number in range(20):
            last = expert.get(url)
        assert last.status_code == 429

    def test_a_new_link_closes_the_one_before_and_only_the_lead_makes_one(self, alpha: Town) -> None:
        panel = review(alpha)
        seat, url = link_of(alpha, panel)
        answer = client_for(alpha.head).post(f"/{alpha.code}/experts/reviews/{panel.pk}/link/", {"seat": seat.pk})
        assert answer.status_code == 200 and "no-store" in answer["Cache-Control"]
        assert f"/{alpha.code}/expert/" in answer.content.decode()
        assert Client().get(url).status_code == 404
        with enter(alpha.county), pytest.raises(NotPermitted):
            links.make(actor=alpha.drc.actor, seat=seat)

    @pytest.mark.article("CJ-32")
    def test_who_declares_a_conflict_goes_and_the_place_is_drawn_anew(self, alpha: Town) -> None:
        panel = review(alpha)
        seat, url = link_of(alpha, panel)
        expert = Client()
        assert expert.post(url, {"conflict_is": "some"}).status_code == 422
        assert expert.post(url, {"conflict_is": "some", "conflict": "配偶在该单位"}).status_code == 200
        assert expert.get(url).status_code == 404
        with enter(alpha.county):
            seat.refresh_from_db()
            assert (seat.state, seat.gone_because) == ("out", "配偶在该单位")
            assert Message.objects.filter(kind="expert_conflict", user=alpha.reviewer.user).exists()
            who = alpha.reviewer.actor
            draw = panels.commit(actor=who, panel=panel, reason="回避补抽")
            assert seat.name in {one["name"] for one in draw.left_out}
            panels.reveal(actor=who, draw=draw)
            assert len(seats_of(panel)) == 3

    def test_an_opinion_never_changes_in_the_database(self, alpha: Town) -> None:
        panel = review(alpha)
        sign_all(alpha, panel)
        from django.db import ProgrammingError

        with pytest.raises(ProgrammingError), enter(alpha.county):
            ExpertOpinion.objects.update(text="x")


class TestConsolidation:
    @pytest.mark.article("JS-3")
    def test_signed_and_sorted_opinions_are_the_papers_of_the_step(self, db: None) -> None:
        town = make_town("jianshan")
        fill_library(town)
        project = declared(town, until="expert_argumentation")
        with enter(town.county):
            step = project.steps.get(key="expert_argumentation")
            step.project = project
            assert papers_shown(step) == set()
        shown = client_for(town.reviewer).get(f"/{town.code}/steps/{step.pk}/").content.decode()
        assert f"/{town.code}/projects/{project.pk}/experts/" in shown
        panel = drawn(town, project, step=step)
        with enter(town.county):
            assert [one["key"] for one in opinions.asked(panel)] == ["consolidation", "data_sharing"]
        sign_all(town, panel, "agree", "agree", "object")
        with enter(town.county):
            done = consolidation.consolidate(actor=town.reviewer.actor, panel=panel, text="总体可行")
            assert (done.state, [one["average"] for one in done.summary["averages"]]) == ("closed", ["80.0", "80.0"])
            assert len(done.summary["minority"]) == 1 and done.summary["conclusions"] == {"agree": 2, "object": 1}
            assert papers_shown(step) == {"signed_expert_opinion"}
            review_step = project.steps.get(key="technical_review")
            review_step.project = project
            assert papers_shown(review_step) == {"sorted_expert_opinions"}
            kept = Document.objects.get(purpose="signed_expert_opinion")
            book = load_workbook(io.BytesIO(storage.path_of(kept).read_bytes()))
            rows = [[cell.value for cell in row] for row in book.active.iter_rows(min_row=4)]
            assert {row[7] for row in rows} == set(ExpertOpinion.objects.values_list("sha256", flat=True))
            with pytest.raises(WrongState):
                consolidation.consolidate(actor=town.reviewer.actor, panel=panel, text="再来")

    def test_who_has_not_signed_is_waited_for_until_the_day(self, alpha: Town) -> None:
        panel = review(alpha, size=5, places={"网络安全": 3, "云计算": 2})
        sign_all(alpha, panel, leave=2)
        who, why = alpha.reviewer.actor, "两位专家未能按期答复"
        with enter(alpha.county):
            waited_for = [one.name for one in seats_of(panel) if one.state != "signed"]
            with pytest.raises(Incomplete) as refused:
                consolidation.consolidate(actor=who, panel=panel, text="可行", missing_reason=why)
            assert all(name in refused.value.listed()[0]["text"] for name in waited_for)
            Panel.objects.filter(pk=panel.pk).update(due_on=clock.today() - dt.timedelta(1))
            with pytest.raises(Incomplete) as refused:
                consolidation.consolidate(actor=who, panel=panel, text="")
            assert [line["field"] for line in refused.value.listed()] == ["text", "missing_reason"]
            done = consolidation.consolidate(actor=who, panel=panel, text="可行", missing_reason=why)
            assert done.summary["missing"] == waited_for and done.summary["missing_reason"] == why

    def test_too_few_signatures_end_no_panel(self, alpha: Town) -> None:
        panel = review(alpha)
        with enter(alpha.county):
            Panel.objects.filter(pk=panel.pk).update(due_on=clock.today() - dt.timedelta(1))
            with pytest.raises(Incomplete) as refused:
                consolidation.consolidate(actor=alpha.reviewer.actor, panel=panel, text="可行", missing_reason="等不及")
            assert [line["articles"] for line in refused.value.listed()] == [["DA-24(3)"]]
            with pytest.raises(WrongState):
                panel.refresh_from_db()
                links.make(actor=alpha.reviewer.actor, seat=seats_of(panel)[0])
        page, reviewer = f"/{alpha.code}/experts/reviews/{panel.pk}/extend/", client_for(alpha.reviewer)
        assert reviewer.post(page, {"due_on": clock.today().isoformat()}).status_code == 422
        assert reviewer.post(page, {"due_on": (clock.today() + dt.timedelta(5)).isoformat()}).status_code == 302
        with enter(alpha.county):
            panel.refresh_from_db()
            assert links.found(links.make(actor=alpha.reviewer.actor, seat=seats_of(panel)[0])) is not None

    @pytest.mark.article("JS-3")
    def test_the_unit_presents_and_supplements_and_the_experts_sign_anew(self, alpha: Town) -> None:
        panel = review(alpha)
        sign_all(alpha, panel, "object", "agree", "agree")
        who = alpha.reviewer.actor
        with enter(alpha.county):
            with pytest.raises(Refusal):
                consolidation.ask_supplement(actor=who, panel=panel, text=" ")
            filing = consolidation.ask_supplement(actor=who, panel=panel, text="补充密码应用方案")
            with pytest.raises(WrongState):
                consolidation.ask_supplement(actor=who, panel=panel, text="再补")
            with pytest.raises(Incomplete):
                consolidation.consolidate(actor=who, panel=panel, text="可行")
            assert Message.objects.filter(kind="supplement_asked", user=alpha.filer.user).exists()
        url = f"/{alpha.code}/filings/{filing.pk}/edit/"
        assert client_for(alpha.filer).get(url).status_code == 200
        with enter(alpha.county):
            filing = Filing.objects.select_related("project", "unit").get(pk=filing.pk)
            filing = filings.save(
                actor=alpha.filer.actor, filing=filing, content={"supplement": {"text": "已补充密码应用方案"}}
            )
            filings.submit(actor=alpha.filer.actor, filing=filing)
            panel.refresh_from_db()
            assert {one.state for one in seats_of(panel)} == {"cleared"}
        sign_all(alpha, panel)
        with enter(alpha.county):
            assert ExpertOpinion.objects.count() == 6
            assert not consolidation.minority(consolidation.opinions_of(panel))
            consolidation.consolidate(actor=who, panel=panel, text="可行")

    @pytest.mark.article("CJ-33")
    def test_attendance_is_paid_by_the_countys_rates_and_listed_for_finance(self, alpha: Town) -> None:
        panel = review(alpha)
        sign_all(alpha, panel)
        with enter(alpha.county):
            library.set_rates(actor=alpha.reviewer.actor, rates=[("高级职称", Decimal(800))])
            rate = FeeRate.objects.get()
            first, second, _third = seats_of(panel)
            with pytest.raises(Incomplete) as refused:
                rows = {first.pk: (Decimal("0.3"), rate.pk), second.pk: (Decimal(1), None)}
                fees.record(actor=alpha.reviewer.actor, panel=panel, rows=rows)
            assert [line["field"] for line in refused.value.listed()] == [f"days-{first.pk}", f"rate-{second.pk}"]
        sent = {f"days-{first.pk}": "1.5", f"rate-{first.pk}": rate.pk}
        page = f"/{alpha.code}/experts/reviews/{panel.pk}/"
        assert client_for(alpha.reviewer).post(f"{page}fees/", sent).status_code == 302
        with enter(alpha.county):
            assert [one.amount for one in Attendance.objects.all()] == [Decimal(1200)]
            library.set_rates(actor=alpha.reviewer.actor, rates=[("高级职称", Decimal(900))])
            assert Attendance.objects.get().amount == Decimal(1200)
        listed = client_for(alpha.finance).get(f"/{alpha.code}/experts/fees/").content.decode()
        assert first.name in listed and "1200.00" in listed

    def test_the_page_of_the_panel_carries_each_act(self, alpha: Town) -> None:
        panel = review(alpha)
        page, reviewer = f"/{alpha.code}/experts/reviews/{panel.pk}/", client_for(alpha.reviewer)
        with enter(alpha.county):
            seat = seats_of(panel)[0]
        assert reviewer.post(f"{page}replace/", {"seat": seat.pk, "reason": ""}).status_code == 422
        sign_all(alpha, panel)
        refused = reviewer.post(f"{page}supplement/", {"wanted": ""})
        assert refused.status_code == 422
        assert reviewer.post(f"{page}supplement/", {"wanted": "补充"}).status_code == 302
        with enter(alpha.county):
            Filing.objects.filter(kind="expert_supplement").get()
        assert client_for(alpha.drc).post(f"{page}cancel/", {"reason": "x"}).status_code == 403
        assert reviewer.post(f"{page}cancel/", {"reason": "不再需要"}).status_code == 302
        assert client_for(alpha.auditor).get(page).status_code == 200
