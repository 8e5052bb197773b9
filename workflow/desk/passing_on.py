"""转办: an item of one's office is passed on to a colleague, with a word why; both are told."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Delegation, Membership
from accounts.refusals import NotPermitted, Refusal, WrongState, clean_text
from accounts.roles import duties_of
from jurisdictions.templatetags.xunzhang import day
from workflow.clocks import clock
from workflow.desk.claims import label_of, require_holder
from workflow.desk.queue_rows import url_of
from workflow.filings.access import has_written
from workflow.models import OF_THE_UNIT, WorkItem
from workflow.notices import notify
from workflow.trail import audit


def colleagues(actor: Actor, items: Iterable[WorkItem]) -> list[Membership]:
    """Who may be given items: others of the office in a role that may do all of these kinds of work."""
    wanted = {item.duty for item in items}
    rows = Membership.objects.filter(office=actor.office, is_active=True, user__is_active=True)
    others = rows.exclude(user__in=actor.people).select_related("user", "office").order_by("pk")
    return [one for one in others if wanted <= set(duties_of(one.role))]


def pass_on(*, actor: Actor, item: WorkItem, to: Membership, reason: str) -> WorkItem:
    """Let a colleague of the office have an open item that is one's own or nobody's; its days stay.

    Raises `NotPermitted` or a `Refusal` at its field where the colleague may not do it: another office or role, away
    today, or the hands that wrote what is decided on; `WrongState` where somebody else has it or it is done.
    """
    require_holder(actor, item)
    if actor.delegation is not None:
        raise NotPermitted(_("Who stands in for a colleague does not pass their work on."))
    reason = clean_text(reason, field="reason", most=200)
    if not reason:
        raise Refusal(_("Please state the reason; it stands in the history."), field="reason")
    if (refused := _why_not(actor, item, to)) is not None:
        raise refused
    with audit.act():
        open_ones = WorkItem.objects.open().filter(pk=item.pk, office_id=item.office_id)
        given = open_ones.filter(Q(claimed_by=None) | Q(claimed_by=actor.user)).update(claimed_by=to.user)
        if not given:
            current = WorkItem.objects.select_related("claimed_by").get(pk=item.pk)
            if current.closed_at is not None:
                raise WrongState(_("This work is done already."))
            said = _("%(person)s has claimed this already. Ask them to release it if you should do it.")
            raise WrongState(said % {"person": current.claimed_by})
        before, item.claimed_by = item.claimed_by, to.user
        audit.entry(
            actor=actor,
            action="workitem.pass_on",
            record=item,
            project=item.project,
            label=label_of(item),
            old={"claimed_by": str(before or "")},
            new={"claimed_by": str(to.user), "reason": reason},
        )
        notify.tell(
            users=[one for one in (to.user, actor.user) if one is not None],
            kind="passed_on",
            key=f"passed-on:{item.pk}:{to.pk}:{timezone.now():%Y%m%d%H%M%S%f}",
            project=item.project,
            data={"what": label_of(item), "by": actor.name, "to": str(to.user), "reason": reason},
            path=url_of(item, item.project.county.code),
        )
    return item


def _why_not(actor: Actor, item: WorkItem, to: Membership) -> Refusal | None:
    """Why a colleague cannot be given an item."""
    if to.user_id in actor.people:
        return Refusal(_("This is yours already. Please choose a colleague."), field="to")
    if to.office_id != item.office_id or not to.is_active or not to.user.is_active:
        return Refusal(_("This person does not act for the office."), field="to")
    if item.duty not in duties_of(to.role):
        said = _("%(name)s has not the role for this. Please choose another colleague.")
        return Refusal(said % {"name": to.user}, field="to")
    today = clock.today()
    away = Delegation.objects.filter(giver=to, ended_at=None, first_day__lte=today, last_day__gte=today).first()
    if away is not None:
        said = _("%(name)s is away until %(day)s. Please choose another colleague.")
        return Refusal(said % {"name": to.user, "day": day(away.last_day)}, field="to")
    if item.duty not in OF_THE_UNIT and has_written(Actor(user=to.user, membership=to), item.project):
        said = _("%(name)s wrote in what is decided on here. Please choose another colleague.")
        return Refusal(said % {"name": to.user}, field="to")
    return None
