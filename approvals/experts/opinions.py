"""What an expert does by their link: declare a conflict or none, then give points and an opinion, and sign."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Incomplete, Refusal, WrongState, clean_text
from approvals.experts import links, lot
from approvals.experts.ruling import kept_rule
from approvals.models import Conclusion, ExpertOpinion, Panel, PanelState, Seat, SeatState
from jurisdictions.fields import whole
from jurisdictions.folding import folded_name
from workflow.machines.runner import perform
from workflow.models import Step
from workflow.notices import notify
from workflow.route.hindrances import Hindrance
from workflow.stages import page
from workflow.trail import audit

WHOLE = "whole"  # the key of the points where the rules name nothing that is asked
MOST_POINTS = 100


def still_asked(step: Step) -> Iterator[Hindrance]:
    """A step is not decided while experts are being asked about it: their panel is consolidated or given up first."""
    if "experts" not in (*step.participants, *step.rule.get("may_ask", ())):
        return
    waits = Panel.objects.filter(step=step).exclude(state__in=(PanelState.CLOSED, PanelState.CANCELLED)).first()
    if waits is not None:
        said = _("Experts are being asked (%(what)s, %(state)s): their opinions are consolidated first.")
        named = {"what": waits.purpose, "state": waits.get_state_display()}
        yield Hindrance("experts", said % named, kept_rule(waits.rule).articles, refused_as=WrongState)


def asked(panel: Panel) -> list[dict[str, str]]:
    """What each expert gives points for: `key`, `text`."""
    return kept_rule(panel.rule).asks or [{"key": WHOLE, "text": _("The project as a whole")}]


def statement(seat: Seat) -> str:
    """What the signature stands under."""
    return _(
        "I have read the papers shown to me, have no interest in this project and its units beyond what I declared, "
        "and answer for this opinion being sound and fair."
    )


def declare(*, actor: Actor, seat: Seat, has_conflict: bool, text: str = "") -> Seat:
    """The expert declares a conflict of interest, and goes; or none, and may read the papers.

    A conflict is said in words. Raises `Refusal`, `WrongState` where it was declared already.
    """
    with audit.act():
        _lock(seat)
        if not has_conflict:
            return perform(seat, "clear", actor=actor)
        said = clean_text(text, field="conflict", most=1000)
        if not said:
            raise Refusal(_("Please say in a few words what the conflict is."), field="conflict")
        perform(seat, "conflict", actor=actor, fields={"gone_because": said})
        links.spend(seat)
        tell_lead(seat, "expert_conflict")
    return seat


def sign(*, actor: Actor, seat: Seat, values: Mapping[str, Any]) -> ExpertOpinion:
    """The expert signs an opinion: `conclusion`, `text`, `points-KEY`, `text-KEY`, `name`, `agreed`.

    The name is typed as it stands in the library; moment and hash of what was signed are kept, and the link is spent.
    Raises `Incomplete` that names the fields, `WrongState`.
    """
    with audit.act():
        _lock(seat)
        if seat.state != SeatState.CLEARED:
            raise WrongState(_("Please declare first whether you have a conflict of interest."))
        found = _checked(seat, values)
        round_ = seat.opinions.count() + 1
        now = timezone.now()
        opinion = ExpertOpinion(seat=seat, round=round_, signed_at=now, statement=statement(seat), **found)
        opinion.sha256 = content_hash(opinion)
        opinion.save()
        perform(seat, "sign", actor=actor, round=round_, conclusion=opinion.conclusion, sha256=opinion.sha256)
        links.spend(seat)
        if not Seat.objects.filter(panel=seat.panel, state__in=(SeatState.PLACED, SeatState.CLEARED)).exists():
            tell_lead(seat, "experts_complete")
    return opinion


def content_hash(opinion: ExpertOpinion) -> str:
    """The SHA-256 of what was signed, with whose seat, by whom and when, in hexadecimal."""
    signed = {
        "seat": opinion.seat_id,
        "round": opinion.round,
        "conclusion": opinion.conclusion,
        "points": opinion.points,
        "text": opinion.text,
        "statement": opinion.statement,
        "name": opinion.signed_name,
        "at": opinion.signed_at.isoformat(),
    }
    return hashlib.sha256(lot.canonical(signed)).hexdigest()


def _lock(seat: Seat) -> None:
    """Only while the panel sits, and one at a time: the lead may consolidate or replace at the same moment."""
    panel = Panel.objects.select_for_update(no_key=True, of=("self",)).get(pk=seat.panel_id)
    if panel.state != PanelState.SITTING:
        raise WrongState(_("This panel gives no opinions any more."))


def _checked(seat: Seat, values: Mapping[str, Any]) -> dict[str, Any]:
    problems: list[Refusal] = []

    def said(field: str, *, most: int = 4000) -> str:
        try:
            return clean_text(str(values.get(field) or ""), field=field, most=most)
        except Refusal as refusal:
            problems.append(refusal)
            return "…"

    points = {}
    for one in asked(seat.panel):
        number = whole(str(values.get(f"points-{one['key']}") or "").strip())
        if number is None or number > MOST_POINTS:
            text = _("%(what)s: please give points from 0 to 100.") % {"what": one["text"]}
            problems.append(Refusal(text, field=f"points-{one['key']}", articles=kept_rule(seat.panel.rule).articles))
        points[one["key"]] = {"points": number or 0, "text": said(f"text-{one['key']}", most=2000)}
    conclusion, text = str(values.get("conclusion") or ""), said("text")
    if conclusion not in Conclusion.values:
        problems.append(Refusal(_("Please choose a conclusion."), field="conclusion"))
    if not text:
        problems.append(Refusal(_("Please write your opinion."), field="text"))
    name = said("name", most=40)
    if folded_name(name) != folded_name(seat.name):
        problems.append(Refusal(_("Please sign with your name as it stands above."), field="name"))
    if not values.get("agreed"):
        problems.append(Refusal(_("Please confirm the statement: with it you sign."), field="agreed"))
    if problems:
        raise Incomplete(_("The opinion is not signed yet."), items=problems)
    return {"conclusion": conclusion, "text": text, "points": points, "signed_name": name}


def tell_lead(seat: Seat, kind: str) -> None:
    """The office that leads the panel hears of it."""
    panel = seat.panel
    notify.tell(
        office=panel.office,
        permission="expert.convene",
        kind=kind,
        project=panel.project,
        key=f"{kind}:{seat.pk}:{seat.version}",
        data={"by": seat.name},
        path=page("panel", panel.county.code, pk=panel.pk),
    )
