"""OpenAlex works: ids at other registries, funders, and files of the snapshot."""

from __future__ import annotations

import gzip
from typing import Any

import orjson
import pytest

from scrapers.decoders import openalex, openalex_gone
from scrapers.decoders.base import UnreadableError
from tests.scrapers.test_decode_openalex import decode, one
from tests.shared import shared_path

# -- ids ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "arxiv_id"),
    [
        ({"doi": "https://doi.org/10.48550/arXiv.2201.01234"}, "2201.01234"),
        ({"doi": "10.48550/arxiv.math/0309136"}, "math/0309136"),
        ({"ids": {"arxiv": "2201.01234v3"}}, "2201.01234"),
        ({"locations": [{"landing_page_url": "http://arxiv.org/abs/math.GT/0309136v1"}]}, "math/0309136"),
        ({"locations": [{"pdf_url": "https://arxiv.org/pdf/2201.01234v2.pdf"}]}, "2201.01234"),
        ({"locations": [{"id": "pmh:oai:arXiv.org:2201.01234"}]}, "2201.01234"),
        ({"host_venue": {"url": "https://www.arxiv.org/abs/2201.01234?context=cs"}}, "2201.01234"),
        ({"locations": [{"landing_page_url": "https://example.org/abs/2201.01234"}, None, 7]}, ""),
        ({"ids": "x", "locations": "y", "doi": 7}, ""),
    ],
)
def test_the_id_at_arxiv(fields: dict[str, Any], arxiv_id: str) -> None:
    assert one(**fields).arxiv_id == arxiv_id


def test_ids_at_other_registries() -> None:
    ids = {"mag": 2741809807, "pmid": "https://pubmed.ncbi.nlm.nih.gov/29456894", "openalex": "https://openalex.org/W1",
           "pmcid": "https://www.ncbi.nlm.nih.gov/pmc/articles/5815332"}  # fmt: skip
    places = [
        {"id": "pmid:29456894", "landing_page_url": "https://pubmed.ncbi.nlm.nih.gov/29456894"},
        {"id": "pmh:oai:repository.example:99999/7", "landing_page_url": "http://repository.example/handle/99999/7"},
        {"landing_page_url": "https://orcid.org/0000-0000-0000-0000>,", "pdf_url": "https://europepmc.org/articles/pmc5815332"},
        {"landing_page_url": "https://example.org/99999/8"},
        {"landing_page_url": "http://hdl.handle.net/123456789/5"},  # the prefix of repositories that have none
    ]  # fmt: skip
    assert one(ids=ids, locations=places).other_ids == [
        "hdl:99999/7",
        "mag:2741809807",
        "oai:repository.example:99999/7",
        "pmcid:PMC5815332",
        "pmid:29456894",
    ]
    many = [{"id": f"pmh:oai:repository.example:{number}"} for number in range(500)]
    assert len(one(locations=many).other_ids) == 40


def test_funders_and_awards() -> None:
    record = one(
        funders=[{"ror": "https://ror.org/099aaaa22"}, {"display_name": " Example\nFund "}, {}, None],
        awards=[{"funder_id": "https://openalex.org/F2", "funder_award_id": 77}, {"funder_award_id": "X-1"}, {}],
    )
    assert record.funders == ["099aaaa22", "Example Fund", "F2"]
    assert record.awards == ["F2 77", "X-1"]


# -- files of the snapshot ---------------------------------------------------------------------------------------------


def test_a_partition_may_be_packed_and_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = b"".join(orjson.dumps({"id": f"https://openalex.org/W{n}", "title": "t"}) + b"\n" for n in range(5))
    assert len(decode(gzip.compress(lines)).records) == len(decode(lines).records) == 5
    assert len(decode(gzip.compress(lines[: lines.index(b"\n") + 1])).records) == 1
    with pytest.raises(UnreadableError, match="too_large"):
        decode(gzip.compress(b'{"id":"https://openalex.org/W1"}\n' + b" " * (65 << 20)))
    with pytest.raises(UnreadableError, match="cut off"):
        decode(gzip.compress(lines)[:-9])
    others = b"".join(orjson.dumps({"id": f"https://openalex.org/A{n}"}) + b"\n" for n in range(5))
    with pytest.raises(UnreadableError, match="a partition of another kind of entity \\(author\\)"):
        decode(gzip.compress(others))
    monkeypatch.setattr(openalex, "MAX_LINES", 4)
    with pytest.raises(UnreadableError, match="too_many_elements"):
        decode(lines)


def test_lists_of_gone_works_may_be_packed_and_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    log = b"\xef\xbb\xbfwork_id,deleted_date\n" + b"".join(b"W%d,2026-08-14\n" % n for n in range(5))
    records = decode(gzip.compress(log)).records
    assert [getattr(record, "is_deleted", None) for record in records] == [True] * 5
    assert decode(b"work_id,deleted_date\n").notes == ["the list names no work"]
    monkeypatch.setattr(openalex_gone, "MAX_RECORDS", 4)
    with pytest.raises(UnreadableError, match="more than 4 works"):
        decode(log)


def test_merged_ids_of_authors_are_noted_and_no_records() -> None:
    path = shared_path("recordings/research/openalex_snapshot/merged_ids_authors_2023-04-13.csv")
    decoded = decode(path.read_bytes())
    assert (decoded.records, decoded.rejects) == ([], [])
    assert decoded.notes == ["id of an entity that is no work (author), left out (4 times)"]
