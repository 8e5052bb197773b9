"""The pictures of docs/howto/, taken on the demonstration: `make pictures` writes them, the tests only look."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from django.conf import settings
from playwright.sync_api import BrowserContext, Page

from accounts.models import Membership
from accounts.roles import Role
from jurisdictions.models import County
from jurisdictions.scope import enter
from projects.models import Declaration
from tests.browser.conftest import DESKTOP, PHONE
from workflow.models import Deadline, FilingState

FOLDER = settings.BASE_DIR / "docs" / "howto" / "pictures"
FIRST_ROW = "tbody a.main-link"
DRAW = "main a[href*='/experts/draws/']"
SMALL = """async source => {
  const image = new Image();
  image.src = source;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), {width: image.width, height: image.height});
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL("image/webp", 0.85);
}"""


@dataclass(frozen=True)
class Scene:
    """A picture: who looks, at which page, having pressed what, and the words that must stand there.

    `words` are those that the instructions speak of: where one is missing, page and instructions have parted.
    """

    name: str
    role: Role
    path: str
    words: tuple[str, ...]
    press: tuple[str, ...] = ()  # what is pressed on the way, by selector
    phone: bool = False

    @property
    def file(self) -> str:
        return f"{self.name}{'-phone' if self.phone else ''}.webp"


SCENES = (
    Scene("declarations", Role.FILER, "declarations/", ("申报项目",)),
    Scene("declaration", Role.FILER, "filings/{draft}/edit/", ("基本情况", "提交")),
    Scene("queue", Role.REVIEWER, "queue/", ("待办",)),
    Scene("step", Role.REVIEWER, "queue/", ("通过", "退回补正"), press=(FIRST_ROW,)),
    Scene("step", Role.OFFICE_HEAD, "queue/", ("通过",), press=(FIRST_ROW,), phone=True),
    Scene("project", Role.REVIEWER, "projects/", ("时限台账", "办理记录"), press=(FIRST_ROW,)),
    Scene("ledger", Role.REVIEWER, "projects/{clocked}/deadlines/", ("各方延误", "逐日计算")),
    Scene("forecast", Role.REVIEWER, "projects/{clocked}/deadlines/#outlook", ("后续各环节最迟何时办完",)),
    Scene("draw", Role.REVIEWER, "experts/reviews/", ("承诺值", "核验方法"), press=(FIRST_ROW, DRAW)),
    Scene("delegation", Role.REVIEWER, "delegations/", ("委托",)),
    Scene("meeting", Role.SECRETARY, "meetings/new/", ("生成议程",)),
    Scene("calls", Role.OFFICE_HEAD, "calls/", ("征集",)),
    Scene("rules", Role.REVIEWER, "rules/", ("程序",)),
    Scene("people", Role.COUNTY_ADMIN, "people/", ("添加人员",)),
    Scene("calendar", Role.COUNTY_ADMIN, "calendar/", ("工作日历",)),
    Scene("audit", Role.AUDITOR, "audit/", ("审计日志",)),
)


def signed_in(context: BrowserContext, county: County, role: Role) -> Page:
    """A page of the first person of a role; of a filer, whose unit has a draft."""
    with enter(county):
        people = Membership.objects.filter(role=role, user__is_demo=True).order_by("pk")
        person = people.filter(office_id=_draft(county).project.applicant_id)[0] if role == Role.FILER else people[0]
    page = context.new_page()
    page.goto("/demo/")
    with page.expect_navigation():
        page.locator(f"button[name=person][value='{person.user_id}-{person.pk}']").click()
    return page


def _draft(county: County) -> Declaration:
    with enter(county):
        drafts = Declaration.objects.select_related("project").filter(state=FilingState.DRAFT)
        return drafts.order_by("pk")[0]


def _clocked(county: County) -> int:
    """A project with a clock that is overdue."""
    with enter(county):
        late = Deadline.objects.unended().filter(step__isnull=False, project__isnull=False)
        return late.order_by("due_on").values_list("project", flat=True)[0]


def missing(page: Page, county: County, scene: Scene) -> list[str]:
    """Open a scene; the words that are missing there."""
    page.set_viewport_size(PHONE if scene.phone else DESKTOP)
    page.goto(f"/{county.code}/{scene.path.format(draft=_draft(county).pk, clocked=_clocked(county))}")
    for selector in scene.press:
        with page.expect_navigation():
            page.locator(selector).first.click()
    text = page.locator("body").inner_text()
    return [f"{scene.file}: {word}" for word in scene.words if word not in text]


def take(context: BrowserContext, page: Page, scene: Scene) -> None:
    """Write a scene's picture, made small by the browser itself; `page` shows it."""
    png = base64.b64encode(page.screenshot()).decode()
    blank = context.new_page()
    made = blank.evaluate(SMALL, f"data:image/png;base64,{png}")
    blank.close()
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / scene.file).write_bytes(base64.b64decode(made.partition(",")[2]))
