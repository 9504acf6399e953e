"""The AI tracker of Indeed's Hiring Lab to observations: the share of AI among job postings, by country and day.

Belongs here: its CSV files, one line a day and country. Never here: our own share of AI postings, which is counted in
another way and is set beside these series, never mixed with them.

Format: ``date,jobcountry,AI_share_postings`` (a percentage, trailing average of seven days), as published at
https://github.com/hiring-lab/ai-tracker; the file on generative AI names its column ``GenAI_…``. The column's name is
the dataset.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, parse_day, refuse_too_large
from scrapers.decoders.lines import CUT_OFF, is_cut, numbered
from scrapers.decoders.observations import MAX_FILLED, Axis, Cells

POPULATION = "Job postings on Indeed in the country; share that names AI by keywords; trailing average of seven days"
UNIT = "PC"  # per cent of all postings
_SHARE = re.compile(r"[A-Za-z0-9_]{0,40}AI_share(?:_postings)?|share_[A-Za-z0-9_]{1,40}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_NUMBER = re.compile(r"\d{1,4}(?:\.\d{1,20})?(?:[eE]-\d{1,3})?", re.ASCII)
_ABSENT = frozenset({"", "NA", "NaN", "nan", "null"})


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """One observation a line. Raises UnreadableError: empty, too_large, not_a_table, no_data, too_many_cells."""
    refuse_too_large(body)
    lines = _lines(body)
    header = next(lines, (1, None, False))[1]
    if header is None or not any(header):
        raise UnreadableError("empty" if not body.strip() else "not_a_table", "there is no first line of columns")
    columns = {name.lower(): at for at, name in enumerate(header)}
    shares = [at for at, name in enumerate(header) if _SHARE.fullmatch(name)]
    if "date" not in columns or "jobcountry" not in columns or len(shares) != 1 or len(columns) != len(header):
        raise UnreadableError("not_a_table", "the first line does not name date, jobcountry and one share of postings")
    sink = Sink(context, "observation")
    for at, name in enumerate(header):
        if at not in (columns["date"], columns["jobcountry"], shares[0]):
            sink.note(f"unknown column {name[:60]!r} is not kept")
    dataset = header[shares[0]].lower()
    axis = Axis("jobcountry", {}, {}, {})
    cells = Cells(dataset, [axis], context, sink, population=POPULATION, unit=UNIT)
    seen: dict[tuple[str, str], str] = {}
    for number, row, cut in lines:
        locator = f"line {number}"
        if cut:
            sink.reject(locator, "cut_off", CUT_OFF)
            continue
        if row is None or len(row) != len(header):
            found = "cannot be read" if row is None else f"has {len(row)} cells"
            sink.reject(locator, "wrong_columns", f"the line {found}, the header {len(header)}")
            continue
        day, country, share = row[columns["date"]], row[columns["jobcountry"]], row[shares[0]]
        if share in _ABSENT:
            sink.note("a day and country without a share")
        elif _problem(sink, locator, day, country, share) or _is_repeated(sink, locator, (country, day), share, seen):
            continue
        elif len(seen) > MAX_FILLED:
            raise UnreadableError("too_many_cells", f"more than {MAX_FILLED} lines")
        else:
            cells.add(locator, (country,), day, float(share), None)
    if not sink.records and not sink.rejects:
        raise UnreadableError("no_data", "the table has no line with a share")
    return sink.decoded()


def _problem(sink: Sink, locator: str, day: str, country: str, share: str) -> bool:
    if len(day) != 10 or parse_day(day) is None:
        sink.reject(locator, "bad_date", f"{day[:40]!r} is no day")
    elif not _COUNTRY.fullmatch(country):
        sink.reject(locator, "bad_code", f"{country[:40]!r} is no country")
    elif not _NUMBER.fullmatch(share):
        sink.reject(locator, "not_a_number", f"the share is {share[:40]!r}")
    elif float(share) > 100:
        sink.reject(locator, "out_of_range", f"a share of {share[:40]} per cent")
    else:
        return False
    return True


def _is_repeated(sink: Sink, locator: str, cell: tuple[str, str], share: str, seen: dict[tuple[str, str], str]) -> bool:
    if cell not in seen:
        seen[cell] = share
        return False
    if seen[cell] == share:
        sink.note("a line that was given twice, alike")
    else:
        sink.reject(locator, "duplicate_cell", f"{share} after {seen[cell]} for the same country and day")
    return True


def _lines(body: bytes) -> Iterator[tuple[int, list[str] | None, bool]]:
    """(line number, cells, whether it has no end) of each line that is not blank; no cells where it cannot be read."""
    for number, raw in numbered(io.BytesIO(body.removeprefix(b"\xef\xbb\xbf"))):
        try:
            row = next(csv.reader([raw.decode("utf-8", "replace").replace("\x00", "")]), [])
        except csv.Error:
            yield number, None, False
            continue
        yield number, [cell.strip() for cell in row], is_cut(number, raw)
