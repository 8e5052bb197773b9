"""Lists: every one pages by key in both directions, is exported by who may see it, and shows the same everywhere."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.http import QueryDict
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone
from openpyxl import load_workbook

from accounts.models import Delegation, Office
from approvals.models import Attendance, ChangeRequest, Expert, Matter, Meeting, Milestone, Panel, PlatformRecord, Seat
from funding.models import Contract, Payment
from jurisdictions.rules.vocabulary import STEPS
from jurisdictions.scope import enter
from projects.models import AnnualPlan, CostLine, PlanEntry, ReserveEntry, Round
from tests.people import Cast, Person, Town, client_for
from tests.workflow.test_queue import wait
from tests.workflow.work import make_project, make_step
from tests.workflow.work import running as clock_until
from tests.world import DAY
from workflow import stages
from workflow.clocks import clock
from workflow.jobs import running
from workflow.listings import cells
from workflow.listings.export import MOST_ROWS
from workflow.listings.listing import Listing
from workflow.listings.paging import PAGING, back, onward
from workflow.models import AuditEntry, Filing, Job, SavedView
from workflow.notices import notify
from workflow.trail import audit
from workflow.trail.trail_listings import of_project

KEYS = list(stages.listings())
# Who sees each list, and the page it stands on.
SEEN_BY = {
    "queue": ("reviewer", "queue/"),
    "messages": ("filer", "notices/"),
    "jobs": ("filer", "jobs/"),
    "people": ("admin", "people/"),
    "offices": ("admin", "offices/"),
    "delegations": ("admin", "delegations/"),
    "audit": ("auditor", "audit/"),
    "history": ("reviewer", "projects/{project}/history/"),
    "clocks": ("reviewer", "projects/{project}/deadlines/"),
    "projects": ("reviewer", "projects/"),
    "declarations": ("filer", "declarations/"),
    "calls": ("head", "calls/"),
    "reserve": ("reviewer", "reserve/"),
    "plan": ("reviewer", "plans/"),
    "money": ("reviewer", "projects/{project}/money/"),
    "meetings": ("secretary", "meetings/"),
    "contracts": ("reviewer", "contracts/"),
    "payments": ("finance", "payments/"),
    "experts": ("reviewer", "experts/"),
    "changes": ("reviewer", "changes/"),
    "on_platform": ("reviewer", "platform/"),
    "matters": ("reviewer", "matters/"),
    "milestones": ("reviewer", "milestones/"),
    "panels": ("reviewer", "experts/reviews/"),
    "expert_fees": ("finance", "experts/fees/"),
}


@pytest.fixture
def filled(alpha: Town) -> Town:
    """A county with several rows in every list, some of them equal in what the list is sorted by."""
    for number in range(5):
        wait(alpha, due_on=None if number % 2 else clock.today(), name=f"项目{number}")
    with enter(alpha.county):
        entered = [make_project(alpha, state="in_reserve", name=f"储备{number}") for number in range(5)]
        plan = AnnualPlan.objects.create(year=2027, title="2027")
        for number in range(5):
            Delegation.objects.create(
                giver=alpha.head.membership, taker=alpha.reviewer.membership, first_day=DAY, last_day=DAY
            )
            audit.entry(actor=alpha.filer.actor, action="project.submit", project=entered[-1], label=f"{number}")
        for number in range(5):
            clock_until(alpha, entered[-1], due_on=DAY + timedelta(number // 2))
        for number, project in enumerate(entered):
            CostLine.objects.create(project=entered[-1], stage="budget", line="hardware", amount=number, origin="x")
            ReserveEntry.objects.create(project=project, entered_on=DAY)
            PlanEntry.objects.create(
                plan=plan, project=project, entered_on=DAY, rank=number // 2 if number < 3 else None
            )
            Meeting.objects.create(
                body="conference", title=f"会{number}", held_on=DAY, prepared_by=alpha.secretary.user
            )
            expert = Expert.objects.create(name=f"专家{number}", employer="某大学", employer_folded="某大学")
            bureau = alpha.duty["data_bureau"]
            panel = Panel.objects.create(
                project=project, office=bureau, purpose=f"{number}", asked_by=alpha.reviewer.user, due_on=DAY
            )
            now, unit = timezone.now(), project.owner_unit
            asked = Filing.objects.create(kind="change", project=project, unit=unit, submitted_at=now)
            ChangeRequest.objects.create(filing=asked, project=project, number=1, title=f"变更{number}")
            filed = make_step(alpha, project, key="feasibility")
            PlatformRecord.objects.create(project=project, step=filed, code=f"2602-{number}")
            by = alpha.filer.user
            Matter.objects.create(
                project=project,
                unit=unit,
                office=bureau,
                kind="delay",
                title=f"{number}",
                happened_on=DAY,
                opened_by=by,
            )
            planned = DAY + timedelta(number // 2)
            Milestone.objects.create(
                project=project, name=f"{number}", first_planned_on=planned, planned_on=planned, percent=50, made_by=by
            )
            seat = Seat.objects.create(panel=panel, expert=expert, name=expert.name, employer="某大学")
            Attendance.objects.create(seat=seat, days=1, rate_name="x", a_day=number, amount=number)
            contract = Contract.objects.create(project=project, title=f"{number}", made_by=alpha.filer.user)
            Payment.objects.create(contract=contract, amount=1, paid_on=DAY, voucher="x", made_by=alpha.filer.user)
            day = DAY + timedelta(number)
            Round.objects.create(plan_year=2020 + number // 2, title=f"{number}", opens_on=day, closes_on=day)
            notify.tell(kind="returned", key=f"k{number}", data={"what": "joint_review"}, users=[alpha.filer.user])
            membership = alpha.filer.membership
            Job.objects.create(owner=alpha.filer.user, membership=membership, kind="x", title=f"{number}", state="done")
    return alpha


def viewer(town: Town, key: str) -> Person:
    return town.people[SEEN_BY[key][0]]


def asked(key: str) -> QueryDict:
    """What asks for all of a list; of a project's history, sums and clocks, for those of the newest entry's."""
    if key not in ("history", "money", "clocks"):
        return QueryDict("state=all")
    entries = AuditEntry.objects.exclude(project=None).order_by("-sequence")
    return of_project(entries.values_list("project", flat=True)[0])


def raw(listing: Listing, person: Person, at: dict[str, str]) -> Any:
    """A page of three, with the rows' keys."""
    return listing.page(person.actor, asked(listing.key), at=at, size=3)


def test_no_view_and_no_interface_cuts_its_pages_by_hand() -> None:
    base = Path(settings.BASE_DIR)
    modules = [path for path in (*base.glob("*/views/*.py"), *base.glob("*/api.py")) if "demo" not in path.parts]
    cut = [str(path.relative_to(base)) for path in modules if re.search(r"\[:\s*[\w.]+ \+ 1\]", path.read_text())]
    assert len(modules) > 20 and cut == []


def test_every_list_is_tried_here() -> None:
    assert sorted(SEEN_BY) == sorted(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_pages_of_every_list_follow_each_other_in_both_directions(filled: Town, key: str) -> None:
    listing, person = stages.listings()[key], viewer(filled, key)
    with enter(filled.county):
        whole = [answer(listing, row) for row in listing.page(person.actor, asked(key), size=1000).rows]
        assert len(whole) >= 5
        forwards, page = [], raw(listing, person, {})
        assert not page.newer
        while True:
            forwards += [answer(listing, row) for row in page.rows]
            if not page.older:
                break
            page = raw(listing, person, {onward(listing.sorting(asked(key))): page.older})
        assert forwards == whole
        backwards = [answer(listing, row) for row in page.rows]
        while page.newer:
            page = raw(listing, person, {back(listing.sorting(asked(key))): page.newer})
            backwards = [answer(listing, row) for row in page.rows] + backwards
        assert backwards == whole


def answer(listing: Listing, row: Any) -> str:
    return str(listing.answer_row(row))


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("junk", ["x", "-", "-.x", "1.2.3.4", "2026-99-99.1", "9" * 30, "..", "0.-.-"])
def test_a_key_that_cannot_be_read_is_the_first_page(alpha: Town, key: str, junk: str) -> None:
    listing = stages.listings()[key]
    with enter(alpha.county):
        audit.entry(actor=alpha.filer.actor, action="project.submit", project=make_project(alpha), label="x")
        first = [answer(listing, row) for row in raw(listing, viewer(alpha, key), {}).rows]
        for name in PAGING:
            assert [answer(listing, row) for row in raw(listing, viewer(alpha, key), {name: junk}).rows] == first


@pytest.mark.parametrize("key", KEYS)
def test_every_list_has_its_page_and_its_export(filled: Town, key: str) -> None:
    person, browser = viewer(filled, key), client_for(viewer(filled, key))
    with enter(filled.county):
        query = asked(key)
    path = SEEN_BY[key][1].format(project=query.get("project"))
    text = browser.get(f"/{filled.code}/{path}").content.decode()
    assert ("/exports/" in text) == stages.listings()[key].is_exported
    if not stages.listings()[key].is_exported:
        return
    for form in ("xlsx", "csv"):
        sent = browser.post(f"/{filled.code}/exports/", {"list": key, "query": query.urlencode(), "format": form})
        assert sent.status_code == 302 and "/jobs/" in sent["Location"]
    assert running.work() == 2
    with enter(filled.county):
        done = list(Job.objects.of(person.user).exclude(result_name="").order_by("pk"))
        rows = stages.listings()[key].page(person.actor, query, size=1000).rows
    assert [job.state for job in done] == ["done", "done"], [job.error for job in done]
    book, text_file = (content(browser, filled, job) for job in done)
    sheet = load_workbook(io.BytesIO(book)).active
    written = list(csv.reader(io.StringIO(text_file.decode("utf-8-sig"))))
    heads = [str(column.label) for column in stages.listings()[key].columns]
    assert [cell.value for cell in sheet[3]] == written[2] == heads
    # What was done meanwhile is itself in the trail, and may have come as a notice.
    assert len(written) - 3 == sheet.max_row - 3 or key == "audit"
    assert key == "audit" or len(written) - 3 == len(rows)


def content(browser: Any, town: Town, job: Job) -> bytes:
    answer = browser.get(f"/{town.code}/jobs/{job.pk}/result/")
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def export(town: Town, person: Person, key: str, query: str = "", form: str = "xlsx") -> Any:
    browser = client_for(person)
    browser.post(f"/{town.code}/exports/", {"list": key, "query": query, "format": form})
    running.work()
    with enter(town.county):
        job = Job.objects.of(person.user).order_by("-pk").first()
    return load_workbook(io.BytesIO(content(browser, town, job))).active


def test_export_holds_what_the_filters_leave_in_numbers_days_and_text(alpha: Town) -> None:
    wait(alpha, name="=HYPERLINK(1)", investment=Decimal("1234567.89"), due_on=DAY)
    wait(alpha, name="别的项目")
    sheet = export(alpha, alpha.reviewer, "queue", "q=HYPER&after=2020-01-01.1")
    assert sheet.max_row == 4
    values = {head.value: cell for head, cell in zip(sheet[3], sheet[4], strict=True)}
    assert values["项目"].value == "=HYPERLINK(1)" and values["项目"].data_type == "s"
    assert values["总投资（万元）"].value == 123.456789
    assert values["到期日"].is_date and values["到期日"].value.date() == DAY
    assert sheet["A1"].value == f"{alpha.county.name} 待办"
    assert "万元" in sheet["A2"].value and alpha.reviewer.user.name in sheet["A2"].value


LISTED = [("projects", "q=智慧", "reviewer"), ("audit", "person=张", "auditor")]


@pytest.mark.parametrize(("page", "query", "who"), LISTED)
def test_filters_of_a_list_are_kept_under_a_name(alpha: Town, page: str, query: str, who: str) -> None:
    browser, path = client_for(getattr(alpha, who)), f"/{alpha.code}/{page}/"
    sent = {"page": page, "name": "常用", "query": f"{query}&before=1", "next": f"{path}?{query}"}
    kept = browser.post(f"/{alpha.code}/queue/views/", sent)
    assert (kept.status_code, unquote(kept["Location"])) == (303, f"{path}?{query}")
    text = browser.get(path).content.decode()
    assert "常用" in text and f'href="?{QueryDict(query).urlencode()}"' in text
    assert "常用" not in browser.get(f"/{alpha.code}/queue/").content.decode()
    with enter(alpha.county):
        view = SavedView.objects.get()
    browser.post(f"/{alpha.code}/queue/views/", {"page": page, "remove": view.pk, "next": path})
    assert 'name="remove"' not in browser.get(path).content.decode()
    assert browser.post(f"/{alpha.code}/queue/views/", {"page": "nothing", "name": "x"}).status_code == 404


def test_an_open_document_is_exported_too(alpha: Town) -> None:
    browser = client_for(alpha.auditor)
    browser.post(f"/{alpha.code}/exports/", {"list": "audit", "format": "ods"})
    running.work()
    with enter(alpha.county):
        job = Job.objects.of(alpha.auditor.user).get()
    assert job.result_name.endswith(".ods")
    assert b"opendocument.spreadsheet" in content(browser, alpha, job)[:120]


def test_a_unit_exports_its_own_projects_only(alpha: Town) -> None:
    with enter(alpha.county):
        make_project(alpha, name="自己的", state="in_review")
        make_project(alpha, name="别人的", state="in_review", applicant=alpha.units[1], owner_unit=alpha.units[1])
    sheet = export(alpha, alpha.filer, "projects")
    assert [row[0].value for row in sheet.iter_rows(min_row=4)] == ["自己的"]


def test_amount_of_a_classified_project_is_in_no_file(alpha: Town) -> None:
    with enter(alpha.county):
        make_project(alpha, name="涉密", classified=True, state="stub")
    sheet = export(alpha, alpha.reviewer, "projects")
    values = {head.value: cell.value for head, cell in zip(sheet[3], sheet[4], strict=True)}
    assert values["项目"] == "涉密" and not values["总投资（万元）"]


@pytest.mark.parametrize("key", [key for key in KEYS if stages.listings()[key].permissions])
def test_who_may_not_open_a_list_may_not_export_or_ask_for_it(alpha: Town, key: str) -> None:
    listing = stages.listings()[key]
    for person in alpha.people.values():
        may = any(person.actor.may(permission) for permission in listing.permissions)
        sent = client_for(person).post(f"/{alpha.code}/exports/", {"list": key, "format": "csv"})
        got = client_for(person).get(f"/api/v1/{alpha.code}/lists/", {"list": key, "project": "1"})
        assert (sent.status_code, got.status_code) == ((302, 200) if may else (403, 403)), person.user


def test_role_lost_while_the_export_waits_gives_no_file(alpha: Town) -> None:
    browser = client_for(alpha.auditor)
    browser.post(f"/{alpha.code}/exports/", {"list": "audit", "format": "csv"})
    with enter(alpha.county):
        type(alpha.auditor.membership).objects.filter(pk=alpha.auditor.membership.pk).update(role="filer")
    running.work()
    with enter(alpha.county):
        job = Job.objects.of(alpha.auditor.user).get()
    assert (job.state, job.result_name) == ("failed", "")


def test_export_reads_stretch_after_stretch_and_says_how_far_it_is(alpha: Town, monkeypatch) -> None:
    monkeypatch.setattr("workflow.listings.export.STRETCH", 2)
    with enter(alpha.county):
        for number in range(5):
            make_project(alpha, name=f"项目{number}", state="in_review")
    sheet = export(alpha, alpha.reviewer, "projects")
    assert [row[0].value for row in sheet.iter_rows(min_row=4)] == [f"项目{number}" for number in (4, 3, 2, 1, 0)]
    with enter(alpha.county):
        job = Job.objects.get()
        assert (job.progress, job.total) == (5, 5)
    assert MOST_ROWS < 1_048_576 - 3


def test_export_that_is_too_long_is_cut_and_says_so(alpha: Town, monkeypatch) -> None:
    monkeypatch.setattr("workflow.listings.export.MOST_ROWS", 3)
    with enter(alpha.county):
        for number in range(5):
            make_project(alpha, name=f"项目{number}", state="in_review")
    sheet = export(alpha, alpha.reviewer, "projects")
    assert sheet.max_row == 3 + 3 and "3" in sheet["A2"].value


def test_programs_get_the_same_rows_page_after_page(alpha: Town, monkeypatch) -> None:
    monkeypatch.setattr(stages.listings()["projects"], "size", 2)
    with enter(alpha.county):
        for number in range(3):
            make_project(alpha, name=f"项目{number}", state="in_review", investment=Decimal("600000.50"))
    browser, address = client_for(alpha.reviewer), f"/api/v1/{alpha.code}/lists/"
    first = browser.get(address, {"list": "projects"}).json()
    assert [row["name"] for row in first["results"]] == ["项目2", "项目1"]
    assert first["results"][0]["investment"] == "600000.50"
    second = browser.get(address, {"list": "projects", **first["next"]}).json()
    assert [row["name"] for row in second["results"]] == ["项目0"] and second["next"] is None
    named = {one["key"] for one in browser.get(address).json()["lists"]}
    assert "projects" in named and "audit" not in named
    assert browser.get(address, {"list": "nothing"}).status_code == 404


@pytest.mark.parametrize("project", [None, "", "x"])
def test_the_history_of_no_project_is_refused_with_its_field(alpha: Town, project: str | None) -> None:
    query = {"list": "history", **({} if project is None else {"project": project})}
    answer = client_for(alpha.reviewer).get(f"/api/v1/{alpha.code}/lists/", query)
    assert answer.status_code == 400 and answer.json()["error"]["field"] == "project"


def test_a_project_shows_all_its_open_steps_with_phase_and_office(alpha: Town) -> None:
    project = make_project(alpha, name="并行", state="in_review")
    for key in ("proposal", "feasibility", "implementation"):
        phase = "implementation" if key == "implementation" else "approval"
        make_step(alpha, project, key=key, phase=phase, state="open", opened_at=timezone.now())
    browser = client_for(alpha.reviewer)
    row = browser.get(f"/api/v1/{alpha.code}/lists/", {"list": "projects"}).json()["results"][0]
    names = [str(STEPS[key]) for key in ("proposal", "feasibility", "implementation")]
    assert row["step"] == "、".join(names) and row["phase"] == "审批、实施"
    assert row["since"] is not None
    page = browser.get(f"/{alpha.code}/projects/").content.decode()
    shown, _summary, folded = page.partition("<summary>另有 1 项</summary>")
    assert names[1] in shown and f"<div>{names[2]}<span" in folded and f"<div>{names[2]}<span" not in shown


def test_lists_of_another_county_hold_nothing_of_this(cast: Cast) -> None:
    with enter(cast.alpha.county):
        make_project(cast.alpha, name="甲县的", state="in_review")
    got = client_for(cast.beta.reviewer).get(f"/api/v1/{cast.beta.code}/lists/", {"list": "projects"}).json()
    assert got["results"] == []


def test_a_list_that_is_none_is_refused(alpha: Town) -> None:
    for sent in ({}, {"list": "nothing", "format": "csv"}, {"list": "projects", "format": "exe"}):
        answer = client_for(alpha.reviewer).post(f"/{alpha.code}/exports/", sent)
        assert answer.status_code == 302 and answer["Location"].endswith("/jobs/")
    with enter(alpha.county):
        assert not Job.objects.exists()


COMPONENTS = [
    ('<c-badge tone="good" label="已入库" />', lambda: cells.badge("good", "已入库")),
    ('<c-badge tone="neutral" label="<b>" />', lambda: cells.badge("neutral", "<b>")),
    ("<c-money :value='amount' bare />", lambda: cells.money(Decimal("1234567.89"))),
    ("<c-money :value='none' bare />", lambda: cells.money(None)),
    ("<c-days-left :left='left' :due='day' show_due />", lambda: cells.days_left(-2, due=DAY)),
    ("<c-days-left :left='left' unit='day' />", lambda: cells.days_left(-2, unit="day")),
    ("<c-days-left :left='none' :due='none' show_due />", lambda: cells.days_left(None)),
    (
        "<c-days-left :left='none' :due='day' said='早着' show_due />",
        lambda: cells.days_left(None, due=DAY, said="早着"),
    ),
    ("<c-days-left :left='left' :due='day' said='早着' show_due />", lambda: cells.days_left(-2, due=DAY, said="早着")),
    (
        "<c-days-left :left='left' :due='day' provisional paused show_due />",
        lambda: cells.days_left(-2, due=DAY, provisional=True, paused=True),
    ),
    (
        "<c-articles :items='cited' url='/dean/rules/' bare />",
        lambda: cells.articles(["DA-24(2)", "DA-3"], "/dean/rules/"),
    ),
]


@pytest.mark.parametrize(("component", "cell"), COMPONENTS, ids=[one for one, _cell in COMPONENTS])
def test_cells_look_as_the_components_do(component: str, cell: Any) -> None:
    values: dict[str, Any] = {
        "amount": Decimal("1234567.89"),
        "none": None,
        "left": -2,
        "day": DAY,
        "cited": ["DA-24(2)", "DA-3"],
    }
    if "<b>" in component:
        component = component.replace("<b>", "{{ text }}")
        values["text"] = "<b>"
    request = RequestFactory().get("/")
    from django_cotton.compiler_regex import CottonCompiler

    template = Template(CottonCompiler().process("{% load i18n %}" + component))
    shown = template.render(Context({"request": request, "rules_url": "", **values}))
    assert squeezed(cell()) == squeezed(shown)


def squeezed(html: str) -> str:
    return " ".join(html.split()).replace(" >", ">").replace("> <", "><")


def test_a_row_costs_no_query_and_no_template(filled: Town, django_assert_num_queries) -> None:
    request: Any = RequestFactory().get("/")
    request.county, request.actor = filled.county, filled.reviewer.actor
    with enter(filled.county):
        table = stages.listings()["projects"].table(request)
        with django_assert_num_queries(0):
            assert table.body.count("<tr ") == len(table.rows) >= 5


def test_names_in_rows_are_escaped(alpha: Town) -> None:
    with enter(alpha.county):
        make_project(alpha, name="<script>alert(1)</script>", state="in_review")
        Office.objects.filter(pk=alpha.units[0].pk).update(name="<i>")
    page = client_for(alpha.reviewer).get(f"/{alpha.code}/projects/").content.decode()
    assert "<script>alert(1)" not in page and "&lt;script&gt;alert(1)" in page and "<i>" not in page


def test_export_is_in_the_trail(alpha: Town) -> None:
    export(alpha, alpha.reviewer, "projects", "q=x")
    with enter(alpha.county):
        entry = AuditEntry.objects.get(action="job.start")
    assert entry.new["arguments"] == {"list": "projects", "query": "q=x", "format": "xlsx"}
