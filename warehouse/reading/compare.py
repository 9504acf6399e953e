"""What differs between two releases, cell by cell, and which differences are more than noise.

Belongs here: the comparison that Overview and the digest share, and which cell of a series is its newest. Never here:
wording, and release diffs for engineers (`observatory release diff` reads whole tables).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from warehouse.reading.breaks import SourceChange, giving, lies_behind_break
from warehouse.reading.formats import is_present
from warehouse.reading.reader import ReleaseReader, Row
from warehouse.reading.statistics import (
    count_p_value,
    detectable_count,
    detectable_difference,
    detectable_estimate,
    difference_p_value,
    discoveries,
    estimate_p_value,
    interval_error,
)

_YEAR = re.compile(r"(?P<year>[0-9]{4})(?P<rest>\D.*)?")

# What a reader of a cell would see change. known_from and release_id move without any number moving.
COMPARED = ("value", "low", "high", "n", "k", "unit", "flags", "suppressed_because")
OFFICIAL = "published"  # estimator of cells that a statistical office computed

# How well two definitions agree is a quality figure: its movement is no news about the world.
UNTESTED_MEASURES = ("agreement",)

CellKey = tuple[str, str, str, str]


@dataclass(frozen=True)
class Comparison:
    """Cells of the newer release that are new or revised, cells that are gone, and how many stayed as they were."""

    new: tuple[Row, ...]
    revised: tuple[tuple[Row, Row], ...]  # (before, after)
    removed: tuple[Row, ...]
    unchanged: int

    @property
    def changed(self) -> int:
        return len(self.new) + len(self.revised) + len(self.removed)


@dataclass(frozen=True)
class Movement:
    """A cell of the newest period beside its comparable past: tested where both carry an interval."""

    now: Row
    before: Row
    p_value: float | None
    is_beyond_noise: bool
    detectable: float | None  # absolute difference, in the cell's unit, that 80 % power would have found


def key_of(row: Mapping[str, Any]) -> CellKey:
    """Identity of a cell: code, geo, period, canonical JSON of the dimensions."""
    return (row["indicator_code"], row["geo"], row["period"], json.dumps(row["dimensions"], sort_keys=True))


def rows_of(frame: pd.DataFrame) -> list[Row]:
    """Rows of a frame as mappings."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def compare(now: ReleaseReader, before: ReleaseReader) -> Comparison:
    """Compare all indicator cells of two releases."""
    new_rows = {key_of(row): row for row in rows_of(now.values())}
    old_rows = {key_of(row): row for row in rows_of(before.values())}
    shared = [key for key in sorted(new_rows) if key in old_rows]
    revised = tuple((old_rows[key], new_rows[key]) for key in shared if not _same(old_rows[key], new_rows[key]))
    return Comparison(
        new=tuple(new_rows[key] for key in sorted(new_rows) if key not in old_rows),
        revised=revised,
        removed=tuple(old_rows[key] for key in sorted(old_rows) if key not in new_rows),
        unchanged=len(shared) - len(revised),
    )


def _same(before: Row, after: Row) -> bool:
    for column in COMPARED:
        old, new = before[column], after[column]
        old, new = (old if is_present(old) else None), (new if is_present(new) else None)
        if isinstance(old, float) and isinstance(new, float):
            if f"{old:.12g}" != f"{new:.12g}":  # the precision that content digests promise
                return False
        elif old != new:
            return False
    return True


def comparable_period(period: str) -> str | None:
    """The same period a year earlier: a quarter or month is never set against another season. None where the period
    does not begin with a year.
    """
    found = _YEAR.fullmatch(period)
    return f"{int(found['year']) - 1:04d}{found['rest'] or ''}" if found else None


def is_provisional(row: Mapping[str, Any]) -> bool:
    """True for an estimate of ours whose period is not over yet, or not yet fully known: no past compares with it."""
    return "p" in (row["flags"] or "") and row["estimator"] != OFFICIAL


def latest_period(frame: pd.DataFrame) -> str | None:
    """The newest period that has a settled value, else one with a value, else the newest period, else None."""
    if frame.empty:
        return None
    shown = frame[frame["value"].notna()]
    settled = shown[[not is_provisional(row) for row in rows_of(shown)]]
    return str(next(part for part in (settled, shown, frame) if not part.empty)["period"].max())


def newest(
    reader: ReleaseReader,
    code: str,
    *,
    geo: str = "LU",
    dimensions: Mapping[str, str] | None = None,
    settled: bool = True,
) -> Row | None:
    """The newest cell of a series that has a value, or None; the total of an area where no dimensions are named.

    ``settled``: an unfinished period is given only where there is no other. False: the newest, finished or not.
    """
    frame = reader.values(code, geo=geo, dimensions=dimensions or {})
    shown = frame[frame["value"].notna()]
    period = latest_period(shown) if settled else shown["period"].max()
    found = rows_of(shown[shown["period"].eq(period or "")])
    return found[0] if found else None


def source_changes(now: ReleaseReader, before: ReleaseReader) -> tuple[SourceChange, ...]:
    """Indicators that rest on other sources than in an earlier release: a break at their newest period."""
    found = []
    for code in sorted(set(now.values()["indicator_code"]) & set(before.values()["indicator_code"])):
        has, had = giving(now, code), giving(before, code)
        if had and has != had:
            period = latest_period(now.values(code)) or ""
            found.append(SourceChange(code, period, tuple(sorted(has - had)), tuple(sorted(had - has))))
    return tuple(found)


def movements(
    reader: ReleaseReader, changes: Iterable[SourceChange] = (), *, only: Collection[CellKey] | None = None
) -> tuple[Movement, ...]:
    """Every estimate of the newest period that has a comparable past, tested together at one false discovery rate.

    No pair with a break between its cells takes part; ``changes`` are the sources that indicators gained or lost.
    ``only``: the cells that take part, for an edition that tests what is new since the one before. Only cells that the
    display ladder publishes without reserve do: a cell flagged "u" is never announced.
    """
    pairs: list[tuple[Row, Row]] = []
    known = tuple(changes)
    for _, frame in reader.values().groupby("indicator_code", sort=True):
        period = latest_period(frame)
        if not period or not period[:4].isdigit() or "/" in period:
            continue
        past = {
            (row["geo"], json.dumps(row["dimensions"])): row
            for row in rows_of(frame[frame["period"] == comparable_period(period)])
        }
        for row in rows_of(frame[frame["period"] == period]):
            before = past.get((row["geo"], json.dumps(row["dimensions"])))
            if before is None or not (_testable(row) and _testable(before)):
                continue
            if (only is None or key_of(row) in only) and not lies_behind_break(reader, row, before, known):
                pairs.append((row, before))
    tests = [_test(now, before) for now, before in pairs]
    found = discoveries([p_value for p_value, _ in tests])
    return tuple(
        Movement(now, before, p_value, moved, detectable)
        for (now, before), (p_value, detectable), moved in zip(pairs, tests, found, strict=True)
    )


def _test(now: Row, before: Row) -> tuple[float, float]:
    """p-value of no change, and the difference that could have been found, by the way the cells were estimated."""
    values = float(now["value"]), float(before["value"])
    if now["unit"] == "share" and is_present(now["n_effective"]) and is_present(before["n_effective"]):
        # A test must not rest on more independent facts than the interval does: postings of one employer are alike.
        sizes = float(now["n_effective"]), float(before["n_effective"])
        p_value = difference_p_value(values[0], sizes[0], values[1], sizes[1])
        return p_value, detectable_difference(values[1], *sizes)
    if "poisson" in str(now["estimator"]):
        return count_p_value(round(values[0]), round(values[1])), detectable_count(values[1])
    errors = [
        interval_error(float(row["low"]), float(row["high"]), float(row["level"]) if is_present(row["level"]) else 0.95)
        for row in (now, before)
    ]
    return estimate_p_value(values[0] - values[1], *errors), detectable_estimate(*errors)


def _testable(row: Row) -> bool:
    if row["dimensions"].get("ai_class") == "mention":
        return False  # talk of AI is counted, but it is no demand and its movement no news
    if row["dimensions"].get("measure") in UNTESTED_MEASURES:
        return False
    published = all(is_present(row[column]) for column in ("value", "low", "high")) and not is_provisional(row)
    return published and "u" not in (row["flags"] or "") and row["estimator"] != OFFICIAL
