"""OpenAlex: pages of its API, single works, partitions of its snapshot, and its lists of works that are gone.

Belongs here: telling these apart, and putting together a reading that two crawls share. Never here: what a work says
(``openalex_work``), lists of ids (``openalex_gone``), requests and paging.

Answers about other entities (institutions, funders, topics, suggestions of names) are refused; counts of groups are a
healthy answer without works.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

from scrapers.decoders import openalex_gone
from scrapers.decoders.around import Around
from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, load_json
from scrapers.decoders.openalex_ids import kind_of
from scrapers.decoders.openalex_work import record_of
from scrapers.decoders.packed import unpacked
from scrapers.items import Record

MAX_WORKS = 1_000  # of one page: the API gives 200 at most
MAX_LINES = 50_000  # works of one partition
MAX_LINE = 8 * 1024 * 1024  # bytes: a work with thousands of authors
GOES_ON_WITHIN = timedelta(days=14)  # a reading that one crawl began and another one ended
_NOT_WORKS = "not_works"


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Works of one page or partition, one work, or the works that a list says are gone. Packed bodies are unpacked.

    Raises UnreadableError: what ``load_json`` and ``packed.unpacked`` raise, upstream_error (OpenAlex says that it
    failed), not_works, too_many_elements, and of lists of ids what ``openalex_gone.decode`` raises.
    """
    body, _ = unpacked(body)
    if openalex_gone.is_list(body):
        return openalex_gone.decode(body, context)
    sink = Sink(context, "research_output")
    works = _of_lines(body, sink) if _is_lines(body) else _of_answer(body, sink)
    for locator, work in works:
        record = record_of(work, locator, context, sink)
        if record is not None:
            sink.keep_once(record, "a work stands twice in the page, read once")
    return sink.decoded()


def _is_lines(body: bytes) -> bool:
    """Whether a payload is one JSON object a line, and more than one of them."""
    if not body.startswith(b"{"):
        return False
    end = body.find(b"\n", 0, MAX_LINE)
    if end < 0 or not body[: end - (body[end - 1 : end] == b"\r")].endswith(b"}"):
        return False
    rest = body[end : end + 4_096].lstrip()
    return rest.startswith(b"{")


def _of_lines(body: bytes, sink: Sink) -> Iterator[tuple[str, object]]:
    """Works of a partition, one a line; a line that cannot be read is set aside.

    Raises UnreadableError (not_works) where all lines that were read are about something else.
    """
    others: dict[str, int] = {}
    works = 0
    for number, line in enumerate(io.BytesIO(body), start=1):
        if number > MAX_LINES:
            raise UnreadableError("too_many_elements", f"more than {MAX_LINES} lines")
        if line.isspace():
            continue
        locator = f"line {number}"
        if len(line) > MAX_LINE:
            sink.reject(locator, "line_too_long", f"{len(line)} bytes, at most {MAX_LINE} are read")
            continue
        try:
            work, remarks = load_json(line)
        except UnreadableError as error:
            sink.reject(locator, error.reason, error.detail)
            continue
        sink.note_all(remarks)
        kind = kind_of(work.get("id")) if isinstance(work, dict) else None
        if kind not in (None, "work"):
            others[str(kind)] = others.get(str(kind), 0) + 1
            sink.reject(locator, "missing_id", f"a {kind} stands where a work is due")
            continue
        works += 1
        yield locator, work
    if others and not works:
        raise UnreadableError(_NOT_WORKS, f"a partition of another kind of entity ({', '.join(sorted(others)[:3])})")


def _of_answer(body: bytes, sink: Sink) -> list[tuple[str, object]]:
    payload, remarks = load_json(body)
    sink.note_all(remarks)
    if not isinstance(payload, dict):
        raise UnreadableError(_NOT_WORKS, f"a JSON {type(payload).__name__} stands where a page of works is due")
    results = payload.get("results")
    if isinstance(results, list):
        if len(results) > MAX_WORKS:
            raise UnreadableError("too_many_elements", f"{len(results)} works in a page, at most {MAX_WORKS} are read")
        _refuse_others(results)
        if not results:
            groups = payload.get("group_by") or payload.get("groups")
            counts = isinstance(groups, list) and bool(groups)
            sink.note("counts of groups, which hold no works" if counts else "the page lists no works")
        return [(f"$.results[{at}]", work) for at, work in enumerate(results)]
    if "error" in payload:
        said = f"{payload['error']}: {payload.get('message', 'no reason given')}"
        raise UnreadableError("upstream_error", f"OpenAlex answers with an error: {said}")
    kind = kind_of(payload.get("id"))
    if kind not in (None, "work"):
        raise UnreadableError(_NOT_WORKS, f"one entity of another kind ({kind}) stands where works are due")
    is_work = kind == "work" and not {"title", "display_name"}.isdisjoint(payload)
    if is_work or "authorships" in payload or "publication_year" in payload:
        return [("$", payload)]
    raise UnreadableError(_NOT_WORKS, f"no works among the fields {', '.join(sorted(map(str, payload))[:8])}")


def _refuse_others(results: list[object]) -> None:
    """Refuse a list of another kind of entity, and one of names that may be meant."""
    found = [item for item in results if isinstance(item, dict)]
    if any("entity_type" in item for item in found):
        raise UnreadableError(_NOT_WORKS, "suggestions of names (autocomplete) stand where works are due")
    kinds = {kind for item in found if (kind := kind_of(item.get("id"))) is not None}
    if kinds and "work" not in kinds:
        raise UnreadableError(_NOT_WORKS, f"a list of another kind of entity ({', '.join(sorted(kinds)[:3])})")


# -- a reading that two crawls share -----------------------------------------------------------------------------------


def finish(found: Decoded, around: Around) -> Decoded:
    """The crawl's works; of a list that it went on reading where an earlier crawl had to stop, with the works of the
    pages that were read then. They say of themselves when that was.
    """
    parts: dict[str, bool] = {}  # list of works -> whether its first page is here
    pages = dict.fromkeys([record.url for record in found.records] + [reject.url for reject in found.rejects])
    for url in pages:
        name, is_first = list_of(url)
        if name:
            parts[name] = parts.get(name, False) or is_first
    open_lists = {name for name, has_first in parts.items() if not has_first}
    known = {record.record_id for record in found.records}
    added: list[Record] = []
    for crawl in around.earlier() if open_lists else ():
        if not open_lists or around.started_at - crawl.started_at > GOES_ON_WITHIN:
            break
        begun: set[str] = set()
        for record in crawl.decoded.records:
            name, is_first = list_of(record.url)
            if name not in open_lists:
                continue
            if is_first:
                begun.add(name)
            if record.record_id not in known:
                known.add(record.record_id)
                added.append(record.model_copy(update={"crawl_id": around.crawl_id}))
        open_lists -= begun
    if not added:
        return found
    note = f"{len(added)} works of pages that earlier crawls read of the same list"
    return replace(found, records=[*found.records, *added], notes=[*found.notes, note])


@lru_cache(maxsize=1_024)  # a page has a hundred works
def list_of(url: str) -> tuple[str, bool]:
    """(the list that a page belongs to, whether it is the first page); "" for what is no page of one."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query)
    cursor = next((value for name, value in pairs if name == "cursor"), None)
    if cursor is None:
        return "", False
    kept = "&".join(sorted(f"{name}={value}" for name, value in pairs if name != "cursor"))
    return f"{parts.netloc}{parts.path}?{kept}", cursor == "*"
