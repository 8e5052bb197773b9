"""The form in the browser: saving, stale tabs, handing in twice, files, foreign ids, and what each page costs."""

import datetime as dt
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.actors import SYSTEM
from jurisdictions.scope import enter
from projects.models import Declaration, Project
from projects.services.drafts import confirm_part
from projects.services.sheets import sheet_of
from projects.services.submission import DECLARATION, start_declaration
from tests.budgets import budget
from tests.people import Person, Town, client_for, scope_answers
from tests.projects import filling
from workflow.clocks.clock import today
from workflow.filings import services as filings
from workflow.filings.content import flat, put
from workflow.models import AuditEntry, Document, FilingState, Step, StepState
from workflow.route.steps import finish

pytestmark = pytest.mark.django_db
BESIDES = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")


def posted(declaration: Declaration, **changes: str) -> dict[str, str]:
    """The fields the form would post."""
    return {**dict(flat(declaration.content)), "version": str(declaration.content_version), **changes}


def queries(client: Client, address: str, status: int = 200) -> int:
    """How many queries a page costs, transaction statements aside."""
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == status
    return sum(1 for query in captured if not query["sql"].startswith(BESIDES))


def test_save_answers_the_version_and_what_each_section_lacks(alpha: Town) -> None:
    with enter(alpha.county):
        declaration = start_declaration(actor=alpha.filer.actor)
    client = client_for(alpha.filer)
    answer = client.post(f"/dean/filings/{declaration.pk}/save/", {"basics-name": "云平台", "version": "1"})
    assert answer.status_code == 200
    told = answer.json()
    assert told["version"] == 2
    assert "data-outline" in told["outline_html"]
    assert set(told["section_html"]) >= {"basics", "money", "papers"}
    stale = client.post(f"/dean/filings/{declaration.pk}/save/", {"basics-name": "旧标签页", "version": "1"})
    assert stale.status_code == 409
    assert stale.json()["message"]
    with enter(alpha.county):
        assert Project.objects.get(pk=declaration.project.pk).name == "云平台"


def test_a_place_saved_by_a_script_is_answered_with_its_own_section(alpha: Town) -> None:
    with enter(alpha.county):
        declaration = filling.draft(alpha.filer)
    client, address = client_for(alpha.filer), f"/dean/filings/{declaration.pk}/save/"
    shown = dict(flat(declaration.content))

    def save(place: str, now: str, version: int, *more: str) -> dict[str, Any]:
        places = {one: {"was": {one: shown[one]}, "now": {one: shown[one]}} for one in more}
        places[place] = {"was": {place: shown[place]}, "now": {place: now}}
        answer = client.post(address, {"changes": json.dumps(places), "version": version})
        assert answer.status_code == 200
        shown[place] = now
        return dict(answer.json())

    save("purpose-goal", "一", declaration.content_version)
    with budget(9):
        told = save("purpose-goal", "", declaration.content_version + 1)
    assert set(told["section_html"]) == set(told["outline_states"]) == {"purpose"} and "outline_html" not in told
    assert 'data-missing="1"' in told["outline_states"]["purpose"]
    # What is sent only to say which unit was seen touches nothing; what the rules ask about touches everything.
    assert set(save("money-om_cost", "很多", told["version"], "money-unit")["section_html"]) == {"money"}
    assert "data-outline" in save("money-investment", "700000", told["version"] + 1)["outline_html"]
    # A page that does not know what a colleague saved learns of all sections.
    assert "data-outline" in save("purpose-goal", "二", told["version"])["outline_html"]


def test_a_change_shows_in_no_other_section_than_is_said(alpha: Town) -> None:
    with enter(alpha.county):
        declaration = filling.draft(alpha.filer)
        complete = declaration.content
        unsaid = []

        def states() -> dict[str, tuple[str, int]]:
            return {one.key: (one.state, one.missing) for one in DECLARATION.checked(declaration).sections}

        before = states()
        for name, text in flat(complete):
            for other in {"", "yes", "1"} - {text}:
                declaration.content = put(complete, name, other)
                part = DECLARATION.states_after(declaration, ["-".join(name.split("-")[:2])])
                if part.is_whole:
                    continue
                after, said = states(), {one.key: (one.state, one.missing) for one in part.sections}
                if {**before, **said} != after:
                    unsaid.append((name, other))
    assert unsaid == []


@pytest.mark.parametrize("version", ["x", "", "1.5", "９" * 30])
def test_a_version_that_cannot_be_read_is_refused_like_a_stale_one(alpha: Town, version: str) -> None:
    with enter(alpha.county):
        declaration = start_declaration(actor=alpha.filer.actor)
    client, sent = client_for(alpha.filer), {"basics-name": "云平台", "version": version}
    assert client.post(f"/dean/filings/{declaration.pk}/save/", sent).status_code == 409
    page = client.post(f"/dean/filings/{declaration.pk}/edit/", sent)
    assert page.status_code == 409 and "云平台" in page.content.decode()
    with enter(alpha.county):
        assert Project.objects.get(pk=declaration.project.pk).name != "云平台"


def test_too_long_a_text_is_told_with_its_field_and_everything_typed_stays(alpha: Town) -> None:
    with enter(alpha.county):
        declaration = start_declaration(actor=alpha.filer.actor)
    client = client_for(alpha.filer)
    text = "长" * 30_000
    answer = client.post(f"/dean/filings/{declaration.pk}/save/", {"purpose-goal": text, "version": "1"})
    assert (answer.status_code, answer.json()["field"]) == (413, "purpose-goal")
    page = client.post(f"/dean/filings/{declaration.pk}/edit/", {"purpose-goal": text, "version": "1"})
    assert page.status_code == 413
    assert text in page.content.decode()


def test_incomplete_hand_in_links_each_item_to_its_field_and_keeps_what_was_typed(alpha: Town) -> None:
    with enter(alpha.county):
        filling.open_call(alpha)
        declaration = start_declaration(actor=alpha.filer.actor)
    client = client_for(alpha.filer)
    answer = client.post(f"/dean/filings/{declaration.pk}/submit/", {"basics-name": "刚刚输入的名称", "version": "1"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "刚刚输入的名称" in page
    for field in (
        "basics-starts_on",
        "plan-performance_target",
        "money-lines",
        "quotes-rows",
        "papers-leader_consent",
    ):
        assert f'href="#field-{field}"' in page
        assert f'id="field-{field}"' in page
    assert client.get(f"/dean/filings/{declaration.pk}/submit/").status_code == 302


def test_second_press_in_the_browser_is_told_and_files_nothing_twice(alpha: Town) -> None:
    with enter(alpha.county):
        filling.open_call(alpha)
        declaration = filling.draft(alpha.filer)
    client = client_for(alpha.filer)
    address = f"/dean/filings/{declaration.pk}/submit/"
    first = client.post(address, posted(declaration))
    assert first.status_code == 302, first.content.decode()[:200]
    second = client.post(address, posted(declaration))
    assert second.status_code == 409
    with enter(alpha.county):
        number = Project.objects.get(pk=declaration.project.pk).number
        assert AuditEntry.objects.filter(project_id=declaration.project.pk, action="declaration.submit").count() == 1
    assert number in second.content.decode()


def test_file_whose_content_is_not_what_its_name_says_is_refused_at_its_field(alpha: Town) -> None:
    with enter(alpha.county):
        declaration = start_declaration(actor=alpha.filer.actor)
    client = client_for(alpha.filer)
    address = f"/dean/filings/{declaration.pk}/attach/"
    wrong = SimpleUploadedFile("方案.pdf", b"MZ\x90\x00 no pdf", content_type="application/pdf")
    answer = client.post(address, {"version": "1", "basics-name": "甲", "papers-technical_plan": wrong})
    assert answer.status_code == 422
    assert 'href="#field-papers-technical_plan"' in answer.content.decode()
    with enter(alpha.county):
        assert not Document.objects.exists()
        declaration.refresh_from_db()
        assert declaration.content["basics"]["name"] == "甲"
    version = str(declaration.content_version)
    done = client.post(
        address, {"version": version, "quotes-rows-1-vendor": "乙公司", "quotes-rows-1-file": filling.paper()}
    )
    assert done.status_code == 302
    with enter(alpha.county):
        paper = Document.objects.get()
        assert paper.purpose == "vendor_quote"
        declaration.refresh_from_db()
        assert str(paper.pk) in [value for _name, value in flat(declaration.content)]


def test_ids_of_another_county_or_unit_open_nothing(alpha: Town, beta: Town) -> None:
    with enter(alpha.county):
        filling.open_call(alpha)
        declaration = filling.draft(alpha.filer)
        project = declaration.project
    for person, address in (
        (beta.filer, f"/lingchuan/filings/{declaration.pk}/edit/"),
        (beta.filer, f"/dean/filings/{declaration.pk}/edit/"),
        (beta.reviewer, f"/lingchuan/projects/{project.pk}/"),
        (alpha.other_filer, f"/dean/filings/{declaration.pk}/edit/"),
        (alpha.reviewer, f"/dean/projects/{project.pk}/"),  # a draft is its unit's alone
        (alpha.other_filer, f"/dean/projects/{project.pk}/papers/"),
    ):
        answer = client_for(person).get(address)
        assert answer.status_code in (403, 404), address
        assert project.name not in answer.content.decode()
    client = client_for(alpha.filer)
    foreign = str(beta.units[0].pk)
    answer = client.post(
        f"/dean/filings/{declaration.pk}/submit/", posted(declaration, **{"basics-owner_unit": foreign})
    )
    assert answer.status_code == 422
    assert 'href="#field-basics-owner_unit"' in answer.content.decode()


def test_preview_shows_the_route_of_what_is_typed_and_saves_nothing(alpha: Town) -> None:
    with enter(alpha.county):
        declaration = start_declaration(actor=alpha.filer.actor)
    client = client_for(alpha.filer)
    address = f"/dean/declarations/{declaration.pk}/route/"
    below = client.post(address, {"money-investment": "49.9999", "money-unit": "wan"}).content.decode()
    at_bound = client.post(address, {"money-investment": "50", "money-unit": "wan"}).content.decode()
    assert "DA-20" in at_bound
    assert "DA-20" not in below
    with enter(alpha.county):
        declaration.refresh_from_db()
        assert declaration.content_version == 1


@pytest.mark.article("JH-39", "DA-2", "DA-7")
def test_scope_is_asked_first(alpha: Town) -> None:
    client = client_for(alpha.filer)
    page = client.get("/dean/declarations/new/").content.decode()
    inside = scope_answers("dean")
    assert {part.split('"')[0] for part in page.split('name="scope-')[1:]} == {one[6:] for one in inside}
    assert client.post("/dean/declarations/new/", {}).status_code == 422
    out = client.post("/dean/declarations/new/", scope_answers("dean", public_money="no"))
    assert out.status_code == 200
    assert "DA-2" in out.content.decode()
    with enter(alpha.county):
        assert not Declaration.objects.exists()
        assert AuditEntry.objects.filter(action="declaration.out_of_scope").count() == 1
    secret = client.post("/dean/declarations/new/", scope_answers("dean", classified="yes"))
    assert secret["Location"].endswith("/declarations/classified/")
    begun = client.post("/dean/declarations/new/", scope_answers("dean"))
    assert begun.status_code == 302
    with enter(alpha.county):
        assert Declaration.objects.get().state == FilingState.DRAFT


@pytest.mark.parametrize("page", ["projects", "declarations", "reserve", "plans", "calls"])
def test_list_costs_at_most_eight_queries_however_long_it_is(alpha: Town, page: str) -> None:
    person: Person = {"declarations": alpha.filer}.get(page, alpha.head)
    address = f"/dean/{page}/"
    client = client_for(person)
    with enter(alpha.county):
        filling.hand_in(alpha)
    few = queries(client, address)
    with enter(alpha.county):
        template = Project.objects.get()
        for number in range(60):
            template.pk, template.number, template._state.adding = None, f"X{number}", True
            template.declaration = None
            template.save()
            Declaration(project=template, content={}).save()
    assert queries(client, address) <= max(few, 8) and few <= 8


def test_project_page_costs_at_most_twelve_queries(alpha: Town) -> None:
    campus = "建设校园视频监控、门禁和访客管理子系统，接入县级平台。"
    with enter(alpha.county):
        for part in "东西南北中":
            project = filling.hand_in(alpha, name=f"校园安防系统（{part}片区）", amount="200000", content=campus)
    for person in (alpha.filer, alpha.reviewer, alpha.secretary):
        assert queries(client_for(person), f"/dean/projects/{project.pk}/") <= 12


def test_filters_of_the_project_list_stay_in_the_address(alpha: Town) -> None:
    with enter(alpha.county):
        small = filling.hand_in(alpha, name="疫苗冷链追溯", amount="100000")
        large = filling.hand_in(alpha, alpha.other_filer, name="政务大厅导办", amount="900000")
    client = client_for(alpha.reviewer)

    def shown(query: str) -> set[str]:
        page = client.get(f"/dean/projects/?{query}").content.decode()
        return {project.name for project in (small, large) if project.name in page}

    assert shown("") == {small.name, large.name}
    assert shown("q=冷链") == {small.name}
    assert shown("from=50") == {large.name}
    assert shown("to=10") == {small.name}
    assert shown(f"unit={alpha.units[1].pk}") == {large.name}
    assert shown("step=preliminary_evaluation&state=in_review") == {small.name, large.name}
    assert shown("state=planned") == set()
    assert shown("from=abc&unit=x&state=y&before=z") == {small.name, large.name}


def test_day_is_kept_as_typed_and_a_call_reminder_names_it(alpha: Town) -> None:
    with enter(alpha.county):
        declaration = start_declaration(actor=alpha.filer.actor)
        typed: dict[str, Any] = {"basics": {"starts_on": "2027年3月2日"}}
        declaration = filings.save(actor=alpha.filer.actor, filing=declaration, content=typed)
        field = sheet_of(declaration).field("basics-starts_on")
    assert declaration.content["basics"]["starts_on"] == "2027年3月2日"
    assert field is not None
    assert not field.problems or dt.date(2027, 3, 2) <= today()


def test_project_page_with_rounds_and_partners_costs_no_more(beta: Town) -> None:
    with enter(beta.county):
        filling.open_call(beta)
        partners = [{"office": str(beta.units[1].pk), "part": "健康数据接口"}]
        declaration = filling.draft(beta.filer, cross_department="yes", partners=partners)
        confirm_part(actor=beta.other_filer.actor, partner=declaration.project.partners.get())
        declaration = filings.submit(actor=beta.filer.actor, filing=declaration)
        project = declaration.project
        for goal in ("第一次补正", "第二次补正"):
            step = Step.objects.select_related("project__owner_unit", "office").get(project=project, state="open")
            while step.office not in beta.duty.values():  # the unit's own steps before the first review
                finish(actor=SYSTEM, step=step, outcome="recorded")
                step = Step.objects.select_related("project__owner_unit", "office").get(project=project, state="open")
            reviewer = beta.by_duty[step.office.authorities[0]]
            filings.send_back(actor=reviewer.actor, step=step, items=[{"section": "purpose", "text": "请说明目的"}])
            content = {"purpose": {**declaration.content["purpose"], "goal": goal}}
            filings.save(actor=beta.filer.actor, filing=declaration, content=content)
            declaration = filings.resubmit(actor=beta.filer.actor, filing=declaration)
    client = client_for(beta.reviewer)
    address = f"/lingchuan/projects/{project.pk}/"
    assert queries(client, address) <= 12
    assert queries(client, f"{address}declaration/") <= 12
    page, declared = client.get(address).content.decode(), client.get(f"{address}declaration/").content.decode()
    for shown in ("请说明目的", "第一次补正", "第二次补正"):
        assert shown in page
    for shown in ("第二次补正", "健康数据接口", beta.units[1].name):
        assert shown in declared


def test_file_chosen_and_not_sent_yet_is_taken_with_the_hand_in(alpha: Town) -> None:
    with enter(alpha.county):
        filling.open_call(alpha)
        declaration = filling.draft(alpha.filer)
        plan = Document.objects.get(purpose="technical_plan")
        filings.detach(actor=alpha.filer.actor, filing=declaration, document=plan)
    client = client_for(alpha.filer)
    fields: dict[str, Any] = {**posted(declaration), "papers-technical_plan": filling.paper("方案.pdf")}
    answer = client.post(f"/dean/filings/{declaration.pk}/submit/", fields)
    assert answer.status_code == 302, answer.content.decode()[:300]
    with enter(alpha.county):
        assert Document.objects.filter(purpose="technical_plan", withdrawn_at=None).count() == 1
        declaration.refresh_from_db()
        assert declaration.state == FilingState.SUBMITTED


def test_the_former_address_of_a_declaration_leads_to_its_form(alpha: Town) -> None:
    with enter(alpha.county):
        declaration = start_declaration(actor=alpha.filer.actor)
    former, form = f"/dean/declarations/{declaration.pk}/edit/", f"/dean/filings/{declaration.pk}/edit/"
    assert client_for(alpha.filer).get(former)["Location"] == form
    assert client_for(alpha.other_filer).get(former).status_code == 404


def test_another_unit_converts_the_amounts_where_no_script_did(alpha: Town) -> None:
    typed = {"unit": "wan", "investment": "680", "lines": [{"amount": "680"}, {"amount": "1,5"}, {"amount": "80万"}]}
    with enter(alpha.county):
        declaration = start_declaration(actor=alpha.filer.actor, content={"money": typed})
    fields = posted(declaration, **{"money-unit": "yuan", "shown:money-unit": "wan"})
    client_for(alpha.filer).post(f"/dean/filings/{declaration.pk}/edit/", fields)
    with enter(alpha.county):
        kept = Declaration.objects.get(pk=declaration.pk).content["money"]
        assert Project.objects.get(pk=declaration.project.pk).investment == 6_800_000
    assert (kept["unit"], kept["investment"]) == ("yuan", "6800000")
    assert [line["amount"] for line in kept["lines"]] == ["6800000", "1,5", "80万"]


def test_a_new_declaration_begins_with_what_its_unit_wrote_before(alpha: Town) -> None:
    with enter(alpha.county):
        filling.draft(alpha.filer)
    scope = scope_answers("dean")
    for person, unit in ((alpha.filer, "yuan"), (alpha.second_filer, "wan")):  # the unit of amounts is a person's own
        client_for(person).post("/dean/declarations/new/", scope)
        with enter(alpha.county):
            begun = Declaration.objects.order_by("-pk")[0].content
        assert (begun["basics"]["contact"], begun["basics"]["place"]) == ("张三", "县城")
        assert begun["money"]["unit"] == unit


def test_a_second_look_comes_before_handing_in_and_a_receipt_after(alpha: Town) -> None:
    with enter(alpha.county):
        filling.open_call(alpha)
        declaration = filling.draft(alpha.filer)
    client, address = client_for(alpha.filer), f"/dean/filings/{declaration.pk}/submit/"
    looked = client.post(address, {**posted(declaration), "look": "1"}, follow=True)
    assert looked.redirect_chain == [(address, 302)]
    assert "已检查，无缺项" in looked.content.decode() and "智慧校园综合管理平台" in looked.content.decode()
    with enter(alpha.county):
        assert Declaration.objects.get(pk=declaration.pk).state == FilingState.DRAFT
    receipt = client.post(address, {"version": str(declaration.content_version)}, follow=True).content.decode()
    with enter(alpha.county):
        handed_in = Declaration.objects.select_related("project").get(pk=declaration.pk)
        step = Step.objects.select_related("office").get(project=handed_in.project, state=StepState.OPEN)
    assert handed_in.state == FilingState.SUBMITTED and step.office is not None
    assert handed_in.project.number in receipt and step.name in receipt and step.office.name in receipt


def test_a_file_sent_by_itself_is_answered_with_its_field_or_with_why_not(alpha: Town) -> None:
    with enter(alpha.county):
        declaration = start_declaration(actor=alpha.filer.actor)
    client, address = client_for(alpha.filer), f"/dean/filings/{declaration.pk}/attach/"
    sent = {"papers-technical_plan": filling.paper("方案.pdf")}
    taken = client.post(f"{address}?at=papers-technical_plan", sent, headers={"accept": "application/json"})
    assert taken.status_code == 200 and "方案.pdf" in taken.json()["paper_html"]
    assert "plan" in taken.json()["section_html"]
    quote = client.post(
        f"{address}?at=quotes-rows-0-document",
        {"quotes-rows-0-file": filling.paper("报价.pdf")},
        headers={"accept": "application/json"},
    )
    assert "报价.pdf" in quote.json()["paper_html"] and quote.json()["version"] == 2
    wrong = SimpleUploadedFile("方案.exe", b"MZ")
    refused = client.post(address, {"papers-technical_plan": wrong}, headers={"accept": "application/json"})
    assert refused.status_code == 422 and refused.json()["message"]
    nothing = client.post(address, {}, headers={"accept": "application/json"})
    assert nothing.status_code == 422 and nothing.json()["message"]


def test_a_declaration_is_copied_for_another_year_without_what_is_asked_anew(alpha: Town) -> None:
    with enter(alpha.county):
        filling.open_call(alpha)
        before = filling.draft(alpha.filer, name="县图书馆系统运维")
        Declaration.objects.filter(pk=before.pk).update(content={**before.content, "outline": {"needs": "现有需求"}})
    page = client_for(alpha.second_filer).get(f"/dean/declarations/new/?copy={before.pk}").content.decode()
    assert "县图书馆系统运维" in page
    typed = {
        **scope_answers("dean"),
        "copy": str(before.pk),
        "basics-name": "县图书馆系统运维（续）",
        "money-investment": "600000",
    }
    client_for(alpha.second_filer).post("/dean/declarations/new/", typed)
    client_for(alpha.other_filer).post("/dean/declarations/new/", typed)  # of another unit: nothing is copied
    with enter(alpha.county):
        foreign, begun = (one.content for one in Declaration.objects.order_by("-pk")[:2])
    assert begun["basics"]["name"] == "县图书馆系统运维（续）"
    assert begun["purpose"] == before.content["purpose"] and begun["outline"] == {"needs": "现有需求"}
    assert begun["money"]["lines"] == before.content["money"]["lines"]
    assert not begun["negative"] and not begun["prerequisites"] and not begun["quotes"]
    assert "starts_on" not in begun["basics"]
    assert not foreign["purpose"]


def test_copied_amounts_follow_the_unit_chosen_for_the_new_declaration(alpha: Town) -> None:
    with enter(alpha.county):
        filling.open_call(alpha)
        before = filling.draft(alpha.filer, amount="600000")  # in yuan, as its running cost
    typed = {**scope_answers("dean"), "copy": str(before.pk), "basics-name": "续建", "money-unit": "wan"}
    asked = [
        {"money-investment": "60"},
        {"money-investment": "600000", "shown:money-unit": "yuan"},
    ]  # by script, without
    for investment in asked:
        client_for(alpha.filer).post("/dean/declarations/new/", {**typed, **investment})
        with enter(alpha.county):
            begun = Declaration.objects.select_related("project").order_by("-pk")[0]
            kept = begun.content["money"]
            assert (kept["unit"], kept["investment"], kept["om_cost"]) == ("wan", "60", "2")
            assert [line["amount"] for line in kept["lines"]] == ["60"]
            assert begun.project.investment == 600_000


def test_a_returned_form_shows_what_is_asked_on_top_and_the_rest_to_read(alpha: Town) -> None:
    with enter(alpha.county):
        project = filling.hand_in(alpha)
        step = Step.objects.select_related("office").get(project=project, state=StepState.OPEN)
        assert step.office is not None
        filings.send_back(
            actor=alpha.by_duty[step.office.authorities[0]].actor,
            step=step,
            items=[{"section": "purpose", "field": "", "text": "请写明规模"}],
            reason="材料总体可行。",
            correct_by=today() + dt.timedelta(days=20),
        )
    page = client_for(alpha.filer).get(f"/dean/filings/{project.declaration.pk}/edit/").content.decode()
    asked, form = page.index("请写明规模"), page.index('id="declaration"')
    assert asked < form and page.index("材料总体可行。") < form and page.index("前重新提交") < form
    assert 'name="purpose-goal"' in page and 'name="basics-place"' not in page
    assert page.index("其余部分") > form and "县城" in page[page.index("其余部分") :]
