"""What machines ask, and what every page carries."""

import re

import pytest
from django.test import Client, RequestFactory
from structlog.contextvars import bound_contextvars, get_contextvars

from config.middleware import LoggingMiddleware
from tests.people import Town, client_for


@pytest.mark.django_db
def test_health_answers_without_signing_in(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_measurements_need_the_token_where_one_is_set(client, settings):
    settings.METRICS_TOKEN = "word"
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer other"}).status_code == 404
    answer = client.get("/metrics", headers={"Authorization": "Bearer word"})
    assert answer.status_code == 200 and b"django_http_requests" in answer.content


@pytest.mark.django_db
def test_measurements_are_closed_in_production_without_a_token(client, settings):
    settings.PRODUCTION = True
    assert client.get("/metrics").status_code == 404


@pytest.mark.parametrize(("proxies", "logged"), [(0, "127.0.0.1"), (1, "10.1.0.1")])
def test_the_log_names_no_address_that_whoever_asks_wrote(settings, proxies: int, logged: str):
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": proxies}
    with bound_contextvars(ip=""):
        LoggingMiddleware.bind_ip(RequestFactory().get("/", headers={"X-Forwarded-For": "10.9.9.9, 10.1.0.1"}))
        assert get_contextvars()["ip"] == logged


@pytest.mark.django_db
def test_answers_carry_the_security_headers(client):
    headers = client.get("/healthz").headers
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def frame_of(text: str) -> tuple[bool, bool]:
    """Whether a page shows a menu, and whether it says that there is nothing."""
    return 'id="side"' in text, 'class="error-page"' in text


@pytest.mark.django_db
@pytest.mark.parametrize("rest", ["nonsense/", "queue/nonsense/further", "projects/2147483647/"])
def test_an_address_without_a_page_keeps_the_frame_for_those_of_the_county(alpha: Town, rest: str):
    answer = client_for(alpha.reviewer).get(f"/{alpha.code}/{rest}")
    text = answer.content.decode()
    assert answer.status_code == 404 and frame_of(text) == (True, True)
    assert f'href="/{alpha.code}/queue/"' in text and alpha.county.name in text


@pytest.mark.django_db
def test_strangers_cannot_tell_a_county_from_a_word(alpha: Town, beta: Town):
    def page(client: Client, code: str) -> tuple[int, str]:
        answer = client.get(f"/{code}/nonsense/")
        assert alpha.county.name not in answer.content.decode()
        return answer.status_code, re.sub(r"csrf\S+ \S+|value=\"\S+\"|/\w+/nonsense/", "", answer.content.decode())

    for client in (Client(), client_for(beta.filer)):
        of_county, of_nothing = page(client, alpha.code), page(client, "nowhere")
        assert of_county == of_nothing
        assert of_county[0] == 404 and frame_of(of_county[1]) == (False, True)


@pytest.mark.django_db
def test_a_missing_slash_still_leads_to_the_page(alpha: Town):
    assert client_for(alpha.filer).get(f"/{alpha.code}/queue")["Location"] == f"/{alpha.code}/queue/"


@pytest.mark.django_db
def test_language_changed_on_a_refused_form_leads_to_the_page_it_stands_on(alpha: Town):
    client = client_for(alpha.reviewer)
    chosen = client.post("/i18n/setlang/", {"language": "en", "next": f"/{alpha.code}/queue/claim/"}, follow=True)
    assert chosen.redirect_chain[-1] == (f"/{alpha.code}/queue/", 302)
    assert chosen.status_code == 200
    assert client.get(f"/{alpha.code}/steps/99/opinion/")["Location"] == f"/{alpha.code}/steps/99/"
    assert client.get(f"/{alpha.code}/calendar/year/")["Location"] == f"/{alpha.code}/calendar/"


@pytest.mark.django_db
def test_programs_are_told_that_an_address_takes_no_such_request(alpha: Town):
    assert client_for(alpha.reviewer).get(f"/api/v1/{alpha.code}/steps/1/decide/").status_code == 405


def test_pages_go_out_compressed(alpha: Town):
    browser = client_for(alpha.secretary)
    plain = browser.get(f"/{alpha.code}/queue/")
    small = browser.get(f"/{alpha.code}/queue/", headers={"Accept-Encoding": "gzip, br"})
    assert (plain.get("Content-Encoding"), small["Content-Encoding"]) == (None, "gzip")
    assert "Accept-Encoding" in plain["Vary"]
    assert len(small.content) < len(plain.content) / 2


@pytest.mark.parametrize(
    "page", ["/accounts/password/change/", "/accounts/2fa/totp/activate/", "/{county}/people/new/"]
)
def test_what_shows_a_secret_is_not_compressed(alpha: Town, page: str):
    browser = client_for(alpha.admin)
    answer = browser.get(page.format(county=alpha.code), headers={"Accept-Encoding": "gzip"}, follow=True)
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer


@pytest.mark.django_db
def test_the_first_page_that_anybody_sees_goes_out_compressed(client: Client):
    assert client.get("/accounts/login/", headers={"Accept-Encoding": "gzip"})["Content-Encoding"] == "gzip"
