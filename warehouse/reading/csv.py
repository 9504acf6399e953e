"""Data of a figure as CSV: the same numbers as seen, with what a reader needs to use them, safe to open in a
spreadsheet.

Belongs here: layout and escaping of CSV files. Never here: choosing rows.

Layout: ``# name,text`` lines first (their count is in the first one), then one header row and the data. UTF-8 with
byte order mark (spreadsheets otherwise break accents), decimal point, full precision, empty for missing.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

# A spreadsheet runs a cell that begins with one of these as a formula, also after white space or a full-width twin.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
COLUMNS = (
    *("indicator_code", "geo", "period", "dimensions", "value", "low", "high", "level", "n", "k", "n_effective"),
    *("unit", "estimator", "flags", "suppressed_because", "known_from", "release_id", "is_sample"),
)


def safe(text: str) -> str:
    """A text cell that no spreadsheet takes for a formula: an apostrophe stands before one that looks like it."""
    return "'" + text if text.lstrip(" \u00a0").startswith(_DANGEROUS) or text.startswith(_DANGEROUS) else text


def cell(value: Any) -> str:
    """One value as CSV text: numbers with a point and full precision, maps as JSON, missing as empty."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return json.dumps(value, sort_keys=True, ensure_ascii=False) if value else ""
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return ""
    if isinstance(value, int | float) or hasattr(value, "dtype"):
        if hasattr(value, "item"):
            return cell(value.item())
        return str(int(value)) if float(value).is_integer() and abs(value) < 2**53 else repr(float(value))
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return safe(str(value))


def to_csv(
    frame: pd.DataFrame, about: Mapping[str, str], extra: tuple[str, ...] = (), *, machine: bool = True
) -> bytes:
    """Rows of indicator_value as CSV, described by ``about`` (definition, licence, release, retrieval …).

    ``extra`` names further columns of the frame (labels, breadth) that stand before the machine columns; a list of
    records has only those (``machine`` false).
    """
    columns = [
        *(name for name in extra if name in frame),
        *(name for name in COLUMNS if machine and name in frame),
    ]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["# description lines", str(len(about) + 1)])
    for name, value in about.items():
        writer.writerow([f"# {name}", safe(value)])
    writer.writerow([safe(name) for name in columns])
    for row in frame[columns].itertuples(index=False):
        writer.writerow([cell(value) for value in row])
    return out.getvalue().encode("utf-8-sig")
