"""Matters: an incident that the unit reports, or a fault that an office orders to be put right by a day.

Who is told and who may order, the county's rules say (`supervision`, a measure that `begins` so).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import SYSTEM, Actor
from accounts.models import Office
from accounts.refusals import Incomplete, NotPermitted, Refusal, WrongState, clean_text
from approvals.models import Matter, MatterKind, MatterState, Sanction
from approvals.oversight.measures import ORDERED, REPORTED, measure_beginning, orders
from jurisdictions.rules.schema import Measure
from jurisdictions.scope import advisory_lock, current_county
from projects.access import has_filed
from projects.models import Project
from workflow import stages
from workflow.clocks import clock, deadlines
from workflow.clocks.spec import ClockSpec
from workflow.machines.runner import perform
from workflow.models import Deadline, Duty, WorkItem
from workflow.notices import notify
from workflow.route.offices import office_for
from workflow.trail import audit

ABOUT = "matter"  # of work items and pages
CORRECTION = "matter_correction"  # the clock of what is to be put right
OPEN = (MatterState.REPORTED, MatterState.ORDERED, MatterState.ANSWERED)


# --- who may ----------------------------------------------------------------------------------------------------


def why_not_report(actor: Actor, project: Project, measure: Measure | None) -> Refusal | None:
    """Why this person may not report an incident; None where they may."""
    if measure is None:
        return Refusal(_("The rules of the county know no report of incidents."))
    if not (actor.in_office(project.owner_unit_id) and actor.may("owner.record")):
        said = _("Incidents are reported by %(unit)s.") % {"unit": project.owner_unit.name}
        return NotPermitted(said, articles=measure.articles)
    return _under_way(project)


def why_not_order(actor: Actor, project: Project, measure: Measure | None) -> Refusal | None:
    """Why this person may not order a correction; None where they may."""
    if measure is None:
        return Refusal(_("The rules of the county know no order to put something right."))
    named = orders(measure)
    office = actor.office
    if office is None or not actor.may("step.decide") or (named and not set(named) & set(office.authorities)):
        return NotPermitted(_("Your role does not allow this."), articles=measure.articles)
    if has_filed(actor=actor, project=project):
        return NotPermitted(_("You filed this declaration yourself: a colleague must decide it."))
    return _under_way(project)


def _under_way(project: Project) -> Refusal | None:
    if project.state not in ("running", "suspended"):
        return WrongState(_("The project has ended, or was not handed in yet."))
    return None


def require_office(actor: Actor, matter: Matter) -> None:
    """Raise `NotPermitted` unless the person decides a matter."""
    if not actor.in_office(matter.office_id) or not actor.may("step.decide"):
        raise NotPermitted(_("This is decided by %(office)s.") % {"office": matter.office.name})
    if has_filed(actor=actor, project=matter.project):
        raise NotPermitted(_("You filed this declaration yourself: a colleague must decide it."))


# --- opening ----------------------------------------------------------------------------------------------------


def report(
    *,
    actor: Actor,
    project: Project,
    kind: str,
    title: str,
    happened_on: dt.date | None,
    text: str,
    loss: Decimal | None = None,
) -> Matter:
    """Report an incident: the office that the rules name decides what follows. `loss` in yuan.

    Raises `Incomplete`, `NotPermitted`, `Refusal` where the rules know no report, `WrongState`.
    """
    with audit.act():
        advisory_lock(f"matters-{project.pk}")
        measure = measure_beginning(project, REPORTED)
        if refused := why_not_report(actor, project, measure):
            raise refused
        assert measure is not None
        office = office_for(authority=measure.authority or "data_bureau", project=project)
        matter = _new(actor, project, measure, office, kind, title, happened_on, text, loss)
        matter.save()
        _opened(actor, matter, "report")
        _put_before(matter, office, Duty.DECIDE)
        _tell_office(matter, office, "matter_reported")
    return matter


def order_anew(
    *, actor: Actor, project: Project, kind: str, title: str, text: str, demand: str, due_on: dt.date | None
) -> Matter:
    """Order a fault that an office found to be put right by a day.

    Raises `Incomplete`, `NotPermitted`, `Refusal` where the rules know no such order, `WrongState`.
    """
    with audit.act():
        advisory_lock(f"matters-{project.pk}")
        measure = measure_beginning(project, ORDERED)
        if refused := why_not_order(actor, project, measure):
            raise refused
        assert measure is not None and actor.office is not None
        problems = _demanded(demand, due_on, measure.articles)
        matter = _new(actor, project, measure, actor.office, kind, title, clock.today(), text, None, problems=problems)
        matter.save()
        _opened(actor, matter, "found")
        _order(actor, matter, demand, due_on, None)
    return matter


def _new(
    actor: Actor,
    project: Project,
    measure: Measure,
    office: Office,
    kind: str,
    title: str,
    happened_on: dt.date | None,
    text: str,
    loss: Decimal | None,
    problems: list[Refusal] | None = None,
) -> Matter:
    title, text = clean_text(title, field="title", most=120), clean_text(text, field="text")
    found = list(problems or [])
    if kind not in MatterKind.values:
        found.append(Refusal(_("Please choose what it is about."), field="kind", articles=measure.articles))
    if not title:
        found.append(Refusal(_("Please name it in a few words."), field="title", articles=measure.articles))
    if not text:
        found.append(Refusal(_("Please say what happened."), field="text", articles=measure.articles))
    if happened_on is None:
        found.append(Refusal(_("Please enter the day."), field="happened_on", articles=measure.articles))
    elif happened_on > clock.today():
        found.append(Refusal(_("The day lies in the future."), field="happened_on", articles=measure.articles))
    if loss is not None and loss < 0:
        found.append(Refusal(_("A loss is not less than nothing."), field="loss", articles=measure.articles))
    same = Matter.objects.filter(project=project, title=title, state__in=OPEN)
    if title and same.exists():
        found.append(Refusal(_("An open matter of this name is there already."), field="title"))
    if found:
        raise Incomplete(_("The matter was not opened."), items=found)
    assert actor.user is not None and happened_on is not None
    return Matter(
        county_id=project.county_id,
        project=project,
        unit=project.owner_unit,
        office=office,
        measure=measure.key,
        articles=list(measure.articles),
        kind=kind,
        title=title,
        happened_on=happened_on,
        text=text,
        loss=loss,
        opened_by=actor.user,
    )


def _demanded(demand: str, due_on: dt.date | None, articles: Any) -> list[Refusal]:
    problems = []
    if not demand.strip():
        problems.append(Refusal(_("Please say what is to be put right."), field="demand", articles=articles))
    if due_on is None or due_on <= clock.today():
        said = _("The unit needs a day after today to put it right.")
        problems.append(Refusal(said, field="due_on", articles=articles))
    return problems


def _opened(actor: Actor, matter: Matter, how: str) -> None:
    audit.entry(
        actor=actor,
        action=f"matter.{how}",
        record=matter,
        project=matter.project,
        label=matter.title,
        new={"kind": matter.kind, "happened_on": matter.happened_on, "reason": matter.text, "loss": matter.loss},
        articles=matter.articles,
    )


# --- going on ---------------------------------------------------------------------------------------------------


def order(
    *, actor: Actor, matter: Matter, demand: str, due_on: dt.date | None, seen_version: int | None = None
) -> Matter:
    """Order that what was reported is put right by a day.

    Raises `Incomplete`, `NotPermitted`, `Stale`, `WrongState`.
    """
    require_office(actor, matter)
    if problems := _demanded(demand, due_on, matter.articles):
        raise Incomplete(_("The order was not given."), items=problems)
    with audit.act():
        _order(actor, matter, demand, due_on, seen_version)
    return matter


def _order(actor: Actor, matter: Matter, demand: str, due_on: dt.date | None, seen_version: int | None) -> None:
    assert due_on is not None
    demand = clean_text(demand, field="demand")
    fields = {"demand": demand, "due_on": due_on}
    name = "reject" if matter.state == MatterState.ANSWERED else "order"
    perform(matter, name, actor=actor, seen_version=seen_version, fields=fields, articles=matter.articles)
    _close_items(matter)
    item = _put_before(matter, matter.unit, Duty.ANSWER)
    spec = ClockSpec.fixed(CORRECTION, due_on, party="owner")
    deadlines.start_fixed(
        actor=actor, spec=spec, record_id=matter.pk, project=matter.project, office=matter.unit, item=item
    )
    notify.put_before(
        matter.unit,
        permission="owner.record",
        kind="matter_ordered",
        project=matter.project,
        key=f"matter-ordered:{matter.pk}:{matter.version}",
        data={"what": ABOUT, "title": matter.title, "day": due_on, "reason": demand},
        path=path_of(matter),
    )


def answer(*, actor: Actor, matter: Matter, text: str, seen_version: int | None = None) -> Matter:
    """Report what was put right. Raises `NotPermitted`, `Refusal`, `Stale`, `WrongState`."""
    text = clean_text(text, field="answer_text")
    if not (actor.in_office(matter.unit_id) and actor.may("owner.record")):
        raise NotPermitted(_("This is answered by %(unit)s.") % {"unit": matter.unit.name})
    if not text:
        raise Refusal(_("Please say what was put right."), field="answer_text", articles=matter.articles)
    with audit.act():
        fields = {"answer_text": text, "answered_by": actor.user, "answered_at": timezone.now()}
        perform(matter, "answer", actor=actor, seen_version=seen_version, fields=fields, articles=matter.articles)
        _end_clock(actor, matter)
        _close_items(matter)
        _put_before(matter, matter.office, Duty.DECIDE)
        _tell_office(matter, matter.office, "matter_answered")
    return matter


def reject(
    *, actor: Actor, matter: Matter, demand: str, due_on: dt.date | None, seen_version: int | None = None
) -> Matter:
    """What was put right is not enough: it is ordered again by a new day, and has failed once.

    Raises `Incomplete`, `NotPermitted`, `Stale`, `WrongState`.
    """
    require_office(actor, matter)
    if problems := _demanded(demand, due_on, matter.articles):
        raise Incomplete(_("The order was not given."), items=problems)
    if matter.state != MatterState.ANSWERED:
        raise WrongState(_("Nothing was reported as put right yet."))
    with audit.act():
        Matter.objects.filter(pk=matter.pk).update(has_failed=True)
        _order(actor, matter, demand, due_on, seen_version)
    return matter


def close(*, actor: Actor, matter: Matter, conclusion: str, seen_version: int | None = None) -> Matter:
    """End a matter with its conclusion. What is in force because of it is lifted first.

    Raises `NotPermitted`, `Refusal`, `Stale`, `WrongState` while a sanction of it is in force.
    """
    conclusion = clean_text(conclusion, field="conclusion")
    require_office(actor, matter)
    if not conclusion:
        raise Refusal(_("Please state the conclusion."), field="conclusion", articles=matter.articles)
    if Sanction.objects.filter(matter=matter, kind__in=("suspension", "deferral"), lifted_at=None).exists():
        raise WrongState(_("A sanction because of it is in force: lift it first."))
    with audit.act():
        fields = {"conclusion": conclusion, "closed_by": actor.user, "closed_at": timezone.now()}
        articles = matter.articles
        perform(matter, "close", actor=actor, seen_version=seen_version, fields=fields, articles=articles)
        _end_clock(actor, matter)
        _close_items(matter)
        notify.tell_all(
            [
                notify.News(
                    kind="matter_closed",
                    key=f"matter-closed:{matter.pk}",
                    offices=[matter.unit_id],
                    data={"title": matter.title, "reason": conclusion},
                    project=(matter.project_id, matter.project.name),
                    path=path_of(matter),
                )
            ]
        )
    return matter


def day_passed(deadline: Deadline) -> None:
    """The day to put it right has passed: the office decides what follows."""
    matter = Matter.objects.select_related("project", "unit", "office").get(pk=deadline.record_id or 0)
    if matter.state != MatterState.ORDERED:
        return
    Matter.objects.filter(pk=matter.pk).update(has_failed=True)
    audit.entry(
        actor=SYSTEM,
        action="matter.overdue",
        record=matter,
        project=matter.project,
        label=matter.title,
        new={"due_on": matter.due_on},
        articles=matter.articles,
    )
    _put_before(matter, matter.office, Duty.DECIDE)
    _tell_office(matter, matter.office, "matter_overdue")


def _end_clock(actor: Actor, matter: Matter) -> None:
    for row in Deadline.objects.unended().filter(key=CORRECTION, record_id=matter.pk):
        perform(row, "meet", actor=actor, fields={"ended_at": timezone.now()})


def _put_before(matter: Matter, office: Office, duty: Duty) -> WorkItem:
    return WorkItem.objects.create(
        county_id=matter.county_id,
        project=matter.project,
        office=office,
        duty=duty,
        about=ABOUT,
        record_id=matter.pk,
        opened_at=timezone.now(),
    )


def _close_items(matter: Matter) -> None:
    items = WorkItem.objects.open().filter(about=ABOUT, record_id=matter.pk)
    items.update(closed_at=timezone.now())


def _tell_office(matter: Matter, office: Office, kind: str) -> None:
    notify.put_before(
        office,
        permission="step.decide",
        kind=kind,
        project=matter.project,
        key=f"{kind}:{matter.pk}:{matter.version}",
        data={"what": ABOUT, "title": matter.title, "unit": matter.unit.name},
        path=path_of(matter),
    )


def path_of(matter: Matter) -> str:
    """Where a person works on a matter."""
    county = current_county()
    assert county is not None
    return stages.page(ABOUT, county.code, pk=matter.pk)
