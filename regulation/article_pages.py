"""A rule version as a document: chapters, articles, and below each article the rows that cite it.

The model is built once a version and language and kept; the page only lays it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jurisdictions.citations import article_name
from jurisdictions.folding import folded, words
from jurisdictions.rules import schema
from jurisdictions.rules.boxes import Interval
from jurisdictions.rules.labels import known_label, label
from jurisdictions.rules.ruleset import Ruleset
from jurisdictions.rules.shapes import plain_article
from regulation import wording
from regulation.article_parts import ArticlePart, Aside, Block, Chapter, DoubleBound, Entry, Left, Reading
from regulation.rule_tables import entry_of, rule_tables

_kept: dict[tuple[str, int, str, str], Reading] = {}


def reading(ruleset: Ruleset) -> Reading:
    """The version as a document in the language in use; kept in memory (a version never changes)."""
    key = (ruleset.county, ruleset.version, ruleset.digest, get_language() or "")
    if not ruleset.digest or key not in _kept:
        with wording.of(ruleset):
            _kept[key] = _read(ruleset)
    return _kept[key]


def filtered(document: Reading, query: str) -> Reading:
    """Only the articles and tables in which every word of the query stands."""
    sought = [folded(word) for word in words(query)]

    def hit(text: str) -> bool:
        plain = folded(text)
        return all(word in plain for word in sought)

    chapters = [
        replace_articles(chapter, [part for part in chapter.articles if hit(part.words)])
        for chapter in document.chapters
    ]
    blocks = [block for block in document.blocks if hit(" ".join([block.title, *(e.words for e in block.entries)]))]
    return Reading([chapter for chapter in chapters if chapter.articles], blocks, document.bounds)


def replace_articles(chapter: Chapter, articles: list[ArticlePart]) -> Chapter:
    """The chapter with these articles."""
    return Chapter(chapter.id, chapter.title, articles)


def _read(ruleset: Ruleset) -> Reading:
    blocks = [block for block in rule_tables(ruleset) if block.entries]
    chapters: dict[str, Chapter] = {}
    for article, part in ruleset.rules.articles.items():
        title = part.chapter or ""
        chapter = chapters.setdefault(title, Chapter(f"chapter-{len(chapters) + 1}", title or _("Articles")))
        chapter.articles.append(_article(article, part.heading, blocks))
    return Reading(list(chapters.values()), blocks, _double_bounds(ruleset))


def _article(article: str, heading: str, blocks: Iterable[Block]) -> ArticlePart:
    name = article_name(article)
    found = ArticlePart(article, "" if heading.startswith(name) else name, heading)
    left: dict[tuple[Any, ...], list[str]] = {}
    entries: dict[tuple[Any, ...], Entry] = {}
    for block in blocks:
        citing = [entry for entry in block.entries if article in map(plain_article, entry.articles)]
        for entry in citing:
            if entry.gone:
                key = (entry.conditions, entry.text, entry.articles)
                left.setdefault(key, []).append(block.title)
                entries[key] = entry
        taken = [entry for entry in citing if not entry.gone]
        full = tuple(entry for entry in taken if entry.main == article)
        if full:
            found.blocks.append(replace(block, entries=full))
        found.asides += [Aside(block.title, entry, entry.main) for entry in taken if entry.main != article]
    found.left = [Left(tuple(steps), entries[key]) for key, steps in left.items()]
    return found


def _double_bounds(ruleset: Ruleset) -> list[DoubleBound]:
    """Doubly claimed bounds that explicit rows settle: one a table and bound."""
    found: dict[tuple[str, str], tuple[dict[str, Entry], dict[str, Entry]]] = {}
    for finding in ruleset.findings:
        if finding.kind != "double_bound":
            continue
        rows = {row.id: row for row in _rows_at(ruleset.rules, finding.path)}
        bound = _(", ").join(
            wording.condition_words(fact, condition)
            for fact, condition in finding.where.items()
            if isinstance(condition, Interval)
        )
        claims, settled = found.setdefault((_table_name(ruleset, finding.path), bound), ({}, {}))
        claims.update({rows[key].text: entry_of(ruleset, rows[key]) for key in finding.rows if key in rows})
        settled.update({rows[key].text: entry_of(ruleset, rows[key]) for key in finding.resolved_by if key in rows})
    return [
        DoubleBound(table, bound, tuple(claims.values()), tuple(settled.values()))
        for (table, bound), (claims, settled) in found.items()
    ]


def _rows_at(rules: Any, path: Sequence[str | int]) -> Sequence[Any]:
    place = rules
    for key in path:
        place = place[key] if isinstance(key, int) or isinstance(place, dict) else getattr(place, key)
    return place


def _table_name(ruleset: Ruleset, path: Sequence[str | int]) -> str:
    if path[0] == "route" and isinstance(path[1], int):
        step = ruleset.rules.route[path[1]]
        return wording.step_name(step.step, step.name)
    if path[0] == "parameters":
        return known_label(schema.RuleFile, "parameters", str(path[1])) or str(path[1])
    return label(schema.RuleFile, str(path[0]))
