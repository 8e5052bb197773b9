"""The way in for an expert without an account: a link that opens one review, for a while, once.

What the link says is a random secret, signed; only its SHA-256 is kept. Whoever knocks with something else, or with
what has expired, was spent or taken back, finds nothing, and nobody learns which of these it was.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from django.core.signing import BadSignature, Signer
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import NotPermitted, WrongState
from approvals.models import ExpertLink, PanelState, Seat, SeatState
from jurisdictions.calendars.zone import SHANGHAI
from workflow.clocks import clock
from workflow.trail import audit

SIGNER = Signer(salt="approvals.experts.links", sep=".")
OPEN_SEATS = (SeatState.PLACED, SeatState.CLEARED)


def hashed(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def make(*, actor: Actor, seat: Seat) -> str:
    """Make the link of a seat and give its token, which is shown this once; an earlier one opens nothing any more.

    It is good until the end of the day for the opinions. Raises `NotPermitted`, `WrongState`.
    """
    panel = seat.panel
    if not actor.may("expert.convene") or not actor.in_office(panel.office_id) or actor.user is None:
        raise NotPermitted(_("“%(office)s” leads this panel.") % {"office": panel.office.name})
    with audit.act():
        locked = Seat.objects.select_for_update(no_key=True, of=("self",)).get(pk=seat.pk)
        if locked.state not in OPEN_SEATS or panel.state != PanelState.SITTING:
            raise WrongState(_("%(name)s has signed, or sits no more: no link is needed.") % {"name": seat.name})
        if panel.due_on is None or panel.due_on < clock.today():
            raise WrongState(_("The day for the opinions has passed. Please set a later one first."))
        close(seat)
        token = SIGNER.sign(secrets.token_urlsafe(32))
        ends = dt.datetime.combine(panel.due_on + dt.timedelta(1), dt.time(), SHANGHAI)
        ExpertLink.objects.create(seat=seat, token_hash=hashed(token), made_by=actor.user, expires_at=ends)
        audit.entry(
            actor=actor,
            action="seat.link",
            record=seat,
            label=seat.trail_label(),
            new={"expires_at": ends},
        )
    return token


def revoke(*, actor: Actor, seat: Seat) -> int:
    """Take the links of a seat back. Returns how many were open."""
    if not actor.may("expert.convene") or not actor.in_office(seat.panel.office_id):
        raise NotPermitted(_("“%(office)s” leads this panel.") % {"office": seat.panel.office.name})
    with audit.act():
        count = close(seat)
        audit.entry(actor=actor, action="seat.unlink", record=seat, label=seat.trail_label())
    return count


def close(seat: Seat) -> int:
    """Nothing opens the seat any more."""
    return ExpertLink.objects.filter(seat=seat, revoked_at=None, spent_at=None).update(revoked_at=timezone.now())


def spend(seat: Seat) -> None:
    """The link has done what it is for."""
    ExpertLink.objects.filter(seat=seat, revoked_at=None, spent_at=None).update(spent_at=timezone.now())


def found(token: str) -> ExpertLink | None:
    """What a token opens now, in the county in force; None for everything else."""
    try:
        SIGNER.unsign(token)
    except BadSignature:
        return None
    now = timezone.now()
    link = (
        ExpertLink.objects.select_related(
            "seat__expert",
            "seat__panel__office",
            "seat__panel__project__applicant",
            "seat__panel__project__rule_version",
        )
        .filter(token_hash=hashed(token), revoked_at=None, spent_at=None, expires_at__gt=now)
        .filter(seat__panel__state=PanelState.SITTING, seat__state__in=OPEN_SEATS)
        .first()
    )
    if link is not None and link.opened_at is None:
        ExpertLink.objects.filter(pk=link.pk, opened_at=None).update(opened_at=now)
    return link


def guest(link: ExpertLink) -> Actor:
    """Who acts by it."""
    return Actor(user=None, membership=None, guest=link.seat.name)
