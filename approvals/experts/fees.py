"""Attendance of experts, and what they are paid for it by the county's list: for finance, which pays them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Incomplete, NotPermitted, Refusal
from approvals.experts.panels import locked, require_lead
from approvals.experts.ruling import kept_rule
from approvals.models import Attendance, FeeRate, Panel, Seat
from workflow.trail import audit

HALF, MOST_DAYS = Decimal("0.5"), Decimal(60)


def record(*, actor: Actor, panel: Panel, rows: Mapping[int, tuple[Decimal | None, int | None]]) -> int:
    """Record how many days (in halves) each expert was at work, and by which rate: seat to (days, rate).

    No days: nothing is paid. Returns how many changed. Raises `Incomplete` that names the fields.
    """
    with audit.act():
        made = locked(panel)
        require_lead(actor, made)
        seats = {one.pk: one for one in Seat.objects.filter(panel=made)}
        if set(rows) - set(seats):
            raise NotPermitted(_("Somebody named here does not sit on this panel."))
        rates = {one.pk: one for one in FeeRate.objects.filter(is_used=True)}
        kept = {one.seat_id: one for one in Attendance.objects.filter(seat__panel=made)}
        problems: list[Refusal] = []
        changed: list[tuple[Seat, Attendance | None, Attendance | None]] = []
        for pk, (days, rate_pk) in rows.items():
            before = kept.get(pk)
            if not days:
                if before is not None:
                    changed.append((seats[pk], before, None))
                continue
            rate = rates.get(rate_pk or 0)
            named = {"name": seats[pk].name}
            if days < 0 or days > MOST_DAYS or days % HALF:
                text = _("%(name)s: days are counted in halves, at most 60.") % named
                problems.append(Refusal(text, field=f"days-{pk}"))
            elif rate is None:
                problems.append(Refusal(_("%(name)s: please choose a rate.") % named, field=f"rate-{pk}"))
            else:
                found = Attendance(
                    pk=before.pk if before else None,
                    county_id=made.county_id,
                    seat=seats[pk],
                    days=days,
                    rate_name=rate.name,
                    a_day=rate.a_day,
                    amount=days * rate.a_day,
                )
                if before is None or (before.days, before.rate_name, before.a_day) != (days, rate.name, rate.a_day):
                    changed.append((seats[pk], before, found))
        if problems:
            raise Incomplete(_("The attendance is not recorded yet."), items=problems)
        for seat, before, now in changed:
            if now is None:
                assert before is not None
                before.delete()
            else:
                now.save()
            audit.entry(
                actor=actor,
                action="seat.attendance",
                record=seat,
                label=seat.trail_label(),
                old=_noted(before),
                new=_noted(now),
                articles=kept_rule(made.rule).articles,
            )
    return len(changed)


def _noted(one: Attendance | None) -> dict[str, Any]:
    return {} if one is None else {"days": one.days, "rate": one.rate_name, "amount": one.amount}
