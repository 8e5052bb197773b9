"""The base of the programs' interface: sign-in by token, counties, errors, its description, the rules."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.account.adapter import get_adapter
from allauth.mfa.totp.internal import auth as totp
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.management import call_command
from django.http import Http404
from django.test import Client, RequestFactory
from django.urls import resolve
from django.utils import timezone
from rest_framework import exceptions, serializers
from rest_framework.authtoken.models import Token
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import force_authenticate
from rest_framework.throttling import AnonRateThrottle

from accounts.api import CountyAPIView, on_error
from accounts.models import Office, User
from accounts.refusals import Incomplete, NotPermitted, Refusal, Stale
from accounts.roles import Role
from jurisdictions.rules.facts import FactError
from jurisdictions.scope import current_county, enter
from tests.people import PASSWORD, Cast, Person, Town, join

TOKEN = "/api/v1/token/"


def ask_token(client: Client, person: Person, **values: str):
    given = {"username": person.user.username, "password": PASSWORD, **values}
    return client.post(TOKEN, given, content_type="application/json")


def error_of(response) -> dict[str, Any]:
    assert set(response.json()) == {"error"}
    error = response.json()["error"]
    assert set(error) == {"code", "message", "field", "articles", "items"}
    return error


class TestToken:
    def test_name_and_password_give_a_token_that_signs_in(self, client: Client, alpha: Town) -> None:
        token = ask_token(client, alpha.filer).json()["token"]
        headers = {"Authorization": f"Token {token}"}
        assert client.get("/api/v1/rules/nothing/", headers=headers).status_code == 404
        assert client.delete(TOKEN, headers=headers).status_code == 204
        assert client.get("/api/v1/rules/nothing/", headers=headers).status_code == 401

    def test_wrong_password_is_told_in_the_one_form(self, client: Client, alpha: Town) -> None:
        response = ask_token(client, alpha.filer, password="not the password")
        assert response.status_code == 401
        assert error_of(response)["code"] == "authentication_failed"

    def test_missing_fields_are_all_named(self, client: Client, db: None) -> None:
        error = error_of(client.post(TOKEN, {}, content_type="application/json"))
        assert [item["field"] for item in error["items"]] == ["username", "password"]

    def test_attempts_are_counted_with_those_of_the_page(self, client: Client, alpha: Town) -> None:
        for _attempt in range(5):
            values = {"login": alpha.filer.user.username, "password": "not the password"}
            client.post("/accounts/login/", values)
        assert ask_token(client, alpha.filer).status_code == 429

    def test_attempts_of_one_address_are_limited(self, client: Client, alpha: Town) -> None:
        answers = [ask_token(client, alpha.filer).status_code for _attempt in range(11)]
        assert answers == [200] * 10 + [429]

    def test_an_address_that_whoever_asks_wrote_is_not_believed(self, client: Client, alpha: Town) -> None:
        answers = [
            client.post(TOKEN, {}, "application/json", headers={"X-Forwarded-For": f"10.1.0.{attempt}"}).status_code
            for attempt in range(11)
        ]
        assert answers == [400] * 10 + [429]

    def test_behind_a_proxy_the_address_is_the_one_it_wrote_for_pages_and_programs(self, settings) -> None:
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
        settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
        request = RequestFactory().get("/", headers={"X-Forwarded-For": "10.9.9.9, 10.1.0.1"})
        assert AnonRateThrottle().get_ident(Request(request)) == "10.1.0.1" == get_adapter().get_client_ip(request)

    def test_two_step_sign_in_is_not_passed_by(self, client: Client, alpha: Town) -> None:
        secret = totp.generate_totp_secret()
        totp.TOTP.activate(alpha.filer.user, secret)
        assert ask_token(client, alpha.filer).status_code == 401
        assert ask_token(client, alpha.filer, code="000000").status_code == 401
        code = totp.format_hotp_value(totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time())))
        assert ask_token(client, alpha.filer, code=code).status_code == 200

    def test_initial_password_gives_no_token(self, client: Client, alpha: Town) -> None:
        User.objects.filter(pk=alpha.filer.user.pk).update(must_change_password=True)
        assert ask_token(client, alpha.filer).status_code == 401

    def test_token_expires(self, client: Client, alpha: Town, settings) -> None:
        key = ask_token(client, alpha.filer).json()["token"]
        Token.objects.update(created=timezone.now() - timedelta(days=settings.API_TOKEN_DAYS, minutes=1))
        response = client.get("/api/v1/rules/route/", headers={"Authorization": f"Token {key}"})
        assert response.status_code == 401


class Offices(CountyAPIView):
    """A view as apps write it."""

    permissions = {"GET": ("project.view",), "POST": ("people.manage",)}

    def get(self, request) -> Response:
        offices = Office.objects.order_by("pk").values_list("code", flat=True)
        return Response({"county": self.county.code, "role": self.actor.role, "offices": list(offices)})

    def post(self, request) -> Response:
        Office.objects.create(code="made", name="made")
        if request.data.get("refuse"):
            raise Refusal("Not so.", articles=["DA-13"], field="code")
        return Response(status=201)


def call(method: str, person: Person, code: str, data: Any = None, **headers: str):
    request = getattr(RequestFactory(), method)("/", data, content_type="application/json", headers=headers)
    force_authenticate(request, user=User.objects.get(pk=person.user.pk))
    return Offices.as_view()(request, county=code)


class TestCounty:
    def test_member_sees_their_county_and_nothing_else(self, cast: Cast) -> None:
        response = call("get", cast.both, cast.alpha.code)
        assert response.data["county"] == cast.alpha.code and response.data["role"] == Role.REVIEWER
        with enter(cast.alpha.county):
            assert response.data["offices"] == [office.code for office in Office.objects.order_by("pk")]
        assert current_county() is None

    def test_stranger_and_unknown_county_are_not_found(self, cast: Cast) -> None:
        assert call("get", cast.beta.reviewer, cast.alpha.code).status_code == 404
        assert call("get", cast.alpha.reviewer, "nowhere").status_code == 404

    def test_role_without_the_permission_is_refused_by_method(self, alpha: Town) -> None:
        assert call("get", alpha.filer, alpha.code).status_code == 403
        assert call("post", alpha.reviewer, alpha.code, {}).status_code == 403
        assert call("post", alpha.admin, alpha.code, {}).status_code == 201

    def test_refused_request_writes_nothing(self, alpha: Town) -> None:
        response = call("post", alpha.admin, alpha.code, {"refuse": True})
        assert response.status_code == 422
        assert response.data["error"] | {"message": ""} == {
            "code": "refused",
            "message": "",
            "field": "code",
            "articles": ["DA-13"],
            "items": [],
        }
        with enter(alpha.county):
            assert not Office.objects.filter(code="made").exists()

    def test_program_names_the_role_it_acts_in(self, cast: Cast) -> None:
        alpha = cast.alpha
        second = join(alpha.filer.user, alpha, alpha.duty["conference"], Role.SECRETARY).membership
        named = call("get", alpha.filer, alpha.code, **{"X-Acting-As": str(second.pk)})
        assert named.data["role"] == Role.SECRETARY

    @pytest.mark.parametrize("given", ["", "abc", "-1", "0", "²", "999999", "of another", "of another county"])
    def test_a_role_that_is_not_theirs_is_refused_and_no_other_acts(self, cast: Cast, given: str) -> None:
        alpha = cast.alpha
        known = {"of another": alpha.head, "of another county": cast.beta.admin}
        named = str(known[given].membership.pk) if given in known else given
        response = call("post", alpha.admin, alpha.code, {}, **{"X-Acting-As": named})
        assert response.status_code == (403 if named.isascii() and named.isdigit() else 400)
        assert response.data["error"]["field"] == "X-Acting-As"
        with enter(alpha.county):
            assert not Office.objects.filter(code="made").exists()


class TestErrors:
    @pytest.mark.parametrize(
        ("error", "status", "code"),
        [
            (Stale("late"), 409, "stale"),
            (NotPermitted("no"), 403, "not_permitted"),
            (FactError("investment", "negative"), 400, "bad_fact"),
            (exceptions.NotAuthenticated(), 401, "not_authenticated"),
            (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
            (exceptions.ParseError(), 400, "parse_error"),
            (Http404(), 404, "not_found"),
            (DjangoValidationError({"name": ["bad"]}), 400, "invalid"),
        ],
    )
    def test_each_error_has_the_one_form(self, error: Exception, status: int, code: str) -> None:
        response = on_error(error, {})
        assert (response.status_code, response.data["error"]["code"]) == (status, code)
        assert response.data["error"]["message"]

    def test_incomplete_lists_every_item_with_its_field(self) -> None:
        items = [Refusal("one", field="a"), Refusal("two", field="b", articles=["DA-17"])]
        error = on_error(Incomplete("Two are missing.", items=items), {}).data["error"]
        assert [(item["field"], item["articles"]) for item in error["items"]] == [("a", []), ("b", ["DA-17"])]

    def test_nested_fields_are_named_by_their_path(self) -> None:
        class Line(serializers.Serializer):
            amount = serializers.DecimalField(17, 2)

        class Form(serializers.Serializer):
            money = Line(many=True)

        form = Form(data={"money": [{"amount": "1"}, {"amount": "x"}]})
        with pytest.raises(exceptions.ValidationError) as refusal:
            form.is_valid(raise_exception=True)
        error = on_error(refusal.value, {}).data["error"]
        assert [item["field"] for item in error["items"]] == ["money.1.amount"]

    def test_unforeseen_errors_are_not_hidden(self) -> None:
        assert on_error(RuntimeError(), {}) is None


class TestBodies:
    @pytest.mark.parametrize("body", ["[" * 3000, '{"a":' * 3000, "[" * 30 + "]" * 30])
    def test_what_is_nested_without_end_is_refused(self, client: Client, db: None, body: str) -> None:
        response = client.post(TOKEN, body, content_type="application/json")
        assert response.status_code == 400
        assert "20" in error_of(response)["message"]

    @pytest.mark.parametrize("body", ["{", '{"a": NaN}', "9" * 5000, b"\xff"])
    def test_what_is_no_json_is_told_without_the_words_of_a_library(self, client: Client, db: None, body) -> None:
        response = client.post(TOKEN, body, content_type="application/json")
        assert (response.status_code, error_of(response)["code"]) == (400, "parse_error")
        assert "JSON" in error_of(response)["message"] and "parse" not in error_of(response)["message"]

    def test_a_form_is_no_body_of_a_program(self, client: Client, db: None) -> None:
        response = client.post(TOKEN, {"username": "a", "password": "b"})
        assert (response.status_code, error_of(response)["code"]) == (415, "unsupported_media_type")

    def test_one_too_large_is_refused_in_the_one_form(self, client: Client, db: None) -> None:
        response = client.post(TOKEN, '"' + "x" * (6 * 1024 * 1024) + '"', content_type="application/json")
        assert (response.status_code, error_of(response)["code"]) == (413, "too_large")

    @pytest.mark.parametrize(
        ("address", "body", "field"),
        [
            ("/api/v1/rules/route/", '{"\\ud800": 1}', "\ud800"),
            ("/api/v1/rules/route/", '{"jurisdiction": "dean", "facts": {"\\ud800": 1}}', "\ud800"),
            ("/api/v1/rules/funding/", '{"jurisdiction": "dean", "facts": {"exclusions": ["\\ud800"]}}', "exclusions"),
            (TOKEN, '{"username": "\\ud800", "password": "b"}', "username"),
        ],
    )
    def test_half_a_surrogate_pair_comes_back_as_it_came(
        self, alpha: Town, client_for, address: str, body: str, field: str
    ) -> None:
        response = client_for(alpha.filer).post(address, body, content_type="application/json")
        assert (response.status_code, error_of(response)["field"]) == (400, field)

    def test_what_cannot_be_read_before_a_view_is_asked_has_the_one_form(self, client: Client, db: None) -> None:
        response = client.generic("POST", TOKEN, "{}", content_type="application/json; charset=rot13")
        assert (response.status_code, error_of(response)["field"]) == (400, "Content-Type")
        response = client.get("/api/v1/schema/", headers={"Accept": "application/json; a*=none''b"})
        assert (response.status_code, error_of(response)["field"]) == (400, "Accept")


def test_unknown_address_answers_in_the_one_form(client: Client, db: None) -> None:
    response = client.get("/api/v1/no/such/thing")
    assert response.status_code == 404 and error_of(response)["code"] == "not_found"


def test_description_is_readable_by_programs_and_people(alpha: Town, client_for) -> None:
    browser = client_for(alpha.filer)
    schema = browser.get("/api/v1/schema/", headers={"Accept": "application/json"})
    assert schema.status_code == 200 and "/api/v1/token/" in schema.content.decode()
    page = browser.get("/api/v1/docs/").content.decode()
    assert "POST /api/v1/token/" in page and "http://" not in page.replace("http://testserver", "")


def test_description_of_the_interface_is_valid_and_names_everything(tmp_path: Path) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", file=str(tmp_path / "schema.yaml"))


class TestRules:
    facts = {"investment": 600000, "category": "application"}

    def test_route_is_the_one_the_command_gives(self, alpha: Town, client_for) -> None:
        asked = {"jurisdiction": alpha.code, "on": "2026-03-02", "facts": self.facts}
        browser = client_for(alpha.filer)
        posted = browser.post("/api/v1/rules/route/", asked, content_type="application/json")
        assert posted.status_code == 200
        assert [step["key"] for step in posted.json()["route"]][0] == "declaration"
        assert browser.get("/api/v1/rules/route/", {"ask": json.dumps(asked)}).json() == posted.json()

    def test_bad_fact_is_named(self, alpha: Town, client_for) -> None:
        asked = {"jurisdiction": alpha.code, "facts": {"investment": -1}}
        response = client_for(alpha.filer).post("/api/v1/rules/route/", asked, content_type="application/json")
        assert response.status_code == 400 and error_of(response)["field"] == "investment"

    def test_asking_needs_sign_in(self, client: Client, db: None) -> None:
        assert client.get("/api/v1/rules/route/").status_code == 401
        assert resolve("/api/v1/rules/route/").namespace == "api"
