"""What is missing or wrong in a declaration: everything at once, each with its field and its article."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.refusals import Refusal
from jurisdictions.rules.shapes import cite
from projects.declaring.content import read_amount, read_day
from projects.declaring.parts import Field, Missing, Sheet
from projects.declaring.sheet import YES, FormContext, typed_rows


@dataclass
class Occasion:
    """The day it is handed in, and the call it is handed in under."""

    today: dt.date
    call: Any = None  # the open call, or None outside one
    window: str = ""  # the key of the rules' window it falls under; empty for none
    is_timely: bool = True


def check(sheet: Sheet, content: Mapping[str, Any], setting: FormContext, occasion: Occasion) -> list[Refusal]:
    """Find every missing or wrong item, put it at its section and field, and return them in the order of the form."""
    for section in sheet.sections:
        for one in section.all_fields():
            _check_field(one)
    _check_days(sheet, setting, occasion)
    _check_money(sheet, content)
    _check_quotes(sheet, setting)
    _check_negative(sheet, setting)
    _check_partners(sheet, setting)
    sheet.general += _occasion_problems(setting, occasion)
    for section in sheet.sections:
        section.problems = [
            *(problem for one in section.fields for problem in one.problems),
            *(problem for group in section.groups for row in group.rows for one in row for problem in one.problems),
            *(problem for group in section.groups for problem in group.problems),
        ]
    return sheet.problems


def _check_field(one: Field) -> None:
    if one.required and one.is_empty:
        sentence = {
            "paper": _("The paper “%(label)s” is missing."),
            "radio": _("Please answer: %(label)s"),
            "choice": _("Please choose: %(label)s"),
        }.get(one.kind, _("“%(label)s” is empty."))
        one.problems.append(Missing(sentence % {"label": one.label}, articles=one.articles, field=one.name))
    elif one.kind in ("choice", "radio") and one.value and one.value not in dict(one.choices):
        one.problems.append(
            Refusal(_("“%(label)s”: please choose from the list.") % {"label": one.label}, field=one.name)
        )
    elif one.limit and len(one.value) > one.limit:
        one.problems.append(
            Refusal(
                _("“%(label)s” takes at most %(limit)s characters; there are %(length)s.")
                % {"label": one.label, "limit": one.limit, "length": len(one.value)},
                field=one.name,
            )
        )


def _day(sheet: Sheet, name: str) -> dt.date | None:
    one = sheet.field(name)
    if one is None or one.is_empty:
        return None
    try:
        return read_day(one.value, field=name)
    except Refusal as problem:
        one.problems.append(problem)
        return None


def _check_days(sheet: Sheet, setting: FormContext, occasion: Occasion) -> None:
    starts, ends = _day(sheet, "basics-starts_on"), _day(sheet, "basics-ends_on")
    first, last = sheet.field("basics-starts_on"), sheet.field("basics-ends_on")
    if starts and ends and ends < starts and last is not None:
        last.problems.append(
            Refusal(
                _("The planned completion lies before the planned start. Please correct one of the two."),
                field=last.name,
            )
        )
    facts = setting.facts
    building = facts.action != "stock" and not facts.emergency
    if starts and building and starts <= occasion.today and first is not None:
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
            day = _day(sheet, one.name)
            if day is not None and day > occasion.today:
                one.problems.append(
                    Refusal(
                        _("This day lies in the future: it must have happened already."),
                        articles=one.articles,
                        field=one.name,
                    )
                )


def _amount(one: Field, *, zero: bool = False) -> Decimal | None:
    if one.is_empty:
        return None
    try:
        return read_amount(one.value, unit=one.unit, field=one.name, zero=zero)
    except Refusal as problem:
        one.problems.append(problem)
        return None


def _need(one: Field) -> None:
    if one.is_empty:
        one.problems.append(Missing(_("“%(label)s” is empty.") % {"label": one.label}, field=one.name))


def _check_money(sheet: Sheet, content: Mapping[str, Any]) -> None:
    section = sheet.section("money")
    if section is None:
        return
    total = None
    for one in section.fields:
        if one.kind == "amount":
            amount = _amount(one, zero=one.name == "money-om_cost")
            if one.name == "money-investment":
                total = amount
    group = section.groups[0]
    rows = typed_rows(group)
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
            _need(one)
        amounts.append(_amount(row[2]))
    if total is not None and all(amount is not None for amount in amounts):
        summed = sum((amount for amount in amounts if amount is not None), Decimal(0))
        if summed != total:
            group.problems.append(
                Refusal(
                    _(
                        "The lines add up to %(sum)s yuan, the total investment is %(total)s yuan:"
                        " the difference is %(gap)s yuan."
                    )
                    % {"sum": f"{summed:,.2f}", "total": f"{total:,.2f}", "gap": f"{summed - total:+,.2f}"},
                    field=group.name,
                )
            )


def _check_quotes(sheet: Sheet, setting: FormContext) -> None:
    section, asked = sheet.section("quotes"), setting.rules.quotes_for(setting.facts)
    if section is None or asked is None:
        return
    group = section.groups[0]
    rows = typed_rows(group)
    vendors: set[str] = set()
    for vendor, amount, _paper in rows:
        _need(vendor)
        _need(amount)
        _amount(amount)
        name = "".join(vendor.value.split()).casefold()
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
    for one in section.fields:
        if one.name.endswith("-answer") and one.value == YES:
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
    section = sheet.section("basics")
    for group in section.groups if section else ():
        confirmed = {(str(one.office_id), one.part) for one in setting.partners if one.confirmed_by}
        seen: set[str] = set()
        for office, part, _state in typed_rows(group):
            _need(office)
            _need(part)
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
        if group.required and not typed_rows(group):
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
        from jurisdictions.facts import OwnerKind

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
