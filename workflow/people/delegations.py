"""Absence: a person's work is done by a colleague of the office from day to day, in the person's name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Delegation, Membership, User
from accounts.refusals import Incomplete, NotPermitted, Refusal, WrongState, clean_text
from accounts.roles import duties_of, permissions_of
from accounts.services import MANAGE
from jurisdictions.models import County
from jurisdictions.scope import current_county, enter
from jurisdictions.templatetags.xunzhang import day
from workflow.clocks import clock
from workflow.models import Step
from workflow.notices import notify
from workflow.trail import audit

LONGEST = dt.timedelta(days=366)


def visible_to(actor: Actor) -> QuerySet[Delegation]:
    """All of the county to administrators and auditors; to others what they gave or were given."""
    if actor.may(MANAGE) or actor.may("audit.view"):
        return Delegation.objects.all()
    return Delegation.objects.filter(Q(giver__user=actor.user) | Q(taker__user=actor.user))


def takers(giver: Membership) -> list[Membership]:
    """Who may stand in: colleagues of the office in a role that works on something that waits for the giver."""
    rows = Membership.objects.filter(office_id=giver.office_id, is_active=True, user__is_active=True)
    wanted = set(duties_of(giver.role))
    others = rows.exclude(user_id=giver.user_id).select_related("user", "office").order_by("pk")
    return [one for one in others if wanted.intersection(duties_of(one.role))]


def steps_of(giver: Membership) -> list[Step]:
    """The steps that the giver's office has before it or will have, one of each key, in the order of a route."""
    rows = Step.objects.unended().filter(office_id=giver.office_id).order_by("key", "pk").distinct("key")
    return sorted(rows[:100], key=lambda step: step.position)


def delegate(
    *,
    actor: Actor,
    taker: Membership,
    first_day: dt.date,
    last_day: dt.date,
    duties: Sequence[str] = (),
    steps: Sequence[str] = (),
    reason: str = "",
    giver: Membership | None = None,
) -> Delegation:
    """Give one's work, all of it or what is named, to a colleague for some days; both are told.

    Nobody passes on what they do for another, nobody gives work to who is away in these days or has not the role
    for it. The county's administrator enters it for a `giver` who is away, with a reason, never to themselves.
    Raises `Refusal`s that name the fields.
    """
    is_own, giver = giver is None, giver or actor.membership
    if giver is None or actor.delegation is not None:
        raise NotPermitted(_("Who stands in for a colleague does not pass their work on."))
    if not is_own and not actor.may(MANAGE):
        raise NotPermitted(_("Only the county administrator enters a delegation for somebody else."))
    if not duties_of(giver.role):
        raise NotPermitted(_("No work waits for this role that could be delegated."))
    with audit.act():
        # Both accounts in one order: of two who delegate to each other at once, the second sees the first.
        people = [giver.user_id, taker.user_id]
        list(User.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk").values("pk"))
        taker = Membership.objects.select_related("user", "office").get(pk=taker.pk)
        reason = clean_text(reason, field="reason", most=200)
        problems = [*_days_wrong(first_day, last_day), *_taker_wrong(giver, taker, duties, steps)]
        problems += [] if is_own else _entered_wrong(actor, taker, reason)
        problems = problems or _away(giver, taker, first_day, last_day)
        if problems:
            raise Incomplete(_("The delegation is not complete."), items=problems)
        made = Delegation.objects.create(
            giver=giver,
            taker=taker,
            first_day=first_day,
            last_day=last_day,
            duties=list(duties),
            steps=list(steps),
            reason=reason,
        )
        new = {"taker": str(taker.user), "first_day": first_day, "last_day": last_day, "reason": reason}
        new |= {"duties": list(duties), "steps": list(steps)}
        if is_own:
            audit.entry(actor=actor, action="delegation.give", record=made, label=str(taker.user), new=new)
            _tell(made, "delegation_given")
        else:
            said = f"{giver.user} → {taker.user}"
            audit.entry(actor=actor, action="delegation.enter", record=made, label=said, new=new)
            _tell(made, "delegation_entered", by=actor.name, reason=reason)
    return made


def givers() -> list[Membership]:
    """For whom the administrator may enter a delegation: everybody in a role for which work waits."""
    rows = Membership.objects.filter(is_active=True, user__is_active=True).select_related("user", "office")
    return [one for one in rows.order_by("office__name", "user__name", "pk") if duties_of(one.role)]


def _entered_wrong(actor: Actor, taker: Membership, reason: str) -> list[Refusal]:
    problems = []
    if actor.user is not None and taker.user_id == actor.user.pk:
        said = _("Nobody gives themselves somebody else's work. Please choose another colleague.")
        problems.append(Refusal(said, field="taker"))
    if not reason:
        problems.append(Refusal(_("Please say why it is entered for them; both read it."), field="reason"))
    return problems


def _days_wrong(first_day: dt.date, last_day: dt.date) -> list[Refusal]:
    if first_day < clock.today():
        return [Refusal(_("The first day lies in the past."), field="first_day")]
    if last_day < first_day:
        return [Refusal(_("The last day lies before the first."), field="last_day")]
    if last_day - first_day > LONGEST:
        return [Refusal(_("At most a year at a time."), field="last_day")]
    return []


def _taker_wrong(giver: Membership, taker: Membership, duties: Sequence[str], steps: Sequence[str]) -> list[Refusal]:
    problems = []
    if taker.user_id == giver.user_id:
        problems.append(Refusal(_("Nobody stands in for themselves. Please choose a colleague."), field="taker"))
    elif taker.office_id != giver.office_id or not taker.is_active or not taker.user.is_active:
        problems.append(Refusal(_("This person does not act for the office."), field="taker"))
    wanted = set(duties or duties_of(giver.role))
    if not wanted <= set(duties_of(giver.role)):
        problems.append(Refusal(_("This is no work of the role."), field="duties"))
    elif not wanted <= set(duties_of(taker.role)) or _carries(giver) - permissions_of(taker.role):
        said = _("%(name)s has not the role for this. Please name fewer kinds of work, or another colleague.")
        problems.append(Refusal(said % {"name": taker.user}, field="taker"))
    unknown = set(steps) - {one.key for one in steps_of(giver)}
    if unknown:
        problems.append(Refusal(_("The office has no such step."), field="steps"))
    return problems


def _carries(giver: Membership) -> frozenset[str]:
    """What the giver's work needs beside the duties: a secretary's meetings."""
    return permissions_of(giver.role) & {"meeting.hold"}


def _in_these_days(first_day: dt.date, last_day: dt.date) -> QuerySet[Delegation]:
    return Delegation.objects.filter(ended_at=None, first_day__lte=last_day, last_day__gte=first_day)


def _away(giver: Membership, taker: Membership, first_day: dt.date, last_day: dt.date) -> list[Refusal]:
    """Who has given their own work away in these days takes none: so there is no circle and no chain."""
    there = _in_these_days(first_day, last_day)
    if other := there.filter(giver__user=taker.user_id).first():
        said = _("%(name)s is away from %(first)s to %(last)s. Please choose another colleague or other days.")
        text = said % {"name": taker.user, "first": day(other.first_day), "last": day(other.last_day)}
        return [Refusal(text, field="taker")]
    if there.filter(taker__user=giver.user_id, giver__office=giver.office_id, giver__is_active=True).exists():
        said = _("%(name)s stands in for a colleague in these days. Please let them choose somebody else first.")
        return [Refusal(said % {"name": giver.user}, field="first_day")]
    if there.filter(giver=giver, taker=taker).exists():
        said = _("%(name)s stands in for %(giver)s in these days already.")
        return [Refusal(said % {"name": taker.user, "giver": giver.user}, field="taker")]
    return []


def end(*, actor: Actor, delegation: Delegation) -> Delegation:
    """End a delegation before its last day: who gave it, who was given it, or the administrator. Both are told."""
    with audit.act():
        found = Delegation.objects.select_for_update(of=("self",)).select_related("giver__user", "taker__user")
        held = found.get(pk=delegation.pk)
        is_theirs = actor.user is not None and actor.user.pk in (held.giver.user_id, held.taker.user_id)
        if not (is_theirs or actor.may(MANAGE)):
            raise NotPermitted(_("Only the two people concerned and the administrator end a delegation."))
        if held.ended_at is not None or held.last_day < clock.today():
            raise WrongState(_("This delegation is over already."))
        held.ended_at, held.ended_by = timezone.now(), actor.user
        held.save(update_fields=["ended_at", "ended_by"])
        audit.entry(actor=actor, action="delegation.end", record=held, label=str(held.taker.user))
        _tell(held, "delegation_ended")
    return held


def require_standing_in(actor: Actor) -> None:
    """Raise `WrongState` where what the person acts by was ended while they acted; asked once the record is locked."""
    if actor.delegation is None:
        return
    if not Delegation.objects.filter(pk=actor.delegation.pk, ended_at=None).exists():
        raise WrongState(_("You do not stand in any more: the delegation was ended meanwhile."))


def tell_of_past_ones(county: County) -> None:
    """Tell both people that a delegation ended with its last day; every night, once each."""
    with enter(county):
        week = clock.today() - dt.timedelta(days=7)
        over = Delegation.objects.filter(ended_at=None, last_day__lt=clock.today(), last_day__gte=week)
        for one in over.select_related("giver__user", "taker__user"):
            _tell(one, "delegation_ended")


def _tell(one: Delegation, kind: str, **said: str) -> None:
    county = current_county()
    assert county is not None
    data = {"giver": str(one.giver.user), "taker": str(one.taker.user)}
    data |= {"first_day": one.first_day.isoformat(), "last_day": one.last_day.isoformat(), **said}
    notify.tell(
        users=[one.giver.user, one.taker.user],
        kind=kind,
        key=f"{kind}:{one.pk}",
        data=data,
        path=reverse("workflow:delegations", kwargs={"county": county.code}),
    )
