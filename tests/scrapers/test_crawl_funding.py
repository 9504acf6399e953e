"""Registers of funding through real crawl processes: a search page by page, a list and the pages it names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from scrapers.archive import Archive
from scrapers.archive.keys import canonical_url, request_key
from scrapers.decode import decode_crawl
from scrapers.items import FundingCall
from scrapers.plan import planned_requests
from scrapers.plan.funding import calls_page
from scrapers.registry import RegistryError, Source, load_sources, source_by_id
from scrapers.run import CrawlOutcome, CrawlRefusedError, crawl
from tests.scrapers.site import CONTACT, Answer, Asked, Site
from tests.scrapers.test_fixture_pairs import FIXTURES

SEARCH_HOST, SEARCH = "api.tech.ec.europa.eu", "/search-api/prod/rest/search"


def live(source_id: str, **params: Any) -> Source:
    source = source_by_id(source_id)
    changes = {"params": source.params | params, "delay_seconds": 0.0, "modes": ("live", "replay"), "disabled": None}
    return source.model_copy(update=changes)


def run(source: Source, root: Path, site: Site, host: str, **options: Any) -> CrawlOutcome:
    given: dict[str, Any] = {"mode": "live", "contact": CONTACT, "host_map": {host: site.base}, "timeout_s": 60.0}
    return crawl(source, root, **given | options)


class Portal:
    """A loopback search of seven topics, by pages of the size that is asked for."""

    def __init__(self, site: Site) -> None:
        self.topics = [f"QUAY-2027-{number:02}" for number in range(1, 8)]
        self.counted: int | None = None
        self.asked: list[Asked] = []
        site.serve("/robots.txt", b"")
        site.pages[SEARCH] = self.answer

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        query = {name: values[0] for name, values in parse_qs(urlsplit(asked.path).query).items()}
        size, page = int(query["pageSize"]), int(query["pageNumber"])
        part = self.topics[(page - 1) * size : page * size]
        results = [
            {
                "reference": f"{topic}TOPICSen", "weight": len(self.asked),
                "metadata": {"identifier": [topic], "title": [f"Topic {topic}"], "type": ["1"], "status": ["31094502"]},
            }
            for topic in part
        ]  # fmt: skip
        total = len(self.topics) if self.counted is None else self.counted
        answer = {"responseTime": len(self.asked), "totalResults": total, "pageNumber": page, "results": results}
        return Answer(json.dumps(answer).encode(), etag=False)


def test_calls_are_read_to_the_last_page_and_the_index_is_no_secret_of_ours(tmp_path: Path, site: Site) -> None:
    portal = Portal(site)
    source = live("eu_calls", page_size=3)
    outcome = run(source, tmp_path, site, SEARCH_HOST)
    assert (outcome.complete, outcome.problem) == (True, None)
    assert [parse_qs(urlsplit(asked.path).query)["pageNumber"] for asked in portal.asked] == [["1"], ["2"], ["3"]]
    assert all("apiKey=SEDIA" in asked.path for asked in portal.asked)
    assert len({asked.body for asked in portal.asked}) == 1
    asked = portal.asked[0]
    assert asked.headers["content-type"].startswith("multipart/form-data; boundary=")
    boundary = asked.headers["content-type"].partition("boundary=")[2].encode()
    parts = asked.body.split(b"--" + boundary)
    assert (parts[0], parts[-1]) == (b"", b"--\r\n")
    assert b'name="query"\r\nContent-Type: application/json\r\n\r\n{"bool":{"must":[{"terms":{"type":' in parts[1]
    archive = Archive(tmp_path)
    (record,) = archive.crawls()
    decoded = decode_crawl(archive, source, record.crawl_id)
    assert [one.call_id for one in decoded.records if isinstance(one, FundingCall)] == portal.topics
    assert all("apiKey" not in capture.url for capture in archive.captures(source.id, record.crawl_id))

    # Every answer says how long its search took; that nothing changed is seen all the same.
    again = run(source, tmp_path, site, SEARCH_HOST)
    assert (again.complete, again.unchanged) == (True, True)
    replayed = run(source, tmp_path, site, SEARCH_HOST, mode="replay")
    assert (replayed.complete, replayed.misses, replayed.hits) == (True, 0, 3)


def test_fewer_calls_than_are_counted_are_not_the_whole(tmp_path: Path, site: Site) -> None:
    portal = Portal(site)
    portal.counted = 9
    outcome = run(live("eu_calls", page_size=4), tmp_path, site, SEARCH_HOST)
    assert (outcome.complete, outcome.trouble) == (False, "changed_shape")
    assert "9 calls are counted, the pages list 7" in str(outcome.problem)


def test_a_message_in_place_of_results_is_no_answer(tmp_path: Path, site: Site) -> None:
    site.serve("/robots.txt", b"")
    site.serve(SEARCH, b'{"type":"businessError","message":"No result found"}')
    outcome = run(live("eu_calls"), tmp_path, site, SEARCH_HOST)
    assert (outcome.complete, outcome.trouble) == (False, "changed_shape")


def test_pages_of_one_question_are_kept_apart_by_their_number_alone() -> None:
    (first,) = planned_requests(source_by_id("eu_calls"))
    second = calls_page(first, 2)
    assert (first.key, second.key) == ("calls", "calls/page-2")
    keys = {request_key(each.method, each.url, each.body) for each in (first, second)}
    assert len(keys) == 2
    assert "apiKey" not in canonical_url(first.url)
    assert calls_page(second, 1).url == first.url
    other = first.url.replace("SEDIA", "OTHER")
    assert request_key("POST", other, first.body) == request_key("POST", first.url, first.body)


@pytest.mark.parametrize(
    ("source_id", "params"),
    [
        ("eu_calls", {"types": [], "statuses": ["31094502"]}),
        ("eu_calls", {"types": ["1"], "statuses": ["x y\n"]}),
        ("eu_calls", {"types": ["1"], "statuses": ["1"], "page_size": 101}),
        ("eu_calls", {"types": ["1"], "statuses": ["1"], "text": ""}),
        ("fnr_projects", {"titles": "("}),
        ("fnr_projects", {}),
    ],
)
def test_questions_that_cannot_be_asked_are_refused(source_id: str, params: dict[str, Any]) -> None:
    with pytest.raises(RegistryError, match=rf"^{source_id}\.yaml: params"):
        planned_requests(source_by_id(source_id).model_copy(update={"params": params}))


def test_the_national_funds_pages_of_results_are_followed_and_no_others(tmp_path: Path, site: Site) -> None:
    listing = {
        "actus": [
            {"permalink": "https://www.fnr.lu/results-of-an-invented-call/", "title": "Results of an invented call"},
            {"permalink": "https://www.fnr.lu/results-elsewhere/", "title": "Funded projects, elsewhere"},
            {"permalink": "https://www.fnr.lu/open-call/", "title": "A call opens"},
            {"permalink": "https://other.example/results/", "title": "Results"},
        ]
    }
    site.serve("/robots.txt", b"")
    site.serve("/wp-json/fnr/projects", json.dumps(listing).encode())
    site.serve("/results-of-an-invented-call/", (FIXTURES / "fnr" / "results.html").read_bytes())
    site.serve("/results-elsewhere/", b"<html><body><a href='https://docs.example/x'>View projects</a></body></html>")
    source = live("fnr_projects")
    outcome = run(source, tmp_path, site, "www.fnr.lu")
    assert (outcome.complete, outcome.problem) == (True, None)
    assert "/open-call/" not in site.paths()
    archive = Archive(tmp_path)
    decoded = decode_crawl(archive, source, archive.crawls()[0].crawl_id)
    assert len(decoded.records) == 3
    assert "no_projects" in {reject.reason for reject in decoded.rejects}
    assert "Blank" not in str(decoded.records)


def test_sources_that_nobody_has_probed_are_not_asked(tmp_path: Path) -> None:
    waiting = {source.id for source in load_sources() if source.disabled} & {
        "erc", "eu_calls", "fnr_projects", "kohesio", "cordis_h2020", "cordis_fp7"
    }  # fmt: skip
    assert waiting == {"erc", "eu_calls", "fnr_projects", "kohesio"}
    with pytest.raises(CrawlRefusedError):
        crawl(source_by_id("eu_calls"), tmp_path, mode="live", contact=CONTACT)
    for source_id in ("cordis_h2020", "cordis_fp7"):
        source = source_by_id(source_id)
        assert (source.watch.kind, str(source.watch.url)) == ("head", planned_requests(source)[0].url)
