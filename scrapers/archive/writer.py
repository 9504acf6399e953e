"""Writing one crawl: one WARC file that only grows, then its index, then its signed-off record.

Belongs here: the order of writes that keeps a killed writer's file readable. Never here: what to fetch.

Each record reaches the system in one write, so a killed process leaves whole records and at most one torn tail. A power
cut can take more: bytes are forced to disk at sign-off, before the record that vouches for them exists.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from http.client import responses
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from scrapers.archive import warc
from scrapers.archive.files import crawl_path, discard, lock_source
from scrapers.archive.index import FIELD_KEY, Entry
from scrapers.archive.keys import request_key, sha256_hex, strip_body, strip_headers, strip_url
from scrapers.archive.model import ArchiveError, CrawlRecord, CrawlStats, Mode, Purpose
from scrapers.archive.signing import fingerprint, sign
from scrapers.archive.store import Archive
from scrapers.items import utc_now

Headers = Mapping[str, str] | Iterable[tuple[str, str]]
# Describe the transfer, not the body that is kept; their old value stays readable under a prefix.
_TRANSFER = frozenset({"content-encoding", "transfer-encoding", "content-length"})


@dataclass(frozen=True)
class _Exchange:
    method: str
    url: str
    request_headers: Headers
    request_body: bytes
    status: int
    headers: Headers
    body: bytes
    retrieved_at: datetime


class ArchiveWriter:
    """Context manager that writes one crawl. Left without ``sign_off`` it stays unsigned, for ``recover`` to close."""

    def __init__(
        self,
        root: Path,
        source_id: str,
        crawl_id: str,
        started_at: datetime,
        mode: Mode = "live",
        is_reconstructed: bool = False,
        *,
        purpose: Purpose = "crawl",
        archive: Archive | None = None,
        lock_wait_s: float = 0.0,
    ) -> None:
        self.root, self.source_id, self.crawl_id = Path(root), source_id, crawl_id
        self.started_at = started_at.replace(microsecond=0)
        self.mode: Mode = "replay" if is_reconstructed else mode  # nobody was asked
        self.is_reconstructed = is_reconstructed
        self.purpose: Purpose = purpose
        self.entries: list[Entry] = []
        self.new_captures = 0
        self._archive = archive or Archive(root)
        self._path = crawl_path(self.root, source_id, crawl_id, ".warc.gz")
        self._own: dict[str, Entry] = {}  # body -> entry of this crawl
        self._lock_wait_s = lock_wait_s
        self._sequence = 0
        self._end = 0
        self._file: BinaryIO | None = None

    def __enter__(self) -> ArchiveWriter:
        self._lock = lock_source(self.root, self.source_id, self._lock_wait_s)
        try:
            self._archive.refresh()  # once: while the lock is held, nobody else adds to this source
            self._make_room()
            self._file = self._path.open("xb", buffering=0)
            origin = "reconstructed" if self.is_reconstructed else self.mode
            info = f"software: LuxAI Observatory\r\nformat: WARC File Format 1.1\r\nisPartOf: {self.crawl_id}\r\n"
            info += f"description: {origin} {self.purpose} of {self.source_id}\r\n"
            self._append(
                warc.encode(
                    "warcinfo",
                    record_id=self._record_id(),
                    uri="",
                    date=self.started_at,
                    fields={"WARC-Filename": self._path.name},
                    payload=info.encode(),
                    content_type="application/warc-fields",
                )
            )
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    # -- records -----------------------------------------------------------------------------------------------------

    def write_response(
        self,
        method: str,
        url: str,
        request_headers: Headers,
        request_body: bytes,
        status: int,
        headers: Headers,
        body: bytes,
        retrieved_at: datetime,
    ) -> Entry:
        """Archive an answer as it came, with its request. A body held already becomes a revisit of it.

        ``body`` is the decoded (identity) body: content and transfer encodings differ between two fetches of one
        document, so hashing the wire form would make equal documents look new. The encoding that was used stays in
        ``X-Archive-Orig-*`` fields.
        """
        exchange = _Exchange(method, url, request_headers, request_body, status, headers, body, retrieved_at)
        digest = sha256_hex(body)
        return self._exchange(exchange, digest, self._known(digest))

    def write_revisit(
        self,
        method: str,
        url: str,
        request_headers: Headers,
        request_body: bytes,
        headers: Headers,
        retrieved_at: datetime,
        capture_id: str,
    ) -> Entry:
        """Archive a 304 that confirms the body ``capture_id``."""
        known = self._known(capture_id)
        if known is None:
            raise ArchiveError(f"a 304 for {strip_url(url)} confirms a body that the archive lacks")
        exchange = _Exchange(method, url, request_headers, request_body, 304, headers, b"", retrieved_at)
        return self._exchange(exchange, capture_id, known, confirmed=True)

    def write_resource(
        self, url: str, body: bytes, content_type: str, retrieved_at: datetime, reconstructed_from: str
    ) -> Entry:
        """Archive a document that the project laid out itself from a named source: never a response a server gave."""
        if not self.is_reconstructed:
            raise ArchiveError("a resource record belongs in a reconstructed crawl only")
        source = " ".join(reconstructed_from.split())
        fields = {warc.FIELD_FROM: source, warc.FIELD_NOTE: f"reconstructed by the project from {source}"}
        return self._resource(url, body, content_type, retrieved_at, fields, reconstructed_from=source)

    def write_reviewed(
        self, url: str, body: bytes, content_type: str, retrieved_at: datetime, reviewed_on: date
    ) -> Entry:
        """Archive a list that the project reviewed and stands for itself: no answer of a server, and no sample."""
        if self.is_reconstructed:
            raise ArchiveError("a reviewed list does not belong in a reconstructed crawl")
        day = reviewed_on.isoformat()
        return self._resource(url, body, content_type, retrieved_at, {warc.FIELD_REVIEWED: day}, reviewed_on=day)

    def _resource(
        self,
        url: str,
        body: bytes,
        content_type: str,
        retrieved_at: datetime,
        fields: dict[str, str],
        *,
        reconstructed_from: str | None = None,
        reviewed_on: str | None = None,
    ) -> Entry:
        digest = sha256_hex(body)
        known = self._known(digest)
        key = request_key("GET", url)
        fields = {FIELD_KEY: key, **fields, "WARC-Payload-Digest": f"sha256:{digest}"}
        if known:
            fields |= self._reference(known, warc.IDENTICAL)
        kind = "revisit" if known else "resource"
        member = warc.encode(
            kind,
            record_id=self._record_id(),
            uri=strip_url(url),
            date=retrieved_at,
            fields=fields,
            payload=b"" if known else body,
            content_type="application/octet-stream" if known else content_type,
        )
        entry = self._entry(key, strip_url(url), retrieved_at, kind, 200, digest, member)
        return self._add(replace(entry, reconstructed_from=reconstructed_from, reviewed_on=reviewed_on), member)

    def sign_off(
        self,
        finish_reason: str = "finished",
        complete: bool = True,
        stats: CrawlStats | dict[str, Any] | None = None,
        finished_at: datetime | None = None,
    ) -> CrawlRecord:
        """Close the file, write the index, and last the crawl record.

        A reconstructed crawl ends with its last capture: it took no time of its own.
        """
        if self._file is None:
            raise ArchiveError("this crawl is closed")
        durable = not self.is_reconstructed  # the sample can be built again, a fetched answer cannot
        if durable:
            os.fsync(self._file.fileno())
        self._file.close()
        self._file = None
        given = CrawlStats.of(stats)
        if finished_at is None:
            last = max((entry.retrieved_at for entry in self.entries), default=self.started_at)
            finished_at = last if self.is_reconstructed else utc_now()
        return sign(
            self.root,
            self.entries,
            CrawlRecord(
                crawl_id=self.crawl_id,
                source_id=self.source_id,
                mode=self.mode,
                purpose=self.purpose,
                started_at=self.started_at,
                finished_at=finished_at,
                finish_reason=finish_reason,
                complete=complete,
                is_reconstructed=self.is_reconstructed,
                new_captures=self.new_captures,
                requests=len(self.entries) if given.requests is None else given.requests,
                misses=given.misses,
                errors=given.errors,
                planned=given.planned,
                complete_keys=sorted(given.complete_keys),
                whole=None if given.whole is None else sorted(given.whole),
                limits=given.limits,
                problems=given.problems,
                remarks=given.remarks,
                trouble=given.trouble,
                robots=given.robots,
                fingerprint=given.fingerprint or fingerprint((e.key, e.capture_id) for e in self.entries),
                warc_sha256="0" * 64,
                warc_bytes=0,
                cdxj_sha256="0" * 64,
            ),
            durable=durable,
        )

    # -- inside ------------------------------------------------------------------------------------------------------

    def _make_room(self) -> None:
        """A crawl id is used once. Only an unsigned reconstruction may be begun again: it is no data of record."""
        if not self._path.exists():
            return
        if not self.is_reconstructed or self._path.with_name(f"{self.crawl_id}.crawl.json").exists():
            raise ArchiveError(f"crawl {self.crawl_id} of {self.source_id} is in the archive already")
        discard(self._path)

    def _known(self, digest: str) -> Entry | None:
        return self._own.get(digest) or self._archive.holds(
            digest, self.source_id, is_reconstructed=self.is_reconstructed
        )

    def _exchange(self, had: _Exchange, digest: str, known: Entry | None, *, confirmed: bool = False) -> Entry:
        """One request and what answered it, in one write."""
        sent = strip_headers(had.request_headers)
        content_type = next((value for name, value in sent if name.lower() == "content-type"), "")
        key = request_key(had.method, had.url, had.request_body, content_type)
        url = strip_url(had.url)
        kept = _identity_headers(strip_headers(had.headers), None if confirmed else len(had.body))
        fields = {FIELD_KEY: key, "WARC-Payload-Digest": f"sha256:{digest}"}
        if known:
            fields |= self._reference(known, warc.NOT_MODIFIED if confirmed else warc.IDENTICAL)
        answer_id = self._record_id()
        kind = "revisit" if known else "response"
        answer = warc.encode(
            kind,
            record_id=answer_id,
            uri=url,
            date=had.retrieved_at,
            fields=fields,
            http_line=f"HTTP/1.1 {had.status} {responses.get(had.status, 'Status')}",
            http_headers=kept,
            payload=b"" if known else had.body,
        )
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        request = warc.encode(
            "request",
            record_id=self._record_id(),
            uri=url,
            date=had.retrieved_at,
            fields={"WARC-Concurrent-To": answer_id},
            http_line=f"{had.method.upper()} {target} HTTP/1.1",
            http_headers=[("Host", parts.netloc), *((n, v) for n, v in sent if n.lower() != "host")],
            payload=strip_body(had.request_body, content_type),
        )
        held = {name.lower(): value for name, value in kept}
        entry = self._entry(key, url, had.retrieved_at, kind, had.status, digest, answer)
        etag, modified = held.get("etag", ""), held.get("last-modified", "")
        return self._add(replace(entry, etag=etag, last_modified=modified, not_modified=confirmed), answer + request)

    def _entry(
        self, key: str, url: str, retrieved_at: datetime, kind: str, status: int, digest: str, member: bytes
    ) -> Entry:
        return Entry(
            key=key,
            url=url,
            retrieved_at=warc.parse_date(warc.warc_date(retrieved_at)),
            kind=kind,
            status=status,
            capture_id=digest,
            offset=self._end,
            length=len(member),
            member_sha256=sha256_hex(member),
            source_id=self.source_id,
            crawl_id=self.crawl_id,
        )

    def _add(self, entry: Entry, data: bytes) -> Entry:
        self._append(data)
        self.entries.append(entry)
        if entry.kind != "revisit":
            self._own[entry.capture_id] = entry
            self.new_captures += 1
        return entry

    def _append(self, data: bytes) -> None:
        if self._file is None:
            raise ArchiveError("this crawl is closed")
        view = memoryview(data)
        while view:  # an unbuffered write may take less than all
            view = view[self._file.write(view) :]
        self._end += len(data)

    def _reference(self, known: Entry, profile: str) -> dict[str, str]:
        return {
            "WARC-Profile": profile,
            "WARC-Refers-To-Target-URI": known.url,
            "WARC-Refers-To-Date": warc.warc_date(known.retrieved_at),
        }

    def _record_id(self) -> str:
        """Deterministic: the same crawl written again is the same file."""
        self._sequence += 1
        return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{self.source_id}/{self.crawl_id}/{self._sequence}')}>"

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        self._lock.release()


def _identity_headers(headers: list[tuple[str, str]], body_length: int | None) -> list[tuple[str, str]]:
    """Header fields that fit the body as it is kept; None: no body came (304), only encodings are set aside."""
    kept: list[tuple[str, str]] = []
    room = warc.MAX_HEAD_BYTES
    for name, value in headers:
        room -= len(name) + len(value) + 30  # separators, and the prefix of those set aside
        if room < 0:
            break  # a head this long is an attack, and must not make the body unreadable
        kept.append((f"X-Archive-Orig-{name}", value) if name.lower() in _TRANSFER else (name, value))
    if body_length is not None:
        kept.append(("Content-Length", str(body_length)))
    return kept
