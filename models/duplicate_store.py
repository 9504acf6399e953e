"""Clusters of equal ads on disk: which texts of postings advertise one job, employer by employer.

Belongs here: which employers have something new, streaming of their texts, immutable Parquet files. Never here: the
comparison (duplicates.py), and when a posting was open: that is for the warehouse, which parts reposts by time.

Employers are dealt into shards by their key. A shard's file is named by a hash of all that it was made of, so a crawl
costs the reading of those employers that have something new, and equal records give equal files. Texts of changed
shards are laid out on disk first: never more than one shard a worker is in memory. Ads that do not say their employer
are one shard, so they meet each other only.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from models.duplicate_text import says_enough
from models.duplicates import find_duplicates
from models.entities import employer_key
from models.parts import remove_strays, sidecar, text_key, write_part
from models.version import model_version

KIND = "duplicate"
SHARDS = 64
_READ_BATCH = 5_000
_LIGHT = ("employer", "content_sha256")
_COLUMNS = ("title", "employer", "text", "location_raw", "retrieved_at")

SCHEMA = pa.schema(
    [
        pa.field("text_sha256", pa.string()),
        pa.field("ad_id", pa.string()),
        pa.field("has_text", pa.bool_()),
        pa.field("similarity", pa.float64()),
        pa.field("translation_of", pa.string()),
        pa.field("evidence", pa.string()),
        pa.field("model_version", pa.string()),
    ]
)
"""One row a text: ``ad_id`` is the smallest text key of its ad; without ``has_text`` only title and place speak."""


@dataclass(frozen=True)
class DuplicateReport:
    """What a run did: shards compared now, shards that were there already, and the files written."""

    new: int
    reused: int
    files: tuple[Path, ...]


def duplicate_folder(classified_root: Path) -> Path:
    """Where the clusters of the present model version are, whether it exists or not."""
    return classified_root / KIND / model_version()


def link_duplicates(
    records_root: Path, classified_root: Path, *, workers: int = 1, shards: int = SHARDS
) -> DuplicateReport:
    """Clusters of the texts of ``records/job_posting/**.parquet``: ``classified/duplicate/<model_version>/*.parquet``.

    A shard whose postings are the same as at the last run is left alone; files of former states go.
    """
    folder = duplicate_folder(classified_root)
    remove_strays(folder)
    source = records_root / "job_posting"
    wanted = {shard: f"shard-{shard:03d}-{digest}.parquet" for shard, digest in _digests(source, shards).items()}
    for path in folder.glob("shard-*.parquet"):
        if path.name not in wanted.values() or not sidecar(path).exists():
            sidecar(path).unlink(missing_ok=True)
            path.unlink()
    changed = sorted(shard for shard, name in wanted.items() if not (folder / name).exists())
    if not changed:
        return DuplicateReport(0, len(wanted), ())
    classified_root.mkdir(parents=True, exist_ok=True)
    for stray in classified_root.glob(".shards-*"):
        shutil.rmtree(stray, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=".shards-", dir=classified_root) as name:
        layout = Path(name)
        _lay_out(source, layout, frozenset(changed), shards)
        jobs = [(layout / f"{shard}.arrow", wanted[shard]) for shard in changed]
        if workers == 1 or len(jobs) == 1:
            files = [_link_shard(folder, job) for job in jobs]
        else:
            with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_one_thread) as pool:
                files = list(pool.map(partial(_link_shard, folder), jobs))
    return DuplicateReport(len(files), len(wanted) - len(files), tuple(files))


def _one_thread() -> None:
    os.environ["RAYON_NUM_THREADS"] = "1"  # workers share the cores already
    pa.set_cpu_count(1)


class _ShardOf(dict[str, int]):
    """The shard of an employer's name: spellings of one employer meet in one shard."""

    def __init__(self, shards: int) -> None:
        super().__init__()
        self.shards = shards

    def __missing__(self, name: str) -> int:
        digest = hashlib.blake2b(employer_key(name).encode("utf-8", "surrogatepass"), digest_size=4).digest()
        shard = self[name] = int.from_bytes(digest, "big") % self.shards
        return shard


def _batches(source: Path, columns: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
    for path in sorted(source.rglob("*.parquet")):
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(_READ_BATCH, columns=list(columns))


def _digests(source: Path, shards: int) -> dict[int, str]:
    """A hash of the distinct contents of each shard that has any."""
    shard_of = _ShardOf(shards)
    contents: dict[int, set[bytes]] = defaultdict(set)
    for batch in _batches(source, _LIGHT):
        for employer, content in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            contents[shard_of[employer or ""]].add(bytes.fromhex(content)[:16])
    return {
        shard: hashlib.sha256(f"{shards}".encode() + b"".join(sorted(found))).hexdigest()[:16]
        for shard, found in contents.items()
    }


def _lay_out(source: Path, layout: Path, changed: frozenset[int], shards: int) -> None:
    """The texts of changed shards, one file a shard."""
    shard_of = _ShardOf(shards)
    writers: dict[int, pa.RecordBatchStreamWriter] = {}
    try:
        for batch in _batches(source, _COLUMNS):
            shard = np.array([shard_of[name or ""] for name in batch.column("employer").to_pylist()])
            for number in np.unique(shard):
                if number in changed:
                    part = batch.take(pa.array(np.flatnonzero(shard == number)))
                    if number not in writers:
                        writers[number] = pa.RecordBatchStreamWriter(layout / f"{number}.arrow", part.schema)
                    writers[number].write_batch(part)
    finally:
        for writer in writers.values():
            writer.close()


def _link_shard(folder: Path, job: tuple[Path, str]) -> Path:
    laid_out, name = job
    with pa.OSFile(str(laid_out)) as stream:
        frame = pa.ipc.open_stream(stream).read_pandas()
    laid_out.unlink()
    for column in ("title", "employer", "text", "location_raw"):
        frame[column] = frame[column].fillna("")
    # One row a text: the first sighting says when it came, and where.
    frame = frame.sort_values(["retrieved_at", "location_raw"]).drop_duplicates(["title", "employer", "text"])
    keys = [text_key(*row) for row in zip(frame["title"], frame["employer"], frame["text"], strict=True)]
    has_text = np.array([says_enough(text) for text in frame["text"]], dtype=bool)
    ads = pd.DataFrame(
        {
            "record_id": keys,
            "employer": frame["employer"].to_numpy(),
            "title": frame["title"].to_numpy(),
            "text": frame["text"].to_numpy(),
            # Ads without a text are told apart by place in the warehouse, for each of their postings.
            "place": np.where(has_text, frame["location_raw"].to_numpy(), ""),
            "first_seen_on": pd.to_datetime(frame["retrieved_at"]).dt.tz_localize(None).dt.normalize().to_numpy(),
        }
    )
    enough = dict(zip(keys, has_text.tolist(), strict=True))
    found = find_duplicates(ads, apart_by_time=False)
    table = pa.table(
        {
            "text_sha256": found["record_id"].tolist(),
            "ad_id": found["cluster_id"].tolist(),
            "has_text": [enough[key] for key in found["record_id"]],
            "similarity": found["similarity"].tolist(),
            "translation_of": [other if isinstance(other, str) else None for other in found["translation_of"]],
            "evidence": found["evidence"].tolist(),
            "model_version": [model_version()] * len(found),
        },
        schema=SCHEMA,
    )
    return write_part(folder, name, table)
