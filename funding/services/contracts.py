"""Contracts of a project: kept, signed after the county's checks, ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import F, Sum
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Incomplete, NotPermitted, Refusal, Stale, WrongState, clean_text
from approvals.oversight.sanctions import require_running
from approvals.services.limits import approved_on, budget_of
from funding.checks import BY_PROGRAM, Check, checks_of
from funding.models import MAIN, Amendment, Contract, ContractLine, ContractState, Payment
from funding.services import instalments
from jurisdictions.rules.vocabulary import MONEY_STAGES
from jurisdictions.templatetags.xunzhang import wan
from projects.models import Project, ProjectState
from projects.services import money
from workflow.clocks import clock
from workflow.clocks.dates import record_date
from workflow.machines.runner import perform
from workflow.models import RecordedDate, Step, StepState
from workflow.trail import audit

FIELDS = (
    "kind",
    "title",
    "number",
    "supplier",
    "qualification",
    "amount",
    "signed_on",
    "build_months",
    "free_om_months",
    "payment_terms",
    "brands",
    "confirmed",
    "departures",
)
NOTHING = Decimal(0)


def may_keep(actor: Actor, project: Project) -> bool:
    """Whether a person keeps the contracts of a project: its unit does."""
    return actor.may("owner.record") and actor.in_office(project.owner_unit_id)


def require(allowed: bool, project: Project) -> None:
    """Raise `NotPermitted` unless allowed, `WrongState` where the project is not under way."""
    if not allowed:
        said = _("Only %(unit)s, and for payments the finance office, records this.")
        raise NotPermitted(said % {"unit": project.owner_unit.name})
    if project.state != ProjectState.RUNNING:
        raise WrongState(_("The project is not under way: nothing is recorded for it now."))


def keep(
    *,
    actor: Actor,
    project: Project,
    values: Mapping[str, Any],
    lines: Sequence[money.Sum] | None = None,
    plan: Sequence[instalments.Planned] | None = None,
    contract: Contract | None = None,
    seen_version: int | None = None,
) -> Contract:
    """Write a draft of a contract, a new one or one that is there; its `lines` and payment `plan` as they are now.

    Raises `Refusal`s; a signed one never changes.
    """
    require(may_keep(actor, project), project)
    given = {name: values[name] for name in FIELDS if name in values}
    with audit.act():
        if contract is None:
            assert actor.user is not None
            kept = Contract(county_id=project.county_id, project=project, made_by=actor.user)
        else:
            kept = Contract.objects.select_for_update(no_key=True).get(pk=contract.pk)
            kept.project = project
            if seen_version is not None and kept.version != seen_version:
                raise Stale()
            if kept.state != ContractState.DRAFT:
                raise WrongState(_("The contract is signed and does not change."))
            kept.version += 1
        for name, value in given.items():
            setattr(kept, name, value)
        kept.save()
        if lines is not None:
            write_lines(kept, lines)
        if plan is not None:
            instalments.write(kept, plan)
        new = audit.plain({name: value for name, value in given.items() if value not in (None, "", [], {})})
        action = "contract.save" if contract is not None else "contract.create"
        audit.entry(actor=actor, action=action, record=kept, project=project, label=kept.title, new=new)
    return kept


def write_lines(contract: Contract, lines: Sequence[money.Sum], *, amendment: Amendment | None = None) -> None:
    """Keep what a draft, or an amendment, comes to on the cost lines, in yuan."""
    ContractLine.objects.filter(contract=contract, amendment=amendment).delete()
    ContractLine.objects.bulk_create(
        ContractLine(
            county_id=contract.county_id,
            contract=contract,
            amendment=amendment,
            line=one.line,
            year=one.year,
            source=one.source,
            amount=one.amount,
        )
        for one in lines
    )


def lines_of(contract: Contract) -> list[money.Sum]:
    """The sums of a contract on its cost lines, in yuan."""
    found = ContractLine.objects.filter(contract=contract)
    return [money.Sum(one.line, one.amount, one.year, one.source) for one in found]


def sign(*, actor: Actor, contract: Contract, seen_version: int | None = None) -> Contract:
    """Sign a draft: what the county's rules ask of it is checked, each with its article; a reason departs from what is
    asked in principle, and is audited. Raises `Incomplete` with all that stands against it.
    """
    project = contract.project
    with audit.act():
        # One contract after the other: together they stay within the budget.
        require_running(Project.objects.select_for_update(no_key=True).get(pk=project.pk))
        require(may_keep(actor, project), project)
        checks = checks_of(project)
        if problems := [
            *_stated(contract),
            *instalments.against(contract),
            *_beyond(contract, checks),
            *_unchecked(contract, checks),
        ]:
            raise Incomplete(_("The contract cannot be signed like this."), items=problems)
        perform(contract, "sign", actor=actor, seen_version=seen_version, articles=_articles(checks))
        for one in _departed(contract, checks):
            new = {"departed_from": one.text, "reason": contract.departures[one.key]}
            audit.entry(
                actor=actor,
                action="contract.depart",
                record=contract,
                project=project,
                label=contract.title,
                new=new,
                articles=one.articles,
            )
        instalments.settle_amounts(contract)
        settle(actor, contract, contract.amount or NOTHING)
        known = RecordedDate.objects.filter(project=project, event="contract_signed").exists()
        if contract.is_main and not known and contract.signed_on is not None:
            record_date(actor=actor, project=project, event="contract_signed", on=contract.signed_on)
    return contract


def settle(actor: Actor, contract: Contract, amount: Decimal) -> None:
    """Set what a contract comes to among the sums of its project, in yuan."""
    origin, lines = f"contract:{contract.pk}", lines_of(contract)
    money.settle(actor=actor, project=contract.project, stage="contract", origin=origin, sums=lines, total=amount)


def _stated(contract: Contract) -> Iterator[Refusal]:
    for name in ("number", "supplier", "amount", "signed_on"):
        if not getattr(contract, name):
            label = Contract._meta.get_field(name).verbose_name  # type: ignore[union-attr]
            yield Refusal(_("“%(label)s” is empty.") % {"label": label}, field=name)
    lines = lines_of(contract)
    total = sum((one.amount for one in lines), NOTHING)
    if lines and contract.amount and total != contract.amount:
        said = _("The cost lines come to %(total)s, the contract to %(amount)s (10,000 yuan).")
        yield Refusal(said % {"total": wan(total), "amount": wan(contract.amount)}, field="amount")


def _beyond(contract: Contract, checks: list[Check]) -> Iterator[Refusal]:
    """What was not approved: a day before it, more money than it."""
    project, on, amount = contract.project, contract.signed_on, contract.amount
    step = Step.objects.filter(project=project, key="procurement").exclude(state=StepState.SKIPPED).first()
    articles = next((one.articles for one in checks if one.key == "approved_before_contract"), ())
    articles = articles or tuple(step.articles if step is not None else ())
    if step is not None and contract.kind in MAIN and step.state != StepState.DONE:
        said = _("A contract is signed after approval and procurement; “%(step)s” has not ended.")
        yield Refusal(said % {"step": step.name}, field="signed_on", articles=articles)
    approved = approved_on(project)
    if on is not None and on > clock.today():
        yield Refusal(_("The day lies in the future."), field="signed_on")
    elif on is not None and approved is not None and on < approved:
        said = _("No contract is signed before the approval of %(day)s.")
        yield Refusal(said % {"day": approved}, field="signed_on", articles=articles)
    elif on is not None and contract.kind in MAIN and step is not None and on < _decided(step, on):
        said = _("This cannot be before %(day)s, the day of what precedes it.")
        yield Refusal(said % {"day": _decided(step, on)}, field="signed_on", articles=articles)
    if amount is not None and (refused := over_budget(contract, amount)) is not None:
        yield refused


def over_budget(contract: Contract, total: Decimal, *, field: str = "amount") -> Refusal | None:
    """Why a contract may not come to so much (yuan): with the others it would be more than may be spent."""
    project = contract.project
    stage, most = budget_of(project)
    others = Contract.objects.binding().filter(project=project).exclude(pk=contract.pk)
    before = others.aggregate(total=Sum(F("amount") + F("amended")))["total"] or NOTHING
    if most is None or before + total <= most:
        return None
    step = Step.objects.filter(project=project, key="procurement").exclude(state=StepState.SKIPPED).first()
    checks = {one.key: one for one in checks_of(project)}
    check = checks.get("purchase_within_budget") or checks.get("approved_before_contract")
    articles = check.articles if check is not None else tuple(step.articles if step is not None else ())
    said = _("With %(before)s signed before, the contracts exceed the %(stage)s of %(most)s (10,000 yuan).")
    words = {"before": wan(before), "stage": MONEY_STAGES[stage], "most": wan(most)}
    return Refusal(said % words, field=field, articles=articles)


def _decided(step: Step, otherwise: dt.date) -> dt.date:
    """The day on which the procurement was decided."""
    on = step.record.get("on")
    return dt.date.fromisoformat(on) if on else otherwise


def _failed(contract: Contract, checks: list[Check]) -> list[Check]:
    if not contract.is_main:
        return []
    return [one for one in checks if one.key not in BY_PROGRAM and not one.holds(contract)]


def _departed(contract: Contract, checks: list[Check]) -> list[Check]:
    return [one for one in _failed(contract, checks) if one.in_principle and contract.departures.get(one.key)]


def _unchecked(contract: Contract, checks: list[Check]) -> Iterator[Refusal]:
    departed = _departed(contract, checks)
    for one in _failed(contract, checks):
        if one in departed:
            continue
        if one.in_principle:
            said = _("%(said)s The rules ask this in principle: a reason may depart from it.") % {"said": one.text}
            yield Refusal(said, field=f"depart-{one.key}", articles=one.articles)
        else:
            said = _("The contract does not meet this: %(text)s")
            yield Refusal(said % {"text": one.text}, field=one.field, articles=one.articles)


def _articles(checks: list[Check]) -> list[str]:
    return list(dict.fromkeys(article for one in checks for article in one.articles))


def end(
    *, actor: Actor, contract: Contract, outcome: str, reason: str = "", seen_version: int | None = None
) -> Contract:
    """End a signed contract: `complete`, or `terminate` with the reason; then only what was paid on it counts."""
    if outcome not in ("complete", "terminate"):
        raise Refusal(_("Please choose from the list."), field="act")
    require(may_keep(actor, contract.project), contract.project)
    said = clean_text(reason, field="reason")
    if outcome == "terminate" and not said:
        raise Refusal(_("Please give the reason."), field="reason")
    with audit.act():
        perform(contract, outcome, actor=actor, seen_version=seen_version, fields={"ended_reason": said}, reason=said)
        if outcome == "terminate":
            settle(actor, contract, paid_on(contract))
    return contract


def paid_on(contract: Contract) -> Decimal:
    """What was paid on a contract, in yuan."""
    total: Decimal | None = Payment.objects.paid().filter(contract=contract).aggregate(total=Sum("amount"))["total"]
    return total or NOTHING
