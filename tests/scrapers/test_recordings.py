"""Every recorded payload of official statistics, job boards and research: decoded with checked counts and spot values,
refused with the right reason, or named as a format that is not read, and why. Nothing of a recording stands here but
facts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from scrapers.decode import DecodeContext, UnreadableError, decode
from scrapers.sniff import guess
from tests.shared import shared_path

EXPECTED = Path(__file__).parent / "recordings"
ROOMS = (
    "stats",
    "jobs",
    "research/openalex",
    "research/openalex_snapshot",
    "research/openalex_taxonomy",
)


def entries() -> Iterator[tuple[str, dict[str, Any]]]:
    for table in sorted(EXPECTED.glob("*.yaml")):
        yield from yaml.safe_load(table.read_text(encoding="utf-8")).items()


ENTRIES = dict(entries())


def test_every_recording_is_spoken_of_once() -> None:
    root = shared_path("recordings")
    found = {
        path.relative_to(root).as_posix()
        for room in ROOMS
        for path in (root / room).rglob("*")
        if path.is_file() and path.name != "MANIFEST.md"
    }
    named = [name for name, _ in entries()]
    assert sorted(named) == sorted(found)


@pytest.mark.parametrize("name", ENTRIES)
def test_a_recording_gives_what_is_expected(name: str) -> None:
    said, body = ENTRIES[name], (shared_path("recordings") / name).read_bytes()
    if "unsupported" in said:
        assert len(said["unsupported"]) > 10
        assert guess(body).format is None or said.get("looks_like") == guess(body).format
        return
    context = DecodeContext(
        source_id="recording",
        crawl_id="recording",
        capture_id=hashlib.sha256(body).hexdigest(),
        url=said.get("url", "https://publisher.example/payload"),
        retrieved_at=datetime.fromisoformat(said.get("retrieved_at", "2026-10-01T06:00:00+00:00")),
        params=said.get("params", {}),
        content_type=said.get("content_type", ""),
    )
    assert guess(body).format == said.get("looks_like", said["format"])
    if "refused" in said:
        with pytest.raises(UnreadableError) as caught:
            decode(said["format"], body, context)
        assert caught.value.reason == said["refused"]
        return
    found = decode(said["format"], body, context)
    assert (len(found.records), len(found.rejects)) == (said["records"], said.get("rejects", 0)), found.notes
    assert found.records or found.notes, "nothing and not a word"
    dumped = [record.model_dump(mode="json") for record in found.records]
    for spot in said.get("spots", []):
        assert any(_holds(record, spot) for record in dumped), f"no record has {spot}"


def _holds(record: dict[str, Any], spot: dict[str, Any]) -> bool:
    """Whether a record has the fields of a spot; of maps only the keys that are named."""
    return all(
        wanted.items() <= record[name].items() if isinstance(wanted, dict) else record[name] == wanted
        for name, wanted in spot.items()
    )
