"""Catalogues of open data portals: whatever JSON comes, entries, a reject, a remark or a refusal, never silence."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.decoders import udata
from scrapers.decoders.base import DecodeContext, Decoded, UnreadableError
from scrapers.decoders.catalogue import media_format, permanent, plain_text
from scrapers.items import CatalogueEntry

NAMES = ["id", "title", "resources", "data", "dataset", "latest", "url", "organization", "tags", "checksum", "slug"]
LEAVES = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=12) | st.just("2026-01-01")
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=25,
)


def decode(body: bytes, url: str = "https://portal.example/api/1/datasets/") -> Decoded:
    context = DecodeContext(
        source_id="demo",
        crawl_id="c",
        capture_id=hashlib.sha256(body).hexdigest(),
        url=url,
        retrieved_at=datetime(2026, 10, 1, tzinfo=UTC),
    )
    return udata.decode(body, context)


@settings(max_examples=150, deadline=None)
@given(TREES)
def test_no_answer_is_passed_over_in_silence(tree: Any) -> None:
    try:
        found = decode(orjson.dumps(tree))
    except UnreadableError as error:
        assert error.reason in ("not_a_catalogue", "upstream_error", "not_json")  # noqa: PT017 - either is right
        return
    assert found.records or found.rejects or found.notes


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"3", "not_a_catalogue"),
        (b'{"a": 1}', "not_a_catalogue"),
        (b'[{"a": 1}]', "not_a_catalogue"),
        (b'{"data": [{"name": "an organisation"}], "total": 1}', "not_a_catalogue"),
        (b'{"message": "not found"}', "upstream_error"),
        (b"<html><body>maintenance</body></html>", "not_xml"),
        (b"<catalogue><entry>1</entry></catalogue>\n", "not_a_catalogue"),
        (b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>', "not_a_catalogue"),
        (
            b'[{"id": "5aa", "title": "T", "slug": "t", "page": "p", "acronym": null, "image_url": null}]',
            "suggestion_list",
        ),
        (b'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>T</title></feed>', "a_feed"),
        (b"[" * 100_000, "too_deep"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "entities_refused"),
    ],
)
def test_what_is_no_catalogue_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        decode(body)
    assert caught.value.reason == reason


def test_a_single_data_set_and_a_single_resource() -> None:
    resource = {"id": "r1", "title": "a.csv", "latest": "https://portal.example/fr/datasets/r/r1", "filetype": "file"}
    dataset = {"id": "d1", "title": "Demo", "resources": [resource]}
    (entry,) = decode(orjson.dumps(dataset)).records
    assert (entry.record_id, entry.locator) == ("demo:d1:r1", "$.resources[0]")
    url = "https://portal.example/api/1/datasets/d1/resources/r1/"
    (alone,) = decode(orjson.dumps(resource), url).records
    assert isinstance(alone, CatalogueEntry)
    assert (alone.record_id, alone.title, alone.locator) == ("demo:d1:r1", "d1", "$")


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://portal.example/fr/datasets/r/1", "https://portal.example/fr/datasets/r/1"),
        ("https://download.portal.example/resources/demo/20260921-080000/demo.csv", ""),
        ("javascript:alert(1)", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_only_addresses_that_last_are_kept(address: object, kept: str) -> None:
    assert permanent(address) == kept


def test_texts_and_kinds_of_files_are_made_plain() -> None:
    assert plain_text("<p>One</p><p>two &amp; three</p>", 1_000) == "One\n\ntwo & three"
    assert plain_text("x" * 9_000, 5_000) == "x" * 5_000
    assert plain_text(None, 10) == ""
    assert [media_format(said, mime) for said, mime in (("CSV", None), (None, "text/csv; a"), ("?!", 3))] == [
        "csv",
        "csv",
        "",
    ]
