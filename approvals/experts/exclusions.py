"""Who may be drawn for a panel, and who stays out and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Office
from approvals.experts.lot import Candidate
from approvals.experts.ruling import kept_rule
from approvals.models import GONE, Expert, Panel, Seat, SeatState, Standing
from jurisdictions.calendars.periods import add_months
from jurisdictions.folding import folded_name
from jurisdictions.templatetags.xunzhang import day
from projects.models import PartnerUnit
from workflow.clocks import clock


@dataclass(frozen=True)
class Known:
    """What is known of a panel's surroundings when its experts are looked at: read once for all of them."""

    own: frozenset[str]  # folded names of the project's units, former ones included
    named: frozenset[str]  # folded names of the units that the lead named
    seated: frozenset[int]  # who sits or sat on this very panel
    gone: frozenset[int]  # who declared a conflict for this project, or was replaced
    lately: frozenset[int]  # who sat for the unit within the time of the rules
    today: dt.date


def known_of(panel: Panel) -> Known:
    """Read it."""
    project = panel.project
    partners = PartnerUnit.objects.filter(project=project).values("office")
    units = Office.objects.filter(Q(pk__in=[project.applicant_id, project.owner_unit_id]) | Q(pk__in=partners))
    names = [name for unit in units for name in (unit.name, *(one["name"] for one in unit.former_names))]
    gone = Seat.objects.filter(panel__project=project, state=SeatState.OUT)
    return Known(
        own=frozenset(map(folded_name, names)),
        named=frozenset(filter(None, map(folded_name, panel.kept_out))),
        seated=frozenset(
            Seat.objects.filter(panel=panel).exclude(state=SeatState.REDRAWN).values_list("expert_id", flat=True)
        ),
        gone=frozenset(gone.values_list("expert_id", flat=True)),
        lately=_lately(panel),
        today=clock.today(),
    )


def _lately(panel: Panel) -> frozenset[int]:
    rest = kept_rule(panel.rule).rest
    if not rest:
        return frozenset()
    today, amount = clock.today(), int(rest["amount"])
    if rest["unit"] in ("month", "year"):
        since = add_months(today, -amount * (12 if rest["unit"] == "year" else 1))
    else:
        since = today - dt.timedelta(amount)
    sat = Seat.objects.exclude(state__in=GONE).exclude(panel=panel)
    sat = sat.filter(panel__project__applicant=panel.project.applicant_id, placed_at__date__gt=since)
    return frozenset(sat.values_list("expert_id", flat=True))


def is_of(employer: str, units: Iterable[str]) -> bool:
    """Whether a folded employer is one of the units, or a part of one: 县教育局电教馆 is of 县教育局."""
    return any(employer.startswith(unit) for unit in units)


def why_out(expert: Expert, known: Known) -> str:
    """Why an expert may not be drawn or named for a panel; nothing where they may."""
    if expert.state != Standing.ACTIVE:
        return _("standing in the library: %(state)s") % {"state": expert.get_state_display()}
    if expert.away_until is not None and expert.away_until > known.today:
        return _("not available until %(day)s") % {"day": day(expert.away_until)}
    if is_of(expert.employer_folded, known.own):
        return _("of a unit of this project")
    if is_of(expert.employer_folded, known.named):
        return _("of a unit named as concerned")
    if expert.pk in known.seated:
        return _("sits or sat on this panel")
    if expert.pk in known.gone:
        return _("was replaced on a panel of this project")
    if expert.pk in known.lately:
        return _("sat for this unit lately")
    return ""


def sorted_out(panel: Panel, specialities: Sequence[str]) -> tuple[list[Candidate], list[dict[str, Any]]]:
    """Of the library, who may be drawn for a panel and who stays out; those of other specialities are in neither."""
    known, wanted = known_of(panel), set(specialities)
    may, out = [], []
    for expert in Expert.objects.exclude(state=Standing.LEFT).order_by("pk"):
        if "" not in wanted and wanted.isdisjoint(expert.specialities):
            continue
        if why := why_out(expert, known):
            out.append({"name": expert.name, "employer": expert.employer, "why": why})
            continue
        unit, fields = expert.employer_folded, tuple(sorted(expert.specialities))
        may.append(Candidate(f"{expert.pk:08d}", expert.name, expert.employer, unit, fields))
    return may, out
