"""Joint review: parallel opinions of the named offices, each with its own due day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Office
from accounts.refusals import Incomplete, NotPermitted, Refusal, WrongState, clean_text
from accounts.roles import DUTY_PERMISSIONS
from approvals.models import Conclusion, Opinion, OpinionState
from jurisdictions.scope import current_county
from workflow.clocks import clock, deadlines
from workflow.clocks.spec import ClockSpec
from workflow.machines.runner import perform
from workflow.models import AuditEntry, Deadline, DeadlineState, Duty, Step, StepState, WorkItem
from workflow.notices import notify
from workflow.route.offices import office_for, offices_by_authority
from workflow.route.steps import close_items, held, open_item, step_path
from workflow.trail import audit


def ask_opinions(*, actor: Actor, step: Step, authorities: Sequence[str]) -> list[Opinion]:
    """Ask the offices of a joint review that carry `authorities`: each gets its item and its due day.

    The due day is the rule's own, else by arrangement: `County.opinion_days`, in working days, which cites no article
    and is shown as such.
    """
    county = current_county()
    assert county is not None
    offices = offices_by_authority()
    asked: dict[int, Opinion] = {}
    for authority in authorities:
        office = office_for(authority=authority, project=step.project, offices=offices)
        asked.setdefault(office.pk, Opinion(county=county, step=step, office=office, authority=authority))
    opinions = Opinion.objects.bulk_create(list(asked.values()))
    now = timezone.now()
    items = WorkItem.objects.bulk_create(
        WorkItem(
            county=county,
            step=step,
            project=step.project,
            office=one.office,
            duty=Duty.OPINION,
            opened_at=now,
        )
        for one in opinions
    )
    statutory = {spec["party"] for spec in step.rule.get("deadlines", [])}
    deadlines.start_together(
        actor=actor,
        step=step,
        spec=ClockSpec(key=step.key, party="", amount=county.opinion_days, unit="working_day"),
        parties=[
            (one.authority, one.office, item)
            for one, item in zip(opinions, items, strict=True)
            if one.authority not in statutory
        ],
    )
    notify.put_before(
        *(one.office for one in opinions),
        permission="opinion.give",
        kind="opinion_asked",
        project=step.project,
        key=f"opinion-asked:{step.pk}:{step.version}:{min((one.pk for one in opinions), default=0)}",
        data={"what": step.key},
        path=step_path(step),
    )
    return opinions


def give_opinion(
    *,
    actor: Actor,
    opinion: Opinion,
    conclusion: str,
    text: str = "",
    conditions: str = "",
    objections: list[dict[str, str]] | None = None,
    seen_version: int | None = None,
) -> Opinion:
    """Record an office's opinion; conditions and objections must be stated in words, agreement may stand alone.

    Raises `Refusal`s that name the fields.
    """
    text, conditions = clean_text(text, field="text"), clean_text(conditions, field="conditions")
    problems: list[Refusal] = []
    if conclusion not in Conclusion.values:
        problems.append(Refusal(_("Please choose a conclusion."), field="conclusion"))
    if conclusion == Conclusion.CONDITIONS and not conditions:
        problems.append(Refusal(_("Please state the conditions."), field="conditions"))
    if conclusion == Conclusion.OBJECT and not text:
        problems.append(Refusal(_("An objection needs its reason."), field="text"))
    if problems:
        raise Incomplete(_("The opinion is not complete."), items=problems)
    if opinion.step.state != StepState.OPEN:
        raise WrongState(_("The joint review is not open for opinions now."))
    with audit.act():
        every = locked_opinions(opinion.step)
        opinion = _among(every, opinion)
        perform(
            opinion,
            "give",
            actor=actor,
            is_locked=True,
            seen_version=seen_version,
            articles=opinion.step.articles,
            fields={
                "conclusion": conclusion,
                "text": text,
                "conditions": conditions,
                "objections": objections or [],
                "given_by": actor.user,
                "on_behalf_of": actor.behalf_name,
                "given_at": timezone.now(),
            },
        )
        close_items(opinion.step, office=opinion.office, duty=Duty.OPINION)
        deadlines.meet(actor=actor, step=opinion.step, party=opinion.authority)
        if all(one.state != OpinionState.ASKED for one in every):
            _tell_lead_of_all(opinion.step)
    return opinion


def _among(every: Sequence[Opinion], opinion: Opinion) -> Opinion:
    """The opinion among those just locked; what had asked for it may have been taken back meanwhile."""
    found = next((one for one in every if one.pk == opinion.pk), None)
    if found is None:
        raise WrongState(_("The joint review is not open for opinions now."))
    return found


def _tell_lead_of_all(step: Step) -> None:
    if step.office is not None:
        notify.tell(
            office=step.office,
            permission="step.decide",
            kind="opinions_complete",
            project=step.project,
            key=f"opinions-complete:{step.pk}:{step.version}",
            data={"what": step.key},
            path=step_path(step),
        )


def revise_opinion(*, actor: Actor, opinion: Opinion) -> Opinion:
    """Take an own opinion back to give it anew while the review is open (after a correction, for example)."""
    if opinion.step.state != StepState.OPEN:
        raise WrongState(_("The joint review is not open for opinions now."))
    if not actor.in_office(opinion.office_id) or not actor.may("opinion.give"):
        raise NotPermitted(_("This opinion is asked of another office."))
    with audit.act():
        opinion.step = held(opinion.step)  # before the opinion and its clock: as who concludes the review
        _ask_anew(actor, opinion)
    return opinion


def _ask_anew(actor: Actor, opinion: Opinion) -> None:
    """Wait for an opinion again; its clock, met as it was given, goes on as if it had never ended."""
    step = opinion.step
    perform(opinion, "ask_again", actor=actor, fields={"round": opinion.round + 1})
    if opinion.given_at is not None:
        deadlines.revive(actor=actor, step=step, since=opinion.given_at, party=opinion.authority)
    item = open_item(step=step, office=opinion.office, duty=Duty.OPINION)
    Deadline.objects.unended().filter(step=step, party=opinion.authority).update(work_item=item)


def missing_asked_again(step: Step, actor: Actor, facts: Mapping[str, Any]) -> None:
    """Opinions that were noted as missing when the review was concluded are waited for again."""
    for opinion in locked_opinions(step):
        if opinion.state == OpinionState.MISSING:
            _ask_anew(actor, opinion)


def remind(*, actor: Actor, step: Step) -> list[Opinion]:
    """The lead reminds the offices whose opinion is missing, at most once a day each."""
    if not actor.in_office(step.office_id) or not actor.may("step.decide"):
        raise NotPermitted(_("Only the lead office reminds."), articles=step.articles)
    now = timezone.now()
    since = now - dt.timedelta(days=1)
    reminded = []
    with audit.act():
        missing = (
            Opinion.objects.select_for_update(of=("self",))
            .select_related("office")
            .filter(step=step, state=OpinionState.ASKED)
        )
        for opinion in missing:
            if opinion.reminded_at is not None and opinion.reminded_at > since:
                continue
            Opinion.objects.filter(pk=opinion.pk).update(reminded_at=now)
            notify.put_before(
                opinion.office,
                permission="opinion.give",
                kind="opinion_reminder",
                project=step.project,
                key=f"opinion-reminder:{opinion.pk}:{now.date()}",
                data={"what": step.key, "by": actor.name},
                path=step_path(step),
            )
            audit.entry(
                actor=actor,
                action="opinion.remind",
                record=opinion,
                project=step.project,
                new={"office": opinion.office.name},
                articles=step.articles,
            )
            reminded.append(opinion)
    return reminded


def press(*, actor: Actor, step: Step) -> list[Office]:
    """Remind those before whom a step lies, at most once a day by the same person; it stands in the history.

    Raises `WrongState` where it lies before nobody, or was pressed for today. Gives the offices reminded.
    """
    with audit.act():
        Step.objects.select_for_update(no_key=True, of=("self",)).get(pk=step.pk)
        items = list(WorkItem.objects.open().filter(step=step).select_related("office").order_by("pk"))
        if not items:
            raise WrongState(_("This step lies before nobody now."), articles=step.articles)
        if any(actor.in_office(item.office_id) for item in items):
            raise WrongState(_("This lies before your own office."), articles=step.articles)
        now, today = timezone.now(), clock.today()
        pressed = AuditEntry.objects.filter(project_id=step.project_id, action="step.press", object_id=step.pk)
        if pressed.filter(actor_id=actor.user.pk if actor.user else None, at__gte=clock.start_of(today)).exists():
            raise WrongState(_("You have pressed for this today already. Please try again tomorrow."))
        offices = list({item.office_id: item.office for item in items}.values())
        for item in items:
            notify.put_before(
                item.office,
                permission=next(iter(DUTY_PERMISSIONS[item.duty])),
                kind="pressed",
                project=step.project,
                key=f"pressed:{item.pk}:{actor.user.pk if actor.user else 0}:{now.date()}",
                data={"what": step.key, "by": actor.name},
                path=step_path(step),
            )
        names = [office.name for office in offices]
        audit.entry(
            actor=actor,
            action="step.press",
            record=step,
            project=step.project,
            label=step.key,
            new={"offices": names},
            articles=step.articles,
        )
    return offices


def locked_opinions(step: Step) -> list[Opinion]:
    """The opinions of a review, locked against being given meanwhile."""
    rows = Opinion.objects.select_for_update(of=("self",)).select_related("office").filter(step=step).order_by("pk")
    opinions = list(rows)
    for one in opinions:
        one.step = step
    return opinions


def close_missing(*, actor: Actor, step: Step, opinions: list[Opinion], reason: str) -> list[Opinion]:
    """Before the lead consolidates: mark what was not given.

    Allowed only past each one's due day, or where the rules want the review in principle, with a reason. `opinions` are
    all of the review's, locked.
    """
    asked = [one for one in opinions if one.state == OpinionState.ASKED]
    if not asked:
        return []
    # Clocks that were met count too: an opinion taken back is waited for until its first due day, not for ever.
    clocks = Deadline.objects.filter(step=step).exclude(state=DeadlineState.CANCELLED).order_by("due_on")
    days = {(office, party): day for office, party, day in clocks.values_list("office_id", "party", "due_on")}
    early = [one for one in asked if days.get((one.office_id, one.authority), clock.today()) >= clock.today()]
    if early and "in_principle" not in step.rule.get("marks", ()):
        raise Refusal(
            _(
                "Opinions are still being waited for: %(offices)s. "
                "The review can be concluded once they are given or overdue."
            )
            % {"offices": "、".join(one.office.name for one in early)},
            articles=step.articles,
        )
    reason = clean_text(reason, field="missing_reason")
    if not reason:
        raise Refusal(_("Please say why the review is concluded without the missing opinions."), field="missing_reason")
    if early:
        said = _("Opinions of the offices named, until their due day.")
        new = {"departed_from": said, "reason": reason}
        audit.entry(
            actor=actor,
            action="step.depart",
            record=step,
            project=step.project,
            label=step.key,
            new=new,
            articles=step.articles,
        )
    for opinion in asked:
        perform(opinion, "note_missing", actor=actor, is_locked=True, reason=reason)
        close_items(step, office=opinion.office, duty=Duty.OPINION)
    return asked
