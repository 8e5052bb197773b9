"""Findings of delay: the bureau looks into what the unit delayed, hears it, decides, and may lift what it decided.

How long the delay must be and which steps it bars, the county's rules say (`supervision`, a measure with `bound`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import SYSTEM, Actor
from accounts.models import Office
from accounts.refusals import Incomplete, NotPermitted, Refusal, WrongState, clean_text
from approvals.models import DelayFinding, FindingState
from jurisdictions.rules.schema import Measure
from jurisdictions.scope import advisory_lock, current_county
from projects.access import has_filed
from projects.models import Project, ProjectState
from projects.ruling import ruleset_of
from workflow import stages
from workflow.clocks import clock, deadlines, delays
from workflow.clocks.spec import ClockSpec
from workflow.machines.runner import perform
from workflow.models import Deadline, Duty, Step, WorkItem
from workflow.notices import notify
from workflow.route.hindrances import Hindrance
from workflow.route.offices import office_for
from workflow.trail import audit

ABOUT = "delay_finding"  # of work items and pages
HEARING = "delay_hearing"  # the clock of the statement
OPEN = (FindingState.PROPOSED, FindingState.HEARD, FindingState.CONFIRMED)


def measure_of(project: Any) -> Measure | None:
    """What the project's rules say of delay caused by the unit; None where they say nothing."""
    found = [one for one in ruleset_of(project.rule_version).rules.supervision if one.bound is not None]
    return found[0] if found else None


def caused_by_unit(project: Any) -> delays.PartyDelay | None:
    """What the unit delayed the preliminary work by; None where it delayed nothing."""
    rows = delays.clocks_of(project, delays.steps_of(project))
    return next(
        (one for one in delays.of_project(project, rows, phases=delays.PRELIMINARY) if one.party == "owner"), None
    )


def why_not_open(
    actor: Actor, project: Any, measure: Measure | None, found: delays.PartyDelay | None
) -> Refusal | None:
    """Why this person may not open a finding; None where they may."""
    if measure is None or measure.bound is None:
        return Refusal(_("The rules of the county know no finding of delay."))
    office = _office(measure, project)
    if not actor.in_office(office.pk) or not actor.may("step.decide"):
        return NotPermitted(
            _("A finding of delay is opened by %(office)s.") % {"office": office.name}, articles=measure.articles
        )
    if has_filed(actor=actor, project=project):
        return NotPermitted(_("You filed this declaration yourself: a colleague must decide it."))
    if project.state not in (ProjectState.RUNNING, ProjectState.SUSPENDED):
        return WrongState(_("The project has ended, or was not handed in yet."))
    days = found.total if found is not None else 0
    if days < measure.bound.amount:
        said = _("The unit has delayed the preliminary work by %(days)s working days; a finding takes %(bound)s.")
        return Refusal(said % {"days": days, "bound": measure.bound.amount}, articles=measure.articles)
    return None


def _office(measure: Measure, project: Any) -> Office:
    return office_for(authority=measure.authority or "data_bureau", project=project)


def propose(*, actor: Actor, project: Project, grounds: str, state_by: dt.date | None) -> DelayFinding:
    """Open a finding: the unit is told and heard until a day.

    Raises `Refusal` where the delay is below the bound of the rules, `Incomplete`, `NotPermitted`; `WrongState` where
    one is open already.
    """
    grounds = clean_text(grounds, field="grounds")
    with audit.act():
        advisory_lock(f"delay-finding-{project.pk}")
        measure, found = measure_of(project), caused_by_unit(project)
        if refused := why_not_open(actor, project, measure, found):
            raise refused
        assert measure is not None and found is not None and actor.user is not None
        last: Any = state_by
        if DelayFinding.objects.filter(project=project, state__in=OPEN).exists():
            raise WrongState(_("A finding of delay is open for this project already."))
        problems = []
        if not grounds:
            problems.append(Refusal(_("Please state the grounds."), field="grounds", articles=measure.articles))
        if state_by is None or state_by <= clock.today():
            said = _("The unit needs a day after today for its statement.")
            problems.append(Refusal(said, field="state_by", articles=measure.articles))
        if problems:
            raise Incomplete(_("The finding was not opened."), items=problems)
        finding = DelayFinding(
            county_id=project.county_id,
            project=project,
            unit=project.owner_unit,
            office=_office(measure, project),
            days=found.total,
            pieces=[
                {"what": one.deadline.key, "due_on": one.deadline.due_on.isoformat(), "late": one.late}
                | {"stopped": one.stopped}
                for one in found.pieces
            ],
            articles=list(measure.articles),
            opened_on=clock.today(),
            opened_by=actor.user,
            grounds=grounds,
            state_by=last,
        )
        finding.save()
        audit.entry(
            actor=actor,
            action="delayfinding.propose",
            record=finding,
            project=project,
            label=finding.unit.name,
            new={"days": finding.days, "state_by_day": state_by, "reason": grounds},
            articles=finding.articles,
        )
        item = _put_before(finding, finding.unit, Duty.ANSWER)
        spec = ClockSpec.fixed(HEARING, last, party="owner")
        deadlines.start_fixed(
            actor=actor, spec=spec, record_id=finding.pk, project=project, office=finding.unit, item=item
        )
        notify.put_before(
            finding.unit,
            permission="owner.record",
            kind="delay_proposed",
            project=project,
            key=f"delay:{finding.pk}",
            data={"what": ABOUT, "days": finding.days, "day": state_by, "reason": grounds},
            path=_path(finding),
        )
    return finding


def _put_before(finding: DelayFinding, office: Office, duty: Duty) -> WorkItem:
    return WorkItem.objects.create(
        county_id=finding.county_id,
        project=finding.project,
        office=office,
        duty=duty,
        about=ABOUT,
        record_id=finding.pk,
        opened_at=timezone.now(),
    )


def state(*, actor: Actor, finding: DelayFinding, statement: str, seen_version: int | None = None) -> DelayFinding:
    """Make the unit's statement. Raises `NotPermitted`, `Refusal`, `Stale`, `WrongState`."""
    statement = clean_text(statement, field="statement")
    if not (actor.in_office(finding.unit_id) and actor.may("owner.record")):
        raise NotPermitted(_("The statement is made by %(unit)s.") % {"unit": finding.unit.name})
    if not statement:
        raise Refusal(_("Please write the statement."), field="statement", articles=finding.articles)
    with audit.act():
        fields = {"statement": statement, "stated_by": actor.user, "heard_at": timezone.now()}
        perform(finding, "hear", actor=actor, seen_version=seen_version, fields=fields, articles=finding.articles)
        for row in Deadline.objects.unended().filter(key=HEARING, record_id=finding.pk):
            perform(row, "meet", actor=actor, fields={"ended_at": timezone.now()})
        _to_be_decided(finding)
    return finding


def hearing_over(deadline: Deadline) -> None:
    """The day of the statement has passed: the bureau decides without one."""
    finding = DelayFinding.objects.select_related("project", "unit", "office").get(pk=deadline.record_id or 0)
    if finding.state == FindingState.PROPOSED:
        perform(finding, "hear", actor=SYSTEM, fields={"heard_at": timezone.now()}, articles=finding.articles)
        _to_be_decided(finding)


def _to_be_decided(finding: DelayFinding) -> None:
    _close(finding)
    _put_before(finding, finding.office, Duty.DECIDE)
    notify.put_before(
        finding.office,
        permission="step.decide",
        kind="delay_heard",
        project=finding.project,
        key=f"delay-heard:{finding.pk}",
        data={"what": ABOUT, "unit": finding.unit.name},
        path=_path(finding),
    )


def decide(
    *, actor: Actor, finding: DelayFinding, confirmed: bool, reason: str, seen_version: int | None = None
) -> DelayFinding:
    """Confirm the delay, so that no money is arranged, or drop the finding; either with reasons.

    Raises `NotPermitted`, `Refusal`, `Stale`, `WrongState`.
    """
    reason = clean_text(reason, field="decision")
    _require_office(actor, finding)
    if not reason:
        raise Refusal(_("Please state the reason."), field="decision", articles=finding.articles)
    with audit.act():
        fields = {"decision": reason, "decided_by": actor.user, "decided_at": timezone.now()}
        perform(
            finding,
            "confirm" if confirmed else "drop",
            actor=actor,
            seen_version=seen_version,
            fields=fields,
            articles=finding.articles,
            reason=reason,
        )
        _close(finding)
        _tell(finding, reason)
    return finding


def lift(*, actor: Actor, finding: DelayFinding, reason: str, seen_version: int | None = None) -> DelayFinding:
    """Lift a confirmed finding with a reason: money may be arranged again. Raises as `decide`."""
    reason = clean_text(reason, field="lifting")
    _require_office(actor, finding)
    if not reason:
        raise Refusal(_("Please state the reason."), field="lifting", articles=finding.articles)
    with audit.act():
        fields = {"lifting": reason, "lifted_by": actor.user, "lifted_at": timezone.now()}
        perform(
            finding,
            "lift",
            actor=actor,
            seen_version=seen_version,
            fields=fields,
            articles=finding.articles,
            reason=reason,
        )
        _tell(finding, reason)
    return finding


def _require_office(actor: Actor, finding: DelayFinding) -> None:
    if not actor.in_office(finding.office_id) or not actor.may("step.decide"):
        raise NotPermitted(_("This is decided by %(office)s.") % {"office": finding.office.name})
    if has_filed(actor=actor, project=finding.project):
        raise NotPermitted(_("You filed this declaration yourself: a colleague must decide it."))


def _tell(finding: DelayFinding, reason: str) -> None:
    """Tell the unit, and who has work of the project before it, what was decided."""
    items = WorkItem.objects.open().filter(project=finding.project)
    offices = {finding.unit_id, *items.values_list("office", flat=True)}
    project = finding.project
    notify.tell_all(
        [
            notify.News(
                kind=f"delay_{finding.state}",
                key=f"delay-{finding.state}:{finding.pk}",
                offices=sorted(offices),
                data={"days": finding.days, "reason": reason, "articles": finding.articles},
                project=(project.pk, project.name),
                path=_path(finding),
            )
        ]
    )


def _close(finding: DelayFinding) -> None:
    items = WorkItem.objects.open().filter(about=ABOUT, record_id=finding.pk)
    items.update(closed_at=timezone.now())


def _path(finding: DelayFinding) -> str:
    county = current_county()
    assert county is not None
    return stages.page(ABOUT, county.code, pk=finding.pk)


# --- what a confirmed finding bars ------------------------------------------------------------------------------


def confirmed(project_id: int) -> DelayFinding | None:
    """The finding that bars money for a project now; None where there is none."""
    return DelayFinding.objects.filter(project_id=project_id, state=FindingState.CONFIRMED).first()


def require_no_finding(project: Any) -> None:
    """Raise `Refusal` where no money may be given because of a confirmed delay."""
    found = confirmed(project.pk)
    if found is not None:
        raise Refusal(_no_money(found), articles=found.articles)


def _no_money(found: DelayFinding) -> str:
    said = _("The unit was found to have delayed the preliminary work by %(days)s working days: no money is arranged.")
    return said % {"days": found.days}


def no_money(step: Step) -> Iterator[Hindrance]:
    """A confirmed finding bars the steps that the rules name."""
    measure = measure_of(step.project)
    if measure is None or step.key not in measure.bars:
        return
    found = confirmed(step.project_id)
    if found is not None:
        yield Hindrance(ABOUT, _no_money(found), found.articles)
