"""A page acts for whom it showed, once, and tells the browser when it was carried out."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts import repeats
from accounts.models import AnsweredRequest, Office, User
from accounts.roles import Role
from approvals.models import Opinion
from jurisdictions.scope import enter
from tests.approvals.work import current, declared
from tests.people import Cast, Town, client_for, join
from workflow.models import AuditEntry, Document, Step

pytestmark = pytest.mark.django_db


def token(page: str) -> str:
    """What a page says of itself in each of its forms."""
    found = set(re.findall(r'name="shown" value="([^"]+)"', page))
    assert len(found) == 1
    return str(found.pop())


def opened(browser: Client, address: str) -> str:
    return token(browser.get(address).content.decode())


class TestRole:
    @pytest.fixture
    def two(self, alpha: Town) -> Any:
        """Somebody who reviews for two offices, both asked for an opinion; and the step."""
        step = current(alpha, declared(alpha, until="joint_review"))
        finance = join(alpha.drc.user, alpha, alpha.duty["finance"], Role.FINANCE)
        return alpha.drc, finance, step

    def give(self, town: Town, browser: Client, step: Step, **more: str) -> Any:
        data = {"conclusion": "agree", "text": "同意。", "opinion_version": "0", **more}
        return browser.post(f"/{town.code}/steps/{step.pk}/opinion/", data)

    def switch(self, town: Town, browser: Client, person: Any) -> None:
        browser.post(f"/{town.code}/role/", {"membership": person.membership.pk})

    def states(self, town: Town, step: Step) -> dict[str, str]:
        with enter(town.county):
            return dict(Opinion.objects.filter(step=step).values_list("authority", "state"))

    def test_an_opinion_is_not_given_for_the_office_chosen_in_another_window(self, alpha: Town, two: Any) -> None:
        first, second, step = two
        browser = client_for(first)
        shown = opened(browser, f"/{alpha.code}/steps/{step.pk}/")
        self.switch(alpha, browser, second)
        answer = self.give(alpha, browser, step, shown=shown)
        page = answer.content.decode()
        assert answer.status_code == 409
        assert str(first.office) in page and str(second.office) in page
        assert 'value="同意。"' in page
        assert self.states(alpha, step) == {"drc": "asked", "finance": "asked"}

    def test_a_form_without_its_token_changes_no_role(self, alpha: Town, two: Any) -> None:
        first, second, step = two
        browser = client_for(first)
        shown = opened(browser, f"/{alpha.code}/steps/{step.pk}/")
        self.switch(alpha, browser, second)
        browser.handler.enforce_csrf_checks = True
        assert self.give(alpha, browser, step, shown=shown, as_shown="yes").status_code == 403
        assert browser.get(f"/{alpha.code}/queue/").context["membership"] == second.membership

    def test_from_the_page_that_tells_one_switches_back_and_sends_it_again(self, alpha: Town, two: Any) -> None:
        first, second, step = two
        browser = client_for(first)
        shown = opened(browser, f"/{alpha.code}/steps/{step.pk}/")
        self.switch(alpha, browser, second)
        page = self.give(alpha, browser, step, shown=shown).content.decode()
        form = page[page.index('name="csrfmiddlewaretoken"', page.index("error-page")) :]
        kept = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))
        assert kept["text"] == "同意。"
        answer = self.give(alpha, browser, step, **kept, as_shown="yes")
        assert answer.status_code == 302, (kept, shown, re.sub("<[^>]+>", "", answer.content.decode()))
        assert self.states(alpha, step) == {"drc": "given", "finance": "asked"}
        assert str(first.office) in browser.get(f"/{alpha.code}/queue/").content.decode()

    def test_files_cannot_be_sent_again_so_the_page_leads_back_to_choose_them(self, alpha: Town, two: Any) -> None:
        first, second, step = two
        browser = client_for(first)
        address = f"/{alpha.code}/projects/{step.project_id}/papers/"
        shown = opened(browser, address)
        self.switch(alpha, browser, second)
        upload = SimpleUploadedFile("a.pdf", b"%PDF-1.4\n")
        answer = browser.post(
            address, {"upload": upload, "purpose": "technical_plan", "shown": shown}, headers={"Referer": address}
        )
        assert answer.status_code == 409
        assert f'name="next" value="{address}"' in answer.content.decode()
        with enter(alpha.county):
            assert not Document.objects.filter(name="a.pdf").exists()

    def test_a_script_is_told_in_its_own_words(self, alpha: Town, two: Any) -> None:
        first, second, step = two
        browser = client_for(first)
        shown = opened(browser, f"/{alpha.code}/steps/{step.pk}/")
        self.switch(alpha, browser, second)
        answer = browser.post(f"/{alpha.code}/notices/read/", headers={"X-Shown": shown, "Accept": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (409, "other_role")
        assert answer["HX-Reswap"] == "none"

    def test_a_page_of_somebody_else_acts_for_nobody_and_names_nobody(self, alpha: Town, two: Any) -> None:
        _first, _second, step = two
        shown = opened(client_for(alpha.finance), f"/{alpha.code}/steps/{step.pk}/")
        answer = self.give(alpha, client_for(alpha.drc), step, shown=shown, as_shown="yes")
        assert answer.status_code == 409
        assert "as_shown" not in answer.content.decode()
        assert self.states(alpha, step) == {"drc": "asked", "finance": "asked"}

    def test_a_role_is_chosen_from_a_page_of_any_role(self, alpha: Town, two: Any) -> None:
        first, second, _step = two
        browser = client_for(first)
        shown = opened(browser, f"/{alpha.code}/role/")
        self.switch(alpha, browser, second)
        answer = browser.post(f"/{alpha.code}/role/", {"membership": first.membership.pk, "shown": shown})
        assert answer.status_code == 302

    @pytest.mark.parametrize("shown", ["", "x", "1", "1.", "9" * 30 + ".abcdefgh", "²." + "a" * 12, "1.a\nb" + "c" * 8])
    def test_what_cannot_be_read_breaks_nothing(self, alpha: Town, shown: str) -> None:
        answer = client_for(alpha.filer).post(f"/{alpha.code}/notices/read/", {"shown": shown})
        assert answer.status_code == 303


class TestOnce:
    def office(self, town: Town, browser: Client, shown: str, code: str = "new") -> Any:
        data = {"name": f"县园林局{code}", "code": code, "owner_kind": "agency", "is_active": "on", "shown": shown}
        return browser.post(f"/{town.code}/offices/new/", data)

    def test_a_form_sent_twice_acts_once_and_leads_to_the_same_page(self, alpha: Town) -> None:
        browser = client_for(alpha.admin)
        shown = opened(browser, f"/{alpha.code}/offices/new/")
        first = self.office(alpha, browser, shown)
        again = self.office(alpha, browser, shown)
        assert (first.status_code, again.status_code) == (302, 303)
        assert again["Location"] == first["Location"]
        assert "没有重复办理" in browser.get(f"/{alpha.code}/offices/").content.decode()
        with enter(alpha.county):
            assert Office.objects.filter(code="new").count() == 1
            assert AuditEntry.objects.filter(action="office.add", label="县园林局new").count() == 1

    def test_the_same_from_two_windows_makes_one_and_the_second_is_led_to_it(self, alpha: Town) -> None:
        browser, address = client_for(alpha.admin), f"/{alpha.code}/people/new/"
        with enter(alpha.county):
            office = Office.objects.order_by("pk").first()
        assert office is not None
        data = {"name": "周敏", "username": "zhoumin", "office": office.pk, "role": "reviewer"}
        one, other = opened(browser, address), opened(browser, address)
        assert browser.post(address, {**data, "shown": one}).status_code == 200  # its first password, shown once
        again = browser.post(address, {**data, "shown": other})
        made = User.objects.get(username="zhoumin")
        assert again["Location"] == f"/{alpha.code}/people/{made.pk}/"
        assert "另一窗口" in browser.get(again["Location"]).content.decode()
        # Who opens the form anew afterwards means it.
        assert browser.post(address, {**data, "shown": opened(browser, address)}).status_code == 422

    def test_what_was_refused_and_led_back_may_be_sent_again(self, alpha: Town) -> None:
        browser, queue = client_for(alpha.secretary), f"/{alpha.code}/queue/"
        shown = opened(browser, queue)
        for _time in range(2):
            answer = browser.post(f"{queue}views/", {"name": "", "query": "", "shown": shown}, follow=True)
            assert "没有重复办理" not in answer.content.decode()
        assert shown.partition(".")[2] not in str(browser.cookies.get("done", ""))

    def test_another_text_on_the_same_page_is_another_act(self, alpha: Town) -> None:
        browser = client_for(alpha.admin)
        shown = opened(browser, f"/{alpha.code}/offices/new/")
        for code in ("one", "two"):
            assert self.office(alpha, browser, shown, code).status_code == 302
        with enter(alpha.county):
            assert Office.objects.filter(code__in=["one", "two"]).count() == 2

    def test_what_was_refused_may_be_sent_again(self, alpha: Town) -> None:
        browser = client_for(alpha.admin)
        shown = opened(browser, f"/{alpha.code}/offices/new/")
        with enter(alpha.county):
            taken = Office.objects.create(code="new", name="x")
        assert self.office(alpha, browser, shown).status_code == 422
        with enter(alpha.county):
            taken.delete()
        assert self.office(alpha, browser, shown).status_code == 302

    def test_a_paper_sent_twice_lies_there_once(self, alpha: Town) -> None:
        project = declared(alpha)
        browser = client_for(alpha.secretary)
        address = f"/{alpha.code}/projects/{project.pk}/papers/"
        shown = opened(browser, address)
        for content in (b"%PDF-1.4\n", b"%PDF-1.4\n", b"%PDF-1.4\nanother"):
            upload = SimpleUploadedFile("a.pdf", content)
            browser.post(address, {"upload": upload, "purpose": "technical_plan", "shown": shown})
        with enter(alpha.county):
            assert Document.objects.filter(project=project, name="a.pdf").count() == 2

    def test_answers_nobody_asks_for_any_more_are_forgotten(self, alpha: Town) -> None:
        with enter(alpha.county):
            for days in (1, 3):
                kept = AnsweredRequest.objects.create(
                    user=alpha.admin.user, key=str(days), content="x", status=303, answer="/"
                )
                AnsweredRequest.objects.filter(pk=kept.pk).update(answered_at=timezone.now() - timedelta(days=days))
        repeats.forget(alpha.county)
        with enter(alpha.county):
            assert [one.key for one in AnsweredRequest.objects.all()] == ["1"]


class TestArrived:
    """Only the service's own success says that what was typed has arrived."""

    def test_success_names_the_showing_and_nothing_else_does(self, alpha: Town) -> None:
        browser = client_for(alpha.admin)
        address = f"/{alpha.code}/offices/new/"
        shown = opened(browser, address)
        showing = shown.partition(".")[2]
        assert "done" not in browser.post(address, {"name": "", "shown": shown}).cookies
        data = {"name": "县园林局", "code": "new", "owner_kind": "agency", "shown": shown}
        assert showing in browser.post(address, data).cookies["done"].value.split(".")
        browser.logout()
        assert "done" not in browser.post(address, data).cookies

    def test_the_last_few_are_named_together(self, alpha: Town) -> None:
        browser = client_for(alpha.admin)
        showings = []
        for number in range(12):
            shown = opened(browser, f"/{alpha.code}/offices/new/")
            showings.append(shown.partition(".")[2])
            TestOnce().office(alpha, browser, shown, f"o{number}")
        named = browser.cookies["done"].value.split(".")
        assert named == showings[-len(named) :] and 5 < len(named) < 12

    def test_on_the_platform_s_pages_too(self, cast: Cast) -> None:
        browser, address = client_for(cast.operator), "/platform/counties/new/"
        shown = opened(browser, address)
        values = {"code": "xin", "name": "新县", "prefix": "XX", "is_active": "on"}
        assert "done" not in browser.post(address, {**values, "code": "", "shown": shown}).cookies
        saved = browser.post(address, {**values, "shown": shown})
        assert saved.status_code == 302, saved.context["form"].errors
        assert shown.partition(".")[2] in saved.cookies["done"].value
        browser.logout()
        answer = browser.post(address, values, headers={"Referer": f"http://testserver{address}"})
        assert answer["Location"] == f"/accounts/login/?next={address}"
        assert "登录已失效" in browser.get(answer["Location"]).content.decode()

    def test_signing_in_leads_back_to_the_form_and_says_what_happened(self, alpha: Town) -> None:
        browser = client_for(alpha.filer)
        browser.logout()
        address = f"/{alpha.code}/settings/"
        answer = browser.post(address, {"email": "x@example.org"}, headers={"Referer": f"http://testserver{address}"})
        assert answer["Location"] == f"/accounts/login/?next={address}"
        assert "登录" in browser.get(answer["Location"]).content.decode()
        script = browser.post(address, headers={"Referer": f"http://testserver{address}", "Accept": "application/json"})
        assert (script.status_code, script.json()["leads_to"]) == (401, f"/accounts/login/?next={address}")
