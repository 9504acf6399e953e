"""Values that all catalogues of works write in their own ways: ids, languages, days of publication."""

from __future__ import annotations

from datetime import date

import pytest

from scrapers.decoders.arxiv_atom import is_withdrawn
from scrapers.decoders.oai_metadata import _listed_authors
from scrapers.decoders.work_ids import arxiv_id_of, doi_of
from scrapers.decoders.work_values import handle_of, language_of, published


@pytest.mark.parametrize(
    ("said", "doi"),
    [
        ("10.5555/ABC.1", "10.5555/abc.1"),
        (" https://doi.org/10.5555/abc ", "10.5555/abc"),
        ("http://dx.doi.org/10.5555/a(b)c", "10.5555/a(b)c"),
        ("doi: 10.5555/abc.", "10.5555/abc"),
        ("DOI 10.5555/abc", "10.5555/abc"),
        ("info:doi/10.5555/abc", "10.5555/abc"),
        ("info:eu-repo/semantics/altIdentifier/doi/10.5555/abc", "10.5555/abc"),
        ("See doi:10.5555/abc for more", None),
        ("10.5/abc", None),
        ("https://repository.example/10.5555/abc", None),
        (None, None),
    ],
)
def test_a_doi_in_any_dress(said: str | None, doi: str | None) -> None:
    assert doi_of(said) == doi


@pytest.mark.parametrize(
    ("said", "handle"),
    [
        ("http://hdl.handle.net/10993/123", "hdl:10993/123"),
        ("https://repository.example/handle/10993/123", "hdl:10993/123"),
        ("https://repository.example/jspui/handle/10993/123?locale=fr", "hdl:10993/123"),
        ("hdl:20.500.12345/7", "hdl:20.500.12345/7"),
        ("info:eu-repo/semantics/altIdentifier/hdl/10993/123", "hdl:10993/123"),
        ("https://repository.example/bitstream/10993/123/1/paper.pdf", None),
        ("10993/123", None),
    ],
)
def test_a_handle_in_any_dress(said: str, handle: str | None) -> None:
    assert handle_of(said) == handle


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("http://arxiv.org/abs/2609.00001v2", "2609.00001"),
        ("https://arxiv.org/pdf/0704.0001v1.pdf", "0704.0001"),
        ("http://arxiv.org/abs/math.GT/0309136v1", "math/0309136"),
        ("oai:arXiv.org:quant-ph/0201082", "quant-ph/0201082"),
        ("arXiv:2609.00001", "2609.00001"),
        ("2609.00001", ""),  # a number of this form may be anything's
        ("10.48550/arXiv.2609.00001", "2609.00001"),
    ],
)
def test_an_arxiv_id_that_says_so(said: str, known: str) -> None:
    assert arxiv_id_of(said, named=True) == known


@pytest.mark.parametrize(
    ("said", "day", "year"),
    [
        (["2026-05-14"], date(2026, 5, 14), 2026),
        (["2026-05", "2026-05-14", "2026"], date(2026, 5, 14), 2026),
        (["2026-08-30T09:00:00Z", "2026-08-30T09:00:00Z", "2019"], None, 2019),
        (["2026-08-30T09:00:00Z"], date(2026, 8, 30), 2026),
        (["2026-01-02/2026-01-04"], date(2026, 1, 2), 2026),
        (["2026/3/4"], date(2026, 3, 4), 2026),
        (["15/04/2003"], None, 2003),
        (["May 2003"], None, 2003),
        (["[1998?]"], None, 1998),
        (["1689"], None, 1689),
        (["info:eu-repo/date/embargoEnd/2027-01-01"], None, None),
        (["2026-13-45"], None, 2026),
        (["0000-00-00"], None, None),
        (["n.d.", ""], None, None),
        (["12345"], None, None),
    ],
)
def test_the_day_of_publication_among_all_days(said: list[str], day: date | None, year: int | None) -> None:
    assert published(said) == (day, year)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (["eng"], "en"), (["en_US"], "en"), (["Français"], "fr"), (["ltz"], "lb"), (["other", "deu"], "de"),
        (["fr; en"], "fr"), (["rus"], "rus"), (["und"], None), (["a language of our own"], None), ([], None),
    ],
)  # fmt: skip
def test_a_language_as_a_code(said: list[str], code: str | None) -> None:
    assert language_of(said) == code


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ("A. One", 1),
        ("A. One, B. Two", 2),
        ("A. One, B. Two, and C. Three", 3),
        ("A. One (1), B. Two (1 and 2) and C. Three ((1) Somewhere, (2) There and Elsewhere)", 3),
        ("A. One, Jr., B. Two, III", 2),
        ("The Demo Collaboration: A. One, B. Two", 2),
        ("", 0),
    ],
)
def test_names_in_one_line_are_counted(said: str, count: int) -> None:
    assert _listed_authors(said) == count


@pytest.mark.parametrize(
    ("said", "is_so"),
    [
        ("This paper has been withdrawn by the author due to a crucial error.", True),
        ("The paper has now been withdrawn", True),
        ("Withdrawn", True),
        ("12 pages; this submission was withdrawn by arXiv administrators", True),
        ("We study withdrawn bank deposits and how this work has been done.", False),
        ("Patients who were withdrawn from the trial", False),
    ],
)
def test_a_paper_that_is_withdrawn_says_so(said: str, is_so: bool) -> None:
    assert is_withdrawn(said) is is_so
