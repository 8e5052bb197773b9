"""Passing work on to a colleague: first to whom and why, then, confirmed, each item by itself."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.access import CountyRequest, needs
from accounts.models import Membership
from accounts.refusals import Refusal
from jurisdictions.fields import whole
from workflow.desk import passing_on
from workflow.desk import queue as service
from workflow.models import WorkItem
from workflow.trail import audit
from workflow.views.queue import CLAIMING, back_to_queue


class PassOnForm(forms.Form):
    """To whom, and why."""

    to = forms.ChoiceField(
        label=gettext_lazy("To whom"),
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Colleagues of your office in a role that may do this work."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        help_text=gettext_lazy("The colleague reads it; it stands in the history."),
    )

    def __init__(self, *args: Any, colleagues: list[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.colleagues = {str(one.pk): one for one in colleagues}
        choices = [(key, f"{one.user} · {one.get_role_display()}") for key, one in self.colleagues.items()]
        self.fields["to"].choices = choices  # type: ignore[attr-defined]


def _wanted(request: CountyRequest) -> list[WorkItem]:
    """The marked items, or those of the person's office on the step that the page was opened from."""
    numbers = request.POST.getlist("marked")
    if (step := whole(request.POST.get("step"))) is not None:
        found = service.waiting_for(request.actor).filter(step=step)
        numbers = [str(pk) for pk in found.values_list("pk", flat=True)]
    return service.marked(request.actor, numbers)


@require_POST
@needs(*CLAIMING)
def pass_on(request: CountyRequest) -> HttpResponse:
    """Pass the marked items on to a colleague of the office."""
    items = _wanted(request)
    is_sent = "confirm" in request.POST
    form = PassOnForm(request.POST if is_sent else None, colleagues=passing_on.colleagues(request.actor, items))
    errors: list[dict[str, Any]] = []
    status = 200
    if is_sent and items and form.is_valid():
        to, left = form.colleagues[form.cleaned_data["to"]], []
        with audit.gathered():
            for item in sorted(items, key=lambda one: one.pk):
                try:
                    passing_on.pass_on(actor=request.actor, item=item, to=to, reason=form.cleaned_data["reason"])
                except Refusal as refusal:
                    left.append(item)
                    errors += [one | {"text": f"{item.project.name}：{one['text']}"} for one in refusal.listed()]
        if len(left) < len(items):
            said = _("Passed on to %(name)s: %(count)s. Both of you have been told.")
            messages.success(request, said % {"name": to.user, "count": len(items) - len(left)})
        if not left:
            return back_to_queue(request, request.county.code)
        items, status = left, 409
    elif is_sent and items:
        status = 422
    context = {"items": items, "form": form, "errors": errors, "query": request.POST.get("query", "")}
    return render(request, "workflow/pass_on.html", context, status=status)
