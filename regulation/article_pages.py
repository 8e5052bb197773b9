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
from jurisdictions.rules import schema, vocabulary
from jurisdictions.rules.boxes import Interval
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
    words = query.casefold().split()

    def hit(text: str) -> bool:
        folded = text.casefold()
        return all(word in folded for word in words)

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
        tuple((label, tuple(texts)) for label, texts in details if texts),
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
            limits.append(wording.lookup(wording.OVERDUE, rule.on_overdue))
    points = {point.key: point.text for point in ruleset.rules.review_points}
    details = [
        (_("Office"), [ruleset.authority_name(authority)]),
        (_("Participants"), [ruleset.authority_name(key) for key in then.participants]),
        (_("Time limits"), limits),
        (_("Papers"), [wording.document_name(ruleset, key) for key in then.documents]),
        (_("To be stated"), [points.get(key, key) for key in then.asks]),
    ]
    order = [_("need not wait for the steps before it")] if then.parallel else []
    if then.required_by:
        order.append(wording.waiting_words(then.required_by))
    details.append((_("Order"), order))
    if then.vote:
        details.append((_("Vote"), wording.vote_words(then.vote)))
    return details


def _blocks(ruleset: Ruleset) -> Iterator[Block]:
    yield from _scope_blocks(ruleset)
    yield from _declaration_blocks(ruleset)
    yield from _route_blocks(ruleset)
    yield from _later_blocks(ruleset)


def _scope_blocks(ruleset: Ruleset) -> Iterator[Block]:
    rules = ruleset.rules
    group = _("Scope and duties")
    scope = [_entry(row, (_("Result"), [str(wording.SCOPE[row.then.result][1])])) for row in rules.scope.rows]
    scope += [_entry(one, (_("Result"), [_("A yes puts it outside")])) for one in rules.scope.questions]
    yield Block("scope", group, _("Scope"), tuple(scope))
    own = [
        _entry(
            fact,
            (_("Answers"), list(fact.values.values())),
            (_("Content"), [fact.help] if fact.help else []),
            text=fact.name,
        )
        for fact in rules.facts
    ]
    yield Block("facts", group, _("Facts asked besides"), tuple(own))
    for key, title, table, labels in (
        ("owner_kinds", _("Who may declare"), rules.owner_kinds, vocabulary.OWNER_KINDS),
        ("actions", _("What must be declared"), rules.actions, vocabulary.ACTIONS),
    ):
        yield Block(key, group, title, tuple(Entry(str(labels[name]), tuple(cited)) for name, cited in table.items()))
    offices = [
        Entry(one.name, tuple(one.articles), (), ((_("Duty"), (one.duty,)),) if one.duty else ())
        for one in rules.authorities.values()
    ]
    yield Block("authorities", group, _("Offices and duties"), tuple(offices))
    parameters = [
        _entry(row, (_parameter_name(key, parameter), [wording.value_words(row.then.value, parameter.unit)]))
        for key, parameter in rules.parameters.items()
        for row in parameter.rows
    ]
    yield Block("parameters", _("Parameters"), _("Parameters"), tuple(parameters))


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
    yield Block("windows", group, _("Windows"), tuple(windows))
    late = [
        _entry(
            row,
            (_("Result"), [_("may be declared") if row.then.allowed else _("may not be declared")]),
            (_("Papers"), _papers(ruleset, row.then.documents)),
        )
        for row in rules.late
    ]
    yield Block("late", group, _("Outside the window or the reserve"), tuple(late))


def _papers(ruleset: Ruleset, keys: Iterable[str]) -> list[str]:
    return [wording.document_name(ruleset, key) for key in keys]


def _proof_blocks(ruleset: Ruleset, group: str) -> Iterator[Block]:
    """What a declaration must show."""
    rules = ruleset.rules
    prerequisites = [
        _entry(
            row,
            (_("To be confirmed"), [f"{row.then.name}（{wording.EVIDENCE[row.then.evidence]}）"]),
            (_("Papers"), _papers(ruleset, [row.then.document] if row.then.document else [])),
        )
        for row in rules.prerequisites
    ]
    yield Block("prerequisites", group, _("Prerequisites"), tuple(prerequisites))
    materials = [
        _entry(
            row,
            (_("Paper"), _papers(ruleset, [row.then.document])),
            (_("Required"), [_("yes") if row.then.required else _("where there is one")]),
        )
        for row in rules.materials
    ]
    yield Block("materials", group, _("Materials"), tuple(materials))
    quotes = [_entry(row, (_("Quotes at least"), [str(row.then.minimum)])) for row in rules.quotes.rows]
    yield Block("quotes", group, _("Vendor quotes"), tuple(quotes))


def _content_blocks(rules: schema.RuleFile, group: str) -> Iterator[Block]:
    """What a declaration says: statements of the plan, the county's outline."""
    for key, title, items in (
        ("statements", _("What the plan states"), rules.statements),
        ("sections", _("Outline of the plan"), rules.sections),
    ):
        entries = []
        for item in items:
            number = getattr(item, "number", "")
            help_text = [item.help] if item.help else []
            entries.append(_entry(item, (_("Content"), help_text), text=f"{number} {item.title}".strip()))
        yield Block(key, group, title, tuple(entries))


def _case_blocks(ruleset: Ruleset, group: str) -> Iterator[Block]:
    """What is not supported, what goes first, what may not be split."""
    rules = ruleset.rules
    negative = [_entry(item) for item in rules.negative_list.items]
    yield Block("negative_list", group, _("Not supported"), tuple(negative))
    exemption = rules.negative_list.exemption
    if exemption:
        entry = _entry(exemption, (_("Papers"), _papers(ruleset, exemption.documents)))
        yield Block("exemption", group, _("Exemption from what is not supported"), (entry,))
    yield Block("priorities", group, _("Priorities"), tuple(map(_entry, rules.priorities)))
    if rules.splitting:
        entry = _entry(rules.splitting, text=rules.splitting.text or _("A project may not be split."))
        yield Block("splitting", group, _("Splitting"), (entry,))


def _list_blocks(rules: schema.RuleFile, group: str) -> Iterator[Block]:
    """The county's lists: sources of money, papers, forms."""
    sources = [
        _entry(
            item,
            (_("Counts as"), [str(vocabulary.FUNDING_SOURCES[item.source])]),
            text=item.name,
        )
        for item in rules.sources
    ]
    yield Block("sources", group, _("Sources of money"), tuple(sources))
    papers_known = [
        _entry(item, (_("Content"), [item.help] if item.help else []), text=item.name)
        for item in rules.documents.values()
    ]
    yield Block("documents", group, _("Papers named in the rules"), tuple(papers_known))
    forms = [
        _entry(form, (_("Fields"), [_(", ").join(one.label for one in form.fields)]), text=form.name)
        for form in rules.forms
    ]
    yield Block("forms", group, _("Forms"), tuple(forms))


def _route_blocks(ruleset: Ruleset) -> Iterator[Block]:
    for step in ruleset.rules.route:
        entries = tuple(
            _entry(row, *step_details(ruleset, row.then)) if row.then.take else _entry(row, gone=True)
            for row in step.rows
        )
        note = [wording.lookup(wording.KINDS, step.kind)]
        if step.gated:
            note.append(_("a negative outcome ends the project"))
        if step.result:
            note.append(_("passing enters the reserve") if step.result == "reserve" else _("enters the plan"))
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
    yield Block("notices", _("Route: notices"), _("Notices"), tuple(points))
    needed = [
        _entry(row, (_("To be shown"), [wording.requirement_words(ruleset, row.then)]))
        for row in ruleset.rules.requirements
    ]
    yield Block("requirements", _("Route: requirements"), _("What must be there by a step"), tuple(needed))


def _later_blocks(ruleset: Ruleset) -> Iterator[Block]:
    group = _("Review, change, acceptance, money")
    yield from _review_and_change_blocks(ruleset, group)
    yield from _acceptance_blocks(ruleset, group)
    yield from _money_blocks(ruleset.rules, group)
    yield from _end_blocks(ruleset, group)


def _review_and_change_blocks(ruleset: Ruleset, group: str) -> Iterator[Block]:
    rules = ruleset.rules
    review = [
        _entry(item, (_("Office"), [ruleset.authority_name(item.authority)] if item.authority else []))
        for item in rules.review_points
    ]
    yield Block("review_points", group, _("What reviewers state"), tuple(review))
    experts = [_entry(item, (_("Bound"), later_words.expert_words(item))) for item in rules.experts]
    yield Block("experts", group, _("Experts"), tuple(experts))
    changes = [
        _entry(
            row,
            (_("Result"), [str(wording.OUTCOMES[row.then.outcome][1])]),
            (_("Office"), [ruleset.authority_name(row.then.authority)] if row.then.authority else []),
            (_("Needs"), [wording.document_name(ruleset, key) for key in row.then.requires]),
            (_("Steps"), [ruleset.authority_name(act.authority) for act in row.then.acts]),
            (_("Decided by other rules"), [row.then.refers_to] if row.then.refers_to else []),
        )
        for row in rules.change_control
    ]
    if rules.change_base:
        changes.insert(0, _entry(rules.change_base))
    yield Block("change_control", group, _("Change control"), tuple(changes))
    contracts = [_entry(item, (_("Bound"), _contract(item.then))) for item in rules.contract_checks]
    yield Block("contract_checks", group, _("Contract checks"), tuple(contracts))
    payments = [_entry(item, (_("Bound"), later_words.payment_words(ruleset, item))) for item in rules.payments]
    yield Block("payments", group, _("Payments"), tuple(payments))


def _acceptance_blocks(ruleset: Ruleset, group: str) -> Iterator[Block]:
    rules = ruleset.rules
    parts = [
        _entry(
            part,
            (_("Paper"), [wording.document_name(ruleset, part.document)] if part.document else []),
            (_("Confirmed by"), [ruleset.authority_name(part.authority)] if part.authority else []),
            text=part.text or (wording.document_name(ruleset, part.document) if part.document else part.key),
        )
        for part in rules.acceptance.parts
    ]
    committee = rules.acceptance.committee
    if committee:
        members = [ruleset.authority_name(key) for key in committee.members]
        parts.append(_entry(committee, (_("Members"), members), text=committee.text or _("Committee")))
    parts += map(_entry, rules.acceptance.consequences)
    yield Block("acceptance", group, _("Acceptance"), tuple(parts))


def _money_blocks(rules: schema.RuleFile, group: str) -> Iterator[Block]:
    funding = rules.funding
    yield Block("guards", group, _("No money unless"), tuple(map(_entry, funding.guards)))
    yield Block("exclusions", group, _("No operation money where"), tuple(map(_entry, funding.exclusions)))
    yield Block("money_notices", group, _("To be looked at"), tuple(map(_entry, funding.notices)))
    caps = [_entry(cap, (_("Bound"), [wording.percent(cap.ratio)])) for cap in funding.caps]
    yield Block("caps", group, _("Caps"), tuple(caps))
    yield Block("money_notes", group, _("Money"), tuple(map(_entry, funding.notes)))


def _end_blocks(ruleset: Ruleset, group: str) -> Iterator[Block]:
    """Evaluation, supervision, and how a system or an old project ends."""
    rules = ruleset.rules
    evaluations = [
        _entry(item, (_("Time limits"), _evaluation(item)), (_("Reported to"), _names(ruleset, item.reported_to)))
        for item in rules.evaluation
    ]
    yield Block("evaluation", group, _("Evaluation"), tuple(evaluations))
    supervision = [_entry(item, *later_words.measure_details(ruleset, item)) for item in rules.supervision]
    yield Block("supervision", group, _("Supervision"), tuple(supervision))
    duties = [_entry(item, (_("Due"), later_words.duty_words(ruleset, item))) for item in rules.duties]
    yield Block("duties", group, _("Recurring duties"), tuple(duties))
    bars = [_entry(item, (_("Time limits"), later_words.bar_words(ruleset, item))) for item in rules.bars]
    yield Block("bars", group, _("Barred from new projects"), tuple(bars))
    if rules.decommissioning:
        end = rules.decommissioning
        limits = [wording.limit_words(ruleset, rule, "data_bureau") for rule in end.deadlines]
        entries = [
            _entry(end, (_("Time limits"), limits), text=end.text or _("Stopping a system")),
            *map(_entry, end.steps),
        ]
        yield Block("decommissioning", group, _("Stopping a system"), tuple(entries))
    if rules.stock:
        steps = [wording.step_name(key) for key in rules.stock.enter_at]
        entries = [_entry(rules.stock, (_("May enter at"), steps)), *map(_entry, rules.stock.items)]
        yield Block("stock", group, _("Projects from before"), tuple(entries))
    yield Block("rights", group, _("Rights and results"), tuple(map(_entry, rules.rights)))


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
    return _("Change control") if path[0] == "change_control" else str(path[0])
