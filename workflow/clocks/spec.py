"""What a rule or an arrangement asks of a clock, apart from any row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workflow.models import ClockKind, Deadline, Step

# Kinds that let nobody act before a day: only a rule may ask so, `workflow.clocks.opening` looks for it there.
OPENS = frozenset({ClockKind.NOT_BEFORE, ClockKind.WINDOW})


@dataclass(frozen=True)
class ClockSpec:
    """One clock: about what, on whom it falls, how long by which article, and what follows when its day passes.

    `amount` counts in `unit` (working_day, day, month, year). Without an amount the clock ends on the fixed day `day`.
    `opens` (amount, unit) is where a window opens. Without articles a clock is by arrangement. `extension` says who may
    grant more time. `warn_days` before the end, or `remind_on`, replace the usual day of the reminder.
    """

    key: str
    party: str
    amount: int | None = None
    unit: str = ""
    kind: str = ClockKind.WITHIN
    opens: tuple[int, str] | None = None
    day: dt.date | None = None
    after: str = ""
    articles: tuple[str, ...] = ()
    pauses: tuple[Mapping[str, Any], ...] = ()
    on_overdue: str = "mark"
    in_principle: bool = False
    extension: Mapping[str, Any] | None = None
    warn_days: tuple[int, ...] = ()
    remind_on: dt.date | None = field(default=None, compare=False)

    @classmethod
    def from_rule(cls, rule: Mapping[str, Any], *, step: Step) -> ClockSpec:
        """What a deadline in a step's rule, as evaluated, asks."""
        opens = rule.get("opens") or None
        return cls(
            key=step.key,
            party=rule["party"],
            amount=int(rule["amount"]),
            unit=rule["unit"],
            kind=rule.get("kind") or (ClockKind.EXACTLY if rule.get("exact") else ClockKind.WITHIN),
            opens=(int(opens["amount"]), str(opens["unit"])) if opens else None,
            after=rule.get("after") or "",
            articles=tuple(rule.get("articles") or step.articles),
            pauses=tuple(dict(pause) for pause in rule.get("pauses") or ()),
            on_overdue=rule.get("on_overdue") or "mark",
            in_principle=bool(rule.get("in_principle")),
            extension=rule.get("extension") or None,
            warn_days=tuple(rule.get("warn_days") or ()),
        )

    @classmethod
    def of(cls, row: Deadline) -> ClockSpec:
        """What a running clock was asked for."""
        return cls(
            key=row.key,
            party=row.party,
            amount=row.amount,
            unit=row.unit,
            kind=row.kind,
            opens=None if row.opens_amount is None else (row.opens_amount, row.opens_unit),
            day=row.due_on if row.amount is None else None,
            after=row.after,
            articles=tuple(row.articles),
            pauses=tuple(row.pauses_allowed),
            on_overdue=row.on_overdue,
            in_principle=row.in_principle,
            extension=row.extension,
            warn_days=tuple(row.warn_days),
        )

    @classmethod
    def fixed(cls, key: str, day: dt.date, *, party: str = "county", **more: Any) -> ClockSpec:
        """A clock that passes at the end of a fixed day, as the closing of a call or a reserve's expiry."""
        return cls(key=key, party=party, kind=ClockKind.FIXED_DAY, day=day, **more)

    def columns(self) -> dict[str, Any]:
        """The columns of a `Deadline` that say the same."""
        opens_amount, opens_unit = self.opens or (None, "")
        return {
            "key": self.key,
            "party": self.party,
            "amount": self.amount,
            "unit": self.unit,
            "kind": self.kind,
            "opens_amount": opens_amount,
            "opens_unit": opens_unit,
            "after": self.after,
            "articles": list(self.articles),
            "pauses_allowed": [dict(pause) for pause in self.pauses],
            "on_overdue": self.on_overdue,
            "in_principle": self.in_principle,
            "extension": dict(self.extension) if self.extension else None,
            "warn_days": list(self.warn_days),
        }
