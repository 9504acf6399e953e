"""Good payloads of every format, for tests that need bytes which a decoder reads.

Belongs here: finding them. Never here: payloads themselves (``fixtures/``, ``made/``, and the recordings beside the
checkout).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import orjson
import yaml

from scrapers.decode import DecodeContext
from tests.scrapers.test_crawl_feed import feed as rss
from tests.scrapers.test_crawl_feed import item as entry
from tests.scrapers.test_decode_cordis import of, part, project
from tests.scrapers.test_decode_openalex import author, topic
from tests.scrapers.test_fixture_pairs import FIXTURES, context_of, payload_of
from tests.shared import SHARED

RECORDINGS = Path(__file__).parent / "recordings"
LARGEST = 3 * 2**20  # of a recording that is damaged some hundred times


@dataclass(frozen=True)
class Seed:
    """One good payload and what its decoder is told of it."""

    format: str
    name: str
    body: bytes
    context: DecodeContext


def seeds(format: str, *, recorded: bool = False) -> list[Seed]:
    """The fixtures that a format's decoder reads, small ones first; with ``recorded`` its recordings too."""
    found = []
    for expected in sorted(FIXTURES.glob(f"{format}/*.expected.json")):
        said = json.loads(expected.read_text(encoding="utf-8"))
        if "refused" not in said:
            body = payload_of(expected)
            found.append(Seed(format, expected.name.partition(".")[0], body, context_of(said, body)))
    found += [Seed(format, "made", body, context_of({}, body)) for body in _made(format)]
    found.sort(key=lambda seed: len(seed.body))
    return found + (_recorded(format) if recorded else [])


def _made(format: str) -> list[bytes]:
    """Payloads of the formats whose tests make theirs."""
    if format == "cordis-csv":
        return [of([part(number=f"99999900{n}") for n in range(5)], [project()])]
    if format == "openalex":
        work = {"id": "https://openalex.org/W1", "title": "A title", "publication_year": 2025, "doi": "10.1/x",
                "authorships": [author(("1", "LU"), ("2", None))], "topics": [topic("Learning", 0.9)],
                "abstract_inverted_index": {"We": [0], "learn": [1, 2]}}  # fmt: skip
        works = [work | {"id": f"https://openalex.org/W{n}"} for n in range(5)]
        return [orjson.dumps({"meta": {"count": 5, "next_cursor": None}, "results": works})]
    if format == "feed":
        return [rss(*(entry(number) for number in range(5)))]
    return []


def _recorded(format: str) -> list[Seed]:
    found = []
    for listing in sorted(RECORDINGS.glob("*.yaml")):
        for name, said in (yaml.safe_load(listing.read_text(encoding="utf-8")) or {}).items():
            path = SHARED / "recordings" / name
            if said.get("format") != format or "refused" in said or not path.is_file():
                continue
            body = path.read_bytes()
            if len(body) <= LARGEST:
                context = context_of({"url": said.get("url", path.name), "params": said.get("params", {})}, body)
                found.append(Seed(format, f"{path.name}-{hashlib.sha256(body).hexdigest()[:6]}", body, context))
    return found
