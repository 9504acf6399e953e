"""Opt-outs of text and data mining, read alike on the wire and by decoders; the key that leaves over https alone."""

from __future__ import annotations

import gzip
from pathlib import Path

import orjson
import pytest
from scrapy.http import Response

from scrapers.archive import Archive
from scrapers.decoders.base import UnreadableError
from scrapers.decoders.feed import meaning
from scrapers.keyring import WireKey
from scrapers.netguard import is_reserved
from scrapers.run import crawl
from scrapers.tdm import WELL_KNOWN, BadReservationsError, is_reserved_path, read_reservations
from tests.scrapers.site import CONTACT, GREENHOUSE, Site, board_body, board_path, boards
from tests.scrapers.test_crawl_feed import FEED, HOST, TYPE, feed, item, page, path, source

RESERVED = '<meta name="tdm-reservation" content="1">'


def with_head(head: str) -> str:
    return f"<!doctype html><html><head>{head}</head><body><main><h1>a</h1><p>words</p></main></body></html>"


def is_refused_by_decoder(body: bytes) -> bool:
    try:
        meaning(body)
    except UnreadableError as error:
        return error.reason == "tdm_reserved"
    return False


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (with_head(RESERVED).encode(), True),
        (with_head(f"<style>{'a' * 70_000}</style>{RESERVED}").encode(), True),
        (with_head(f'<meta data-x="{"a" * 400}" name="tdm-reservation" content="1">').encode(), True),
        (with_head('<meta data-x=">" name="tdm-reservation" content="1">').encode(), True),
        (with_head('<meta name="tdm&#45;reservation" content=1 >').encode(), True),
        (with_head("<META PROPERTY='TDM-Reservation' CONTENT=' 1 '>").encode(), True),
        (b"\xff\xfe" + with_head(RESERVED).encode("utf-16-le"), True),
        (with_head('<meta name="tdm-reservation" content="0">').encode(), False),
        (with_head('<meta name="tdm-reservation" content="10">').encode(), False),
        (with_head('<meta name="robots" content="1">').encode(), False),
    ],
)
def test_wire_and_decoder_read_a_page_alike(body: bytes, expected: bool) -> None:
    assert is_reserved(Response("https://x.example/", body=body)) is expected
    packed = Response("https://x.example/", body=gzip.compress(body), headers={"Content-Encoding": "gzip"})
    assert is_reserved(packed) is expected
    assert is_refused_by_decoder(body) is expected


@pytest.mark.parametrize(
    ("value", "expected"), [("1", True), ("1; policy=x", True), ('"1"', True), ("0", False), ("10", False), ("", False)]
)
def test_the_leading_token_of_the_field_counts(value: str, expected: bool) -> None:
    assert is_reserved(Response("https://x.example/", headers={"tdm-reservation": value})) is expected


def test_a_packed_page_that_opts_out_ends_its_host(tmp_path: Path, site: Site) -> None:
    numbers = range(1, 4)
    site.serve(FEED, feed(*(item(number) for number in numbers)), Content_Type=TYPE)
    for number in numbers:
        body = gzip.compress(with_head(RESERVED).encode())
        site.serve(path(number), body, Content_Type="text/html", Content_Encoding="gzip")
    done = crawl(source(), tmp_path, mode="live", contact=CONTACT, host_map={HOST: site.base})
    assert sum(asked.startswith("/en/2026") for asked in site.paths()) == 1
    assert (done.complete, done.trouble) == (False, "refused")
    assert "tdm-reservation: 1" in str(done.problem)
    captures = [c for c in Archive(tmp_path).captures(source().id, str(done.crawl_id)) if "/en/2026" in c.url]
    assert [capture.body for capture in captures] == [b""]


@pytest.mark.endurance
def test_tdmrep_binds_pages_and_interfaces_and_is_asked_once_a_day(
    tmp_path: Path, site: Site, other_site: Site
) -> None:
    rules = [{"location": "/en/2026/", "tdm-reservation": 1}, {"location": "/en/feed/", "tdm-reservation": 0}]
    site.serve(WELL_KNOWN, orjson.dumps(rules))
    site.serve(FEED, feed(item(1)), Content_Type=TYPE)
    site.serve(path(1), page("Words."), Content_Type="text/html")
    for _ in range(2):
        done = crawl(source(), tmp_path, mode="live", contact=CONTACT, host_map={HOST: site.base})
        assert (done.complete, done.trouble) == (False, "refused")
        assert "TDM reservation" in str(done.problem)
    assert site.paths() == ["/robots.txt", WELL_KNOWN, FEED, FEED]

    other_site.serve(WELL_KNOWN, b'{"location": "/", "tdm-reservation": "1"}')
    other_site.serve(board_path("acme"), board_body())
    done = crawl(boards("acme"), tmp_path, mode="live", contact=CONTACT, host_map={GREENHOUSE: other_site.base})
    assert (done.trouble, other_site.paths()) == ("refused", ["/robots.txt", WELL_KNOWN])


@pytest.mark.parametrize(
    ("location", "url", "expected"),
    [
        ("/", "https://x.lu/any", True),
        ("/a/*.html", "https://x.lu/a/b/c.html", True),
        ("/a/*.html$", "https://x.lu/a/b.html?x=1", False),
        ("/a$", "https://x.lu/a", True),
        ("/a$", "https://x.lu/ab", False),
        ("https://x.lu/a/", "https://x.lu/a/b", True),
        ("/%61/", "https://x.lu/a/b", True),
        ("*" * 1000 + "z", "https://x.lu/" + "a" * 1000, False),
    ],
)
def test_locations_are_path_patterns(location: str, url: str, expected: bool) -> None:
    assert is_reserved_path(url, [location]) is expected


@pytest.mark.parametrize("body", [b"", b"1", b'["x"]', b'[{"location": 3}]', b"{", b"[" * 100_000])
def test_what_is_no_tdmrep(body: bytes) -> None:
    with pytest.raises(BadReservationsError):
        read_reservations(body)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.example.org/works?a=1", True),
        ("https://api.example.org:443/works", True),
        ("http://api.example.org/works", False),
        ("https://api.example.org:8443/works", False),
        ("https://other.example.org/works", False),
    ],
)
def test_the_key_leaves_encrypted_to_its_host_alone(url: str, expected: bool) -> None:
    key = WireKey("api.example.org", "api_key", "Sk3cret-Key_0123456789")
    host = url.split("/")[2].partition(":")[0]
    assert (key.value in key.on(url, host)) is expected
