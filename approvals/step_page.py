"""What the decision page shows, built once for the page itself and for the page with its refusals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from django import forms
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import CountyRequest
from accounts.office_rows import office_of, office_row
from accounts.refusals import NotPermitted, Refusal
from approvals import filings, guards
from approvals.forms import ConcernedForm, OpinionForm, ReturnForm
from approvals.kinds.base import PagedKind
from approvals.models import Advice, Conclusion, Opinion, OpinionState
from approvals.services import concerned, reopening
from jurisdictions.lookups import lookup
from projects import money, project_page
from projects.ruling import facts_of, ruleset_of
from workflow.clocks import delays, due
from workflow.desk import came_from, frame, queue
from workflow.documents import storage
from workflow.filings import handed_in
from workflow.filings.access import writers
from workflow.filings.kinds import kind_of as filing_kind
from workflow.models import Document, Duty, Filing, Step, StepState
from workflow.models.documents import active
from workflow.route import taking_back
from workflow.route.hindrances import Hindrance, hindrances_of, required_papers
from workflow.route.kinds import StepKind, kind_of
from workflow.route.steps import locked_with, next_steps

READERS = ("project.view", "declaration.view_own")
STATED_ELSEWHERE = frozenset({"importance", "rank"})  # fields of their own in the decision form


def find_step(request: CountyRequest, pk: int) -> Step:
    """A step the person may see: all of the county's, or those of their own unit's projects. Else 404."""
    step = _with_project.first(pk)
    if step is None or not step.project.is_visible_to(request.actor):
        raise Http404
    project_page.with_named(step.project, step)
    step.project.writers, step.project.is_like = step.writers, step.is_like
    step.county = request.county
    if step.office_row is not None:
        step.office = office_of(step.office_row)
    project_page.keep_unsent(request.actor, step.project)
    return cast(Step, step)


@lookup
def _with_project(pk: int) -> QuerySet[Any]:
    return (
        Step.objects.filter(pk=pk)
        .select_related("project__declaration")
        .annotate(
            office_row=office_row("office_id"),
            writers=writers(of="project_id"),
            own_filing=handed_in.own_filing(of="pk"),
            is_like=project_page.is_like(of="project_id"),
            awaits_word=Exists(Advice.objects.awaited().filter(step=OuterRef("pk")).order_by()),
            **project_page.units(of="project__"),
        )
    )


@lookup
def _opinions(step: int) -> QuerySet[Opinion]:
    return Opinion.objects.filter(step=step).select_related("office", "given_by")


@lookup
def _papers(project: int) -> QuerySet[Document]:
    return Document.objects.filter(project_id=project).select_related("uploaded_by")


def step_to_act_on(request: CountyRequest, pk: int) -> Step:
    """The step that a form was sent for, locked with its route: what is checked is what ends. Else 404.

    A page that tells of a refusal finds the step anew, with what readers see of it.
    """
    step = locked_with(pk)
    if step is None or not step.project.is_visible_to(request.actor):
        raise Http404
    return step


@dataclass(frozen=True)
class Choice:
    """One thing that can be done on a step, as a verb in the bar: it opens `panel` and presets `value` there."""

    panel: str
    label: str
    value: str = ""
    tone: str = "plain"
    side: str = "for"  # or `against`: it goes against the unit
    looked_at_twice: bool = False  # it cannot be taken back and ends something: what follows is asked once more

    @property
    def confirm(self) -> str:
        """The word on the button that carries it out."""
        return _("Confirm: %(choice)s") % {"choice": self.label}


class StepPage:
    """A step, what the rules ask of it, and the forms this person may use on it now."""

    def __init__(
        self,
        request: CountyRequest,
        step: Step,
        bound: Mapping[str, forms.Form] | None = None,
        *,
        typed: str = "",
    ) -> None:
        self.request, self.step, self.typed = request, step, typed
        self.actor = request.actor
        self.ruleset = ruleset_of(step.project.rule_version)
        asked = dict.fromkeys([*step.rule.get("documents", []), *required_papers(step)])
        self.papers = {key: self._paper_name(key) for key in asked}
        self.bound = bound or {}
        self.queue = came_from.of_request(request)

    @cached_property
    def opinions(self) -> list[Opinion]:
        if not self.asks_opinions:
            return []
        return _opinions(self.step.pk)

    @cached_property
    def every_paper(self) -> list[Document]:
        """All papers of the project, also those taken out and former versions."""
        return _papers(self.step.project_id)

    @property
    def documents(self) -> list[Document]:
        return active(self.every_paper)

    @cached_property
    def reading(self) -> project_page.Reading | None:
        """The declaration as it is read before deciding."""
        return project_page.reading_of(self.step.project, self.every_paper)

    def _paper_name(self, key: str) -> str:
        if key not in self.ruleset.rules.documents:  # a confirmation, called by what it confirms
            named = {one["document"]: str(one["text"]) for one in self.step.rule.get("requirements") or ()}
            return named[key]
        return str(self.ruleset.document(key).name)

    @cached_property
    def hindrance(self) -> Refusal | None:
        """Why this person may not carry the step out; None when they may."""
        try:
            guards.may_act(self.actor, self.step)
        except NotPermitted as refusal:
            return refusal
        return None

    @property
    def may_decide(self) -> bool:
        return self.step.state == StepState.OPEN and self.hindrance is None and not self.to_prepare

    @cached_property
    def to_prepare(self) -> bool:
        """Whether the unit has to hand something in first."""
        return self.step.state == StepState.OPEN and self.filing is None and bool(self.step.rule.get("hands_in"))

    @cached_property
    def prepare_url(self) -> str:
        """Where the person prepares it; nothing for others."""
        draft = Filing.objects.filter(step=self.step, kind=self.step.key).select_related("unit").first()
        if draft is None:
            return ""
        kind = filing_kind(draft)
        return kind.url(draft) if kind.may_file(self.actor, draft) else ""

    @property
    def may_press(self) -> bool:
        """Whether the person may remind those before whom it lies."""
        there = not self.actor.in_office(self.step.office_id)
        return there and (self.actor.may("step.claim") or self.actor.may("declaration.view_own"))

    @property
    def may_take_back(self) -> bool:
        """Whether it is the person's own decision, and of a kind that is taken back while nobody has acted on it."""
        return taking_back.why_not(self.actor, self.step) is None

    @property
    def duty(self) -> Duty:
        return self.kind.duty(self.step)

    @property
    def kind(self) -> StepKind:
        return kind_of(self.step)

    @property
    def asks_opinions(self) -> bool:
        return isinstance(self.kind, PagedKind) and self.kind.asks_opinions

    @property
    def asks_experts(self) -> bool:
        """Whether the rules let experts take part in this step."""
        return "experts" in (*self.step.participants, *self.step.rule.get("may_ask", ()))

    @property
    def own_opinion(self) -> Opinion | None:
        return next((one for one in self.opinions if self.actor.in_office(one.office_id)), None)

    @property
    def opinions_missing(self) -> list[Opinion]:
        return [one for one in self.opinions if one.state == OpinionState.ASKED]

    @cached_property
    def route(self) -> list[Step]:
        """All steps of the project."""
        return delays.steps_of(self.step.project)

    @cached_property
    def consequences(self) -> list[str]:
        """What a decision leads to, said before it is taken."""
        if not (isinstance(self.kind, PagedKind) and self.kind.address):
            return []
        route = self.route
        lines = []
        if self.step.result == "reserve":
            lines.append(_("Approved, the project enters the reserve."))
        elif self.step.result == "plan":
            lines.append(_("Approved, the project enters the annual plan."))
        for following in next_steps(route, without=self.step):
            office = following.office.name if following.office else ""
            lines.append(_("Next comes “%(step)s” (%(office)s).") % {"step": following.name, "office": office})
        return lines

    @property
    def objections(self) -> list[Opinion]:
        """Opinions against it or with conditions: who approves sees them once more."""
        return [one for one in self.opinions if one.conclusion in (Conclusion.OBJECT, Conclusion.CONDITIONS)]

    def still_awaited(self, running: list[due.Due]) -> list[Hindrance]:
        """Opinions whose day has not passed: the review is not concluded before, save where it is held in principle."""
        if "in_principle" in self.step.rule.get("marks", ()):
            return []
        late = {one.office_id for one in running if one.left is not None and one.left < 0}
        names = [one.office.name for one in self.opinions_missing if one.office_id not in late]
        said = _(
            "Opinions are still being waited for: %(offices)s. "
            "The review can be concluded once they are given or overdue."
        )
        return [Hindrance("opinions", said % {"offices": "、".join(names)})] if names else []

    def choices(self, panels: Mapping[str, Any]) -> list[Choice]:
        """All that this person may do on the step now, the usual first, what ends the project last."""
        found = []
        if panels["opinion_form"]:
            found += [
                Choice("opinion", str(label), key, "primary" if key == Conclusion.AGREE else "plain")
                for key, label in Conclusion.choices
            ]
        asking = [Choice("concerned", _("Ask the offices concerned"))] if panels["concerned_form"] else []
        if panels["form"]:
            offered = self.kind.offered(self.step) if "outcome" in panels["form"].fields else ()
            found += [
                Choice("main", str(one.offered[1]), one.key, "primary" if not found else "plain")
                for one in offered
                if not one.negative
            ] or [Choice("main", _("Record"), tone="primary")]
            found += [Choice("return", _("Return for correction"))] if panels["return_form"] else []
            found += asking
            found += [
                Choice("main", str(one.offered[1]), one.key, "danger", "against", looked_at_twice=self.step.gate)
                for one in offered
                if one.negative
            ]
            return found
        if panels["return_form"]:
            waits = self.step.state == StepState.WAITING
            found.append(Choice("return", _("Ask for further corrections") if waits else _("Return for correction")))
        return found + asking

    def asks(self) -> list[dict[str, Any]]:
        """What the rules ask the deciding office to state."""
        points = {point.key: point for point in self.ruleset.rules.review_points}
        return [
            {"key": key, "text": points[key].text, "articles": points[key].articles}
            for key in self.step.rule.get("asks", [])
            if key in points and key not in STATED_ELSEWHERE
        ]

    def statements(self) -> list[dict[str, str]]:
        """Statements of the plan a reviewer may object to one by one."""
        facts = facts_of(self.step.project)
        if facts is None:
            return []
        return [{"key": one.key, "title": one.title} for one in self.ruleset.statements_for(facts) if one.objectable]

    def opinion_form(self, data: Any = None) -> OpinionForm:
        opinion = self.own_opinion
        return OpinionForm(
            data, statements=self.statements(), initial={"opinion_version": opinion.version if opinion else 0}
        )

    def concerned_form(self, data: Any = None) -> ConcernedForm:
        offices = concerned.choices(self.step, self.opinions)
        return ConcernedForm(
            data, choices=[(duty, office.name) for duty, office in offices.items()], auto_id="id_concerned_%s"
        )

    @cached_property
    def filing(self) -> dict[str, Any] | None:
        """What was handed in for this very step, to be read; None where nothing was."""
        pk = getattr(self.step, "own_filing", None)
        if pk is None:
            return None
        filing = Filing.objects.select_related("unit", "step").get(pk=pk)
        filing.project = self.step.project
        return handed_in.filing_context(filing, actor=self.actor)

    @cached_property
    def money(self) -> dict[str, Any]:
        """The sum asked for beside what was decided before it; for who reviews, also what is unusual in it."""
        stage = self.step.rule.get("decides")
        if not stage or self.filing is None:
            return {}
        handed_in = self.filing["filing"]
        handed_in.step = self.step
        sums = filings.sums_of(handed_in)
        hints = money.unusual(sums) if self.actor.may("project.view") else []
        return {"table": money.table_of(self.step.project, handed_in=(stage, sums)), "hints": hints}

    def return_form(self, data: Any = None) -> ReturnForm:
        if self.filing is not None:
            parts = self.filing["sheet"].sections
        else:
            parts = self.reading.sheet.sections if self.reading is not None else []
        sections = [(one.key, str(one.title)) for one in parts]
        is_open = self.step.state == StepState.OPEN
        earlier = reopening.earlier_of(self.step, self.route) if is_open and self.step.rule.get("reopens") else None
        return ReturnForm(
            data,
            sections=sections,
            earlier=earlier.name if earlier is not None else "",
            auto_id="id_return_%s",
            initial={"version": self.step.version},
        )

    def left_of_filters(self) -> int | str:
        """How much is left of the filters the person came from, as counts of the frame are shown."""
        filters = queue.Filters.read(QueryDict(self.queue))
        return frame.capped(queue.left_of(self.actor, filters, cap=frame.COUNT_CAP))

    def render(self, *, refusal: Refusal | None = None, errors: list[dict[str, Any]] | None = None) -> HttpResponse:
        """The page; with a refusal, its sentences on top, what was typed kept, and the fitting status."""
        kind = self.kind
        running, hanging = due.of_step(self.step)
        context = {
            "page": self,
            "step": self.step,
            "project": self.step.project,
            "opinions": self.opinions,
            "handed_in": self.filing,
            "present": guards.papers_shown(self.step) if self.papers else set(),
            **storage.limits(),
            "deadlines": running,
            "hanging": hanging,
            "is_next": "next" in self.request.GET,
            "left": self.left_of_filters() if "next" in self.request.GET and self.queue else "",
            "due_by_office": {one.office_id: one for one in reversed(running)},
            "errors": errors if errors is not None else (refusal.listed() if refusal else []),
            "form": None,
            "form_template": "",
            "note_template": "",
            "opinion_form": None,
            "return_form": None,
            "concerned_form": None,
            **project_page.review_context(self.step.project, actor=self.actor, reading=self.reading),
        }
        if self.may_decide and isinstance(kind, PagedKind):
            if kind.address:
                form: Any = self.bound.get(kind.address) or kind.form(self)
                self.step.together = self.route
                hindrances = hindrances_of(self.step)
                form.offer(hindrances)
                context |= {
                    "stands_against": [
                        *self.still_awaited(running),
                        *(one for one in hindrances if not one.in_principle),
                    ],
                    "form": form,
                    "form_template": kind.form_template,
                    "form_url": reverse(kind.address, kwargs={"county": self.step.county.code, "pk": self.step.pk}),
                }
            context["note_template"] = kind.note_template
        if kind.may_return and (self.may_decide or (self.step.state == StepState.WAITING and self.hindrance is None)):
            context["return_form"] = self.bound.get("return") or self.return_form()
        if self.may_decide and self.asks_opinions and concerned.leaves_it_open(self.step):
            context["concerned_form"] = self.bound.get("concerned") or self.concerned_form()
        own = self.own_opinion
        if own is not None and self.step.state == StepState.OPEN and self.actor.may("opinion.give"):
            context["own_opinion"] = own
            if own.state == OpinionState.ASKED:
                context["opinion_form"] = self.bound.get("opinion") or self.opinion_form()
        context["choices"] = self.choices(context)
        status = refusal.status if refusal else (422 if errors else 200)
        return render(self.request, "approvals/step.html", context, status=status)


def form_errors(form: forms.Form) -> list[dict[str, Any]]:
    """A form's errors as the error summary shows them."""
    return [
        {
            "field": name,
            "text": f"{form.fields[name].label or ''}：{message}" if name in form.fields else message,
            "articles": [],
        }
        for name, messages in form.errors.items()
        for message in messages
    ]
