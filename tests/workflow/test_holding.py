"""Clocks in the hands of people: stopped, let go on, taken back, extended, each by whom the rules name."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine

from accounts.actors import SYSTEM
from accounts.refusals import Incomplete, NotPermitted, Refusal, Stale, WrongState
from jurisdictions.scope import enter
from tests.people import Person, Town, client_for
from tests.workflow.work import make_project, make_step, noon, open_with_item, rule
from workflow.clocks import deadlines, extensions, holding, pauses, reckoning, timers
from workflow.models import AuditEntry, Deadline, DeadlineChange, DeadlineExtension, Message, WorkItem

MONDAY, TUESDAY, FRIDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 6)
REVISION = {"key": "owner_revision", "text": "业主单位编修文本", "articles": ["DA-24(2)"], "due_to": "owner"}
FEEDBACK = {
    "key": "owner_feedback",
    "text": "业主单位反馈意见",
    "articles": ["DA-24(4)"],
    "limit": {"amount": 2, "unit": "working_day"},
}
EXTENSION = {"by": "data_bureau", "articles": ["DA-30"], "text": "应当书面提出延期申请"}


@pytest.fixture
def clock_of(alpha: Town):
    """A clock of a step that lies with the development office, set off on Monday 2 March."""

    def make(**values: Any) -> Deadline:
        project = make_project(alpha, state="running", standing="in_review")
        step = make_step(alpha, project, rules=[rule(amount=5, **values)])
        with time_machine.travel(noon(2026, 3, 2), tick=False), enter(alpha.county):
            open_with_item(step)
            (row,) = deadlines.happened(actor=SYSTEM, project=step.project, event="start_notice")
            return Deadline.objects.select_related("step__office", "project").get(pk=row.pk)

    return make


def fields(refused: Any) -> list[str]:
    return [one.field for one in refused.value.items]


@pytest.mark.article("DA-24(2)", "DA-24")
@time_machine.travel(noon(2026, 3, 6), tick=False)
def test_who_holds_the_step_stops_its_clock_and_lets_it_go_on(alpha: Town, clock_of) -> None:
    row = clock_of(pauses=[REVISION])
    with enter(alpha.county):
        holding.stop(actor=alpha.drc.actor, deadline=row, key="owner_revision", from_day=FRIDAY, reason="补充附件")
        stopped = row.pauses.get()
        assert (stopped.stopped_by, stopped.due_to, stopped.until_day) == (alpha.drc.user, "owner", None)
        assert (stopped.reason, stopped.articles) == ("业主单位编修文本：补充附件", ["DA-24(2)"])
    with time_machine.travel(noon(2026, 3, 10), tick=False), enter(alpha.county):
        holding.go_on(actor=alpha.drc.actor, deadline=row, until_day=date(2026, 3, 9))
        row.refresh_from_db()
        assert (row.state, row.due_on) == ("running", date(2026, 3, 11))


@time_machine.travel(noon(2026, 3, 6), tick=False)
def test_a_second_round_and_a_stop_recorded_afterwards_move_the_day(alpha: Town, clock_of) -> None:
    row = clock_of(pauses=[REVISION])
    with enter(alpha.county):
        for first, last in ((TUESDAY, TUESDAY), (date(2026, 3, 5), FRIDAY)):
            holding.stop(
                actor=alpha.drc.actor,
                deadline=row,
                key="owner_revision",
                from_day=first,
                until_day=last,
                reason="当时未登记",
            )
        row.refresh_from_db()
        assert (row.state, row.due_on, row.pauses.count()) == ("running", date(2026, 3, 12), 2)


@pytest.mark.parametrize(
    ("who", "refused"),
    [("drc", None), ("reviewer", NotPermitted), ("auditor", NotPermitted), ("filer", NotPermitted)],
)
@time_machine.travel(noon(2026, 3, 4), tick=False)
def test_nobody_else_stops_a_clock(alpha: Town, clock_of, who: str, refused: Any) -> None:
    row = clock_of(pauses=[REVISION])
    person: Person = alpha.people[who]
    with enter(alpha.county):
        if refused is None:
            assert holding.why_not(person.actor, row) is None
            return
        with pytest.raises(refused):
            holding.stop(actor=person.actor, deadline=row, key="owner_revision", from_day=TUESDAY, reason="x")
        assert not row.pauses.exists()


@pytest.mark.parametrize(
    ("typed", "where"),
    [
        ({"key": "weather"}, ["key"]),
        ({"from_day": date(2026, 3, 5), "until_day": None}, ["from_day"]),  # tomorrow
        ({"from_day": None}, ["from_day"]),
        ({"from_day": date(2026, 3, 1)}, ["from_day"]),  # before the clock began
        ({"until_day": date(2026, 3, 5)}, ["until_day"]),
        ({"until_day": date(2026, 3, 2)}, ["until_day"]),
        ({"reason": ""}, ["reason"]),  # recorded afterwards
        ({"beyond": "路远"}, ["beyond"]),  # no limit that a reason could depart from
    ],
)
@time_machine.travel(noon(2026, 3, 4), tick=False)
def test_what_is_wrong_with_a_stop_is_said_at_its_field(alpha: Town, clock_of, typed: Any, where: list[str]) -> None:
    row = clock_of(pauses=[REVISION])
    asked = {"key": "owner_revision", "from_day": TUESDAY, "until_day": TUESDAY, "reason": "x", **typed}
    with enter(alpha.county):
        with pytest.raises(Incomplete) as refused:
            holding.stop(actor=alpha.drc.actor, deadline=row, **asked)
        assert fields(refused) == where
        assert all(one.articles for one in refused.value.items)
        assert not row.pauses.exists()


@time_machine.travel(noon(2026, 3, 20), tick=False)
def test_stops_do_not_overlap_and_none_begins_after_the_day(alpha: Town, clock_of) -> None:
    row = clock_of(pauses=[REVISION])
    with enter(alpha.county):
        stretch: dict[str, Any] = {"actor": alpha.drc.actor, "deadline": row, "key": "owner_revision", "reason": "x"}
        with pytest.raises(Incomplete) as refused:
            holding.stop(**stretch, from_day=date(2026, 3, 16), until_day=date(2026, 3, 17))
        assert fields(refused) == ["from_day"]
        holding.stop(**stretch, from_day=TUESDAY, until_day=FRIDAY)
        with pytest.raises(Incomplete) as refused:
            holding.stop(**stretch, from_day=FRIDAY, until_day=date(2026, 3, 9))
        assert "3月3日" in str(refused.value.items[0])


@pytest.mark.article("DA-24(4)")
@pytest.mark.parametrize("in_principle", [False, True])
@time_machine.travel(noon(2026, 3, 9), tick=False)
def test_a_limit_holds_in_principle_save_for_a_reason(alpha: Town, clock_of, in_principle: bool) -> None:
    row = clock_of(pauses=[FEEDBACK | {"in_principle": in_principle}])
    stretch: dict[str, Any] = {"key": "owner_feedback", "from_day": TUESDAY, "until_day": FRIDAY, "reason": "x"}
    with enter(alpha.county):
        with pytest.raises(Incomplete) as refused:
            holding.stop(actor=alpha.drc.actor, deadline=row, **stretch)
        assert fields(refused) == ["beyond" if in_principle else "until_day"]
        if in_principle:
            holding.stop(actor=alpha.drc.actor, deadline=row, beyond="专家意见较多", **stretch)
            row.refresh_from_db()
            assert (row.due_on, row.pauses.get().beyond) == (date(2026, 3, 13), "专家意见较多")


@time_machine.travel(noon(2026, 3, 6), tick=False)
def test_a_mistaken_stop_is_taken_back_and_stays_recorded(alpha: Town, clock_of) -> None:
    row = clock_of(pauses=[REVISION])
    with enter(alpha.county):
        holding.stop(actor=alpha.drc.actor, deadline=row, key="owner_revision", from_day=FRIDAY)
        wrong = row.pauses.get()
        with pytest.raises(Refusal) as refused:
            holding.undo(actor=alpha.drc.actor, pause=wrong, reason=" ")
        assert refused.value.field == "undo_reason"
        holding.undo(actor=alpha.drc.actor, pause=wrong, reason="登记错了项目")
        row.refresh_from_db()
        assert (row.state, row.due_on) == ("running", date(2026, 3, 9))
        stretch: dict[str, Any] = {"key": "owner_revision", "from_day": TUESDAY, "until_day": FRIDAY, "reason": "x"}
        holding.stop(actor=alpha.drc.actor, deadline=row, **stretch)
        row.refresh_from_db()
        assert row.due_on == date(2026, 3, 13)
        second = row.pauses.get(undone_at=None)
        holding.undo(actor=alpha.drc.actor, pause=second, reason="登记错了日期")
        row.refresh_from_db()
        assert (row.due_on, row.pauses.count()) == (date(2026, 3, 9), 2)
        assert {day.status for day in reckoning.ledger(row)} == {"counted", "not_counted"}
        with pytest.raises(WrongState):
            holding.undo(actor=alpha.drc.actor, pause=second, reason="再来一次")
        assert AuditEntry.objects.filter(action="deadline.undo_pause").count() == 2


@time_machine.travel(noon(2026, 3, 4), tick=False)
def test_of_two_who_stop_a_clock_the_second_is_told(alpha: Town, clock_of) -> None:
    row = clock_of(pauses=[REVISION])
    with enter(alpha.county):
        stretch: dict[str, Any] = {"key": "owner_revision", "from_day": date(2026, 3, 4), "seen_version": row.version}
        holding.stop(actor=alpha.drc.actor, deadline=row, **stretch)
        with pytest.raises(Stale):
            holding.stop(actor=alpha.drc.actor, deadline=row, **stretch)


@pytest.mark.article("DA-30")
@time_machine.travel(noon(2026, 3, 4), tick=False)
def test_more_time_is_asked_for_and_granted_and_the_old_day_is_kept(alpha: Town, clock_of) -> None:
    row = clock_of(party="owner", extension=EXTENSION)
    with enter(alpha.county):
        asked = extensions.ask(
            actor=alpha.owner.actor, deadline=row, wanted_on=date(2026, 3, 16), reason="设备到货推迟"
        )
        item = WorkItem.objects.get(about="extension", closed_at=None)
        assert (item.office, item.duty, item.record_id) == (alpha.duty["data_bureau"], "decide", row.pk)
        with pytest.raises(WrongState):
            extensions.ask(actor=alpha.owner.actor, deadline=row, wanted_on=date(2026, 3, 17), reason="再要")
        with pytest.raises(NotPermitted):
            extensions.grant(actor=alpha.drc.actor, asked=asked)
        extensions.grant(actor=alpha.reviewer.actor, asked=asked, granted_on=date(2026, 3, 12), reason="到货证明齐全")
        row.refresh_from_db()
        assert (row.due_on, row.extra_days) == (date(2026, 3, 12), 3)
        change = DeadlineChange.objects.get(deadline=row)
        assert (change.old_due_on, change.new_due_on) == (date(2026, 3, 9), date(2026, 3, 12))
        assert [day.status for day in reckoning.ledger(row)][-3:] == ["extended"] * 3
        assert not WorkItem.objects.open().filter(about="extension").exists()
        told = set(Message.objects.filter(user=alpha.owner.user).values_list("kind", flat=True))
        assert {"extension_granted", "deadline_moved"} <= told
        # What stops the clock later moves the extended day as well.
        pauses.pause_step(actor=SYSTEM, step=row.step, key="x", reason="x")


@pytest.mark.parametrize(
    ("typed", "where"),
    [
        ({"wanted_on": None}, ["wanted_on"]),
        ({"wanted_on": date(2026, 3, 9)}, ["wanted_on"]),  # the day it runs until
        ({"wanted_on": date(2026, 3, 14)}, ["wanted_on"]),  # a Saturday
        ({"reason": " "}, ["wish"]),
    ],
)
@time_machine.travel(noon(2026, 3, 4), tick=False)
def test_what_is_wrong_with_a_request_is_said_at_its_field(alpha: Town, clock_of, typed: Any, where: list[str]) -> None:
    row = clock_of(party="owner", extension=EXTENSION)
    with enter(alpha.county), pytest.raises(Incomplete) as refused:
        asked = {"wanted_on": date(2026, 3, 16), "reason": "x", **typed}
        extensions.ask(actor=alpha.owner.actor, deadline=row, **asked)
    assert fields(refused) == where


@time_machine.travel(noon(2026, 3, 4), tick=False)
def test_nobody_asks_where_the_rules_grant_nothing_and_an_ended_clock_settles_what_was_asked(
    alpha: Town, clock_of
) -> None:
    plain, row = clock_of(party="owner"), clock_of(party="owner", extension=EXTENSION)
    with enter(alpha.county):
        with pytest.raises(Refusal) as refused:
            extensions.ask(actor=alpha.owner.actor, deadline=plain, wanted_on=date(2026, 3, 16), reason="x")
        assert refused.value.articles == ["DA-24(1)"]
        asked = extensions.ask(actor=alpha.owner.actor, deadline=row, wanted_on=date(2026, 3, 16), reason="x")
        with pytest.raises(Refusal) as refused:
            extensions.refuse(actor=alpha.reviewer.actor, asked=asked, reason="")
        assert refused.value.field == "decision"
        deadlines.meet(actor=SYSTEM, step=row.step)
        assert DeadlineExtension.objects.get(pk=asked.pk).state == "withdrawn"
        assert not WorkItem.objects.open().filter(about="extension").exists()


@time_machine.travel(noon(2026, 3, 4), tick=False)
def test_the_page_offers_each_what_is_theirs_and_loses_nothing_typed(alpha: Town, clock_of) -> None:
    row = clock_of(party="owner", extension=EXTENSION, pauses=[REVISION])
    path = f"/{alpha.code}/clocks/{row.pk}/"
    offered = {
        who: set(client_for(alpha.people[who]).get(path).context["forms"]) for who in ("drc", "owner", "auditor")
    }
    assert offered == {"drc": {"stop"}, "owner": {"ask"}, "auditor": set()}
    browser = client_for(alpha.drc)
    typed = {"act": "stop", "version": row.version, "key": "owner_revision", "from_day": "2026-03-05", "reason": "出差"}
    answer = browser.post(path, typed)
    assert answer.status_code == 422
    assert "出差" in answer.content.decode() and "日期不能晚于今天" in answer.content.decode()
    assert browser.post(path, typed | {"from_day": "2026-03-04"}).status_code == 302
    assert set(browser.get(path).context["forms"]) == {"go_on", "undo"}
    assert client_for(alpha.other_filer).get(path).status_code == 404
    assert client_for(alpha.auditor).post(path, {"act": "go_on", "version": 1}).status_code == 403
    queue = client_for(alpha.owner).post(
        path, {"act": "ask", "wanted_on": "2026-03-16", "wish": "到货推迟", "version": 1}
    )
    assert queue.status_code == 409  # a stopped clock is not extended


@time_machine.travel(noon(2026, 3, 4), tick=False)
def test_a_request_stands_in_the_queue_of_who_decides_and_leads_to_the_page(alpha: Town, clock_of) -> None:
    row = clock_of(party="owner", extension=EXTENSION)
    path = f"/{alpha.code}/clocks/{row.pk}/"
    typed = {"act": "ask", "wanted_on": "2026-03-16", "wish": "到货推迟", "version": row.version}
    assert client_for(alpha.owner).post(path, typed).status_code == 302
    browser = client_for(alpha.reviewer)
    (line,) = browser.get(f"/{alpha.code}/queue/").context["rows"]
    assert (line.url, line.step) == (path, "延期申请")
    version = browser.get(path).context["forms"]["decide"].initial["extension_version"]
    assert browser.post(path, {"act": "grant", "extension_version": version}).status_code == 302
    assert browser.post(path, {"act": "grant", "extension_version": version}).status_code == 409
    with enter(alpha.county):
        assert Deadline.objects.get(pk=row.pk).due_on == date(2026, 3, 16)


@pytest.mark.article("CJ-26")
def test_a_clock_is_told_before_its_end_on_each_day_the_rules_name(alpha: Town) -> None:
    step = make_step(alpha, make_project(alpha), rules=[rule(party="owner", unit="month", amount=3, warn_days=[30, 7])])
    with time_machine.travel(noon(2026, 3, 2), tick=False), enter(alpha.county):
        open_with_item(step)
        (row,) = deadlines.happened(actor=SYSTEM, project=step.project, event="start_notice")
        assert (row.due_on, row.remind_on) == (date(2026, 6, 2), date(2026, 5, 3))
    told = []
    for day in (date(2026, 5, 2), date(2026, 5, 3), date(2026, 5, 4), date(2026, 5, 26), date(2026, 5, 27)):
        with time_machine.travel(noon(day.year, day.month, day.day), tick=False):
            told.append(timers.sweep().reminded)
    assert told == [0, 1, 0, 1, 0]
    with enter(alpha.county):
        assert Message.objects.filter(kind="reminder", user=alpha.owner.user).count() == 2
