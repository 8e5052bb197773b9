"""The queue: what waits for a person's office, most urgent first, filtered by the address, paged by key."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual, LessThan, LessThanOrEqual
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Refusal, clean_text
from accounts.roles import duties_of
from jurisdictions.fields import AmountField, whole
from jurisdictions.rules.vocabulary import STEPS
from jurisdictions.templatetags.xunzhang import SOON_AT_MOST, SOON_DAYS
from workflow import stages
from workflow.clocks import clock, due
from workflow.desk.words import word
from workflow.listings.paging import Term, address, by_pk, read_day
from workflow.models import DUE_KEY, NO_DAY, Deadline, DeadlineState, Duty, Step, StepState, WorkItem
from workflow.route.kinds import together_for
from workflow.trail import audit

COUNT_CAP = 1000
MARKED_AT_ONCE = 50
ORDER = (Term(DUE_KEY, lambda item: item.due_on, read=read_day, none=NO_DAY), by_pk())
AMOUNTS = AmountField(unit="wan", required=False, max_digits=17)


# --- decisions on many, carried out as the kind of step says -------------------------------------------------


@dataclass
class BatchResult:
    """What became of one marked item."""

    item: WorkItem
    refusal: Refusal | None = None
    ended: Step | None = None  # the step as it ended; None where it goes on, as after an opinion
    word: Any = ""  # the outcome as it was offered


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
                with audit.act():
                    carried.ended = decider.function(
                        actor=actor,
                        step=item.step,
                        outcome=outcome,
                        reason=reason,
                        seen_version=versions.get(item.pk),
                    )
                carried.word = decider.outcomes[outcome]
            except Refusal as refusal:
                carried.refusal = refusal
            results.append(carried)
    return results


# --- what waits -----------------------------------------------------------------------------------------------


def held_by(actor: Actor) -> QuerySet[WorkItem]:
    """The open items of the person's office that their role may work on, those back with the unit among them."""
    if actor.office is None:
        return WorkItem.objects.none()
    return WorkItem.objects.filter(office=actor.office, closed_at=None, duty__in=duties_of(actor.role))


def waiting_for(actor: Actor) -> QuerySet[WorkItem]:
    """What the person may work on now; what waits for the unit's correction is left out."""
    return here(held_by(actor))


def here(items: QuerySet[WorkItem]) -> QuerySet[WorkItem]:
    """Items that are not back with the unit."""
    # Looked up row by row, not joined: the office's index gives the rows in order, and reading stops at a full page.
    back = Exists(Step.objects.filter(pk=OuterRef("step_id"), state=StepState.WAITING))
    return items.filter(Q(duty=Duty.CORRECT) | ~back)


def awaiting_others(items: QuerySet[WorkItem]) -> QuerySet[WorkItem]:
    """Items whose step waits for another office's opinion, or for the unit's correction."""
    return items.filter(_waits_for_others())


def searched() -> str:
    """What a text that is looked for is compared with."""
    projects: Any = WorkItem._meta.get_field("project").related_model
    return str(projects.objects.searched())


def _waits_for_others() -> Q:
    asked = WorkItem.objects.filter(step=OuterRef("step_id"), closed_at=None, duty__in=due.OF_ONE_OFFICE)
    return ~Q(duty__in=due.OF_ONE_OFFICE) & Q(Exists(asked))


def next_for(actor: Actor, filters: Filters) -> WorkItem | None:
    """What the person works on next of what they filtered: the most urgent that no colleague has claimed and that
    waits for nobody else, unless just those were asked for.
    """
    found = filters.apply(held_by(actor), actor)
    if filters.claimed != "others":
        found = found.filter(Q(claimed_by=None) | Q(claimed_by=actor.user))
    if not filters.awaited:
        found = found.exclude(_waits_for_others())
    return found.order_by(DUE_KEY.asc(), "pk").first()


def left_of(actor: Actor, filters: Filters, *, cap: int) -> int:
    """How many wait of what the person filtered, at most `cap` + 1."""
    return filters.apply(held_by(actor), actor).order_by(DUE_KEY.asc(), "pk").values("pk")[: cap + 1].count()


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
    soon: bool = False  # its day is near
    awaited: bool = False  # it waits for others
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
            soon=query.get("soon") == "1",
            awaited=query.get("awaited") == "1",
            within=None if within is None else min(within, 250),
        )

    def apply(self, items: QuerySet[WorkItem], actor: Actor) -> QuerySet[WorkItem]:
        """Keep what the filters ask for of what an office has (`held_by`)."""
        items = awaiting_others(items) if self.awaited else here(items)
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
        if self.soon:
            items = items.filter(is_near())
        if self.within is not None:
            items = items.filter(LessThanOrEqual(DUE_KEY, clock.working_day_after(clock.today(), self.within)))
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


def is_near() -> Q:
    """Whether an item's day is near: in some working days, or within a month where a long clock or a fixed day ends."""
    today = clock.today()
    close = clock.working_day_after(today, SOON_DAYS["working_day"])
    ends = Deadline.objects.filter(
        project=OuterRef("project_id"), state=DeadlineState.RUNNING, due_on=OuterRef("due_on")
    )
    return (
        Q(GreaterThanOrEqual(DUE_KEY, today))
        & Q(LessThanOrEqual(DUE_KEY, max(close, today + dt.timedelta(SOON_AT_MOST))))
        & (Q(LessThanOrEqual(DUE_KEY, close)) | Q(Exists(ends.exclude(unit__in=SOON_DAYS))))
    )


# --- a page of it ---------------------------------------------------------------------------------------------


def shown(items: QuerySet[WorkItem]) -> QuerySet[WorkItem]:
    """Items with what the queue shows of them."""
    return (
        due.with_others(items)
        .select_related("project__owner_unit", "step", "office", "claimed_by")
        .only(
            "due_on",
            "duty",
            "opened_at",
            "county_id",
            "office__name",
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
    soon: int
    mine: int
    unclaimed: int
    awaited: int
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
    SELECT (SELECT count(*) FROM filtered),
           (SELECT count(*) FROM filtered WHERE due_on < %s),
           (SELECT count(*) FROM filtered WHERE soon),
           (SELECT count(*) FROM filtered WHERE claimed_by_id = %s),
           (SELECT count(*) FROM filtered WHERE claimed_by_id IS NULL),
           (SELECT count(*) FROM ({awaited}) AS awaited),
           (SELECT count(*) FROM ({shown}) AS shown),
           (SELECT coalesce(json_agg(json_build_object('pk', id, 'name', name, 'query', query) ORDER BY name), '[]')
              FROM workflow_savedview WHERE county_id = %s AND user_id = %s AND page = 'queue'),
           (SELECT coalesce(json_agg(DISTINCT step__key), '[]') FROM waiting WHERE step__key IS NOT NULL),
           (SELECT coalesce(json_agg(json_build_object('pk', pk, 'name', name) ORDER BY name), '[]')
              FROM (SELECT DISTINCT unit AS pk, unit_name AS name FROM waiting) AS units)
"""
COUNTED = ("due_on", "claimed_by_id", "soon")
CHOSEN = ("step__key", "project__owner_unit_id", "project__owner_unit__name")


def totals_of(actor: Actor, filters: Filters) -> Totals:
    """All counts of the page, saved views and choices, in one query. A chip counts what it would show."""
    assert actor.user is not None and actor.office is not None
    if not duties_of(actor.role):
        return Totals(0, 0, 0, 0, 0, 0, 0, [], [], [])
    held = held_by(actor)
    everyone = replace(filters, claimed="", overdue=False, soon=False, awaited=False)
    parts: dict[str, str] = {}
    params: list[Any] = []

    def put(name: str, columns: str, rows: Any) -> None:
        text, values = rows.query.sql_with_params()
        parts[name] = f"SELECT * FROM ({text}) AS rows ({columns})"  # noqa: S608
        params.extend(values)

    def first(items: QuerySet[WorkItem]) -> QuerySet[WorkItem]:
        return items.order_by(DUE_KEY.asc(), "pk")[: COUNT_CAP + 1]

    near = ExpressionWrapper(is_near(), output_field=BooleanField())
    chosen = held.filter(pk__in=first(here(held)).values("pk")).annotate(soon=near)
    put("waiting", "due_on, claimed_by_id, soon, step__key, unit, unit_name", chosen.values_list(*COUNTED, *CHOSEN))
    if everyone == Filters():
        parts["filtered"] = "SELECT due_on, claimed_by_id, soon FROM waiting"
    else:
        kept = first(everyone.apply(held, actor).annotate(soon=near))
        put("filtered", "due_on, claimed_by_id, soon", kept.values_list(*COUNTED))
    user, county = actor.user.pk, actor.office.county_id
    params += [clock.today(), user]
    others = replace(everyone, awaited=True).apply(WorkItem.objects.filter(pk__in=first(held).values("pk")), actor)
    put("awaited", "id", others.values("pk")[: COUNT_CAP + 1])
    if filters == everyone:
        parts["shown"] = "SELECT 1 FROM filtered"
    else:
        put("shown", "id", filters.apply(held, actor).values("pk")[: COUNT_CAP + 1])
    with connection.cursor() as cursor:
        cursor.execute(TOTALS.format(**parts), [*params, county, user])
        numbers = cursor.fetchone()
    return Totals(*numbers[:7], *(json.loads(one) if isinstance(one, str) else one for one in numbers[7:]))


@dataclass
class Row:
    """A line of the queue as it is shown."""

    item: WorkItem
    url: str
    step: str
    hanging: due.Hanging
    overdue: bool
    mine: bool


def rows_of(items: Iterable[WorkItem], *, actor: Actor, county_code: str) -> list[Row]:
    """Lines with where each hangs: no query a row."""
    items, today = list(items), clock.today()
    hanging = due.hanging_of(items)
    return [
        Row(
            item=item,
            url=url_of(item, county_code),
            step=item.step.name if item.step is not None else word(item.duty),
            hanging=hanging[item.pk],
            overdue=item.due_on is not None and item.due_on < today,
            mine=actor.user is not None and item.claimed_by_id == actor.user.pk,
        )
        for item in items
    ]


def url_of(item: WorkItem, county_code: str) -> str:
    """Where an item is worked on."""
    if item.duty == Duty.CORRECT or item.step_id is None:
        return stages.page("project", county_code, pk=item.project_id)
    return stages.page("step", county_code, pk=item.step_id)


def marked(actor: Actor, numbers: Iterable[str]) -> list[WorkItem]:
    """The marked items that still wait for the person's office, in the order of the queue. One query."""
    ordered = waiting_for(actor).filter(pk__in=_keys(numbers)).order_by(DUE_KEY.asc(), "pk")
    joined = ("project__owner_unit", "project__county", "step__office", "office", "claimed_by")
    return list(due.with_others(ordered).select_related(*joined))


def no_longer_waiting(actor: Actor, numbers: Iterable[str], waiting: Iterable[WorkItem]) -> list[WorkItem]:
    """The marked items of the person's office that somebody has done since, so that none is passed over in silence."""
    gone = set(_keys(numbers)) - {item.pk for item in waiting}
    if not gone or actor.office is None:
        return []
    rows = WorkItem.objects.filter(pk__in=gone, office=actor.office, duty__in=duties_of(actor.role))
    return list(rows.select_related("project", "step").order_by("pk"))


def _keys(numbers: Iterable[str]) -> list[int]:
    return [key for key in map(whole, list(numbers)[:MARKED_AT_ONCE]) if key is not None]
