"""From counts in the marts to ``marts.indicator_value``, ``marts.indicator`` and ``marts.lineage``.

Belongs here: which estimator a row gets, and the display rules, once and centrally, with the reason as a value. Never
here: counting (the SQL models), the formulas (estimators). No clock is read: equal counts give equal values.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from warehouse import estimators
from warehouse.catalogue import Indicator, load_catalogue
from warehouse.connection import opened, quoted
from warehouse.lock import writer

# What every counts model has; the SQL models are held to it by their contracts.
COUNTS = (
    "indicator_code",
    "geo",
    "period",
    "dimensions",
    "measure",
    "value",
    "n",
    "k",
    "employers",
    "square_sum",
    "top_1",
    "top_2",
    "unit",
    "flags",
    "known_from",
    "is_sample",
)
LINEAGE = ("indicator_code", "geo", "period", "dimensions", "role", "record_id", "capture_id", "source_id")

_VALUE_TYPES = {
    "indicator_code": "VARCHAR",
    "geo": "VARCHAR",
    "period": "VARCHAR",
    "dimensions": "MAP(VARCHAR, VARCHAR)",
    "value": "DOUBLE",
    "low": "DOUBLE",
    "high": "DOUBLE",
    "level": "DOUBLE",
    "n": "BIGINT",
    "k": "BIGINT",
    "n_effective": "DOUBLE",
    "unit": "VARCHAR",
    "estimator": "VARCHAR",
    "flags": "VARCHAR",
    "suppressed_because": "VARCHAR",
    "known_from": "TIMESTAMPTZ",
    "is_sample": "BOOLEAN",
}
# A map from JSON text with its keys sorted, so that equal maps are equal rows.
_SORTED_MAP = "map_from_entries(list_sort(map_entries(cast(cast(dimensions as json) as map(varchar, varchar)))))"


class EstimateError(Exception):
    """The counts do not fit the catalogue; nothing was changed. The message is one line."""


def estimate(warehouse_file: Path, catalogue: Sequence[Indicator] | None = None) -> int:
    """Estimate every live indicator of the catalogue and return the number of values.

    Raises EstimateError if a model that a block names is missing or lacks a column.
    """
    blocks = load_catalogue() if catalogue is None else tuple(catalogue)
    live = [block for block in blocks if block.status == "live"]
    with writer(warehouse_file.parent), opened(warehouse_file) as connection:
        frames = [estimated(_counts(connection, block), block) for block in live]
        values = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(_VALUE_TYPES))
        connection.execute("begin")
        try:
            _write_values(connection, values)
            _write_lineage(connection, live)
            _write_catalogue(connection, blocks)
            connection.execute("commit")
        except BaseException:
            connection.execute("rollback")
            raise
    return len(values)


def estimated(counts: pd.DataFrame, block: Indicator) -> pd.DataFrame:
    """Values for the counts of one indicator: one row a cell, columns of ``indicator_value`` without the release.

    ``counts`` has the columns of ``COUNTS``. A row whose measure is *share* gets a Wilson interval on the effective n,
    *breadth* keeps its value under the same ladder, *published* is passed on as the source published it.
    """
    frame = counts.copy()
    share = (frame["measure"] == "share").to_numpy()
    own = share | (frame["measure"] == "breadth").to_numpy()
    n, k = frame["n"].to_numpy(dtype=float, na_value=np.nan), frame["k"].to_numpy(dtype=float, na_value=np.nan)
    effective = estimators.effective_n(k, n, frame["square_sum"], frame["employers"].to_numpy(float, na_value=np.nan))
    effective = np.where(share, effective, n)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(share, k / n, frame["value"].to_numpy(dtype=float, na_value=np.nan))
    low, high = estimators.wilson(np.where(share, value, 0.0), np.where(share, effective, 0.0))

    keys = [set(json.loads(text)) for text in frame["dimensions"]]
    split = np.array([bool(names & set(block.dominance)) for names in keys], dtype=bool)
    dominated = own & split & estimators.dominated(frame["top_1"], frame["top_2"])
    few = own & estimators.too_few(effective, k)
    unreliable = own & estimators.unreliable(effective, k) & ~few
    withheld_by_publisher = ~own & np.isnan(value)

    reason = np.full(len(frame), None, dtype=object)
    reason[withheld_by_publisher] = "publisher"
    reason[dominated & share] = "dominance"
    reason[few] = "too_few"
    if block.partition:
        secondary = _secondary(frame, keys, block.partition, k, hidden=dominated)
        reason[secondary & pd.isna(reason)] = "secondary"
        dominated = dominated | secondary
    hide = ~pd.isna(reason)
    shown = share & ~hide
    return pd.DataFrame(
        {
            "indicator_code": frame["indicator_code"],
            "geo": frame["geo"],
            "period": frame["period"],
            "dimensions": frame["dimensions"],
            "value": np.where(hide, np.nan, value),
            "low": np.where(shown, low, np.nan),
            "high": np.where(shown, high, np.nan),
            "level": np.where(shown, estimators.LEVEL, np.nan),
            "n": frame["n"].astype("Int64"),
            # A cell that is one company must not be computed from its count either.
            "k": frame["k"].astype("Int64").mask(pd.Series(dominated, index=frame.index)),
            "n_effective": np.where(share, effective, np.nan),
            "unit": frame["unit"],
            "estimator": np.where(share, "wilson_cluster", np.where(own, "count", "published")),
            "flags": np.where(unreliable & ~hide, "u", frame["flags"].fillna("")),
            "suppressed_because": reason,
            "known_from": frame["known_from"],
            "is_sample": frame["is_sample"],
        }
    )


def _secondary(
    frame: pd.DataFrame, keys: Sequence[set[str]], partition: str, k: np.ndarray, *, hidden: np.ndarray
) -> np.ndarray:
    """Cells to withhold because the only hidden cell of their partition could be computed from the rest.

    The cells of ``partition`` add up to the total. Where exactly one is hidden, the smallest other one that is not
    empty is withheld with it.
    """
    chosen = np.zeros(len(frame), dtype=bool)
    inside = np.array([partition in names for names in keys], dtype=bool)
    parts = pd.DataFrame(
        {
            "geo": frame["geo"].to_numpy(),
            "period": frame["period"].to_numpy(),
            "others": [",".join(sorted(names - {partition})) for names in keys],
            "cell": frame["dimensions"].to_numpy(),
            "k": k,
            "hidden": hidden,
        }
    ).loc[inside]
    lonely = parts.groupby(["geo", "period", "others"])["hidden"].transform("sum") == 1
    candidates = parts[lonely & ~parts["hidden"] & (parts["k"] > 0)]
    first = candidates.sort_values(["k", "cell"]).groupby(["geo", "period", "others"], sort=True).head(1)
    chosen[first.index.to_numpy()] = True
    return chosen


def _counts(connection: duckdb.DuckDBPyConnection, block: Indicator) -> pd.DataFrame:
    frames = []
    for model in block.counts:
        columns = ", ".join(quoted(column) for column in COUNTS)
        try:
            frames.append(connection.execute(f"select {columns} from marts.{quoted(model)}").arrow().read_all())
        except duckdb.Error as error:
            raise EstimateError(f"{block.code}: {model}: {str(error).splitlines()[0]}") from error
    frame = pa.concat_tables(frames).to_pandas().reset_index(drop=True)
    strange = set(frame["indicator_code"]) - {block.code}
    if strange:
        raise EstimateError(f"{block.code}: {', '.join(block.counts)}: rows of {', '.join(sorted(strange))}")
    return frame


def _write_values(connection: duckdb.DuckDBPyConnection, values: pd.DataFrame) -> None:
    connection.register("estimated", pa.Table.from_pandas(values, preserve_index=False))
    columns = ", ".join(
        f"cast({_SORTED_MAP if name == 'dimensions' else quoted(name)} as {kind}) as {quoted(name)}"
        for name, kind in _VALUE_TYPES.items()
    )
    connection.execute(
        f"create or replace table marts.indicator_value as select {columns} from estimated "
        "order by indicator_code, geo, period, cast(dimensions as varchar)"
    )
    connection.unregister("estimated")
    twice = connection.execute(
        "select indicator_code, geo, period, cast(dimensions as varchar) from marts.indicator_value "
        "group by all having count(*) > 1 limit 1"
    ).fetchone()
    if twice:
        raise EstimateError(f"two values for one cell: {' '.join(twice)}")


def _write_lineage(connection: duckdb.DuckDBPyConnection, live: Sequence[Indicator]) -> None:
    columns = ", ".join(_SORTED_MAP + " as dimensions" if name == "dimensions" else quoted(name) for name in LINEAGE)
    parts = " union all ".join(f"select {columns} from marts.{quoted(block.lineage or '')}" for block in live)
    try:
        connection.execute(
            f"create or replace table marts.lineage as select * from ({parts}) "
            "order by indicator_code, geo, period, cast(dimensions as varchar), role, record_id"
        )
    except duckdb.Error as error:
        raise EstimateError(f"lineage: {str(error).splitlines()[0]}") from error


def _write_catalogue(connection: duckdb.DuckDBPyConnection, blocks: Sequence[Indicator]) -> None:
    strings = pa.list_(pa.string())
    rows = [block.row() for block in blocks]
    listed = {"sources": strings, "dimensions": strings, "free_dimensions": strings, "counts": strings}
    numbers = {"recommendations": pa.list_(pa.int32()), "minimum_n": pa.int64(), "window_quarters": pa.int32()}
    schema = pa.schema({name: {**listed, **numbers}.get(name, pa.string()) for name in rows[0]})
    connection.register("blocks", pa.Table.from_pylist(rows, schema=schema))
    connection.execute("create or replace table marts.indicator as select * from blocks order by code")
    connection.unregister("blocks")
