r"""Eurostat's TSV tables to observations: series down, periods across; plain, gzipped, or in a zip file.

Belongs here: the table. Never here: SDMX-CSV, addresses, waiting for a file.

Format: the download format of Eurostat's dissemination API. The first cell of the header names the dimensions and,
after a backslash, time: ``freq,unit,geo\TIME_PERIOD``; a row begins with the codes of its series. A cell is a number
and, after a space, flags: ``12.4 b``, those of confidentiality after an ``@``: ``12.4 bp@C``; ``:`` stands for a value
that is not available and may carry flags of its own: ``: c``. A colon says that there is no value: it
makes a record without one. The last cell of a table whose last line has no end may be cut off, and is set aside.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError
from scrapers.decoders.eurostat_async import refuse_later
from scrapers.decoders.lines import CUT_OFF, is_cut, numbered
from scrapers.decoders.observations import CODE, MAX_FILLED, PERIOD, Axis, Cells, dataset_code
from scrapers.decoders.packed import unpacked

_MAX_DIMENSIONS, _MAX_PERIODS = 30, 20_000
_CELL = re.compile(r"(:|[-+]?\d{1,30}(?:\.\d{1,30})?(?:[eE][-+]?\d{1,3})?)?\s*([A-Za-z|,@ ]*)", re.ASCII)


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """One observation a cell.

    Raises UnreadableError: empty, not_ready, upstream_error, not_a_table, no_data, too_many_cells, and those of
    ``unpacked``.
    """
    packed = body[:2] in (b"PK", b"\x1f\x8b")  # with a checksum: it was not cut off on its way
    body, member = unpacked(body, ".tsv")
    if not body.strip():
        raise UnreadableError("empty", "the body is empty")
    refuse_later(body, context.url)
    sink = Sink(context, "observation")
    lines = _lines(body)
    dimensions, periods = _header(next(lines, (1, "", False))[1], sink)
    axes = [Axis(name, {}, {}, {}) for name in dimensions]
    cells = Cells(_dataset_id(context, member), axes, context, sink)
    filled = empty = 0
    seen: set[tuple[str, ...]] = set()
    for number, line, cut in lines:
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
            if cut and not packed and column == len(periods) + 1:
                sink.reject(f"line {number}, column {column}", "cut_off", CUT_OFF)
                continue
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


def _lines(body: bytes) -> Iterator[tuple[int, str, bool]]:
    """(number, line without its end, whether it had none); bytes that are no text spoil the cell that has them."""
    for number, raw in numbered(io.BytesIO(body.removeprefix(b"\xef\xbb\xbf"))):
        yield number, raw.decode("utf-8", "replace").rstrip("\r\n"), is_cut(number, raw)


def _dataset_id(context: DecodeContext, member: str) -> str:
    """What the source says, else the code in the address (``…/data/CODE/KEY``), else in the file's name."""
    address = urlsplit(context.url)
    path = [part for part in address.path.split("/") if part]
    from_url = path[path.index("data") + 1] if "data" in path[:-1] else ""
    if from_url in ("status", "dataflow") or "async" in path:
        from_url = ""
    files = [member, *parse_qs(address.query).get("file", []), *path[-1:]]
    names = [name.rpartition("/")[2] for name in files if re.search(r"\.tsv(\.gz|\.zip)?$", name, re.I)]
    from_names = [re.sub(r"\.(tsv|gz|zip)", "", name, flags=re.I).lower().removeprefix("estat_") for name in names]
    bare = "" if "." in from_url else from_url
    return dataset_code(context.params.get("dataset"), bare, *from_names) or "unnamed"
