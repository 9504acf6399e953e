"""Crawls of listings on a loopback site: in a feed's stead where it may have lost items, and where there is no feed.

Three invented publishers, each on a host and paths of its own, are crawled side by side.
"""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from scrapers.archive import Archive
from scrapers.decode import decode_crawl
from scrapers.decoders.announcements import POSSIBLE_LOSS, RECOVERED
from scrapers.decoders.base import Decoded
from scrapers.items import Announcement
from scrapers.plan import planned_requests
from scrapers.registry import RegistryError, Source, source_by_id
from scrapers.run import CrawlOutcome, crawl_many
from tests.scrapers.site import CONTACT, Answer, Asked, Site
from tests.scrapers.test_crawl_feed import feed as rss
from tests.scrapers.test_crawl_feed import page

OFFICE, SCHOOL, PAPER = "office.example", "school.example", "paper.example"


def source(source_id: str, **params: object) -> Source:
    registered = source_by_id("cssf_publications")
    return registered.model_copy(update={"id": source_id, "delay_seconds": 0.0, "params": params})


# A feed of two items, with a listing in numbered parts in its stead.
OFFICE_SOURCE = source(
    "office",
    feeds=[{"key": "news", "url": f"https://{OFFICE}/feed/"}],
    max_pages=10,
    max_parts=3,
    listings=[
        {
            "key": "all",
            "url": f"https://{OFFICE}/news/",
            "kind": "page",
            "instead_of": "news",
            "rows": "li.row",
            "title": "h3",
            "date": ".day",
            "pattern": "/n/",
        }
    ],
)
# No feed: posts of its content system.
SCHOOL_SOURCE = source(
    "school",
    listings=[
        {"key": "posts", "url": f"https://{SCHOOL}/wp-json/wp/v2/news?per_page=3&orderby=date", "kind": "wp-posts"}
    ],
    max_parts=3,
)
# No feed: an index of sitemaps, of which one tells titles and one does not.
PAPER_SOURCE = source(
    "paper",
    listings=[{"key": "map", "url": f"https://{PAPER}/sitemap_index.xml", "kind": "sitemap", "pattern": "/article/"}],
    max_pages=10,
    max_parts=3,
)
SOURCES = (OFFICE_SOURCE, SCHOOL_SOURCE, PAPER_SOURCE)


def entry(number: int) -> str:
    return (
        f"<item><title>Notice {number}</title><link>https://{OFFICE}/n/{number}/</link><guid>g{number}</guid>"
        f"<pubDate>Wed, {number:02} Jul 2026 10:00:00 +0000</pubDate></item>"
    )


def rows(*numbers: int, following: str = "") -> bytes:
    listed = "".join(
        f'<li class="row"><span class="day">Published on {number:02}.07.2026</span>'
        f'<h3><a href="/n/{number}/">Notice {number}</a></h3></li>'
        for number in numbers
    )
    link = f'<a href="{following}">Next</a>' if following else ""
    return f'<!doctype html><html lang="en"><body><ul>{listed}</ul>{link}</body></html>'.encode()


def post(number: int, **changes: object) -> dict[str, object]:
    return {
        "id": number,
        "date": f"2026-07-{number:02}T12:00:00",
        "date_gmt": f"2026-07-{number:02}T10:00:00",
        "modified_gmt": f"2026-07-{number:02}T10:00:00",
        "guid": {"rendered": f"https://{SCHOOL}/?p={number}"},
        "link": f"https://{SCHOOL}/news/{number}/",
        "title": {"rendered": f"Course {number} &#8211; open"},
        "content": {"rendered": f"<p>Words of course {number}.</p>", "protected": False},
        "author": 7,
        **changes,
    }


def posts(site: Site, *numbers: int) -> None:
    def answer(asked: Asked) -> Answer:
        at = int(asked.path.rpartition("&page=")[2]) if "&page=" in asked.path else 1
        part = list(numbers)[(at - 1) * 3 : at * 3]
        return Answer(orjson.dumps([post(number) for number in part]), 200, {"Content-Type": "application/json"})

    site.pages["/wp-json/wp/v2/news"] = answer


def sitemaps(site: Site, *numbers: int) -> None:
    index = "".join(f"<sitemap><loc>https://{PAPER}/{name}.xml</loc></sitemap>" for name in ("news", "plain"))
    site.serve("/sitemap_index.xml", f"<sitemapindex>{index}</sitemapindex>".encode(), Content_Type="text/xml")
    told = "".join(
        f"<url><loc>https://{PAPER}/article/{number}-told/</loc><news:news><news:publication><news:name>P</news:name>"
        f"<news:language>fr</news:language></news:publication><news:publication_date>2026-07-{number:02}T06:00:00Z"
        f"</news:publication_date><news:title>Told {number}</news:title></news:news></url>"
        for number in numbers
    )
    head = '<urlset xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'
    site.serve("/news.xml", f"{head}{told}</urlset>".encode(), Content_Type="text/xml")
    plain = f"<url><loc>https://{PAPER}/article/bare/</loc><lastmod>2026-07-01</lastmod></url>"
    site.serve("/plain.xml", f"<urlset>{plain}<url><loc>/about/</loc></url></urlset>".encode(), Content_Type="text/xml")
    for name in (*(f"{number}-told" for number in numbers), "bare"):
        site.serve(f"/article/{name}/", page(f"Words of {name}."), Content_Type="text/html")


def notices(site: Site, shown: tuple[int, ...], parts: dict[str, bytes]) -> None:
    site.serve("/feed/", rss(*map(entry, shown)), Content_Type="application/rss+xml")
    for path, body in parts.items():
        site.serve(path, body, Content_Type="text/html")
    for number in range(1, 13):
        site.serve(f"/n/{number}/", page(f"Words of notice {number}."), Content_Type="text/html")


def crawled(root: Path, site: Site) -> dict[str, tuple[CrawlOutcome, Decoded]]:
    site.asked.clear()
    hosts = dict.fromkeys((OFFICE, SCHOOL, PAPER), site.base)
    outcomes = crawl_many(SOURCES, root, mode="live", contact=CONTACT, host_map=hosts)
    archive = Archive(root)
    return {one.id: (outcomes[one.id], decode_crawl(archive, one, str(outcomes[one.id].crawl_id))) for one in SOURCES}


def titles(found: Decoded) -> list[str]:
    return sorted(record.title for record in found.records if isinstance(record, Announcement))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[CrawlOutcome, Decoded, list[str]]]]:
    """Two crawls of each publisher, and what each asked of its paths."""
    root, site = tmp_path_factory.mktemp("listings"), Site()
    try:
        stories: dict[str, list[tuple[CrawlOutcome, Decoded, list[str]]]] = {one.id: [] for one in SOURCES}
        notices(site, (2, 1), {})
        posts(site, 2, 1)
        sitemaps(site, 1, 2)
        for again in range(2):
            found = crawled(root, site)
            asked = [asked.path for asked in site.asked]
            for name, (outcome, decoded) in found.items():
                stories[name].append((outcome, decoded, asked))
            if not again:  # ten more notices between two looks, eight posts, one article
                following = {f"/news/page/{part}/": rows(*numbers) for part, numbers in ((3, (4, 3, 2, 1)),)}
                second = rows(8, 7, 6, 5, following=f"https://{OFFICE}/news/page/3/")
                first = rows(12, 11, 10, 9, following="/news/page/2/")
                notices(site, (12, 11), {"/news/": first, "/news/page/2/": second, **following})
                posts(site, *range(10, 0, -1))
                sitemaps(site, 1, 2, 3)
        return stories
    finally:
        site.close()


def test_a_listing_finds_what_slipped_through_a_feed(
    told: dict[str, list[tuple[CrawlOutcome, Decoded, list[str]]]],
) -> None:
    (first, before, asked), (second, after, then) = told["office"]
    assert (first.complete, second.complete, second.problem) == (True, True, None)
    assert "/news/" not in asked, "the listing is no part of an ordinary crawl"
    assert titles(before) == ["Notice 1", "Notice 2"]
    assert [path for path in then if path.startswith("/news/")] == [
        "/news/",
        "/news/page/2/",
        "/news/page/3/",
    ]
    assert not any(reject.reason == POSSIBLE_LOSS for reject in after.rejects)
    assert after.rejects == []
    (note,) = [note for note in after.notes if note.startswith(RECOVERED)]
    assert note.endswith("a listing gave the 8 between")
    records = {record.title: record for record in after.records if isinstance(record, Announcement)}
    assert sorted(records) == sorted(f"Notice {number}" for number in range(1, 13))
    assert {record.list_url for title, record in records.items() if title not in ("Notice 11", "Notice 12")} == {
        f"https://{OFFICE}/feed/"
    }
    known = {record.title: record.record_id for record in before.records if isinstance(record, Announcement)}
    assert {title: records[title].record_id for title in known} == known, "what was known keeps its identity"
    assert records["Notice 2"].published_at == next(
        record.published_at
        for record in before.records
        if isinstance(record, Announcement) and record.title == "Notice 2"
    )
    assert all(record.text.endswith(f"Words of {title.lower()}.") for title, record in records.items())


def test_posts_of_a_content_system_need_no_feed(
    told: dict[str, list[tuple[CrawlOutcome, Decoded, list[str]]]],
) -> None:
    (first, before, _), (second, after, then) = told["school"]
    assert (first.problem, second.problem) == (None, None)
    assert titles(before) == ["Course 1 – open", "Course 2 – open"]
    assert [path.rpartition("&page=")[2] for path in then if "&page=" in path] == ["2", "3"]
    assert titles(after) == sorted(f"Course {number} – open" for number in range(2, 11))
    assert not after.rejects
    (newest,) = [r for r in after.records if isinstance(r, Announcement) and r.title.startswith("Course 10")]
    assert (newest.text, str(newest.published_at)) == ("Words of course 10.", "2026-07-10 10:00:00+00:00")
    assert not [path for path in then if path.startswith("/news/1")], "their text stands in the list"


def test_a_sitemap_names_the_pages_that_are_read(
    told: dict[str, list[tuple[CrawlOutcome, Decoded, list[str]]]],
) -> None:
    (first, before, asked), (second, after, then) = told["paper"]
    assert (first.problem, second.problem) == (None, None)
    assert titles(before) == ["Notice", "Told 1", "Told 2"]
    assert titles(after) == ["Notice", "Told 1", "Told 2", "Told 3"]
    assert not before.rejects
    assert not after.rejects
    records = {record.title: record for record in after.records if isinstance(record, Announcement)}
    assert records["Told 1"].language_declared == "en-gb", "the page's own word"
    assert records["Notice"].text.endswith("Words of bare.")
    assert {record.crawl_id for record in records.values()} == {second.crawl_id}
    assert {record.list_url for record in records.values()} == {f"https://{PAPER}/sitemap_index.xml"}
    articles = [path for path in asked if path.startswith("/article/")]
    assert sorted(articles) == ["/article/1-told/", "/article/2-told/", "/article/bare/"]
    assert [path for path in then if path.startswith("/article/")] == ["/article/3-told/"], "the others were read"


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"listings": [{"key": "x", "url": "https://a.example/x", "kind": "table"}]}, "kind: one of page, sitemap"),
        (
            {"listings": [{"key": "x", "url": "https://a.example/x", "kind": "page"}]},
            "needs rows, a layout or a pattern",
        ),
        ({"listings": [{"key": "x", "url": "file:///x", "kind": "sitemap"}]}, "an http(s) address is needed"),
        (
            {"listings": [{"key": "x", "url": "https://a.example/x", "kind": "sitemap", "instead_of": "y"}]},
            "'y' is no feed of the source",
        ),
        ({"max_parts": 900, "listings": []}, "a number from 1 to 20"),
        ({}, "nothing is planned"),
    ],
)
def test_parameters_that_cannot_be_used_are_named(params: dict[str, object], said: str) -> None:
    with pytest.raises(RegistryError, match=said.replace("(", r"\(").replace(")", r"\)")):
        planned_requests(source("office", **params))
