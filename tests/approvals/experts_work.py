"""A library of experts and panels drawn from it, for tests."""

from __future__ import annotations

import datetime as dt
from typing import Any

from approvals.experts import library, links, opinions, panels
from approvals.models import Expert, Panel, Seat
from jurisdictions.scope import enter
from projects.models import Project
from tests.people import Town
from workflow.clocks import clock

SAFETY, CLOUD = "网络安全", "云计算"


def fill_library(town: Town, *, per_speciality: int = 5, **more: str) -> list[Expert]:
    """The county's specialities and experts of them, each of another employer; `more` are names with employers."""
    who = town.reviewer.actor
    with enter(town.county):
        library.set_specialities(actor=who, names=[SAFETY, CLOUD])
        rows = [
            (f"{field}专家{number}", f"第{number}{field}研究院", field)
            for field in (SAFETY, CLOUD)
            for number in range(per_speciality)
        ]
        rows += [(name, employer, SAFETY) for name, employer in more.items()]
        return [
            library.add(actor=who, values={"name": name, "employer": employer, "specialities": [field]})
            for name, employer, field in rows
        ]


def panel_values(**changed: Any) -> dict[str, Any]:
    """What is asked of a panel of three, all drawn."""
    return {
        "purpose": "技术论证",
        "size": 3,
        "places": {SAFETY: 2, CLOUD: 1},
        "kept_out": [],
        "papers": [],
        "due_on": clock.today() + dt.timedelta(10),
    } | changed


def prepared(town: Town, project: Project, *, step: Any = None, **changed: Any) -> Panel:
    """A panel that the data bureau prepared."""
    with enter(town.county):
        return panels.prepare(actor=town.reviewer.actor, project=project, step=step, values=panel_values(**changed))


def drawn(town: Town, project: Project, *, step: Any = None, **changed: Any) -> Panel:
    """A panel whose experts were drawn."""
    panel = prepared(town, project, step=step, **changed)
    with enter(town.county):
        panels.reveal(actor=town.reviewer.actor, draw=panels.commit(actor=town.reviewer.actor, panel=panel), said="7")
        panel.refresh_from_db()
    return panel


def seats_of(panel: Panel) -> list[Seat]:
    """Who sits; the county is in force."""
    seats = panels.sitting(panel)
    for seat in seats:
        seat.panel = panel
    return seats


def answers(panel: Panel, seat: Seat, **changed: Any) -> dict[str, Any]:
    """A whole opinion as a form sends it."""
    points = {f"points-{one['key']}": "80" for one in opinions.asked(panel)}
    return {"conclusion": "agree", "text": "方案可行", "name": seat.name, "agreed": "on", **points} | changed


def sign_all(town: Town, panel: Panel, *conclusions: str, leave: int = 0) -> None:
    """Every expert but the last `leave` declares no conflict and signs, by the link."""
    with enter(town.county):
        seats = [one for one in seats_of(panel) if one.state != "signed"]
        for number, seat in enumerate(seats[: len(seats) - leave]):
            token = links.make(actor=town.reviewer.actor, seat=seat)
            link = links.found(token)
            assert link is not None
            who = links.guest(link)
            if link.seat.state == "placed":
                opinions.declare(actor=who, seat=link.seat, has_conflict=False)
            given = {"conclusion": conclusions[number]} if number < len(conclusions) else {}
            opinions.sign(actor=who, seat=link.seat, values=answers(panel, seat, **given))
