"""What follows from a step's end, and what timers do: reserve, plan, importance, refusal, expiry, closing of calls."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from accounts.actors import SYSTEM, Actor
from jurisdictions.calendars.periods import add_months
from jurisdictions.models import County, RuleVersion
from jurisdictions.rules.ruleset import RuleMissing
from jurisdictions.rules.schema import Exemption
from projects.models import (
    AnnualPlan,
    Declaration,
    PlanEntry,
    Project,
    ProjectState,
    ReserveEntry,
    ReserveState,
    Round,
    RoundState,
    Standing,
)
from projects.ruling import facts_of, ruleset_of
from projects.services.calls import close_call, tell_drafts
from projects.services.routing import NOT_SUPPORTED, sync_route
from projects.services.standing import end_project, record_standing
from workflow.clocks import deadlines, foreseen
from workflow.clocks.clock import today
from workflow.clocks.spec import ClockSpec
from workflow.filings import services as filings
from workflow.machines.runner import perform
from workflow.models import Deadline, Document, Duty, FilingState, Occasion, Step, StepState, WorkItem
from workflow.notices import notify
from workflow.route.hindrances import DEPARTURES, Hindrance
from workflow.route.kinds import kind_of
from workflow.trail import audit

RESERVE, PLAN = "reserve", "plan"
EXPIRY = "reserve_expiry"


def reserve_lost(step: Step) -> Iterator[Hindrance]:
    """A project whose place in the reserve is lost enters no plan, unless the rules take it without one.

    The rules' `late` rows say who may declare outside the reserve.
    """
    if step.result != PLAN:
        return
    entry = ReserveEntry.objects.filter(project_id=step.project_id).first()
    if entry is None or entry.state in (ReserveState.VALID, ReserveState.USED):
        return
    project = step.project
    asked = facts_of(project)
    rows = ruleset_of(project.rule_version).late_for(asked) if asked is not None else []
    if any(row.then.allowed for row in rows):
        return
    said = _("The project is not in the reserve any more, so it cannot enter the plan.")
    in_principle = bool(rows) and all("in_principle" in row.marks for row in rows)
    articles = dict.fromkeys([*entry.articles, *(one for row in rows if in_principle for one in row.articles)])
    yield Hindrance("reserve", said, list(articles), in_principle)


def not_supported(step: Step) -> Iterator[Hindrance]:
    """Cases that the rules do not support in principle, declared with a reason: the first that decides says why."""
    cases = [one for one in step.project.route_notices if one["key"].startswith(NOT_SUPPORTED)]
    if not cases or kind_of(step).duty(step) != Duty.DECIDE or not step.gate:
        return
    steps = step.together if step.together is not None else Step.objects.filter(project_id=step.project_id)
    exemption = ruleset_of(step.project.rule_version).rules.negative_list.exemption
    if exemption is not None:
        yield from _exemption_papers(step, exemption)
    settled = {key for one in steps for key in one.record.get(DEPARTURES, ())}
    for one in cases:
        if one["key"] not in settled:
            yield Hindrance(one["key"], one["text"], one["articles"], in_principle=True, for_people=True)


def _exemption_papers(step: Step, exemption: Exemption) -> Iterator[Hindrance]:
    """Papers that exempt a case and are not in the project, or not any more: no reason stands in for them."""
    papers = Document.objects.active().filter(project_id=step.project_id, purpose__in=exemption.documents)
    there = set(papers.values_list("purpose", flat=True))
    known = ruleset_of(step.project.rule_version)
    for key in exemption.documents:
        if key not in there:
            said = _("Missing for the exemption: %(name)s. The declaration can be returned for it.")
            name = str(known.document(key).name)
            yield Hindrance(f"exempt-{key}", said % {"name": name}, exemption.articles, for_people=True)


# Steps whose day may decide which version of the rules governs (`governing_day`); the declaration's own day does so
# where it is handed in.
START = "start_notice"
GOVERNING_STEPS = (START, "project_approval")


def governed_from_today(step: Step, actor: Actor, facts: Mapping[str, Any]) -> None:
    """Where the rules in force name the day of this step, they govern from now on; the route is laid anew."""
    if step.key not in GOVERNING_STEPS:
        return
    project = step.project
    version = RuleVersion.objects.governing(project.county, step.key, today())
    if version is None or version.pk == project.rule_version_id:
        return
    before, project.rule_version = project.rule_version, version
    Project.objects.filter(pk=project.pk).update(rule_version=version)
    audit.entry(
        actor=SYSTEM,
        action="project.govern",
        record=project,
        project=project,
        label=project.name,
        old={"rules": str(before)},
        new={"rules": str(version)},
        rule_version=str(version),
    )
    sync_route(actor=actor, project=project)


def foreseen_at_the_start(step: Step, actor: Actor, facts: Mapping[str, Any]) -> None:
    """The start notice sets both sides' clocks off: what is foreseen of the route then is kept."""
    if step.key == START:
        steps = list(Step.objects.filter(project_id=step.project_id))  # another version may have laid the route anew
        foreseen.keep(project=step.project, steps=steps, occasion=Occasion.START)


def importance_set(step: Step, actor: Actor, facts: Mapping[str, Any]) -> None:
    """A step that classifies the project sets its importance; the route is laid anew."""
    if "importance" not in (step.rule.get("sets") or []):
        return
    chosen = str(step.record.get("importance") or "")
    project = step.project
    if chosen in ("general", "key") and chosen != project.importance:
        project.importance = chosen
        Project.objects.filter(pk=project.pk).update(importance=chosen)
        sync_route(actor=actor, project=project)


def results_entered(step: Step, actor: Actor, facts: Mapping[str, Any]) -> None:
    """The last step that leads into the reserve, or into the plan, enters the project there."""
    if step.result not in (RESERVE, PLAN):
        return
    unended = Step.objects.unended().filter(project_id=step.project_id, result=step.result)
    if unended.exclude(pk=step.pk).exists():
        return
    if step.result == RESERVE:
        enter_reserve(actor=actor, project=step.project, articles=step.articles)
    else:
        enter_plan(actor=actor, project=step.project, step=step)


def last_valid_day(first: dt.date, amount: int, unit: str) -> dt.date:
    """The last day of a validity that begins on `first`: the day before its anniversary, working day or not."""
    months = {"year": 12, "month": 1}.get(unit)
    anniversary = add_months(first, amount * months) if months else first + dt.timedelta(days=amount)
    return anniversary - dt.timedelta(days=1)


def enter_reserve(*, actor: Actor, project: Project, articles: list[str]) -> ReserveEntry:
    """Put a project in the reserve from today; it expires where the rules say after how long. Reminded before."""
    facts = facts_of(project)
    expires_on, cited = None, list(articles)
    if facts is not None:
        try:
            validity = ruleset_of(project.rule_version).parameter("reserve_validity", facts)
        except RuleMissing:
            pass
        else:
            expires_on = last_valid_day(today(), int(validity.value), validity.unit)
            cited = [*cited, *(one for one in validity.articles if one not in cited)]
    entry = _entered(actor, project, {"entered_on": today(), "expires_on": expires_on, "articles": cited})
    record_standing(
        actor=actor,
        project=project,
        standing=Standing.IN_RESERVE,
        action="enter_reserve",
        articles=cited,
        expires_on=expires_on,
    )
    if expires_on is not None:
        deadlines.start_fixed(
            actor=actor,
            spec=ClockSpec.fixed(
                EXPIRY,
                expires_on,
                party="owner",
                articles=tuple(cited),
                on_overdue="expire",
                remind_on=expires_on - dt.timedelta(days=project.county.reserve_warn_days),
            ),
            record_id=entry.pk,
            project=project,
            office=project.applicant,
        )
    kind = "entered_reserve" if expires_on else "entered_reserve_for_good"
    _tell_unit(project, kind, f"reserve:{entry.pk}:{entry.version}", {"day": expires_on})
    return entry


def _entered(actor: Actor, project: Project, values: dict[str, Any]) -> ReserveEntry:
    """The project's place in the reserve; the one that it had, where the decision was taken back and taken anew."""
    former = ReserveEntry.objects.filter(project=project, state=ReserveState.REMOVED).first()
    if former is None:
        return ReserveEntry.objects.create(project=project, **values)
    return perform(former, "enter_again", actor=actor, fields=values, articles=values["articles"])


def plan_of(county: County, year: int) -> AnnualPlan:
    """The plan of a year, begun where there is none yet."""
    title = _("Annual plan %(year)s") % {"year": year}
    return AnnualPlan.objects.get_or_create(year=year, defaults={"county": county, "title": title})[0]


def enter_plan(*, actor: Actor, project: Project, step: Step) -> PlanEntry:
    """Put a project in a year's plan, with the rank and note of the deciding step.

    The year is the one the step recorded, else the one declared for, else this year.
    """
    year = int(step.record.get("plan_year") or project.plan_year or today().year)
    plan = plan_of(project.county, year)
    rank = str(step.record.get("rank") or "")
    # It may stand there already, proposed when the plan was compiled.
    entry = PlanEntry.objects.filter(project=project).first() or PlanEntry(project=project)
    entry.plan, entry.step, entry.entered_on = plan, step, today()
    if rank.isdigit() and int(rank) < 32_000:
        entry.rank = int(rank)
    entry.note = str(step.record.get("note") or step.reason or entry.note)
    entry.save()
    record_standing(
        actor=actor,
        project=project,
        standing=Standing.PLANNED,
        action="enter_plan",
        articles=step.articles,
        plan_year=year,
    )
    reserve = ReserveEntry.objects.filter(project=project, state=ReserveState.VALID).first()
    if reserve is not None:
        perform(reserve, "use", actor=actor)
        for row in Deadline.objects.filter(project=project, key=EXPIRY, record_id=reserve.pk, state="running"):
            deadlines.cancel(actor=actor, deadline=row)
    _tell_unit(project, "entered_plan", f"plan:{entry.pk}", {"year": year})
    return entry


def declaration_accepted(step: Step, actor: Actor, facts: Mapping[str, Any]) -> None:
    """When the last step of the initiation is done the declaration is accepted: it cannot be sent back any more."""
    if step.phase != "initiation":
        return
    steps = step.together if step.together is not None else Step.objects.filter(project_id=step.project_id)
    unended = (StepState.COMING, StepState.OPEN, StepState.WAITING)
    if any(one.phase == "initiation" and one.state in unended and one.pk != step.pk for one in steps):
        return
    declaration = Declaration.objects.filter(project_id=step.project_id).first()
    if declaration is not None and declaration.state == FilingState.SUBMITTED:
        declaration.project = step.project
        filings.conclude(actor=SYSTEM, filing=declaration, articles=step.articles)


def project_refused(step: Step, actor: Actor, facts: Mapping[str, Any]) -> None:
    """A negative outcome of a gate ends the project: nothing of its route remains open."""
    if not step.gate:
        return
    project = step.project
    declaration = Declaration.objects.filter(project_id=project.pk).first()
    if declaration is not None and declaration.state in (FilingState.SUBMITTED, FilingState.RETURNED):
        declaration.project = project
        filings.refuse(actor=SYSTEM, filing=declaration, articles=step.articles, reason=step.reason)
    end_project(actor=SYSTEM, project=project, how="refuse", articles=step.articles, step=step.key, reason=step.reason)
    _tell_unit(project, "refused", f"refused:{project.pk}", {"what": step.key, "reason": step.reason})


def _tell_unit(project: Project, kind: str, key: str, data: Mapping[str, Any]) -> None:
    notify.tell(
        office=project.applicant,
        permission="declaration.view_own",
        kind=kind,
        project=project,
        key=key,
        data=data,
        path=f"/{project.county.code}/projects/{project.pk}/",
    )


# --- timers ---------------------------------------------------------------------------------------------------


def reserve_expired(deadline: Deadline) -> None:
    """The last valid day has passed: the project leaves the reserve and what was still to come is cancelled."""
    entry = ReserveEntry.objects.select_related("project__applicant", "project__county").get(pk=deadline.record_id or 0)
    if entry.state != ReserveState.VALID:
        return
    perform(entry, "expire", actor=SYSTEM, articles=deadline.articles)
    project = entry.project
    if project.standing == Standing.IN_RESERVE:
        end_project(actor=SYSTEM, project=project, how="expire", articles=deadline.articles)
    _tell_unit(project, "reserve_expired", f"reserve-expired:{entry.pk}", {"day": entry.expires_on})


def approval_lapsed(deadline: Deadline) -> None:
    """What was approved was not begun in its time: the project ends as lapsed, and is to be declared anew."""
    project = Project.objects.for_work().select_for_update(of=("self",), no_key=True).get(pk=deadline.project_id or 0)
    if project.state == ProjectState.ENDED:
        return
    articles = deadline.articles
    holders = set(WorkItem.objects.open().filter(project=project).values_list("office", flat=True))
    end_project(
        actor=SYSTEM, project=project, how="lapse", articles=articles, step=deadline.key, due_on=deadline.due_on
    )
    data = {"what": deadline.key, "day": deadline.due_on, "articles": articles}
    path = f"/{project.county.code}/projects/{project.pk}/"
    notify.tell_all(
        [
            notify.News(
                kind="approval_lapsed",
                key=f"lapsed:{deadline.pk}",
                offices=sorted({project.applicant_id, project.owner_unit_id} | holders),
                data=data,
                project=(project.pk, project.name),
                path=path,
            )
        ]
    )


def call_closed(deadline: Deadline) -> None:
    """The last day of the call has passed."""
    call = Round.objects.get(pk=deadline.record_id or 0)
    if call.state == RoundState.OPEN and call.closes_on <= deadline.due_on:
        close_call(actor=SYSTEM, call=call)


def call_ends(deadline: Deadline) -> None:
    """Filers with drafts are told that the call ends soon."""
    call = Round.objects.get(pk=deadline.record_id or 0)
    if call.state == RoundState.OPEN:
        tell_drafts(call, "call_ends", f"{deadline.pk}")
