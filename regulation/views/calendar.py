"""The county's calendar: years, months, and the arrangement of a year, pasted and confirmed."""

from __future__ import annotations

import calendar as months
import datetime as dt
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import CountyRequest, needs
from accounts.refusals import Incomplete, Refusal
from accounts.shown import creating
from jurisdictions.calendars.national import national_calendar, published_years
from jurisdictions.models import CalendarDay, CalendarYear
from regulation import arrangement
from regulation import entering as service
from workflow.clocks import clock

FIRST, LAST = 2004, 2100
TEXT_LIMIT = 20_000


@require_GET
@needs("calendar.manage")
def calendar(request: CountyRequest) -> HttpResponse:
    """A year month by month, whether it is published and by what source, and what the county entered itself."""
    return render(request, "workflow/calendar.html", _context(request, _year(request.GET.get("year"))))


def _context(request: CountyRequest, year: int) -> dict[str, Any]:
    days = clock.working_calendar()
    rows = CalendarYear.objects.filter(Q(county=request.county) | Q(county=None))
    kept = {(row.year, row.county_id is not None): row for row in rows}
    now = clock.today().year
    listed = sorted({number for number, _own in kept} | {now, now + 1, now + 2, year}, reverse=True)
    own = list(CalendarDay.objects.filter(county=request.county, day__year=year))
    return {
        "year": year,
        "years": [
            {
                "label": str(number),
                "url": f"?year={number}",
                "active": number == year,
                "published": not days.is_provisional(dt.date(number, 6, 1)),
            }
            for number in listed
            if number >= now - 3 or number == year
        ],
        "is_published": not days.is_provisional(dt.date(year, 6, 1)),
        "own_year": kept.get((year, True)),
        "national_year": kept.get((year, False)),
        "from_library": (year, False) not in kept and year in published_years() and national_calendar() is not None,
        "months": [_month(days, year, month) for month in range(1, 13)],
        "own_days": own,
        "weekdays": [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")],
    }


def _month(days: Any, year: int, month: int) -> dict[str, Any]:
    weeks = [
        [days.describe(day) if day.month == month else None for day in week]
        for week in months.Calendar().monthdatescalendar(year, month)
    ]
    return {"number": month, "first": dt.date(year, month, 1), "weeks": weeks}


def _year(text: str | None) -> int:
    if text and text.isascii() and text.isdigit() and FIRST <= int(text[:4]) <= LAST and len(text) == 4:
        return int(text)
    return clock.today().year


@creating
@require_POST
@needs("calendar.manage")
def paste_year(request: CountyRequest) -> HttpResponse:
    """Read a pasted notice and show what it says; with `confirm`, enter it."""
    year, text = _year(request.POST.get("year")), request.POST.get("text", "").replace("\0", "")[:TEXT_LIMIT]
    context: dict[str, Any] = {"text": text, "year": year}
    try:
        found = arrangement.read(text, year=year)
    except Incomplete as refusal:
        errors = [{"text": one.message, "field": "text"} for one in refusal.items]
        context |= {"errors": errors, "lead": refusal.message}
        return render(request, "workflow/calendar.html", {**_context(request, year), **context}, status=422)
    chosen = request.POST.get("scope", "")
    scope = arrangement.Scope(chosen) if chosen in arrangement.Scope.values else found.scope
    if "confirm" not in request.POST:
        changed = service.changes(found, scope)
        context |= {"found": found, "changed": changed, "lost": [one for one in changed if one.is_lost]}
        context |= {"scope": scope, "scopes": arrangement.Scope.choices}
        return render(request, "workflow/calendar_preview.html", context)
    service.publish(actor=request.actor, arrangement=found, source=text, scope=scope)
    messages.success(
        request,
        _("The notice for %(year)s is entered. Running time limits are being computed anew.") % {"year": year},
    )
    return _to_year(request, year)


@creating
@require_POST
@needs("calendar.manage")
def set_day(request: CountyRequest) -> HttpResponse:
    """Enter one day by hand, or take the county's own entry away."""
    working = {"off": False, "worked": True}.get(request.POST.get("kind", ""))
    try:
        day = _day(request.POST.get("day", ""))
        service.set_day(actor=request.actor, day=day, working=working, name=request.POST.get("name", ""))
    except Refusal as refusal:
        context = _context(request, _year(request.POST.get("year")))
        context |= {"errors": refusal.listed(), "typed": request.POST}
        return render(request, "workflow/calendar.html", context, status=refusal.status)
    messages.success(request, _("The calendar is changed. Running time limits are being computed anew."))
    return _to_year(request, day.year)


def _day(text: str) -> dt.date:
    try:
        day = dt.date.fromisoformat(text)
        if FIRST <= day.year <= LAST:
            return day
    except ValueError:
        pass
    raise Refusal(_("Please enter the day as 2027-01-31."), field="day")


def _to_year(request: HttpRequest, year: int) -> HttpResponse:
    county = request.county.code  # type: ignore[attr-defined]
    response = HttpResponseRedirect(reverse("regulation:calendar", kwargs={"county": county}) + f"?year={year}")
    response.status_code = 303
    return response
