"""The lists of a county's people and offices."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import CountyRequest, needs
from accounts.models import Office
from accounts.services import MANAGE
from accounts.views.offices import duties_of
from workflow.people.people_listings import OFFICES, PEOPLE


@require_GET
@needs(MANAGE)
def people(request: CountyRequest) -> HttpResponse:
    """All people with a role in the county, now or once; found by name, by office and by state."""
    context = {
        "table": PEOPLE.table(request),
        "offices": Office.objects.filter(is_active=True).order_by("pk"),
        "get": request.GET,
    }
    return render(request, "accounts/people.html", context)


@require_GET
@needs(MANAGE)
def offices(request: CountyRequest) -> HttpResponse:
    """All offices with duties and people, and the duties nobody has yet."""
    held = set().union(*Office.objects.filter(is_active=True).values_list("authorities", flat=True))
    missing = [name for key, name in duties_of(request.county).items() if key not in held]
    return render(request, "accounts/offices.html", {"table": OFFICES.table(request), "missing": missing})
