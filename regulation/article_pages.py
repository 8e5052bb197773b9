"""A rule version as a document: chapters, articles, and below each article the rows that cite it.

The model is built once a version and language and kept; the page only lays it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jurisdictions.citations import article_name
from jurisdictions.folding import folded, words
from jurisdictions.rules import schema, vocabulary
from jurisdictions.rules.boxes import Interval
from jurisdictions.rules.labels import label, value_label
from jurisdictions.rules.ruleset import Ruleset
from jurisdictions.rules.shapes import plain_article
from regulation import later_words, wording
from regulation.article_parts import ArticlePart, Aside, Block, Chapter, DoubleBound, Entry, Left, Reading

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
    blocks = [block for block in _blocks(ruleset) if block.entries]
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


def _entry(item: Any, *details: tuple[str, Sequence[str]], text: str = "", gone: bool = False) -> Entry:
    box = getattr(item, "when", None)
    return Entry(
        text or getattr(item, "text", ""),
        tuple(item.articles),
        wording.box_words(box) if box is not None else (),
        tuple((name, tuple(texts)) for name, texts in details if texts),
        gone,
        wording.mark_words(getattr(item, "marks", ())),
    )


def step_details(ruleset: Ruleset, then: schema.StepThen) -> list[tuple[str, list[str]]]:
    """What a step asks: office, participants, clocks with pauses, papers, review points."""
    authority = then.authority or "owner"
    limits = []
    for rule in then.deadlines:
        limits.append(wording.limit_words(ruleset, rule, authority))
        limits += [wording.pause_words(pause) for pause in rule.pauses]
        if rule.on_overdue != "mark":
            limits.append(value_label(rule, "on_overdue", rule.on_overdue))
    points = {point.key: point.text for point in ruleset.rules.review_points}
    details = [
        (label(then, "authority"), [ruleset.authority_name(authority)]),
        (label(then, "participants"), [ruleset.authority_name(key) for key in then.participants]),
        (label(then, "deadlines"), limits),
        (label(then, "documents"), [wording.document_name(ruleset, key) for key in then.documents]),
        (label(then, "asks"), [points.get(key, key) for key in then.asks]),
    ]
    order = [_("need not wait for the steps before it")] if then.parallel else []
    if then.required_by:
        order.append(wording.waiting_words(then.required_by))
    details.append((label(then, "parallel"), order))
    if then.vote:
        details.append((label(then, "vote"), wording.vote_words(then.vote)))
    return details


def _table(key: str, group: str, entries: tuple[Entry, ...]) -> Block:
    """A part of the file as a table, under the name that the schema gives it."""
    return Block(key, group, label(schema.RuleFile, key), entries)


def _blocks(ruleset: Ruleset) -> Iterator[Block]:
    yield from _scope_blocks(ruleset)
    yield from _declaration_blocks(ruleset)
    yield from _route_blocks(ruleset)
    yield from _later_blocks(ruleset)


def _scope_blocks(ruleset: Ruleset) -> Iterator[Block]:
    rules = ruleset.rules
    group = _("Scope and duties")
    scope = [
        _entry(row, (label(row.then, "result"), [value_label(row.then, "result", row.then.result)]))
        for row in rules.scope.rows
    ]
    scope += [_entry(one, (_("Result"), [_("A yes puts it outside")])) for one in rules.scope.questions]
    yield _table("scope", group, tuple(scope))
    own = [
        _entry(
            fact,
            (label(fact, "values"), list(fact.values.values())),
            (label(fact, "help"), [fact.help] if fact.help else []),
            text=fact.name,
        )
        for fact in rules.facts
    ]
    yield _table("facts", group, tuple(own))
    for key, table, labels in (
        ("owner_kinds", rules.owner_kinds, vocabulary.OWNER_KINDS),
        ("actions", rules.actions, vocabulary.ACTIONS),
    ):
        yield _table(key, group, tuple(Entry(str(labels[name]), tuple(cited)) for name, cited in table.items()))
    offices = [
        Entry(one.name, tuple(one.articles), (), ((label(one, "duty"), (one.duty,)),) if one.duty else ())
        for one in rules.authorities.values()
    ]
    yield _table("authorities", group, tuple(offices))
    parameters = [
        _entry(row, (_parameter_name(key, parameter), [wording.value_words(row.then.value, parameter.unit)]))
        for key, parameter in rules.parameters.items()
        for row in parameter.rows
    ]
    yield _table("parameters", label(schema.RuleFile, "parameters"), tuple(parameters))


def _parameter_name(key: str, parameter: schema.Parameter) -> str:
    return wording.lookup(wording.PARAMETERS, key) or parameter.text or key


def _declaration_blocks(ruleset: Ruleset) -> Iterator[Block]:
    group = _("Declaration")
    yield from _occasion_blocks(ruleset, group)
    yield from _proof_blocks(ruleset, group)
    yield from _content_blocks(ruleset.rules, group)
    yield from _case_blocks(ruleset, group)
    yield from _list_blocks(ruleset.rules, group)


def _occasion_blocks(ruleset: Ruleset, group: str) -> Iterator[Block]:
    """When a declaration is handed in, and what of late ones."""
    rules = ruleset.rules
    windows = [
        Entry(
            window.text or wording.lookup(wording.WINDOWS, key) or key,
            tuple(window.articles),
            (),
            ((wording.lookup(wording.WINDOWS, key) or key, (wording.window_words(window),)),),
        )
        for key, window in rules.windows.items()
    ]
    yield _table("windows", group, tuple(windows))
    late = [
        _entry(
            row,
            (_("Result"), [_("may be declared") if row.then.allowed else _("may not be declared")]),
            (label(row.then, "documents"), _papers(ruleset, row.then.documents)),
        )
        for row in rules.late
    ]
    yield _table("late", group, tuple(late))


def _papers(ruleset: Ruleset, keys: Iterable[str]) -> list[str]:
    return [wording.document_name(ruleset, key) for key in keys]


def _proof_blocks(ruleset: Ruleset, group: str) -> Iterator[Block]:
    """What a declaration must show."""
    rules = ruleset.rules
    prerequisites = [
        _entry(
            row,
            (label(row.then, "name"), [f"{row.then.name}（{value_label(row.then, 'evidence', row.then.evidence)}）"]),
            (label(row.then, "document"), _papers(ruleset, [row.then.document] if row.then.document else [])),
        )
        for row in rules.prerequisites
    ]
    yield _table("prerequisites", group, tuple(prerequisites))
    materials = [
        _entry(
            row,
            (label(row.then, "document"), _papers(ruleset, [row.then.document])),
            (label(row.then, "required"), [_("yes") if row.then.required else _("where there is one")]),
        )
        for row in rules.materials
    ]
    yield _table("materials", group, tuple(materials))
    quotes = [_entry(row, (label(row.then, "minimum"), [str(row.then.minimum)])) for row in rules.quotes.rows]
    yield _table("quotes", group, tuple(quotes))


def _content_blocks(rules: schema.RuleFile, group: str) -> Iterator[Block]:
    """What a declaration says: statements of the plan, the county's outline."""
    for key, items in (("statements", rules.statements), ("sections", rules.sections)):
        entries = []
        for item in items:
            number = getattr(item, "number", "")
            help_text = [item.help] if item.help else []
            entries.append(_entry(item, (label(item, "help"), help_text), text=f"{number} {item.title}".strip()))
        yield _table(key, group, tuple(entries))


def _case_blocks(ruleset: Ruleset, group: str) -> Iterator[Block]:
    """What is not supported, what goes first, what may not be split."""
    rules = ruleset.rules
    negative = [_entry(item) for item in rules.negative_list.items]
    yield _table("negative_list", group, tuple(negative))
    exemption = rules.negative_list.exemption
    if exemption:
        entry = _entry(exemption, (label(exemption, "documents"), _papers(ruleset, exemption.documents)))
        yield Block("exemption", group, label(rules.negative_list, "exemption"), (entry,))
    yield _table("priorities", group, tuple(map(_entry, rules.priorities)))
    if rules.splitting:
        entry = _entry(rules.splitting, text=rules.splitting.text or _("A project may not be split."))
        yield _table("splitting", group, (entry,))


def _list_blocks(rules: schema.RuleFile, group: str) -> Iterator[Block]:
    """The county's lists: sources of money, papers, forms."""
    sources = [
        _entry(
            item,
            (label(item, "source"), [str(vocabulary.FUNDING_SOURCES[item.source])]),
            text=item.name,
        )
        for item in rules.sources
    ]
    yield _table("sources", group, tuple(sources))
    papers_known = [
        _entry(item, (label(item, "help"), [item.help] if item.help else []), text=item.name)
        for item in rules.documents.values()
    ]
    yield _table("documents", group, tuple(papers_known))
    forms = [
        _entry(form, (label(form, "fields"), [_(", ").join(one.label for one in form.fields)]), text=form.name)
        for form in rules.forms
    ]
    yield _table("forms", group, tuple(forms))


def _route_blocks(ruleset: Ruleset) -> Iterator[Block]:
    for step in ruleset.rules.route:
        entries = tuple(
            _entry(row, *step_details(ruleset, row.then)) if row.then.take else _entry(row, gone=True)
            for row in step.rows
        )
        note = [value_label(step, "kind", step.kind)]
        if step.gated:
            note.append(_("a negative outcome ends the project"))
        if step.result:
            note.append(value_label(step, "result", step.result))
        phase = str(vocabulary.PHASES[step.phase])
        title = wording.step_name(step.step, step.name)
        yield Block(
            f"step-{step.step}",
            _("Route: %s") % phase,
            title,
            entries,
            _("; ").join(part for part in note if part),
        )
    points = [_entry(row) for row in ruleset.rules.notices]
    yield _table("notices", _("Route: notices"), tuple(points))
    needed = [
        _entry(row, (_("To be shown"), [wording.requirement_words(ruleset, row.then)]))
        for row in ruleset.rules.requirements
    ]
    yield _table("requirements", _("Route: requirements"), tuple(needed))


def _later_blocks(ruleset: Ruleset) -> Iterator[Block]:
    group = _("Review, change, acceptance, money")
    yield from _review_and_change_blocks(ruleset, group)
    yield from _acceptance_blocks(ruleset, group)
    yield from _money_blocks(ruleset.rules, group)
    yield from _end_blocks(ruleset, group)


def _review_and_change_blocks(ruleset: Ruleset, group: str) -> Iterator[Block]:
    rules = ruleset.rules
    review = [
        _entry(item, (label(item, "authority"), [ruleset.authority_name(item.authority)] if item.authority else []))
        for item in rules.review_points
    ]
    yield _table("review_points", group, tuple(review))
    experts = [_entry(item, (_("Bound"), later_words.expert_words(item))) for item in rules.experts]
    yield _table("experts", group, tuple(experts))
    changes = [
        _entry(
            row,
            (label(row.then, "outcome"), [value_label(row.then, "outcome", row.then.outcome)]),
            (label(row.then, "authority"), [ruleset.authority_name(row.then.authority)] if row.then.authority else []),
            (label(row.then, "requires"), [wording.document_name(ruleset, key) for key in row.then.requires]),
            (label(row.then, "acts"), [ruleset.authority_name(act.authority) for act in row.then.acts]),
            (label(row.then, "refers_to"), [row.then.refers_to] if row.then.refers_to else []),
        )
        for row in rules.change_control
    ]
    if rules.change_base:
        changes.insert(0, _entry(rules.change_base))
    yield _table("change_control", group, tuple(changes))
    contracts = [_entry(item, (label(item, "then"), _contract(item.then))) for item in rules.contract_checks]
    yield _table("contract_checks", group, tuple(contracts))
    payments = [_entry(item, (_("Bound"), later_words.payment_words(ruleset, item))) for item in rules.payments]
    yield _table("payments", group, tuple(payments))


def _acceptance_blocks(ruleset: Ruleset, group: str) -> Iterator[Block]:
    rules = ruleset.rules
    parts = [
        _entry(
            part,
            (label(part, "document"), [wording.document_name(ruleset, part.document)] if part.document else []),
            (label(part, "authority"), [ruleset.authority_name(part.authority)] if part.authority else []),
            text=part.text or (wording.document_name(ruleset, part.document) if part.document else part.key),
        )
        for part in rules.acceptance.parts
    ]
    committee = rules.acceptance.committee
    if committee:
        members = [ruleset.authority_name(key) for key in committee.members]
        parts.append(
            _entry(
                committee,
                (label(committee, "members"), members),
                text=committee.text or label(rules.acceptance, "committee"),
            )
        )
    parts += map(_entry, rules.acceptance.consequences)
    yield _table("acceptance", group, tuple(parts))


def _money_blocks(rules: schema.RuleFile, group: str) -> Iterator[Block]:
    funding = rules.funding
    yield Block("guards", group, label(funding, "guards"), tuple(map(_entry, funding.guards)))
    yield Block("exclusions", group, label(funding, "exclusions"), tuple(map(_entry, funding.exclusions)))
    yield Block("money_notices", group, label(funding, "notices"), tuple(map(_entry, funding.notices)))
    caps = [_entry(cap, (label(cap, "ratio"), [wording.percent(cap.ratio)])) for cap in funding.caps]
    yield Block("caps", group, label(funding, "caps"), tuple(caps))
    yield Block("money_notes", group, label(funding, "notes"), tuple(map(_entry, funding.notes)))


def _end_blocks(ruleset: Ruleset, group: str) -> Iterator[Block]:
    """Evaluation, supervision, and how a system or an old project ends."""
    rules = ruleset.rules
    evaluations = [
        _entry(
            item, (_("Time limits"), _evaluation(item)), (label(item, "reported_to"), _names(ruleset, item.reported_to))
        )
        for item in rules.evaluation
    ]
    yield _table("evaluation", group, tuple(evaluations))
    supervision = [_entry(item, *later_words.measure_details(ruleset, item)) for item in rules.supervision]
    yield _table("supervision", group, tuple(supervision))
    duties = [_entry(item, (_("Due"), later_words.duty_words(ruleset, item))) for item in rules.duties]
    yield _table("duties", group, tuple(duties))
    bars = [_entry(item, (_("Time limits"), later_words.bar_words(ruleset, item))) for item in rules.bars]
    yield _table("bars", group, tuple(bars))
    if rules.decommissioning:
        end = rules.decommissioning
        limits = [wording.limit_words(ruleset, rule, "data_bureau") for rule in end.deadlines]
        entries = [
            _entry(end, (label(end, "deadlines"), limits), text=end.text or label(rules, "decommissioning")),
            *map(_entry, end.steps),
        ]
        yield _table("decommissioning", group, tuple(entries))
    if rules.stock:
        steps = [wording.step_name(key) for key in rules.stock.enter_at]
        entries = [_entry(rules.stock, (label(rules.stock, "enter_at"), steps)), *map(_entry, rules.stock.items)]
        yield _table("stock", group, tuple(entries))
    yield _table("rights", group, tuple(map(_entry, rules.rights)))


def _names(ruleset: Ruleset, keys: Iterable[str]) -> list[str]:
    return [ruleset.authority_name(key) for key in keys]


def _contract(then: schema.ContractThen) -> list[str]:
    words = []
    unit = then.unit or "count"
    if then.at_least is not None:
        words.append(f"≥ {wording.value_words(then.at_least, unit)}")
    if then.at_most is not None:
        words.append(f"≤ {wording.value_words(then.at_most, unit)}")
    if then.required:
        words.append(_("must stand in the contract"))
    return words


def _evaluation(item: schema.EvaluationWindow) -> list[str]:
    after = wording.event_words(item.after) if item.after else ""
    words = []
    if item.opens:
        words.append(_("opens %(length)s after %(event)s") % {"length": wording.span_words(item.opens), "event": after})
    if item.closes:
        words.append(
            _("closes %(length)s after %(event)s") % {"length": wording.span_words(item.closes), "event": after}
        )
    return words


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
        claims.update({rows[key].text: _entry(rows[key]) for key in finding.rows if key in rows})
        settled.update({rows[key].text: _entry(rows[key]) for key in finding.resolved_by if key in rows})
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
        return wording.lookup(wording.PARAMETERS, str(path[1])) or str(path[1])
    return label(schema.RuleFile, str(path[0]))
