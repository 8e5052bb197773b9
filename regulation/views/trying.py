"""`/<county>/rules/try/`: the four questions, asked by a form that lives in the address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _

from accounts.access import CountyRequest, needs
from jurisdictions.calendar_store import current_calendars
from jurisdictions.calendars.periods import LedgerDay, Pause, PeriodError, Unit, explain
from jurisdictions.rules.answers import FundingPoint
from jurisdictions.rules.facts import FactError, Facts
from jurisdictions.rules.labels import value_label
from jurisdictions.rules.questions import answer, read_day
from jurisdictions.rules.registry import RuleRegistry
from jurisdictions.rules.route import Route
from jurisdictions.rules.ruleset import Ruleset
from jurisdictions.rules.vocabulary import ROUTE_FACTS
from jurisdictions.versions import current_registry
from regulation import wording
from regulation.forms import ChangeForm, DeadlineForm, FactsForm, FundingForm
from regulation.route_words import extent, fact_words, notice_words, phases, skipped_words, step_words
from regulation.schedule import Schedule, schedule
from regulation.views import answering
from workflow.clocks import clock

#: Days of the ledger that a page shows; a longer period shows its first and last days.
LEDGER_DAYS = 400
_SHOWN_RATIO = Decimal("0.0001")


@needs("rules.view")
def try_rules(request: CountyRequest) -> HttpResponse:
    """One of the four questions: `?question=route` (default), `change`, `funding`, `deadline`."""
    registry = current_registry()
    question = request.GET.get("question", "route")
    ask = QUESTIONS.get(question)
    if ask is None:
        question, ask = "route", ask_route
    asked = any(key != "question" for key in request.GET)
    context = ask(request, registry, request.GET if asked else None)
    labels = {
        "route": _("Route"),
        "change": _("Change"),
        "funding": _("Operation money"),
        "deadline": _("Time limit"),
    }
    context |= {
        "question": question,
        "questions": [
            {"label": label, "url": f"?question={key}" if key != "route" else "?", "active": key == question}
            for key, label in labels.items()
        ],
        "tabs": answering.tabs(request, answering.TRY, _facts_query(request.GET) if question == "route" else ""),
        "today": clock.today(),
        "asked": asked,
        "result_template": f"jurisdictions/_{question}_result.html",
    }
    form = context["form"]
    faulty = bool(form.is_bound and form.errors) or bool(context.get("faulty"))
    return answering.answer_page(
        request, "jurisdictions/try.html", "jurisdictions/_result.html", context, faulty=faulty
    )


def _facts_query(data: QueryDict) -> str:
    return answering.clean_query(data, without=("question", "start", "first"))


def _ruleset(request: CountyRequest, registry: RuleRegistry, day: date | None) -> Ruleset:
    return registry.on(request.county.code, day or clock.today())


def _version(ruleset: Ruleset, day: date) -> dict[str, Any]:
    return {"ruleset": ruleset, "day": day, "status": wording.status_on(ruleset, day)}


def ask_route(request: CountyRequest, registry: RuleRegistry, data: QueryDict | None) -> dict[str, Any]:
    """The route for the facts, its due days from a given day, and what is left out."""
    day = _day_or_today(data)
    ruleset = _ruleset(request, registry, day)
    form = FactsForm(data, own=ruleset.spaces.own)
    context: dict[str, Any] = {"form": form, "today": clock.today()}
    if not form.is_bound or not form.is_valid():
        return context
    try:
        facts = ruleset.read_facts(form.facts())
    except FactError as error:
        form.refuse(error)
        return context
    route = ruleset.route(facts, day)
    plan = _plan(request, route, form.cleaned_data["start"])
    with wording.of(ruleset):
        steps, skipped = step_words(ruleset, route, plan), skipped_words(ruleset, route)
    wan = form.looks_like_wan
    context |= _version(ruleset, day) | {
        "route": route,
        "extent": extent(route.steps),
        "phases": phases(route),
        "facts": facts,
        "asked_words": fact_words(facts, ruleset.spaces.own),
        "steps": steps,
        "skipped": skipped,
        "notices": notice_words(route.notices),
        "scope": _scope(ruleset, facts),
        "materials": _materials(ruleset, facts),
        "plan": plan,
        "start": form.cleaned_data["start"],
        "firsts": plan and _firsts(request, plan.events, plan.first),
        "first_words": plan and plan.first and wording.event_words(plan.first),
        "wan": wan,
        "wan_url": wan and _with(request.GET, investment=f"{wan:f}"),
    }
    return context


def _plan(request: CountyRequest, route: Route, start: date | None) -> Schedule | None:
    """The due days of a route that begins on `start` with the event the address names; None without a day."""
    if start is None:
        return None
    calendar = current_calendars().for_county(request.county.code)
    return schedule(route, start, calendar=calendar, first=request.GET.get("first"))


def _scope(ruleset: Ruleset, facts: Facts) -> dict[str, Any] | None:
    """Why a project is not plainly within scope; None where it is."""
    decided = ruleset.scope_result(facts)
    if decided is None:
        return None
    result = decided.then.result
    title = value_label(decided.then, "result", result)
    return {
        "tone": wording.SCOPE_TONES[result],
        "title": title,
        "text": decided.text,
        "articles": list(decided.articles),
    }


def _materials(ruleset: Ruleset, facts: Facts) -> list[dict[str, Any]]:
    return [
        {
            "name": wording.document_name(ruleset, one.then.document),
            "required": one.then.required,
            "text": one.text,
            "articles": list(one.articles),
        }
        for one in ruleset.materials_for(facts)
    ]


def _with(data: QueryDict, **changes: str) -> str:
    copy = data.copy()
    for key, value in changes.items():
        copy[key] = value
    return f"?{answering.clean_query(copy)}"


def _firsts(request: CountyRequest, events: list[str], first: str | None) -> list[dict[str, Any]]:
    return [
        {
            "label": wording.event_words(event),
            "url": _with(request.GET, first=event),
            "active": event == first,
        }
        for event in events
    ]


def ask_change(request: CountyRequest, registry: RuleRegistry, data: QueryDict | None) -> dict[str, Any]:
    """What a change of an approved project needs."""
    day = _day_or_today(data)
    ruleset = _ruleset(request, registry, day)
    asked = {key: spec for key, spec in ROUTE_FACTS.items() if key in ruleset.change_asks}
    form = ChangeForm(data, own={**asked, **ruleset.spaces.own})
    context: dict[str, Any] = {"form": form}
    if not form.is_bound or not form.is_valid():
        return context
    facts = form.facts()
    try:
        change = ruleset.change(facts)
    except FactError as error:
        form.refuse(error)
        return context
    row = next((row for row in ruleset.rules.change_control if row.id == change.row_id), None)
    with wording.of(ruleset):
        conditions = wording.box_words(row.when) if row else ()
    context |= _version(ruleset, day) | {
        "change": change,
        "tone": wording.OUTCOME_TONES[change.outcome],
        "sentence": wording.outcome_words(change.outcome),
        "authority": ruleset.authority_name(change.authority) if change.authority else "",
        "requires": [wording.document_name(ruleset, key) for key in change.requires],
        "conditions": conditions,
        "marks": wording.mark_words(change.marks),
        "acts": [ruleset.authority_name(act.authority) for act in change.acts],
        "ratio": wording.percent((abs(facts["delta"]) / facts["estimate"]).quantize(_SHOWN_RATIO)),
        "articles": list(change.articles),
        "notices": notice_words(ruleset.force_notices(day)),
    }
    return context


def ask_funding(request: CountyRequest, registry: RuleRegistry, data: QueryDict | None) -> dict[str, Any]:
    """Whether money for operation may be given."""
    day = _day_or_today(data)
    ruleset = _ruleset(request, registry, day)
    form = FundingForm(data, ruleset=ruleset)
    context: dict[str, Any] = {"form": form}
    if not form.is_bound or not form.is_valid():
        return context
    try:
        funding = ruleset.funding(form.facts())
    except FactError as error:
        form.refuse(error)
        return context

    context |= _version(ruleset, day) | {
        "funding": funding,
        "blocks": _points(funding.blocks, "bad"),
        "points": _points(funding.notices, "warn"),
        "notices": notice_words(ruleset.force_notices(day)),
    }
    return context


def _points(points: tuple[FundingPoint, ...], tone: str) -> list[dict[str, Any]]:
    return [
        {
            "title": wording.notice_name(point.key),
            "tone": tone,
            "text": _(", ").join((point.text, *wording.mark_words(point.marks))),
            "articles": list(point.articles),
        }
        for point in points
    ]


def _day_or_today(data: QueryDict | None) -> date:
    try:
        return read_day("on", data["on"]) if data and data.get("on") else clock.today()
    except FactError:
        return clock.today()


def ask_deadline(request: CountyRequest, registry: RuleRegistry, data: QueryDict | None) -> dict[str, Any]:
    """The last day of a period, with pauses, and the period day by day."""
    form = DeadlineForm(data)
    pairs = answering.pause_pairs(data) if data else []
    context: dict[str, Any] = {"form": form, "pairs": pairs + [("", "")] * max(1, 3 - len(pairs))}
    if not form.is_bound or not form.is_valid():
        return context
    cleaned = form.cleaned_data
    unit: Unit = cleaned["unit"] or "working_day"
    try:
        due, ledger = _reckoned(request, registry, cleaned["start"], cleaned["amount"], unit, pairs)
    except FactError as error:
        field = {"from": "start"}.get(error.field, error.field)
        if field == "pauses":
            context["pause_error"] = error.message
            context["faulty"] = [{"text": f"{_('Pauses')}：{error.message}", "field": "pauses"}]
        else:
            form.refuse(FactError(field, error.message))
        return context
    except PeriodError:
        form.refuse(FactError("amount", _("The period ends past the end of the calendar.")))
        return context
    statuses = Counter(one.status for one in ledger)
    context |= {
        "due": date.fromisoformat(due["due"]),
        "provisional": due["provisional"],
        "length": wording.length_words(cleaned["amount"], unit),
        "start": cleaned["start"],
        "first_day": cleaned["start"] + timedelta(days=1),
        "ledger": [_ledger_day(one) for one in _shortened(ledger)],
        "left_out": max(0, len(ledger) - LEDGER_DAYS),
        **{status: statuses[status] for status in ("counted", "paused", "not_counted")},
    }
    return context


def _reckoned(
    request: CountyRequest, registry: RuleRegistry, start: date, amount: int, unit: Unit, pairs: list[tuple[str, str]]
) -> tuple[dict[str, Any], list[LedgerDay]]:
    """The answer to the question and the period day by day. Raises `FactError`, `PeriodError`."""
    calendars = current_calendars()
    asked = {
        "jurisdiction": request.county.code,
        "from": start,
        "amount": amount,
        "unit": unit,
        "pauses": pairs,
    }
    due = answer("deadline", asked, registry=registry, calendars=calendars, today=clock.today())
    pauses = [Pause(read_day("pauses", one), read_day("pauses", two)) for one, two in pairs]
    calendar = calendars.for_county(request.county.code)
    return due, explain(start, amount, unit, calendar=calendar, pauses=pauses)


def _shortened(ledger: list[LedgerDay]) -> list[LedgerDay]:
    if len(ledger) <= LEDGER_DAYS:
        return ledger
    return [*ledger[: LEDGER_DAYS // 2], *ledger[-(LEDGER_DAYS // 2) :]]


def _ledger_day(one: LedgerDay) -> dict[str, Any]:
    kinds = {
        "working": _("working day"),
        "weekend": _("weekend"),
        "holiday": _("public holiday"),
        "make_up": _("worked in exchange"),
    }
    states = {
        "counted": _("counts"),
        "not_counted": _("does not count"),
        "paused": _("paused, does not count"),
        "moved": _("put off to a working day"),
    }
    weekdays = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    return {
        "day": one.day,
        "weekday": weekdays[one.day.weekday()],
        "kind": one.name if one.kind == "holiday" and one.name else kinds[one.kind],
        "state": states[one.status],
        "status": one.status,
        "number": one.number,
        "provisional": one.provisional,
    }


Ask = Callable[[CountyRequest, RuleRegistry, QueryDict | None], dict[str, Any]]
QUESTIONS: dict[str, Ask] = {
    "route": ask_route,
    "change": ask_change,
    "funding": ask_funding,
    "deadline": ask_deadline,
}
