"""Readings of texts on disk: each distinct text of a kind of record is read once for each model version.

Belongs here: the key of a text, which keys are new, and the writing of immutable Parquet parts. Never here: reading of
texts (classify.py), the warehouse, how a part is written (parts.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from models.classify import classify
from models.parts import record_rows, remove_strays, sidecar, text_key, write_part
from models.version import model_version

KINDS = (
    "job_posting",
    "research_output",
    "funding_event",
    "announcement",
    "tender",
    "funding_call",
    "legal_step",
    "course",
)
"""Kinds of record that have texts. Each is read by the rules for its kind, and kept in a folder of its own."""
ROWS_PER_PART = 20_000

SCHEMA = pa.schema(
    [
        pa.field("text_sha256", pa.string()),
        pa.field("lang", pa.string()),
        pa.field("ai_class", pa.string()),
        pa.field("is_ai", pa.bool_()),
        pa.field("ai_score", pa.float64()),
        pa.field("skills", pa.list_(pa.string())),
        pa.field(
            "evidence",
            pa.list_(
                pa.struct(
                    [
                        ("concept", pa.string()),
                        ("text", pa.string()),
                        ("start", pa.int64()),
                        ("end", pa.int64()),
                        ("part", pa.string()),
                    ]
                )
            ),
        ),
        pa.field("sector", pa.string()),
        pa.field("sector_basis", pa.string()),
        pa.field("sector_nace21", pa.string()),
        pa.field("occupation", pa.string()),
        pa.field("occupation_sub_major", pa.string()),
        pa.field("languages_required", pa.list_(pa.string())),
        pa.field("organisations", pa.list_(pa.string())),
        pa.field("model_version", pa.string()),
    ]
)


@dataclass(frozen=True)
class ClassifyReport:
    """What a run did: distinct texts read now, texts whose reading was there already, and the part files written."""

    new: int
    reused: int
    files: tuple[Path, ...]


def classify_records(records_root: Path, classified_root: Path, *, workers: int = 1) -> ClassifyReport:
    """Reads the texts of ``records/<kind>/**.parquet`` that have no reading of this model version yet.

    Writes ``classified/<kind>/<model_version>/part-<hash of its keys>.parquet`` with a ``.sha256`` beside it. The same
    records give the same files; a run with nothing new writes nothing.
    """
    reports = [_classify_kind(kind, records_root, classified_root, workers) for kind in KINDS]
    return ClassifyReport(
        new=sum(report.new for report in reports),
        reused=sum(report.reused for report in reports),
        files=tuple(path for report in reports for path in report.files),
    )


def classified_folders(classified_root: Path) -> tuple[Path, ...]:
    """Where the readings of the present model version are, one folder a kind, whether it exists or not."""
    return tuple(classified_root / kind / model_version() for kind in KINDS)


def _classify_kind(kind: str, records_root: Path, classified_root: Path, workers: int) -> ClassifyReport:
    folder = classified_root / kind / model_version()
    remove_strays(folder)
    known = known_keys(classified_root, kind)
    pending: dict[str, dict[str, str]] = {}
    reused: set[str] = set()
    files: list[Path] = []
    new = 0
    for row in _texts(records_root / kind):
        key = text_key(row["title"], row["employer"], row["text"])
        if key in known:
            reused.add(key)
        elif key not in pending:
            pending[key] = row
            if len(pending) == ROWS_PER_PART:
                files.append(write_texts(folder, _read(kind, pending, workers)))
                new += len(pending)
                known |= pending.keys()
                pending = {}
    if pending:
        files.append(write_texts(folder, _read(kind, pending, workers)))
        new += len(pending)
    # Texts read in this run that come again later in the records are not "reused": they were new once.
    return ClassifyReport(
        new=new, reused=len(reused) if not files else len(reused - _keys_of(files)), files=tuple(files)
    )


def known_keys(classified_root: Path, kind: str = KINDS[0]) -> set[str]:
    """Keys that have a reading of the present model version, from whole parts: those with a checksum beside them."""
    folder = classified_root / kind / model_version()
    return _keys_of([path for path in sorted(folder.glob("part-*.parquet")) if sidecar(path).exists()])


def _keys_of(files: list[Path]) -> set[str]:
    keys: set[str] = set()
    for path in files:
        keys.update(pq.read_table(path, columns=["text_sha256"]).column(0).to_pylist())
    return keys


def _texts(folder: Path) -> Iterator[dict[str, str]]:
    """Title, employer (of postings) and text of every stored record, file by file in a fixed order."""
    for row in record_rows(folder, ("title", "employer", "text")):
        yield {name: value or "" for name, value in row.items()}


def _read(kind: str, pending: dict[str, dict[str, str]], workers: int) -> pa.Table:
    ordered = sorted(pending)
    frame = pd.DataFrame([{"id": key, "kind": kind, **pending[key]} for key in ordered])
    readings = classify(frame, workers=workers).rename(columns={"id": "text_sha256"})
    return pa.Table.from_pylist(readings.to_dict("records"), schema=SCHEMA)


def write_texts(folder: Path, table: pa.Table) -> Path:
    """Writes a table with a column ``text_sha256`` as a part named by its keys."""
    keys = "".join(table.column("text_sha256").to_pylist())
    return write_part(folder, f"part-{hashlib.sha256(keys.encode()).hexdigest()[:16]}.parquet", table)
