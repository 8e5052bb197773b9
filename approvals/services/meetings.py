"""Meetings of the conference or the government: an agenda, one set of minutes, a decision for each project."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Incomplete, NotPermitted, Refusal, Stale, WrongState, clean_text
from approvals.kinds.meetings import POSTPONE, RETURN, MeetingDecision
from approvals.models import Meeting, MeetingItem, MeetingState
from approvals.votes import COUNTED, Votes, problem_of, votes_of
from jurisdictions.calendars.zone import day_of
from jurisdictions.scope import advisory_lock, current_county
from jurisdictions.templatetags.xunzhang import day
from projects.ruling import ruleset_of
from workflow.clocks import clock
from workflow.documents import storage
from workflow.filings import services as filings
from workflow.machines.runner import perform
from workflow.models import Document, Step, StepState
from workflow.route.hindrances import DEPARTURES, REASON_FIELD
from workflow.route.kinds import keys_of, kind_of
from workflow.route.steps import finish
from workflow.trail import audit

FARTHEST = dt.timedelta(days=366)
FIRST = dt.datetime.min.replace(tzinfo=dt.UTC)


def waiting_steps(*, actor: Actor) -> list[Step]:
    """Steps that wait for a meeting of the person's office and stand on no agenda yet, oldest first; at most 200."""
    steps = Step.objects.filter(state=StepState.OPEN, kind__in=keys_of(MeetingDecision))
    steps = steps.select_related("project__applicant", "project__rule_version")
    steps = steps.exclude(Exists(MeetingItem.objects.filter(step=OuterRef("pk"), meeting__state=MeetingState.PREPARED)))
    if actor.office is not None:
        steps = steps.filter(office=actor.office)
    return list(steps.order_by("opened_at", "pk")[:200])


def proposed(*, steps: Sequence[Step]) -> dict[str, Any]:
    """Title and day of the next meeting of the body that most of `steps` wait for: this year's next, next working day.

    `steps` are the longest waiting first; without any there is no body, and no title.
    """
    held_on = clock.working_day_after(clock.today(), 1)
    if not steps:
        return {"held_on": held_on, "title": ""}
    body = steps[0].authority
    name = ruleset_of(steps[0].project.rule_version).authority_name(body)
    before = Meeting.objects.filter(body=body, held_on__year=held_on.year).exclude(state=MeetingState.CANCELLED).count()
    said = {"body": name, "year": held_on.year, "number": before + 1}
    return {"held_on": held_on, "title": _("%(body)s: meeting %(number)s of %(year)s") % said}


def prepare_meeting(
    *, actor: Actor, body: str, title: str, held_on: dt.date, number: str = "", steps: Sequence[Step] = ()
) -> Meeting:
    """Prepare a meeting with its agenda.

    Steps must wait for this body, lie with the person's office and stand on no other meeting's agenda.
    """
    _may(actor)
    title = _checked(title, held_on, steps)
    with audit.act():
        advisory_lock("meeting")
        meeting = Meeting(body=body, title=title, held_on=held_on, number=number, prepared_by=actor.user)
        meeting.save()
        _set_agenda(actor, meeting, steps)
        audit.entry(
            actor=actor,
            action="meeting.prepare",
            record=meeting,
            label=meeting.title,
            new={"held_on": held_on, "steps": [step.pk for step in steps]},
        )
    return meeting


def change_meeting(
    *, actor: Actor, meeting: Meeting, title: str, held_on: dt.date, steps: Sequence[Step], seen_version: int
) -> Meeting:
    """Change title, day and agenda of a meeting that was not held; what is taken off waits for another one."""
    with audit.act():
        advisory_lock("meeting")
        before = list(meeting.items.select_related("step__project"))
        require_holder(actor=actor, meeting=meeting, items=before)
        title = _checked(title, held_on, steps)
        same = Meeting.objects.filter(pk=meeting.pk, version=seen_version, state=MeetingState.PREPARED)
        if not same.update(title=title, held_on=held_on, version=F("version") + 1):
            raise Stale()
        old = {"title": meeting.title, "held_on": meeting.held_on, "steps": [item.step_id for item in before]}
        meeting.items.exclude(step__in=steps).delete()
        kept = {item.step_id for item in before}
        _set_agenda(
            actor,
            meeting,
            [step for step in steps if step.pk not in kept],
            first=max((item.position for item in before), default=-1) + 1,
        )
        new = {"title": title, "held_on": held_on, "steps": [step.pk for step in steps]}
        audit.entry(actor=actor, action="meeting.edit", record=meeting, label=title, old=old, new=new)
    meeting.refresh_from_db()
    return meeting


def _checked(title: str, held_on: dt.date, steps: Sequence[Step]) -> str:
    """The title as it is kept. Raises `Incomplete` for what is missing, and for a day that cannot be."""
    title, problems = clean_text(title, field="title", most=120), []
    if not title:
        problems.append(Refusal(_("Please enter a title."), field="title"))
    if not steps:
        problems.append(Refusal(_("Please choose at least one project."), field="steps"))
    if held_on > clock.today() + FARTHEST:
        problems.append(Refusal(_("The meeting day lies more than a year ahead."), field="held_on"))
    problems += _too_early(held_on, steps)
    if problems:
        raise Incomplete(_("The meeting is not complete."), items=problems)
    return title


def _too_early(held_on: dt.date, steps: Iterable[Step]) -> list[Refusal]:
    """A meeting decides on nothing that had not come to it yet."""
    latest = max(steps, key=lambda step: step.opened_at or FIRST, default=None)
    if latest is None or latest.opened_at is None or held_on >= (came := day_of(latest.opened_at)):
        return []
    said = {"name": latest.project.name, "day": day(came)}
    text = _("“%(name)s” came to the meeting on %(day)s only. The meeting cannot be earlier.") % said
    return [Refusal(text, field="held_on", articles=latest.articles)]


def _set_agenda(actor: Actor, meeting: Meeting, steps: Sequence[Step], *, first: int = 0) -> None:
    elsewhere = MeetingItem.objects.filter(step__in=steps, meeting__state=MeetingState.PREPARED)
    taken = {item.step_id: item.meeting for item in elsewhere.select_related("meeting")}
    for step in steps:
        if step.pk in taken:
            raise Refusal(
                _("“%(name)s” stands on the agenda of “%(meeting)s” already.")
                % {"name": step.project.name, "meeting": taken[step.pk].title},
                field="steps",
            )
        waits = step.state == StepState.OPEN and isinstance(kind_of(step), MeetingDecision)
        if not waits or step.authority != meeting.body:
            raise Refusal(
                _("“%(name)s” is not waiting for this meeting any more.") % {"name": step.project.name},
                field="steps",
            )
        if not actor.in_office(step.office_id):
            raise NotPermitted(_("“%(name)s” lies with another office.") % {"name": step.project.name})
    MeetingItem.objects.bulk_create(
        MeetingItem(county=current_county(), meeting=meeting, step=step, position=position)
        for position, step in enumerate(steps, start=first)
    )


def cancel_meeting(*, actor: Actor, meeting: Meeting, reason: str, seen_version: int | None = None) -> Meeting:
    """Give up a meeting that was not held: its projects wait for another one. The reason stands in the audit trail."""
    require_holder(actor=actor, meeting=meeting, items=list(meeting.items.select_related("step__project")))
    reason = clean_text(reason, field="cancel_reason", most=2000)
    if not reason:
        raise Refusal(_("Please say why the meeting is cancelled."), field="cancel_reason")
    with audit.gathered():
        return perform(meeting, "cancel", actor=actor, seen_version=seen_version, reason=reason)


def hold_meeting(
    *,
    actor: Actor,
    meeting: Meeting,
    outcomes: Mapping[int, tuple[str, str]],
    number: str,
    held_on: dt.date,
    minutes: Document | None,
    departures: Mapping[int, Mapping[str, str]] | None = None,
    votes: Mapping[int, Votes] | None = None,
    seen_version: int | None = None,
) -> Meeting:
    """Record what a meeting decided: `outcomes` maps item id to (outcome, note). All of it or nothing.

    A decision against the filer needs its note; minutes need number, day and paper. Postponed items stay waiting.
    `departures` maps item id to the reasons for which the meeting departs from what is asked in principle, each
    under the key of the hindrance. `votes` maps item id to the votes where there were any; a decision never
    stands against them where the rules say what decides.
    """
    # In the order of projects: two meetings that share some lock them one after the other.
    items = sorted(meeting.items.select_related("step__project", "step__office"), key=lambda item: item.step.project_id)
    require_holder(actor=actor, meeting=meeting, items=items)
    problems = _minutes_problems(number, held_on, minutes)
    problems += _too_early(held_on, (item.step for item in items if outcomes.get(item.pk, ("",))[0] != POSTPONE))
    problems += [problem for item in items if (problem := _item_problem(item, *outcomes.get(item.pk, ("", ""))))]
    for item in items if not problems else ():
        if against := problem_of(item, outcomes[item.pk][0], (votes or {}).get(item.pk)):
            problems.append(against)
    if problems:
        raise Incomplete(_("The minutes are not complete."), items=problems)
    number = clean_text(number, field="number", most=60)
    with audit.act():
        perform(
            meeting,
            "hold",
            actor=actor,
            seen_version=seen_version,
            fields={"number": number, "held_on": held_on, "minutes": minutes},
        )
        for item in items:
            try:
                _keep_votes(item, (votes or {}).get(item.pk))
                _carry_out(actor, meeting, item, *outcomes[item.pk], reasons=(departures or {}).get(item.pk, {}))
            except Refusal as refusal:
                raise _of_item(item, refusal) from refusal
    return meeting


def _minutes_problems(number: str, held_on: dt.date, minutes: Document | None) -> list[Refusal]:
    problems = []
    if not clean_text(number, field="number", most=60):
        problems.append(Refusal(_("Please enter the number of the minutes."), field="number"))
    if minutes is None:
        problems.append(Refusal(_("Please add the minutes."), field="minutes"))
    if held_on > clock.today():
        problems.append(Refusal(_("The meeting day lies in the future."), field="held_on"))
    return problems


def _item_problem(item: MeetingItem, outcome: str, note: str) -> Refusal | None:
    """What is wrong with the decision on one project of the agenda."""
    named, articles = {"name": item.step.project.name}, item.step.articles
    decided = kind_of(item.step).outcome(outcome)
    if decided is None:
        text = _("“%(name)s”: please enter the decision.") % named
        return Refusal(text, field=f"outcome-{item.pk}", articles=articles)
    if outcome != POSTPONE and item.step.state != StepState.OPEN:
        text = _("“%(name)s” is not waiting for this meeting any more: nothing can be decided on it.") % named
        return Refusal(text, field=f"outcome-{item.pk}", articles=articles)
    if decided.needs_reason and not clean_text(note, field=f"note-{item.pk}"):
        text = _("“%(name)s”: a decision against the filer needs its reason.") % named
        return Refusal(text, field=f"note-{item.pk}", articles=articles)
    return None


def keep_minutes(*, actor: Actor, meeting: Meeting, upload: UploadedFile) -> Document:
    """Keep the paper of the minutes with a prepared meeting, whether or not the meeting can be recorded yet.

    Raises `Refusal` for a file that is not taken.
    """
    stored = storage.store(actor=actor, project=None, purpose="minutes", upload=upload, subject=meeting)
    Meeting.objects.filter(pk=meeting.pk, state=MeetingState.PREPARED).update(minutes=stored)
    meeting.minutes = stored
    return stored


def require_holder(*, actor: Actor, meeting: Meeting, items: Sequence[MeetingItem]) -> None:
    """Raise `WrongState` for a meeting that was held, `NotPermitted` where a project on it lies with another office."""
    _may(actor)
    if meeting.state != MeetingState.PREPARED:
        raise WrongState(_("The meeting is “%(state)s” already.") % {"state": meeting.get_state_display()})
    for item in items:
        if not actor.in_office(item.step.office_id):
            raise NotPermitted(_("“%(name)s” lies with another office.") % {"name": item.step.project.name})


def _of_item(item: MeetingItem, refusal: Refusal) -> Refusal:
    """Why the minutes cannot be carried out, said of the project of the agenda and at its field."""
    found = refusal.items if isinstance(refusal, Incomplete) else [refusal]
    said = [
        type(one)(
            _("“%(name)s”: %(said)s") % {"name": item.step.project.name, "said": one.message},
            field=f"{one.field if one.field.startswith(REASON_FIELD) else 'outcome'}-{item.pk}",
            articles=one.articles,
        )
        for one in found
    ]
    return said[0] if len(said) == 1 else Incomplete(refusal.message, items=said)


def _keep_votes(item: MeetingItem, votes: Votes | None) -> None:
    if votes is not None:
        for name in COUNTED:
            setattr(item, name, getattr(votes, name))


def _carry_out(
    actor: Actor, meeting: Meeting, item: MeetingItem, outcome: str, note: str, *, reasons: Mapping[str, str]
) -> None:
    item.outcome, item.note = outcome, clean_text(note, field=f"note-{item.pk}")
    item.save(update_fields=["outcome", "note", *COUNTED])
    counted = votes_of(item)
    facts = {
        "meeting": meeting.pk,
        "meeting_title": meeting.title,
        "on": meeting.held_on.isoformat(),
        "number": meeting.number,
        **({"votes": counted.words()} if counted is not None else {}),
        **({DEPARTURES: dict(reasons)} if reasons else {}),
    }
    if outcome == RETURN:
        filings.send_back(
            actor=actor,
            step=item.step,
            items=[{"section": "", "field": "", "text": item.note}],
            reason=item.note,
        )
    elif outcome != POSTPONE:
        finish(actor=actor, step=item.step, outcome=outcome, reason=item.note, record=facts)


def _may(actor: Actor) -> None:
    if not actor.may("meeting.hold"):
        raise NotPermitted(_("Your role does not prepare meetings."))
