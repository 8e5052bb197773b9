"""Opinions of a joint review."""

from __future__ import annotations

from collections import defaultdict

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import CountyRequest, needs
from accounts.refusals import Refusal
from approvals.models import Conclusion, Opinion
from approvals.services import concerned
from approvals.services import opinions as service
from approvals.step_page import READERS, StepPage, find_step, form_errors, step_to_act_on
from approvals.views.steps import back_to_the_step, on_to_the_next
from projects import project_page
from workflow.clocks import due
from workflow.models import Step, StepState
from workflow.notices import notify
from workflow.route.kinds import kind_of

UNSHOWN = (StepState.COMING, StepState.SKIPPED, StepState.CANCELLED)


def _own_opinion(request: CountyRequest, step: Step) -> Opinion:
    found = (
        Opinion.objects.select_related("office").filter(step=step, office=request.actor.office).first()
        if request.actor.office
        else None
    )
    if found is None:
        raise Http404
    found.step = step
    return found


@require_POST
@needs("opinion.give")
def give_opinion(request: CountyRequest, pk: int) -> HttpResponse:
    """Give one's office's opinion."""
    step = step_to_act_on(request, pk)
    page = StepPage(request, step)
    opinion = page.own_opinion
    if opinion is None:
        raise Http404
    opinion.step = step
    form = page.opinion_form(request.POST)
    if not form.is_valid():
        return StepPage(request, find_step(request, pk), bound={"opinion": form}).render(errors=form_errors(form))
    data = form.cleaned_data
    try:
        service.give_opinion(
            actor=request.actor,
            opinion=opinion,
            conclusion=data["conclusion"],
            text=data["text"],
            conditions=data["conditions"],
            objections=form.objections(),
            seen_version=data["opinion_version"],
        )
    except Refusal as refusal:
        return StepPage(request, find_step(request, pk), bound={"opinion": form}).render(refusal=refusal)
    said = _("“%(project)s”: your office's opinion (%(conclusion)s) is recorded.")
    shown = {"project": step.project.name, "conclusion": Conclusion(data["conclusion"]).label}
    return on_to_the_next(request, said % shown)


@require_POST
@needs("opinion.give")
def revise_opinion(request: CountyRequest, pk: int) -> HttpResponse:
    """Take back one's office's opinion to give it anew."""
    step = find_step(request, pk)
    try:
        service.revise_opinion(actor=request.actor, opinion=_own_opinion(request, step))
    except Refusal as refusal:
        return StepPage(request, find_step(request, pk)).render(refusal=refusal)
    return back_to_the_step(request, pk)


@require_POST
@needs("step.decide")
def remind(request: CountyRequest, pk: int) -> HttpResponse:
    """Remind the offices whose opinion is missing."""
    step = find_step(request, pk)
    try:
        reminded = service.remind(actor=request.actor, step=step)
    except Refusal as refusal:
        return StepPage(request, step).render(refusal=refusal)
    if reminded:
        messages.success(request, _("Reminded: %(offices)s.") % {"offices": "、".join(str(o.office) for o in reminded)})
    else:
        messages.info(request, _("Everybody has been reminded today already."))
    return back_to_the_step(request, pk)


@require_POST
@needs("step.claim", "declaration.view_own")
def press(request: CountyRequest, pk: int) -> HttpResponse:
    """Remind those before whom the step lies."""
    step = find_step(request, pk)
    try:
        offices = service.press(actor=request.actor, step=step)
    except Refusal as refusal:
        return StepPage(request, step).render(refusal=refusal)
    messages.success(request, _("Reminded: %(offices)s.") % {"offices": "、".join(str(one) for one in offices)})
    return back_to_the_step(request, pk)


@require_POST
@needs("step.decide")
def ask_concerned(request: CountyRequest, pk: int) -> HttpResponse:
    """Choose the offices concerned."""
    step = find_step(request, pk)
    page = StepPage(request, step)
    form = page.concerned_form(request.POST)
    page.bound = {"concerned": form}
    if not form.is_valid():
        return page.render(errors=form_errors(form))
    try:
        asked = concerned.ask_concerned(actor=request.actor, step=step, **form.cleaned_data)
    except Refusal as refusal:
        return StepPage(request, find_step(request, pk), bound={"concerned": form}).render(refusal=refusal)
    names = "、".join(one.office.name for one in asked)
    said = _("Asked: %(offices)s; people told: %(count)s.") % {"offices": names, "count": notify.told().count}
    messages.success(request, said if asked else _("It is recorded that no other office is concerned."))
    return back_to_the_step(request, pk)


@require_GET
@needs(*READERS)
def opinions(request: CountyRequest, pk: int) -> HttpResponse:
    """All opinions and decisions on a project, step by step."""
    project = project_page.find_project(request, pk)
    steps = project_page.route_steps(project, with_deciders=True)
    given: dict[int, list[Opinion]] = defaultdict(list)
    for one in Opinion.objects.filter(step__project=project).select_related("office", "given_by"):
        given[one.step_id].append(one)
    context = {
        **project_page.header(request, project, tab="opinions", steps=steps),
        "steps": [step for step in steps if step.state not in UNSHOWN and not kind_of(step).handed_in],
        "opinions_of": given,
        "due": due.of_project(project, steps),
    }
    return render(request, "approvals/opinions.html", context)
