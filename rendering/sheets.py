"""A list as a file that a spreadsheet opens: xlsx, ods and csv. Knows values and bytes, no model.

What people typed is text in every format: nothing that begins like a formula is ever computed when the file is opened.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from rendering import ods

TEXT, AMOUNT, COUNT, DAY, MOMENT = "text", "amount", "count", "day", "moment"
# What a spreadsheet may take for the beginning of a formula, also as an input method writes it.
BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
LONGEST_TEXT = 32_000  # a cell of xlsx holds 32,767 characters
SHEET_NAME = 31
FORMATS = {AMOUNT: "#,##0.00####", COUNT: "0", DAY: "yyyy-mm-dd", MOMENT: "yyyy-mm-dd hh:mm"}
WIDTHS = {TEXT: 24, AMOUNT: 16, COUNT: 10, DAY: 12, MOMENT: 17}


@dataclass(frozen=True)
class SheetColumn:
    """A column of a sheet: its heading, and whether it holds text, amounts, counts, days or moments."""

    label: str
    form: str = TEXT


Row = Sequence[Any]


def write_xlsx(file: IO[bytes], *, title: str, note: str, columns: Sequence[SheetColumn], rows: Iterable[Row]) -> int:
    """Write a workbook of one sheet row by row: title, a line of notes (units), headings, rows. Returns how many rows.

    Amounts and counts are numbers, days are dates, a moment is written in the zone it is in; everything else is text.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_sheet_name(title))
    for number, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = WIDTHS[column.form]
    sheet.freeze_panes = "A4"
    sheet.append([_text_cell(sheet, title, Font(bold=True, size=14))])
    sheet.append([_text_cell(sheet, note)])
    sheet.append([_text_cell(sheet, column.label, Font(bold=True)) for column in columns])
    count = 0
    for row in rows:
        sheet.append([_cell(sheet, value, column.form) for value, column in zip(row, columns, strict=True)])
        count += 1
    book.save(file)
    return count


def write_csv(file: IO[bytes], *, title: str, note: str, columns: Sequence[SheetColumn], rows: Iterable[Row]) -> int:
    """Write the same as comma-separated text in UTF-8 with a mark at its beginning. Returns how many rows."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([safe_text(title)])
    writer.writerow([safe_text(note)])
    writer.writerow([safe_text(column.label) for column in columns])
    count = 0
    for row in rows:
        writer.writerow([_plain(value, column.form) for value, column in zip(row, columns, strict=True)])
        count += 1
    text.flush()
    text.detach()
    return count


def write_ods(file: IO[bytes], *, title: str, note: str, columns: Sequence[SheetColumn], rows: Iterable[Row]) -> int:
    """Write the same as an OpenDocument sheet. Returns how many rows."""
    heads = [[_clean(title)], [_clean(note)], [_clean(column.label) for column in columns]]
    written = ([ods.text(said) for said in head] for head in heads)
    values = ([_ods_cell(value, column.form) for value, column in zip(row, columns, strict=True)] for row in rows)
    return ods.write(file, name=_sheet_name(title), rows=chain(written, values)) - len(heads)


WRITERS = {"xlsx": write_xlsx, "ods": write_ods, "csv": write_csv}


def safe_text(value: Any) -> str:
    """Text of a csv file: what would begin a formula gets an apostrophe before it."""
    text = _clean(value)
    return f"'{text}" if text.startswith(BEGINS_FORMULA) else text


def _clean(value: Any) -> str:
    return ILLEGAL_CHARACTERS_RE.sub("", "" if value is None else str(value))[:LONGEST_TEXT]


def _plain(value: Any, form: str) -> str:
    if form == TEXT or value is None:
        return safe_text(value)
    if form == AMOUNT:
        return format(Decimal(value), "f")
    if form == COUNT:
        return str(int(value))
    return value.strftime("%Y-%m-%d %H:%M") if form == MOMENT else value.isoformat()


def _ods_cell(value: Any, form: str) -> str:
    if form == TEXT or value is None:
        return ods.text(_clean(value))
    if form in (AMOUNT, COUNT):
        return ods.number(_number_or_day(value, form), style=form if form == AMOUNT else "")
    return ods.day(value, style=form)


def _cell(sheet: Any, value: Any, form: str) -> Any:
    if form == TEXT or value is None:
        return _text_cell(sheet, value)
    cell = WriteOnlyCell(sheet, value=_number_or_day(value, form))
    cell.number_format = FORMATS[form]
    return cell


def _number_or_day(value: Any, form: str) -> Any:
    if form == AMOUNT:
        return Decimal(value)
    if form == COUNT:
        return int(value)
    return value.replace(tzinfo=None) if isinstance(value, dt.datetime) else value


def _text_cell(sheet: Any, value: Any, font: Font | None = None) -> Any:
    text = _clean(value)
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"  # never a formula, never an error value, whatever it begins with
    cell.number_format = "@"
    if text.startswith(BEGINS_FORMULA):
        cell.quotePrefix = True  # stays text also when somebody edits the cell
    if font is not None:
        cell.font = font
    if "\n" in text:
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def _sheet_name(title: str) -> str:
    return "".join("-" if one in r"[]:*?/\'" else one for one in _clean(title)).strip()[:SHEET_NAME] or "1"
