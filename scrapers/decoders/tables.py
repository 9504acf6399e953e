"""CSV tables from outside, row by row: quoted, with line breaks in cells, and rows that are broken.

Belongs here: finding where a row ends, and the next one after a broken row. Never here: what a column means.

The standard reader takes an opening quote that never closes as a cell that holds the rest of the file. Here a row is
given up once a line begins as rows do: with an unfinished cell behind it, that line is the next row.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from scrapers.decoders.base import UnreadableError

MAX_ROWS = 2_000_000
MAX_ROW_CHARS = 1_000_000  # an objective has 2,000 characters
MAX_ROW_LINES = 20_000
_MAX_COLUMNS = 200
_MAX_LINE = 2 * MAX_ROW_CHARS
MAX_BROKEN = 20_000  # a table with more is another file
_ROW_START = re.compile(r'"\d{3,12}"[;,\t]"|\d{3,12}([;,\t])\d{3,12}\1')  # tables begin with numbers of a project
_DOUBLE = re.compile('[ÃÂ][\u0080-\u00bf]|â[\u0080\u0082€‚][\u0080-\u00bf™œ\u009d“”"–—¦]')  # UTF-8 read as Latin-1
_FIELD_LIMIT = 2 * MAX_ROW_CHARS


def lines_of(body: bytes) -> Iterator[bytes]:
    """The lines of a body, one at a time; one beyond all bounds comes in parts."""
    file = io.BytesIO(body)
    return iter(lambda: file.readline(_MAX_LINE), b"")


@dataclass(frozen=True)
class Broken:
    """A row that cannot be read: its line in the file, from 1, and why."""

    line: int
    reason: str
    detail: str


@dataclass
class Table:
    """One table being read. ``columns`` are the header's names; ``remarks`` fill up while rows are read."""

    lines: Iterable[bytes]
    row_start: re.Pattern[str] = _ROW_START  # how a line begins that is the next row, whatever stands open before it
    columns: list[str] = field(default_factory=list)
    remarks: dict[str, int] = field(default_factory=dict)
    rows_read: int = 0

    def __post_init__(self) -> None:
        self._source = iter(self.lines)
        self._broken_rows = 0
        self._at = 1
        header = self._text(next(self._source, b""), first=True)
        self._delimiter = max(";,\t", key=header.count)
        csv.field_size_limit(_FIELD_LIMIT)
        self.columns = [name.strip() for name in self._parse(header) or []]
        if len(self.columns) < 2 or len(self.columns) > _MAX_COLUMNS or len(set(self.columns)) != len(self.columns):
            raise UnreadableError("not_a_table", "the first line is no header of columns")

    def rows(self) -> Iterator[tuple[int, dict[str, str]] | Broken]:
        """(line number, column -> cell) of each row, or what is wrong with it; the next row is read all the same."""
        for found in self.cells():
            yield found if isinstance(found, Broken) else (found[0], dict(zip(self.columns, found[1], strict=True)))

    def cells(self) -> Iterator[tuple[int, list[str]] | Broken]:
        """As ``rows``, with the cells in the order of ``columns``: for whoever reads few of many rows."""
        parts: list[str] = []  # lines of the row under way; counted as they come, never joined to be looked at again
        began = chars = quotes = 0
        for raw in self._source:
            self._at += 1
            line = self._text(raw)
            if parts and self.row_start.match(line):
                yield self._broken(began, "open_quote", "a cell is not closed before the next row")
                parts = []
            if not parts:
                if not line.strip():
                    continue
                began, chars, quotes = self._at, 0, 0
            parts.append(line)
            chars += len(line)
            quotes += line.count('"')
            if chars > MAX_ROW_CHARS or len(parts) > MAX_ROW_LINES:
                yield self._broken(
                    began, "row_too_long", f"more than {MAX_ROW_CHARS} characters or {MAX_ROW_LINES} lines"
                )
                parts = []
            elif quotes % 2 == 0:
                yield self._row(began, "".join(parts))
                parts = []
        if parts:
            yield self._broken(began, "open_quote", "a cell is not closed before the end of the file")

    def _row(self, began: int, text: str) -> tuple[int, list[str]] | Broken:
        cells = self._parse(text)
        self._count(began)
        if cells is None or len(cells) != len(self.columns):
            self._count_broken(began)
            found = "unreadable" if cells is None else f"{len(cells)} cells"
            return Broken(began, "wrong_columns", f"{found}, the header has {len(self.columns)} columns")
        if _DOUBLE.search(text):
            self._remark("rows with text encoded twice (mojibake), kept as published")
        return began, cells

    def _broken(self, began: int, reason: str, detail: str) -> Broken:
        self._count(began)
        self._count_broken(began)
        return Broken(began, reason, detail)

    def _count(self, began: int) -> None:
        self.rows_read += 1
        if self.rows_read > MAX_ROWS:
            raise UnreadableError("too_many_elements", f"more than {MAX_ROWS} rows, the last at line {began}")

    def _count_broken(self, began: int) -> None:
        self._broken_rows += 1
        if self._broken_rows > MAX_BROKEN:
            raise UnreadableError("too_many_broken", f"more than {MAX_BROKEN} broken rows, the last at line {began}")

    def _parse(self, text: str) -> list[str] | None:
        try:
            rows = list(csv.reader([text], delimiter=self._delimiter))
        except csv.Error:
            return None
        return rows[0] if len(rows) == 1 else None

    def _text(self, raw: bytes, *, first: bool = False) -> str:
        if first and raw.startswith(b"\xef\xbb\xbf"):
            raw = raw[3:]
            self._remark("the table begins with a byte order mark")
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            self._remark("lines that are not UTF-8, their bad bytes shown as U+FFFD")
            text = raw.decode("utf-8", "replace")
        if "\x00" in text:
            self._remark("lines with null characters, taken out")
            text = text.replace("\x00", "")
        return text

    def _remark(self, text: str) -> None:
        self.remarks[text] = self.remarks.get(text, 0) + 1
