"""Lists as files: text stays text, amounts are numbers, days are dates."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from openpyxl import load_workbook

from rendering.sheets import AMOUNT, COUNT, DAY, MOMENT, SheetColumn, write_csv, write_ods, write_xlsx

COLUMNS = [
    SheetColumn("名称"),
    SheetColumn("投资（万元）", AMOUNT),
    SheetColumn("件数", COUNT),
    SheetColumn("日期", DAY),
    SheetColumn("时间", MOMENT),
]
AT = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.timezone(dt.timedelta(hours=8)))
ROW = ["智慧校园", Decimal("123.456789"), 3, dt.date(2026, 3, 2), AT]
HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1+1", '=HYPERLINK("http://x","y")', "#N/A", "007"]


def xlsx(rows: list[list[Any]], columns: list[SheetColumn] = COLUMNS) -> Any:
    file = io.BytesIO()
    assert write_xlsx(file, title="项目/清单", note="金额单位：万元", columns=columns, rows=rows) == len(rows)
    file.seek(0)
    return load_workbook(file).active


def read_csv(rows: list[list[Any]], columns: list[SheetColumn] = COLUMNS) -> list[list[str]]:
    file = io.BytesIO()
    assert write_csv(file, title="项目", note="金额单位：万元", columns=columns, rows=rows) == len(rows)
    assert file.getvalue().startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"))))


def test_workbook_says_title_unit_and_headings_before_its_rows() -> None:
    sheet = xlsx([ROW])
    values = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert values[0][0] == "项目/清单" and values[1][0] == "金额单位：万元"
    assert values[2] == [column.label for column in COLUMNS]
    assert values[3][:3] == ["智慧校园", 123.456789, 3]
    assert [str(value) for value in values[3][3:]] == ["2026-03-02 00:00:00", "2026-03-02 09:30:00"]
    assert [cell.data_type for cell in sheet[4]] == ["s", "n", "n", "d", "d"]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_people_typed_is_text_and_never_a_formula(text: str) -> None:
    cell = xlsx([[text]], [SheetColumn("名称")])["A4"]
    assert (cell.data_type, cell.value) == ("s", text)


@pytest.mark.parametrize("text", HOSTILE[:7])
def test_csv_begins_no_cell_like_a_formula(text: str) -> None:
    assert read_csv([[text]], [SheetColumn("名称")])[3][0] == f"'{text}"


def ods(rows: list[list[Any]], columns: list[SheetColumn] = COLUMNS) -> list[list[tuple[str, str]]]:
    """Each row's cells: type and value (of text what is shown)."""
    file = io.BytesIO()
    assert write_ods(file, title="项目/清单", note="金额单位：万元", columns=columns, rows=rows) == len(rows)
    with zipfile.ZipFile(file) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        content = archive.read("content.xml")
    assert b"table:formula" not in content
    office, table, text = (
        f"{{urn:oasis:names:tc:opendocument:xmlns:{one}:1.0}}" for one in ("office", "table", "text")
    )
    found = []
    for row in ElementTree.fromstring(content).iter(f"{table}table-row"):
        cells = []
        for cell in row:
            kind = cell.get(f"{office}value-type", "")
            value = cell.get(f"{office}value") or cell.get(f"{office}date-value")
            cells.append((kind, value or "\n".join(line.text or "" for line in cell.iter(f"{text}p"))))
        found.append(cells)
    return found


def test_an_open_document_holds_the_same() -> None:
    rows = ods([ROW])
    assert rows[:3] == [
        [("string", "项目/清单")],
        [("string", "金额单位：万元")],
        [("string", column.label) for column in COLUMNS],
    ]
    assert rows[3] == [
        ("string", "智慧校园"),
        ("float", "123.456789"),
        ("float", "3"),
        ("date", "2026-03-02"),
        ("date", "2026-03-02T09:30:00"),
    ]


@pytest.mark.parametrize("text", [*HOSTILE, "<b>&\"'", "一\n二"])
def test_an_open_document_keeps_text_as_text(text: str) -> None:
    assert ods([[text]], [SheetColumn("名称")])[3] == [("string", text)]


def test_a_negative_amount_of_csv_stays_a_number() -> None:
    rows = read_csv([["x", Decimal("-5.50"), -1, dt.date(2026, 3, 2), AT]])
    assert rows[3] == ["x", "-5.50", "-1", "2026-03-02", "2026-03-02 09:30"]


def test_control_characters_and_missing_values_break_no_file() -> None:
    row = ["a\x00b\x0b", None, None, None, None]
    assert [cell.value or "" for cell in xlsx([row])[4]] == ["ab", "", "", "", ""]
    assert ods([row])[3] == [("string", "ab"), *[("", "")] * 4]
    assert read_csv([row])[3] == ["ab", "", "", "", ""]
