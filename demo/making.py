"""Making the demonstration: people first, then every county's stories in the order of time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone, translation

from accounts.roles import Role
from demo import experts, people, texts
from demo.agenda import Agenda
from demo.people import Names
from demo.stage import Stage
from demo.stories import lives
from demo.timeline import Timeline, at
from jurisdictions.calendar_store import current_calendars
from jurisdictions.models import County
from jurisdictions.scope import enter
from projects.models import Declaration, Project
from projects.ruling import ruleset_of, version_on
from workflow.clocks import clock, timers

BODIES = ("conference", "government")
BEGINNING = 760  # days ago: offices and people were there before the first call


@dataclass(frozen=True)
class Made:
    """What was made of a county."""

    county: County
    people: int
    projects: int
    declarations: int
    events: int


class RulesMissing(Exception):
    """A county of the demonstration whose rules are not loaded."""


def make(codes: Sequence[str] = ()) -> list[Made]:
    """Make the counties' people and projects (default: all five) as of now, in Chinese. All or nothing.

    The caller has checked that there are none yet. Raises `RulesMissing`.
    """
    wanted = [code for code in texts.counties() if not codes or code in codes]
    known = {county.code: county for county in County.objects.filter(code__in=wanted)}
    missing = [code for code in wanted if code not in known]
    if missing:
        raise RulesMissing(", ".join(missing))
    now = timezone.now()
    names = Names()
    stages = []
    with translation.override("zh-hans"), transaction.atomic():
        with at(now - dt.timedelta(days=BEGINNING)):
            people.make_operator()
            for code in wanted:
                stages.append(_stage(known[code], names, now))
            _bridge(stages)
        made = [_tell(stage) for stage in stages]
    timers.sweep()
    return made


def _stage(county: County, names: Names, now: dt.datetime) -> Stage:
    said = texts.read("people")["counties"][county.code]
    County.objects.filter(pk=county.pk).update(opinion_days=said["opinion_days"])
    county.opinion_days = said["opinion_days"]
    with enter(county):
        rules = ruleset_of(version_on(county, now.astimezone(clock.SHANGHAI).date()))
        staff = people.settle(county, rules, names)
        experts.fill_library(staff)
    clock.forget()
    local = now.astimezone(clock.SHANGHAI)
    timeline = Timeline(now=local, calendar=current_calendars().for_county(county.code))
    return Stage(staff, rules, timeline, Agenda(staff, timeline))


def _bridge(stages: list[Stage]) -> None:
    """One person acts in two counties."""
    said = texts.read("people")["bridge"]
    user = people.add_user(said["username"], said["name"])
    by_code = {stage.staff.county.code: stage.staff for stage in stages}
    for code, post in said["posts"].items():
        if (staff := by_code.get(code)) is None:
            continue
        with enter(staff.county):
            people.add_member(staff, user, staff.duties[post["office"]], Role(post["role"]))


def _tell(stage: Stage) -> Made:
    county, timeline = stage.staff.county, stage.timeline
    specs = texts.read(county.code)["declarations"]
    calls = {spec.get("call", "present") for spec in specs} | {"past", "present"}
    for which in ("early", "past", "present"):
        if which in calls:
            timeline.add(stage.call(which))
    for body in BODIES:
        if body in stage.staff.duties:
            timeline.add(stage.agenda.sittings(body, [stage.entered_early] if "early" in calls else []))
    for story in lives(stage, specs):
        timeline.add(story)
    events = timeline.run(lambda: enter(county))
    with enter(county):
        return Made(
            county,
            sum(map(len, stage.staff.members.values())),
            Project.objects.count(),
            Declaration.objects.count(),
            events,
        )


__all__ = ["Made", "RulesMissing", "make"]
