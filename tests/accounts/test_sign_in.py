"""Sign-in, sign-out, passwords, the start page, languages and the demonstration."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as program
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils.module_loading import import_string
from django.utils.translation import override
from rest_framework.authtoken.models import Token

from accounts.models import User
from accounts.roles import Role
from tests.people import PASSWORD, Cast, Town, join

LOGIN = "/accounts/login/"


def sign_in(client: Client, login: str, password: str = PASSWORD, **extra: str):
    return client.post(LOGIN, {"login": login, "password": password, **extra})


def test_person_signs_in_by_user_name_and_lands_in_their_county(client: Client, alpha: Town) -> None:
    response = sign_in(client, alpha.filer.user.username)
    assert response.status_code == 302 and response["Location"] == "/"
    assert client.get("/")["Location"] == f"/{alpha.code}/"


def test_person_signs_in_by_email_whatever_its_case(client: Client, alpha: Town) -> None:
    assert sign_in(client, alpha.filer.user.email.upper()).status_code == 302


def test_address_with_capitals_signs_in_and_gets_the_mail_of_a_new_password(client: Client, alpha: Town) -> None:
    person = alpha.filer.user
    person.email = "Li.Ming@Example.org"
    person.save()
    for typed in ("Li.Ming@Example.org", "li.ming@example.org"):
        assert sign_in(Client(), typed).status_code == 302
    client.post("/accounts/password/reset/", {"email": "Li.Ming@Example.org"})
    assert [sent.to for sent in mail.outbox] == [["li.ming@example.org"]]


def test_person_has_the_address_of_their_settings_and_no_other(client: Client, alpha: Town) -> None:
    person, page = alpha.filer.user, "/accounts/email/"
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(page)["Location"] == f"/{alpha.code}/settings/"
    assert client.post(page, {"action_add": "", "email": "second@example.org"}).status_code == 302
    assert not EmailAddress.objects.filter(email="second@example.org").exists()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    client.post(f"/{alpha.code}/settings/", {"email": "new@example.org", "notice_choice": "at_once"})
    assert sign_in(Client(), person.email).status_code == 200
    assert sign_in(Client(), "new@example.org").status_code == 302


def test_sign_in_page_is_chinese_and_offers_no_registration(client: Client, db: None) -> None:
    page = client.get(LOGIN).content.decode()
    assert "登录" in page and "signup" not in page


def test_open_registration_is_closed(client: Client, db: None) -> None:
    values = {"username": "new", "email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD}
    assert "没有开放注册" in client.post("/accounts/signup/", values).content.decode()
    assert not User.objects.exists()


def test_wrong_password_and_unknown_person_get_the_same_sentence(client: Client, alpha: Town) -> None:
    wrong = sign_in(client, alpha.filer.user.username, "not the password")
    unknown = sign_in(client, "nobody-at-all", "not the password")
    sentences = [list(answer.context["form"].non_field_errors()) for answer in (wrong, unknown)]
    assert sentences[0] == sentences[1] and sentences[0]
    assert "_auth_user_id" not in client.session


def test_after_five_wrong_passwords_even_the_right_one_must_wait(client: Client, alpha: Town) -> None:
    for _attempt in range(5):
        sign_in(client, alpha.filer.user.username, "not the password")
    response = sign_in(client, alpha.filer.user.username)
    assert response.status_code == 200 and "_auth_user_id" not in client.session
    assert sign_in(Client(), alpha.head.user.username).status_code == 302


def test_sign_in_goes_on_to_the_page_asked_for_but_never_to_another_host(client: Client, alpha: Town) -> None:
    name = alpha.filer.user.username
    wanted = f"/{alpha.code}/role/"
    assert sign_in(client, name, next=wanted)["Location"] == wanted
    for evil in ("https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"):
        assert sign_in(Client(), name, next=evil)["Location"] == "/"


def test_disabled_account_does_not_sign_in_and_its_session_ends(client: Client, alpha: Town, client_for) -> None:
    browser = client_for(alpha.filer)
    User.objects.filter(pk=alpha.filer.user.pk).update(is_active=False)
    assert browser.get(f"/{alpha.code}/role/").status_code == 302
    sign_in(client, alpha.filer.user.username)
    assert "_auth_user_id" not in client.session


def test_sign_out_needs_a_form_and_ends_the_session(alpha: Town, client_for) -> None:
    browser = client_for(alpha.filer)
    browser.get("/accounts/logout/")
    assert "_auth_user_id" in browser.session
    browser.post("/accounts/logout/")
    assert "_auth_user_id" not in browser.session


def test_changing_the_password_ends_other_sessions_and_tokens(alpha: Town) -> None:
    here, elsewhere = Client(), Client()
    for browser in (here, elsewhere):
        sign_in(browser, alpha.filer.user.username)
    Token.objects.create(user=alpha.filer.user)
    values = {"oldpassword": PASSWORD, "password1": "远山-bamboo-17", "password2": "远山-bamboo-17"}
    assert here.post("/accounts/password/change/", values).status_code == 302
    assert here.get(f"/{alpha.code}/role/").status_code == 200
    assert elsewhere.get(f"/{alpha.code}/role/").status_code == 302
    assert not Token.objects.exists()


def test_initial_password_is_changed_before_anything_else(alpha: Town) -> None:
    User.objects.filter(pk=alpha.filer.user.pk).update(must_change_password=True)
    browser = Client()
    sign_in(browser, alpha.filer.user.username)
    change = "/accounts/password/change/"
    assert browser.get(f"/{alpha.code}/role/")["Location"] == change
    assert browser.get(f"/{alpha.code}/role/", headers={"HX-Request": "true"})["HX-Redirect"] == change
    program = browser.get(f"/api/v1/{alpha.code}/projects/")
    assert (program.status_code, program.json()["error"]["code"]) == (403, "initial_password")
    assert set(program.json()["error"]) == {"code", "message", "field", "articles", "items"}
    assert "由管理员设置" in browser.get(change).content.decode()
    values = {"oldpassword": PASSWORD, "password1": "远山-bamboo-17", "password2": "远山-bamboo-17"}
    browser.post(change, values)
    assert browser.get(f"/{alpha.code}/role/").status_code == 200


@pytest.mark.parametrize(
    ("password", "sentence"),
    [("kurz-9x", "10"), ("password123", "常见"), ("4815162342108", "数字"), ("dean-filer1", "相似")],
)
def test_weak_passwords_are_refused_in_chinese(alpha: Town, password: str, sentence: str) -> None:
    with override("zh-hans"), pytest.raises(ValidationError) as refusal:
        validate_password(password, alpha.filer.user)
    assert any(sentence in message for message in refusal.value.messages)


def test_passwords_are_kept_with_argon2() -> None:
    from config import settings

    first = import_string(settings.PASSWORD_HASHERS[0])
    assert first is Argon2PasswordHasher
    assert first().encode(PASSWORD, "a salt of length").startswith("argon2$argon2id$")


def test_session_ends_without_requests(alpha: Town) -> None:
    browser = Client()
    sign_in(browser, alpha.filer.user.username)
    assert 0 < browser.session.get_expiry_age() <= 2 * 60 * 60
    assert browser.cookies[program.SESSION_COOKIE_NAME]["httponly"]


def test_anonymous_reader_is_sent_to_sign_in_and_back(client: Client, alpha: Town) -> None:
    page = f"/{alpha.code}/role/"
    assert client.get(page)["Location"] == f"{LOGIN}?next={page}"
    posted = client.post(page, headers={"Referer": f"http://testserver{page}?x=1"})
    assert posted["Location"] == f"{LOGIN}?next={page}%3Fx%3D1"
    foreign = client.post(page, headers={"Referer": "https://evil.example/there"})
    assert foreign["Location"] == f"{LOGIN}?next=/"
    fragment = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}"}
    assert client.get(f"/{alpha.code}/counts/", headers=fragment)["HX-Redirect"] == f"{LOGIN}?next={page}"


def test_start_page_sends_each_to_where_they_belong(cast: Cast, client: Client, client_for) -> None:
    assert client.get("/")["Location"] == f"{LOGIN}?next=/"
    assert client_for(cast.operator).get("/")["Location"] == "/platform/"
    assert client_for(cast.both).get("/")["Location"] == f"/{cast.alpha.code}/"
    assert "不属于任何县" in client_for(cast.stranger).get("/").content.decode()


def test_person_of_two_counties_switches_by_the_menu(cast: Cast, client_for) -> None:
    page = client_for(cast.both).get(f"/{cast.alpha.code}/role/").content.decode()
    assert f'href="/{cast.beta.code}/"' in page and cast.beta.county.name in page
    assert client_for(cast.both).get(f"/{cast.beta.code}/role/").status_code == 200


def test_person_switches_between_their_roles_only(alpha: Town, client_for) -> None:
    second = join(alpha.reviewer.user, alpha, alpha.duty["conference"], Role.SECRETARY)
    browser, page = client_for(alpha.reviewer), f"/{alpha.code}/role/"
    assert browser.post(page, {"membership": second.membership.pk}).status_code == 302
    assert browser.get(page).context["membership"].pk == second.membership.pk
    assert browser.post(page, {"membership": alpha.head.membership.pk}).status_code == 404
    assert browser.get(page).context["membership"].pk == second.membership.pk


def test_language_is_kept_with_the_person(alpha: Town) -> None:
    browser = Client()
    sign_in(browser, alpha.filer.user.username)
    browser.post("/i18n/setlang/", {"language": "en", "next": "/"})
    assert "Act in another role" in browser.get(f"/{alpha.code}/role/").content.decode()
    another = Client()
    sign_in(another, alpha.filer.user.username)
    assert "Act in another role" in another.get(f"/{alpha.code}/role/").content.decode()
    browser.post("/i18n/setlang/", {"language": "fr"})
    assert User.objects.get(pk=alpha.filer.user.pk).language == "en"


class TestDemonstration:
    @pytest.fixture
    def demo(self, alpha: Town) -> Town:
        User.objects.filter(pk__in=[alpha.filer.user.pk, alpha.head.user.pk]).update(is_demo=True)
        return alpha

    def value(self, person) -> str:
        return f"{person.user.pk}-{person.membership.pk}"

    def test_sign_in_page_offers_each_role_with_one_click(self, client: Client, demo: Town) -> None:
        for page in (LOGIN, "/demo/"):
            text = client.get(page).content.decode()
            assert self.value(demo.filer) in text and self.value(demo.head) in text
            assert self.value(demo.finance) not in text

    def test_people_of_a_county_stand_by_role(self, client: Client, demo: Town) -> None:
        text = client.get("/demo/").content.decode()
        marks = [
            f"<dt>{Role.FILER.label}</dt>",
            self.value(demo.filer),
            f"<dt>{Role.OFFICE_HEAD.label}</dt>",
            self.value(demo.head),
        ]
        places = [text.index(mark) for mark in marks]
        assert places == sorted(places) and f"<dt>{Role.AUDITOR.label}</dt>" not in text

    def test_one_click_signs_in(self, client: Client, demo: Town) -> None:
        response = client.post("/demo/sign-in/", {"person": self.value(demo.head)})
        assert response["Location"] == f"/{demo.code}/"
        assert client.session["_auth_user_id"] == str(demo.head.user.pk)

    def test_one_click_shows_the_pages_in_the_persons_language(self, client: Client, demo: Town) -> None:
        User.objects.filter(pk=demo.head.user.pk).update(language="en")
        client.post("/demo/sign-in/", {"person": self.value(demo.head)})
        assert client.cookies[program.LANGUAGE_COOKIE_NAME].value == "en"

    def test_click_needs_the_token_of_the_page(self, demo: Town) -> None:
        strict = Client(enforce_csrf_checks=True)
        assert strict.post("/demo/sign-in/", {"person": self.value(demo.head)}).status_code == 403
        assert strict.get("/demo/sign-in/").status_code == 405

    def test_real_people_have_no_button_and_no_back_door(self, client: Client, demo: Town) -> None:
        for person in (self.value(demo.finance), "0", "x", ""):
            assert client.post("/demo/sign-in/", {"person": person}).status_code == 404

    def test_closed_in_production(self, client: Client, demo: Town, settings) -> None:
        settings.PRODUCTION = True
        assert client.get("/demo/").status_code == 404
        assert client.post("/demo/sign-in/", {"person": self.value(demo.head)}).status_code == 404
        assert self.value(demo.head) not in client.get(LOGIN).content.decode()

    def test_closed_without_demo_people(self, client: Client, alpha: Town) -> None:
        assert client.get("/demo/").status_code == 404
