"""Tables that people made, as CSV or XLSX, row by row: values as stored, formulas never run, bounds on everything.

Belongs here: bytes to sheets, rows and cells, and where each cell stands. Never here: what a column means
(``scrapers/columns``), files on disk.

XLSX is read from its own XML by ``scrapers.safe_xml``: no entities, no links to other files, no macros; what the file
says of its own size is not believed. A formula counts with the value that was stored with it, and one without a stored
value is no value. CSV may be separated by ``;``, ``,``, tab or ``|``, in any encoding that ``scrapers.charset`` reads.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from scrapers.charset import read_text
from scrapers.decoders.base import UnreadableError, one_line, refuse_too_large
from scrapers.decoders.tables import Broken
from scrapers.workbook import Workbook

MAX_ROWS = 1_000_000
MAX_COLUMNS = 100
MAX_CELL_CHARS = 2_000
_MAX_ROW_CHARS, _MAX_ROW_LINES = 100_000, 20
_MAX_BROKEN = 20_000  # a file with more is no table
_DELIMITERS = ";,\t|"
_SNIFFED_LINES = 40

Value = str | float | bool | date | datetime | None  # a cell; None for an empty one


@dataclass(frozen=True)
class Row:
    """One row: its number in the sheet or its line in the file, from 1, and its cells up to the last that is filled.

    ``cut_at`` is the column of a cell that ends with the file, where the other lines have ends: it may be cut off.
    """

    number: int
    cells: list[Value]
    cut_at: int | None = None


@dataclass
class Sheet:
    """One sheet of a workbook, or a CSV file, whose name is "". ``remarks`` fill up while rows are read."""

    name: str
    source: Iterable[Row | Broken]
    remarks: dict[str, int] = field(default_factory=dict)

    def rows(self) -> Iterator[Row | Broken]:
        """Rows that hold something; raises UnreadableError (too_many_elements, too_many_broken, damaged_member…)."""
        broken = 0
        for count, row in enumerate(self.source):
            if count >= MAX_ROWS:
                raise UnreadableError("too_many_elements", f"{self.place()}more than {MAX_ROWS} rows")
            broken += isinstance(row, Broken)
            if broken > _MAX_BROKEN:
                raise UnreadableError("too_many_broken", f"{self.place()}more than {_MAX_BROKEN} broken rows")
            yield row

    def place(self, row: int | None = None, column: int | None = None) -> str:
        """Where a cell, a row or the sheet stands: "sheet 'Offres', cell C7", "line 7, column 3"; columns from 0."""
        if not self.name:
            parts = [f"line {row}" if row else "", f"column {column + 1}" if column is not None else ""]
        else:
            cell = f"cell {letters(column)}{row}" if column is not None else f"row {row}"
            parts = [f"sheet '{self.name}'", cell if row else ""]
        return ", ".join(filter(None, parts))


def letters(column: int) -> str:
    """The name of a column: 0 is A, 26 is AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def read_sheets(body: bytes, content_type: str = "") -> tuple[list[Sheet], list[str]]:
    """The sheets of a spreadsheet or the one of a CSV file, and remarks on how it had to be read.

    Rows are read when they are asked for. Raises UnreadableError: empty, too_large, not_a_table, old_spreadsheet,
    not_a_spreadsheet, damaged_zip, encrypted, zip_bomb, too_many_members, and what ``scrapers.safe_xml`` raises.
    """
    refuse_too_large(body)
    if body.startswith(b"PK"):
        return _of_workbook(body)
    if body.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableError("old_spreadsheet", "a spreadsheet of the binary format before 2007 is not read")
    if body.startswith(b"%PDF") or body.startswith(b"\x1f\x8b"):
        raise UnreadableError("not_a_table", "a PDF or a packed file stands where a table is due")
    return _of_csv(body, content_type)


def _of_workbook(body: bytes) -> tuple[list[Sheet], list[str]]:
    book = Workbook(body)
    sheets = []
    for name in book.sheets:
        rows = (_row(number, cells) for number, cells in book.rows(name))
        sheets.append(Sheet(name, rows))
    return sheets, book.remarks


def _row(number: int, cells: dict[int, Value]) -> Row | Broken:
    last = max(cells)
    if last >= MAX_COLUMNS:
        return Broken(number, "too_wide", f"a cell stands in column {letters(last)}, at most {MAX_COLUMNS} are read")
    return Row(number, [cells.get(column) for column in range(last + 1)])


def _of_csv(body: bytes, content_type: str) -> tuple[list[Sheet], list[str]]:
    text, remarks = read_text(body, content_type)
    if "\x00" in text:
        text = text.replace("\x00", "")
        remarks.append("null characters are taken out")
    start = text[:1000].lstrip("\ufeff \t\r\n")
    if not start:
        raise UnreadableError("empty", "the body is empty")
    if start[0] in "<{[":
        what = "JSON" if start[0] in "{[" else "HTML or XML"
        raise UnreadableError("not_a_table", f"{what} stands where a table is due: {one_line(start[:60])}")
    separator = "\n" if "\n" in text else "\r"
    first = [line for _, line in zip(range(_SNIFFED_LINES), _lines(text, separator), strict=False)]
    delimiter = _delimiter(first)
    if delimiter is None:
        raise UnreadableError("not_a_table", "no line of the beginning is divided into cells")
    rows = _csv_rows(_lines(text, separator), delimiter)
    tail = text[-_MAX_ROW_CHARS:].rstrip(" ")
    if separator in text and not tail.endswith((separator, delimiter)):
        rows = _last_cut(rows)
    return [Sheet("", rows)], remarks


def _last_cut(rows: Iterator[Row | Broken]) -> Iterator[Row | Broken]:
    """The same rows, the last one with the mark that its last cell may be cut off."""
    before: Row | Broken | None = None
    for row in rows:
        if before is not None:
            yield before
        before = row
    if isinstance(before, Row):
        before = Row(before.number, before.cells, len(before.cells) - 1)
    if before is not None:
        yield before


def _lines(text: str, separator: str) -> Iterator[str]:
    """Lines without their ends, cut out one at a time: a list of them all would take the memory of the text again."""
    at = 1 if text.startswith("\ufeff") else 0
    while at < len(text):
        end = text.find(separator, at)
        end = len(text) if end < 0 else end
        yield text[at:end].rstrip("\r")
        at = end + 1


def _delimiter(lines: list[str]) -> str | None:
    """What divides most lines of the beginning; in a tie the one that divides them more often."""
    short = [_QUOTED.sub("", line[:_MAX_ROW_CHARS]) for line in lines]
    counts = {mark: [line.count(mark) for line in short if line.strip()] for mark in _DELIMITERS}
    score = {mark: (sum(1 for count in found if count), sum(found)) for mark, found in counts.items()}
    best = max(_DELIMITERS, key=lambda mark: score[mark])
    return best if score[best][0] else None


_QUOTED = re.compile(r'"[^"]*"')


def _csv_rows(lines: Iterator[str], delimiter: str) -> Iterator[Row | Broken]:
    """A quote that is not closed within ``_MAX_ROW_LINES`` lines costs its own line only."""
    waiting: list[tuple[int, str]] = []  # lines read ahead, to be read again after an open quote
    numbered = enumerate(lines, start=1)
    while True:
        number, line = waiting.pop(0) if waiting else next(numbered, (0, ""))
        if not number:
            return
        if line.count('"') % 2 == 0:
            yield from _cells(number, line, delimiter)
            continue
        parts, closed = [line], False
        for ahead in range(_MAX_ROW_LINES - 1):
            if ahead >= len(waiting):
                following = next(numbered, None)
                if following is None:
                    break
                waiting.append(following)
            parts.append(waiting[ahead][1])
            if parts[-1].count('"') % 2:
                closed = True
                break
        if closed and sum(map(len, parts)) <= _MAX_ROW_CHARS:
            del waiting[: len(parts) - 1]
            yield from _cells(number, "\n".join(parts), delimiter)
        else:
            yield Broken(number, "open_quote", "a cell is opened by a quote that is not closed")


def _cells(number: int, text: str, delimiter: str) -> Iterator[Row | Broken]:
    if not text or text.isspace():
        return
    if len(text) > _MAX_ROW_CHARS:
        yield Broken(number, "row_too_long", f"{len(text)} characters, at most {_MAX_ROW_CHARS} are read")
        return
    try:
        found = next(csv.reader([text.replace("\n", " ")], delimiter=delimiter), [])
    except csv.Error as error:
        yield Broken(number, "unreadable_row", str(error))
        return
    if len(found) > MAX_COLUMNS:
        yield Broken(number, "too_wide", f"{len(found)} cells, at most {MAX_COLUMNS} are read")
        return
    cells: list[Value] = [cell.strip()[:MAX_CELL_CHARS] or None for cell in found]
    while cells and cells[-1] is None:
        cells.pop()
    if cells:
        yield Row(number, cells)
