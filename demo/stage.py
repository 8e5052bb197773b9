"""A county of the demonstration: its people, its calls, its meetings, its time."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from accounts.models import Office
from demo import texts
from demo.agenda import Agenda
from demo.people import Staff
from demo.timeline import Story, Timeline
from jurisdictions.rules.ruleset import Ruleset
from projects.services.calls import close_call, create_call, open_call_for_filing
from workflow.clocks.clock import ONE

OPENED, CLOSES = 75, 18  # the present call: days since its opening, days to its end
TWO_YEARS, NEARLY = 730, 20  # the early call, whose reserve ends soon
EARLY = 25  # days from the early call's opening to its meeting


@dataclass
class Stage:
    """What the stories of one county share."""

    staff: Staff
    rules: Ruleset
    timeline: Timeline
    agenda: Agenda
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(17, 3))

    @property
    def secrecy(self) -> Office:
        """The office that handles classified projects."""
        return self.staff.duties.get("secrecy", self.staff.duties["data_bureau"])

    def paper_number(self) -> str:
        """A running number for papers."""
        return f"{next(self._numbers):03d}"

    # --- calls ------------------------------------------------------------------------------------------------

    def call_days(self, which: str) -> tuple[dt.date, dt.date]:
        """First and last day of a call: `early`, `past` (last year's, as the rules say), `present`."""
        today = self.timeline.today
        if which == "early":
            entered = self.entered_early
            return entered - EARLY * ONE, entered - 5 * ONE
        if which == "past":
            window = self.rules.rules.windows["annual_call"]
            assert window.opens is not None and window.closes is not None
            year = today.year - 1
            return dt.date(year, window.opens.month, window.opens.day), dt.date(
                year, window.closes.month, window.closes.day
            )
        return today - OPENED * ONE, today + CLOSES * ONE

    @property
    def entered_early(self) -> dt.date:
        """The day on which a reserve entry began that ends soon."""
        return self.timeline.working_day(self.timeline.today - (TWO_YEARS - NEARLY) * ONE)

    def plan_year(self, which: str) -> int:
        """The plan year of a call; each call has its own."""
        this = self.rules.rules.windows["annual_call"].plan_year == "this"
        year = self.timeline.today.year + (0 if this else 1)
        return year - {"present": 0, "past": 1, "early": 2}[which]

    def call(self, which: str) -> Story:
        """The head of the data bureau prepares and opens a call; one whose last day has passed is closed."""
        opens, closes = self.call_days(which)
        said = texts.read("texts")["calls"]
        year = self.plan_year(which)
        yield self.timeline.moment(self.timeline.working_day(opens - 3 * ONE))
        call = create_call(
            actor=self.staff.head,
            title=said[which].format(county=self.staff.county.name, year=year),
            plan_year=year,
            opens_on=opens,
            closes_on=closes,
            notice_text=said["notice"].format(year=year),
        )
        yield self.timeline.moment(opens)
        call = open_call_for_filing(actor=self.staff.head, call=call)
        if closes < self.timeline.today:
            yield self.timeline.moment(self.timeline.later(closes, 1))
            close_call(actor=self.staff.head, call=call)

    def filing_day(self, spec: Mapping[str, Any]) -> dt.date:
        """The day a declaration is handed in: `filed` days ago, or that many days after its call opened."""
        which = spec.get("call", "present")
        if which == "present":
            day = self.timeline.today - int(spec["filed"]) * ONE
        else:
            day = self.call_days(which)[0] + int(spec["filed"]) * ONE
        return self.timeline.working_day(day)
