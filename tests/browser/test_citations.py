"""Citations in a browser: the text of an article opens in place, by hand and by keyboard."""

import pytest
from playwright.sync_api import Page, expect

from jurisdictions.scope import enter
from jurisdictions.text_store import regulation_texts, store_texts
from tests import people
from tests.browser.axe import serious_faults, width_of
from tests.browser.conftest import PHONE
from tests.browser.desk import DeskFor
from tests.projects import filling

pytestmark = pytest.mark.django_db(transaction=True)

CITES = "main a.cite[data-article], main .cites-fold > summary"


@pytest.fixture
def town() -> people.Town:
    """A county with its people, an open call and the text of its regulation."""
    town = people.make_town("dean")
    store_texts(town.rules, regulation_texts(people.rules_of("dean"))[0])
    with enter(town.county):
        filling.open_call(town)
    return town


@pytest.fixture
def form(town: people.Town, desk_for: DeskFor) -> Page:
    """The filer's form."""
    with enter(town.county):
        declaration = filling.draft(town.filer, name="智慧校园综合管理平台")
    desk = desk_for(town, town.filer)
    desk.go(f"filings/{declaration.pk}/edit/")
    return desk.page


def test_a_click_opens_the_text_and_leaves_the_page_where_it_is(form: Page) -> None:
    address = form.url
    link = form.locator("main a.cite:visible", has_text="第十七条").first
    link.click()
    box = form.locator(".article-box")
    expect(box).to_contain_text("县政府办（县数据局）于每年5月中旬前组织下一年度项目申报")
    expect(box).to_contain_text("德安县数字化项目建设管理办法（试行）")
    expect(link).to_have_attribute("aria-expanded", "true")
    assert form.url == address
    assert serious_faults(form) == []
    form.keyboard.press("Escape")
    expect(box).to_have_count(0)


def test_all_citations_of_a_page_are_one_stop_and_the_arrows_go_on(form: Page) -> None:
    assert form.locator(CITES).count() > 20
    assert form.evaluate(f"[...document.querySelectorAll('{CITES}')].filter((one) => one.tabIndex === 0).length") == 1
    first, second = form.locator(CITES).nth(0), form.locator(CITES).nth(1)
    first.focus()
    form.keyboard.press("ArrowRight")
    expect(second).to_be_focused()
    assert form.evaluate(f"[...document.querySelectorAll('{CITES}')].filter((one) => one.tabIndex === 0).length") == 1
    form.keyboard.press("End")
    form.keyboard.press("Home")
    expect(first).to_be_focused()


def test_the_keyboard_goes_into_the_text_and_back(form: Page) -> None:
    link = form.locator("main a.cite:visible").first
    link.focus()
    form.keyboard.press("Enter")
    box = form.locator(".article-box")
    expect(box).to_be_focused()
    form.keyboard.press("Tab")
    expect(box.get_by_role("link")).to_be_focused()
    form.keyboard.press("Escape")
    expect(link).to_be_focused()
    expect(box).to_have_count(0)


def test_reading_a_text_beside_a_tick_box_ticks_nothing(form: Page) -> None:
    before = form.locator("main input:checked").count()
    form.locator(".field-check label .cites-fold > summary").first.click()
    form.locator(".field-check label a.cite:visible").first.click()
    box = form.locator(".article-box")
    expect(box).to_contain_text("第")
    assert box.evaluate("one => one.closest('label, legend')") is None
    box.locator("p").nth(1).click()
    expect(box).to_be_visible()
    assert form.locator("main input:checked").count() == before


def test_on_paper_citations_are_plain_text_and_none_is_folded(form: Page) -> None:
    form.locator("main a.cite:visible").first.click()
    expect(form.locator(".article-box")).to_contain_text("第")
    form.emulate_media(media="print")
    form.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(form.locator(".article-box")).to_have_count(0)
    assert form.locator(".cites-fold:not([open])").count() == 0
    assert form.locator("main a.cite").first.evaluate("one => getComputedStyle(one).textDecorationLine") == "none"


def test_on_a_phone_the_text_fits_the_window(town: people.Town, desk_for: DeskFor) -> None:
    desk = desk_for(town, town.filer, viewport=PHONE)
    desk.go("rules/try/?investment=600000&on=2026-03-02")
    desk.page.locator("main a.cite:visible").first.click()
    box = desk.page.locator(".article-box")
    expect(box).to_contain_text("条")
    place = box.bounding_box()
    assert place is not None and place["x"] >= 0 and place["x"] + place["width"] <= PHONE["width"]
    assert width_of(desk.page) == PHONE["width"]
