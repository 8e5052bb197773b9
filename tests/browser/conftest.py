"""A real browser on the running program: the system's Chromium, an office screen, no other host in reach."""

import re
from collections.abc import Generator, Iterator

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, ViewportSize

from tests.browser.chromium import PATIENCE
from tests.browser.desk import Desk, DeskFor, sign_in
from tests.people import Person, Town

DESKTOP: ViewportSize = {"width": 1366, "height": 768}
EXPECTED = (
    r"Failed to load resource.*(status of 4\d\d|net::ERR_INTERNET_DISCONNECTED)"
    r"|htmx:(afterRequest|sendAbort|sendError)"  # a request given up for a newer one, or without a connection
)
PHONE: ViewportSize = {"width": 390, "height": 844}


class Faults(list[str]):
    """What went wrong in a page unasked: script errors, refused sources, foreign hosts."""

    def watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.append(f"script error: {error}"))
        page.on("console", self.hear)

    def hear(self, message: ConsoleMessage) -> None:
        # A refused request, or a connection taken away, shows as an error of its own; tests ask for those on purpose.
        if message.type == "error" and not re.match(EXPECTED, message.text):
            self.append(f"console: {message.text}")


@pytest.fixture
def new_context(browser: Browser, live_server, request: pytest.FixtureRequest) -> Iterator:
    """Make a signed-out browser of one person: `new_context()`, or `new_context(viewport=PHONE)`."""
    contexts: list[BrowserContext] = []
    faults = Faults()

    def refused(asked: Request) -> None:
        if not asked.url.startswith((live_server.url, "data:", "blob:", "about:")):
            faults.append(f"asked another host: {asked.url}")

    def make(**options) -> BrowserContext:
        # Without motion: axe would measure the colours of a button that is halfway to others.
        usual = {"viewport": DESKTOP, "locale": "zh-CN", "timezone_id": "Asia/Shanghai", "reduced_motion": "reduce"}
        options = usual | options
        context = browser.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(PATIENCE)
        context.on("requestfailed", refused)
        context.on("page", faults.watch)
        contexts.append(context)
        return context

    yield make
    folder = settings.VAR_DIR / "screenshots"
    failed = getattr(request.node, "failed", False)
    for number, context in enumerate(contexts):
        for page in context.pages if failed else []:
            folder.mkdir(parents=True, exist_ok=True)
            name = re.sub(r"\W+", "_", request.node.nodeid)
            page.screenshot(path=folder / f"{name}_{number}.png", full_page=True)
        context.close()
    assert faults == []


@pytest.fixture
def desk_for(new_context, live_server) -> DeskFor:
    """Give a person a browser: `desk_for(town, person)`; further arguments are the browser's (`viewport=PHONE`)."""

    def make(town: Town, person: Person, **options) -> Desk:
        context = new_context(**options)
        sign_in(context, person, live_server.url)
        return Desk(context.new_page(), town, person)

    return make


@pytest.fixture
def page(new_context) -> Page:
    """A page in a browser of its own."""
    return new_context().new_page()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.failed = report.failed  # type: ignore[attr-defined]
    return report
