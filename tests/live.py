"""A loopback site that stands for Eurostat and Greenhouse, with the registry entries that point at it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

import scrapers
from tests.publisher import Publisher, publishing

BUNDLED = Path(scrapers.__file__).parent / "sources"
EUROSTAT_HOST = "ec.europa.eu"
GREENHOUSE_HOST = "boards-api.greenhouse.io"
EUROSTAT_PATH = "/eurostat/api/dissemination/statistics/1.0/data/isoc_eb_ai"
JOBS_PATH = "/v1/boards/testboard/jobs"
# Looked at by what it would fetch, instead of the feed of all of Eurostat's updates, which this site has not.
OWN_QUERY = {"kind": "conditional_get", "every_minutes": 720}


@dataclass
class Site:
    """The publisher, and the environment that sends live crawls of two sources to it."""

    publisher: Publisher
    environment: dict[str, str]


def registry_entry(source_id: str, **changes: Any) -> dict[str, Any]:
    """A bundled registry entry with changes, top level or, by ``params``, inside its parameters."""
    entry: dict[str, Any] = yaml.safe_load((BUNDLED / f"{source_id}.yaml").read_text(encoding="utf-8"))
    params = changes.pop("params", {})
    kept = {name: value for name, value in entry["params"].items() if name != "boards_from" or "boards" not in params}
    entry["params"] = {**kept, **params}
    return {**entry, **changes}


@contextmanager
def site(folder: Path, *entries: dict[str, Any]) -> Iterator[Site]:
    """Serve on loopback; by default Eurostat and one Greenhouse board, ``testboard``."""
    chosen = entries or (
        registry_entry("eurostat_isoc_eb_ai", delay_seconds=0, min_items=1, watch=OWN_QUERY),
        registry_entry(
            "greenhouse_boards",
            delay_seconds=0,
            min_items=1,
            params={"boards": [{"board": "testboard", "employer": "Musterhaff Test S.A.", "evidence": "recorded"}]},
        ),
    )
    for entry in chosen:
        (folder / f"{entry['id']}.yaml").write_text(yaml.safe_dump(entry), encoding="utf-8")
    with publishing() as publisher:
        yield Site(
            publisher,
            {
                "OBSERVATORY_MODE": "live",
                "OBSERVATORY_CONTACT": "tests@example.lu",
                "OBSERVATORY_SOURCES_DIR": str(folder),
                "OBSERVATORY_HOST_MAP": json.dumps({EUROSTAT_HOST: publisher.base, GREENHOUSE_HOST: publisher.base}),
            },
        )
