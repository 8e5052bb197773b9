"""`/<county>/rules/`: a version of the rules, chapter by chapter or table by table."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import CountyRequest, needs
from jurisdictions.rules.registry import RuleRegistry, UnknownCounty
from jurisdictions.rules.ruleset import Ruleset
from jurisdictions.versions import current_registry
from regulation import article_pages, article_parts, wording
from regulation.views import answering
from workflow.clocks import clock


@needs("rules.view")
def read(request: CountyRequest) -> HttpResponse:
    """The rules in words. `?version=` an older one, `?of=` another county's, `?view=tables`, `?q=` words."""
    registry = current_registry()
    code = request.GET.get("of") or request.county.code
    ruleset = chosen(registry, code, request.GET.get("version", ""))
    today = clock.today()
    query = request.GET.get("q", "").strip()[:200]
    document = article_pages.reading(ruleset)
    if query:
        document = article_pages.filtered(document, query)
    by_tables = request.GET.get("view") == "tables"
    kept = {key: request.GET[key] for key in ("of", "version") if request.GET.get(key)}
    current = registry.on(code, today)
    context = {
        "rules": ruleset.rules,
        "ruleset": ruleset,
        "of_other": ruleset.rules.county.name if code != request.county.code else "",
        "status": wording.status_on(ruleset, today),
        "document": document,
        "groups": _groups(document.blocks) if by_tables else [],
        "outline": _outline(document, by_tables),
        "by_tables": by_tables,
        "query": query,
        "kept": kept,
        "views": [
            {"label": _("By article"), "url": "?" + urlencode(kept), "active": not by_tables},
            {
                "label": _("By table"),
                "url": "?" + urlencode({**kept, "view": "tables"}),
                "active": by_tables,
            },
        ],
        "versions": [
            {
                "number": one.version,
                "status": wording.status_on(one, today),
                "force": one.rules.in_force,
                "chosen": one.version == ruleset.version,
            }
            for one in registry.versions(code)
        ],
        "is_older": ruleset.version != current.version,
        "rules_version": ruleset.version,
        "tabs": answering.tabs(request, answering.READ),
        "page_url": reverse("regulation:read", kwargs={"county": request.county.code})
        + (f"?{urlencode(kept)}" if kept else ""),
    }
    return render(request, "jurisdictions/read.html", context)


def chosen(registry: RuleRegistry, code: str, number: str) -> Ruleset:
    """The version asked for, else the one of today. Raises 404 with the reason."""
    try:
        if number:
            if not number.isdecimal() or len(number) > 6:
                raise Http404(_("A rule version is a number."))
            return registry.version(code, int(number))
        return registry.on(code, clock.today())
    except UnknownCounty as error:
        raise Http404(str(error)) from error


def _groups(blocks: list[article_parts.Block]) -> list[dict[str, Any]]:
    groups: dict[str, list[article_parts.Block]] = {}
    for block in blocks:
        groups.setdefault(block.group, []).append(block)
    return [
        {"id": f"group-{index}", "title": title, "blocks": part}
        for index, (title, part) in enumerate(groups.items(), start=1)
    ]


def _outline(document: article_parts.Reading, by_tables: bool) -> list[dict[str, str]]:
    if by_tables:
        return [{"title": group["title"], "url": f"#{group['id']}"} for group in _groups(document.blocks)]
    return [{"title": chapter.title, "url": f"#{chapter.id}"} for chapter in document.chapters]
