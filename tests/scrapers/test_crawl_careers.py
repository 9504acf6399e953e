"""Two crawls of careers pages on a loopback site: what is asked for again, what stays open, what is closed.

Each board is one story of an invented employer on a host of its own; all of them are told by the same two crawls.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from scrapers.archive import Archive
from scrapers.archive.model import CrawlRecord
from scrapers.decode import decode_crawl
from scrapers.decoders.base import Decoded
from scrapers.items import JobPosting
from scrapers.plan import planned_requests
from scrapers.registry import RegistryError, Source, source_by_id
from scrapers.run import CrawlOutcome, crawl
from tests.scrapers.site import CONTACT, Answer, Site

CHALLENGE = (
    b"<!DOCTYPE html><html><head><title>Challenge Validation</title></head><body>"
    b'<iframe id="sec-cpt-if" provider="crypto"></iframe></body></html>'
)
NOWHERE = b"<html>oops</html>"
# What stands where the listing is due at the second crawl.
BROKEN = {
    "tested": (CHALLENGE, 200),
    "redesigned": (NOWHERE, 200),
    "emptied": (b"", 200),
    "busy": (b"no", 503),
    "moved_off": (b"no", 404),
    "unlisted": (b"<urlset><url><loc>/about</loc></url></urlset>", 200),
}
TOLD = ("stays", "dated", "fails", "moves", "index", "links", "bounded", "guarded")


def host(board: str) -> str:
    return f"{board.replace('_', '-')}.example"


def address(board: str, number: int | str) -> str:
    return f"https://{host(board)}/{board}/offers/keeper-{number}"


def source(boards: dict[str, str]) -> Source:
    """``boards``: name -> path of its listing."""
    lines = [
        {
            "board": name,
            "employer": "Passerelle Invented SA",
            "options": {"listing": f"https://{host(name)}{path}", "pattern": r"/offers/[^/]+$"},
        }
        for name, path in boards.items()
    ]
    params = {"boards": lines, "pages_per_crawl": 5, "refresh_days": 7}
    return source_by_id("careers_pages").model_copy(update={"params": params, "delay_seconds": 0.0})


def page(number: int, words: str = "Bridges are looked after.") -> bytes:
    said = {
        "@context": "https://schema.org",
        "@type": "JobPosting",
        "title": f"Keeper {number}",
        "description": f"<p>{words}</p>",
        "datePosted": "2026-07-01",
        "hiringOrganization": {"@type": "Organization", "name": "Passerelle Invented SA"},
        "jobLocation": {"@type": "Place", "address": {"addressLocality": "Remich", "addressCountry": "LU"}},
    }
    block = f'<script type="application/ld+json">{json.dumps(said)}</script>'
    return f"<!doctype html><html><head>{block}</head><body><h1>Offer {number}</h1></body></html>".encode()


def sitemap(board: str, *numbers: int, lastmod: dict[int, str] | None = None) -> bytes:
    dates = {number: f"<lastmod>{day}</lastmod>" for number, day in (lastmod or {}).items()}
    entries = (f"<url><loc>{address(board, n)}</loc>{dates.get(n, '')}</url>" for n in numbers)
    about = f"<url><loc>https://{host(board)}/about</loc></url>"
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0"?><urlset xmlns="{space}">{about}{"".join(entries)}</urlset>'.encode()


@dataclass
class Told:
    """One crawl: what was asked, and what it gave."""

    outcome: CrawlOutcome
    decoded: Decoded
    record: CrawlRecord
    asked: list[str]

    def titles(self, board: str) -> list[str]:
        return sorted(record.title.removeprefix("Keeper ") for record in self.postings(board))

    def postings(self, board: str) -> list[JobPosting]:
        return [
            record for record in self.decoded.records if isinstance(record, JobPosting) and record.board_id == board
        ]

    def pages(self, board: str) -> list[str]:
        start = f"/{board}/offers/keeper-"
        return sorted(path.removeprefix(start) for path in self.asked if path.startswith(start))

    def rejects(self, board: str) -> list[str]:
        return sorted(reject.reason for reject in self.decoded.rejects if host(board) in reject.url)


class Publishers:
    """The sites of all boards behind one loopback server."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.boards: dict[str, str] = {}

    def list(self, board: str, body: bytes, status: int = 200, path: str = "sitemap.xml") -> None:
        self.boards.setdefault(board, f"/{board}/{path}")
        self.site.serve(f"/{board}/{path}", body, status, Content_Type="application/xml", Retry_After="0")

    def post(self, board: str, *numbers: int, body: bytes = b"", status: int = 200) -> None:
        for number in numbers:
            self.site.serve(f"/{board}/offers/keeper-{number}", body or page(number), status, Content_Type="text/html")

    def lead(self, board: str, number: int, target: str) -> None:
        path = f"/{board}/offers/keeper-{number}"
        self.site.pages[path] = lambda asked: Answer(b"", 302, {"Location": target}, etag=False)

    def crawl(self, root: Path) -> Told:
        chosen = source(self.boards)
        self.site.asked.clear()
        hosts = {host(board): self.site.base for board in self.boards}
        outcome = crawl(chosen, root, mode="live", contact=CONTACT, host_map=hosts)
        assert outcome.crawl_id is not None
        archive = Archive(root)
        decoded = decode_crawl(archive, chosen, outcome.crawl_id)
        assert len({record.record_id for record in decoded.records}) == len(decoded.records)
        return Told(outcome, decoded, archive.crawls("careers_pages")[-1], self.site.paths())


def first(all_of: Publishers) -> None:
    for board in (*BROKEN, "moves"):
        all_of.list(board, sitemap(board, 1))
        all_of.post(board, 1)
    all_of.list("stays", sitemap("stays", 1, 2, 3))
    all_of.post("stays", 1, 2, 3)
    all_of.list("dated", sitemap("dated", 1, 2, lastmod={1: "2020-01-01", 2: "2020-02-01T10:00:00+00:00"}))
    all_of.post("dated", 1, 2)
    all_of.list("fails", sitemap("fails", 1, 2, 3, 4, 5))
    all_of.post("fails", 1, 2, 3, 4, 5)
    all_of.lead("moves", 1, address("moves", "one"))
    all_of.site.serve("/moves/offers/keeper-one", page(1), Content_Type="text/html")
    index = "".join(
        f"<sitemap><loc>{url}</loc></sitemap>"
        for url in ("/index/a.xml.gz", "/index/b.xml", "https://elsewhere.example/c")
    )
    all_of.list("index", f"<sitemapindex>{index}</sitemapindex>".encode())
    all_of.list("index", gzip.compress(sitemap("index", 1)), path="a.xml.gz")
    all_of.list("index", sitemap("index", 2), path="b.xml")
    all_of.post("index", 1, 2)
    all_of.list("links", b'<p><a href="offers/keeper-1">One</a><a rel="next" href="/links/more">More</a>', path="jobs")
    all_of.list("links", b'<p><a href="/links/offers/keeper-2#x">Two</a> <a href="/about">Us</a>', path="more")
    all_of.post("links", 1, 2)
    all_of.list("bounded", sitemap("bounded", *range(1, 8)))
    all_of.post("bounded", *range(1, 8))
    all_of.list("guarded", sitemap("guarded", *range(1, 6)))
    all_of.post("guarded", *range(1, 6), body=CHALLENGE)


def later(all_of: Publishers) -> None:
    for board, (body, status) in BROKEN.items():
        all_of.list(board, body, status)
    all_of.list("stays", sitemap("stays", 1, 2, 4))
    all_of.post("stays", 4)
    all_of.list("dated", sitemap("dated", 1, 2, lastmod={1: "2020-01-01", 2: "2099-01-01"}))
    all_of.post("dated", 2, body=page(2, "Other words."))
    changed = {number: f"2099-01-0{number}" for number in range(1, 6)}
    all_of.list("fails", sitemap("fails", 1, 2, 3, 4, 5, lastmod=changed))
    all_of.post("fails", 1, body=b"down", status=500)
    all_of.post("fails", 2, body=b"gone", status=410)
    all_of.post("fails", 3, body=b"<html><body>This position has been filled.</body></html>")
    all_of.post("fails", 4, body=b"<html><body>A new design, nothing for machines.</body></html>")
    all_of.lead("fails", 5, "/fails/jobs")
    all_of.list("index", b"down", 500, path="b.xml")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Told, Told]]:
    site = Site()
    root = tmp_path_factory.mktemp("careers")
    publishers = Publishers(site)
    try:
        first(publishers)
        one = publishers.crawl(root)
        later(publishers)
        yield one, publishers.crawl(root)
    finally:
        site.close()


def test_the_first_crawl_reads_every_page_but_those_behind_a_test(told: tuple[Told, Told]) -> None:
    one, _ = told
    assert [one.titles(board) for board in ("stays", "dated", "moves", "index", "links")] == [
        ["1", "2", "3"],
        ["1", "2"],
        ["1"],
        ["1", "2"],
        ["1", "2"],
    ]
    assert set(TOLD) | set(BROKEN) == set(one.record.complete_keys) & (set(TOLD) | set(BROKEN))
    assert one.postings("stays")[0].luxembourg_basis == "commune"


def test_pages_that_are_listed_stay_open_without_being_asked_for_again(told: tuple[Told, Told]) -> None:
    one, two = told
    assert two.pages("stays") == ["4"]
    assert two.titles("stays") == ["1", "2", "4"]  # 3 left the listing
    before = {record.record_id: record for record in one.postings("stays")}
    for record in two.postings("stays"):
        assert record.crawl_id == two.outcome.crawl_id
        if record.record_id in before:  # with the bytes that it was read from
            assert record.capture_id == before[record.record_id].capture_id
            assert record.content_sha256 == before[record.record_id].content_sha256
    assert "stays" in two.record.complete_keys


def test_a_page_is_asked_for_again_when_its_sitemap_says_that_it_changed(told: tuple[Told, Told]) -> None:
    _, two = told
    assert two.pages("dated") == ["2"]
    assert sorted(record.text for record in two.postings("dated")) == ["Bridges are looked after.", "Other words."]


def test_pages_that_fail_are_gone_or_say_nothing(told: tuple[Told, Told]) -> None:
    _, two = told
    # 500: nobody knows. No data: the listing still names it. 410, "filled" and a way to elsewhere: it is over.
    assert two.titles("fails") == ["1", "4"]
    assert two.rejects("fails") == ["expired", "no_structured_data"]
    assert "3 listed pages that are gone" in two.decoded.notes


def test_a_page_that_moved_within_the_site_is_followed(told: tuple[Told, Told]) -> None:
    assert [crawled.titles("moves") for crawled in told] == [["1"], ["1"]]


@pytest.mark.parametrize("board", BROKEN)
def test_a_listing_that_is_none_closes_nothing(told: tuple[Told, Told], board: str) -> None:
    one, two = told
    assert board in one.record.complete_keys
    assert board not in two.record.complete_keys
    assert board in two.record.problems
    assert two.pages(board) == []
    if board == "tested":
        assert "bot challenge (Akamai)" in two.record.problems[board]


def test_a_challenge_in_place_of_a_page_stops_the_host(told: tuple[Told, Told]) -> None:
    one, _ = told
    assert len(one.pages("guarded")) <= 4  # those under way when the first was read
    assert not one.postings("guarded")
    assert set(one.rejects("guarded")) == {"challenge"}
    assert "bot challenge (Akamai)" in one.record.problems[host("guarded")]
    assert one.outcome.trouble == "refused"


def test_an_index_of_which_a_part_fails_closes_nothing(told: tuple[Told, Told]) -> None:
    _, two = told
    assert two.titles("index") == ["1"]
    assert "index" not in two.record.complete_keys


def test_no_more_pages_at_once_than_allowed_and_those_never_read_first(told: tuple[Told, Told]) -> None:
    one, two = told
    assert one.pages("bounded") == one.titles("bounded") == ["1", "2", "3", "4", "5"]
    assert one.record.remarks["bounded: pages"] == "2 pages are left for the next crawl"
    assert two.pages("bounded") == ["6", "7"]
    assert two.titles("bounded") == ["1", "2", "3", "4", "5", "6", "7"]


@pytest.mark.parametrize(
    "options",
    [{}, {"listing": "https://x.example/"}, {"listing": "ftp://x/y", "pattern": "a"}, {"listing": "x", "pattern": "("}],
)
def test_a_site_that_is_not_described_is_refused(options: dict[str, str]) -> None:
    broken = source({}).model_copy(update={"params": {"boards": [{"board": "x", "options": options}]}})
    with pytest.raises(RegistryError, match="listing"):
        planned_requests(broken)
