"""A person at work in a browser: signed in, doing what the page shows, every kind of page looked at by axe."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import resolve
from playwright.sync_api import BrowserContext, Locator, Page

from tests.browser.axe import serious_faults
from tests.people import Person, Town, client_for

# Kinds of page that axe has seen in this session: one kind is alike for all its records, these aside, which a county's
# own rules shape.
_LOOKED_AT: set[tuple[str, str]] = set()
OF_A_COUNTY = ("projects:new", "workflow:filing_edit", "approvals:step")


@dataclass(eq=False)
class Desk:
    """One person's browser window on their county."""

    page: Page
    town: Town
    person: Person
    visited: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open a page of the county by its address."""
        self.page.goto(f"/{self.town.code}/{path}")
        self.look()

    def press(self, what: Locator) -> None:
        """Press a button or link that leads to another page."""
        with self.page.expect_navigation():
            what.click()
        self.look()

    def look(self) -> None:
        """Check the page: not an error page, and by axe where its kind was not checked before."""
        path = urlsplit(self.page.url).path
        assert self.page.locator(".error-page").count() == 0, f"{path}: {self.page.title()}"
        self.visited.append(path)
        name = resolve(path).view_name
        kind = (name, self.town.code if name in OF_A_COUNTY else "")
        if kind not in _LOOKED_AT:
            _LOOKED_AT.add(kind)
            assert serious_faults(self.page) == [], path

    def open_from_queue(self, name: str) -> None:
        """Find a project in one's queue and open it."""
        self.go("queue/")
        self.press(self.page.locator("tr a.main-link", has_text=name).first)

    def errors(self) -> list[str]:
        """What the error summary says."""
        return [re.sub(r"\s+", " ", text).strip() for text in self.page.locator(".error-summary li").all_inner_texts()]


def sign_in(context: BrowserContext, person: Person, address: str) -> None:
    """Put a person's session into a browser."""
    session = client_for(person).cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address}])


DeskFor = Callable[..., Desk]
