"""What a person who files finds on their first page."""

import pytest

from accounts.refusals import WrongState
from jurisdictions.scope import enter
from projects.models import PartnerUnit
from projects.services.drafts import confirm_part
from tests.people import Town, client_for
from tests.projects import filling
from workflow.filings import services as filings

pytestmark = pytest.mark.django_db


def first_page(town: Town, person) -> str:
    response = client_for(person).get(f"/{town.code}/", follow=True)
    assert response.request["PATH_INFO"] == f"/{town.code}/queue/"
    return response.content.decode()


def test_a_filer_finds_the_open_call_the_confirmation_that_waits_and_the_draft(alpha: Town) -> None:
    with enter(alpha.county):
        call = filling.open_call(alpha)
        drawn = filling.draft(alpha.filer, name="智慧校园综合管理平台")
        shared = filling.draft(alpha.other_filer, name="医共体信息平台")
        PartnerUnit.objects.create(county=alpha.county, project=shared.project, office=alpha.filer.office, part="接入")
    page = first_page(alpha, alpha.filer)
    assert call.title in page
    assert f"/{alpha.code}/declarations/new/" in page
    assert f"/{alpha.code}/filings/{drawn.pk}/edit/" in page
    assert f"/{alpha.code}/declarations/{shared.pk}/partner/" in page
    # What somebody waits for stands first, and a queue without anything in it is not called empty-handed.
    assert page.index("医共体信息平台") < page.index(call.title)
    assert "须由本单位登记的事项" in page


def test_nothing_is_to_be_confirmed_of_a_project_that_has_ended(alpha: Town) -> None:
    with enter(alpha.county):
        shared = filling.draft(alpha.other_filer, name="医共体信息平台")
        office = alpha.filer.office
        part = PartnerUnit.objects.create(county=alpha.county, project=shared.project, office=office, part="接入")
        filings.withdraw(actor=alpha.other_filer.actor, filing=shared, reason="不再建设")
        with pytest.raises(WrongState):
            confirm_part(actor=alpha.filer.actor, partner=part)
    assert "医共体信息平台" not in first_page(alpha, alpha.filer)
    browser, path = client_for(alpha.filer), f"/{alpha.code}/declarations/{shared.pk}/partner/"
    assert "项目已经结束，不再需要确认分工。" in browser.get(path).content.decode()
    assert browser.post(path).status_code == 302
    assert "已确认" not in browser.get(path).content.decode()


def test_without_a_call_a_filer_may_still_begin_and_others_are_offered_nothing(alpha: Town) -> None:
    assert f"/{alpha.code}/declarations/new/" in first_page(alpha, alpha.filer)
    for person in (alpha.reviewer, alpha.secretary):
        assert "您可以办理" not in first_page(alpha, person)


def test_the_first_page_of_a_filer_costs_one_query_more(alpha: Town, django_assert_max_num_queries) -> None:
    with enter(alpha.county):
        filling.open_call(alpha)
    browser = client_for(alpha.filer)
    browser.get(f"/{alpha.code}/queue/")
    with django_assert_max_num_queries(16):
        browser.get(f"/{alpha.code}/queue/")
