"""What the page's scripts do for the person in front of it, in a real browser.

The pages are rendered here and handed to the browser without a server, so that a lost connection, a second
saver or a refusal can be played exactly.
"""

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.staticfiles import finders
from django.template import engines
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from demo.gallery import SampleForm, sample_context
from tests.browser.axe import width_of
from tests.browser.chromium import PATIENCE

HOST = "http://xunzhang.test"
AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'"
)

pytestmark = pytest.mark.urls("django.conf.urls.i18n")


class Place:
    """The pages and answers of a pretended server, and what was sent to it."""

    def __init__(self, context: BrowserContext) -> None:
        self.pages: dict[str, str] = {}
        self.answers: dict[str, Callable[[Route], None]] = {}
        self.sent: list[tuple[str, str]] = []
        context.route("**/*", self.serve)

    def serve(self, route: Route) -> None:
        path = route.request.url.removeprefix(HOST).partition("?")[0]
        if route.request.method == "POST":
            self.sent.append((path, route.request.post_data or ""))
        if path in self.answers:
            self.answers[path](route)
        elif path in self.pages:
            route.fulfill(
                body=self.pages[path],
                content_type="text/html; charset=utf-8",
                headers={"Content-Security-Policy": POLICY},
            )
        elif path.startswith("/static/") and (file := finders.find(path.removeprefix("/static/"))):
            route.fulfill(path=str(file))
        else:
            route.fulfill(status=404, body="")


def rendered(template: str, context: dict[str, object]) -> str:
    """A page in Chinese, as a visitor gets it."""
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    with translation.override("zh-hans"):
        if template.endswith(".html"):
            return render_to_string(template, context, request)
        return engines["django"].from_string(template).render(context, request)


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., tuple[Page, Place]]]:
    contexts = []

    def opened(html: str, **options: object) -> tuple[Page, Place]:
        context = browser.new_context(locale="zh-CN", **options)  # type: ignore[arg-type]
        contexts.append(context)
        place = Place(context)
        place.pages["/"] = html
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(HOST + "/")
        return page, place

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def gallery_page() -> str:
    form = SampleForm({"name": "", "investment": "386", "action": "new", "quota": "600000"})
    return rendered("demo/gallery.html", sample_context() | {"form": form, "plain_form": SampleForm(prefix="locked")})


FORM = """{% extends "base.html" %}{% block content %}
<form method="post" action="/submitted" id="f" data-version="3"
  data-autosave="/save" data-autosave-key="declaration-7-1">
<input type="hidden" name="version" value="3">
<label for="n">名称</label><input id="n" name="name" value="">
<label for="b">备注</label><input id="b" name="note" value="">
<button type="submit">提交</button>{% cotton save-state for="f" %}{% endcotton %}</form>{% endblock %}"""


def answering(status: int, **body: object) -> Callable[[Route], None]:
    return lambda route: route.fulfill(status=status, content_type="application/json", body=json.dumps(body))


@pytest.mark.parametrize(("scheme", "width"), [("light", 1366), ("dark", 1366), ("light", 390)])
def test_axe_finds_no_serious_fault_in_any_component(open_page, gallery_page, scheme, width):
    page, _ = open_page(gallery_page, color_scheme=scheme, viewport={"width": width, "height": 768})
    # The policy of the page keeps foreign scripts out; the checker comes in through the debugger.
    found = page.evaluate(AXE.read_text(encoding="utf-8") + "; axe.run()")
    serious = [
        (fault["id"], [node["target"] for node in fault["nodes"]])
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_no_page_is_wider_than_a_phone(open_page, gallery_page):
    page, _ = open_page(gallery_page, viewport={"width": 390, "height": 844})
    assert width_of(page) == 390


def test_the_menu_of_a_phone_opens_and_closes_by_key(open_page, gallery_page):
    page, _ = open_page(gallery_page, viewport={"width": 390, "height": 844})
    menu = page.locator("#side")
    expect(menu).not_to_be_visible()
    page.locator("[data-drawer]").click()
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).not_to_be_visible()


def test_a_queue_is_worked_by_keyboard(open_page, gallery_page):
    page, _ = open_page(gallery_page)
    rows = page.locator("#queue-table tbody tr")
    rows.nth(0).focus()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.locator("[data-selection-count]")).to_have_text("已选 2 项")
    expect(page.locator("[data-selection-bar] [data-needs-marks]").first).to_be_enabled()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#DA-2026-0035$"))


def test_the_error_summary_takes_the_focus_and_leads_to_the_field(open_page, gallery_page):
    page, _ = open_page(gallery_page)
    expect(page.locator("[data-error-summary]")).to_be_focused()
    page.get_by_role("link", name="项目名称").click()
    expect(page.locator("#id_name")).to_be_focused()


@pytest.mark.parametrize(
    ("field", "typed", "said", "tone"),
    [
        ("#id_investment", "600000", "600,000 元 = 60 万元", None),
        ("#id_investment", "６０００００．５", "600,000.5 元 = 60.00005 万元", None),
        ("#id_investment", "386", "此栏单位为元。您是否想填 386 万元？", "warn"),
        ("#id_quota", "60", "600,000 元 = 60 万元", None),
        (
            "#id_quota",
            "600000",
            "此栏单位为万元。600,000 万元即 6,000,000,000 元，请核对是否填成了元。",
            "warn",
        ),
        ("#id_quota", "六十", "“六十”不是金额，请填数字，如 680 或 680万元。", "warn"),
    ],
)
def test_an_amount_is_read_back_and_a_mixed_up_unit_pointed_out(open_page, gallery_page, field, typed, said, tone):
    page, _ = open_page(gallery_page)
    page.locator(field).fill(typed)
    readback = page.locator(f"{field}_readback")
    expect(readback).to_have_text(said)
    assert readback.get_attribute("data-tone") == tone


def test_the_browser_reads_amounts_back_exactly_as_the_server_does(open_page, gallery_page):
    from jurisdictions.templatetags.xunzhang import readback

    page, _ = open_page(gallery_page)
    for amount in ("0.01", "1234567.89", "99999999999999.99", "123456789012.3"):
        page.locator("#id_investment").fill(amount)
        if Decimal(amount) >= 1000:
            with translation.override("zh-hans"):
                said = readback(Decimal(amount)).replace(".30 元", ".3 元")
            expect(page.locator("#id_investment_readback")).to_have_text(said)


def test_a_form_saves_itself_and_says_when(open_page):
    page, place = open_page(rendered(FORM, {}))
    place.answers["/save"] = answering(200, version=4, saved_at="14:03")
    page.locator("#n").fill("智慧校园")
    expect(page.locator("[data-save-state]")).to_have_text("已保存 14:03")
    assert "智慧校园" in place.sent[0][1]
    assert page.evaluate("document.getElementById('f').dataset.version") == "4"
    assert page.locator("[name=version]").input_value() == "4"
    assert page.evaluate("localStorage.length") == 0


def test_a_form_saves_itself_where_the_computer_keeps_nothing(open_page):
    page, place = open_page(rendered(FORM, {}))
    place.answers["/save"] = answering(200, version=4, saved_at="14:03")
    page.evaluate("() => { Storage.prototype.setItem = () => { throw new Error('full'); }; }")
    page.locator("#n").fill("智慧校园")
    expect(page.locator("[data-save-state]")).to_have_text("已保存 14:03")
    assert "智慧校园" in place.sent[0][1]


def test_what_was_typed_without_a_connection_is_put_back_and_saved_later(open_page):
    page, place = open_page(rendered(FORM, {}))
    place.answers["/save"] = lambda route: route.abort()
    page.locator("#n").fill("断网时填写")
    expect(page.locator("[data-save-state]")).to_have_text("未能保存，已留在本机")
    place.answers["/save"] = answering(200, version=4, saved_at="14:09")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.locator("#n")).to_have_value("断网时填写")
    expect(page.locator("[data-toast]")).to_contain_text("已恢复")
    expect(page.locator("[data-save-state]")).to_have_text("已保存 14:09")


def test_a_second_saver_is_told_and_keeps_their_text(open_page):
    page, place = open_page(rendered(FORM, {}))
    place.answers["/save"] = answering(409, message="王建国刚刚修改了这份申报。")
    page.locator("#n").fill("我的修改")
    expect(page.locator("[data-save-state]")).to_have_text("王建国刚刚修改了这份申报。")
    expect(page.locator("#n")).to_have_value("我的修改")
    assert "我的修改" in page.evaluate("localStorage.getItem('xunzhang:declaration-7-1')")


def test_pressing_twice_submits_once_and_coming_back_lets_one_submit_again(open_page):
    page, _ = open_page(rendered(FORM, {}))
    page.evaluate(
        """() => {
          const counted = document.body.dataset;
          counted.sent = 0;
          window.addEventListener("submit", (event) => {
            if (!event.defaultPrevented) counted.sent = Number(counted.sent) + 1;
            event.preventDefault();
          });
        }"""
    )
    button = page.locator("#f button")
    button.evaluate("button => { button.click(); button.click(); button.click(); }")
    expect(button).to_be_disabled()
    expect(page.locator("body")).to_have_attribute("data-sent", "1")
    page.evaluate("window.dispatchEvent(new Event('pageshow'))")
    button.click()
    expect(page.locator("body")).to_have_attribute("data-sent", "2")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (403, "您的角色不允许此操作"),
        (404, "此项内容已不存在"),
        (413, "文件过大"),
        (500, "系统出现问题，未作任何改动"),
    ],
)
def test_a_refused_fragment_is_explained_and_the_page_stays(open_page, status, said):
    template = """{% extends "base.html" %}{% block content %}
    <button id="go" hx-get="/part" hx-target="#here">刷新</button><div id="here">原内容</div>{% endblock %}"""
    page, place = open_page(rendered(template, {}))
    place.answers["/part"] = lambda route: route.fulfill(status=status, body="<b>trace</b>")
    page.locator("#go").click()
    expect(page.locator("[data-toast=bad]")).to_contain_text(said)
    expect(page.locator("#here")).to_have_text("原内容")


@pytest.mark.parametrize("status", [409, 422])
def test_a_fragment_with_faults_is_shown_in_its_place(open_page, status):
    template = """{% extends "base.html" %}{% block content %}
    <button id="go" hx-get="/part" hx-target="#here">刷新</button><div id="here">原内容</div>{% endblock %}"""
    page, place = open_page(rendered(template, {}))
    place.answers["/part"] = lambda route: route.fulfill(
        status=status, body="<p>已由他人办理</p>", content_type="text/html; charset=utf-8"
    )
    page.locator("#go").click()
    expect(page.locator("#here")).to_have_text("已由他人办理")
    expect(page.locator("[data-toast]")).to_have_count(0)
