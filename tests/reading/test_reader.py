"""The door to a release: pointer, ids from outside, typed errors, selections, threads."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.reading.release_builder import RELEASE_A, RELEASE_B, Builder, empty_release, filled
from warehouse.reading import (
    DamagedReleaseError,
    NoReleaseError,
    ReleaseReader,
    UnknownReleaseError,
    current_release_id,
    open_release,
    previous_release_id,
    release_ids,
    talent,
)


def test_no_release_yet_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NoReleaseError, match="observatory run"):
        open_release(tmp_path / "nothing")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"release_id": 7}', '{"release_id": "../../etc"}'])
def test_a_broken_pointer_is_no_release(tmp_path: Path, content: str) -> None:
    (tmp_path / "current.json").write_text(content)
    with pytest.raises(NoReleaseError):
        current_release_id(tmp_path)


@pytest.mark.parametrize(
    "asked", ["../20261115T060000Z-aaaaaaaa", "x", "20990101T000000Z-00000000", "a" * 200, "..%2f..%2fx"]
)
def test_ids_from_outside_never_leave_the_folder(releases: Path, asked: str) -> None:
    with pytest.raises(UnknownReleaseError):
        open_release(releases, asked)


def test_the_pointer_is_read_each_time(tmp_path: Path) -> None:
    filled(RELEASE_A).write(tmp_path)
    assert open_release(tmp_path).release_id == RELEASE_A
    filled(RELEASE_B).write(tmp_path)
    assert open_release(tmp_path).release_id == RELEASE_B
    (tmp_path / "current.json").write_text(json.dumps({"release_id": RELEASE_A}))  # a rollback
    assert open_release(tmp_path).release_id == RELEASE_A
    assert release_ids(tmp_path) == [RELEASE_A, RELEASE_B]
    assert previous_release_id(tmp_path, RELEASE_B) == RELEASE_A
    assert previous_release_id(tmp_path, RELEASE_A) is None


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    folder = filled().write(tmp_path)
    (folder / "observatory.duckdb").write_bytes(b"not a database" * 100)
    with pytest.raises(DamagedReleaseError, match=RELEASE_B):
        open_release(tmp_path)


def test_a_missing_table_is_damage_not_emptiness(tmp_path: Path) -> None:
    builder = Builder(RELEASE_B)
    builder.without = {"revision"}
    builder.write(tmp_path)
    with pytest.raises(DamagedReleaseError, match="revision"):
        open_release(tmp_path).revisions()


def test_values_filter_exactly(reader: ReleaseReader) -> None:
    total = reader.values("A1", geo="LU", dimensions={})
    assert list(total["period"]) == ["2021", "2024"]
    assert list(total["value"]) == [13.2, 24.0]
    split = reader.values("A1", geo="LU", period="2024", dimensions={"size_emp": "GE250", "indic_is": "E_AI_TTM"})
    assert list(split["value"]) == [29.06]
    assert split.iloc[0]["dim_size_emp"] == "GE250"
    assert reader.cell("A1", "LU", "2024")["value"] == 24.0  # type: ignore[index]
    assert reader.cell("A1", "LU", "1999") is None
    assert reader.values("none").empty
    assert reader.values(geo="' OR 1=1 --").empty


def test_windows_come_from_the_dimension_or_the_indicator(reader: ReleaseReader) -> None:
    windows = reader.values("T1", period="2026-Q3")
    spans = {row["dimensions"].get("window"): row["window_quarters"] for _, row in windows.iterrows()}
    assert spans == {None: 1, "4q": 4}
    assert set(reader.values("T12")["window_quarters"]) == {4}
    assert set(reader.values("A1")["window_quarters"]) == {1}


def test_metadata_speaks_the_language_or_english(reader: ReleaseReader) -> None:
    french = reader.indicator("A1", "fr")
    assert french is not None
    assert french.name == "Usage de l'IA"
    assert french.breaks[0].period == "2025"
    assert french.breaks[0].text == "La liste des technologies a été élargie."
    luxembourgish = reader.indicator("A1", "lb")
    assert luxembourgish is not None
    assert luxembourgish.name == "Enterprise AI use"
    assert reader.indicator("ZZ") is None


def test_labels(reader: ReleaseReader) -> None:
    assert reader.label("geo", "LU", "lb") == "Lëtzebuerg"
    assert reader.label("indic_is", "E_AI_TTM", "lb") == "analysis of written language"
    assert reader.label("skill", "llm", "de") == "große Sprachmodelle"
    assert reader.label("geo", "XX") is None


def test_top_skills_carry_their_breadth(reader: ReleaseReader) -> None:
    top = talent.top_skills(reader, limit=2)
    assert list(top["dim_skill"]) == ["python", "machine_learning"]
    assert list(top["employers"]) == [14.0, 12.0]
    assert list(top["sectors"]) == [6.0, 6.0]


def test_an_empty_release_gives_empty_frames(tmp_path: Path) -> None:
    empty = open_release(empty_release(tmp_path))
    assert empty.values().empty
    assert talent.top_skills(empty).empty
    assert empty.sources().empty
    assert empty.revisions().empty


def test_threads_share_a_reader(reader: ReleaseReader) -> None:
    expected = len(reader.values("T1"))
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda _: len(reader.values("T1")), range(80)))
    assert set(counts) == {expected}
