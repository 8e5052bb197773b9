"""What a file is by its content, and why it is not taken under its name: told so that a person knows what to do."""

from __future__ import annotations

import codecs
import re
import struct
import zipfile
from dataclasses import dataclass
from typing import IO

import filetype
import msoffcrypto
import olefile
import pypdf
from django.utils.translation import gettext as _

OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # holds older office files, those of WPS, and any with a password
HEAD_BYTES = 8192
PDF_WITHIN = 1024  # readers take a PDF that begins so far into the file
CHUNK = 65_536

# By an entry that each of these archives holds, the names of entries in small letters.
ARCHIVES = {"word/": "docx", "xl/": "xlsx", "ppt/": "pptx", "ofd.xml": "ofd"}
STREAMS = {"worddocument": "doc", "workbook": "xls", "book": "xls", "powerpoint document": "ppt"}
# The streams of a VBA project, in a storage of that name; in slides an atom says that there is one.
VBA = frozenset({"_vba_project", "dir"})
SLIDES = "PowerPoint Document"
VBA_IN_SLIDES = re.compile(rb"\x02\x00\x00\x04\x0c\x00\x00\x00.{4}\x01\x00\x00\x00", re.DOTALL)
# What a file that may hold macros is saved as to be rid of them.
WITHOUT_MACROS = {"doc": "docx", "wps": "docx", "xls": "xlsx", "et": "xlsx", "ppt": "pptx"}
# What a name may stand for besides the kind it names.
TAKEN_AS = {
    "jpeg": {"jpg"},
    "wps": {"doc", "docx", "ole"},
    "et": {"xls", "xlsx", "ole"},
    "zip": {"zip", *ARCHIVES.values()},
    "csv": {"txt"},
}
BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
TEXTS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
NO_TEXT = re.compile("[\x00-\x08\x0e-\x19\x1c-\x1f\x7f]")


@dataclass(frozen=True)
class Content:
    """A file's kind ("" where nobody can say), and what stands against taking it: `password`, `damaged`, `macros`."""

    kind: str
    fault: str = ""
    charset: str = ""  # of a text


def read(file: IO[bytes]) -> Content:
    """What a file is."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if head.startswith(OLE):
        return _ole(file)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _archive(file)
    if b"%PDF-" in head[:PDF_WITHIN]:
        return Content("pdf", "password" if _is_locked_pdf(file) else "")
    if charset := _charset(file, head):
        return Content("rtf" if head.startswith(b"{\\rtf") else "txt", charset=charset)
    guessed = filetype.guess(head)
    return Content(guessed.extension if guessed else "")


def refused(content: Content, name: str, extension: str) -> str:
    """Why a file of this content is not taken under its name; empty where it is."""
    is_meant = content.kind in {extension, *TAKEN_AS.get(extension, ())} or (
        extension in ("txt", "csv") and bool(content.charset)
    )
    if content.fault == "password":
        said = _(
            "“%(name)s” is protected by a password, so nobody here could read it."
            " Please save it without a password and upload it again."
        )
    elif content.fault == "damaged":
        said = _("“%(name)s” is incomplete or damaged and cannot be opened. Please save it anew and upload it again.")
    elif is_meant and content.fault == "macros" and extension in WITHOUT_MACROS:
        said = _(
            "“%(name)s” holds macros, and files with macros are not taken."
            " Please save it as .%(instead)s, which holds none, and upload it again."
        )
    elif is_meant and content.fault == "macros":
        said = _(
            "“%(name)s” holds macros, which a .%(extension)s file never does."
            " Please save it as .%(extension)s without macros and upload it again."
        )
    elif is_meant:
        return ""
    elif content.kind in ("", "ole"):
        said = _(
            "The content of “%(name)s” is not a %(extension)s file. Please save it in that format, or correct the name."
        )
    else:
        said = _(
            "“%(name)s” is in truth a %(kind)s file, not a %(extension)s file."
            " Please save it as %(extension)s, or correct its name where %(kind)s files are taken."
        )
    instead = WITHOUT_MACROS.get(extension, extension)
    return said % {"name": name, "extension": extension, "kind": content.kind, "instead": instead}


def _ole(file: IO[bytes]) -> Content:
    try:
        file.seek(0)
        with olefile.OleFileIO(file) as container:
            paths = [[part.lower() for part in entry] for entry in container.listdir()]
            has_macros = any(path[-2:-1] == ["vba"] and path[-1] in VBA for path in paths) or (
                container.exists(SLIDES) and bool(VBA_IN_SLIDES.search(container.openstream(SLIDES).read()))
            )
    except Exception:  # it is read from whatever somebody uploads
        return Content("ole", "damaged")
    streams = {path[-1] for path in paths}
    if "encryptedpackage" in streams:
        return Content("ole", "password")
    kind = next((kind for stream, kind in STREAMS.items() if stream in streams), "ole")
    if kind != "ole" and _is_locked_office(file):
        return Content(kind, "password")
    return Content(kind, "macros" if has_macros else "")


def _is_locked_office(file: IO[bytes]) -> bool:
    try:
        file.seek(0)
        return bool(msoffcrypto.OfficeFile(file).is_encrypted())
    except Exception:  # what it cannot read is no lock
        return False


def _archive(file: IO[bytes]) -> Content:
    try:
        file.seek(0)
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, OverflowError, struct.error):
        return Content("zip", "damaged")
    names = [one.filename.replace("\\", "/").lstrip("./").lower() for one in entries]
    kind = next((kind for begins, kind in ARCHIVES.items() if any(name.startswith(begins) for name in names)), "zip")
    if any(one.flag_bits & 1 for one in entries):
        return Content(kind, "password")
    return Content(kind, "macros" if kind != "zip" and any(name.endswith("vbaproject.bin") for name in names) else "")


def _is_locked_pdf(file: IO[bytes]) -> bool:
    """Whether one must know a password to read it; a lock against printing and editing alone is none."""
    if not _holds(file, b"/Encrypt"):
        return False
    try:
        file.seek(0)
        reader = pypdf.PdfReader(file)
        return reader.is_encrypted and not reader.decrypt("")
    except Exception:  # what it cannot read is no lock
        return False


def _holds(file: IO[bytes], word: bytes) -> bool:
    file.seek(0)
    before = b""
    while chunk := file.read(CHUNK):
        if word in before + chunk:
            return True
        before = chunk[-len(word) :]
    return False


def _charset(file: IO[bytes], head: bytes) -> str:
    """The encoding in which the whole file is a text; empty where there is none."""
    bom = next((charset for mark, charset in BOMS.items() if head.startswith(mark)), "")
    return next((one for one in ((bom,) if bom else TEXTS) if _is_text(file, one)), "")


def _is_text(file: IO[bytes], charset: str) -> bool:
    decoder = codecs.getincrementaldecoder(charset)()
    is_guessed = charset.startswith("utf-16-")
    file.seek(0)
    try:
        while True:
            chunk = file.read(CHUNK)
            text = decoder.decode(chunk, final=not chunk)
            if NO_TEXT.search(text):
                return False
            # Without a mark at the beginning almost any bytes are some characters: a text is one of the usual.
            if is_guessed and sum(map(_is_usual, text)) < len(text) * 0.9:
                return False
            if not chunk:
                return True
    except UnicodeDecodeError:
        return False


def _is_usual(character: str) -> bool:
    return character <= "~" or "一" <= character <= "鿿" or "\u3000" <= character <= "〿" or "！" <= character <= "￥"
