"""A published release, opened read-only: gives frames.

Belongs here: the few queries that the faces need, one cursor a query. Never here: finding a release (folder.py), a
query that computes an indicator, or anything that knows how a number looks on a screen.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from warehouse.reading.errors import DamagedReleaseError

Row = Mapping[str, Any]


@dataclass(frozen=True)
class ReleaseInfo:
    """One row of the release table: when it was published and with which code, model and taxonomy."""

    release_id: str
    published_at: datetime
    data_until: datetime  # the newest capture that a value rests on
    content_digest: str
    code_version: str
    model_version: str
    taxonomy_version: str
    is_sample: bool


@dataclass(frozen=True)
class Break:
    """A break in the series of an indicator: at which period, what broke, and the cells it concerns (empty: all)."""

    period: str
    text: str
    applies_to: dict[str, list[str]]


@dataclass(frozen=True)
class IndicatorText:
    """Metadata of one indicator in one language (English where a language is missing)."""

    code: str
    family: str
    status: str
    name: str
    question: str
    caveat: str
    unit: str
    formula: str
    numerator: str
    denominator: str
    population: str
    sources: tuple[str, ...]
    comparability_class: str
    estimator: str
    minimum_n: int | None
    breaks: tuple[Break, ...]
    revision_policy: str
    recommendations: tuple[int, ...]
    waits_for: str


class ReleaseReader:
    """Read-only view of one release. Safe to share between threads: each query takes its own cursor."""

    def __init__(self, file: Path, release_id: str) -> None:
        self.file = file
        self.release_id = release_id
        # Read at first use and kept: a release never changes.
        self._small: dict[str, pd.DataFrame] = {}
        self._labels: dict[tuple[str, str], Any] | None = None
        self._widths: dict[str, int] | None = None
        try:
            self._connection = duckdb.connect(str(file), read_only=True)
        except duckdb.Error as error:
            raise DamagedReleaseError(f"release {release_id} cannot be opened: {str(error).splitlines()[0]}") from error
        self.info = self._read_info()

    def close(self) -> None:
        self._connection.close()

    def _frame(self, sql: str, parameters: Sequence[object] = ()) -> pd.DataFrame:
        cursor = self._connection.cursor()  # a DuckDB connection shared between threads gives wrong values silently
        try:
            cursor.execute("SET TimeZone = 'UTC'")
            return cursor.execute(sql, list(parameters)).df()
        except duckdb.CatalogException as error:
            raise DamagedReleaseError(f"release {self.release_id}: {str(error).splitlines()[0]}") from error
        finally:
            cursor.close()

    def _table(self, sql: str) -> pd.DataFrame:
        """A small table whole, read at first use; the caller gets a copy of its own."""
        if sql not in self._small:
            self._small[sql] = self._frame(sql)
        return self._small[sql].copy()

    def _read_info(self) -> ReleaseInfo:
        frame = self._frame("SELECT * FROM release ORDER BY published_at DESC LIMIT 1")
        if frame.empty:
            raise DamagedReleaseError(f"release {self.release_id} does not say when it was published")
        row = frame.iloc[0]
        newest = self._frame("SELECT max(known_from) AS known_from FROM indicator_value").iloc[0]["known_from"]
        published_at = as_utc(row["published_at"]) or datetime.min.replace(tzinfo=UTC)
        return ReleaseInfo(
            release_id=self.release_id,
            published_at=published_at,
            data_until=as_utc(newest) or published_at,
            content_digest=text_of(row, "content_digest"),
            code_version=text_of(row, "code_version"),
            model_version=text_of(row, "model_version"),
            taxonomy_version=text_of(row, "taxonomy_version"),
            is_sample=bool(row["is_sample"]),
        )

    def values(
        self,
        code: str | None = None,
        *,
        geo: str | Sequence[str] | None = None,
        period: str | Sequence[str] | None = None,
        dimensions: Mapping[str, str] | None = None,
    ) -> pd.DataFrame:
        """Cells of indicator_value, ordered by code, geo and period.

        Filters are exact; ``dimensions={}`` keeps totals only. Columns as in the release, ``dimensions`` as a dict, a
        flattened ``dim_<name>`` column (None where absent) for each dimension that occurs, and ``window_quarters``:
        over how many quarters, ending with the period, a cell is counted (1 for years, too).
        """
        where, parameters = ["true"], []
        for column, wanted in (("indicator_code", code), ("geo", geo), ("period", period)):
            if wanted is not None:
                items = [wanted] if isinstance(wanted, str) else list(wanted)
                where.append(f"list_contains(?, {column})")
                parameters.append(items)
        sql = f"SELECT * FROM indicator_value WHERE {' AND '.join(where)} ORDER BY indicator_code, geo, period"
        frame = self._frame(sql, parameters)
        # Missing text comes as None from some columns and as NaN from others: one kind of absence, so that `is None`
        # holds.
        for column in ("flags", "suppressed_because", "unit", "estimator"):
            frame[column] = frame[column].astype(object).where(frame[column].notna(), None)
        frame["dimensions"] = objects([dict(sorted((cell or {}).items())) for cell in frame["dimensions"]], frame)
        names = sorted({name for cell in frame["dimensions"] for name in cell})
        for name in names:
            frame[f"dim_{name}"] = pd.Series(
                [c.get(name) for c in frame["dimensions"]], dtype=object, index=frame.index
            )
        if dimensions is not None:
            wanted_cell = dict(sorted(dimensions.items()))
            frame = matching(frame, [cell == wanted_cell for cell in frame["dimensions"]])
        widths = self._windows()
        pooled = [
            4 if cell.get("window") == "4q" else widths.get(code, 1)
            for code, cell in zip(frame["indicator_code"], frame["dimensions"], strict=True)
        ]
        frame["window_quarters"] = pd.Series(pooled, dtype=int, index=frame.index)
        order = [json.dumps(cell, sort_keys=True) for cell in frame["dimensions"]]
        frame = frame.assign(_order=order).sort_values(["indicator_code", "geo", "period", "_order"], kind="stable")
        return frame.drop(columns="_order").reset_index(drop=True)

    def _windows(self) -> dict[str, int]:
        """Quarters that the cells of an indicator span unless they say otherwise."""
        if self._widths is None:
            frame = self.indicators()
            known = frame["window_quarters"] if "window_quarters" in frame else pd.Series(1, index=frame.index)
            self._widths = {
                str(code): 1 if pd.isna(width) else int(width) for code, width in zip(frame["code"], known, strict=True)
            }
        return self._widths

    def cell(self, code: str, geo: str, period: str, dimensions: Mapping[str, str] | None = None) -> Row | None:
        """One cell as a mapping, or None when the release has no such cell."""
        frame = self.values(code, geo=geo, period=period, dimensions=dimensions or {})
        return None if frame.empty else {str(key): value for key, value in frame.iloc[0].items()}

    def indicators(self) -> pd.DataFrame:
        """The indicator table, ordered by code."""
        return self._table("SELECT * FROM indicator ORDER BY code")

    def indicator(self, code: str, lang: str = "en") -> IndicatorText | None:
        """Metadata of one indicator in a language, or None when the release does not know it."""
        frame = self.indicators()
        frame = frame[frame["code"] == code]
        if frame.empty:
            return None
        row = frame.iloc[0]

        def spoken(field: str) -> str:
            return text_of(row, f"{field}_{lang}") or text_of(row, f"{field}_en")

        minimum = row.get("minimum_n")
        return IndicatorText(
            code=code,
            family=text_of(row, "family"),
            status=text_of(row, "status"),
            name=spoken("name"),
            question=spoken("question"),
            caveat=spoken("caveat"),
            unit=text_of(row, "unit"),
            formula=text_of(row, "formula"),
            numerator=text_of(row, "numerator"),
            denominator=text_of(row, "denominator"),
            population=text_of(row, "population"),
            sources=tuple(str(item) for item in listed(row.get("sources"))),
            comparability_class=text_of(row, "comparability_class"),
            estimator=text_of(row, "estimator"),
            minimum_n=None if minimum is None or pd.isna(minimum) else int(minimum),
            breaks=breaks_of(row.get("breaks"), lang),
            revision_policy=text_of(row, "revision_policy"),
            recommendations=tuple(int(item) for item in listed(row.get("recommendations"))),
            waits_for=text_of(row, f"waits_for_{lang}") or text_of(row, "waits_for"),
        )

    def sources(self) -> pd.DataFrame:
        """The source table, ordered by source_id."""
        return self._table("SELECT * FROM source ORDER BY source_id")

    def source(self, source_id: str) -> Row | None:
        """One source, or None."""
        frame = self.sources()
        frame = frame[frame["source_id"] == source_id]
        return None if frame.empty else {str(key): value for key, value in frame.iloc[0].items()}

    def revisions(self, dataset_id: str | None = None) -> pd.DataFrame:
        """The publishers' revisions, newest first; ``dimensions`` as a dict."""
        frame = self._frame("SELECT * FROM revision ORDER BY known_from_new DESC, dataset_id, series_key, time_period")
        if dataset_id is not None:
            frame = frame[frame["dataset_id"] == dataset_id].reset_index(drop=True)
        frame["dimensions"] = objects([as_map(cell) for cell in frame["dimensions"]], frame)
        return frame

    def quarantine(self) -> pd.DataFrame:
        """What could not be read, counted by source, record kind and reason."""
        return self._frame("SELECT * FROM quarantine ORDER BY n DESC, source_id, reason")

    def projects(self) -> pd.DataFrame:
        """Luxembourg participations in funded projects that may be listed, newest first; empty where there are none."""
        return self._optional("project", "signed_on DESC NULLS LAST, project_id, organisation")

    def announcements(self) -> pd.DataFrame:
        """Announcements that may be listed, newest first; empty where there are none."""
        return self._optional("announcement", "published_on DESC NULLS LAST, record_id")

    def boards(self) -> pd.DataFrame:
        """The parts of the sources, job boards first of all, and whether each is held; empty in older releases."""
        return self._optional("board", "source_id, board_id")

    def remarks(self) -> pd.DataFrame:
        """What is unusual about sources without being held; empty in older releases."""
        return self._optional("remark", "source_id, what, name")

    def _optional(self, table: str, order: str) -> pd.DataFrame:
        """A table that older releases lack: then a frame without rows."""
        known = self._table("SELECT table_name FROM information_schema.tables")
        if table not in set(known["table_name"]):
            return pd.DataFrame()
        return self._table(f"SELECT * FROM {table} ORDER BY {order}")

    def label(self, codelist: str, code: str, lang: str = "en") -> str | None:
        """Label of a code in a language (English where missing), or None when the release has no label for it."""
        if self._labels is None:
            labels = {
                (str(row["codelist"]), str(row["code"])): row
                for _, row in self._frame("SELECT * FROM code_label").iterrows()
            }
            concepts = self._frame("SELECT * FROM concept")
            self._labels = {("skill", str(row["concept_id"])): row for _, row in concepts.iterrows()} | labels
        row = self._labels.get((codelist, code))
        if row is None:
            return None
        return text_of(row, f"label_{lang}") or text_of(row, "label_en") or None


def breaks_of(value: Any, lang: str) -> tuple[Break, ...]:
    """Breaks of an indicator from their JSON list, in a language (English where missing)."""
    if not isinstance(value, str) or not value.strip():
        return ()
    found = []
    for item in json.loads(value):
        said = item["text"]
        found.append(Break(str(item["period"]), said.get(lang) or said["en"], item.get("applies_to") or {}))
    return tuple(found)


def as_utc(moment: object) -> datetime | None:
    """A timestamp of the release as an aware UTC datetime; None for a missing one."""
    if moment is None or pd.isna(moment):  # type: ignore[call-overload]
        return None
    stamp = pd.Timestamp(moment)  # type: ignore[arg-type]
    stamp = stamp.tz_localize("UTC") if stamp.tzinfo is None else stamp.tz_convert("UTC")
    return stamp.to_pydatetime()


def as_map(value: Any) -> dict[str, Any]:
    """A map column as a dict, whether it came as a map, as JSON text or as nothing."""
    return json.loads(value) if isinstance(value, str) and value else value or {}


def matching(frame: pd.DataFrame, wanted: list[bool]) -> pd.DataFrame:
    """Rows for which ``wanted`` is true. A bare list would choose columns, as it does when the frame is empty."""
    return frame[pd.Series(wanted, dtype=bool, index=frame.index)]


def objects(items: list[Any], frame: pd.DataFrame) -> pd.Series:
    """Python objects as a column of a frame."""
    return pd.Series(items, dtype=object, index=frame.index)


def text_of(row: Any, column: str) -> str:
    """Text of a column, empty for a missing column or a missing value."""
    value = row.get(column)
    return "" if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)) else str(value)


def listed(value: Any) -> list[Any]:
    """A list column as a list, whatever the driver gave for it (array, list, text, nothing)."""
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return []
    if isinstance(value, str):
        return [part.strip() for part in value.split(";") if part.strip()]
    return [item for item in value if item is not None]
