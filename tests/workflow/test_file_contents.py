"""True files are taken whatever program wrote them; of the others a person learns what they are and what to do."""

from __future__ import annotations

import io
import struct
import zipfile

import openpyxl
import pypdf
import pytest

from workflow.documents import contents

SENTENCES = {"密码": "password", "损坏": "damaged", "宏": "macros", "实际是": "kind"}
LONG = "数字化项目建设方案，" * 5_000  # its characters do not end where stretches of bytes end


NONE = 0xFFFFFFFF


def ole(stream: str, content: bytes = b"", *, vba: str = "") -> bytes:
    """An OLE container of one stream: header, one sector of the table, one of the directory, then the content.

    With `vba` a storage of that name stands beside it, with a stream of a VBA project.
    """
    content = content.ljust(4096, b"\0")
    sectors = len(content) // 512
    table = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, sectors + 2), 0xFFFFFFFE]
    header = contents.OLE + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)

    def entry(name: str, kind: int, child: int, start: int, size: int, beside: int = NONE) -> bytes:
        text = name.encode("utf-16-le") + b"\0\0"
        links = struct.pack("<III", NONE, beside, child)
        return (
            text.ljust(64, b"\0")
            + struct.pack("<HBB", len(text), kind, 1)
            + links
            + bytes(36)
            + struct.pack("<IQ", start, size)
        )

    directory = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0)
    directory += entry(stream, 2, NONE, 2, len(content), beside=2 if vba else NONE)
    if vba:
        directory += entry(vba, 1, 3, 0, 0) + entry("_VBA_PROJECT", 2, NONE, 0xFFFFFFFE, 0)
    return (
        header
        + struct.pack("<128I", *table, *[0xFFFFFFFF] * (128 - len(table)))
        + directory.ljust(512, b"\0")
        + content
    )


def zipped(*names: str, locked: bool = False) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    made = bytearray(buffer.getvalue())
    if locked:
        made[made.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(made)


def pdf(user: str | None = None, owner: str = "") -> bytes:
    writer, buffer = pypdf.PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    if user is not None:
        writer.encrypt(user, owner or None, algorithm="AES-256")
    writer.write(buffer)
    return buffer.getvalue()


def sheet() -> bytes:
    buffer = io.BytesIO()
    openpyxl.Workbook().save(buffer)
    return buffer.getvalue()


def said(name: str, content: bytes) -> str:
    return contents.refused(contents.read(io.BytesIO(content)), name, name.rpartition(".")[2])


WORD_LOCKED = struct.pack("<HHHHHHH", 0xA5EC, 0xC1, 0, 0, 0, 0x0100, 0xBF)
EXCEL_LOCKED = struct.pack("<HH", 0x0809, 16) + bytes([0, 6, 5, 0]) + bytes(12) + struct.pack("<HH", 0x2F, 4) + bytes(4)

TRUE = {
    "short gbk.txt": "测".encode("gbk"),
    "one character more.txt": "测试a".encode("gbk"),
    "BM, as a picture begins.txt": "BM智慧校园".encode("gbk"),
    "long gbk.txt": LONG.encode("gbk"),
    "long gbk, shifted.csv": ("a" + LONG).encode("gbk"),
    "long utf-8.txt": ("a" + LONG).encode(),
    "utf-8 with a mark.csv": LONG.encode("utf-8-sig"),
    "utf-16.txt": LONG.encode("utf-16"),
    "utf-16 big.txt": "\ufeff测试".encode("utf-16-be"),
    "utf-16 without a mark.txt": "第一行\r\n第二行，abc\r\n".encode("utf-16-le"),
    "rare characters of a name.txt": "\ue000𠮷某".encode("gb18030"),
    "line before.pdf": b"\r\n" + pdf(),
    "words before.pdf": b"HTTP/1.1 200 OK\r\n\r\n" + pdf(),
    "locked against printing alone.pdf": pdf("", owner="secret"),
    "方案.doc": ole("WordDocument"),
    "方案.wps": ole("WordDocument"),
    "old.wps": ole("CONTENTS"),
    "预算.xls": ole("Workbook"),
    "预算.et": ole("Workbook"),
    "older.xls": ole("Book"),
    "new.wps": zipped("[Content_Types].xml", "word/document.xml"),
    "new.et": zipped("xl/workbook.xml"),
    "预算.xlsx": sheet(),
    "a.ofd": zipped("OFD.xml", "Doc_0/Document.xml"),
    "from another program.ofd": zipped("/ofd.xml"),
    "a.zip": zipped("附件/说明.txt"),
    "older slides.ppt": ole("PowerPoint Document"),
    "a stream of another storage.doc": ole("WordDocument", vba="ObjectPool"),
}


@pytest.mark.parametrize("name", TRUE)
def test_a_true_file_is_taken(name: str) -> None:
    assert said(name, TRUE[name]) == ""


REFUSED = {
    "a.pdf": (pdf("secret"), "password"),
    "a.docx": (ole("EncryptedPackage"), "password"),
    "b.xlsx": (ole("EncryptedPackage"), "password"),
    "a.doc": (ole("WordDocument", WORD_LOCKED), "password"),
    "a.xls": (ole("Workbook", EXCEL_LOCKED), "password"),
    "a.wps": (ole("WordDocument", WORD_LOCKED), "password"),
    "a.zip": (zipped("x.txt", locked=True), "password"),
    "m.docx": (zipped("word/document.xml", "word/vbaProject.bin"), "macros"),
    "m.xlsx": (zipped("xl/workbook.xml", "xl/vbaProject.bin"), "macros"),
    "m.doc": (ole("WordDocument", vba="VBA"), "macros"),
    "m.xls": (ole("Workbook", vba="VBA"), "macros"),
    "m.wps": (ole("WordDocument", vba="VBA"), "macros"),
    "m.et": (ole("Workbook", vba="VBA"), "macros"),
    "new with macros.wps": (zipped("word/document.xml", "word/vbaProject.bin"), "macros"),
    "m.ppt": (ole("PowerPoint Document", b"\x02\x00\x00\x04\x0c\0\0\0\1\0\0\0\1\0\0\0"), "macros"),
    "cut.docx": (zipped("word/document.xml")[:40], "damaged"),
    "cut.doc": (ole("WordDocument")[:700], "damaged"),
    "word in truth.pdf": (zipped("word/document.xml"), "kind"),
    "pdf in truth.docx": (pdf(), "kind"),
    "sheet in truth.doc": (ole("Workbook"), "kind"),
    "rtf in truth.doc": (b"{\\rtf1\\ansi x}", "kind"),
    "page in truth.xls": ("<table><tr><td>表</td></tr></table>".encode(), "kind"),
    "word in truth.ofd": (zipped("word/document.xml"), "kind"),
    "pdf in truth.txt": (pdf(), "kind"),
    "program in truth.pdf": (b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0" + bytes(600), "kind"),
    "picture in truth.png": (bytes.fromhex("ffd8ffe000104a4649460001") + bytes(50), "kind"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_taken_says_why(name: str) -> None:
    content, why = REFUSED[name]
    sentence = said(name, content)
    assert name in sentence
    assert [reason for word, reason in SENTENCES.items() if word in sentence][:1] == [why]


@pytest.mark.parametrize(
    ("text", "charset"), [("甲乙", "gb18030"), ("甲乙", "utf-8"), ("甲乙\n", "utf-16"), ("ab", "utf-8")]
)
def test_a_text_says_its_encoding(text: str, charset: str) -> None:
    assert contents.read(io.BytesIO(text.encode(charset))).charset == charset


@pytest.mark.parametrize(
    "garbage", [b"\0" * 5000, bytes(range(256)) * 20, contents.OLE, b"PK\x03\x04", b"PK\x05\x06" * 9]
)
def test_nothing_breaks_on_what_is_no_file_at_all(garbage: bytes) -> None:
    for name in ("a.txt", "a.pdf", "a.doc", "a.docx", "a.zip", "a.et", "a.jpg"):
        assert name in said(name, garbage)


def test_a_pdf_that_only_speaks_of_locks_is_taken() -> None:
    assert said("a.pdf", b"%PDF-1.4\n% /Encrypt is a word here\n") == ""
