"""A list as an OpenDocument sheet, written row by row as the xlsx and csv are.

What people typed is a cell of text by its type; no cell has a formula.
"""

from __future__ import annotations

import datetime as dt
import html
import zipfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import IO, Any

MEDIA_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
NAMES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in (
        ("office", "office"),
        ("table", "table"),
        ("text", "text"),
        ("style", "style"),
        ("number", "datastyle"),
    )
)
BEGIN = '<?xml version="1.0" encoding="UTF-8"?>\n'
DATE = '<number:year number:style="long"/><number:text>-</number:text><number:month number:style="long"/>'
DATE += '<number:text>-</number:text><number:day number:style="long"/>'
TIME = '<number:text> </number:text><number:hours number:style="long"/><number:text>:</number:text>'
TIME += '<number:minutes number:style="long"/>'
STYLES = (
    '<number:number-style style:name="n-amount"><number:number number:min-integer-digits="1" number:grouping="true"'
    ' number:decimal-places="6" number:min-decimal-places="2"/></number:number-style>'
    f'<number:date-style style:name="n-day">{DATE}</number:date-style>'
    f'<number:date-style style:name="n-moment">{DATE}{TIME}</number:date-style>'
    + "".join(
        f'<style:style style:name="{name}" style:family="table-cell" style:data-style-name="n-{name}"/>'
        for name in ("amount", "day", "moment")
    )
)
MANIFEST = (
    f'{BEGIN}<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
    f' manifest:version="1.3"><manifest:file-entry manifest:full-path="/" manifest:media-type="{MEDIA_TYPE}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)


def write(file: IO[bytes], *, name: str, rows: Iterable[Sequence[str]]) -> int:
    """Write a file of one sheet whose rows are cells as `text`, `number` and `day` make them; how many there were."""
    count = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", MEDIA_TYPE, compress_type=zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", MANIFEST)
        with archive.open("content.xml", "w", force_zip64=True) as content:

            def put(said: str) -> None:
                content.write(said.encode())

            put(f'{BEGIN}<office:document-content {NAMES} office:version="1.3"><office:automatic-styles>{STYLES}')
            put("</office:automatic-styles><office:body><office:spreadsheet>")
            put(f'<table:table table:name="{html.escape(name)}">')
            for row in rows:
                put(f"<table:table-row>{''.join(row)}</table:table-row>")
                count += 1
            put("</table:table></office:spreadsheet></office:body></office:document-content>")
    return count


def text(said: str) -> str:
    """A cell of text, each of its lines a paragraph."""
    if not said:
        return "<table:table-cell/>"
    lines = "".join(f"<text:p>{html.escape(line)}</text:p>" for line in said.splitlines())
    return f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'


def number(value: Decimal | int, *, style: str = "") -> str:
    """A cell of a number."""
    return _cell("float", "value", format(value, "f") if isinstance(value, Decimal) else str(value), style)


def day(value: dt.date, *, style: str) -> str:
    """A cell of a day, or of a moment in the zone it is in."""
    plain: Any = value.replace(tzinfo=None, microsecond=0) if isinstance(value, dt.datetime) else value
    return _cell("date", "date-value", plain.isoformat(), style)


def _cell(kind: str, holder: str, value: str, style: str) -> str:
    styled = f' table:style-name="{style}"' if style else ""
    return (
        f'<table:table-cell{styled} office:value-type="{kind}" office:{holder}="{value}"><text:p>{value}</text:p>'
        "</table:table-cell>"
    )
