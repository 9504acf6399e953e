"""Boards that list first and tell later: which texts are asked for, ids, facets of places, texts of earlier crawls."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from scrapers import decode as decoding
from scrapers.decode import DecodeContext, UnreadableError, decode
from scrapers.decoders import listed, workday
from scrapers.decoders.around import Around, EarlierCrawl
from scrapers.decoders.base import Decoded
from scrapers.decoders.listed import board_object, id_of, wants_text
from scrapers.items import JobPosting

NOW = datetime(2026, 10, 1, 6, tzinfo=UTC)


def context(**changes: object) -> DecodeContext:
    given: dict = {
        "source_id": "fixture",
        "crawl_id": "crawl",
        "capture_id": "0" * 64,
        "url": "https://bank.wd3.myworkdayjobs.com/wday/cxs/bank/Careers/jobs",
        "retrieved_at": NOW,
    }
    return DecodeContext(**(given | changes))


def posting(number: int = 1, **changes: object) -> JobPosting:
    given: dict = {
        "record_id": f"fixture:acme:{number}",
        "source_id": "fixture",
        "crawl_id": "crawl",
        "capture_id": "0" * 64,
        "url": "https://board.example/list",
        "retrieved_at": NOW,
        "board_id": "acme",
        "posting_id": str(number),
        "employer": "Acme (invented)",
        "title": f"Job {number}",
        "location_raw": "Luxembourg",
        "is_luxembourg": True,
    }
    return JobPosting(**(given | changes))


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, True),
        ({"is_luxembourg": False, "location_raw": "Oslo, Norway"}, False),
        ({"is_luxembourg": False, "location_raw": ""}, True),
        ({"is_luxembourg": False, "location_raw": "Remote"}, True),
        ({"is_luxembourg": False, "location_raw": "Remote - Europe"}, True),
        ({"is_luxembourg": False, "location_raw": "Remote, Poland"}, False),
        ({"is_luxembourg": False, "location_raw": "Various locations"}, True),
        ({"is_luxembourg": False, "location_raw": "3 Locations", "offices": ["Chicago"]}, True),
        ({"is_luxembourg": False, "location_raw": "", "offices": ["Chicago"]}, False),
    ],
)
def test_a_text_is_wanted_where_the_place_can_be_luxembourgs(changes: dict[str, object], wanted: bool) -> None:
    assert wants_text(posting(**changes)) is wanted


def test_ids_of_other_shapes_stay_apart() -> None:
    assert id_of(12) == "12"
    assert id_of(" JR-1002_a.b ") == "JR-1002_a.b"
    assert [id_of(value) for value in (None, "", "  ", True, -1, 1.5, "x" * 3000)] == [None] * 7
    longs = [id_of("a" * 100), id_of("a" * 101), id_of("a b"), id_of("a-b"), id_of("é"), id_of("è")]
    assert len(set(longs)) == 6
    assert all(value is not None and len(value) <= 80 for value in longs)


def earlier(*crawls: tuple[int, list[JobPosting]]) -> tuple[Around, list[int]]:
    """Crawls by their age in days, and which of them were looked at."""
    looked: list[int] = []

    def look() -> Iterator[EarlierCrawl]:
        for days, records in crawls:
            looked.append(days)
            yield EarlierCrawl(f"crawl-{days}", NOW - timedelta(days=days), Decoded(list(records)))

    return Around(NOW, {}, look), looked


def test_the_last_reading_of_a_text_completes_a_listed_ad() -> None:
    now = Decoded([posting(1, title="New title"), posting(2), posting(3, is_luxembourg=False, location_raw="Oslo")])
    read = posting(
        1,
        text="Words",
        employment_type="Full-time",
        crawl_id="crawl-1",
        capture_id="1" * 64,
        url="https://board.example/1",
        retrieved_at=NOW - timedelta(days=1),
        locator="$",
    )
    around, looked = earlier((1, [read]), (2, [posting(1, text="Older words")]), (60, [posting(2, text="Too old")]))
    found = listed.finish(now, around)
    first, second, third = (record for record in found.records if isinstance(record, JobPosting))
    assert (first.text, first.employment_type, first.title, first.crawl_id) == (
        "Words",
        "Full-time",
        "New title",
        "crawl",
    )
    # A trace leads to the bytes that hold the text.
    where = ("capture_id", "url", "retrieved_at", "locator")
    assert [getattr(first, name) for name in where] == [getattr(read, name) for name in where]
    assert (second.text, third.text) == ("", "")
    assert looked == [1, 2, 60]
    assert found.notes == [
        "1 postings with the text of an earlier crawl",
        "1 postings whose text was not read yet",
        "1 postings elsewhere, as listed: their texts are not asked for",
    ]


def test_earlier_crawls_are_looked_at_no_further_than_needed() -> None:
    around, looked = earlier((1, [posting(1, text="Words")]), (2, []))
    listed.finish(Decoded([posting(1)]), around)
    assert looked == [1, 2]  # the second is not decoded for anything: the loop stops at it
    around, looked = earlier((1, []))
    listed.finish(Decoded([posting(1, text="Own words")]), around)
    assert looked == []


def test_days_in_words_are_reckoned_from_each_reading_of_the_same_bytes() -> None:
    said = {"title": "T", "externalPath": "/job/X/T_R-1", "postedOn": "Posted Yesterday"}
    body = orjson.dumps({"total": 1, "jobPostings": [said]})
    days = []
    for late in (0, 0, 3):
        at = context(retrieved_at=NOW + timedelta(days=late))
        (record,) = decoding._decode_cached("workday", body, at, b"").records
        assert isinstance(record, JobPosting)
        days.append(str(record.published_on))
    assert days == ["2026-09-30", "2026-09-30", "2026-10-03"]


def facets(*values: object) -> bytes:
    return orjson.dumps({"total": 1, "jobPostings": [], "facets": list(values)})


def test_facets_of_places_however_they_are_grouped() -> None:
    flat = {"facetParameter": "Location_Country", "values": [{"descriptor": "Luxembourg", "id": "a1"}]}
    cities = [
        {"descriptor": "Luxembourg", "id": "c1"},
        {"descriptor": "Esch-sur-Alzette", "id": "c2"},
        {"descriptor": "Luxemburg, WI", "id": "c3"},
        {"descriptor": "Arlon, Luxembourg, Belgium", "id": "c4"},
        {"descriptor": "Luxembourg", "id": "c1"},
        {"descriptor": "Luxembourg", "id": "bad id!"},
        {"descriptor": None, "id": "c5"},
        "value",
    ]
    nested = {"facetParameter": "locationMainGroup", "values": [{"facetParameter": "locations", "values": cities}, 7]}
    other = {"facetParameter": "jobFamily", "values": [{"descriptor": "Luxembourg funds", "id": "x"}]}
    found = workday.place_facets(facets(flat, nested, other, None, {"values": 3}))
    assert found.offered
    assert found.here == {"Location_Country": ("a1",), "locations": ("c1", "c2")}
    assert workday.place_facets(facets(other)) == workday.PlaceFacets(False, {})
    none_here = workday.place_facets(
        facets({"facetParameter": "locations", "values": [{"descriptor": "Oslo", "id": "o"}]})
    )
    assert none_here == workday.PlaceFacets(True, {})


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[1]", "not_a_board"),
        (b'{"other":1}', "not_a_board"),
        (b'{"error":"limit"}', "upstream_error"),
        (b"{" + b'"a":[],' * 1_000_001 + b'"b":1}', "too_many_elements"),
        (b"[" + b"1," * 4_000_001 + b"1]", "too_many_elements"),
    ],
    ids=["list", "other", "error", "objects", "values"],
)
def test_what_is_no_board_is_refused_with_its_reason(body: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        board_object(body, "Acme", lambda said: "jobs" in said)
    assert caught.value.reason == reason


def test_a_skeeled_page_that_was_cut_off_or_is_too_large() -> None:
    start = b'<html><script id="__NUXT_DATA__" type="application/json">[{"a":1}'
    for body, reason in (
        (start, "cut_off"),
        (start + b"</script>", "not_json"),
        (b"<html>" + b" " * 9_000_000, "too_large"),
        (b'<script id="__NUXT_DATA__">{"a":1}</script>', "not_a_board"),
    ):
        with pytest.raises(UnreadableError) as caught:
            decode("skeeled", body, context())
        assert caught.value.reason == reason


def test_an_exchange_document_that_breaks_off_keeps_what_was_whole() -> None:
    one = (
        b"<PositionOpening><DocumentID>a</DocumentID><PositionProfile><PositionTitle>T</PositionTitle>"
        b"</PositionProfile></PositionOpening>"
    )
    found = decode("eures", b"<V>" + one + b"<PositionOpening><Doc", context())
    assert [record.record_id for record in found.records] == ["fixture:eures:a"]
    assert [reject.reason for reject in found.rejects] == ["not_xml"]
    for body, reason in ((b"<V><Doc", "not_xml"), (b"<V><Other/></V>", "not_a_board")):
        with pytest.raises(UnreadableError) as caught:
            decode("eures", body, context())
        assert caught.value.reason == reason
