"""Reviews printed as PDF: which wave a document is, and pages that are no document."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest

from scrapers.decoders import cssf_review
from scrapers.decoders.base import DecodeContext, Decoded, UnreadableError
from scrapers.files import RegistryError
from scrapers.items import Observation
from scrapers.review_tables import review_of, reviews
from tests.scrapers.made.pdf import Page, document

PAGE = {"key": "p", "url": "https://supervisor.example/news/1/", "links": "x"}


def decode(body: bytes, url: str = "https://supervisor.example/review.pdf", **params: Any) -> Decoded:
    context = DecodeContext(
        source_id="demo",
        crawl_id="c",
        capture_id=hashlib.sha256(body).hexdigest(),
        url=url,
        retrieved_at=datetime(2026, 10, 1, tzinfo=UTC),
        params=params,
    )
    return cssf_review.decode(body, context)


def declaration(**changes: Any) -> dict[str, Any]:
    table = {
        "caption": "demo tools",
        "measure": "USING",
        "unit": "PC_INST",
        "rows": {"dimension": "tool", "names": {"abacus": "ABACUS"}},
        "columns": {"dimension": "firm", "names": {"all": "ALL", "total": "ALL"}},
    }
    review = {
        "dataset_id": "demo_review",
        "title": "Demo",
        "marks": ["demo review"],
        "time_period": "2004",
        "universe": "Demo firms",
        "tables": [table],
    }
    return {"publisher": "Demo", "reviews": [review | changes]}


def printed(*tables: list[list[str]], caption: str = "Table 1: demo tools", head: str = "Demo review") -> bytes:
    page = Page().text(60, 800, head)
    for number, rows in enumerate(tables):
        page.text(60, 760 - 200 * number, caption).table(60, 750 - 200 * number, rows)
    return document([page])


@pytest.mark.parametrize(
    ("head", "wave"),
    [
        ("Second Thematic Review on the use of\nArtificial Intelligence in finance", "cssf_ai_review_2"),
        ("THEMATIC REVIEW ON THE USE OF ARTIFICIAL INTELLIGENCE", "cssf_ai_review_1"),
        ("Third thematic review on the use of artificial intelligence", None),
        ("Annual report", None),
    ],
)  # fmt: skip
def test_each_wave_is_a_dataset_of_its_own(head: str, wave: str | None) -> None:
    found = review_of(head, reviews("cssf_review"))
    assert (found.dataset_id if found else None) == wave


def test_waves_have_universes_of_their_own() -> None:
    declared = reviews("cssf_review").reviews
    assert len({review.dataset_id for review in declared}) == len({review.universe for review in declared}) == 2
    for review in declared:
        for table in review.tables:
            assert table.columns.code_of("Total") == "ALL"
            assert table.rows.code_of("no such row") is None


def test_a_page_that_leads_to_documents_is_no_trouble_and_one_in_their_place_is() -> None:
    page = b"<!DOCTYPE html><html><body><a href='/review.pdf'>Review</a></body></html>"
    found = decode(page, url="https://supervisor.example/news/1/", pages=[PAGE])
    assert (found.records, found.rejects) == ([], [])
    assert "leads to documents" in found.notes[0]
    for url in ("https://supervisor.example/review.pdf", "https://elsewhere.example/news/1/"):
        with pytest.raises(UnreadableError) as caught:
            decode(page, url=url, pages=[PAGE])
        assert caught.value.reason == "not_pdf"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (printed([["Tool", "All"], ["Abacus", "5%"]], caption="Table 1: something else"), "no_declared_table"),
        (printed([["Tool", "All"], ["Abacus", ""]]), "no_data"),
        (printed(), "no_tables"),
        (printed([["Tool", "All"], ["Abacus", "5%"]], head="Annual report"), "unknown_review"),
    ],
)
def test_a_document_without_anything_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        decode(body, reviews=declaration())
    assert caught.value.reason == reason


def test_a_table_that_cannot_be_told_is_set_aside() -> None:
    found = decode(printed([["Tool", "All", "Total"], ["Abacus", "5%", "6%"]], [["Tool", "Some"], ["Abacus", "7%"]]),
                   reviews=declaration())  # fmt: skip
    assert [(reject.locator, reject.reason) for reject in found.rejects] == [
        ("page 1, table 1", "duplicate_column"),
        ("page 1, table 2", "missing_column"),
    ]


TITLE = "Second thematic review on the use of Artificial Intelligence in the Luxembourg financial sector"
USE = "Table 5: Use of AI, % of institutions"


@pytest.mark.parametrize(
    ("lines", "cell", "kept", "reason"),
    [
        ([TITLE, USE], "12", [12.0], None),
        ([TITLE, "Table 5: Use of AI by type"], "12 %", [12.0], None),
        ([TITLE, "Table 5: Use of AI by type"], "12", [], "unit_unclear"),
        ([TITLE, "Table 5: Use of AI, EUR million"], "12", [], "no_declared_table"),
        ([TITLE, "Table 5: Number of institutions by use of AI"], "12", [], "no_declared_table"),
        ([TITLE, "Table 4: Number of respondents per type"], "12", [], "no_declared_table"),
        ([TITLE, "Use of AI is discussed above.", "Table 4: Respondents"], "12 %", [], "no_declared_table"),
        ([TITLE], "12 %", [], "no_declared_table"),
        ([TITLE, USE], "-", [], "bad_value"),
    ],
)
def test_a_figure_is_read_by_its_caption_alone(
    lines: list[str], cell: str, kept: list[float], reason: str | None
) -> None:
    pages = [Page().text(60, 800, TITLE).text(60, 760, "May 2025")]
    page = Page()
    for at, line in enumerate(lines):
        page.text(60, 805 - 15 * at, line)
    body = document(
        [*pages, page.table(60, 800 - 15 * len(lines), [["Technology", "All"], ["Machine learning", cell]])]
    )
    try:
        found = decode(body)
        said = [record.value for record in found.records if isinstance(record, Observation)]
        rejects = [reject.reason for reject in found.rejects]
    except UnreadableError as error:
        said, rejects = [], [error.reason]
    assert (said, rejects) == (kept, [reason] if reason else [])


def test_two_tables_that_contradict_each_other() -> None:
    rows = [["Tool", "All"], ["Abacus", "5%"]]
    found = decode(printed(rows, rows, [["Tool", "All"], ["Abacus", "6%"]]), reviews=declaration())
    assert [record.value for record in found.records if isinstance(record, Observation)] == [5.0]
    assert [reject.reason for reject in found.rejects] == ["duplicate_cell"]


def test_a_declaration_with_a_broken_pattern_names_its_place() -> None:
    with pytest.raises(RegistryError, match=r"demo\.yaml: reviews\.0\.marks\.0: .*is no pattern"):
        reviews("demo", declaration(marks=["(open"]))
    with pytest.raises(UnreadableError, match="bad_declaration"):
        decode(b"%PDF-1.4", reviews={"publisher": "Demo"})
