"""PDF in a process of its own: places of cells, and documents that want too much memory or time."""

from __future__ import annotations

import shutil
import subprocess
import time
import zlib

import pytest

from scrapers import pdf
from scrapers.decoders.base import UnreadableError
from scrapers.pdf import read_tables
from tests.scrapers.made.cssf_demo import HEAD, make
from tests.scrapers.made.pdf import Page, document


def test_tables_come_with_their_places_and_captions() -> None:
    found = read_tables(make())
    assert found.pages == 4
    assert found.head.strip().startswith(HEAD)
    assert [(table.page, table.number) for table in found.tables] == [(2, 1), (2, 2), (3, 1), (4, 1)]
    first = found.tables[0]
    assert first.above[-1] == "Table 1: Tools in use, share of firms"
    assert first.rows[1][:3] == ["Abacus", "12 %", "7,5%"]
    assert first.place(1, 2) == "page 2, table 1, row 2, column 3"


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"", "empty"), (b"<html>moved", "not_pdf"), (b"PK\x03\x04", "not_pdf"), (b"%PDF-1.4\nnothing", "damaged_pdf")],
)
def test_what_is_no_pdf_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read_tables(body)
    assert caught.value.reason == reason


def test_a_stream_that_unpacks_to_more_than_the_process_may_hold() -> None:
    packer = zlib.compressobj(1)
    bomb = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(200)) + packer.flush()
    body = document([Page().text(60, 700, "harmless")], streams=[bomb])
    assert len(body) < 1_500_000
    found = read_tables(body, memory_mib=150)
    assert found.head.strip() == "harmless"
    assert found.remarks == ["page 2 cannot be read (MemoryError)"]


def test_a_reader_that_does_not_start_is_no_fault_of_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf.sys, "executable", shutil.which("false"))
    with pytest.raises(RuntimeError, match="PDF cannot be read on this machine"):
        read_tables(make())


@pytest.mark.endurance
def test_a_page_that_takes_too_long_is_given_up() -> None:
    lines = b"\n".join(f"{x} {x % 800} m {x + 50} {x % 797} l S".encode() for x in range(40_000))
    started = time.monotonic()
    with pytest.raises(UnreadableError) as caught:
        read_tables(document([], streams=[zlib.compress(lines)]), cpu_seconds=1)
    assert caught.value.reason == "too_slow"
    assert time.monotonic() - started < 20


def test_one_bad_page_costs_itself_alone() -> None:
    body = document(
        [Page().text(60, 780, "Table 1: demo").table(60, 760, [["A", "B"], ["x", "1"]])], streams=[b"damaged"]
    )
    assert [table.rows for table in read_tables(body).tables] == [[["A", "B"], ["x", "1"]]]


@pytest.mark.parametrize("share", [5, 60, 99])
def test_a_cut_off_document_is_refused(share: int) -> None:
    body = make()
    with pytest.raises(UnreadableError) as caught:
        read_tables(body[: len(body) * share // 100])
    assert caught.value.reason == "damaged_pdf"


def test_a_document_that_is_too_large_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_PDF_BYTES", 100)
    with pytest.raises(UnreadableError, match="too_large"):
        read_tables(make())


def test_an_error_that_was_lost_in_c_is_one_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    died = subprocess.CompletedProcess([], 1, b"", b"Traceback\nSystemError: error return without exception set\n")
    monkeypatch.setattr("scrapers.pdf.subprocess.run", lambda *given, **options: died)
    with pytest.raises(UnreadableError) as caught:
        read_tables(b"%PDF-1.4")
    assert caught.value.reason == "too_large"
