"""What the decoders of open data catalogues share: one entry, written once, with an address that lasts.

Belongs here: bounds, texts and addresses of entries. Never here: JSON or RDF of a platform.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, one_line
from scrapers.html import TooLongError, to_text
from scrapers.items import CatalogueEntry, Record
from scrapers.pages import web_address

MAX_ENTRIES = 60_000  # of one payload; a page of a portal has at most 100 data sets
_MAX_CHARS = 30_000_000  # of texts in all entries
_STAMPED = re.compile(r"/\d{8}-\d{6}/")  # what udata puts into the address of one edition of a file
_TAG = re.compile(r"<[/a-zA-Z!][^<>]{0,2000}>")
_FORMAT = re.compile(r"[a-z0-9][a-z0-9.+_ -]{0,30}", re.ASCII)


class Catalogue:
    """Entries of one payload, each data set and resource once."""

    def __init__(self, context: DecodeContext, sink: Sink) -> None:
        self.context, self.sink = context, sink
        self._kept: dict[str, Record] = {}
        self._chars = 0

    def add(self, locator: str, fields: dict[str, Any]) -> None:
        """One entry; one that is listed twice and differs is set aside. Raises UnreadableError (too_many_elements)."""
        record_id = f"{self.context.source_id}:{fields['dataset_id']}:{fields.get('resource_id', '')}"
        self._chars += len(fields["text"]) + sum(map(len, fields.get("keywords", ()))) + len(fields["title"])
        if len(self._kept) >= MAX_ENTRIES or self._chars > _MAX_CHARS:
            raise UnreadableError("too_many_elements", f"more than {MAX_ENTRIES} entries or {_MAX_CHARS} characters")
        record = self.sink.build(CatalogueEntry, locator, {"record_id": record_id, **fields})
        if record is None:
            return
        earlier = self._kept.setdefault(record_id, record)
        if earlier is record:
            return
        if earlier.content_sha256 == record.content_sha256:
            self.sink.note("an entry that is listed twice, alike")
        else:
            self.sink.reject(locator, "duplicate_id", f"{record_id} stands earlier and says something else")

    def decoded(self) -> Decoded:
        self.sink.records.extend(self._kept.values())
        return self.sink.decoded()


def permanent(address: object) -> str:
    """An http(s) address without a time stamp of one edition in it; "" for any other value."""
    if not isinstance(address, str):
        return ""
    found = web_address(address, "")
    return "" if not found or _STAMPED.search(urlsplit(found).path) else found


def plain_text(value: object, most: int) -> str:
    """Markdown or HTML as plain text of at most ``most`` characters; "" for what is no text."""
    if not isinstance(value, str):
        return ""
    text = value[: most * 4]
    if most <= 500:
        return one_line(text)[:most]
    if _TAG.search(text):
        try:
            text = to_text(text)
        except TooLongError:
            return ""
    lines = (" ".join(line.split()) for line in text.splitlines())
    clean = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return clean.encode("utf-8", "replace").decode("utf-8")[:most]


def media_format(said: object, mime: object = None) -> str:
    """The kind of file in lower case ("csv"), as published, else the last part of its media type."""
    for value in (said, mime):
        if isinstance(value, str) and value.strip():
            name = value.strip().lower().rpartition("/")[2].removeprefix(".").partition(";")[0].strip()
            if _FORMAT.fullmatch(name):
                return name
    return ""
