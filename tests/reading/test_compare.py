"""Which cells may be compared at all: what a source gained or lost between two releases means for both faces."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reading.release_builder import RELEASE_A, RELEASE_B, filled
from warehouse.reading import ReleaseReader, open_release
from warehouse.reading.compare import movements, newest, source_changes

RECORDS = 13  # column of the source table


@pytest.fixture
def changed(tmp_path: Path) -> tuple[ReleaseReader, ReleaseReader]:
    """The newer release and the one before; the newer one lost the boards that T1 and its kin rest on."""
    filled(RELEASE_A).write(tmp_path)
    builder = filled(RELEASE_B)
    for source in builder.sources:
        if source[0] == "greenhouse_sample":
            source[RECORDS] = 0
    builder.write(tmp_path)
    return open_release(tmp_path, RELEASE_B), open_release(tmp_path, RELEASE_A)


def test_a_lost_source_is_a_break_and_nothing_is_tested_across_it(changed: tuple[ReleaseReader, ReleaseReader]) -> None:
    now, before = changed
    found = source_changes(now, before)
    (lost,) = [change for change in found if change.code == "T1"]
    assert (lost.gained, lost.lost) == ((), ("greenhouse_sample",))
    assert "A1" not in {change.code for change in found}
    assert "T1" in {move.now["indicator_code"] for move in movements(now)}
    assert "T1" not in {move.now["indicator_code"] for move in movements(now, found)}


def test_the_same_sources_are_no_break(releases: Path) -> None:
    reader = open_release(releases)
    assert source_changes(reader, reader) == ()


def test_the_newest_cell_is_a_settled_one_unless_asked_otherwise(tmp_path: Path) -> None:
    builder = filled(RELEASE_B)
    builder.estimate("I4", "2024", 5e6, "EUR", "sum", k=9)
    builder.estimate("I4", "2025", 1e6, "EUR", "sum", k=2, flags="p")
    builder.write(tmp_path)
    reader = open_release(tmp_path)
    settled, latest = newest(reader, "I4"), newest(reader, "I4", settled=False)
    assert settled is not None
    assert latest is not None
    assert (settled["period"], latest["period"]) == ("2024", "2025")
    assert newest(reader, "I4", geo="BE") is None
