"""Files of readings: the key of a text, and Parquet parts that are there as a whole or not at all.

Belongs here: keys, the reading of records, writing and checksums. Never here: what is in a part (store.py,
duplicate_store.py); nothing that takes long to import, since every worker process imports this. A part is written
beside its place, synced and moved in one step, with a checksum file; a killed process leaves whole parts and at most a
stray temporary file, which the next run removes.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

_READ_BATCH = 5_000


def text_key(title: str, employer: str, text: str) -> str:
    """The identity of a text: SHA-256 (hex) of title, employer and text, joined by the unit separator."""
    return hashlib.sha256(f"{title}\x1f{employer}\x1f{text}".encode("utf-8", "surrogatepass")).hexdigest()


def write_part(folder: Path, name: str, table: pa.Table) -> Path:
    """A table as ``folder/name`` with its checksum file; there as a whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    temporary = folder / f".{path.name}.{os.getpid()}.tmp"
    pq.write_table(table, temporary, compression="zstd")
    digest = hashlib.sha256(temporary.read_bytes()).hexdigest()
    _sync(temporary)
    # The part first, its checksum second: a part without checksum is not counted and is written again.
    temporary.replace(path)
    note = folder / f".{path.name}.sha256.{os.getpid()}.tmp"
    note.write_text(f"{digest}  {path.name}\n", encoding="ascii")
    _sync(note)
    note.replace(sidecar(path))
    return path


def record_rows(folder: Path, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The named columns of all records below a folder, file by file in a fixed order; None where a file lacks one."""
    for path in sorted(folder.rglob("*.parquet")):
        with pq.ParquetFile(path) as file:
            there = [name for name in names if name in file.schema_arrow.names]
            for batch in file.iter_batches(_READ_BATCH, columns=there):
                for row in batch.to_pylist():
                    yield dict.fromkeys(names) | row


def sidecar(path: Path) -> Path:
    """The checksum file of a part; a part without one is not whole."""
    return path.with_name(path.name + ".sha256")


def _sync(path: Path) -> None:
    with path.open("rb") as handle:
        os.fsync(handle.fileno())


def remove_strays(folder: Path) -> None:
    """Remove what a killed process left half written."""
    for stray in folder.glob(".*.tmp"):
        stray.unlink(missing_ok=True)
