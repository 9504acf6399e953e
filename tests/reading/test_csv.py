"""CSV: the same numbers as seen, described, and never a formula in a spreadsheet."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.reading import ReleaseReader, talent
from warehouse.reading.csv import safe

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def read_back(content: bytes) -> tuple[dict[str, str], list[dict[str, str]]]:
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    lines = int(rows[0][1])
    about = {row[0].removeprefix("# "): row[1] for row in rows[1:lines]}
    header = rows[lines]
    return about, [dict(zip(header, row, strict=True)) for row in rows[lines + 1 :]]


@pytest.mark.parametrize(
    "text", ['=HYPERLINK("http://x")', "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "\n=1"]
)
def test_formulas_are_defused(text: str) -> None:
    assert safe(text).startswith("'")


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=30))
def test_nothing_that_starts_like_a_formula_passes(text: str) -> None:
    assert not safe(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert safe(text).removeprefix("'") in (text, text.removeprefix("'"))


def test_a_hostile_label_is_defused_in_the_file(reader: ReleaseReader) -> None:
    _, rows = read_back(talent.skills(reader, "en", NOW).csv)
    hostile = [row["Skill"] for row in rows if "HYPERLINK" in row["Skill"]]
    assert hostile == ['\'=HYPERLINK("http://x")']
    assert all(not cell.startswith("=") for row in rows for cell in row.values())


def test_the_file_holds_the_numbers_of_the_release(reader: ReleaseReader) -> None:
    figure = talent.sectors(reader, "fr", NOW, "2026-Q3")
    about, rows = read_back(figure.csv)
    assert about["release"].startswith(reader.release_id)
    assert "EUPL-1.2" in about["licence"]
    assert about["retrieved"].startswith("greenhouse_sample 2026-11-22T04:00:00+00:00")
    assert "Sample data" in about["sample"]
    by_sector = {row["dimensions"]: row for row in rows}
    cell = reader.cell("T1", "LU", "2026-Q3", {"nace_section": "J", "window": "4q"})
    assert cell is not None
    row = by_sector['{"nace_section": "J", "window": "4q"}']
    assert float(row["value"]) == cell["value"]  # full precision, decimal point in every language
    assert (row["n"], row["k"], row["unit"]) == ("420", "46", "share")
    hidden = by_sector['{"nace_section": "O", "window": "4q"}']
    assert (hidden["value"], hidden["n"], hidden["suppressed_because"]) == ("", "", "dominance")
