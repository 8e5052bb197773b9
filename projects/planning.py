"""A year's plan in the shape people know: what a row says of a project's years, money by source, kind and basis."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, OuterRef, QuerySet
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, JSONObject
from django.utils.translation import gettext as _

from accounts.actors import Actor
from jurisdictions.templatetags.xunzhang import wan
from projects.models import CostLine, PlanEntry
from projects.ruling import ruleset_of

NOTHING = Decimal(0)
COMPILED_BY = "data_bureau"


def may_compile(actor: Actor) -> bool:
    """Whether a person compiles the county's plans: of the data bureau, and records steps."""
    return actor.office is not None and COMPILED_BY in actor.office.authorities and actor.may("step.record")


def with_money(rows: QuerySet[PlanEntry]) -> QuerySet[PlanEntry]:
    """Entries with what a row of the plan shows (no query besides)."""
    declared = CostLine.objects.filter(project=OuterRef("project_id"), stage="rough_estimate").order_by("pk")
    money = JSONObject(year="year", source="source", amount=Cast("amount", CharField()))
    basics = KeyTransform("basics", "project__declaration__content")
    return rows.select_related(
        "plan", "step", "project__applicant", "project__owner_unit", "project__rule_version"
    ).annotate(
        money=ArraySubquery(declared.values_list(money, flat=True)),
        starts=KeyTextTransform("starts_on", basics),
        ends=KeyTextTransform("ends_on", basics),
    )


def by_source(row: Any) -> dict[str, Decimal]:
    """The money of the plan's year by source (key of the county's list), in yuan."""
    found: dict[str, Decimal] = {}
    for one in row.money:
        if one["year"] == row.plan.year:
            found[one["source"]] = found.get(one["source"], NOTHING) + Decimal(one["amount"])
    return found


def this_year(row: Any) -> Decimal:
    """The money of the plan's year, in yuan."""
    return sum(by_source(row).values(), NOTHING)


def before(row: Any) -> Decimal:
    """What was arranged in the years before, in yuan."""
    years = (one for one in row.money if one["year"] and one["year"] < row.plan.year)
    return sum((Decimal(one["amount"]) for one in years), NOTHING)


def later(row: Any) -> Decimal:
    """What is left for the years after, in yuan."""
    years = (one for one in row.money if one["year"] and one["year"] > row.plan.year)
    return sum((Decimal(one["amount"]) for one in years), NOTHING)


def kind(row: Any) -> str:
    """What is done: the kind of action and the category."""
    return f"{row.project.get_action_display()} · {row.project.get_category_display()}"


def period(row: Any) -> str:
    """From the year it starts to the year it ends, as declared."""
    years = [year for text in (row.starts, row.ends) if (year := _year(text))]
    return "—".join(dict.fromkeys(years))


def _year(text: str | None) -> str:
    try:
        return str(dt.date.fromisoformat(text or "").year)
    except ValueError:
        return ""


def source_names(row: Any) -> dict[str, str]:
    """The county's names of the sources."""
    return {one.key: str(one.name) for one in ruleset_of(row.project.rule_version).rules.sources}


def sources_said(row: Any) -> str:
    """The money of the plan's year by source, in words."""
    names = source_names(row)
    return _("; ").join(f"{names.get(key, key)} {wan(amount)}" for key, amount in by_source(row).items())


def basis(row: Any) -> str:
    """Why it is in the plan: the articles of its step, the reasons for putting it first."""
    reasons = {one.key: str(one.text) for one in ruleset_of(row.project.rule_version).rules.priorities}
    said = [reasons.get(key, key) for key in row.project.priority]
    return _("; ").join([*said, *([row.step.name] if row.step is not None else [])])
