"""The queue: what waits for a person's office, most urgent first, filtered by the address, paged by key."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet, ValidationError
from django.db.models import BooleanField, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual, LessThan, LessThanOrEqual
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Refusal, clean_text
from jurisdictions.fields import AmountField, whole
from jurisdictions.rules.vocabulary import STEPS
from jurisdictions.statements import ask, statement
from jurisdictions.templatetags.xunzhang import SOON_AT_MOST, SOON_DAYS
from workflow.clocks import clock, due
from workflow.desk.frame import Counts
from workflow.desk.queue_rows import compiled, projects_table
from workflow.desk.words import word
from workflow.listings.paging import Term, address, by_pk, read_day
from workflow.models import DUE_KEY, NO_DAY, OF_THE_UNIT, Deadline, DeadlineState, Step, StepState, WorkItem
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
    items = WorkItem.objects.filter(office=actor.office, closed_at=None, duty__in=actor.duties)
    if actor.steps is not None:
        items = items.filter(Exists(Step.objects.filter(pk=OuterRef("step_id"), key__in=actor.steps)))
    return items


def waiting_for(actor: Actor) -> QuerySet[WorkItem]:
    """What the person may work on now; what waits for the unit's correction is left out."""
    return here(held_by(actor))


def here(items: QuerySet[WorkItem]) -> QuerySet[WorkItem]:
    """Items that are not back with the unit."""
    # Looked up row by row, not joined: the office's index gives the rows in order, and reading stops at a full page.
    back = Exists(Step.objects.filter(pk=OuterRef("step_id"), state=StepState.WAITING))
    return items.filter(Q(duty__in=OF_THE_UNIT) | ~back)


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
        found = found.filter(Q(claimed_by=None) | Q(claimed_by__in=actor.people))
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
            return items.filter(claimed_by__in=actor.people)
        if self.claimed == "nobody":
            return items.filter(claimed_by=None)
        if self.claimed == "others":
            return items.exclude(claimed_by=None).exclude(claimed_by__in=actor.people)
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


# --- how much of it -------------------------------------------------------------------------------------------


@dataclass
class Totals:
    """How many wait, each count exact up to `COUNT_CAP`; steps and units to choose from."""

    all: int
    overdue: int
    soon: int
    mine: int
    unclaimed: int
    awaited: int
    shown: int
    waiting: int  # whatever is filtered by
    steps: list[str]
    units: list[dict[str, Any]]

    @property
    def capped(self) -> bool:
        """Whether there are more than were counted."""
        return self.shown > COUNT_CAP


# What a thousand rows are asked for is looked up row by row (LIMIT 1): joined, or as EXISTS, PostgreSQL reads the whole
# county's instead.
MINE = """
 item.county_id = %(county)s AND item.office_id = %(office)s AND item.closed_at IS NULL AND item.duty = ANY(%(duties)s)
 AND (%(steps)s::text[] IS NULL
      OR (SELECT key FROM workflow_step WHERE id = item.step_id LIMIT 1) = ANY(%(steps)s))
"""
FIRST = "ORDER BY coalesce(item.due_on, %(no_day)s), item.id LIMIT %(cap)s"
WAITING = f"""
    SELECT item.due_on, item.claimed_by_id, item.project_id, step.key
      FROM workflow_workitem AS item
      LEFT JOIN LATERAL (SELECT key, state FROM workflow_step WHERE id = item.step_id LIMIT 1) AS step ON true
     WHERE {MINE} AND (item.duty = 'correct' OR step.state IS DISTINCT FROM 'waiting') {FIRST}
"""  # noqa: S608 parts that stand above
AWAITED = f"""
    SELECT 1 FROM (SELECT item.step_id, item.duty FROM workflow_workitem AS item WHERE {MINE} {FIRST}) AS item
     WHERE item.duty NOT IN ('opinion', 'correct')
       AND (SELECT true FROM workflow_workitem AS asked WHERE asked.step_id = item.step_id AND asked.closed_at IS NULL
               AND asked.duty IN ('opinion', 'correct') LIMIT 1)
"""  # noqa: S608 parts that stand above
NEAR = """
    due_on >= %(today)s AND (due_on <= %(close)s OR due_on <= %(far)s AND
        (SELECT true FROM workflow_deadline AS one WHERE one.project_id = filtered.project_id AND one.state = 'running'
            AND one.due_on = filtered.due_on AND one.unit <> ALL(%(short)s) LIMIT 1))
"""
TOTALS = """
    WITH waiting AS MATERIALIZED ({waiting}), filtered AS MATERIALIZED ({filtered})
    SELECT (SELECT count(*) FROM filtered),
           (SELECT count(*) FROM filtered WHERE due_on < %(today)s),
           (SELECT count(*) FROM filtered WHERE {near}),
           (SELECT count(*) FROM filtered WHERE claimed_by_id = ANY(%(people)s)),
           (SELECT count(*) FROM filtered WHERE claimed_by_id IS NULL),
           (SELECT count(*) FROM ({awaited}) AS awaited),
           (SELECT count(*) FROM ({shown}) AS shown),
           (SELECT count(*) FROM waiting),
           (SELECT coalesce(json_agg(DISTINCT key), '[]') FROM waiting WHERE key IS NOT NULL),
           (SELECT coalesce(json_agg(json_build_object('pk', id, 'name', name) ORDER BY name), '[]')
              FROM accounts_office WHERE id IN (
                   SELECT (SELECT owner_unit_id FROM {projects} WHERE id = project_id LIMIT 1) FROM waiting))
"""


VARYING = ("county", "office", "people", "today", "close", "far")


def totals_of(actor: Actor, filters: Filters) -> Totals:
    """All counts of the page and its choices, in one query. A chip counts what it would show."""
    assert actor.user is not None and actor.office is not None
    if not actor.duties:
        return Totals(0, 0, 0, 0, 0, 0, 0, 0, [], [])
    everyone = replace(filters, claimed="", overdue=False, soon=False, awaited=False)
    parts = {
        "waiting": WAITING,
        "filtered": "SELECT * FROM waiting",
        "awaited": AWAITED,
        "near": NEAR,
        "projects": projects_table(),
    }
    params = _counted_by(actor)

    def put(name: str, rows: Any) -> None:
        try:
            parts[name], given = compiled(rows, name)
        except EmptyResultSet:
            parts[name], given = "SELECT * FROM waiting WHERE false", {}
        params.update(given)

    def first(items: QuerySet[WorkItem]) -> QuerySet[WorkItem]:
        return items.order_by(DUE_KEY.asc(), "pk")[: COUNT_CAP + 1]

    held = held_by(actor)
    if everyone != Filters():
        put("filtered", first(everyone.apply(held, actor)).values("due_on", "claimed_by_id", "project_id"))
        others = replace(everyone, awaited=True).apply(WorkItem.objects.filter(pk__in=first(held).values("pk")), actor)
        put("awaited", others.values("pk")[: COUNT_CAP + 1])
    if filters == everyone:
        parts["shown"] = "SELECT 1 FROM filtered"
    else:
        put("shown", filters.apply(held, actor).values("pk")[: COUNT_CAP + 1])
    (numbers,) = ask(TOTALS.format(**parts), params, varying=VARYING, label="workflow.desk.queue.totals_of")
    return Totals(*numbers[:8], *(json.loads(one) if isinstance(one, str) else one for one in numbers[8:]))


def _counted_by(actor: Actor) -> dict[str, Any]:
    today = clock.today()
    close = clock.working_day_after(today, SOON_DAYS["working_day"])
    assert actor.user is not None and actor.office is not None
    return {
        "county": actor.office.county_id,
        "office": actor.office.pk,
        "people": actor.people,
        "duties": actor.duties,
        "steps": actor.steps,
        "no_day": NO_DAY,
        "cap": COUNT_CAP + 1,
        "today": today,
        "close": close,
        "far": max(close, today + dt.timedelta(SOON_AT_MOST)),
        "short": list(SOON_DAYS),
    }


@dataclass
class Personal:
    """What of the queue's page is the person's own, and the end of the county's chain under which the rest holds."""

    end: str
    unread: int
    views: list[dict[str, Any]]


PERSONAL = """
    SELECT (SELECT hash FROM workflow_audithead WHERE county_id = %(county)s),
           (SELECT count(*) FROM (SELECT 1 FROM workflow_message WHERE county_id = %(county)s AND user_id = %(user)s
               AND read_at IS NULL ORDER BY id DESC LIMIT %(cap)s) AS unread),
           (SELECT coalesce(json_agg(json_build_object('pk', id, 'name', name, 'query', query) ORDER BY name), '[]')
              FROM workflow_savedview WHERE county_id = %(county)s AND user_id = %(user)s AND page = 'queue')
"""


_personal = statement(PERSONAL, "county", "user", label="workflow.desk.queue.personal", fixed={"cap": Counts.most})


def personal_of(actor: Actor) -> Personal:
    """Unread notices as the frame counts them, kept views, the chain's end: one query."""
    assert actor.user is not None and actor.office is not None
    ((end, unread, views),) = _personal.ask([actor.office.county_id, actor.user.pk])
    return Personal(end or "", unread, json.loads(views) if isinstance(views, str) else views)


def marked(actor: Actor, numbers: Iterable[str]) -> list[WorkItem]:
    """The marked items that still wait for the person's office, in the order of the queue. One query."""
    ordered = waiting_for(actor).filter(pk__in=_keys(numbers)).order_by(DUE_KEY.asc(), "pk")
    joined = ("project__owner_unit", "project__county", "step__office", "office", "claimed_by")
    return list(ordered.select_related(*joined))


def no_longer_waiting(actor: Actor, numbers: Iterable[str], waiting: Iterable[WorkItem]) -> list[WorkItem]:
    """The marked items of the person's office that somebody has done since, so that none is passed over in silence."""
    gone = set(_keys(numbers)) - {item.pk for item in waiting}
    if not gone or actor.office is None:
        return []
    rows = WorkItem.objects.filter(pk__in=gone, office=actor.office, duty__in=actor.duties)
    return list(rows.select_related("project", "step").order_by("pk"))


def _keys(numbers: Iterable[str]) -> list[int]:
    return [key for key in map(whole, list(numbers)[:MARKED_AT_ONCE]) if key is not None]
