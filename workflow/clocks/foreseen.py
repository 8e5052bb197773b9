"""The forecast of a project: read from its steps and clocks, kept as it was at the start, shown beside it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject, TruncDate

from jurisdictions.lookups import lookup
from workflow.clocks import clock
from workflow.clocks.forecast import Foreseen, Planned, forecast
from workflow.models import Deadline, DeadlineState, Filing, KeptForecast, Occasion, RecordedDate, Step, StepState

ENDED = (StepState.DONE, StepState.REFUSED)
UNENDED = (DeadlineState.RUNNING, DeadlineState.PAUSED)
LEFT_OUT = (StepState.SKIPPED, StepState.CANCELLED, StepState.SUPERSEDED)


@dataclass(frozen=True)
class Line:
    """A coming step as its forecast is shown; `before` is the day that was foreseen at the start."""

    step: Step
    ends_on: dt.date
    untimed: bool
    provisional: bool
    before: dt.date | None

    @property
    def moved(self) -> int:
        """By how many working days it is later than foreseen; negative where it is earlier."""
        return clock.working_days(self.before, self.ends_on) if self.before is not None else 0


@dataclass(frozen=True)
class Outlook:
    """The coming steps of a project with their last days, and the forecast kept at the start."""

    lines: list[Line]
    kept: KeptForecast | None

    @property
    def ends_on(self) -> dt.date | None:
        """When the last of them ends."""
        return max((line.ends_on for line in self.lines), default=None)

    @property
    def before(self) -> dt.date | None:
        """When the last of them was foreseen to end at the start."""
        return max((line.before for line in self.lines if line.before is not None), default=None)


def lines_of(project: Any, steps: Iterable[Step], clocks: Iterable[Deadline] | None = None) -> list[Foreseen]:
    """The forecast as of today, by what has happened, what runs and what the rules ask.

    A query for the clocks where they are not given, and one for the project where it was not read with `known`.
    """
    rows = sorted((one for one in steps if one.state not in LEFT_OUT), key=lambda one: one.position)
    running: dict[int, dict[tuple[str, str], dt.date]] = defaultdict(dict)
    for row in Deadline.objects.unended().filter(project=project) if clocks is None else clocks:
        if row.step_id is not None and row.state in UNENDED:
            running[row.step_id][(row.party, row.after)] = row.due_on
    events = _events_of(project)
    planned = [
        Planned(
            step.key,
            list(step.rule.get("deadlines") or ()),
            bool(step.rule.get("parallel")),
            step.rule.get("required_by"),
            step.rule.get("opened_by"),
            step.authority == "owner",
            _ended_on(step),
            events.get(f"{step.key}_submitted"),
            running.get(step.pk, {}),
        )
        for step in rows
    ]
    return forecast(planned, start=clock.today(), calendar=clock.working_calendar(), events=events)


def known(*, of: str) -> dict[str, ArraySubquery]:
    """What a project's forecast asks of it beside its steps and clocks, to be read with it; `of` names its key.

    The days of its recorded dates and handed-in filings, and the forecast that was kept last.
    """
    recorded = RecordedDate.objects.filter(project=OuterRef(of)).order_by()
    filed = Filing.objects.filter(project=OuterRef(of), submitted_at__isnull=False).order_by()
    kept = KeptForecast.objects.filter(project=OuterRef(of)).order_by("-pk")
    handed_in_on = TruncDate("submitted_at", tzinfo=clock.SHANGHAI)
    return {
        "recorded_on": ArraySubquery(recorded.values_list(JSONObject(event="event", on="on"), flat=True)),
        "handed_in_on": ArraySubquery(filed.values_list(JSONObject(event="kind", on=handed_in_on), flat=True)),
        "kept_forecast": ArraySubquery(
            kept.values_list(JSONObject(occasion="occasion", made_on="made_on", lines="lines"), flat=True)[:1]
        ),
    }


def _known_of(project: Any) -> Any:
    """The project with what `known` reads; read now where it was not read with it."""
    if hasattr(project, "kept_forecast"):
        return project
    return _projects_known(project.pk)[0]


@lookup
def _projects_known(pk: int) -> QuerySet[Any]:
    projects: Any = Step._meta.get_field("project").related_model
    return projects.objects.filter(pk=pk).annotate(**known(of="pk")).only("pk")


def _events_of(project: Any) -> dict[str, dt.date]:
    """On which day each recorded date was, and on which each filing was handed in."""
    found = _known_of(project)
    recorded = {one["event"]: one["on"] for one in found.recorded_on}
    handed_in = {f"{one['event']}_submitted": one["on"] for one in found.handed_in_on}
    return {event: dt.date.fromisoformat(day) for event, day in (recorded | handed_in).items()}


def _ended_on(step: Step) -> dt.date | None:
    if step.state not in ENDED:
        return None
    return clock.day_of(step.closed_at) if step.closed_at is not None else clock.today()


def keep(*, project: Any, steps: Sequence[Step], occasion: Occasion) -> None:
    """Keep the forecast of today as it was at the start; what was kept of the occasion before stays."""
    lines = [
        {"key": line.key, "ends_on": line.ends_on.isoformat(), "untimed": line.untimed}
        for line in lines_of(project, steps)
    ]
    KeptForecast.objects.bulk_create(
        [KeptForecast(project=project, occasion=occasion, made_on=clock.today(), lines=lines, county=project.county)],
        ignore_conflicts=True,
    )


def outlook(project: Any, steps: Sequence[Step], clocks: Iterable[Deadline] | None = None) -> Outlook:
    """What is foreseen of a project now, beside what was kept last at its start. Queries as of `lines_of`."""
    project = _known_of(project)
    kept = None
    for one in project.kept_forecast:
        kept = KeptForecast(occasion=one["occasion"], made_on=dt.date.fromisoformat(one["made_on"]), lines=one["lines"])
    before = {one["key"]: dt.date.fromisoformat(one["ends_on"]) for one in kept.lines} if kept is not None else {}
    by_key = {step.key: step for step in steps if step.state not in LEFT_OUT}
    lines = [
        Line(by_key[one.key], one.ends_on, one.untimed, one.provisional, before.get(one.key))
        for one in lines_of(project, steps, clocks)
    ]
    return Outlook(lines, kept)
