"""Experts in the browser: drawn by lot, an opinion signed by the link on a phone, consolidated by the lead."""

import pytest
from playwright.sync_api import expect

from approvals.models import Draw
from jurisdictions.scope import enter
from tests import people
from tests.approvals.experts_work import CLOUD, SAFETY, fill_library, sign_all
from tests.approvals.work import declared
from tests.browser.axe import serious_faults, width_of
from tests.browser.conftest import PHONE
from tests.browser.desk import DeskFor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.article("CJ-32", "JS-3")
def test_panel_is_drawn_an_expert_signs_by_the_link_and_the_lead_consolidates(desk_for: DeskFor, new_context) -> None:
    town = people.make_town("dean")
    fill_library(town)
    project = declared(town, until="preliminary_evaluation")
    desk = desk_for(town, town.reviewer)
    desk.go(f"projects/{project.pk}/experts/")
    page = desk.page
    page.click("main a.btn-primary")
    page.fill("[name=purpose]", "技术论证")
    page.fill("[name=size]", "3")
    for name, count in ((CLOUD, "1"), (SAFETY, "2")):
        page.get_by_label(name).fill(count)
    page.click("main form[method=post] .btn-primary")
    page.click("form[action$='/commit/'] .btn-primary")
    page.fill("[name=said]", "二十七")
    page.click("form[action$='/reveal/'] .btn-primary")
    expect(page.locator("form[action$='/link/']")).to_have_count(3)
    panel_url = page.url
    page.click("form[action$='/link/'] button >> nth=0")
    address = page.locator(".note input[readonly]").input_value()

    guest = new_context(viewport=PHONE).new_page()
    guest.goto(address)
    assert serious_faults(guest) == []
    guest.check("[name=conflict_is][value=none]")
    guest.click("form .btn-primary")
    guest.fill("[name=points-whole]", "85")
    guest.check("[name=conclusion][value=agree]")
    guest.fill("[name=text]", "方案可行")
    guest.check("[name=agreed]")
    guest.click("form .btn-primary")
    expect(guest.locator(".error-summary")).to_be_visible()
    assert guest.input_value("[name=text]") == "方案可行"
    assert width_of(guest) <= PHONE["width"]
    with enter(town.county):
        panel = Draw.objects.select_related("panel__project", "panel__office").get().panel
        name = next(seat.name for seat in panel.seats.all() if seat.state == "cleared")
    guest.fill("[name=name]", name)
    guest.check("[name=agreed]")
    guest.click("form .btn-primary")
    expect(guest.locator(".note.tone-good")).to_be_visible()
    assert guest.goto(address).status == 404

    sign_all(town, panel)
    page.goto(panel_url)
    assert serious_faults(page) == []
    page.fill("form[action$='/consolidate/'] [name=text]", "总体可行")
    page.click("form[action$='/consolidate/'] .btn-primary")
    expect(page.locator("main")).to_contain_text("总体可行")
    assert desk.errors() == []
