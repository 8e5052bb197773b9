"""The page of one clock: its days one by one, and what may be done with it by whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import CountyRequest, needs
from accounts.refusals import Refusal, WrongState
from workflow import stages
from workflow.clocks import clock as days
from workflow.clocks import due, extensions, holding, reckoning
from workflow.clocks.forms import AskForm, BeginForm, DecideForm, GoOnForm, StopForm, UndoForm
from workflow.clocks.ledger import label_of, ledger_row
from workflow.desk import project_frame
from workflow.models import Deadline, DeadlineExtension, DeadlinePause, DeadlineState, ExtensionState

# Forms by name, to the acts that send them.
SENT = {
    "stop": ("stop",),
    "go_on": ("go_on",),
    "begin": ("begin",),
    "undo": ("undo",),
    "ask": ("ask",),
    "decide": ("grant", "refuse"),
    "withdraw": ("withdraw",),
}


class ClockPage:
    """A clock, and the forms this person may use on it now; those that were sent keep what was typed."""

    def __init__(self, request: CountyRequest, row: Deadline, data: Any = None) -> None:
        self.request, self.row, self.actor = request, row, request.actor
        self.asked = next((one for one in row.extensions.all() if one.state == ExtensionState.REQUESTED), None)
        if self.asked is not None:
            self.asked.deadline = row
        self.act = data.get("act", "") if data is not None else ""
        self.data = data
        self.holds = row.step is not None and holding.why_not(self.actor, row) is None
        self.forms: dict[str, forms.Form] = {name: make() for name, make in self._offered().items()}

    def _offered(self) -> dict[str, Callable[[], forms.Form]]:
        row, found = self.row, dict[str, Callable[[], forms.Form]]()
        runs = row.state in (DeadlineState.RUNNING, DeadlineState.PAUSED)
        if self.holds and row.state == DeadlineState.RUNNING:
            found["stop"] = lambda: self._form("stop", StopForm, {"from_day": days.today()}, allowed=row.pauses_allowed)
        if self.holds and row.state == DeadlineState.PAUSED:
            found["go_on"] = lambda: self._form("go_on", GoOnForm, {"resume_day": days.today()})
        if row.state == DeadlineState.RUNNING and holding.may_begin(self.actor, row):
            found["begin"] = lambda: self._form("begin", BeginForm)
        if self.holds and runs and self.standing():
            found["undo"] = lambda: self._form("undo", UndoForm)
        if self.asked is None and row.state == DeadlineState.RUNNING and row.due_on >= days.today():
            if row.extension and extensions.why_not_ask(self.actor, row) is None:
                found["ask"] = lambda: self._form("ask", AskForm)
        elif self.asked is not None and extensions.why_not_decide(self.actor, self.asked) is None:
            initial = {"extension_version": self.asked.version}
            found["decide"] = lambda: self._form("decide", DecideForm, initial)
        elif self.asked is not None and extensions.why_not_ask(self.actor, row) is None:
            found["withdraw"] = lambda: forms.Form()
        return found

    @property
    def sent(self) -> str:
        """The form that was sent."""
        return next((name for name, acts in SENT.items() if self.act in acts), "")

    def _form(self, act: str, form: type[forms.Form], initial: Any = None, **kwargs: Any) -> forms.Form:
        first = {"version": self.row.version, **(initial or {})}
        return form(self.data if self.act in SENT[act] else None, initial=first, auto_id=f"id_{act}_%s", **kwargs)

    def standing(self) -> list[DeadlinePause]:
        """The stops that count, the last first."""
        return [one for one in reversed(self.row.pauses.all()) if one.undone_at is None]

    def carry_out(self) -> str:
        """Do what was sent and say what was done. Raises `Refusal`, `forms.ValidationError`."""
        name = self.sent
        form = self.forms.get(name)
        if form is None:
            raise self._refused()
        if name != "withdraw" and not form.is_valid():
            raise forms.ValidationError("")
        return getattr(self, f"_{self.act}")(getattr(form, "cleaned_data", {}))

    def _refused(self) -> Refusal:
        """Why what was sent is not done now."""
        row, actor = self.row, self.actor
        found: Refusal | None = None
        if self.act in ("stop", "go_on", "undo"):
            found = holding.why_not(actor, row)
        elif self.act in ("ask", "withdraw"):
            found = extensions.why_not_ask(actor, row)
        elif self.act in ("grant", "refuse") and self.asked is not None:
            found = extensions.why_not_decide(actor, self.asked)
        return found or WrongState(
            _("This is not possible now: the state is already “%(state)s”.") % {"state": row.get_state_display()}
        )

    def _stop(self, typed: dict[str, Any]) -> str:
        holding.stop(
            actor=self.actor,
            deadline=self.row,
            key=typed["key"],
            from_day=typed["from_day"],
            until_day=typed["until_day"],
            reason=typed["reason"],
            beyond=typed.get("beyond", ""),
            seen_version=typed["version"],
        )
        return (
            _("The stop is recorded; the day is computed anew.") if typed["until_day"] else _("The clock is stopped.")
        )

    def _go_on(self, typed: dict[str, Any]) -> str:
        holding.go_on(actor=self.actor, deadline=self.row, until_day=typed["resume_day"], seen_version=typed["version"])
        return _("The clock goes on; the day is computed anew.")

    def _begin(self, typed: dict[str, Any]) -> str:
        holding.begin(actor=self.actor, deadline=self.row, on=typed["begun_on"], seen_version=typed["version"])
        return _("It is written down that this has begun; the approval does not lapse.")

    def _undo(self, typed: dict[str, Any]) -> str:
        pause = next((one for one in self.row.pauses.all() if one.pk == typed["pause"]), None)
        if pause is None:
            raise Http404
        holding.undo(actor=self.actor, pause=pause, reason=typed["undo_reason"])
        return _("The stop is taken back; the day is computed anew.")

    def _ask(self, typed: dict[str, Any]) -> str:
        extensions.ask(
            actor=self.actor,
            deadline=self.row,
            wanted_on=typed["wanted_on"],
            reason=typed["wish"],
            seen_version=typed["version"],
        )
        return _("More time is asked for; the office decides.")

    def _grant(self, typed: dict[str, Any]) -> str:
        extensions.grant(
            actor=self.actor,
            asked=self._open(),
            granted_on=typed["granted_on"],
            reason=typed["decision"],
            seen_version=typed["extension_version"],
        )
        return _("More time is granted; the unit has been told.")

    def _refuse(self, typed: dict[str, Any]) -> str:
        extensions.refuse(
            actor=self.actor,
            asked=self._open(),
            reason=typed["decision"],
            seen_version=typed["extension_version"],
        )
        return _("More time is refused; the unit has been told.")

    def _withdraw(self, _typed: dict[str, Any]) -> str:
        extensions.withdraw(actor=self.actor, asked=self._open())
        return _("The request is withdrawn.")

    def _open(self) -> DeadlineExtension:
        assert self.asked is not None  # the form is offered only then
        return self.asked

    def render(self, *, refusal: Refusal | None = None, errors: list[dict[str, Any]] | None = None) -> HttpResponse:
        """The page; with a refusal, its sentences on top and the fitting status."""
        row = self.row
        asked: list[Any] = list(row.extensions.all())
        for one in asked:
            one.tone = stages.tone("extension", one.state)
        context = {
            **project_frame.head(self.request, row.project, tab="deadlines"),
            "row": row,
            "label": label_of(row),
            "ledger": [ledger_row(row)],
            "said": due.days_in_words(row),
            "days": reckoning.ledger(row),
            "changes": list(row.changes.all()),
            "extensions": asked,
            "pauses": list(row.pauses.all()),
            "mistaken": self.standing(),
            "asked": self.asked,
            "forms": self.forms,
            "errors": errors or (refusal.listed() if refusal else []),
        }
        status = refusal.status if refusal else 422 if errors else 200
        return render(self.request, "workflow/clock.html", context, status=status)


def _find(request: CountyRequest, pk: int) -> Deadline:
    """A clock of a project the person may see, with what its page shows. Raises `Http404`."""
    rows = Deadline.objects.filter(project__isnull=False).select_related("office", "step__office")
    row: Deadline = get_object_or_404(
        rows.prefetch_related(
            "pauses__stopped_by",
            "pauses__undone_by",
            "changes",
            "extensions__unit",
            "extensions__office",
            "extensions__decided_by",
        ),
        pk=pk,
    )
    row.project = project_frame.find_project(request, row.project_id or 0)
    if row.step is not None:
        row.step.project = row.project
    return row


@require_http_methods(["GET", "POST"])
@needs("project.view", "declaration.view_own")
def clock(request: CountyRequest, pk: int) -> HttpResponse:
    """A clock day by day; who may, stops it and lets it go on, asks for more time and decides on that."""
    row = _find(request, pk)
    if request.method != "POST":
        return ClockPage(request, row).render()
    page = ClockPage(request, row, request.POST)
    try:
        said = page.carry_out()
    except forms.ValidationError:
        return page.render(errors=_errors(page))
    except Refusal as refusal:
        fresh = ClockPage(request, _find(request, pk), request.POST)
        return fresh.render(refusal=refusal)
    messages.success(request, said)
    return redirect("workflow:clock", county=request.county.code, pk=pk)


def _errors(page: ClockPage) -> list[dict[str, Any]]:
    form = page.forms[page.sent]
    return [
        {"field": field, "text": f"{form.fields[field].label or ''}：{error}", "articles": []}
        for field, found in form.errors.items()
        for error in found
    ]
