"""Drafts: starting one, saving it as one types, its partner units; classified projects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Office
from accounts.refusals import NotPermitted, Refusal, WrongState
from jurisdictions.facts import YES_NO_FACTS
from jurisdictions.fields import whole
from jurisdictions.rules.shapes import cite
from jurisdictions.scope import advisory_lock, current_county
from projects.access import require_filer
from projects.declaring.setting import YES, facts_typed, unit_of
from projects.models import UNENDED, Declaration, PartnerUnit, Project, Round, Standing
from projects.ruling import ruleset_of, version_on
from workflow.clocks.clock import today
from workflow.filings.content import amount_or_none, rows_at, text_at
from workflow.machines.runner import perform
from workflow.models import FilingState
from workflow.notices import notify
from workflow.trail import audit


def next_number() -> str:
    """The county's next project number: prefix, year, running number. Held until the transaction ends.

    Given when a declaration is first handed in, so that drafts leave no gaps.
    """
    county = current_county()
    assert county is not None
    start = f"{county.prefix}{today().year}"
    advisory_lock("project_number")
    numbers = Project.objects.exclude(number="").filter(number__startswith=start)
    last = numbers.order_by("-number").values_list("number", flat=True).first()
    running = int(last.removeprefix(start)) + 1 if last else 1
    return f"{start}{running:05d}"


def open_calls() -> QuerySet[Round]:
    """Calls that declarations may be handed in under today, the one that closes first before the others."""
    calls: QuerySet[Round] = Round.objects.open_on(today())
    return calls


def open_call(chosen: int | None = None) -> Round | None:
    """The call `chosen` if it is open today, else the open one that closes first; None where none is open."""
    return one_of(list(open_calls()), chosen)


def one_of(calls: list[Round], chosen: int | None) -> Round | None:
    """The call with the id `chosen`, else the first; None where there is none."""
    return next((one for one in calls if one.pk == chosen), calls[0] if calls else None)


def copy_facts(project: Project, content: Mapping[str, Any]) -> list[str]:
    """Copy what rules, lists and likeness ask about to the project's columns, as far as it can be read."""
    chosen = whole(text_at(content, "basics-owner_unit"))
    if chosen is not None and chosen != project.owner_unit_id:
        owner = Office.objects.filter(pk=chosen, is_active=True).first()
        if owner is not None:
            project.owner_unit = owner
    project.owner_kind = project.owner_unit.owner_kind
    facts = facts_typed(content, owner_kind=project.owner_kind)
    project.name = text_at(content, "basics-name")[:120] or _("Draft without a name")
    project.summary = "\n".join(
        part for part in (text_at(content, "purpose-content"), text_at(content, "purpose-goal")) if part
    )
    project.on_behalf_of = text_at(content, "basics-on_behalf_of")[:80]
    project.part_of = text_at(content, "basics-part_of")[:120]
    amount = amount_or_none(text_at(content, "money-investment"), unit=unit_of(content))
    if amount is not None or project.routed_on is None:  # what was routed by an amount keeps one
        project.investment = amount
    for key in ("action", "category", "funding_source"):
        setattr(project, key, getattr(facts, key))
    for key in YES_NO_FACTS:
        if key != "classified":
            setattr(project, key, getattr(facts, key))
    priorities = content.get("priority", {})
    project.priority = [key for key, value in priorities.items() if key != "note" and value == YES]
    return [
        "name",
        "summary",
        "owner_unit",
        "owner_kind",
        "on_behalf_of",
        "part_of",
        "investment",
        "action",
        "category",
        "funding_source",
        "priority",
        *(key for key in YES_NO_FACTS if key != "classified"),
    ]


def by_todays_rules(declaration: Declaration) -> Declaration:
    """Put a draft under the version of the day: by that one it is handed in, so its form must ask what that one asks.

    Saved with the draft. What was handed in keeps the version it was handed in by.
    """
    if declaration.state == FilingState.DRAFT:
        declaration.project.rule_version = version_on(declaration.project.county, today())
    return declaration


def keep_partners(project: Project, content: Mapping[str, Any]) -> None:
    """Bring the partner units in line with what was typed; a part that changed must be confirmed anew."""
    wanted: dict[int, str] = {}
    if text_at(content, "basics-cross_department") == YES:
        for row in rows_at(content, "basics-partners"):
            office_id = whole(row.get("office"))
            if office_id is not None and row.get("part", "").strip():
                wanted[office_id] = row["part"].strip()
    offices = Office.objects.filter(pk__in=wanted, is_active=True).in_bulk()
    existing = {one.office_id: one for one in PartnerUnit.objects.filter(project=project)}
    for office_id, one in existing.items():
        if office_id not in offices:
            one.delete()
        elif one.part != wanted[office_id]:
            one.part, one.confirmed_by, one.confirmed_at = wanted[office_id], None, None
            one.save(update_fields=["part", "confirmed_by", "confirmed_at"])
    for office_id, office in offices.items():
        if office_id not in existing and office_id != project.applicant_id:
            PartnerUnit.objects.create(project=project, office=office, part=wanted[office_id])


def ask_partners(*, actor: Actor, declaration: Declaration) -> int:
    """Tell the partner units that have not confirmed their part yet. Returns how many units were told."""
    project = declaration.project
    require_filer(actor=actor, project=project)
    waiting = list(PartnerUnit.objects.filter(project=project, confirmed_at=None).select_related("office"))
    for one in waiting:
        notify.put_before(
            one.office,
            permission="declaration.file",
            kind="partner_asked",
            project=project,
            key=f"partner:{one.pk}:{declaration.content_version}",
            data={"unit": project.applicant.name, "what": "partner_part"},
            path=f"/{project.county.code}/declarations/{declaration.pk}/partner/",
        )
    return len(waiting)


def confirm_part(*, actor: Actor, partner: PartnerUnit) -> PartnerUnit:
    """A partner unit confirms the part it takes in a joint project (by one of its own filers).

    Raises `NotPermitted`, `WrongState` for a project that has ended.
    """
    if not actor.may("declaration.file") or not actor.in_office(partner.office_id):
        raise NotPermitted(_("Only people who file for this unit confirm its part."))
    with audit.act():
        partner = (
            PartnerUnit.objects.select_for_update(of=("self",)).select_related("project", "office").get(pk=partner.pk)
        )
        if partner.project.state not in UNENDED:
            raise WrongState(_("This project has ended: there is no part to confirm any more."))
        if partner.confirmed_at is None:
            partner.confirmed_by, partner.confirmed_at = actor.user, timezone.now()
            partner.save(update_fields=["confirmed_by", "confirmed_at"])
            audit.entry(
                actor=actor,
                action="partner.confirm",
                record=partner,
                project=partner.project,
                label=partner.office.name,
                new={"part": partner.part},
            )
    return partner


# --- classified projects --------------------------------------------------------------------------------------


def secrecy_articles(project_rules: Any) -> Sequence[str]:
    """The county's own articles on classified projects."""
    rows = [row for row in project_rules.rules.scope.rows if row.then.result == "secrecy"]
    return cite(*(row.articles for row in rows)) if rows else []


def classified_refusal(project: Project) -> Refusal:
    """Why nothing may be entered for a classified project, with the county's own article."""
    return Refusal(
        _(
            "This project is classified: only its number, owner unit and handling office are kept here. Texts and files"
            " are handled by the secrecy rules and may not enter this program."
        ),
        articles=secrecy_articles(ruleset_of(project.rule_version)),
        field="classified",
    )


def register_classified(*, actor: Actor, owner_unit: Office, handling_office: Office) -> Project:
    """Register a classified project: number, owner unit, handling office, and nothing else (DA-7 and its like).

    Raises `NotPermitted`; `Refusal` for offices of another county or out of use.
    """
    county = current_county()
    assert county is not None
    if not actor.may("declaration.file") or actor.office is None or actor.user is None:
        raise NotPermitted(_("Your role does not file declarations."))
    with audit.act():
        version = version_on(county, today())
        project = Project(
            county=county,
            number=next_number(),
            name=_("Classified project"),
            applicant=actor.office,
            owner_unit=owner_unit,
            handling_office=handling_office,
            owner_kind=owner_unit.owner_kind,
            classified=True,
            filed_by=actor.user,
            rule_version=version,
        )
        project.save()
        perform(
            project,
            "register_only",
            actor=actor,
            articles=secrecy_articles(ruleset_of(version)),
            fields={"standing": Standing.STUB},
        )
    return project


def record_out_of_scope(*, actor: Actor, reasons: Sequence[tuple[str, Sequence[str]]]) -> None:
    """Note in the audit trail that somebody asked and was told that a project is out of scope. Nothing else is kept."""
    articles = cite(*(list(cited) for _text, cited in reasons)) if reasons else []
    audit.entry(
        actor=actor,
        action="declaration.out_of_scope",
        label=_("Out of scope"),
        new={"reasons": [text for text, _cited in reasons]},
        articles=articles,
    )
