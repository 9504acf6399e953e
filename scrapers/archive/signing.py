"""Signing a crawl off: its index, then the crawl record with counts and hashes.

Belongs here: what the record vouches for. Never here: why a crawl ended.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from scrapers.archive.files import crawl_path, write_atomically
from scrapers.archive.index import Entry, to_cdxj
from scrapers.archive.keys import sha256_hex
from scrapers.archive.model import CrawlRecord


def sign(root: Path, entries: list[Entry], record: CrawlRecord, *, durable: bool = True) -> CrawlRecord:
    """Write the index of a closed WARC file and, last of all, its crawl record with counts and hashes filled in."""
    path = crawl_path(root, record.source_id, record.crawl_id, ".warc.gz")
    index = to_cdxj(entries)
    write_atomically(path.with_name(f"{record.crawl_id}.cdxj"), index, durable=durable)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    statuses = Counter(str(entry.status) for entry in entries)
    record = record.model_copy(
        update={
            "statuses": dict(sorted(statuses.items())),
            "captures": len(entries),
            "revisits": sum(entry.kind == "revisit" for entry in entries),
            "warc_sha256": digest,
            "warc_bytes": path.stat().st_size,
            "cdxj_sha256": sha256_hex(index),
        }
    )
    text = record.model_dump_json(indent=1).encode() + b"\n"
    write_atomically(path.with_name(f"{record.crawl_id}.crawl.json"), text, durable=durable)
    return record


def fingerprint(pairs: Iterable[tuple[str, str]]) -> str:
    """Hash over (key, capture id) pairs in sorted order: equal exactly when every answer is."""
    return sha256_hex("\n".join(f"{key} {capture_id}" for key, capture_id in sorted(set(pairs))).encode())
