"""The way of a declaration through the pages, in any county: who acts, and what is asked, the program itself says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import FilePayload, Locator

from approvals.kinds.meetings import MeetingDecision
from approvals.kinds.reviews import JointReview
from approvals.models import Opinion
from demo.papers import pdf
from jurisdictions.scope import enter
from projects.models import Declaration, Project
from tests.browser.desk import Desk, DeskFor
from tests.people import Person, Town, scope_answers
from workflow.clocks.clock import today
from workflow.models import Step, StepState
from workflow.route.kinds import kind_of

# Answers every empty question that is open: what is typed, chosen and ticked fires the page's own events.
ANSWER = """known => {
  const form = document.getElementById("declaration");
  let answered = 0;
  const set = (field, value) => {
    if (field.type === "radio") { field.checked = true; } else { field.value = value; }
    field.dispatchEvent(new Event("input", {bubbles: true}));
    field.dispatchEvent(new Event("change", {bubbles: true}));
    answered += 1;
  };
  for (const field of [...form.elements]) {
    const name = field.name;
    if (!name || field.disabled || ["hidden", "file", "submit", "button", "checkbox"].includes(field.type)) continue;
    if (name.startsWith("outline-") || name.startsWith("priority-")) continue;
    if (field.type === "radio") {
      const chosen = form.querySelector(`[name="${name}"]:checked`);
      if (!chosen && field.value === "no") set(field, "no");
    } else if (field.value.trim()) continue;
    else if (name in known) set(field, known[name]);
    else if (name.endsWith("-vendor")) set(field, "供应商" + name.replace(/\\D/g, "") + "有限公司");
    else if (name.startsWith("quotes-") && name.endsWith("-amount")) set(field, known["money-investment"]);
    else if (name.endsWith("-0-amount")) set(field, known["money-investment"]);
    else if (field.type === "date") set(field, known.before);
    else if (field.tagName === "SELECT") set(field, [...field.options].find(option => option.value).value);
    else if (name.startsWith("form-")) set(field, "李四");
    else if (field.tagName === "TEXTAREA") set(field, "已按规则作出安排，内容见技术方案，责任科室和时间节点已明确。");
  }
  return answered;
}"""


def file_of(name: str) -> FilePayload:
    """A PDF to choose in a file field."""
    return {"name": f"{name}.pdf", "mimeType": "application/pdf", "buffer": pdf(name, ["浏览器测试所用文件"])}


SEND = ".act-panel.is-open [data-send]"


@dataclass
class Journey:
    """One declaration and everybody who meets it."""

    town: Town
    desk_for: DeskFor
    name: str
    amount: str
    desks: dict[int, Desk] = field(default_factory=dict)
    passed: list[str] = field(default_factory=list)  # keys of the steps

    def desk(self, person: Person) -> Desk:
        """The person's browser; each keeps theirs."""
        if person.user.pk not in self.desks:
            self.desks[person.user.pk] = self.desk_for(self.town, person)
        return self.desks[person.user.pk]

    @property
    def filer(self) -> Desk:
        return self.desk(self.town.filer)

    # --- what stands in the database ----------------------------------------------------------------------------

    @property
    def project(self) -> Project:
        with enter(self.town.county):
            return Project.objects.get(name=self.name)

    @property
    def declaration(self) -> Declaration:
        with enter(self.town.county):
            return Declaration.objects.get(project__name=self.name)

    def open_step(self) -> Step | None:
        """The step that waits for somebody now."""
        with enter(self.town.county):
            return (
                Step.objects.select_related("office")
                .filter(project__name=self.name, state__in=(StepState.OPEN, StepState.WAITING))
                .first()
            )

    def who(self, step: Step, permission: str = "", office_id: int | None = None) -> Person:
        """A person whose work a step is."""
        office, wanted = office_id or step.office_id, permission or kind_of(step).permission(step)
        return next(one for one in self.town.people.values() if one.office.pk == office and one.actor.may(wanted))

    # --- declaring ----------------------------------------------------------------------------------------------

    def declare(self) -> None:
        """From the question of scope to a declaration that is handed in."""
        desk = self.filer
        desk.go("declarations/")
        desk.press(desk.page.locator("a.btn-primary[href$='/declarations/new/']"))
        for name, answer in scope_answers(self.town.code).items():
            desk.page.check(f"[name={name}][value={answer}]")
        desk.press(desk.page.locator("main form button.btn-primary"))
        page = desk.page
        page.fill("[name=basics-name]", self.name)
        page.check("[name=basics-action][value=new]")
        page.check("[name=basics-category][value=application]")
        page.fill("[name=money-investment]", self.amount)
        page.locator("[name=money-investment]").blur()
        page.wait_for_selector("#route-preview .preview-steps li")

        # Handed in too early: everything that is missing is named, and what was typed is still there.
        desk.press(self.hand_in)
        assert len(desk.errors()) > 5
        assert page.input_value("[name=basics-name]") == self.name

        while page.evaluate(ANSWER, self.known()):
            desk.press(page.locator("#declaration .form-foot button.btn-plain"))
        for _round in range(3):
            if not self.add_files(desk):
                break
        desk.press(self.hand_in)
        assert desk.errors() == [], desk.errors()
        desk.press(self.confirm)
        assert self.project.number in page.inner_text("main")  # the receipt, which says what comes next
        assert page.locator("main .panel dl dt").count() >= 1

    @property
    def hand_in(self) -> Locator:
        return self.filer.page.locator("#declaration .form-foot button.btn-primary")

    @property
    def confirm(self) -> Locator:
        return self.filer.page.locator("main form[action$='/submit/'] button.btn-primary")

    def known(self) -> dict[str, Any]:
        """Answers that must be believable, by the name of their field."""
        year = today().year + 1
        return {
            "basics-starts_on": f"{year}-03-02",
            "basics-ends_on": f"{year}-11-30",
            "basics-place": "县城",
            "basics-contact": "张三",
            "basics-phone": "010-0000-0000",
            "money-investment": self.amount,
            "money-lines-0-year": str(year),
            "before": today().replace(day=1).isoformat(),
        }

    def add_files(self, desk: Desk) -> bool:
        """Choose a file for every paper that is required and not there yet. False: nothing to add."""
        required = desk.page.locator(
            "#declaration .field:not(:has(.field-mark)):not(:has(.upload-files)) input[type=file][id^=id_papers-]"
        )
        chosen = [place.get_attribute("name") or "" for place in required.all()]
        for name in chosen:
            desk.page.locator(f'[name="{name}"]').set_input_files(file_of(name.removeprefix("papers-")))
            desk.page.locator(f'[data-paper="{name}"] .upload-files').wait_for()  # sent as soon as it is chosen
        return bool(chosen)

    # --- correcting ---------------------------------------------------------------------------------------------

    def send_back_and_correct(self, desk: Desk) -> None:
        """The office names a section; the unit corrects only that; the office sees what changed."""
        page = desk.page
        page.click("[data-choice=return]")
        page.check("[name=pick-purpose]")
        page.fill("[name=section-purpose]", "请补充建设内容的数量和范围。")
        desk.press(page.locator(SEND))

        filer = self.filer
        filer.open_from_queue(self.name)
        filer.press(filer.page.locator(".asked a.btn-primary"))
        corrected = filer.page.locator("#declaration [name=purpose-content]")
        assert corrected.is_enabled()
        assert filer.page.locator("#declaration [name=basics-name]:enabled").count() == 0
        assert filer.page.locator("#declaration [name=money-investment]:enabled").count() == 0
        corrected.fill("建设业务系统一套，覆盖二十三个单位，接入数据接口六个。")
        filer.press(self.hand_in)
        assert filer.errors() == []
        filer.press(self.confirm)

        desk.open_from_queue(self.name)
        assert "覆盖二十三个单位" in desk.page.locator("ins").all_inner_texts()[0]

    # --- deciding -----------------------------------------------------------------------------------------------

    def review(self) -> None:
        """Every step of the initiation, by whom the route names, until the county's rules are done with it."""
        was_returned = False
        while (step := self.open_step()) is not None and step.phase == "initiation":
            desk = self.desk(self.who(step))
            desk.open_from_queue(self.name)
            if not was_returned and desk.page.locator("form[action$='/return/']").count():
                self.send_back_and_correct(desk)
                was_returned = True
            if isinstance(kind_of(step), MeetingDecision):
                self.meet(desk)
            elif desk.page.locator("form[action$='/record/']").count():
                self.record(desk)
            else:
                if isinstance(kind_of(step), JointReview):
                    self.give_opinions(step)
                    desk.go(f"steps/{step.pk}/")
                self.decide(desk, "approve", "经审核，同意。")
            self.passed.append(step.key)
            now = self.open_step()
            assert now is None or now.pk != step.pk, f"{step.key} is still open: {desk.errors()}"
        assert was_returned

    def decide(self, desk: Desk, outcome: str, reason: str) -> None:
        """Approve or refuse on the decision page; what ends the project is asked once more."""
        form = desk.page.locator("form[action$='/decide/']")
        choice = desk.page.locator(f"[data-choice=main][data-value={outcome}]")
        if choice.get_attribute("aria-expanded") != "true":
            choice.click()
        if form.locator("[name=importance]").count():
            form.locator("[name=importance][value=general]").check()
        form.locator("[name=reason]").fill(reason)
        if outcome == "refuse" and reason:
            desk.page.click(SEND)
            desk.press(desk.page.locator("[data-second-confirm]"))
        else:
            desk.press(desk.page.locator(SEND))

    def give_opinions(self, step: Step) -> None:
        """Every office that is asked gives its opinion; the last one with conditions."""
        with enter(self.town.county):
            offices = list(Opinion.objects.filter(step=step).values_list("office_id", flat=True))
        for number, office in enumerate(offices, start=1):
            desk = self.desk(self.who(step, "opinion.give", office))
            desk.open_from_queue(self.name)
            form = desk.page.locator("form[action$='/opinion/']")
            conditional = number == len(offices)
            desk.page.click(f"[data-choice=opinion][data-value={'conditions' if conditional else 'agree'}]")
            form.locator("[name=text]").fill("方案可行。")
            if conditional:
                form.locator("[name=conditions]").fill("压减定制开发费用。")
            desk.press(desk.page.locator(SEND))
            assert desk.errors() == []

    def record(self, desk: Desk) -> None:
        """Write down what was done elsewhere, with its papers."""
        form = desk.page.locator("form[action$='/record/']")
        desk.page.locator("[data-choice=main]").first.click()
        form.locator("[name=on]").fill(today().isoformat())
        form.locator("[name=number]").fill("〔2026〕12号")
        for place in form.locator("input[type=file]").all():
            place.set_input_files(file_of((place.get_attribute("name") or "").removeprefix("paper-")))
        desk.press(desk.page.locator(SEND))
        assert desk.errors() == []

    def meet(self, desk: Desk) -> None:
        """Put the project on an agenda, hold the meeting, record its minutes."""
        page = desk.page
        desk.press(page.locator("#act a.btn-primary"))
        page.fill("[name=title]", "数字化项目会议")
        page.fill("[name=held_on]", today().isoformat())
        page.locator("tr", has_text=self.name).locator("[name=steps]").check()
        desk.press(page.locator("form[data-marks] button[type=submit]"))
        if not page.locator("[name=minutes]").count():
            desk.go("meetings/")
            desk.press(page.locator("tr a.main-link").first)
        page.fill("[name=number]", "〔2026〕5号")
        page.fill("[name=held_on]", today().isoformat())
        page.locator("[name=minutes]").set_input_files(file_of("会议纪要"))
        page.locator("select[name^=outcome-]").select_option("approve")
        desk.press(page.locator(".form-foot button.btn-primary"))
        assert desk.errors() == []
