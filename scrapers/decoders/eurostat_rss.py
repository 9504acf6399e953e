"""Eurostat's feed of updates to catalogue entries: which datasets changed in the last seven days, and when.

Belongs here: what an entry of that feed says. Never here: reading feeds in general (``scrapers/decoders/feed.py``),
whether a change is a reason to fetch (``scrapers/updates.py``).

An entry's title begins with the code of the dataset, its date is the moment of the update. A dataset that was updated
twice is one record, with its newest update.
"""

from __future__ import annotations

import re

from scrapers.decoders import feed
from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, one_line
from scrapers.html import TooLongError, to_text
from scrapers.items import CatalogueEntry

MAX_TEXT = 5_000
# The code ends at a space, a dash or a colon; codes of datasets have an underscore or a digit, words have neither.
_TITLE = re.compile(r"\s*(?=[A-Za-z0-9$.-]*[_0-9])([A-Za-z0-9_$.-]{3,80}?)(?:\s*[:–—]\s*|\s+-\s+|\s+|$)(.*)", re.S)


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """One catalogue entry a dataset. Raises UnreadableError: what ``feed.read_feed`` raises, no_data."""
    read = feed.read_feed(body, context.url, context.content_type)
    sink = Sink(context, "catalogue_entry")
    for note in read.notes:
        sink.note(note)
    found: dict[str, CatalogueEntry] = {}
    for item in read.items:
        entry = _entry(item, context, sink)
        if entry is None:
            continue
        earlier = found.get(entry.dataset_id)
        if earlier is not None:
            sink.note("an earlier update of a dataset that was updated again")
            if _is_older(entry, earlier):
                continue
        found[entry.dataset_id] = entry
    sink.records.extend(found.values())
    if not sink.records and not sink.rejects:
        raise UnreadableError("no_data", "the feed has no entries")
    return sink.decoded()


def code_of(title: str) -> str | None:
    """The dataset's code that an entry's title begins with, in lower case; None if it begins with a word."""
    found = _TITLE.match(title[:500])
    return found[1].lower() if found else None


def _entry(item: feed.Item, context: DecodeContext, sink: Sink) -> CatalogueEntry | None:
    found = _TITLE.match(item.title[:2_000])
    if found is None:
        sink.reject(item.locator, "no_code", f"the title {item.title[:80]!r} begins with no code of a dataset")
        return None
    code = found[1].lower()
    updated = item.updated or item.published
    if updated is None:
        sink.note("an entry without a date that can be read")
    record = sink.build(
        CatalogueEntry,
        item.locator,
        {
            "record_id": f"{context.source_id}:{code}",
            "dataset_id": code,
            "title": one_line(found[2]) or code,
            "text": _text(item.markup),
            "publisher": "Eurostat",
            "page_url": item.page_url,
            "keywords": list(item.categories),
            "updated_at": updated,
        },
    )
    assert record is None or isinstance(record, CatalogueEntry)
    return record


def _is_older(entry: CatalogueEntry, than: CatalogueEntry) -> bool:
    return than.updated_at is not None and (entry.updated_at is None or entry.updated_at <= than.updated_at)


def _text(markup: str) -> str:
    try:
        return to_text(markup)[:MAX_TEXT]
    except TooLongError:
        return ""
