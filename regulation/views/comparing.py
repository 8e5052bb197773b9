"""`/<county>/rules/compare/`: the same facts under every county's rules, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import CountyRequest, needs
from jurisdictions.rules.facts import FactError, Facts
from jurisdictions.rules.registry import RuleRegistry
from jurisdictions.rules.route import Route
from jurisdictions.rules.ruleset import Ruleset
from jurisdictions.versions import current_registry
from regulation import wording
from regulation.forms import FactsForm
from regulation.route_words import fact_words, notice_words, skipped_words, step_words
from regulation.views import answering
from workflow.clocks import clock


@dataclass
class Column:
    """A county's answer."""

    name: str
    own: bool
    url: str
    ruleset: Ruleset
    status: wording.Status
    route: Route
    taken: dict[str, dict[str, Any]]
    left: dict[str, dict[str, Any]]
    notices: list[dict[str, Any]]


@needs("rules.view")
def compare(request: CountyRequest) -> HttpResponse:
    """The same facts in all counties: rows are the union of the steps in order."""
    registry = current_registry()
    form = FactsForm(request.GET if request.GET else None)
    del form.fields["start"]
    context: dict[str, Any] = {"form": form, "comparing": True}
    if form.is_bound and form.is_valid():
        day = form.cleaned_data["on"] or clock.today()
        try:
            facts = Facts.parse(form.facts())
            columns = _columns(request, registry, facts, day)
            context |= {
                "columns": columns,
                "tables": _tables(columns),
                "facts": facts,
                "asked_words": fact_words(facts),
                "day": day,
                "wan": form.looks_like_wan,
                "wan_url": "",
            }
        except FactError as error:
            form.refuse(error)
    query = answering.clean_query(request.GET)
    context |= {"tabs": answering.tabs(request, answering.COMPARE, query), "asked": form.is_bound}
    return answering.answer_page(
        request,
        "jurisdictions/compare.html",
        "jurisdictions/_compare_result.html",
        context,
        faulty=bool(form.is_bound and form.errors),
    )


def _columns(request: CountyRequest, registry: RuleRegistry, facts: Facts, day: date) -> list[Column]:
    """One a county, the person's own first."""
    own = request.county.code
    base = reverse("regulation:read", kwargs={"county": own})
    columns = []
    for code in sorted(registry.counties, key=lambda code: (code != own, code)):
        ruleset = registry.on(code, day)
        route = ruleset.route(facts, day)
        with wording.of(ruleset):
            taken = {step["key"]: step for step in step_words(ruleset, route)}
            left = {step["key"]: step for step in skipped_words(ruleset, route)}
        columns.append(
            Column(
                ruleset.rules.county.name,
                code == own,
                base if code == own else f"{base}?{urlencode({'of': code})}",
                ruleset,
                wording.status_on(ruleset, day),
                route,
                taken,
                left,
                notice_words(route.notices),
            )
        )
    return columns


def _tables(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """The union of all steps: those some county takes for these facts, then those none takes."""
    order = merged_order([step.step for step in column.ruleset.rules.route] for column in columns)
    taken = {key for column in columns for key in column.taken}
    rows = [(key in taken, _row(key, columns)) for key in order]
    return [
        {"title": _("Steps by county"), "first": True, "rows": [row for is_taken, row in rows if is_taken]},
        {"title": _("Steps that no county asks for here"), "rows": [row for is_taken, row in rows if not is_taken]},
    ]


def _row(key: str, columns: Sequence[Column]) -> dict[str, Any]:
    cells = [{"column": one, "taken": one.taken.get(key), "left": one.left.get(key)} for one in columns]
    return {"key": key, "name": wording.step_name(key), "cells": cells}


def merged_order(routes: Iterable[Sequence[str]]) -> list[str]:
    """All steps once: the first route's order, later routes' own steps behind the step they follow."""
    merged: list[str] = []
    for route in routes:
        place = 0
        for key in route:
            if key in merged:
                place = merged.index(key) + 1
            else:
                merged.insert(place, key)
                place += 1
    return merged
