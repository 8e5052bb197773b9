"""What a new declaration begins with: what its person or unit wrote the last time and would write again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import QuerySet

from accounts.actors import Actor
from accounts.models import Office
from accounts.refusals import Refusal
from jurisdictions.fields import whole
from jurisdictions.rules.ruleset import Ruleset
from projects.declaring.described import basics
from projects.declaring.proved import money
from projects.declaring.setting import FormContext, facts_typed, unit_of
from projects.models import Declaration
from workflow.filings.content import Content, amount_or_none, put, read_day, rows_at, text_at
from workflow.filings.parts import Field, in_chosen_unit

KEPT = ("owner_unit", "place", "contact", "phone")  # of the basic facts
ANEW = ("negative", "prerequisites", "quotes")  # is asked anew of a copy
LATER = ("basics-basis", "money-om_cost")
UNIT = "wan"


def beginning(actor: Actor) -> Content:
    """What the form shows filled in: the person's own unit of amounts, the place and contact of the last one."""
    assert actor.user is not None
    before = Declaration.objects.filter(unit=actor.office).order_by("-pk")
    own = before.filter(editors__contains=[actor.user.pk]).values_list("content", flat=True).first() or {}
    last = own or before.values_list("content", flat=True).first() or {}
    kept = {key: text for key in KEPT if (text := text_at(last, f"basics-{key}"))}
    kept = {"contact": actor.user.name, "phone": actor.user.phone, **kept}
    return {"basics": kept, "money": {"unit": text_at(own, "money-unit") or UNIT}}


def earlier(actor: Actor) -> QuerySet[Declaration]:
    """Declarations of the person's unit that another may be copied from, the newest first."""
    rows = Declaration.objects.filter(unit=actor.office).order_by("-pk")
    return rows.select_related("project").defer("content")


def copied(actor: Actor, pk: int | None, *, plan_year: int) -> Content:
    """What a declaration of the person's unit says again for another year; empty where the unit has no such one.

    Days, papers, prices and what must be confirmed anew are left out, the years of the money move on together.
    """
    found = Declaration.objects.filter(unit=actor.office, pk=pk or 0).values_list("content", flat=True).first()
    if found is None:
        return {}
    content: Content = {key: dict(part) for key, part in found.items() if key not in ANEW}
    for key in ("starts_on", "ends_on"):
        content.get("basics", {}).pop(key, None)
    lines = rows_at(content, "money-lines")
    years = [year for line in lines if (year := whole(line.get("year"))) is not None]
    if lines and years:
        later = plan_year - min(years)
        moved = [{**one, "year": str(later + (whole(one.get("year")) or min(years)))} for one in lines]
        content["money"]["lines"] = moved
    return content


def _setting(content: Content, rules: Ruleset, unit: Office) -> FormContext:
    facts = facts_typed(content, owner_kind=unit.owner_kind, own=rules.spaces.own)
    return FormContext(rules=rules, facts=facts, applicant=unit)


def begun(
    typed: Content, *, actor: Actor, rules: Ruleset, unit: Office, copy: Content, shown: Mapping[str, Any]
) -> Content:
    """What is typed so far, over what is copied, over what a declaration of this person begins with.

    All amounts are in the unit that is chosen; `shown` says in which a page without a script had them.
    """

    def amounts(content: Content) -> Iterator[Field]:
        return money(content, _setting(content, rules, unit)).all_fields()

    typed = in_chosen_unit(typed, amounts, shown)
    if chosen := text_at(typed, "money-unit"):
        copy = in_chosen_unit(put(copy, "money-unit", chosen), amounts, {"shown:money-unit": unit_of(copy)})
    totals = [amount_or_none(text_at(one, "money-investment"), unit=unit_of(one)) for one in (copy, typed)]
    if typed and totals[0] != totals[1]:
        copy.get("money", {}).pop("lines", None)
    first = beginning(actor).items()
    return {**copy, **{key: {**part, **copy.get(key, {}), **typed.get(key, {})} for key, part in first}}


def first_questions(content: Content, *, rules: Ruleset, unit: Office) -> list[Field]:
    """What is asked before anything else: the facts that decide the route, and the name."""
    setting = _setting(content, rules, unit)
    asked = [*basics(content, setting).open_fields, *money(content, setting).open_fields]
    return [one for one in asked if one.name not in LATER]


def with_first_line(content: Content, *, rules: Ruleset, plan_year: int) -> Content:
    """The money as one line, until it is told in more: all of it, from the source that was named, in the first year."""
    typed = content["money"]
    if rows_at(content, "money-lines") or not typed.get("investment", "").strip():
        return content
    chosen, sources = typed.get("funding_source", ""), rules.rules.sources
    known = [one.key for one in sources if one.source == chosen] if sources else [chosen]
    try:
        year = read_day(text_at(content, "basics-starts_on"), field="").year
    except Refusal:
        year = plan_year
    line = {"source": known[0] if len(known) == 1 else "", "year": str(year), "amount": typed["investment"]}
    return {**content, "money": {**typed, "lines": [line]}}
