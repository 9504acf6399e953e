"""A publisher that does everything wrong, on the loopback: the ledger tells the truth, and nothing good is lost.

One crawl holds a source for each kind of hostility, each on a host of its own, and every host has a good answer too.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from scrapers.archive import Archive, CrawlRecord
from scrapers.netguard import GuardedResolver, NotPublicError
from scrapers.registry import Source, source_by_id
from scrapers.run import crawl, crawl_many
from scrapers.spiders import base
from scrapers.tdm import WELL_KNOWN
from tests.scrapers.site import CONTACT, Answer, Asked, Site
from tests.scrapers.test_crawl_feed import TYPE, feed, item
from tests.scrapers.test_opt_outs import RESERVED, with_head

GOOD = feed(item(1), item(2))
CHALLENGE = (
    b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><div id='cf-wrapper'>"
    b"<script>window._cf_chl_opt={cvId:'3'};</script><noscript>Enable JavaScript and cookies to continue</noscript>"
    b"</div></body></html>"
)


def source(name: str, *paths: str, **changes: Any) -> Source:
    """Feeds at these paths of a host of the source's own."""
    feeds = [{"key": path.strip("/"), "url": f"https://{name}.example.lu{path}"} for path in paths]
    fields = {"id": f"hostile_{name}", "delay_seconds": 0.0, "access": "web", "params": {"feeds": feeds}} | changes
    return source_by_id("cssf_publications").model_copy(update=fields)


def ledger(root: Path, record: CrawlRecord) -> list[tuple[str, str, int | None]]:
    """Address without host, outcome, status of each row but robots.txt and tdmrep.json."""
    lines = (root / record.source_id / f"{record.crawl_id}.ledger.jsonl").read_bytes().splitlines()
    rows = [orjson.loads(line) for line in lines]
    return [
        (row["url"].partition(".example.lu")[2], row["outcome"], row.get("status"))
        for row in rows
        if not row["url"].endswith(("/robots.txt", WELL_KNOWN))
    ]


class Raw:
    """A server that answers with whatever bytes it is told to, as slowly as it is told to."""

    def __init__(self, chunks: Callable[[], Iterator[bytes]]) -> None:
        self._chunks, self.sent = chunks, 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.base = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            try:
                asked = connection.recv(65536)
                if b"/feed" not in asked.partition(b"\r\n")[0]:
                    connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    return
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nConnection: close\r\n\r\n")
                for chunk in self._chunks():
                    connection.sendall(chunk)
                    self.sent += len(chunk)
            except OSError:
                pass  # the client hung up, which is what these are about

    def close(self) -> None:
        self._socket.close()


def endless() -> Iterator[bytes]:
    while True:
        yield b"<item>more</item>" * 4096


def drip() -> Iterator[bytes]:
    for number in range(len(GOOD)):
        time.sleep(0.2)
        yield GOOD[number : number + 1]


@pytest.fixture
def raw() -> Iterator[Callable[[Callable[[], Iterator[bytes]]], Raw]]:
    made: list[Raw] = []

    def start(chunks: Callable[[], Iterator[bytes]]) -> Raw:
        made.append(Raw(chunks))
        return made[-1]

    yield start
    for server in made:
        server.close()


def test_each_hostility_costs_itself_alone_and_is_told(
    tmp_path: Path, site: Site, raw: Callable[[Callable[[], Iterator[bytes]]], Raw]
) -> None:
    """Site serves all the hosts that speak HTTP well; their paths tell them apart."""
    site.serve("/good", GOOD, Content_Type=TYPE)
    site.serve("/loop", b"", 302, Location="/loop?again=1")
    site.serve("/private", b"", 302, Location="http://192.168.0.1/admin")
    site.serve("/local", b"", 302, Location=f"http://localhost:{site.base.rpartition(':')[2]}/inside")
    site.serve("/page", b"<!doctype html><html><body><p>We moved.</p></body></html>", Content_Type=TYPE)
    site.serve("/json", b'{"error": "no"}', Content_Type=TYPE)
    site.serve("/mistyped", GOOD, Content_Type="image/png")
    site.serve("/challenge", CHALLENGE, Content_Type="text/html")
    site.serve("/mined", with_head(RESERVED).encode(), Content_Type="text/html")
    busy = iter([Answer(b"slow down", 429, {"Retry-After": "0"}), Answer(GOOD, headers={"Content-Type": TYPE})])
    site.pages["/busy"] = lambda asked: next(busy)
    site.serve("/day", b"come back tomorrow", 429, Retry_After="80000")
    never_ends = raw(endless)
    sources = [
        source("redirects", "/good", "/loop", "/private", "/local"),
        source("types", "/page", "/json", "/mistyped", "/good"),
        source("challenged", "/challenge", "/good"),
        source("reserved", "/mined", "/good"),
        source("busy", "/busy", "/good"),
        source("tomorrow", "/day", "/good"),
        source("endless", "/feed", max_download_mib=1),
    ]
    host_map = {f"{one.id.removeprefix('hostile_')}.example.lu": site.base for one in sources}
    host_map["endless.example.lu"] = never_ends.base
    done = crawl_many(sources, tmp_path, mode="live", contact=CONTACT, host_map=host_map, timeout_s=60)
    records = {record.source_id.removeprefix("hostile_"): record for record in Archive(tmp_path).crawls()}
    problems = {name: record.problems for name, record in records.items()}
    assert set(records) == {one.id.removeprefix("hostile_") for one in sources}

    assert records["redirects"].complete_keys == ["good"]
    assert "max redirections" in problems["redirects"]["loop"]
    assert "192.168.0.1 is not a public address" in problems["redirects"]["private"]
    assert "localhost resolves to 127.0.0.1, which is not a public address" in problems["redirects"]["local"]
    assert "/inside" not in site.paths()
    rows = ledger(tmp_path, records["redirects"])
    assert ("/good", "new", 200) in rows
    assert sum(status == 302 and path.startswith("/loop") for path, _, status in rows) == 6
    assert [outcome for path, outcome, status in rows if status is None] == ["refused", "refused"]

    # A wrong content type does no harm: what counts is what the bytes are.
    assert records["types"].complete_keys == ["good", "mistyped"]
    assert set(problems["types"]) == {"page", "json"}
    assert {status for _, _, status in ledger(tmp_path, records["types"])} == {200}

    # A challenge and an opt-out end their host, whatever else it would have given; what was said is kept.
    assert done["hostile_challenged"].trouble == "refused"
    assert "challenge" in problems["challenged"]["challenge"]
    assert ("/challenge", "new", 200) in ledger(tmp_path, records["challenged"])
    assert done["hostile_reserved"].trouble == "refused"
    assert "tdm-reservation" in problems["reserved"]["reserved.example.lu"]
    mined = [c for c in Archive(tmp_path).captures("hostile_reserved", records["reserved"].crawl_id)]
    assert [capture.body for capture in mined] == [b""]

    assert records["busy"].complete
    waited = [(outcome, status) for path, outcome, status in ledger(tmp_path, records["busy"]) if path == "/busy"]
    assert waited == [("new", 429), ("known", 200)]  # known: the good one has the same bytes
    assert done["hostile_tomorrow"].trouble == "refused"
    assert "80000 s" in problems["tomorrow"]["tomorrow.example.lu"]

    assert problems["endless"]["feed"] == "the body is larger than the limit of 1 MiB"
    assert [outcome for _, outcome, _ in ledger(tmp_path, records["endless"])] == ["failed"]
    assert never_ends.sent < 40 * 2**20

    for record in Archive(tmp_path).crawls():
        for capture in Archive(tmp_path).captures(record.source_id, record.crawl_id, include_robots=True):
            assert Archive(tmp_path).prove(capture.capture_id).verified


@pytest.mark.endurance
def test_robots_and_opt_outs_bind_before_anything_is_asked(tmp_path: Path, site: Site, other_site: Site) -> None:
    site.serve("/robots.txt", b"User-agent: *\nDisallow: /closed\n")
    other_site.serve(WELL_KNOWN, json.dumps([{"location": "/closed", "tdm-reservation": 1}]).encode())
    for served in (site, other_site):
        for path in ("/open", "/closed"):
            served.serve(path, GOOD, Content_Type=TYPE)
    sources = [source("robots", "/closed", "/open"), source("tdmrep", "/closed", "/open")]
    api = source("api", "/closed", access="documented_api")  # its terms bind, the verdict is written down
    host_map = {"robots.example.lu": site.base, "tdmrep.example.lu": other_site.base, "api.example.lu": site.base}
    done = crawl_many([*sources, api], tmp_path, mode="live", contact=CONTACT, host_map=host_map)
    records = {record.source_id.removeprefix("hostile_"): record for record in Archive(tmp_path).crawls()}
    for name, why in (("robots", "disallowed"), ("tdmrep", "TDM reservation")):
        assert records[name].complete_keys == ["open"]
        assert why in records[name].problems["closed"]
        assert done[f"hostile_{name}"].trouble == "refused"
        assert ledger(tmp_path, records[name]) == [("/closed", "refused", None), ("/open", "new", 200)]
    assert "/closed" not in other_site.paths()
    assert site.paths().count("/closed") == 1  # the API's
    assert records["api"].complete
    assert records["api"].robots["api.example.lu"] == "disallowed; proceeding under the API's terms"


@pytest.mark.endurance
def test_a_drip_ends_with_the_time_and_takes_nothing_with_it(
    tmp_path: Path, site: Site, raw: Callable[[Callable[[], Iterator[bytes]]], Raw]
) -> None:
    """A body that comes byte by byte, each well within any time-out of a connection."""
    site.serve("/good", GOOD, Content_Type=TYPE)
    sources = [source("quick", "/good"), source("drip", "/feed")]
    host_map = {"quick.example.lu": site.base, "drip.example.lu": raw(drip).base}
    begun = time.monotonic()
    done = crawl_many(sources, tmp_path, mode="live", contact=CONTACT, host_map=host_map, timeout_s=5)
    assert time.monotonic() - begun < 20
    assert done["hostile_quick"].complete
    assert (done["hostile_drip"].complete, done["hostile_drip"].trouble) == (False, "unreachable")
    (record,) = Archive(tmp_path).crawls("hostile_drip")
    assert list(Archive(tmp_path).captures(record.source_id, record.crawl_id)) == []  # half an answer is none
    assert {outcome for _, outcome, _ in ledger(tmp_path, record)} == {"failed"}


@pytest.mark.endurance
def test_pages_that_change_while_they_are_read_close_no_ad(tmp_path: Path, site: Site) -> None:
    """An ad that slips from the second page to the first while these are read is on neither; the board is not whole."""
    host, token = "api.smartrecruiters.com", "demo"

    def posting(number: int) -> dict[str, Any]:
        return {"id": str(number), "name": f"Invented job {number}", "location": {"country": "fr", "city": "Metz"}}

    def page(asked: Asked) -> Answer:
        """100 a page of 150 ads; after the first page one of its ads is taken off, and all others move up."""
        offset = 100 if "offset=100" in asked.path else 0
        listed = [n for n in range(150) if offset == 0 or n != 5]
        body = {"offset": offset, "limit": 100, "totalFound": len(listed)}
        return Answer(orjson.dumps(body | {"content": [posting(n) for n in listed[offset : offset + 100]]}))

    site.pages[f"/v1/companies/{token}/postings"] = page
    registered = source_by_id("smartrecruiters_boards")
    board = {"board": token, "employer": "Invented SA", "country": "FR"}
    chosen = registered.model_copy(update={"delay_seconds": 0.0, "params": {"boards": [board]}, "disabled": None})
    done = crawl(chosen, tmp_path, mode="live", contact=CONTACT, host_map={host: site.base})
    (record,) = Archive(tmp_path).crawls()
    assert not done.complete
    assert token not in record.complete_keys  # so none of its ads is closed
    statuses = [status for _, _, status in ledger(tmp_path, record)]
    assert statuses == [200, 200]  # and both pages are kept as they were


def test_a_chain_without_an_end_and_an_address_without_one_are_told(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process: the spider alone, with bounds that a test can reach."""
    from scrapy.http import TextResponse

    from scrapers.crawl import settings
    from scrapers.pace import Pace
    from scrapers.plan import Planned
    from scrapers.session import CrawlSession

    class Chain(base.PlannedSpider):
        name = "chain"

        def problem_with(self, body: bytes) -> str | None:
            return None

        def follow(self, body: bytes, url: str, key: str) -> list[Planned]:
            return [Planned("long", "https://x.example/" + "a" * 9000), Planned("next", "https://x.example/next")]

    assert settings("agent")["URLLENGTH_LIMIT"] == 0
    monkeypatch.setattr(base, "MAX_DEPTH", 3)
    chosen = source("chain", "/good")
    for depth, asked in ((0, ["https://x.example/next"]), (3, [])):
        archive = Archive(tmp_path)
        first = Planned("first", "https://x.example/")
        session = CrawlSession(chosen, "live", archive, Pace(), time.monotonic() + 9, "agent", [first])
        spider = Chain(session)
        request = spider.request(first)
        request.meta["depth"] = depth
        answer = TextResponse(request.url, body=b"x", request=request)
        assert [follow.url for follow in spider.parse(answer, "first")] == asked
        assert not session.complete
        expected = "9018 characters" if depth == 0 else "3 answers in a row"
        assert any(expected in problem for problem in session.problems.values())


def test_a_name_that_first_is_public_and_then_private_is_refused_at_each_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """DNS rebinding: the answer that is judged is the answer that is connected to, cached or not."""
    from scrapy.resolver import dnscache
    from twisted.internet import defer
    from twisted.internet.base import ThreadedResolver

    answers = iter(["93.184.216.34", "10.0.0.8"])
    monkeypatch.setattr(ThreadedResolver, "getHostByName", lambda *given: defer.succeed(next(answers)))
    dnscache.limit = 0
    resolver = GuardedResolver(None, 0, 5.0)  # type: ignore[arg-type]
    seen: list[object] = []
    for _ in range(2):
        resolver.getHostByName("rebinds.example").addBoth(seen.append)
    assert seen[0] == "93.184.216.34"
    assert isinstance(seen[1].value, NotPublicError)  # type: ignore[attr-defined]
    dnscache.limit = 10
    dnscache["kept.example"] = "127.0.0.1"  # by whoever asked before
    kept: list[object] = []
    resolver.getHostByName("kept.example").addBoth(kept.append)
    del dnscache["kept.example"]
    assert isinstance(kept[0].value, NotPublicError)  # type: ignore[attr-defined]
