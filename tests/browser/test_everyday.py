"""What goes wrong on ordinary days: a lost connection, two windows, an impatient finger; and work without a mouse."""

import pytest
from playwright.sync_api import Page, expect

from jurisdictions.scope import enter
from projects.models import Declaration, Standing
from tests import people
from tests.browser.desk import DeskFor, sign_in
from tests.browser.journey import Journey
from tests.projects import filling
from workflow.models import FilingRevision, FilingState

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "智慧校园综合管理平台"


@pytest.fixture
def town() -> people.Town:
    """A county with its people and an open call."""
    town = people.make_town("dean")
    with enter(town.county):
        filling.open_call(town)
    return town


def draft(town: people.Town) -> Declaration:
    """A complete draft of the filer's."""
    with enter(town.county):
        return filling.draft(town.filer, name=NAME)


def saved(page: Page, state: str) -> None:
    """Wait until the page says that what was typed is in this state."""
    expect(page.locator(f"[data-save-state][data-state={state}]").first).to_be_visible()


def close_offline(page: Page) -> None:
    """Close a window that has no connection: the browser would send what it holds back once nobody controls it."""
    page.evaluate("() => { window.fetch = () => Promise.reject(new TypeError('no connection')); }")
    page.close()


def goal_of(town: people.Town, declaration: Declaration) -> str:
    """The purpose as it stands in the database."""
    with enter(town.county):
        return str(Declaration.objects.get(pk=declaration.pk).content["purpose"]["goal"])


def test_reviewer_refuses_with_a_reason_and_the_project_ends(town: people.Town, desk_for: DeskFor) -> None:
    with enter(town.county):
        filling.hand_in(town, name=NAME)
    journey = Journey(town, desk_for, NAME, "600000")
    step = journey.open_step()
    assert step is not None
    desk = journey.desk(journey.who(step))
    desk.open_from_queue(NAME)
    journey.decide(desk, "refuse", "")
    assert desk.errors() != []
    assert journey.open_step() is not None
    journey.decide(desk, "refuse", "与在建的市级平台重复，不宜另建。")
    assert desk.errors() == []
    assert journey.project.standing == Standing.REFUSED
    journey.filer.go(f"projects/{journey.project.pk}/")
    assert "不宜另建" in journey.filer.page.inner_text("main") + _history(journey)


def _history(journey: Journey) -> str:
    journey.filer.go(f"projects/{journey.project.pk}/history/")
    return journey.filer.page.inner_text("main")


def test_lost_connection_keeps_what_was_typed_and_brings_it_back(town: people.Town, desk_for: DeskFor) -> None:
    declaration = draft(town)
    desk = desk_for(town, town.filer)
    desk.go(f"filings/{declaration.pk}/edit/")
    context = desk.page.context
    context.set_offline(True)
    desk.page.fill("[name=purpose-goal]", "断网时写下的建设目的。")
    saved(desk.page, "failed")
    close_offline(desk.page)
    context.set_offline(False)
    desk.page = context.new_page()
    desk.go(f"filings/{declaration.pk}/edit/")
    assert desk.page.input_value("[name=purpose-goal]") == "断网时写下的建设目的。"
    saved(desk.page, "saved")
    assert goal_of(town, declaration) == "断网时写下的建设目的。"


def test_unsaved_text_stays_with_its_person_on_a_shared_computer(
    town: people.Town, desk_for: DeskFor, live_server
) -> None:
    declaration = draft(town)
    desk = desk_for(town, town.filer)
    desk.go(f"filings/{declaration.pk}/edit/")
    before = desk.page.input_value("[name=purpose-goal]")
    desk.page.context.set_offline(True)
    desk.page.fill("[name=purpose-goal]", "还没有保存的话。")
    saved(desk.page, "failed")
    close_offline(desk.page)
    desk.page.context.set_offline(False)
    sign_in(desk.page.context, town.second_filer, live_server.url)
    desk.page = desk.page.context.new_page()
    desk.go(f"filings/{declaration.pk}/edit/")
    assert desk.page.input_value("[name=purpose-goal]") == before


def test_double_click_hands_in_once(town: people.Town, desk_for: DeskFor) -> None:
    declaration = draft(town)
    desk = desk_for(town, town.filer)
    desk.go(f"filings/{declaration.pk}/edit/")
    desk.press(desk.page.locator("#declaration .form-foot button.btn-primary"))
    with desk.page.expect_navigation():
        desk.page.locator("main form[action$='/submit/'] button.btn-primary").dblclick()
    expect(desk.page.locator("[data-print]")).to_be_visible()
    with enter(town.county):
        assert Declaration.objects.get(pk=declaration.pk).state == FilingState.SUBMITTED
        assert FilingRevision.objects.filter(filing=declaration).count() == 1


def test_handing_in_right_after_typing_is_not_taken_for_a_stale_window(town: people.Town, desk_for: DeskFor) -> None:
    declaration = draft(town)
    desk = desk_for(town, town.filer)
    desk.go(f"filings/{declaration.pk}/edit/")
    # A save is under way, more is typed, and the button is pressed at once.
    with desk.page.expect_request("**/save/"):
        desk.page.fill("[name=purpose-goal]", "边写边交的建设目的。")
    desk.page.fill("[name=purpose-goal]", "边写边交的建设目的，又补了一句。")
    desk.press(desk.page.locator("#declaration .form-foot button.btn-primary"))
    assert desk.errors() == []
    desk.press(desk.page.locator("main form[action$='/submit/'] button.btn-primary"))
    assert goal_of(town, declaration) == "边写边交的建设目的，又补了一句。"
    with enter(town.county):
        assert Declaration.objects.get(pk=declaration.pk).state == FilingState.SUBMITTED


def test_queue_is_worked_by_keyboard(town: people.Town, desk_for: DeskFor) -> None:
    with enter(town.county):
        filling.hand_in(town, name="第一个排队的项目", content="建设课堂互动。")
        filling.hand_in(town, name="食堂采购台账系统", content="采购、验收、留样台账。")
    desk = desk_for(town, town.secretary)
    desk.go("queue/")
    page = desk.page
    rows = page.locator("tr[data-row]")
    assert rows.count() == 2
    expect(rows.nth(0)).to_be_focused()  # without a single Tab
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("Space")
    expect(rows.nth(1).locator("input[type=checkbox]")).to_be_checked()
    expect(page.locator("button[name=claim]")).to_be_enabled()
    page.keyboard.press("Home")
    expect(rows.nth(0)).to_be_focused()
    name = rows.nth(0).locator(".main-link").inner_text()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert name in page.inner_text("h1")
