"""Checks that every form shares: what is missing, not on the list, too long, no amount or no day."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.refusals import Incomplete, Refusal
from workflow.filings.content import read_amount, read_day
from workflow.filings.parts import Field, Missing, Sheet


def require_complete(sheet: Sheet) -> None:
    """Raise `Incomplete` with every missing or wrong item."""
    if problems := sheet.problems:
        raise Incomplete(
            _("It is not complete: %(count)s points are missing or wrong. Nothing was handed in yet.")
            % {"count": len(problems)},
            items=problems,
        )


def check_fields(sheet: Sheet) -> None:
    """Look at each field by itself, and put what is missing or wrong at it."""
    for section in sheet.sections:
        for one in section.all_fields():
            _check_field(one)


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


def check_values(sheet: Sheet) -> None:
    """Look at each amount and day: what cannot be read as one is put at it."""
    for section in sheet.sections:
        for one in section.all_fields():
            if one.kind == "amount":
                amount_in(one)
            elif one.kind == "date":
                day_in(one)


def check_filled(one: Field) -> None:
    """A column of a row in which something was typed is filled in."""
    if one.is_empty:
        one.problems.append(Missing(_("“%(label)s” is empty.") % {"label": one.label}, field=one.name))


def day_in(one: Field | None) -> dt.date | None:
    """The day in a field; what cannot be read is put at it as a problem. None for that and for nothing."""
    if one is None or one.is_empty:
        return None
    try:
        return read_day(one.value, field=one.name)
    except Refusal as problem:
        one.problems.append(problem)
        return None


def amount_in(one: Field, *, zero: bool = False) -> Decimal | None:
    """The yuan in a field; what cannot be read is put at it as a problem. None for that and for nothing."""
    if one.is_empty:
        return None
    try:
        return read_amount(one.value, unit=one.unit, field=one.name, zero=zero)
    except Refusal as problem:
        one.problems.append(problem)
        return None
