"""Manners and law by construction: robots.txt, delays, waits, stops, opt-outs."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from scrapers.addresses import is_public
from scrapers.archive import Archive
from scrapers.crawl import settings
from scrapers.netguard import retry_after
from scrapers.registry import source_by_id
from scrapers.run import CrawlRefusedError, crawl, crawl_many
from scrapers.watch import look
from tests.scrapers.site import (
    CONTACT,
    EUROSTAT,
    EUROSTAT_BODY,
    EUROSTAT_PATH,
    GREENHOUSE,
    Answer,
    Asked,
    Site,
    board_body,
    board_path,
    boards,
    statistics,
)


def test_robots_bind_web_sources_and_their_delay_is_kept(tmp_path: Path, site: Site, other_site: Site) -> None:
    site.serve("/robots.txt", b"User-agent: *\nDisallow: /v1/boards/secret/\nCrawl-delay: 0.4\n")
    arrived: list[float] = []

    def page(asked: Asked) -> Answer:
        arrived.append(time.monotonic())
        return Answer(board_body())

    for token in ("one", "two", "three", "secret"):
        site.pages[board_path(token)] = page
    other_site.serve("/robots.txt", b"broken", 503)
    other_site.serve(EUROSTAT_PATH, EUROSTAT_BODY)
    outcomes = crawl_many(
        [boards("one", "two", "three", "secret", access="web"), statistics(access="web")],
        tmp_path,
        mode="live",
        contact=CONTACT,
        host_map={GREENHOUSE: site.base, EUROSTAT: other_site.base},
    )
    ads, figures = outcomes["greenhouse_boards"], outcomes["eurostat_isoc_eb_ai"]
    assert board_path("secret") not in site.paths()
    assert "secret: robots.txt of boards-api.greenhouse.io: disallowed" in ads.problem
    assert len(arrived) == 3
    assert min(b - a for a, b in pairwise(arrived)) >= 0.38
    # RFC 9309: a robots.txt that cannot be had forbids everything.
    assert other_site.paths() == ["/robots.txt"]
    assert "HTTP 503" in figures.problem
    archive = Archive(tmp_path)
    (record,) = archive.crawls("greenhouse_boards")
    assert record.complete_keys == ["one", "three", "two"]
    # robots.txt is archived with the crawl it was for, and kept apart from its data.
    everything = list(archive.captures(record.source_id, record.crawl_id, include_robots=True))
    assert {capture.url for capture in everything} - {
        capture.url for capture in archive.captures(record.source_id, record.crawl_id)
    } == {f"https://{GREENHOUSE}/robots.txt", f"https://{GREENHOUSE}/.well-known/tdmrep.json"}


def test_a_host_that_forbids_or_opts_out_is_left_alone(tmp_path: Path, site: Site, other_site: Site) -> None:
    tokens = [f"board{number}" for number in range(5)]
    for token in tokens:
        site.serve(board_path(token), b"forbidden", 403)
    other_site.serve(EUROSTAT_PATH, EUROSTAT_BODY, tdm_reservation="1")
    outcomes = crawl_many(
        [boards(*tokens), statistics()],
        tmp_path,
        mode="live",
        contact=CONTACT,
        host_map={GREENHOUSE: site.base, EUROSTAT: other_site.base},
    )
    assert sum(path.startswith("/v1/") for path in site.paths()) == 1
    assert "5 of 5 planned answers missing" in outcomes["greenhouse_boards"].problem
    archive = Archive(tmp_path)
    (record,) = archive.crawls("greenhouse_boards")
    assert record.problems[GREENHOUSE] == "HTTP 403, so nothing more is asked"
    assert "tdm-reservation: 1" in outcomes["eurostat_isoc_eb_ai"].problem
    (record,) = archive.crawls("eurostat_isoc_eb_ai")
    (capture,) = archive.captures(record.source_id, record.crawl_id)
    assert (capture.body, capture.headers["tdm-reservation"]) == (b"", "1")  # that they opted out, not what they wrote


def test_retry_after_is_kept_within_the_time_there_is(tmp_path: Path, site: Site, other_site: Site) -> None:
    answers = [Answer(b"slow down", 429, {"Retry-After": "1"}), Answer(board_body())]
    arrived: list[float] = []

    def page(asked: Asked) -> Answer:
        arrived.append(time.monotonic())
        return answers[len(arrived) - 1]

    site.pages[board_path("busy")] = page
    other_site.serve(EUROSTAT_PATH, b"closed", 503, Retry_After="86400")
    outcomes = crawl_many(
        [boards("busy"), statistics()],
        tmp_path,
        mode="live",
        contact=CONTACT,
        host_map={GREENHOUSE: site.base, EUROSTAT: other_site.base},
        timeout_s=30,
    )
    ads, figures = outcomes["greenhouse_boards"], outcomes["eurostat_isoc_eb_ai"]
    assert ads.complete
    assert arrived[1] - arrived[0] >= 1.0
    assert other_site.paths().count(EUROSTAT_PATH) == 1
    assert "86400 s" in figures.problem
    record = Archive(tmp_path).crawls("greenhouse_boards")[0]
    assert record.statuses == {
        "200": 1,
        "404": 2,
        "429": 1,
    }  # the refusal is archived too, and two files that there are none of


def test_a_disabled_source_is_asked_of_nobody_whoever_asks(tmp_path: Path) -> None:
    source = source_by_id("eures")
    with pytest.raises(CrawlRefusedError, match="eures is disabled and asked of nobody: "):
        crawl(source, tmp_path, mode="live", contact=CONTACT)
    with pytest.raises(CrawlRefusedError, match="eures is disabled and asked of nobody: "):
        look([source], tmp_path, contact=CONTACT)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.endurance
def test_the_delay_of_a_source_is_kept(tmp_path: Path, site: Site) -> None:
    arrived: list[float] = []

    def page(asked: Asked) -> Answer:
        arrived.append(time.monotonic())
        return Answer(board_body())

    for path in ("/robots.txt", board_path("one"), board_path("two")):  # and a tdmrep.json that there is none of
        site.pages[path] = page
    source = boards("one", "two", delay=0.3)
    assert crawl(source, tmp_path, mode="live", contact=CONTACT, host_map={GREENHOUSE: site.base}).complete
    assert len(arrived) == 3
    assert min(b - a for a, b in pairwise(arrived)) >= 0.28


PRIVATE = """10.0.0.1 127.0.0.1 169.254.169.254 192.168.1.1 172.16.0.1 100.64.0.1 0.0.0.0 224.0.0.1 ::1 fe80::1 fc00::1
    ::ffff:10.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b::808:808 2002:a00:1::1 [::1] name.example 0x7f.1"""


@pytest.mark.parametrize("address", PRIVATE.split())
def test_private_addresses(address: str) -> None:
    assert not is_public(address)


def test_public_addresses() -> None:
    assert is_public("147.67.210.30")
    assert is_public("2001:4860:4860::8888")


def test_retry_after_in_its_two_forms() -> None:
    now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert retry_after(b"120", now) == 120
    assert retry_after(b"Sun, 22 Nov 2026 12:01:30 GMT", now) == 90
    assert retry_after(b"Sun, 22 Nov 2026 11:00:00 GMT", now) == 0
    for nonsense in (None, b"", b"soon", b"-5", b"99999999999999999999"):
        wait = retry_after(nonsense, now)
        assert wait is None or wait <= timedelta(days=2000).total_seconds()


def test_settings_that_must_not_slip() -> None:
    chosen = settings("agent")
    for off in ("COOKIES_ENABLED", "TELNETCONSOLE_ENABLED", "REMOTE_CONTROL_ENABLED", "HTTPCACHE_ENABLED"):
        assert chosen[off] is False
    assert chosen["DOWNLOAD_VERIFY_CERTIFICATES"] is True
    assert chosen["CONCURRENT_REQUESTS_PER_DOMAIN"] == 1
    assert chosen["DOWNLOAD_MAXSIZE"] <= 64 * 1024 * 1024
    assert chosen["DOWNLOAD_HANDLERS"]["file"] is None
