"""Emerging terms of all job postings on disk, for the readings of the present model version.

Belongs here: which texts are taken, when they are counted again, the writing of one immutable Parquet part. Never here:
what makes a term (emerging.py). The part is named by a hash of the keys of the texts that were read and of the rules
for terms, so equal records give equal bytes, and a run that read nothing new counts nothing. Records hold scrubbed
texts only, so no term holds a contact.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from models import emerging
from models.parts import record_rows, remove_strays, sidecar, text_key, write_part
from models.scrub import CONTACT, EMAIL
from models.store import KINDS
from models.telephones import PHONE
from models.version import model_version

KIND = "emerging_term"
MAX_TEXTS = 3_000
"""Of AI texts, and of others: chosen by their keys, so by chance. Counts of more cost time and move no ranking."""
_POSTING = KINDS[0]
_COLUMNS = ("title", "employer", "text")
_MARK = re.compile("|".join(map(re.escape, (EMAIL, PHONE, CONTACT))))  # what stands for a contact is no word

SCHEMA = pa.schema(
    [
        pa.field("term", pa.string()),
        pa.field("texts_ai", pa.int64()),
        pa.field("texts_other", pa.int64()),
        pa.field("employers_ai", pa.int64()),
        pa.field("languages", pa.list_(pa.string())),
        pa.field("log_odds_z", pa.float64()),
        pa.field("example_sha256", pa.string()),
        pa.field("model_version", pa.string()),
    ]
)


@dataclass(frozen=True)
class TermReport:
    """The terms now kept, and whether this run counted them."""

    terms: int
    is_new: bool


def term_folder(classified_root: Path) -> Path:
    """Where the terms of the present model version are, whether it exists or not."""
    return classified_root / KIND / model_version()


def count_terms(records_root: Path, classified_root: Path) -> TermReport:
    """Brings ``classified/emerging_term/<model_version>/`` to the state of the readings; parts of former states go."""
    folder = term_folder(classified_root)
    remove_strays(folder)
    readings = _readings(classified_root / _POSTING / model_version())
    path = folder / f"part-{_digest(readings)}.parquet"
    for old in folder.glob("part-*.parquet"):
        if old != path:
            sidecar(old).unlink(missing_ok=True)
            old.unlink()
    if path.exists() and sidecar(path).exists():
        return TermReport(pq.read_metadata(path).num_rows, False)
    if not readings:
        return TermReport(0, False)
    frame = _frame(records_root / _POSTING, _chosen(readings))
    found = emerging.emerging_terms(frame).rename(columns={"example_id": "example_sha256"})
    table = pa.Table.from_pylist(found.assign(model_version=model_version()).to_dict("records"), schema=SCHEMA)
    write_part(folder, path.name, table)
    return TermReport(table.num_rows, True)


def _readings(folder: Path) -> dict[str, tuple[str, bool]]:
    """Language and class of each text that was read, by key."""
    readings: dict[str, tuple[str, bool]] = {}
    for path in sorted(folder.glob("part-*.parquet")):
        if sidecar(path).exists():
            columns = pq.read_table(path, columns=["text_sha256", "lang", "is_ai"]).columns
            keys, langs, are_ai = (column.to_pylist() for column in columns)
            readings |= {key: (lang or "", ai) for key, lang, ai in zip(keys, langs, are_ai, strict=True)}
    return readings


def _digest(readings: Mapping[str, object]) -> str:
    digest = hashlib.sha256(Path(emerging.__file__).read_bytes().replace(b"\r\n", b"\n"))
    digest.update(str(MAX_TEXTS).encode())
    digest.update("".join(sorted(readings)).encode())
    return digest.hexdigest()[:16]


def _chosen(readings: Mapping[str, tuple[str, bool]]) -> dict[str, tuple[str, bool]]:
    """At most so many AI texts and others, those with the smallest keys."""
    chosen: dict[str, tuple[str, bool]] = {}
    for wanted in (True, False):
        keys = sorted(key for key, (_, is_ai) in readings.items() if is_ai is wanted)
        chosen |= {key: readings[key] for key in keys[:MAX_TEXTS]}
    return chosen


def _frame(folder: Path, readings: Mapping[str, tuple[str, bool]]) -> pd.DataFrame:
    """The chosen texts in the columns that ``emerging_terms`` reads, in the order of their keys."""
    rows: dict[str, tuple[object, ...]] = {}
    for row in record_rows(folder, _COLUMNS):
        title, employer, text = (row[name] or "" for name in _COLUMNS)
        key = text_key(title, employer, text)
        if key in readings and key not in rows:
            rows[key] = (key, title, employer, _MARK.sub("\n", text), *readings[key])
    columns = ["id", *_COLUMNS, "lang", "is_ai"]
    return pd.DataFrame([rows[key] for key in sorted(rows)], columns=columns).astype({"is_ai": bool})
