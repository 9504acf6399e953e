"""Lines of a table to rows, for SDMX-CSV: encodings, separators, quotes that nobody closes.

Belongs here: what costs a line and never the table. Never here: what columns and cells mean (``sdmx_csv``).
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import itertools
import re
from collections.abc import Iterator

from scrapers.decoders.base import Sink, UnreadableError

MAX_ROWS = 1_000_000
_MAX_COLUMNS = 300
_MAX_LINE = 256 * 1024  # characters
_MAX_PEEKED = 20_000  # characters of a line that is looked at before it is read
_MAX_JOINED = 50  # lines of one row with line breaks in a quoted field
_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
_FIRST = re.compile(r'"?(?:DATAFLOW|STRUCTURE|KEY)(?:\[.\])?(?:: ?[^,;\t"]{0,80})?"?([,;\t]|$)')


class Rows:
    """Lines of a table as rows. A quote that nobody closes costs its own line only."""

    def __init__(self, body: bytes, sink: Sink) -> None:
        self.sink = sink
        encoding = _encoding(body, sink)
        self._lines = _bounded_lines(io.TextIOWrapper(io.BytesIO(body), encoding, errors="replace", newline=""))
        self._ahead: list[tuple[int, str]] = []
        self._number = 0
        self.read = 0  # rows after the header
        self.delimiter = ","

    def header(self) -> list[str]:
        """The first row that is not empty. Raises UnreadableError: empty, not_sdmx_csv."""
        for number, line in self._numbered():
            text = line.strip("\ufeff\x00 \r\n\t")
            if text:
                found = _FIRST.match(text)
                if not found and "OBS_VALUE" not in text[:20_000]:
                    raise UnreadableError("not_sdmx_csv", _what_else(text))
                self.delimiter = found[1] or "," if found else max(",;\t", key=text.count)
                row = self._fields(number, text)
                if row is None or len(row) > _MAX_COLUMNS:
                    raise UnreadableError("not_sdmx_csv", f"the header is none: {len(row or ())} columns")
                return row
        raise UnreadableError("empty", "the body is empty")

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        for number, line in self._numbered():
            if not line.strip():
                continue
            self.read += 1
            if self.read > MAX_ROWS:
                raise UnreadableError("too_many_rows", f"more than {MAX_ROWS} rows")
            row = self._fields(number, line)
            if row is not None:
                yield number, row

    def peek(self, count: int) -> list[list[str]]:
        """The next rows that stand on one line each, without taking them."""
        lines = list(itertools.islice(self._numbered(), count))
        self._ahead[:0] = lines
        found = []
        for _, line in lines:
            if line.count('"') % 2 == 0 and len(line) < _MAX_PEEKED and line.strip():
                with contextlib.suppress(csv.Error, StopIteration):
                    found.append(next(csv.reader([line.replace("\x00", "")], delimiter=self.delimiter)))
        return found

    def _numbered(self) -> Iterator[tuple[int, str]]:
        while True:
            if self._ahead:
                yield self._ahead.pop(0)
                continue
            line = next(self._lines, None)
            if line is None:
                return
            self._number += 1
            yield self._number, line

    def _fields(self, number: int, line: str) -> list[str] | None:
        if line.count('"') % 2:
            joined = self._joined(line)
            if joined is None:
                self.sink.reject(f"line {number}", "unclosed_quote", "a quoted field does not end")
                return None
            line = joined
        if len(line) >= _MAX_LINE:
            self.sink.reject(f"line {number}", "bad_row", f"more than {_MAX_LINE} characters")
            return None
        try:
            return next(csv.reader([line.replace("\x00", "")], delimiter=self.delimiter))
        except (csv.Error, StopIteration) as error:
            self.sink.reject(f"line {number}", "bad_row", str(error))
            return None

    def _joined(self, line: str) -> str | None:
        """The row that begins in this line, with those lines its quoted field goes on to; None if it never ends."""
        taken: list[tuple[int, str]] = []
        for number, more in self._numbered():
            taken.append((number, more))
            line += more
            if more.count('"') % 2:
                return " ".join(line.split("\r\n"))
            if len(taken) >= _MAX_JOINED or len(line) >= _MAX_LINE:
                break
        self._ahead[:0] = taken
        return None


def _encoding(body: bytes, sink: Sink) -> str:
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return encoding
    decoder = codecs.getincrementaldecoder("utf-8")()
    has_accents = False
    try:
        for at in range(0, len(body), 65_536):
            piece = decoder.decode(body[at : at + 65_536])
            has_accents = has_accents or not piece.isascii()
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        # One damaged byte in good UTF-8 must not turn every accent into two wrong characters.
        sink.note("bytes that are not UTF-8")
        has_accents = has_accents or re.search(rb"[\xc3-\xc5][\x80-\xbf]", body[:1_000_000]) is not None
        return "utf-8" if has_accents else "cp1252"
    return "utf-8"


def _bounded_lines(stream: io.TextIOWrapper) -> Iterator[str]:
    """Lines of at most ``_MAX_LINE`` characters; a longer one comes in pieces of that length."""
    while line := stream.readline(_MAX_LINE):
        yield line


def _what_else(text: str) -> str:
    start = text[:200].lower()
    if start.startswith(("<!doctype html", "<html")):
        return "an HTML page stands where SDMX-CSV is due"
    if start.startswith("<"):
        return "XML stands where SDMX-CSV is due"
    if start.startswith(("{", "[")):
        return "JSON stands where SDMX-CSV is due"
    if sum(not char.isprintable() or char == "\ufffd" for char in text[:200]) > 2:
        return "bytes that are no text stand where SDMX-CSV is due"
    return f"the first line is no header of SDMX-CSV: {text[:120]}"
