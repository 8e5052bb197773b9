"""What the pages of the rules share: tabs, registry, the address without empty fields, the answer of a form."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import CountyRequest

READ, TRY, COMPARE = "read", "try", "compare"
MOST_PAUSES = 20


def tabs(request: CountyRequest, active: str, query: str = "") -> list[dict[str, Any]]:
    """The three pages as tabs; the facts asked go along to the comparison and back."""
    labels = {READ: _("Rules"), TRY: _("Try out"), COMPARE: _("Compare counties")}
    return [
        {
            "label": label,
            "active": name == active,
            "url": reverse(f"regulation:{name}", kwargs={"county": request.county.code})
            + (f"?{query}" if query and name != READ else ""),
        }
        for name, label in labels.items()
    ]


def clean_query(data: QueryDict, *, without: tuple[str, ...] = ()) -> str:
    """The address's fields that are filled, in their order: what is shared and bookmarked."""
    skipped = {*without, "pause_from", "pause_to"}
    pairs = [(key, value) for key, values in data.lists() for value in values if value.strip() and key not in skipped]
    for start, end in pause_pairs(data):
        pairs += [("pause_from", start), ("pause_to", end)]
    return urlencode(pairs)


def pause_pairs(data: QueryDict) -> list[tuple[str, str]]:
    """The pauses of the address as typed: first and last day, a pair a pause, empty pairs left out."""
    ends = iter(data.getlist("pause_to"))
    pairs = [(start.strip(), next(ends, "").strip()) for start in data.getlist("pause_from")]
    return [pair for pair in pairs if any(pair)][:MOST_PAUSES]


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for the result alone."""
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers


def answer_page(
    request: HttpRequest, page: str, fragment: str, context: dict[str, Any], *, faulty: bool
) -> HttpResponse:
    """The page, or for htmx the result with the shareable address. Faults are 422."""
    is_fragment = wants_fragment(request)
    context["fragment"] = is_fragment
    response = render(request, fragment if is_fragment else page, context, status=422 if faulty else 200)
    if is_fragment:
        query = clean_query(request.GET)
        response["HX-Replace-Url"] = request.path + (f"?{query}" if query else "")
    response["Vary"] = "HX-Request, Cookie"
    return response
