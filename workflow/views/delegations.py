"""Absence: who stands in for me and for whom I stand in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.access import CountyRequest, needs
from accounts.models import Delegation, Membership
from accounts.refusals import Refusal
from accounts.roles import duties_of
from accounts.services import MANAGE
from accounts.shown import creating
from accounts.views.people import attempt, status_of
from jurisdictions.fields import DayField, whole
from workflow.clocks import clock
from workflow.models import Duty
from workflow.people import delegations
from workflow.people.delegation_listing import DELEGATIONS


class DelegationForm(forms.Form):
    """To whom, from when to when, and what."""

    taker = forms.ChoiceField(
        label=gettext_lazy("Who stands in"),
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Colleagues of your office in a role that may do this work."),
    )
    first_day = DayField(label=gettext_lazy("From"), required=True)
    last_day = DayField(label=gettext_lazy("Until and with"), required=True)
    duties = forms.MultipleChoiceField(
        label=gettext_lazy("Kinds of work"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None marked: everything that waits for you."),
    )
    steps = forms.MultipleChoiceField(
        label=gettext_lazy("Only these steps"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None marked: at every step."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("As “annual leave”; the colleague and the administrator read it."),
    )

    def __init__(self, *args: Any, giver: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.takers = {str(one.pk): one for one in delegations.takers(giver)}
        choices = [(key, f"{one.user} · {one.get_role_display()}") for key, one in self.takers.items()]
        duties, steps = [(key, Duty(key).label) for key in duties_of(giver.role)], delegations.steps_of(giver)
        for name, offered in (
            ("taker", choices),
            ("duties", duties),
            ("steps", [(one.key, one.name) for one in steps]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = offered
        if not steps:
            del self.fields["steps"]


def _absent(request: CountyRequest) -> Membership | None:
    """For whom the administrator enters a delegation; None where a person gives their own work."""
    pk = whole(request.POST.get("giver") or request.GET.get("giver"))
    if pk is None or not request.actor.may(MANAGE):
        return None
    found: Membership = get_object_or_404(Membership.objects.select_related("user", "office"), pk=pk, is_active=True)
    return found


@creating
@require_http_methods(["GET", "POST"])
@needs()
def delegations_page(request: CountyRequest) -> HttpResponse:
    """Delegations I gave or was given (administrators: all), and the form to give one."""
    actor = request.actor
    form, absent = None, _absent(request)
    giver = absent or actor.membership
    if giver is not None and actor.delegation is None and duties_of(giver.role):
        today = clock.today()
        form = DelegationForm(request.POST or None, giver=giver, initial={"first_day": today, "last_day": today})
    elif request.method == "POST":
        return redirect("workflow:delegations", county=request.county.code)
    if form is not None and request.method == "POST" and form.is_valid():
        values = {**form.cleaned_data, "taker": form.takers[form.cleaned_data["taker"]]}
        if attempt(form, lambda: delegations.delegate(actor=actor, giver=absent, **values))[0]:
            said = _("%(name)s stands in for %(giver)s; both have been told.")
            messages.success(request, said % {"name": values["taker"].user, "giver": giver.user if giver else ""})
            return redirect("workflow:delegations", county=request.county.code)
    context = {
        "form": form,
        "absent": absent,
        "givers": delegations.givers() if actor.may(MANAGE) else [],
        "table": DELEGATIONS.table(request),
        "is_standing_in": actor.delegation is not None,
    }
    return render(request, "workflow/delegations.html", context, status=422 if form and form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs()
def end(request: CountyRequest, pk: int) -> HttpResponse:
    """End a delegation before its last day; asked once more."""
    found: Delegation = get_object_or_404(Delegation.objects.select_related("giver__user", "taker__user"), pk=pk)
    if request.method == "POST":
        try:
            delegations.end(actor=request.actor, delegation=found)
        except Refusal as refusal:
            context = {"delegation": found, "errors": refusal.listed()}
            return render(request, "workflow/delegation_end.html", context, status=status_of(refusal))
        messages.success(request, _("The delegation has ended; both have been told."))
        return redirect("workflow:delegations", county=request.county.code)
    return render(request, "workflow/delegation_end.html", {"delegation": found})
