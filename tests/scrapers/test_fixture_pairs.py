"""Every decoder against its own fixtures: a payload in the publisher's shape, and what is to come of it.

``fixtures/<format>/<name>.<ext>`` with ``<name>.expected.json`` beside it; a payload that is no text is made by
``made/<module>.py`` and named as ``{"made": "<module>"}``. Content is invented; shapes are the publishers'.
"""

from __future__ import annotations

import hashlib
import importlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from scrapers.decode import DecodeContext, Decoded, UnreadableError, decode
from scrapers.formats import FORMATS

FIXTURES = Path(__file__).parent / "fixtures"
PAIRS = sorted(FIXTURES.glob("*/*.expected.json"))
WITHOUT = {"openalex", "cordis-csv"}  # generated payloads of their own test modules


def payload_of(expected: Path) -> bytes:
    """The bytes that belong to an ``.expected.json``."""
    said = json.loads(expected.read_text(encoding="utf-8"))
    if "made" in said:
        made: bytes = importlib.import_module(f"tests.scrapers.made.{said['made']}").make()
        return made
    stem = expected.name.removesuffix(".expected.json")
    found = [path for path in expected.parent.glob(f"{stem}.*") if path != expected]
    assert len(found) == 1, f"{expected}: one payload is due beside it, there are {[path.name for path in found]}"
    return found[0].read_bytes()


def context_of(said: dict[str, Any], body: bytes) -> DecodeContext:
    return DecodeContext(
        source_id="fixture",
        crawl_id="fixture",
        capture_id=hashlib.sha256(body).hexdigest(),
        url=said.get("url", "https://publisher.example/payload"),
        retrieved_at=datetime.fromisoformat(said.get("retrieved_at", "2026-10-01T06:00:00+00:00")),
        params=said.get("params", {}),
        content_type=said.get("content_type", ""),
    )


@pytest.mark.parametrize("expected", PAIRS, ids=lambda path: f"{path.parent.name}/{path.name.split('.')[0]}")
def test_a_fixture_gives_what_stands_beside_it(expected: Path) -> None:
    said, body = json.loads(expected.read_text(encoding="utf-8")), payload_of(expected)
    if "refused" in said:
        with pytest.raises(UnreadableError) as caught:
            decode(expected.parent.name, body, context_of(said, body))
        assert caught.value.reason == said["refused"]
        return
    found: Decoded = decode(expected.parent.name, body, context_of(said, body))
    assert len(found.records) == len(said["records"]), [record.record_id for record in found.records]
    for record, wanted in zip(found.records, said["records"], strict=True):
        dumped = record.model_dump(mode="json")
        assert {name: dumped[name] for name in wanted} == wanted
    rejects = [{"locator": item.locator, "reason": item.reason} for item in found.rejects]
    assert rejects == [{name: item[name] for name in ("locator", "reason")} for item in said.get("rejects", [])]
    for note in said.get("notes", []):
        assert any(note in line for line in found.notes), f"no note says {note!r}: {found.notes}"


def test_every_format_has_a_pair() -> None:
    assert {path.parent.name for path in PAIRS} | WITHOUT >= set(FORMATS)
