r"""Eurostat's TSV tables to observations: series down, periods across; plain, gzipped, or in a zip file.

Belongs here: the table. Never here: SDMX-CSV, addresses, waiting for a file.

Format: the download format of Eurostat's dissemination API. The first cell of the header names the dimensions and,
after a backslash, time: ``freq,unit,geo\TIME_PERIOD``; a row begins with the codes of its series. A cell is a number
and, after a space, flags: ``12.4 b``; ``:`` stands for a value that is not available and may carry flags of its own:
``: c``. A colon is the publisher's word that there is no value, so it makes a record without one.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from urllib.parse import urlsplit

from scrapers.decoders.base import MAX_BODY_BYTES, DecodeContext, Decoded, Sink, UnreadableError
from scrapers.decoders.eurostat_async import later
from scrapers.decoders.lines import numbered
from scrapers.decoders.observations import CODE, MAX_FILLED, PERIOD, Axis, Cells, dataset_code
from scrapers.decoders.zipped import Zip

_MAX_DIMENSIONS, _MAX_PERIODS = 30, 20_000
_CELL = re.compile(r"(:|[-+]?\d{1,30}(?:\.\d{1,30})?(?:[eE][-+]?\d{1,3})?)?\s*([A-Za-z|,]*)", re.ASCII)


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """One observation a cell.

    Raises UnreadableError: empty, too_large, upstream_async, upstream_error, not_a_table, no_data, too_many_cells,
    damaged_gzip, and those of ``Zip``.
    """
    body, member = _unpacked(body)
    if not body.strip():
        raise UnreadableError("empty", "the body is empty")
    said = later(body, context.url)
    if said is not None:
        raise UnreadableError("upstream_error" if said.kind == "never" else "upstream_async", said.said)
    sink = Sink(context, "observation")
    lines = _lines(body, sink)
    dimensions, periods = _header(next(lines, (1, ""))[1], sink)
    axes = [Axis(name, {}, {}, {}) for name in dimensions]
    cells = Cells(_dataset_id(context, member), axes, context, sink)
    filled = empty = 0
    seen: set[tuple[str, ...]] = set()
    for number, line in lines:
        first, *row = line.split("\t")
        codes = tuple(code.strip() for code in first.split(","))
        if len(codes) != len(dimensions) or len(row) != len(periods):
            found = f"{len(codes)} codes and {len(row)} cells where {len(dimensions)} and {len(periods)} are due"
            sink.reject(f"line {number}", "wrong_columns", found)
            continue
        if codes in seen:
            sink.reject(f"line {number}", "duplicate_cell", "the same series was given by an earlier line")
            continue
        seen.add(codes)
        for column, (period, text) in enumerate(zip(periods, row, strict=True), start=2):
            if not text.strip():
                empty += 1
                continue
            filled += 1
            if filled > MAX_FILLED:
                raise UnreadableError("too_many_cells", f"more than {MAX_FILLED} filled cells")
            _cell(cells, f"line {number}, column {column}", codes, period, text.strip())
    if empty:
        sink.note("cell with neither value nor flag", times=empty)
    if not sink.records and not sink.rejects:
        raise UnreadableError("no_data", "the table has no row with a value or a flag")
    return sink.decoded()


def _cell(cells: Cells, locator: str, codes: tuple[str, ...], period: str, text: str) -> None:
    found = _CELL.fullmatch(text)
    if found is None:
        cells.sink.reject(locator, "not_a_number", f"the cell is {text[:60]!r}")
        return
    number, flags = found[1], found[2]
    value = float(number) if number and number != ":" else None
    cells.add(locator, codes, period, value, text if number == ":" else flags)


def _header(line: str, sink: Sink) -> tuple[list[str], list[str]]:
    first, *periods = [cell.strip() for cell in line.split("\t")]
    names, slash, time = first.partition("\\")
    dimensions = [name.strip() for name in names.split(",")]
    if not slash or time.lower() not in ("time_period", "time") or not periods:
        what = "an HTML page stands" if line.lstrip()[:5].lower() in ("<html", "<!doc") else "the first line stands"
        raise UnreadableError("not_a_table", f"{what} where dimensions\\TIME_PERIOD and periods are due")
    if len(dimensions) > _MAX_DIMENSIONS or len(periods) > _MAX_PERIODS or len(set(dimensions)) != len(dimensions):
        raise UnreadableError("not_a_table", f"{len(dimensions)} dimensions and {len(periods)} periods are no header")
    if not all(CODE.fullmatch(name) for name in dimensions) or len(set(periods)) != len(periods):
        raise UnreadableError("not_a_table", "a dimension is no code, or a period stands in the header twice")
    unknown = [period for period in periods if not PERIOD.fullmatch(period)]
    if unknown:
        sink.note(f"column {unknown[0][:40]!r} is no period that is known", times=len(unknown))
    return dimensions, periods


def _lines(body: bytes, sink: Sink) -> Iterator[tuple[int, str]]:
    """Lines without their ends; bytes that are no text are replaced, which spoils the cell that has them."""
    for number, raw in numbered(io.BytesIO(body.removeprefix(b"\xef\xbb\xbf"))):
        if not raw.endswith(b"\n"):
            sink.note("the last line has no end: it may be cut off")
        yield number, raw.decode("utf-8", "replace").rstrip("\r\n")


def _unpacked(body: bytes) -> tuple[bytes, str]:
    """The table, and the name of its member where it came in a zip file."""
    if len(body) > MAX_BODY_BYTES:
        raise UnreadableError("too_large", f"{len(body)} bytes, at most {MAX_BODY_BYTES} are read")
    if body.startswith(b"PK\x03\x04"):
        members = Zip(body)
        names = sorted(name for name in members.members if not name.startswith("."))
        name = next((name for name in names if name.endswith(".tsv")), names[0] if names else "")
        if not name:
            raise UnreadableError("not_a_table", "the zip file is empty")
        if members.members[name].file_size > MAX_BODY_BYTES:
            raise UnreadableError("too_large", f"the zip file's member has more than {MAX_BODY_BYTES} bytes")
        return b"".join(members.lines(name)), name
    if body.startswith(b"\x1f\x8b"):
        return _gunzipped(body), ""
    return body, ""


def _gunzipped(body: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        text = unpacker.decompress(body, MAX_BODY_BYTES)
    except zlib.error as error:
        raise UnreadableError("damaged_gzip", f"the gzip file is damaged: {error}") from error
    if unpacker.unconsumed_tail:
        raise UnreadableError("too_large", f"the gzip file unpacks to more than {MAX_BODY_BYTES} bytes")
    if not unpacker.eof:
        raise UnreadableError("damaged_gzip", "the gzip file is cut off")
    return text


def _dataset_id(context: DecodeContext, member: str) -> str:
    """The code in the address (``…/data/CODE/KEY``), else of the file's name, else of the source."""
    path = [part for part in urlsplit(context.url).path.split("/") if part]
    from_url = path[path.index("data") + 1] if "data" in path[:-1] else ""
    from_name = re.sub(r"\.(tsv|gz|zip)", "", member).removeprefix("estat_")
    if from_url in ("status", "dataflow") or "async" in path:
        from_url = ""
    return dataset_code(context.params.get("dataset"), from_url, from_name) or "unnamed"
