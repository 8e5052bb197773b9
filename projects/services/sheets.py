"""What a declaration's form is built from, what is missing or wrong in it, and what a resubmission changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from django.db.models.functions import JSONObject

from accounts.models import Office, name_at
from jurisdictions.rules.ruleset import Ruleset
from jurisdictions.rules.schema import Window
from projects.declaring import checks
from projects.declaring.setting import YES, FormContext, Partner, facts_typed
from projects.declaring.sheet import build
from projects.models import Declaration, PartnerUnit, Project
from projects.ruling import ruleset_of
from projects.services.drafts import one_of, open_calls
from workflow.clocks.clock import day_of, today
from workflow.filings import differences
from workflow.filings.access import open_sections
from workflow.filings.content import text_at
from workflow.filings.parts import Sheet
from workflow.models import CorrectionItem, Document, FilingRevision, FilingState
from workflow.models.documents import by_purpose

YEARS_AHEAD = 10
PAPERLESS = frozenset({"basics", "money", "purpose", "outline", "form", "priority"})  # sections without a paper
PARTNER_ROW = JSONObject(
    office_id="office_id",
    office="office__name",
    part="part",
    confirmed_by="confirmed_by__name",
    confirmed_at="confirmed_at",
    former_names="confirmed_by__former_names",
)


def form_context_of(
    declaration: Declaration, *, content: Mapping[str, Any] | None = None, is_late: bool = False
) -> FormContext:
    """What the form of a declaration is built from: rules, offices, papers, partners, corrections."""
    setting = reading_context(declaration, content=content)
    setting.is_late = is_late
    setting.offices = active_offices()
    setting.unlocked = open_sections(declaration)
    if declaration.state == FilingState.RETURNED:
        setting.corrections = list(CorrectionItem.objects.filter(filing=declaration, answered_at=None))
    return setting


def active_offices() -> list[Office]:
    """The offices that a form lets choose from."""
    return list(Office.objects.filter(is_active=True).order_by("pk"))


def reading_context(
    declaration: Declaration, *, content: Mapping[str, Any] | None = None, papers: list[Document] | None = None
) -> FormContext:
    """What a declaration is shown from to read: one query for its papers, one for partner units where it has some.

    `papers` are all of the project's, where the caller has read them.
    """
    project = declaration.project
    typed = declaration.content if content is None else content
    if papers is None:
        papers = list(Document.objects.filter(project=project))
    partners = _partners_typed(project, typed)
    named = [project.applicant, project.owner_unit, *(Office(pk=one.office_id, name=one.office) for one in partners)]
    rules = ruleset_of(project.rule_version)
    return FormContext(
        rules=rules,
        facts=facts_typed(typed, **_fixed_facts(project, rules)),
        applicant=project.applicant,
        offices=list({office.pk: office for office in named}.values()),
        papers=by_purpose(papers),
        every_paper=papers,
        partners=partners,
        is_late=True,
        years=_years(declaration),
    )


def _fixed_facts(project: Project, rules: Ruleset) -> dict[str, Any]:
    """What the facts are read with besides what was typed."""
    kind, importance = project.owner_unit.owner_kind, project.importance or None
    return {"owner_kind": kind, "own": rules.spaces.own, "importance": importance}


def _years(declaration: Declaration) -> range:
    """The years that money may be spent in."""
    year = (day_of(declaration.submitted_at) if declaration.submitted_at else today()).year - 1
    return range(year, year + YEARS_AHEAD + 1)


def _partners_typed(project: Project, typed: Mapping[str, Any]) -> list[Partner]:
    return partners_of(project) if text_at(typed, "basics-cross_department") == YES else []


def partners_of(project: Project) -> list[Partner]:
    """The partner units of a project; no query where `projects.project_page.with_all` has read them already."""
    rows = getattr(project, "partner_rows", None)
    if rows is None:
        rows = list(PartnerUnit.objects.filter(project=project).values_list(PARTNER_ROW, flat=True))
    return [_partner(**row) for row in rows]


def _partner(
    *, confirmed_by: str | None, confirmed_at: str | None, former_names: list[dict[str, str]] | None, **said: Any
) -> Partner:
    """A partner unit with who confirmed its part, by the name of that day."""
    at = dt.datetime.fromisoformat(confirmed_at) if confirmed_at else None
    return Partner(**said, confirmed_by=name_at(confirmed_by or "", former_names or [], at))


def window_of(declaration: Declaration, content: Mapping[str, Any] | None = None) -> str:
    """Which window of the rules a declaration falls under: the annual call, the round for operation, or none ("")."""
    rules = ruleset_of(declaration.project.rule_version).rules
    action = text_at(declaration.content if content is None else content, "basics-action")
    if action == "stock" and rules.stock is not None:
        return ""
    if action == "operate" and "om_round" in rules.windows:
        return "om_round"
    return "annual_call" if "annual_call" in rules.windows else ""


def _needs_no_call(key: str, window: Window) -> bool:
    """Whether the rules' own days suffice: the round for operation, and a window that is open all the year."""
    return window.holds(today()) if key == "om_round" else window.is_all_year


def part_of(declaration: Declaration, sections: Collection[str]) -> Sheet | None:
    """These sections of a draft, looked through while it is written; None where not all of them stand in its form.

    Offices, papers and partner units are read only where one of the sections asks for them; the call for none.
    """
    project, typed = declaration.project, declaration.content
    rules = ruleset_of(project.rule_version)
    facts = facts_typed(typed, **_fixed_facts(project, rules))
    setting = FormContext(rules=rules, facts=facts, applicant=project.applicant, years=_years(declaration))
    if "basics" in sections:
        setting.offices = active_offices()
        setting.partners = _partners_typed(project, typed)
    if not PAPERLESS.issuperset(sections):
        setting.papers = by_purpose(Document.objects.filter(project=project))
    sheet = build(typed, setting, only=sections)
    if len(sheet.sections) < len(sections):
        return None
    checks.check_sections(sheet, setting, today())
    return sheet


def occasion_of(declaration: Declaration, content: Mapping[str, Any] | None = None) -> checks.Occasion:
    """The day, the call and the window a declaration would be handed in under now; handed in once, it stays timely."""
    key = window_of(declaration, content)
    rules = ruleset_of(declaration.project.rule_version).rules
    if declaration.submitted_at is not None:
        return checks.Occasion(today=today(), call=declaration.call, window=key, is_timely=True)
    calls = list(open_calls()) if key == "annual_call" else []
    call = one_of(calls, declaration.call_id)
    timely = not key or call is not None or _needs_no_call(key, rules.windows[key])
    timely = timely or (key == "annual_call" and bool(declaration.project.late_reason))
    return checks.Occasion(today=today(), call=call, window=key, is_timely=timely, calls=calls)


def sheet_of(declaration: Declaration, content: Mapping[str, Any] | None = None) -> Sheet:
    """The form with everything missing or wrong at its place; `content` is what stands in it (default: saved)."""
    typed = declaration.content if content is None else content
    occasion = occasion_of(declaration, typed)
    setting = form_context_of(declaration, content=typed, is_late=not occasion.is_timely)
    sheet = build(typed, setting)
    checks.check(sheet, setting, occasion)
    return sheet


def changes_between(
    before: FilingRevision, after: FilingRevision, *, setting: FormContext | None = None
) -> list[dict[str, Any]]:
    """What a resubmission changed, in the order of the form: `field` (name), `section`, `label`, `old`, `new`.

    Choices are given by their labels. Both revisions belong to one declaration; `setting` is what its form is built
    from, where the caller has it (no query then).
    """
    declaration: Any = after.filing
    setting = replace(setting or form_context_of(declaration), unlocked=None)
    old, new = (_read(revision, declaration, setting) for revision in (before, after))
    return [
        *differences.fields_changed(old, new),
        *differences.papers_changed(
            setting.every_paper,
            before.submitted_at,
            after.submitted_at,
            names={key: one.name for key, one in setting.rules.rules.documents.items()},
        ),
    ]


def _read(revision: FilingRevision, declaration: Declaration, setting: FormContext) -> Sheet:
    """A revision as a reader saw it."""
    setting.facts = facts_typed(revision.content, **_fixed_facts(declaration.project, setting.rules))
    return build(revision.content, setting)
