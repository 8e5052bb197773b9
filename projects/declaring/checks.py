"""What is missing or wrong in a declaration: everything at once, each with its field and its article."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.refusals import Refusal
from jurisdictions.facts import OwnerKind
from jurisdictions.fields import whole
from jurisdictions.folding import folded_name
from jurisdictions.rules.shapes import cite
from projects.declaring.setting import YES, FormContext
from workflow.filings.checks import amount_in, check_fields, check_filled, day_in
from workflow.filings.parts import Missing, Sheet, in_words


@dataclass
class Occasion:
    """The day it is handed in, and the call it is handed in under."""

    today: dt.date
    call: Any = None  # the open call, or None outside one
    window: str = ""  # the key of the rules' window it falls under; empty for none
    is_timely: bool = True
    calls: list[Any] = field(default_factory=list)  # all that are open


def check(sheet: Sheet, setting: FormContext, occasion: Occasion) -> list[Refusal]:
    """Find every missing or wrong item, put it at its section and field, and return them in the order of the form."""
    check_sections(sheet, setting, occasion.today)
    sheet.general += _occasion_problems(setting, occasion)
    return sheet.problems


def check_sections(sheet: Sheet, setting: FormContext, today: dt.date) -> None:
    """Find what is missing or wrong in each section that stands in the form."""
    check_fields(sheet)
    _check_days(sheet, setting, today)
    _check_own_facts(sheet, setting)
    _check_money(sheet)
    _check_quotes(sheet, setting)
    _check_negative(sheet, setting)
    _check_partners(sheet, setting)
    for section in sheet.sections:
        section.gather()


def _check_days(sheet: Sheet, setting: FormContext, today: dt.date) -> None:
    first, last = sheet.field("basics-starts_on"), sheet.field("basics-ends_on")
    starts, ends = day_in(first), day_in(last)
    if starts and ends and ends < starts and last is not None:
        last.problems.append(
            Refusal(
                _("The planned completion lies before the planned start. Please correct one of the two."),
                field=last.name,
            )
        )
    facts = setting.facts
    building = facts.action != "stock" and not facts.emergency
    if starts and building and starts <= today and first is not None:
        first.problems.append(
            Refusal(
                _(
                    "The planned start is not after today: nothing starts before it is approved."
                    " Please enter a later day."
                ),
                articles=cite(setting.rules.rules.actions.get(facts.action, [])),
                field=first.name,
            )
        )
    section = sheet.section("prerequisites")
    for one in section.fields if section else ():
        if one.kind == "date":
            day = day_in(one)
            if day is not None and day > today:
                one.problems.append(
                    Refusal(
                        _("This day lies in the future: it must have happened already."),
                        articles=one.articles,
                        field=one.name,
                    )
                )


def _check_own_facts(sheet: Sheet, setting: FormContext) -> None:
    """Amounts and counts that only this county's rules ask for must be readable."""
    for key, spec in setting.rules.spaces.own.items():
        one = sheet.field(f"basics-own_{key}")
        if one is None or one.is_empty or spec.kind != "amount":
            continue
        if not spec.whole:
            amount_in(one, zero=True)
        elif whole(one.value) is None:
            one.problems.append(
                Refusal(_("“%s” must be a whole number.") % spec.label, articles=one.articles, field=one.name)
            )


def _check_money(sheet: Sheet) -> None:
    section, group = sheet.section("money"), sheet.group("money-lines")
    if section is None or group is None:
        return
    total = None
    for one in section.fields:
        if one.kind == "amount":
            amount = amount_in(one, zero=one.name == "money-om_cost")
            if one.name == "money-investment":
                total = amount
    rows = group.typed
    if not rows:
        group.problems.append(
            Missing(
                _("Please say where the money comes from: at least one line."),
                articles=group.articles,
                field=group.name,
            )
        )
        return
    amounts = []
    for row in rows:
        for one in row:
            check_filled(one)
        amounts.append(amount_in(row["amount"]))
    if total is not None and all(amount is not None for amount in amounts):
        summed = sum((amount for amount in amounts if amount is not None), Decimal(0))
        if summed != total:
            said = (
                _("The lines add up to %(sum)s, %(gap)s less than the total investment.")
                if summed < total
                else _("The lines add up to %(sum)s, %(gap)s more than the total investment.")
            )
            unit = group.columns["amount"].unit
            words = {"sum": in_words(summed, unit), "gap": in_words(abs(summed - total), unit)}
            group.problems.append(Refusal(said % words, field=group.name))


def _check_quotes(sheet: Sheet, setting: FormContext) -> None:
    group, asked = sheet.group("quotes-rows"), setting.rules.quotes_for(setting.facts)
    if group is None or asked is None:
        return
    vendors: set[str] = set()
    for row in group.typed:
        vendor, amount = row["vendor"], row["amount"]
        check_filled(vendor)
        check_filled(amount)
        amount_in(amount)
        name = folded_name(vendor.value)
        if name and name in vendors:
            vendor.problems.append(
                Refusal(
                    _("This vendor is named twice: quotes must come from different vendors."),
                    articles=asked.articles,
                    field=vendor.name,
                )
            )
        vendors.add(name)
    given = len(vendors - {""})
    if given < asked.then.minimum:
        group.problems.append(
            Missing(
                _("%(given)s of at least %(minimum)s vendor quotes are entered.")
                % {"given": given, "minimum": asked.then.minimum},
                articles=asked.articles,
                field=group.name,
            )
        )


def _check_negative(sheet: Sheet, setting: FormContext) -> None:
    section = sheet.section("negative")
    if section is None or setting.rules.rules.negative_list.exemption is not None:
        return  # with the exemption's papers, which the form asks for, it goes to the reviewer for confirmation
    open_to_reasons = {
        f"negative-{item.key}-answer" for item in setting.rules.negative_items_for(setting.facts) if item.in_principle
    }
    for one in section.fields:
        if one.name.endswith("-answer") and one.value == YES and one.name not in open_to_reasons:
            one.problems.append(
                Refusal(
                    _(
                        "A project to which this applies is not supported; the rules know no exemption."
                        " Please change the plan, or do not declare it: %(text)s"
                    )
                    % {"text": one.label},
                    articles=one.articles,
                    field=one.name,
                )
            )


def _check_partners(sheet: Sheet, setting: FormContext) -> None:
    group = sheet.group("basics-partners")
    if group is None:
        return
    confirmed = {(str(one.office_id), one.part) for one in setting.partners if one.confirmed_by}
    seen: set[str] = set()
    for row in group.typed:
        office, part = row["office"], row["part"]
        check_filled(office)
        check_filled(part)
        if office.value and office.value in seen:
            office.problems.append(Refusal(_("This unit is named twice."), field=office.name))
        elif group.required and not office.is_empty and (office.value, part.value.strip()) not in confirmed:
            office.problems.append(
                Missing(
                    _("%(unit)s has not confirmed its part yet.") % {"unit": office.shown_value},
                    articles=group.articles,
                    field=office.name,
                )
            )
        seen.add(office.value)
    if group.required and not group.typed:
        group.problems.append(
            Missing(
                _("A project across departments names the units that build it together."),
                articles=group.articles,
                field=group.name,
            )
        )


def _occasion_problems(setting: FormContext, occasion: Occasion) -> list[Refusal]:
    found = []
    scope = setting.rules.scope_result(setting.facts)
    if scope is not None and scope.then.result in ("out", "secrecy"):
        found.append(Refusal(scope.text, articles=scope.articles, field="section-basics"))
    kinds = setting.rules.rules.owner_kinds
    if kinds and setting.facts.owner_kind not in kinds:
        found.append(
            Refusal(
                _("Units of this kind (%(kind)s) do not declare under these rules.")
                % {"kind": OwnerKind(setting.facts.owner_kind).label},
                articles=cite(*kinds.values()),
                field="section-basics",
            )
        )
    if not occasion.is_timely:
        allowed = [row for row in setting.rules.late_for(setting.facts) if row.then.allowed]
        if not allowed:
            window = setting.rules.rules.windows[occasion.window]
            ways = [row.text for row in setting.rules.rules.late if row.then.allowed]
            found.append(
                Refusal(
                    " ".join(
                        [
                            _(
                                "No call is open today, so the declaration cannot be handed in now."
                                " The draft is kept for the next call."
                            ),
                            *ways,
                        ]
                    ),
                    articles=cite(window.articles, *(row.articles for row in setting.rules.rules.late)),
                    field="section-basics",
                )
            )
    return found
