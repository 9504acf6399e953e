"""Tables of the CSSF's and BCL's reviews of AI in finance (PDF) to observations, by declared captions.

Belongs here: cells of declared tables to cells of a cube. Never here: which tables there are
(``scrapers/columns/cssf_review.yaml``), reading PDF (``scrapers.pdf``).

Each wave is a dataset of its own, because the waves asked different institutions. Each value says its page, table, row
and column. A table that goes on over the page is read on where its header is repeated. What is not declared is named
in notes, what does not fit is set aside; nothing is guessed from where it stands.

Which table one is, its caption says and no other line: the line that begins with "Table" or "Figure", else the nearest.
Headers and footers of the page are no captions. A share is taken as one only where a per cent sign or the word stands
in its cell, its header or its caption; a caption that names another unit (EUR, a number) is not that of shares.

A page of the publisher's that only leads to the document (``params.pages``) is no document and gives a note.
"""

from __future__ import annotations

import re
from collections import Counter
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
_NUMBERED = re.compile(r"(?:table|tableau|tabelle|figure|chart|graph(?:ique)?|abbildung)\s*[\d.:IVX]", re.I)
_SHARE = re.compile(r"%|\bper ?cent|\bpercentage|\bproportion|\bshares?\b|\bpour ?cent|\bProzent|\bAnteil", re.I)
_NO_SHARE = re.compile(
    r"€|\b(?:EUR|euros?|millions?|billions?|mio|bn|FTEs?|full-time|headcount)\b|\b(?:numbers?|nombre|count|amounts?)\b",
    re.I,
)


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
    _Cube(context, sink, declared, review).read(document.tables, document.head)
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
    says_share: bool  # in its caption


class _Cube:
    def __init__(self, context: DecodeContext, sink: Sink, declared: Reviews, review: Review) -> None:
        self.context, self.sink, self.review = context, sink, review
        self.markers = declared.markers
        self.known: dict[str, Observation] = {}
        self.running: frozenset[str] = frozenset()
        published = review.published_on
        self.published_at = datetime.combine(published, time(), UTC) if published else None

    def read(self, tables: list[PdfTable], head: str) -> None:
        """``head`` is the text of the first pages."""
        found = 0
        self.running = _running(tables, head, self.review)
        last: _Open | None = None
        for table in tables:
            begun = self._begin(table, last)
            if begun is not None:
                found += 1
                self._rows(table, begun)
                last = begun
            elif not self.sink.rejects or self.sink.rejects[-1].locator != table.place():
                self.sink.note(f"{table.place()} is not declared: {self._caption(table)[:120]!r}")
        if not found and not self.sink.rejects:
            seen = "; ".join(self._caption(table)[:120] for table in tables[:5])
            raise UnreadableError("no_declared_table", f"{len(tables)} tables, none of them declared: {seen}")
        self.sink.records.extend(self.known.values())
        if not self.sink.records and not self.sink.rejects:
            raise UnreadableError("no_data", "declared tables without a single number")

    def _begin(self, table: PdfTable, last: _Open | None) -> _Open | None:
        """The declared table that this one is, or goes on with; None for one that nobody declared or can be read."""
        header = [_plain(cell) for cell in table.rows[0]] if table.rows else []
        caption = self._caption(table)
        declared = next((own for own in self.review.tables if _is_of(caption, own)), None)
        if declared is None:
            if last is not None and table.number == 1 and table.page == last.page + 1 and header == last.header:
                self.sink.note(f"{table.place()} goes on with the table of the page before")
                return _Open(last.declared, header, last.codes, table.page, last.says_share)
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
        return _Open(declared, header, codes, table.page, _SHARE.search(caption) is not None)

    def _caption(self, table: PdfTable) -> str:
        """The numbered line above a table with what follows it, else that below, else the nearest line."""
        above = [line for line in table.above if _folded(line) not in self.running]
        below = [line for line in table.below if _folded(line) not in self.running]
        numbered = max((at for at, line in enumerate(above) if _NUMBERED.match(line)), default=None)
        if numbered is not None:
            return " ".join(above[numbered:])
        return next((line for line in below if _NUMBERED.match(line)), " ".join(above[-1:]) or " ".join(below[:1]))

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
                self._cell(table, begun, (number, column), row, {
                    "measure": begun.declared.measure,
                    begun.declared.rows.dimension: code,
                    begun.declared.columns.dimension: column_code,
                    **begun.declared.fixed,
                })  # fmt: skip

    def _cell(
        self,
        table: PdfTable,
        begun: _Open,
        at: tuple[int, int],
        row: list[str | None],
        dimensions: dict[str, str],
    ) -> None:
        where, declared, label = table.place(*at), begun.declared, begun.declared.label_column
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
        said = (*(text for column, text in enumerate(begun.header) if column in (at[1], label)), _plain(row[label]))
        if (
            is_share
            and found.value is not None
            and not (found.is_percent or begun.says_share or _SHARE.search(" ".join(said)))
        ):
            self.sink.reject(
                where, "unit_unclear", "nothing says that the number is a share: no per cent sign, no word"
            )
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


def _running(tables: list[PdfTable], head: str, review: Review) -> frozenset[str]:
    """Headers and footers of the pages: lines that stand on several pages, and those that say the title."""
    pages: dict[str, set[int]] = {}
    for table in tables:
        for line in (*table.above, *table.below):
            if not _NUMBERED.match(line):
                pages.setdefault(_folded(line), set()).add(table.page)
    times = Counter(_folded(line) for line in head.splitlines() if not _NUMBERED.match(line))
    repeated = {line for line, on in pages.items() if len(on) > 1 or times[line] > 1}
    titles = {
        line for line in pages if line in _folded(review.title) or all(re.search(m, line, re.I) for m in review.marks)
    }
    return frozenset(repeated | titles)


def _folded(line: str) -> str:
    """A line without its numbers, which are those of the pages."""
    return re.sub(r"\d+", "#", _plain(line)).casefold()


def _is_of(caption: str, declared: ReviewTable) -> bool:
    """Whether a caption is the declared one, and names no other unit."""
    if not re.search(declared.caption, caption, re.I):
        return False
    return not (declared.unit.startswith("PC") and _NO_SHARE.search(caption) and not _SHARE.search(caption))


def _plain(cell: str | None) -> str:
    return " ".join((cell or "").split())
