"""Dates that somebody records and deadlines count from: a contract signed, works completed, what the rules name."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Refusal
from workflow.clocks import clock, deadlines
from workflow.clocks.reckoning import move
from workflow.models import RecordedDate
from workflow.trail import audit


def record_date(*, actor: Actor, project: Any, event: str, on: dt.date) -> RecordedDate:
    """Write down on which day an event was, and start the deadlines that count from it.

    A day written down anew corrects the one before: what runs since then counts from the new one. The caller holds
    the project's lock and has checked who may. Raises `Refusal` for a day in the future.
    """
    if on > clock.today():
        raise Refusal(_("The day lies in the future."), field="on")
    with audit.act():
        before = RecordedDate.objects.select_for_update().filter(project=project, event=event).first()
        if before is not None and before.on == on:
            return before
        old = before.on if before is not None else None
        row = before or RecordedDate(county_id=project.county_id, project=project, event=event)
        row.on = on
        row.save()
        audit.entry(
            actor=actor,
            action="deadline.record_date",
            record=row,
            project=project,
            label=event,
            old={"on": old},
            new={"event": event, "on": on},
        )
        if old is not None:
            moved = deadlines.recount(project=project, event=event)
            move(moved, county_id=project.county_id, reason=_("The day it counts from was corrected"), actor=actor)
        deadlines.happened(actor=actor, project=project, event=event, on=on)
    return row
