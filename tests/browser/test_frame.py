"""The browser itself: if these hold, a failing page is the page's fault."""

import pytest

from tests.browser.axe import serious_faults

pytestmark = pytest.mark.django_db(transaction=True)


def test_sign_in_page_is_chinese_styled_and_without_serious_faults(page):
    page.goto("/accounts/login/")
    assert page.locator("html").get_attribute("lang").lower().startswith("zh")
    assert page.evaluate("getComputedStyle(document.body).fontFamily") != "serif"
    assert page.evaluate("typeof htmx") == "object"
    assert serious_faults(page) == []


def test_a_page_without_names_is_found_faulty(page):
    page.set_content("<html><body><button></button><img src='data:,'></body></html>")
    assert any(fault.startswith("button-name") for fault in serious_faults(page))
