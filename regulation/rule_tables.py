"""The tables of a rule version in words, group by group; what a row says besides comes from the schema (`details`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from jurisdictions.rules import schema, vocabulary
from jurisdictions.rules.labels import known_label, label, value_label
from jurisdictions.rules.ruleset import Ruleset
from regulation import wording
from regulation.article_parts import Block, Entry
from regulation.details import Details, details


def entry_of(ruleset: Ruleset, item: Any, *, text: str = "", more: Details | None = None, gone: bool = False) -> Entry:
    """A row, point or part in words; `more` stands instead of what its fields say."""
    box = getattr(item, "when", None)
    then = getattr(item, "then", item)
    return Entry(
        text or _text(ruleset, item),
        tuple(item.articles),
        wording.box_words(box) if box is not None else (),
        () if gone else details(ruleset, then) if more is None else more,
        gone,
        wording.mark_words(getattr(item, "marks", ())),
    )


def _text(ruleset: Ruleset, item: Any) -> str:
    named = (getattr(item, name, "") for name in ("text", "title", "name"))
    number = getattr(item, "number", "")
    found = next(filter(None, named), "") or wording.document_name(ruleset, getattr(item, "document", None) or "")
    return f"{number} {found}".strip()


def rule_tables(ruleset: Ruleset) -> Iterator[Block]:
    """All tables in the order in which the page shows them by table."""
    rules = ruleset.rules
    scope, declaration = _("Scope and duties"), _("Declaration")

    def table(key: str, group: str, items: Iterable[Any], *, part: Any = schema.RuleFile, of: str = "") -> Block:
        entries = [item if isinstance(item, Entry) else entry_of(ruleset, item) for item in items]
        return Block(key, group, label(part, of or key), tuple(entries))

    questions = [entry_of(ruleset, one, more=_outside(one)) for one in rules.scope.questions]
    yield table("scope", scope, [*rules.scope.rows, *questions])
    yield table("facts", scope, rules.facts)
    yield table("dates", scope, rules.dates)
    for key, known in (("owner_kinds", vocabulary.OWNER_KINDS), ("actions", vocabulary.ACTIONS)):
        cited = getattr(rules, key)
        yield table(key, scope, [Entry(str(known[name]), tuple(articles)) for name, articles in cited.items()])
    yield table("authorities", scope, rules.authorities.values())
    yield table("parameters", label(schema.RuleFile, "parameters"), _parameters(ruleset))

    yield table("windows", declaration, _windows(rules))
    for key in ("late", "prerequisites", "materials"):
        yield table(key, declaration, getattr(rules, key))
    yield table("quotes", declaration, rules.quotes.rows)
    for key in ("statements", "sections"):
        yield table(key, declaration, getattr(rules, key))
    negative = rules.negative_list
    yield table("negative_list", declaration, negative.items)
    yield table("exemption", declaration, [negative.exemption] if negative.exemption else [], part=negative)
    yield table("priorities", declaration, rules.priorities)
    unsaid = _("A project may not be split.")
    splitting = [rules.splitting] if rules.splitting else []
    yield table("splitting", declaration, [entry_of(ruleset, one, text=one.text or unsaid) for one in splitting])
    for key, listed in (("sources", rules.sources), ("documents", rules.documents.values()), ("forms", rules.forms)):
        yield table(key, declaration, listed)

    yield from _route(ruleset)
    notices = [entry_of(ruleset, row, more=()) for row in rules.notices]
    yield table("notices", _("Route: notices"), notices)
    yield table("requirements", _("Route: requirements"), rules.requirements)

    later = _("Review, change, acceptance, money")
    for key in ("review_points", "experts"):
        yield table(key, later, getattr(rules, key))
    yield table("change_control", later, [*filter(None, [rules.change_base]), *rules.change_control])
    for key in ("contract_checks", "payments"):
        yield table(key, later, getattr(rules, key))
    acceptance, committee = rules.acceptance, rules.acceptance.committee
    seated = [committee] if committee else []
    accepting = [entry_of(ruleset, one, text=one.text or label(acceptance, "committee")) for one in seated]
    yield table("acceptance", later, [*acceptance.parts, *accepting, *acceptance.consequences])
    funding = rules.funding
    for key, of in (
        ("guards", "guards"),
        ("exclusions", "exclusions"),
        ("money_notices", "notices"),
        ("caps", "caps"),
        ("money_notes", "notes"),
    ):
        yield table(key, later, getattr(funding, of), part=funding, of=of)
    for key in ("evaluation", "supervision", "duties", "bars"):
        yield table(key, later, getattr(rules, key))
    if end := rules.decommissioning:
        first = entry_of(ruleset, end, text=end.text or label(rules, "decommissioning"))
        yield table("decommissioning", later, [first, *end.grounds, *end.steps, *end.dispositions])
    if rules.stock:
        yield table("stock", later, [rules.stock, *rules.stock.items])
    yield table("rights", later, rules.rights)


def _outside(question: schema.ScopeQuestion) -> Details:
    said = {"yes": _("A yes puts it outside"), "no": _("A no puts it outside")}
    return ((_("Result"), (said[question.outside_answer],)),)


def _parameters(ruleset: Ruleset) -> Iterator[Entry]:
    for key, parameter in ruleset.rules.parameters.items():
        name = known_label(schema.RuleFile, "parameters", key) or parameter.text or key
        for row in parameter.rows:
            said = (wording.value_words(row.then.value, parameter.unit),)
            yield entry_of(ruleset, row, more=((name, said),))


def _windows(rules: schema.RuleFile) -> Iterator[Entry]:
    for key, window in rules.windows.items():
        name = known_label(schema.RuleFile, "windows", key) or key
        said = ((name, (wording.window_words(window),)),)
        yield Entry(window.text or name, tuple(window.articles), (), said)


def _route(ruleset: Ruleset) -> Iterator[Block]:
    for step in ruleset.rules.route:
        entries = tuple(
            entry_of(ruleset, row, more=_step_details(ruleset, row.then), gone=not row.then.take) for row in step.rows
        )
        note = [value_label(step, "kind", step.kind)]
        if step.gated:
            note.append(_("a negative outcome ends the project"))
        if step.result:
            note.append(value_label(step, "result", step.result))
        group = _("Route: %s") % str(vocabulary.PHASES[step.phase])
        title = wording.step_name(step.step, step.name)
        yield Block(f"step-{step.step}", group, title, entries, _("; ").join(filter(None, note)))


def _step_details(ruleset: Ruleset, then: schema.StepThen) -> Details:
    """What a step asks; of its order in words what it need not wait for and what it holds up."""
    order = [_("need not wait for the steps before it")] if then.parallel else []
    if then.required_by:
        order.append(wording.waiting_words(then.required_by))
    plain = details(ruleset, then.model_copy(update={"parallel": False, "required_by": None}))
    return (*plain, (label(then, "parallel"), tuple(order))) if order else plain
