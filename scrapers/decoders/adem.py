"""ADEM's monthly key figures (CSV or XLSX of data.public.lu) to observations, by declared columns.

Belongs here: rows of ``scrapers/columns/adem.yaml`` to cells of a cube. Never here: which columns there are (the
declarations), reading files (``scrapers.spreadsheet``), downloads.

Which table a file is, is told by its header, wherever in the first rows it stands: the declared table whose columns are
all there. A number in a column of its own becomes a dimension, ``measure``, named as the column. An empty cell is no
record, a mark (``*``, ``<5``) is a record without value and with its flag, a zero is a zero.

An undeclared column of words (a canton, a diploma) tells rows apart: it is a dimension more, under its own name. Other
undeclared columns are not kept. Rows that differ in their number alone contradict each other and are all set aside, and
so are rows that say the same twice where a column is not kept that may tell them apart.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from scrapers.column_tables import (
    MEASURE,
    ColumnTables,
    Header,
    closest,
    declared,
    fold_name,
    known_names,
    match_header,
)
from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, one_line
from scrapers.decoders.cells import Figure, NoFigureError, figure, month
from scrapers.decoders.lines import CUT_OFF
from scrapers.decoders.observations import MAX_FILLED, lightened, record_id
from scrapers.decoders.tables import Broken
from scrapers.files import RegistryError
from scrapers.items import Observation
from scrapers.spreadsheet import Row, Sheet, Value, read_sheets

MAX_CELLS = MAX_FILLED  # records of one payload
_MAX_CHARS = 60_000_000  # of categories and keys in all records
_HEADER_WITHIN = 30  # rows at the head of a sheet, titles and remarks, among which the header is looked for
_LIKE_A_HEADER = 2  # declared names that make a row a header that lacks columns, rather than something else
_MAX_TEXT = 200
_LOOKED_AT = 200  # rows by which an undeclared column is known as one of words
_MAX_SHARED = 50_000  # combinations of categories that are remembered
_MAX_MONTH = 12  # characters of a month's name or number
_PERIOD = re.compile(r"\d{4}-\d{2}", re.ASCII)


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Observations of every table that is declared; ``params``: ``tables`` (some of them), ``since`` ("2024-01"),
    ``only`` (column -> beginnings of the values that are kept).

    Raises UnreadableError as ``scrapers.spreadsheet.read_sheets``, and no_declared_table, no_data, bad_declaration.
    """
    sink = Sink(context, "observation")
    try:
        tables = declared("adem", context.params.get("tables"), context.params.get("columns"))
    except (RegistryError, TypeError) as error:
        raise UnreadableError("bad_declaration", str(error)) from error
    sheets, remarks = read_sheets(body, context.content_type)
    sink.note_all(remarks)
    cube = _Cube(context, sink, tables)
    for sheet in sheets:
        cube.read(sheet)
    if not cube.headers and not sink.rejects:
        seen = f"; the first row is {cube.first}" if cube.first else ""
        raise UnreadableError("no_declared_table", cube.nearest or f"no sheet has a row that is a header{seen}")
    sink.records.extend(record for record in cube.records.values() if record is not None)
    if not sink.records and not sink.rejects and not cube.left_out:
        raise UnreadableError("no_data", "a header and no row below it")
    return sink.decoded()


class _Cube:
    """Everything read so far, so that a cell that stands twice is seen across sheets too."""

    def __init__(self, context: DecodeContext, sink: Sink, tables: ColumnTables) -> None:
        self.context, self.sink, self.tables = context, sink, tables
        since = context.params.get("since")
        self.since = since if isinstance(since, str) and _PERIOD.fullmatch(since) else ""
        only = context.params.get("only")
        self.only = {
            str(name): tuple(map(str, starts)) for name, starts in (only.items() if isinstance(only, Mapping) else ())
        }
        self.records: dict[str, Observation | None] = {}  # None: contradicted
        self.headers = self.left_out = self.empty = self.chars = 0
        self.nearest = self.first = ""
        self.untold = 0  # undeclared columns that may tell rows apart and are not kept
        self.words: dict[int, str] = {}  # undeclared columns of words of the sheet: place -> name
        self._shared: dict[tuple[object, ...], dict[str, Any]] = {}

    def read(self, sheet: Sheet) -> None:
        """A sheet that is damaged costs what stands behind the damage."""
        self.empty = 0
        before = self.left_out
        try:
            self._read(sheet)
        except UnreadableError as error:
            if error.reason == "too_many_cells" or not (self.headers or sheet.name):
                raise
            self.sink.reject(sheet.place(), error.reason, error.detail)
        for remark, times in sheet.remarks.items():
            self.sink.note(remark, times)
        if self.empty:
            self.sink.note("empty cells are no records", self.empty)
        if self.left_out > before:
            self.sink.note("rows are left out, as the source's parameters say (since, only)", self.left_out - before)

    def _read(self, sheet: Sheet) -> None:
        best_cells: list[str] = []
        best_known = best_row = 0
        rows = sheet.rows()
        for count, row in enumerate(rows):
            if count >= _HEADER_WITHIN:
                break
            if isinstance(row, Broken):
                continue
            names = [cell if isinstance(cell, str) else "" for cell in row.cells]
            header = match_header(names, self.tables)
            self.first = self.first or _shown(names)
            if header is not None:
                ahead = list(itertools.islice(rows, _LOOKED_AT))
                self._begins(sheet, header, ahead)
                for following in itertools.chain(ahead, rows):
                    self._row(sheet, header, following)
                return
            if (known := known_names(names, self.tables)) > best_known:
                best_cells, best_known, best_row = names, known, row.number
        if best_known >= _LIKE_A_HEADER:
            name, missing = closest(best_cells, self.tables)
            detail = f"nearest is {name}, without {', '.join(missing)}; the header is {_shown(best_cells)}"
            self.nearest = one_line(f"row {best_row}: {detail}")
            self.sink.reject(sheet.place(best_row), "missing_column", detail)
        elif sheet.name:
            self.sink.note(f"sheet {sheet.name!r} has no header of a declared table")

    def _begins(self, sheet: Sheet, header: Header, ahead: list[Row | Broken]) -> None:
        self.headers += 1
        self.sink.note(f"{sheet.place() or 'the file'} is table {header.name}")
        taken = {fold_name(name) for name in (*header.table.known, MEASURE)}
        self.words, self.untold = {}, 0
        for at, name in header.unknown.items():
            cells = [cell for row in ahead if isinstance(row, Row) and (cell := _cell(row, at)) is not None]
            named = one_line(name)[:60]
            if fold_name(name) in self.tables.remarks:
                self.sink.note(f"column {named!r} is not declared and not kept: a remark")
                continue
            if fold_name(name) in taken or not named or not all(self._is_word(cell) for cell in cells) or not cells:
                self.sink.note(f"column {name[:60]!r} is not declared and not kept")
                self.untold += bool(cells)
                continue
            taken.add(fold_name(name))
            self.words[at] = named
            self.sink.note(f"column {named!r} is not declared: its words are a dimension more")

    def _is_word(self, cell: Value) -> bool:
        """Whether a cell holds words: neither a number nor a month nor a mark."""
        if not isinstance(cell, str) or month(cell) is not None:
            return False
        try:
            figure(cell, self.tables.markers)
        except NoFigureError:
            return True
        return False

    def _row(self, sheet: Sheet, header: Header, row: Row | Broken) -> None:
        if isinstance(row, Broken):
            self.sink.reject(sheet.place(row.line), row.reason, row.detail)
            return
        table, at = header.table, header.at
        said = _cell(row, at[table.period])
        period = month(said)
        if period is None and header.year_at is not None:
            period = _of_year(said, _cell(row, header.year_at))
        if row.cut_at is not None and row.cut_at not in {at[column] for column in table.measures}:
            self.sink.reject(sheet.place(row.number, row.cut_at), "cut_off", CUT_OFF)
            return
        if period is None:
            self.sink.reject(sheet.place(row.number, at[table.period]), "bad_period", f"{str(said)[:60]!r} is no month")
            return
        if period < self.since:
            self.left_out += 1
            return
        dimensions = {}
        for name in (*table.dimensions, *table.optional):
            if name not in at:
                continue
            category = _text(_cell(row, at[name]))
            if category is None:
                self.sink.reject(sheet.place(row.number, at[name]), "bad_category", "the value is no short text")
                return
            dimensions[name] = category
        for place, name in self.words.items():
            category = _text(_cell(row, place))
            if category is None:
                self.sink.reject(sheet.place(row.number, place), "bad_category", "the value is no short text")
                return
            dimensions[name] = category
        if not all(dimensions.get(name, "").startswith(wanted) for name, wanted in self.only.items() if name in at):
            self.left_out += 1
            return
        labels = {
            of: named
            for column, of in table.labels.items()
            if column in at and of in dimensions and (named := _text(_cell(row, at[column])))
        }
        for column, measure in table.measures.items():
            where = sheet.place(row.number, at[column])
            if row.cut_at == at[column]:
                self.sink.reject(where, "cut_off", CUT_OFF)
                continue
            try:
                found = figure(_cell(row, at[column]), self.tables.markers, whole=measure.is_whole)
            except NoFigureError as error:
                self.sink.reject(where, "bad_value", str(error))
                continue
            if found.value is None and not found.status:
                self.empty += 1
                continue
            if found.is_percent:
                self.sink.reject(where, "bad_value", "a share stands where a count is due")
                continue
            whole = {**dimensions, **(measure.fixed or {MEASURE: column})}
            self._cell(where, header, period, whole, labels, found, measure.unit or self.tables.unit)

    def _cell(
        self,
        where: str,
        header: Header,
        period: str,
        dimensions: dict[str, str],
        labels: dict[str, str],
        found: Figure,
        unit: str,
    ) -> None:
        series_key = ".".join(code(value) for value in dimensions.values())
        key = record_id(self.context.source_id, header.table.dataset_id, series_key, period)
        if key in self.records:
            self._twice(where, key, found, is_whole=not self.untold)
            return
        self.chars += 2 * len(key) + sum(map(len, dimensions.values())) + sum(map(len, labels.values()))
        if len(self.records) >= MAX_CELLS or self.chars > _MAX_CHARS:
            raise UnreadableError(
                "too_many_cells", f"more than {MAX_CELLS} filled cells; params.since leaves old ones out"
            )
        series: dict[str, Any] = {
            "dataset_id": header.table.dataset_id,
            "series_key": series_key,
            "dimensions": dimensions,
            "dimension_labels": labels,
            "unit": unit,
            "universe": header.table.universe,
        }
        fields: dict[str, Any] = {
            "record_id": key,
            "time_period": period,
            "value": found.value,
            "obs_status": found.status,
            "flags_published": found.mark,
        }
        record = self.sink.build(Observation, where, series | fields)
        if isinstance(record, Observation):
            self.records[key] = lightened(record, self._once(series))

    def _once(self, series: dict[str, Any]) -> dict[str, Any]:
        """The same mapping for all cells of a series, with where they came from."""
        key = (series["dataset_id"], *series["dimensions"].values(), *series["dimension_labels"].values())
        if key not in self._shared:
            if len(self._shared) >= _MAX_SHARED:
                self._shared.clear()
            self._shared[key] = self.context.provenance() | series
        return self._shared[key]

    def _twice(self, where: str, key: str, found: Figure, *, is_whole: bool) -> None:
        """``is_whole``: whether all columns of the table are kept; else one that is not may tell the rows apart."""
        earlier = self.records[key]
        is_alike = earlier is not None and (earlier.value, earlier.obs_status) == (found.value, found.status)
        if is_alike and is_whole:
            self.sink.note("a cell that stands twice, alike")
            return
        detail = f"another row says the same of itself and has {'the same' if is_alike else 'another'} number"
        if earlier is not None:
            self.sink.reject(earlier.locator, "duplicate_cell", detail)
            self.records[key] = None
        self.sink.reject(where, "duplicate_cell", detail)


def code(value: str) -> str:
    """A published category as a part of a series key: "20 - 24" is "20-24". What only signs tell apart stays apart."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", value) if not unicodedata.combining(char))
    made = re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-").lower() or "none"
    telling = re.sub(r"[\s\w.,;:()/'’\-–]", "", plain)  # C and C++, "< 3 mois" and "> 3 mois"
    if not telling and len(made) <= 60:
        return made
    return f"{made[:50]}-{hashlib.sha256(value.encode('utf-8', 'replace')).hexdigest()[:8]}"


def _of_year(said: Value, year: Value) -> str | None:
    """The month of two cells, the month's number or name and the year; None if they name none."""
    numbers = [str(int(cell)) if isinstance(cell, float) and cell == int(cell) else cell for cell in (said, year)]
    if not all(isinstance(cell, str) and 0 < len(cell) <= _MAX_MONTH for cell in numbers):
        return None
    named, full = str(numbers[0]).strip(), str(numbers[1]).strip()
    return month(f"{int(named):02}/{full}" if re.fullmatch(r"\d{1,2}", named, re.ASCII) else f"{named} {full}")


def _shown(cells: list[str]) -> str:
    return ", ".join(cell[:40] for cell in cells if cell)[:200]


def _cell(row: Row, at: int) -> Value:
    return row.cells[at] if at < len(row.cells) else None


def _text(value: Value) -> str | None:
    """A category as published, on one line; "" for an empty cell, None for what is none."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value == int(value) and abs(value) < 1e12 else None
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        return None
    return one_line(value)
