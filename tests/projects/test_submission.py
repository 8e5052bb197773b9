"""Handing in: the checks, the route, the exception of a major deployment, the double press."""

import copy
import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Office
from accounts.refusals import Incomplete, NotPermitted, Refusal, Stale, WrongState
from jurisdictions.facts import OwnerKind
from jurisdictions.rules.loader import load_data
from jurisdictions.scope import enter
from jurisdictions.versions import store
from projects.models import Declaration, PartnerUnit, PlannedMoney, Project, Standing, VendorQuote
from projects.services.drafts import confirm_part, register_classified
from projects.services.submission import start_declaration
from tests import people
from tests.people import Town, client_for
from tests.projects import filling
from workflow.clocks.clock import today
from workflow.documents import storage
from workflow.filings import services as filings
from workflow.models import AuditEntry, Document, FilingState, Step, StepState
from workflow.route.hindrances import hindrances_of

pytestmark = pytest.mark.django_db


def problems(declaration: Declaration, town: Town) -> dict[str, Refusal]:
    """Hand in, expecting a refusal: its items by field."""
    with pytest.raises(Incomplete) as refused:
        filings.submit(actor=town.filer.actor, filing=declaration)
    return {item.field: item for item in refused.value.items}


def changed(declaration: Declaration, town: Town, **sections: Any) -> Declaration:
    """Change parts of sections of a draft."""
    content = {key: {**declaration.content.get(key, {}), **part} for key, part in sections.items()}
    return filings.save(actor=town.filer.actor, filing=declaration, content=content)


@pytest.mark.article("DA-2", "DA-12", "DA-16", "DA-18")
def test_complete_declaration_is_handed_in_and_its_first_review_opens(alpha: Town) -> None:
    with enter(alpha.county):
        project = filling.hand_in(alpha)
        steps = list(Step.objects.filter(project=project))
        assert project.standing == Standing.IN_REVIEW
        assert (steps[0].key, steps[0].state) == ("declaration", StepState.DONE)
        assert (steps[1].key, steps[1].state) == ("preliminary_evaluation", StepState.OPEN)
        assert steps[0].decided_by_id == alpha.filer.user.pk
        assert project.plan_year == today().year + 1
        assert [line.amount for line in PlannedMoney.objects.all()] == [filling.yuan("600000.00")]
        assert VendorQuote.objects.count() == 3
        actions = set(AuditEntry.objects.filter(project=project).values_list("action", flat=True))
        assert {"declaration.submit", "project.submit", "project.route", "step.complete"} <= actions


@pytest.mark.article("DA-19", "DA-20")
def test_a_declaration_is_that_of_one_project_only(alpha: Town) -> None:
    with enter(alpha.county):
        one, other = (start_declaration(actor=alpha.filer.actor) for _twice in range(2))
        with pytest.raises(IntegrityError), transaction.atomic():
            Project.objects.filter(pk=other.project.pk).update(declaration=one)


@pytest.mark.parametrize(("amount", "is_reviewed"), [("499999.99", False), ("500000", True)])
def test_route_on_both_sides_of_the_joint_review_bound(alpha: Town, amount: str, is_reviewed: bool) -> None:
    with enter(alpha.county):
        project = filling.hand_in(alpha, amount=amount)
        keys = list(Step.objects.filter(project=project).values_list("key", flat=True))
    assert ("joint_review" in keys) is is_reviewed
    assert keys[:2] == ["declaration", "preliminary_evaluation"]


@pytest.mark.article("DA-17", "DA-18", "DA-21")
def test_empty_declaration_is_refused_with_every_missing_item_at_its_field(alpha: Town) -> None:
    with enter(alpha.county):
        filling.open_call(alpha)
        declaration = start_declaration(actor=alpha.filer.actor)
        found = problems(declaration, alpha)
        declaration.refresh_from_db()
    assert declaration.state == FilingState.DRAFT
    for field, article in {
        "basics-name": None,
        "basics-starts_on": None,
        "purpose-goal": None,
        "money-investment": None,
        "money-lines": "DA-17",
        "plan-performance_target": "DA-18",
        "quotes-rows": "DA-18",
        "negative-own_infrastructure-answer": "DA-21",
        "papers-party_committee_minutes": "DA-17",
        "papers-leader_consent": "DA-17",
        "papers-technical_plan": "DA-18",
        "papers-superior_opinion": "DA-14",
        "prerequisites-consultation_done": "DA-17",
    }.items():
        assert field in found, field
        assert article is None or article in found[field].articles
        assert found[field].message
    assert "prerequisites-funding_source_named" not in found  # the lines of the money name it


@pytest.mark.article("DA-3")
def test_what_the_technical_plan_must_say_is_asked_once(alpha: Town) -> None:
    with enter(alpha.county):
        declaration = start_declaration(actor=alpha.filer.actor)
        uploaded = problems(declaration, alpha)
        written = problems(changed(declaration, alpha, plan={"way": "write"}), alpha)
    assert "papers-technical_plan" in uploaded and "papers-technical_plan" not in written
    assert "DA-3" in written["outline-five_unities"].articles and "outline-five_unities" not in uploaded
    assert not {"plan-unified_architecture", "plan-cryptography"} & (set(uploaded) | set(written))


@pytest.mark.article("DA-18")
def test_two_quotes_are_too_few_and_one_vendor_counts_once(alpha: Town) -> None:
    with enter(alpha.county):
        filling.open_call(alpha)
        declaration = filling.draft(alpha.filer)
        rows = [
            {"vendor": "甲公司", "amount": "1"},
            {"vendor": "乙公司", "amount": "2"},
            {"vendor": "乙 公司", "amount": "3"},
        ]
        declaration = changed(declaration, alpha, quotes={"rows": rows})
        found = problems(declaration, alpha)
    assert set(found) == {"quotes-rows", "quotes-rows-2-vendor"}
    assert "DA-18" in found["quotes-rows"].articles


@pytest.mark.article("DA-18")
def test_one_vendor_in_three_spellings_is_one_quote_and_kept_as_typed(alpha: Town) -> None:
    typed = ["云岭（集团）科技・有限公司", "雲嶺(集團)科技有限公司", "云岭 集团\u200b科技·有限公司"]
    with enter(alpha.county):
        filling.open_call(alpha)
        declaration = filling.draft(alpha.filer)
        rows = [{"vendor": vendor, "amount": str(number)} for number, vendor in enumerate(typed, start=1)]
        declaration = changed(declaration, alpha, quotes={"rows": rows})
        found = problems(declaration, alpha)
    assert set(found) == {"quotes-rows", "quotes-rows-1-vendor", "quotes-rows-2-vendor"}
    assert [row["vendor"] for row in declaration.content["quotes"]["rows"]] == typed


def test_project_on_the_negative_list_is_refused_where_there_is_no_exemption(alpha: Town) -> None:
    rules = copy.deepcopy(alpha.rules.data.content)
    rules["version"] += 1
    for item in rules["negative_list"]["items"]:
        item.pop("in_principle", None)
    store(load_data(rules, file="dean-2"))
    with enter(alpha.county):
        filling.open_call(alpha)
        declaration = filling.draft(alpha.filer)
        declaration = changed(declaration, alpha, negative={"own_lines": {"answer": "yes", "note": "专线"}})
        found = problems(declaration, alpha)
    assert set(found) == {"negative-own_lines-answer"}
    assert "DA-21" in found["negative-own_lines-answer"].articles


@pytest.mark.article("DA-21")
def test_what_is_not_supported_in_principle_is_decided_with_a_reason_by_who_reviews(alpha: Town) -> None:
    with enter(alpha.county):
        filling.open_call(alpha)
        declaration = filling.draft(alpha.filer)
        declaration = changed(declaration, alpha, negative={"own_lines": {"answer": "yes", "note": "上级专线"}})
        project = filings.submit(actor=alpha.filer.actor, filing=declaration).project
        [case] = [one for one in project.warnings if one["key"] == "negative-own_lines"]
        assert "DA-21" in case["articles"]
        first, second = Step.objects.filter(project=project, gate=True, state__in=["open", "coming"])[:2]
    sent = {"version": first.version, "outcome": "approve", "reason": "必要"}
    client, page = client_for(alpha.secretary), f"/dean/steps/{first.pk}/"
    refused = client.post(f"{page}decide/", sent)
    assert refused.status_code == 422 and 'name="depart-negative-own_lines"' in refused.content.decode()
    assert case["text"] in client.get(page).content.decode()
    assert client.post(f"{page}decide/", {**sent, "depart-negative-own_lines": "省厅统一要求"}).status_code == 302
    with enter(alpha.county):
        first.refresh_from_db()
        assert (first.state, first.record["departures"]) == (StepState.DONE, {"negative-own_lines": "省厅统一要求"})
        entry = AuditEntry.objects.get(action="step.depart", object_id=first.pk)
        assert "DA-21" in entry.articles and entry.new["reason"] == "省厅统一要求"
        second.refresh_from_db()
        assert second.state == StepState.OPEN and not [one for one in hindrances_of(second) if one.in_principle]
    # A reason that was typed while it was still asked for stops nobody once it no longer is.
    sent = {"version": second.version, "outcome": "approve", "reason": "必要", "depart-negative-own_lines": "省厅要求"}
    answer = client.post(f"/dean/steps/{second.pk}/decide/", sent)
    assert "depart-" not in answer.content.decode()


@pytest.mark.article("CJ-12", "CJ-13")
def test_negative_list_with_an_exemption_asks_for_both_its_papers() -> None:
    town = people.make_town("changji")
    with enter(town.county):
        filling.open_call(town)
        declaration = filling.draft(town.filer)
        declaration = changed(declaration, town, negative={"own_internet_line": {"answer": "yes", "note": "条线专网"}})
        found = problems(declaration, town)
        assert {"papers-legal_basis", "papers-superior_consent"} == set(found)
        assert "CJ-13" in found["papers-legal_basis"].articles
        for key in ("legal_basis", "superior_consent"):
            filings.attach(actor=town.filer.actor, filing=declaration, purpose=key, upload=filling.paper())
        declaration = filings.submit(actor=town.filer.actor, filing=declaration)
        assert declaration.state == FilingState.SUBMITTED
        step = Step.objects.select_related("office").filter(project=declaration.project, state="open", gate=True)[0]
        consent = Document.objects.active().get(project=declaration.project, purpose="superior_consent")
    # Both papers are looked at again by who decides first: nothing passes by itself, and no reason stands in for one.
    who = next(one for key, one in town.by_duty.items() if one.office == step.office)
    sent = {"version": step.version, "outcome": "approve", "reason": "必要", "depart-negative-own_internet_line": ""}
    client, page = client_for(who), f"/changji/steps/{step.pk}/"
    refused = client.post(f"{page}decide/", sent)
    said = refused.content.decode()
    assert refused.status_code == 422 and 'name="depart-negative-own_internet_line"' in said
    assert "CJ-12" in said and "legal_basis" not in said and "国家或自治区规定的法律依据" in said
    with enter(town.county):
        storage.withdraw(actor=town.filer.actor, document=consent)
        held = [one for one in hindrances_of(step) if one.key.startswith("exempt-")]
        assert [(one.key, one.in_principle, "CJ-13" in one.articles) for one in held] == [
            ("exempt-superior_consent", False, True)
        ]
    given = {**sent, "depart-negative-own_internet_line": "法律依据和上级同意均已核对"}
    refused = client.post(f"{page}decide/", given)
    assert refused.status_code in (409, 422) and "上一级业务主管部门书面同意" in refused.content.decode()


@pytest.mark.article("DA-17")
def test_outside_the_call_only_a_major_deployment_with_its_paper_is_taken(alpha: Town) -> None:
    with enter(alpha.county):
        declaration = filling.complete(start_declaration(actor=alpha.filer.actor), alpha.filer, filling.answers())
        found = problems(declaration, alpha)
        assert "DA-17" in found["section-basics"].articles
        declaration = changed(declaration, alpha, basics={"major_deployment": "yes"})
        found = problems(declaration, alpha)
        assert set(found) == {"papers-major_deployment_paper"}
        filings.attach(
            actor=alpha.filer.actor, filing=declaration, purpose="major_deployment_paper", upload=filling.paper()
        )
        declaration = filings.submit(actor=alpha.filer.actor, filing=declaration)
    assert declaration.state == FilingState.SUBMITTED
    assert declaration.call is None


@pytest.mark.article("DA-16")
def test_planned_start_before_approval_is_refused_with_its_article(alpha: Town) -> None:
    with enter(alpha.county):
        filling.open_call(alpha)
        declaration = filling.draft(alpha.filer)
        declaration = changed(declaration, alpha, basics={"starts_on": today().isoformat()})
        found = problems(declaration, alpha)
    assert set(found) == {"basics-starts_on"}
    assert "DA-16" in found["basics-starts_on"].articles


def test_days_that_cross_and_days_that_are_none_are_told(alpha: Town) -> None:
    with enter(alpha.county):
        filling.open_call(alpha)
        declaration = filling.draft(alpha.filer)
        early = (today() + dt.timedelta(days=300)).isoformat()
        declaration = changed(declaration, alpha, basics={"ends_on": early})
        assert set(problems(declaration, alpha)) == {"basics-ends_on"}
        declaration = changed(declaration, alpha, basics={"ends_on": "2027-02-30"})
        assert set(problems(declaration, alpha)) == {"basics-ends_on"}


@pytest.mark.parametrize("amount", ["-5", "0", "六十万", "1e6", "NaN", "600000.001", "9" * 18, "60 80"])
def test_amount_that_is_none_is_refused_in_words(alpha: Town, amount: str) -> None:
    with enter(alpha.county):
        filling.open_call(alpha)
        declaration = filling.draft(alpha.filer)
        declaration = changed(declaration, alpha, money={"investment": amount})
        found = problems(declaration, alpha)
        assert found["money-investment"].message
        assert declaration.content["money"]["investment"] == amount  # kept as typed


def test_lines_that_do_not_add_up_name_the_difference(alpha: Town) -> None:
    with enter(alpha.county):
        filling.open_call(alpha)
        declaration = filling.draft(alpha.filer)
        lines = declaration.content["money"]["lines"]
        declaration = changed(declaration, alpha, money={"lines": [{**lines[0], "amount": "599,999"}]})
        found = problems(declaration, alpha)
    assert set(found) == {"money-lines"}
    assert "599,999 元" in found["money-lines"].message and "少 1 元" in found["money-lines"].message


def test_amounts_in_ten_thousand_yuan_are_kept_exactly(alpha: Town) -> None:
    with enter(alpha.county):
        filling.open_call(alpha)
        declaration = filling.draft(alpha.filer)
        line = {**declaration.content["money"]["lines"][0], "amount": "６０.１２３４５６"}
        rows = [{**row, "amount": "59"} for row in declaration.content["quotes"]["rows"]]
        declaration = changed(
            declaration,
            alpha,
            money={"unit": "wan", "investment": "60.123456", "om_cost": "2", "lines": [line]},
            quotes={"rows": rows},
        )
        project = filings.submit(actor=alpha.filer.actor, filing=declaration).project
    assert project.investment == filling.yuan("601234.56")


def test_second_press_is_told_that_it_is_in_already(alpha: Town) -> None:
    with enter(alpha.county):
        filling.open_call(alpha)
        declaration = filling.draft(alpha.filer)
        filings.submit(actor=alpha.filer.actor, filing=declaration)
        with pytest.raises(WrongState) as told:
            filings.submit(actor=alpha.filer.actor, filing=declaration)
        assert declaration.project.number in told.value.message
        assert Step.objects.filter(project=declaration.project, key="declaration").count() == 1
        assert declaration.revisions.count() == 1


@pytest.mark.article("DA-6")
def test_owner_unit_adds_papers_but_only_the_applicant_files(alpha: Town) -> None:
    with enter(alpha.county):
        filling.open_call(alpha)
        declaration = filling.draft(alpha.filer, owner_unit=str(alpha.units[1].pk))
        assert declaration.project.owner_unit == alpha.units[1]
        assert declaration.project.applicant == alpha.units[0]
        filings.attach(
            actor=alpha.other_filer.actor, filing=declaration, purpose="construction_basis", upload=filling.paper()
        )
        page = people.client_for(alpha.other_filer).get(f"/dean/filings/{declaration.pk}/edit/").content.decode()
        assert "formaction=" not in page
        assert f'name="basics-name" value="{declaration.project.name}"' in page
        for refused in (
            lambda: filings.save(actor=alpha.other_filer.actor, filing=declaration, content={"purpose": {"goal": "x"}}),
            lambda: filings.submit(actor=alpha.other_filer.actor, filing=declaration),
            lambda: filings.withdraw(actor=alpha.owner.actor, filing=declaration, reason="x"),
        ):
            with pytest.raises(NotPermitted):
                refused()


def test_save_from_a_stale_tab_is_told_and_changes_nothing(alpha: Town) -> None:
    with enter(alpha.county):
        declaration = start_declaration(actor=alpha.filer.actor)
        version = declaration.content_version
        filings.save(
            actor=alpha.filer.actor,
            filing=declaration,
            content={"purpose": {"goal": "一"}},
            seen_content_version=version,
        )
        with pytest.raises(Stale):
            filings.save(
                actor=alpha.second_filer.actor,
                filing=declaration,
                content={"purpose": {"goal": "二"}},
                seen_content_version=version,
            )
        declaration.refresh_from_db()
    assert declaration.content["purpose"]["goal"] == "一"


def test_text_of_a_megabyte_is_refused_with_the_limit(alpha: Town) -> None:
    with enter(alpha.county):
        declaration = start_declaration(actor=alpha.filer.actor)
        with pytest.raises(Refusal) as told:
            filings.save(actor=alpha.filer.actor, filing=declaration, content={"purpose": {"goal": "长" * 1_000_000}})
        assert told.value.code == "too_long"
        assert told.value.field == "purpose-goal"
        assert "20,000" in told.value.message


@pytest.mark.article("DA-2", "DA-39")
def test_kind_of_unit_that_may_not_declare_is_refused() -> None:
    town = people.make_town("changji")
    with enter(town.county):
        Office.objects.filter(pk=town.units[0].pk).update(owner_kind=OwnerKind.SOE)
        filling.open_call(town)
        declaration = start_declaration(actor=town.filer.actor)
        found = problems(declaration, town)
    assert "CJ-2" in found["section-basics"].articles


@pytest.mark.article("LC-11")
def test_partner_units_confirm_their_part_before_it_is_handed_in(beta: Town) -> None:
    with enter(beta.county):
        filling.open_call(beta)
        partners = [{"office": str(beta.units[1].pk), "part": "健康数据接口"}]
        declaration = filling.draft(beta.filer, cross_department="yes", partners=partners)
        found = problems(declaration, beta)
        assert set(found) == {"basics-partners-0-office"}
        assert "LC-11" in found["basics-partners-0-office"].articles
        partner = PartnerUnit.objects.get(project=declaration.project)
        with pytest.raises(NotPermitted):
            confirm_part(actor=beta.filer.actor, partner=partner)
        confirm_part(actor=beta.other_filer.actor, partner=partner)
        assert filings.submit(actor=beta.filer.actor, filing=declaration).state == FilingState.SUBMITTED


@pytest.mark.article("LC-12")
def test_collective_decision_and_expert_opinion_come_before_the_declaration(beta: Town) -> None:
    with enter(beta.county):
        filling.open_call(beta)
        declaration = start_declaration(actor=beta.filer.actor)
        found = problems(declaration, beta)
    for field in ("papers-collective_decision_minutes", "papers-expert_opinion"):
        assert "LC-12" in found[field].articles


@pytest.mark.article("JH-7")
def test_sector_department_declares_for_a_school() -> None:
    town = people.make_town("jinhu")
    with enter(town.county):
        project = filling.hand_in(town, on_behalf_of="县实验小学")
    assert project.on_behalf_of == "县实验小学"


@pytest.mark.article("DA-39")
def test_digital_part_of_a_larger_works_project_names_it(alpha: Town) -> None:
    with enter(alpha.county):
        assert filling.hand_in(alpha, part_of="县医院迁建工程").part_of == "县医院迁建工程"


def test_draft_begun_under_an_older_version_is_asked_what_the_version_of_the_day_asks(alpha: Town) -> None:
    with enter(alpha.county):
        filling.open_call(alpha)
        declaration = filling.draft(alpha.filer)
    rules = copy.deepcopy(alpha.rules.data.content)
    rules["version"] += 1
    rules["statements"].append({"key": "green_computing", "title": "绿色低碳", "articles": ["DA-14"]})
    store(load_data(rules, file="dean-2"))
    with enter(alpha.county):
        with pytest.raises(Incomplete) as refused:
            filings.submit(actor=alpha.filer.actor, filing=declaration)
        assert [one.field for one in refused.value.items] == ["plan-green_computing"]
    page = client_for(alpha.filer).get(f"/dean/filings/{declaration.pk}/edit/").content.decode()
    assert 'name="plan-green_computing"' in page
    with enter(alpha.county):
        plan = {**declaration.content["plan"], "green_computing": "采用节能设备。"}
        declaration = filings.save(actor=alpha.filer.actor, filing=declaration, content={"plan": plan})
        project = filings.submit(actor=alpha.filer.actor, filing=declaration).project
        assert Project.objects.get(pk=project.pk).rule_version.number == rules["version"]


def test_drafts_use_up_no_numbers(alpha: Town) -> None:
    with enter(alpha.county):
        filling.open_call(alpha)
        first, second = filling.draft(alpha.filer, name="先写的草稿"), filling.draft(alpha.filer, name="后写的草稿")
        assert (first.project.number, second.project.number) == ("", "")
        assert first.project.mark != second.project.mark
        filings.submit(actor=alpha.filer.actor, filing=second)
        with pytest.raises(Incomplete):
            filings.submit(actor=alpha.filer.actor, filing=start_declaration(actor=alpha.filer.actor))
        stub = register_classified(actor=alpha.filer.actor, owner_unit=alpha.units[0], handling_office=alpha.units[1])
        filings.submit(actor=alpha.filer.actor, filing=first)
        numbers = [Project.objects.get(pk=one).number for one in (second.project.pk, stub.pk, first.project.pk)]
        start = f"{alpha.county.prefix}{today().year}"
        assert numbers == [f"{start}00001", f"{start}00002", f"{start}00003"]
        entry = AuditEntry.objects.get(action="project.submit", project=first.project)
        assert entry.new["number"] == numbers[2]


def test_a_number_once_given_is_kept(alpha: Town) -> None:
    with enter(alpha.county):
        filling.open_call(alpha)
        declaration = filling.draft(alpha.filer)
        Project.objects.filter(pk=declaration.project.pk).update(number="DA202500077")  # given to drafts of old
        declaration.project.refresh_from_db()
        filings.submit(actor=alpha.filer.actor, filing=declaration)
        assert Project.objects.get(pk=declaration.project.pk).number == "DA202500077"
