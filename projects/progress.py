"""Where a project is: now, in one sentence with what is asked of me; and its route, phase by phase."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actors import Actor
from jurisdictions.rules.vocabulary import PHASES
from jurisdictions.templatetags.xunzhang import daysleft, waited
from projects.models import Project, ProjectState
from projects.project_page import declaration_of
from workflow import stages
from workflow.clocks import due
from workflow.clocks.clock import day_of
from workflow.desk.words import word
from workflow.models import OF_THE_UNIT, Duty, Filing, FilingState, Step, StepState
from workflow.route.kinds import kind_of

STEP_STATES = {
    StepState.DONE: "done",
    StepState.OPEN: "present",
    StepState.WAITING: "returned",
    StepState.REFUSED: "refused",
    StepState.SKIPPED: "skipped",
    StepState.CANCELLED: "skipped",
    StepState.SUPERSEDED: "done",
    StepState.COMING: "coming",
}


def route_line(
    project: Project, steps: Sequence[Step], clocks: Sequence[due.Due], hanging: Mapping[int, due.Hanging]
) -> list[dict[str, Any]]:
    """The route as `<c-route>` shows it: state, office, since when, by when, and why."""
    line = []
    for step in steps:
        clock, whose, note = next((one for one in clocks if one.step_id == step.pk), None), "", ""
        if now := hanging.get(step.pk):
            clock, note = now.due, waited(now.waited)
            note = note if clock else f"{daysleft(None)} · {note}"
            # Who is waited for where it is not the office that has the step, as one asked for its opinion.
            whose = now.who if now.who != step.office_name else ""
        line.append(
            {
                "key": step.key,
                "label": step.name,
                "state": STEP_STATES[StepState(step.state)],
                "office": step.office_name,
                "articles": step.articles,
                "done_on": step.closed_at,
                "whose": whose,
                "left": clock.left if clock else None,
                "due": clock.due if clock else None,
                "provisional": clock.provisional if clock else False,
                "paused": clock.paused if clock else False,
                "unit": clock.unit if clock else "working_day",
                "said": clock.said if clock else "",
                "silence": clock.silence if clock else "",
                "tacit": step.tacit,
                "note": note,
                "phase": str(PHASES.get(step.phase, step.phase)),
                "url": "" if step.state == StepState.COMING or kind_of(step).handed_in else step_url(project, step),
            }
        )
    return line


def step_url(project: Project, step: Step) -> str:
    """The decision page of a step."""
    return stages.page("step", project.county.code, pk=step.pk)


@dataclass
class Asked:
    """Something this person is asked to do now, with its button."""

    text: str
    action: str
    url: str
    tone: str = "info"
    articles: list[str] = field(default_factory=list)
    step_id: int | None = None


def asked_of_me(actor: Actor, project: Project, steps: list[Any]) -> list[Asked]:
    """What waits for the person on this project: a draft, a correction, their office's work (`work` of the steps)."""
    code, declaration = project.county.code, declaration_of(project)
    found = []
    files = actor.may("declaration.file") and actor.in_office(project.applicant_id)
    if declaration is not None and files and declaration.state in (FilingState.DRAFT, FilingState.RETURNED):
        edit = reverse("workflow:filing_edit", kwargs={"county": code, "pk": declaration.pk})
        if declaration.state == FilingState.DRAFT:
            found.append(
                Asked(_("This declaration is a draft: complete it and hand it in."), _("Go on with the form"), edit)
            )
        else:
            found.append(
                Asked(
                    _("The declaration was returned: correct the named sections and hand it in again."),
                    _("Correct now"),
                    edit,
                    "warn",
                )
            )
    for row in getattr(project, "unsent", ()):
        if actor.may(stages.filings()[row["kind"]].permission) and actor.in_office(row["unit"]):
            found.append(_unsent(project, row))
    for row in getattr(project, "beside", ()):
        if actor.in_office(row["office_id"]):
            name = word(row["about"])
            url = stages.page(row["about"], code, pk=row["record_id"])
            found.append(Asked(_("“%(what)s” waits for your office.") % {"what": name}, name, url, "warn"))
    waiting = [(step, Duty(duty)) for step in steps for duty in _duties(actor, step) if step.state != StepState.WAITING]
    for step, duty in waiting:
        if duty in OF_THE_UNIT:
            continue
        what = {
            Duty.DECIDE: _("“%(step)s” waits for your office’s decision."),
            Duty.OPINION: _("“%(step)s” waits for your office’s opinion."),
            Duty.RECORD: _("“%(step)s” waits for your office’s record."),
        }[duty] % {"step": step.name}
        action = {Duty.DECIDE: _("Decide"), Duty.OPINION: _("Give an opinion"), Duty.RECORD: _("Record")}[duty]
        found.append(Asked(what, action, step_url(project, step), articles=step.articles, step_id=step.pk))
    return found


def _duties(actor: Actor, step: Any) -> list[str]:
    """What a step asks of the person's office now."""
    return [one["duty"] for one in step.work if actor.in_office(one["office_id"])]


def _unsent(project: Project, row: Mapping[str, Any]) -> Asked:
    """Something that the unit is writing, or corrects, for a step."""
    kind = stages.filings()[row["kind"]]
    edit = kind.url(Filing(pk=row["pk"], kind=row["kind"]))
    if row["state"] == FilingState.DRAFT:
        return Asked(
            _("“%(what)s” is a draft: complete it and hand it in.") % {"what": kind.label},
            _("Go on with the form"),
            edit,
            step_id=row["step"],
        )
    said = _("“%(what)s” was returned: correct the named sections and hand it in again.") % {"what": kind.label}
    return Asked(said, _("Correct now"), edit, "warn", step_id=row["step"])


# --- now ------------------------------------------------------------------------------------------------------


@dataclass
class Now:
    """One thing that goes on: its name, where it hangs, and what is asked of the person, with buttons."""

    name: str
    hanging: due.Hanging | None = None
    is_returned: bool = False
    asked: list[Asked] = field(default_factory=list)

    @property
    def tone(self) -> str:
        """How it is set off."""
        if self.asked:
            return self.asked[0].tone
        return "warn" if self.is_returned else "neutral"


def now_of(actor: Actor, project: Project, steps: Sequence[Any], hanging: Mapping[int, due.Hanging]) -> list[Now]:
    """What goes on with a project, the person's own first; nothing of one that has ended."""
    if project.state == ProjectState.ENDED:
        return []
    asked = asked_of_me(actor, project, list(steps))
    active = [step for step in steps if step.state in (StepState.OPEN, StepState.WAITING)]
    found = [
        Now(
            step.name,
            hanging.get(step.pk),
            step.state == StepState.WAITING,
            [one for one in asked if one.step_id == step.pk],
        )
        for step in active
    ]
    others = [one for one in asked if one.step_id is None]
    if others and len(active) == 1:
        found[0].asked += others
    elif others:
        found += [Now(one.text, asked=[one]) for one in others]
    if not found and project.state == ProjectState.DRAFT:
        found.append(Now(_("Draft, not handed in yet")))
    elif not found and steps:
        following = next((step.name for step in steps if step.state == StepState.COMING), "")
        found.append(Now(_("Nothing under way; next: %(step)s") % {"step": following} if following else _("All done")))
    return sorted(found, key=lambda one: not one.asked)


# --- phases ---------------------------------------------------------------------------------------------------


@dataclass
class Phase:
    """A phase of the route: its steps as `<c-route>` shows them, and its state in a line."""

    name: str
    steps: list[dict[str, Any]]
    is_open: bool = False  # something goes on in it, is next in it, or ended the project there

    @property
    def state(self) -> str:
        """`refused`, `present`, `done` or `coming`."""
        states = {step["state"] for step in self.steps}
        if "refused" in states:
            return "refused"
        if self.is_open:
            return "present"
        return "done" if states <= {"done", "skipped"} and "done" in states else "coming"

    @property
    def done(self) -> int:
        """How many of its steps are done."""
        return sum(step["state"] == "done" for step in self.steps)

    @property
    def days(self) -> tuple[Any, Any]:
        """The first and the last day on which a step of it was done."""
        days = sorted(day_of(step["done_on"]) for step in self.steps if step["state"] == "done" and step["done_on"])
        return (days[0], days[-1]) if days else (None, None)


def phases_of(line: Iterable[dict[str, Any]]) -> list[Phase]:
    """The route phase by phase: the present ones open, else the one that comes next."""
    found = [Phase(name, list(steps)) for name, steps in groupby(line, key=lambda step: step["phase"])]
    for wanted in ({"present", "returned", "refused"}, {"coming"}):
        here = [phase for phase in found if any(step["state"] in wanted for step in phase.steps)]
        if here:
            for phase in here if "coming" not in wanted else here[:1]:
                phase.is_open = True
            break
    return found
