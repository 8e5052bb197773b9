"""The way of a project through the pages from the decision to the end of the implementation, in any county."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urljoin

from approvals.kinds.meetings import MeetingDecision
from approvals.models import Opinion
from jurisdictions.scope import enter
from projects.models import Project
from tests.browser.desk import Desk, sign_in
from tests.browser.journey import SEND, Journey, file_of
from tests.people import Person
from workflow.clocks.clock import today
from workflow.models import Filing, FilingState, Step, StepState
from workflow.route.kinds import kind_of

PHASES = ("initiation", "approval", "implementation")


@dataclass
class Way(Journey):
    """One project after its decision and everybody who meets it."""

    window: Desk | None = None
    ended: list[str] = field(default_factory=list)  # keys of the steps, in the order they ended

    def desk(self, person: Person) -> Desk:
        """One window that people take in turns, as at a shared machine: styles and scripts are fetched once."""
        if self.window is None:
            self.window = self.desk_for(self.town, person)
        elif self.window.person != person:
            sign_in(self.window.page.context, person, urljoin(self.window.page.url, "/"))
            self.window.person = person
        return self.window

    def steps(self) -> list[Step]:
        """What is open before the acceptance, in the order of the route."""
        with enter(self.town.county):
            found = Step.objects.select_related("office", "project__owner_unit").filter(
                project__name=self.name, state__in=(StepState.OPEN, StepState.WAITING), phase__in=PHASES
            )
            return list(found.order_by("position"))

    def walk(self) -> None:
        """Every step by whom the route names, until the implementation has ended."""
        while opened := self.steps():
            moved = any(self.carry_out(step) for step in opened)
            assert moved, [(step.key, step.state) for step in opened]

    def carry_out(self, step: Step) -> bool:
        """Whether somebody could act on an open step; what is asked, its page says."""
        if draft := self.draft_of(step):
            self.hand_in_papers(draft)
            return True
        desk = self.desk(self.person_of(step))
        desk.go(f"steps/{step.pk}/")
        page = desk.page
        if isinstance(kind_of(step), MeetingDecision):
            self.meet(desk)
        elif page.locator("form[action$='/record/']").count():
            self.record(desk)
        elif self.asked_opinions(step):
            self.give_opinions(step)
            return True
        elif page.locator("form[action$='/decide/']").count():
            self.reply(desk)
        else:
            return False
        assert desk.errors() == [], (step.key, desk.errors())
        with enter(self.town.county):
            state = Step.objects.get(pk=step.pk).state
        assert state == StepState.DONE, (step.key, state)
        self.ended.append(step.key)
        return True

    def person_of(self, step: Step) -> Person:
        """Somebody whose work a step is: of the unit who files, of an office who may."""
        if step.authority == "owner" or step.office_id == step.project.owner_unit_id:
            return self.town.filer
        return self.who(step)

    def draft_of(self, step: Step) -> Filing | None:
        """What the unit has still to hand in for a step."""
        with enter(self.town.county):
            return Filing.objects.filter(step=step, kind=step.key, state=FilingState.DRAFT).first()

    def asked_opinions(self, step: Step) -> bool:
        with enter(self.town.county):
            return Opinion.objects.filter(step=step, state="asked").exists()

    def hand_in_papers(self, filing: Filing) -> None:
        """The unit fills in what it prepares, adds the papers, hands in."""
        desk = self.filer
        desk.go(f"filings/{filing.pk}/edit/")
        page = desk.page
        page.fill("[name=content-summary]", "建设内容和规模")
        page.check("[name=content-beyond][value=no]")
        if page.locator("[name=money-total]").count():
            page.fill("[name=money-total]", self.amount)
            if not page.locator("[name=money-lines-0-line]").count():
                page.locator("[data-add-line]").click()
            page.select_option("[name=money-lines-0-line]", "hardware")
            page.fill("[name=money-lines-0-amount]", self.amount)
        for place in page.locator("input[type=file][id^=id_papers-]").all():
            name = place.get_attribute("name") or ""
            place.set_input_files(file_of(name.removeprefix("papers-")))
            page.locator(f'[data-paper="{name}"] .upload-files').wait_for()
        desk.press(page.locator("form[data-filing] .form-foot button.btn-primary"))
        assert desk.errors() == [], (filing.kind, desk.errors())
        desk.press(page.locator("main form[action$='/submit/'] button.btn-primary"))

    def reply(self, desk: Desk) -> None:
        """Approve, with what a reply says: number and sum."""
        form = desk.page.locator("form[action$='/decide/']")
        choice = desk.page.locator("[data-choice=main][data-value=approve]")
        if choice.get_attribute("aria-expanded") != "true":
            choice.click()
        if form.locator("[name=importance]").count():
            form.locator("[name=importance][value=general]").check()
        if form.locator("[name=number]").count():
            form.locator("[name=number]").fill("批〔2026〕8号")
        if form.locator("[name=amount]").count():
            form.locator("[name=amount]").fill(self.amount)
        for place in form.locator("input[type=file]").all():
            place.set_input_files(file_of((place.get_attribute("name") or "").removeprefix("paper-")))
        form.locator("[name=reason]").fill("经审核，同意。")
        desk.press(desk.page.locator(SEND))

    def record(self, desk: Desk) -> None:
        """Write down what was done, of a procurement who won it and for how much."""
        form = desk.page.locator("form[action$='/record/']")
        choice = desk.page.locator("[data-choice=main]").first
        if choice.get_attribute("aria-expanded") != "true":
            choice.click()
        if form.locator("[name=mode]").count():
            form.locator("[name=mode]").select_option("open_tender")
            form.locator("[name=supplier]").fill("德信数字技术有限公司")
            form.locator("[name=amount]").fill(self.amount)
        form.locator("[name=on]").fill(today().isoformat())
        form.locator("[name=number]").fill("〔2026〕12号")
        for place in form.locator("input[type=file]").all():
            place.set_input_files(file_of((place.get_attribute("name") or "").removeprefix("paper-")))
        desk.press(desk.page.locator(SEND))


def in_wan(project: Project) -> str:
    """A project's investment as it is typed."""
    return f"{(project.investment or 0) / 10_000:f}"
