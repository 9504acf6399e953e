"""What is withheld for confidentiality cannot be had back: not by sums over what is shown, not by joins."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.warehouse.test_estimate import T1, counts, section
from warehouse.connection import opened
from warehouse.estimate import estimated
from warehouse.release import Release

SECTIONS = ("A", "C", "J", "K", "M")
QUARTERS = tuple(pd.period_range("2023Q1", "2025Q4", freq="Q"))


def label(quarter: pd.Period) -> str:
    return f"{quarter.year}-Q{quarter.quarter}"


def cell_of(period: str, part: str | None, width: int, k: float, top: float) -> dict[str, Any]:
    dimensions = ({} if part is None else {"nace_section": part}) | ({} if width == 1 else {"window": f"{width}q"})
    return {"period": period, "dimensions": dimensions, "k": k, "top_1": top, "top_2": top}


def world_of_counts(seed: int, dominated: float) -> pd.DataFrame:
    """Random counts of five sections over twelve quarters, their totals and windows; some cells are one employer's."""
    random = np.random.default_rng(seed)
    table = random.poisson(random.choice([0.5, 3, 20], size=(len(SECTIONS), 1)), size=(len(SECTIONS), len(QUARTERS)))
    cells = []
    for width in (1, 4):
        for end in range(width - 1, len(QUARTERS)):
            inside = table[:, end - width + 1 : end + 1].sum(axis=1)
            cells.append(cell_of(label(QUARTERS[end]), None, width, int(inside.sum()), 0.1))
            for part, k in zip(SECTIONS, inside, strict=True):
                one = k > 0 and random.random() < dominated
                cells.append(cell_of(label(QUARTERS[end]), part, width, int(k), 0.9 if one else 0.1 if k else np.nan))
    return counts(*cells)


def solvable(cells: pd.DataFrame) -> list[tuple[str, str]]:
    """Masked cells whose k follows from the linear relations between cells, given every k that is shown.

    ``cells`` has period, dimensions (dict) and k. A quarter without a cell counts as 0. A masked cell is determined
    exactly if the null space of the system over masked cells has no vector that moves it.
    """
    key = [(row.period, json.dumps(row.dimensions, sort_keys=True)) for row in cells.itertuples()]
    shown = dict(zip(key, cells["k"], strict=True))
    masked = {name: place for place, name in enumerate(name for name in key if pd.isna(shown[name]))}
    relations = []
    for period, text in key:
        dimensions = json.loads(text)
        window = {name: value for name, value in dimensions.items() if name == "window"}
        if "nace_section" not in dimensions:
            siblings = [
                name
                for name in key
                if name[0] == period
                and "nace_section" in json.loads(name[1])
                and json.loads(name[1]).get("window") == window.get("window")
            ]
            relations.append([(period, text), *siblings])
        if window:
            single = json.dumps({n: v for n, v in dimensions.items() if n != "window"}, sort_keys=True)
            last = pd.Period(period.replace("-", ""), freq="Q")
            relations.append([(period, text), *((label(last - back), single) for back in range(4))])
    matrix = np.zeros((len(relations), len(masked)))
    for line, relation in enumerate(relations):
        for place, name in enumerate(relation):
            if name in masked:
                matrix[line, masked[name]] = -1 if place == 0 else 1
    _, sizes, rows = np.linalg.svd(matrix)
    null_space = rows[(sizes > 1e-9).sum() :]
    moved = np.abs(null_space).max(axis=0, initial=0) > 1e-9
    return [name for name, place in masked.items() if not moved[place]]


def as_cells(values: pd.DataFrame) -> pd.DataFrame:
    return values.assign(dimensions=[json.loads(text) for text in values["dimensions"]])


@pytest.mark.parametrize("dominated", [0.03, 0.1, 0.3])
@pytest.mark.parametrize("seed", range(4))
def test_no_masked_count_follows_from_sums(seed: int, dominated: float) -> None:
    frame = world_of_counts(seed, dominated)
    values = estimated(frame, T1)
    assert values["k"].isna().any()
    assert solvable(as_cells(values)) == []
    withheld = values[values["k"].isna()]
    assert withheld[["value", "low", "high", "level", "n_effective"]].isna().all(axis=None)
    assert withheld["suppressed_because"].isin(["dominance", "secondary", "too_few"]).all()
    totals = values[~values["dimensions"].str.contains("nace_section")]
    assert totals["k"].notna().all()


def test_dominance_alone_would_be_undone_and_the_solver_sees_it() -> None:
    frame = world_of_counts(0, 0.03)
    alone = as_cells(frame.assign(k=frame["k"].astype(float).mask(frame["top_1"] > 0.5)))
    assert solvable(alone)


def test_a_hidden_quarter_takes_its_windows_and_a_hidden_window_a_quarter() -> None:
    year = [label(quarter) for quarter in QUARTERS[:4]]
    quarters = [section(part, period=period, k=30 + place) for place, period in enumerate(year) for part in "JK"]
    wide = [section(part, period=year[3], k=126) for part in "JK"]
    for cell in wide:
        cell["dimensions"]["window"] = "4q"
    quarters[5].update(top_1=0.9, top_2=0.9)
    rows = estimated(counts(*quarters, *wide), T1)
    assert list(rows.index[rows["suppressed_because"].notna()]) == [4, 5, 8, 9]
    assert list(rows["suppressed_because"].iloc[[4, 5, 8, 9]]) == ["secondary", "dominance", "secondary", "secondary"]

    quarters[5].update(top_1=0.1, top_2=0.2)
    wide[1].update(top_1=0.9, top_2=0.9)
    rows = estimated(counts(*quarters, *wide), T1)
    assert list(rows.index[rows["suppressed_because"].notna()]) == [0, 1, 8, 9], "the smallest quarter, and its fellow"
    assert rows["suppressed_because"].iloc[9] == "dominance"


def test_the_public_file_alone_gives_no_masked_count(release: Release) -> None:
    with opened(release.public_file, read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        masked = connection.execute("select count(*) from indicator_value where n is not null and k is null").fetchone()
        assert masked is not None
        assert masked[0] > 0
        # No row of a posting: what is told of postings are the counts that the values tell, of cells that are shown.
        assert connection.execute(
            "select count(*) from lineage where role <> 'value' "
            "and (record_id is not null or capture_id is not null or source_id is not null)"
        ).fetchone() == (0,)
        assert connection.execute(
            "select count(*) from lineage left join indicator_value as cell "
            "using (indicator_code, geo, period, dimensions) "
            "where role <> 'value' and (cell.suppressed_because is not null "
            "or records is distinct from case role when 'numerator' then k else n end)"
        ).fetchone() == (0,)
        assert connection.execute("select sum(records) from lineage where role = 'numerator'").fetchone() != (None,)
        assert (
            connection.execute(
                "select count(*), count(record_id), sum(records) = count(*) from lineage where role = 'value'"
            ).fetchone()
            == connection.execute(
                "select count(*), count(*), true from indicator_value where indicator_code = 'A1'"
            ).fetchone()
        )
        cells = connection.execute(
            "select period, cast(to_json(dimensions) as varchar) as dimensions, k from indicator_value "
            "where indicator_code = 'T1' and not map_contains(dimensions, 'ai_class')"
        ).df()
    assert cells["k"].isna().any()
    assert solvable(as_cells(cells)) == []
