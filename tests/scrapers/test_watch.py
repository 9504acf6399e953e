"""Looks against a loopback site: what each kind finds, what it costs, and that a look is no crawl."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scrapers.archive import Archive
from scrapers.registry import Source, Watch, source_by_id
from scrapers.run import CrawlRefusedError, crawl
from scrapers.spiders.watch import READERS, Unreadable, pointed_at
from scrapers.watch import Look, look
from tests.scrapers.site import (
    CONTACT,
    EUROSTAT,
    EUROSTAT_BODY,
    EUROSTAT_PATH,
    GREENHOUSE,
    Answer,
    Site,
    board_body,
    board_path,
    boards,
    statistics,
)

FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>T</title><lastBuildDate>{built}</lastBuildDate>{items}
</channel></rss>"""
ITEM = "<item><guid>{0}</guid><title>{0}</title><pubDate>Mon, 02 Mar 2026 0{1}:00:00 GMT</pubDate></item>"


def watched(kind: str, path: str = "/w", **fields: Any) -> Source:
    """A web page of the Eurostat host under another kind of watch."""
    source = statistics(access="web")
    return source.model_copy(
        update={"watch": Watch(kind=kind, every_minutes=60, url=f"https://{EUROSTAT}{path}", **fields)}  # type: ignore[arg-type]
    )


def looked(site: Site, root: Path, *sources: Source, timeout_s: float = 20.0) -> list[Look]:
    site.asked.clear()
    host_map = {EUROSTAT: site.base, GREENHOUSE: site.base}
    return list(look(sources, root, contact=CONTACT, host_map=host_map, timeout_s=timeout_s).values())


def feed(built: str, *items: tuple[str, int]) -> bytes:
    return FEED.format(built=built, items="".join(ITEM.format(*item) for item in items)).encode()


def test_a_look_is_archived_and_is_no_crawl_and_the_crawl_after_it_is_a_304(tmp_path: Path, site: Site) -> None:
    site.serve(EUROSTAT_PATH, EUROSTAT_BODY)
    (first,) = looked(site, tmp_path, statistics())
    assert (first.trouble, first.problem, first.requests) == (None, None, 3)  # robots.txt, tdmrep.json and the answer
    (again,) = looked(site, tmp_path, statistics())
    assert again.version == first.version
    assert [asked.is_conditional for asked in site.asked] == [True]
    archive = Archive(tmp_path)
    assert archive.crawls() == []
    assert [record.purpose for record in archive.crawls(purpose="watch")] == ["watch", "watch"]
    site.asked.clear()
    done = crawl(statistics(), tmp_path, mode="live", contact=CONTACT, host_map={EUROSTAT: site.base})
    assert [asked.is_conditional for asked in site.asked] == [True]
    assert (done.complete, done.trouble, done.unchanged) == (True, None, False), "the first crawl is news, cheap or not"
    assert done.fingerprint == first.version, "a look and a crawl of the same requests find the same"
    (capture,) = archive.captures(done.source_id, str(done.crawl_id))
    assert (capture.wire_status, capture.body) == (304, EUROSTAT_BODY)
    assert archive.prove(capture.capture_id).verified


def test_eurostats_stamp_is_the_publishers_word(tmp_path: Path, site: Site) -> None:
    body = json.loads(EUROSTAT_BODY) | {"updated": "2026-06-15T11:00:00+0200"}
    site.serve(EUROSTAT_PATH, json.dumps(body).encode())
    (found,) = looked(site, tmp_path, statistics())
    assert found.upstream_at == datetime(2026, 6, 15, 9, tzinfo=UTC)


def test_a_board_that_is_down_is_trouble_and_no_change(tmp_path: Path, site: Site) -> None:
    for token in ("acme", "other"):
        site.serve(board_path(token), board_body("Analyst"))
    source = boards("acme", "other")
    (first,) = looked(site, tmp_path, source)
    site.pages[board_path("other")] = lambda asked: Answer(b"", 404)
    (down,) = looked(site, tmp_path, source)
    assert (down.version, down.trouble) == (first.version, "changed_shape")
    site.serve(board_path("acme"), board_body("Analyst", "Data scientist"))
    (changed,) = looked(site, tmp_path, source)
    assert changed.version not in (None, first.version)


def test_feed_by_entries_not_by_its_clock(tmp_path: Path, site: Site) -> None:
    source = watched("feed")
    site.serve("/w", feed("Mon, 02 Mar 2026 09:00:00 GMT", ("a", 1), ("b", 2)))
    (first,) = looked(site, tmp_path, source)
    assert first.upstream_at == datetime(2026, 3, 2, 2, tzinfo=UTC)
    site.serve("/w", feed("Mon, 02 Mar 2026 10:00:00 GMT", ("b", 2), ("a", 1)))
    assert looked(site, tmp_path, source)[0].version == first.version
    site.serve("/w", feed("Mon, 02 Mar 2026 10:00:00 GMT", ("b", 2), ("a", 1), ("c", 3)))
    assert looked(site, tmp_path, source)[0].version != first.version
    site.serve("/w", b"<html><body>We are down</body></html>")
    (broken,) = looked(site, tmp_path, source)
    assert (broken.version, broken.trouble) == (None, "changed_shape")


def test_head_asks_for_no_body(tmp_path: Path, site: Site) -> None:
    stamp = {"Last-Modified": "Sun, 01 Mar 2026 11:00:00 GMT"}
    site.pages["/w"] = lambda asked: Answer(b"", 200, stamp, etag=False)
    (found,) = looked(site, tmp_path, watched("head"))
    assert (found.problem, found.upstream_at) == (None, datetime(2026, 3, 1, 11, tzinfo=UTC))
    assert looked(site, tmp_path, watched("head"))[0].version == found.version
    site.pages["/w"] = lambda asked: Answer(b"", 200, {"Last-Modified": "Mon, 02 Mar 2026 11:00:00 GMT"}, etag=False)
    assert looked(site, tmp_path, watched("head"))[0].version != found.version
    site.pages["/w"] = lambda asked: Answer(b"", 200, {}, etag=False)
    assert looked(site, tmp_path, watched("head"))[0].trouble == "changed_shape"


def test_pointers_and_links_by_what_they_name(tmp_path: Path, site: Site) -> None:
    count = watched("json_pointer", "/count", pointers=("/meta/count", "/results/0/updated"))
    page = watched("links", "/page", pattern=r"/job/\d+").model_copy(update={"id": "other_page"})

    def serve(number: int, clock: str, *jobs: int) -> None:
        answer = {"meta": {"count": number, "ms": clock}, "results": [{"updated": "2026-03-01T10:00:00Z"}]}
        site.serve("/count", json.dumps(answer).encode())
        links = "".join(f'<a href="/job/{job}?b=1&a=2#top">x</a>' for job in jobs)
        site.serve("/page", f"<html>{clock}{links}<a href='/about'>about</a></html>".encode())

    serve(5, "10:00", 1, 2)
    first = looked(site, tmp_path, count, page)
    assert first[0].upstream_at == datetime(2026, 3, 1, 10, tzinfo=UTC)
    serve(5, "10:05", 2, 1)
    assert [found.version for found in looked(site, tmp_path, count, page)] == [found.version for found in first]
    serve(6, "10:10", 1, 2, 3)
    changed = looked(site, tmp_path, count, page)
    assert all(new.version not in (None, old.version) for new, old in zip(changed, first, strict=True))


def test_looks_share_a_deadline_and_a_slow_one_costs_no_other(tmp_path: Path, site: Site) -> None:
    import time

    site.pages["/w"] = lambda asked: (time.sleep(6), Answer(b"late"))[1]
    site.serve(board_path("acme"), board_body("Analyst"))
    started = time.monotonic()
    slow, quick = looked(site, tmp_path, watched("conditional_get"), boards("acme"), timeout_s=3.0)
    assert (quick.trouble, quick.version is not None) == (None, True)
    assert (slow.trouble, slow.version) == ("unreachable", None)
    assert time.monotonic() - started < 15


@pytest.mark.parametrize(
    ("status", "trouble"), [(403, "refused"), (404, "changed_shape"), (500, "unreachable"), (429, "refused")]
)
def test_trouble_is_typed_by_what_the_publisher_answers(tmp_path: Path, site: Site, status: int, trouble: str) -> None:
    site.pages[EUROSTAT_PATH] = lambda asked: Answer(b"no", status, {"Retry-After": "900"})
    (found,) = looked(site, tmp_path, statistics())
    assert found.trouble == trouble, found.problem
    done = crawl(statistics(), tmp_path, mode="live", contact=CONTACT, host_map={EUROSTAT: site.base}, timeout_s=15)
    assert (done.trouble, done.complete) == (trouble, False), done.problem
    assert Archive(tmp_path).crawls()[-1].trouble == trouble


def test_robots_forbid_a_look_as_they_forbid_a_crawl(tmp_path: Path, site: Site) -> None:
    site.serve("/robots.txt", b"User-agent: *\nDisallow: /w\n")
    site.serve("/w", b"page")
    (found,) = looked(site, tmp_path, watched("conditional_get"))
    assert found.trouble == "refused"
    assert site.paths() == ["/robots.txt"]


def test_what_is_not_live_is_not_looked_at(tmp_path: Path) -> None:
    with pytest.raises(CrawlRefusedError, match="greenhouse_sample"):
        look([source_by_id("greenhouse_sample")], tmp_path, contact=CONTACT)


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"<rss", b"[" * 5000, b'{"meta": 3}', b"<a href='//['>x</a>"])
@pytest.mark.parametrize("kind", ["feed", "json_pointer", "links"])
def test_hostile_bodies_are_unreadable_and_no_crash(kind: str, body: bytes) -> None:
    fields = {"json_pointer": {"pointers": ("/meta/count",)}, "links": {"pattern": "job"}}.get(kind, {})
    with pytest.raises(Unreadable):
        READERS[kind](watched(kind, **fields).watch, body)


def test_pointer_syntax_of_rfc_6901() -> None:
    assert pointed_at({"a/b": {"m~n": [1, 2]}}, "/a~1b/m~0n/1") == 2
    with pytest.raises(Unreadable):
        pointed_at({"a": 1}, "/a/b")
