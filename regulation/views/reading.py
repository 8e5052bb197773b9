"""`/<county>/rules/`: a version of the rules, chapter by chapter or table by table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import CountyRequest, needs
from jurisdictions.facts import Action
from jurisdictions.models import ArticleText
from jurisdictions.rules.registry import RuleRegistry, UnknownCounty
from jurisdictions.rules.ruleset import Ruleset
from jurisdictions.versions import current_registry
from regulation import article_pages, article_parts, wording
from regulation.views import answering
from workflow.clocks import clock


@needs("rules.view")
def read(request: CountyRequest) -> HttpResponse:
    """The rules beside their text, a chapter a page. `?part=` another one or `all`, `?article=` the one it stands in.

    `?version=` an older one, `?of=` another county's, `?view=tables` (groups of tables), `?q=` words in all of it.
    """
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
    parts = _groups(document.blocks) if by_tables else document.chapters
    asked = "all" if query else _part_of(document, request.GET.get("article", "")) or request.GET.get("part", "")
    shown = parts if asked == "all" else [one for one in parts if one.id == asked] or parts[:1]
    leading = {**kept, "view": "tables"} if by_tables else kept
    outline = [_step(one, leading, is_here=one in shown and not query, on_page=bool(query)) for one in parts]
    current = registry.on(code, today)
    context = {
        "rules": ruleset.rules,
        "ruleset": ruleset,
        "of_other": ruleset.rules.county.name if code != request.county.code else "",
        "status": wording.status_on(ruleset, today),
        "bounds": document.bounds if shown == parts or shown == parts[:1] else [],
        "parts": shown,
        "asked_article": request.GET.get("article", ""),
        "texts": {} if by_tables else _texts(code, ruleset, shown),
        "outline": outline,
        "following": _following(outline),
        "all_url": "?" + urlencode({**leading, "part": "all"}) if len(shown) < len(parts) else "",
        "actions": Action.choices,
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


@dataclass(frozen=True)
class Group:
    """Tables of one matter."""

    id: str
    title: str
    blocks: list[article_parts.Block]


def _groups(blocks: list[article_parts.Block]) -> list[Group]:
    groups: dict[str, list[article_parts.Block]] = {}
    for block in blocks:
        groups.setdefault(block.group, []).append(block)
    return [Group(f"group-{index}", title, part) for index, (title, part) in enumerate(groups.items(), start=1)]


def _part_of(document: article_parts.Reading, article: str) -> str:
    """The chapter in which an article stands; empty for none."""
    holding = (one.id for one in document.chapters if any(part.id == article for part in one.articles))
    return next(holding, "")


def _step(part: Any, leading: dict[str, str], *, is_here: bool, on_page: bool) -> dict[str, Any]:
    url = f"#{part.id}" if on_page else "?" + urlencode({**leading, "part": part.id})
    return {"title": part.title, "url": url, "is_here": is_here}


def _following(outline: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The part after the one shown; None at the end, and where all are shown."""
    here = [index for index, one in enumerate(outline) if one["is_here"]]
    return outline[here[0] + 1] if len(here) == 1 and here[0] + 1 < len(outline) else None


def _texts(code: str, ruleset: Ruleset, chapters: list[Any]) -> dict[str, list[str]]:
    """What the articles shown say, word for word: paragraphs by article."""
    keys = [part.id for chapter in chapters for part in chapter.articles]
    rows = ArticleText.objects.filter(version__county__code=code, version__number=ruleset.version, key__in=keys)
    return {key: text.splitlines() for key, text in rows.values_list("key", "text")}
