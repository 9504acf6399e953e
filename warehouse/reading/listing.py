"""A list of published records as every surface shows it: rows in words, the same as CSV, source and licence.

Belongs here: what stands beside any list. Never here: which records (the family's module) or how a surface lays it out.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from warehouse.reading import cells, formats
from warehouse.reading.csv import to_csv
from warehouse.reading.figure import source_line
from warehouse.reading.reader import ReleaseReader
from warehouse.reading.texts import t

# Columns of a table of the release that tell a reader of the file nothing.
_INTERNAL = frozenset({"capture_id", "locator"})


def day(value: object, lang: str) -> str:
    """A day of a record in words, a dash where it has none."""
    return formats.day(pd.Timestamp(value).date(), lang) if formats.is_present(value) else "–"  # type: ignore[arg-type]


@dataclass(frozen=True)
class Listing:
    """Records as a list. ``empty`` says why there is none; ``link_column`` names the column of addresses, if any."""

    key: str
    title: str
    note: str
    empty: str
    table: pd.DataFrame
    csv: bytes
    csv_name: str
    source_line: str
    source_ids: tuple[str, ...]
    link_column: str
    is_sample: bool


def listing(
    reader: ReleaseReader,
    lang: str,
    code: str,
    *,
    key: str,
    title: str,
    note: str,
    empty: str,
    shown: pd.DataFrame,
    raw: pd.DataFrame,
    link_column: str,
) -> Listing:
    """Put source, CSV (all columns of ``raw`` that are not internal) and sample mark around a list of ``code``."""
    if not shown.empty and shown[link_column].isna().all():
        shown, link_column = shown.drop(columns=link_column), ""
    is_sample = not raw.empty and bool(raw["is_sample"].any())
    line = source_line(reader, code, lang)
    described = {
        "title": title,
        "indicator": code,
        "source": line,
        "release": reader.release_id,
        "sample": t("sample.banner", "en") if is_sample else "no",
    }
    columns = tuple(str(name) for name in raw.columns if name not in _INTERNAL)
    return Listing(
        key=key,
        title=title,
        note=note,
        empty=empty if shown.empty else "",
        table=shown,
        csv=to_csv(raw, described, extra=columns, machine=False),
        csv_name=f"{key}_{reader.release_id}.csv",
        source_line=line,
        source_ids=tuple(cells.cited_sources(reader, code)),
        link_column="" if shown.empty else link_column,
        is_sample=is_sample,
    )
