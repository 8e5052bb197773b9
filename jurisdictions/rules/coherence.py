"""Whether a rule file holds together: the order of its steps, its events, and every key it refers to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from .check import override_problems
from .references import references
from .schema import DeadlineRule, RuleFile
from .shapes import plain_article
from .tables import row_groups
from .vocabulary import HANDED_IN_STEPS, HOLDS_NOTHING, OTHER_EVENTS, STEPS, UNNAMED_AUTHORITIES, event_step

Place = tuple[str | int, ...]


def coherence_problems(rules: RuleFile) -> Iterator[tuple[Place, str]]:
    """(place, what is wrong) for everything that refers to what is not there."""
    yield from _route_problems(rules)
    yield from _unlisted_references(rules)
    for path, rows in row_groups(rules):
        for row_id, message in override_problems(rows):
            index = next(index for index, row in enumerate(rows) if row.id == row_id)
            yield (*path, index, "overrides"), message
    cited = {plain_article(article) for article in rules.articles}
    if rules.county.prefix and not cited:
        yield ("articles",), _("lists no article")


def _route_problems(rules: RuleFile) -> Iterator[tuple[Place, str]]:
    steps = [step.step for step in rules.route]
    if steps[0] != "declaration":
        yield ("route", 0), _("the route begins with `declaration`")
    if steps[-1] != "operation":
        yield ("route", len(steps) - 1), _("the route ends with `operation`")
    dates = {date.key for date in rules.dates}
    for number, step in enumerate(rules.route):
        for index, row in enumerate(step.rows):
            place: Place = ("route", number, "rows", index, "then")
            parties = {"owner", "authority", *row.then.participants}
            for position, deadline in enumerate(row.then.deadlines):
                here = (*place, "deadlines", position)
                if deadline.party not in parties:
                    yield (
                        (*here, "party"),
                        _("“%s” is neither owner, authority nor a participant of the step") % deadline.party,
                    )
                yield from _event_problems(deadline, here, steps, dates)
            if row.then.opened_by is not None:
                yield from _one_event(row.then.opened_by, (*place, "opened_by"), steps, dates)
            if row.then.hands_in and step.step not in HANDED_IN_STEPS:
                yield (*place, "hands_in"), _("there is no form for what is handed in for “%s”") % step.step
            if row.then.reopens is not None and row.then.reopens.step not in steps[:number]:
                yield (*place, "reopens", "step"), _("the route has no earlier step “%s”") % row.then.reopens.step
            waiting = row.then.required_by
            if waiting not in (None, HOLDS_NOTHING) and waiting not in steps[number + 1 :]:
                yield (*place, "required_by"), _("the route has no later step “%s”") % waiting
    for position, deadline in enumerate(rules.decommissioning.deadlines if rules.decommissioning else ()):
        if deadline.party not in {"owner", "authority"} | set(rules.authorities):
            yield (
                ("decommissioning", "deadlines", position, "party"),
                _("unknown party “%s”") % deadline.party,
            )
        yield from _event_problems(deadline, ("decommissioning", "deadlines", position), steps, dates)
    for position, window in enumerate(rules.evaluation):
        if window.after:
            yield from _one_event(window.after, ("evaluation", position, "after"), steps, dates)
        for index, event in enumerate(window.and_after):
            yield from _one_event(event, ("evaluation", position, "and_after", index), steps, dates)
    for position, payment in enumerate(rules.payments):
        yield from _one_event(payment.at, ("payments", position, "at"), steps, dates)


def _event_problems(
    deadline: DeadlineRule, here: Place, steps: Sequence[str], dates: Collection[str]
) -> Iterator[tuple[Place, str]]:
    yield from _one_event(deadline.after, (*here, "after"), steps, dates)
    for index, event in enumerate(deadline.and_after):
        yield from _one_event(event, (*here, "and_after", index), steps, dates)


def _one_event(event: str, here: Place, steps: Sequence[str], dates: Collection[str]) -> Iterator[tuple[Place, str]]:
    step = event_step(event)
    if step is not None:
        if step not in steps:
            yield here, _("the route has no step “%s”") % step
    elif event not in OTHER_EVENTS and event not in dates:
        yield here, _("unknown event %r: the key of a step, or that key with _submitted") % (event,)


def _unlisted_references(rules: RuleFile) -> Iterator[tuple[Place, str]]:
    known: dict[str, Any] = {
        "documents": rules.documents,
        "authorities": set(rules.authorities) | UNNAMED_AUTHORITIES,
        "review_points": {point.key for point in rules.review_points},
        "route": {step.step for step in rules.route},
        "forms": {form.key for form in rules.forms},
    }
    for path, part, key in references(rules):
        if key not in known[part]:
            yield path, _("“%(key)s” is not listed under `%(part)s`") % {"key": key, "part": part}
    for index, row in enumerate(rules.change_control):
        for position, key in enumerate(row.then.requires):
            if key not in rules.documents and key not in STEPS:
                yield (
                    ("change_control", index, "then", "requires", position),
                    _("“%s” is neither a step nor listed under `documents`") % key,
                )
