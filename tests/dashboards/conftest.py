"""Data folders for the dashboard tests: two releases with an event log, and an empty one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from state import db, events
from tests.reading.families import full_releases
from tests.reading.release_builder import RELEASE_B, empty_release


@pytest.fixture(autouse=True)
def own_main() -> Iterator[None]:
    """AppTest leaves the page that it ran as ``__main__``, which processes started later would import."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture(scope="session")
def data_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data")
    full_releases(root / "releases")
    engine = db.open_state(root / "state" / "state.sqlite")
    start = datetime(2026, 11, 20, 6, tzinfo=UTC)
    for hour in range(20):
        at, source_id = start + timedelta(hours=hour), "eurostat_isoc_eb_ai"
        events.record(engine, "seen", at=at, source_id=source_id, upstream_at=at - timedelta(hours=3))
        events.record(engine, "changed", at=at + timedelta(minutes=2), source_id=source_id)
    events.record(engine, "published", at=start + timedelta(hours=21), release_id=RELEASE_B)
    events.record(engine, "announced", at=start + timedelta(hours=22), release_id=RELEASE_B, edition=3)
    engine.dispose()
    return root


@pytest.fixture(scope="session")
def empty_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("empty")
    empty_release(root / "releases")
    return root
