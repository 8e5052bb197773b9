"""How the program is used, and the hint of a first visit."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.access import CountyRequest, needs
from accounts.services import close_hint
from accounts.views.entrance import safe_next
from workflow.desk import help


@require_GET
@needs()
def help_page(request: CountyRequest) -> HttpResponse:
    """A page of the instructions, by `page`; without it the first one, which lists them."""
    name = request.GET.get("page", help.START)
    try:
        page = help.page(name, request.county.code)
    except KeyError:
        raise Http404 from None
    return render(request, "workflow/help.html", {"page": page, "is_start": name == help.START})


@require_POST
@needs()
def understood(request: CountyRequest) -> HttpResponse:
    """Close the hint of a first visit for good, for the role one acts in."""
    close_hint(actor=request.actor)
    return redirect(safe_next(request, f"/{request.county.code}/"))
