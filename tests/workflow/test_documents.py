"""Papers: kept by content, checked for what they are, served only to those who may read them."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from accounts.actors import SYSTEM
from accounts.refusals import NotPermitted, Refusal
from jurisdictions.scope import enter
from tests.people import Cast, Town, client_for
from tests.workflow.test_file_contents import ole
from tests.workflow.work import make_project
from workflow.documents import storage
from workflow.filings.differences import papers_changed
from workflow.models import AuditEntry, Document
from workflow.models.documents import by_purpose

PDF = b"%PDF-1.7\n" + b"x" * 100
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452") + b"\0" * 50
JPG = bytes.fromhex("ffd8ffe000104a4649460001") + b"\0" * 50
WORD, SHEET = ole("WordDocument"), ole("Workbook")


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


DOCX, XLSX, OFD = zipped("[Content_Types].xml", "word/document.xml"), zipped("xl/workbook.xml"), zipped("OFD.xml")


@pytest.fixture(autouse=True)
def root(settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


@pytest.fixture
def project(alpha: Town):
    return make_project(alpha, state="running", standing="in_review")


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/html")


def store(town: Town, project, name: str, content: bytes, *, person=None) -> Document:
    with enter(town.county):
        return storage.store(
            actor=(person or town.filer).actor, project=project, purpose="technical_plan", upload=upload(name, content)
        )


GOOD = {
    "方案.pdf": PDF,
    "照片.PNG": PNG,
    "a.jpg": JPG,
    "a.jpeg": JPG,
    "a.doc": WORD,
    "a.xls": SHEET,
    "a.wps": WORD,
    "a.et": SHEET,
    "a.docx": DOCX,
    "a.xlsx": XLSX,
    "a.ofd": OFD,
    "a.zip": zipped("x"),
    "说明.txt": "中文".encode("gb18030"),
    "a.csv": "甲,乙\n1,2\n".encode(),
}


@pytest.mark.parametrize("name", sorted(GOOD))
def test_each_kind_that_is_allowed_is_taken(alpha: Town, project, name: str) -> None:
    paper = store(alpha, project, name, GOOD[name])
    assert paper.name == name
    assert storage.path_of(paper).read_bytes() == GOOD[name]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("方案.pdf", PNG),
        ("a.docx", XLSX),
        ("a.xlsx", zipped("x")),
        ("a.doc", PDF),
        ("a.png", JPG),
        ("a.zip", PDF),
        ("a.txt", PDF),
        ("a.csv", b"MZ\0\0"),
        ("a.ofd", WORD),
        ("a.pdf", b""),
        ("a.exe", PDF),
        ("a.html", b"<p>"),
        ("a.svg", b"<svg/>"),
        ("a", PDF),
        ("a.pdf.js", PDF),
        ("a.docx", zipped("word/document.xml")[:40]),
    ],
)
def test_what_is_not_what_its_name_says_is_refused_by_name(alpha: Town, project, name: str, content: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        store(alpha, project, name, content)
    assert name in refused.value.message
    with enter(alpha.county):
        assert not Document.objects.exists()


def test_a_kind_that_is_not_taken_says_what_is(alpha: Town, project) -> None:
    with pytest.raises(Refusal) as refused:
        store(alpha, project, "a.exe", b"MZ")
    assert "docx" in refused.value.message


def test_a_file_too_large_is_refused_with_both_sizes(alpha: Town, project, settings) -> None:
    settings.UPLOAD_MAX_BYTES = 1_048_576
    with pytest.raises(Refusal) as refused:
        store(alpha, project, "大.pdf", PDF + b"x" * 1_048_576)
    assert "大.pdf" in refused.value.message
    assert "1" in refused.value.message


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\x\\方案.pdf", "方案.pdf"),
        ("a\n\rb.pdf", "ab.pdf"),
        ("长" * 300 + ".pdf", None),
    ],
)
def test_names_bring_no_folders_and_no_line_breaks(given: str, kept: str | None) -> None:
    name = storage.clean_name(given)
    assert name == (kept or "长" * 196 + ".pdf")


def test_the_same_content_is_kept_once_a_county_under_its_hash(cast: Cast, root: Path) -> None:
    papers = [
        store(town, make_project(town), name, PDF)
        for town, name in ((cast.alpha, "a.pdf"), (cast.alpha, "b.pdf"), (cast.beta, "a.pdf"))
    ]
    digest = hashlib.sha256(PDF).hexdigest()
    assert {paper.sha256 for paper in papers} == {digest}
    files = [path for path in root.rglob("*") if path.is_file()]
    assert sorted(files) == sorted(root / str(town.county.pk) / digest[:2] / digest for town in (cast.alpha, cast.beta))


def test_adding_and_withdrawing_are_in_the_audit_trail(alpha: Town, project) -> None:
    paper = store(alpha, project, "方案.pdf", PDF)
    with enter(alpha.county):
        storage.withdraw(actor=alpha.filer.actor, document=paper)
        entries = list(AuditEntry.objects.filter(object_type="workflow.document").order_by("sequence"))
    assert [entry.action for entry in entries] == ["document.add", "document.withdraw"]
    assert entries[0].new["sha256"] == paper.sha256
    assert client_for(alpha.filer).get(f"/{alpha.code}/documents/{paper.pk}/").status_code == 404
    assert storage.path_of(paper).exists()


@pytest.mark.article("DA-7", "JH-40", "LC-2")
def test_no_paper_of_a_classified_project_enters(alpha: Town) -> None:
    for values in ({"classified": True}, {"state": "stub"}):
        with pytest.raises(Refusal):
            store(alpha, make_project(alpha, **values), "方案.pdf", PDF)
    with enter(alpha.county):
        assert not Document.objects.exists()


def test_only_ones_own_unit_and_reviewers_add_papers(alpha: Town, project) -> None:
    for person in (alpha.filer, alpha.owner, alpha.reviewer):
        store(alpha, project, "a.pdf", PDF, person=person)
    for person in (alpha.other_filer, alpha.admin, alpha.auditor):
        with pytest.raises(NotPermitted):
            store(alpha, project, "a.pdf", PDF, person=person)


def test_papers_are_served_to_be_saved_and_only_to_those_who_may_read_them(cast: Cast) -> None:
    alpha = cast.alpha
    project = make_project(alpha, state="running", standing="in_review")
    paper = store(alpha, project, "建设方案（终稿）.pdf", PDF)
    path = f"/{alpha.code}/documents/{paper.pk}/"
    for person in (alpha.filer, alpha.owner, alpha.reviewer, alpha.auditor):
        response: Any = client_for(person).get(path)
        assert response.status_code == 200
        assert b"".join(response.streaming_content) == PDF
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert client_for(alpha.other_filer).get(path).status_code == 404
    assert client_for(alpha.admin).get(path).status_code == 403
    assert client_for(cast.beta.reviewer).get(path).status_code == 404
    assert client_for(cast.beta.reviewer).get(f"/{cast.beta.code}/documents/{paper.pk}/").status_code == 404


def test_a_paper_whose_content_is_gone_is_not_found(alpha: Town, project) -> None:
    paper = store(alpha, project, "a.pdf", PDF)
    storage.path_of(paper).unlink()
    assert client_for(alpha.filer).get(f"/{alpha.code}/documents/{paper.pk}/").status_code == 404


class TestSubjectOriginAndVersions:
    def test_a_paper_belongs_to_the_project_unless_something_else_is_named(self, alpha, project) -> None:
        paper = store(alpha, project, "方案.pdf", PDF)
        assert (paper.subject_type, paper.subject_id, paper.origin) == ("projects.project", project.pk, "uploaded")
        with enter(alpha.county):
            assert list(Document.objects.about(project)) == [paper]

    def test_a_newer_version_takes_the_place_of_the_older_and_keeps_it(self, alpha, project) -> None:
        first = store(alpha, project, "方案.pdf", PDF)
        with enter(alpha.county):
            second = storage.store(
                actor=alpha.filer.actor,
                project=project,
                purpose="technical_plan",
                upload=upload("方案二.pdf", PDF + b"2"),
                supersedes=first,
            )
            assert list(Document.objects.about(project).active()) == [second]
            assert second.supersedes == first
            assert by_purpose(Document.objects.about(project)) == {"technical_plan": [second]}
            shown = papers_changed([first, second], first.uploaded_at, second.uploaded_at, names={})
            assert [(one["old"], one["new"]) for one in shown] == [("方案.pdf", ""), ("", "方案二.pdf")]
            entry = AuditEntry.objects.filter(action="document.add", object_id=second.pk).get()
            assert entry.old == {"sha256": first.sha256}

    def test_a_version_of_another_subjects_paper_is_no_version(self, alpha, project) -> None:
        first = store(alpha, make_project(alpha, state="running", standing="in_review"), "方案.pdf", PDF)
        with enter(alpha.county), pytest.raises(ValueError):
            storage.store(
                actor=alpha.filer.actor,
                project=project,
                purpose="technical_plan",
                upload=upload("方案.pdf", PDF),
                supersedes=first,
            )

    def test_a_paper_the_program_made_needs_nobody_who_uploaded_it(self, alpha, project) -> None:
        with enter(alpha.county):
            paper = storage.store_generated(
                actor=SYSTEM,
                project=project,
                purpose="reply",
                name="批复.pdf",
                content=PDF,
                subject=project,
                number="德数〔2026〕1号",
            )
            assert paper.uploaded_by is None
            assert len(paper.verification_code) == 16
            assert storage.path_of(paper).read_bytes() == PDF

    def test_the_database_refuses_an_uploaded_paper_of_nobody(self, alpha, project) -> None:
        paper = store(alpha, project, "方案.pdf", PDF)
        with enter(alpha.county), pytest.raises(IntegrityError), transaction.atomic():
            Document.objects.filter(pk=paper.pk).update(uploaded_by=None)
