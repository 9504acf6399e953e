"""Damaged and hostile bytes: every decoder gives records and rejects or says why not; nothing else ever escapes it."""

from __future__ import annotations

import json
import random
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

FIXTURES = Path(__file__).parent / "fixtures"
GOOD = {
    "jsonstat": (FIXTURES / "jsonstat" / "cube.json").read_bytes(),
    "greenhouse": (FIXTURES / "greenhouse" / "jobs.json").read_bytes(),
}
# Formats that are not JSON, or whose hostile payloads stand beside their other tests (test_decode_<format>.py).
OF_THEIR_OWN = {"cordis_zip", "feed", "govjobs", "openalex"}
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


def test_every_format_has_a_good_payload_here() -> None:
    assert set(GOOD) | OF_THEIR_OWN == set(FORMATS)
    with pytest.raises(KeyError, match=r"there are: .*greenhouse, jsonstat"):
        decode("morse", b"", CONTEXT)


@pytest.mark.parametrize("format", GOOD)
def test_truncation_at_every_percent(format: str) -> None:
    body = GOOD[format]
    reasons = {getattr(outcome(format, body[: len(body) * percent // 100]), "reason", "read") for percent in range(100)}
    assert reasons == {"empty", "not_json"}


@pytest.mark.parametrize("format", GOOD)
def test_flipped_bits(format: str) -> None:
    body, dice, read = GOOD[format], random.Random(7), 0
    for _ in range(600):
        damaged = bytearray(body)
        for _ in range(dice.choice((1, 1, 3))):
            damaged[dice.randrange(len(damaged))] ^= 1 << dice.randrange(8)
        read += isinstance(outcome(format, bytes(damaged)), Decoded)
    assert read > 60  # most damage hits one element only


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


@pytest.mark.parametrize("format", GOOD)
@pytest.mark.parametrize(
    "body",
    [
        b"[" * 10_000 + b"]" * 10_000,
        b"[" * 1_000_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b'{"jobs": [' + b'{"x":' * 5_000 + b"NaN" + b"}" * 5_000 + b"]}",
        b'{"value": ' + b"[" * 1020 + b"NaN" + b"]" * 1020 + b"}",
    ],
)
def test_deep_nesting_is_refused(format: str, body: bytes) -> None:
    error = outcome(format, body)
    assert isinstance(error, UnreadableError)
    assert error.reason in {"too_deep", "not_json"}


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


@pytest.mark.parametrize("format", GOOD)
@pytest.mark.parametrize("value", [None, True, -1, 1e308, "", "x" * 10_000, [], {}, [[]], {"a": {}}, "\u202e\x00"])
def test_any_field_may_hold_anything(format: str, value: object) -> None:
    """Each field of the good payload in turn, at any depth, is replaced."""
    good = json.loads(GOOD[format])
    for path in paths(good):
        damaged = json.loads(GOOD[format])
        holder = damaged
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = value
        outcome(format, json.dumps(damaged).encode())


def paths(node: object, prefix: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items: list[tuple[Any, object]] = []
    if isinstance(node, dict):
        items = list(node.items())
    elif isinstance(node, list):
        items = list(enumerate(node))
    found = []
    for key, inner in items:
        found += [(*prefix, key), *paths(inner, (*prefix, key))]
    return found


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = (
    "jobs departments offices meta total id title content location name metadata company_name children first_published "
    "version class value status size dimension extension category index label unit time role annotation warning error"
)


@settings(max_examples=150, deadline=None)
@given(payload=st.dictionaries(st.sampled_from(NAMES.split()), JSON, max_size=6))
def test_any_json_object_is_survived(payload: dict[str, Any]) -> None:
    body = json.dumps(payload).encode()
    for format in FORMATS:
        outcome(format, body)


@settings(max_examples=100, deadline=None)
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


COUNT = 300_001
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
