"""What an answer to robots.txt or tdmrep.json means, in this process: which counts, how long, and for whom."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.http import Request, Response

from scrapers.items import utc_now
from scrapers.netguard import heed
from scrapers.pace import Pace, RefusedError
from scrapers.plan import Planned
from scrapers.registry import Source, source_by_id
from scrapers.robots import Robots
from scrapers.session import CrawlSession
from scrapers.tdm import WELL_KNOWN

PAGE = "https://x.example/jobs"
CHALLENGE = b"<html><head><title>Just a moment...</title></head><body><script>_cf_chl_opt={}</script></body></html>"
MARKUP = b"\xef\xbb\xbf\n<!doctype html><html><body><p>Welcome to our invented site.</p></body></html>"
OPEN, CLOSED = b"User-agent: *\nAllow: /\n", b"User-agent: *\nDisallow: /\n"
RESERVED = b'[{"location": "/", "tdm-reservation": 1}]'
Said = tuple[int, bytes] | Exception


@cache
def registered() -> Source:
    return source_by_id("greenhouse_boards")


class Site:
    """A publisher who says ``robots`` and ``tdmrep``, and what the archive knows of it: path, hours ago, answer."""

    def __init__(
        self,
        robots: Said = (404, b""),
        tdmrep: Said = (404, b""),
        known: tuple[tuple[str, float, int, bytes], ...] = (),
        **source: Any,
    ) -> None:
        self.answers, self.asked = {"/robots.txt": robots, WELL_KNOWN: tdmrep}, []
        self.known = sorted(known, key=lambda answer: answer[1])
        chosen = registered().model_copy(update={"access": "web", "delay_seconds": 0.0} | source)
        archive: Any = SimpleNamespace(newest=self.newest)
        planned = [Planned("one", PAGE)]
        self.session = CrawlSession(chosen, "live", archive, Pace(), time.monotonic() + 60, "agent", planned)
        engine = SimpleNamespace(download_async=self.download)
        crawler: Any = SimpleNamespace(spider=SimpleNamespace(session=self.session), engine=engine)
        self.robots = Robots(crawler)

    def newest(self, method: str, url: str) -> Any:
        for path, hours, status, body in self.known:
            if url.endswith(path):
                at = utc_now() - timedelta(hours=hours)
                yield SimpleNamespace(status=status, body=body, retrieved_at=at, is_reconstructed=False)

    async def download(self, request: Request) -> Response:
        path = "/" + request.url.split("/", 3)[3]
        self.asked.append(path)
        said = self.answers[path]
        if isinstance(said, Exception):
            raise said
        return Response(request.url, status=said[0], body=said[1])

    def refusal(self, url: str = PAGE) -> str:
        """Why this address may not be asked; empty if it may."""
        try:
            asyncio.run(self.robots.process_request(Request(url)))
        except RefusedError as error:
            return str(error)
        return ""


@pytest.mark.parametrize(
    ("robots", "refusal"),
    [
        ((200, OPEN), ""),
        ((200, b""), ""),
        ((200, b"<!-- invented -->\n" + OPEN), ""),
        ((404, MARKUP), ""),
        ((403, b""), ""),
        ((200, CLOSED), "disallowed"),
        ((200, b"<pre>\n" + CLOSED), "disallowed"),
        ((200, CHALLENGE), "could not be read (a bot challenge (Cloudflare)), which forbids everything"),
        ((200, MARKUP), "could not be read (a page of markup), which forbids everything"),
        ((429, b""), "could not be read (HTTP 429), which forbids everything"),
        ((503, b""), "could not be read (HTTP 503), which forbids everything"),
        ((302, b""), "could not be read (HTTP 302), which forbids everything"),
        (TimeoutError(), "could not be read (no answer, TimeoutError), which forbids everything"),
    ],
)
def test_what_an_answer_to_robots_means(robots: Said, refusal: str) -> None:
    assert Site(robots).refusal().endswith(refusal)
    assert bool(Site(robots).refusal()) is bool(refusal)
    api = Site(robots, access="documented_api")
    assert api.refusal() == ""
    assert not refusal or api.session.robots["x.example"].endswith("proceeding under the API's terms")


def test_the_longest_delay_holds() -> None:
    for delay, rules, owed in (
        (3.0, b"Crawl-delay: 2", 3.0),
        (1.0, b"Crawl-delay: 2", 2.0),
        (0.0, b"Request-rate: 1/5", 5.0),
    ):
        site = Site((200, b"User-agent: *\n" + rules), delay_seconds=delay)
        assert site.refusal() == ""
        assert site.session.pace.host("x.example").owed == owed


def test_the_terms_of_an_api_do_not_speak_for_a_host_that_a_redirect_led_to() -> None:
    site = Site((200, CLOSED), access="documented_api")
    assert site.refusal("https://files.example/a.csv") == "robots.txt of files.example: disallowed"
    site.session.plan(Planned("file", "https://files.example/b.csv"))  # called for by an answer
    assert site.refusal("https://files.example/a.csv") == ""


@pytest.mark.parametrize(
    ("known", "asked", "refusal"),
    [
        ([(1, 200, CLOSED)], False, "disallowed"),
        ([(25, 200, CLOSED)], True, ""),
        ([(1, 404, b"")], False, ""),
        ([(1, 200, CHALLENGE), (2, 200, CLOSED)], False, "disallowed"),
        ([(1, 200, CHALLENGE)], True, ""),
        ([(1, 429, b""), (2, 503, b""), (3, 200, MARKUP)], True, ""),
    ],
)
def test_what_gave_a_verdict_is_used_again_for_a_day(
    known: list[tuple[float, int, bytes]], asked: bool, refusal: str
) -> None:
    site = Site((200, OPEN), known=tuple(("/robots.txt", *answer) for answer in known))
    assert site.refusal().endswith(refusal)
    assert ("/robots.txt" in site.asked) is asked


@pytest.mark.parametrize(
    "tdmrep",
    [(200, CHALLENGE), (200, MARKUP), (200, b"[{"), (200, b'[{"location": 3}]'), (429, b""), (503, b""), OSError()],
)
def test_a_reservation_holds_until_a_readable_answer_takes_it_back(tdmrep: Said) -> None:
    earlier = (WELL_KNOWN, 30.0, 200, MARKUP), (WELL_KNOWN, 50.0, 200, RESERVED)
    for access in ("web", "documented_api"):
        site = Site(tdmrep=tdmrep, known=earlier, access=access)
        assert "TDM reservation" in site.refusal()
        assert site.session.robots[f"x.example{WELL_KNOWN}"].endswith("the last one known holds")
    never = Site(tdmrep=tdmrep)
    assert never.refusal() == ""
    assert never.session.robots[f"x.example{WELL_KNOWN}"].endswith("none known")
    withdrawn = (WELL_KNOWN, 26.0, 404, b"")
    assert Site(tdmrep=tdmrep, known=(withdrawn, *earlier)).refusal() == ""


@pytest.mark.parametrize("tdmrep", [(404, b""), (200, b"[]"), (200, b'[{"location": "/", "tdm-reservation": 0}]')])
def test_a_reservation_can_be_taken_back_and_made(tdmrep: Said) -> None:
    assert Site(tdmrep=tdmrep, known=((WELL_KNOWN, 50.0, 200, RESERVED),)).refusal() == ""
    assert "TDM reservation" in Site(tdmrep=(200, RESERVED), known=((WELL_KNOWN, 50.0, 200, b"[]"),)).refusal()


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [(429, {"Retry-After": "3600"}, 3600), (503, {"Retry-After": "60"}, 60), (429, {}, 10), (503, {}, 0), (404, {}, 0)],
)
def test_a_wait_asked_for_at_robots_binds_the_host(status: int, headers: dict[str, str], seconds: float) -> None:
    session = Site().session
    request = Request("https://x.example/robots.txt", meta={"robots": True})
    heed(session, request, Response(request.url, status=status, headers=headers))
    assert max(0.0, session.pace.host("x.example").blocked_until - time.time()) == pytest.approx(seconds, abs=1)
    assert session.stopped == {}
