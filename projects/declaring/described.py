"""The sections that describe a project: basic facts, purpose, statements of the plan, the county's outline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from jurisdictions.facts import YES_NO_FACTS, Action, Category
from jurisdictions.rules.schema import OwnFact
from jurisdictions.rules.shapes import cite
from projects.declaring.setting import (
    NO,
    WRITE,
    YES,
    FormContext,
    paper_of_list,
    plan_paper,
    way_of_plan,
    yes_no,
)
from workflow.filings.content import text_at
from workflow.filings.parts import Field, Group, Section, typed_field


def basics(content: Mapping[str, Any], setting: FormContext) -> Section:
    """What decides the route first: name, kind, the facts the rules ask about, when; then units, place and basis."""
    fields = [
        typed_field(content, "basics-name", _("Project name"), required=True, limit=120),
        *_kind(content, setting),
        *_yes_no_facts(content, setting),
        *_own_facts(content, setting),
        *_time(content, setting),
        typed_field(
            content,
            "basics-basis",
            _("Basis of the declaration"),
            kind="area",
            required=True,
            help=_("Policies, documents and decisions this project rests on."),
        ),
        *_units_and_place(content, setting),
    ]
    asks_partners = "cross_department" in setting.rules.facts_asked
    shared = asks_partners and text_at(content, "basics-cross_department") == YES
    return Section(
        "basics",
        _("Basic facts"),
        fields=fields,
        groups=[_partners(content, setting)] if shared else [],
        fold_label=_("Units, place and contact"),
    )


def _units_and_place(content: Mapping[str, Any], setting: FormContext) -> list[Field]:
    offices = [(str(office.pk), office.name) for office in setting.offices] or [
        (str(setting.applicant.pk), setting.applicant.name)
    ]
    return [
        Field(
            "basics-owner_unit",
            _("Owner unit"),
            "choice",
            text_at(content, "basics-owner_unit") or str(setting.applicant.pk),
            required=True,
            choices=offices,
            help=_("The unit that carries out the project; often the applicant itself."),
            folded=True,
        ),
        typed_field(
            content,
            "basics-on_behalf_of",
            _("Declared for"),
            limit=80,
            help=_("The school, hospital or other body a sector department declares for; empty for one's own."),
            folded=True,
        ),
        typed_field(
            content,
            "basics-part_of",
            _("Part of a larger works project"),
            limit=120,
            help=_("Name the works project whose digital part this is; empty otherwise."),
            folded=True,
        ),
        typed_field(content, "basics-place", _("Place"), required=True, limit=120, folded=True),
        typed_field(content, "basics-contact", _("Contact person"), required=True, limit=40, folded=True),
        typed_field(content, "basics-phone", _("Telephone"), required=True, limit=40, folded=True),
    ]


def _kind(content: Mapping[str, Any], setting: FormContext) -> list[Field]:
    known = setting.rules.rules.actions
    actions = [(key, label) for key, label in Action.choices if key in known] or list(Action.choices)
    return [
        typed_field(
            content,
            "basics-action",
            _("Kind of construction"),
            kind="radio",
            required=True,
            choices=actions,
            articles=_cited_by_action(content, setting),
        ),
        typed_field(
            content,
            "basics-category",
            _("Category"),
            kind="radio",
            required=True,
            choices=list(Category.choices),
        ),
    ]


def _cited_by_action(content: Mapping[str, Any], setting: FormContext) -> list[str]:
    """The articles on declaring what the filer chose to do."""
    return list(setting.rules.rules.actions.get(text_at(content, "basics-action"), ()))


def _yes_no_facts(content: Mapping[str, Any], setting: FormContext) -> list[Field]:
    return [
        Field(f"basics-{name}", label, "radio", text_at(content, f"basics-{name}") or NO, choices=yes_no())
        for name, label in YES_NO_FACTS.items()
        if name in setting.rules.facts_asked and name != "classified"
    ]


def _own_facts(content: Mapping[str, Any], setting: FormContext) -> list[Field]:
    """What only this county's rules ask of such a project."""
    return [_own_fact(content, fact) for fact in setting.rules.own_facts_for(setting.facts)]


def _own_fact(content: Mapping[str, Any], fact: OwnFact) -> Field:
    name = f"basics-own_{fact.key}"
    more: dict[str, Any] = {"help": fact.help, "articles": cite(fact.articles)}
    if fact.type == "yes_no":
        return Field(name, fact.name, "radio", text_at(content, name) or NO, choices=yes_no(), **more)
    if fact.type == "one_of":
        chosen = text_at(content, name) or fact.default or next(iter(fact.values))
        return Field(name, fact.name, "choice", chosen, choices=list(fact.values.items()), **more)
    if fact.type == "amount":
        return typed_field(content, name, fact.name, kind="amount", unit="yuan", **more)
    return typed_field(content, name, fact.name, **more)


def _time(content: Mapping[str, Any], setting: FormContext) -> list[Field]:
    return [
        typed_field(
            content,
            "basics-starts_on",
            _("Planned start"),
            kind="date",
            required=True,
            articles=_cited_by_action(content, setting),
        ),
        typed_field(content, "basics-ends_on", _("Planned completion"), kind="date", required=True),
    ]


def _partners(content: Mapping[str, Any], setting: FormContext) -> Group:
    confirmed = {str(one.office_id): one for one in setting.partners}
    others = [(str(one.pk), one.name) for one in setting.offices if one.pk != setting.applicant.pk]

    def row(base: str, typed: Mapping[str, str]) -> list[Field]:
        partner = confirmed.get(typed.get("office", ""))
        told = _("Not confirmed yet")
        if partner is not None and partner.confirmed_by and partner.part == typed.get("part", "").strip():
            told = _("Confirmed by %(name)s") % {"name": partner.confirmed_by}
        return [
            Field(f"{base}-office", _("Partner unit"), "choice", typed.get("office", ""), choices=others),
            Field(f"{base}-part", _("Its part"), "area", typed.get("part", "")),
            Field(f"{base}-state", _("Confirmation"), "fact", told if typed.get("office") else ""),
        ]

    articles = _articles_of(setting, "partner_units_confirmed")
    return Group.of(
        content,
        "basics-partners",
        _("Units that build it together"),
        row,
        articles=articles,
        required=bool(articles),
        help=_("Each unit named here confirms its part itself, after it has been told."),
        add_label=_("Add a unit"),
        ask_label=_("Ask these units to confirm"),
    )


def _articles_of(setting: FormContext, key: str) -> Sequence[str]:
    found = [one for one in setting.rules.prerequisites_for(setting.facts) if one.then.key == key]
    return found[0].articles if found else ()


def purpose(content: Mapping[str, Any], setting: FormContext) -> Section:
    """What the project is for and what it holds: what likeness compares."""
    fields = [
        typed_field(
            content,
            "purpose-goal",
            _("Purpose"),
            kind="area",
            required=True,
            help=_("The need, the goal, and what is better afterwards."),
        ),
        typed_field(
            content,
            "purpose-content",
            _("Main content"),
            kind="area",
            required=True,
            help=_("What is built or bought; compared with other projects to find repetitions."),
        ),
    ]
    return Section("purpose", _("Purpose and content"), fields=fields)


def form(content: Mapping[str, Any], setting: FormContext) -> Section | None:
    """What the county's official form asks besides: its own boxes, in its order."""
    rules, facts = setting.rules, setting.facts
    asked = [(form, box) for form in rules.forms_for(facts) for box in rules.form_fields_for(form, facts) if box.ask]
    if not asked:
        return None
    fields = [
        typed_field(
            content,
            f"form-{box.key}",
            box.label,
            kind="area" if box.help else "text",
            required=box.ask == "required",
            help=box.help,
            articles=cite(form.articles),
        )
        for form, box in asked
    ]
    return Section("form", asked[0][0].name, fields=fields, help=_("What the official form asks besides."))


def plan(content: Mapping[str, Any], setting: FormContext) -> Section | None:
    """The technical plan, added as a paper or written here, and the statements that the rules ask of it.

    A statement that rests on the articles of the plan itself stands in the plan: it is asked here where there is none.
    """
    asked, paper = setting.rules.statements_for(setting.facts), plan_paper(setting)
    fields = []
    if paper is not None:
        ways = [("upload", _("Upload it as a file")), (WRITE, _("Write it here"))]
        way = Field("plan-way", _("Technical plan"), "radio", way_of_plan(content), choices=ways)
        fields.append(way)
        if way.value != WRITE:
            fields.append(paper_of_list(setting, paper))
    covered = [one for one in asked if paper is not None and set(one.articles) & set(paper.articles)]
    for one in sorted(asked, key=lambda one: one in covered):
        fields.append(
            typed_field(
                content,
                f"plan-{one.key}",
                one.title,
                kind="area",
                required=one.required and one not in covered,
                help=one.help,
                articles=cite(one.articles),
                folded=one in covered,
                elsewhere=_("See the technical plan") if one in covered else "",
            )
        )
    if not fields:
        return None
    label = _("What the plan must say: %(titles)s") % {"titles": "、".join(str(one.title) for one in covered)}
    return Section("plan", _("Technical plan and statements"), fields=fields, fold_label=label)


def outline(content: Mapping[str, Any], setting: FormContext) -> Section | None:
    """The county's own outline of the technical plan, where it is written here chapter by chapter."""
    if plan_paper(setting) is None or way_of_plan(content) != WRITE:
        return None
    fields = [
        typed_field(
            content,
            f"outline-{one.key}",
            f"{one.number} {one.title}".strip(),
            kind="area",
            required=True,
            help=one.help,
            articles=cite(one.articles),
        )
        for one in setting.rules.sections_for(setting.facts)
    ]
    return Section(
        "outline",
        _("Outline of the technical plan"),
        fields=fields,
        help=_("The county's own outline; where a chapter does not apply, say so."),
    )
