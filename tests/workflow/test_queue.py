"""The queue: what waits for an office, in the right order, truly counted, within its query budget."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.models import Office
from accounts.refusals import Refusal
from accounts.roles import Role
from jurisdictions.scope import enter
from tests.opened import opened
from tests.people import Person, Town, client_for, join, make_user
from tests.workflow.work import arranged, make_project, make_step, noon, open_with_item, running
from workflow.clocks import clock, deadlines, pauses
from workflow.desk import claims
from workflow.desk.queue_listing import QUEUE
from workflow.models import AuditEntry, Duty, SavedView, WorkItem
from workflow.route.kinds import StepKind, Together
from workflow.stages import Stage

BUDGET = 9
BETWEEN = ("BEGIN", "SAVEPOINT", "RELEASE", "COMMIT", "ROLLBACK")


@contextmanager
def counted() -> Iterator[list[str]]:
    found: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield found
    found += [one["sql"] for one in captured if not one["sql"].startswith(BETWEEN)]


def wait(town: Town, *, due_on: date | None = None, duty: Duty = Duty.DECIDE, office=None, **values) -> WorkItem:
    """An item before an office (the data bureau)."""
    at = office or town.duty["data_bureau"]
    step = make_step(town, make_project(town, **values), key="joint_review", office=at, phase="operation")
    with enter(town.county):
        item = open_with_item(step, duty=duty)
        WorkItem.objects.filter(pk=item.pk).update(due_on=due_on)
        item.due_on = due_on
        return item


def open_with_duty(item: WorkItem, office: Office, duty: Duty) -> WorkItem:
    """Another piece of work on the same step; the county is in force already."""
    return WorkItem.objects.create(
        county_id=item.county_id,
        project=item.project,
        step=item.step,
        office=office,
        duty=duty,
        opened_at=timezone.now(),
    )


def page(person: Person, town: Town, query: str = ""):
    return client_for(person).get(f"/{town.code}/queue/{query}")


def shown(response) -> list[int]:
    return [row.pk for row in response.context["rows"]]


def test_overdue_stands_first_then_due_soonest_then_what_has_no_day_by_when_it_came(alpha: Town) -> None:
    today = clock.today()
    none, later, overdue, soon, none_too = (
        wait(alpha, due_on=due)
        for due in (None, today + timedelta(30), today - timedelta(9), today + timedelta(1), None)
    )
    response = page(alpha.reviewer, alpha)
    assert shown(response) == [overdue.pk, soon.pk, later.pk, none.pk, none_too.pk]
    assert [row.overdue for row in response.context["rows"]] == [True, False, False, False, False]
    assert response.context["totals"].overdue == 1


@pytest.mark.article("DA-5")
def test_each_role_sees_what_its_office_may_do_and_nothing_else(alpha: Town) -> None:
    item = wait(alpha)
    opinion = wait(alpha, duty=Duty.OPINION, office=alpha.duty["drc"])
    correct = wait(alpha, duty=Duty.CORRECT, office=alpha.units[0])
    seen = {
        name: shown(page(getattr(alpha, name), alpha))
        for name in ("reviewer", "head", "drc", "filer", "other_filer", "owner", "admin", "auditor")
    }
    assert seen == {
        "reviewer": [item.pk],
        "head": [item.pk],
        "drc": [opinion.pk],
        "filer": [correct.pk],
        "other_filer": [],
        "owner": [correct.pk],
        "admin": [],
        "auditor": [],
    }


def test_the_menu_counts_what_the_queue_shows(alpha: Town) -> None:
    from workflow.machines.runner import perform

    item, _other, _opinion = wait(alpha), wait(alpha), wait(alpha, duty=Duty.OPINION)
    with enter(alpha.county):
        assert item.step is not None
        perform(item.step, "send_back", actor=SYSTEM)
    for person in (alpha.reviewer, alpha.secretary):
        response = page(person, alpha)
        assert "queue" in [one["key"] for one in response.context["nav"]]
        assert response.context["waiting_count"]() == len(response.context["rows"])
    # Whom no work ever waits for has no entry for it.
    assert "queue" not in [one["key"] for one in page(alpha.admin, alpha).context["nav"]]


def test_what_waits_for_the_units_correction_is_not_in_the_reviewers_queue(alpha: Town) -> None:
    from workflow.machines.runner import perform

    item = wait(alpha)
    with enter(alpha.county):
        assert item.step is not None
        perform(item.step, "send_back", actor=SYSTEM)
    assert shown(page(alpha.reviewer, alpha)) == []


def test_a_stopped_clock_is_shown_as_stopped(alpha: Town) -> None:
    item = wait(alpha)
    with enter(alpha.county):
        assert item.step is not None
        row = arranged(item.step, party="authority", office=item.office, amount=5, item=item)
        pauses.pause(actor=SYSTEM, deadline=row, key="wait", reason="等候材料")
    (shown_row,) = page(alpha.reviewer, alpha).context["rows"]
    clock_shown = shown_row.hanging.due
    assert (clock_shown.paused, clock_shown.left, shown_row.overdue) == (True, None, False)


def test_filters_stand_in_the_address_and_counts_are_true(alpha: Town) -> None:
    today = clock.today()
    small = wait(alpha, investment=Decimal(500_000), name="智慧校园")
    large = wait(alpha, investment=Decimal(3_000_000), due_on=today - timedelta(3))
    with enter(alpha.county):
        WorkItem.objects.filter(pk=large.pk).update(claimed_by=alpha.head.user)
    expected = {
        "?q=校园": [small.pk],
        "?from=100": [large.pk],
        "?to=50": [small.pk],
        "?overdue=1": [large.pk],
        "?within=0": [large.pk],
        "?step=joint_review": [large.pk, small.pk],
        "?step=consultation": [],
        f"?unit={alpha.units[1].pk}": [],
        f"?unit={alpha.units[0].pk}": [large.pk, small.pk],
        "?claimed=nobody": [small.pk],
        "?claimed=others": [large.pk],
        "?claimed=me": [],
        "?soon=1": [],
        "?awaited=1": [],
    }
    for query, items in expected.items():
        response = page(alpha.reviewer, alpha, query)
        assert shown(response) == items, query
        assert response.context["total"] == len(items), query
    totals = page(alpha.reviewer, alpha).context["totals"]
    assert (totals.all, totals.overdue, totals.soon, totals.mine, totals.awaited) == (2, 1, 0, 0, 0)


def test_a_review_is_as_late_as_the_opinion_it_waits_for(alpha: Town) -> None:
    """The lead's own rule names no day; what it waits for is 26 working days late, and stands first."""
    first, review = wait(alpha, due_on=clock.today()), wait(alpha)
    assert review.step is not None
    with enter(alpha.county), time_machine.travel(noon(2026, 3, 2), tick=False):
        asked = open_with_duty(review, alpha.duty["finance"], Duty.OPINION)
        late = arranged(review.step, party="finance", office=alpha.duty["finance"], amount=5, item=asked)
    with time_machine.travel(noon(2026, 4, 15), tick=False):
        response = page(alpha.reviewer, alpha, "?overdue=1")
        assert shown(response) == [review.pk]
        assert shown(page(alpha.reviewer, alpha)) == [review.pk, first.pk]
        hanging = response.context["rows"][0].hanging
        assert (hanging.who, hanging.due.due, hanging.due.left) == (alpha.duty["finance"].name, late.due_on, -26)
        assert "逾期 26 个工作日" in response.content.decode()
        assert shown(page(alpha.reviewer, alpha, "?awaited=1")) == [review.pk]
        with enter(alpha.county):
            deadlines.meet(actor=SYSTEM, step=review.step, party="finance")
            WorkItem.objects.filter(pk=asked.pk).update(closed_at=timezone.now())
        response = page(alpha.reviewer, alpha)
        assert shown(response) == [first.pk, review.pk]
        assert "办法未规定时限" in response.content.decode()


def test_a_place_in_the_reserve_that_lapses_in_fifteen_days_is_near(alpha: Town) -> None:
    """One clock is counted one way on every page: a fixed day by the days of the calendar."""
    item = wait(alpha)
    running(alpha, item.project, due_on=clock.today() + timedelta(15), key="reserve_expiry")
    response = page(alpha.reviewer, alpha, "?soon=1")
    assert shown(response) == [item.pk]
    assert "剩 15 天" in response.content.decode()
    assert response.context["totals"].soon == 1
    ledger = client_for(alpha.filer).get(f"/{alpha.code}/projects/{item.project_id}/deadlines/")
    assert "剩 15 天" in ledger.content.decode()


def test_what_has_no_limit_says_so_and_how_long_it_has_waited(alpha: Town) -> None:
    with time_machine.travel(noon(2026, 3, 2), tick=False):
        wait(alpha)
    with time_machine.travel(noon(2026, 3, 16), tick=False):
        text = page(alpha.reviewer, alpha).content.decode()
    assert "已等 10 个工作日" in text
    assert "办法未规定时限" in text
    assert "无期限" not in text


def test_what_is_back_with_the_unit_is_found_among_what_waits_for_others(alpha: Town) -> None:
    from workflow.machines.runner import perform

    item = wait(alpha)
    assert item.step is not None
    with enter(alpha.county):
        perform(item.step, "send_back", actor=SYSTEM)
        open_with_duty(item, alpha.units[0], Duty.CORRECT)
    assert shown(page(alpha.reviewer, alpha)) == []
    response = page(alpha.reviewer, alpha, "?awaited=1")
    assert shown(response) == [item.pk]
    assert response.context["rows"][0].hanging.who == alpha.units[0].name


@pytest.mark.parametrize(
    "query",
    [
        "?unit=x",
        "?from=abc&to=-5",
        "?within=99999999999999999999",
        "?after=junk",
        "?after=2026-99-99.1",
        "?before=-.x",
        "?step=nothing&claimed=whoever",
        "?from=NaN&to=Infinity",
        "?q=%00",
    ],
)
def test_an_address_that_cannot_be_read_is_no_error(alpha: Town, query: str) -> None:
    wait(alpha)
    assert page(alpha.reviewer, alpha, query).status_code == 200


def test_pages_follow_each_other_by_key_forwards_and_backwards(alpha: Town, monkeypatch) -> None:
    today = clock.today()
    days = [today, None, today, today + timedelta(2), None, today - timedelta(2), None]
    for due in days:
        wait(alpha, due_on=due)
    whole = shown(page(alpha.reviewer, alpha))
    monkeypatch.setattr(QUEUE, "size", 3)
    seen, query = [], ""
    first = page(alpha.reviewer, alpha)
    response = first
    while True:
        seen += shown(response)
        query = response.context["older_url"]
        if not query:
            break
        response = page(alpha.reviewer, alpha, query)
    assert seen == whole
    back = page(alpha.reviewer, alpha, page(alpha.reviewer, alpha, first.context["older_url"]).context["newer_url"])
    assert shown(back) == whole[:3]


@pytest.mark.parametrize("count", [10, 500])
def test_queue_keeps_its_budget_with_few_and_many_rows(alpha: Town, count: int) -> None:
    first = wait(alpha)
    with enter(alpha.county):
        from workflow.models import Step

        steps = Step.objects.bulk_create(
            Step(
                county=alpha.county,
                project=first.project,
                position=n,
                key=f"k{n}",
                phase="initiation",
                kind="single",
                authority="data_bureau",
                office=first.office,
                state="open",
            )
            for n in range(1, count)
        )
        WorkItem.objects.bulk_create(
            WorkItem(
                county=alpha.county,
                project=first.project,
                step=step,
                office=first.office,
                duty=Duty.DECIDE,
                opened_at=first.opened_at,
                due_on=clock.today() + timedelta(number % 40),
            )
            for number, step in enumerate(steps)
        )
    browser = client_for(alpha.reviewer)
    browser.get(f"/{alpha.code}/queue/")
    with counted() as queries:
        response = browser.get(f"/{alpha.code}/queue/")
    assert len(response.context["rows"]) == min(count, QUEUE.size)
    assert len(queries) <= BUDGET, "\n".join(queries)


def test_the_budget_notices_a_query_a_row(alpha: Town, monkeypatch) -> None:
    for _ in range(10):
        wait(alpha)
    monkeypatch.setattr(QUEUE, "shown", lambda items: items)
    browser = client_for(alpha.reviewer)
    with counted() as queries:
        browser.get(f"/{alpha.code}/queue/")
    assert len(queries) > BUDGET


def test_what_nobody_has_claimed_has_its_chip_and_a_search_says_where_it_looked(alpha: Town) -> None:
    wait(alpha)
    response = page(alpha.reviewer, alpha, "?claimed=nobody&q=没有")
    (chip,) = [one for one in response.context["standing_chips"] if one["active"]]
    assert (chip["label"], chip["count"]) == ("未认领", "0")
    assert "多个词须同时符合" in response.content.decode()
    response = page(alpha.reviewer, alpha)
    assert {one["label"]: one["count"] for one in response.context["standing_chips"]}["未认领"] == "1"
    audit = client_for(alpha.auditor).get(f"/{alpha.code}/audit/?person=张&project=没有").content.decode()
    assert "人员一栏按记录当时的姓名查找" in audit
    assert "项目一栏按编号" in audit


def test_the_page_is_read_anew_after_every_write_and_not_before(alpha: Town) -> None:
    item, other = wait(alpha), wait(alpha)
    with enter(alpha.county):
        claims.claim(actor=alpha.reviewer.actor, item=other)
    browser, second = client_for(alpha.reviewer), client_for(alpha.head)
    for one in (browser, second):
        one.get(f"/{alpha.code}/queue/")
    with counted() as queries:
        first = browser.get(f"/{alpha.code}/queue/")
    assert not [sql for sql in queries if "workflow_workitem" in sql]
    assert [row.mine for row in first.context["rows"]].count(True) == 1
    assert [row.mine for row in second.get(f"/{alpha.code}/queue/").context["rows"]] == [False, False]
    with enter(alpha.county):
        claims.claim(actor=alpha.reviewer.actor, item=item)
    for one, mine in ((browser, 2), (second, 0)):
        response = one.get(f"/{alpha.code}/queue/")
        assert sum(row.mine for row in response.context["rows"]) == response.context["totals"].mine == mine
        assert all(row.claimer for row in response.context["rows"])


def test_two_claim_at_once_one_wins_and_the_other_is_told(alpha: Town) -> None:
    item = wait(alpha)
    url, data = f"/{alpha.code}/queue/claim/", {"marked": [item.pk], "claim": "1", "query": "claimed=nobody"}
    won = client_for(alpha.reviewer).post(url, data)
    assert (won.status_code, won["Location"]) == (303, f"/{alpha.code}/queue/?claimed=nobody")
    lost = client_for(alpha.head).post(url, data, follow=True)
    assert any("reviewer" in str(message) for message in lost.context["messages"])
    with enter(alpha.county):
        item.refresh_from_db()
        assert item.claimed_by == alpha.reviewer.user
        assert AuditEntry.objects.filter(action="workitem.claim").count() == 1
    client_for(alpha.head).post(url, {"marked": [item.pk], "release": "1"})
    with enter(alpha.county):
        item.refresh_from_db()
        assert item.claimed_by is None
        assert AuditEntry.objects.filter(action="workitem.release").count() == 1


def test_work_of_another_office_or_county_cannot_be_claimed(cast) -> None:
    mine, theirs = wait(cast.alpha), wait(cast.beta)
    client_for(cast.alpha.drc).post(f"/{cast.alpha.code}/queue/claim/", {"marked": [mine.pk]})
    client_for(cast.alpha.reviewer).post(f"/{cast.alpha.code}/queue/claim/", {"marked": [theirs.pk, "x"]})
    for town, item in ((cast.alpha, mine), (cast.beta, theirs)):
        with enter(town.county):
            item.refresh_from_db()
            assert item.claimed_by is None


@pytest.fixture
def decided() -> Iterator[list[tuple[str, str, str]]]:
    """A decider of the tests: refuses projects that are called so."""
    done: list[tuple[str, str, str]] = []

    def decide(*, actor, step, outcome, reason, seen_version) -> None:
        assert seen_version == step.version
        if "不行" in step.project.name:
            raise Refusal("缺少材料", articles=["DA-18"])
        done.append((step.project.name, outcome, reason))

    way = Together({"approve": "通过", "refuse": "不予通过"}, decide, frozenset({"refuse"}))

    class Tried(StepKind):
        key = "single"
        together = {Duty.DECIDE: way}

    with opened(Stage("test", step_kinds=(Tried("operation"),))):
        yield done


def test_decision_on_many_shows_a_summary_and_carries_out_each_that_passes_its_checks(alpha: Town, decided) -> None:
    good, bad = wait(alpha, name="好项目"), wait(alpha, name="不行项目")
    browser, url = client_for(alpha.reviewer), f"/{alpha.code}/queue/decide/"
    marked = {"marked": [good.pk, bad.pk]}
    summary = browser.post(url, marked)
    assert (summary.status_code, decided) == (200, [])
    assert "好项目" in summary.content.decode()
    versions = {f"version_{item.pk}": item.step.version for item in (good, bad)}
    unexplained = browser.post(url, marked | versions | {"confirm": "1", "outcome": "refuse"})
    assert (unexplained.status_code, decided) == (422, [])
    assert browser.post(url, marked | versions | {"confirm": "1", "outcome": "nonsense"}).status_code == 422
    partly = browser.post(url, marked | versions | {"confirm": "1", "outcome": "approve", "reason": "同意"})
    assert partly.status_code == 409
    assert decided == [("好项目", "approve", "同意")]
    assert "缺少材料" in partly.content.decode()
    assert "DA-18" in partly.content.decode()


def test_work_that_is_not_decided_together_is_named(alpha: Town, decided) -> None:
    opinion = wait(alpha, duty=Duty.OPINION)
    response = client_for(alpha.reviewer).post(f"/{alpha.code}/queue/decide/", {"marked": [opinion.pk]})
    assert [row.pk for row, _item in response.context["alone"]] == [opinion.pk]
    assert response.context["rows"] == []


def test_views_are_kept_by_name_for_the_person_alone(alpha: Town) -> None:
    browser, url = client_for(alpha.reviewer), f"/{alpha.code}/queue/views/"
    for query in ("overdue=1&after=x", "claimed=me"):
        browser.post(url, {"name": "急件", "query": query})
    with enter(alpha.county):
        view = SavedView.objects.get()
    assert (view.name, view.query) == ("急件", "claimed=me")
    assert [one["name"] for one in page(alpha.reviewer, alpha).context["views"]] == ["急件"]
    assert page(alpha.head, alpha).context["views"] == []
    client_for(alpha.head).post(url, {"remove": view.pk})
    assert len(page(alpha.reviewer, alpha).context["views"]) == 1
    browser.post(url, {"remove": view.pk})
    assert page(alpha.reviewer, alpha).context["views"] == []


def test_filters_too_long_to_be_kept_are_told_so(alpha: Town) -> None:
    browser, url = client_for(alpha.reviewer), f"/{alpha.code}/queue/views/"
    answer = browser.post(url, {"name": "长", "query": "q=" + "长" * 400}, follow=True)
    assert [str(told) for told in answer.context["messages"]] == ["筛选条件过长，不能保存为视图。"]
    with enter(alpha.county):
        assert not SavedView.objects.exists()


def test_person_with_two_roles_sees_the_queue_of_the_one_they_act_in(alpha: Town) -> None:
    user = make_user("twofold", "twofold")
    user.save()
    filer = join(user, alpha, alpha.units[0], Role.FILER)
    join(user, alpha, alpha.duty["data_bureau"], Role.REVIEWER)
    wait(alpha)
    assert shown(page(filer, alpha)) == []


def test_county_address_leads_to_the_queue(alpha: Town) -> None:
    response = client_for(alpha.reviewer).get(f"/{alpha.code}/")
    assert response["Location"] == f"/{alpha.code}/queue/"


def test_county_address_leads_those_without_work_to_what_they_look_after(alpha: Town) -> None:
    def lead(person: Person) -> str:
        return str(client_for(person).get(f"/{alpha.code}/")["Location"])

    assert lead(alpha.admin) == f"/{alpha.code}/people/"
    assert lead(alpha.auditor) == f"/{alpha.code}/projects/"
