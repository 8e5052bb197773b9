"""The queue: what waits for a person's office, overdue first, filtered by the address, paged by key, counted truly."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import BooleanField, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThan, LessThanOrEqual
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Refusal, clean_text
from accounts.roles import duties_of
from jurisdictions.fields import AmountField, whole
from jurisdictions.rules.vocabulary import STEPS
from jurisdictions.templatetags.xunzhang import day as day_in_words
from workflow import stages
from workflow.clocks import clock
from workflow.desk.words import word
from workflow.listings.paging import address
from workflow.models import DUE_KEY, Deadline, DeadlineState, Duty, Step, StepState, WorkItem
from workflow.route.kinds import together_for
from workflow.trail import audit

COUNT_CAP = 1000
MARKED_AT_ONCE = 50
AMOUNTS = AmountField(unit="wan", required=False, max_digits=17)


# --- decisions on many, carried out as the kind of step says -------------------------------------------------


@dataclass
class BatchResult:
    """What became of one marked item."""

    item: WorkItem
    refusal: Refusal | None = None


def decide_marked(
    *, actor: Actor, items: Iterable[WorkItem], outcome: str, reason: str, versions: Mapping[int, int]
) -> list[BatchResult]:
    """Carry a decision out on each marked item by itself: one that is refused leaves the others standing.

    Projects are locked in one order and entries written at the end: two who decide at once wait, and never in a ring.
    """
    results = []
    with audit.gathered():
        for item in sorted(items, key=lambda one: (one.project_id, one.pk)):
            decider = together_for(item)
            carried = BatchResult(item)
            try:
                if decider is None or outcome not in decider.outcomes:
                    raise Refusal(_("This cannot be decided together with others. Please open it."))
                if outcome in decider.reason_for and not clean_text(reason, field="reason"):
                    raise Refusal(_("A decision against the unit needs a reason."), field="reason")
                with transaction.atomic(), audit.gathered():
                    decider.function(
                        actor=actor,
                        step=item.step,
                        outcome=outcome,
                        reason=reason,
                        seen_version=versions.get(item.pk),
                    )
            except Refusal as refusal:
                carried.refusal = refusal
            results.append(carried)
    return results


# --- what waits -----------------------------------------------------------------------------------------------


def waiting_for(actor: Actor) -> QuerySet[WorkItem]:
    """The open items of the person's office that their role may work on; what waits for the unit is left out."""
    if actor.office is None:
        return WorkItem.objects.none()
    # Looked up row by row, not joined: the office's index gives the rows in order, and reading stops at a full page.
    here = ~Exists(Step.objects.filter(pk=OuterRef("step_id"), state=StepState.WAITING))
    return WorkItem.objects.filter(
        Q(duty=Duty.CORRECT) | here, office=actor.office, closed_at=None, duty__in=duties_of(actor.role)
    )


@dataclass
class Filters:
    """The filters of the queue as they stand in the address. What cannot be read is left out, never an error."""

    text: str = ""
    steps: list[str] = field(default_factory=list)
    unit: int | None = None
    at_least: Decimal | None = None  # yuan
    at_most: Decimal | None = None
    claimed: str = ""  # me | nobody | others
    overdue: bool = False
    within: int | None = None  # working days

    @classmethod
    def read(cls, query: QueryDict) -> Filters:
        """Read an address."""
        claimed, within = query.get("claimed", ""), whole(query.get("within"))
        return cls(
            text=query.get("q", "").replace("\0", "").strip()[:60],
            steps=[key for key in query.getlist("step") if key in STEPS],
            unit=whole(query.get("unit")),
            at_least=_amount(query.get("from")),
            at_most=_amount(query.get("to")),
            claimed=claimed if claimed in ("me", "nobody", "others") else "",
            overdue=query.get("overdue") == "1",
            within=None if within is None else min(within, 250),
        )

    def apply(self, items: QuerySet[WorkItem], actor: Actor) -> QuerySet[WorkItem]:
        """Keep what the filters ask for."""
        if self.text:
            projects: Any = WorkItem._meta.get_field("project").related_model
            items = items.filter(project__in=projects.objects.holding(self.text).order_by().values("pk"))
        if self.steps:
            # Looked up row by row, as in `waiting_for`: joined, all of the office's work would be read and sorted.
            wanted = Step.objects.filter(pk=OuterRef("step_id"), key__in=self.steps).order_by()
            found = Subquery(wanted.annotate(found=Value(True)).values("found"))
            items = items.filter(Coalesce(found, Value(False), output_field=BooleanField()))
        if self.unit is not None:
            items = items.filter(project__owner_unit_id=self.unit)
        if self.at_least is not None:
            items = items.filter(project__investment__gte=self.at_least)
        if self.at_most is not None:
            items = items.filter(project__investment__lte=self.at_most)
        if self.overdue:
            items = items.filter(LessThan(DUE_KEY, clock.today()))
        if self.within is not None:
            items = items.filter(LessThanOrEqual(DUE_KEY, working_day_after(clock.today(), self.within)))
        return self.apply_claimed(items, actor)

    def apply_claimed(self, items: QuerySet[WorkItem], actor: Actor) -> QuerySet[WorkItem]:
        """Keep what is claimed as asked."""
        if self.claimed == "me":
            return items.filter(claimed_by=actor.user)
        if self.claimed == "nobody":
            return items.filter(claimed_by=None)
        if self.claimed == "others":
            return items.exclude(claimed_by=None).exclude(claimed_by=actor.user)
        return items

    def chips(self, query: QueryDict) -> list[dict[str, str]]:
        """What is filtered by, each with the address without it."""
        shown: list[tuple[str, str, str | None]] = []
        if self.text:
            shown.append((_("contains “%(text)s”") % {"text": self.text}, "q", None))
        shown += [(word(key), "step", key) for key in self.steps]
        if self.unit is not None:
            shown.append((_("one unit"), "unit", None))
        if self.at_least is not None:
            shown.append((_("from %(wan)s ten thousand yuan") % {"wan": _wan(self.at_least)}, "from", None))
        if self.at_most is not None:
            shown.append((_("up to %(wan)s ten thousand yuan") % {"wan": _wan(self.at_most)}, "to", None))
        if self.overdue:
            shown.append((_("overdue"), "overdue", None))
        if self.within is not None:
            shown.append((_("due within %(count)s working days") % {"count": self.within}, "within", None))
        return [{"label": label, "remove_url": address(query, drop=(name, value))} for label, name, value in shown]


def _amount(value: str | None) -> Decimal | None:
    """An amount typed in 万元, as yuan."""
    try:
        return AMOUNTS.clean(value)
    except ValidationError:
        return None


def _wan(amount: Decimal) -> str:
    return format((amount / 10_000).normalize(), "f")


def working_day_after(day: dt.date, count: int) -> dt.date:
    """The day `count` working days after a day."""
    calendar = clock.working_calendar()
    while count > 0:
        day += clock.ONE
        count -= calendar.is_working(day)
    return day


# --- a page of it ---------------------------------------------------------------------------------------------


def shown(items: QuerySet[WorkItem]) -> QuerySet[WorkItem]:
    """Items with what the queue shows of them."""
    stopped = Deadline.objects.filter(work_item=OuterRef("pk"), state=DeadlineState.PAUSED)
    running = Deadline.objects.filter(work_item=OuterRef("pk"), state=DeadlineState.RUNNING)
    held_up = running.filter(opens_on__gt=clock.today()).order_by("-opens_on")
    return (
        items.annotate(paused=Exists(stopped), opens_on=Subquery(held_up.values("opens_on")[:1]))
        .select_related("project__owner_unit", "step", "claimed_by")
        .only(
            "due_on",
            "provisional",
            "duty",
            "opened_at",
            "office_id",
            "county_id",
            "project__name",
            "project__number",
            "project__investment",
            "project__owner_unit__name",
            "step__key",
            "step__rule",
            "step__kind",
            "step__phase",
            "step__version",
            "step__state",
            "claimed_by__name",
            "claimed_by__username",
        )
    )


@dataclass
class Totals:
    """How many wait, each count exact up to `COUNT_CAP`; the person's saved views; steps and units to choose from."""

    all: int
    overdue: int
    mine: int
    free: int
    others: int
    shown: int
    views: list[dict[str, Any]]
    steps: list[str]
    units: list[dict[str, Any]]

    @property
    def capped(self) -> bool:
        """Whether there are more than were counted."""
        return self.shown > COUNT_CAP


TOTALS = """
    WITH waiting AS MATERIALIZED ({waiting}), filtered AS MATERIALIZED ({filtered})
    SELECT (SELECT count(*) FROM waiting),
           (SELECT count(*) FROM filtered WHERE due_on < %s),
           (SELECT count(*) FROM filtered WHERE claimed_by_id = %s),
           (SELECT count(*) FROM filtered WHERE claimed_by_id IS NULL),
           (SELECT count(*) FROM filtered WHERE claimed_by_id <> %s),
           (SELECT count(*) FROM filtered),
           (SELECT coalesce(json_agg(json_build_object('pk', id, 'name', name, 'query', query) ORDER BY name), '[]')
              FROM workflow_savedview WHERE county_id = %s AND user_id = %s AND page = 'queue'),
           (SELECT coalesce(json_agg(DISTINCT step__key), '[]') FROM waiting WHERE step__key IS NOT NULL),
           (SELECT coalesce(json_agg(json_build_object('pk', pk, 'name', name) ORDER BY name), '[]')
              FROM (SELECT DISTINCT unit AS pk, unit_name AS name FROM waiting) AS units)
"""
WAITING_COLUMNS = ("due_on", "claimed_by_id", "step__key", "project__owner_unit_id", "project__owner_unit__name")


def totals_of(actor: Actor, filters: Filters) -> Totals:
    """All counts of the page, saved views and choices, in one query. Counts by claim ignore the claim filter itself."""
    assert actor.user is not None and actor.office is not None
    if not duties_of(actor.role):
        return Totals(0, 0, 0, 0, 0, 0, [], [], [])
    waiting = waiting_for(actor)
    everyone = Filters(**{**filters.__dict__, "claimed": ""})

    def first(items: QuerySet[WorkItem]) -> QuerySet[WorkItem]:
        return items.order_by(DUE_KEY.asc(), "pk")[: COUNT_CAP + 1]

    rows = WorkItem.objects.filter(pk__in=first(waiting).values("pk")).values_list(*WAITING_COLUMNS)
    text, all_params = rows.query.sql_with_params()
    all_sql = f"SELECT * FROM ({text}) AS rows (due_on, claimed_by_id, step__key, unit, unit_name)"  # noqa: S608
    if everyone == Filters():
        filtered_sql, filtered_params = "SELECT due_on, claimed_by_id FROM waiting", ()
    else:
        kept = first(everyone.apply(waiting, actor)).values_list("due_on", "claimed_by_id")
        text, filtered_params = kept.query.sql_with_params()
        filtered_sql = f"SELECT * FROM ({text}) AS rows (due_on, claimed_by_id)"  # noqa: S608
    user, county = actor.user.pk, actor.office.county_id
    with connection.cursor() as cursor:
        cursor.execute(
            TOTALS.format(waiting=all_sql, filtered=filtered_sql),
            [*all_params, *filtered_params, clock.today(), user, user, county, user],
        )
        numbers = cursor.fetchone()
    views, steps, units = (json.loads(one) if isinstance(one, str) else one for one in numbers[6:])
    waiting_count, overdue, mine, free, others, shown = numbers[:6]
    return Totals(waiting_count, overdue, mine, free, others, shown, views, steps, units)


@dataclass
class Row:
    """A line of the queue as it is shown."""

    item: WorkItem
    url: str
    step: str
    left: int | None
    overdue: bool
    mine: bool
    paused: bool  # the clock stands still: no day to show
    said: str = ""  # from when it may be done, while it may not


def rows_of(items: Iterable[WorkItem], *, actor: Actor, county_code: str) -> list[Row]:
    """Lines with days left, computed from the calendar at hand: no query a row."""
    today = clock.today()
    left = {day: clock.working_days_left(day, on=today) for day in {one.due_on for one in items} if day}
    rows = []
    for item in items:
        opens_on = getattr(item, "opens_on", None)
        rows.append(
            Row(
                item=item,
                url=stages.page("project", county_code, pk=item.project_id)
                if item.duty == Duty.CORRECT or item.step_id is None
                else stages.page("step", county_code, pk=item.step_id),
                step=item.step.name if item.step is not None else word(item.duty),
                left=left.get(item.due_on) if item.due_on and opens_on is None else None,
                overdue=item.due_on is not None and item.due_on < today,
                mine=actor.user is not None and item.claimed_by_id == actor.user.pk,
                paused=item.due_on is None and getattr(item, "paused", False),
                said=_("from %(day)s at the earliest") % {"day": day_in_words(opens_on)} if opens_on else "",
            )
        )
    return rows


def marked(actor: Actor, numbers: Iterable[str]) -> list[WorkItem]:
    """The marked items that still wait for the person's office, in the order of the queue. One query."""
    keys = [key for key in map(whole, list(numbers)[:MARKED_AT_ONCE]) if key is not None]
    ordered = waiting_for(actor).filter(pk__in=keys).order_by(DUE_KEY.asc(), "pk")
    return list(ordered.select_related("project__owner_unit", "project__county", "step__office", "claimed_by"))
