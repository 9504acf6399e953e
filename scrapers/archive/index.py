"""The compact index of one crawl (CDXJ): one line a capture, sorted by address and time.

Belongs here: the line's shape, and making entries from records. Never here: files of more than one crawl.
A line is ``<canonical URL> <14-digit time> <JSON>``; method and body hash, where they are not a plain GET's, are in the
JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import orjson

from scrapers.archive.keys import request_key, sha256_hex
from scrapers.archive.model import DamagedCaptureError
from scrapers.archive.warc import FIELD_FROM, FIELD_REVIEWED, NOT_MODIFIED, WarcRecord, parse_date

FIELD_KEY = "Request-Key"  # our extension field: method, canonical URL and body hash of the request


@dataclass(frozen=True, slots=True)
class Entry:
    """One capture in the index."""

    key: str  # scrapers.archive.keys.request_key
    url: str
    retrieved_at: datetime
    kind: str  # response | revisit | resource
    status: int  # as the server gave it
    capture_id: str
    offset: int
    length: int
    member_sha256: str  # of the gzip member as written: catches flips that inflate to the same bytes
    etag: str = ""
    last_modified: str = ""
    reconstructed_from: str | None = None
    not_modified: bool = False
    source_id: str = ""
    crawl_id: str = ""
    reviewed_on: str | None = None  # of a list of the project's own: ISO day of its review

    @property
    def method(self) -> str:
        return self.key.partition(" ")[0]

    @property
    def is_reconstructed(self) -> bool:
        return (self.kind == "resource" and self.reviewed_on is None) or self.reconstructed_from is not None


# JSON name -> field; a field at its default is left out of the line.
_NAMES = {
    "url": "url",
    "kind": "kind",
    "status": "status",
    "digest": "capture_id",
    "offset": "offset",
    "length": "length",
    "member": "member_sha256",
    "etag": "etag",
    "modified": "last_modified",
    "from": "reconstructed_from",
    "reviewed": "reviewed_on",
    "not_modified": "not_modified",
}


def to_cdxj(entries: list[Entry]) -> bytes:
    """The index file of these entries."""
    lines = []
    for entry in sorted(entries, key=lambda e: (e.key.split(" ")[1], e.retrieved_at, e.offset)):
        method, url, *body_hash = entry.key.split(" ")
        values = {name: getattr(entry, field) for name, field in _NAMES.items()}
        values = {name: value for name, value in values.items() if value not in ("", None, False) or name == "offset"}
        if method != "GET":
            values["method"] = method
        if body_hash:
            values["body"] = body_hash[0]
        lines.append(f"{url} {entry.retrieved_at:%Y%m%d%H%M%S} ".encode() + orjson.dumps(values) + b"\n")
    return b"".join(lines)


def from_cdxj(data: bytes, source_id: str, crawl_id: str) -> list[Entry]:
    """The entries of an index file; raises :class:`DamagedCaptureError` if any line is not one."""
    entries = []
    try:
        for line in data.splitlines():
            url, stamp, rest = line.decode().split(" ", 2)
            values = orjson.loads(rest)
            method, body_hash = values.pop("method", "GET"), values.pop("body", "")
            entries.append(
                Entry(
                    key=" ".join(part for part in (method, url, body_hash) if part),
                    retrieved_at=datetime.strptime(stamp + "+0000", "%Y%m%d%H%M%S%z"),
                    source_id=source_id,
                    crawl_id=crawl_id,
                    **{_NAMES[name]: value for name, value in values.items()},
                )
            )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedCaptureError(f"index of crawl {crawl_id} does not parse") from error
    return sorted(entries, key=lambda entry: entry.offset)


def entry_of(record: WarcRecord, raw: bytes, offset: int, source_id: str, crawl_id: str) -> Entry | None:
    """The index entry of a record read from a WARC file, or None for a record that is not a capture."""
    if record.type not in ("response", "revisit", "resource"):
        return None
    http = {name.lower(): value for name, value in record.http_headers}
    url = record.fields.get("warc-target-uri", "").strip("<>")
    try:
        key = record.fields.get(FIELD_KEY.lower()) or request_key("GET", url)
    except ValueError as error:
        raise DamagedCaptureError(f"target {url[:80]!r} is not an address") from error
    return Entry(
        key=key,
        url=url,
        retrieved_at=parse_date(record.fields.get("warc-date", "")),
        kind=record.type,
        status=record.status or 200,
        capture_id=record.payload_digest,
        offset=offset,
        length=len(raw),
        member_sha256=sha256_hex(raw),
        etag=http.get("etag", ""),
        last_modified=http.get("last-modified", ""),
        reconstructed_from=record.fields.get(FIELD_FROM.lower()),
        reviewed_on=record.fields.get(FIELD_REVIEWED.lower()),
        not_modified=record.fields.get("warc-profile") == NOT_MODIFIED,
        source_id=source_id,
        crawl_id=crawl_id,
    )
