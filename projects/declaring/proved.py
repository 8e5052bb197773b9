"""The sections that must be proved: money, quotes, cases not supported, prerequisites, priority, attachments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from jurisdictions.facts import FundingSource
from jurisdictions.rules.shapes import cite
from projects.declaring.setting import (
    MONEY_NAMED,
    QUOTE_PAPER,
    YES,
    FormContext,
    paper_field,
    paper_of_list,
    plan_paper,
    unit_of,
    yes_no,
)
from workflow.filings.content import at, rows_at, text_at, unit_doubt
from workflow.filings.parts import Choices, Field, Group, Section, typed_field


def money(content: Mapping[str, Any], setting: FormContext) -> Section:
    """The total investment (typed in yuan or ten thousand yuan) and its lines by source and year."""
    unit = unit_of(content)
    kinds = dict.fromkeys(source.source for source in setting.rules.rules.sources) or dict.fromkeys(
        FundingSource.values
    )
    labels = dict(FundingSource.choices)
    fields = [
        Field(
            "money-unit",
            _("Unit of the amounts"),
            "radio",
            unit,
            choices=[("wan", _("ten thousand yuan")), ("yuan", _("yuan"))],
            sets_unit=True,
        ),
        _amount(
            "money-investment",
            _("Total investment"),
            str(at(content, "money-investment")),
            unit,
            required=True,
            help=_("Without operation and maintenance after acceptance."),
        ),
        Field(
            "money-funding_source",
            _("Main source of funds"),
            "choice",
            text_at(content, "money-funding_source") or next(iter(kinds)),
            required=True,
            choices=[(key, labels[key]) for key in kinds],
        ),
        _amount(
            "money-om_cost",
            _("Operation and maintenance a year (estimate)"),
            str(at(content, "money-om_cost")),
            unit,
        ),
    ]
    return Section("money", _("Funds"), fields=fields, groups=[_money_lines(content, setting, unit)])


def _amount(name: str, label: Any, value: str, unit: str, **more: Any) -> Field:
    return Field(
        name, label, "amount", value, unit=unit, unit_from="money-unit", doubt=unit_doubt(value, unit=unit), **more
    )


def _money_lines(content: Mapping[str, Any], setting: FormContext, unit: str) -> Group:
    sources = setting.rules.rules.sources
    lines: Choices = [(source.key, source.name) for source in sources] or FundingSource.choices
    named = [one for one in setting.rules.prerequisites_for(setting.facts) if one.then.key == MONEY_NAMED]
    years = [(str(year), str(year)) for year in setting.years]

    def row(base: str, typed: Mapping[str, str]) -> list[Field]:
        return [
            Field(f"{base}-source", _("Source"), "choice", typed.get("source", ""), choices=lines),
            Field(f"{base}-year", _("Year"), "choice", typed.get("year", ""), choices=years),
            _amount(f"{base}-amount", _("Amount"), typed.get("amount", ""), unit),
        ]

    return Group.of(
        content,
        "money-lines",
        _("Funds by source and year"),
        row,
        least=1,
        help=_("The lines must add up to the total investment."),
        total="money-investment",
        add_label=_("Add a line"),
        articles=cite(*(source.articles for source in sources), *(one.articles for one in named)),
    )


def quotes(content: Mapping[str, Any], setting: FormContext) -> Section | None:
    """Prices asked of vendors, as many rows as the rules want at least; None where they want none."""
    asked = setting.rules.quotes_for(setting.facts)
    if asked is None or (asked.then.minimum == 0 and not rows_at(content, "quotes-rows")):
        return None
    unit = unit_of(content)
    papers = {str(paper.pk): paper for paper in setting.papers.get(QUOTE_PAPER, ())}

    def row(base: str, typed: Mapping[str, str]) -> list[Field]:
        paper = papers.get(typed.get("document", ""))
        return [
            Field(f"{base}-vendor", _("Vendor"), "text", typed.get("vendor", ""), limit=120),
            _amount(f"{base}-amount", _("Price"), typed.get("amount", ""), unit),
            Field(
                f"{base}-document",
                _("Its paper"),
                "paper",
                typed.get("document", ""),
                purpose=QUOTE_PAPER,
                files=[paper] if paper else [],
            ),
        ]

    group = Group.of(
        content,
        "quotes-rows",
        _("Prices asked of vendors"),
        row,
        least=asked.then.minimum,
        help=asked.text,
        articles=asked.articles,
        add_label=_("Add a quote"),
    )
    return Section("quotes", _("Vendor quotes"), groups=[group], articles=asked.articles)


def negative(content: Mapping[str, Any], setting: FormContext) -> Section | None:
    """Whether one of the cases that are not supported applies; a “yes” is explained, an exemption shown by papers."""
    items = setting.rules.negative_items_for(setting.facts)
    if not items:
        return None
    fields, hit = [], False
    for item in items:
        name = f"negative-{item.key}"
        answer = text_at(content, f"{name}-answer")
        hit = hit or answer == YES
        fields.append(
            Field(
                f"{name}-answer",
                item.text,
                "radio",
                answer,
                required=True,
                choices=yes_no(),
                articles=cite(item.articles),
            )
        )
        if answer == YES:
            fields.append(
                Field(
                    f"{name}-note",
                    _("Explanation of “yes”: %(text)s") % {"text": item.text},
                    "area",
                    str(at(content, f"{name}-note")),
                    required=True,
                    help=_("Not supported in principle: the office that reviews decides on your reason.")
                    if item.in_principle
                    else "",
                )
            )
    exemption = setting.rules.rules.negative_list.exemption
    if hit and exemption is not None:
        fields += [
            paper_field(setting, key, required=True, articles=cite(exemption.articles), help=exemption.text)
            for key in exemption.documents
        ]
    return Section(
        "negative",
        _("Cases that are not supported"),
        fields=fields,
        help=_("Does one of these apply to the project? Each answer is checked by the reviewer."),
        answer_all=_("None of them applies"),
    )


def prerequisites(content: Mapping[str, Any], setting: FormContext) -> Section | None:
    """What must be confirmed before a declaration is handed in, by paper, day or words; None where nothing must be."""
    fields = []
    for one in setting.rules.prerequisites_for(setting.facts):
        then, more = one.then, {"required": True, "articles": one.articles, "help": one.text}
        if then.key == MONEY_NAMED:
            if not text_at(content, f"prerequisites-{then.key}"):
                continue
            more["required"] = False
        if then.evidence == "document":
            proof = paper_field(setting, then.document, **more)
            proof.label = f"{then.name}：{proof.label}"
        else:
            kind = "date" if then.evidence == "date" else "area"
            proof = typed_field(content, f"prerequisites-{then.key}", then.name, kind=kind, **more)
        fields.append(proof)
    return Section("prerequisites", _("Prerequisites"), fields=fields) if fields else None


def priority(content: Mapping[str, Any], setting: FormContext) -> Section | None:
    """Which of the rules' reasons for priority the unit claims; None where they name none."""
    fields = [
        Field(
            f"priority-{one.key}",
            one.text,
            "check",
            text_at(content, f"priority-{one.key}"),
            articles=cite(one.articles),
        )
        for one in setting.rules.priorities_for(setting.facts)
    ]
    if not fields:
        return None
    fields.append(typed_field(content, "priority-note", _("Evidence for the priority"), kind="area"))
    return Section("priority", _("Reasons for priority"), fields=fields, optional=True)


def papers(content: Mapping[str, Any], setting: FormContext) -> Section | None:
    """The papers of the checklist, and those of a late declaration, that no other section asks for."""
    elsewhere = {
        one.then.document for one in setting.rules.prerequisites_for(setting.facts) if one.then.evidence == "document"
    }
    plan = plan_paper(setting)
    if plan is not None:
        elsewhere.add(plan.then.document)
    fields = [
        paper_of_list(setting, one)
        for one in setting.rules.materials_for(setting.facts)
        if one.then.document not in elsewhere
    ]
    present = {one.purpose for one in fields} | elsewhere
    if setting.is_late:
        for row in setting.rules.late_for(setting.facts):
            if row.then.allowed:
                fields += [
                    paper_field(setting, key, required=True, articles=row.articles, help=row.text)
                    for key in row.then.documents
                    if key not in present
                ]
    return Section("papers", _("Attachments"), fields=fields) if fields else None
