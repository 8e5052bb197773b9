"""A kind of filing in a few lines, from its draft to the decision on it: all that a stage needs to say of one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.actors import SYSTEM, Actor
from accounts.refusals import Incomplete, NotPermitted, Refusal, Stale, WrongState
from jurisdictions.scope import enter
from projects.models import Declaration, Project
from tests.opened import opened
from tests.people import Town, client_for
from tests.workflow.work import make_project, make_step, rule
from workflow.filings import handed_in, services
from workflow.filings.form import Ask, Part, Rows
from workflow.filings.kinds import FilingKind
from workflow.filings.parts import Sheet
from workflow.machines.runner import perform
from workflow.models import AuditEntry, Deadline, Filing, FilingState, Message, Step, StepState, WorkItem
from workflow.stages import Stage

FOLLOWED: list[tuple[str, int]] = []


class Proposal(FilingKind[Filing]):
    """What it asks, what is checked, and what follows."""

    key = "sketch"
    label = "项目建议书"
    parts = (
        Part(
            "need",
            "必要性",
            asks=(Ask("why", "建设必要性", "area", required=True), Ask("title", "名称", limit=10)),
        ),
        Part(
            "money",
            "资金",
            asks=(Ask("total", "总额", "amount", required=True),),
            rows=(Rows("lines", "明细", (Ask("what", "内容"), Ask("amount", "金额", "amount")), add_label="增加一行"),),
        ),
        Part("papers", "附件", asks=(Ask("report", "建议书", "paper", required=True),)),
    )

    def check(self, filing: Filing, sheet: Sheet) -> None:
        total, lines = sheet.field("money-total"), sheet.group("money-lines")
        summed = sum((row["amount"].yuan or Decimal(0) for row in lines.typed), Decimal(0))
        if total.yuan and lines.typed and summed != total.yuan:
            lines.problems.append(Refusal("明细与总额不符。", field=lines.name))

    def submitted(self, filing: Filing, actor: Actor) -> None:
        FOLLOWED.append(("submitted", filing.round))

    def resubmitted(self, filing: Filing, actor: Actor, before: Any) -> None:
        FOLLOWED.append(("resubmitted", filing.round))

    def concluded(self, filing: Filing, actor: Actor) -> None:
        FOLLOWED.append(("concluded", filing.round))


PROPOSAL = Proposal()


@pytest.fixture(autouse=True)
def proposals() -> Iterator[None]:
    """A stage that knows proposals."""
    FOLLOWED.clear()
    with opened(Stage(key="of_a_test", filings=(PROPOSAL,))):
        yield


@pytest.fixture
def step(alpha: Town) -> Step:
    """The open step of a project that waits for its proposal."""
    project = make_project(alpha, state="running", standing="in_review")
    made = make_step(alpha, project, rules=[rule(after="sketch_submitted", pauses=[{"key": "owner_revision"}])])
    with enter(alpha.county):
        perform(made, "open", actor=SYSTEM)
    return made


def begin(alpha: Town, step: Step) -> Filing:
    return services.start(
        actor=alpha.filer.actor, kind=PROPOSAL, unit=step.project.applicant, project=step.project, step=step
    )


def fill(alpha: Town, filing: Filing) -> Filing:
    content = {
        "need": {"why": "业务需要"},
        "money": {"total": "600000", "lines": [{"what": "软件", "amount": "600000"}]},
    }
    filing = services.save(actor=alpha.filer.actor, filing=filing, content=content)
    paper = SimpleUploadedFile("a.pdf", b"%PDF-1.4\n%%EOF\n")
    services.attach(actor=alpha.filer.actor, filing=filing, purpose="report", upload=paper)
    return filing


def hand_in(alpha: Town, step: Step) -> Filing:
    return services.submit(actor=alpha.filer.actor, filing=fill(alpha, begin(alpha, step)))


def test_a_draft_is_written_by_two_and_a_stale_window_loses_nothing(alpha: Town, step: Step) -> None:
    with enter(alpha.county):
        filing = begin(alpha, step)
        with pytest.raises(WrongState):
            begin(alpha, step)
        saved = services.save(
            actor=alpha.second_filer.actor, filing=filing, content={"need": {"why": "甲"}}, seen_content_version=1
        )
        assert saved.editors == [alpha.filer.user.pk, alpha.second_filer.user.pk]
        with pytest.raises(Stale):
            services.save(
                actor=alpha.filer.actor, filing=filing, content={"need": {"why": "乙"}}, seen_content_version=1
            )
        with pytest.raises(NotPermitted):
            services.save(actor=alpha.other_filer.actor, filing=filing, content={"need": {"why": "丙"}})
        assert Filing.objects.get(pk=filing.pk).content["need"] == {"why": "甲"}
        actions = AuditEntry.objects.filter(project_id=step.project_id, object_type="workflow.filing")
        assert list(actions.order_by("sequence").values_list("action", flat=True)) == ["filing.start", "filing.save"]


def test_handing_in_is_refused_with_everything_that_is_missing_or_wrong(alpha: Town, step: Step) -> None:
    with enter(alpha.county):
        filing = begin(alpha, step)
        lines = [{"what": "软件", "amount": "4"}, {"what": "硬件", "amount": "很多"}]
        content = {"need": {"title": "一" * 11}, "money": {"total": "5", "lines": lines}}
        filing = services.save(actor=alpha.filer.actor, filing=filing, content=content)
        with pytest.raises(Incomplete) as refused:
            services.submit(actor=alpha.filer.actor, filing=filing)
        assert {item.field for item in refused.value.items} == {
            "need-why",
            "need-title",
            "money-lines",
            "money-lines-1-amount",
            "papers-report",
        }
        assert not Deadline.objects.filter(step=step).exists() and FOLLOWED == []


def test_handing_in_starts_what_counts_from_it_once(alpha: Town, step: Step) -> None:
    with enter(alpha.county):
        filing = hand_in(alpha, step)
        assert (filing.state, filing.round, FOLLOWED) == (FilingState.SUBMITTED, 1, [("submitted", 1)])
        assert Deadline.objects.get(step=step).after == "sketch_submitted"
        with pytest.raises(WrongState, match="未重复办理"):
            services.submit(actor=alpha.filer.actor, filing=filing)
        services.send_back(
            actor=alpha.drc.actor, step=step, items=[{"section": "need", "field": "need-why", "text": "请补充依据"}]
        )
        services.save(actor=alpha.filer.actor, filing=filing, content={"need": {"why": "上级文件要求"}})
        services.resubmit(actor=alpha.filer.actor, filing=filing)
        assert Deadline.objects.filter(step=step, after="sketch_submitted").count() == 1


def test_only_what_was_returned_is_corrected_and_the_reviewer_sees_what_changed(alpha: Town, step: Step) -> None:
    with enter(alpha.county):
        filing = hand_in(alpha, step)
        services.send_back(actor=alpha.drc.actor, step=step, items=[{"section": "need", "text": "请补充依据"}])
        step.refresh_from_db()
        assert step.state == StepState.WAITING and Deadline.objects.get(step=step).state == "paused"
        assert WorkItem.objects.filter(step=step, office=filing.unit, duty="correct", closed_at=None).exists()
        told = Message.objects.get(user=alpha.filer.user, kind="returned")
        assert told.path == f"/{alpha.code}/filings/{filing.pk}/edit/"
        with pytest.raises(Stale):
            services.save(actor=alpha.filer.actor, filing=filing, content={"money": {"total": "1"}})
        paper = SimpleUploadedFile("b.pdf", b"%PDF-1.4\n%%EOF\n")
        with pytest.raises(Refusal):
            services.attach(actor=alpha.filer.actor, filing=filing, purpose="report", upload=paper)
        services.save(actor=alpha.filer.actor, filing=filing, content={"need": {"why": "上级文件要求"}})
        filing = services.resubmit(actor=alpha.filer.actor, filing=filing)
        step.refresh_from_db()
        assert (filing.round, step.state) == (2, StepState.OPEN)
        assert Deadline.objects.get(step=step).state == "running"
        (shown,) = handed_in.rounds_of(filing)
        assert [item["text"] for item in shown["asked"]] == ["请补充依据"]
        assert [(one["field"], one["old"], one["new"]) for one in shown["changes"]] == [
            ("need-why", "业务需要", "上级文件要求")
        ]
        assert FOLLOWED == [("submitted", 1), ("resubmitted", 2)]


def test_who_wrote_in_it_does_not_decide_it_and_the_decision_accepts_it(alpha: Town, step: Step) -> None:
    from approvals.kinds.reviews import decide

    with enter(alpha.county):
        filing = hand_in(alpha, step)
        Filing.objects.filter(pk=filing.pk).update(editors=[*filing.editors, alpha.drc.user.pk])
        fresh = Step.objects.select_related("project", "office").get(pk=step.pk)
        with pytest.raises(NotPermitted):
            decide(actor=alpha.drc.actor, step=fresh, outcome="approve", reason="同意")
        Filing.objects.filter(pk=filing.pk).update(editors=filing.editors)
        fresh = Step.objects.select_related("project", "office").get(pk=step.pk)
        decide(actor=alpha.drc.actor, step=fresh, outcome="approve", reason="同意")
        filing.refresh_from_db()
        assert (filing.state, FOLLOWED[-1]) == (FilingState.ACCEPTED, ("concluded", 1))


def test_its_unit_takes_it_back_with_a_reason(alpha: Town, step: Step) -> None:
    with enter(alpha.county):
        filing = begin(alpha, step)
        with pytest.raises(Refusal):
            services.withdraw(actor=alpha.filer.actor, filing=filing, reason=" ")
        filing = services.withdraw(actor=alpha.filer.actor, filing=filing, reason="不再需要")
        assert filing.state == FilingState.WITHDRAWN
        assert Project.objects.get(pk=step.project_id).state == step.project.state


def test_step_page_shows_what_was_handed_in_and_the_project_page_what_is_to_do(alpha: Town, step: Step) -> None:
    project = f"/{alpha.code}/projects/{step.project_id}/"
    with enter(alpha.county):
        Declaration.objects.create(project=step.project, state=FilingState.ACCEPTED)
        filing = fill(alpha, begin(alpha, step))
    assert f"/filings/{filing.pk}/edit/" in client_for(alpha.filer).get(project).content.decode()
    with enter(alpha.county):
        services.submit(actor=alpha.filer.actor, filing=filing)
    assert f"/filings/{filing.pk}/edit/" not in client_for(alpha.filer).get(project).content.decode()
    page = client_for(alpha.drc).get(f"/{alpha.code}/steps/{step.pk}/").content.decode()
    assert "业务需要" in page and 'name="section-need"' in page
    sent = client_for(alpha.drc).post(
        f"/{alpha.code}/steps/{step.pk}/return/", {"version": "1", "section-need": "请补充依据"}
    )
    assert sent.status_code == 302
    page = client_for(alpha.filer).get(project).content.decode()
    assert "退回补正" in page and f"/filings/{filing.pk}/edit/" in page


def test_it_is_filled_in_on_the_general_page(alpha: Town, step: Step) -> None:
    with enter(alpha.county):
        filing = begin(alpha, step)
    client = client_for(alpha.filer)

    def url(what: str, **more: Any) -> str:
        return reverse(f"workflow:filing_{what}", kwargs={"county": alpha.code, "pk": filing.pk, **more})

    page = client.get(url("edit")).content.decode()
    assert (
        'name="need-why"' in page and 'data-line-of="money-lines"' in page and f'data-autosave="{url("save")}"' in page
    )
    answer = client.post(url("save"), {"version": "1", "need-why": "业务需要"})
    assert answer.json()["version"] == 2 and set(answer.json()["section_html"]) == {"need", "money", "papers"}
    more = client.post(url("edit"), {"version": "2", "add": "money-lines", "money-lines-0-what": "软件"})
    assert 'name="money-lines-1-what"' in more.content.decode()
    typed = {
        "need-why": "业务需要",
        "money-total": "600000",
        "money-lines-0-what": "软件",
        "money-lines-0-amount": "600000",
    }
    short = client.post(url("submit"), typed)
    assert short.status_code == 422 and "papers-report" in short.content.decode()
    with_paper = {**typed, "papers-report": SimpleUploadedFile("a.pdf", b"%PDF-1.4\n%%EOF\n")}
    added = client.post(url("attach") + "?at=papers-report", with_paper)
    assert added.status_code == 302 and added["Location"] == url("edit") + "#field-papers-report"
    with enter(alpha.county):
        (paper,) = PROPOSAL.papers(filing)
    assert client.post(url("detach", paper=paper.pk), typed).status_code == 302
    again = {**typed, "papers-report": SimpleUploadedFile("a.pdf", b"%PDF-1.4\n%%EOF\n")}
    assert client.post(url("submit"), again).status_code == 302
    with enter(alpha.county):
        assert Filing.objects.get(pk=filing.pk).state == FilingState.SUBMITTED
    read = client_for(alpha.drc).get(url("edit"))
    assert read.status_code == 200 and "data-autosave=" not in read.content.decode()
    assert client_for(alpha.other_filer).get(url("edit")).status_code == 404


class TestSavedByField:
    """What a page did not name stays, and what a colleague changed since is overwritten only by choice."""

    def save(self, alpha: Town, filing: Filing, changes: dict[str, Any], version: int, **post: str) -> Any:
        """As a script sends it."""
        data = {"changes": json.dumps(changes), "version": version, **post}
        return client_for(alpha.filer).post(f"/{alpha.code}/filings/{filing.pk}/save/", data)

    def content(self, alpha: Town, filing: Filing) -> Any:
        with enter(alpha.county):
            return Filing.objects.get(pk=filing.pk).content

    @pytest.fixture
    def shared(self, alpha: Town, step: Step) -> Filing:
        """Shown to the filer as version 2; a colleague has changed the reason since."""
        with enter(alpha.county):
            filing = begin(alpha, step)
            content = {"need": {"why": "甲"}, "money": {"total": "1", "lines": [{"what": "软件", "amount": "1"}]}}
            services.save(actor=alpha.filer.actor, filing=filing, content=content)
            services.save(actor=alpha.second_filer.actor, filing=filing, content={"need": {"why": "同事"}})
        return filing

    @pytest.mark.parametrize(
        "change", [{"was": {}, "now": {}, "version": float("inf")}, {"was": [[1, "a"]], "now": {}}, [], 7]
    )
    def test_changes_that_cannot_be_read_are_refused(self, alpha: Town, shared: Filing, change: Any) -> None:
        assert self.save(alpha, shared, {"money-total": change}, 2).status_code == 422

    def test_another_field_is_saved_beside_the_colleagues(self, alpha: Town, shared: Filing) -> None:
        change = {"was": {"money-total": "1"}, "now": {"money-total": "2"}}
        answer = self.save(alpha, shared, {"money-total": change}, 2)
        # The page has not seen the colleague's field: it goes on as version 2, and is not handed in unseen.
        assert (answer.status_code, answer.json()["version"]) == (200, 2)
        content = self.content(alpha, shared)
        assert (content["need"]["why"], content["money"]["total"]) == ("同事", "2")
        assert content["money"]["lines"] == [{"what": "软件", "amount": "1"}]
        handed = client_for(alpha.filer).post(
            f"/{alpha.code}/filings/{shared.pk}/submit/", {"changes": "{}", "version": 2}
        )
        assert handed.status_code in (409, 422)

    def test_the_same_field_is_fought_over_until_one_is_chosen(self, alpha: Town, shared: Filing) -> None:
        change = {"was": {"need-why": "甲"}, "now": {"need-why": "乙"}}
        told = self.save(alpha, shared, {"need-why": change}, 2)
        assert (told.status_code, told.json()["conflicts"]) == (409, ["need-why"])
        assert "同事" in told.json()["differences_html"] and "乙" in told.json()["differences_html"]
        chosen = {"need-why": change | {"version": told.json()["version"]}}
        assert self.save(alpha, shared, chosen, 2).status_code == 200
        assert self.content(alpha, shared)["need"]["why"] == "乙"

    def test_rows_are_fought_over_as_one(self, alpha: Town, shared: Filing) -> None:
        """A row that a colleague took away would otherwise give its cells to the next one."""
        rows = [{"what": "数据", "amount": "2"}, {"what": "软件", "amount": "1"}]
        with enter(alpha.county):
            services.save(actor=alpha.second_filer.actor, filing=shared, content={"money": {"lines": rows}})
        was = {"money-lines-0-what": "软件", "money-lines-0-amount": "1"}
        change = {"was": was, "now": {**was, "money-lines-0-amount": "9"}}
        assert self.save(alpha, shared, {"money-lines": change}, 2).status_code == 409
        assert self.content(alpha, shared)["money"]["lines"] == rows

    def test_what_is_taken_away_is_gone(self, alpha: Town, shared: Filing) -> None:
        change = {"was": {"money-lines-0-what": "软件", "money-lines-0-amount": "1"}, "now": {}}
        assert self.save(alpha, shared, {"money-lines": change}, 2).status_code == 200
        assert self.content(alpha, shared)["money"] == {"total": "1"}

    def test_line_ends_of_a_browser_are_no_conflict(self, alpha: Town, shared: Filing) -> None:
        with enter(alpha.county):
            services.save(actor=alpha.second_filer.actor, filing=shared, content={"need": {"why": "一\r\n二"}})
        change = {"was": {"need-why": "一\n二"}, "now": {"need-why": "一\n三"}}
        assert self.save(alpha, shared, {"need-why": change}, 2).status_code == 200

    def test_without_a_script_one_chooses_on_the_page(self, alpha: Town, shared: Filing) -> None:
        browser, address = client_for(alpha.filer), f"/{alpha.code}/filings/{shared.pk}/edit/"
        typed = {"need-why": "乙", "money-total": "1", "money-lines-0-what": "软件", "money-lines-0-amount": "1"}
        page = browser.post(address, {**typed, "version": 2}).content.decode()
        assert 'name="keep-need-why"' in page and "同事" in page and "乙" in page
        for choice, holds in (("now", "同事"), ("mine", "乙")):
            assert browser.post(address, {**typed, "version": 3, "keep-need-why": choice}).status_code == 302
            assert self.content(alpha, shared)["need"]["why"] == holds

    @pytest.mark.parametrize(
        "changes",
        ["", "x", "[]", "1", "null", "{", '{"a": 1}', '{"a": {}}', '{"need-why": {"was": {}, "now": {"need-why": 1}}}']
        + ['{"need-why": {"was": {}, "now": {}, "version": "x"}}', "[" * 5000, '{"need-why": {"was": [], "now": "x"}}'],
    )
    def test_what_cannot_be_read_saves_nothing(self, alpha: Town, shared: Filing, changes: str) -> None:
        before = self.content(alpha, shared)
        browser = client_for(alpha.filer)
        for what in ("save", "edit", "submit"):
            answer = browser.post(f"/{alpha.code}/filings/{shared.pk}/{what}/", {"changes": changes, "version": 3})
            assert 400 <= answer.status_code < 500
        assert self.content(alpha, shared) == before
