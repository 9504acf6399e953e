"""Parliamentary dossiers of the Chamber of Deputies, from a table (CSV, XLSX) or a list of objects (JSON), to steps.

Belongs here: rows of declared columns to steps of law. Never here: the columns' names (``columns/chamber.yaml``),
reading files (``scrapers.spreadsheet``), which words are which stage (``scrapers.legal_stages``).

No file of the Chamber was seen: what is read is declared, and everything else refused. A row gives the day of the
deposit and the stage it speaks of. Columns that name members, authors or ministers are not kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache
from itertools import islice
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from scrapers.column_tables import COLUMNS, fold_name
from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, load_json, one_line, parse_day
from scrapers.decoders.tables import Broken
from scrapers.files import checked, read_yaml
from scrapers.html import TooLongError, to_text
from scrapers.items import LegalStep
from scrapers.legal_stages import stage_of
from scrapers.pages import web_address
from scrapers.spreadsheet import Row, Sheet, read_sheets

MAX_ROWS = 40_000  # dossiers and their steps; the Chamber has numbered some 8,600 since 1945
_HEADER_WITHIN = 30
_DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:[ T].*)?", re.ASCII)
_NUMBER = re.compile(r"\d{3,6}[A-Za-z]?(?:\.0)?", re.ASCII)
_MAX_TITLE, _MAX_WORDS = 2_000, 200


class Columns(BaseModel):
    """Which columns are what, by their folded names."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    publisher: str
    columns: Annotated[dict[str, tuple[str, ...]], Field(min_length=2)]
    required: tuple[str, ...]
    one_of: tuple[str, ...]
    people: tuple[str, ...] = ()

    def header(self, names: Iterable[str]) -> dict[str, int]:
        """Role -> place, for a row of names that is a header; empty for any other."""
        folded = [fold_name(name) if name else "" for name in names]
        at = {
            role: folded.index(known)
            for role, every in self.columns.items()
            for known in [next((name for name in every if name in folded), "")]
            if known
        }
        is_header = all(role in at for role in self.required) and any(role in at for role in self.one_of)
        return at if is_header else {}


@lru_cache(maxsize=1)
def declared_columns() -> Columns:
    """The bundled declaration."""
    return checked(Columns, read_yaml(COLUMNS / "chamber.yaml"), "chamber.yaml")


def is_dossiers(names: Iterable[str]) -> bool:
    """Whether these are the columns of a table of dossiers."""
    return bool(declared_columns().header(names))


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Steps of every row. Raises UnreadableError as ``read_sheets`` and ``load_json``, and no_declared_table."""
    sink = Sink(context, "legal_step")
    steps: dict[str, LegalStep] = {}
    start = body[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    rows = _of_json(body, sink) if start in (b"{", b"[") else _of_sheets(body, context, sink)
    count = 0
    for count, (locator, row) in enumerate(islice(rows, MAX_ROWS + 1), start=1):
        if count > MAX_ROWS:
            raise UnreadableError("too_many_elements", f"more than {MAX_ROWS} rows")
        _take(locator, row, context, sink, steps)
    sink.records.extend(steps.values())
    if not count and not sink.rejects:
        sink.note("a header and no row below it")
    return sink.decoded()


def _of_sheets(body: bytes, context: DecodeContext, sink: Sink) -> Iterator[tuple[str, Mapping[str, Any]]]:
    sheets, remarks = read_sheets(body, context.content_type)
    sink.note_all(remarks)
    headed, first = False, ""
    for sheet in sheets:
        rows = sheet.rows()
        for row in islice(rows, _HEADER_WITHIN):
            if isinstance(row, Broken):
                continue
            names = [cell if isinstance(cell, str) else "" for cell in row.cells]
            first = first or ", ".join(filter(None, names))[:200]
            at = declared_columns().header(names)
            if at:
                headed = True
                _tell(names, at, sink)
                yield from _below(sheet, rows, at, sink)
                break
    if not headed:
        raise UnreadableError("no_declared_table", f"no row is the header of a table of dossiers; the first is {first}")


def _below(
    sheet: Sheet, rows: Iterable[Row | Broken], at: dict[str, int], sink: Sink
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for row in rows:
        if isinstance(row, Broken):
            sink.reject(sheet.place(row.line), row.reason, row.detail)
            continue
        cells = {role: row.cells[place] if place < len(row.cells) else None for role, place in at.items()}
        yield sheet.place(row.number), cells


def _of_json(body: bytes, sink: Sink) -> Iterator[tuple[str, Mapping[str, Any]]]:
    payload, remarks = load_json(body)
    sink.note_all(remarks)
    root = "$"
    if isinstance(payload, dict):
        named = next((name for name, part in payload.items() if isinstance(part, list)), None)
        payload, root = (payload[named], f"$.{one_line(named)[:60]}") if named is not None else (None, root)
    listed = payload if isinstance(payload, list) else []
    names = list(dict.fromkeys(name for part in listed[:50] if isinstance(part, dict) for name in list(part)[:200]))
    at = declared_columns().header(names)
    if not at:
        first = ", ".join(names)[:200]
        raise UnreadableError("no_declared_table", f"no list of dossiers; the first objects have {first or 'nothing'}")
    _tell(names, at, sink)
    for number, part in enumerate(listed):
        if isinstance(part, dict):
            yield f"{root}[{number}]", {role: part.get(names[place]) for role, place in at.items()}
        else:
            sink.reject(f"{root}[{number}]", "not_an_object", "a dossier is an object")


def _tell(names: list[str], at: dict[str, int], sink: Sink) -> None:
    people = declared_columns().people
    for place, name in enumerate(names):
        if name and place not in at.values():
            why = "it names people" if fold_name(name) in people else "it is not declared"
            sink.note(f"column {name[:60]!r} is not kept: {why}")


def _take(
    locator: str, row: Mapping[str, Any], context: DecodeContext, sink: Sink, steps: dict[str, LegalStep]
) -> None:
    number = _words(row.get("number")).removesuffix(".0")
    if not _NUMBER.fullmatch(number):
        sink.reject(locator, "missing_id", f"{number[:60]!r} is no number of a dossier")
        return
    title = _plain(row.get("title"))
    if not title:
        sink.reject(locator, "missing_title", f"dossier {number} has no title")
        return
    shared = {
        "dossier_id": number,
        "title": title,
        "document_type": _words(row.get("kind")),
        "act_id": _words(row.get("act")),
        "page_url": web_address(row.get("page"), ""),
        "document_url": web_address(row.get("document"), ""),
        "body": "Chambre des Députés",
    }
    found: list[tuple[str, str, date | None]] = []
    deposited, said, happened = _day(row.get("deposited")), _words(row.get("stage")), _day(row.get("happened"))
    if deposited:
        found.append(("filed", "", deposited))
    if said and not (deposited and stage_of(said) == "filed" and happened in (None, deposited)):
        found.append((stage_of(said), said, happened))
    if not found:
        sink.reject(locator, "missing_step", f"dossier {number} has neither a day of deposit nor a stage")
    for stage, published, day in found:
        step_id = f"{stage}/{fold_name(published)[:60]}/{day or ''}"
        record_id = f"{context.source_id}:{number}:{step_id}"
        fields = {**shared, "record_id": record_id, "step_id": step_id, "stage": stage}
        record = sink.build(LegalStep, locator, fields | {"stage_published": published, "happened_on": day})
        earlier = steps.get(record_id)
        if isinstance(record, LegalStep) and earlier is None:
            steps[record_id] = record
        elif isinstance(record, LegalStep) and earlier is not None and earlier.content_sha256 != record.content_sha256:
            sink.note("a step that stands twice, with other words: the first is kept")


def _words(cell: object) -> str:
    if isinstance(cell, bool) or not isinstance(cell, (str, int, float)):
        return ""
    is_number = isinstance(cell, float) and cell == cell and abs(cell) < 1e15
    return one_line(f"{cell:.0f}" if is_number else str(cell))[:_MAX_WORDS]


def _plain(cell: object) -> str:
    try:
        return " ".join(to_text(cell).split())[:_MAX_TITLE] if isinstance(cell, str) else ""
    except TooLongError:
        return ""


def _day(cell: object) -> date | None:
    """A day as ISO writes it, or day-month-year."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = cell.strip()[:40] if isinstance(cell, str) else ""
    if found := _DAY_FIRST.fullmatch(text):
        return parse_day(f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}")
    return parse_day(text[:10])
