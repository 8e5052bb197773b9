"""The declaration as a kind of filing: its form, and what follows when it is handed in, corrected or withdrawn."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import CountyRequest
from accounts.actors import SYSTEM, Actor
from accounts.models import Office
from accounts.refusals import NotPermitted, Refusal
from jurisdictions.fields import whole
from jurisdictions.scope import current_county
from projects.access import may_file
from projects.declaring.setting import QUOTE_PAPER, SECTIONS, FormContext, sections_touched, unit_of
from projects.declaring.sheet import build
from projects.likeness import compare
from projects.models import Declaration, PlannedMoney, Project, Standing, VendorQuote
from projects.own_facts import keep_own_facts
from projects.preview import preview_of
from projects.ruling import own_facts_of, ruleset_of, version_on
from projects.services.drafts import (
    ask_partners,
    by_todays_rules,
    classified_refusal,
    copy_facts,
    keep_partners,
    next_number,
    open_call,
)
from projects.services.money import keep_declared
from projects.services.routing import sync_route, with_cases
from projects.services.sheets import changes_between, form_context_of, occasion_of, part_of, reading_context, sheet_of
from projects.services.standing import end_project
from workflow.clocks.clock import today
from workflow.filings import services as filings
from workflow.filings.content import Content, check_size, read_amount, rows_at
from workflow.filings.kinds import FilingKind
from workflow.filings.parts import Sheet
from workflow.machines.runner import perform
from workflow.models import Document, FilingRevision, FilingState
from workflow.notices import notify
from workflow.route.kinds import kind_of
from workflow.route.steps import advance, finish, locked_steps
from workflow.trail import audit

LOOKED_AT = ("basics-action", "basics-category", "money-investment", "basics-starts_on", "basics-ends_on")
WITHDRAWABLE = (Standing.DRAFT, Standing.IN_REVIEW, Standing.IN_RESERVE)


class DeclarationKind(FilingKind[Declaration]):
    """What a project begins with. Its form comes from the county's rules; handing it in lays the route."""

    key = Declaration.KIND
    label = gettext_lazy("Declaration")
    model = Declaration
    template = "projects/edit.html"

    def sections(self) -> Sequence[str]:
        return SECTIONS

    def reading(self, filing: Declaration) -> FormContext:
        return reading_context(filing)

    def sheet(
        self, filing: Declaration, content: Mapping[str, Any] | None = None, *, reading: FormContext | None = None
    ) -> Sheet:
        typed = filing.content if content is None else content
        return build(typed, reading or reading_context(filing, content=typed))

    def form_to_fill(self, filing: Declaration, content: Mapping[str, Any] | None = None) -> Sheet:
        typed = filing.content if content is None else content
        return build(typed, form_context_of(filing, content=typed))

    def examined(self, filing: Declaration, content: Mapping[str, Any] | None = None) -> Sheet:
        return sheet_of(filing, content)

    def touched(self, filing: Declaration, places: Collection[str]) -> Collection[str] | None:
        return sections_touched(places)

    def part_of(self, filing: Declaration, sections: Collection[str]) -> Sheet | None:
        return part_of(filing, sections)

    def changes(
        self, before: FilingRevision, after: FilingRevision, *, filing: Declaration, reading: FormContext
    ) -> list[dict[str, Any]]:
        return changes_between(before, after, setting=reading)

    def papers(self, filing: Declaration) -> QuerySet[Document]:
        return Document.objects.filter(project=filing.project)

    def paper_subject(self, filing: Declaration) -> Project:
        return filing.project

    def place_of(self, name: str) -> tuple[str, str]:
        group, _hyphen, rest = name.removeprefix("quotes-").partition("-")
        row = whole(rest.partition("-")[0]) if group == "rows" else None
        return (name.removeprefix("papers-"), "") if row is None else (QUOTE_PAPER, f"quotes-rows-{row}-document")

    def check_paper(self, filing: Declaration, purpose: str) -> None:
        if filing.project.classified:
            raise classified_refusal(filing.project)
        if purpose != QUOTE_PAPER and purpose not in ruleset_of(filing.project.rule_version).rules.documents:
            raise Refusal(_("The rules know no paper of this kind."), field="papers")

    def may_file(self, actor: Actor, filing: Declaration) -> bool:
        return may_file(actor=actor, project=filing.project)

    def is_own(self, actor: Actor, filing: Declaration) -> bool:
        return actor.in_office(filing.project.applicant_id) or actor.in_office(filing.project.owner_unit_id)

    def may_add_papers(self, actor: Actor, filing: Declaration) -> bool:
        return actor.in_office(filing.project.owner_unit_id) or super().may_add_papers(actor, filing)

    def refused_editing(self, filing: Declaration) -> Refusal | None:
        return classified_refusal(filing.project) if filing.project.classified else None

    def articles(self, filing: Declaration) -> list[str]:
        return list(ruleset_of(filing.project.rule_version).rules.actions.get(filing.project.action, []))

    def facts(self, filing: Declaration) -> Mapping[str, Any]:
        return _facts(filing.project)

    def read(self, filing: Declaration) -> Declaration:
        filing.project.declaration = filing
        return by_todays_rules(filing)

    def saved(self, filing: Declaration, actor: Actor, changed: Sequence[str]) -> None:
        project = filing.project
        if filing.state == FilingState.DRAFT:
            # A returned declaration keeps the facts it was routed by until it is handed in again.
            before = dict(project.__dict__)
            copied = copy_facts(project, filing.content)
            columns = {name: "owner_unit_id" if name == "owner_unit" else name for name in copied}
            if moved := [name for name, column in columns.items() if project.__dict__[column] != before[column]]:
                project.save(update_fields=[*moved, "rule_version"])
            if any(name.startswith("basics-own_") for name in changed):
                keep_own_facts(project, filing.content, ruleset_of(project.rule_version))
        if any(name.startswith("basics-partners") or name == "basics-cross_department" for name in changed):
            keep_partners(project, filing.content)

    def handing_in(self, filing: Declaration, actor: Actor) -> dict[str, Any]:
        project = filing.project
        copied = copy_facts(project, filing.content)
        keep_own_facts(project, filing.content, ruleset_of(project.rule_version))
        project.route_notices = with_cases(project, filing.content)
        if filing.state == FilingState.RETURNED:
            project.save(update_fields=[*copied, "route_notices"])
            return {}
        occasion = occasion_of(filing)
        call = occasion.call
        project.routed_on = today()
        if call is not None:
            project.plan_year = call.plan_year
        elif project.plan_year is None:
            project.plan_year = today().year + 1 if occasion.window else today().year
        # Never the whole row: that names the columns of its number, and PostgreSQL would lock the project against every
        # entry that refers to it, among them those of a call that is being closed.
        project.save(update_fields=[*copied, "rule_version", "routed_on", "plan_year", "route_notices"])
        return {"call": call}

    def submitted(self, filing: Declaration, actor: Actor) -> None:
        project = filing.project
        numbered = {"standing": Standing.IN_REVIEW, "number": project.number or next_number()}
        perform(project, "submit", actor=actor, fields=numbered)
        _keep_lines(filing)
        sync_route(actor=actor, project=project)
        _end_declaration_step(actor, project)
        compare(actor=SYSTEM, project=project)

    def resubmitted(self, filing: Declaration, actor: Actor, before: Mapping[str, Any]) -> None:
        project = filing.project
        _keep_lines(filing)
        if _facts(project) != before:
            sync_route(actor=actor, project=project)
            advance(actor=SYSTEM, project=project)
        compare(actor=SYSTEM, project=project)

    def stands_accepted(self, filing: Declaration) -> bool:
        return filing.state == FilingState.ACCEPTED and filing.project.standing == Standing.IN_RESERVE

    def withdrawn(self, filing: Declaration, actor: Actor, reason: str) -> None:
        end_project(actor=actor, project=filing.project, how="withdraw", reason=reason)

    def withdrawal_warning(self, filing: Declaration) -> str:
        return _(
            "Its route ends and work on it stops in every office. What was typed is kept and can be read; it cannot be"
            " handed in again."
        )

    def asked_others(self, filing: Declaration, actor: Actor) -> str:
        count = ask_partners(actor=actor, declaration=filing)
        said = {"units": count, "count": notify.told().count}
        return _("%(units)s units were asked to confirm their part; people told: %(count)s.") % said

    def summary(self, filing: Declaration) -> list[dict[str, Any]]:
        sheet, route = self.sheet(filing), preview_of(filing, filing.content)["steps"]
        labels = {one.name: one for section in sheet.sections for one in section.all_fields()}
        shown = [{"label": one.label, "value": one.shown_value} for key in LOOKED_AT if (one := labels.get(key))]
        after = route[1] if len(route) > 1 else None
        said = _("%(count)s steps; next: %(step)s (%(office)s)")
        if after is not None:
            words = {"count": len(route), "step": after["label"], "office": after["office"]}
            shown.append({"label": _("Route by the rules"), "value": said % words})
        return [*super().summary(filing), *shown]

    def title(self, filing: Declaration) -> str:
        return filing.project.name

    def context(self, request: CountyRequest, filing: Declaration, content: Mapping[str, Any]) -> dict[str, Any]:
        occasion = occasion_of(filing, content)
        rules = ruleset_of(filing.project.rule_version)
        return {
            "has_aside": True,
            "occasion": occasion,
            "window": rules.rules.windows.get(occasion.window),
            "force_notices": rules.force_notices(today()),
            "preview": preview_of(filing, content),
        }


DECLARATION = DeclarationKind()


def start_declaration(
    *,
    actor: Actor,
    name: str = "",
    owner_unit: Office | None = None,
    content: Mapping[str, Any] | None = None,
    call: int | None = None,
) -> Declaration:
    """Begin a draft for the person's own unit, under an open call (the one with the id `call`, where it is open).

    Raises `NotPermitted`.
    """
    county = current_county()
    assert county is not None
    if not actor.may("declaration.file") or actor.office is None or actor.user is None:
        raise NotPermitted(_("Your role does not file declarations."))
    typed: Content = {section: dict((content or {}).get(section, {})) for section in SECTIONS}
    if name:
        typed["basics"]["name"] = name
    check_size(typed)
    with audit.act():
        under = open_call(call)
        owner = owner_unit or actor.office
        if owner_unit is not None:
            typed["basics"]["owner_unit"] = str(owner_unit.pk)
        project = Project(
            county=county,
            applicant=actor.office,
            owner_unit=owner,
            filed_by=actor.user,
            rule_version=version_on(county, today()),
            plan_year=under.plan_year if under else None,
        )
        copy_facts(project, typed)
        project.save()
        return filings.start(
            actor=actor,
            kind=DECLARATION,
            unit=actor.office,
            project=project,
            call=under,
            content=typed,
        )


def _keep_lines(declaration: Declaration) -> None:
    """Write the checked money lines and quotes as rows (yuan)."""
    content, unit = declaration.content, unit_of(declaration.content)
    county = declaration.project.county
    declaration.money.all().delete()
    declaration.quotes.all().delete()
    PlannedMoney.objects.bulk_create(
        PlannedMoney(
            county=county,
            declaration=declaration,
            source=row["source"],
            year=int(row["year"]),
            amount=read_amount(row["amount"], unit=unit, field=""),
        )
        for row in rows_at(content, "money-lines")
        if row.get("amount", "").strip()
    )
    papers = set(Document.objects.active().filter(project_id=declaration.project.pk).values_list("pk", flat=True))
    quotes = []
    for row in rows_at(content, "quotes-rows"):
        if row.get("vendor", "").strip() and row.get("amount", "").strip():
            paper = whole(str(row.get("document", "")))
            quotes.append(
                VendorQuote(
                    county=county,
                    declaration=declaration,
                    vendor=row["vendor"].strip(),
                    amount=read_amount(row["amount"], unit=unit, field=""),
                    document_id=paper if paper in papers else None,
                )
            )
    VendorQuote.objects.bulk_create(quotes)
    keep_declared(declaration)


def _end_declaration_step(actor: Actor, project: Project) -> None:
    """The declaration is done the moment it is handed in: by the filer, at once; what counts from it starts."""
    steps = locked_steps(project)
    step = steps[0]
    if not kind_of(step).handed_in:
        advance(actor=SYSTEM, project=project, steps=steps)
        return
    now = timezone.now()
    perform(step, "open", actor=actor, fields={"opened_at": now, "office": project.applicant}, is_locked=True)
    finish(actor=actor, step=step, outcome="submitted")


def _facts(project: Project) -> dict[str, Any]:
    """What the rules are asked with, the county's own facts among it."""
    return {**project.facts(), **own_facts_of(project, ruleset_of(project.rule_version))}
