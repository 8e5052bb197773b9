"""Rules in words: conditions, amounts, time limits, articles, as the pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from django.utils.translation import gettext as _

from jurisdictions.citations import written
from jurisdictions.rules import vocabulary
from jurisdictions.rules.boxes import Box, Choice, Condition, Interval, Reason, Word
from jurisdictions.rules.labels import known_label, label, value_label
from jurisdictions.rules.route import Requirement
from jurisdictions.rules.ruleset import Ruleset
from jurisdictions.rules.schema import (
    ChangeThen,
    DeadlineRule,
    MonthDay,
    PauseRule,
    RequirementThen,
    RuleFile,
    Vote,
    Window,
)
from jurisdictions.rules.shapes import Marked, Span
from jurisdictions.rules.vocabulary import CHANGE_FACTS, FUNDING_FACTS, ROUTE_FACTS, FactSpace, FactSpec
from jurisdictions.templatetags.xunzhang import yuan

#: Every fact any question knows.
FACTS: Mapping[str, FactSpec] = {**CHANGE_FACTS, **FUNDING_FACTS, **ROUTE_FACTS}
#: The facts of the county whose rules are being put into words.
_own_facts: ContextVar[FactSpace] = ContextVar("own_facts", default=MappingProxyType({}))
_YUAN_PER_WAN = Decimal(10_000)

OUTCOME_TONES = {
    None: "info",
    "free": "good",
    "file": "good",
    "approve": "info",
    "redeclare": "warn",
    "forbidden": "bad",
}
SCOPE_TONES = {"out": "bad", "reference": "info", "secrecy": "warn", "file_only": "info"}


@dataclass(frozen=True)
class Status:
    """How a version stands on a day: tone, word, sentence."""

    tone: str
    label: str
    sentence: str = ""


@contextmanager
def of(ruleset: Ruleset) -> Iterator[None]:
    """Put rules of this county into words: conditions on its own facts by their names."""
    token = _own_facts.set(ruleset.spaces.own)
    try:
        yield
    finally:
        _own_facts.reset(token)


def amount_words(value: Decimal) -> str:
    """500,000 元（50 万元）; small amounts in yuan alone."""
    text = _("%s yuan") % yuan(value)
    if abs(value) < _YUAN_PER_WAN:
        return text
    return text + _(" (%s ten thousand)") % _plain(value / _YUAN_PER_WAN)


def _plain(number: Decimal) -> str:
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def count_words(number: Decimal) -> str:
    """A count as a plain number."""
    return _plain(number)


def percent(ratio: Decimal) -> str:
    """A ratio as 10%."""
    return f"{_plain(ratio * 100)}%"


def value_words(value: Decimal, unit: str) -> str:
    """A parameter with its unit."""
    if unit == "yuan":
        return amount_words(value)
    if unit == "ratio":
        return percent(value)
    return _plain(value) if unit == "count" else length_words(_plain(value), unit)


def length_words(amount: int | str, unit: str) -> str:
    """15 个工作日."""
    return f"{amount} {vocabulary.UNITS.get(unit, unit)}"


def span_words(span: Span) -> str:
    """A length of time in words: 20 个工作日."""
    return length_words(span.amount, span.unit)


def condition_words(fact: str, condition: Condition) -> str:
    """One condition in words: 总投资 ≥ 500,000 元（50 万元）."""
    spec = FACTS.get(fact) or _own_facts.get().get(fact)
    label = str(spec.label) if spec else fact
    if isinstance(condition, Interval):
        write = percent if fact == "ratio" else _plain if spec and spec.whole else amount_words
        if condition.is_point and condition.low is not None:
            return f"{label} = {write(condition.low)}"
        ends = []
        if condition.low is not None:
            ends.append(f"{'>' if condition.low_open else '≥'} {write(condition.low)}")
        if condition.high is not None:
            ends.append(f"{'<' if condition.high_open else '≤'} {write(condition.high)}")
        return f"{label} " + _(" and ").join(ends)
    if isinstance(condition, Choice):
        known = (spec.values if spec else None) or {}
        listed = condition.negated_from if condition.negated_from is not None else condition.values
        words = _(", ").join(str(label_) for key, label_ in known.items() if key in listed)
        if condition.negated_from is not None:
            return _("%(fact)s: any but %(values)s") % {"fact": label, "values": words}
        return _("%(fact)s: %(values)s") % {"fact": label, "values": words}
    return _("%(fact)s: %(values)s") % {"fact": label, "values": _("yes") if condition.value else _("no")}


def word_words(word: Word) -> str:
    """A word of the regulation with what it means here: 限额以上：总投资 ≥ 500 万元（第四十条）."""
    name = word.name if word.value else _("not “%s”") % word.name
    meaning = _(", ").join(condition_words(fact, condition) for fact, condition in word.conditions)
    articles = written(word.articles)
    return _("%(word)s: %(meaning)s (%(articles)s)") % {"word": name, "meaning": meaning, "articles": articles}


def box_words(box: Box) -> tuple[str, ...]:
    """The conditions of a row in words: first the regulation's own words, then the facts beside them."""
    return (
        *(word_words(word) for word in box.words),
        *(condition_words(fact, condition) for fact, condition in box.unsaid),
    )


def reason_words(reasons: tuple[Reason, ...]) -> list[str]:
    """The conditions that applied, in words."""
    return [
        word_words(reason.condition)
        if isinstance(reason.condition, Word)
        else condition_words(reason.fact, reason.condition)
        for reason in reasons
    ]


def event_words(event: str, ruleset: Ruleset | None = None) -> str:
    """The event that a clock counts from, in words; a date that the rules name by its name."""
    if event in vocabulary.OTHER_EVENTS:
        return str(vocabulary.OTHER_EVENTS[event])
    named = {date.key: date.name for date in ruleset.rules.dates} if ruleset else {}
    if event in named:
        return named[event]
    if event.endswith("_submitted"):
        return _("%s is handed in") % step_name(event.removesuffix("_submitted"))
    return _("%s is completed") % step_name(event)


def step_name(key: str, own: str | None = None) -> str:
    """The step's name; the county's own where it has one."""
    return own or str(vocabulary.STEPS.get(key, key))


def party_name(ruleset: Ruleset, party: str, authority: str) -> str:
    """Who a clock runs for, by the county's own names."""
    return ruleset.authority_name(authority if party == "authority" else party)


def limit_words(ruleset: Ruleset, rule: DeadlineRule, authority: str) -> str:
    """A clock in words: 县发改委：可行性研究报告报送后 6 个工作日内; a shortest duration, a window in their own."""
    sentence = {
        "not_before": _("%(party)s: not before %(length)s after %(event)s"),
        "exactly": _("%(party)s: %(length)s after %(event)s"),
        "window": _("%(party)s: from %(opens)s to %(length)s after %(event)s"),
    }.get(rule.kind, _("%(party)s: within %(length)s after %(event)s"))
    events = [event_words(event, ruleset) for event in (rule.after, *rule.and_after)]
    return sentence % {
        "party": party_name(ruleset, rule.party, authority),
        "opens": span_words(rule.opens) if rule.opens else "",
        "length": length_words(rule.amount, rule.unit),
        "event": _(", and ").join(events),
    } + "".join(f" · {mark}" for mark in mark_words(rule.marks))


def mark_words(marks: Iterable[str]) -> tuple[str, ...]:
    """What a row says of itself: that it is how the system reads the text, that it holds in principle."""
    return tuple(label(Marked, mark) for mark in marks)


def outcome_words(outcome: str | None) -> str:
    """What a change takes; that the rules are silent where they name no outcome."""
    if outcome is None:
        return _("These rules do not say how a change is handled")
    return value_label(ChangeThen, "outcome", outcome)


def waiting_words(required_by: str) -> str:
    """What a step holds up that the steps after it do not wait for."""
    if required_by == vocabulary.HOLDS_NOTHING:
        return _("no step waits for it; it must stand before the project is closed")
    return _("only “%s” waits for it") % step_name(required_by)


def vote_words(vote: Vote) -> list[str]:
    """How a meeting decides: 到会不少于 66.67%，赞成超过 50%."""
    words = [_("present at least %s") % percent(vote.quorum)] if vote.quorum else []
    if vote.over is not None:
        words.append(_("in favour over %s") % percent(vote.over))
    if vote.at_least is not None:
        words.append(_("in favour at least %s") % percent(vote.at_least))
    return words


def requirement_words(ruleset: Ruleset, then: RequirementThen | Requirement) -> str:
    """What must be there by which step: 采购前：数据局咨询论证意见."""
    what = (
        document_name(ruleset, then.document)
        if then.document
        else _("confirmation by %s") % ruleset.authority_name(then.confirmation or "")
    )
    return _("by “%(step)s”: %(what)s") % {"step": step_name(then.by), "what": what}


def pause_words(pause: PauseRule) -> str:
    """Time a clock does not count: 不计：设计单位遴选."""
    text = _("Not counted: %s") % pause.text
    if pause.limit:
        text += _(" (at most %s)") % _(", ").join((span_words(pause.limit), *mark_words(pause.marks)))
    if pause.due_to:
        text += _(" (counted as a delay of %s)") % value_label(pause, "due_to", pause.due_to)
    return text


def clock_notes(ruleset: Ruleset, rule: DeadlineRule) -> list[str]:
    """What else is said of a clock: times it does not count, who grants more time, when its end is told beforehand."""
    words = [pause_words(pause) for pause in rule.pauses]
    if rule.extension is not None:
        by = ruleset.authority_name(rule.extension.by)
        said = [_("More time is granted by %s") % by, *mark_words(rule.extension.marks)]
        words.append(_(", ").join(said))
    if rule.warn_days:
        words.append(_("Told %s days before its end") % _(", ").join(map(str, rule.warn_days)))
    return words


def document_name(ruleset: Ruleset, key: str) -> str:
    """A paper or step that is required, by its name."""
    found = ruleset.rules.documents.get(key)
    return found.name if found else step_name(key)


def window_words(window: Window) -> str:
    """When a round is open: 4月1日（按惯例）至 5月20日."""
    opens, closes = window.opens, window.closes
    if opens and closes:
        text = _("%(opens)s to %(closes)s") % {"opens": month_day(opens), "closes": month_day(closes)}
    elif closes:
        text = _("until %s") % month_day(closes)
    else:
        text = _("from %s") % month_day(opens) if opens else ""
    year = value_label(window, "plan_year", window.plan_year)
    return f"{text}{_('; ')}{year}"


def month_day(day: MonthDay) -> str:
    """A day of every year: 5/20, with what is only custom."""
    text = _("%(month)d/%(day)d") % {"month": day.month, "day": day.day}
    return text + _(" (by custom; the year’s call fixes it)") if day.customary else text


def notice_name(key: str) -> str:
    """A notice's title; empty where its text says it all."""
    return known_label(RuleFile, "notices", key)


def notice_tone(key: str) -> str:
    """How loud a notice is."""
    if key in ("ruleset_expired", "ruleset_draft", "ruleset_not_yet", "boundary_conflict", "classified"):
        return "warn"
    return "info"


def status_on(ruleset: Ruleset, day: date) -> Status:
    """How a version stands on this day, with a sentence where somebody should know."""
    force = ruleset.rules.in_force
    if ruleset.rules.status == "draft_for_comment":
        return Status(
            "warn",
            _("Draft for comments"),
            _("These rules are a draft for comments: they bind nobody yet and may change."),
        )
    if ruleset.in_force_on(day):
        label = _("On trial, in force") if ruleset.rules.status == "trial" else _("In force")
        until = force.until if force else None
        left = (until - day).days if until else None
        if force and left is not None and left <= max(force.warn_days or [0]):
            text = _(
                "These rules end in %(days)d days, with the end of %(until)s. Running projects go on under them;"
                " new declarations need the rules that follow."
            )
            return Status("warn", label, text % {"days": left, "until": until})
        return Status("good", label)
    if force and force.from_ and day < force.from_:
        return Status("info", _("Not yet in force"), _("These rules come into force on %s.") % force.from_)
    if force and force.until:
        text = _(
            "These rules ended on %s. They still answer here and every answer says so; whether they go on is for"
            " the county to decide."
        )
        return Status("bad", _("No longer in force"), text % force.until)
    return Status("bad", _("No longer in force"))
