"""Citations as people write them: 第二十四条第（二）、（三）项. The codes (`DA-24(2)`) are for machines alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jurisdictions.article_texts import annex_label, numeral
from jurisdictions.models import RuleContent
from jurisdictions.rules.shapes import plain_article

_CODE = re.compile(r"([A-Z]+)-([A-Z]?)([0-9]+)(?:\(([0-9]+)\))?")
#: What annexes are called, by key, as their regulations head them; read when one is first cited.
_annexes: dict[str, str] = {}


@dataclass(frozen=True)
class Citation:
    """An article, annex or form, and which of its items are cited (none: all of it)."""

    key: str
    items: tuple[int, ...] = ()

    def __str__(self) -> str:
        """第二十四条第（二）、（三）项; in English Article 24(2), (3)."""
        name = article_name(self.key)
        if not self.items:
            return name
        if chinese():
            return f"{name}第{'、'.join(f'（{numeral(item)}）' for item in self.items)}项"
        return name + ", ".join(f"({item})" for item in self.items)


def chinese() -> bool:
    """Whether the reader's language is Chinese."""
    return (get_language() or "").startswith("zh")


def citations(articles: Iterable[str]) -> Sequence[Citation]:
    """The articles in the order of the text, annexes last, each once with all its items.

    A plain number beside its items is left out: it is there for machines. What is no code stays as it stands.
    """
    return _in_order(tuple(articles))


@lru_cache(maxsize=4096)
def _in_order(articles: tuple[str, ...]) -> tuple[Citation, ...]:
    found: dict[str, set[int]] = {}
    for article in articles:
        code = _CODE.fullmatch(article)
        items = found.setdefault(plain_article(article) if code else article, set())
        if code and code[4]:
            items.add(int(code[4]))
    return tuple(
        sorted((Citation(plain_article(key), tuple(sorted(items))) for key, items in found.items()), key=_place)
    )


def _place(one: Citation) -> tuple[str, str, int]:
    code = _CODE.fullmatch(one.key)
    return (code[1], code[2], int(code[3])) if code else ("", "", 0)


def written(articles: Iterable[str]) -> str:
    """The articles as one sentence part: 第十一条、第二十四条第（二）项; empty for none."""
    return _(", ").join(map(str, citations(articles)))


def article_name(key: str) -> str:
    """What an article or annex is called: 第二十四条, 附件1, 表3 by its own heading; in English Article 24, Annex 1."""
    code = _CODE.fullmatch(key)
    if code is None:
        return key
    if not code[2]:
        return _numbered(code[3], get_language())
    label = _annex(key, code[1])
    if chinese():
        return label
    return (_("Form %s") if label.startswith("表") else _("Annex %s")) % code[3]


@lru_cache(maxsize=1024)
def _numbered(number: str, language: str | None) -> str:
    return _("Article %s") % (numeral(int(number)) if chinese() else number)


def _annex(key: str, prefix: str) -> str:
    if key not in _annexes:
        newest = RuleContent.objects.filter(version__county__prefix=prefix).order_by("-version__number")
        headings = newest.values_list("content__articles", flat=True).first() or {}
        _annexes[key] = annex_label(key, (headings.get(key) or {}).get("heading", ""))
        if not headings:
            return _annexes.pop(key)
    return _annexes[key]
