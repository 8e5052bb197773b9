"""What each county's own regulation asks of a declaration, by its articles."""

from typing import Any

import pytest
from django.utils import translation

from accounts.refusals import Incomplete
from jurisdictions.rules.route import OUR_WARNINGS
from jurisdictions.scope import enter
from projects.models import Project, Standing
from projects.services.sheets import sheet_of
from projects.services.submission import start_declaration
from tests import people
from tests.people import client_for
from tests.projects import filling
from workflow.filings import services as filings
from workflow.models import FilingState, Step

pytestmark = pytest.mark.django_db


@pytest.mark.article(
    "CJ-10",
    "JH-8",
    "JS-5",
    "JS-6",
    "JS-7",
    "JS-12",
    "LC-12",
    "LC-13",
    "CJ-5",
    "CJ-7",
    "DA-14",
    "DA-33",
    "LC-24",
    "LC-26",
)
@pytest.mark.parametrize(
    ("code", "basics", "field", "article"),
    [
        ("changji", {"action": "new"}, "papers-technical_plan", "CJ-10"),
        ("changji", {"action": "operate"}, "papers-om_plan", "CJ-10"),
        ("changji", {"action": "new"}, "papers-feasibility_report", "CJ-10"),
        ("changji", {"action": "new"}, "plan-government_cloud", "CJ-5"),
        ("changji", {"action": "new"}, "plan-data_interface", "CJ-7"),
        ("jinhu", {"action": "new"}, "papers-budget_estimate", "JH-8"),
        ("jinhu", {"action": "purchase_service"}, "papers-last_contract_or_service_report", "JH-8"),
        ("jianshan", {"action": "new"}, "plan-sharing_analysis", "JS-6"),
        ("jianshan", {"action": "new"}, "papers-resource_catalogue", "JS-7"),
        ("jianshan", {"action": "new"}, "papers-trusted_products_statement", "JS-12"),
        ("jianshan", {"action": "new", "cross_department": "yes"}, "papers-framework_plan", "JS-5"),
        ("lingchuan", {"action": "new"}, "papers-construction_plan", "LC-12"),
        ("lingchuan", {"action": "new"}, "plan-resource_catalogue", "LC-13"),
        ("lingchuan", {"action": "new"}, "plan-security_and_cryptography", "LC-24"),
        ("lingchuan", {"action": "new"}, "plan-cloud_migration", "LC-26"),
        ("dean", {"action": "new"}, "papers-superior_opinion", "DA-14"),
        ("dean", {"action": "operate"}, "papers-om_plan", "DA-33"),
        ("dean", {"action": "new"}, "form-person_in_charge", "DA-A1"),
        ("jinhu", {"action": "new"}, "form-expected_results", "JH-F1"),
        ("jinhu", {"action": "stock"}, "form-next_year_payment", "JH-F2"),
    ],
)
def test_missing_item_is_named_with_its_article(code: str, basics: dict[str, str], field: str, article: str) -> None:
    town = people.make_town(code)
    with enter(town.county):
        filling.open_call(town)
        declaration = start_declaration(actor=town.filer.actor, content={"basics": basics})
        with pytest.raises(Incomplete) as refused:
            filings.submit(actor=town.filer.actor, filing=declaration)
    found = {item.field: item for item in refused.value.items}
    assert field in found
    assert article in found[field].articles


@pytest.mark.article("CJ-8", "CJ-14", "JH-7", "JS-4", "LC-13", "DA-19")
@pytest.mark.parametrize("code", ["changji", "dean", "jianshan", "jinhu", "lingchuan"])
def test_complete_declaration_of_every_county_goes_on_its_route(code: str) -> None:
    town = people.make_town(code)
    with enter(town.county):
        project = filling.hand_in(town, amount="1000000")
        steps = list(Step.objects.filter(project=project))
        assert project.standing == Standing.IN_REVIEW
        assert steps[0].state == "done"
        assert steps[1].state == "open"
        assert all(step.articles for step in steps)


@pytest.mark.article("JH-39")
def test_every_kind_out_of_scope_is_told_with_its_article() -> None:
    town = people.make_town("jinhu")
    client = client_for(town.filer)
    outside = {
        "building_works": "yes",
        "building_facilities": "yes",
        "office_equipment": "yes",
        "special_equipment": "yes",
        "end_user_software": "yes",
        "staff_services": "yes",
        "county_money": "no",
    }
    for key, answer in outside.items():
        page = client.post("/jinhu/declarations/new/", people.scope_answers("jinhu", **{key: answer}))
        assert page.status_code == 200
        assert "JH-39" in page.content.decode()
    with enter(town.county):
        assert not Project.objects.exists()


@pytest.mark.article("CJ-19")
def test_county_level_project_is_out_of_the_prefectures_scope() -> None:
    town = people.make_town("changji")
    with enter(town.county):
        town.units[0].owner_kind = "township"
        town.units[0].save()
    page = client_for(town.filer).post("/changji/declarations/new/", {"scope-classified": "no"})
    assert "CJ-19" in page.content.decode()
    with enter(town.county):
        assert not Project.objects.exists()


@pytest.mark.article("JH-18", "CJ-11", "DA-11")
@pytest.mark.parametrize(("code", "key"), [("jinhu", "public_benefit"), ("changji", "superior_task")])
def test_reasons_for_priority_are_kept_on_the_project(code: str, key: str) -> None:
    town = people.make_town(code)
    with enter(town.county):
        filling.open_call(town)
        declaration = filling.draft(town.filer)
        content: dict[str, Any] = {"priority": {key: "yes", "note": "列入实事清单"}}
        declaration = filings.save(actor=town.filer.actor, filing=declaration, content=content)
        project = filings.submit(actor=town.filer.actor, filing=declaration).project
    assert project.priority == [key]


@pytest.mark.article("JH-7", "JH-10")
def test_running_project_is_filed_outside_the_call() -> None:
    town = people.make_town("jinhu")
    with enter(town.county):
        declaration = start_declaration(actor=town.filer.actor)
        declaration = filling.complete(declaration, town.filer, filling.answers(action="stock", starts_on="2025-03-01"))
        declaration = filings.submit(actor=town.filer.actor, filing=declaration)
        keys = set(Step.objects.filter(project=declaration.project).values_list("key", flat=True))
    assert declaration.state == FilingState.SUBMITTED
    assert "necessity_review" not in keys


@pytest.mark.article("JS-4")
def test_where_the_text_names_no_time_no_call_is_needed() -> None:
    town = people.make_town("jianshan")
    with enter(town.county):
        declaration = filling.draft(town.filer)
        assert filings.submit(actor=town.filer.actor, filing=declaration).state == FilingState.SUBMITTED


@pytest.mark.article("CJ-16", "CJ-17")
def test_conflict_at_the_exact_bound_is_shown_on_the_project() -> None:
    town = people.make_town("changji")
    with enter(town.county):
        project = filling.hand_in(town, amount="500000")
    notice = next(one for one in project.route_notices if one["key"] == "boundary_conflict")
    assert {"CJ-16", "CJ-17"} <= set(notice["articles"])
    page = client_for(town.reviewer).get(f"/changji/projects/{project.pk}/").content.decode()
    assert notice["text"] in page


@pytest.mark.article("CJ-38")
@pytest.mark.parametrize(("code", "key"), [("changji", "ruleset_expired"), ("jinhu", "ruleset_draft")])
def test_rules_that_are_not_in_force_are_said_so(code: str, key: str) -> None:
    town = people.make_town(code)
    with enter(town.county):
        project = filling.hand_in(town)
    assert key in [one["key"] for one in project.route_notices]


def test_the_programs_own_warnings_speak_the_language_of_who_reads_them() -> None:
    town = people.make_town("jinhu")
    with enter(town.county), translation.override("en"):
        project = filling.hand_in(town)
        english = [one["text"] for one in project.warnings if one["key"] == "ruleset_draft"]
    page = client_for(town.reviewer).get(f"/jinhu/projects/{project.pk}/").content.decode()
    assert english == ["These rules are a draft for comments."] and english[0] not in page
    assert str(OUR_WARNINGS["ruleset_draft"]) in page
    told = client_for(town.reviewer).get(f"/api/v1/jinhu/projects/{project.pk}/").json()["notices"]
    assert str(OUR_WARNINGS["ruleset_draft"]) in [one["text"] for one in told]


@pytest.mark.article("JH-7")
def test_shared_project_names_its_lead_unit_and_partners_only_where_the_rules_ask() -> None:
    town = people.make_town("jinhu")
    with enter(town.county):
        filling.open_call(town)
        declaration = start_declaration(
            actor=town.filer.actor, content={"basics": {"action": "new", "cross_department": "yes"}}
        )
        found = {problem.field: problem for problem in sheet_of(declaration).problems}
    assert "JH-7" in found["prerequisites-lead_unit_named"].articles
    assert "basics-partners" not in found


@pytest.mark.article("DA-A2")
def test_the_plan_follows_the_eight_chapters_of_the_template_and_is_kept_as_typed() -> None:
    town = people.make_town("dean")
    with enter(town.county):
        filling.open_call(town)
        declaration = filling.draft(town.filer)
        assert sheet_of(declaration).section("outline") is None  # until it is written here, not uploaded
        declaration.content = {**declaration.content, "plan": {**declaration.content["plan"], "way": "write"}}
        outline = next(one for one in sheet_of(declaration).sections if one.key == "outline")
        assert "papers-technical_plan" not in [one.field for one in sheet_of(declaration).problems]
        assert {one.field for one in outline.problems} == {one.name for one in outline.all_fields()}
        chapters = [one.label[0] for one in outline.all_fields()]
        assert list(dict.fromkeys(chapters)) == ["一", "二", "三", "四", "五", "六", "七", "八"]
        typed = {one.name.removeprefix("outline-"): f"第{n}节" for n, one in enumerate(outline.all_fields())}
        filings.save(
            actor=town.filer.actor,
            filing=declaration,
            content={**declaration.content, "outline": typed},
            seen_content_version=declaration.content_version,
        )
        declaration.refresh_from_db()
        assert declaration.content["outline"] == typed


@pytest.mark.article("LC-8")
def test_a_city_county_project_says_who_pays_what() -> None:
    town = people.make_town("lingchuan")
    with enter(town.county):
        money = [
            {"source": "county_budget", "year": "2027", "amount": "400000"},
            {"source": "superior_special_fund", "year": "2027", "amount": "200000"},
        ]
        typed = filling.answers(amount="600000")
        typed["money"] = {**typed["money"], "lines": money}
        filling.open_call(town)
        declaration = start_declaration(actor=town.filer.actor, content=typed)
        filling.complete(declaration, town.filer, typed)
        filings.submit(actor=town.filer.actor, filing=declaration)
        lines = {line.source: str(line.amount) for line in declaration.money.all()}
    assert lines == {"county_budget": "400000.00", "superior_special_fund": "200000.00"}
