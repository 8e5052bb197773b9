"""What is typed survives a sign-in, a colleague, a second window, a proxy's page; only what arrived is forgotten."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from jurisdictions.scope import enter
from projects.models import Declaration
from tests import people
from tests.approvals.work import current, declared
from tests.browser.desk import Desk, DeskFor, sign_in
from tests.browser.test_everyday import close_offline, draft, goal_of, saved, town
from tests.projects import filling
from workflow.filings import services as filings
from workflow.models import Document, StepState

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["town"]

GOAL = "[name=purpose-goal]"


def form_of(desk: Desk, declaration: Declaration) -> None:
    desk.go(f"declarations/{declaration.pk}/edit/")


def copies(page: Page) -> int:
    """How much is kept on this computer."""
    return int(page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('xunzhang:')).length"))


def sign_out(desk: Desk) -> None:
    desk.page.context.clear_cookies(name="sessionid")


class TestColleague:
    def test_changes_at_other_places_stay_beside_mine(self, town: people.Town, desk_for: DeskFor) -> None:
        declaration = draft(town)
        first, second = desk_for(town, town.filer), desk_for(town, town.second_filer)
        form_of(first, declaration)
        form_of(second, declaration)
        first.page.fill(GOAL, "第一个窗口写下的目的。")
        saved(first.page, "saved")
        second.page.fill("[name=purpose-content]", "第二个窗口写下的必要性。")
        saved(second.page, "saved")
        with enter(town.county):
            content = Declaration.objects.get(pk=declaration.pk).content
        assert content["purpose"]["goal"] == "第一个窗口写下的目的。"
        assert content["purpose"]["content"] == "第二个窗口写下的必要性。"

    @pytest.mark.parametrize(
        ("choice", "holds"), [("now", "第一个窗口写下的目的。"), ("mine", "第二个窗口写下的目的。")]
    )
    def test_of_what_both_changed_one_chooses(
        self, town: people.Town, desk_for: DeskFor, choice: str, holds: str
    ) -> None:
        declaration = draft(town)
        first, second = desk_for(town, town.filer), desk_for(town, town.second_filer)
        form_of(first, declaration)
        form_of(second, declaration)
        first.page.fill(GOAL, "第一个窗口写下的目的。")
        saved(first.page, "saved")
        second.page.fill(GOAL, "第二个窗口写下的目的。")
        saved(second.page, "stale")
        panel = second.page.locator("[data-differences]")
        expect(panel).to_contain_text("第一个窗口写下的目的。")
        expect(panel).to_contain_text("第二个窗口写下的目的。")
        # Pressing any button before the choice overwrites nothing.
        second.page.locator("#declaration .form-foot button.btn-plain").click()
        expect(panel).to_be_focused()
        assert goal_of(town, declaration) == "第一个窗口写下的目的。"
        panel.locator(f"input[value={choice}]").click()
        saved(second.page, "saved")
        expect(panel).to_have_count(0)
        expect(second.page.locator(GOAL)).to_have_value(holds)
        assert goal_of(town, declaration) == holds

    def test_a_kept_copy_does_not_overwrite_what_a_colleague_saved_since(
        self, town: people.Town, desk_for: DeskFor
    ) -> None:
        declaration = draft(town)
        desk, other = desk_for(town, town.filer), desk_for(town, town.second_filer)
        form_of(desk, declaration)
        context = desk.page.context
        context.set_offline(True)
        desk.page.fill(GOAL, "断网时写下的目的。")
        desk.page.fill("[name=purpose-content]", "断网时写下的必要性。")
        saved(desk.page, "failed")
        close_offline(desk.page)
        form_of(other, declaration)
        other.page.fill(GOAL, "同事写下的目的。")
        saved(other.page, "saved")
        context.set_offline(False)
        desk.page = context.new_page()
        with desk.page.expect_response(lambda one: one.url.endswith("/save/") and one.ok):
            form_of(desk, declaration)
        saved(desk.page, "stale")
        expect(desk.page.locator("[data-differences]")).to_contain_text("断网时写下的目的。")
        assert goal_of(town, declaration) == "同事写下的目的。"
        with enter(town.county):
            content = Declaration.objects.get(pk=declaration.pk).content
        assert content["purpose"]["content"] == "断网时写下的必要性。"

    def test_two_windows_of_one_person_keep_both(self, town: people.Town, desk_for: DeskFor) -> None:
        declaration = draft(town)
        desk = desk_for(town, town.filer)
        form_of(desk, declaration)
        second = Desk(desk.page.context.new_page(), town, town.filer)
        form_of(second, declaration)
        desk.page.context.set_offline(True)
        desk.page.fill(GOAL, "第一个窗口。")
        second.page.fill("[name=purpose-content]", "第二个窗口。")
        saved(desk.page, "failed")
        saved(second.page, "failed")
        close_offline(desk.page)
        close_offline(second.page)
        second.page.context.set_offline(False)
        desk.page = second.page.context.new_page()
        form_of(desk, declaration)
        saved(desk.page, "saved")
        with enter(town.county):
            purpose = Declaration.objects.get(pk=declaration.pk).content["purpose"]
        assert (purpose["goal"], purpose["content"]) == ("第一个窗口。", "第二个窗口。")
        assert copies(desk.page) == 0


class TestRows:
    QUOTES = "[data-lines=quotes-rows]"

    def upload(self, row: Locator, name: str) -> None:
        row.locator("[type=file]").set_input_files({"name": name, "mimeType": "application/pdf", "buffer": filling.PDF})
        expect(row.locator(".upload-files")).to_contain_text(name)

    def rows_of(self, town: people.Town, declaration: Declaration, section: str, key: str) -> list[dict[str, str]]:
        with enter(town.county):
            content = Declaration.objects.get(pk=declaration.pk).content
        return [row for row in content[section][key] if any(row.values())]

    def test_each_row_keeps_its_own_paper(self, town: people.Town, desk_for: DeskFor) -> None:
        declaration = draft(town)
        desk = desk_for(town, town.filer)
        form_of(desk, declaration)
        rows = desk.page.locator(f"{self.QUOTES} [data-line]")
        self.upload(rows.nth(0), "first.pdf")
        desk.page.click(f"{self.QUOTES} [data-add-line]")
        expect(rows.nth(3).locator("[data-upload-button]")).to_be_hidden()
        rows.nth(3).locator("[name$=-vendor]").fill("新增的公司")  # not saved yet as its paper arrives
        self.upload(rows.nth(3), "added.pdf")
        expect(rows.nth(0).locator(".upload-files")).to_contain_text("first.pdf")
        rows.nth(1).locator("[data-remove-line]").click()
        self.upload(rows.nth(1), "third.pdf")
        saved(desk.page, "saved")
        found = self.rows_of(town, declaration, "quotes", "rows")
        with enter(town.county):
            papers = [str(Document.objects.get(pk=row["document"]).name) for row in found]
        assert [row["vendor"] for row in found] == ["第1家公司", "第3家公司", "新增的公司"]
        assert papers == ["first.pdf", "third.pdf", "added.pdf"]

    def test_a_file_chosen_while_its_rows_are_saved_fights_with_nothing(
        self, town: people.Town, desk_for: DeskFor
    ) -> None:
        declaration = draft(town)
        desk = desk_for(town, town.filer)
        form_of(desk, declaration)
        rows, held = desk.page.locator(f"{self.QUOTES} [data-line]"), list[Route]()
        desk.page.route("**/save/", lambda route: route.fallback() if held else held.append(route))
        with desk.page.expect_request("**/save/"):
            rows.nth(0).locator("[name$=-vendor]").fill("改过的公司")
        rows.nth(0).locator("[type=file]").set_input_files(
            {"name": "quote.pdf", "mimeType": "application/pdf", "buffer": filling.PDF}
        )
        rows.nth(1).locator("[name$=-vendor]").fill("也改过的公司")
        held[0].fallback()
        expect(rows.nth(0).locator(".upload-files")).to_contain_text("quote.pdf")
        saved(desk.page, "saved")
        expect(desk.page.locator("[data-differences]")).to_have_count(0)
        first, second, _third = self.rows_of(town, declaration, "quotes", "rows")
        assert (first["vendor"], second["vendor"]) == ("改过的公司", "也改过的公司")
        assert first["document"] and not second.get("document")

    def test_rows_come_back_as_they_were_left(self, town: people.Town, desk_for: DeskFor) -> None:
        declaration = draft(town)

        def ask_for_partners(answer: str) -> None:
            with enter(town.county):
                basics = {**Declaration.objects.get(pk=declaration.pk).content["basics"], "cross_department": answer}
                filings.save(actor=town.filer.actor, filing=declaration, content={"basics": basics})

        ask_for_partners("yes")
        desk = desk_for(town, town.filer)
        form_of(desk, declaration)
        context = desk.page.context
        context.set_offline(True)
        desk.page.click("[data-lines=basics-partners] [data-add-line]")
        desk.page.fill("[name=basics-partners-0-part]", "断网时写下的分工。")
        desk.page.locator(f"{self.QUOTES} [data-remove-line]").nth(1).click()
        saved(desk.page, "failed")
        close_offline(desk.page)
        context.set_offline(False)
        # Where the list is not asked for just now, its rows wait until it is.
        for answer in ("no", "yes"):
            ask_for_partners(answer)
            desk.page = context.new_page()
            form_of(desk, declaration)
            saved(desk.page, "saved")
            assert copies(desk.page) == (answer == "no")
        assert [row["vendor"] for row in self.rows_of(town, declaration, "quotes", "rows")] == [
            "第1家公司",
            "第3家公司",
        ]
        assert [row["part"] for row in self.rows_of(town, declaration, "basics", "partners")] == ["断网时写下的分工。"]


class TestSession:
    def test_a_declaration_goes_on_after_signing_in_again(
        self, town: people.Town, desk_for: DeskFor, live_server
    ) -> None:
        declaration = draft(town)
        desk = desk_for(town, town.filer)
        form_of(desk, declaration)
        before = goal_of(town, declaration)
        sign_out(desk)
        desk.page.fill(GOAL, "登录失效后写下的目的。")
        saved(desk.page, "failed")
        desk.page.locator("[data-save-state] a").first.click()
        expect(desk.page).to_have_url(re.compile("/accounts/login/"))
        assert goal_of(town, declaration) == before
        desk.page.fill("[name=login]", town.filer.user.username)
        desk.page.fill("[name=password]", people.PASSWORD)
        desk.page.locator("main button.btn-primary").first.click()
        expect(desk.page).to_have_url(re.compile(f"/filings/{declaration.pk}/edit/"))
        expect(desk.page.locator(GOAL)).to_have_value("登录失效后写下的目的。")
        saved(desk.page, "saved")
        assert goal_of(town, declaration) == "登录失效后写下的目的。"

    def test_where_nothing_can_be_kept_the_page_says_so_and_goes_on_saving(
        self, town: people.Town, desk_for: DeskFor, live_server
    ) -> None:
        declaration = draft(town)
        desk = desk_for(town, town.filer)
        form_of(desk, declaration)
        desk.page.evaluate("() => { Storage.prototype.setItem = () => { throw new Error('full'); }; }")
        sign_out(desk)
        desk.page.fill(GOAL, "登录失效后写下的目的。")
        saved(desk.page, "failed")
        sign = desk.page.locator("[data-save-state]").first
        expect(sign).to_contain_text("请勿关闭此页")
        assert copies(desk.page) == 0
        expect(sign.locator("a")).to_have_count(0)
        sign_in(desk.page.context, town.filer, live_server.url)
        desk.page.fill(GOAL, "重新登录后写下的目的。")
        saved(desk.page, "saved")
        assert goal_of(town, declaration) == "重新登录后写下的目的。"

    @pytest.mark.parametrize("what", ["opinion", "return"])
    def test_other_forms_keep_their_texts_through_a_sign_in(
        self, town: people.Town, desk_for: DeskFor, live_server, what: str
    ) -> None:
        until, person, field = {
            "opinion": ("joint_review", town.drc, "[name=text]"),
            "return": ("", town.secretary, "[name^=section-]"),
        }[what]
        step = current(town, declared(town, until=until) if until else declared(town))
        desk = desk_for(town, person)
        desk.go(f"steps/{step.pk}/")
        form = desk.page.locator(f"form[action$='/steps/{step.pk}/{what}/']")
        desk.page.locator(f"[data-choice='{form.get_attribute('data-act-panel')}']").first.click()
        if what == "return":
            form.locator(".pick input[type=checkbox]").first.check()
        form.locator(field).first.fill("写了很久的话。")
        sign_out(desk)
        form.evaluate("(form) => form.requestSubmit()")
        expect(desk.page).to_have_url(re.compile("/accounts/login/"))
        assert copies(desk.page) == 1
        sign_in(desk.page.context, person, live_server.url)
        desk.page.goto(f"/{town.code}/steps/{step.pk}/")
        again = desk.page.locator(f"form[action$='/{what}/'] {field}").first
        expect(again).to_have_value("写了很久的话。")
        expect(again).to_be_visible()

    def test_a_proxys_page_is_no_success_and_the_services_own_answer_is(
        self, town: people.Town, desk_for: DeskFor
    ) -> None:
        desk = desk_for(town, town.admin)
        desk.go("offices/new/")
        page = desk.page

        def broken(route: Route) -> None:
            if route.request.method == "POST":
                route.fulfill(status=200, content_type="text/html", body="<h1>Gateway</h1>")
            else:
                route.fallback()

        page.route("**/offices/new/", broken)
        page.fill("[name=name]", "县园林局")
        page.fill("[name=code]", "garden")
        page.locator("main form button.btn-primary").first.click()
        expect(page.locator("h1")).to_have_text("Gateway")
        page.unroute("**/offices/new/")
        desk.go("offices/new/")
        expect(page.locator("[name=name]")).to_have_value("县园林局")
        expect(page.locator("[data-restored]")).to_be_visible()
        desk.press(page.locator("main form button.btn-primary").first)
        assert desk.errors() == []
        assert copies(page) == 0

    def test_what_was_put_back_can_be_thrown_away(self, town: people.Town, desk_for: DeskFor) -> None:
        desk = desk_for(town, town.admin)
        desk.go("offices/new/")
        desk.page.fill("[name=name]", "县园林局")
        desk.go("offices/")
        desk.go("offices/new/")
        desk.page.locator("[data-restored] button").click()
        expect(desk.page.locator("[name=name]")).to_have_value("")
        assert copies(desk.page) == 0


def test_a_page_acts_for_the_office_it_showed(town: people.Town, desk_for: DeskFor) -> None:
    step = current(town, declared(town))
    finance = people.join(town.secretary.user, town, town.duty["finance"], people.Role.FINANCE)
    desk = desk_for(town, town.secretary)
    desk.go(f"steps/{step.pk}/")
    other = desk.page.context.new_page()
    other.goto(f"/{town.code}/role/")
    with other.expect_navigation():
        other.locator(f"button[name=membership][value='{finance.membership.pk}']").click()
    form = desk.page.locator(f"form[action$='/steps/{step.pk}/decide/']")
    form.locator("[name=outcome][value=approve]").evaluate("(box) => (box.checked = true)")
    form.locator("[name=reason]").evaluate("(box) => { box.value = '确有必要。'; }")
    form.evaluate("(form) => form.requestSubmit()")
    expect(desk.page.locator(".error-page")).to_contain_text(str(town.secretary.office))
    expect(desk.page.locator(".error-page")).to_contain_text(str(finance.office))
    with enter(town.county):
        step.refresh_from_db()
    assert step.state == StepState.OPEN
    with desk.page.expect_navigation():
        desk.page.locator(".error-page button[name=as_shown]").click()
    with enter(town.county):
        step.refresh_from_db()
    assert (step.state, step.reason) == (StepState.DONE, "确有必要。")
