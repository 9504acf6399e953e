"""``observatory bench``: speed of the parts that grow with the data, each beside a yardstick on the same input.

Belongs here: figures as ratios within one run, so that they mean the same on any machine. Never here: limits; a timed
test fails on a busy machine and says nothing on a fast one. Input is what the data root holds; ``collect`` and
``classify`` make theirs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import orjson

from pipelines import steps
from pipelines.bench_classify import bench_classify, bench_classify_million
from pipelines.bench_collect import bench_collect
from pipelines.bench_memory import bench_memory, bench_memory_large
from pipelines.figures import Figure, rate
from scrapers.archive import Archive, Capture
from scrapers.decode import DecodeContext, decode
from state.settings import Settings


class NothingToMeasure(RuntimeError):
    """The data root is empty; the message says what fills it."""


def bench_archive(settings: Settings) -> list[Figure]:
    """Proving captures (read, inflate, hash, compare) against hashing the same bodies in memory."""
    archive = Archive(settings.archive)
    bodies = {c.capture_id: c.body for c in captures(settings)}
    size = sum(map(len, bodies.values())) / 1e6

    def prove() -> bool:
        return all(archive.prove(capture_id).verified for capture_id in bodies)

    def hash_only() -> list[str]:
        return [hashlib.sha256(body).hexdigest() for body in bodies.values()]

    return [Figure("archive", "MB/s proven", rate(prove, size), "SHA-256 in memory", rate(hash_only, size))]


def bench_decode(settings: Settings) -> list[Figure]:
    """Decoding distinct captures to validated records against parsing the same bytes as JSON."""
    sources = {source.id: source for source in steps.sources_of(settings)}
    distinct = list({c.capture_id: c for c in captures(settings)}.values())[:400]
    size = sum(len(c.body) for c in distinct) / 1e6

    def ours() -> None:
        for c in distinct:
            source = sources[c.source_id]
            where = (c.source_id, c.crawl_id, c.capture_id, c.url, c.retrieved_at, c.is_reconstructed, source.params)
            decode(source.format, c.body, DecodeContext(*where))

    def theirs() -> None:
        for c in distinct:
            orjson.loads(c.body)

    return [Figure("decode", "MB/s", rate(ours, size), "orjson.loads", rate(theirs, size))]


def captures(settings: Settings) -> list[Capture]:
    """Every capture of the archive with data."""
    archive = Archive(settings.archive)
    found = [c for crawl in archive.crawls() for c in archive.captures(crawl.source_id, crawl.crawl_id)]
    if not found:
        raise NothingToMeasure("the archive is empty; observatory run fills it")
    return found


SUITE: dict[str, Callable[[Settings], list[Figure]]] = {
    "archive": bench_archive,
    "decode": bench_decode,
    "collect": bench_collect,
    "classify": bench_classify,
    "memory": bench_memory,
}
# Those that take minutes run when they are named.
NAMED_ONLY: dict[str, Callable[[Settings], list[Figure]]] = {
    "classify-1m": bench_classify_million,
    "memory-1gb": bench_memory_large,
}
