"""Citations as HTML, put together by hand: a page shows many of them, and a template each takes most of its time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from jurisdictions.citations import citations

# More citations than this fold away under one word.
MOST_CITED = 3
FOLDED = '<details class="row-cites cites-fold{}"><summary class="cites-label" tabindex="-1">{}</summary>{}</details>'


@dataclass(frozen=True)
class Cited:
    """An article in words, the page it stands on and the address of its text alone; both empty without such a page."""

    text: str
    page: str = ""
    text_url: str = ""

    def html(self) -> str:
        """A link to the article, or its words alone."""
        if not self.page:
            return f'<span class="cite">{escape(self.text)}</span>'
        return (
            f'<a class="cite" href="{escape(self.page)}" data-article="{escape(self.text_url)}" tabindex="-1">'
            f"{escape(self.text)}</a>"
        )


def cited(articles: Iterable[str], *, page: str, query: str, label: str = "") -> list[Cited]:
    """What citations show and lead to, one for each article; `label` stands instead of their names."""
    found = []
    for one in citations(articles):
        if not page:
            found.append(Cited(label or str(one)))
            continue
        items = f"items={','.join(map(str, one.items))}" if one.items else ""
        asked = "&".join(filter(None, (query, items)))
        found.append(
            Cited(
                label or str(one),
                f"{page}?{query}{'&' if query else ''}article={one.key}#{one.key}",
                f"{page}articles/{one.key}/{'?' if asked else ''}{asked}",
            )
        )
    return found


def in_line(some: Sequence[Cited], *, bare: bool = False, fold: bool = False) -> SafeString:
    """Citations after the word that says what they are; many of them, or with `fold` any, behind it."""
    if not some:
        return SafeString("")
    shown = f'<span class="cites">{_after_each_other(some)}</span>'
    if fold or len(some) > MOST_CITED:
        return _safe(FOLDED.format("", escape(gettext("Under") if fold else _under(len(some))), shown))
    label = "" if bare else escape(gettext("Under")) + " "
    return _safe(f'<span class="row-cites"><span class="cites-label">{label}</span>{shown}</span>')


def by_steps(some: Iterable[tuple[str, Sequence[Cited]]]) -> SafeString:
    """The citations of several steps behind one word, step by step."""
    found = [(label, its) for label, its in some if its]
    if not found:
        return SafeString("")
    rows = "".join(
        f'<li>{escape(label)}<span class="cites"> {_after_each_other(its)}</span></li>' for label, its in found
    )
    count = len({one.text for _label, its in found for one in its})
    return _safe(FOLDED.format(" cites-steps", escape(_under(count)), f"<ul>{rows}</ul>"))


def _after_each_other(some: Sequence[Cited]) -> str:
    return escape(gettext(", ")).join(one.html() for one in some)


def _under(count: int) -> str:
    return ngettext("Under %(n)s article", "Under %(n)s articles", count) % {"n": count}


def _safe(html: str) -> SafeString:
    return SafeString(html)  # nosec B703: every value in it is escaped
