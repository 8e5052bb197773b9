"""Offices of a county and their duties."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts import services
from accounts.access import CountyRequest, needs
from accounts.forms import ArrangementsForm, OfficeForm
from accounts.models import Office
from accounts.shown import creating
from accounts.views.people import attempt
from jurisdictions.models import County, RuleVersion

OUTSIDE = frozenset({"owner", "using_unit", "city", "province", "sector", "experts"})  # no offices of the county


def duties_of(county: County) -> dict[str, str]:
    """The duties the county's newest rules give to offices of its own, in the county's words."""
    newest = RuleVersion.objects.filter(county=county).order_by("-number")
    named = newest.values_list("data__content__authorities", flat=True).first() or {}
    return {key: entry["name"] for key, entry in named.items() if key not in OUTSIDE}


@creating
@needs(services.MANAGE)
def office(request: CountyRequest, pk: int | None = None) -> HttpResponse:
    """One office, or a new one."""
    found = get_object_or_404(Office, pk=pk) if pk else Office(county=request.county)
    form = OfficeForm(request.POST or None, instance=found, duties=duties_of(request.county))
    if request.method == "POST" and form.is_valid():
        values = form.changes()
        if attempt(form, lambda: services.save_office(actor=request.actor, office=found, **values))[0]:
            messages.success(request, _("Saved."))
            return redirect("../")  # the list of offices, which stands above
    status = 422 if form.errors else 200
    return render(request, "accounts/office.html", {"form": form, "office": found}, status=status)


@needs(services.MANAGE)
def arrangements(request: CountyRequest) -> HttpResponse:
    """Times by arrangement, where the regulation names none."""
    form = ArrangementsForm(request.POST or None, instance=County.objects.get(pk=request.county.pk))
    if request.method == "POST" and form.is_valid():
        services.save_arrangements(actor=request.actor, county=request.county, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("accounts:arrangements", county=request.county.code)
    return render(request, "accounts/arrangements.html", {"form": form}, status=422 if form.errors else 200)
