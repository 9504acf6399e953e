"""Works that are gone from OpenAlex: the log of deleted ids, and the lists of merged ids of before it.

Belongs here: the two tables (``work_id,deleted_date``; ``merge_date,id,merge_into_id``). Never here: works.

The log holds every deletion there ever was; the lists of merged ids, one a day and kind of entity, ended in 2025. What
they say of authors, sources and institutions is no record of ours and is only counted. A work that was merged into the
placeholder which OpenAlex called "Deleted Work" was deleted.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, parse_moment
from scrapers.decoders.lines import numbered
from scrapers.decoders.openalex_ids import entity_id, kind_of
from scrapers.items import ResearchOutput

MAX_ROWS = 1_000_000
MAX_RECORDS = 100_000  # a record takes 3 kB of memory
PLACEHOLDER = "W4285719527"
_ID, _INTO, _DAY = ("work_id", "id"), "merge_into_id", ("deleted_date", "merge_date")


def is_list(body: bytes) -> bool:
    """Whether a payload begins with the header of one of the tables."""
    return _columns(body[:400].partition(b"\n")[0]) is not None


def _columns(line: bytes) -> dict[str, int] | None:
    """Column name -> place, where a line is a header of these tables."""
    cells = line.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").strip().lower().split(",")
    found = {cell.strip().strip('"').strip(): at for at, cell in enumerate(cells[:20])}
    has_id = any(name in found for name in _ID)
    return found if has_id and (_INTO in found or "deleted_date" in found) else None


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """One record a work that is gone; of an id that stands twice the later row counts.

    Raises UnreadableError: not_a_table, too_many_elements.
    """
    sink = Sink(context, "research_output")
    found: dict[str, ResearchOutput] = {}
    others: dict[str, int] = {}
    columns: dict[str, int] = {}
    for number, cells in _rows(body, sink):
        if not columns:
            columns = _columns(",".join(cells).encode()) or {}
            if not columns:
                raise UnreadableError("not_a_table", "neither deleted nor merged ids")
            continue
        if number > MAX_ROWS:
            raise UnreadableError("too_many_elements", f"more than {MAX_ROWS} rows")
        said = {name: cells[at].strip() for name, at in columns.items() if at < len(cells)}
        record = _record(said, f"line {number}", context, sink, others)
        if record is None:
            continue
        if record.work_id in found:
            sink.note("a work stands twice in the list, the later row counts")
        elif len(found) >= MAX_RECORDS:
            raise UnreadableError("too_many_elements", f"more than {MAX_RECORDS} works in one list")
        found[record.work_id] = record
    for kind, count in sorted(others.items()):
        sink.note(f"id of an entity that is no work ({kind}), left out", times=count)
    if not found and not others:
        sink.note("the list names no work")
    sink.records.extend(found.values())
    return sink.decoded()


def _rows(body: bytes, sink: Sink) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of each line; quotes hold no line ends in these tables."""
    for number, line in numbered(io.BytesIO(body)):
        text = line.decode("utf-8", "replace").lstrip("\ufeff").replace("\x00", "")
        try:
            yield number, next(csv.reader([text]), [])
        except csv.Error as error:
            sink.reject(f"line {number}", "bad_row", str(error))


def _record(
    said: dict[str, str], locator: str, context: DecodeContext, sink: Sink, others: dict[str, int]
) -> ResearchOutput | None:
    value = said.get("work_id") or said.get("id") or ""
    work_id = entity_id(value, "W")
    if work_id is None:
        kind = kind_of(value)
        if kind is None:
            sink.reject(locator, "missing_id", f"{value[:100]!r} is no id of OpenAlex's")
        else:
            others[kind] = others.get(kind, 0) + 1
        return None
    record_id = f"{context.source_id}:{work_id}"
    into = entity_id(said.get(_INTO), "W")
    if said.get(_INTO) and into is None:
        sink.reject(locator, "bad_target", f"merged into {said[_INTO][:100]!r}, which is no work", record_id)
        return None
    if into == work_id:
        sink.reject(locator, "bad_target", "merged into itself", record_id)
        return None
    is_deleted = into is None or into == PLACEHOLDER
    record = sink.build(
        ResearchOutput,
        locator,
        {
            "record_id": record_id,
            "work_id": work_id,
            "title": "",
            "updated_at": parse_moment(next((said[name] for name in _DAY if said.get(name)), None)),
            "is_deleted": is_deleted,
            "merged_into": "" if is_deleted else into,
        },
    )
    return record if isinstance(record, ResearchOutput) else None
