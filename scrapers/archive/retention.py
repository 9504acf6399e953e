"""Looks that nothing needs any more: a look is no data of record, and there are several a day for ever.

Belongs here: which looks of the watch may go, and deleting them. Never here: crawls, which stay.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from scrapers.archive.files import crawl_path, lock_source
from scrapers.archive.model import ArchiveBusyError
from scrapers.archive.store import Archive

LOOKS_KEPT = timedelta(days=14)
# In this order every state that a kill leaves is a whole look: without an index it is scanned, without a record it is
# signed off again by recovery. The file itself goes last.
_ENDINGS = (".ledger.jsonl", ".warc.gz.torn", ".cdxj", ".crawl.json", ".warc.gz")


def prune_looks(archive: Archive, source_id: str, now: datetime) -> list[str]:
    """Delete the source's looks older than ``LOOKS_KEPT`` that nothing refers to; gives their ids.

    A look stays while a crawl, or a look that stays, is a revisit of a body that it holds; so does the newest one. A
    source that another process is writing is left for the next time. ``archive`` is not read afterwards: it would
    still list what is gone.
    """
    try:
        lock = lock_source(archive.root, source_id)
    except ArchiveBusyError:
        return []
    try:
        gone = _unneeded(archive, source_id, now - LOOKS_KEPT)
        for crawl_id in gone:
            for ending in _ENDINGS:
                crawl_path(archive.root, source_id, crawl_id, ending).unlink(missing_ok=True)
    finally:
        lock.release()
    return gone


def _unneeded(archive: Archive, source_id: str, before: datetime) -> list[str]:
    looks = archive.crawls(source_id, purpose="watch")
    old = [look for look in looks[:-1] if look.finished_at < before]
    going = {look.crawl_id for look in old}
    entries = archive.entries(source_id)
    needed = {
        entry.capture_id
        for crawl_id, found in entries.items()
        if crawl_id not in going
        for entry in found
        if entry.kind == "revisit"
    }
    gone = []
    for look in reversed(old):  # a body is older than what refers to it, so one pass from the newest on is enough
        own = entries[look.crawl_id]
        if any(entry.kind != "revisit" and entry.capture_id in needed for entry in own):
            needed |= {entry.capture_id for entry in own if entry.kind == "revisit"}
        else:
            gone.append(look.crawl_id)
    return gone
