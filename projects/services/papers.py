"""Papers of a declaration: added under a key of the rules, taken out again while its section may be changed."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Refusal, WrongState
from projects.access import require_filer
from projects.declaring.setting import QUOTE_PAPER
from projects.declaring.sheet import build
from projects.models import Declaration
from projects.ruling import ruleset_of
from projects.services.drafts import classified_refusal, editors_with, locked, open_sections, require_editable
from projects.services.sheets import form_context_of
from workflow.documents import storage
from workflow.filings.content import MOST_ROWS, put
from workflow.models import Document
from workflow.trail import audit

OWN_SECTION = "papers"  # where a paper stands that no section of the form asks for


def attach(
    *, actor: Actor, declaration: Declaration, purpose: str, upload: UploadedFile[Any], quote_row: int | None = None
) -> Document:
    """Add a paper under a document key of the rules, or the paper of a vendor quote (`quote_row`, from 0).

    Raises what `workflow.documents.store` raises; a classified project takes none (with its county's own article), a
    returned declaration only those of the sections named in the return.
    """
    project = declaration.project
    if project.classified:
        raise classified_refusal(project)
    if quote_row is not None and not 0 <= quote_row < MOST_ROWS:
        raise Refusal(_("There is no such row."), field="quotes-rows")
    rules = ruleset_of(project.rule_version)
    if purpose != QUOTE_PAPER and purpose not in rules.rules.documents:
        raise Refusal(_("The rules know no paper of this kind."), field="papers")
    with transaction.atomic(), audit.gathered():
        declaration = locked(declaration)
        if not actor.in_office(declaration.project.owner_unit_id):
            require_filer(actor=actor, project=declaration.project)  # the owner unit adds papers, the applicant files
        require_editable(declaration)
        try:
            _require_open_section(declaration, purpose)
            document = storage.store(actor=actor, project=declaration.project, purpose=purpose, upload=upload)
        except Refusal as refusal:
            refusal.field = f"papers-{purpose}" if quote_row is None else f"quotes-rows-{quote_row}-document"
            raise
        if quote_row is not None:
            _name_in_row(actor, declaration, quote_row, document)
    return document


def _name_in_row(actor: Actor, declaration: Declaration, number: int, document: Document) -> None:
    """Name a paper in the row of its quote; rows before it that nobody typed yet are left blank."""
    declaration.content = put(declaration.content, f"quotes-rows-{number}-document", str(document.pk))
    declaration.content_version += 1
    declaration.editors = editors_with(declaration, actor)
    declaration.save(update_fields=["content", "content_version", "editors"])


def detach(*, actor: Actor, declaration: Declaration, document: Document) -> Document:
    """Take one of its papers out of a declaration that may be changed.

    Raises `WrongState` for a paper that is not (or not any more) this declaration's.
    """
    with transaction.atomic(), audit.gathered():
        declaration = locked(declaration)
        require_filer(actor=actor, project=declaration.project)
        require_editable(declaration)
        own = Document.objects.active().filter(pk=document.pk, project=declaration.project).first()
        if own is None:
            raise WrongState(_("This paper is not among the papers of this declaration any more."))
        own.project = declaration.project
        _require_open_section(declaration, own.purpose)
        return storage.withdraw(actor=actor, document=own)


def _require_open_section(declaration: Declaration, purpose: str) -> None:
    """Refuse a paper of a returned declaration whose section the return did not name."""
    unlocked = open_sections(declaration)
    if unlocked is None:
        return
    sheet = build(declaration.content, form_context_of(declaration))
    asked_in = {
        section.key
        for section in sheet.sections
        for one in section.all_fields()
        if one.kind == "paper" and one.purpose == purpose
    }
    if not (asked_in or {OWN_SECTION}).intersection(unlocked):
        raise Refusal(
            _("This paper stands in a section that was not returned for correction: it stays as it is."),
            field=f"papers-{purpose}",
        )
