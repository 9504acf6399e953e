"""JSON-stat answers to observations: a dataset of 2.0, the wrapper and the bundle of 1.x, datasets in a collection.

Belongs here: finding the datasets of an answer, and telling data from messages. Never here: the cube of one dataset
(``scrapers/decoders/jsonstat_cube.py``), SDMX, downloads, what an indicator makes of a value.

Format: https://json-stat.org/full/ (2.0), the answers of the Eurostat API recorded in 2026, and those of its retired
service. A dataset that cannot be read costs no other one of the same answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, load_json
from scrapers.decoders.eurostat_async import failure_in
from scrapers.decoders.jsonstat_cube import Cube
from scrapers.decoders.packed import unpacked
from scrapers.items import Observation

MAX_BYTES = 16 * 1024 * 1024  # a list of nothing takes twenty times its bytes; the largest answer has two megabytes
MAX_DATASETS = 1_000
_MAX_NESTED = 5  # collections within collections


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Observations of every dataset in the payload.

    Raises UnreadableError: what ``load_json`` raises, not_ready (the publisher will prepare the answer later),
    upstream_error, not_a_dataset, no_data, size_mismatch, bad_dimension, no_time_dimension, too_many_cells, bad_values.
    """
    body, _ = unpacked(body, ".json")
    if len(body) > MAX_BYTES:
        raise UnreadableError("too_large", f"{len(body)} bytes, at most {MAX_BYTES} are read")
    payload, remarks = load_json(body)
    sink = Sink(context, "observation")
    sink.note_all(remarks)
    if not isinstance(payload, dict):
        raise UnreadableError("not_a_dataset", f"a JSON {type(payload).__name__} stands where a dataset is due")
    failure = failure_in(payload)
    if failure is not None:
        reason = "not_ready" if failure.is_queued else "upstream_error"
        raise UnreadableError(reason, f"publisher's {failure.key} {failure.status}: {failure.label}")
    found = list(_datasets(payload, "$", 0))
    if len(found) > MAX_DATASETS:
        raise UnreadableError("too_many_elements", f"{len(found)} datasets, at most {MAX_DATASETS} are read")
    refused: UnreadableError | None = None
    for place, name, dataset in found:
        try:
            Cube(place, name, dataset, context, sink).decode()
        except UnreadableError as error:
            refused = refused or error
            sink.reject(place, error.reason, error.detail)
    if refused is not None and len(sink.rejects) == len(found) and not sink.records:
        raise refused
    if not sink.records and not sink.rejects:
        raise UnreadableError("no_data", "no cell of the dataset has a value or a flag")
    if len(found) > 1:
        _refuse_repeated(sink)
    return sink.decoded()


def _datasets(payload: Mapping[str, Any], place: str, depth: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(place in the payload, name, dataset): one for JSON-stat 2.0, any number for bundles and collections."""
    kind = payload.get("class")
    if kind == "collection":
        yield from _of_collection(payload, place, depth)
        return
    if kind not in (None, "dataset", "bundle"):
        raise UnreadableError("not_a_dataset", f"JSON-stat class is {str(kind)[:60]!r}, not 'dataset'")
    if kind == "dataset" or ("value" in payload and "dimension" in payload):
        yield place, "", dict(payload)
        return
    wrapped = {name: part for name, part in payload.items() if isinstance(part, dict) and "dimension" in part}
    if wrapped:
        for name, part in wrapped.items():
            yield f"{place}[{_quoted(name)}]", name, part
    elif "value" in payload or "dimension" in payload:
        yield place, "", dict(payload)
    else:
        raise UnreadableError("not_a_dataset", "no dataset: neither value nor dimension is there")


def _of_collection(payload: Mapping[str, Any], place: str, depth: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The datasets that a collection holds. Most collections hold links alone, which are no data."""
    link = payload.get("link")
    items = link.get("item") if isinstance(link, dict) else None
    items = items if isinstance(items, list) else []
    found = False
    for number, item in enumerate(items):
        if not isinstance(item, dict) or depth >= _MAX_NESTED:
            continue
        where = f"{place}.link.item[{number}]"
        if item.get("class") == "collection" and "link" in item:
            for inner in _datasets(item, where, depth + 1):
                found = True
                yield inner
        elif "dimension" in item and "value" in item:
            found = True
            yield where, f"item-{number}", item
    if not found and depth == 0:
        raise UnreadableError("not_a_dataset", f"a JSON-stat collection of {len(items)} links: no dataset is in it")


def _refuse_repeated(sink: Sink) -> None:
    """Two datasets of one answer may carry the same code: the first one's cell stands."""
    seen: set[str] = set()
    kept = []
    for record in sink.records:
        if record.record_id in seen:
            assert isinstance(record, Observation)
            sink.reject(record.locator, "duplicate_cell", "the same cell was given by another dataset of this answer")
        else:
            seen.add(record.record_id)
            kept.append(record)
    sink.records[:] = kept


def _quoted(name: str) -> str:
    return orjson.dumps(name[:80].encode("utf-8", "replace").decode("utf-8")).decode()
