"""Meetings of the demonstration: the conference and the government sit every ten days and take what waits for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from accounts.actors import Actor
from approvals.services import meetings
from demo import texts
from demo.papers import paper
from demo.people import Staff
from demo.timeline import Story, Timeline
from workflow.clocks.clock import ONE, today
from workflow.documents import storage
from workflow.models import Step, StepState

LAST, EVERY, TIMES = 3, 10, 72  # days since the last meeting, days between two, how many back
NEXT = 3  # days to the one that is being prepared
PREPARED = 2  # working days before


@dataclass
class Agenda:
    """What each body is to deal with, as the stories wish."""

    staff: Staff
    timeline: Timeline
    _wanted: dict[int, tuple[str, str, str]] = field(default_factory=dict)  # step: body, outcome, note
    _held: dict[tuple[str, int], int] = field(default_factory=dict)

    def want(self, step: Step, outcome: str, note: str) -> None:
        """Put a step on the next agenda of its body, with what is to come of it."""
        self._wanted[step.pk] = (step.authority, outcome, note)

    def waits(self, step: Step) -> bool:
        """Whether no meeting has dealt with the step yet."""
        return step.pk in self._wanted

    def sittings(self, body: str, extra: Sequence[dt.date] = ()) -> Story:
        """All meetings of a body, the oldest first, and the one that is being prepared."""
        newest = self.timeline.today - LAST * ONE
        days = {self.timeline.working_day(newest - EVERY * number * ONE) for number in range(TIMES)} | set(extra)
        for day in sorted(days):
            yield self.timeline.moment(self.timeline.working_day(day - PREPARED * ONE))
            chosen = self._steps(body, ("approve", "refuse", "postpone", "return"))
            if not chosen:
                continue
            actor = self._actor(chosen[0])
            title = self._title(body, day)
            meeting = meetings.prepare_meeting(actor=actor, body=body, title=title, held_on=day, steps=chosen)
            yield dt.datetime.combine(day, dt.time(17, 5), tzinfo=self.timeline.now.tzinfo)
            minutes = paper(f"{title}纪要", *(step.project.name for step in chosen))
            document = storage.store(actor=actor, project=None, purpose="minutes", upload=minutes, subject=meeting)
            decided = {item.pk: self._wanted.pop(item.step_id)[1:] for item in meeting.items.all()}
            meetings.hold_meeting(
                actor=actor,
                meeting=meeting,
                outcomes=decided,
                number=f"〔{day.year}〕{self._held[body, day.year]}号",
                held_on=day,
                minutes=document,
            )
        yield self.timeline.moment(self.timeline.today)
        if coming := self._steps(body, ("prepared",)):
            day = self.timeline.later(today(), NEXT)
            meetings.prepare_meeting(
                actor=self._actor(coming[0]), body=body, title=self._title(body, day), held_on=day, steps=coming
            )

    def _steps(self, body: str, outcomes: Sequence[str]) -> list[Step]:
        wanted = [pk for pk, (of, outcome, _note) in self._wanted.items() if of == body and outcome in outcomes]
        found = Step.objects.select_related("project", "office").filter(pk__in=wanted, state=StepState.OPEN)
        return list(found.order_by("opened_at", "pk"))

    def _actor(self, step: Step) -> Actor:
        assert step.office is not None
        return self.staff.actor(step.office, "meeting.hold")

    def _title(self, body: str, day: dt.date) -> str:
        of_year = (body, day.year)
        self._held[of_year] = self._held.get(of_year, 0) + 1
        said = texts.read("texts")["meeting"]["titles"]
        return str(said[body]).format(year=day.year, number=self._held[of_year])
