"""Lines of the queue: what is shown of pieces of open work and where each hangs, read at once as plain values."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet

from accounts.actors import Actor
from jurisdictions.rules.vocabulary import STEPS
from jurisdictions.statements import ask
from workflow import stages
from workflow.clocks import clock, due
from workflow.desk.words import word
from workflow.models import NO_DAY, OF_THE_UNIT, Duty, WorkItem

ROWS = """
    WITH page (id) AS MATERIALIZED ({keys})
    SELECT item.id, item.due_on, item.duty, item.opened_at, item.claimed_by_id,
           coalesce(nullif(claimer.name, ''), claimer.username), item.project_id, project.name, project.number,
           project.investment, unit.name, item.step_id, item.about, item.record_id, step.key, step.rule ->> 'name',
           asked.who, asked.since, first.*
      FROM page
      JOIN workflow_workitem AS item ON item.id = page.id
      JOIN {projects} AS project ON project.id = item.project_id
      JOIN accounts_office AS unit ON unit.id = project.owner_unit_id
      LEFT JOIN workflow_step AS step ON step.id = item.step_id
      LEFT JOIN accounts_user AS claimer ON claimer.id = item.claimed_by_id
      LEFT JOIN LATERAL ({asked}) AS asked ON true
      LEFT JOIN LATERAL ({clock}) AS first ON true
     ORDER BY coalesce(item.due_on, %(no_day)s) {way}, item.id {way}
"""
OWN_COLUMNS = 18  # before those of the clock


class Row(NamedTuple):
    """A line of the queue as it is shown."""

    pk: int
    due_on: dt.date | None
    duty: str
    opened_at: dt.datetime
    claimer: str
    mine: bool
    project_id: int
    project: str
    number: str
    investment: Decimal | None  # yuan
    unit: str
    step_id: int | None
    step_key: str
    step: str
    hanging: due.Hanging
    url: str
    overdue: bool

    @property
    def duty_label(self) -> str:
        """What is to be done."""
        return str(Duty(self.duty).label)


def compiled(rows: QuerySet[Any], name: str) -> tuple[str, dict[str, Any]]:
    """A query as SQL to stand inside another one, its parameters named after `name`.

    Raises `EmptyResultSet` where it can find nothing.
    """
    text, given = rows.query.sql_with_params()
    names = {f"{name}{number}": value for number, value in enumerate(given)}
    return text.replace("%%", "%%%%") % tuple(f"%({one})s" for one in names), names


def projects_table() -> str:
    """The table of the app above, which is known here by its foreign keys alone."""
    model: Any = WorkItem._meta.get_field("project").related_model
    return str(model._meta.db_table)


def rows_of(keys: QuerySet[Any], *, actor: Actor, county_code: str, backwards: bool = False) -> list[Row]:
    """Lines of the items whose `keys` are given, in the order of the queue or `backwards`: one query for all."""
    try:
        keys_sql, names = compiled(keys, "key")
    except EmptyResultSet:
        return []
    today = clock.today()
    way = "DESC" if backwards else "ASC"
    sql = ROWS.format(keys=keys_sql, projects=projects_table(), asked=due.ASKED, clock=due.CLOCK, way=way)
    places = (actor.office.county_id, actor.office.pk) if actor.office is not None else ()
    varying = {"today", *(name for name, value in names.items() if type(value) is int and value in places)}
    given = {**names, "today": today, "no_day": NO_DAY}
    found = ask(sql, given, varying=varying, label="workflow.desk.queue_rows.rows_of")
    own = actor.office.name if actor.office is not None else ""
    me = actor.people
    return [_row(one, own, me, today, county_code) for one in found]


def _row(found: tuple[Any, ...], own: str, me: list[int], today: dt.date, county_code: str) -> Row:
    pk, due_on, duty, opened_at, claimed_by, claimer, project_id, project, *others = found[:OWN_COLUMNS]
    number, investment, unit, step_id, about, record_id, step_key, step_name, asked, since = others
    step = step_name or str(STEPS.get(step_key, step_key)) if step_id is not None else word(about or duty)
    key, party, office_id, office, *of_clock, clock_step, work_item_id = found[OWN_COLUMNS:]
    first = None
    if key is not None:
        timed = due.Named(office) if office is not None else None
        of_step = due.Named(step, step_key) if clock_step is not None else None
        first = due.Clock._make((key, party, office_id, timed, *of_clock, clock_step, work_item_id, of_step, (), (), 0))
    return Row(
        pk=pk,
        due_on=due_on,
        duty=duty,
        opened_at=opened_at,
        claimer=claimer or "",
        mine=claimed_by in me,
        project_id=project_id,
        project=project,
        number=number,
        investment=investment,
        unit=unit,
        step_id=step_id,
        step_key=step_key or "",
        step=step,
        hanging=due.hanging_of(asked or (own,), since or opened_at, first),
        url=_url(duty, project_id, step_id, county_code, about, record_id),
        overdue=due_on is not None and due_on < today,
    )


def url_of(item: WorkItem, county_code: str) -> str:
    """Where an item is worked on."""
    return _url(item.duty, item.project_id, item.step_id, county_code, item.about, item.record_id)


def _url(duty: str, project_id: int, step_id: int | None, county_code: str, about: str, record_id: int | None) -> str:
    if about:
        return stages.page(about, county_code, pk=record_id)
    if duty in OF_THE_UNIT or step_id is None:
        return stages.page("project", county_code, pk=project_id)
    return stages.page("step", county_code, pk=step_id)
