"""A reviewer's work: what is asked stands in sight, few clicks, the next item after each, also on a phone and without
scripts."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from jurisdictions.scope import enter
from tests import people
from tests.approvals.work import declared
from tests.browser.axe import width_of
from tests.browser.conftest import PHONE
from tests.browser.desk import DeskFor
from workflow.models import Step, StepState

pytestmark = pytest.mark.django_db(transaction=True)

REASON = "建设必要，方案可行。"


@pytest.fixture
def town() -> people.Town:
    """A county with two projects before the conference office."""
    town = people.make_town("dean")
    for name in ("智慧校园综合管理平台", "食堂采购台账系统"):
        declared(town, until="preliminary_evaluation", name=name)
    return town


@pytest.fixture
def first(town: people.Town) -> Step:
    """The step that stands first in the queue."""
    with enter(town.county):
        return Step.objects.filter(key="preliminary_evaluation", state=StepState.OPEN).order_by("pk")[0]


def in_sight(page: Page) -> Iterator[bool]:
    """Whether each button of the bar lies within the window as the page opens."""
    height = page.evaluate("window.innerHeight")
    for button in page.locator("[data-choice]").all():
        box = button.bounding_box()
        yield box is not None and box["y"] >= 0 and box["y"] + box["height"] <= height


def ended(town: people.Town, step: Step) -> str:
    with enter(town.county):
        return str(Step.objects.get(pk=step.pk).outcome)


def test_a_review_takes_three_clicks_and_the_next_item_follows(
    town: people.Town, first: Step, desk_for: DeskFor
) -> None:
    desk = desk_for(town, town.secretary)
    desk.go("queue/")
    row = desk.page.locator("tr[data-row]").first
    desk.press(row.locator("td").last)  # the whole row opens
    assert all(in_sight(desk.page))
    top = desk.page.evaluate("scrollY")
    desk.page.click("[data-choice][data-value=approve]")
    expect(desk.page.locator("#act-main")).to_be_visible()
    assert desk.page.locator("#act-return").is_hidden()
    assert desk.page.evaluate("scrollY") == top  # nothing jumps
    desk.page.fill("#act-main [name=reason]", REASON)
    desk.press(desk.page.locator("#act-main [data-send]"))
    assert ended(town, first) == "approve"
    expect(desk.page.locator(".next-item")).to_contain_text("下一件")
    expect(desk.page.locator(".toast-box")).to_contain_text(re.compile("通过，转.+，已通知"))


def test_a_leader_approves_on_a_phone_by_two_taps_and_a_confirmation(
    town: people.Town, first: Step, desk_for: DeskFor
) -> None:
    desk = desk_for(town, town.secretary, viewport=PHONE, has_touch=True)
    desk.go("queue/")
    desk.press(desk.page.locator("tr .main-link").first)
    assert all(in_sight(desk.page))
    desk.page.tap("[data-choice][data-value=approve]")
    desk.page.fill("#act-main [name=reason]", REASON)
    assert all(in_sight(desk.page))
    assert width_of(desk.page) <= PHONE["width"]
    desk.press(desk.page.locator("#act-main [data-send]"))
    assert ended(town, first) == "approve"


def test_what_ends_a_project_is_asked_once_more_and_can_be_left(
    town: people.Town, first: Step, desk_for: DeskFor
) -> None:
    desk = desk_for(town, town.secretary)
    desk.go(f"steps/{first.pk}/")
    page = desk.page
    page.click("[data-choice][data-value=refuse]")
    page.fill("#act-main [name=reason]", "与市级平台重复。")
    page.click("#act-main [data-send]")
    dialog = page.locator("#act-second")
    expect(dialog).to_contain_text("此操作不可撤回")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert ended(town, first) == ""
    page.route("**/decide/", lambda route: route.fulfill(status=204))  # nothing is carried out and the page stays
    page.click("#act-main [data-send]")
    with page.expect_request("**/decide/"):
        page.click("[data-second-confirm]")
    page.unroute("**/decide/")
    page.evaluate("window.dispatchEvent(new Event('pageshow'))")
    page.click("#act-main [data-send]")
    expect(dialog).to_be_visible()
    desk.press(page.locator("[data-second-confirm]"))
    assert ended(town, first) == "refuse"


def test_the_bar_hides_no_focus_and_closes_by_key(town: people.Town, first: Step, desk_for: DeskFor) -> None:
    desk = desk_for(town, town.secretary)
    desk.go(f"steps/{first.pk}/")
    page = desk.page
    page.locator("#content").focus()
    for _press in range(40):
        page.keyboard.press("Tab")
        bottom = page.evaluate("document.activeElement.getBoundingClientRect().bottom")
        inside = page.evaluate("Boolean(document.activeElement.closest('.act'))")
        bar = page.locator(".act").bounding_box()
        assert bar is not None
        if inside:
            break
        assert bottom <= bar["y"] + 1
    page.keyboard.press("Enter")
    expect(page.locator(".act-panel.is-open")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator(".act-panel.is-open")).to_have_count(0)
    expect(page.locator("[data-choice]").first).to_be_focused()


def test_without_scripts_the_forms_stand_below_and_work(town: people.Town, first: Step, desk_for: DeskFor) -> None:
    desk = desk_for(town, town.secretary, java_script_enabled=False)
    desk.page.goto(f"/{town.code}/steps/{first.pk}/")
    desk.page.check("#act-main [name=outcome][value=approve]")
    desk.page.fill("#act-main [name=reason]", REASON)
    with desk.page.expect_navigation():
        desk.page.click("#act-main [data-send]")
    assert ended(town, first) == "approve"


def test_a_refused_return_opens_again_with_what_was_typed(town: people.Town, first: Step, desk_for: DeskFor) -> None:
    desk = desk_for(town, town.secretary)
    desk.go(f"steps/{first.pk}/")
    page = desk.page
    page.click("[data-choice=return]")
    page.fill("#act-return [name=reason]", "请全面核对。")
    desk.press(page.locator("#act-return [data-send]"))
    assert desk.errors() != []
    expect(page.locator("#act-return")).to_be_visible()
    assert page.input_value("#act-return [name=reason]") == "请全面核对。"
    assert ended(town, first) == ""
