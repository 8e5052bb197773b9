"""A word asked of others on a step, and copies passed to them: asked, answered, withdrawn."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.access import CountyRequest, needs
from accounts.refusals import Refusal
from approvals.guards import may_act
from approvals.models import Advice, AdviceKind, AdviceState, Conclusion
from approvals.services import advice as service
from approvals.step_page import READERS, find_step, form_errors
from jurisdictions.fields import VersionField
from projects import project_page
from workflow import stages
from workflow.models import Step, StepState


class AskForm(forms.Form):
    """Whom, what for, and whether the step waits for it."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What for"), choices=AdviceKind.choices, widget=forms.RadioSelect, initial=AdviceKind.WORD
    )
    to = forms.MultipleChoiceField(label=gettext_lazy("Whom"), widget=forms.CheckboxSelectMultiple)
    question = forms.CharField(
        label=gettext_lazy("What is asked"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    is_awaited = forms.BooleanField(label=gettext_lazy("Decide only once it is there"), required=False)

    def __init__(self, *args: Any, step: Step, actor: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offices, colleagues = service.askable(step, actor)
        self.known: dict[str, Any] = {f"o{one.pk}": one for one in offices} | {f"p{one.pk}": one for one in colleagues}
        field: Any = self.fields["to"]
        field.choices = [(f"p{one.pk}", str(one.user)) for one in colleagues]
        field.choices += [(f"o{one.pk}", one.name) for one in offices]

    def chosen(self, letter: str) -> list[Any]:
        """Those chosen: `o` offices, `p` colleagues."""
        return [self.known[one] for one in self.cleaned_data["to"] if one.startswith(letter)]


class AnswerForm(forms.Form):
    """The word on it."""

    version = VersionField()
    conclusion = forms.ChoiceField(
        label=gettext_lazy("Opinion"), choices=Conclusion.choices, widget=forms.RadioSelect, required=False
    )
    answer_text = forms.CharField(
        label=gettext_lazy("In words"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )


@require_http_methods(["GET", "POST"])
@needs(*READERS)
def others(request: CountyRequest, pk: int) -> HttpResponse:
    """Who was asked on a step and what they said; the form to ask others, for who carries it out."""
    step = find_step(request, pk)
    errors: list[dict[str, Any]] = []
    form: AskForm | None = None
    status = 200
    try:
        may_act(request.actor, step)
        hindered: Refusal | None = None
    except Refusal as refusal:
        hindered = refusal
    if request.method == "POST":
        form = AskForm(request.POST, step=step, actor=request.actor)
        if form.is_valid():
            data = form.cleaned_data
            try:
                service.ask(
                    actor=request.actor,
                    step=step,
                    kind=data["kind"],
                    offices=form.chosen("o"),
                    colleagues=form.chosen("p"),
                    question=data["question"],
                    is_awaited=data["is_awaited"],
                )
                messages.success(request, _("Asked; they have been told."))
                return redirect("approvals:others", county=request.county.code, pk=pk)
            except Refusal as refusal:
                errors, status = refusal.listed(), refusal.status
        else:
            errors, status = form_errors(form), 422
    elif hindered is None and step.state == StepState.OPEN:
        form = AskForm(step=step, actor=request.actor)
    rows: list[Any] = list(
        Advice.objects.filter(step=step).select_related("office", "person", "asked_by", "answered_by")
    )
    for one in rows:
        one.tone = stages.tone("advice", one.state)
    context = {
        **project_page.header(request, step.project, tab="overview"),
        "step": step,
        "rows": rows,
        "form": form,
        "hindered": hindered,
        "errors": errors,
    }
    return render(request, "approvals/others.html", context, status=status)


@require_http_methods(["GET", "POST"])
@needs(*READERS)
def advice(request: CountyRequest, pk: int) -> HttpResponse:
    """What one is asked, or given to read; answered, noted as read, withdrawn."""
    rows = Advice.objects.select_related("step", "office", "person", "asked_by", "asking_office", "answered_by")
    found: Advice = get_object_or_404(rows, pk=pk)
    found.project = found.step.project = project_page.find_project(request, found.project_id)
    actor, errors, status = request.actor, [], 200
    bound: AnswerForm | None = None
    if request.method == "POST":
        act, bound = request.POST.get("act", ""), AnswerForm(request.POST)
        if act not in ("answer", "withdraw"):
            raise Http404
        if bound.is_valid():
            data = bound.cleaned_data
            try:
                if act == "withdraw":
                    service.withdraw(actor=actor, advice=found, seen_version=data["version"])
                    messages.success(request, _("Nobody is asked any more."))
                else:
                    service.answer(
                        actor=actor,
                        advice=found,
                        conclusion=data["conclusion"],
                        text=data["answer_text"],
                        seen_version=data["version"],
                    )
                    messages.success(request, _("Answered; who asked has been told."))
                return redirect("approvals:advice", county=request.county.code, pk=pk)
            except Refusal as refusal:
                errors, status = refusal.listed(), refusal.status
        else:
            errors, status = form_errors(bound), 422
    form = None
    if found.state == AdviceState.ASKED and service.why_not_answer(actor, found) is None:
        form = bound or AnswerForm(initial={"version": found.version})
    context = {
        **project_page.header(request, found.project, tab="overview"),
        "advice": found,
        "tone": stages.tone("advice", found.state),
        "form": form,
        "may_withdraw": found.state == AdviceState.ASKED
        and actor.in_office(found.asking_office_id)
        and actor.may("step.decide"),
        "errors": errors,
    }
    return render(request, "approvals/advice.html", context, status=status)
