"""The request to change what was approved: its form, and what follows from each move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import CountyRequest
from accounts.actors import SYSTEM, Actor
from accounts.models import Office
from accounts.refusals import NotPermitted, Refusal, WrongState
from approvals.changes.ruling import (
    FACTS,
    FLAGS,
    MONEY,
    PAPERS,
    WHAT,
    Base,
    Judgement,
    amounts,
    base_of,
    facts_asked,
    judge,
    papers_known,
    stage_of,
)
from approvals.changes.words import shown
from approvals.models import ChangeRequest, Outcome
from jurisdictions.fields import whole
from jurisdictions.rules.vocabulary import BESIDE, CHANGE_FACTS, CHANGE_REASONS, COST_LINES
from projects.models import CostLine, Project, ProjectState
from projects.ruling import ruleset_of
from projects.services import money
from projects.services.routing import sync_route
from workflow import stages
from workflow.clocks import deadlines
from workflow.filings import checks, services
from workflow.filings.content import text_at
from workflow.filings.form import Ask, Part, Rows, build
from workflow.filings.kinds import FilingKind
from workflow.filings.parts import Sheet
from workflow.machines.runner import perform
from workflow.models import Document, Filing, FilingState, Step
from workflow.models.documents import by_purpose
from workflow.notices import notify
from workflow.route.steps import ACTIVE, close_items, open_beside
from workflow.trail import audit

OTHER_PAPER = "change_paper"
YES_NO = (("no", gettext_lazy("No")), ("yes", gettext_lazy("Yes")))
# What the rules may say against handing it in at all.
BARRED = (Outcome.FORBIDDEN, Outcome.REDECLARE)


@dataclass(frozen=True)
class Reading:
    """What the form is shown from besides its content."""

    papers: list[Document]
    base: Base


class ChangeKind(FilingKind[Filing]):
    """A change of what was approved. The rules say what it takes; their answer stands beside the form."""

    key = BESIDE
    label = gettext_lazy("Request to change what was approved")
    permission = "owner.record"
    template = "approvals/change_edit.html"

    # --- the form -----------------------------------------------------------------------------------------------

    def sections(self) -> Sequence[str]:
        return (WHAT, FACTS, MONEY, PAPERS)

    def reading(self, filing: Filing) -> Reading:
        return Reading(list(self.papers(filing)), base_of(filing.project))

    def sheet(
        self, filing: Filing, content: Mapping[str, Any] | None = None, *, reading: Reading | None = None
    ) -> Sheet:
        typed = filing.content if content is None else content
        read = reading or self.reading(filing)
        judged = judge(filing.project, typed, read.base)
        return build(self._parts(filing, judged), typed, by_purpose(read.papers))

    def _parts(self, filing: Filing, judged: Judgement) -> list[Part]:
        rules = ruleset_of(filing.project.rule_version)
        asked, articles = facts_asked(rules), judged.articles
        names = [str(rules.document(key).name) for key in judged.papers]
        papers = [
            Ask(key, name, "paper", required=True, articles=articles)
            for key, name in zip(judged.papers, names, strict=True)
        ]
        facts = [
            Ask(key, CHANGE_FACTS[key].label, "radio", required=key in asked, choices=YES_NO)
            for key in FLAGS
            if key in asked or not key.startswith("exceeds_")
        ]
        return [
            Part(
                WHAT,
                _("What changes, and why"),
                asks=(
                    Ask("title", _("In one line"), required=True, limit=100),
                    Ask("what", _("What was approved, and what is to be instead"), "area", required=True, limit=8000),
                    Ask("brands", _("Brands and models of hardware and software, old and new"), "area", limit=4000),
                    Ask("period", _("Period of construction, old and new"), limit=200),
                    Ask("unit", _("New owner unit"), "choice", choices=_units(filing.project)),
                    Ask("reason", _("Reason of the change"), "choice", True, choices=tuple(CHANGE_REASONS.items())),
                    Ask("why", _("Why it cannot be avoided"), "area", required=True, limit=4000),
                ),
                articles=articles,
            ),
            Part(FACTS, _("Which of these hold?"), asks=tuple(facts), articles=articles),
            Part(
                MONEY,
                _("Changed amounts"),
                rows=(
                    Rows(
                        "lines",
                        _("On the cost lines"),
                        (
                            Ask("line", _("Cost line"), "choice", choices=tuple(COST_LINES.items())),
                            Ask("old", _("Approved so far"), "amount", unit="wan"),
                            Ask("new", _("To be instead"), "amount", unit="wan"),
                            Ask("note", _("Basis of calculation"), limit=200),
                        ),
                        help=_("Only lines whose amount changes. What moves between lines counts in full."),
                        add_label=_("Add a line"),
                    ),
                ),
                optional=True,
                articles=articles,
            ),
            Part(PAPERS, _("Papers"), asks=(*papers, Ask(OTHER_PAPER, _("Other papers"), "paper")), articles=articles),
        ]

    def examined(self, filing: Filing, content: Mapping[str, Any] | None = None) -> Sheet:
        sheet = super().examined(filing, content)
        judged = self.judged(filing, content)
        if judged.error:
            sheet.general.append(Refusal(judged.error))
        elif judged.outcome in BARRED:
            said = {
                Outcome.FORBIDDEN: _("The rules do not allow this change: %(text)s."),
                Outcome.REDECLARE: _("This is not changed but declared and approved anew: %(text)s."),
            }[Outcome(judged.outcome)]
            sheet.general.append(Refusal(said % {"text": judged.text.rstrip("。")}, articles=judged.articles))
        return sheet

    def judged(self, filing: Filing, content: Mapping[str, Any] | None = None) -> Judgement:
        """What the rules say of it now."""
        return judge(filing.project, filing.content if content is None else content, base_of(filing.project))

    def check(self, filing: Filing, sheet: Sheet) -> None:
        lines, new_unit = sheet.group(f"{MONEY}-lines"), sheet.field(f"{WHAT}-unit")
        for row in lines.typed if lines is not None else ():
            for key in ("line", "old", "new"):
                checks.check_filled(row[key])
            for key in ("old", "new"):
                if row[key].value.strip() and (row[key].yuan or Decimal(0)) < 0:
                    row[key].problems.append(Refusal(_("An amount is not less than nothing."), field=row[key].name))
        changed = sheet.field(f"{FACTS}-unit_changed")
        if new_unit is not None and changed is not None and changed.value == "yes" and new_unit.is_empty:
            new_unit.problems.append(Refusal(_("Please choose the new owner unit."), field=new_unit.name))

    def check_paper(self, filing: Filing, purpose: str) -> None:
        if purpose != OTHER_PAPER and purpose not in papers_known(ruleset_of(filing.project.rule_version)):
            raise Refusal(_("The rules ask for no such paper here."), field=PAPERS)

    # --- what follows -------------------------------------------------------------------------------------------

    def articles(self, filing: Filing) -> list[str]:
        return list(_row(filing).articles)

    def facts(self, filing: Filing) -> Mapping[str, Any]:
        row = _row(filing)
        return {"moved": row.moved, "delta": row.delta, "outcome": row.outcome}

    def refused_editing(self, filing: Filing) -> Refusal | None:
        if filing.project.state != ProjectState.RUNNING:
            said = _("The project is “%(state)s”: nothing of it is changed now.")
            return WrongState(said % {"state": filing.project.get_state_display()})
        return None

    def handing_in(self, filing: Filing, actor: Actor) -> dict[str, Any]:
        if (refused := self.refused_editing(filing)) is not None:
            raise refused
        row, judged = _row(filing), self.judged(filing)
        acts = [dict(one) for one in judged.acts]
        if filing.state == FilingState.RETURNED and (row.outcome, row.acts) != (judged.outcome, acts):
            raise WrongState(
                _("Corrected so, the rules ask for another way: %(text)s. Please withdraw it and ask anew.")
                % {"text": judged.text or Outcome(judged.outcome).label},
                articles=judged.articles,
            )
        row.title = text_at(filing.content, f"{WHAT}-title")
        row.outcome, row.row, row.text = judged.outcome, judged.row, judged.text
        row.articles, row.acts = list(judged.articles), acts
        row.in_principle = "in_principle" in judged.marks
        row.base, row.moved, row.delta, row.ratio = judged.base.amount, judged.moved, judged.delta, judged.ratio
        row.save()
        return {}

    def submitted(self, filing: Filing, actor: Actor) -> None:
        row = _row(filing)
        if row.acts and row.outcome in (Outcome.APPROVE, Outcome.FILE):
            self._open(filing, row, 0)
        else:
            services.conclude(actor=SYSTEM, filing=filing, articles=row.articles)

    def passed_on(self, filing: Filing, actor: Actor) -> bool:
        row, step = _row(filing), filing.step
        following = step.rule.get("act", 0) + 1 if step is not None else 0
        if following >= len(row.acts):
            return False
        self._open(filing, row, following)
        return True

    def _open(self, filing: Filing, row: ChangeRequest, number: int) -> Step:
        act = row.acts[number]
        is_filed, is_last = row.outcome == Outcome.FILE, number + 1 == len(row.acts)
        authority = act["authority"]
        rules = ruleset_of(filing.project.rule_version)
        what = _("Filing of a change") if is_filed else _("Reply to a change")
        step = open_beside(
            actor=SYSTEM,
            project=filing.project,
            kind="change_filed" if is_filed else ("meeting" if authority in MEETING else "change"),
            rule={
                "name": f"{what}（{rules.authority_name(authority)}）",
                "act": number,
                "change": row.pk,
                "documents": [key for key in act["documents"] if key not in row.acts[0]["documents"]],
                "text": row.text,
                "marks": ["in_principle"] if row.in_principle else [],
                **({"may_ask": ["experts"]} if act.get("may_ask_experts") else {}),
                **({"decides": stage_of(filing.project)} if is_last and not is_filed else {}),
            },
            articles=row.articles,
            authority=authority,
        )
        filing.step = step
        filing.save(update_fields=["step"])
        return step

    def concluded(self, filing: Filing, actor: Actor) -> None:
        """It holds: amounts, lines, owner unit and route are brought in line, and the difference is in the trail."""
        row, project, step = _row(filing), filing.project, filing.step
        approved = step.record.get("amount") if step is not None else None
        if approved is not None and row.outcome == Outcome.APPROVE:
            row.delta = Decimal(str(approved)) - base_of(project).now
        row.decided_at = timezone.now()
        row.save(update_fields=["delta", "decided_at"])
        lines = amounts(filing.content)
        if lines or row.delta:
            self._settle(filing, row, lines)
        moved: dict[str, Any] = {}
        if row.delta:
            moved["investment"] = (project.investment or Decimal(0)) + row.delta
        unit = whole(text_at(filing.content, f"{WHAT}-unit"))
        if unit is not None and unit != project.owner_unit_id:
            moved["owner_unit"] = Office.objects.get(pk=unit)
        before = {name: getattr(project, name) for name in moved}
        for name, value in moved.items():
            setattr(project, name, value)
        if moved:
            Project.objects.filter(pk=project.pk).update(**moved)
        audit.entry(
            actor=actor,
            action="project.change",
            record=project,
            project=project,
            label=row.title,
            old=_plain(before),
            new={**_plain(moved), "outcome": row.outcome, "ratio": row.ratio},
            articles=row.articles,
        )
        if moved:
            sync_route(actor=actor, project=project)
        _tell(filing, "change_holds", row)

    def refused(self, filing: Filing, actor: Actor) -> None:
        _tell(filing, "change_refused", _row(filing))

    def _settle(self, filing: Filing, row: ChangeRequest, lines: Sequence[tuple[str, Decimal, Decimal]]) -> None:
        """Bring the approved total in line, and the budget where the change was approved and there is one."""
        stages_set = [stage_of(filing.project)]
        budget = CostLine.objects.of_project(filing.project).filter(stage="budget")
        if row.outcome == Outcome.APPROVE and budget.exists():
            stages_set.append("budget")
        for stage in stages_set:
            self._settle_stage(filing, row, lines, stage)

    def _settle_stage(
        self, filing: Filing, row: ChangeRequest, lines: Sequence[tuple[str, Decimal, Decimal]], stage: str
    ) -> None:
        known = CostLine.objects.of_project(filing.project).filter(stage=stage)
        sums = [money.Sum(one.line, one.amount, one.year, one.source, one.note) for one in known]
        before = sum((one.amount for one in sums), Decimal(0)) if sums else filing.project.investment or Decimal(0)
        total = before + row.delta
        sums += [money.Sum(line, new - old, note=row.title) for line, old, new in lines if new != old]
        money.settle(
            actor=SYSTEM,
            project=filing.project,
            stage=stage,
            origin=f"change:{row.pk}",
            sums=sums,
            total=total,
            step=filing.step,
        )

    def withdrawn(self, filing: Filing, actor: Actor, reason: str) -> None:
        step = filing.step
        if step is not None and step.state in ACTIVE:
            step.project = filing.project
            close_items(step)
            deadlines.cancel(actor=SYSTEM, step=step)
            perform(step, "cancel", actor=SYSTEM)

    # --- pages --------------------------------------------------------------------------------------------------

    def title(self, filing: Filing) -> str:
        return _("Change %(number)s of “%(project)s”") % {
            "number": _row(filing).number,
            "project": filing.project.name,
        }

    def summary(self, filing: Filing) -> list[dict[str, Any]]:
        return [*super().summary(filing), *shown(filing.project, self.judged(filing))]

    def context(self, request: CountyRequest, filing: Filing, content: Mapping[str, Any]) -> dict[str, Any]:
        judged = self.judged(filing, content)
        return {
            "has_aside": True,
            "judged": judged,
            "judged_lines": shown(filing.project, judged),
            "may_redeclare": request.actor.may("declaration.file"),
        }


CHANGE = ChangeKind()
MEETING = ("conference", "government", "party_committee")


def _row(filing: Filing) -> ChangeRequest:
    row: ChangeRequest = ChangeRequest.objects.get(filing=filing)
    return row


def _tell(filing: Filing, kind: str, row: ChangeRequest) -> None:
    """Tell the unit what became of its request."""
    project = filing.project
    notify.tell(
        office=filing.unit,
        permission=CHANGE.permission,
        kind=kind,
        project=project,
        key=f"{kind}:{row.pk}",
        data={"title": row.title, "reason": filing.step.reason if filing.step is not None else ""},
        path=stages.page("changes", project.county.code, pk=project.pk),
    )


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.name if isinstance(value, Office) else value for name, value in values.items()}


def _units(project: Project) -> tuple[tuple[str, str], ...]:
    """The units that may take the project over."""
    found = Office.objects.filter(is_active=True).exclude(pk=project.owner_unit_id).order_by("name")
    return tuple((str(pk), name) for pk, name in found.values_list("pk", "name"))


def may_begin(actor: Actor, project: Project) -> bool:
    """Whether the person asks for changes of a project that runs."""
    own = actor.may(CHANGE.permission) and actor.in_office(project.owner_unit_id)
    return own and project.state == ProjectState.RUNNING and not project.classified


def begin(*, actor: Actor, project: Project) -> Filing:
    """Begin a request; one at a time. Raises `NotPermitted`, `WrongState`."""
    with audit.act():
        project = Project.objects.for_work().select_for_update(no_key=True, of=("self",)).get(pk=project.pk)
        if not may_begin(actor, project):
            raise NotPermitted(
                _("Only %(unit)s asks for a change, while the project is under way.")
                % {"unit": project.owner_unit.name}
            )
        if Step.objects.unended().filter(project=project, phase="initiation").exists():
            raise WrongState(_("Nothing of it is approved yet: before that the declaration itself is corrected."))
        if ChangeRequest.objects.filter(project=project).unended().exists():
            raise WrongState(_("Another change of this project is not ended yet: one at a time."))
        filing = services.start(actor=actor, kind=CHANGE, unit=project.owner_unit, project=project)
        number = ChangeRequest.objects.filter(project=project).count() + 1
        ChangeRequest.objects.create(county_id=filing.county_id, filing=filing, project=project, number=number)
    return filing
