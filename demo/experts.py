"""Experts of the demonstration: a library in every county, and reviews by some of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from accounts.actors import Actor
from approvals.experts import consolidation, library, links, opinions, panels
from approvals.models import Panel, Seat
from demo import texts
from demo.people import Staff
from workflow.models import Document, Step
from workflow.route.offices import office_for


def keeper(staff: Staff) -> Actor:
    """Who keeps the library."""
    return staff.actor(office_for(authority="experts", project=None), "expert.manage")


def fill_library(staff: Staff) -> None:
    """Specialities, fees and experts of a county; one of them is of a unit that files, and stays out of its reviews."""
    said, who = texts.read("experts"), keeper(staff)
    library.set_specialities(actor=who, names=list(said["specialities"]))
    library.set_rates(actor=who, rates=[(name, Decimal(amount)) for name, amount in said["rates"].items()])
    own = next(iter(staff.units.values())).name
    for number, (name, employer, title, *fields) in enumerate(said["experts"]):
        values = {
            "name": name,
            "employer": employer or own,
            "title": title,
            "specialities": fields,
            "phone": f"139{number:08d}",
        }
        library.add(actor=who, values=values)


def convene(actor: Actor, step: Step, *, due_on: dt.date) -> Panel:
    """A panel of three for a step, drawn by lot."""
    said = texts.read("experts")["review"]
    papers = Document.objects.active().filter(project=step.project)
    panel = panels.prepare(
        actor=actor,
        project=step.project,
        step=step,
        values={
            "purpose": said["purpose"],
            "size": 3,
            "places": said["places"],
            "papers": list(papers.values_list("pk", flat=True)[:4]),
            "due_on": due_on,
        },
    )
    draw = panels.commit(actor=actor, panel=panel)
    panels.reveal(actor=actor, draw=draw, said=said["said"])
    panel.refresh_from_db()
    return panel


def sign(actor: Actor, panel: Panel) -> Iterator[Seat]:
    """Each expert in turn comes by the link and signs."""
    said = texts.read("experts")["review"]["opinions"]
    for number, seat in enumerate(panels.sitting(panel)):
        seat.panel = panel
        link = links.found(links.make(actor=actor, seat=seat))
        assert link is not None
        who, given = links.guest(link), said[number % len(said)]
        opinions.declare(actor=who, seat=link.seat, has_conflict=False)
        values: dict[str, Any] = {"name": seat.name, "agreed": "1", **given}
        for one in opinions.asked(panel):
            values[f"points-{one['key']}"] = str(given["points"])
        opinions.sign(actor=who, seat=link.seat, values=values)
        yield seat


def consolidate(actor: Actor, panel: Panel) -> None:
    """The lead sorts the opinions."""
    consolidation.consolidate(actor=actor, panel=panel, text=texts.read("experts")["review"]["consolidated"])
