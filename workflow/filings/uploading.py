"""One file sent by a script the moment it was chosen: answered with its field anew, or with why it was not taken."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.access import CountyRequest
from accounts.refusals import Refusal
from workflow.documents import storage
from workflow.filings import services
from workflow.filings.kinds import kind_of
from workflow.filings.parts import Sheet
from workflow.models import Filing


def urls_of(filing: Filing) -> dict[str, str]:
    """The addresses of a filing that its pages name."""
    return {what: kind_of(filing).url(filing, what) for what in ("edit", "save", "submit", "withdraw", "attach")}


def is_asked(request: HttpRequest) -> bool:
    """Whether a script sends one file by itself."""
    return request.headers.get("Accept") == "application/json"


def take(request: CountyRequest, filing: Filing) -> JsonResponse:
    """Add the one file of the request to the papers; nothing else of the form is touched."""
    kind = kind_of(filing)
    name = next(iter(request.FILES), "")
    try:
        if not name:
            raise Refusal(_("Please choose a file first."))
        purpose, row = kind.place_of(name)
        services.attach(
            actor=request.actor, filing=filing, purpose=purpose, upload=request.FILES.getlist(name)[0], at=row
        )
    except Refusal as refusal:
        return JsonResponse({"message": refusal.message, "articles": refusal.articles}, status=refusal.status)
    filing = services.locked(filing)
    sheet = kind.checked(filing)
    field = sheet.field(row or services.field_of(filing, purpose))
    context = {
        "field": field,
        "filing": filing,
        "county": request.county,
        "may_edit": True,
        "urls": urls_of(filing),
        **storage.limits(),
    }
    told = {"version": filing.content_version, "paper_html": ""}
    if field is not None:
        told["paper_html"] = render_to_string("filings/parts/paper.html", context, request)
    return JsonResponse({**told, **states(sheet)})


def states(sheet: Sheet) -> dict[str, object]:
    """What each section still lacks, as the page shows it; with some sections alone, the outline's lines for these."""
    outline: dict[str, object]
    if sheet.is_whole:
        outline = {"outline_html": render_to_string("filings/parts/outline.html", {"sheet": sheet}).strip()}
    else:
        lines = {
            one.key: render_to_string("filings/parts/outline_state.html", {"section": one}) for one in sheet.sections
        }
        outline = {"outline_states": lines}
    return {
        **outline,
        "section_html": {
            section.key: render_to_string("filings/parts/section_state.html", {"section": section})
            for section in sheet.sections
        },
    }
