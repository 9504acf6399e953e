"""Names and durable writing of the archive's files.

Belongs here: where a crawl's files are and how they reach the disk. Never here: what is in them.
"""

from __future__ import annotations

import os
import re
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from scrapers.archive.model import ArchiveBusyError, ArchiveError

_SOURCE = re.compile(r"[a-z0-9_]{2,60}")
_CRAWL = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")


def crawl_id_of(moment: datetime, suffix: str) -> str:
    """``20261122T010203Z-<8 hex>``: sorts by time."""
    return f"{moment:%Y%m%dT%H%M%SZ}-{suffix}"


def crawl_path(root: Path, source_id: str, crawl_id: str, ending: str) -> Path:
    """``archive/<source_id>/<crawl_id><ending>``; refuses ids that are not ids, so that none leaves the archive."""
    if not _SOURCE.fullmatch(source_id) or not _CRAWL.fullmatch(crawl_id):
        raise ArchiveError(f"{source_id!r}/{crawl_id!r} is not a source and crawl id")
    return root / source_id / f"{crawl_id}{ending}"


def unsigned_crawls(root: Path) -> list[tuple[str, str]]:
    """(source id, crawl id) of WARC files without a crawl record, in time order."""
    found = []
    for path in root.glob("*/*.warc.gz") if root.is_dir() else ():
        source_id, crawl_id = path.parent.name, path.name.removesuffix(".warc.gz")
        known = _SOURCE.fullmatch(source_id) and _CRAWL.fullmatch(crawl_id)
        if known and not path.with_name(f"{crawl_id}.crawl.json").exists():
            found.append((source_id, crawl_id))
    return sorted(found, key=lambda pair: (pair[1], pair[0]))


def lock_source(root: Path, source_id: str, wait_s: float = 0.0) -> FileLock:
    """Hold one source for writing; the system lets go when the process dies, so a live writer is never mistaken."""
    folder = root / source_id
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock", timeout=wait_s)
    try:
        lock.acquire()
    except Timeout as error:
        raise ArchiveBusyError(f"another process is writing a crawl of {source_id}") from error
    return lock


def discard(warc: Path) -> None:
    """Delete an unsigned crawl that is no data of record."""
    stem = warc.name.removesuffix(".warc.gz")
    for ending in (".cdxj", ".ledger.jsonl", ".warc.gz"):
        warc.with_name(stem + ending).unlink(missing_ok=True)


def write_atomically(path: Path, data: bytes, *, durable: bool = True) -> None:
    """A whole file or none: a temporary name in the same folder, then one rename."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        if durable:
            os.fsync(file.fileno())
    temporary.replace(path)
    if durable:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder outlive a power cut (where the system can do that)."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
