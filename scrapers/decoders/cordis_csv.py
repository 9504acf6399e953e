"""CORDIS as tables: the zip of CSV or XLSX tables of a framework programme's projects, or one table alone.

Belongs here: where tables stand in a file, their layouts of today and of older files. Never here: which projects become
records (``cordis_tables``), what a column means (``cordis_records``).

A spreadsheet's own word on its extent is not believed, and its texts are cut at the reader's bound
(``scrapers.spreadsheet``): the CSV zip is the better source.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, one_line, unknown_fields
from scrapers.decoders.cordis_records import ORGANISATION_COLUMNS, PROJECT_COLUMNS, as_text, canonical
from scrapers.decoders.cordis_tables import (
    NEEDED,
    ORGANISATIONS,
    PROJECTS,
    Keep,
    Programme,
    Row,
    check_members,
    members_of,
)
from scrapers.decoders.tables import Broken, Table, lines_of
from scrapers.decoders.zipped import Zip
from scrapers.spreadsheet import Row as SheetRow
from scrapers.spreadsheet import Sheet, read_sheets

_KNOWN = {PROJECTS: PROJECT_COLUMNS, ORGANISATIONS: ORGANISATION_COLUMNS}
_MAX_BOOK = 32 * 1024 * 1024  # a spreadsheet within a zip file
_HEADER_WITHIN = 20  # rows of a sheet
_OTHER = {  # columns that tell what a table is which holds no participation
    "euroscivoccode": "EuroSciVoc topics",
    "numprojects": "organisations with their totals over projects",
    "topic": "topics of projects",
    "uniqueprogrammepart": "legal bases",
    "physurl": "links",
    "represents": "links",
    "ecmaxcontribution": "projects without their participants",
}


def check_zip(body: bytes) -> Zip:
    """The zip file, if it holds the tables. Raises UnreadableError as ``Zip`` does, and not_cordis."""
    zipped = Zip(body)
    check_members(members_of(zipped.members, "csv"), zipped.members, "csv")
    return zipped


def check_whole(body: bytes) -> None:
    """As ``check_zip``, and every table of it is unpacked to its end: a damaged one would look like projects gone.

    Raises UnreadableError: damaged_member too.
    """
    zipped = check_zip(body)
    for name in members_of(zipped.members, "csv").values():
        for _ in zipped.chunks(name):
            pass


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Participations in the projects of one file.

    Raises UnreadableError: what ``Zip`` and ``read_sheets`` raise, not_cordis; no_participations (a table of CORDIS in
    which none stands).
    """
    sink = Sink(context, "funding_event")
    programme = Programme(context, sink)
    if not body.startswith(b"PK"):
        if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"<", b"{", b"[", b""):
            Zip(body)  # raises: it says what stands where a zip file is due
        programme.read_one(_Lines({ORGANISATIONS: lines_of(body)}, sink, {ORGANISATIONS: "organization.csv"}))
        return sink.decoded()
    zipped = Zip(body, max_members=2_000)  # a workbook has many parts
    if "workbook.xml" in zipped.members:
        programme.read_one(_Sheets({ORGANISATIONS: body}, sink, {ORGANISATIONS: "organization.xlsx"}))
        return sink.decoded()
    books = members_of(zipped.members, "xlsx")
    if books and not members_of(zipped.members, "csv"):
        check_members(books, zipped.members, "xlsx")
        held = {table: zipped.whole(name, _MAX_BOOK) for table, name in books.items()}
        programme.read(_Sheets(held, sink, books), zipped.members)
        return sink.decoded()
    zipped = check_zip(body)
    members = members_of(zipped.members, "csv")
    programme.read(_Members(zipped, sink, members), zipped.members)
    return sink.decoded()


class _Lines:
    """Tables as lines of CSV."""

    def __init__(self, lines: Mapping[str, Iterable[bytes]], sink: Sink, members: Mapping[str, str]) -> None:
        self._lines, self._sink, self.members = lines, sink, members

    def lines(self, table: str) -> Iterable[bytes]:
        return self._lines[table]

    def rows(self, table: str, keep: Keep, *, loud: bool) -> Iterator[tuple[str, Row] | tuple[str, Broken]]:
        name = self.members[table]
        found = Table(self.lines(table))
        columns = _columns(found.columns, table, name, self._sink if loud else None)
        of_project = columns.index("id" if table == PROJECTS else "projectID")
        of_country = columns.index("country") if "country" in columns else None
        try:
            for row in found.cells():
                if isinstance(row, Broken):
                    yield f"{name} line {row.line}", row
                elif keep(row[1][of_project], "" if of_country is None else row[1][of_country]):
                    yield f"{name} line {row[0]}", dict(zip(columns, row[1], strict=True))
        finally:
            if loud:
                for remark, times in found.remarks.items():
                    self._sink.note(f"{name}: {remark}", times=times)


class _Members(_Lines):
    """Tables as members of a zip file, unpacked as they are read."""

    def __init__(self, zipped: Zip, sink: Sink, members: Mapping[str, str]) -> None:
        super().__init__({}, sink, members)
        self._zip = zipped

    def lines(self, table: str) -> Iterable[bytes]:
        return self._zip.lines(self.members[table])


class _Sheets:
    """Tables as spreadsheets."""

    def __init__(self, books: Mapping[str, bytes], sink: Sink, members: Mapping[str, str]) -> None:
        self._books, self._sink, self.members = books, sink, members

    def rows(self, table: str, keep: Keep, *, loud: bool) -> Iterator[tuple[str, Row] | tuple[str, Broken]]:
        sheets, remarks = read_sheets(self._books[table])
        if loud:
            self._sink.note_all(remarks)
        header: list[str] = []
        name = self.members[table]
        for sheet in sheets:
            columns: list[str] | None = None
            for number, row in enumerate(sheet.rows()):
                if isinstance(row, Broken):
                    yield f"{name} {sheet.place(row.line)}", row
                elif columns is None and number < _HEADER_WITHIN:
                    columns = _header(row, table)
                    header = header or [as_text(cell) for cell in row.cells]
                    if columns is not None:
                        _columns(columns, table, name, self._sink if loud else None)
                elif columns is not None:
                    yield from _of_sheet(row, columns, table, keep, f"{name} {_place(sheet, row)}")
            if columns is not None:
                return
        _columns(canonical(header, organisations=table == ORGANISATIONS), table, name, None)
        raise UnreadableError("not_cordis", f"{name} has no header of columns")


def _of_sheet(row: SheetRow, columns: list[str], table: str, keep: Keep, where: str) -> Iterator[tuple[str, Row]]:
    cells = dict(zip(columns, map(as_text, row.cells), strict=False))
    project = cells.get("id" if table == PROJECTS else "projectID", "")
    if keep(project, cells.get("country", "")):
        yield where, dict.fromkeys(columns, "") | cells


def _place(sheet: Sheet, row: SheetRow) -> str:
    return sheet.place(row.number)


def _header(row: SheetRow, table: str) -> list[str] | None:
    """The columns of a row that is the header of a table; None if it is none."""
    columns = canonical(map(as_text, row.cells), organisations=table == ORGANISATIONS)
    return columns if not _missing(columns, table) else None


def _missing(columns: list[str], table: str) -> list[str]:
    due = (*NEEDED[table], *(("organisationID", "name", "country") if table == ORGANISATIONS else ()))
    return [column for column in due if column not in columns]


def _columns(given: list[str], table: str, name: str, sink: Sink | None) -> list[str]:
    """The columns under today's names. Raises UnreadableError: not_cordis, no_participations."""
    columns = canonical(given, organisations=table == ORGANISATIONS)
    missing = _missing(columns, table)
    if missing:
        lowered = {column.lower() for column in given}
        what = next((said for column, said in _OTHER.items() if column in lowered), None)
        if table == ORGANISATIONS and what is not None:
            raise UnreadableError("no_participations", f"a table of {what}: no row of it is one participation")
        shown = one_line(", ".join(given))[:80]
        raise UnreadableError("not_cordis", f"{name} lacks the columns {', '.join(missing)}; it has {shown}")
    if sink is not None and table in _KNOWN:
        unknown_fields(sink, columns, _KNOWN[table], f"{name} ")
    return columns
