"""The county's library of experts: who is in it, for what, and whether they may be drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Incomplete, NotPermitted, Refusal, Stale, clean_text
from approvals.models import Expert, FeeRate, Speciality
from jurisdictions.folding import folded_name
from workflow.machines.runner import perform
from workflow.route.offices import office_for
from workflow.trail import audit

FIELDS = ("name", "title", "employer", "specialities", "phone", "email", "away_until", "note")
MOVES = ("suspend", "reinstate", "leave")


def require_keeper(actor: Actor) -> None:
    """Raise `NotPermitted` unless the person belongs to the office that keeps the library."""
    keeper = office_for(authority="experts", project=None)
    if not actor.may("expert.manage") or not actor.in_office(keeper.pk):
        raise NotPermitted(_("%(office)s keeps the library of experts.") % {"office": keeper.name})


def is_keeper(actor: Actor) -> bool:
    """Whether the person belongs to the office that keeps the library."""
    try:
        require_keeper(actor)
    except Refusal:
        return False
    return True


def known_specialities() -> list[str]:
    """The specialities of the county's list that are in use."""
    return list(Speciality.objects.filter(is_used=True).values_list("name", flat=True))


def checked(values: Mapping[str, Any], known: Sequence[str]) -> dict[str, Any]:
    """What is kept of an expert, looked through. Raises `Incomplete` with every field that is missing or wrong."""
    problems: list[Refusal] = []
    found: dict[str, Any] = {"email": values.get("email") or "", "away_until": values.get("away_until")}
    for field, most in (("name", 40), ("title", 40), ("employer", 120), ("phone", 40), ("note", 200)):
        try:
            found[field] = clean_text(str(values.get(field) or ""), field=field, most=most)
        except Refusal as refusal:
            found[field] = ""
            problems.append(refusal)
    if not found["name"] and not problems:
        problems.append(Refusal(_("Please enter the name."), field="name"))
    if not folded_name(found["employer"]) and not problems:
        problems.append(
            Refusal(_("Please enter the employer: by it experts of a unit concerned stay out."), field="employer")
        )
    found["specialities"] = list(dict.fromkeys(values.get("specialities") or []))
    if not found["specialities"]:
        problems.append(Refusal(_("Please choose at least one speciality."), field="specialities"))
    if strange := [one for one in found["specialities"] if one not in known]:
        said = _("“%(names)s” is not in the county's list of specialities.") % {"names": "、".join(strange)}
        problems.append(Refusal(said, field="specialities"))
    if problems:
        raise Incomplete(_("The expert is not complete."), items=problems)
    found["employer_folded"] = folded_name(found["employer"])[:120]
    return found


def add(*, actor: Actor, values: Mapping[str, Any]) -> Expert:
    """Take an expert into the library. Raises `NotPermitted`, `Incomplete`; `Refusal` for one that is there."""
    require_keeper(actor)
    found = checked(values, known_specialities())
    with audit.act():
        expert = Expert(**found)
        _saved(expert)
        audit.entry(actor=actor, action="expert.add", record=expert, label=expert.name, new=_noted(found))
    return expert


def change(*, actor: Actor, expert: Expert, values: Mapping[str, Any], seen_version: int | None = None) -> Expert:
    """Change what is kept of an expert. Raises as `add` does, and `Stale` where somebody changed it meanwhile."""
    require_keeper(actor)
    kept = [
        one for one in expert.specialities if one not in known_specialities()
    ]  # no longer in the list, still theirs
    found = checked(values, [*known_specialities(), *kept])
    with audit.act():
        locked = Expert.objects.select_for_update(no_key=True).get(pk=expert.pk)
        if seen_version is not None and seen_version != locked.version:
            raise Stale()
        old = {field: getattr(locked, field) for field in found}
        for field, value in found.items():
            setattr(locked, field, value)
        locked.version += 1
        _saved(locked)
        changed = [field for field in found if old[field] != found[field]]
        audit.entry(
            actor=actor,
            action="expert.change",
            record=locked,
            label=locked.name,
            old=_noted({field: old[field] for field in changed}),
            new=_noted({field: found[field] for field in changed}),
        )
    return locked


def move(*, actor: Actor, expert: Expert, name: str, seen_version: int | None = None) -> Expert:
    """Suspend, reinstate or take an expert out of the library; who sits on a panel stays there."""
    require_keeper(actor)
    if name not in MOVES:
        raise Refusal(_("Please choose what is to be done."), field="move")
    return perform(expert, name, actor=actor, seen_version=seen_version)


def _saved(expert: Expert) -> None:
    try:
        with transaction.atomic():
            expert.save()
    except IntegrityError:
        said = _("%(name)s of %(employer)s is in the library already.")
        raise Refusal(said % {"name": expert.name, "employer": expert.employer}, field="name") from None


def _noted(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the audit trail keeps: that how to reach somebody changed, not their number."""
    hidden = ("phone", "email")
    return {
        key: ("…" if key in hidden and value else value) for key, value in values.items() if key != "employer_folded"
    }


# --- the county's lists ---------------------------------------------------------------------------------------


def set_specialities(*, actor: Actor, names: Sequence[str]) -> list[str]:
    """The county's list of specialities: what is left out is not offered any more, and stays with who has it."""
    require_keeper(actor)
    wanted = list(dict.fromkeys(said for one in names if (said := clean_text(one, field="specialities", most=40))))
    if not wanted:
        raise Refusal(_("Please enter at least one speciality."), field="specialities")
    with audit.act():
        old = known_specialities()
        Speciality.objects.exclude(name__in=wanted).update(is_used=False)
        for name in wanted:
            Speciality.objects.update_or_create(name=name, defaults={"is_used": True})
        if sorted(old) != sorted(wanted):
            audit.entry(
                actor=actor,
                action="expert.specialities",
                label=_("Specialities"),
                old={"specialities": old},
                new={"specialities": wanted},
            )
    return wanted


def set_rates(*, actor: Actor, rates: Sequence[tuple[str, Decimal]]) -> None:
    """The county's list of fees, in yuan a day; what was paid by an old rate stays as it was."""
    require_keeper(actor)
    wanted = {clean_text(name, field="rates", most=40): amount for name, amount in rates}
    if any(not name or amount < 0 for name, amount in wanted.items()):
        raise Refusal(_("Each rate needs a name and an amount."), field="rates")
    with audit.act():
        old = {one.name: one.a_day for one in FeeRate.objects.filter(is_used=True)}
        FeeRate.objects.exclude(name__in=wanted).update(is_used=False)
        for name, amount in wanted.items():
            FeeRate.objects.update_or_create(name=name, defaults={"a_day": amount, "is_used": True})
        if old != wanted:
            audit.entry(
                actor=actor, action="expert.rates", label=_("Fees a day"), old={"rates": old}, new={"rates": wanted}
            )
