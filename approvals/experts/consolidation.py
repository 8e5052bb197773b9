"""What the lead makes of the opinions: sorted, averaged, those of the few kept, and put with the step as papers.

Before, the unit may be asked to present and supplement: it hands in a supplement, and who has signed is heard again.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import SYSTEM, Actor
from accounts.refusals import Incomplete, Refusal, WrongState, clean_text
from approvals.experts import links
from approvals.experts.opinions import asked
from approvals.experts.panels import locked, overdue, require_lead, sitting
from approvals.experts.ruling import OPINION_PAPER, kept_rule
from approvals.models import Conclusion, ExpertOpinion, Panel, PanelState, Seat, SeatState
from jurisdictions.templatetags.xunzhang import moment
from rendering.sheets import SheetColumn, write_xlsx
from workflow.documents import storage
from workflow.filings import services as filings
from workflow.filings.form import Ask, Part
from workflow.filings.kinds import FilingKind
from workflow.machines.runner import perform
from workflow.models import Filing, FilingState
from workflow.notices import notify
from workflow.stages import page
from workflow.trail import audit


def opinions_of(panel: Panel) -> list[ExpertOpinion]:
    """The last opinion of each expert who has signed and sits, in the order of their seats."""
    found = ExpertOpinion.objects.filter(seat__panel=panel, seat__state=SeatState.SIGNED).select_related("seat")
    return list({one.seat_id: one for one in found.order_by("seat", "round")}.values())


def averages(panel: Panel, opinions: Sequence[ExpertOpinion]) -> list[dict[str, Any]]:
    """Of each thing asked the average of the points, to one decimal, and what each expert said of it."""
    found = []
    for one in asked(panel):
        given = [(row.seat.name, row.points.get(one["key"], {})) for row in opinions]
        points = [int(said["points"]) for _name, said in given if "points" in said]
        average = Decimal(sum(points)) / len(points) if points else None
        found.append(
            {
                **one,
                "average": format(average.quantize(Decimal("0.1"), ROUND_HALF_UP), "f") if average is not None else "",
                "said": [{"name": name, **said} for name, said in given],
            }
        )
    return found


def minority(opinions: Sequence[ExpertOpinion]) -> list[ExpertOpinion]:
    """The opinions whose conclusion is not that of most; where there is no most, those that do not agree."""
    counts = Counter(one.conclusion for one in opinions).most_common()
    if len(counts) > 1 and counts[0][1] == counts[1][1]:
        return [one for one in opinions if one.conclusion != Conclusion.AGREE]
    return [one for one in opinions if one.conclusion != counts[0][0]] if counts else []


def consolidate(
    *, actor: Actor, panel: Panel, text: str, missing_reason: str = "", seen_version: int | None = None
) -> Panel:
    """End a panel: its opinions are sorted, averaged, and put with the step as the papers its rules name.

    Who has not signed is waited for until the day for the opinions; after it their absence is stated with its reason,
    as long as enough have signed for the rules. Raises `Incomplete` that names the fields, `WrongState`.
    """
    with audit.act():
        made = locked(panel)
        require_lead(actor, made)
        if made.state != PanelState.SITTING:
            raise WrongState(_("This panel is not giving opinions."))
        rule, seats, opinions = kept_rule(made.rule), sitting(made), opinions_of(made)
        waited_for = [one.name for one in seats if one.state != SeatState.SIGNED]
        said, why = clean_text(text, field="text"), clean_text(missing_reason, field="missing_reason", most=1000)
        problems = []
        if not said:
            problems.append(Refusal(_("Please write the consolidated opinion."), field="text"))
        if waited_for and not overdue(made):
            names = {"names": "、".join(waited_for)}
            problems.append(Refusal(_("Opinions are still being waited for: %(names)s.") % names))
        elif waited_for and not why:
            wanted = _("Please say why the panel ends without %(names)s.") % {"names": "、".join(waited_for)}
            problems.append(Refusal(wanted, field="missing_reason"))
        if len(opinions) < rule.at_least:
            least = _("At least %(count)s experts must have signed; %(found)s have.")
            counts = {"count": rule.at_least, "found": len(opinions)}
            problems.append(Refusal(least % counts, articles=rule.articles))
        elif rule.odd and len(opinions) % 2 == 0:
            problems.append(Refusal(_("An odd number of experts must have signed."), articles=rule.articles))
        if made.supplement is not None and made.supplement.state == FilingState.DRAFT:
            problems.append(Refusal(_("The unit was asked for a supplement and has not handed it in.")))
        if problems:
            raise Incomplete(_("The opinions are not consolidated yet."), items=problems)
        summary = {
            "text": said,
            "averages": [{key: one[key] for key in ("key", "text", "average")} for one in averages(made, opinions)],
            "conclusions": dict(Counter(one.conclusion for one in opinions)),
            "minority": [{"name": one.seat.name, "text": one.text} for one in minority(opinions)],
            "missing": waited_for,
            "missing_reason": why,
        }
        papers = _papers(actor, made, opinions, summary)
        perform(
            made,
            "consolidate",
            actor=actor,
            seen_version=seen_version,
            is_locked=True,
            articles=rule.articles,
            fields={"summary": {**summary, "papers": papers}},
        )
        for seat in seats:
            links.close(seat)
    panel.refresh_from_db()
    return made


def _papers(actor: Actor, panel: Panel, opinions: Sequence[ExpertOpinion], summary: dict[str, Any]) -> list[int]:
    rule = kept_rule(panel.rule)
    made = {rule.opinion or OPINION_PAPER: (_("Signed opinions of the experts"), signed_sheet(panel, opinions))}
    made[rule.sorted or "sorted_opinions"] = (
        _("Opinions of the experts, sorted"),
        sorted_sheet(panel, opinions, summary),
    )
    return [
        storage.store_generated(
            actor=actor,
            project=panel.project,
            purpose=purpose,
            name=f"{title} {panel.pk}.xlsx",
            content=content,
            subject=panel.step if panel.step is not None else panel,
        ).pk
        for purpose, (title, content) in made.items()
    ]


def _written(title: str, note: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    file = io.BytesIO()
    write_xlsx(file, title=title, note=note, columns=[SheetColumn(one) for one in heads], rows=rows)
    return file.getvalue()


def signed_sheet(panel: Panel, opinions: Sequence[ExpertOpinion]) -> bytes:
    """Each opinion as it was signed, with moment and hash: an xlsx."""
    names = {one["key"]: one["text"] for one in asked(panel)}
    rows = [
        [
            one.seat.name,
            one.seat.employer,
            str(Conclusion(one.conclusion).label),
            "\n".join(f"{names.get(key, key)}：{said['points']} {said['text']}" for key, said in one.points.items()),
            one.text,
            one.statement,
            f"{one.signed_name}\n{moment(one.signed_at)}",
            one.sha256,
        ]
        for one in opinions
    ]
    heads = ("Expert", "Employer", "Conclusion", "Points", "Opinion", "Statement", "Signed", "SHA-256")
    labels = [HEADS[one] for one in heads]
    note = f"{panel.project.number} {panel.project.name} · {panel.purpose}"
    return _written(_("Signed opinions of the experts"), note, [str(one) for one in labels], rows)


HEADS = {
    "Expert": gettext_lazy("Expert"),
    "Employer": gettext_lazy("Employer"),
    "Conclusion": gettext_lazy("Conclusion"),
    "Points": gettext_lazy("Points"),
    "Opinion": gettext_lazy("Opinion"),
    "Statement": gettext_lazy("Statement"),
    "Signed": gettext_lazy("Signed"),
    "SHA-256": gettext_lazy("SHA-256"),
}


def sorted_sheet(panel: Panel, opinions: Sequence[ExpertOpinion], summary: dict[str, Any]) -> bytes:
    """What the experts said, sorted by what was asked and by conclusion, with averages and the few: an xlsx."""
    rows = [
        [one["text"], said["name"], str(said.get("points", "")), said.get("text", ""), one["average"]]
        for one in averages(panel, opinions)
        for said in one["said"]
    ]
    for conclusion in Conclusion:
        rows += [
            [str(conclusion.label), one.seat.name, "", one.text, ""] for one in opinions if one.conclusion == conclusion
        ]
    rows += [[_("Opinion of the few"), one["name"], "", one["text"], ""] for one in summary["minority"]]
    rows.append([_("Consolidated opinion of the experts"), "", "", summary["text"], ""])
    heads = [_("Point"), _("Expert"), _("Points"), _("Opinion"), _("Average")]
    note = f"{panel.project.number} {panel.project.name} · {panel.purpose}"
    return _written(_("Opinions of the experts, sorted"), note, heads, rows)


# --- the supplement -------------------------------------------------------------------------------------------


class Supplement(FilingKind[Filing]):
    """What a unit presents and supplements while experts look at its project."""

    key = "expert_supplement"
    label = gettext_lazy("Presentation and supplement")
    parts = (
        Part(
            "supplement",
            gettext_lazy("Presentation and supplement"),
            asks=(
                Ask("text", gettext_lazy("What the unit says"), "area", required=True, limit=4000),
                Ask("supplement", gettext_lazy("Papers"), "paper"),
            ),
        ),
    )

    def submitted(self, filing: Filing, actor: Actor) -> None:
        """Who has signed is heard again, and sees what was supplemented."""
        panel: Panel = Panel.objects.select_for_update(no_key=True, of=("self",)).get(supplement=filing)
        panel.project = filing.project
        for seat in Seat.objects.filter(panel=panel, state=SeatState.SIGNED).select_related("panel"):
            seat.panel = panel
            perform(seat, "hear_again", actor=SYSTEM)
        papers = [one.pk for one in self.papers(filing) if one.withdrawn_at is None]
        Panel.objects.filter(pk=panel.pk).update(papers=sorted({*panel.papers, *papers}))
        notify.tell(
            office=panel.office,
            permission="expert.convene",
            kind="expert_supplement",
            project=filing.project,
            key=f"expert-supplement:{filing.pk}",
            data={"by": filing.unit.name},
            path=page("panel", panel.county.code, pk=panel.pk),
        )


SUPPLEMENT = Supplement()


def ask_supplement(*, actor: Actor, panel: Panel, text: str) -> Filing:
    """Ask the unit to present and supplement, with what is wanted; it hands in a form for that."""
    with audit.act():
        made = locked(panel)
        require_lead(actor, made)
        if made.state != PanelState.SITTING:
            raise WrongState(_("This panel is not giving opinions."))
        if made.supplement is not None and made.supplement.state == FilingState.DRAFT:
            raise WrongState(_("The unit was asked already and has not handed it in."))
        wanted = clean_text(text, field="wanted", most=1000)
        if not wanted:
            raise Refusal(_("Please say what the unit is to present or supplement."), field="wanted")
        filing = filings.start(actor=SYSTEM, kind=SUPPLEMENT, unit=made.project.applicant, project=made.project)
        Panel.objects.filter(pk=made.pk).update(supplement=filing)
        panel.supplement = filing
        audit.entry(
            actor=actor,
            action="panel.ask_supplement",
            record=made,
            project=made.project,
            new={"reason": wanted},
            articles=kept_rule(made.rule).articles,
        )
        notify.tell(
            office=made.project.applicant,
            permission="declaration.file",
            kind="supplement_asked",
            project=made.project,
            key=f"supplement-asked:{filing.pk}",
            data={"reason": wanted},
            path=SUPPLEMENT.url(filing),
        )
    return filing
