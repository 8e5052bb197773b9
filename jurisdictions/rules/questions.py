"""The four questions (docs/glossary.md): one answer for the command line, the API and the pages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

import structlog
from django.utils.translation import gettext as _

from jurisdictions.calendars import zone
from jurisdictions.calendars.days import WorkingCalendar
from jurisdictions.calendars.periods import LONGEST, UNITS, Pause, PeriodError, due_day

from .answers import FundingPoint
from .facts import FactError, read_fact
from .registry import RuleRegistry, UnknownCounty
from .route import Route
from .ruleset import Ruleset
from .schema import DeadlineRule
from .vocabulary import CHANGE_FACTS, FUNDING_FACTS, ROUTE_FACTS

log = structlog.get_logger(__name__)
#: Characters of one line; a question has a few hundred.
LINE_LIMIT = 100_000
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_PAUSE_LIMIT = 1000
_FACTS = {**ROUTE_FACTS, **CHANGE_FACTS, **FUNDING_FACTS}


class CalendarSource(Protocol):
    """Where the calendars of counties come from."""

    def for_county(self, code: str) -> WorkingCalendar: ...


class _Asked:
    """What every question needs: the payload, the rules, the calendars and today."""

    def __init__(
        self, payload: Mapping[str, Any], registry: RuleRegistry, calendars: CalendarSource, today: date
    ) -> None:
        self.payload = payload
        self.registry = registry
        self.calendars = calendars
        self.today = today

    @property
    def county(self) -> str:
        code = self.payload.get("jurisdiction")
        if not isinstance(code, str) or not code:
            raise FactError("jurisdiction", _("Name the county by its code."))
        if code not in self.registry.counties:
            known = ", ".join(self.registry.counties)
            raise FactError("jurisdiction", _("There is no county of this code. Known: %s.") % known)
        return code

    @property
    def day(self) -> date:
        if self.payload.get("on") is None:
            return self.today
        return read_day("on", self.payload["on"])

    @property
    def facts(self) -> Any:
        if "facts" not in self.payload:
            raise FactError("facts", _('Facts are missing: an object, as {"investment": 500000}.'))
        facts = self.payload["facts"]
        if isinstance(facts, Mapping):
            # A fact left out has its default; null is a value of another type.
            known = {**_FACTS, **self.ruleset().spaces.own}
            for key in [key for key, value in facts.items() if value is None and key in known]:
                read_fact(known[key], None)
        return facts

    def ruleset(self) -> Ruleset:
        try:
            return self.registry.on(self.county, self.day)
        except UnknownCounty as error:
            raise FactError("jurisdiction", str(error)) from error


def answer(
    question: str,
    payload: Any,
    *,
    registry: RuleRegistry,
    calendars: CalendarSource,
    today: date | None = None,
) -> dict[str, Any]:
    """Answer `route`, `change`, `funding` or `deadline` as docs/glossary.md describes. Raises `FactError`."""
    known = QUESTIONS.get(question)
    if known is None:
        raise FactError("question", _("There is no question of this name. Known: %s.") % ", ".join(QUESTIONS))
    keys, reply = known
    if not isinstance(payload, Mapping):
        raise FactError("line", _("A question is a JSON object."))
    for key in payload:
        if key not in keys:
            raise FactError(str(key), _("The question has no such key. Known: %s.") % ", ".join(keys))
    return reply(_Asked(payload, registry, calendars, today or zone.today()))


def answer_line(
    question: str,
    line: str | bytes,
    *,
    registry: RuleRegistry,
    calendars: CalendarSource,
    today: date | None = None,
) -> tuple[dict[str, Any], bool]:
    """Answer one line of JSON: the answer, and whether the line was good. Raises nothing."""
    try:
        return answer(question, read_line(line), registry=registry, calendars=calendars, today=today), True
    except FactError as error:
        return {"error": error.as_dict()}, False
    except Exception:
        # A fault of the program in one line leaves the lines after it their answers.
        log.exception("question_failed", question=question)
        return {"error": FactError("line", _("The program failed on this line; its log says why.")).as_dict()}, False


def read_line(line: str | bytes) -> Any:
    """The data of one line of JSON; numbers as exact decimals. Raises `FactError` on the field `line`."""
    if len(line) > LINE_LIMIT:
        raise FactError("line", _("The line is too long: at most %d characters.") % LINE_LIMIT)
    try:
        text = line.decode("utf-8") if isinstance(line, bytes) else line
        return json.loads(
            text.removeprefix("\ufeff"),
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=Decimal,
            object_pairs_hook=_unique,
        )
    except UnicodeDecodeError:
        raise FactError("line", _("The line is not UTF-8.")) from None
    except RecursionError:
        raise FactError("line", _("The line is nested too deeply.")) from None
    except json.JSONDecodeError as error:
        raise FactError("line", _("The line is no JSON (character %d).") % (error.pos + 1)) from None


def _decimal(text: str) -> Decimal:
    """The number as written; NaN, which no question takes, where its exponent is past what a decimal holds."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("NaN")


def _integer(text: str) -> int | Decimal:
    return int(text) if len(text) <= 30 else Decimal(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise FactError(key, _("The key stands in the line twice."))
        found[key] = value
    return found


def read_day(field: str, value: Any) -> date:
    """A day as 2026-03-02. Raises `FactError`."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise FactError(field, _("A day is written as 2026-03-02."))


def route_data(route: Route) -> list[dict[str, Any]]:
    """A route as the question answers it. A participant's clock is an authority's clock."""
    return [
        {
            "key": step.key,
            "authority": step.authority,
            "participants": list(step.participants),
            **({"may_ask": list(step.may_ask)} if step.may_ask else {}),
            **({"jointly_with": step.jointly_with} if step.jointly_with else {}),
            **({"platform": step.platform} if step.platform else {}),
            **({"reopens": step.reopens.step} if step.reopens else {}),
            "articles": list(step.articles),
            "deadlines": [_clock_data(deadline) for deadline in step.deadlines],
            **dict.fromkeys(step.marks, True),
        }
        for step in route.steps
    ]


def _clock_data(deadline: DeadlineRule) -> dict[str, Any]:
    """A clock as it is answered: what it does not say otherwise than usual is left out."""
    data: dict[str, Any] = {
        "party": "owner" if deadline.party == "owner" else "authority",
        "amount": deadline.amount,
        "unit": deadline.unit,
        "after": deadline.after,
    }
    if deadline.kind != "within":
        data["kind"] = deadline.kind
    if deadline.opens is not None:
        data["opens"] = {"amount": deadline.opens.amount, "unit": deadline.opens.unit}
    if deadline.and_after:
        data["and_after"] = list(deadline.and_after)
    if deadline.on_overdue != "mark":
        data["on_overdue"] = deadline.on_overdue
    return {**data, **dict.fromkeys(deadline.marks, True)}


def _head(asked: _Asked, ruleset: Ruleset) -> dict[str, Any]:
    return {
        "jurisdiction": ruleset.county,
        "on": asked.day.isoformat(),
        "ruleset": {"version": ruleset.version, "in_force": ruleset.in_force_on(asked.day)},
    }


def _route(asked: _Asked) -> dict[str, Any]:
    ruleset = asked.ruleset()
    route = ruleset.route(ruleset.read_facts(asked.facts), asked.day)
    return {
        **_head(asked, ruleset),
        "scope": {"result": route.scope.result, "articles": list(route.scope.articles)},
        "route": route_data(route),
        "requirements": [{"key": one.key, "by": one.by, "articles": list(one.articles)} for one in route.requirements],
        "notices": [{"key": notice.key, "articles": list(notice.articles)} for notice in route.notices],
    }


def _change(asked: _Asked) -> dict[str, Any]:
    ruleset = asked.ruleset()
    change = ruleset.change(asked.facts)
    return {
        **_head(asked, ruleset),
        "outcome": change.outcome,
        "authority": change.authority,
        "requires": list(change.requires),
        "articles": list(change.articles),
        **({"acts": [{"key": act.key, "authority": act.authority} for act in change.acts]} if change.acts else {}),
        **({"refers_to": change.refers_to} if change.refers_to else {}),
        **({"notices": [{"key": key, "articles": []} for key in change.notices]} if change.notices else {}),
        **dict.fromkeys(change.marks, True),
    }


def _funding(asked: _Asked) -> dict[str, Any]:
    ruleset = asked.ruleset()
    funding = ruleset.funding(asked.facts)
    return {
        **_head(asked, ruleset),
        "allowed": funding.allowed,
        "blocks": [_point_data(point) for point in funding.blocks],
        "notices": [_point_data(point) for point in funding.notices],
    }


def _point_data(point: FundingPoint) -> dict[str, Any]:
    return {"key": point.key, "articles": list(point.articles), **dict.fromkeys(point.marks, True)}


def _deadline(asked: _Asked) -> dict[str, Any]:
    county, payload = asked.county, asked.payload
    if "from" not in payload:
        raise FactError("from", _("Name the day that sets the period off, as 2026-03-02."))
    start = read_day("from", payload["from"])
    unit = payload.get("unit")
    if unit not in UNITS:
        raise FactError("unit", _("The unit must be one of: %s.") % ", ".join(UNITS))
    amount = _length(payload.get("amount"), LONGEST[unit])
    pauses = _pauses(payload.get("pauses"))
    try:
        due = due_day(start, amount, unit, calendar=asked.calendars.for_county(county), pauses=pauses)
    except PeriodError:
        raise FactError("amount", _("The period ends past the end of the calendar.")) from None
    return {"due": due.day.isoformat(), "provisional": due.provisional}


def _length(value: Any, longest: int) -> int:
    if isinstance(value, Decimal) and value.is_finite():
        # Past what any unit takes it is only compared: as an integer, 1e999999999 would fill the memory.
        value = longest + 1 if value.copy_abs() > longest else int(value) if value == int(value) else value
    if isinstance(value, bool) or not isinstance(value, int):
        raise FactError("amount", _("The length of a period is a whole number."))
    if not 1 <= value <= longest:
        raise FactError("amount", _("The length of a period must lie between 1 and %d in this unit.") % longest)
    return value


def _pauses(value: Any) -> list[Pause]:
    wrong = FactError("pauses", _('Pauses are a list of pairs of days, as [["2026-09-28", "2026-10-09"]].'))
    if value is None:
        return []
    if not isinstance(value, (list, tuple)) or len(value) > _PAUSE_LIMIT:
        raise wrong
    pauses = []
    for pair in value:
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            raise wrong
        pause = Pause(read_day("pauses", pair[0]), read_day("pauses", pair[1]))
        if pause.end < pause.start:
            raise FactError("pauses", _("A pause ends before it starts."))
        pauses.append(pause)
    return pauses


_FACT_KEYS = ("jurisdiction", "on", "facts")
#: Question → the keys it takes, and who answers it.
QUESTIONS: dict[str, tuple[tuple[str, ...], Callable[[_Asked], dict[str, Any]]]] = {
    "route": (_FACT_KEYS, _route),
    "change": (_FACT_KEYS, _change),
    "funding": (_FACT_KEYS, _funding),
    "deadline": (("jurisdiction", "on", "from", "amount", "unit", "pauses"), _deadline),
}
