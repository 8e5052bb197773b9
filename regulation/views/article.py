"""`/<county>/rules/articles/<key>/`: an article word for word, with its version; for htmx a part alone."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import CountyRequest, needs
from jurisdictions.article_texts import Stretch, marked, stretches
from jurisdictions.citations import Citation, citations
from jurisdictions.models import RuleVersion
from jurisdictions.text_store import article_text
from jurisdictions.versions import current_registry
from regulation import wording
from regulation.views.answering import wants_fragment
from regulation.views.reading import chosen
from workflow.clocks import clock


@needs("rules.view")
def article(request: CountyRequest, key: str) -> HttpResponse:
    """An article's text. `?version=` an older one, `?of=` another county's; `?items=2,3` marks items."""
    one = _cited(key, request.GET.get("items", ""))
    code = request.GET.get("of") or request.county.code
    ruleset = chosen(current_registry(), code, request.GET.get("version", ""))
    part = ruleset.rules.articles.get(one.key)
    if part is None:
        raise Http404(_("There is no such article."))
    version = RuleVersion.objects.get(county__code=code, number=ruleset.version)
    read = reverse("regulation:read", kwargs={"county": request.county.code})
    query = f"version={ruleset.version}" + (f"&of={code}" if code != request.county.code else "")
    is_part = wants_fragment(request)
    paragraphs = marked(article_text(version, one.key), one.items)
    context = {
        "article": one,
        "name": str(Citation(one.key)),
        "part": part,
        "stretches": stretches(paragraphs) if is_part else [Stretch(paragraphs)],
        "has_text": bool(paragraphs),
        "ruleset": ruleset,
        "rules": ruleset.rules,
        "status": wording.status_on(ruleset, clock.today()),
        "page": f"{read}?{query}&article={one.key}#{one.key}",
    }
    response = render(request, "jurisdictions/_article.html" if is_part else "jurisdictions/article.html", context)
    response["Vary"] = "HX-Request, Cookie"
    return response


def _cited(key: str, items: str) -> Citation:
    """The article of the address with its items; a code with an item (`DA-24(2)`) is understood, too."""
    numbers = [int(item) for item in items.split(",") if item.isdecimal() and len(item) < 4]
    one = citations([key])[0]
    return Citation(one.key, tuple(sorted({*one.items, *numbers})))
