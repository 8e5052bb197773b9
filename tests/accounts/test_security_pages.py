"""Two-step sign-in and the pages about one's own account: in the program's frame, in Chinese, from this host alone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.test import Client

from tests.people import PASSWORD, Town

PAGES = [
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/webauthn/add/",
    "/accounts/password/change/",
    "/accounts/logout/",
]
OPEN_PAGES = ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/accounts/password/reset/done/"]


@pytest.fixture
def browser(client: Client, alpha: Town) -> Client:
    client.post("/accounts/login/", {"login": alpha.filer.user.username, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def current_code(secret: str) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time())))


def check(response: Any) -> None:
    text = response.content.decode()
    assert response.status_code == 200
    assert 'lang="zh-hans"' in text.lower() and "css/app.css" in text
    scripts = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", text)
    assert all('type="application/json"' in script for script in scripts), scripts
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", text)
    assert not re.search(r"<[^>]+\s(?:on\w+|style)=", text)


@pytest.mark.parametrize("page", PAGES)
def test_page_of_ones_own_account_keeps_the_house_rules(browser: Client, page: str) -> None:
    check(browser.get(page))


@pytest.mark.parametrize("page", OPEN_PAGES)
def test_page_before_sign_in_keeps_the_house_rules(client: Client, db: None, page: str) -> None:
    check(client.get(page))


def test_second_steps_are_set_up_only_after_the_password_is_asked_again(client: Client, alpha: Town) -> None:
    client.post("/accounts/login/", {"login": alpha.filer.user.username, "password": PASSWORD})
    response = client.get("/accounts/2fa/totp/activate/")
    assert response["Location"].startswith("/accounts/reauthenticate/")
    check(client.get(response["Location"]))


def test_app_code_becomes_the_second_step(browser: Client, alpha: Town) -> None:
    page = "/accounts/2fa/totp/activate/"
    browser.get(page)
    secret = browser.session["mfa.totp.secret"]
    assert browser.post(page, {"code": current_code(secret)}).status_code == 302
    kinds = set(Authenticator.objects.filter(user=alpha.filer.user).values_list("type", flat=True))
    assert kinds == {"totp", "recovery_codes"}


def test_second_step_is_asked_for_and_a_recovery_code_opens_too(alpha: Town) -> None:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    totp.TOTP.activate(alpha.filer.user, totp.generate_totp_secret())
    codes = RecoveryCodes.activate(alpha.filer.user)
    browser = Client()
    values = {"login": alpha.filer.user.username, "password": PASSWORD}
    asked = browser.post("/accounts/login/", values)
    assert asked["Location"].startswith("/accounts/2fa/authenticate/")
    check(browser.get("/accounts/2fa/authenticate/"))
    assert browser.get("/")["Location"].startswith("/accounts/login/")
    assert browser.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    code = codes.get_unused_codes()[0]
    assert browser.post("/accounts/2fa/authenticate/", {"code": code}).status_code == 302
    assert browser.get("/")["Location"] == f"/{alpha.code}/"


def test_forgotten_password_is_sent_to_known_people_only(client: Client, alpha: Town, mailoutbox: list) -> None:
    known = client.post("/accounts/password/reset/", {"email": alpha.filer.user.email})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert known["Location"] == unknown["Location"]
    assert [message.to for message in mailoutbox] == [[alpha.filer.user.email]]
