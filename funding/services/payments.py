"""Payments: recorded within a signed contract and the rules, cancelled where they were entered by mistake."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Incomplete, Refusal, WrongState, clean_text
from funding import readiness
from funding.models import Contract, ContractState, Instalment, Payment
from funding.services import instalments
from funding.services.contracts import NOTHING, lines_of, may_keep, paid_on, require
from jurisdictions.rules.vocabulary import COST_LINES
from jurisdictions.templatetags.xunzhang import wan
from projects.models import UNDIVIDED, Project
from projects.services import money
from workflow.clocks import clock
from workflow.machines.runner import perform
from workflow.trail import audit


def may_pay(actor: Actor, project: Project) -> bool:
    """Whether a person records payments: finance does, and the unit that pays."""
    return actor.may("funding.pay") or may_keep(actor, project)


def pay(
    *,
    actor: Actor,
    contract: Contract,
    amount: Decimal,
    paid_on_day: dt.date,
    voucher: str,
    purpose: str = "",
    line: str = "",
    source: str = "",
    instalment: Instalment | None = None,
    departure: str = "",
) -> Payment:
    """Record a payment of yuan on a contract: after it was signed, never more than it, never against the rules.

    Where the contract has a payment plan, on one of its instalments: after its condition, and only with a reason
    (`departure`) more than it or before one that comes first.
    `line` is one of the contract's cost lines and `source` a key of the county's list; where the contract has only
    one of them, it is that one. Raises `NotPermitted`, `WrongState`, `Incomplete` with all that stands against it.
    """
    project = contract.project
    require(may_pay(actor, project), project)
    with audit.act():
        held = Contract.objects.select_for_update(no_key=True).get(pk=contract.pk)
        held.project = project
        if held.state not in (ContractState.SIGNED, ContractState.COMPLETED):
            raise WrongState(_("Nothing is paid on a contract that is not signed, or was terminated."))
        number = clean_text(voucher, field="voucher", most=60)
        problems = []
        if not number:
            problems.append(Refusal(_("Please enter the number of the voucher."), field="voucher"))
        if paid_on_day > clock.today():
            problems.append(Refusal(_("The day lies in the future."), field="paid_on"))
        elif held.signed_on is not None and paid_on_day < held.signed_on:
            said = _("Nothing is paid before the contract was signed on %(day)s.")
            problems.append(Refusal(said % {"day": held.signed_on}, field="paid_on"))
        before, most = paid_on(held), held.total or NOTHING
        if amount <= 0:
            problems.append(Refusal(_("The sum must be more than nothing."), field="amount"))
        elif before + amount > most:
            said = _("With %(before)s paid before, this exceeds the contract of %(most)s (10,000 yuan).")
            problems.append(Refusal(said % {"before": wan(before), "most": wan(most)}, field="amount"))
        reason = clean_text(departure, field="departure")
        lines = lines_of(held)
        line, source = _only(line, [one.line for one in lines]), _only(source, [one.source for one in lines])
        if line and lines and before + amount <= most:
            problems += _by_line(
                held, line, sum((one.amount for one in lines if one.line == line), NOTHING), amount, reason
            )
        problems += _doubled(held, amount, paid_on_day, number)
        problems += _by_plan(held, instalment, amount, paid_on_day, reason)
        problems += [one.refusal for one in readiness.points(project) if not one.holds]
        if problems:
            raise Incomplete(_("The payment cannot be recorded."), items=problems)
        assert actor.user is not None
        made = Payment.objects.create(
            county_id=project.county_id,
            contract=held,
            amount=amount,
            paid_on=paid_on_day,
            voucher=number,
            purpose=clean_text(purpose, field="purpose", most=200),
            line=line,
            source=source,
            instalment=instalment,
            departure=reason,
            made_by=actor.user,
        )
        new = audit.plain({"amount": amount, "on": paid_on_day, "number": number})
        if reason:
            new["reason"] = reason
        audit.entry(actor=actor, action="payment.pay", record=made, project=project, label=made.trail_label(), new=new)
        sums = [money.Sum(line or UNDIVIDED, amount, year=paid_on_day.year, source=source)]
        money.settle(actor=actor, project=project, stage="payment", origin=f"payment:{made.pk}", sums=sums)
    return made


def _only(chosen: str, known: Sequence[str]) -> str:
    """What was chosen, else what can only be meant."""
    return chosen or (known[0] if len(set(known)) == 1 else "")


def _by_line(contract: Contract, line: str, contracted: Decimal, amount: Decimal, reason: str) -> Iterator[Refusal]:
    before = Payment.objects.paid().filter(contract=contract, line=line).aggregate(total=Sum("amount"))["total"]
    left = contracted - (before or NOTHING)
    if not contracted:
        yield Refusal(_("The contract has no such cost line."), field="line")
    elif amount > left and not reason:
        said = _("Of “%(name)s” %(left)s are left to be paid (10,000 yuan): more than that needs a reason.")
        yield Refusal(said % {"name": COST_LINES[line], "left": wan(left)}, field="departure")


def _doubled(contract: Contract, amount: Decimal, on: dt.date, voucher: str) -> Iterator[Refusal]:
    same = Payment.objects.paid().filter(contract=contract, voucher=voucher, amount=amount, paid_on=on)
    if same.exists():
        said = _("This payment is recorded already: the same voucher, sum and day.")
        yield Refusal(said, field="voucher")


def _by_plan(
    contract: Contract, chosen: Instalment | None, amount: Decimal, on: dt.date, reason: str
) -> Iterator[Refusal]:
    rows = instalments.shown(contract)
    if chosen is None:
        if rows:
            yield Refusal(_("Please choose the instalment that is paid."), field="instalment")
        return
    row = next((one for one in rows if one.pk == chosen.pk), None)
    if row is None:
        yield Refusal(_("Please choose from the list."), field="instalment")
        return
    if (refused := instalments.unmet(row, contract.project, on)) is not None:
        yield refused
    if reason:
        return
    if amount > row.left:
        said = _("Of “%(name)s” %(left)s are left to be paid (10,000 yuan): more than that needs a reason.")
        yield Refusal(said % {"name": row.name, "left": wan(row.left)}, field="departure")
    before = next((one for one in rows if one.position < row.position and one.left > 0), None)
    if before is not None:
        said = _("“%(name)s” comes first and is not paid in full: another order needs a reason.")
        yield Refusal(said % {"name": before.name}, field="departure")


def cancel_payment(*, actor: Actor, payment: Payment, reason: str, seen_version: int | None = None) -> Payment:
    """Take back a payment that was entered by mistake, with the reason."""
    project = payment.contract.project
    require(may_pay(actor, project), project)
    said = clean_text(reason, field="reason")
    if not said:
        raise Refusal(_("Please give the reason."), field="reason")
    with audit.act():
        perform(payment, "cancel", actor=actor, seen_version=seen_version, fields={"reason": said})
        money.take_back(project=project, stage="payment", origin=f"payment:{payment.pk}")
    return payment
