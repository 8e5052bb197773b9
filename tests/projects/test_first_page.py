"""What a person who files finds on their first page."""

import pytest

from jurisdictions.scope import enter
from projects.models import PartnerUnit
from tests.people import Town, client_for
from tests.projects import filling

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
