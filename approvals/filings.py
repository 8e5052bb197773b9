"""What the unit hands in for a step that an office then decides: proposal, feasibility report, design, budget, plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.refusals import Refusal
from jurisdictions.fields import whole
from jurisdictions.rules.vocabulary import COST_LINES, HANDED_IN_STEPS, MONEY_STAGES, STEPS
from jurisdictions.templatetags.xunzhang import wan
from projects.models import CostLine
from projects.money import usual_shares
from projects.ruling import ruleset_of
from projects.services.money import Sum
from workflow.filings.content import rows_at, text_at
from workflow.filings.for_steps import StepFiling
from workflow.filings.form import Ask, Part, Rows, build
from workflow.filings.parts import Sheet
from workflow.models import Filing, FilingState, Step
from workflow.models.documents import by_purpose

CONTENT, MONEY, PAPERS = "content", "money", "papers"
YEARS = 7  # that a form offers
BEYOND = (("no", gettext_lazy("No, within what was approved")), ("yes", gettext_lazy("Yes, beyond what was approved")))
BEYOND_FIELD = f"{CONTENT}-beyond"
MAJOR = "major"  # as is asked only where the rules send an earlier step back


class ApprovalPapers(StepFiling):
    """The papers of one step with a short form: what is built, the sum on the cost lines, the papers themselves."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.label = STEPS[key]

    def sections(self) -> Sequence[str]:
        return (CONTENT, MONEY, PAPERS)

    def sheet(self, filing: Filing, content: Mapping[str, Any] | None = None, *, reading: Any = None) -> Sheet:
        papers = by_purpose(self.reading(filing) if reading is None else reading)
        return build(self._parts(filing), filing.content if content is None else content, papers)

    def _parts(self, filing: Filing) -> list[Part]:
        step = filing.step
        assert step is not None
        rules, articles = ruleset_of(filing.project.rule_version), step.articles
        parts = [
            Part(
                CONTENT,
                _("Content"),
                asks=(
                    Ask("summary", _("Main content and scale"), "area", required=True, limit=8000),
                    Ask(
                        "beyond",
                        _("Does it go beyond what was approved before?"),
                        "radio",
                        required=True,
                        choices=_beyond(step),
                    ),
                    Ask(
                        "beyond_why",
                        _("What goes beyond it, and why"),
                        "area",
                        limit=4000,
                        help=_("In the paper itself this stands in a chapter of its own."),
                    ),
                ),
                articles=articles,
            )
        ]
        if stage := step.rule.get("decides"):
            sources = tuple((one.key, str(one.name)) for one in rules.rules.sources)
            said = _("; ").join(one.text for one in usual_shares().values())
            parts.append(
                Part(
                    MONEY,
                    _("Sum"),
                    asks=(Ask("total", MONEY_STAGES[stage], "amount", required=True, unit="wan"),),
                    rows=(
                        Rows(
                            "lines",
                            _("On the cost lines"),
                            (
                                Ask("line", _("Cost line"), "choice", choices=tuple(COST_LINES.items())),
                                Ask("year", _("Year"), "choice", choices=_years(filing)),
                                Ask("source", _("Source"), "choice", choices=sources),
                                Ask("amount", _("Amount"), "amount", unit="wan"),
                                Ask("note", _("Basis of calculation"), limit=200),
                            ),
                            help=_("Usual shares, as a hint only: %(shares)s") % {"shares": said},
                            add_label=_("Add a line"),
                        ),
                    ),
                    articles=articles,
                )
            )
        papers = tuple(
            Ask(key, str(rules.document(key).name), "paper", required=True) for key in step.rule.get("hands_in") or ()
        )
        return [*parts, Part(PAPERS, _("Papers"), asks=papers, articles=articles)]

    def check(self, filing: Filing, sheet: Sheet) -> None:
        why, beyond = sheet.field(f"{CONTENT}-beyond_why"), sheet.field(BEYOND_FIELD)
        if why is not None and beyond is not None and beyond.value in ("yes", MAJOR) and why.is_empty:
            why.problems.append(Refusal(_("Please say what goes beyond what was approved, and why."), field=why.name))
        total, lines = sheet.field(f"{MONEY}-total"), sheet.group(f"{MONEY}-lines")
        if total is None or lines is None or total.yuan is None:
            return
        if total.yuan <= 0:
            total.problems.append(Refusal(_("The sum must be more than nothing."), field=total.name))
        for row in lines.typed:
            for key in ("line", "amount"):
                if row[key].is_empty:
                    row[key].problems.append(
                        Refusal(_("“%(label)s” is empty.") % {"label": row[key].label}, field=row[key].name)
                    )
        summed = sum((row["amount"].yuan or Decimal(0) for row in lines.typed), Decimal(0))
        if lines.typed and summed != total.yuan:
            said = _("The lines add up to %(lines)s, the sum is %(total)s (10,000 yuan).")
            lines.problems.append(Refusal(said % {"lines": wan(summed), "total": wan(total.yuan)}, field=lines.name))

    def check_paper(self, filing: Filing, purpose: str) -> None:
        if purpose not in (filing.step_rule.get("hands_in") or ()):
            raise Refusal(_("The rules ask for no such paper here."), field=PAPERS)

    def facts(self, filing: Filing) -> Mapping[str, Any]:
        return {"total": handed_in_sum(filing)}

    def summary(self, filing: Filing) -> list[dict[str, Any]]:
        shown = super().summary(filing)
        total = self.sheet(filing).field(f"{MONEY}-total")
        if total is not None:
            shown.append({"label": total.label, "value": total.shown_value})
        return shown


def handed_in_sum(filing: Filing) -> Decimal | None:
    """The sum that the unit handed in, in yuan; None where the step decides on none."""
    if not filing.step_rule.get("decides"):
        return None
    total = kind_for(filing.step).sheet(filing, reading=()).field(f"{MONEY}-total") if filing.step else None
    return total.yuan if total is not None else None


def sums_of(filing: Filing) -> list[Sum]:
    """The sums that the unit handed in, in yuan, a row each; none where the step decides on none."""
    if filing.step is None or filing.kind not in HANDED_IN_STEPS or not filing.step_rule.get("decides"):
        return []
    lines = kind_for(filing.step).sheet(filing, reading=()).group(f"{MONEY}-lines")
    return [
        Sum(row["line"].value, amount, whole(row["year"].value), row["source"].value, row["note"].value)
        for row in (lines.typed if lines is not None else ())
        if (amount := row["amount"].yuan) is not None
    ]


def _beyond(step: Step) -> tuple[tuple[str, Any], ...]:
    """How far it may go beyond what was approved."""
    rule = step.rule.get("reopens")
    if not rule:
        return BEYOND
    said = _("Yes, as a major change: “%(step)s” is gone through again")
    return (*BEYOND, (MAJOR, said % {"step": STEPS[rule["step"]]}))


def _years(filing: Filing) -> tuple[tuple[str, str], ...]:
    """Those in which the money may be spent: from the year before the plan's, and what was typed before."""
    first = (filing.project.plan_year or filing.project.created_at.year) - 1
    typed = (whole(str(row.get("year", ""))) for row in rows_at(filing.content, f"{MONEY}-lines"))
    years = {*range(first, first + YEARS), *(one for one in typed if one is not None and 2000 <= one <= 2100)}
    return tuple((str(one), str(one)) for one in sorted(years))


FILINGS = tuple(ApprovalPapers(key) for key in HANDED_IN_STEPS)


def kind_for(step: Step) -> ApprovalPapers:
    """The form of a step's papers."""
    return next(one for one in FILINGS if one.key == step.key)


def begin(step: Step) -> Filing:
    """The draft of a step that opens: it begins with what was handed in before it, else with what was declared."""
    given = Filing.objects.filter(project_id=step.project_id, kind__in=HANDED_IN_STEPS, state=FilingState.ACCEPTED)
    before = given.order_by("-submitted_at", "-pk").first()
    if before is not None:
        content = {key: dict(before.content.get(key, {})) for key in (CONTENT, MONEY)}
        content[CONTENT] = {"summary": content[CONTENT].get("summary", "")}
    else:
        content = {CONTENT: {"summary": _declared(step)}, MONEY: _declared_money(step)}
    return kind_for(step).begin(step, content)


def _declared(step: Step) -> str:
    """What the declaration says is built."""
    declaration = step.project.declaration
    if declaration is None:
        return ""
    said = (text_at(declaration.content, f"{section}-content") for section in ("purpose", "plan", "form"))
    return next((text for text in said if text), "")[:8000]


def _declared_money(step: Step) -> dict[str, Any]:
    """What was declared by year and source: the rows to be broken down on the cost lines."""
    if not step.rule.get("decides"):
        return {}
    declared = CostLine.objects.of_project(step.project_id).filter(stage="rough_estimate")
    rows = [
        {"line": "", "year": str(one.year or ""), "source": one.source, "amount": wan(one.amount), "note": ""}
        for one in declared
    ]
    total = sum((one.amount for one in declared), Decimal(0))
    return {"total": wan(total), "lines": rows} if rows else {}
