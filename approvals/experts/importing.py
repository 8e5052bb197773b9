"""Experts from a spreadsheet: read, looked at row by row before anything is written, then taken in by a job."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zipfile import BadZipFile

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from accounts.actors import Actor
from accounts.refusals import Refusal, WrongState
from approvals.experts import library
from approvals.models import Expert, ExpertImport
from jurisdictions.folding import folded, folded_name
from rendering.sheets import SheetColumn, write_xlsx
from workflow.documents import contents
from workflow.jobs.kinds import JobKind
from workflow.jobs.running import Result, Run
from workflow.trail import audit

MOST_ROWS = 2000
MOST_BYTES = 5 * 1024 * 1024
AT_A_TIME = 50
COLUMNS = {
    "name": gettext_lazy("Name"),
    "employer": gettext_lazy("Employer"),
    "title": gettext_lazy("Professional title"),
    "specialities": gettext_lazy("Specialities"),
    "phone": gettext_lazy("Phone"),
    "email": gettext_lazy("E-mail"),
    "note": gettext_lazy("Note"),
}
NEEDED = ("name", "employer", "specialities")
BETWEEN = "、,，;；/"


@dataclass
class Verdict:
    """What becomes of a row: added, changed, as it is, or refused and why."""

    number: int  # of the row in the file
    values: dict[str, Any]
    what: str  # add | change | same | refuse
    said: list[str] = field(default_factory=list)
    expert: Expert | None = None


def template() -> bytes:
    """An empty list to fill in, with the specialities of the county in its second line."""
    file = io.BytesIO()
    columns = [SheetColumn(str(label)) for label in COLUMNS.values()]
    note = _("Specialities: %(names)s") % {"names": "、".join(library.known_specialities())}
    write_xlsx(file, title=_("Library of experts"), note=note, columns=columns, rows=[])
    return file.getvalue()


def read(*, actor: Actor, upload: UploadedFile[Any]) -> ExpertImport:
    """Read a spreadsheet, to be looked at. Nothing of the library changes yet.

    Raises `NotPermitted`, and `Refusal` for a file that cannot be read, is too long, or lacks a column.
    """
    library.require_keeper(actor)
    assert actor.user is not None
    name = upload.name or ""
    if not name.lower().endswith(".xlsx"):
        raise Refusal(_("Please choose a file of the kind xlsx."), field="file")
    if (upload.size or 0) > MOST_BYTES:
        raise Refusal(_("The file is too large: at most 5 MB are taken."), field="file")
    raw = upload.read()
    if reason := contents.refused(contents.read(io.BytesIO(raw)), name, "xlsx"):
        raise Refusal(reason, field="file")
    rows = _rows(raw)
    with audit.act():
        made = ExpertImport(name=name[:200], rows=rows, made_by=actor.user)
        made.save()
        audit.entry(actor=actor, action="expert.read", record=made, label=made.name, new={"rows": len(rows)})
    return made


def _rows(raw: bytes) -> list[dict[str, Any]]:
    unreadable = Refusal(_("This file cannot be read as a spreadsheet. Please save it as xlsx again."), field="file")
    try:
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        lines = [
            ["" if cell is None else str(cell).strip()[:300] for cell in line[:30]]
            for line in sheet.iter_rows(values_only=True, max_row=MOST_ROWS + 20)
        ]
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError, IndexError) as error:
        raise unreadable from error
    wanted = {folded(str(label)): key for key, label in COLUMNS.items()} | {folded(key): key for key in COLUMNS}
    heads = [
        {wanted[folded(cell)]: place for place, cell in enumerate(line) if folded(cell) in wanted}
        for line in lines[:10]
    ]
    at = next((number for number, found in enumerate(heads) if "name" in found), None)
    if at is None:
        raise Refusal(_("No row of headings was found: please use the template."), field="file")
    places = heads[at]
    if missing := [str(COLUMNS[key]) for key in NEEDED if key not in places]:
        raise Refusal(_("These columns are missing: %(names)s.") % {"names": "、".join(missing)}, field="file")
    rows = [
        {"number": number, **{key: line[place] for key, place in places.items()}}
        for number, line in enumerate(lines[at + 1 :], at + 2)
        if any(line[place] for place in places.values())
    ]
    if not rows:
        raise Refusal(_("The file has no rows."), field="file")
    if len(rows) > MOST_ROWS:
        raise Refusal(_("At most %(most)s rows are taken at once.") % {"most": MOST_ROWS}, field="file")
    return rows


def looked_at(rows: Sequence[Mapping[str, Any]]) -> list[Verdict]:
    """What would become of each row now."""
    known = library.known_specialities()
    there = {(one.name, one.employer_folded): one for one in Expert.objects.all()}
    seen: set[tuple[str, str]] = set()
    return [_verdict(row, known, there, seen) for row in rows]


def _verdict(
    row: Mapping[str, Any],
    known: Sequence[str],
    there: Mapping[tuple[str, str], Expert],
    seen: set[tuple[str, str]],
) -> Verdict:
    values = {key: row[key] for key in COLUMNS if key in row}
    text = values.get("specialities", "")
    for sign in BETWEEN:
        text = text.replace(sign, "\n")
    values["specialities"] = [one.strip() for one in text.split("\n") if one.strip()]
    verdict = Verdict(int(row["number"]), values, "refuse")
    key = (str(values.get("name", "")).strip(), folded_name(str(values.get("employer", "")))[:120])
    if key in seen:
        verdict.said = [_("This person stands in the file twice.")]
        return verdict
    seen.add(key)
    try:
        _email(values.get("email", ""))
        checked = library.checked(values, known)
    except Refusal as refusal:
        verdict.said = [line["text"] for line in refusal.listed()]
        return verdict
    verdict.expert = there.get((checked["name"], checked["employer_folded"]))
    if verdict.expert is None:
        verdict.what = "add"
        return verdict
    changed = [one for one in COLUMNS if one in values and getattr(verdict.expert, one) != checked[one]]
    verdict.what = "change" if changed else "same"
    verdict.said = [str(COLUMNS[one]) for one in changed]
    return verdict


def _email(text: str) -> None:
    try:
        validate_email(text) if text else None
    except ValidationError as error:
        raise Refusal(_("The e-mail address cannot be right."), field="email") from error


def take_in(run: Run) -> Result:
    """Write the rows that are right, fifty at a time; those that are not stay out."""
    counts = {"add": 0, "change": 0, "same": 0, "refuse": 0, **run.memory.get("counts", {})}
    while True:
        with run.step() as actor:
            made = ExpertImport.objects.get(pk=run.arguments["import"])
            if made.taken_at is not None and not run.memory.get("begun"):
                raise WrongState(_("This file was taken in already."))
            if not run.memory.get("begun"):
                ExpertImport.objects.filter(pk=made.pk).update(taken_at=timezone.now())
                run.memory["begun"] = True
            run.total, done = len(made.rows), run.memory.get("done", 0)
            part = made.rows[done : done + AT_A_TIME]
            for verdict in looked_at(made.rows)[done : done + AT_A_TIME]:
                counts[verdict.what] += 1
                if verdict.what == "add":
                    library.add(actor=actor, values=verdict.values)
                elif verdict.what == "change" and verdict.expert is not None:
                    kept = {key: getattr(verdict.expert, key) for key in library.FIELDS}
                    library.change(actor=actor, expert=verdict.expert, values={**kept, **verdict.values})
            run.memory |= {"done": done + len(part), "counts": counts}
            run.progress = done + len(part)
        if run.progress >= (run.total or 0):
            said = _("%(add)s added, %(change)s changed, %(same)s as they were, %(refuse)s refused.")
            return Result(summary=said % counts)


IMPORT = JobKind("import_experts", gettext_lazy("Take experts in from a file"), take_in, permission="expert.manage")
