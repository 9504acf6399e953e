"""Numbers and months in the forms that people give them, and what is neither."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.decoders.cells import Figure, NoFigureError, figure, month

MARKERS = {"*": "|C", "n.d.": "O"}


@pytest.mark.parametrize(
    ("cell", "whole", "value"),
    [
        ("1203", True, 1203.0),
        ("1 203", True, 1203.0),
        ("1\u202f203", True, 1203.0),
        ("1'203", True, 1203.0),
        ("1.203", True, 1203.0),
        ("1,203", True, 1203.0),
        ("1.234.567", True, 1234567.0),
        ("12,0", True, 12.0),
        (12.0, True, 12.0),
        ("0", True, 0.0),
        ("1,5", False, 1.5),
        ("1.234", False, 1.234),
        ("1,234", False, 1.234),
        ("1.234,5", False, 1234.5),
        ("1,234.5", False, 1234.5),
        ("\u22123,5", False, -3.5),
    ],
)
def test_a_number_is_read_as_these_publishers_write_it(cell: object, whole: bool, value: float) -> None:
    assert figure(cell, MARKERS, whole=whole) == Figure(value)


def test_empty_withheld_and_zero_are_three_things() -> None:
    assert figure(None, MARKERS) == figure("  ", MARKERS) == Figure()
    assert figure(" * ", MARKERS) == Figure(status="|C", mark="*")
    assert figure("N.D.", MARKERS) == Figure(status="O", mark="N.D.")
    assert figure("0", MARKERS) == Figure(0.0)
    assert figure("7,5 %", MARKERS) == Figure(7.5, is_percent=True)


@pytest.mark.parametrize(
    "cell",
    ["-", "about 5", "1,2,3", "12,34,567", "1e400", float("nan"), float("inf"), True, date(2026, 1, 1), "9" * 70, "١٢"],
)
def test_what_is_no_number_is_not_made_one(cell: object) -> None:
    with pytest.raises(NoFigureError):
        figure(cell, MARKERS)


@pytest.mark.parametrize("cell", ["12,5", "-3", 0.5, -1.0])
def test_a_count_has_no_parts(cell: object) -> None:
    with pytest.raises(NoFigureError, match="is no count"):
        figure(cell, MARKERS, whole=True)


@given(st.integers(0, 10**14), st.sampled_from([",", ".", " ", "\u00a0", "\u202f", "'"]))
def test_grouped_counts_come_back(number: int, mark: str) -> None:
    assert figure(f"{number:,}".replace(",", mark), {}, whole=True).value == number


@given(st.text(max_size=80))
def test_no_text_is_too_odd(text: str) -> None:
    month(text)
    try:
        found = figure(text, MARKERS)
    except NoFigureError:
        return
    assert found.value is None or abs(found.value) <= 1e15


@pytest.mark.parametrize(
    "cell",
    [
        "31-08-2026", "31/08/2026", "31.08.2026", "2026-08-31", "2026-08", "2026/8", "08/2026", "2026M08", "202608",
        "20260831", "2026-08-31T00:00:00", "août 2026", "Août-26", "aout 2026", "31 août 2026", "1er août 2026",
        "August 2026", "Aug. 2026", "AUG-26", 202608.0, date(2026, 8, 31), datetime(2026, 8, 31, 12, tzinfo=UTC),
    ],
)  # fmt: skip
def test_a_month_in_many_forms(cell: object) -> None:
    assert month(cell) == "2026-08"


@pytest.mark.parametrize(
    ("cell", "said"),
    [("février 2026", "2026-02"), ("Fév-26", "2026-02"), ("juin 2026", "2026-06"), ("juil. 2026", "2026-07"),
     ("Mai 2026", "2026-05"), ("März 2026", "2026-03"), ("mars 2026", "2026-03"), ("Dez 2025", "2025-12"),
     ("01-02-2026", "2026-02"), ("Jänner 2026", "2026-01")],
)  # fmt: skip
def test_months_by_their_names(cell: str, said: str) -> None:
    assert month(cell) == said


@pytest.mark.parametrize(
    "cell", ["", "2026", "31-13-2026", "32-01-2026", "soon", "Total", None, 5.0, "0001-01", "99-9999"]
)
def test_what_names_no_month(cell: object) -> None:
    assert month(cell) is None
