"""The browser that tests drive: one for the whole session, since Playwright runs once in a thread."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from config.bootstrap import BROWSERS

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",  # no other host; a route would end the cache
]
# Milliseconds until a page must show what is expected of it: generous, since a busy machine is no fault of the page.
PATIENCE = 20_000


def chromium_path() -> str:
    """The browser to drive; without one the tests fail, since pages would go untested."""
    chosen = os.environ.get("XUNZHANG_CHROMIUM", "").strip()
    found = chosen or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        pytest.fail("The browser tests found no Chromium: apt-get install chromium-headless-shell", pytrace=False)
    return found


@contextmanager
def running() -> Iterator[Browser]:
    """A running browser."""
    # Playwright runs an event loop in this thread; the tests themselves are not asynchronous.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        program = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        yield program
        program.close()
