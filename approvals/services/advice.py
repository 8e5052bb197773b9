"""A word asked of another office or a colleague before a step is decided (加签), and copies to be read (传阅).

The regulations are silent on both. Read so: whoever carries the step out may ask; what is awaited holds the decision
up until it is there or withdrawn; a copy holds nothing up. Nobody is asked who wrote what is decided on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Membership, Office
from accounts.refusals import Incomplete, NotPermitted, Refusal, WrongState, clean_text
from accounts.roles import permissions_of
from approvals.guards import may_act
from approvals.models import Advice, AdviceKind, AdviceState, Conclusion
from jurisdictions.scope import current_county
from projects.access import has_filed
from workflow import stages
from workflow.filings.access import has_written
from workflow.machines.runner import perform
from workflow.models import Duty, Step, StepState, WorkItem
from workflow.notices import notify
from workflow.route.hindrances import Hindrance
from workflow.route.steps import held
from workflow.trail import audit

ABOUT = "advice"  # of work items and pages
READS = "opinion.give"  # who gives a word, or takes note, for an office


def askable(step: Step, actor: Actor) -> tuple[list[Office], list[Membership]]:
    """Offices that review here, and colleagues of one's own office who may: none of the unit, nor who wrote in it."""
    project, own = step.project, actor.office
    rows = Membership.objects.select_related("user", "office").filter(is_active=True, user__is_active=True)
    able = [one for one in rows.order_by("office__name", "pk") if READS in permissions_of(one.role)]
    units = {project.applicant_id, project.owner_unit_id}
    offices = {one.office_id: one.office for one in able if one.office_id not in units}
    here = own.pk if own is not None else 0
    colleagues = [
        one
        for one in able
        if one.office_id == here
        and one.user != actor.user
        and not has_written(Actor(user=one.user, membership=one), project)
    ]
    return [office for pk, office in offices.items() if pk != here], colleagues


def ask(
    *,
    actor: Actor,
    step: Step,
    kind: str,
    offices: Sequence[Office] = (),
    colleagues: Sequence[Membership] = (),
    question: str,
    is_awaited: bool = False,
) -> list[Advice]:
    """Ask offices or colleagues for a word on an open step, or pass it to them to be read.

    Raises `NotPermitted`, `WrongState` where it is not open, `Incomplete` naming the fields.
    """
    question = clean_text(question, field="question")
    with audit.act():
        step = held(step)
        may_act(actor, step)
        if step.state != StepState.OPEN:
            raise WrongState(_("This step is not open now."), articles=step.articles)
        allowed, near = askable(step, actor)
        problems = []
        if kind not in AdviceKind.values:
            problems.append(Refusal(_("Please choose what it is for."), field="kind"))
        if not question:
            problems.append(Refusal(_("Please write what you ask, or why it is passed on."), field="question"))
        if not offices and not colleagues:
            problems.append(Refusal(_("Please choose at least one office or colleague."), field="to"))
        elif set(offices) - set(allowed) or set(colleagues) - set(near):
            said = _("Somebody you chose cannot be asked: of the unit, or a writer of what is decided on.")
            problems.append(Refusal(said, field="to"))
        open_ones = Advice.objects.filter(step=step, kind=kind, state=AdviceState.ASKED)
        people = [one.user_id for one in colleagues]
        if open_ones.filter(Q(office__in=offices, person=None) | Q(person__in=people)).exists():
            problems.append(Refusal(_("Somebody you chose is being asked already."), field="to"))
        if problems:
            raise Incomplete(_("Nobody was asked."), items=problems)
        awaited = is_awaited and kind == AdviceKind.WORD
        return [
            *(_new(actor, step, kind, office, None, question, awaited) for office in offices),
            *(_new(actor, step, kind, one.office, one, question, awaited) for one in colleagues),
        ]


def _new(
    actor: Actor, step: Step, kind: str, office: Office, to: Membership | None, question: str, awaited: bool
) -> Advice:
    assert actor.user is not None and actor.office is not None
    advice = Advice(
        county_id=step.county_id,
        project=step.project,
        step=step,
        kind=kind,
        office=office,
        person=to.user if to is not None else None,
        asked_by=actor.user,
        asking_office=actor.office,
        question=question,
        is_awaited=awaited,
    )
    advice.save()
    audit.entry(
        actor=actor,
        action=f"advice.{kind}",
        record=advice,
        project=step.project,
        label=str(to.user if to is not None else office),
        new={"question": question, "awaited": awaited},
        articles=step.articles,
    )
    WorkItem.objects.create(
        county_id=step.county_id,
        project=step.project,
        office=office,
        duty=Duty.ANSWER,
        about=ABOUT,
        record_id=advice.pk,
        claimed_by=advice.person,
        opened_at=timezone.now(),
    )
    data = {"what": step.key, "by": actor.office.name, "question": question}
    news = notify.News(
        kind=f"advice_{kind}",
        key=f"advice:{advice.pk}",
        offices=[] if advice.person else [office.pk],
        users=[advice.person_id] if advice.person_id else [],
        permission=READS,
        data=data,
        project=(step.project_id, step.project.name),
        path=path_of(advice),
    )
    notify.tell_all([news])
    return advice


def why_not_answer(actor: Actor, advice: Advice) -> Refusal | None:
    """Why this person may not answer; None where they may."""
    if advice.person_id is not None and (actor.user is None or actor.user.pk != advice.person_id):
        return NotPermitted(_("This is asked of %(who)s.") % {"who": advice.person})
    if not actor.in_office(advice.office_id) or not actor.may(READS):
        return NotPermitted(_("This is asked of %(who)s.") % {"who": advice.office.name})
    if has_filed(actor=actor, project=advice.project):
        return NotPermitted(_("You filed this declaration yourself: a colleague must decide it."))
    return None


def answer(
    *, actor: Actor, advice: Advice, conclusion: str = "", text: str = "", seen_version: int | None = None
) -> Advice:
    """Give the word asked for, or note that a copy was read.

    Raises `NotPermitted`, `Incomplete`, `Stale`, `WrongState`.
    """
    text = clean_text(text, field="answer_text")
    if refused := why_not_answer(actor, advice):
        raise refused
    problems = []
    if advice.kind == AdviceKind.WORD:
        if conclusion not in Conclusion.values:
            problems.append(Refusal(_("Please choose an opinion."), field="conclusion"))
        if not text:
            problems.append(Refusal(_("Please write your word on it."), field="answer_text"))
    if problems:
        raise Incomplete(_("Nothing was answered."), items=problems)
    fields = {
        "conclusion": conclusion if advice.kind == AdviceKind.WORD else "",
        "answer_text": text,
        "answered_by": actor.user,
        "answered_at": timezone.now(),
    }
    with audit.act():
        perform(advice, "answer", actor=actor, seen_version=seen_version, fields=fields)
        _close(advice)
        if advice.kind == AdviceKind.WORD:
            _tell_asker(advice)
    return advice


def withdraw(*, actor: Actor, advice: Advice, seen_version: int | None = None) -> Advice:
    """No longer ask. Raises `NotPermitted` for all but the office that asked, `Stale`, `WrongState`."""
    if not actor.in_office(advice.asking_office_id) or not actor.may("step.decide"):
        raise NotPermitted(_("It is withdrawn by %(office)s.") % {"office": advice.asking_office.name})
    with audit.act():
        perform(advice, "withdraw", actor=actor, seen_version=seen_version)
        _close(advice)
    return advice


def _close(advice: Advice) -> None:
    items = WorkItem.objects.open().filter(about=ABOUT, record_id=advice.pk)
    items.update(closed_at=timezone.now())


def _tell_asker(advice: Advice) -> None:
    data = {"who": str(advice.answered_by), "what": advice.step.key, "question": advice.question}
    news = notify.News(
        kind="advice_answered",
        key=f"advice-answered:{advice.pk}",
        users=[advice.asked_by_id],
        data=data,
        project=(advice.project_id, advice.project.name),
        path=path_of(advice),
    )
    notify.tell_all([news])


def path_of(advice: Advice) -> str:
    """Where a person reads and answers it."""
    county = current_county()
    assert county is not None
    return stages.page(ABOUT, county.code, pk=advice.pk)


def awaited(step: Step) -> Iterator[Hindrance]:
    """A word that is awaited holds the decision up; no query where it was read with the step that there is none."""
    if not getattr(step, "awaits_word", True):
        return
    rows = Advice.objects.awaited().filter(step=step).select_related("office")
    if names := [one.office.name for one in rows]:
        said = _("The word of %(who)s is awaited: it is decided once it is there, or withdrawn.")
        yield Hindrance(ABOUT, said % {"who": "、".join(names)}, (), for_people=True, refused_as=WrongState)
