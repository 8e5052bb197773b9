"""The annual plan as a whole: compiled, filed with the city, approved, issued; its projects' steps go with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import Actor
from accounts.models import Office
from accounts.refusals import Incomplete, NotPermitted, Refusal, Stale, WrongState, clean_text
from approvals.kinds.records import record_result
from jurisdictions.fields import whole
from jurisdictions.scope import current_county
from projects.handlers import plan_of
from projects.models import AnnualPlan, PlanEntry, PlanState, Project, ProjectState
from projects.planning import may_compile
from workflow import stages
from workflow.clocks import clock
from workflow.machines.runner import perform
from workflow.models import Step, StepState
from workflow.notices import notify
from workflow.route.kinds import INITIATION
from workflow.route.offices import offices_by_authority
from workflow.trail import audit

TOLD = ("finance", "drc")
# The steps of a project that follow the plan as a whole; a project that has only these left is proposed for it.
OF_THE_PLAN = ("city_filing", "government_decision", "party_committee_review", "annual_plan")
MOST_RANK = 9999
SIGNED = ("signed_office", "signed_by", "signed_at")
NAMES = {
    "filled_by": gettext_lazy("Filled in by"),
    "checked_by": gettext_lazy("Checked by"),
    "responsible": gettext_lazy("Person in charge"),
}


@dataclass(frozen=True)
class Move:
    """A move of the plan: the step of its projects that goes with it, and where its day and number are kept."""

    key: str
    step: str
    day: str
    number: str
    carries_out: bool  # else the steps must have been decided before


MOVES = {
    one.key: one
    for one in (
        Move("file", "city_filing", "filed_on", "filed_number", carries_out=True),
        Move("approve", "government_decision", "approved_on", "approved_number", carries_out=False),
        Move("issue", "annual_plan", "issued_on", "issued_number", carries_out=True),
    )
}


def _require_may(actor: Actor) -> None:
    if not may_compile(actor):
        raise NotPermitted(_("The annual plan is compiled by the data bureau."))


def steps_of(plan: AnnualPlan) -> list[Step]:
    """The steps of the plan's projects that go with the plan (one query)."""
    projects = plan.entries.order_by().values("project")
    found = Step.objects.filter(project__in=projects, phase=INITIATION, key__in=OF_THE_PLAN)
    return list(found.exclude(state=StepState.CANCELLED).select_related("project").order_by("project", "position"))


def moves_left(plan: AnnualPlan, steps: Iterable[Step]) -> list[str]:
    """The moves that the rules of its projects ask for and that are still to come, in their order."""
    asked = {one.key for one in steps}
    order = [one for one in MOVES.values() if one.key == "issue" or one.step in asked]
    done = {PlanState.FILED: ("file",), PlanState.APPROVED: ("file", "approve"), PlanState.ISSUED: tuple(MOVES)}
    return [one.key for one in order if one.key not in done.get(plan.state, ())]


def signer_of(steps: Iterable[Step]) -> Office | None:
    """The office that issues the plan jointly, where the rules of its projects name one that the county has."""
    key = next((one.rule["jointly_with"] for one in steps if one.rule.get("jointly_with")), None)
    return offices_by_authority().get(key) if key is not None else None


def sign(*, actor: Actor, plan: AnnualPlan, seen_version: int | None = None) -> AnnualPlan:
    """The office that issues the plan jointly signs it, once nothing but the issue is left. Raises `Refusal`."""
    with audit.act():
        plan = AnnualPlan.objects.select_for_update(no_key=True).get(pk=plan.pk)
        steps = steps_of(plan)
        signer, articles = signer_of(steps), _articles(steps, "annual_plan")
        if signer is None or not actor.in_office(signer.pk) or not actor.may("step.record"):
            raise NotPermitted(_("The plan is signed by the office that issues it jointly."), articles=articles)
        if seen_version is not None and seen_version != plan.version:
            raise Stale()
        if moves_left(plan, steps) != ["issue"] or plan.signed_at is not None:
            raise WrongState(_("“%(plan)s” is not to be signed now: %(state)s.") % _named(plan), articles=articles)
        plan.signed_office, plan.signed_by, plan.signed_at = signer, actor.user, timezone.now()
        plan.save(update_fields=SIGNED)
        audit.entry(
            actor=actor,
            action="annualplan.sign",
            record=plan,
            label=plan.title,
            new={"office": signer.name},
            articles=articles,
        )
    return plan


def compile_plan(*, actor: Actor, year: int | None) -> AnnualPlan:
    """Put together the plan of a year: every project of the year that has only the steps of the plan left.

    What was proposed and is no candidate any more is taken out; ranks and notes stay. Raises `Refusal`.
    """
    _require_may(actor)
    county = current_county()
    assert county is not None
    if year is None or not clock.today().year - 1 <= year <= clock.today().year + 5:
        raise Refusal(_("Please enter the year of the plan."), field="year")
    with audit.act():
        plan = AnnualPlan.objects.select_for_update(no_key=True).get(pk=plan_of(county, year).pk)
        if plan.state != PlanState.DRAFTED:
            raise WrongState(_("“%(plan)s” is not being compiled any more: %(state)s.") % _named(plan))
        candidates = list(_candidates(year).values_list("pk", flat=True))
        proposed = PlanEntry.objects.filter(plan=plan, entered_on=None)
        proposed.exclude(project__in=candidates).delete()
        known = set(PlanEntry.objects.filter(project__in=candidates).values_list("project", flat=True))
        new = [pk for pk in candidates if pk not in known]
        PlanEntry.objects.bulk_create(PlanEntry(county=county, plan=plan, project_id=pk) for pk in new)
        audit.entry(actor=actor, action="annualplan.compile", record=plan, label=plan.title, new={"year": year})
    return plan


def _candidates(year: int) -> Any:
    steps = Step.objects.filter(project=OuterRef("pk"), phase=INITIATION).unended()
    to_plan = steps.filter(result="plan")
    found = Project.objects.filter(state=ProjectState.RUNNING, plan_year=year, classified=False)
    return found.filter(Exists(to_plan), ~Exists(steps.exclude(key__in=OF_THE_PLAN))).order_by("pk")


def _named(plan: AnnualPlan) -> dict[str, str]:
    return {"plan": plan.title, "state": plan.get_state_display()}


def save(*, actor: Actor, plan: AnnualPlan, typed: Mapping[str, str], seen_version: int | None) -> AnnualPlan:
    """Keep ranks (`rank-ENTRY`), notes (`note-ENTRY`) and the names below the plan. Raises `Incomplete`, `Stale`."""
    _require_may(actor)
    with audit.act():
        plan = AnnualPlan.objects.select_for_update(no_key=True).get(pk=plan.pk)
        if plan.state == PlanState.ISSUED:
            raise WrongState(_("“%(plan)s” is not being compiled any more: %(state)s.") % _named(plan))
        if seen_version is not None and seen_version != plan.version:
            raise Stale()
        entries = list(plan.entries.all())
        problems = []
        for entry in entries:
            rank, note = typed.get(f"rank-{entry.pk}"), typed.get(f"note-{entry.pk}")
            if rank is not None:
                entry.rank = whole(rank.strip())
                if rank.strip() and not (entry.rank and 1 <= entry.rank <= MOST_RANK):
                    said = _("A rank is a whole number from 1 to %(most)s.")
                    problems.append(Refusal(said % {"most": MOST_RANK}, field=f"rank-{entry.pk}"))
            if note is not None:
                entry.note = clean_text(note, field=f"note-{entry.pk}", most=400)
        if problems:
            raise Incomplete(_("The plan was not saved."), items=problems)
        PlanEntry.objects.bulk_update(entries, ["rank", "note"])
        for name in NAMES:
            if name in typed:
                setattr(plan, name, clean_text(typed[name], field=name, most=40))
        was_signed = plan.signed_at is not None
        plan.signed_office = plan.signed_by = plan.signed_at = None  # what was signed is not what is there now
        plan.save(update_fields=[*NAMES, *SIGNED])
        ranks = {str(one.project_id): one.rank for one in entries if one.rank is not None}
        audit.entry(actor=actor, action="annualplan.save", record=plan, label=plan.title, new={"ranks": ranks})
        if was_signed:
            _ask_to_sign(plan, steps_of(plan))
    return plan


def move(
    *,
    actor: Actor,
    plan: AnnualPlan,
    what: str,
    on: dt.date | None,
    number: str = "",
    text: str = "",
    seen_version: int | None = None,
) -> AnnualPlan:
    """File the plan with the city, have it approved, or issue it; the steps of its projects go with it.

    `on` is the day, `number` that of the paper, `text` what the city said. The government decides in a meeting: the
    plan is approved once all its projects are. Raises `Refusal`; then nothing is written.
    """
    _require_may(actor)
    moved = MOVES[what]
    said = clean_text(number, field="number", most=60)
    fields: dict[str, Any] = {moved.day: on, moved.number: said}
    if what == "file":
        fields["city_opinion"] = clean_text(text, field="text")
    if on is None:
        raise Refusal(_("Please enter the day."), field="on")
    if on > clock.today():
        raise Refusal(_("The day lies in the future."), field="on")
    with audit.act():
        locked = AnnualPlan.objects.select_for_update(no_key=True).get(pk=plan.pk)
        steps = steps_of(locked)
        left = moves_left(locked, steps)
        if what not in left:
            raise WrongState(_("“%(plan)s” is further already: %(state)s.") % _named(locked))
        if left[0] != what:
            asked = {"file": _("It must be filed with the city first."), "approve": _("It must be approved first.")}
            raise WrongState(asked[left[0]], articles=_articles(steps, MOVES[left[0]].step))
        if not locked.entries.exists():
            raise WrongState(_("There is no project in “%(plan)s” yet.") % _named(locked))
        own = [one for one in steps if one.key == moved.step and one.state not in _ENDED]
        if not moved.carries_out and own:
            names = "、".join(one.project.name for one in own[:5])
            said_why = _("Not decided yet by the government: %(names)s. It decides on them in a meeting.")
            raise WrongState(said_why % {"names": names}, articles=own[0].articles)
        signer = signer_of(steps) if what == "issue" else None
        if signer is not None and locked.signed_at is None:
            said_why = _("“%(office)s” issues it with you and has not signed it yet.")
            raise WrongState(said_why % {"office": signer.name}, articles=_articles(steps, moved.step))
        perform(
            plan, what, actor=actor, seen_version=seen_version, fields=fields, articles=_articles(steps, moved.step)
        )
        if moved.carries_out:
            _carry_out(actor, plan, own, on=on, number=said)
        if what == "issue":
            _tell(plan)
        elif moves_left(plan, steps) == ["issue"]:
            _ask_to_sign(plan, steps)
    return plan


_ENDED = (StepState.DONE, StepState.REFUSED, StepState.CANCELLED)


def _articles(steps: Iterable[Step], key: str) -> list[str]:
    return next((list(one.articles) for one in steps if one.key == key), [])


def _carry_out(actor: Actor, plan: AnnualPlan, steps: list[Step], *, on: dt.date, number: str) -> None:
    """End the steps that go with the move; those whose turn has not come are named and stop it."""
    waiting = [one for one in steps if one.state != StepState.OPEN]
    if waiting:
        names = "、".join(one.project.name for one in waiting[:5])
        raise WrongState(_("Not ready for it yet: %(names)s.") % {"names": names}, articles=waiting[0].articles)
    ranks = dict(plan.entries.values_list("project_id", "rank"))
    known = Step.objects.select_related(
        "office", "project__applicant", "project__owner_unit", "project__rule_version", "project__declaration"
    ).filter(pk__in=[one.pk for one in steps])
    for step in known.order_by("project", "position"):
        record = {"plan_year": plan.year, "rank": ranks.get(step.project_id)} if step.result == "plan" else None
        record_result(actor=actor, step=step, on=on, number=number, record=record)


def _tell(plan: AnnualPlan) -> None:
    """Finance issues it with the bureau, the development and reform commission takes it into the investment plan."""
    county = current_county()
    assert county is not None
    offices: Mapping[str, Office] = offices_by_authority()
    for key in TOLD:
        if key in offices:
            notify.tell(
                office=offices[key],
                kind="plan_issued",
                key=f"plan:{plan.pk}:{plan.version}",
                data={"plan": plan.title, "number": plan.issued_number},
                path=stages.page("plan", county.code, pk=plan.pk),
            )


def _ask_to_sign(plan: AnnualPlan, steps: Iterable[Step]) -> None:
    """Tell the office that issues the plan jointly that it is ready for its signature."""
    signer, county = signer_of(steps), current_county()
    if signer is not None and county is not None:
        notify.tell(
            office=signer,
            kind="plan_to_sign",
            key=f"plan-to-sign:{plan.pk}:{plan.version}:{timezone.now():%Y%m%d%H%M%S}",
            data={"plan": plan.title},
            path=stages.page("plan", county.code, pk=plan.pk),
        )


def reopen(*, actor: Actor, plan: AnnualPlan, reason: str, seen_version: int | None = None) -> AnnualPlan:
    """Compile it anew before it is issued, as where the city asks for it. Needs its reason."""
    _require_may(actor)
    said = clean_text(reason, field="text")
    if not said:
        raise Refusal(_("Please give the reason."), field="text")
    unsigned = dict.fromkeys(SIGNED)
    return perform(plan, "reopen", actor=actor, seen_version=seen_version, reason=said, fields=unsigned)
