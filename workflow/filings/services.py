"""What people do with a filing: start, save, hand in, send back, hand in again, withdraw, add and take out papers.

Every kind of filing goes through here, from pages, the interface for programs and tasks alike; what is particular to a
kind its `FilingKind` answers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import SYSTEM, Actor
from accounts.models import Office
from accounts.refusals import NotPermitted, Refusal, Stale, WrongState, clean_text
from workflow.clocks import deadlines, pauses
from workflow.documents import storage
from workflow.filings import returning
from workflow.filings.access import editors_with, open_sections, require_editable, require_filer
from workflow.filings.checks import require_complete
from workflow.filings.content import Content, check_size, put
from workflow.filings.kinds import FilingKind, kind_of
from workflow.filings.returning import OWNER_REVISION
from workflow.filings.saving import F, note, write
from workflow.filings.saving import locked as locked
from workflow.filings.saving import save as save
from workflow.machines.runner import perform, require
from workflow.models import CorrectionItem, Document, Duty, Filing, FilingRevision, FilingState, Step, StepState
from workflow.models.documents import by_purpose
from workflow.notices import notify
from workflow.route.steps import close_items, locked_steps, open_item, step_path
from workflow.trail import audit

# --- writing --------------------------------------------------------------------------------------------------


def start(
    *,
    actor: Actor,
    kind: FilingKind[F],
    unit: Office,
    project: Any = None,
    step: Step | None = None,
    call: Any = None,
    content: Mapping[str, Any] | None = None,
    **facts: Any,
) -> F:
    """Begin a draft of a unit. Raises `NotPermitted`, `TooLong`; `WrongState` where the step has one already."""
    typed: Content = {key: dict((content or {}).get(key, {})) for key in kind.sections()}
    check_size(typed)
    filing: Any = kind.model(
        kind=kind.key,
        project=project,
        step=step,
        call=call,
        unit=unit,
        content=typed,
        editors=actor.people,
        saved_at=timezone.now(),
        content_version=1,
    )
    if not kind.may_file(actor, filing):
        raise NotPermitted(_("Your role does not file this."))
    with audit.act():
        if step is not None and Filing.objects.filter(step=step, kind=kind.key).exists():
            raise WrongState(_("This was begun already: reload the page to go on with it."))
        filing.save()
        note(actor, filing, "start", {"call": call, **facts})
    return filing


def attach(*, actor: Actor, filing: Filing, purpose: str, upload: UploadedFile[Any], at: str = "") -> Document:
    """Add a paper under its key; `at` names the field of a row that it is the paper of.

    Raises what `workflow.documents.storage.store` raises; a returned filing takes only papers of the sections named in
    the return.
    """
    kind = kind_of(filing)
    kind.check_paper(filing, purpose)
    with audit.act():
        filing = locked(filing)
        if not kind.may_add_papers(actor, filing):
            require_filer(filing, actor)
        require_editable(filing)
        try:
            _require_open_section(filing, purpose)
            document = storage.store(
                actor=actor,
                project=filing.project,
                step=filing.step,
                purpose=purpose,
                upload=upload,
                subject=kind.paper_subject(filing),
            )
        except Refusal as refusal:
            refusal.field = at or field_of(filing, purpose)
            raise
        if at:
            write(filing, actor, put(filing.content, at, str(document.pk)))
    return document


def detach(*, actor: Actor, filing: Filing, document: Document) -> Document:
    """Take one of its papers out of a filing that may be changed. Raises `WrongState` for one that lies not with it."""
    with audit.act():
        filing = locked(filing)
        require_filer(filing, actor)
        require_editable(filing)
        papers = by_purpose(kind_of(filing).papers(filing)).get(document.purpose, [])
        own = next((one for one in papers if one.pk == document.pk), None)
        if own is None:
            raise WrongState(_("This paper is not among the papers of this filing any more."))
        own.project = filing.project
        _require_open_section(filing, own.purpose)
        return storage.withdraw(actor=actor, document=own)


def _places_of(filing: Filing, purpose: str) -> list[tuple[str, str]]:
    """Where a form asks for a paper: sections and fields."""
    return [
        (section.key, one.name)
        for section in kind_of(filing).sheet(filing).sections
        for one in section.all_fields()
        if one.kind == "paper" and one.purpose == purpose
    ]


def field_of(filing: Filing, purpose: str) -> str:
    """The field that takes a paper of this key."""
    places = _places_of(filing, purpose)
    return places[0][1] if places else f"papers-{purpose}"


def _require_open_section(filing: Filing, purpose: str) -> None:
    """Refuse a paper of a returned filing whose section the return did not name."""
    unlocked = open_sections(filing)
    if unlocked is None:
        return
    asked_in = {section for section, _name in _places_of(filing, purpose)} or {"papers"}
    if not asked_in.intersection(unlocked):
        raise Refusal(_("This paper stands in a section that was not returned for correction: it stays as it is."))


# --- handing in -----------------------------------------------------------------------------------------------


def submit(*, actor: Actor, filing: F, seen_content_version: int | None = None) -> F:
    """Hand a draft in: check everything, keep the revision, start what counts from KEY_submitted.

    Raises `Incomplete` with every missing or wrong item, `WrongState` when it is in already, `Stale`, `NotPermitted`.
    """
    with audit.act():
        filing = _ready(actor, filing, FilingState.DRAFT, seen_content_version)
        kind = kind_of(filing)
        columns = kind.handing_in(filing, actor)
        perform(
            filing,
            "submit",
            actor=actor,
            articles=kind.articles(filing),
            fields={
                "submitted_at": timezone.now(),
                "round": 1,
                "unlocked": [],
                "editors": editors_with(filing, actor),
                **columns,
            },
        )
        _keep_revision(actor, filing)
        kind.submitted(filing, actor)
        _happened(actor, filing)
    return filing


def resubmit(*, actor: Actor, filing: F, seen_content_version: int | None = None) -> F:
    """Hand a corrected filing in again: its step and clocks go on, the revision shows what changed.

    Raises as `submit` does.
    """
    with audit.act():
        filing = _ready(actor, filing, FilingState.RETURNED, seen_content_version)
        kind = kind_of(filing)
        before = kind.facts(filing)
        columns = kind.handing_in(filing, actor)
        perform(
            filing,
            "resubmit",
            actor=actor,
            articles=kind.articles(filing),
            fields={"round": filing.round + 1, "unlocked": [], "editors": editors_with(filing, actor), **columns},
        )
        asked = CorrectionItem.objects.filter(filing=filing, answered_at=None)
        waiting = set(asked.values_list("step_id", flat=True))
        asked.update(answered_at=timezone.now())
        _keep_revision(actor, filing)
        for step in locked_steps(filing.project) if filing.project is not None else ():
            if step.pk in waiting and step.state == StepState.WAITING:
                _resume(filing, step)
        kind.resubmitted(filing, actor, before)
        _happened(actor, filing)
    return filing


def _ready(actor: Actor, filing: F, state: FilingState, seen: int | None) -> F:
    """The filing, locked, if the person may hand it in as it is now."""
    filing = locked(filing)
    require_filer(filing, actor)
    if filing.state != state:
        raise already_in(filing)
    if seen is not None and seen != filing.content_version:
        raise Stale(_("Somebody changed this since you opened it. Please reload, look again, and then hand it in."))
    require_complete(kind_of(filing).checked(filing))
    return filing


def already_in(filing: Filing) -> WrongState:
    """What a second press is told."""
    if filing.submitted_at is not None and filing.state != FilingState.DRAFT:
        moment = timezone.localtime(filing.submitted_at).strftime("%Y-%m-%d %H:%M")
        number = filing.project.number if filing.project is not None else filing.pk
        return WrongState(
            _("This was handed in already, on %(moment)s; its number is %(number)s. Nothing was done twice.")
            % {"moment": moment, "number": number}
        )
    return WrongState(_("This is “%(state)s”: it cannot be handed in.") % {"state": filing.get_state_display()})


def _keep_revision(actor: Actor, filing: Filing) -> None:
    FilingRevision.objects.create(
        filing_id=filing.pk,
        round=filing.round,
        content=filing.content,
        facts=audit.plain(kind_of(filing).facts(filing)),
        submitted_at=timezone.now(),
        submitted_by_id=actor.user.pk if actor.user else filing.editors[0],
    )


def _happened(actor: Actor, filing: Filing) -> None:
    """Start the clocks that count from the hand-in; those that run already are left alone."""
    if filing.project is not None:
        deadlines.happened(actor=actor, project=filing.project, event=f"{filing.kind}_submitted")


# --- correction -----------------------------------------------------------------------------------------------


def filing_of(step: Step) -> Filing:
    """What was handed in for a step: its own filing, else the declaration of its project."""
    unsent = (FilingState.DRAFT, FilingState.WITHDRAWN)
    own = Filing.objects.filter(step=step).exclude(state__in=unsent).order_by("-pk").first()
    found = own or step.project.declaration
    if found is None:
        raise WrongState(_("Nothing was handed in for this step."))
    return found


def send_back(
    *,
    actor: Actor,
    step: Step,
    items: Sequence[Mapping[str, str]],
    reason: str = "",
    correct_by: dt.date | None = None,
    seen_version: int | None = None,
) -> list[CorrectionItem]:
    """Return what was handed in for a step: only the sections the items name unlock (an empty section: all of them).

    The step waits, its clocks stop as far as the rules let them, and the unit gets the work, with the reason as a whole
    and the day by which it is wanted back. The route is kept: handing in again goes on at this very step. While it
    waits, a further return adds what is to be corrected as well; nothing that was asked is taken back.
    """
    returning.check_day(correct_by)
    overall = clean_text(reason, field="reason")
    wanted = returning.wanted(items, step)
    reason = overall or "；".join(item["text"] for item in wanted)
    with audit.act():
        filing = locked(filing_of(step))
        step.project = filing.project
        unlocked = returning.unlocked_by(wanted, filing)
        if filing.state == FilingState.RETURNED and returning.is_waiting(step, seen_version):
            require(step, "send_back", actor, {"reason": reason})
            returning.check_same_day(correct_by, filing)
            filing.unlocked = sorted({*filing.unlocked, *unlocked})
            filing.content_version += 1  # who hands in what they saw before is told
            filing.save(update_fields=["unlocked", "content_version"])
            note(actor, filing, "widen", {"items": wanted, "unlocked": filing.unlocked, "reason": reason})
            corrections = returning.ask(actor=actor, filing=filing, step=step, wanted=wanted)
            returning.tell(filing, step, reason=reason, day=filing.correct_by, occasion=f"w{corrections[-1].pk}")
            return corrections
        perform(step, "send_back", actor=actor, seen_version=seen_version, articles=step.articles, reason=reason)
        perform(
            filing,
            "send_back",
            actor=actor,
            articles=step.articles,
            fields={"unlocked": unlocked, "return_reason": overall, "correct_by": correct_by},
            items=wanted,
            step=step.key,
        )
        corrections = returning.ask(actor=actor, filing=filing, step=step, wanted=wanted)
        pauses.pause_step(
            actor=actor,
            step=step,
            key=OWNER_REVISION,
            reason=_("Returned for correction"),
            articles=returning.pause_articles(step),
        )
        item = open_item(step=step, office=filing.unit, duty=Duty.CORRECT)
        returning.start_day(actor=actor, item=item, day=correct_by)
        returning.tell(filing, step, reason=reason, day=correct_by, occasion=str(step.version))
    return corrections


def _resume(filing: Filing, step: Step) -> None:
    """Let a step go on that waited for a correction, and tell its office."""
    perform(step, "resume", actor=SYSTEM, is_locked=True)
    pauses.resume_step(actor=SYSTEM, step=step, key=OWNER_REVISION)
    deadlines.meet(actor=SYSTEM, step=step, key=OWNER_REVISION)
    close_items(step, duty=Duty.CORRECT)
    if step.office is not None:
        notify.put_before(
            step.office,
            permission="project.view",
            kind="resubmitted",
            project=filing.project,
            key=f"resubmitted:{filing.pk}:{filing.round}",
            data={"what": step.key},
            path=step_path(step),
        )


# --- the end --------------------------------------------------------------------------------------------------


def withdraw(*, actor: Actor, filing: F, reason: str, seen_version: int | None = None) -> F:
    """Take a filing back with a reason, as long as it is not decided."""
    reason = clean_text(reason, field="reason", most=2000)
    if not reason:
        raise Refusal(_("Please give the reason for withdrawing; it stands in the history."), field="reason")
    with audit.act():
        filing = locked(filing)
        require_filer(filing, actor)
        kind = kind_of(filing)
        if not kind.can_withdraw:
            raise WrongState(_("This is not withdrawn: it is handed in for a step of the route, or stays a draft."))
        if not kind.stands_accepted(filing):
            perform(filing, "withdraw", actor=actor, seen_version=seen_version, reason=reason)
        kind.withdrawn(filing, actor, reason)
    return filing


def conclude(*, actor: Actor, filing: Filing, articles: Sequence[str]) -> None:
    """Accept what was handed in: its step was done. It cannot be sent back any more."""
    perform(filing, "conclude", actor=actor, articles=articles)
    kind_of(filing).concluded(filing, actor)


def refuse(*, actor: Actor, filing: Filing, articles: Sequence[str], reason: str) -> None:
    """Refuse what was handed in: its step was refused."""
    perform(filing, "refuse", actor=actor, articles=articles, reason=reason)
    kind_of(filing).refused(filing, actor)


def step_ended(step: Step, actor: Actor, facts: Mapping[str, Any]) -> None:
    """A step was done or refused: so is what was handed in for it."""
    if getattr(step, "is_filed", None) is False:  # read with it by `locked_steps`
        return
    for filing in Filing.objects.filter(step=step, state__in=(FilingState.SUBMITTED, FilingState.RETURNED)):
        filing.step, filing.project = step, step.project
        if step.state == StepState.REFUSED:
            refuse(actor=SYSTEM, filing=filing, articles=step.articles, reason=step.reason)
        elif filing.state == FilingState.SUBMITTED and not kind_of(filing).passed_on(filing, actor):
            conclude(actor=SYSTEM, filing=filing, articles=step.articles)
