"""Annual calls: dates from the rules, closing by timer, drafts kept and carried over."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine

from accounts.refusals import Incomplete, NotPermitted, Refusal, WrongState
from jurisdictions.scope import enter
from projects.models import Declaration, Round, RoundState
from projects.services.calls import (
    admit_late,
    carry_over,
    close_call,
    create_call,
    default_dates,
    edit_call,
    open_call_for_filing,
    reopen_call,
)
from projects.services.drafts import open_call
from tests import people
from tests.people import Town, client_for
from tests.projects import filling
from workflow.clocks import timers
from workflow.clocks.clock import end_of, today
from workflow.filings import services as filings
from workflow.models import AuditEntry, FilingState, Message

pytestmark = pytest.mark.django_db
MARCH = dt.datetime(2026, 3, 2, 4, tzinfo=dt.UTC)


@pytest.mark.article("DA-11", "DA-12", "DA-17")
def test_dates_default_from_the_rules_with_what_is_only_custom_marked(alpha: Town) -> None:
    dates = default_dates(alpha.county, on=dt.date(2026, 3, 2))
    assert (dates.opens_on, dates.closes_on, dates.plan_year) == (dt.date(2026, 4, 1), dt.date(2026, 5, 20), 2027)
    assert dates.opens_customary and not dates.closes_customary
    assert "DA-17" in dates.articles
    assert default_dates(alpha.county, on=dt.date(2026, 5, 21)).plan_year == 2028


@pytest.mark.article("CJ-8", "JH-7")
def test_each_county_gives_its_own_window() -> None:
    changji, jinhu = people.make_town("changji"), people.make_town("jinhu")
    assert default_dates(changji.county, on=dt.date(2026, 3, 2)).closes_customary
    dates = default_dates(jinhu.county, on=dt.date(2026, 3, 2))
    assert dates.closes_on == dt.date(2026, 9, 30)
    assert "JH-7" in dates.articles


@pytest.mark.article("DA-17")
@time_machine.travel(MARCH, tick=False)
def test_timer_closes_the_call_once_and_drafts_are_kept(alpha: Town) -> None:
    with enter(alpha.county):
        call = filling.open_call(alpha, closes_in=20)
        declaration = filling.draft(alpha.filer)
    for day in range(1, 30):
        now = end_of(dt.date(2026, 3, 2) + dt.timedelta(days=day)) + dt.timedelta(minutes=5)
        with time_machine.travel(now, tick=False):
            timers.sweep()
            timers.sweep()
        with enter(alpha.county):
            call.refresh_from_db()
            expected = (
                RoundState.OPEN
                if now.astimezone(dt.timezone(dt.timedelta(hours=8))).date() <= call.closes_on
                else RoundState.CLOSED
            )
            assert call.state == expected
    with enter(alpha.county):
        declaration.refresh_from_db()
        assert declaration.state == FilingState.DRAFT
        told = Message.objects.filter(user=alpha.filer.user)
        assert told.filter(kind="call_ends").count() == 2  # seven days and one day before
        assert told.filter(kind="call_closed").count() == 1
        assert call.version == 2  # opened once, closed once


@pytest.mark.article("DA-17")
def test_a_draft_is_let_in_outside_the_call_with_a_reason_where_the_rules_say_in_principle(alpha: Town) -> None:
    with enter(alpha.county):
        call = filling.open_call(alpha)
        declaration = filling.draft(alpha.filer)
        close_call(actor=alpha.head.actor, call=call)
    page, client = f"/dean/calls/{call.pk}/", client_for(alpha.head)
    assert f"{page}late/{declaration.pk}/" in client.get(page).content.decode()
    refused = client.post(f"{page}late/{declaration.pk}/", {"reason": " "})
    assert refused.status_code == 422 and "第十七条" in refused.content.decode()
    assert client.post(f"{page}late/{declaration.pk}/", {"reason": "上级新部署"}).status_code == 302
    assert "已准予在申报期外申报" in client.get(page).content.decode()
    with enter(alpha.county):
        entry = AuditEntry.objects.get(action="declaration.admit_late")
        assert "DA-17" in entry.articles and entry.new == {"reason": "上级新部署"}
        assert Message.objects.filter(user=alpha.filer.user, kind="late_admitted").exists()
        declaration = filings.submit(actor=alpha.filer.actor, filing=declaration)
        assert declaration.state == FilingState.SUBMITTED
    where = f"/api/v1/dean/declarations/{declaration.pk}/admit-late/"
    assert client.post(where, {"reason": "再次"}, "application/json").status_code == 409  # handed in already


@pytest.mark.article("DA-17")
def test_a_draft_begun_under_no_call_is_let_in_from_the_call_that_is_closed(alpha: Town) -> None:
    with enter(alpha.county):
        declaration = filling.draft(alpha.filer)
        call = filling.open_call(alpha)
    page, client = f"/dean/calls/{call.pk}/", client_for(alpha.head)
    assert declaration.project.mark not in client.get(page).content.decode()  # it can be handed in under this call
    with enter(alpha.county):
        close_call(actor=alpha.head.actor, call=call)
    assert f"{page}late/{declaration.pk}/" in client.get(page).content.decode()
    assert client.post(f"{page}late/{declaration.pk}/", {"reason": "上级新部署"}).status_code == 302
    with enter(alpha.county):
        submitted = filings.submit(actor=alpha.filer.actor, filing=declaration)
        assert (submitted.state, submitted.call) == (FilingState.SUBMITTED, None)


def test_where_the_rules_leave_no_choice_nobody_lets_a_draft_in() -> None:
    town = people.make_town("jianshan")
    with enter(town.county):
        call = filling.open_call(town)
        declaration = filling.draft(town.filer)
        close_call(actor=town.head.actor, call=call)
        with pytest.raises(Refusal):
            admit_late(actor=town.head.actor, declaration=declaration, reason="上级新部署")
        with pytest.raises(NotPermitted):
            admit_late(actor=town.filer.actor, declaration=declaration, reason="上级新部署")
    answer = client_for(town.head).post(
        f"/api/v1/jianshan/declarations/{declaration.pk}/admit-late/", {"reason": "上级"}, "application/json"
    )
    assert answer.status_code == 422


@pytest.mark.article("DA-17")
def test_draft_goes_into_the_next_call_with_everything_typed(alpha: Town) -> None:
    with enter(alpha.county):
        call = filling.open_call(alpha)
        declaration = filling.draft(alpha.filer)
        close_call(actor=alpha.head.actor, call=call)
        with pytest.raises(Incomplete):
            filings.submit(actor=alpha.filer.actor, filing=declaration)
        with pytest.raises(WrongState):
            carry_over(actor=alpha.filer.actor, declaration=declaration)
        following = create_call(
            actor=alpha.head.actor,
            title="下一次",
            plan_year=call.plan_year + 1,
            opens_on=call.opens_on,
            closes_on=call.closes_on,
        )
        open_call_for_filing(actor=alpha.head.actor, call=following)
        typed = declaration.content
        declaration = carry_over(actor=alpha.filer.actor, declaration=declaration)
        assert (declaration.call, declaration.content) == (following, typed)
        filings.submit(actor=alpha.filer.actor, filing=declaration)
        declaration.project.refresh_from_db()
        assert declaration.project.plan_year == following.plan_year


def test_closed_call_is_reopened_until_a_new_last_day(alpha: Town) -> None:
    with enter(alpha.county):
        call = close_call(actor=alpha.head.actor, call=filling.open_call(alpha))
        with pytest.raises(Refusal):
            reopen_call(actor=alpha.head.actor, call=call, closes_on=call.opens_on - dt.timedelta(days=1))
        call = reopen_call(actor=alpha.head.actor, call=call, closes_on=call.closes_on + dt.timedelta(days=9))
        assert call.state == RoundState.OPEN
        assert open_call() == call


def test_call_with_days_in_the_wrong_order_or_a_second_one_is_refused(alpha: Town) -> None:
    with enter(alpha.county):
        call = filling.open_call(alpha)
        with pytest.raises(Incomplete) as told:
            create_call(
                actor=alpha.head.actor,
                title="",
                notice_text="字" * 20_001,
                plan_year=2030,
                opens_on=dt.date(2029, 5, 1),
                closes_on=dt.date(2029, 4, 1),
            )
        assert {item.field for item in told.value.items} == {"title", "closes_on", "notice_text"}
        values: dict[str, Any] = {
            "title": "又一次",
            "opens_on": call.opens_on,
            "closes_on": call.closes_on,
            "plan_year": call.plan_year,
        }
        with pytest.raises(Refusal):
            create_call(actor=alpha.head.actor, **values)
        with pytest.raises(NotPermitted):
            create_call(actor=alpha.filer.actor, **values)


def test_a_second_call_of_a_year_takes_other_days_than_the_first(alpha: Town) -> None:
    with enter(alpha.county):
        call = filling.open_call(alpha)
        day = dt.timedelta(days=1)
        values: dict[str, Any] = {"title": "补充征集", "plan_year": call.plan_year}
        last: dict[str, Any] = {"opens_on": call.closes_on, "closes_on": call.closes_on + 30 * day}
        with pytest.raises(Refusal) as told:
            create_call(actor=alpha.head.actor, **values, **last)
        assert told.value.field == "plan_year"
        second = create_call(
            actor=alpha.head.actor, **values, opens_on=call.closes_on + day, closes_on=call.closes_on + 30 * day
        )
        with pytest.raises(Refusal):
            edit_call(actor=alpha.head.actor, call=second, opens_on=call.closes_on)


def test_data_bureau_prepares_and_opens_a_call_in_the_browser(alpha: Town) -> None:
    client = client_for(alpha.head)
    page = client.get("/dean/calls/new/").content.decode()
    assert "DA-17" in page
    day = today() + dt.timedelta(days=10)
    client.post(
        "/dean/calls/new/",
        {"title": "征集", "plan_year": "2028", "opens_on": today().isoformat(), "closes_on": day.isoformat()},
    )
    with enter(alpha.county):
        call = Round.objects.get()
    client.post(f"/dean/calls/{call.pk}/open/", {"version": call.version})
    with enter(alpha.county):
        call.refresh_from_db()
        assert call.state == RoundState.OPEN
    answer = client.post("/dean/calls/new/", {"title": "", "plan_year": "x", "opens_on": "nie", "closes_on": ""})
    assert answer.status_code == 422


def test_a_year_in_full_width_digits_is_read_and_one_in_others_is_named(alpha: Town) -> None:
    client = client_for(alpha.head)
    data = {"title": "征集", "opens_on": "2027-04-01", "closes_on": "2027-05-20"}
    assert client.post("/dean/calls/new/", {**data, "plan_year": "²²x²"}).status_code == 422
    assert client.post("/dean/calls/new/", {**data, "plan_year": "２０２８"}).status_code == 302
    with enter(alpha.county):
        assert Round.objects.get().plan_year == 2028


def test_closing_is_asked_twice_and_names_the_drafts_that_stay_behind(alpha: Town) -> None:
    with enter(alpha.county):
        call = filling.open_call(alpha)
        filling.draft(alpha.filer)
        filling.draft(alpha.other_filer)
    client = client_for(alpha.head)
    page = client.get(f"/dean/calls/{call.pk}/").content.decode()
    dialog = page.split('id="close-call"')[1].split("</dialog>")[0]
    assert f'action="/dean/calls/{call.pk}/close/"' in dialog and "有 2 份草稿" in dialog
    assert page.count(f"/dean/calls/{call.pk}/close/") == 1  # the button on the page opens the dialog only
    client.post(f"/dean/calls/{call.pk}/close/", {"version": call.version})
    assert 'id="close-call"' not in client.get(f"/dean/calls/{call.pk}/").content.decode()


class TestTwoCallsOpen:
    """Next year's call opens while this year's still runs: both are there, and each draft keeps its own."""

    @pytest.fixture
    def both(self, alpha: Town) -> tuple[Round, Round]:
        with enter(alpha.county):
            first = filling.open_call(alpha, closes_in=5)
            following = create_call(
                actor=alpha.head.actor,
                title="下一年度征集",
                plan_year=first.plan_year + 1,
                opens_on=first.opens_on,
                closes_on=first.closes_on + dt.timedelta(days=30),
            )
            return first, open_call_for_filing(actor=alpha.head.actor, call=following)

    def test_both_are_shown_and_the_one_chosen_is_the_draft_s(self, alpha: Town, both: tuple[Round, Round]) -> None:
        browser = client_for(alpha.filer)
        for page in ("declarations/", "declarations/new/"):
            shown = browser.get(f"/{alpha.code}/{page}").content.decode()
            assert all(call.title in shown for call in both)
        answers = {**people.scope_answers(alpha.code), "call": both[1].pk}
        begun = browser.post(f"/{alpha.code}/declarations/new/", answers)
        assert begun.status_code == 302
        with enter(alpha.county):
            assert Declaration.objects.get().call == both[1]

    def test_call_chosen_is_kept_when_the_page_comes_again_and_gives_the_years(self, alpha, both) -> None:
        with enter(alpha.county):
            before = filling.draft(alpha.filer)
        browser, path = client_for(alpha.filer), f"/{alpha.code}/declarations/new/"
        refused = browser.post(path, {"call": both[1].pk})
        assert refused.status_code == 422
        choices = re.findall(r'name="call"\s+value="(\d+)" (checked)?', refused.content.decode())
        assert choices == [(str(both[0].pk), ""), (str(both[1].pk), "checked")]
        answers = {"copy": before.pk, "money-investment": "600000", "money-unit": "yuan", "call": both[1].pk}
        browser.post(path, {**people.scope_answers(alpha.code), **answers})
        with enter(alpha.county):
            [line] = Declaration.objects.order_by("-pk")[0].content["money"]["lines"]
        assert line["year"] == str(both[1].plan_year)

    def test_draft_of_the_earlier_call_is_handed_in_under_it(self, alpha: Town, both: tuple[Round, Round]) -> None:
        with enter(alpha.county):
            declaration = filling.draft(alpha.filer)
            assert declaration.call == both[0]  # not asked: the one that closes first
            filings.submit(actor=alpha.filer.actor, filing=declaration)
            declaration.project.refresh_from_db()
            assert declaration.project.plan_year == both[0].plan_year

    def test_draft_is_taken_from_one_into_the_other_and_told_of_its_own_end(self, alpha, both) -> None:
        with enter(alpha.county):
            declaration = filling.draft(alpha.filer)
        browser, path = client_for(alpha.filer), f"/{alpha.code}/declarations/{declaration.pk}/carry-over/"
        assert browser.post(path, {"call": both[1].pk}).status_code == 302
        with enter(alpha.county):
            assert Declaration.objects.get(pk=declaration.pk).call == both[1]
            close_call(actor=alpha.head.actor, call=both[0])
            assert not Message.objects.filter(kind="call_closed").exists()
            close_call(actor=alpha.head.actor, call=both[1])
            assert Message.objects.filter(kind="call_closed", user=alpha.filer.user).count() == 1
