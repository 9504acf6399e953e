"""Tables that people made: separators, encodings, quotes, workbooks of other programs, and files meant to do harm."""

from __future__ import annotations

import io
import time
import zipfile
from datetime import date

import openpyxl
import pytest

from scrapers.decoders.base import UnreadableError
from scrapers.decoders.tables import Broken
from scrapers.spreadsheet import Row, letters, read_sheets
from tests.scrapers.made.xlsx import packed, workbook
from tests.shared import shared_path


def cells(body: bytes, content_type: str = "") -> list[list[object]]:
    sheets, _ = read_sheets(body, content_type)
    return [row.cells for row in sheets[0].rows() if isinstance(row, Row)]  # type: ignore[misc]


@pytest.mark.parametrize("mark", [";", ",", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends(mark: str, end: str) -> None:
    body = end.join([mark.join(["Date", "A", "B"]), mark.join(["x", '"1, 2; 3"', "4"]), "", mark.join(["y", "", ""])])
    assert cells(body.encode()) == [["Date", "A", "B"], ["x", "1, 2; 3", "4"], ["y"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings(encoding: str) -> None:
    assert cells("Âge;Durée\nâgé;été\n".encode(encoding)) == [["Âge", "Durée"], ["âgé", "été"]]


def test_a_quote_that_is_not_closed_costs_its_own_line() -> None:
    sheets, _ = read_sheets(b'a;b\n1;"two\nlines"\n"open;3\n4;5\n' + b"6;7\n" * 30)
    rows = list(sheets[0].rows())
    assert rows[1] == Row(2, ["1", "two lines"])
    assert isinstance(rows[2], Broken)
    assert (rows[2].line, rows[2].reason) == (4, "open_quote")
    assert rows[3] == Row(5, ["4", "5"])
    assert len(rows) == 34


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b"<html><body>gone", "not_a_table"),
        (b'{"message": "gone"}', "not_a_table"),
        (b"%PDF-1.4", "not_a_table"),
        (b"one word", "not_a_table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_spreadsheet"),
        (b"PK\x03\x04 and nothing", "damaged_zip"),
        (packed({"word/document.xml": b"<d/>"}), "not_a_spreadsheet"),
        (packed({"xl/workbook.xml": b"<workbook/>"}), "not_a_spreadsheet"),
        (packed({"xl/workbook.xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]><workbook>&b;</workbook>"}), "entities_refused"),
        (packed({f"xl/{number}.xml": b"" for number in range(2_500)}), "too_many_members"),
    ],
)
def test_what_is_no_table_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read_sheets(body)
    assert caught.value.reason == reason


def test_a_workbook_of_another_program() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Offres d'emploi"
    sheet.append(["Date", "Nom", "Nombre", "Part", "Vrai"])
    sheet.append([date(2026, 8, 31), "Été", 12, 0.5, True])
    sheet["G4"] = "=1+1"  # written without a value: nobody computed it
    sheet["B4"] = "after a gap"
    book.create_sheet("hidden").sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    sheets, remarks = read_sheets(out.getvalue())
    assert [sheet.name for sheet in sheets] == ["Offres d'emploi"]
    assert remarks == ["hidden sheet 'hidden' is not read"]
    rows = list(sheets[0].rows())
    assert rows[1] == Row(2, [date(2026, 8, 31), "Été", 12.0, 0.5, True])
    assert rows[2] == Row(4, [None, "after a gap"])
    assert sheets[0].place(4, 1) == "sheet 'Offres d'emploi', cell B4"


@pytest.mark.parametrize("name", ["browser_export_une_rt_a_long", "browser_export_une_rt_a_page"])
def test_workbooks_of_a_statistical_office_are_read_as_another_reader_reads_them(name: str) -> None:
    body = shared_path(f"recordings/stats/eurostat/{name}.xlsx").read_bytes()
    book = openpyxl.load_workbook(io.BytesIO(body), data_only=True)
    compared = 0
    for sheet in read_sheets(body)[0]:
        for row in sheet.rows():
            assert isinstance(row, Row)
            for column, value in enumerate(row.cells, start=1):
                other = book[sheet.name].cell(row.number, column).value
                assert value == (other.strip() if isinstance(other, str) else other) or (value, other) == (None, "")
                compared += value is not None
    assert compared > 500


def test_columns_have_names() -> None:
    assert [letters(column) for column in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_a_part_that_unpacks_out_of_all_proportion_is_not_unpacked() -> None:
    whole = workbook({"Data": [["Date", "A"], ["x", 1]]})
    assert len(list(read_sheets(whole)[0][0].rows())) == 2
    bomb = packed({"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": b"<r>" + b" " * 30_000_000})
    started = time.monotonic()
    with pytest.raises(UnreadableError) as caught:
        read_sheets(bomb)
    assert caught.value.reason == "zip_bomb"
    assert time.monotonic() - started < 1


def test_a_cell_far_to_the_right_costs_its_row_alone() -> None:
    body = workbook({"Data": [["Date", "A"], ["x", 1], ["y", 2]]})
    far = packed({name: content.replace(b"'B2'", b"'XFD2'") for name, content in _members(body).items()})
    rows = list(read_sheets(far)[0][0].rows())
    assert [type(row).__name__ for row in rows] == ["Row", "Broken", "Row"]


def test_a_damaged_sheet_gives_the_rows_before_the_damage() -> None:
    members = _members(workbook({"Data": [["Date", "A"], *([["x", 1]] * 5000)]}))
    members["xl/worksheets/sheet1.xml"] = members["xl/worksheets/sheet1.xml"][:-2000]
    rows = read_sheets(packed(members))[0][0].rows()
    assert sum(1 for _ in zip(range(3000), rows, strict=False)) == 3000
    with pytest.raises(UnreadableError) as caught:
        list(rows)
    assert caught.value.reason == "not_xml"


def _members(body: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(body)) as file:
        return {name: file.read(name) for name in file.namelist()}
