"""Who in an office works on what: claimed by one person, let go again. Two at once: one wins, the other is told."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import NotPermitted, WrongState
from accounts.roles import DUTY_PERMISSIONS
from workflow.models import OF_THE_UNIT, WorkItem
from workflow.trail import audit


def claim(*, actor: Actor, item: WorkItem) -> WorkItem:
    """Take an open item of one's own office. Raises `NotPermitted`, or `WrongState` when somebody was faster."""
    require_holder(actor, item)
    taken = (
        WorkItem.objects.open()
        .filter(Q(claimed_by=None) | Q(claimed_by=actor.on_behalf_of), pk=item.pk, office_id=item.office_id)
        .update(claimed_by=actor.user)
    )
    current = WorkItem.objects.select_related("claimed_by").get(pk=item.pk)
    item.claimed_by, item.closed_at = current.claimed_by, current.closed_at
    if not taken:
        if current.closed_at is not None:
            raise WrongState(_("This work is done already."))
        if current.claimed_by != actor.user:
            raise WrongState(
                _("%(person)s has claimed this already. Ask them to release it if you should do it.")
                % {"person": current.claimed_by}
            )
        return item
    audit.entry(
        actor=actor,
        action="workitem.claim",
        record=item,
        project=item.project,
        label=label_of(item),
        new={"claimed_by": actor.name},
    )
    return item


def release(*, actor: Actor, item: WorkItem) -> WorkItem:
    """Let go of an item of one's own office; of a colleague's too, so that nothing lies with someone who is away."""
    require_holder(actor, item)
    before = WorkItem.objects.select_related("claimed_by").get(pk=item.pk).claimed_by
    freed = (
        WorkItem.objects.open()
        .filter(pk=item.pk, office_id=item.office_id, claimed_by=before)
        .exclude(claimed_by=None)
        .update(claimed_by=None)
    )
    if not freed:
        raise WrongState(_("Nobody has claimed this."))
    item.claimed_by = None
    audit.entry(
        actor=actor,
        action="workitem.release",
        record=item,
        project=item.project,
        label=label_of(item),
        old={"claimed_by": str(before)},
    )
    return item


def require_holder(actor: Actor, item: WorkItem) -> None:
    """Raise `NotPermitted` unless the item waits for the person's office and role."""
    permissions = DUTY_PERMISSIONS[item.duty] if item.duty in OF_THE_UNIT else ("step.claim",)
    if not any(actor.may(one) for one in permissions):
        raise NotPermitted(_("Your role does not allow this."))
    if not actor.in_office(item.office_id):
        raise NotPermitted(_("This work waits for another office."))
    require_covered(actor, duty=item.duty, step=item.step.key if item.step is not None else "")


def require_covered(actor: Actor, *, duty: str, step: str) -> None:
    """Raise `NotPermitted` where the person stands in for a colleague who delegated other work only."""
    if not actor.covers(duty, step):
        raise NotPermitted(_("%(name)s has not delegated this to you.") % {"name": actor.on_behalf_of})


def label_of(item: WorkItem) -> str:
    """What an item is about, as a key: its step, else its duty."""
    return item.step.key if item.step is not None else item.duty
