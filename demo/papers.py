"""Small PDF papers with a Chinese title, written by hand: one page, the reader's own Song font."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.files.uploadedfile import SimpleUploadedFile

PAGE = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"
FONT = "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[6 0 R]>>"
DESCENDANT = (
    "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light"
    "/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>/FontDescriptor 7 0 R>>"
)
DESCRIPTOR = (
    "<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0"
    "/Ascent 880/Descent -120/CapHeight 880/StemV 93>>"
)
LINE = 30  # characters


def pdf(title: str, lines: Sequence[str]) -> bytes:
    """One page: a title and lines of text, which are broken after thirty characters."""
    shown = ["BT", "/F1 18 Tf", "1 0 0 1 72 760 Tm", f"<{_hex(title[:24])}> Tj", "/F1 12 Tf"]
    height = 720
    for line in lines:
        for start in range(0, len(line), LINE):
            shown += [f"1 0 0 1 72 {height} Tm", f"<{_hex(line[start : start + LINE])}> Tj"]
            height -= 22
    stream = "\n".join([*shown, "ET"])
    bodies = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        PAGE,
        f"<</Length {len(stream)}>>\nstream\n{stream}\nendstream",
        FONT,
        DESCENDANT,
        DESCRIPTOR,
    ]
    written = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(written))
        written += f"{number} 0 obj{body}endobj\n".encode("ascii")
    start = len(written)
    written += f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n".encode("ascii")
    written += "".join(f"{offset:010d} 00000 n \n" for offset in offsets).encode("ascii")
    written += f"trailer<</Size {len(bodies) + 1}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n".encode("ascii")
    return bytes(written)


def paper(title: str, *lines: str) -> SimpleUploadedFile:
    """An upload of such a page, named as its title."""
    return SimpleUploadedFile(f"{title[:60]}.pdf", pdf(title, lines), content_type="application/pdf")


def _hex(text: str) -> str:
    return text.encode("utf-16-be").hex()
