"""Tables of the CSSF's and BCL's reviews of AI in finance (PDF) to observations, by declared captions.

Belongs here: cells of declared tables to cells of a cube. Never here: which tables there are
(``scrapers/columns/cssf_review.yaml``), reading PDF (``scrapers.pdf``).

Each wave is a dataset of its own, because the waves asked different institutions. Each value says its page, table, row
and column. A table that goes on over the page is read on where its header is repeated. What is not declared is named
in notes, what does not fit is set aside; nothing is guessed from where it stands.

A page of the publisher's that only leads to the document (``params.pages``) is no document and gives a note.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from urllib.parse import urlsplit

from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError
from scrapers.decoders.cells import NoFigureError, figure
from scrapers.files import RegistryError
from scrapers.items import Observation
from scrapers.pdf import PdfTable, read_tables
from scrapers.review_tables import Review, Reviews, ReviewTable, review_of, reviews

_MAX_HEADER = 200


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Observations of every declared table of one review; ``params.reviews``: declarations instead of the bundled ones.

    Raises UnreadableError: what ``scrapers.pdf.read_tables`` raises, unknown_review, no_tables, no_declared_table,
    no_data, bad_declaration.
    """
    sink = Sink(context, "observation")
    if leads_to_documents(body, context):
        sink.note("a page that leads to documents, which are read on their own")
        return sink.decoded()
    try:
        declared = reviews("cssf_review", context.params.get("reviews"))
    except RegistryError as error:
        raise UnreadableError("bad_declaration", str(error)) from error
    document = read_tables(body)
    for remark in document.remarks:
        sink.note(remark)
    review = review_of(document.head, declared)
    if review is None:
        raise UnreadableError("unknown_review", "the first pages name none of the declared reviews")
    if not document.tables:
        raise UnreadableError("no_tables", f"{document.pages} pages without any ruled table")
    sink.note(f"{document.pages} pages, {len(document.tables)} tables; the review is {review.dataset_id}")
    _Cube(context, sink, declared, review).read(document.tables)
    return sink.decoded()


def leads_to_documents(body: bytes, context: DecodeContext) -> bool:
    """Whether a body is an HTML page of a host that the source's parameters name for pages, not asked as a file."""
    pages = context.params.get("pages")
    addresses = [str(page.get("url")) for page in pages if isinstance(page, Mapping)] if isinstance(pages, list) else []
    asked = urlsplit(context.url)
    start = body[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return (
        start.startswith((b"<!doctype html", b"<html"))
        and not asked.path.lower().endswith(".pdf")
        and any(urlsplit(address).hostname == asked.hostname for address in addresses)
    )


@dataclass
class _Open:
    """A declared table under way: its header, and the code of each column of numbers."""

    declared: ReviewTable
    header: list[str]
    codes: dict[int, str]
    page: int


class _Cube:
    def __init__(self, context: DecodeContext, sink: Sink, declared: Reviews, review: Review) -> None:
        self.context, self.sink, self.review = context, sink, review
        self.markers = declared.markers
        self.known: dict[str, Observation] = {}
        published = review.published_on
        self.published_at = datetime.combine(published, time(), UTC) if published else None

    def read(self, tables: list[PdfTable]) -> None:
        found = 0
        last: _Open | None = None
        for table in tables:
            begun = self._begin(table, last)
            if begun is not None:
                found += 1
                self._rows(table, begun)
                last = begun
            elif not self.sink.rejects or self.sink.rejects[-1].locator != table.place():
                self.sink.note(f"{table.place()} is not declared: {_caption(table)!r}")
        if not found and not self.sink.rejects:
            seen = "; ".join(_caption(table) for table in tables[:5])
            raise UnreadableError("no_declared_table", f"{len(tables)} tables, none of them declared: {seen}")
        self.sink.records.extend(self.known.values())
        if not self.sink.records and not self.sink.rejects:
            raise UnreadableError("no_data", "declared tables without a single number")

    def _begin(self, table: PdfTable, last: _Open | None) -> _Open | None:
        """The declared table that this one is, or goes on with; None for one that nobody declared or can be read."""
        header = [_plain(cell) for cell in table.rows[0]] if table.rows else []
        declared = next((own for own in self.review.tables if _names(table, own)), None)
        if declared is None:
            if last is not None and table.number == 1 and table.page == last.page + 1 and header == last.header:
                self.sink.note(f"{table.place()} goes on with the table of the page before")
                return _Open(last.declared, header, last.codes, table.page)
            return None
        codes: dict[int, str] = {}
        for column, name in enumerate(header):
            if column == declared.label_column or not name:
                continue
            code = declared.columns.code_of(name)
            if code is None:
                self.sink.note(f"{table.place(0, column)}: column {name[:60]!r} is not declared and not kept")
            elif code in codes.values():
                self.sink.reject(table.place(), "duplicate_column", f"two columns are {code}; the table is not read")
                return None
            else:
                codes[column] = code
        if not codes:
            self.sink.reject(
                table.place(), "missing_column", f"no column of the header is declared: {header}"[:_MAX_HEADER]
            )
            return None
        return _Open(declared, header, codes, table.page)

    def _rows(self, table: PdfTable, begun: _Open) -> None:
        for number, row in enumerate(table.rows[1:], start=1):
            at = begun.declared.label_column
            name = _plain(row[at]) if at < len(row) else ""
            code = begun.declared.rows.code_of(name) if name else None
            if code is None:
                if any(_plain(row[column]) for column in begun.codes if column < len(row)):
                    shown = f"{name[:80]!r} is not declared" if name else "the row has no name"
                    self.sink.reject(table.place(number), "unknown_row", shown)
                continue
            for column, column_code in begun.codes.items():
                self._cell(table, begun.declared, (number, column), row, {
                    "measure": begun.declared.measure,
                    begun.declared.rows.dimension: code,
                    begun.declared.columns.dimension: column_code,
                    **begun.declared.fixed,
                })  # fmt: skip

    def _cell(
        self,
        table: PdfTable,
        declared: ReviewTable,
        at: tuple[int, int],
        row: list[str | None],
        dimensions: dict[str, str],
    ) -> None:
        where = table.place(*at)
        try:
            found = figure(row[at[1]] if at[1] < len(row) else None, self.markers)
        except NoFigureError as error:
            self.sink.reject(where, "bad_value", str(error))
            return
        if found.value is None and not found.status:
            self.sink.note("empty cells are no records")
            return
        is_share = declared.unit.startswith("PC")
        if found.is_percent and not is_share:
            self.sink.reject(where, "unit_differs", f"a share stands where the unit is {declared.unit}")
            return
        if found.value is not None and (found.value < 0 or (is_share and found.value > 100)):
            self.sink.reject(where, "out_of_range", f"{found.value} is no {declared.unit}")
            return
        series_key = ".".join(dimensions.values())
        period = declared.time_period or self.review.time_period
        fields: dict[str, Any] = {
            "record_id": f"{self.context.source_id}:{self.review.dataset_id}:{series_key}:{period}",
            "dataset_id": self.review.dataset_id,
            "series_key": series_key,
            "dimensions": dimensions,
            "time_period": period,
            "value": found.value,
            "unit": declared.unit,
            "obs_status": found.status,
            "flags_published": found.mark,
            "universe": self.review.universe,
            "published_at": self.published_at,
        }
        record = self.sink.build(Observation, where, fields)
        if not isinstance(record, Observation):
            return
        earlier = self.known.setdefault(record.record_id, record)
        if earlier is not record and earlier.value != record.value:
            self.sink.reject(where, "duplicate_cell", f"{earlier.locator} says {earlier.value} of the same")


def _names(table: PdfTable, declared: ReviewTable) -> bool:
    """Whether a line above or below a table, or a row of one cell at its head, is the declared caption."""
    lines = [*reversed(table.above), *table.below]
    return any(re.search(declared.caption, line, re.I) for line in [" ".join(table.above), *lines])


def _caption(table: PdfTable) -> str:
    return (" ".join(table.above[-1:]) or " ".join(table.below[:1]) or "no caption")[:120]


def _plain(cell: str | None) -> str:
    return " ".join((cell or "").split())
