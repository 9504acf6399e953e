"""Display rules on hand-made counts, and the values of the built world."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.warehouse.make_release import BOARDS, World
from warehouse.catalogue import load_catalogue
from warehouse.connection import opened
from warehouse.estimate import COUNTS, EstimateError, estimate, estimated

T1 = next(block for block in load_catalogue() if block.code == "T1")
A1 = next(block for block in load_catalogue() if block.code == "A1")


def counts(*cells: dict[str, Any]) -> pd.DataFrame:
    """Counts of T1 with given fields; the rest is harmless."""
    base = {
        "indicator_code": "T1",
        "geo": "LU",
        "period": "2025-Q3",
        "dimensions": {},
        "measure": "share",
        "value": np.nan,
        "n": 1000,
        "k": 40,
        "employers": 500,
        "square_sum": 0.0,
        "size_sum": 2000.0,
        "top_1": 0.1,
        "top_2": 0.2,
        "unit": "share",
        "flags": "",
        "known_from": datetime(2025, 10, 1, tzinfo=UTC),
        "is_sample": False,
    }
    rows = [{**base, **cell} for cell in cells]
    return pd.DataFrame([{**row, "dimensions": json.dumps(row["dimensions"])} for row in rows], columns=list(COUNTS))


def section(letter: str, **fields: Any) -> dict[str, Any]:
    return {"dimensions": {"nace_section": letter}, **fields}


def test_a_share_has_value_interval_and_counts() -> None:
    row = estimated(counts({}), T1).iloc[0]
    assert row["value"] == 0.04
    assert row["low"] < 0.04 < row["high"]
    assert (row["level"], row["n"], row["k"], row["flags"]) == (0.95, 1000, 40, "")
    assert row["suppressed_because"] is None or pd.isna(row["suppressed_because"])


def test_too_few_is_withheld_with_its_reason_never_dropped() -> None:
    rows = estimated(counts({"n": 20, "k": 6}, {"n": 500, "k": 3}), T1)
    assert len(rows) == 2
    assert list(rows["suppressed_because"]) == ["too_few", "too_few"]
    assert rows[["value", "low", "high", "level"]].isna().all(axis=None)
    assert list(rows["n"]) == [20, 500]


def test_the_middle_step_is_flagged_and_no_hit_among_many_is_shown() -> None:
    none = {"n": 500, "k": 0, "size_sum": 500.0, "top_1": np.nan, "top_2": np.nan}
    rows = estimated(counts({"n": 500, "k": 7}, none), T1)
    assert list(rows["flags"]) == ["u", ""]
    assert rows["value"].iloc[1] == 0
    assert rows["low"].iloc[1] == 0
    assert rows["high"].iloc[1] > 0


def test_the_ladder_looks_at_the_effective_number() -> None:
    clumped = estimated(counts({"n": 120, "k": 20, "employers": 6, "square_sum": 120.0}), T1).iloc[0]
    assert clumped["n_effective"] < 100
    assert clumped["flags"] == "u" or clumped["suppressed_because"] == "too_few"


def test_dominance_withholds_the_split_and_its_count_but_not_the_total() -> None:
    rows = estimated(counts({"top_1": 0.9, "top_2": 0.95}, section("K", top_1=0.9, top_2=0.95), section("J")), T1)
    assert pd.isna(rows["suppressed_because"].iloc[0])
    assert rows["suppressed_because"].iloc[1] == "dominance"
    assert rows[["k", "n_effective"]].iloc[1].isna().all()
    assert rows["n"].iloc[1] == 1000


def test_the_only_hidden_section_gets_company() -> None:
    hidden = section("K", top_1=0.9, top_2=0.95)
    rows = estimated(counts({"k": 95}, hidden, section("J", k=30), section("M", k=25), section("A", k=0)), T1)
    assert list(rows["suppressed_because"].fillna("")) == ["", "dominance", "", "secondary", ""]
    assert pd.isna(rows["k"].iloc[3])
    two = estimated(counts({"k": 95}, hidden, section("C", top_1=0.9, top_2=0.9), section("J", k=30)), T1)
    assert "secondary" not in set(two["suppressed_because"])


def test_no_counts_give_no_values() -> None:
    assert estimated(counts({}).iloc[:0], T1).empty


def test_official_cells_keep_flags_and_are_exempt_from_the_ladder() -> None:
    cells = [
        {"measure": "published", "value": 12.5, "flags": "b", "n": None, "k": None, "unit": "PC_ENT"},
        {"measure": "published", "value": np.nan, "flags": "c", "n": None, "k": None, "unit": "PC_ENT"},
        {"measure": "published", "value": 0.0, "flags": "", "n": None, "k": None, "unit": "PC_ENT"},
    ]
    rows = estimated(counts(*cells), A1)
    assert list(rows["flags"]) == ["b", "c", ""]
    assert list(rows["suppressed_because"].fillna("")) == ["", "publisher", ""]
    assert rows["value"].iloc[2] == 0
    assert rows[["low", "high", "level"]].isna().all(axis=None)
    assert set(rows["estimator"]) == {"published"}


def values(world: World, sql: str) -> list[tuple[Any, ...]]:
    with opened(world.warehouse_file, read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_the_headline_counts_the_openings_that_were_made(world: World) -> None:
    found = values(
        world,
        "select period, n, k from marts.indicator_value where indicator_code = 'T1' and cardinality(dimensions) = 0 "
        "order by period",
    )
    postings = {record.record_id: record for record in world.records if record.source_id == BOARDS}
    quarters: dict[str, list[str]] = {}
    for record in postings.values():
        day = record.published_on  # type: ignore[attr-defined]
        quarters.setdefault(f"{day.year}-Q{(day.month + 2) // 3}", []).append(record.record_id)
    assert [(period, n) for period, n, _ in found] == [
        (period, len(records)) for period, records in sorted(quarters.items()) if period != "2026-Q1"
    ], "every watched quarter, and not the running one"
    assert all(0 < k < n for _, n, k in found)


def test_dimensions_have_sorted_keys(world: World) -> None:
    keys = values(world, "select distinct map_keys(dimensions) from marts.indicator_value")
    assert all(names == sorted(names) for (names,) in keys)
    assert (["measure", "skill"],) in keys


def test_breadth_of_a_skill(world: World) -> None:
    rows = dict(
        values(
            world,
            "select coalesce(dimensions['measure'], 'share'), value from marts.indicator_value "
            "where indicator_code = 'T5' and period = '2025-Q4' and dimensions['skill'] = 'python'",
        )
    )
    assert rows["employers"] == 40
    assert 1 < rows["effective_employers"] <= rows["employers"]
    assert rows["sectors"] == 5
    assert 0 < rows["share"] < 1


def test_known_from_is_the_time_of_a_capture_not_of_the_run(world: World) -> None:
    latest = values(world, "select max(retrieved_at) from raw.job_posting union select max(finished_at) from raw.crawl")
    found = values(world, "select max(known_from) from marts.indicator_value")[0][0]
    assert found <= max(row[0] for row in latest)


def test_a_block_whose_model_is_missing_stops_and_changes_nothing(world: World) -> None:
    before = values(world, "select count(*) from marts.indicator_value")
    broken = T1.model_copy(update={"counts": ["ind_missing"]})
    with pytest.raises(EstimateError, match="ind_missing"):
        estimate(world.warehouse_file, [broken])
    assert values(world, "select count(*) from marts.indicator_value") == before
