"""What machines ask, and what every page carries."""

import pytest


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


@pytest.mark.django_db
def test_answers_carry_the_security_headers(client):
    headers = client.get("/healthz").headers
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
