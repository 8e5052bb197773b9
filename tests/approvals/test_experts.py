"""The library of experts, and panels drawn from it: the rules' numbers, who stays out, draws that stay visible."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from accounts.refusals import Incomplete, NotPermitted, Refusal, Stale, WrongState
from approvals.experts import importing, library, lot, panels
from approvals.models import Draw, Expert, ExpertImport, Panel, Seat
from jurisdictions.scope import enter
from tests.approvals.experts_work import (
    CLOUD,
    SAFETY,
    drawn,
    fill_library,
    panel_values,
    prepared,
    seats_of,
)
from tests.approvals.work import declared
from tests.people import Town, client_for, make_town
from workflow.clocks import clock
from workflow.jobs import running
from workflow.jobs import services as jobs
from workflow.models import AuditEntry, Job, Message


def fields(refusal: Refusal) -> list[str]:
    return [line["field"] for line in refusal.listed()]


def keys(town: Town, word: str) -> list[str]:
    with enter(town.county):
        return list(AuditEntry.objects.filter(action__startswith=word).order_by("pk").values_list("action", flat=True))


class TestLibrary:
    @pytest.mark.article("CJ-31")
    def test_the_keeper_adds_changes_and_moves_experts(self, alpha: Town) -> None:
        expert = fill_library(alpha, per_speciality=1)[0]
        with enter(alpha.county):
            values = {"name": expert.name, "employer": "新单位", "specialities": [CLOUD], "phone": "138"}
            changed = library.change(actor=alpha.head.actor, expert=expert, values=values, seen_version=0)
            assert (changed.employer_folded, changed.specialities, changed.version) == ("新单位", [CLOUD], 1)
            with pytest.raises(Stale):
                library.change(actor=alpha.head.actor, expert=expert, values=values, seen_version=0)
            library.move(actor=alpha.head.actor, expert=changed, name="suspend")
            library.move(actor=alpha.head.actor, expert=changed, name="reinstate")
            library.move(actor=alpha.head.actor, expert=changed, name="leave")
            with pytest.raises(WrongState):
                library.move(actor=alpha.head.actor, expert=changed, name="suspend")
            entry = AuditEntry.objects.get(action="expert.change")
            assert entry.new["phone"] == "…" and "138" not in str(entry.new)

    @pytest.mark.article("JH-6")
    def test_only_the_office_that_keeps_it_writes_in_it(self, alpha: Town) -> None:
        fill_library(alpha, per_speciality=1)
        values = {"name": "李某", "employer": "某院", "specialities": [SAFETY]}
        with enter(alpha.county):
            for person in (alpha.drc, alpha.filer, alpha.admin, alpha.auditor):
                with pytest.raises(NotPermitted):
                    library.add(actor=person.actor, values=values)

    def test_what_is_missing_is_said_at_its_field_and_one_person_is_there_once(self, alpha: Town) -> None:
        expert = fill_library(alpha, per_speciality=1)[0]
        with enter(alpha.county):
            with pytest.raises(Incomplete) as refused:
                library.add(actor=alpha.reviewer.actor, values={"name": " ", "specialities": ["炼丹"]})
            assert fields(refused.value) == ["name", "specialities"]
            again = {"name": expert.name, "employer": f"（{expert.employer}）", "specialities": [SAFETY]}
            with pytest.raises(Refusal, match=expert.name):
                library.add(actor=alpha.reviewer.actor, values=again)

    def test_pages_search_refuse_and_keep_what_was_typed(self, alpha: Town) -> None:
        fill_library(alpha, per_speciality=1)
        reviewer, base = client_for(alpha.reviewer), f"/{alpha.code}/experts/"
        page = reviewer.get(base, {"q": "网络", "state": "available"}).content.decode()
        assert "网络安全专家0" in page and "云计算专家0" not in page
        assert "网络安全专家0" not in reviewer.get(base, {"speciality": CLOUD}).content.decode()
        refused = reviewer.post(f"{base}new/", {"name": "王某", "note": "留着"})
        assert refused.status_code == 422 and "留着" in refused.content.decode()
        assert client_for(alpha.drc).get(f"{base}new/").status_code == 403
        sent = {"specialities": f"{SAFETY}\n数据治理", "rates": "高级职称 800\n其他 五百"}
        wrong = reviewer.post(f"{base}lists/", sent)
        assert wrong.status_code == 422 and "其他 五百" in wrong.content.decode()
        assert reviewer.post(f"{base}lists/", sent | {"rates": "高级职称 800"}).status_code == 302
        with enter(alpha.county):
            assert library.known_specialities() == ["数据治理", SAFETY]


def sheet(*rows: tuple[str, ...]) -> SimpleUploadedFile:
    book, file = Workbook(), io.BytesIO()
    for row in (("姓名", "工作单位", "职称", "专业领域", "邮箱"), *rows):
        book.active.append(row)
    book.save(file)
    return SimpleUploadedFile("专家.xlsx", file.getvalue())


class TestImport:
    @pytest.mark.django_db(transaction=False)
    @pytest.mark.article("CJ-31")
    def test_rows_are_looked_at_before_the_job_takes_them_in(
        self, alpha: Town, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        old = fill_library(alpha, per_speciality=1)[0]
        rows = (
            ("新专家", "某大学", "教授", "网络安全、云计算", "a@example.org"),
            (old.name, old.employer, "研究员", SAFETY, ""),
            ("坏行", "某院", "", "炼丹", ""),
            ("坏邮箱", "某院", "", SAFETY, "不是邮箱"),
            ("新专家", "某大学", "", SAFETY, ""),
        )
        reviewer = client_for(alpha.reviewer)
        answer = reviewer.post(f"/{alpha.code}/experts/import/", {"file": sheet(*rows)})
        assert answer.status_code == 302
        page = reviewer.get(answer["Location"]).content.decode()
        assert all(name in page for name in ("新专家", "炼丹", "坏邮箱"))
        with enter(alpha.county):
            assert [one.what for one in importing.looked_at(ExpertImport.objects.get().rows)] == [
                "add",
                "change",
                "refuse",
                "refuse",
                "refuse",
            ]
            assert Expert.objects.count() == 2
        assert reviewer.post(answer["Location"]).status_code == 302
        running.work_one(alpha.county)
        with enter(alpha.county):
            assert Job.objects.get().state == "done", Job.objects.get().error
            assert Expert.objects.count() == 3
            assert Expert.objects.get(name="新专家").specialities == [SAFETY, CLOUD]
            assert Expert.objects.get(pk=old.pk).title == "研究员"
            again = jobs.start(
                actor=alpha.reviewer.actor, kind="import_experts", arguments={"import": ExpertImport.objects.get().pk}
            )
        running.work_one(alpha.county)
        with enter(alpha.county):
            assert Job.objects.get(pk=again.pk).state == "failed" and Expert.objects.count() == 3

    def test_files_that_are_no_list_are_refused(self, alpha: Town) -> None:
        fill_library(alpha, per_speciality=1)
        reviewer, url = client_for(alpha.reviewer), f"/{alpha.code}/experts/import/"
        broken = SimpleUploadedFile("x.xlsx", b"PK\x03\x04 nothing")
        for upload in (broken, SimpleUploadedFile("x.csv", b"a,b"), sheet()):
            assert reviewer.post(url, {"file": upload}).status_code == 422
        assert reviewer.get(f"/{alpha.code}/experts/template/").content.startswith(b"PK")


class TestPanels:
    @pytest.mark.article("CJ-32", "LC-12")
    def test_the_rules_numbers_are_asked_with_their_articles(self, alpha: Town) -> None:
        fill_library(alpha)
        project = declared(alpha, until="preliminary_evaluation")
        with enter(alpha.county):
            values = panel_values(size=2, places={SAFETY: 3}, due_on=clock.today(), purpose="")
            with pytest.raises(Incomplete) as refused:
                panels.prepare(actor=alpha.reviewer.actor, project=project, values=values)
            assert set(fields(refused.value)) == {"purpose", "size", "places", "due_on"}
            assert any(line["articles"] == ["DA-24(3)"] for line in refused.value.listed())
            with pytest.raises(NotPermitted):
                panels.prepare(actor=alpha.filer.actor, project=project, values=panel_values())

    @pytest.mark.article("CJ-32")
    def test_by_category_all_are_drawn_where_the_rules_say_so(self, db: None) -> None:
        changji = make_town("changji")
        fill_library(changji)
        project = declared(changji, investment="3000000.00")
        with enter(changji.county):
            step = project.steps.get(key="project_approval")
            step.project = project
            rule = panels.rule_of(project=project, step=step)
            assert (rule.by_category, rule.share, rule.odd, rule.at_least) == (True, "1", True, 3)
            assert "CJ-32" in rule.articles and rule.rest == {"amount": 6, "unit": "month"}

    @pytest.mark.article("CJ-32")
    def test_commitment_first_then_the_seed_and_the_experts_it_gives(self, alpha: Town) -> None:
        fill_library(alpha, 王某=alpha.units[0].name, 李某=f"{alpha.units[0].name}信息中心", 赵某="投标公司")
        with enter(alpha.county):
            library.move(actor=alpha.head.actor, expert=Expert.objects.get(name="网络安全专家0"), name="suspend")
            away = clock.today() + dt.timedelta(3)
            Expert.objects.filter(name="网络安全专家1").update(away_until=away)
        project = declared(alpha, until="preliminary_evaluation")
        panel = prepared(alpha, project, kept_out=["投标公司"])
        with enter(alpha.county):
            draw = panels.commit(actor=alpha.reviewer.actor, panel=panel)
            assert panels.exported(draw)["seed"] is None
            out = {one["name"] for one in draw.left_out}
            assert out == {"王某", "李某", "赵某", "网络安全专家0", "网络安全专家1"}
            assert not out & {one["name"] for one in draw.candidates}
            entry = AuditEntry.objects.get(action="draw.commit")
            assert entry.new["commitment"] == draw.commitment and draw.seed not in str(entry.new)
            panels.reveal(actor=alpha.reviewer.actor, draw=draw, said="7")
            panel.refresh_from_db()
            assert panel.state == "sitting"
            assert lot.check(panels.exported(Draw.objects.get())) == []
            fields_drawn = [one.speciality for one in seats_of(panel)]
            assert sorted(fields_drawn) == sorted([SAFETY, SAFETY, CLOUD])
            with pytest.raises(WrongState):
                panels.reveal(actor=alpha.head.actor, draw=draw)

    @pytest.mark.article("CJ-32")
    def test_a_further_draw_needs_its_reason_and_the_earlier_stays_visible(self, alpha: Town) -> None:
        fill_library(alpha)
        panel = drawn(alpha, declared(alpha, until="preliminary_evaluation"))
        who = alpha.reviewer.actor
        with enter(alpha.county):
            with pytest.raises(Refusal) as refused:
                panels.commit(actor=who, panel=panel)
            assert refused.value.field == "reason"
            with pytest.raises(Refusal, match="席位|vacant"):
                panels.commit(actor=who, panel=panel, reason="再抽")
            gone = seats_of(panel)[0]
            with pytest.raises(Refusal):
                panels.replace(actor=who, seat=gone, reason=" ")
            panels.replace(actor=who, seat=gone, reason="出差")
            second = panels.commit(actor=who, panel=panel, reason="补抽")
            assert second.places == [{"speciality": gone.speciality, "count": 1}]
            assert gone.name not in {one["name"] for one in second.candidates}
            with pytest.raises(WrongState):
                panels.commit(actor=who, panel=panel, reason="再补")
            panels.reveal(actor=who, draw=second)
            assert len(seats_of(panel)) == 3
            third = panels.commit(actor=who, panel=panel, reason="程序有误", whole=True)
            assert len(third.places) == 2 and not seats_of(panel)
            panels.set_aside(actor=who, draw=third, reason="停电")
            panels.reveal(actor=who, draw=panels.commit(actor=who, panel=panel, reason="重新开始"))
            assert [one.state for one in Draw.objects.order_by("number")] == ["drawn", "drawn", "void", "drawn"]
            assert len(seats_of(panel)) == 3 and Seat.objects.count() == 7

    def test_who_is_named_by_hand_obeys_the_same_rules(self, alpha: Town) -> None:
        *some, own, twin = fill_library(alpha, 王某=alpha.units[0].name, 同某="第0网络安全研究院")
        panel = prepared(alpha, declared(alpha, until="preliminary_evaluation"), places={CLOUD: 1})
        who = alpha.reviewer.actor
        with enter(alpha.county):
            for expert, reason, field in ((own, "熟悉", "expert"), (some[0], "", "reason")):
                with pytest.raises(Refusal) as refused:
                    panels.name_by_hand(actor=who, panel=panel, expert=expert, reason=reason)
                assert refused.value.field == field
            panels.name_by_hand(actor=who, panel=panel, expert=some[0], reason="熟悉业务")
            with pytest.raises(Refusal, match=twin.employer):
                panels.name_by_hand(actor=who, panel=panel, expert=twin, reason="x")
            panels.name_by_hand(actor=who, panel=panel, expert=some[1], reason="熟悉业务")
            with pytest.raises(Refusal):
                panels.name_by_hand(actor=who, panel=panel, expert=some[2], reason="x")
            panels.reveal(actor=who, draw=panels.commit(actor=who, panel=panel))
            assert len(seats_of(panel)) == 3

    def test_too_few_are_said_before_anything_is_committed(self, alpha: Town) -> None:
        fill_library(alpha, per_speciality=1)
        panel = prepared(alpha, declared(alpha, until="preliminary_evaluation"))
        with enter(alpha.county):
            with pytest.raises(Refusal, match=SAFETY):
                panels.commit(actor=alpha.reviewer.actor, panel=panel)
            assert not Draw.objects.exists()

    @pytest.mark.article("CJ-33")
    def test_a_unit_asks_and_the_keeper_takes_it_up(self, alpha: Town) -> None:
        fill_library(alpha)
        project = declared(alpha, until="preliminary_evaluation")
        url = f"/{alpha.code}/projects/{project.pk}/experts/"
        filer = client_for(alpha.filer)
        assert filer.post(f"{url}ask/", {"purpose": " "}).status_code == 422
        assert filer.post(f"{url}ask/", {"purpose": "合同验收"}).status_code == 302
        assert "合同验收" in filer.get(url).content.decode()
        with enter(alpha.county):
            panel = Panel.objects.get()
            assert (panel.state, panel.office) == ("asked", alpha.duty["data_bureau"])
            assert Message.objects.filter(kind="experts_asked", user=alpha.reviewer.user).exists()
            panels.prepare(actor=alpha.reviewer.actor, project=project, values=panel_values(), panel=panel)
            panel.refresh_from_db()
            assert panel.state == "prepared"
            panels.cancel(actor=alpha.reviewer.actor, panel=panel, reason="撤回")
        assert keys(alpha, "panel.") == ["panel.ask", "panel.prepare", "panel.take_up", "panel.cancel"]

    @pytest.mark.article("CJ-32")
    def test_the_pages_prepare_draw_and_show_how_it_is_checked(self, alpha: Town) -> None:
        fill_library(alpha)
        project = declared(alpha, until="preliminary_evaluation")
        reviewer = client_for(alpha.reviewer)
        new = f"/{alpha.code}/projects/{project.pk}/experts/new/"
        assert "DA-24" in reviewer.get(new).content.decode() or reviewer.get(new).status_code == 200
        due = (clock.today() + dt.timedelta(9)).isoformat()
        sent = {"purpose": "论证", "size": "3", "due_on": due, "place-1": "1", "place-2": "2"}
        assert reviewer.post(new, sent | {"size": "4"}).status_code == 422
        answer = reviewer.post(new, sent)
        assert answer.status_code == 302
        page = answer["Location"]
        assert reviewer.post(f"{page}commit/").status_code == 302
        with enter(alpha.county):
            draw = Draw.objects.get()
        assert draw.commitment in reviewer.get(page).content.decode()
        checking = f"/{alpha.code}/experts/draws/{draw.pk}/"
        assert draw.seed not in reviewer.get(checking).content.decode()
        assert reviewer.post(f"{page}reveal/", {"draw": draw.pk, "said": "八"}).status_code == 302
        assert draw.seed in reviewer.get(checking).content.decode()
        assert lot.check(reviewer.get(f"{checking}file/").json()) == []
        refused = reviewer.post(f"{page}commit/", {"reason": ""})
        assert refused.status_code == 422
        assert reviewer.post(f"{page}nonsense/").status_code == 404
