"""What an edition reports: which changes are material, which series did not move, what to watch.

Belongs here: the rules of publications.md 6.3 as far as data exist. Never here: wording.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from warehouse.reading import adoption, cells
from warehouse.reading.compare import (
    OFFICIAL,
    Comparison,
    Movement,
    comparable_period,
    compare,
    key_of,
    latest_period,
    movements,
    rows_of,
)
from warehouse.reading.freshness import Freshness, freshness
from warehouse.reading.reader import ReleaseReader, Row, as_utc, matching

MOST_CHANGES = 5
MOST_UNCHANGED = 4
MOST_REVISIONS = 4
Why = Literal["test", "vintage", "revised", "new", "first"]


@dataclass(frozen=True)
class Change:
    """One cell worth reporting, the value to set beside it, and why it counts as a change."""

    now: Row
    before: Row | None
    why: Why
    before_is_earlier_period: bool = False


@dataclass(frozen=True)
class Selection:
    """All that an edition reports; ``changes`` in order of materiality, already cut to the most that are shown."""

    comparison: Comparison | None
    changes: tuple[Change, ...]
    standing: tuple[Change, ...]
    unmoved: tuple[Movement, ...]
    revisions: tuple[Row, ...]
    sources: tuple[tuple[Row, Freshness], ...]

    @property
    def is_first(self) -> bool:
        return self.comparison is None

    @property
    def is_quiet(self) -> bool:
        """True when an earlier edition exists and nothing since then is material: the edition then has four lines."""
        return self.comparison is not None and not self.changes and not self.revisions

    @property
    def late(self) -> tuple[tuple[Row, Freshness], ...]:
        return tuple((source, state) for source, state in self.sources if state.state == "late")


def select(reader: ReleaseReader, previous: ReleaseReader | None, now: datetime) -> Selection:
    """Choose what an edition of this release reports, compared with the release of the edition before."""
    comparison = compare(reader, previous) if previous is not None else None
    moves = movements(reader)
    changes = material(reader, comparison, moves) if comparison is not None else []
    where_we_stand = standing(reader)
    reported = {key_of(change.now) for change in (where_we_stand if comparison is None else changes)}
    unmoved = [move for move in moves if not move.is_beyond_noise and key_of(move.now) not in reported]
    unmoved.sort(key=lambda move: (len(move.now["dimensions"]), move.now["indicator_code"] != "T1", key_of(move.now)))
    return Selection(
        comparison=comparison,
        changes=tuple(changes[:MOST_CHANGES]),
        standing=tuple(where_we_stand[:MOST_CHANGES]),
        unmoved=tuple(unmoved[:MOST_UNCHANGED]),
        revisions=tuple(new_revisions(reader, previous)[:MOST_REVISIONS]),
        sources=tuple((source, freshness(source, now)) for source in rows_of(reader.sources())),
    )


def material(reader: ReleaseReader, comparison: Comparison, moves: tuple[Movement, ...]) -> list[Change]:
    """Changed cells that deserve a reader's minute, the most material first.

    Tests passed come first, then the publishers' new vintages and revisions (Luxembourg, EU, others), then first
    values and revisions of our own totals. A cell flagged "u", suppressed or missing is never announced; a new quarter
    of ours that stayed within noise belongs to what did not change.
    """
    beyond = {key_of(move.now): move for move in moves if move.is_beyond_noise}
    tested = {key_of(move.now) for move in moves}
    revised = {key_of(after): before for before, after in comparison.revised}
    found: list[tuple[tuple[object, ...], Change]] = []
    for row in [*comparison.new, *(after for _, after in comparison.revised)]:
        key, before = key_of(row), revised.get(key_of(row))
        if cells.state(row) != "published" or "measure" in row["dimensions"]:
            continue
        nearness = {adoption.HOME: 0, adoption.UNION: 1}.get(row["geo"], 2)
        detail = len(row["dimensions"])
        if key in beyond:
            found.append(((0, detail, beyond[key].p_value, key), Change(row, beyond[key].before, "test", True)))
        elif row["estimator"] == OFFICIAL and before is not None and cells.state(before) == "published":
            found.append(((1, nearness, detail, key), Change(row, before, "revised")))
        elif row["estimator"] == OFFICIAL:
            earlier = earlier_cell(reader, row)
            order = (1, nearness, detail, tuple(-ord(letter) for letter in row["period"]), key)
            found.append((order, Change(row, earlier, "vintage", earlier is not None)))
        elif before is not None and cells.state(before) == "published" and detail == 0:
            found.append(((3, nearness, detail, key), Change(row, before, "revised")))
        elif before is None and key not in tested and detail == 0:
            found.append(((2, nearness, detail, key), Change(row, earlier_cell(reader, row), "new", True)))
    return [change for _, change in sorted(found, key=lambda item: str_key(item[0]))]


def str_key(order: tuple[object, ...]) -> tuple[object, ...]:
    """Order of materiality as comparable parts: numbers by size, everything else by its text."""
    return tuple((0, part, "") if isinstance(part, int | float) else (1, 0, repr(part)) for part in order)


def earlier_cell(reader: ReleaseReader, row: Row) -> Row | None:
    """The comparable past of a cell: the same period a year earlier, for official years the newest one before."""
    frame = reader.values(row["indicator_code"], geo=row["geo"], dimensions=row["dimensions"])
    past = [other for other in rows_of(frame) if other["period"] < row["period"] and cells.state(other) == "published"]
    if row["estimator"] == OFFICIAL:
        return past[-1] if past else None
    return next((other for other in past if other["period"] == comparable_period(row["period"])), None)


def standing(reader: ReleaseReader) -> list[Change]:
    """Where things stand: the newest headline values, for a first edition."""
    rows: list[Row | None] = [
        adoption.newest(reader, adoption.HOME, "T1"),
        *adoption.headlines(reader),
    ]
    skills = reader.top_skills(adoption.HOME, limit=1)
    rows += rows_of(skills)
    languages = reader.values("T12", geo=adoption.HOME)
    if not languages.empty:
        newest = matching(languages, [set(cell) == {"language"} for cell in languages["dimensions"]])
        newest = newest[
            newest["period"].eq(latest_period(newest) or "") & ~newest["dim_language"].isin(["NONE", "EN_ONLY"])
        ]
        rows += rows_of(newest.sort_values(["value", "dim_language"], ascending=[False, True]).head(1))
    shown = [row for row in rows if row is not None and cells.state(row) == "published"]
    return [Change(row, earlier_cell(reader, row), "first", True) for row in shown]


def new_revisions(reader: ReleaseReader, previous: ReleaseReader | None) -> list[Row]:
    """The publishers' revisions that the previous release did not know; all of them for a first edition."""

    def identity(row: Row) -> tuple[object, ...]:
        return (row["dataset_id"], row["series_key"], row["time_period"], as_utc(row["known_from_new"]))

    known = {identity(row) for row in rows_of(previous.revisions())} if previous is not None else set()
    return [row for row in adoption.revisions(reader) if identity(row) not in known]
