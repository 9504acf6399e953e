"""The archive: every HTTP answer as it came, found by request or by body hash, provable down to the byte.

Belongs here: WARC 1.1 files (one a crawl), their index, crawl records, recovery. Never here: fetching, or
understanding a body. Layout: ``<root>/<source_id>/<crawl_id>`` with ``.warc.gz``, ``.cdxj`` (index), ``.crawl.json``
(signed-off record, last), ``.ledger.jsonl`` (every fetch of a live crawl), ``.warc.gz.torn`` (set aside by recovery).
Crawls stay for good; looks of the watch go after two weeks, unless a body of theirs is referred to (``retention``).
"""

from scrapers.archive.files import crawl_id_of
from scrapers.archive.keys import canonical_url, request_key, strip_body, strip_headers, strip_url
from scrapers.archive.model import (
    ArchiveBusyError,
    ArchiveError,
    Capture,
    CaptureProof,
    CrawlRecord,
    CrawlStats,
    DamagedCaptureError,
    Limits,
    Purpose,
    Trouble,
)
from scrapers.archive.retention import prune_looks
from scrapers.archive.signing import fingerprint
from scrapers.archive.store import Archive
from scrapers.archive.writer import ArchiveWriter

__all__ = [
    "Archive",
    "ArchiveBusyError",
    "ArchiveError",
    "ArchiveWriter",
    "Capture",
    "CaptureProof",
    "CrawlRecord",
    "CrawlStats",
    "DamagedCaptureError",
    "Limits",
    "Purpose",
    "Trouble",
    "canonical_url",
    "crawl_id_of",
    "fingerprint",
    "prune_looks",
    "request_key",
    "strip_body",
    "strip_headers",
    "strip_url",
]
