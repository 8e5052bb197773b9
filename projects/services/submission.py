"""Handing in, returning for correction, handing in again, withdrawing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import SYSTEM, Actor
from accounts.refusals import Incomplete, Refusal, Stale, WrongState, clean_text
from jurisdictions.fields import whole
from projects.access import require_filer
from projects.declaring.setting import unit_of
from projects.declaring.sheet import build
from projects.likeness import compare
from projects.models import Declaration, PlannedMoney, Project, Standing, VendorQuote
from projects.ruling import ruleset_of
from projects.services.drafts import copy_facts, editors_with, locked
from projects.services.routing import sync_route
from projects.services.sheets import form_context_of, occasion_of, sheet_of
from projects.services.standing import end_project
from workflow.clocks import deadlines
from workflow.clocks.clock import today
from workflow.filings.content import read_amount, rows_at
from workflow.machines.runner import perform
from workflow.models import CorrectionItem, Document, Duty, FilingRevision, FilingState, Step, StepState
from workflow.notices import notify
from workflow.route.kinds import kind_of
from workflow.route.steps import advance, close_items, finish, locked_steps, open_item, step_path
from workflow.trail import audit

OWNER_REVISION = "owner_revision"
WITHDRAWABLE = (Standing.DRAFT, Standing.IN_REVIEW, Standing.IN_RESERVE)


def submit(*, actor: Actor, declaration: Declaration, seen_content_version: int | None = None) -> Declaration:
    """Hand a declaration in by the rules of the day: check everything, lay the route, open its first step.

    Raises `Incomplete` with every missing or wrong item, `WrongState` when it is in already, `Stale`, `NotPermitted`.
    """
    with transaction.atomic(), audit.gathered():
        declaration = locked(declaration)
        project = declaration.project
        require_filer(actor=actor, project=project)
        if declaration.state != FilingState.DRAFT:
            raise already_in(declaration)
        _require_seen(declaration, seen_content_version)
        occasion = occasion_of(declaration)
        _require_complete(declaration)
        copied = copy_facts(project, declaration.content)
        call = occasion.call
        project.routed_on = today()
        if call is not None:
            project.plan_year = call.plan_year
        elif project.plan_year is None:
            project.plan_year = today().year + 1 if occasion.window else today().year
        # Never the whole row: that names the columns of its number, and PostgreSQL would lock the project against every
        # entry that refers to it, among them those of a call that is being closed.
        project.save(update_fields=[*copied, "rule_version", "routed_on", "plan_year"])
        perform(
            declaration,
            "submit",
            actor=actor,
            articles=_declaring_articles(project),
            late=not occasion.is_timely,
            fields={
                "submitted_at": timezone.now(),
                "round": 1,
                "call": call,
                "unlocked": [],
                "editors": editors_with(declaration, actor),
            },
        )
        perform(project, "submit", actor=actor, fields={"standing": Standing.IN_REVIEW})
        _keep_lines(declaration)
        _keep_revision(actor, declaration)
        sync_route(actor=actor, project=project)
        _end_declaration_step(actor, project)
        compare(actor=SYSTEM, project=project)
    return declaration


def already_in(declaration: Declaration) -> WrongState:
    """What a second press is told."""
    if declaration.submitted_at is not None and declaration.state != FilingState.DRAFT:
        moment = timezone.localtime(declaration.submitted_at).strftime("%Y-%m-%d %H:%M")
        return WrongState(
            _(
                "This declaration was handed in already, on %(moment)s; its number is %(number)s."
                " Nothing was done twice."
            )
            % {"moment": moment, "number": declaration.project.number}
        )
    return WrongState(
        _("This declaration is “%(state)s”: it cannot be handed in.") % {"state": declaration.get_state_display()}
    )


def _require_seen(declaration: Declaration, seen: int | None) -> None:
    if seen is not None and seen != declaration.content_version:
        raise Stale(
            _("Somebody changed this declaration since you opened it. Please reload, look again, and then hand it in.")
        )


def _require_complete(declaration: Declaration) -> None:
    problems = sheet_of(declaration).problems
    if problems:
        raise Incomplete(
            _("The declaration is not complete: %(count)s points are missing or wrong. Nothing was handed in yet.")
            % {"count": len(problems)},
            items=problems,
        )


def _declaring_articles(project: Project) -> list[str]:
    rules = ruleset_of(project.rule_version)
    return list(rules.rules.actions.get(project.action, []))


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


def _keep_revision(actor: Actor, declaration: Declaration) -> FilingRevision:
    return FilingRevision.objects.create(
        filing=declaration,
        round=declaration.round,
        content=declaration.content,
        facts=audit.plain(declaration.project.facts()),
        submitted_at=timezone.now(),
        submitted_by_id=actor.user.pk if actor.user else declaration.project.filed_by_id,
    )


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


# --- correction -----------------------------------------------------------------------------------------------


def send_back(
    *,
    actor: Actor,
    step: Step,
    items: Sequence[Mapping[str, str]],
    reason: str = "",
    seen_version: int | None = None,
) -> list[CorrectionItem]:
    """Return a declaration for correction: only the sections the items name unlock (an empty section: all of them).

    The step waits, its clocks stop as far as the rules let them, and the applicant unit gets the work. The route is
    kept: handing in again goes on at this very step.
    """
    wanted = _wanted(items, step)
    reason = clean_text(reason, field="reason") or "；".join(item["text"] for item in wanted)
    with transaction.atomic(), audit.gathered():
        declaration = locked(Declaration.objects.get(project_id=step.project_id))
        step.project = declaration.project
        unlocked = _unlocked_by(wanted, declaration)
        perform(step, "send_back", actor=actor, seen_version=seen_version, articles=step.articles, reason=reason)
        perform(
            declaration,
            "send_back",
            actor=actor,
            articles=step.articles,
            fields={"unlocked": unlocked},
            items=wanted,
            step=step.key,
        )
        corrections = _keep_corrections(actor, declaration, step, wanted)
        deadlines.pause_step(
            actor=actor,
            step=step,
            key=OWNER_REVISION,
            reason=_("Returned for correction"),
            articles=_pause_articles(step),
        )
        open_item(step=step, office=declaration.project.applicant, duty=Duty.CORRECT)
        _tell_applicant(declaration, step, reason)
    return corrections


def _wanted(items: Sequence[Mapping[str, str]], step: Step) -> list[dict[str, str]]:
    """The items that say something, as texts. Raises `Refusal` where none does."""
    wanted = [
        {key: clean_text(str(item.get(key, "")), field="items") for key in ("section", "field", "text")}
        for item in items
    ]
    wanted = [item for item in wanted if item["text"]]
    if not wanted:
        raise Refusal(
            _("Please say what must be corrected: at least one item with its section and what is wrong."),
            field="items",
            articles=step.articles,
        )
    return wanted


def _unlocked_by(wanted: Sequence[Mapping[str, str]], declaration: Declaration) -> list[str]:
    """The sections that items name; all of them for an item without one. Raises `Refusal` for an unknown one."""
    known = {section.key for section in build(declaration.content, form_context_of(declaration)).sections}
    named = {item["section"] for item in wanted}
    for key in sorted(named - known - {""}):
        raise Refusal(_("The declaration has no section “%(key)s”.") % {"key": key}, field="items")
    return sorted(known if "" in named else named)


def _keep_corrections(
    actor: Actor, declaration: Declaration, step: Step, wanted: Sequence[Mapping[str, str]]
) -> list[CorrectionItem]:
    now = timezone.now()
    return CorrectionItem.objects.bulk_create(
        CorrectionItem(
            county=declaration.project.county,
            filing=declaration,
            step=step,
            round=declaration.round,
            section=item["section"],
            field=item["field"][:80],
            text=item["text"],
            asked_by=actor.user,
            asked_at=now,
        )
        for item in wanted
    )


def _tell_applicant(declaration: Declaration, step: Step, reason: str) -> None:
    project = declaration.project
    notify.tell(
        office=project.applicant,
        permission="declaration.file",
        kind="returned",
        project=project,
        key=f"returned:{declaration.pk}:{step.pk}:{step.version}",
        data={"what": step.key, "reason": reason},
        path=f"/{project.county.code}/declarations/{declaration.pk}/edit/",
    )


def _pause_articles(step: Step) -> list[str]:
    for rule in step.rule.get("deadlines") or []:
        for pause in rule.get("pauses") or []:
            if pause.get("key") == OWNER_REVISION:
                return list(pause.get("articles") or [])
    return []


def resubmit(*, actor: Actor, declaration: Declaration, seen_content_version: int | None = None) -> Declaration:
    """Hand a corrected declaration in again: the same step goes on, clocks go on, the revision shows what changed.

    When facts changed the route is laid anew; nothing that is done restarts. Raises as `submit` does.
    """
    with transaction.atomic(), audit.gathered():
        declaration = locked(declaration)
        project = declaration.project
        require_filer(actor=actor, project=project)
        if declaration.state != FilingState.RETURNED:
            raise already_in(declaration)
        _require_seen(declaration, seen_content_version)
        _require_complete(declaration)
        facts_before = project.facts()
        project.save(update_fields=copy_facts(project, declaration.content))
        perform(
            declaration,
            "resubmit",
            actor=actor,
            articles=_declaring_articles(project),
            fields={"round": declaration.round + 1, "unlocked": [], "editors": editors_with(declaration, actor)},
        )
        CorrectionItem.objects.filter(filing=declaration, answered_at=None).update(answered_at=timezone.now())
        _keep_lines(declaration)
        _keep_revision(actor, declaration)
        for step in locked_steps(project):
            if step.state == StepState.WAITING:
                perform(step, "resume", actor=SYSTEM, is_locked=True)
                deadlines.resume_step(actor=SYSTEM, step=step, key=OWNER_REVISION)
                close_items(step, duty=Duty.CORRECT)
                _tell_reviewers(project, step, declaration)
        if project.facts() != facts_before:
            sync_route(actor=actor, project=project)
            advance(actor=SYSTEM, project=project)
        compare(actor=SYSTEM, project=project)
    return declaration


def _tell_reviewers(project: Project, step: Step, declaration: Declaration) -> None:
    if step.office is None:
        return
    notify.tell(
        office=step.office,
        permission="project.view",
        kind="resubmitted",
        project=project,
        key=f"resubmitted:{declaration.pk}:{declaration.round}",
        data={"what": step.key},
        path=step_path(step),
    )


# --- the end --------------------------------------------------------------------------------------------------


def withdraw(*, actor: Actor, declaration: Declaration, reason: str, seen_version: int | None = None) -> Declaration:
    """Take a declaration back with a reason, as long as it is not decided: draft to reserve."""
    reason = clean_text(reason, field="reason", most=2000)
    if not reason:
        raise Refusal(_("Please give the reason for withdrawing; it stands in the history."), field="reason")
    with transaction.atomic(), audit.gathered():
        declaration = locked(declaration)
        project = declaration.project
        require_filer(actor=actor, project=project)
        in_reserve = project.standing == Standing.IN_RESERVE
        if declaration.state != FilingState.ACCEPTED or not in_reserve:
            perform(declaration, "withdraw", actor=actor, seen_version=seen_version, reason=reason)
        end_project(actor=actor, project=project, how="withdraw", reason=reason)
    return declaration
