"""Papers: stored by the hash of their content, checked for size and kind, served only through a permission check."""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import NotPermitted, Refusal
from jurisdictions.scope import current_county
from workflow.documents import contents
from workflow.models import Document, Origin, Step
from workflow.trail import audit

NAME_LENGTH = 200

CONTENT_TYPES = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ofd": "application/ofd",
    "wps": "application/vnd.ms-works",
    "et": "application/vnd.ms-excel",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "zip": "application/zip",
    "txt": "text/plain",
    "csv": "text/csv",
}


def store(
    *,
    actor: Actor,
    project: Any,
    purpose: str,
    upload: UploadedFile[Any],
    step: Step | None = None,
    subject: Model | None = None,
    supersedes: Document | None = None,
) -> Document:
    """Keep a paper that a person uploads, under `purpose`, a document key of the rules.

    It belongs to `subject` (else to the step, else to the project) and is read by who may read `project` (None:
    minutes of a meeting). `supersedes` is the version it takes the place of. Raises `NotPermitted` for somebody who may
    not add papers here, `Refusal` when the project is classified, or the file is empty, larger than
    `UPLOAD_MAX_BYTES`, of a kind that is not taken, or not what its name says.
    """
    _check_may_add(actor, project)
    assert actor.user is not None, "papers are added by people"
    name = clean_name(upload.name or "")
    content_type = _check(name, upload)
    digest = _keep(upload)
    document = Document(
        project=project,
        step=step,
        purpose=purpose,
        name=name,
        size=upload.size or 0,
        content_type=content_type,
        sha256=digest,
        uploaded_by=actor.user,
        on_behalf_of=actor.behalf_name,
    )
    return _record(actor, document, subject or step or project, supersedes)


def store_generated(
    *,
    actor: Actor,
    project: Any,
    purpose: str,
    name: str,
    content: bytes,
    subject: Model,
    supersedes: Document | None = None,
    number: str = "",
) -> Document:
    """Keep a paper that the program made: nobody need have uploaded it.

    `name` ends in a kind of file that is taken; `number` is that of an official paper, which then gets a verification
    code. Raises `Refusal` for a classified project.
    """
    _refuse_classified(project)
    name = clean_name(name)
    document = Document(
        project=project,
        step=subject if isinstance(subject, Step) else None,
        purpose=purpose,
        name=name,
        size=len(content),
        content_type=CONTENT_TYPES[name.rpartition(".")[2].lower()],
        sha256=_keep(ContentFile(content)),
        origin=Origin.GENERATED,
        number=number,
        verification_code=secrets.token_hex(8) if number else "",
        uploaded_by=actor.user,
        on_behalf_of=actor.behalf_name,
    )
    return _record(actor, document, subject, supersedes)


def _record(actor: Actor, document: Document, subject: Model, supersedes: Document | None) -> Document:
    document.subject_type, document.subject_id = subject._meta.label_lower, subject.pk
    if supersedes is not None:
        if (supersedes.subject_type, supersedes.subject_id) != (document.subject_type, document.subject_id):
            raise ValueError("a version takes the place of a paper of the same subject")
        document.supersedes = supersedes
    document.save()
    audit.entry(
        actor=actor,
        action="document.add",
        record=document,
        project=document.project,
        label=document.name,
        old={"sha256": supersedes.sha256} if supersedes is not None else None,
        new={
            "purpose": document.purpose,
            "name": document.name,
            "size": document.size,
            "sha256": document.sha256,
            **({"number": document.number} if document.number else {}),
        },
    )
    return document


def withdraw(*, actor: Actor, document: Document) -> Document:
    """Take a paper out of the project; its content and the entry that it was there stay."""
    _check_may_add(actor, document.project)
    document.withdrawn_at = timezone.now()
    document.save(update_fields=["withdrawn_at"])
    audit.entry(
        actor=actor,
        action="document.withdraw",
        record=document,
        project=document.project,
        label=document.name,
        old={"purpose": document.purpose, "name": document.name, "sha256": document.sha256},
    )
    return document


def may_read(*, actor: Actor, project: Any) -> bool:
    """Whether a person may read a project's papers: reviewers all, a unit its own. No project: reviewers."""
    if actor.may("project.view"):
        return True
    return project is not None and actor.may("declaration.view_own") and is_own_unit(actor=actor, project=project)


def is_own_unit(*, actor: Actor, project: Any) -> bool:
    """Whether the person's office is the project's applicant or owner unit."""
    return actor.in_office(project.applicant_id) or actor.in_office(project.owner_unit_id)


def path_of(document: Document) -> Path:
    """Where a paper's content lies."""
    return _path(document.county_id, document.sha256)


def allowed() -> str:
    """The kinds of file that are taken, for a sentence."""
    return ", ".join(CONTENT_TYPES)


def limits() -> dict[str, Any]:
    """What a page says beside a file field: the kinds that are taken and the most megabytes a file may have."""
    accept = ",".join(f".{kind}" for kind in CONTENT_TYPES)
    return {
        "upload_types": allowed(),
        "upload_accept": accept,
        "upload_megabytes": settings.UPLOAD_MAX_BYTES // 1_048_576,
    }


def clean_name(name: str) -> str:
    """A file's own name: no folders, no control characters, not too long, its extension kept."""
    plain = "".join(one for one in name.replace("\\", "/").rpartition("/")[2] if one.isprintable()).strip(" .")
    stem, dot, extension = plain.rpartition(".")
    if len(plain) > NAME_LENGTH and dot:
        return stem[: NAME_LENGTH - len(extension) - 1] + dot + extension
    return plain[:NAME_LENGTH]


def _refuse_classified(project: Any) -> None:
    if project is not None and (project.classified or project.state == "stub"):
        raise Refusal(
            _("This project is classified: no paper of it may enter this program. It is handled by the secrecy rules."),
            field="upload",
        )


def _check_may_add(actor: Actor, project: Any) -> None:
    _refuse_classified(project)
    if actor.is_system:
        return
    if not actor.may("document.upload") or (
        project is not None and not actor.may("project.view") and not is_own_unit(actor=actor, project=project)
    ):
        raise NotPermitted(_("Your role does not allow you to add papers here."))


def _check(name: str, upload: UploadedFile[Any]) -> str:
    """The type of a file whose content is what its name says. Raises `Refusal` that says why it is not taken."""
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    if extension not in CONTENT_TYPES:
        raise Refusal(
            _("“%(name)s” is not a kind of file that is taken here. Allowed: %(allowed)s.")
            % {"name": name, "allowed": allowed()},
            field="upload",
        )
    if not upload.size:
        raise Refusal(_("“%(name)s” is empty. Please choose the file again.") % {"name": name}, field="upload")
    if upload.size > settings.UPLOAD_MAX_BYTES:
        raise Refusal(
            _("“%(name)s” has %(size)s MB; at most %(limit)s MB are taken. Please split or compress it.")
            % {
                "name": name,
                "size": -(-upload.size // 1_048_576),
                "limit": settings.UPLOAD_MAX_BYTES // 1_048_576,
            },
            field="upload",
        )
    assert upload.file is not None
    content = contents.read(upload.file)
    if reason := contents.refused(content, name, extension):
        raise Refusal(reason, field="upload")
    kind = CONTENT_TYPES[extension]
    return f"{kind}; charset={content.charset}" if content.charset else kind


def _path(county_id: int, digest: str) -> Path:
    return Path(settings.MEDIA_ROOT) / str(county_id) / digest[:2] / digest


def _keep(upload: File[Any]) -> str:
    """Write the content under its hash, whole or not at all. The same content is kept once a county."""
    county = current_county()
    assert county is not None
    root = Path(settings.MEDIA_ROOT) / str(county.pk)
    root.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    descriptor, partial = tempfile.mkstemp(dir=root, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            upload.seek(0)
            for chunk in upload.chunks():
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        target = _path(county.pk, digest.hexdigest())
        target.parent.mkdir(exist_ok=True)
        os.chmod(partial, settings.FILE_UPLOAD_PERMISSIONS or 0o640)
        os.replace(partial, target)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
    return digest.hexdigest()
