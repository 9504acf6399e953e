"""Sixty days of an invented publisher of news: what we hold in the end is what was published, or a loss was said.

The feed shows ten items. There are bursts beyond it, items that change, that are withdrawn, that stand under two
addresses, an outage and days of bad XML. Looks come every four hours, a crawl follows a change. The real spider,
archive and decoders run in this process; only the network and the clock are made.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from scrapy.http import Request, TextResponse

from scrapers.archive import Archive, ArchiveWriter, crawl_id_of
from scrapers.decode import decode_crawl
from scrapers.decoders.announcements import POSSIBLE_LOSS, RECOVERED
from scrapers.decoders.base import UnreadableError
from scrapers.decoders.feed import entry_ids
from scrapers.items import Announcement
from scrapers.pace import Pace
from scrapers.plan import planned_requests
from scrapers.registry import Source, source_by_id
from scrapers.session import CrawlSession
from scrapers.spiders import details
from scrapers.spiders.feed import FeedSpider

START, DAYS, EVERY = datetime(2026, 3, 1, tzinfo=UTC), 60, timedelta(hours=4)
SITE = "https://news.sim.example"
WINDOW, PER_PART = 10, 10
OUTAGE = range(20, 22)  # days on which nothing answers
BOZO = range(33, 38)  # days on which the feed is no XML
BURSTS = {
    10: 25,
    30: 45,
    44: 14,
}  # day -> items within three hours: recovered, too many for the listing, recovered later
LISTING_DOWN = range(44, 46)


@dataclass
class Told:
    number: int
    at: datetime
    slug: str
    changes_at: datetime | None = None
    withdrawn_at: datetime | None = None
    has_twin: bool = False

    @property
    def urls(self) -> list[str]:
        first = f"{SITE}/en/{self.at:%Y/%m}/{self.slug}/"
        return [first, f"{SITE}/press/{self.slug}.html"] if self.has_twin else [first]

    def is_there(self, now: datetime) -> bool:
        return self.at <= now and (self.withdrawn_at is None or now < self.withdrawn_at)

    def words(self, now: datetime) -> str:
        changed = self.changes_at is not None and self.changes_at <= now
        return f"Words of notice {self.number}." + (" Amended." if changed else "")


@dataclass
class Publisher:
    items: list[Told]
    asked: list[str] = field(default_factory=list)

    def shown(self, now: datetime) -> list[tuple[Told, str]]:
        there = sorted((item for item in self.items if item.is_there(now)), key=lambda item: (item.at, item.number))
        return [(item, url) for item in reversed(there) for url in item.urls]

    def feed(self, now: datetime) -> bytes:
        entries = "".join(
            f"<item><title>Notice {item.number}</title><link>{url}</link><guid>{url}?p={item.number}</guid>"
            f"<pubDate>{item.at:%a, %d %b %Y %H:%M:%S} +0000</pubDate></item>"
            for item, url in self.shown(now)[:WINDOW]
        )
        bad = "<media:x>Law & order &nbsp;</media:x>" if (now - START).days in BOZO else ""
        return f'<rss version="2.0"><channel><title>News</title>{bad}{entries}</channel></rss>'.encode()

    def answer(self, url: str, now: datetime) -> tuple[int, bytes, str]:
        self.asked.append(url)
        day, path = (now - START).days, url.removeprefix(SITE)
        if day in OUTAGE:
            return 503, b"down", "text/plain"
        if path == "/feed/":
            return 200, self.feed(now), "application/rss+xml"
        if path.startswith("/all/"):
            if day in LISTING_DOWN:
                return 500, b"down", "text/plain"
            part = int(path.rstrip("/").rpartition("/")[2]) if "/page/" in path else 1
            here = self.shown(now)[(part - 1) * PER_PART : part * PER_PART]
            rows = "".join(
                f'<li><h3><a href="{link}">Notice {item.number}</a></h3><time>{item.at:%d.%m.%Y}</time></li>'
                for item, link in here
            )
            return (
                200,
                f'<html><body><ul>{rows}</ul><a href="/all/page/{part + 1}/">x</a></body></html>'.encode(),
                "text/html",
            )
        for item, link in self.shown(now):
            if link == url:
                return 200, f"<html><body><main><p>{item.words(now)}</p></main></body></html>".encode(), "text/html"
        return 404, b"gone", "text/html"


def publisher(rng: random.Random) -> Publisher:
    items: list[Told] = []

    def tell(at: datetime, **more: object) -> None:
        items.append(Told(len(items), at, f"notice-{len(items)}-of-{at:%d-%b}".lower(), **more))  # type: ignore[arg-type]

    for day in range(-8, DAYS):
        for _ in range(rng.choice((1, 1, 2))):
            at = START + timedelta(days=day, minutes=rng.randrange(24 * 60))
            kind = rng.random()
            if kind < 0.15:
                tell(at, changes_at=at + timedelta(days=2))
            elif kind < 0.25:
                tell(at, withdrawn_at=at + timedelta(days=1))
            else:
                tell(at, has_twin=kind > 0.9)
        for _ in range(BURSTS.get(day, 0)):
            tell(START + timedelta(days=day, hours=9, minutes=rng.randrange(170)))
    return Publisher(items)


def sim_source() -> Source:
    params = {
        "feeds": [{"key": "news", "url": f"{SITE}/feed/"}],
        "max_pages": 30,
        "max_parts": 3,
        "listings": [
            {"key": "all", "url": f"{SITE}/all/", "kind": "page", "instead_of": "news", "rows": "li", "title": "h3"}
        ],
    }
    return source_by_id("cssf_publications").model_copy(update={"id": "sim_news", "params": params})


def crawl(root: Path, source: Source, site: Publisher, now: datetime) -> tuple[str, bool]:
    archive = Archive(root)
    crawl_id = crawl_id_of(now, f"{len(site.asked):08x}")
    with ArchiveWriter(root, source.id, crawl_id, now, "live", archive=archive) as writer:
        session = CrawlSession(
            source=source,
            mode="live",
            archive=archive,
            pace=Pace(None),
            deadline=1e12,
            user_agent="test",
            planned=planned_requests(source),
            writer=writer,
        )
        spider = FeedSpider(session=session)
        waiting: list[Request] = [spider.request(planned) for planned in session.planned]
        seconds = 0
        while waiting:
            request, seconds = waiting.pop(0), seconds + 1
            status, body, kind = site.answer(request.url, now)
            headers = [("Content-Type", kind)]
            at = now + timedelta(seconds=seconds)
            writer.write_response("GET", request.url, [], b"", status, headers, body, at)
            response = TextResponse(request.url, status, dict(headers), body, request=request)
            waiting += spider.parse(response, key=request.cb_kwargs["key"])
        spider.closed("finished")
        writer.sign_off("finished", session.complete, session.stats())
    return crawl_id, session.complete


@pytest.mark.endurance
def test_sixty_days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, site = sim_source(), publisher(random.Random(60))
    held: dict[str, Announcement] = {}
    first_read: dict[str, datetime] = {}
    losses: list[tuple[datetime, datetime]] = []  # the last good reading, and the crawl that says that some may be lost
    recovered: list[datetime] = []
    seen: list[str] | None = None
    good = START
    crawls = looks = most = 0
    for tick in range(DAYS * 24 // 4):
        now = START + tick * EVERY
        monkeypatch.setattr(details, "utc_now", lambda now=now: now)
        status, body, _ = site.answer(f"{SITE}/feed/", now)
        looks += 1
        try:
            listed = entry_ids(body) if status == 200 else seen
        except UnreadableError:
            pytest.fail("a feed of bad XML is read all the same")
        if listed == seen:
            continue
        seen, before = listed, len(site.asked)
        crawl_id, _complete = crawl(tmp_path, source, site, now)
        crawls, most = crawls + 1, max(most, len(site.asked) - before)
        found = decode_crawl(Archive(tmp_path), source, crawl_id)
        for record in found.records:
            assert isinstance(record, Announcement)
            held[record.page_url] = record
            first_read.setdefault(record.page_url, now)
        if any(reject.reason == POSSIBLE_LOSS for reject in found.rejects):
            losses.append((good, now))
        if any(note.startswith(RECOVERED) for note in found.notes):
            recovered.append(now)
        good = now

    end = START + timedelta(days=DAYS) - EVERY
    ever = {url: item for item in site.items for url in item.urls}
    assert set(held) <= set(ever), "nothing that was not published"
    older = {url for url, item in ever.items() if item.at < START - timedelta(days=1) and url not in held}
    lost = {
        url: item
        for url, item in ever.items()
        if url not in held and item.at <= end and url not in older and item.withdrawn_at is None
    }
    assert all(any(since < item.at <= until for since, until in losses) for item in lost.values()), "a loss unsaid"
    assert [(until - START).days for _, until in losses] == [30, 44]
    assert [(now - START).days for now in recovered] == [10, 46], "at the first crawl after the listing was down"
    burst = [item for item in site.items if (item.at - START).days in (10, 44) and 9 <= item.at.hour < 12]
    assert len(burst) >= BURSTS[10] + BURSTS[44]
    assert all(url in held for item in burst for url in item.urls)
    assert {(item.at - START).days for item in lost.values()} == {30}
    assert 10 <= len(lost) <= 20

    for url, record in held.items():
        item = ever[url]
        assert record.title == f"Notice {item.number}"
        assert record.published_at is not None
        assert record.published_at.date() == item.at.date()
        assert record.text.startswith(f"Words of notice {item.number}.")
    read_again = [url for url, item in ever.items() if url in held and held[url].text.endswith("Amended.")]
    changed = [item for item in site.items if item.changes_at is not None and item.changes_at < end]
    assert len(read_again) >= len(changed) // 2, "an item that changes while the feed shows it is read again"
    twins = [item for item in site.items if item.has_twin and item.urls[0] in held]
    assert len(twins) >= 3
    assert all(item.urls[1] in held for item in twins if START < item.at < end - EVERY and item not in lost.values())
    assert looks == 360
    assert most <= 1 + WINDOW + 3 + 30
    assert len(site.asked) <= looks + crawls * (1 + WINDOW) + 3 * 33
    assert crawls <= 2.5 * DAYS
