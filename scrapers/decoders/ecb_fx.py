"""Euro foreign exchange reference rates of the European Central Bank to observations, from its XML and CSV files.

Belongs here: the files ``eurofxref*.xml`` (a day, 90 days, all days) and ``eurofxref*.csv``, also in their zip files.
Never here: the SDMX service of the ECB's data portal, conversion of sums.

A rate is units of the currency for one euro. Days without rates (weekends, holidays of TARGET) are absent. The CSV
files write ``N/A`` where a currency had no rate; the XML files leave it out, and so do the records.

The whole history has 210,000 rates. ``params.currencies`` (a list of codes) and ``params.since`` (an ISO day) say which
part of a file a source is about. The last rate of a CSV file whose last line has no end may be cut off: set aside.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, parse_day, refuse_too_large
from scrapers.decoders.lines import CUT_OFF, is_cut, numbered
from scrapers.decoders.observations import MAX_FILLED, Axis, Cells
from scrapers.decoders.zipped import Zip
from scrapers.safe_xml import iterate, local_name

DATASET = "eurofxref"
POPULATION = "Euro foreign exchange reference rates of the ECB, about 14:10 CET on working days; for information only"
_MAX_COLUMNS, _MAX_LINE = 200, 100_000
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_RATE = re.compile(r"\d{1,9}(?:\.\d{1,12})?", re.ASCII)
_ABSENT = frozenset({"", "N/A", "-"})


@dataclass(frozen=True)
class _Rate:
    """One rate as published: texts, and where it stands."""

    locator: str
    day: str
    currency: str
    rate: str


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """One observation a currency and day.

    Raises UnreadableError: empty, too_large, not_rates, no_data, too_many_cells, those of ``Zip`` and of
    ``scrapers.safe_xml.iterate``.
    """
    refuse_too_large(body)
    sink = Sink(context, "observation")
    chosen = _Chosen(context.params, sink)
    if body.startswith(b"PK\x03\x04"):
        rates = _of_zip(body, sink)
    elif body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        rates = _of_xml(body, sink)
    else:
        rates = _of_csv(io.BytesIO(body), sink, may_be_cut=True)
    units: dict[str, str] = {}
    cells = Cells(DATASET, [Axis("currency", {}, units, {})], context, sink, population=POPULATION)
    seen: dict[tuple[str, date], float] = {}
    for rate in _until_it_breaks(rates, sink):
        if _CURRENCY.fullmatch(rate.currency):
            units.setdefault(rate.currency, f"{rate.currency} per EUR")
        _add(rate, cells, chosen, seen)
    if not sink.records and not sink.rejects and not chosen.left_out:
        raise UnreadableError("no_data", "the file has no rate")
    return sink.decoded()


def _until_it_breaks(rates: Iterator[_Rate], sink: Sink) -> Iterator[_Rate]:
    """Rates before the place where a file breaks off are good; a file without a good beginning is refused."""
    number = 0
    try:
        for rate in rates:
            number += 1
            yield rate
    except UnreadableError as error:
        if not number:
            raise
        sink.reject(f"after rate {number}", error.reason, f"the file breaks off: {error.detail}")


class _Chosen:
    """The part of the rates that the source is about."""

    def __init__(self, params: Mapping[str, Any], sink: Sink) -> None:
        listed, since = params.get("currencies"), params.get("since")
        self._currencies = frozenset(map(str, listed)) if isinstance(listed, list) else None
        self._since = parse_day(since) if isinstance(since, str) else None
        self._sink = sink
        self.left_out = 0

    def has(self, currency: str, day: date) -> bool:
        if self._currencies is not None and currency not in self._currencies:
            self.left_out += 1
            self._sink.note("rate of a currency that the source does not ask for")
            return False
        if self._since is not None and day < self._since:
            self.left_out += 1
            self._sink.note("rate of a day before those that the source asks for")
            return False
        return True


def _add(rate: _Rate, cells: Cells, chosen: _Chosen, seen: dict[tuple[str, date], float]) -> None:
    sink = cells.sink
    day = _day(rate.day)
    if day is None:
        sink.reject(rate.locator, "bad_date", f"{rate.day[:40]!r} is no day")
    elif not _CURRENCY.fullmatch(rate.currency):
        sink.reject(rate.locator, "bad_code", f"{rate.currency[:40]!r} is no currency")
    elif not _RATE.fullmatch(rate.rate) or float(rate.rate) <= 0:
        sink.reject(rate.locator, "not_a_number", f"{rate.rate[:40]!r} is no rate")
    elif (rate.currency, day) in seen:
        if seen[rate.currency, day] == float(rate.rate):
            sink.note("a rate that was given twice, alike")
        else:
            sink.reject(rate.locator, "duplicate_cell", f"another rate than {rate.rate} was given for the same day")
    elif chosen.has(rate.currency, day):
        seen[rate.currency, day] = float(rate.rate)
        if len(seen) > MAX_FILLED:
            raise UnreadableError("too_many_cells", f"more than {MAX_FILLED} rates: the source must say which it wants")
        cells.add(rate.locator, (rate.currency,), day.isoformat(), float(rate.rate), None)


def _day(text: str) -> date | None:
    """2026-11-20, or "20 November 2026" as the file of one day writes it."""
    text = text.strip()
    found = parse_day(text) if len(text) == 10 else None
    if found is not None or not 10 < len(text) <= 20:
        return found
    try:
        return datetime.strptime(f"{text} +0000", "%d %B %Y %z").date()
    except ValueError:
        return None


def _of_xml(body: bytes, sink: Sink) -> Iterator[_Rate]:
    remarks: list[str] = []
    number, is_envelope = 0, False
    for element in iterate(body, {"Cube", "subject", "Sender"}, remarks):
        if local_name(element) != "Cube":
            is_envelope = True
            continue
        if element.get("currency") is None and element.get("rate") is None:
            continue
        number += 1
        parent = element.getparent()
        day = parent.get("time") if parent is not None else None
        yield _Rate(f"rate {number}", day or "", element.get("currency") or "", element.get("rate") or "")
    sink.note_all(remarks)
    if not number and not is_envelope:
        raise UnreadableError("not_rates", "XML without Cube elements: no file of reference rates")


def _of_zip(body: bytes, sink: Sink) -> Iterator[_Rate]:
    packed = Zip(body)
    name = next((name for name in sorted(packed.members) if name.endswith(".csv")), None)
    if name is None:
        raise UnreadableError("not_rates", f"no CSV file among {', '.join(sorted(packed.members))[:100] or 'nothing'}")
    yield from _of_csv(packed.lines(name), sink)


def _of_csv(raw_lines: Iterable[bytes], sink: Sink, *, may_be_cut: bool = False) -> Iterator[_Rate]:
    lines = numbered(raw_lines)
    header = _cells(next(lines, (1, b""))[1].removeprefix(b"\xef\xbb\xbf")) or []
    if not header or not any(header):
        raise UnreadableError("empty", "the body is empty")
    while header and not header[-1]:
        header.pop()  # lines end with a comma
    if header[:1] != ["Date"] or not 2 <= len(header) <= _MAX_COLUMNS or len(set(header)) != len(header):
        raise UnreadableError("not_rates", "the first line is no header of currencies")
    for number, line in lines:
        cells = _cells(line)
        # A rate is whole where a comma follows it. A zip file has a checksum: it was not cut off on its way.
        last = len(cells) if cells and cells[-1] and may_be_cut and is_cut(number, line) else 0
        while cells and len(cells) > len(header) and not cells[-1]:
            cells.pop()
        if cells is None or len(cells) != len(header):
            found = "unreadable" if cells is None else f"{len(cells)} cells"
            sink.reject(f"line {number}", "wrong_columns", f"{found}, the header has {len(header)} columns")
            continue
        for column, (currency, rate) in enumerate(zip(header[1:], cells[1:], strict=True), start=2):
            if column == last:
                sink.reject(f"line {number}, column {column}", "cut_off", CUT_OFF)
                continue
            if rate in _ABSENT:
                sink.note("no rate was published for a currency and day")
                continue
            yield _Rate(f"line {number}, column {column}", cells[0], currency, rate)


def _cells(line: bytes) -> list[str] | None:
    if len(line) > _MAX_LINE:
        return None
    try:
        row = next(csv.reader([line.decode("utf-8", "replace").replace("\x00", "")]), [])
    except csv.Error:
        return None
    return [cell.strip() for cell in row]
