"""Hostile bytes that all formats meet, and what reading them promises; damage of every kind is in ``test_fuzz``."""

from __future__ import annotations

import json
import time
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.decode import FORMATS, DecodeContext, Decoded, UnreadableError, decode
from scrapers.decoders import base
from scrapers.items import JobPosting
from tests.scrapers.mutations import paths

FIXTURES = Path(__file__).parent / "fixtures"
GOOD = {
    "jsonstat": (FIXTURES / "jsonstat" / "cube.json").read_bytes(),
    "greenhouse": (FIXTURES / "greenhouse" / "jobs.json").read_bytes(),
}
CONTEXT = DecodeContext(
    source_id="test_source",
    crawl_id="20260601T000000Z-00000000",
    capture_id="c" * 64,
    url="https://boards-api.greenhouse.io/v1/boards/fernhollow/jobs",
    retrieved_at=datetime(2026, 6, 1, tzinfo=UTC),
)


def outcome(format: str, body: bytes) -> Decoded | UnreadableError:
    """What a decoder makes of bytes; any exception but UnreadableError fails the test that asks."""
    try:
        decoded = decode(format, body, CONTEXT)
    except UnreadableError as error:
        refused = error
    else:
        return sound(decoded)
    assert refused.reason.isidentifier()
    assert "\n" not in str(refused)
    assert len(refused.detail) <= 300
    return refused


def sound(decoded: Decoded) -> Decoded:
    """The result itself, once every part of it has shown that it can be written."""
    for reject in decoded.rejects:
        assert reject.reason.isidentifier()
        assert len(reject.detail) <= 300
        reject.model_dump_json()
    for record in decoded.records:
        assert len(record.content_sha256) == 64
    return decoded


def test_an_unknown_format_is_told_with_those_there_are() -> None:
    with pytest.raises(KeyError, match=r"there are: .*greenhouse, .*jsonstat"):
        decode("morse", b"", CONTEXT)


@pytest.mark.parametrize("format", GOOD)
@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-16-le-mark", "utf-16-be-mark", "cp1252", "latin-1"]
)
def test_other_encodings_are_read_and_noted(format: str, encoding: str) -> None:
    text = GOOD[format].decode("utf-8").replace("·", "e").replace("…", "")
    if encoding.endswith("-mark"):
        encoding = encoding.removesuffix("-mark")
        body = text.join(("\ufeff", "")).encode(encoding)
    else:
        body = text.encode(encoding)
    expected, found = outcome(format, text.encode()), outcome(format, body)
    assert isinstance(expected, Decoded)
    assert isinstance(found, Decoded)
    assert [record.content_sha256 for record in found.records] == [record.content_sha256 for record in expected.records]
    if body != text.encode():
        assert len(found.notes) == len(expected.notes) + 1


def test_one_damaged_byte_leaves_the_other_accents_alone() -> None:
    body = GOOD["greenhouse"].replace("Français".encode(), b"Fran\xff\xc3\xa7ais")
    decoded = outcome("greenhouse", body)
    assert isinstance(decoded, Decoded)
    text = next(record.text for record in decoded.records if record.posting_id == "502")  # type: ignore[attr-defined]
    assert "Fran\ufffdçais" in text
    assert "à Esch-sur-Alzette" in text
    assert decoded.notes[0].startswith("bytes that are not UTF-8")


def test_departments_within_departments_have_an_end() -> None:
    group: dict[str, Any] = {"name": "d", "jobs": [{"id": 1, "title": "Cook"}]}
    for _ in range(100):
        group = {"name": "d", "children": [group]}
    decoded = outcome("greenhouse", json.dumps({"departments": [group]}).encode())
    assert isinstance(decoded, Decoded)
    assert [reject.reason for reject in decoded.rejects] == ["too_deep"]


def test_a_body_beyond_the_limit_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "MAX_BODY_BYTES", 1000)
    for format, body in GOOD.items():
        error = outcome(format, body)
        assert isinstance(error, UnreadableError)
        assert error.reason == "too_large"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = (
    "jobs departments offices meta total id title content location name metadata company_name children first_published "
    "version class value status size dimension extension category index label unit time role annotation warning error "
    "data dataSets structure structures header results result items offers postings jobPostings totalFound jobAd text "
    "categories country locations language next_page page resources jvs numberRecords links state token errors"
)


@settings(max_examples=40, deadline=None)
@given(payload=st.dictionaries(st.sampled_from(NAMES.split()), JSON, max_size=6))
def test_any_json_object_is_survived(payload: dict[str, Any]) -> None:
    body = json.dumps(payload).encode()
    for format in FORMATS:
        outcome(format, body)


TAGS = st.sampled_from(
    ("rss", "channel", "item", "workzag-jobs", "position", "html", "article", "script", "m:GenericData")
)
MARKUP = st.recursive(
    st.text(alphabet="ab0&;<>\"'= \u00e9", max_size=12),
    lambda inner: st.tuples(TAGS, st.lists(inner, max_size=4)).map(lambda made: _element(*made)),
    max_leaves=10,
)


def _element(tag: str, inside: list[str]) -> str:
    return f"<{tag} type='application/ld+json'>{''.join(inside)}</{tag}>"


@settings(max_examples=40, deadline=None)
@given(text=MARKUP)
def test_any_markup_is_survived(text: str) -> None:
    body = f"<?xml version='1.0'?>{text}".encode()
    for format in FORMATS:
        outcome(format, body)


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.lists(st.text(max_size=6), max_size=4), max_size=5), mark=st.sampled_from(",;\t"))
def test_any_lines_are_survived(rows: list[list[str]], mark: str) -> None:
    body = "\n".join(mark.join(row) for row in rows).encode()
    for format in FORMATS:
        outcome(format, body)


@settings(max_examples=60, deadline=None)
@given(body=st.binary(max_size=200))
def test_any_bytes_are_survived(body: bytes) -> None:
    for format in FORMATS:
        outcome(format, body)


def test_half_an_emoji_in_any_text_stops_nothing() -> None:
    good = json.loads(GOOD["greenhouse"])
    expected = outcome("greenhouse", GOOD["greenhouse"])
    assert isinstance(expected, Decoded)
    for path in paths(good["jobs"]):
        damaged = json.loads(GOOD["greenhouse"])
        holder = damaged["jobs"]
        for step in path[:-1]:
            holder = holder[step]
        if not isinstance(holder[path[-1]], str):
            continue
        holder[path[-1]] += "\ud800"
        found = outcome("greenhouse", json.dumps(damaged).encode())
        assert isinstance(found, Decoded)
        assert len(found.records) >= len(expected.records) - 1
    good["jobs"][0]["absolute_url"] = "https://x.y/\ud800"
    found = outcome("greenhouse", json.dumps(good).encode())
    assert isinstance(found, Decoded)
    assert [getattr(record, "posting_url", None) for record in found.records].count("") == 1


def test_a_record_that_could_not_be_written_becomes_a_reject() -> None:
    sink = base.Sink(CONTEXT, "job_posting")
    fields = {"record_id": "a:b:c", "board_id": "b", "posting_id": "c", "employer": "e", "title": "t"}
    assert sink.build(JobPosting, "$", {**fields, "offices": ["\ud800"]}) is None
    assert sink.build(JobPosting, "$", {**fields, "posting_url": "\ud800"}) is None
    assert [reject.reason for reject in sound(sink.decoded()).rejects] == ["not_writable"] * 2


def test_rejects_and_remarks_are_counted_beyond_their_limits() -> None:
    jobs = [{"id": number, "title": "", f"field{number}": 1} for number in range(5000)]
    found = outcome("greenhouse", json.dumps({"jobs": jobs}).encode())
    assert isinstance(found, Decoded)
    assert len(found.rejects) == base.MAX_REJECTS + 1
    assert (found.rejects[-1].reason, found.rejects[-1].detail) == ("more_rejects", "and 4000 more")
    assert len(found.notes) == base.MAX_NOTES + 1
    assert found.notes[-1] == "and 4950 more remarks"


COUNT = 400_001
LONG = "x" * 1_000_000


def cube(codes: list[str], place: str = "LU", **more: Any) -> dict[str, Any]:
    dimension = {"geo": {"category": {"index": [place]}}, "time": {"category": {"index": codes}}}
    return {"id": ["geo", "time"], "size": [1, len(codes)], "dimension": dimension, "value": [1] * len(codes), **more}


@pytest.mark.parametrize(
    ("format", "payload", "reason"),
    [
        ("greenhouse", {"jobs": [0] * COUNT}, "too_many_elements"),
        ("greenhouse", {"departments": [{"jobs": [0] * 1000}] * 300}, "too_many_elements"),
        ("greenhouse", {"departments": [0] * COUNT}, "1001"),
        (
            "greenhouse",
            {"jobs": [{"id": 1, "title": "a", "departments": [{"name": f"d{n}"}]} for n in range(10_000)]},
            "0",
        ),
        ("greenhouse", {"jobs": [{"id": LONG}] * 20}, "20"),
        ("jsonstat", cube([str(number) for number in range(COUNT)]), "too_many_cells"),
        ("jsonstat", cube([str(number) for number in range(50_000)], LONG), "bad_dimension"),
        ("jsonstat", cube([str(number) for number in range(50_000)], status=LONG), "1001"),
    ],
    ids=["jobs", "nested jobs", "groups", "one job anew", "long ids", "cells", "long code", "long flag"],
)
def test_small_bodies_take_bounded_time_and_memory(format: str, payload: dict[str, Any], reason: str) -> None:
    body = json.dumps(payload).encode()
    tracemalloc.start()
    begun = time.monotonic()
    try:
        found = outcome(format, body)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.monotonic() - begun < 20
    assert peak < 512 * 2**20
    assert reason == (found.reason if isinstance(found, UnreadableError) else str(len(found.rejects)))
