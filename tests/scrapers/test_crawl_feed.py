"""Crawls of a feed with its pages on a loopback site: what is asked for, what is put together, what may be missing."""

from __future__ import annotations

from pathlib import Path

from scrapers.archive import Archive
from scrapers.decode import decode_crawl
from scrapers.decoders.announcements import POSSIBLE_LOSS
from scrapers.decoders.base import Decoded
from scrapers.decoders.feed import item_key
from scrapers.items import Announcement
from scrapers.registry import Source, source_by_id
from scrapers.run import CrawlOutcome, crawl
from scrapers.tdm import WELL_KNOWN
from tests.scrapers.site import CONTACT, Answer, Site

HOST = "www.cssf.lu"
FEED = "/en/feed/publications"
TYPE = "application/rss+xml; charset=UTF-8"


def source(**changes: object) -> Source:
    registered = source_by_id("cssf_publications")
    params = {key: value for key, value in registered.params.items() if key != "page"}
    return registered.model_copy(update={"delay_seconds": 0.0, "params": params} | changes)


def item(number: int, link: str | None = None, title: str = "") -> str:
    return (
        f"<item><title>{title or f'Invented notice {number}'}</title><link>{link or page_url(number)}</link>"
        f"<pubDate>Wed, {number % 28 + 1:02} Jul 2026 10:00:00 +0200</pubDate>"
        f'<guid isPermaLink="false">https://{HOST}/?p={number}</guid><description><![CDATA[]]></description></item>'
    )


def page_url(number: int) -> str:
    return f"https://{HOST}/en/2026/07/notice-{number}/"


def path(number: int) -> str:
    return f"/en/2026/07/notice-{number}/"


def feed(*items: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>T</title><link>https://{HOST}</link>'
        f"<language>en-GB</language>{''.join(items)}</channel></rss>"
    ).encode()


def page(words: str) -> bytes:
    return (
        '<!doctype html><html lang="en-GB"><head><title>Notice</title></head><body><nav>Menu of the site</nav>'
        f"<main><h1>Notice</h1><p>{words}</p></main><footer>All about us</footer></body></html>"
    ).encode()


def serve(site: Site, *numbers: int) -> None:
    site.serve(FEED, feed(*(item(number) for number in numbers)), Content_Type=TYPE)
    for number in numbers:
        site.serve(path(number), page(f"Words of notice {number}."), Content_Type="text/html; charset=utf-8")


def live(root: Path, site: Site, chosen: Source | None = None) -> tuple[CrawlOutcome, Decoded]:
    chosen = chosen or source()
    site.asked.clear()
    outcome = crawl(chosen, root, mode="live", contact=CONTACT, host_map={HOST: site.base})
    assert outcome.crawl_id is not None
    return outcome, decode_crawl(Archive(root), chosen, outcome.crawl_id)


def announcements(decoded: Decoded) -> dict[str, Announcement]:
    records = [record for record in decoded.records if isinstance(record, Announcement)]
    assert len(records) == len(decoded.records) == len({record.record_id for record in records})
    names = {item_key(f"https://{HOST}/?p={number}"): str(number) for number in range(100)}
    return {names.get(record.item_id, record.item_id): record for record in records}


def test_first_again_changed_and_lost(tmp_path: Path, site: Site) -> None:
    """The life of a feed: all pages once, then 304s only, one page changed, one failing, and a feed that ran ahead."""
    serve(site, 1, 2, 3)
    outcome, decoded = live(tmp_path, site)
    assert (outcome.complete, outcome.problem, outcome.requests) == (
        True,
        None,
        6,
    )  # robots.txt, tdmrep.json, feed, three pages
    found = announcements(decoded)
    assert set(found) == {"1", "2", "3"}
    assert found["2"].text == "Notice\n\nWords of notice 2."
    assert found["2"].title == "Invented notice 2"
    assert found["2"].record_id == f"cssf_publications:{item_key(f'https://{HOST}/?p=2')}"
    assert found["2"].page_url == page_url(2)
    assert found["2"].published_at is not None
    assert found["2"].published_at.isoformat() == "2026-07-03T08:00:00+00:00"
    assert not decoded.rejects

    outcome, decoded = live(tmp_path, site)
    assert all(asked.is_conditional for asked in site.asked)
    assert (outcome.complete, outcome.new_captures, outcome.unchanged, len(site.asked)) == (True, 0, True, 4)
    again = announcements(decoded)
    assert {key: record.content_sha256 for key, record in again.items()} == {
        key: record.content_sha256 for key, record in found.items()
    }

    site.serve(path(2), page("Other words of notice 2."), Content_Type="text/html")
    site.serve(path(3), b"down", 500)
    outcome, decoded = live(tmp_path, site)
    assert not outcome.complete
    assert "HTTP 500" in str(outcome.problem)
    found = announcements(decoded)
    assert found["2"].text.endswith("Other words of notice 2.")
    assert found["3"].content_sha256 == again["3"].content_sha256  # the text of an earlier crawl
    assert "1 items with an earlier text of their page" in decoded.notes

    serve(site, 3, 4)
    assert not live(tmp_path, site)[1].rejects  # one item overlaps: nothing can be missing

    serve(site, 8, 9)
    outcome, decoded = live(tmp_path, site)
    assert outcome.complete
    (lost,) = decoded.rejects
    assert (lost.reason, lost.record_kind) == (POSSIBLE_LOSS, "announcement")
    assert lost.detail.startswith("none of the 2 items was listed at the last crawl (20")
    assert lost.detail in decoded.notes
    assert set(announcements(decoded)) == {"8", "9"}
    assert not live(tmp_path, site)[1].rejects  # said once


def test_only_pages_of_the_feeds_host_are_asked_for(tmp_path: Path, site: Site, other_site: Site) -> None:
    links = {
        1: page_url(1),
        2: f"{other_site.base}/elsewhere/",
        3: f"https://{HOST}/files/report.pdf",
        4: "file:///etc/passwd",
        5: "javascript:alert(1)",
        6: f"https://{HOST}/moved/",
        7: f"https://{HOST}/away/",
        8: f"https://{HOST}/gone/",
        9: f"https://{HOST}.evil.example/x/",
        10: f"https://{HOST}:8443/x/",
        11: "/en/relative/",
        12: f"https://user:secret@{HOST}/en/named/",
        13: f"https://{HOST}/around/",
    }
    site.serve(FEED, feed(*(item(number, link) for number, link in links.items())), Content_Type=TYPE)
    for where in (path(1), "/target/", "/en/relative/", "/en/named/"):
        site.serve(where, page(f"Words at {where}."), Content_Type="text/html")
    site.serve("/moved/", b"", 301, Location="/target/")
    site.serve("/away/", b"", 302, Location=f"{other_site.base}/stolen/")
    site.serve("/around/", b"", 302, Location="/around/#again")
    outcome, decoded = live(tmp_path, site)
    assert other_site.asked == []
    asked = set(site.paths()) - {"/robots.txt", WELL_KNOWN, FEED}
    assert asked == {path(1), "/moved/", "/target/", "/away/", "/gone/", "/en/relative/", "/en/named/", "/around/"}
    found = announcements(decoded)
    assert len(found) == len(links)  # an item without its page is an item
    assert found["6"].text.endswith("Words at /target/.")
    assert found["11"].text.endswith("Words at /en/relative/.")
    assert found["12"].page_url == f"https://{HOST}/en/named/"
    assert [found[key].page_url for key in ("4", "5")] == ["", ""]
    assert found["2"].page_url == f"{other_site.base}/elsewhere/"
    assert not outcome.complete
    problems = Archive(tmp_path).crawls()[0].problems
    assert set(problems) == {f"https://{HOST}/away/", f"https://{HOST}/around/"}
    assert "which is not followed" in problems[f"https://{HOST}/away/"]


def test_pages_are_bounded_in_number(tmp_path: Path, site: Site) -> None:
    serve(site, *range(1, 13))
    bounded = source()
    bounded = bounded.model_copy(update={"params": bounded.params | {"max_pages": 4}})
    outcome, decoded = live(tmp_path, site, bounded)
    assert outcome.complete
    assert len(set(site.paths())) == 3 + 4
    assert len(announcements(decoded)) == 12
    assert "8 items without the text of their page" in decoded.notes


def test_robots_and_opt_outs_bind(tmp_path: Path, site: Site) -> None:
    serve(site, 1, 2)
    site.serve("/robots.txt", b"User-agent: *\nDisallow: /en/2026/\n")
    outcome, decoded = live(tmp_path, site)
    assert site.paths() == ["/robots.txt", WELL_KNOWN, FEED]
    assert "robots.txt of www.cssf.lu: disallowed" in str(outcome.problem)
    assert len(announcements(decoded)) == 2

    whole = tmp_path / "whole"
    site.serve("/robots.txt", b"User-agent: *\nDisallow: /\n")
    outcome, decoded = live(whole, site)
    assert site.paths() == ["/robots.txt"]
    assert (outcome.complete, decoded.records) == (False, [])

    reserved = tmp_path / "reserved"
    site.serve("/robots.txt", b"")
    site.serve(path(1), page("Reserved words."), Content_Type="text/html", tdm_reservation="1")
    outcome, decoded = live(reserved, site)
    assert "tdm-reservation" in str(outcome.problem)
    assert not any("Reserved words" in record.text for record in announcements(decoded).values())

    inside = tmp_path / "inside"
    marked = page("Reserved words.").replace(b"<title>", b'<meta name="TDM-Reservation" content="1"><title>')
    site.serve(path(1), marked, Content_Type="text/html")
    outcome, decoded = live(inside, site)
    assert "tdm-reservation" in str(outcome.problem)
    assert announcements(decoded)["1"].text == ""
    for capture in Archive(inside).captures("cssf_publications", str(outcome.crawl_id)):
        assert b"Reserved words" not in capture.body


def test_a_feed_that_is_none(tmp_path: Path, site: Site) -> None:
    for number, (body, said) in enumerate(
        [
            (page("Please enable JavaScript."), "an HTML page stands where a feed is due"),
            (b'{"version": "1"}', "JSON stands where a feed is due"),
            (b"", "the body is empty"),
        ]
    ):
        site.serve(FEED, body, Content_Type=TYPE)
        outcome, decoded = live(tmp_path / str(number), site)
        assert said in str(outcome.problem)
        assert [(reject.record_kind, reject.detail) for reject in decoded.rejects] == [("capture", said)]


def test_an_empty_feed_is_healthy_and_a_cut_one_is_not_whole(tmp_path: Path, site: Site) -> None:
    site.serve(FEED, feed(), Content_Type=TYPE)
    outcome, decoded = live(tmp_path / "empty", site)
    assert (outcome.complete, decoded.records, decoded.rejects) == (True, [], [])
    serve(site, 1, 2, 3)
    whole = feed(item(1), item(2), item(3))
    site.serve(FEED, whole[: whole.index(b"notice-3")], Content_Type=TYPE)
    outcome, decoded = live(tmp_path / "cut", site)
    assert outcome.problem == "1 of 1 planned answers missing; publications: the feed is cut off before its end"
    assert set(announcements(decoded)) == {"1", "2"}


def test_a_date_is_not_asked_about_for_a_page_without_words(tmp_path: Path, site: Site) -> None:
    serve(site, 1)
    empty = b"<!doctype html><html><body><nav>Menu</nav></body></html>"
    site.pages[path(1)] = lambda asked: Answer(
        empty, 200, {"Last-Modified": "Sun, 01 Mar 2026 11:00:00 GMT", "Content-Type": "text/html"}, etag=False
    )
    for _ in range(2):
        outcome, decoded = live(tmp_path, site)
        assert "the page has no words of its own" in str(outcome.problem)
        assert [reject.reason for reject in decoded.rejects] == ["no_words"]
    assert [asked.is_conditional for asked in site.asked if asked.path == path(1)] == [False]
