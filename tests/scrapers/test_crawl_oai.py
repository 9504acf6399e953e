"""OAI-PMH and arXiv's API through real crawl processes: what is archived, signed off and decoded of a harvest."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from scrapers import profiles
from scrapers.archive import Archive
from scrapers.decode import decode_crawl
from scrapers.items import utc_now
from scrapers.plan import planned_requests
from scrapers.registry import RegistryError, Source
from scrapers.run import CrawlOutcome, crawl
from tests.scrapers import oai_server
from tests.scrapers.harvests import registered
from tests.scrapers.oai_server import Papers, Repository
from tests.scrapers.site import CONTACT, Site


def changed(source: Source, **params: object) -> Source:
    return source.model_copy(update={"params": params, "delay_seconds": 0.0})


def run(root: Path, site: Site, source: Source) -> CrawlOutcome:
    hosts = {"repository.example": site.base, "export.arxiv.org": site.base}
    return crawl(source, root, mode="live", contact=CONTACT, host_map=hosts, timeout_s=60.0)


def test_a_harvest_and_its_increment(tmp_path: Path, site: Site) -> None:
    server = Repository(now=utc_now() - timedelta(days=4))
    site.serve("/robots.txt", b"")
    site.pages["/oai"] = server.answer
    source = changed(registered("orbilu"), base="https://repository.example/oai", overlap_days=1)
    for number in range(50):
        server.put(f"w{number:03}", f"Work {number}")
    server.troubles, server.expires = {1: oai_server.busy("0")}, {4}
    first = run(tmp_path, site, source)
    assert (first.complete, first.problem) == (True, None)
    archive = Archive(tmp_path)
    (record,) = archive.crawls()
    assert record.whole == [""]
    assert record.remarks == {"all: tokens": "1 tokens expired before they were used"}
    assert len(decode_crawl(archive, source, record.crawl_id).records) == 50
    assert server.asked[0] == server.asked[1] == {"verb": "ListRecords", "metadataPrefix": "oai_dc"}

    server.now = utc_now()
    server.put("w001", "Work 1, again")
    server.delete("w002")
    server.troubles, server.expires = {}, set()
    server.asked.clear()
    second = run(tmp_path, site, source)
    assert (second.complete, second.requests) == (True, 1)
    assert server.asked[0]["from"] == f"{record.started_at - timedelta(days=1):%Y-%m-%d}"
    record = Archive(tmp_path).crawls()[-1]
    assert record.whole == []
    assert profiles.read_whole(source, record) == []  # so it is no fall, and nothing is gone for being absent
    found = decode_crawl(Archive(tmp_path), source, record.crawl_id).records
    assert [(one.record_id, one.title, one.is_deleted) for one in found] == [
        ("orbilu:oai:repository.example:w001", "Work 1, again", False),
        ("orbilu:oai:repository.example:w002", "", True),
    ]


def test_a_query_of_arxiv_is_read_in_slices(tmp_path: Path, site: Site) -> None:
    server = Papers()
    server.papers = {f"2607.{number:05}": (1, f"Paper {number}") for number in range(45)}
    server.troubles = {2: server.hollow}
    site.serve("/robots.txt", b"")
    site.pages["/api/query"] = server.answer
    query = {"key": "demo", "query": "all:demo"}
    source = changed(registered("arxiv_query"), per_page=20, queries=[query])
    outcome = run(tmp_path, site, source)
    assert (outcome.complete, outcome.problem, len(server.asked)) == (True, None, 4)
    (record,) = Archive(tmp_path).crawls()
    assert (record.whole, record.complete_keys) == ([""], ["demo", "demo/20", "demo/40"])
    assert len(decode_crawl(Archive(tmp_path), source, record.crawl_id).records) == 45


def test_the_sources_plan_what_they_say() -> None:
    planned = {one.key: one.url for one in planned_requests(registered("arxiv_oai"))}
    assert len(planned) == 8
    assert planned["cs:cs:AI"] == (
        "https://oaipmh.arxiv.org/oai?verb=ListRecords&metadataPrefix=arXiv&set=cs%3Acs%3AAI&from=2026-10-01"
    )
    (orbilu,) = planned_requests(registered("orbilu"))
    assert (orbilu.key, orbilu.url.partition("?")[0]) == ("all", "https://orbilu.uni.lu/oai/request")
    (query,) = planned_requests(registered("arxiv_query"))
    assert "start=0&max_results=200&sortBy=submittedDate" in query.url


@pytest.mark.parametrize(
    ("source_id", "params", "field"),
    [
        ("orbilu", {"base": "ftp://repository.example/oai"}, "base"),
        ("orbilu", {"base": "https://repository.example/oai?verb=x"}, "base"),
        ("orbilu", {"sets": ["a b"]}, "sets"),
        ("orbilu", {"sets": "cs"}, "sets"),
        ("orbilu", {"prefix": ""}, "prefix"),
        ("orbilu", {"since": "last year"}, "since"),
        ("orbilu", {"overlap_days": -1}, "overlap_days"),
        ("orbilu", {"max_pages": True}, "max_pages"),
        ("orbilu", {"trusts_count": "no"}, "trusts_count"),
        ("orbilu", {"since": None, "slice_days": 7}, "slice_days"),
        ("arxiv_query", {"per_page": 2001}, "per_page"),
        ("arxiv_query", {"queries": [{"key": "A B", "query": "all:x"}]}, "queries.0.key"),
        ("arxiv_query", {"queries": [{"key": "a", "query": ""}]}, "queries.0.query"),
        ("arxiv_query", {"queries": []}, "params: nothing is planned"),
    ],
)
def test_a_plan_that_cannot_be_asked_is_refused(source_id: str, params: dict, field: str) -> None:
    source = registered(source_id)
    with pytest.raises(RegistryError, match=field):
        planned_requests(source.model_copy(update={"params": {**source.params, **params}}))
