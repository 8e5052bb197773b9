"""Amendments to signed contracts: within what was approved and budgeted, after the change that allows them."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Max, Sum
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Incomplete, Refusal, WrongState, clean_text
from approvals.models import ChangeRequest
from approvals.services.limits import approved_on
from funding.checks import checks_of
from funding.models import Amendment, Contract, ContractLine, ContractState, Instalment, PayAfter, Payment
from funding.services.contracts import NOTHING, may_keep, over_budget, paid_on, require, settle, write_lines
from jurisdictions.rules.shapes import cite
from jurisdictions.templatetags.xunzhang import wan
from projects.models import Project
from projects.ruling import ruleset_of
from projects.services import money
from workflow.clocks import clock
from workflow.machines.runner import perform
from workflow.trail import audit


def changes_of(project: Project) -> list[ChangeRequest]:
    """The changes of a project that hold: an amendment carries one of them out."""
    return list(ChangeRequest.objects.filter(project=project).counted())


def sign(*, actor: Actor, contract: Contract, values: Mapping[str, Any], lines: Sequence[money.Sum] = ()) -> Amendment:
    """Record a signed amendment: `number`, `signed_on`, `delta` (yuan, signed), `build_months` as they are now,
    `grounds` and the `change` it carries out; `lines` say by how much each cost line changes.

    Raises `NotPermitted`, `WrongState`, `Incomplete` with all that stands against it.
    """
    project = contract.project
    require(may_keep(actor, project), project)
    with audit.act():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        held = Contract.objects.select_for_update(no_key=True).get(pk=contract.pk)
        held.project = project
        if held.state != ContractState.SIGNED:
            raise WrongState(_("Only a contract that is signed and not ended has amendments."))
        given = dict(values)
        given["number"] = clean_text(given.get("number") or "", field="number", most=60)
        given["grounds"] = clean_text(given.get("grounds") or "", field="grounds")
        given["delta"] = given.get("delta") or NOTHING
        if problems := list(_against(held, given, lines)):
            raise Incomplete(_("The amendment cannot be recorded."), items=problems)
        assert actor.user is not None
        made = Amendment.objects.create(
            county_id=project.county_id,
            contract=held,
            number=given["number"],
            signed_on=given["signed_on"],
            delta=given["delta"],
            build_months=given.get("build_months"),
            grounds=given["grounds"],
            change=given.get("change"),
            made_by=actor.user,
        )
        write_lines(held, lines, amendment=made)
        _plan(made)
        new = audit.plain({"amount": made.delta, "on": made.signed_on, "number": made.number, "reason": made.grounds})
        audit.entry(
            actor=actor,
            action="amendment.sign",
            record=made,
            project=project,
            label=made.trail_label(),
            new=new,
            articles=_articles(project),
        )
        _carry(actor, held, made.delta)
    return made


def _carry(actor: Actor, contract: Contract, delta: Decimal) -> None:
    contract.amended += delta
    contract.version += 1
    contract.save(update_fields=["amended", "version"])
    settle(actor, contract, contract.total or NOTHING)


def _plan(made: Amendment) -> None:
    """Where the contract has a payment plan, the amendment is its next row, paid after the acceptance."""
    rows = Instalment.objects.filter(contract=made.contract)
    last = rows.aggregate(last=Max("position"))["last"]
    if last is not None and made.delta:
        Instalment.objects.create(
            county_id=made.county_id,
            contract=made.contract,
            amendment=made,
            position=last + 1,
            name=made.number,
            amount=made.delta,
            condition=PayAfter.OTHER,
            note=_("By the amendment"),
        )


def _articles(project: Project) -> list[str]:
    """The articles on changes; none where the rules say nothing of them."""
    return list(cite(*(row.articles for row in ruleset_of(project.rule_version).rules.change_control)))


def _against(contract: Contract, given: Mapping[str, Any], lines: Sequence[money.Sum]) -> Iterator[Refusal]:
    delta, on = given["delta"], given.get("signed_on")
    for name in ("number", "grounds", "signed_on"):
        if not given.get(name):
            label = Amendment._meta.get_field(name).verbose_name  # type: ignore[union-attr]
            yield Refusal(_("“%(label)s” is empty.") % {"label": label}, field=name)
    if on is not None:
        yield from _too_early(contract, on)
    if not delta and given.get("build_months") is None:
        yield Refusal(_("The amendment changes neither the sum nor the period."), field="delta")
    total = sum((one.amount for one in lines), NOTHING)
    if (lines or ContractLine.objects.filter(contract=contract).exists()) and total != delta:
        said = _("The cost lines change by %(total)s, the sum by %(delta)s (10,000 yuan).")
        yield Refusal(said % {"total": wan(total), "delta": wan(delta)}, field="delta")
    paid, after = paid_on(contract), (contract.total or NOTHING) + delta
    if after < paid:
        said = _("%(paid)s were paid already: the contract cannot come to less (10,000 yuan).")
        yield Refusal(said % {"paid": wan(paid)}, field="delta")
    if delta > 0 and (refused := over_budget(contract, after, field="delta")) is not None:
        yield refused
    yield from _by_change(contract, given.get("change"), delta)
    yield from _by_period(contract, given.get("build_months"))


def _too_early(contract: Contract, on: dt.date) -> Iterator[Refusal]:
    approved = approved_on(contract.project)
    if on > clock.today():
        yield Refusal(_("The day lies in the future."), field="signed_on")
    elif contract.signed_on is not None and on < contract.signed_on:
        said = _("This cannot be before %(day)s, the day of what precedes it.")
        yield Refusal(said % {"day": contract.signed_on}, field="signed_on")
    elif approved is not None and on < approved:
        said = _("No contract is signed before the approval of %(day)s.")
        yield Refusal(said % {"day": approved}, field="signed_on", articles=_articles(contract.project))


def _by_change(contract: Contract, change: ChangeRequest | None, delta: Decimal) -> Iterator[Refusal]:
    """What makes the project itself changes by a change that holds, and all its amendments together within it."""
    project = contract.project
    articles = _articles(project)
    if change is None:
        if articles and contract.is_main:
            said = _("The contract changes after the change was approved or filed: please choose the change.")
            yield Refusal(said, field="change", articles=articles)
        return
    held = next((one for one in changes_of(project) if one.pk == change.pk), None)
    if held is None:
        yield Refusal(_("Please choose from the list."), field="change")
        return
    others = Amendment.objects.filter(change=change, state="signed").aggregate(total=Sum("delta"))["total"] or NOTHING
    most = max(held.moved, held.delta)
    if delta > 0 and others + delta > most:
        said = _("The change comes to %(most)s, with this its amendments to %(total)s (10,000 yuan).")
        words = {"most": wan(most), "total": wan(others + delta)}
        yield Refusal(said % words, field="delta", articles=list(held.articles) or articles)


def _by_period(contract: Contract, months: int | None) -> Iterator[Refusal]:
    if months is None or not contract.is_main:
        return
    then = copy.copy(contract)
    then.build_months = months
    for one in checks_of(contract.project):
        if "build_months" in one.fields and not one.holds(then):
            said = _("The contract does not meet this: %(text)s")
            yield Refusal(said % {"text": one.text}, field="build_months", articles=one.articles)


def cancel(*, actor: Actor, amendment: Amendment, reason: str, seen_version: int | None = None) -> Amendment:
    """Take back an amendment that was entered by mistake, with the reason. Raises `Refusal`s."""
    contract = amendment.contract
    project = contract.project
    require(may_keep(actor, project), project)
    said = clean_text(reason, field="reason")
    if not said:
        raise Refusal(_("Please give the reason."), field="reason")
    with audit.act():
        held = Contract.objects.select_for_update(no_key=True).get(pk=contract.pk)
        held.project = project
        paid = Payment.objects.paid().filter(instalment__amendment=amendment)
        if paid.exists() or (held.total or NOTHING) - amendment.delta < paid_on(held):
            raise WrongState(_("It was paid on already: the payment is cancelled first."))
        perform(amendment, "cancel", actor=actor, seen_version=seen_version, fields={"reason": said}, reason=said)
        ContractLine.objects.filter(amendment=amendment).delete()
        row = Instalment.objects.filter(amendment=amendment)
        row.filter(payments=None).delete()
        row.update(amount=NOTHING)
        _carry(actor, held, -amendment.delta)
    return amendment
