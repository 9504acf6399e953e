"""The archive as a whole: every signed-off crawl of every source, indexed in memory, its bytes verified on each read.

Belongs here: finding, reading and proving captures. Never here: HTTP, or the meaning of a body.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from scrapers.archive import warc
from scrapers.archive.files import crawl_path
from scrapers.archive.index import Entry, entry_of, from_cdxj
from scrapers.archive.keys import request_key, sha256_hex
from scrapers.archive.model import (
    ArchiveError,
    Capture,
    CaptureProof,
    CrawlRecord,
    DamagedCaptureError,
    Purpose,
)

_SETTLED_NS = 2_000_000_000  # a folder changed less than this ago may change again within its time stamp
# Fields that a 304 speaks for; everything else describes the body, which is the older answer's (RFC 9110, 15.4.5).
_OF_THE_304 = frozenset({"date", "etag", "last-modified", "expires", "cache-control", "age"})


@dataclass
class _Crawl:
    record: CrawlRecord
    entries: list[Entry]
    index_is_signed: bool
    stamp: tuple[int, int]  # modification time and size of the crawl record


class Archive:
    """Read access to the archive under ``root``; crawls signed off later, by any process, are seen at the next call."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root)
        self._crawls: dict[tuple[str, str], _Crawl] = {}
        self._by_key: dict[str, list[Entry]] = {}
        self._by_digest: dict[str, list[Entry]] = {}
        self._seen: dict[str, int] = {}

    # -- crawls ------------------------------------------------------------------------------------------------------

    def crawls(self, source_id: str | None = None, *, purpose: Purpose = "crawl") -> list[CrawlRecord]:
        """Signed-off crawls in time order; the looks of the watch with ``purpose="watch"``."""
        self.refresh()
        records = (crawl.record for crawl in self._crawls.values() if crawl.record.purpose == purpose)
        found = [record for record in records if source_id in (None, record.source_id)]
        return sorted(found, key=lambda record: (record.crawl_id, record.source_id))

    def captures(self, source_id: str, crawl_id: str, *, include_robots: bool = False) -> Iterator[Capture]:
        """What one crawl brought, in the order it came; revisits carry the body they refer to.

        Answers of robots.txt are left out unless asked for: they are about the crawl, not what it was for. Raises
        :class:`DamagedCaptureError` when the bytes of one cannot be trusted.
        """
        self.refresh()
        crawl = self._crawls.get((source_id, crawl_id))
        if crawl is None:
            raise ArchiveError(f"no crawl {crawl_id} of {source_id} in the archive")
        for entry in crawl.entries:
            if include_robots or not _is_robots(entry):
                yield self._capture(entry)

    def entries(self, source_id: str) -> dict[str, list[Entry]]:
        """Index entries of each signed-off crawl and look of a source, by crawl id."""
        self.refresh()
        return {crawl_id: crawl.entries for (source, crawl_id), crawl in self._crawls.items() if source == source_id}

    def recover(self) -> list[str]:
        """Sign off crawls that a killed process left; see :func:`scrapers.archive.recovery.recover`."""
        from scrapers.archive.recovery import recover

        return recover(self.root)

    # -- captures ----------------------------------------------------------------------------------------------------

    def latest(self, method: str, url: str, body: bytes = b"", source_id: str | None = None) -> Capture | None:
        """The newest capture of a request: a healthy one if there is any, a genuine one before a reconstructed one."""
        entries = self._entries(method, url, body, source_id)
        best = max(entries, key=lambda e: (_is_healthy(e), not e.is_reconstructed), default=None)
        return self._capture(best) if best else None

    def newest(self, method: str, url: str, body: bytes = b"", source_id: str | None = None) -> Iterator[Capture]:
        """Captures of a request, the newest first; damaged ones are left out."""
        for entry in self._entries(method, url, body, source_id):
            with suppress(DamagedCaptureError):
                yield self._capture(entry)

    def answers(self, method: str, url: str, body: bytes = b"", source_id: str | None = None) -> list[Entry]:
        """What was ever answered to a request, the newest first, genuine answers before reconstructed ones."""
        return sorted(self._entries(method, url, body, source_id), key=lambda entry: entry.is_reconstructed)

    def read(self, entry: Entry) -> Capture:
        """The capture of an index entry. Raises :class:`DamagedCaptureError`."""
        return self._capture(entry)

    def validators(
        self, method: str, url: str, body: bytes = b"", source_id: str | None = None, *, refresh: bool = True
    ) -> tuple[dict[str, str], Capture] | None:
        """Conditional request fields for exactly this request, and the capture that a 304 would confirm.

        None without validators, or when the archived body does not read back: then only a full answer helps. Who writes
        a crawl of this source, and so is the only one, may spare the ``refresh``.
        """
        entries = [
            entry
            for entry in self._entries(method, url, body, source_id, refresh=refresh)
            if not entry.is_reconstructed and _is_healthy(entry)
        ]
        if not entries:
            return None
        same = [entry for entry in entries if entry.capture_id == entries[0].capture_id]
        fields = {
            "If-None-Match": next((entry.etag for entry in same if entry.etag), ""),
            "If-Modified-Since": next((entry.last_modified for entry in same if entry.last_modified), ""),
        }
        fields = {name: value for name, value in fields.items() if value}
        try:
            return (fields, self._capture(entries[0])) if fields else None
        except DamagedCaptureError:
            return None

    def find(self, capture_id: str) -> Capture | None:
        """The capture with this body hash as it was first fetched; None if the archive does not hold it."""
        bodies = self._bodies(capture_id)
        problem: DamagedCaptureError | None = None
        for entry in bodies:
            try:
                return self._capture(entry)
            except DamagedCaptureError as error:
                problem = problem or error
        if problem:
            raise problem
        return None

    def holds(self, capture_id: str, source_id: str, *, is_reconstructed: bool) -> Entry | None:
        """The entry whose body a new capture may refer to: same source, same standing, and readable now.

        Looks at what the last ``refresh`` saw: a writer refreshes once it holds its source, where nobody else writes.
        """
        for entry in self._known_bodies(capture_id):
            if entry.source_id == source_id and entry.is_reconstructed == is_reconstructed:
                try:
                    self._read(entry)
                except DamagedCaptureError:
                    continue
                return entry
        return None

    def prove(self, capture_id: str) -> CaptureProof:
        """Read the WARC bytes of a capture again, hash them, and say whether they are what was archived.

        A body that was archived again after damage has several copies; one that verifies is enough.
        """
        bodies = self._bodies(capture_id)
        if not bodies:
            return CaptureProof(capture_id, False, f"capture {capture_id[:12]} is not in the archive")
        failed: CaptureProof | None = None
        for entry in bodies:
            problem = None
            try:
                record = self._read(entry)
                self._check_file(entry)
                source = record.fields.get(warc.FIELD_FROM.lower())
            except DamagedCaptureError as error:
                problem, source = str(error), entry.reconstructed_from
            proof = CaptureProof(
                capture_id=capture_id,
                verified=problem is None,
                problem=problem,
                url=entry.url,
                retrieved_at=entry.retrieved_at,
                source_id=entry.source_id,
                crawl_id=entry.crawl_id,
                warc=self._path(entry).relative_to(self.root).as_posix(),
                offset=entry.offset,
                length=entry.length,
                is_reconstructed=entry.is_reconstructed,
                reconstructed_from=source,
                reviewed_on=entry.reviewed_on,
            )
            if proof.verified:
                return proof
            failed = failed or proof
        assert failed is not None
        return failed

    # -- reading -----------------------------------------------------------------------------------------------------

    def _bodies(self, capture_id: str) -> list[Entry]:
        """Entries that hold this body: genuine ones alone if there are any, the oldest first."""
        self.refresh()
        return self._known_bodies(capture_id)

    def _known_bodies(self, capture_id: str) -> list[Entry]:
        bodies = [entry for entry in self._by_digest.get(capture_id, ()) if entry.kind != "revisit"]
        genuine = [entry for entry in bodies if not entry.is_reconstructed]
        return genuine or bodies

    def _entries(
        self, method: str, url: str, body: bytes, source_id: str | None, *, refresh: bool = True
    ) -> list[Entry]:
        """Entries of one request, newest first."""
        if refresh:
            self.refresh()
        entries = self._by_key.get(request_key(method, url, body), ())
        return [entry for entry in reversed(entries) if source_id in (None, entry.source_id)]

    def _capture(self, entry: Entry) -> Capture:
        body_entry, record = self._resolve(entry)
        headers = {name.lower(): value for name, value in record.http_headers}
        if entry is not body_entry:
            own = {name.lower(): value for name, value in self._read(entry).http_headers}
            headers = headers | {k: v for k, v in own.items() if k in _OF_THE_304} if entry.not_modified else own
        if not headers and "content-type" in record.fields:
            headers = {"content-type": record.fields["content-type"]}
        return Capture(
            capture_id=entry.capture_id,
            source_id=entry.source_id,
            crawl_id=entry.crawl_id,
            method=entry.method,
            url=entry.url,
            status=body_entry.status if entry.not_modified else entry.status,
            headers=headers,
            body=record.payload,
            retrieved_at=entry.retrieved_at,
            kind=entry.kind,  # type: ignore[arg-type]
            is_reconstructed=entry.is_reconstructed,
            reconstructed_from=entry.reconstructed_from,
            wire_status=entry.status,
            reviewed_on=entry.reviewed_on,
        )

    def _resolve(self, entry: Entry) -> tuple[Entry, warc.WarcRecord]:
        """The entry that holds the body, and its record."""
        if entry.kind != "revisit":
            return entry, self._read(entry)
        problem: DamagedCaptureError | None = None
        bodies = [e for e in self._by_digest.get(entry.capture_id, ()) if e.kind != "revisit"]
        # The copy of the same source and standing first; any other with the same hash is the same bytes.
        bodies.sort(key=lambda e: (e.source_id != entry.source_id, e.is_reconstructed != entry.is_reconstructed))
        for candidate in bodies:
            try:
                return candidate, self._read(candidate)
            except DamagedCaptureError as error:
                problem = problem or error
        raise problem or DamagedCaptureError(f"{_name(entry)} refers to a body that the archive lacks")

    def _read(self, entry: Entry) -> warc.WarcRecord:
        """One record, every digest checked; the error names the capture."""
        try:
            member = warc.read_member(self._path(entry), entry.offset, entry.length)
            record = warc.parse(warc.inflate(member))
            if sha256_hex(member) != entry.member_sha256:
                raise DamagedCaptureError("stored bytes differ from those written")
            if record.fields.get("warc-block-digest") != f"sha256:{record.block_digest}":
                raise DamagedCaptureError("block digest does not match")
            if record.payload_digest != entry.capture_id:
                raise DamagedCaptureError("record is of another capture")
            if record.type != "revisit" and sha256_hex(record.payload) != entry.capture_id:
                raise DamagedCaptureError("payload digest does not match")
        except DamagedCaptureError as error:
            raise DamagedCaptureError(f"{_name(entry)} is damaged: {error}") from error
        return record

    def _check_file(self, entry: Entry) -> None:
        """Where the index is not the signed one, the file as a whole must be: a rebuilt index would hide a flip."""
        crawl = self._crawls[entry.source_id, entry.crawl_id]
        if crawl.index_is_signed:
            return
        with self._path(entry).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != crawl.record.warc_sha256:
                raise DamagedCaptureError(f"{_name(entry)}: index was lost and the file is not the one signed off")

    def _path(self, entry: Entry) -> Path:
        return crawl_path(self.root, entry.source_id, entry.crawl_id, ".warc.gz")

    # -- index -------------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Take in crawls that were signed off since; only folders that changed are looked at."""
        if not self.root.is_dir():
            return
        fresh: list[_Crawl] = []
        replaced = False
        for folder in sorted(path for path in self.root.iterdir() if path.is_dir()):
            changed_ns = folder.stat().st_mtime_ns
            if self._seen.get(folder.name) == changed_ns:
                continue
            for path in sorted(folder.glob("*.crawl.json")):
                key = (folder.name, path.name.removesuffix(".crawl.json"))
                known = self._crawls.get(key)
                stat = path.stat()
                stamp = (stat.st_mtime_ns, stat.st_size)
                if known and known.stamp == stamp:
                    continue
                crawl = self._load(path, *key, stamp)
                if crawl:
                    self._crawls[key] = crawl
                    fresh.append(crawl)
                    replaced = replaced or known is not None
            settled = time.time_ns() - changed_ns > _SETTLED_NS
            self._seen[folder.name] = changed_ns if settled else -1
        if replaced:  # a reconstructed crawl was built again
            self._by_key.clear()
            self._by_digest.clear()
            fresh = list(self._crawls.values())
        grown: dict[int, list[Entry]] = {}
        for crawl in fresh:
            for entry in crawl.entries:
                for index, name in ((self._by_key, entry.key), (self._by_digest, entry.capture_id)):
                    found = index.setdefault(name, [])
                    found.append(entry)
                    grown[id(found)] = found
        for found in grown.values():
            found.sort(key=_age)

    def _load(self, path: Path, source_id: str, crawl_id: str, stamp: tuple[int, int]) -> _Crawl | None:
        try:
            record = CrawlRecord.model_validate_json(path.read_bytes())
        except (ValidationError, OSError):
            return None  # not signed: recover() will see to it
        if (record.source_id, record.crawl_id) != (source_id, crawl_id):
            return None
        try:
            data = crawl_path(self.root, source_id, crawl_id, ".cdxj").read_bytes()
            if sha256_hex(data) != record.cdxj_sha256:
                raise DamagedCaptureError("index differs from the one signed off")
            return _Crawl(record, from_cdxj(data, source_id, crawl_id), True, stamp)
        except (OSError, DamagedCaptureError):
            entries = scan(crawl_path(self.root, source_id, crawl_id, ".warc.gz"), source_id, crawl_id)[0]
            return _Crawl(record, entries, False, stamp)


def scan(path: Path, source_id: str, crawl_id: str) -> tuple[list[Entry], int]:
    """Index entries of the whole records from the start of a WARC file, and the byte where they end."""
    entries: list[Entry] = []
    end = 0
    if path.exists():
        for offset, raw, data in warc.members(path):
            try:
                record = warc.parse(data)
                entry = entry_of(record, raw, offset, source_id, crawl_id)
            except DamagedCaptureError:
                break
            end = offset + len(raw)
            if entry:
                entries.append(entry)
    return entries, end


def _name(entry: Entry) -> str:
    place = f"{entry.source_id}/{entry.crawl_id}.warc.gz at byte {entry.offset}"
    return f"capture {entry.capture_id[:12]} ({entry.url}, {place})"


def _age(entry: Entry) -> tuple[datetime, str, int]:
    return (entry.retrieved_at, entry.crawl_id, entry.offset)


def _is_healthy(entry: Entry) -> bool:
    return 200 <= entry.status < 300 or entry.not_modified


_ABOUT_CRAWLING = ("/robots.txt", "/.well-known/tdmrep.json")


def _is_robots(entry: Entry) -> bool:
    return "/" + entry.url.partition("?")[0].partition("://")[2].partition("/")[2] in _ABOUT_CRAWLING
