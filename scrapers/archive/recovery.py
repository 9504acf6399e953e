"""After a kill: close crawls that nobody signed off, keep their whole records, set a torn tail aside.

Belongs here: repair of files. Never here: fetching again (the next crawl does that).
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from scrapers.archive.files import crawl_path, discard, lock_source, sync_folder, unsigned_crawls, write_atomically
from scrapers.archive.index import Entry
from scrapers.archive.model import ArchiveBusyError, CrawlRecord
from scrapers.archive.signing import fingerprint, sign
from scrapers.archive.store import Archive, scan
from scrapers.archive.warc import members


def recover(root: Path) -> list[str]:
    """Close every crawl without a record and give their ids; one that is being written is left alone.

    A fetched crawl keeps its whole records and is signed off as ``interrupted``; the tail behind them moves to
    ``<crawl_id>.warc.gz.torn``. One that had not even begun leaves only that. A reconstructed crawl is deleted: it is
    built again, and half of it must not pass for the sample. Safe to be killed itself and run again: nothing is cut off
    before its copy is on disk.
    """
    mended = []
    for source_id, crawl_id in unsigned_crawls(root):
        try:
            lock = lock_source(root, source_id)
        except ArchiveBusyError:
            continue
        try:
            path = crawl_path(root, source_id, crawl_id, ".warc.gz")
            if path.with_name(f"{crawl_id}.crawl.json").exists() or not path.exists():
                continue  # signed off between looking and locking
            for leftover in path.parent.glob(f".{crawl_id}.*.tmp"):
                leftover.unlink()
            _mend(root, source_id, crawl_id, path)
            mended.append(crawl_id)
        finally:
            lock.release()
    return mended


def _mend(root: Path, source_id: str, crawl_id: str, path: Path) -> None:
    if is_reconstruction(path):
        discard(path)
        return
    entries, end = scan(path, source_id, crawl_id)
    if end < path.stat().st_size:
        with path.open("rb") as file:
            file.seek(end)
            write_atomically(path.with_name(f"{path.name}.torn"), file.read())
        os.truncate(path, end)
    if end == 0:
        discard(path)
        return
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    sync_folder(path.parent)
    started = datetime.strptime(crawl_id.partition("-")[0] + "+0000", "%Y%m%dT%H%M%SZ%z")
    record = CrawlRecord(
        crawl_id=crawl_id,
        source_id=source_id,
        mode="live",
        purpose="watch" if _begins_with(path, b"description: live watch") else "crawl",
        started_at=started,
        finished_at=max((entry.retrieved_at for entry in entries), default=started),
        finish_reason="interrupted",
        complete=False,
        requests=len(entries),
        new_captures=_new(root, entries),
        problems={"crawl": "the process ended before the crawl did"},
        trouble="unreachable",
        fingerprint=fingerprint((entry.key, entry.capture_id) for entry in entries),
        warc_sha256="0" * 64,
        warc_bytes=0,
        cdxj_sha256="0" * 64,
    )
    sign(root, entries, record)


def _new(root: Path, entries: list[Entry]) -> int:
    """How many bodies the archive did not hold before."""
    archive = Archive(root)
    archive.refresh()
    bodies = {entry.capture_id: entry for entry in entries if entry.kind != "revisit"}
    return sum(archive.holds(digest, e.source_id, is_reconstructed=False) is None for digest, e in bodies.items())


def is_reconstruction(path: Path) -> bool:
    """Whether a WARC file says in its first record that the project laid it out itself."""
    return _begins_with(path, b"description: reconstructed crawl")


def _begins_with(path: Path, words: bytes) -> bool:
    first = next(members(path), None)
    return first is not None and words in first[2]
