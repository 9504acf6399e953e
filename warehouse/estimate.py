"""From counts in the marts to ``marts.indicator_value``, ``marts.indicator`` and ``marts.lineage``.

Belongs here: which estimator a row gets, and the display rules, once and centrally, with the reason as a value. Never
here: counting (the SQL models), the formulas (estimators). No clock is read: equal counts give equal values.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from warehouse import estimators, measures
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
    "size_sum",
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
        frames = [estimated(_counts(connection, block), block, _samples(connection, block)) for block in live]
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


def estimated(counts: pd.DataFrame, block: Indicator, samples: pd.DataFrame | None = None) -> pd.DataFrame:
    """Values for the counts of one indicator: one row a cell, columns of ``indicator_value`` without the release.

    ``counts`` has the columns of ``COUNTS``. A row whose measure is *share* gets a Wilson interval on the effective n,
    *breadth* keeps its value under the same ladder, *published* is passed on as the source published it; the measures
    of ``warehouse.measures`` are valued there, some of them from ``samples``.
    """
    other = counts["measure"].isin(list(measures.ESTIMATORS))
    if other.any():
        drawn = pd.DataFrame(columns=list(measures.SAMPLE)) if samples is None else samples
        parts = [measures.valued(counts[other], drawn)]
        if not other.all():
            parts.append(estimated(counts[~other].reset_index(drop=True), block))
        return pd.concat(parts, ignore_index=True)
    frame = counts.copy()
    share = (frame["measure"] == "share").to_numpy()
    own = share | (frame["measure"] == "breadth").to_numpy()
    n, k = frame["n"].to_numpy(dtype=float, na_value=np.nan), frame["k"].to_numpy(dtype=float, na_value=np.nan)
    employers = frame["employers"].to_numpy(dtype=float, na_value=np.nan)
    effective = estimators.effective_n(k, n, frame["square_sum"], frame["size_sum"], employers)
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
        secondary = _secondary(frame, block.partition, k, hidden=dominated)
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
            "n_effective": np.where(share & ~dominated, effective, np.nan),
            "unit": frame["unit"],
            "estimator": np.where(share, "wilson_cluster", np.where(own, "count", "published")),
            "flags": np.where(unreliable & ~hide, "u", frame["flags"].fillna("")),
            "suppressed_because": reason,
            "known_from": frame["known_from"],
            "is_sample": frame["is_sample"],
        }
    )


def _secondary(frame: pd.DataFrame, partition: str, k: np.ndarray, *, hidden: np.ndarray) -> np.ndarray:
    """Cells to withhold because a hidden one could be computed from what else is shown; a mask over the rows.

    The cells of ``partition`` add up to the total of their period, which is never withheld, and the quarters of a
    window add up to it. Three steps, of which each keeps what the earlier ones reached: a hidden window has a hidden
    quarter; a quarter has no or several hidden parts; a window with a hidden quarter is hidden. Then no hidden count
    follows from those sums: in any one quarter, moving an opening from one hidden part to another changes hidden cells
    only, and every hidden cell is reached by such a move. What is withheld is the smallest cell that will do, an empty
    one last. Where a quarter has one part only, that is the total, and no choice of cells would hide it.
    """
    chosen = hidden.copy()
    quarters: dict[tuple[str, str, str, int], int] = {}
    windows: list[tuple[int, list[tuple[str, str, str, int]]]] = []
    parts: dict[tuple[str, str, int], list[int]] = defaultdict(list)
    rows = zip(frame["geo"], frame["period"], frame["dimensions"], range(len(frame)), strict=True)
    for geo, period, dimensions, row in sorted(rows):
        cell = json.loads(dimensions)
        if partition not in cell:
            continue
        part, width = cell.pop(partition), int(cell.pop("window", "1q").removesuffix("q"))
        others, end = json.dumps(cell, sort_keys=True), pd.Period(period, freq="Q").ordinal
        if width == 1:
            quarters[geo, others, part, end] = row
            parts[geo, others, end].append(row)
        else:
            windows.append((row, [(geo, others, part, quarter) for quarter in range(end - width + 1, end + 1)]))
    # A quarter without a cell had no opening at all: nothing to hide there.
    spans = [(row, [quarters[key] for key in keys if key in quarters]) for row, keys in windows]

    def hide_smallest(candidates: list[int]) -> None:
        left = [row for row in candidates if not chosen[row]]
        if left:
            chosen[min(left, key=lambda row: (k[row] == 0, k[row]))] = True

    for row, inside in spans:
        if chosen[row] and not chosen[inside].any():
            hide_smallest(inside)
    for together in parts.values():
        if chosen[together].sum() == 1:
            hide_smallest(together)
    for row, inside in spans:
        chosen[row] |= chosen[inside].any()
    return chosen & ~hidden


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


def _samples(connection: duckdb.DuckDBPyConnection, block: Indicator) -> pd.DataFrame | None:
    """What the intervals of an indicator are drawn from, if its block names a model for it."""
    if block.sample is None:
        return None
    columns = ", ".join(quoted(column) for column in measures.SAMPLE)
    try:
        return connection.execute(f"select {columns} from marts.{quoted(block.sample)}").df()
    except duckdb.Error as error:
        raise EstimateError(f"{block.code}: {block.sample}: {str(error).splitlines()[0]}") from error


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
