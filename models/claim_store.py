"""Claims of money on disk: each distinct announcement is read once for each model version.

Belongs here: which announcements are new, and the writing of their claims as immutable Parquet parts, as ``store`` does
for readings. Never here: how a claim is read (extract.py), the warehouse. A text without a claim has a row too, with an
empty list, so that it is not read again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from models.extract import CLAIM_COLUMNS, extract_claims
from models.parts import record_rows, remove_strays, sidecar, text_key
from models.store import ROWS_PER_PART, write_texts
from models.version import model_version

CLAIM_KIND = "announcement"
"""The kind of record whose prose tells of sums. Notices of procurement, calls and courses have theirs in fields."""
FOLDER = "claim"

_CLAIM = pa.struct(
    [
        ("claim_no", pa.int64()), ("part", pa.string()), ("start_at", pa.int64()), ("end_at", pa.int64()),
        ("phrase", pa.string()), ("sentence_start", pa.int64()), ("sentence_end", pa.int64()),
        ("sentence", pa.string()), ("amount", pa.float64()), ("amount_max", pa.float64()), ("currency", pa.string()),
        ("currency_assumed", pa.bool_()), ("precision", pa.string()), ("times", pa.int64()), ("is_each", pa.bool_()),
        ("kind", pa.string()), ("is_event", pa.bool_()), ("status", pa.string()), ("round", pa.string()),
        ("instrument", pa.string()), ("organisations", pa.list_(pa.string())), ("givers", pa.list_(pa.string())),
        ("lead", pa.string()), ("date_written", pa.string()), ("happened_on", pa.string()),
        ("equivalents", pa.list_(pa.struct([("amount", pa.float64()), ("currency", pa.string())]))),
        ("repeats", pa.int64()), ("rules", pa.list_(pa.string())),
    ]
)  # fmt: skip
SCHEMA = pa.schema(
    [
        pa.field("text_sha256", pa.string()),
        # A day without year, or "last year", is read by the day of publication: the same words of another day are read
        # again.
        pa.field("published_on", pa.string()),
        pa.field("claims", pa.list_(_CLAIM)),
        pa.field("model_version", pa.string()),
    ]
)
Key = tuple[str, str]


def claim_folder(classified_root: Path) -> Path:
    """Where the claims of the present model version are, whether it exists or not."""
    return classified_root / FOLDER / model_version()


def extract_new(records_root: Path, classified_root: Path) -> tuple[Path, ...]:
    """Reads the claims of announcements that this model version has not read; gives the part files written.

    Writes ``classified/claim/<model_version>/part-<hash of its keys>.parquet`` with a ``.sha256`` beside it. The same
    records give the same files; a run with nothing new writes nothing.
    """
    folder = claim_folder(classified_root)
    remove_strays(folder)
    known = _known(folder)
    pending: dict[Key, dict[str, str]] = {}
    files: list[Path] = []
    for row in _announcements(records_root / CLAIM_KIND):
        key = (text_key(row["title"], "", row["text"]), row["published"])
        if key in known:
            continue
        known.add(key)
        pending[key] = row
        if len(pending) == ROWS_PER_PART:
            files.append(write_texts(folder, _table(pending)))
            pending = {}
    if pending:
        files.append(write_texts(folder, _table(pending)))
    return tuple(files)


def _known(folder: Path) -> set[Key]:
    keys: set[Key] = set()
    for path in sorted(folder.glob("part-*.parquet")):
        if sidecar(path).exists():
            table = pq.read_table(path, columns=["text_sha256", "published_on"])
            keys.update(zip(table.column(0).to_pylist(), table.column(1).to_pylist(), strict=True))
    return keys


def _announcements(folder: Path) -> Iterator[dict[str, str]]:
    for row in record_rows(folder, ("title", "text", "published_at")):
        yield {"title": row["title"] or "", "text": row["text"] or "", "published": _day(row["published_at"])}


def _day(value: Any) -> str:
    """The day in UTC of a moment, as the warehouse reckons it; "" for none."""
    if not isinstance(value, datetime):
        return ""
    return (value.astimezone(UTC) if value.tzinfo else value).date().isoformat()


def _table(pending: dict[Key, dict[str, str]]) -> pa.Table:
    ordered = sorted(pending)
    frame = pd.DataFrame([{"id": number, **pending[key]} for number, key in enumerate(ordered)])
    told: dict[int, list[dict[str, Any]]] = {}
    columns = [name for name in CLAIM_COLUMNS if name not in ("id", "model_version")]
    for claim in extract_claims(frame).to_dict("records"):
        told.setdefault(int(claim["id"]), []).append({name: claim[name] for name in columns})
    return pa.Table.from_pylist(
        [
            {
                "text_sha256": text,
                "published_on": day,
                "claims": told.get(number, []),
                "model_version": model_version(),
            }
            for number, (text, day) in enumerate(ordered)
        ],
        schema=SCHEMA,
    )
