"""Panels of experts: prepared by the office that leads them, drawn by lot, filled again where somebody goes."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Incomplete, NotPermitted, Refusal, Stale, WrongState, clean_text
from approvals import guards
from approvals.experts import links, lot
from approvals.experts.exclusions import known_of, sorted_out, why_out
from approvals.experts.library import known_specialities
from approvals.experts.ruling import PanelRule, kept_rule, rule_of
from approvals.models import GONE, Draw, DrawState, Expert, Panel, PanelState, Seat, SeatState
from workflow.clocks import clock
from workflow.machines.runner import perform
from workflow.models import Document, Step, StepState
from workflow.notices import notify
from workflow.route.offices import office_for
from workflow.stages import page
from workflow.trail import audit

MOST_EXPERTS = 99


def require_lead(actor: Actor, panel: Panel) -> None:
    """Raise `NotPermitted` unless the person's office leads the panel and they did not file the project."""
    if not actor.may("expert.convene") or not actor.in_office(panel.office_id):
        raise NotPermitted(_("“%(office)s” leads this panel.") % {"office": panel.office.name})
    guards.not_own_filing(actor, panel.project)


def locked(panel: Panel) -> Panel:
    """The panel locked, with its project as the caller has it."""
    found = Panel.objects.select_for_update(no_key=True, of=("self",)).select_related("office").get(pk=panel.pk)
    found.project = panel.project
    return found


# --- preparing ------------------------------------------------------------------------------------------------


def ask(*, actor: Actor, project: Any, purpose: str) -> Panel:
    """A unit asks the keeper of the library for experts of its project; the keeper prepares the panel.

    Raises `NotPermitted` for others than the project's units, `Refusal`s that name the field.
    """
    if not actor.may("declaration.file") or not (
        actor.in_office(project.applicant_id) or actor.in_office(project.owner_unit_id)
    ):
        raise NotPermitted(_("Experts are asked for by the units of the project."))
    _refuse_classified(project)
    assert actor.user is not None
    keeper = office_for(authority="experts", project=project)
    purpose = clean_text(purpose, field="purpose", most=200)
    if not purpose:
        raise Refusal(_("Please say what the experts are asked for."), field="purpose")
    rule = rule_of(project=project, step=None)
    with audit.act():
        panel = Panel(
            project=project,
            office=keeper,
            purpose=purpose,
            rule=rule.kept(),
            asked_by=actor.user,
        )
        panel.save()
        new = {"purpose": purpose, "office": keeper.name}
        audit.entry(actor=actor, action="panel.ask", record=panel, project=project, new=new, articles=rule.articles)
        notify.tell(
            office=keeper,
            permission="expert.convene",
            kind="experts_asked",
            project=project,
            key=f"experts-asked:{panel.pk}",
            data={"by": actor.name},
            path=page("panel", panel.county.code, pk=panel.pk),
        )
    return panel


def prepare(
    *,
    actor: Actor,
    project: Any,
    values: Mapping[str, Any],
    step: Step | None = None,
    panel: Panel | None = None,
    seen_version: int | None = None,
) -> Panel:
    """Prepare a panel, or change one that is prepared or was asked for.

    `values`: `purpose`, `size`, `places` (speciality to count), `kept_out`, `papers`, `due_on`. What the county's rules
    ask is checked and kept with it. Raises `Incomplete` that names the fields, `NotPermitted`, `Stale`, `WrongState`.
    """
    assert actor.user is not None and actor.office is not None
    _refuse_classified(project)
    if panel is not None:
        require_lead(actor, panel)
        step = panel.step
    elif not actor.may("expert.convene"):
        raise NotPermitted(_("Your role does not convene experts."))
    else:
        guards.not_own_filing(actor, project)
        if step is not None and not actor.in_office(step.office_id):
            raise NotPermitted(_("This step lies with another office."), articles=step.articles)
        if step is not None and step.state not in (StepState.COMING, StepState.OPEN, StepState.WAITING):
            raise WrongState(_("This step has ended: no experts are asked for it any more."))
    rule = rule_of(project=project, step=step)
    found = _checked(values, rule, project)
    with audit.act():
        if panel is None:
            made = Panel(project=project, step=step, office=actor.office, asked_by=actor.user)
        else:
            made = locked(panel)
            if seen_version is not None and made.version != seen_version:
                raise Stale()
            is_fixed = made.draws.exclude(state=DrawState.VOID).exists()
            if made.state not in (PanelState.ASKED, PanelState.PREPARED) or is_fixed:
                raise WrongState(_("The lot was committed to or drawn: the panel is not changed any more."))
        old = {key: getattr(made, key) for key in found} if panel is not None else None
        for key, value in found.items():
            setattr(made, key, value)
        made.rule = rule.kept()
        made.version += panel is not None
        made.save()
        audit.entry(
            actor=actor,
            action="panel.prepare",
            record=made,
            project=project,
            old=old,
            new=found,
            articles=rule.articles,
        )
        if made.state == PanelState.ASKED:
            perform(made, "take_up", actor=actor, is_locked=True)
    return made


def _refuse_classified(project: Any) -> None:
    if project.classified:
        raise Refusal(_("This project is classified: it is handled by the secrecy rules, outside this program."))


def _checked(values: Mapping[str, Any], rule: PanelRule, project: Any) -> dict[str, Any]:
    problems: list[Refusal] = []

    def wrong(field: str, said: str, *, by_rule: bool = False) -> None:
        problems.append(Refusal(said, field=field, articles=rule.articles if by_rule else ()))

    purpose = clean_text(str(values.get("purpose") or ""), field="purpose", most=200)
    if not purpose:
        wrong("purpose", _("Please say what the experts are asked for."))
    size = values.get("size") or 0
    places = [{"speciality": key, "count": count} for key, count in (values.get("places") or {}).items() if count]
    drawn = sum(one["count"] for one in places)
    if not 1 <= size <= MOST_EXPERTS:
        wrong("size", _("Please enter how many experts there are to be."))
    elif size < rule.at_least:
        wrong("size", _("At least %(count)s experts are asked for.") % {"count": rule.at_least}, by_rule=True)
    if rule.odd and size % 2 == 0:
        wrong("size", _("The number of experts must be odd."), by_rule=True)
    if drawn > size:
        wrong("places", _("More are drawn (%(drawn)s) than there are experts.") % {"drawn": drawn})
    elif size - drawn > rule.named_at_most(size):
        least = size - rule.named_at_most(size)
        wrong("places", _("At least %(count)s of them must be drawn by lot.") % {"count": least}, by_rule=True)
    if rule.by_category and any(not one["speciality"] for one in places):
        wrong("places", _("They are drawn by speciality: please say of which."), by_rule=True)
    known = known_specialities()
    if any(one["speciality"] and one["speciality"] not in known for one in places):
        wrong("places", _("One of the specialities is not in the county's list any more."))
    due_on = values.get("due_on")
    if due_on is None or due_on <= clock.today():
        wrong("due_on", _("Please enter a day to come by which the opinions are given."))
    kept_out = [said for one in values.get("kept_out") or () if (said := clean_text(one, field="kept_out", most=120))]
    papers = Document.objects.active().filter(project=project, pk__in=values.get("papers") or [])
    if problems:
        raise Incomplete(_("The panel is not complete."), items=problems)
    return {
        "purpose": purpose,
        "size": size,
        "places": places,
        "kept_out": kept_out,
        "papers": sorted(papers.values_list("pk", flat=True)),
        "due_on": due_on,
    }


def extend(*, actor: Actor, panel: Panel, due_on: dt.date | None) -> Panel:
    """Give the experts until a later day; links made from then on are good until it."""
    with audit.act():
        made = locked(panel)
        require_lead(actor, made)
        if made.state != PanelState.SITTING:
            raise WrongState(_("This panel gives no opinions any more."))
        if due_on is None or due_on <= clock.today() or (made.due_on is not None and due_on <= made.due_on):
            raise Refusal(_("Please enter a later day to come."), field="due_on")
        old, made.due_on, made.version = made.due_on, due_on, made.version + 1
        made.save(update_fields=["due_on", "version"])
        audit.entry(
            actor=actor,
            action="panel.extend",
            record=made,
            project=made.project,
            old={"due_on": old},
            new={"due_on": due_on},
        )
    return made


def cancel(*, actor: Actor, panel: Panel, reason: str, seen_version: int | None = None) -> Panel:
    """Give a panel up, with a reason; its links open nothing any more."""
    require_lead(actor, panel)
    with audit.act():
        perform(panel, "cancel", actor=actor, seen_version=seen_version, reason=_reason(reason))
        for seat in Seat.objects.filter(panel=panel):
            links.close(seat)
    return panel


def _reason(reason: str, *, articles: Sequence[str] = ()) -> str:
    said = clean_text(reason, field="reason", most=1000)
    if not said:
        raise Refusal(_("Please state the reason; it stays visible with the draw."), field="reason", articles=articles)
    return said


# --- the lot --------------------------------------------------------------------------------------------------


def sitting(panel: Panel) -> list[Seat]:
    """The seats that count, oldest first."""
    return list(Seat.objects.filter(panel=panel).exclude(state__in=GONE).select_related("expert"))


def vacant(panel: Panel, seats: Sequence[Seat]) -> list[dict[str, Any]]:
    """The places of the lot that nobody sits on."""
    taken = Counter(one.speciality for one in seats if one.draw_id is not None)
    left = [{**place, "count": place["count"] - taken[place["speciality"]]} for place in panel.places]
    return [place for place in left if place["count"] > 0]


def commit(*, actor: Actor, panel: Panel, reason: str = "", whole: bool = False) -> Draw:
    """Make the seed of a draw and publish what commits to it, with the list of who may be drawn.

    Every draw but the first needs its reason. `whole` draws all places anew: allowed while nobody has been heard.
    Raises `WrongState`, `Refusal` where too few may be drawn.
    """
    with audit.act():
        made = locked(panel)
        require_lead(actor, made)
        if made.state not in (PanelState.PREPARED, PanelState.SITTING):
            raise WrongState(_("No experts are drawn for this panel now."))
        rule = kept_rule(made.rule)
        earlier = list(made.draws.all())
        if any(one.state == DrawState.COMMITTED for one in earlier):
            raise WrongState(_("A draw is committed to already: please carry it out."))
        said = _reason(reason, articles=rule.articles) if earlier else ""
        seats = sitting(made)
        if whole and earlier:
            seats = _emptied(actor, seats, said)
        places = vacant(made, seats)
        if not places:
            raise Refusal(_("No place of this panel is vacant."), articles=rule.articles)
        may, out = sorted_out(made, [one["speciality"] for one in places])
        taken = sorted({one.expert.employer_folded for one in seats})
        _enough(places, may, taken if rule.one_a_unit else (), rule)
        listed = [one._asdict() | {"specialities": list(one.specialities)} for one in may]
        seed = lot.new_seed()
        draw = Draw(
            panel=made,
            number=len(earlier) + 1,
            places=places,
            candidates=listed,
            left_out=out,
            taken=taken,
            one_a_unit=rule.one_a_unit,
            candidates_hash=lot.list_hash(listed),
            commitment=lot.commitment_of(seed),
            seed=seed,
            reason=said,
        )
        draw.save()
        audit.entry(
            actor=actor,
            action="draw.commit",
            record=draw,
            project=made.project,
            label=draw.trail_label(),
            new={
                "commitment": draw.commitment,
                "candidates_hash": draw.candidates_hash,
                "places": places,
                "reason": said,
            },
            articles=rule.articles,
        )
    return draw


def _emptied(actor: Actor, seats: Sequence[Seat], reason: str) -> list[Seat]:
    """Put everybody out who was drawn; gives who stays. Refused once somebody was heard."""
    if any(one.state == SeatState.SIGNED for one in seats):
        raise WrongState(_("An expert has signed an opinion already: only vacant places are drawn."))
    for seat in seats:
        if seat.draw_id is not None:
            perform(seat, "draw_anew", actor=actor, fields={"gone_because": reason})
            links.close(seat)
    return [one for one in seats if one.draw_id is None]


def _enough(
    places: Sequence[Mapping[str, Any]], may: Sequence[lot.Candidate], taken: Sequence[str], rule: PanelRule
) -> None:
    for place in places:
        speciality = place["speciality"]
        pool = [one for one in may if (not speciality or speciality in one.specialities) and one.unit not in taken]
        found = len({one.unit for one in pool}) if rule.one_a_unit else len(pool)
        if found < place["count"]:
            raise _too_few(lot.TooFew(speciality, place["count"], found), rule)


def _too_few(error: lot.TooFew, rule: PanelRule) -> Refusal:
    said = _("Of “%(speciality)s” %(wanted)s are to be drawn; only %(found)s may be.")
    named = error.speciality or _("any speciality")
    return Refusal(
        said % {"speciality": named, "wanted": error.wanted, "found": error.found},
        field="places",
        articles=rule.articles,
    )


def reveal(*, actor: Actor, draw: Draw, said: str = "", seen_version: int | None = None) -> Draw:
    """Draw: the seed is shown, and who was drawn takes a seat.

    `said` is what those present say first. Raises `WrongState` for a draw that was carried out, `Refusal` where the
    lot cannot fill all places.
    """
    said = clean_text(said, field="said", most=60)
    with audit.act():
        panel = locked(draw.panel)
        draw.panel = panel
        require_lead(actor, panel)
        rule = kept_rule(panel.rule)
        try:
            result = lot.draw(
                seed=draw.seed,
                said=said,
                places=draw.places,
                candidates=[lot.candidate_of(one) for one in draw.candidates],
                taken=draw.taken,
                one_a_unit=draw.one_a_unit,
            )
        except lot.TooFew as error:
            raise _too_few(error, rule) from error
        perform(
            draw,
            "reveal",
            actor=actor,
            seen_version=seen_version,
            articles=rule.articles,
            fields={"said": said, "result": result, "drawn_at": timezone.now()},
            seed=draw.seed,
        )
        experts = Expert.objects.in_bulk([int(one["key"]) for one in result])
        for one in result:
            _seat(actor, panel, experts[int(one["key"])], draw=draw, speciality=one["speciality"])
        _begin(actor, panel)
    return draw


def set_aside(*, actor: Actor, draw: Draw, reason: str) -> Draw:
    """Give up a draw that was committed to and not carried out, with a reason; it stays visible."""
    require_lead(actor, draw.panel)
    return perform(draw, "set_aside", actor=actor, fields={"reason": _reason(reason)})


def name_by_hand(*, actor: Actor, panel: Panel, expert: Expert, reason: str) -> Seat:
    """Name an expert without a lot, where the rules leave places for it; the reason stays visible.

    Raises `Refusal` for one who must stay out, of a unit that sits already, or beyond what may be named.
    """
    with audit.act():
        made = locked(panel)
        require_lead(actor, made)
        rule = kept_rule(made.rule)
        if made.state not in (PanelState.PREPARED, PanelState.SITTING):
            raise WrongState(_("No experts are named for this panel now."))
        said = _reason(reason, articles=rule.articles)
        seats = sitting(made)
        named = sum(one.draw_id is None for one in seats)
        drawn = sum(place["count"] for place in made.places)
        if named >= made.size - drawn:
            most = made.size - drawn
            text = _("%(count)s of this panel are named by hand, the others drawn by lot.") % {"count": most}
            raise Refusal(text, field="expert", articles=rule.articles)
        if why := why_out(expert, known_of(made)):
            text = _("%(name)s may not sit on this panel: %(why)s.") % {"name": expert.name, "why": why}
            raise Refusal(text, field="expert", articles=rule.articles)
        if rule.one_a_unit and expert.employer_folded in {one.expert.employer_folded for one in seats}:
            text = _("Somebody of %(unit)s sits already: one of each unit.") % {"unit": expert.employer}
            raise Refusal(text, field="expert", articles=rule.articles)
        seat = _seat(actor, made, expert, reason=said)
        _begin(actor, made)
    return seat


def _seat(actor: Actor, panel: Panel, expert: Expert, **values: Any) -> Seat:
    seat = Seat(panel=panel, expert=expert, name=expert.name, employer=expert.employer, **values)
    try:
        with transaction.atomic():
            seat.save()
    except IntegrityError:
        text = _("%(name)s sits or sat on this panel.") % {"name": expert.name}
        raise Refusal(text, field="expert") from None
    audit.entry(
        actor=actor,
        action="seat.place",
        record=seat,
        label=seat.trail_label(),
        new={"employer": seat.employer, "speciality": seat.speciality, "reason": seat.reason},
    )
    return seat


def _begin(actor: Actor, panel: Panel) -> None:
    if panel.state == PanelState.PREPARED:
        perform(panel, "seat", actor=actor, is_locked=True)


def replace(*, actor: Actor, seat: Seat, reason: str, seen_version: int | None = None) -> Seat:
    """Take an expert off a panel who has not signed, with a reason; the place is vacant and drawn anew."""
    require_lead(actor, seat.panel)
    with audit.act():
        perform(seat, "replace", actor=actor, seen_version=seen_version, fields={"gone_because": _reason(reason)})
        links.close(seat)
    return seat


def exported(draw: Draw) -> dict[str, Any]:
    """A draw as a file that anybody can check: the seed only once it was drawn."""
    is_drawn = draw.state == DrawState.DRAWN
    return {
        "format": lot.FORMAT,
        "panel": draw.panel.purpose,
        "project": draw.panel.project.number,
        "number": draw.number,
        "committed_at": draw.committed_at.isoformat(),
        "drawn_at": draw.drawn_at.isoformat() if draw.drawn_at else None,
        "commitment": draw.commitment,
        "candidates_hash": draw.candidates_hash,
        "places": draw.places,
        "candidates": draw.candidates,
        "left_out": draw.left_out,
        "taken": draw.taken,
        "one_a_unit": draw.one_a_unit,
        "reason": draw.reason,
        "seed": draw.seed if is_drawn else None,
        "said": draw.said,
        "result": draw.result,
    }


def overdue(panel: Panel, today: dt.date | None = None) -> bool:
    """Whether the day for the opinions has passed."""
    return panel.due_on is not None and panel.due_on < (today or clock.today())
